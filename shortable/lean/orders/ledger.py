"""Orders, tickets and what happened to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shortable.lean.enums import OrderStatus
from shortable.lean.exact import market_price
from shortable.lean.orders.availability import ShortCheck
from shortable.lean.orders.events import OrderEvent, OrderFee
from shortable.lean.orders.order import MarketOrder, Order
from shortable.lean.orders.requests import OrderRequest, SubmitOrderRequest
from shortable.lean.orders.ticket import OrderTicket

if TYPE_CHECKING:
    from shortable.lean.context import AlgorithmContext
    from shortable.lean.symbols import Symbol

__all__ = ["OrderLedger"]


class OrderLedger:
    """Keeps orders and tickets, and lets events take effect; base of the transaction handler.

    Attributes
    ----------
    short_checks : list of (OrderRequest, ShortCheck)
        Every check of a sale against what can be borrowed, oldest first.
    """

    def __init__(self, context: AlgorithmContext) -> None:
        self._context = context
        self.orders: dict[int, Order] = {}
        self.open_orders: dict[int, Order] = {}
        self.tickets: dict[int, OrderTicket] = {}
        self.open_tickets: dict[int, OrderTicket] = {}
        self.order_events: list[OrderEvent] = []
        self.orders_count = 0
        self.short_checks: list[tuple[OrderRequest, ShortCheck]] = []
        self.before_cancel: dict[int, OrderStatus] = {}

    def handle_events(self, events: Sequence[OrderEvent]) -> None:
        """Let events take effect: order, portfolio, trades, ticket, and then the user."""
        fills = []
        for event in events:
            self._enter(event)
            if event.status.is_fill():
                fills.append(event)
        self._context.portfolio.process_fills(fills)
        for event in events:
            if event.status.is_fill():
                self._context.trade_builder.process_fill(event, event.order_fee.value.exact_amount)
            self.tickets[event.order_id].add_order_event(event)
        for event in events:
            if event.status != OrderStatus.NONE:
                self.order_events.append(event)
                self._context.on_order_event(event)

    def _enter(self, event: OrderEvent) -> None:
        order = self.orders[event.order_id]
        event.ticket = ticket = self.tickets[event.order_id]
        status = event.status
        if status.is_closed():
            self.open_orders.pop(order.id, None)
            self.open_tickets.pop(order.id, None)
            self.before_cancel.pop(order.id, None)
        elif order.id in self.before_cancel and status != OrderStatus.CANCEL_PENDING:
            self.before_cancel[order.id] = status
        if (
            order.status not in (OrderStatus.FILLED, OrderStatus.CANCELED)
            or status != OrderStatus.INVALID
        ):
            order.status = status
        event.id = order.next_event_id()
        if status == OrderStatus.CANCELED:
            order.canceled_time = event.utc_time
        elif status.is_fill():
            order.last_fill_time = event.utc_time
        elif (
            status in (OrderStatus.SUBMITTED, OrderStatus.UPDATE_SUBMITTED)
            and ticket.update_requests
        ):
            order.last_update_time = event.utc_time
        event.describe(order)

    def process_delisting(self, symbol: Symbol) -> None:
        """Close what is held of a delisted security at its last price, without a fee, and cancel its orders."""
        context = self._context
        security = context.securities[symbol]
        quantity = -security.holdings.exact_quantity
        if quantity:
            order = self._enter_order(symbol)
            fill = OrderEvent(order, context.utc_time, OrderFee.ZERO)
            fill.status = OrderStatus.FILLED
            fill.fill_price, fill.fill_quantity = market_price(security.price), quantity
            self.handle_events([fill])
        if not context.is_warming_up:
            context.transactions.cancel_open_orders(symbol)

    def _enter_order(self, symbol: Symbol) -> Order:
        """Enter the order that a delisting makes."""
        context, tag = self._context, "Liquidate from delisting"
        quantity = -context.securities[symbol].holdings.exact_quantity
        order = MarketOrder(symbol, quantity, context.utc_time, tag)
        order.exchange_time = context.exchange_time
        order.id = context.transactions.get_increment_order_id()
        order.status = OrderStatus.SUBMITTED
        request = SubmitOrderRequest(
            order.type, symbol.security_type, symbol, quantity, time=order.time, tag=tag
        )
        request.set_order_id(order.id)
        ticket = OrderTicket(context.transactions, request)
        ticket.set_order(order)
        self.orders[order.id] = self.open_orders[order.id] = order
        self.tickets[order.id] = self.open_tickets[order.id] = ticket
        self.orders_count += 1
        return order
