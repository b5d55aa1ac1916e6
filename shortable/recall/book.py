"""The recalls of one run: what is due when, what a cover returns, and what is bought in."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Generic, NamedTuple, TypeVar

from shortable.calendars import sessions_between
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.recall.model import BuyInAt, LentPosition, RecallModel, Recalls

__all__ = ["BuyIn", "Recall", "RecallBook"]

_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Recall(Generic[_Key]):
    """A lender wants shares back."""

    key: _Key
    """The instrument."""
    session: date
    """In which it was recalled, before its fills."""
    shares: float
    """Wanted back, above 0."""
    due_after: int | None
    """Sessions from this one to the one in which it is bought in unless it was covered before; None: by `last_day`."""
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
    model: int
    """Which of the run's models recalled them."""
    number: int
    """Of the session in which they are bought in, where there is no last day."""
    last_day: date | None = None

    def has_come(self, number: int, session: date) -> bool:
        return self.number <= number if self.last_day is None else self.last_day < session

    def sessions_left(self, number: int, session: date, market: Market) -> int:
        if self.last_day is None:
            return self.number - number
        return sessions_between(session, self.last_day, market) + 1


@dataclass(slots=True)
class _Borrow:
    below: list[int]
    """By model, how many sessions in a row availability has fallen short."""
    due: list[_Due] = field(default_factory=list)
    """Recalls that have not fallen due."""
    short: float = 0.0

    @property
    def free(self) -> float:
        """Shares short that are not recalled."""
        return self.short - sum(due.shares for due in self.due)


class RecallBook(Generic[_Key]):
    """The recalls of one run, by instrument.

    A cover returns recalled shares first, what is due first of them first. A recall stands though availability recovers,
    and shares that one model recalled no other recalls again.

    Parameters
    ----------
    recalls : Recalls
        The model, or several.

    Examples
    --------
    200 of 500 are recalled on Tuesday and due three sessions later; 50 are covered before.

    >>> from shortable import Symbol
    >>> from shortable.recall import RecallOnShortfall
    >>> book, days = RecallBook(RecallOnShortfall(sessions=1)), [date(2024, 1, day) for day in (2, 3, 4, 5)]
    >>> gme = LentPosition(Symbol.create("GME"), days[0], 500, available=300, fee_rate=0.1)
    >>> book.session("gme", gme)[0].shares
    200.0
    >>> [book.session("gme", gme._replace(session=day, shares=450, available=450)) for day in days[1:3]]
    [[], []]
    >>> book.session("gme", gme._replace(session=days[3], shares=450, available=450))[0].shares
    150.0
    """

    def __init__(self, recalls: Recalls) -> None:
        self._models = tuple(recalls.models())
        self._borrows: dict[_Key, _Borrow] = {}
        self._numbers: dict[date, int] = {}

    def session(self, key: _Key, position: LentPosition) -> list[Recall[_Key] | BuyIn[_Key]]:
        """Return what happens to a short in a session, before its fills; call it once a session, also when it is covered.

        Parameters
        ----------
        key : hashable
            The instrument.
        position : LentPosition
            All that is short of it before the session's fills; the sessions below are counted here.

        Raises
        ------
        InvalidInputError
            A model recalls more than is short.
        """
        number = self._numbers.setdefault(position.session, len(self._numbers))
        borrow = self._borrows.get(key) or self._begin(key)
        _return(borrow, borrow.short - position.shares, number, position)
        borrow.short = position.shares
        if position.shares <= 0:
            self._begin(key)
            return []
        events: list[Recall[_Key] | BuyIn[_Key]] = []
        events += self._fall_due(key, borrow, number, position.session)
        for at, model in enumerate(self._models):
            free = borrow.free
            if free <= 0:
                break
            due = self._ask(at, model, borrow, number, position._replace(shares=free))
            if due is None:
                continue
            borrow.due.append(due)
            borrow.below[at] = 0
            after = model.terms.due_after if due.last_day is None else None
            events.append(Recall(key, position.session, due.shares, after, due.last_day))
            # Its last day may be over already.
            events += self._fall_due(key, borrow, number, position.session)
        return events

    def _begin(self, key: _Key) -> _Borrow:
        borrow = self._borrows[key] = _Borrow([0] * len(self._models))
        return borrow

    def _ask(
        self, at: int, model: RecallModel, borrow: _Borrow, number: int, position: LentPosition
    ) -> _Due | None:
        """Hold what is not recalled yet against one model, and count its sessions below."""
        if position.available is not None:
            below = model.shortfall(position) > 0
            borrow.below[at] = borrow.below[at] + 1 if below else 0
        position = position._replace(sessions_below=borrow.below[at])
        wanted = model.recalled(position)
        if not 0 <= wanted <= position.shares:
            raise InvalidInputError(
                "recall",
                wanted,
                f"be from 0 to the {position.shares:g} shares that are short",
                repr(model),
            )
        if not wanted:
            return None
        return _Due(wanted, at, number + model.terms.due_after, model.last_day(position))

    def _fall_due(
        self, key: _Key, borrow: _Borrow, number: int, session: date
    ) -> list[BuyIn[_Key]]:
        """Take what has fallen due off a borrow; what one model recalled is bought in as one."""
        fallen: dict[int, _Due] = {}
        for due in [one for one in borrow.due if one.has_come(number, session)]:
            borrow.due.remove(due)
            first = fallen.get(due.model)
            fallen[due.model] = (
                due if first is None else first._replace(shares=first.shares + due.shares)
            )
        found = []
        for due in fallen.values():
            terms, shares = self._models[due.model].terms, min(due.shares, borrow.short)
            borrow.short -= shares  # so that the buy-in itself does not count as a cover
            found.append(BuyIn(key, session, shares, terms.at, terms.penalty, due.last_day))
        return found

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


def _return(borrow: _Borrow, covered: float, number: int, position: LentPosition) -> None:
    """Return what was covered since the session before: what is due first, of equals the older."""
    if covered > 0:
        market = position.symbol.market
        borrow.due.sort(key=lambda due: due.sessions_left(number, position.session, market))
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
