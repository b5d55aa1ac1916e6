"""What a borrow costs (S7, S8): the conventions, for one position or a whole panel.

A convention is one object, and it charges either the fee or the rebate, never both: a rebate rate is the
benchmark rate less the fee, so it already contains the fee.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

import numpy as np
import numpy.typing as npt

from shortable.errors import InvalidInputError

__all__ = [
    "BorrowFeeModel",
    "FeeClock",
    "FeeOnMarketValue",
    "InteractiveBrokersBorrowFee",
    "LeanBorrowFee",
    "NullBorrowFee",
    "RateKind",
    "RebateOnMarketValue",
    "fee_clock",
]

RateKind = Literal["fee", "rebate"]
_Number = TypeVar("_Number", float, npt.NDArray[np.float64])


@runtime_checkable
class BorrowFeeModel(Protocol):
    """A convention for the cost of carrying a short from one session's close to the next session."""

    @property
    def rate_kind(self) -> RateKind | None:
        """Which of the provider's rates is charged: ``"fee"``, ``"rebate"``, or None for neither."""
        ...

    def cost(self, shares: _Number, close: _Number, rate: _Number, days: _Number) -> _Number:
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


@dataclass(frozen=True, slots=True)
class FeeOnMarketValue:
    """Shares × close × fee rate × days / day count: the default convention (S8).

    Attributes
    ----------
    day_count : int
        Days of the year by which the annual rate is divided: 360 (money market, the default) or 365.

    Examples
    --------
    100 shares at 50.00, 3.6 % a year, Friday to Monday: 5,000 × 0.036 × 3 / 360 = 1.50.

    >>> round(FeeOnMarketValue().cost(100, 50.0, 0.036, 3), 10)
    1.5
    """

    day_count: int = 360

    def __post_init__(self) -> None:
        _check_day_count(self.day_count)

    @property
    def rate_kind(self) -> RateKind:
        """Charges the fee rate."""
        return "fee"

    def cost(self, shares: Any, close: Any, rate: Any, days: Any) -> Any:
        """Return shares × close × rate × days / day_count."""
        return shares * close * rate * days / self.day_count


@dataclass(frozen=True, slots=True)
class RebateOnMarketValue:
    """The rebate convention: the short receives the rebate rate on the market value, or pays where it is negative.

    Examples
    --------
    100 shares at 50.00, rebate −3.6 % a year, one night: the short pays 5,000 × 0.036 / 360 = 0.50.

    >>> round(RebateOnMarketValue().cost(100, 50.0, -0.036, 1), 10)
    0.5
    """

    day_count: int = 360

    def __post_init__(self) -> None:
        _check_day_count(self.day_count)

    @property
    def rate_kind(self) -> RateKind:
        """Charges the rebate rate."""
        return "rebate"

    def cost(self, shares: Any, close: Any, rate: Any, days: Any) -> Any:
        """Return −(shares × close × rate × days / day_count)."""
        return -(shares * close * rate * days / self.day_count)


# Interactive Brokers, "Why does the price on hard to borrow stocks not agree to the closing price of the stock?"
# (ibkr.info, tag short-selling): currency → (collateral as a share of the settlement price, rounded up to).
_IB_COLLATERAL = {
    "USD": (1.02, 1.0),
    "CAD": (1.02, 1.0),
    "EUR": (1.05, 0.01),
    "CHF": (1.05, 0.01),
    "GBP": (1.05, 0.01),
    "HKD": (1.05, 0.01),
}


@dataclass(frozen=True, slots=True)
class InteractiveBrokersBorrowFee:
    """Interactive Brokers' collateral mark: 102 % of the close, rounded up to the dollar, × shares × rate × days / 360.

    Attributes
    ----------
    currency : str
        Of the close. USD and CAD: 102 %, up to the dollar. EUR, CHF, GBP and HKD: 105 %, up to the cent.
    day_count : int
        360 (Interactive Brokers' statements) or 365.

    Examples
    --------
    The broker's own example: 100,000 shares at 0.25 and 50 % a year: 0.255, up to 1.00; 100,000 × 0.5 / 360 = 138.89.

    >>> round(InteractiveBrokersBorrowFee().cost(100_000, 0.25, 0.5, 1), 2)
    138.89
    """

    currency: str = "USD"
    day_count: int = 360

    def __post_init__(self) -> None:
        _check_day_count(self.day_count)
        if self.currency not in _IB_COLLATERAL:
            known = ", ".join(_IB_COLLATERAL)
            raise InvalidInputError(
                "currency", self.currency, f"be one of {known}", "Others are not published."
            )

    @property
    def rate_kind(self) -> RateKind:
        """Charges the fee rate."""
        return "fee"

    def cost(self, shares: Any, close: Any, rate: Any, days: Any) -> Any:
        """Return shares × marked-up close × rate × days / day_count."""
        share, step = _IB_COLLATERAL[self.currency]
        # Rounded at 1e-9 first: 50 × 1.02 is 51.00000000000001 in binary and must stay 51.
        mark = np.ceil(np.round(np.multiply(close, share) / step, 9)) * step
        return (
            shares
            * (mark if isinstance(mark, np.ndarray) else float(mark))
            * rate
            * days
            / self.day_count
        )


@dataclass(frozen=True, slots=True)
class LeanBorrowFee:
    """LEAN's ``ShortMarginInterestRateModel``: value × rate / 360 × calendar days, on the charging day's value and rate.

    For shorts the formula is that of `FeeOnMarketValue`; what differs is the clock: a night without a rate, or with a
    rate of 0, stops it, and the next night only starts it again and is free (`FeeClock`). LEAN also takes the value and
    the rate of the first moment of the new day, and longs receive the rebate rate; `shortable.lean` applies those two,
    the mini engine, the adapters and the research functions charge shorts alone, on the close before (S8).

    Examples
    --------
    Short 500 at 142.00, fee 0.25 % a year, Friday to Monday: −71,000 × 0.0025 / 360 × 3 = −1.479166… is paid.

    >>> from decimal import Decimal
    >>> round(LeanBorrowFee().amount(Decimal(-71_000), Decimal("0.0025"), 3), 6)
    Decimal('-1.479167')
    >>> round(LeanBorrowFee().cost(500, 142.0, 0.0025, 3), 6)
    1.479167
    """

    @property
    def rate_kind(self) -> RateKind:
        """Charges the fee rate."""
        return "fee"

    def cost(self, shares: Any, close: Any, rate: Any, days: Any) -> Any:
        """Return shares × close × rate / 360 × days."""
        return rate * (shares * close) / 360 * days

    def amount(self, value: Decimal, rate: Decimal, days: int) -> Decimal:
        """Return what the account receives, negative where it pays: rate × value / 360 × days, in this order.

        Parameters
        ----------
        value : Decimal
            Of the position, negative for a short, in dollars.
        rate : Decimal
            Annual fraction: the fee of a short, the rebate of a long.
        days : int
            Calendar days since the last charge.
        """
        return rate * value / 360 * days


@dataclass(slots=True)
class FeeClock:
    """LEAN's clock, for all shorts of one run: a night without a rate stops it, the next one only starts it again.

    Examples
    --------
    No rate in the night from Tuesday to Wednesday: the night after it is free, the one after that is charged.

    >>> clock, monday = FeeClock(), 1
    >>> [clock.charged(["GME"], day, day + 1, [rate])[0] for day, rate in enumerate([0.1, 0.0, 0.1, 0.1], monday)]
    [True, False, False, True]
    """

    _starts_in: dict[Hashable, Any] = field(default_factory=dict)

    def charged(
        self, names: Iterable[Hashable], session: Any, next_session: Any, rates: Iterable[float]
    ) -> list[bool]:
        """Say of each short whether the night between two sessions is charged.

        Parameters
        ----------
        names : iterable
            What tells the shorts apart.
        session, next_session : date or int
            Where the night begins and ends.
        rates : iterable of float
            Annual fraction of each short; 0 or NaN where there is none.
        """
        result = []
        for name, rate in zip(names, rates, strict=True):
            starts = self._starts_in.pop(name, None) == session
            if not rate > 0:
                self._starts_in[name] = next_session
            result.append(rate > 0 and not starts)
        return result


def fee_clock(model: BorrowFeeModel) -> FeeClock | None:
    """Return a new clock where a convention has one, else None: every night is charged."""
    return FeeClock() if isinstance(model, LeanBorrowFee) else None


@dataclass(frozen=True, slots=True)
class NullBorrowFee:
    """Borrowing is free."""

    @property
    def rate_kind(self) -> None:
        """Charges no rate."""
        return

    def cost(self, shares: Any, close: Any, rate: Any, days: Any) -> Any:
        """Return zero of the arguments' shape."""
        return shares * 0.0


def _check_day_count(day_count: int) -> None:
    if day_count not in (360, 365):
        raise InvalidInputError("day_count", day_count, "be 360 or 365")
