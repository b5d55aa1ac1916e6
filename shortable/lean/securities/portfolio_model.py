"""What a fill does to cash and holdings (LEAN: Common/Securities/SecurityPortfolioModel.cs)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shortable.lean.models import method
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO
from shortable.lean.orders.events import CashAmount, OrderEvent
from shortable.lean.securities.settlement import ApplyFundsSettlementModelParameters

if TYPE_CHECKING:
    from shortable.lean.context import Portfolio, Security

__all__ = ["SecurityPortfolioModel"]


class SecurityPortfolioModel(LeanObject):
    """Applies fills: fee, cash, profit, then quantity and average price."""

    def process_fill(self, portfolio: Portfolio, security: Security, fill: OrderEvent) -> None:
        """Apply a fill."""
        holdings, multiplier = (
            security.holdings,
            security.symbol_properties.exact_contract_multiplier,
        )
        filled, price = fill.exact_fill_quantity, fill.exact_fill_price
        held, average = holdings.exact_quantity, holdings.exact_average_price
        holdings.add_new_sale(price * abs(filled) * multiplier)
        fee = fill.order_fee.value.exact_amount
        if fee:
            holdings.add_new_fee(fee)
            portfolio.cash_book[fill.order_fee.value.currency].add_amount(-fee)
        funds = CashAmount(-filled * price * multiplier, security.quote_currency.symbol)
        asked = ApplyFundsSettlementModelParameters(portfolio, security, fill.utc_time, funds, fill)
        method(security.settlement_model, "apply_funds")(asked)
        if held * filled < 0:
            closed = min(abs(filled), abs(held))
            side = 1 if held > 0 else -1
            profit = side * (price - average) * closed * multiplier
            holdings.add_new_profit(profit)
            holdings.set_last_trade_profit(profit)
            # Twice: this fill's fee stands for the entry's too.
            portfolio.transactions.add_transaction_record(
                security.utc_time, profit - 2 * fee, profit - 2 * fee > 0
            )
        after = held + filled
        if not held or held * after < 0:
            average = price
        elif held * filled > 0:
            average = (average * held + filled * price) / after
        elif not after:
            average = ZERO
        holdings.set_holdings(average, after)
