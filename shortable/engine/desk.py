"""The order desk: what may be sent, updated and cancelled. A refused request changes nothing."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from shortable.engine.arguments import price_of, share_quantity, text_of, trailing_amount_of
from shortable.engine.availability import Availability, RefusalKind
from shortable.engine.book import Book
from shortable.engine.orders import Order, StopLimitOrder, TimeInForce, TrailingStopOrder
from shortable.engine.requests import CancelOrderRequest, UpdateOrderRequest
from shortable.engine.responses import OrderResponse, UpdateOrderFields
from shortable.engine.tickets import OrderTicket
from shortable.errors import EngineError, InvalidInputError
from shortable.market_data import Resolution
from shortable.orders import OrderResponseErrorCode, OrderStatus, OrderType

if TYPE_CHECKING:
    from shortable.engine.feed import Feed
    from shortable.engine.security import Security

__all__ = ["OrderDesk"]

_DAY, _SUBMITTED, _MARKET = TimeInForce.DAY, OrderStatus.SUBMITTED, OrderType.MARKET
_KINDS = {OrderType.STOP_LIMIT: StopLimitOrder, OrderType.TRAILING_STOP: TrailingStopOrder}
_OF_TYPES = {
    "limit_price": (OrderType.LIMIT, OrderType.STOP_LIMIT),
    "stop_price": (OrderType.STOP_MARKET, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP),
    "trailing_amount": (OrderType.TRAILING_STOP,),
}


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
        trailing: tuple[float, bool] | None = None,
    ) -> OrderTicket:
        """Send an order; it can fill from the next bar on.

        The price is checked first, then what can be borrowed, then buying power. `trailing` is a trailing stop's
        amount, and whether that is a fraction; without a stop price such an order begins at that distance from
        the last close.

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
        if order_type is _MARKET:
            order = Order(
                len(tickets) + 1,
                security,
                order_type,
                quantity,
                None,
                None,
                time_in_force,
                tag,
                book.time,
                _SUBMITTED,
            )
        else:
            order = _KINDS.get(order_type, Order)(
                len(tickets) + 1,
                security,
                order_type,
                quantity,
                limit_price,
                stop_price,
                time_in_force,
                tag,
                book.time,
                _SUBMITTED,
            )
            if trailing is not None:
                self._begin_trailing(order, trailing)
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
                book.log_of(order)
                order.quantity = quantity = allowed
        if security.initial_margin and not self._affordable(security, quantity):
            self._invalidate(
                order,
                OrderResponseErrorCode.INSUFFICIENT_BUYING_POWER,
                self._too_dear(quantity, security),
            )
            return ticket
        if quantity > 0:
            security.open_buys = buys + quantity
        else:
            security.open_sells = sells - quantity
        if time_in_force is _DAY:
            order.expires = self._first_session(security, order_type)
        book.open[order.id] = order
        book.record(order, _SUBMITTED)
        return ticket

    def update(self, order: Order, fields: UpdateOrderFields) -> OrderResponse:
        """Change an open order; see `OrderTicket.update`."""
        quantity, prices = self._checked(order, fields)
        log = self.book.log_of(order)
        response = self._update(order, quantity, prices, fields.tag)
        log.later.append(UpdateOrderRequest.of(self.book.time, fields, response))
        return response

    def cancel(self, order: Order, tag: str | None = None) -> OrderResponse:
        """Cancel an open order; see `OrderTicket.cancel`."""
        if tag is not None:
            text_of("tag", tag)
        log = self.book.log_of(order)
        response = self._cancel(order, tag)
        log.later.append(CancelOrderRequest(order.id, self.book.time, tag or "", response))
        return response

    def _update(
        self, order: Order, quantity: int, prices: dict[str, float], tag: str | None
    ) -> OrderResponse:
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
        for name, price in prices.items():
            setattr(order, name, price)
        if tag is not None:
            order.tag = tag
        self.book.record(order, OrderStatus.UPDATE_SUBMITTED)
        return OrderResponse(order.id)

    def _cancel(self, order: Order, tag: str | None) -> OrderResponse:
        if order.status.is_closed():
            return _closed(order, "cancel")
        if tag is not None:
            order.tag = tag
        self.book.release(order)
        self.book.record(order, OrderStatus.CANCELED, "" if tag is None else tag)
        return OrderResponse(order.id)

    def _begin_trailing(self, order: TrailingStopOrder, trailing: tuple[float, bool]) -> None:
        order.trailing_amount, order.trailing_as_percentage = trailing
        price = self.book.prices[order.security.column]
        if order.stop_price is None and price > 0.0:
            order.stop_price = order.stop_at(price)
        self.book.log_of(order)  # the bars will move its stop

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
        if order.tag:
            self.book.log_of(order)
        order.tag = self.availability.refusals[-1].tag
        order.error_code = OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY
        self.book.record(order, OrderStatus.INVALID, order.tag)

    def _invalidate(self, order: Order, code: OrderResponseErrorCode, tag: str) -> None:
        self.availability.note(order, RefusalKind.SUBMISSION, order.quantity, 0, code, tag)
        if order.tag:
            self.book.log_of(order)
        order.tag, order.error_code = tag, code
        self.book.record(order, OrderStatus.INVALID, tag)

    def _checked(self, order: Order, fields: UpdateOrderFields) -> tuple[int, dict[str, float]]:
        """Return quantity and changed prices after the update; raise on what no order could have."""
        quantity = order.quantity if fields.quantity is None else share_quantity(fields.quantity)
        if (quantity > 0) is not (order.quantity > 0):
            raise InvalidInputError(
                "quantity",
                quantity,
                f"keep the order's sign ({order.quantity:+d})",
                "Cancel the order and send another one.",
            )
        prices: dict[str, float] = {}
        for name, kinds in _OF_TYPES.items():
            given = getattr(fields, name)
            if given is None:
                continue
            if order.type not in kinds:
                raise InvalidInputError(name, given, f"be None for a {order.type.name} order")
            prices[name] = (
                trailing_amount_of(given, order.trailing_as_percentage)
                if name == "trailing_amount"
                else price_of(name, given)
            )
        if fields.tag is not None:
            text_of("tag", fields.tag)
        return quantity, prices

    def _first_session(self, security: Security, order_type: OrderType) -> int:
        """Return the first session in which an order that is sent now could fill."""
        feed: Feed = self.book.feed  # type: ignore[assignment]
        sessions, row = feed.sessions, self.book.row
        # This session's open is over, and with it the open of a daily bar that is still to come.
        over = order_type is OrderType.MARKET_ON_OPEN or (
            security.resolution is Resolution.DAILY and order_type is not OrderType.MARKET_ON_CLOSE
        )
        following = bisect_right(sessions, sessions[row], row) if over else row + 1
        return sessions[following] if following < len(sessions) else sessions[row] + 1


def _closed(order: Order, what: str) -> OrderResponse:
    return OrderResponse(
        order.id,
        OrderResponseErrorCode.INVALID_ORDER_STATUS,
        f"cannot {what} order {order.id}: it is {order.status.name}",
    )
