"""The algorithm's view of its orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shortable.errors import EngineError
from shortable.lean.collections import LeanDictionary
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO
from shortable.lean.orders.requests import (
    CancelOrderRequest,
    OrderRequest,
    SubmitOrderRequest,
    UpdateOrderRequest,
)
from shortable.lean.orders.ticket import OrderTicket

if TYPE_CHECKING:
    from shortable.lean.context import AlgorithmContext
    from shortable.lean.orders.handler import TransactionHandler
    from shortable.lean.orders.order import Order

__all__ = ["SecurityTransactionManager"]

_Filter = Any
"""A symbol, a ticker, a condition, or None for all."""


class SecurityTransactionManager(LeanObject):
    """Orders and tickets: ``algorithm.transactions``.

    Attributes
    ----------
    transaction_record : dict of datetime to Decimal
        Profit and loss of each closing fill, by its UTC time; see `add_transaction_record`.
    win_count, loss_count : int
    market_order_fill_timeout : timedelta
        Kept; a backtest waits for nothing.
    """

    def __init__(self, context: AlgorithmContext) -> None:
        self._context = context
        self._handler: TransactionHandler | None = None
        self._last_id = 0
        self.exact_transaction_record: dict[datetime, Decimal] = {}
        self._winning: set[datetime] = set()
        self.win_count = self.loss_count = 0
        self.market_order_fill_timeout = timedelta(seconds=5)

    @property
    def transaction_record(self) -> LeanDictionary[datetime, float]:
        """Profits and losses realised, by their time."""
        return LeanDictionary(
            {time: float(profit) for time, profit in self.exact_transaction_record.items()}
        )

    @property
    def winning_transactions(self) -> LeanDictionary[datetime, float]:
        """The profits among them."""
        return LeanDictionary(
            {t: p for t, p in self.transaction_record.items() if t in self._winning}
        )

    @property
    def losing_transactions(self) -> LeanDictionary[datetime, float]:
        """The losses among them."""
        return LeanDictionary(
            {t: p for t, p in self.transaction_record.items() if t not in self._winning}
        )

    def set_order_processor(self, handler: TransactionHandler) -> None:
        """Say who carries requests out."""
        self._handler = handler

    @property
    def handler(self) -> TransactionHandler:
        """Who carries requests out."""
        if self._handler is None:
            raise EngineError("Orders cannot be sent before the algorithm runs.")
        return self._handler

    @property
    def utc_time(self) -> datetime:
        """The clock."""
        return self._context.utc_time

    @property
    def orders_count(self) -> int:
        """How many orders were sent, refused ones included."""
        return 0 if self._handler is None else self._handler.orders_count

    @property
    def last_order_id(self) -> int:
        """Number of the newest order."""
        return self._last_id

    def get_increment_order_id(self) -> int:
        """Number the next order."""
        self._last_id += 1
        return self._last_id

    def process_request(self, request: OrderRequest) -> OrderTicket:
        """Send a request; a new order is numbered here."""
        if isinstance(request, SubmitOrderRequest) and not request.order_id:
            request.set_order_id(self.get_increment_order_id())
        return self.handler.process(request)

    def add_order(self, request: SubmitOrderRequest) -> OrderTicket:
        """Send a new order."""
        return self.process_request(request)

    def update_order(self, request: UpdateOrderRequest) -> OrderTicket:
        """Change an order."""
        return self.process_request(request)

    def cancel_order(self, order_id: int | OrderTicket, tag: str | None = None) -> OrderTicket:
        """Cancel an order."""
        return self.process_request(CancelOrderRequest(self.utc_time, int(order_id), tag or ""))

    remove_order = cancel_order

    def cancel_open_orders(self, symbol: Any = None, tag: str | None = None) -> list[OrderTicket]:
        """Cancel all open orders, or those of a symbol, and return their tickets."""
        if self._context.is_warming_up:
            raise EngineError("cancel_open_orders is not allowed while the algorithm warms up.")
        if symbol is None and tag is None:
            tag = f"Canceled by CancelOpenOrders() at {self.utc_time.replace(tzinfo=None).isoformat()}"
        tickets = self.get_open_order_tickets(symbol)
        for ticket in tickets:
            ticket.cancel(tag)
        return tickets

    def get_order_by_id(self, order_id: int | OrderTicket) -> Order | None:
        """Return a copy of an order, or None."""
        order = self.handler.orders.get(int(order_id))
        return None if order is None else order.clone()

    def get_orders_by_brokerage_id(self, brokerage_id: str) -> list[Order]:
        """Return copies of the orders that a broker knows under a number: here every order under its own."""
        return [o for o in self.get_orders() if str(brokerage_id) in o.broker_id]

    def get_orders(self, filter: _Filter = None) -> list[Order]:
        """Return copies of all orders for which a condition holds."""
        return [order.clone() for order in self._chosen(self.handler.orders.values(), filter)]

    def get_open_orders(self, filter: _Filter = None) -> list[Order]:
        """Return copies of the open orders, of a symbol or for which a condition holds."""
        return [order.clone() for order in self._chosen(self.handler.open_orders.values(), filter)]

    def get_order_ticket(self, order_id: int | OrderTicket) -> OrderTicket | None:
        """Return an order's ticket, or None."""
        return self.handler.tickets.get(int(order_id))

    def get_order_tickets(self, filter: _Filter = None) -> list[OrderTicket]:
        """Return the tickets for which a condition holds."""
        return self._chosen(self.handler.tickets.values(), filter)

    def get_open_order_tickets(self, filter: _Filter = None) -> list[OrderTicket]:
        """Return the open orders' tickets, of a symbol or for which a condition holds."""
        return self._chosen(self.handler.open_tickets.values(), filter)

    def get_open_orders_remaining_quantity(self, filter: _Filter = None) -> float:
        """Return the sum of what open orders have still to fill, signed."""
        return float(self.exact_open_quantity(filter))

    def exact_open_quantity(self, filter: _Filter = None) -> Decimal:
        """Return the same as a decimal."""
        return sum((t.exact_quantity_remaining for t in self.get_open_order_tickets(filter)), ZERO)

    def _chosen(self, found: Any, filter: _Filter) -> list[Any]:
        if filter is None:
            return list(found)
        if isinstance(filter, Callable):  # type: ignore[arg-type]
            return [one for one in found if filter(one)]
        return [one for one in found if one.symbol == filter]

    def add_transaction_record(self, time: datetime, profit: Decimal, is_win: bool) -> None:
        """Record what a closing fill earned."""
        # One entry an instant, as LEAN has it: a second fill of that instant is entered a millisecond later.
        while time in self.exact_transaction_record:
            time += timedelta(milliseconds=1)
        self.exact_transaction_record[time] = profit
        if is_win:
            self._winning.add(time)
            self.win_count += 1
        else:
            self.loss_count += 1

    def wait_for_order(self, order_id: int) -> bool:
        """Return True: orders are carried out as they are sent."""
        return True
