"""The order desk: which orders are accepted, updated and cancelled. A refused request changes nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from operator import attrgetter

from shortable.desk import RefusalKind
from shortable.engine.account import Account
from shortable.engine.feed import Feed
from shortable.engine.lending_rules import LendingRules
from shortable.engine.orders import (
    Order,
    OrderEvent,
    StopLimitOrder,
    TrailingStopOrder,
    text_of,
    trailing_amount_of,
)
from shortable.engine.security import Security
from shortable.engine.short_desk import EngineShortDesk
from shortable.engine.tickets import (
    CancelOrderRequest,
    OrderResponse,
    OrderTicket,
    RequestLog,
    UpdateOrderFields,
    UpdateOrderRequest,
)
from shortable.errors import EngineError, InvalidInputError
from shortable.market_data import Resolution
from shortable.orders import OrderResponseErrorCode, OrderStatus, OrderType, TimeInForce
from shortable.results import BorrowEnd
from shortable.shares import positive_price, traded_quantity

__all__ = ["OrderDesk"]

_DAY, _SUBMITTED, _MARKET = TimeInForce.DAY, OrderStatus.SUBMITTED, OrderType.MARKET
_KINDS: dict[OrderType, type[Order]] = {
    OrderType.STOP_LIMIT: StopLimitOrder,
    OrderType.TRAILING_STOP: TrailingStopOrder,
}
_BY_RULE = OrderResponseErrorCode.BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER
_BROKERS = "the order is the broker's, not the algorithm's"
_TYPES_WITH = {
    "limit_price": (OrderType.LIMIT, OrderType.STOP_LIMIT),
    "stop_price": (OrderType.STOP_MARKET, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP),
    "trailing_amount": (OrderType.TRAILING_STOP,),
}


class OrderDesk:
    """Takes requests, has them checked, and lets orders rest on the account.

    Attributes
    ----------
    account : Account
    short_desk : EngineShortDesk
        Says what may be sold short, and keeps the record of refusals.
    securities : list of Security
        By column.
    tickets : list of OrderTicket
        Of every order, in order of submission; order n is ``tickets[n - 1]``.
    forced : set of int
        Numbers of orders that are the broker's and not the algorithm's to change.
    lending : LendingRules or None
        The run's rules on short sales, locates and recalls, where it has any.
    requests : dict of int to RequestLog
        By order number; of the orders of which `log_of` was asked.
    """

    __slots__ = (
        "account",
        "forced",
        "lending",
        "requests",
        "securities",
        "short_desk",
        "tickets",
    )

    def __init__(
        self, account: Account, short_desk: EngineShortDesk, securities: list[Security]
    ) -> None:
        self.account = account
        self.short_desk = short_desk
        self.securities = securities
        self.tickets: list[OrderTicket] = []
        self.forced: set[int] = set()
        self.lending: LendingRules | None = None
        self.requests: dict[int, RequestLog] = {}

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
        account = self.account
        if not account.started:
            raise EngineError(
                "no order can be sent in initialize: no bar has been seen yet. Send it in on_data."
            )
        tickets, symbol, column = self.tickets, security.symbol, security.column
        if order_type is _MARKET:
            order = Order(
                len(tickets) + 1,
                symbol,
                column,
                order_type,
                quantity,
                None,
                None,
                time_in_force,
                tag,
                account.time,
            )
        else:
            order = self._order(
                security, order_type, quantity, limit_price, stop_price, time_in_force, tag
            )
            if trailing is not None and isinstance(order, TrailingStopOrder):
                self._begin_trailing(order, trailing)
        ticket = OrderTicket(order, self)
        tickets.append(ticket)
        if account.prices[column] <= 0.0:
            tag = f"{symbol} has no price yet: it has had no bar up to {account.time}"
            self._refuse(order, OrderResponseErrorCode.SECURITY_PRICE_ZERO, tag)
            return ticket
        if account.ended and column in account.ended:
            tag = f"{symbol} can no longer be traded: {account.ended[column]}"
            self._refuse(order, OrderResponseErrorCode.NON_TRADABLE_SECURITY, tag)
            return ticket
        holding = security.holdings
        held, sells = holding.quantity, holding.open_sells
        if quantity < 0 and held - sells + quantity < 0:  # a long does not cover it
            if self.lending is not None:
                refusal = self.lending.refusal(
                    security, order, account.time, limit_price, account.prices[column]
                )
                if refusal is not None:
                    self._refuse(order, _BY_RULE, refusal)
                    return ticket
            allowed = self.short_desk.allowed(
                security, account.time, -quantity, held, sells, order_id=order.id
            )
            if allowed != -quantity:
                if not allowed:
                    self._invalidate(
                        order,
                        OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY,
                        self.short_desk.last_tag,
                    )
                    return ticket
                self.log_of(order)
                order.quantity = quantity = -int(allowed)
        initial_margin = security.initial_margin
        if initial_margin and not account.affords(holding, quantity, initial_margin):
            tag = self._insufficient(quantity, security)
            self._refuse(order, OrderResponseErrorCode.INSUFFICIENT_BUYING_POWER, tag)
            return ticket
        if quantity < 0:
            if security.is_flow:
                self.short_desk.sent(security, account.time, -quantity, held, sells, order.id)
            if self.lending is not None:
                self.lending.sent(security, order.id, -quantity, held, sells)
        if time_in_force is _DAY:
            order.expires = self._first_session(security, order_type)
        # As Account.rest; the call would cost a fortieth of a run.
        if quantity > 0:
            holding.open_buys += quantity
        else:
            holding.open_sells = sells - quantity
        account.open[order.id] = order
        account.record(order, _SUBMITTED)
        return ticket

    def rest(
        self,
        security: Security,
        quantity: int,
        limit_price: float | None,
        stop_price: float | None,
        tag: str,
    ) -> None:
        """Let a limit or stop order rest that was accepted before the run; nothing checks it again."""
        order_type = OrderType.STOP_MARKET if limit_price is None else OrderType.LIMIT
        good_till_canceled = TimeInForce.GOOD_TIL_CANCELED
        order = self._order(
            security, order_type, quantity, limit_price, stop_price, good_till_canceled, tag
        )
        self.tickets.append(OrderTicket(order, self))
        self.account.rest(order)
        self.account.record(order, _SUBMITTED)

    def update(self, order: Order, fields: UpdateOrderFields) -> OrderResponse:
        """Change an open order; see `OrderTicket.update`."""
        quantity, prices = _checked(order, fields)
        log = self.log_of(order)
        response = self._update(order, quantity, prices, fields.tag)
        log.later.append(UpdateOrderRequest.of(self.account.time, fields, response))
        return response

    def cancel(self, order: Order, tag: str | None = None) -> OrderResponse:
        """Cancel an open order; see `OrderTicket.cancel`."""
        if tag is not None:
            text_of("tag", tag)
        log = self.log_of(order)
        response = self._cancel(order, tag)
        log.later.append(CancelOrderRequest(order.id, self.account.time, tag or "", response))
        return response

    def begin_session(self, day: date) -> None:
        """Let the resting sells count anew against the daily flows of a session (S15)."""
        resting: dict[int, list[tuple[int | str, float]]] = {}
        for order in self.account.open.values():
            if order.quantity < 0 and self.securities[order.column].is_flow:
                resting.setdefault(order.column, []).append((order.id, -order.quantity))
        for column, orders in resting.items():
            security = self.securities[column]
            self.short_desk.begin_session(security, day, security.holdings.quantity, orders)

    def recheck(self, security: Security, at: datetime) -> None:
        """Cancel resting sells that may no longer be sold, the newest first (S5)."""
        holding = security.holdings
        if holding.quantity >= holding.open_sells:
            return
        resting = [
            (order, -order.quantity)
            for order in self.account.open.values()
            if order.column == security.column and order.quantity < 0
        ]
        excess = self.short_desk.excess(security, at, holding.quantity, resting, attrgetter("id"))
        for order in excess:
            self.log_of(order)
            order.tag = self.short_desk.tag_of(order.id)
            order.error_code = OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY
            self._release(order)
            self.account.record(order, OrderStatus.CANCELED, order.tag)

    def expire(self, session: int) -> None:
        """Cancel the day orders whose last session ends, given as a proleptic ordinal."""
        account = self.account
        for order in [o for o in account.open.values() if o.expires and o.expires <= session]:
            self._release(order)
            account.record(order, OrderStatus.CANCELED, "expired at the end of the session")

    def restate(
        self, order: Order, quantity: int, ratio: Fraction, message: str, time: datetime
    ) -> None:
        """Put a resting order on the shares after a split of new per old `ratio`: `quantity` of them.

        One that is left without a share is cancelled (S20).
        """
        account = self.account
        self.log_of(order)
        if not quantity:
            self._release(order)
            account.record(order, OrderStatus.CANCELED, f"{message}: no whole share is left", time)
            return
        self._resize(order, quantity)
        if order.limit_price is not None:
            order.limit_price = float(order.limit_price / ratio)
        if order.stop_price is not None:
            order.stop_price = float(order.stop_price / ratio)
        if isinstance(order, TrailingStopOrder) and not order.trailing_as_percentage:
            order.trailing_amount = float(order.trailing_amount / ratio)
        account.record(order, OrderStatus.UPDATE_SUBMITTED, message, time)

    def force(
        self,
        security: Security,
        quantity: int,
        tag: str,
        end: BorrowEnd | None = None,
        order_type: OrderType = _MARKET,
        time: datetime | None = None,
    ) -> OrderTicket:
        """Send a market order that is the broker's: nothing checks it, and the algorithm cannot change it (S23).

        Parameters
        ----------
        security : Security
        quantity : int
            Shares, of a sign that makes the position smaller.
        tag : str
            Why it is sent.
        end : BorrowEnd, optional
            How a borrow ends that it ends; default: covered.
        order_type : OrderType
            Default: at the market.
        time : datetime, optional
            When it is sent; default: at the clock's time.
        """
        good_till_canceled = TimeInForce.GOOD_TIL_CANCELED
        order = self._order(security, order_type, quantity, None, None, good_till_canceled, tag)
        if time is not None:
            order.time = time
        ticket = OrderTicket(order, self)
        self.tickets.append(ticket)
        self.forced.add(order.id)
        if end is not None:
            self.account.ends[order.id] = end
        self.account.rest(order)
        self.account.record(order, _SUBMITTED, time=time)
        return ticket

    def forced_shares(self) -> dict[int, int]:
        """Return by column the unfilled shares of the broker's resting orders."""
        shares: dict[int, int] = {}
        for order in self.account.open.values():
            if order.id in self.forced:
                shares[order.column] = shares.get(order.column, 0) + order.quantity
        return shares

    def cancel_where(self, chosen: Callable[[Order], bool], message: str) -> None:
        """Cancel the resting orders of which `chosen` is true, for a reason that is not the algorithm's."""
        account = self.account
        for order in [o for o in account.open.values() if chosen(o)]:
            self._release(order)
            account.record(order, OrderStatus.CANCELED, message)

    def close_out(self, security: Security, price: float, tag: str, end: BorrowEnd) -> None:
        """Close a position at a price, at once and without commission: an order with a fill (S21, S22)."""
        account = self.account
        order = self._order(
            security,
            _MARKET,
            -security.holdings.quantity,
            None,
            None,
            TimeInForce.GOOD_TIL_CANCELED,
            tag,
        )
        self.tickets.append(OrderTicket(order, self))
        account.rest(order)
        account.record(order, _SUBMITTED)
        account.ends[order.id] = end
        account.fill(order, price, 0.0, account.time, tag)
        if account.handler is not None:
            account.handler(OrderEvent(*account.events[-1]))

    def log_of(self, order: Order) -> RequestLog:
        """Return an order's log of requests; call it before changing anything of what was sent."""
        log = self.requests.get(order.id)
        if log is None:
            log = self.requests[order.id] = RequestLog.of(order)
        return log

    def events_of(self, order: Order) -> list[OrderEvent]:
        """Return what has happened to an order, oldest first."""
        return self.account.events_of(order)

    def _order(
        self,
        security: Security,
        order_type: OrderType,
        quantity: int,
        limit_price: float | None,
        stop_price: float | None,
        time_in_force: TimeInForce,
        tag: str,
    ) -> Order:
        return _KINDS.get(order_type, Order)(
            len(self.tickets) + 1,
            security.symbol,
            security.column,
            order_type,
            quantity,
            limit_price,
            stop_price,
            time_in_force,
            tag,
            self.account.time,
        )

    def _update(
        self, order: Order, quantity: int, prices: dict[str, float], tag: str | None
    ) -> OrderResponse:
        if order.status.is_closed():
            return _closed(order, "update")
        if order.id in self.forced:
            code = OrderResponseErrorCode.BROKERAGE_FAILED_TO_UPDATE_ORDER
            return OrderResponse(order.id, code, _BROKERS)
        if abs(quantity) > abs(order.quantity):
            limit = prices.get("limit_price", order.limit_price)
            refusal, quantity = self._grow(order, quantity, limit)
            if refusal is not None:
                return refusal
        if quantity != order.quantity:
            self._resize(order, quantity)
            if quantity < 0:
                security = self.securities[order.column]
                held, others = security.holdings.quantity, security.open_sells + quantity
                at = self.account.time
                self.short_desk.sent(security, at, -quantity, held, others, order.id)
                if self.lending is not None:
                    self.lending.sent(security, order.id, -quantity, held, others)
        for name, price in prices.items():
            setattr(order, name, price)
        if tag is not None:
            order.tag = tag
        self.account.record(order, OrderStatus.UPDATE_SUBMITTED)
        return OrderResponse(order.id)

    def _resize(self, order: Order, quantity: int) -> None:
        """Let a resting order be one of another quantity of the same sign."""
        holding = self.securities[order.column].holdings
        change = quantity - order.quantity
        if quantity > 0:
            holding.open_buys += change
        else:
            holding.open_sells -= change
        order.quantity = quantity
        self.account.stale = True

    def _cancel(self, order: Order, tag: str | None) -> OrderResponse:
        if order.status.is_closed():
            return _closed(order, "cancel")
        if order.id in self.forced:
            code = OrderResponseErrorCode.BROKERAGE_FAILED_TO_CANCEL_ORDER
            return OrderResponse(order.id, code, _BROKERS)
        if tag is not None:
            order.tag = tag
        self._release(order)
        self.account.record(order, OrderStatus.CANCELED, "" if tag is None else tag)
        return OrderResponse(order.id)

    def _release(self, order: Order) -> None:
        self.account.release(order)
        self.short_desk.cancelled(self.securities[order.column], order.id)
        if self.lending is not None:
            self.lending.cancelled(order.column, order.id)

    def _begin_trailing(self, order: TrailingStopOrder, trailing: tuple[float, bool]) -> None:
        order.trailing_amount, order.trailing_as_percentage = trailing
        price = self.account.prices[order.column]
        if order.stop_price is None and price > 0.0:
            order.stop_price = order.stop_at(price)
        self.log_of(order)  # the bars will move its stop

    def _grow(
        self, order: Order, quantity: int, limit: float | None
    ) -> tuple[OrderResponse | None, int]:
        """Check an update that enlarges an order; return the refusal, or None and the quantity that is allowed."""
        security, short_desk = self.securities[order.column], self.short_desk
        holding = security.holdings
        own, held = -order.quantity, holding.quantity
        others = holding.open_sells - own
        if quantity < 0 and held - others + quantity < 0:  # a long does not cover it
            if self.lending is not None:
                at, last = self.account.time, self.account.prices[order.column]
                refusal = self.lending.refusal(security, order, at, limit, last)
                if refusal is not None:
                    self._note(order, RefusalKind.UPDATE, quantity, -own, _BY_RULE, refusal)
                    return OrderResponse(order.id, _BY_RULE, refusal), quantity
            allowed = short_desk.allowed(
                security, self.account.time, -quantity, held, others, floor=own, order_id=order.id
            )
            if allowed == own:
                code = OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY
                return OrderResponse(order.id, code, short_desk.last_tag), quantity
            quantity = -int(allowed)
        initial_margin, growth = security.initial_margin, quantity - order.quantity
        if initial_margin and not self.account.affords(holding, growth, initial_margin):
            tag = self._insufficient(quantity, security)
            code = OrderResponseErrorCode.INSUFFICIENT_BUYING_POWER
            self._note(order, RefusalKind.UPDATE, quantity, order.quantity, code, tag)
            return OrderResponse(order.id, code, tag), quantity
        return None, quantity

    def _insufficient(self, quantity: int, security: Security) -> str:
        account = self.account
        value = abs(quantity) * account.prices[security.column]
        return (
            f"Insufficient buying power for {quantity:+d} {security.symbol} worth {value:,.2f}: margin in use "
            f"{account.margin:,.2f} of {account.equity:,.2f}"
        )

    def _refuse(self, order: Order, code: OrderResponseErrorCode, tag: str) -> None:
        """Refuse a new order for another reason than want of shares."""
        self._note(order, RefusalKind.SUBMISSION, order.quantity, 0, code, tag)
        self._invalidate(order, code, tag)

    def _note(
        self,
        order: Order,
        kind: RefusalKind,
        requested: int,
        allowed: int,
        code: OrderResponseErrorCode,
        tag: str,
    ) -> None:
        security = self.securities[order.column]
        holding = security.holdings
        own = -order.quantity if order.quantity < 0 and order.id in self.account.open else 0
        self.short_desk.refuse(
            security,
            self.account.time,
            kind,
            requested,
            allowed,
            holding.quantity,
            holding.open_sells - own,
            None,
            order.id,
            error_code=code,
            tag=tag,
        )

    def _invalidate(self, order: Order, code: OrderResponseErrorCode, tag: str) -> None:
        if order.tag:
            self.log_of(order)
        order.tag, order.error_code = tag, code
        self.account.record(order, OrderStatus.INVALID, tag)

    def _first_session(self, security: Security, order_type: OrderType) -> int:
        """Return the first session in which an order that is sent now could fill."""
        feed: Feed = self.account.feed  # type: ignore[assignment]  # the account has started
        sessions, row = feed.sessions, self.account.row
        # This session's open is over, and with it the open of a daily bar that is still to come.
        over = order_type is OrderType.MARKET_ON_OPEN or (
            security.resolution is Resolution.DAILY and order_type is not OrderType.MARKET_ON_CLOSE
        )
        following = bisect_right(sessions, sessions[row], row) if over else row + 1
        return sessions[following] if following < len(sessions) else sessions[row] + 1


def _checked(order: Order, fields: UpdateOrderFields) -> tuple[int, dict[str, float]]:
    """Return quantity and changed prices after an update; raise on what no order could have."""
    quantity = order.quantity if fields.quantity is None else traded_quantity(fields.quantity)
    if (quantity > 0) is not (order.quantity > 0):
        raise InvalidInputError(
            "quantity",
            quantity,
            f"keep the order's sign ({order.quantity:+d})",
            "Cancel the order and send another one.",
        )
    prices: dict[str, float] = {}
    for name, types in _TYPES_WITH.items():
        value = getattr(fields, name)
        if value is None:
            continue
        if order.type not in types:
            raise InvalidInputError(name, value, f"be None for a {order.type.name} order")
        prices[name] = (
            trailing_amount_of(value, order.trailing_as_percentage)
            if name == "trailing_amount"
            else positive_price(name, value)
        )
    if fields.tag is not None:
        text_of("tag", fields.tag)
    return quantity, prices


def _closed(order: Order, request: str) -> OrderResponse:
    return OrderResponse(
        order.id,
        OrderResponseErrorCode.INVALID_ORDER_STATUS,
        f"cannot {request} order {order.id}: it is {order.status.name}",
    )
