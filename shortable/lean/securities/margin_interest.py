"""What carrying a position costs or earns (LEAN: Common/Securities/Equity/ShortMarginInterestRateModel.cs)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from shortable.borrow import LeanBorrowFee
from shortable.lean.exact import Exact
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO

if TYPE_CHECKING:
    from shortable.lean.context import Security

__all__ = [
    "MarginInterestRateModel",
    "MarginInterestRateParameters",
    "NullMarginInterestRateModel",
    "ShortMarginInterestRateModel",
    "ShortNight",
]

_CONVENTION = LeanBorrowFee()


class ShortNight(NamedTuple):
    """What the nights since the last charge cost a short."""

    date: datetime
    """Midnight of the day on which it was charged, New York."""
    shares: Decimal
    """Shares short, above 0."""
    price: Decimal
    """The last price then, per share."""
    rate: Decimal | None
    """The fee rate of that day, an annual fraction; None where none is known."""
    days: int
    """Calendar days charged."""
    cost: Decimal
    """Paid, in dollars."""


class MarginInterestRateParameters(LeanObject):
    """What a margin interest rate model is asked with, once a time step.

    Attributes
    ----------
    security : Security
    time : datetime
        UTC.
    """

    def __init__(self, security: Security, time: datetime) -> None:
        self.security = security
        self.time = time


class NullMarginInterestRateModel(LeanObject):
    """Nothing is charged: LEAN's default."""

    INSTANCE: ClassVar[NullMarginInterestRateModel]

    def apply_margin_interest_rate(self, parameters: MarginInterestRateParameters) -> None:
        """Do nothing."""


NullMarginInterestRateModel.INSTANCE = NullMarginInterestRateModel()


class MarginInterestRateModel(LeanObject):
    """Where the model that charges nothing is found: ``MarginInterestRateModel.NULL``."""

    NULL: ClassVar[NullMarginInterestRateModel] = NullMarginInterestRateModel.INSTANCE
    Null: ClassVar[NullMarginInterestRateModel] = NULL


class ShortMarginInterestRateModel(LeanObject):
    """Shorts pay the provider's fee rate, longs receive its rebate rate: value × rate / 360 × calendar days.

    The clock starts when a position does, restarts when it changes sides, and after a night whose rate is zero or
    unknown. The rate and the value are those of the moment of charging, at the first time step of a new UTC day.

    Attributes
    ----------
    amount : float
        All that was charged (negative) or received (positive), in dollars.
    """

    amount = Exact()
    exact_amount: Decimal

    def __init__(self) -> None:
        self.amount = ZERO
        self._previous: datetime | None = None
        self._short = False
        self._short_nights: list[ShortNight] = []

    def apply_margin_interest_rate(self, parameters: MarginInterestRateParameters) -> None:
        """Charge what is due."""
        security: Any = parameters.security
        holdings, time = security.holdings, parameters.time
        if not holdings.invested:
            self._previous = None
            return
        if self._previous is None or self._short != holdings.is_short:
            self._short, self._previous = holdings.is_short, time
            return
        if time.date() == self._previous.date():
            return
        midnight = security.local_time.replace(hour=0, minute=0, second=0, microsecond=0)
        ask = security.availability.fee_rate if self._short else security.availability.rebate_rate
        rate: Decimal = ask(security.symbol, midnight)
        days = (time.date() - self._previous.date()).days
        if not rate:
            self._previous = None
            if self._short:
                known = security.availability.has_fee_rate(security.symbol, midnight)
                self._note(security, midnight, rate if known else None, days, ZERO)
            return
        fee = _CONVENTION.amount(holdings.exact_holdings_value, rate, days)
        self.amount = self.exact_amount + fee
        security.quote_currency.add_amount(fee)
        self._previous = time
        if self._short:
            self._note(security, midnight, rate, days, -fee)

    def _note(
        self, security: Any, session: datetime, rate: Decimal | None, days: int, cost: Decimal
    ) -> None:
        shares, price = -security.holdings.exact_quantity, security.holdings.exact_price
        self._short_nights.append(ShortNight(session, shares, price, rate, days, cost))
