"""Recall models: which shares a lender wants back, when they are due, and what is bought in when they are not returned."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Generic, Literal, NamedTuple, Protocol, TypeVar, runtime_checkable

from shortable.errors import InvalidInputError
from shortable.rule import OwnUse, check_choice
from shortable.symbol import Symbol

__all__ = [
    "BuyIn",
    "DatedRecallModel",
    "NullRecall",
    "Recall",
    "RecallBook",
    "RecallModel",
    "RecallOnShortfall",
    "RecallTerms",
]

_Key = TypeVar("_Key", bound=Hashable)
BuyInAt = Literal["open", "close"]


@dataclass(frozen=True, slots=True)
class RecallTerms:
    """How long a recalled short may stand, and what happens then.

    Attributes
    ----------
    due_after : int
        Sessions from the one of the recall to the one in which it is bought in unless it was covered before; at least 1.
        3 is a guess: securities lending agreements give the borrower the market's settlement period to return shares, and
        brokers buy in at its end.
    at : {"open", "close"}
        At which price of that session.
    penalty : float
        Beside the price, as a fraction of it (0.01 is 1 %), at least 0; default none.
    """

    due_after: int = 3
    at: BuyInAt = "open"
    penalty: float = 0.0

    def __post_init__(self) -> None:
        check_choice("at", self.at, ("open", "close"))
        if self.due_after < 1:
            raise InvalidInputError("due_after", self.due_after, "be at least 1 session")
        if not 0 <= self.penalty < float("inf"):
            raise InvalidInputError("penalty", self.penalty, "be a finite fraction of at least 0")


@runtime_checkable
class RecallModel(Protocol):
    """Decides, session by session, how many borrowed shares a lender wants back."""

    @property
    def terms(self) -> RecallTerms:
        """How long a recall may stand."""
        ...

    def recalled(
        self,
        symbol: Symbol,
        session: date,
        short: float,
        available: int | None,
        fee_rate: float,
        sessions_below: int,
    ) -> float:
        """Return how many of the shares short are recalled in a session, from 0 to `short`.

        Parameters
        ----------
        symbol : Symbol
        session : date
        short : float
            Shares short before its fills that are not recalled yet, above 0.
        available : int or None
            Shares that can be borrowed as of its open; None for no known restriction or no data.
        fee_rate : float
            Annual fraction known then; NaN where none is.
        sessions_below : int
            In how many sessions in a row, this one included, less was available than `shortfall` asks for.
        """
        ...

    def shortfall(self, short: float, available: int | None) -> float:
        """Return by how many shares availability falls short of what is borrowed, at least 0."""
        ...


@runtime_checkable
class DatedRecallModel(RecallModel, Protocol):
    """A recall model whose recalls are due by a day, and not after a number of sessions."""

    def last_day(self, symbol: Symbol, session: date) -> date | None:
        """Return the last day on which what is recalled in a session may be covered; None where nothing is.

        What is still short is bought in in the first session after it.
        """
        ...


@dataclass(frozen=True, slots=True)
class NullRecall:
    """Nothing is ever recalled."""

    @property
    def terms(self) -> RecallTerms:
        """Without meaning: there is no recall."""
        return RecallTerms()

    def shortfall(self, short: float, available: int | None) -> float:
        """Return 0."""
        return 0.0

    def recalled(
        self,
        symbol: Symbol,
        session: date,
        short: float,
        available: int | None,
        fee_rate: float,
        sessions_below: int,
    ) -> float:
        """Return 0."""
        return 0.0


@dataclass(frozen=True, slots=True)
class RecallOnShortfall:
    """Recalls what is missing once availability has been below what is borrowed for some sessions in a row.

    With ``own_use="excluded"`` availability lacks your own shares already, so only a fall to none recalls, and then all of
    the short (S16). A session without data neither counts nor breaks the row: unknown is not none.

    Attributes
    ----------
    sessions : int
        In a row, at least 1. 3 is a guess: lists of a broker flicker, and one that lacks a symbol for a day is no recall yet.
    terms : RecallTerms
    own_use : {"included", "excluded"}

    Examples
    --------
    >>> model, gme, day = RecallOnShortfall(sessions=2), Symbol.create("GME"), date(2024, 1, 2)
    >>> model.recalled(gme, day, 500, 300, 0.1, 1), model.recalled(gme, day, 500, 300, 0.1, 2)
    (0.0, 200.0)
    """

    sessions: int = 3
    terms: RecallTerms = RecallTerms()
    own_use: OwnUse = "included"

    def __post_init__(self) -> None:
        check_choice("own_use", self.own_use, ("included", "excluded"))
        if self.sessions < 1:
            raise InvalidInputError("sessions", self.sessions, "be at least 1")

    def shortfall(self, short: float, available: int | None) -> float:
        """Return what is borrowed and no longer available."""
        if available is None:
            return 0.0
        if self.own_use == "excluded":
            return short if available == 0 else 0.0
        return float(max(short - available, 0))

    def recalled(
        self,
        symbol: Symbol,
        session: date,
        short: float,
        available: int | None,
        fee_rate: float,
        sessions_below: int,
    ) -> float:
        """Return the shortfall once it has lasted."""
        return self.shortfall(short, available) if sessions_below >= self.sessions else 0.0


@dataclass(frozen=True, slots=True)
class Recall(Generic[_Key]):
    """A lender wants shares back."""

    key: _Key
    """The instrument."""
    session: date
    """In which it was recalled, before its fills."""
    shares: float
    """Wanted back, above 0."""
    last_day: date | None = None
    """By which it must be covered, where that is a date (S30)."""


@dataclass(frozen=True, slots=True)
class BuyIn(Generic[_Key]):
    """Recalled shares were not returned in time, and are bought in."""

    key: _Key
    """The instrument."""
    session: date
    """In which it is bought in."""
    shares: float
    """Bought, above 0 and at most what is short."""
    at: BuyInAt
    """At the session's open or close."""
    penalty: float
    """Beside the price, as a fraction of it."""
    last_day: date | None = None
    """By which it had to be covered, where that is a date."""


class _Due(NamedTuple):
    shares: float
    number: int = 0
    """Of the session in which it falls due, where that is no date."""
    last_day: date | None = None

    def has_come(self, number: int, session: date) -> bool:
        return self.number <= number if self.last_day is None else self.last_day < session


@dataclass(slots=True)
class _Borrow:
    below: int = 0
    due: list[_Due] = field(default_factory=list)
    """Recalls that have not fallen due, oldest first."""
    short: float = 0.0


class RecallBook(Generic[_Key]):
    """The recalls of one run, by instrument.

    A cover returns recalled shares first, the oldest recall first. A recall stands though availability recovers.

    Parameters
    ----------
    model : RecallModel

    Examples
    --------
    200 of 500 are recalled on Tuesday and due three sessions later; 50 are covered before.

    >>> book, gme = RecallBook(RecallOnShortfall(sessions=1)), Symbol.create("GME")
    >>> days = [date(2024, 1, day) for day in (2, 3, 4, 5)]
    >>> book.session("gme", gme, days[0], 500, 300, 0.1)[0].shares
    200.0
    >>> [book.session("gme", gme, day, 450, 450, 0.1) for day in days[1:3]]
    [[], []]
    >>> book.session("gme", gme, days[3], 450, 450, 0.1)[0].shares
    150.0
    """

    def __init__(self, model: RecallModel) -> None:
        self.model = model
        self._dated = model if isinstance(model, DatedRecallModel) else None
        self._borrows: dict[_Key, _Borrow] = {}
        self._numbers: dict[date, int] = {}

    def session(
        self,
        key: _Key,
        symbol: Symbol,
        session: date,
        short: float,
        available: int | None,
        fee_rate: float,
    ) -> list[Recall[_Key] | BuyIn[_Key]]:
        """Return what happens to a short in a session, before its fills; call it once a session, also when it is covered.

        Parameters
        ----------
        key : hashable
            The instrument.
        symbol, session
            As in `RecallModel.recalled`.
        short : float
            Shares short before the session's fills, at least 0.
        available, fee_rate
            As in `RecallModel.recalled`.
        """
        number = self._numbers.setdefault(session, len(self._numbers))
        borrow = self._borrows.setdefault(key, _Borrow())
        self._return(borrow, borrow.short - short)
        borrow.short = short
        if short <= 0:
            self._borrows[key] = _Borrow()
            return []
        events: list[Recall[_Key] | BuyIn[_Key]] = []
        bought = self._bought(borrow, number, session)
        if bought is not None:
            events.append(self._buy_in(key, session, borrow, bought))
        free = borrow.short - sum(due.shares for due in borrow.due)
        if free <= 0:
            return events
        if available is not None:
            below = self.model.shortfall(free, available) > 0
            borrow.below = borrow.below + 1 if below else 0
        wanted = self.model.recalled(symbol, session, free, available, fee_rate, borrow.below)
        if not 0 <= wanted <= free:
            raise InvalidInputError(
                "recall",
                wanted,
                f"be from 0 to the {free:g} shares that are short",
                repr(self.model),
            )
        if wanted:
            last_day = None if self._dated is None else self._dated.last_day(symbol, session)
            borrow.due.append(_Due(wanted, number + self.model.terms.due_after, last_day))
            borrow.below = 0
            events.append(Recall(key, session, wanted, last_day))
            late = None if last_day is None else self._bought(borrow, number, session)
            if late is not None:  # the last day is over already
                events.append(self._buy_in(key, session, borrow, late))
        return events

    def _bought(self, borrow: _Borrow, number: int, session: date) -> _Due | None:
        """Take what has fallen due off a borrow, as one; None where nothing has."""
        found: _Due | None = None
        while borrow.due and borrow.due[0].has_come(number, session):
            due = borrow.due.pop(0)
            found = due if found is None else found._replace(shares=found.shares + due.shares)
        return found

    def _buy_in(self, key: _Key, session: date, borrow: _Borrow, due: _Due) -> BuyIn[_Key]:
        terms, shares = self.model.terms, min(due.shares, borrow.short)
        borrow.short -= shares  # so that the buy-in itself does not count as a cover
        return BuyIn(key, session, shares, terms.at, terms.penalty, due.last_day)

    def outstanding(self, key: _Key) -> float:
        """Return the shares that are recalled and not yet returned."""
        borrow = self._borrows.get(key)
        return 0.0 if borrow is None else sum(due.shares for due in borrow.due)

    def restate(self, key: _Key, ratio: Fraction) -> None:
        """Restate what is recalled for a split, new shares for each old one, rounded down."""
        borrow = self._borrows.get(key)
        if borrow is not None:
            borrow.short = _restated(borrow.short, ratio)
            borrow.due = [due._replace(shares=_restated(due.shares, ratio)) for due in borrow.due]

    @staticmethod
    def _return(borrow: _Borrow, covered: float) -> None:
        while covered > 0 and borrow.due:
            due = borrow.due[0]
            back = min(due.shares, covered)
            covered -= back
            if back == due.shares:
                borrow.due.pop(0)
            else:
                borrow.due[0] = due._replace(shares=due.shares - back)


def _restated(shares: float, ratio: Fraction) -> float:
    return float(shares * ratio.numerator // ratio.denominator)
