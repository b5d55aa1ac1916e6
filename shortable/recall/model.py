"""Recall models: which shares a lender wants back, and by when."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from shortable.errors import InvalidInputError
from shortable.rule import OwnUse, check_choice
from shortable.symbol import Symbol

__all__ = [
    "BuyInAt",
    "LentPosition",
    "NullRecall",
    "RecallModel",
    "RecallOnShortfall",
    "RecallTerms",
    "Recalls",
]

BuyInAt = Literal["open", "close"]


class LentPosition(NamedTuple):
    """A short as its lender sees it at a session's beginning, before its fills."""

    symbol: Symbol
    """What is short."""
    session: date
    """The session."""
    shares: float
    """Shares short, at least 0; what a model is asked about is not recalled yet, and above 0."""
    available: int | None
    """Shares that can be borrowed as of the session's open; None for no known restriction or no data."""
    fee_rate: float
    """Annual fraction known then; NaN where none is."""
    sessions_below: int = 0
    """In how many sessions in a row, this one included, availability fell short by the model that is asked."""


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


class Recalls(ABC):
    """What recalls shares in a run: a model, several of them, or nothing.

    Examples
    --------
    >>> NullRecall() | RecallOnShortfall(2)
    RecallOnShortfall(sessions=2, terms=RecallTerms(due_after=3, at='open', penalty=0.0), own_use='included')
    >>> len((RecallOnShortfall(2) | RecallOnShortfall(5, RecallTerms(1))).models())
    2
    """

    __slots__ = ()

    @abstractmethod
    def models(self) -> Sequence[RecallModel]:
        """Return the models, in the order in which they are asked."""

    def __or__(self, other: Recalls) -> Recalls:
        """Return both as one, each with its own terms and its own count; what recalls nothing drops out (S27)."""
        models = (*self.models(), *other.models())
        return models[0] if len(models) == 1 else _Several(models) if models else NullRecall()


@dataclass(frozen=True, slots=True)
class NullRecall(Recalls):
    """Nothing is ever recalled."""

    def models(self) -> Sequence[RecallModel]:
        """Return none: it drops out of what it is combined with."""
        return ()


@dataclass(frozen=True, slots=True, repr=False)
class _Several(Recalls):
    parts: tuple[RecallModel, ...]

    def models(self) -> Sequence[RecallModel]:
        return self.parts

    def __repr__(self) -> str:
        return " | ".join(map(repr, self.parts))


class RecallModel(Recalls):
    """Decides, session by session, how many borrowed shares a lender wants back; derive from it for a model of your own.

    Examples
    --------
    >>> class EveryFriday(RecallModel):
    ...     terms = RecallTerms(due_after=1)
    ...
    ...     def recalled(self, position):
    ...         return position.shares if position.session.weekday() == 4 else 0.0
    >>> gme = LentPosition(Symbol.create("GME"), date(2024, 1, 5), 500, None, 0.1)
    >>> EveryFriday().recalled(gme)
    500
    """

    __slots__ = ()

    @property
    @abstractmethod
    def terms(self) -> RecallTerms:
        """How long a recall may stand."""

    @abstractmethod
    def recalled(self, position: LentPosition) -> float:
        """Return how many of the position's shares are recalled in its session, from 0 to all of them."""

    def shortfall(self, position: LentPosition) -> float:
        """Return by how many shares availability falls short of what is borrowed, at least 0; default: by none.

        Sessions in a row in which it does are counted in `LentPosition.sessions_below`; this one is not in it yet.
        """
        return 0.0

    def last_day(self, position: LentPosition) -> date | None:
        """Return the last day on which what is recalled may be covered; None, the default: it is due by its terms.

        What is still short is bought in in the first session after it.
        """
        return None

    def models(self) -> Sequence[RecallModel]:
        """Return itself."""
        return (self,)


@dataclass(frozen=True, slots=True)
class RecallOnShortfall(RecallModel):
    """Recalls what is missing once availability has been below what is borrowed for some sessions in a row.

    With ``own_use="excluded"`` availability lacks your own shares already, so only a fall to none recalls, and then all of
    the short (S16). A session without data neither counts nor breaks the row: unknown is not none.

    Parameters
    ----------
    sessions : int
        In a row, at least 1. 3 is a guess: lists of a broker flicker, and one that lacks a symbol for a day is no recall yet.
    terms : RecallTerms
    own_use : {"included", "excluded"}

    Examples
    --------
    >>> gme = LentPosition(Symbol.create("GME"), date(2024, 1, 2), 500, available=300, fee_rate=0.1, sessions_below=1)
    >>> model = RecallOnShortfall(sessions=2)
    >>> model.recalled(gme), model.recalled(gme._replace(sessions_below=2))
    (0.0, 200.0)
    """

    sessions: int = 3
    terms: RecallTerms = RecallTerms()
    own_use: OwnUse = "included"

    def __post_init__(self) -> None:
        check_choice("own_use", self.own_use, ("included", "excluded"))
        if self.sessions < 1:
            raise InvalidInputError("sessions", self.sessions, "be at least 1")

    def shortfall(self, position: LentPosition) -> float:
        """Return what is borrowed and no longer available."""
        if position.available is None:
            return 0.0
        if self.own_use == "excluded":
            return position.shares if position.available == 0 else 0.0
        return float(max(position.shares - position.available, 0))

    def recalled(self, position: LentPosition) -> float:
        """Return the shortfall once it has lasted."""
        return self.shortfall(position) if position.sessions_below >= self.sessions else 0.0
