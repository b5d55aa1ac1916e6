"""When the cash of a fill is there (LEAN: Common/Securities/ImmediateSettlementModel.cs, DelayedSettlementModel.cs)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO, decimal_of
from shortable.lean.orders.events import CashAmount, OrderEvent

if TYPE_CHECKING:
    from shortable.lean.context import Portfolio, Security

__all__ = [
    "ApplyFundsSettlementModelParameters",
    "DelayedSettlementModel",
    "ImmediateSettlementModel",
    "ScanSettlementModelParameters",
]


class ApplyFundsSettlementModelParameters(LeanObject):
    """What a settlement model is asked with when an order has filled."""

    def __init__(
        self,
        portfolio: Portfolio,
        security: Security,
        application_time_utc: datetime,
        cash_amount: CashAmount,
        fill: OrderEvent | None,
    ) -> None:
        self.portfolio = portfolio
        self.security = security
        self.utc_time = application_time_utc
        self.cash_amount = cash_amount
        self.fill = fill


class ScanSettlementModelParameters(LeanObject):
    """What a settlement model is asked with from time to time."""

    def __init__(self, portfolio: Portfolio, security: Security, time_utc: datetime) -> None:
        self.portfolio = portfolio
        self.security = security
        self.utc_time = time_utc


class ImmediateSettlementModel(LeanObject):
    """Cash is there at once."""

    def apply_funds(self, parameters: ApplyFundsSettlementModelParameters) -> None:
        """Enter the cash."""
        amount = parameters.cash_amount
        parameters.portfolio.cash_book[amount.currency].add_amount(amount.exact_amount)

    def scan(self, parameters: ScanSettlementModelParameters) -> None:
        """Do nothing."""

    def get_unsettled_cash(self) -> CashAmount:
        """Return nothing."""
        return CashAmount(ZERO)


@dataclass(frozen=True, slots=True)
class _Unsettled:
    due: datetime
    currency: str
    amount: Decimal


class DelayedSettlementModel(LeanObject):
    """The proceeds of a sale are there some sessions later; a purchase is paid at once.

    Parameters
    ----------
    number_of_days : int
        Sessions, from the next one on.
    time_of_day : timedelta
        At which they are there, exchange-local.
    """

    def __init__(self, number_of_days: int, time_of_day: timedelta) -> None:
        self._days, self._time_of_day = number_of_days, time_of_day
        self._waiting: deque[_Unsettled] = deque()

    def apply_funds(self, parameters: ApplyFundsSettlementModelParameters) -> None:
        """Enter the cash, or let it wait."""
        portfolio, security, cash = (
            parameters.portfolio,
            parameters.security,
            parameters.cash_amount,
        )
        if cash.exact_amount <= 0:
            portfolio.cash_book[cash.currency].add_amount(cash.exact_amount)
            return
        portfolio.unsettled_cash_book[cash.currency].add_amount(cash.exact_amount)
        hours: Any = security.exchange.hours
        day = security.local_time.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(
            days=1
        )
        for sessions in range(self._days):
            while not hours.is_date_open(day):
                day += timedelta(days=1)
            if sessions < self._days - 1:
                day += timedelta(days=1)
        self._waiting.append(_Unsettled(day + self._time_of_day, cash.currency, cash.exact_amount))

    def scan(self, parameters: ScanSettlementModelParameters) -> None:
        """Enter the cash that is due."""
        portfolio, now = parameters.portfolio, parameters.security.local_time
        while self._waiting and now >= self._waiting[0].due:
            due = self._waiting.popleft()
            portfolio.unsettled_cash_book[due.currency].add_amount(-due.amount)
            portfolio.cash_book[due.currency].add_amount(due.amount)

    def get_unsettled_cash(self) -> CashAmount:
        """Return all that waits."""
        return CashAmount(sum((decimal_of(item.amount) for item in self._waiting), ZERO))
