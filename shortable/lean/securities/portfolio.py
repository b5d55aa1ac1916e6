"""Cash, holdings and margin together (LEAN: Common/Securities/SecurityPortfolioManager.cs)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from shortable.errors import EngineError, InvalidInputError
from shortable.lean.collections import LeanDictionary
from shortable.lean.context import AlgorithmContext
from shortable.lean.data import Dividend, Split
from shortable.lean.enums import DataNormalizationMode, OrderDirection
from shortable.lean.models import check_model, method
from shortable.lean.numbers import ZERO, decimal_of
from shortable.lean.securities.buying_power_types import (
    BuyingPowerParameters,
    HasSufficientBuyingPowerForOrderParameters,
    HasSufficientBuyingPowerForOrderResult,
    ReservedBuyingPowerForPositionParameters,
    value_of,
)
from shortable.lean.securities.cash import Cash, CashBook
from shortable.lean.securities.holding import SecurityHolding
from shortable.lean.securities.margin_call import DefaultMarginCallModel
from shortable.lean.securities.positions import SecurityPositionGroupModel, check_positions
from shortable.lean.symbols import Symbol

if TYPE_CHECKING:
    from shortable.lean.context import Transactions
    from shortable.lean.orders.events import OrderEvent
    from shortable.lean.orders.order import Order
    from shortable.lean.securities.manager import SecurityManager
    from shortable.lean.securities.security import Security

__all__ = ["SecurityPortfolioManager"]


class _Context(AlgorithmContext, Protocol):
    """The algorithm, whose securities are all that the portfolio needs of them."""

    @property
    def securities(self) -> SecurityManager: ...


class SecurityPortfolioManager(LeanDictionary[Symbol, SecurityHolding]):
    """``algorithm.portfolio``: holdings by symbol or ticker, and the account.

    Attributes
    ----------
    cash_book, unsettled_cash_book : CashBook
    margin_call_model : object
    """

    def __init__(self, context: _Context) -> None:
        super().__init__()
        self._context = context
        self.cash_book = CashBook()
        self.unsettled_cash_book = CashBook()
        self.cash_book["USD"].amount = Decimal(100_000)
        self.margin_call_model: Any = DefaultMarginCallModel(self)
        self.positions = SecurityPositionGroupModel.NULL

    @property
    def securities(self) -> SecurityManager:
        """All securities, by symbol."""
        return self._context.securities

    @property
    def transactions(self) -> Transactions:
        """Orders and tickets."""
        return self._context.transactions

    # -- a dictionary of holdings ---------------------------------------------------------------------------------
    @property
    def _items(self) -> dict[Symbol, SecurityHolding]:
        return {symbol: security.holdings for symbol, security in self.securities.items()}

    @_items.setter
    def _items(self, value: dict[Symbol, SecurityHolding]) -> None:
        """Ignore the base's empty dictionary: this one is a view of the securities."""

    def _missing(self, key: Any) -> str:
        return self.securities._missing(key)

    def _key(self, key: Any) -> Any:
        return self.securities._key(key)

    def __getitem__(self, key: Any) -> SecurityHolding:
        return self.securities[key].holdings

    def __contains__(self, key: object) -> bool:
        return key in self.securities

    def __len__(self) -> int:
        return len(self.securities)

    def __setitem__(self, key: Any, value: SecurityHolding) -> None:
        raise EngineError("Holdings cannot be set; they follow from orders.")

    __delitem__ = None  # type: ignore[assignment]

    # -- sums -----------------------------------------------------------------------------------------------------
    def _invested(self) -> list[Security]:
        return [s for s in self.securities.total if s.holdings.exact_quantity]

    @property
    def exact_total_value(self) -> Decimal:
        """Cash, settled or not, and all holdings at their last price, as a decimal."""
        held = sum((s.holdings.exact_holdings_value for s in self._invested()), ZERO)
        return self.cash_book.exact_total + self.unsettled_cash_book.exact_total + held

    @property
    def total_portfolio_value(self) -> float:
        """Cash, settled or not, and all holdings at their last price."""
        return float(self.exact_total_value)

    @property
    def exact_total_value_less_free_buffer(self) -> Decimal:
        """The same less what the settings keep free, as a decimal."""
        total, settings = self.exact_total_value, self._context.settings
        free = getattr(settings, "free_portfolio_value", None)
        if free is None:
            free = total * decimal_of(settings.free_portfolio_value_percentage)
        return total - decimal_of(free)

    @property
    def total_portfolio_value_less_free_buffer(self) -> float:
        """The same less what the settings keep free."""
        return float(self.exact_total_value_less_free_buffer)

    def invalidate_total_portfolio_value(self) -> None:
        """Do nothing: the value is summed whenever it is asked for."""

    @property
    def cash(self) -> float:
        """Settled cash."""
        return self.cash_book.total_value_in_account_currency

    @property
    def unsettled_cash(self) -> float:
        """Cash that is still to come from sales."""
        return self.unsettled_cash_book.total_value_in_account_currency

    @property
    def invested(self) -> bool:
        """Whether anything is held or owed."""
        return any(s.holdings.exact_quantity for s in self.securities.values)

    hold_stock = invested

    @property
    def total_holdings_value(self) -> float:
        """All holdings at their last price, shorts counted positive."""
        return float(sum((abs(s.holdings.exact_holdings_value) for s in self._invested()), ZERO))

    @property
    def total_absolute_holdings_cost(self) -> float:
        """What all holdings cost, shorts counted positive."""
        return float(sum((abs(s.holdings.exact_holdings_cost) for s in self._invested()), ZERO))

    @property
    def total_unlevered_absolute_holdings_cost(self) -> float:
        """The same, each over its leverage."""
        return sum(s.holdings.unlevered_absolute_holdings_cost for s in self._invested())

    @property
    def total_unrealized_profit(self) -> float:
        """What closing everything would earn."""
        return float(sum((s.holdings.exact_close_profit() for s in self._invested()), ZERO))

    total_unrealised_profit = total_unrealized_profit

    @property
    def exact_total_fees(self) -> Decimal:
        """All commissions, as a decimal."""
        return sum((s.holdings.exact_total_fees for s in self.securities.total), ZERO)

    @property
    def total_fees(self) -> float:
        """All commissions."""
        return float(self.exact_total_fees)

    @property
    def total_profit(self) -> float:
        """All realised profit before fees."""
        return float(sum((s.holdings.exact_profit for s in self.securities.total), ZERO))

    @property
    def total_net_profit(self) -> float:
        """All realised profit less all fees."""
        return self.total_profit - self.total_fees

    @property
    def exact_total_sale_volume(self) -> Decimal:
        """All turnover, as a decimal."""
        return sum((s.holdings.exact_total_sale_volume for s in self.securities.total), ZERO)

    @property
    def total_sale_volume(self) -> float:
        """All turnover."""
        return float(self.exact_total_sale_volume)

    # -- margin ---------------------------------------------------------------------------------------------------
    @property
    def exact_margin_used(self) -> Decimal:
        """What all positions need, as a decimal."""
        total = ZERO
        for security in self._invested():
            model = security.buying_power_model
            asked = ReservedBuyingPowerForPositionParameters(security)
            reserved = method(model, "get_reserved_buying_power_for_position")(asked)
            total += decimal_of(reserved.absolute_used_buying_power)
        return total

    @property
    def total_margin_used(self) -> float:
        """What all positions need."""
        return float(self.exact_margin_used)

    def exact_margin_remaining(self, total: Decimal | None = None) -> Decimal:
        """Return what is left for positions, as a decimal."""
        value = self.exact_total_value if total is None else total
        return value - self.unsettled_cash_book.exact_total - self.exact_margin_used

    @property
    def margin_remaining(self) -> float:
        """What is left for positions."""
        return float(self.exact_margin_remaining())

    def get_margin_remaining(
        self, symbol: Any = None, direction: OrderDirection = OrderDirection.BUY
    ) -> float:
        """Return what is left for positions, or for an order of a security in a direction."""
        if symbol is None or isinstance(symbol, (int, float, Decimal)):
            return float(
                self.exact_margin_remaining(None if symbol is None else decimal_of(symbol))
            )
        security = self.securities[symbol]
        asked = BuyingPowerParameters(self, security, direction)
        return float(value_of(method(security.buying_power_model, "get_buying_power")(asked)))

    get_buying_power = get_margin_remaining

    def has_sufficient_buying_power_for_order(
        self, order: Order
    ) -> HasSufficientBuyingPowerForOrderResult:
        """Say whether an order is covered."""
        security = self.securities[order.symbol]
        asked = HasSufficientBuyingPowerForOrderParameters(self, security, order)
        found: HasSufficientBuyingPowerForOrderResult = method(
            security.buying_power_model, "has_sufficient_buying_power_for_order"
        )(asked)
        return found

    def set_positions(self, positions: Any) -> None:
        """Take a position group model: equities are never grouped, so all of them do the same."""
        self.positions = check_positions(positions)

    def set_margin_call_model(self, margin_call_model: Any) -> None:
        """Set who calls for margin."""
        self.margin_call_model = check_model(
            "margin_call_model", margin_call_model, "get_margin_call_orders"
        )

    # -- what changes it ------------------------------------------------------------------------------------------
    def set_account_currency(
        self, account_currency: str, starting_cash: float | None = None
    ) -> None:
        """Accept the dollar."""
        if account_currency.upper() != "USD":
            raise InvalidInputError(
                "account_currency", account_currency, "be 'USD'", "One currency is modelled."
            )
        if starting_cash is not None:
            self.set_cash(starting_cash)

    def set_cash(self, *arguments: Any) -> None:
        """Say how much cash there is: an amount, or a currency, an amount and a conversion rate."""
        if len(arguments) == 1:
            self.cash_book["USD"].set_amount(arguments[0])
            return
        currency, amount, *rate = arguments
        if currency.upper() in self.cash_book:
            self.cash_book[currency].set_amount(amount)
        else:
            self.cash_book.add(currency, Cash(currency, amount, rate[0] if rate else 0))
            self.unsettled_cash_book.add(currency, Cash(currency, 0, rate[0] if rate else 0))

    def process_fills(self, fills: Sequence[OrderEvent]) -> None:
        """Apply fills."""
        for fill in fills:
            security = self.securities[fill.symbol]
            method(security.portfolio_model, "process_fill")(self, security, fill)

    def apply_dividend(
        self, dividend: Dividend, live_mode: bool, mode: DataNormalizationMode
    ) -> None:
        """Pay a dividend to longs and take it from shorts, where prices are not adjusted for it."""
        if live_mode or mode not in (
            DataNormalizationMode.RAW,
            DataNormalizationMode.SPLIT_ADJUSTED,
        ):
            return
        holdings = self.securities[dividend.symbol].holdings
        total = holdings.exact_quantity * decimal_of(dividend.distribution)
        self.cash_book["USD"].add_amount(total)
        holdings.add_new_dividend(total)

    def apply_split(
        self, split: Split, security: Security, live_mode: bool, mode: DataNormalizationMode
    ) -> None:
        """Turn old shares into new ones where prices are not adjusted; a fraction of a share is paid out."""
        if not live_mode and mode != DataNormalizationMode.RAW:
            return
        factor, holdings = decimal_of(split.split_factor), security.holdings
        quantity = holdings.exact_quantity / factor
        whole = Decimal(int(quantity))
        left_over = quantity - whole
        holdings.set_holdings(holdings.exact_average_price * factor, whole)
        last = security.get_last_data()
        if last is None:
            self.cash_book["USD"].add_amount(left_over * decimal_of(split.reference_price) * factor)
            return
        security.apply_split(split)
        self.cash_book["USD"].add_amount(left_over * decimal_of(last.price))
