"""Fee or rebate on the market value of what is short, night by night; and borrowing that is free."""

from __future__ import annotations

from dataclasses import dataclass

from shortable.borrow.model import Number, RateKind, check_day_count

__all__ = ["FeeOnMarketValue", "NullBorrowFee", "RebateOnMarketValue"]


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
        check_day_count(self.day_count)

    @property
    def rate_kind(self) -> RateKind:
        """Charges the fee rate."""
        return "fee"

    def cost(self, shares: Number, close: Number, rate: Number, days: Number) -> Number:
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
        check_day_count(self.day_count)

    @property
    def rate_kind(self) -> RateKind:
        """Charges the rebate rate."""
        return "rebate"

    def cost(self, shares: Number, close: Number, rate: Number, days: Number) -> Number:
        """Return −(shares × close × rate × days / day_count)."""
        return -(shares * close * rate * days / self.day_count)


@dataclass(frozen=True, slots=True)
class NullBorrowFee:
    """Borrowing is free."""

    @property
    def rate_kind(self) -> None:
        """Charges no rate."""
        return

    def cost(self, shares: Number, close: Number, rate: Number, days: Number) -> Number:
        """Return zero of the arguments' shape."""
        return shares * 0.0
