"""What the algorithm can ask about its orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shortable.engine.desk import OrderDesk
from shortable.engine.orders import Order
from shortable.engine.securities import SecurityManager
from shortable.engine.tickets import OrderTicket

__all__ = ["SecurityTransactionManager"]


class SecurityTransactionManager:
    """Orders and tickets, oldest first; refused orders are among them."""

    __slots__ = ("_desk", "_securities")

    def __init__(self, desk: OrderDesk, securities: SecurityManager) -> None:
        self._desk = desk
        self._securities = securities

    @property
    def orders_count(self) -> int:
        """Orders sent so far, refused ones included."""
        return len(self._desk.book.tickets)

    def get_order_by_id(self, order_id: int) -> Order | None:
        """Return an order, or None where there is none of that number."""
        ticket = self.get_order_ticket(order_id)
        return None if ticket is None else ticket.order

    def get_order_ticket(self, order_id: int) -> OrderTicket | None:
        """Return an order's ticket, or None where there is none of that number."""
        tickets = self._desk.book.tickets
        return tickets[order_id - 1] if 0 < order_id <= len(tickets) else None

    def get_orders(self, where: Callable[[Order], bool] | None = None) -> list[Order]:
        """Return the orders, or those for which `where` answers true."""
        return [t.order for t in self._desk.book.tickets if where is None or where(t.order)]

    def get_order_tickets(self, where: Callable[[OrderTicket], bool] | None = None) -> list[OrderTicket]:
        """Return the tickets, or those for which `where` answers true."""
        return [t for t in self._desk.book.tickets if where is None or where(t)]

    def get_open_orders(self, symbol: Any = None) -> list[Order]:
        """Return the resting orders, of one symbol where it is given."""
        security = None if symbol is None else self._securities[symbol]
        return [o for o in self._desk.book.open.values() if security is None or o.security is security]

    def get_open_order_tickets(self, symbol: Any = None) -> list[OrderTicket]:
        """Return the tickets of the resting orders, of one symbol where it is given."""
        tickets = self._desk.book.tickets
        return [tickets[o.id - 1] for o in self.get_open_orders(symbol)]

    def get_open_orders_remaining_quantity(self, symbol: Any = None) -> int:
        """Return the unfilled shares of the resting orders, buys less sells."""
        return sum(o.quantity for o in self.get_open_orders(symbol))

    def cancel_open_orders(self, symbol: Any = None, tag: str | None = None) -> list[OrderTicket]:
        """Cancel the resting orders, of one symbol where it is given; return their tickets."""
        tickets = self.get_open_order_tickets(symbol)
        for ticket in tickets:
            ticket.cancel(tag)
        return tickets
