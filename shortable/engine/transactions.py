"""What an algorithm asks about its orders: `SecurityTransactionManager`."""

from __future__ import annotations

from collections.abc import Callable

from shortable.engine.order_desk import OrderDesk
from shortable.engine.orders import Order
from shortable.engine.portfolio import SymbolLike
from shortable.engine.security import SecurityManager
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
        return len(self._desk.tickets)

    @property
    def last_order_id(self) -> int:
        """Number of the newest order, 0 before the first."""
        return len(self._desk.tickets)

    def get_order_by_id(self, order_id: int) -> Order | None:
        """Return an order, or None where there is none of that number."""
        ticket = self.get_order_ticket(order_id)
        return None if ticket is None else ticket.order

    def get_order_ticket(self, order_id: int) -> OrderTicket | None:
        """Return an order's ticket, or None where there is none of that number."""
        tickets = self._desk.tickets
        return tickets[order_id - 1] if 0 < order_id <= len(tickets) else None

    def get_orders(self, where: Callable[[Order], bool] | None = None) -> list[Order]:
        """Return the orders, or those for which `where` answers true."""
        return [t.order for t in self._desk.tickets if where is None or where(t.order)]

    def get_order_tickets(
        self, where: Callable[[OrderTicket], bool] | None = None
    ) -> list[OrderTicket]:
        """Return the tickets, or those for which `where` answers true."""
        return [t for t in self._desk.tickets if where is None or where(t)]

    def get_open_orders(
        self, symbol: SymbolLike | Callable[[Order], bool] | None = None
    ) -> list[Order]:
        """Return the resting orders: all, of one symbol, or those for which a function answers true."""
        resting = self._desk.account.open.values()
        if callable(symbol):
            return list(filter(symbol, resting))
        return [order for order in resting if self._concerns(symbol, order)]

    def get_open_order_tickets(
        self, symbol: SymbolLike | Callable[[OrderTicket], bool] | None = None
    ) -> list[OrderTicket]:
        """Return the tickets of the resting orders: all, of one symbol, or those for which a function answers true."""
        tickets = self._desk.tickets
        resting = [tickets[number - 1] for number in self._desk.account.open]
        if callable(symbol):
            return list(filter(symbol, resting))
        return [ticket for ticket in resting if self._concerns(symbol, ticket.order)]

    def get_open_orders_remaining_quantity(
        self, symbol: SymbolLike | Callable[[OrderTicket], bool] | None = None
    ) -> int:
        """Return the unfilled shares of the resting orders, buys less sells; `symbol` as for their tickets."""
        return sum(t.quantity_remaining for t in self.get_open_order_tickets(symbol))

    def cancel_order(self, order_id: int, tag: str | None = None) -> OrderTicket | None:
        """Cancel an order and return its ticket, or None where there is none of that number.

        The ticket's `cancel_request` says whether it could be cancelled.
        """
        ticket = self.get_order_ticket(order_id)
        if ticket is not None:
            ticket.cancel(tag)
        return ticket

    remove_order = cancel_order

    def cancel_open_orders(
        self,
        symbol: SymbolLike | Callable[[OrderTicket], bool] | None = None,
        tag: str | None = None,
    ) -> list[OrderTicket]:
        """Cancel the resting orders, of one symbol where it is given; return their tickets."""
        tickets = self.get_open_order_tickets(symbol)
        for ticket in tickets:
            ticket.cancel(tag)
        return tickets

    def _concerns(self, symbol: SymbolLike | None, order: Order) -> bool:
        return symbol is None or order.column == self._securities[symbol].column
