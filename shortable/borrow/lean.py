"""LEAN's convention, and its clock."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from shortable.borrow.model import Convention, Number, RateKind

__all__ = ["FeeClock", "LeanBorrowFee", "fee_clock"]


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

    def cost(self, shares: Number, close: Number, rate: Number, days: Number) -> Number:
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

    _starts_in: dict[Hashable, date | int] = field(default_factory=dict)

    def charged(
        self,
        names: Iterable[Hashable],
        session: date | int,
        next_session: date | int,
        rates: Iterable[float],
    ) -> list[bool]:
        """Say of each short whether the night between two sessions is charged.

        Parameters
        ----------
        names : iterable
            Names that identify the shorts.
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


def fee_clock(model: Convention) -> FeeClock | None:
    """Return a new clock where a convention has one, else None: every night is charged."""
    return FeeClock() if isinstance(model, LeanBorrowFee) else None
