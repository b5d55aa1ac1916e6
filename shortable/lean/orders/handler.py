"""Carries requests out (LEAN: Engine/TransactionHandlers/BrokerageTransactionHandler.cs, BacktestingTransactionHandler.cs)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from shortable.lean.enums import OrderRequestStatus, OrderResponseErrorCode, OrderStatus
from shortable.lean.models import method, model_answer
from shortable.lean.orders import refusals
from shortable.lean.orders.availability import check_short
from shortable.lean.orders.backtesting import BacktestingBrokerage, insufficient
from shortable.lean.orders.events import OrderEvent, OrderFee
from shortable.lean.orders.ledger import OrderLedger
from shortable.lean.orders.order import Order, OrderSubmissionData, create_order
from shortable.lean.orders.requests import (
    CancelOrderRequest,
    OrderRequest,
    SubmitOrderRequest,
    UpdateOrderRequest,
)
from shortable.lean.orders.responses import OrderResponse
from shortable.lean.orders.rounding import round_prices
from shortable.lean.orders.ticket import OrderTicket
from shortable.rule import exceeds_tag

if TYPE_CHECKING:
    from shortable.lean.context import AlgorithmContext, Security
    from shortable.lean.symbols import Symbol

__all__ = ["TransactionHandler"]

_CODES = OrderResponseErrorCode


class TransactionHandler(OrderLedger):
    """Takes requests in, checks them, and hands orders to the broker.

    A new order is carried out when it is sent: the broker looks at all orders once, so that market orders fill.
    Updates and cancellations are answered at once and carried out at the next step, or before the next new order.

    Attributes
    ----------
    orders, open_orders : dict of int to Order
    tickets, open_tickets : dict of int to OrderTicket
    orders_count : int
        Orders sent, refused ones included.
    order_events : list of OrderEvent
        All that happened.
    """

    def __init__(self, context: AlgorithmContext) -> None:
        super().__init__(context)
        self.brokerage = BacktestingBrokerage(context, self.handle_events)
        self._queue: deque[OrderRequest] = deque()
        self._lots_explained = False

    # -- the loop's entries ---------------------------------------------------------------------------------------
    def process_synchronous_events(self) -> None:
        """Carry out what waits, then let the broker look at all orders: once before and once after the algorithm."""
        self._run()
        self.brokerage.scan()

    def process_asynchronous_events(self) -> None:
        """Let the broker look at all orders."""
        self.brokerage.scan()

    def _run(self) -> None:
        while self._queue:
            self._carry_out(self._queue.popleft())
            self.process_asynchronous_events()

    # -- requests -------------------------------------------------------------------------------------------------
    def process(self, request: OrderRequest) -> OrderTicket:
        """Take a request in and return its order's ticket."""
        if isinstance(request, SubmitOrderRequest):
            return self._submit(request)
        if isinstance(request, UpdateOrderRequest):
            return self._update(request)
        assert isinstance(request, CancelOrderRequest)
        return self._cancel(request)

    def _submit(self, request: SubmitOrderRequest) -> OrderTicket:
        context, number = self._context, request.order_id
        response, tag = OrderResponse.success(number), ""
        if context.is_warming_up:
            response, tag = refusals.warming_up(request), "Algorithm warming up."
        quantity = request.exact_quantity
        if quantity < 0 and not self._may_sell(request, request.symbol, float(quantity)):
            tag = exceeds_tag(request.symbol.value, int(quantity))
            response = OrderResponse.error(number, _CODES.EXCEEDS_SHORTABLE_QUANTITY, tag)
        request.set_response(response)
        ticket = OrderTicket(context.transactions, request)
        self.orders_count += 1
        self.tickets[number] = ticket
        if response.is_success:
            self.open_tickets[number] = ticket
            self._queue.append(request)
            self._run()
            return ticket
        order = self._new(request)
        order.status, order.tag = OrderStatus.INVALID, tag
        ticket.set_order(order)
        self.orders[number] = order
        self._tell(order, tag)
        return ticket

    def _update(self, request: UpdateOrderRequest) -> OrderTicket:
        ticket = self.tickets.get(request.order_id)
        if ticket is None:
            return self._unknown(request)
        ticket.add_update_request(request)
        order = self.orders.get(request.order_id)
        if order is None:
            request.set_response(refusals.not_found(request))
            return ticket
        quantity = (
            ticket.exact_quantity if request.exact_quantity is None else request.exact_quantity
        )
        shortable = True
        if order.exact_quantity < 0 or quantity < 0:
            shortable = self._may_sell(request, ticket.symbol, float(quantity), order.id)
        if order.status == OrderStatus.NEW:
            request.set_response(refusals.new_status(request, order))
        elif order.status.is_closed() and not request.is_allowed_for_closed_order():
            request.set_response(refusals.closed(request, order))
        elif request.exact_quantity == 0:
            request.set_response(refusals.zero(request))
        elif self._context.is_warming_up:
            request.set_response(refusals.warming_up(request))
        elif not shortable:
            text = exceeds_tag(ticket.symbol.value, int(quantity))
            request.set_response(
                OrderResponse.error(order.id, _CODES.EXCEEDS_SHORTABLE_QUANTITY, text)
            )
        else:
            request.set_response(OrderResponse.success(order.id), OrderRequestStatus.PROCESSING)
            self._queue.append(request)
        return ticket

    def _may_sell(
        self, request: OrderRequest, symbol: Symbol, quantity: float, but: int | None = None
    ) -> bool:
        """Check a sale against what can be borrowed, and keep what the check saw."""
        check = check_short(self._context, symbol, quantity, but)
        self.short_checks.append((request, check))
        return check.accepted

    def _cancel(self, request: CancelOrderRequest) -> OrderTicket:
        ticket = self.tickets.get(request.order_id)
        if ticket is None:
            return self._unknown(request)
        if not ticket.try_set_cancel_request(request):
            text = "Cancellation is already in progress."
            request.set_response(
                OrderResponse.error(request.order_id, _CODES.INVALID_REQUEST, text)
            )
            return ticket
        order = self.orders.get(request.order_id)
        if order is not None and request.tag is not None:
            order.tag = request.tag
        if order is None:
            request.set_response(refusals.not_found(request))
        elif order.status == OrderStatus.NEW:
            request.set_response(refusals.new_status(request, order))
        elif order.status.is_closed():
            request.set_response(refusals.closed(request, order))
        elif self._context.is_warming_up:
            request.set_response(refusals.warming_up(request))
        else:
            self.before_cancel[order.id] = order.status
            order.status = OrderStatus.CANCEL_PENDING
            self._tell(order)
            request.set_response(OrderResponse.success(order.id), OrderRequestStatus.PROCESSING)
            self._queue.append(request)
        return ticket

    def _unknown(self, request: UpdateOrderRequest | CancelOrderRequest) -> OrderTicket:
        blank = SubmitOrderRequest(0, 0, None, 0, time=request.time)  # type: ignore[arg-type]
        blank.set_order_id(request.order_id)
        request.set_response(refusals.not_found(request))
        ticket = OrderTicket.invalid(self._context.transactions, blank, refusals.not_found(request))
        if isinstance(request, UpdateOrderRequest):
            ticket.add_update_request(request)
        else:
            ticket.try_set_cancel_request(request)
        return ticket

    # -- carrying out ---------------------------------------------------------------------------------------------
    def _carry_out(self, request: OrderRequest) -> None:
        if isinstance(request, SubmitOrderRequest):
            response = self._place(request)
        elif isinstance(request, UpdateOrderRequest):
            response = self._change(request)
        else:
            assert isinstance(request, CancelOrderRequest)
            response = self._withdraw(request)
        request.set_response(response, OrderRequestStatus.PROCESSED)

    def _new(self, request: SubmitOrderRequest) -> Order:
        order = create_order(request)
        order.exchange_time = self._context.exchange_time
        order.price_adjustment_mode = self._security(order).data_normalization_mode
        return order

    def _security(self, order: Order) -> Security:
        security: Security = self._context.securities[order.symbol]
        return security

    def _place(self, request: SubmitOrderRequest) -> OrderResponse:
        context, order = self._context, self._new(request)
        security = self._security(order)
        order.tag = order.tag or order.get_default_tag()
        self._round_lots(order, security)
        self.open_orders[order.id] = self.orders[order.id] = order
        round_prices(order, security, context.error)
        order.order_submission_data = OrderSubmissionData(
            security.bid_price, security.ask_price, security.close
        )
        self.tickets[order.id].set_order(order)
        if not order.exact_quantity:
            return self._refuse(order, refusals.zero(request))
        covered = context.portfolio.has_sufficient_buying_power_for_order(order)
        if not covered.is_sufficient:
            text = insufficient(order, security, covered.reason)
            return self._refuse(
                order, OrderResponse.error(order.id, _CODES.INSUFFICIENT_BUYING_POWER, text)
            )
        taken, message = model_answer(
            method(context.brokerage_model, "can_submit_order"), security, order
        )
        if not taken:
            text = f"BrokerageModel declared unable to submit order: [{order.id}] {message or ''}".rstrip()
            code = _CODES.BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER
            return self._refuse(order, OrderResponse.error(order.id, code, text))
        self.brokerage.place_order(order)
        return OrderResponse.success(order.id)

    def _refuse(self, order: Order, response: OrderResponse) -> OrderResponse:
        self._context.error(response.error_message)
        order.status = OrderStatus.INVALID
        self._tell(order, response.error_message)
        return response

    def _change(self, request: UpdateOrderRequest) -> OrderResponse:
        context, order = self._context, self.orders[request.order_id]
        if order.status == OrderStatus.NEW:
            return refusals.new_status(request, order)
        closed = order.status.is_closed()
        if closed and not request.is_allowed_for_closed_order():
            return refusals.closed(request, order)
        security = self._security(order)
        self._round_lots(order, security)
        taken, message = model_answer(
            method(context.brokerage_model, "can_update_order"), security, order, request
        )
        if not taken:
            text = (
                f"OrderID: {order.id} {message or 'BrokerageModel declared unable to update order'}"
            )
            context.error(text)
            self._tell(order, "BrokerageModel declared unable to update order")
            return OrderResponse.error(
                order.id, _CODES.BROKERAGE_MODEL_REFUSED_TO_UPDATE_ORDER, text
            )
        changed = order.clone()
        changed.apply_update(request)
        covered = context.portfolio.has_sufficient_buying_power_for_order(changed)
        if not covered.is_sufficient:
            text = (
                f"Brokerage failed to update order with id: {order.id}, Symbol: {order.symbol.value}, Insufficient "
                f"buying power to complete order, Reason: {covered.reason}."
            )
            context.error(text)
            self._tell(order, text)
            return OrderResponse.error(order.id, _CODES.BROKERAGE_FAILED_TO_UPDATE_ORDER, text)
        order.apply_update(request)
        round_prices(order, security, context.error)
        if not closed and not self.brokerage.update_order(order):
            text = f"Brokerage failed to update order with id {order.id}"
            context.error(text)
            self._tell(order, "Brokerage failed to update order")
            return OrderResponse.error(order.id, _CODES.BROKERAGE_FAILED_TO_UPDATE_ORDER, text)
        return OrderResponse.success(order.id)

    def _withdraw(self, request: CancelOrderRequest) -> OrderResponse:
        order = self.orders[request.order_id]
        if order.status.is_closed():
            self.before_cancel.pop(order.id, None)
            return refusals.closed(request, order)
        if not self.brokerage.cancel_order(order):
            text = f"Brokerage failed to cancel order with id {order.id}"
            self._context.error(text)
            order.status = self.before_cancel.pop(order.id, order.status)
            return OrderResponse.error(order.id, _CODES.BROKERAGE_FAILED_TO_CANCEL_ORDER, text)
        if request.tag is not None:
            order.tag = request.tag
        return OrderResponse.success(order.id)

    def _tell(self, order: Order, message: str = "") -> None:
        self.handle_events([OrderEvent(order, self._context.utc_time, OrderFee.ZERO, message)])

    def _round_lots(self, order: Order, security: Security) -> None:
        lot = security.symbol_properties.exact_lot_size
        rest = order.exact_quantity % lot  # of the dividend's sign, as .NET has it
        if not rest:
            return
        order.quantity = order.exact_quantity - rest
        if not self._lots_explained:
            self._lots_explained = True
            self._context.error(
                "Warning: Due to brokerage limitations, orders will be rounded to the nearest lot size of "
                f"{lot.normalize():f}"
            )
