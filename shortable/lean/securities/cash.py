"""Cash, by currency (LEAN: Common/Securities/Cash.cs, CashBook.cs). One currency is modelled."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from shortable.lean.collections import LeanDictionary
from shortable.lean.exact import Exact
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO, decimal_of
from shortable.lean.orders.events import CashAmount

__all__ = ["Cash", "CashBook", "ConvertibleCashAmount"]


class Cash(LeanObject):
    """An amount of one currency, and what it is worth in the account's.

    Attributes
    ----------
    symbol : str
        The currency.
    amount, conversion_rate : float
    """

    amount = Exact()
    conversion_rate = Exact()
    exact_amount: Decimal
    exact_conversion_rate: Decimal

    def __init__(
        self, symbol: str, amount: float | Decimal = ZERO, conversion_rate: float | Decimal = 1
    ) -> None:
        self.symbol = symbol.upper()
        self.amount = amount
        self.conversion_rate = conversion_rate
        self.changed: Callable[[], None] = _nothing

    @property
    def currency_symbol(self) -> str:
        """How the currency is written before a number."""
        return "$" if self.symbol == "USD" else self.symbol

    @property
    def value_in_account_currency(self) -> float:
        """Amount times conversion rate."""
        return float(self.exact_amount * self.exact_conversion_rate)

    def add_amount(self, amount: float | Decimal) -> float:
        """Add, or take away, and return what there is then."""
        self.amount = self.exact_amount + decimal_of(amount)
        self.changed()
        return self.amount

    def set_amount(self, amount: float | Decimal) -> None:
        """Say how much there is."""
        self.amount = amount
        self.changed()

    def __str__(self) -> str:
        return (
            f"{self.symbol}: {self.currency_symbol}{self.amount:,.2f} @ {self.conversion_rate:.2f}"
        )


class ConvertibleCashAmount(LeanObject):
    """An amount of a currency that knows its cash (LEAN: Common/Securities/ConvertibleCashAmount.cs).

    Attributes
    ----------
    cash : Cash
    amount : float
    """

    amount = Exact()
    exact_amount: Decimal

    def __init__(self, amount: float | Decimal, cash: Cash) -> None:
        self.amount, self.cash = amount, cash

    @property
    def in_account_currency(self) -> float:
        """Amount times the cash's conversion rate."""
        return float(self.exact_amount * self.cash.exact_conversion_rate)

    def __float__(self) -> float:
        return self.in_account_currency

    def __str__(self) -> str:
        return f"{self.amount:g} {self.cash.symbol}"


class CashBook(LeanDictionary[str, Cash]):
    """Cash by currency.

    Attributes
    ----------
    account_currency : str
    """

    def __init__(
        self, changed: Callable[[], None] | None = None, account_currency: str = "USD"
    ) -> None:
        super().__init__()
        self.account_currency = account_currency
        self._changed = changed or _nothing
        self.add(account_currency, ZERO, 1)

    def _key(self, key: Any) -> Any:
        return key.upper() if isinstance(key, str) else key

    def add(self, key: Any, value: Any, conversion_rate: float | Decimal = 0) -> Cash:  # type: ignore[override]
        """Enter a currency's cash, or an amount of it."""
        cash = value if isinstance(value, Cash) else Cash(key, value, conversion_rate)
        cash.changed = self._changed
        self[key] = cash
        self._changed()
        return cash

    @property
    def exact_total(self) -> Decimal:
        """All cash in the account's currency, as a decimal."""
        return sum((cash.exact_amount * cash.exact_conversion_rate for cash in self.values), ZERO)

    @property
    def total_value_in_account_currency(self) -> float:
        """All cash in the account's currency."""
        return float(self.exact_total)

    def convert(self, amount: float, source: str, destination: str) -> float:
        """Return an amount of one currency in another."""
        rate = self[source].exact_conversion_rate / self[destination].exact_conversion_rate
        return float(decimal_of(amount) * rate)

    def convert_to_account_currency(self, amount: Any, currency: str | None = None) -> Any:
        """Return an amount in the account's currency: a number, or a `CashAmount` for one."""
        if isinstance(amount, CashAmount):
            rate = self[amount.currency].exact_conversion_rate
            return CashAmount(amount.exact_amount * rate, self.account_currency)
        return float(
            decimal_of(amount) * self[currency or self.account_currency].exact_conversion_rate
        )

    def __str__(self) -> str:
        return "\n".join(str(cash) for cash in self.values)


def _nothing() -> None:
    pass
