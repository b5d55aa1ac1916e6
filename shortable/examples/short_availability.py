"""Short availability: who says what can be borrowed, and what happens to an order that asks for more.

The shortable provider is set in each of the three ways that there are:

1. on the security: ``security.set_shortable_provider(provider)``;
2. in a security initializer, which every security added from then on passes through;
3. by the brokerage model: `AxosClearingBrokerageModel` brings the provider of its own broker.

On each of three symbols the algorithm then asks for one share more than can be borrowed, which is refused with a
tag and changes nothing, and for exactly what can be borrowed, which is accepted. The next day it buys back.
"""

from __future__ import annotations

from shortable.engine import (
    Algorithm,
    AxosClearingBrokerageModel,
    BrokerageModelSecurityInitializer,
    OrderStatus,
    OrderTicket,
    Resolution,
    Security,
    Slice,
)
from shortable.providers import LocalDiskShortableProvider

__all__ = ["ShortAvailability"]


class AxosInitializer(BrokerageModelSecurityInitializer):
    """Gives a security all that the brokerage model gives it, and then a provider of our choice."""

    def initialize(self, security: Security) -> None:
        """Set the brokerage model's models first, or commission and buying power would be missing."""
        super().initialize(security)
        security.set_shortable_provider(LocalDiskShortableProvider("axos"))


class ShortAvailability(Algorithm):
    """Asks for one share too many, then for what there is, on three symbols."""

    def initialize(self) -> None:
        """Set the provider in three ways."""
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 5)
        self.set_cash(1_000_000)

        spy = self.add_equity("SPY", Resolution.DAILY)
        spy.set_shortable_provider(LocalDiskShortableProvider("axos"))

        self.set_security_initializer(AxosInitializer(self.brokerage_model))
        aapl = self.add_equity("AAPL", Resolution.DAILY)

        self.set_brokerage_model(AxosClearingBrokerageModel())
        self.set_security_initializer(BrokerageModelSecurityInitializer(self.brokerage_model))
        ibm = self.add_equity("IBM", Resolution.DAILY)

        self.ways = {"security": spy, "initializer": aapl, "brokerage": ibm}

    def on_data(self, slice: Slice) -> None:
        """Ask twice on the first day, buy back on the second."""
        if self.portfolio.invested:
            self.liquidate()
        elif not self.transactions.get_order_tickets():
            for way, security in self.ways.items():
                self.ask_twice(security, way)

    def ask_twice(self, security: Security, way: str) -> None:
        """Ask for one share too many, then for what there is."""
        available = self.shortable_quantity(security.symbol)
        if available:
            too_many = self.market_order(security.symbol, -available - 1)
            all_there_is = self.market_order(security.symbol, -available)
            self.log(f"{security.symbol} {_answer(too_many)}, {_answer(all_there_is)} ({way})")


def _answer(ticket: OrderTicket) -> str:
    return (
        f"{-ticket.quantity:,} {'refused' if ticket.status is OrderStatus.INVALID else 'accepted'}"
    )
