"""What a borrow cost convention is: one that prices a night by itself, or one that follows a borrow through its nights."""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple, Protocol, TypeVar, runtime_checkable

from shortable.arrays import Floats
from shortable.errors import InvalidInputError
from shortable.symbol import Symbol

__all__ = [
    "BorrowCourse",
    "BorrowFeeModel",
    "Convention",
    "CourseBorrowFee",
    "EndsWithCover",
    "NightCharge",
    "RateKind",
    "check_convention",
    "check_day_count",
]

RateKind = Literal["fee", "rebate"]
Number = TypeVar("Number", float, Floats)
"""A float, or many of them."""


@runtime_checkable
class BorrowFeeModel(Protocol):
    """A convention for the cost of carrying a short from one session's close to the next session."""

    @property
    def rate_kind(self) -> RateKind | None:
        """Which of the provider's rates is charged: ``"fee"``, ``"rebate"``, or None for neither."""
        ...

    def cost(self, shares: Number, close: Number, rate: Number, days: Number) -> Number:
        """Return what the short pays, in the currency of `close`; negative where it receives.

        Parameters
        ----------
        shares : float or ndarray
            Shares short at the previous session's close, at least 0.
        close : float or ndarray
            That close, per share.
        rate : float or ndarray
            Annual fraction known at that close.
        days : float or ndarray
            Calendar days between the two sessions (Friday to Monday is 3).
        """
        ...


class NightCharge(NamedTuple):
    """What one night of one borrow cost."""

    cost: float
    """Paid, in the currency of the close; negative where the short received."""
    rate: float
    """Annual fraction that it was charged by, or that it comes to; NaN where none was known, so that it cost nothing (S7)."""
    rebate: float = 0.0
    """Received in `cost` as a rebate on the proceeds, which contains the fee; negative where it was paid."""
    interest: float = 0.0
    """Received in `cost` as interest on the proceeds, beside a fee; the fee is `cost` + `rebate` + `interest`."""


class BorrowCourse(Protocol):
    """One symbol's borrow, night by night, oldest first."""

    def night(
        self, session: date, next_session: date, shares: float, close: float, rate: float
    ) -> NightCharge:
        """Charge the night between two sessions.

        Parameters
        ----------
        session, next_session : date
            The night begins at the first one's close and is charged in the second, before its fills.
        shares : float
            Shares short at the first one's close, at least 0.
        close : float
            That close, per share.
        rate : float
            Annual fraction known at that close; NaN where none was.
        """
        ...

    def restate(self, ratio: float) -> None:
        """Restate the shares of earlier nights for a split: new shares for each old one, above 0.

        Called after the night before the split is in force.
        """
        ...

    @property
    def outstanding(self) -> bool:
        """Whether nights are charged though nothing is short any more: what was covered has not settled."""
        ...

    def accrued(self, last_session: date, shares: float, close: float, rate: float) -> float:
        """Return what is still to be charged for covers that had not settled by the last session's close.

        Parameters
        ----------
        last_session, shares, close, rate
            As in `night`: shares short at the last session's close, which no night followed.
        """
        ...


class EndsWithCover:
    """A course of which nothing is charged after the cover; it keeps no shares of earlier nights, unless it restates them."""

    __slots__ = ()

    def restate(self, ratio: float) -> None:
        """Restate nothing."""

    @property
    def outstanding(self) -> bool:
        """Whether nights are charged after the cover: none is."""
        return False

    def accrued(self, last_session: date, shares: float, close: float, rate: float) -> float:
        """Return what is charged after the last session: nothing."""
        return 0.0


@runtime_checkable
class CourseBorrowFee(Protocol):
    """A convention that must know a borrow's earlier nights, its symbol or the date; each run begins a course anew."""

    @property
    def rate_kind(self) -> RateKind | None:
        """Which of the provider's rates it asks for; None where it brings its own figures."""
        ...

    @property
    def charges_after_cover(self) -> bool:
        """Whether nights are charged between a cover and its settlement."""
        ...

    def course(self, symbol: Symbol) -> BorrowCourse:
        """Begin to follow a symbol."""
        ...


Convention = BorrowFeeModel | CourseBorrowFee
"""What ``borrow_fee=`` takes."""


def check_convention(model: Convention) -> Convention:
    """Return a convention where it is one.

    Raises
    ------
    InvalidInputError
        It is a class, or lacks what either kind of convention has.
    """
    if (
        isinstance(model, type)
        or not isinstance(model, (BorrowFeeModel, CourseBorrowFee))
        or model.rate_kind not in ("fee", "rebate", None)
    ):
        raise InvalidInputError(
            "borrow_fee",
            model,
            "be a fee convention: rate_kind 'fee', 'rebate' or None, and cost(...) or course(...)",
            "FeeOnMarketValue(), InteractiveBrokersBorrowFee() or NullBorrowFee().",
        )
    return model


def check_day_count(day_count: int) -> None:
    """Refuse a year of another length than 360 or 365 days.

    Raises
    ------
    InvalidInputError
    """
    if not isinstance(day_count, int) or day_count not in (360, 365):
        raise InvalidInputError("day_count", day_count, "be 360 or 365")
