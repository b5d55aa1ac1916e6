"""The order desk: what may be sent, updated and cancelled. A refused request changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shortable.engine.arguments import price_of, share_quantity, text_of
from shortable.engine.availability import Availability, RefusalKind
from shortable.engine.book import Book
from shortable.engine.orders import Order, OrderStatus, OrderType, TimeInForce
from shortable.engine.responses import OrderResponse, OrderResponseErrorCode, UpdateOrderFields
from shortable.engine.tickets import OrderTicket
from shortable.errors import EngineError, InvalidInputError

if TYPE_CHECKING:
    from shortable.engine.security import Security

__all__ = ["OrderDesk"]

_DAY, _SUBMITTED = TimeInForce.DAY, OrderStatus.SUBMITTED
_OF_TYPE = {"limit_price": OrderType.LIMIT, "stop_price": OrderType.STOP_MARKET}


class OrderDesk:
    """Takes requests, applies the checks, and keeps the book.

    Attributes
    ----------
    book : Book
    availability : Availability
    """

    __slots__ = ("availability", "book")

    def __init__(self, book: Book, availability: Availability) -> None:
        self.book = book
        self.availability = availability

    def submit(
        self,
        security: Security,
        order_type: OrderType,
        quantity: int,
        limit_price: float | None,
        stop_price: float | None,
        time_in_force: TimeInForce,
        tag: str,
    ) -> OrderTicket:
        """Send an order; it can fill from the next bar on.

        The price is checked first, then what can be borrowed, then buying power.

        Raises
        ------
        EngineError
            The algorithm is still in `initialize`.
        """
        book = self.book
        if not book.started:
            raise EngineError(
                "no order can be sent in initialize: no bar has been seen yet. Send it in on_data."
            )
        tickets = book.tickets
        order = Order(len(tickets) + 1, security, order_type, quantity, limit_price, stop_price,
                      time_in_force, tag, book.time, _SUBMITTED)  # fmt: skip
        ticket = OrderTicket(order, self)
        tickets.append(ticket)
        if book.prices[security.column] <= 0.0:
            tag = f"{security.symbol} has no price yet: it has had no bar up to {book.time}"
            self._invalidate(order, OrderResponseErrorCode.SECURITY_PRICE_ZERO, tag)
            return ticket
        held, buys, sells = security.holdings.quantity, security.open_buys, security.open_sells
        if quantity < 0 and held - sells + quantity < 0:  # a long does not cover it
            allowed = -self.availability.allowed(order, -quantity, held, sells)
            if allowed != quantity:
                if not allowed:
                    self._exceeds(order)
                    return ticket
                order.quantity = quantity = allowed
        if security.initial_margin and not self._affordable(security, quantity):
            self._invalidate(
                order, OrderResponseErrorCode.INSUFFICIENT_BUYING_POWER, self._too_dear(quantity, security)
            )
            return ticket
        if quantity > 0:
            security.open_buys = buys + quantity
        else:
            security.open_sells = sells - quantity
        if time_in_force is _DAY:
            order.expires = self._next_session()
        book.open[order.id] = order
        book.record(order, _SUBMITTED)
        return ticket

    def update(self, order: Order, fields: UpdateOrderFields) -> OrderResponse:
        """Change an open order; see `OrderTicket.update`."""
        quantity, limit_price, stop_price = self._checked(order, fields)
        if order.status.is_closed():
            return _closed(order, "update")
        growth = abs(quantity) - abs(order.quantity)
        if growth > 0:
            refused, quantity = self._grow(order, quantity)
            if refused is not None:
                return refused
        security = order.security
        change = quantity - order.quantity
        if change:
            if quantity > 0:
                security.open_buys += change
            else:
                security.open_sells -= change
            order.quantity = quantity
            self.book.stale = True
        order.limit_price, order.stop_price = limit_price, stop_price
        if fields.tag is not None:
            order.tag = fields.tag
        self.book.record(order, OrderStatus.UPDATE_SUBMITTED)
        return OrderResponse(order.id)

    def cancel(self, order: Order, tag: str | None = None) -> OrderResponse:
        """Cancel an open order; see `OrderTicket.cancel`."""
        if order.status.is_closed():
            return _closed(order, "cancel")
        if tag is not None:
            order.tag = text_of("tag", tag)
        self.book.release(order)
        self.book.record(order, OrderStatus.CANCELED, "" if tag is None else tag)
        return OrderResponse(order.id)

    def _grow(self, order: Order, quantity: int) -> tuple[OrderResponse | None, int]:
        """Check an update that enlarges an order; return the refusal, or None and the quantity that is allowed."""
        security, refused = order.security, len(self.availability.refusals)
        if quantity < 0:
            own, held = -order.quantity, security.holdings.quantity
            others = security.open_sells - own
            allowed = -quantity
            if held - others + quantity < 0:
                allowed = self.availability.allowed(order, -quantity, held, others, own)
            if allowed == own:
                tag = self.availability.refusals[refused].tag
                return OrderResponse(
                    order.id, OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY, tag
                ), quantity
            quantity = -allowed
        if security.initial_margin and not self._affordable(security, quantity - order.quantity):
            tag = self._too_dear(quantity, security)
            code = OrderResponseErrorCode.INSUFFICIENT_BUYING_POWER
            self.availability.note(order, RefusalKind.UPDATE, quantity, order.quantity, code, tag)
            return OrderResponse(order.id, code, tag), quantity
        return None, quantity

    def _affordable(self, security: Security, quantity: int) -> bool:
        """Whether margin covers `quantity` more shares on the desk; reserves it where it does."""
        held = security.holdings.quantity
        long, short = held + security.open_buys, security.open_sells - held
        before = long if long > short else short
        if quantity > 0:
            long += quantity
        else:
            short -= quantity
        growth = (long if long > short else short) - before
        if growth <= 0:
            return True
        book = self.book
        if book.stale:
            book.revalue()
        margin = book.margin + growth * book.prices[security.column] * security.initial_margin
        if margin > book.equity:
            return False
        book.margin = margin
        return True

    def _too_dear(self, quantity: int, security: Security) -> str:
        book = self.book
        value = abs(quantity) * book.prices[security.column]
        return (
            f"Insufficient buying power for {quantity:+d} {security.symbol} worth {value:,.2f}: margin in use "
            f"{book.margin:,.2f} of {book.equity:,.2f}"
        )

    def _exceeds(self, order: Order) -> None:
        """Invalidate an order that the availability check has just refused and noted."""
        order.tag = self.availability.refusals[-1].tag
        order.error_code = OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY
        self.book.record(order, OrderStatus.INVALID, order.tag)

    def _invalidate(self, order: Order, code: OrderResponseErrorCode, tag: str) -> None:
        self.availability.note(order, RefusalKind.SUBMISSION, order.quantity, 0, code, tag)
        order.tag, order.error_code = tag, code
        self.book.record(order, OrderStatus.INVALID, tag)

    def _checked(self, order: Order, fields: UpdateOrderFields) -> tuple[int, float | None, float | None]:
        """Return quantity, limit and stop after the update; raise on what no order could have."""
        quantity = order.quantity if fields.quantity is None else share_quantity(fields.quantity)
        if (quantity > 0) is not (order.quantity > 0):
            raise InvalidInputError("quantity", quantity, f"keep the order's sign ({order.quantity:+d})",
                                    "Cancel the order and send another one.")  # fmt: skip
        prices: dict[str, float | None] = {}
        for name, kind in _OF_TYPE.items():
            given = getattr(fields, name)
            if given is not None and order.type is not kind:
                raise InvalidInputError(name, given, f"be None for a {order.type.name} order")
            prices[name] = getattr(order, name) if given is None else price_of(name, given)
        if fields.tag is not None:
            text_of("tag", fields.tag)
        return quantity, prices["limit_price"], prices["stop_price"]

    def _next_session(self) -> int:
        sessions, following = self.book.feed.sessions, self.book.row + 1  # type: ignore[union-attr]
        return sessions[following] if following < len(sessions) else sessions[-1]


def _closed(order: Order, what: str) -> OrderResponse:
    return OrderResponse(
        order.id, OrderResponseErrorCode.INVALID_ORDER_STATUS,
        f"cannot {what} order {order.id}: it is {order.status.name}",
    )  # fmt: skip
