"""The broker of a backtest: holds orders and asks fill models about them (LEAN: Brokerages/Backtesting/BacktestingBrokerage.cs)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from shortable.errors import EngineError, InvalidInputError
from shortable.lean.enums import OrderStatus, OrderType
from shortable.lean.models import method
from shortable.lean.orders.events import OrderEvent, OrderFee
from shortable.lean.orders.fill_model import FillModelParameters

if TYPE_CHECKING:
    from shortable.lean.context import AlgorithmContext
    from shortable.lean.orders.order import Order

__all__ = ["BacktestingBrokerage", "insufficient"]

_Sink = Callable[[Sequence[OrderEvent]], None]


class BacktestingBrokerage:
    """Fills orders by the securities' models.

    Parameters
    ----------
    context : AlgorithmContext
    on_order_events : callable
        Is told what happens, one order's events at a time.
    """

    def __init__(self, context: AlgorithmContext, on_order_events: _Sink) -> None:
        self._context = context
        self._tell = on_order_events
        self._pending: dict[int, Order] = {}

    def place_order(self, order: Order) -> bool:
        """Take a new order; it may fill at the next scan."""
        if order.status != OrderStatus.NEW:
            return False
        self._pending[order.id] = order
        self._number(order)
        self._event(order, OrderStatus.SUBMITTED)
        return True

    def update_order(self, order: Order) -> bool:
        """Take a change."""
        if order.id not in self._pending:
            return False
        self._number(order)
        self._event(order, OrderStatus.UPDATE_SUBMITTED)
        return True

    def cancel_order(self, order: Order) -> bool:
        """Let an order go."""
        found = self._pending.pop(order.id, None) is not None
        self._number(order)
        self._event(order, OrderStatus.CANCELED)
        return found

    def _number(self, order: Order) -> None:
        if str(order.id) not in order.broker_id:
            order.broker_id.append(str(order.id))

    def _event(self, order: Order, status: OrderStatus, message: str = "") -> None:
        event = OrderEvent(order, self._context.utc_time, OrderFee.ZERO, message)
        event.status = status
        self._tell([event])

    def _remove(self, order: Order, status: OrderStatus, message: str) -> None:
        self._pending.pop(order.id, None)
        self._event(order, status, message)

    def scan(self) -> None:
        """Ask about every order that waits, by number; those sent just now wait on, unless they are market orders."""
        now = self._context.exchange_time
        for number in sorted(self._pending):
            order = self._pending.get(number)
            if order is None:
                continue  # went with an event of one before
            if order.status.is_closed():
                del self._pending[number]
            elif order.type == OrderType.MARKET or order.exchange_time != now:
                self._look_at(order)

    def _look_at(self, order: Order) -> None:
        context = self._context
        security = context.securities.get(order.symbol)
        if security is None:
            self._remove(order, OrderStatus.INVALID, "")
            return
        if order.type == OrderType.MARKET_ON_OPEN:
            # It can never fill on a bar that ended before it was sent: no need to count margin each time.
            bar = security.get_last_data()
            if bar is None or order.exchange_time >= bar.end_time:
                return
        if order.time_in_force.is_order_expired(security, order):
            self._remove(order, OrderStatus.CANCELED, "The order has expired.")
            return
        if not method(context.brokerage_model, "can_execute_order")(security, order):
            return
        covered = context.portfolio.has_sufficient_buying_power_for_order(order)
        if not covered.is_sufficient:
            if order.status != OrderStatus.CANCEL_PENDING:
                message = insufficient(order, security, covered.reason)
                self._remove(order, OrderStatus.INVALID, message)
                context.error(message)
            return
        self._fill(order, security)

    def _fill(self, order: Order, security: Any) -> None:
        context = self._context
        asked = FillModelParameters(
            security, order, context.settings.stale_price_time_span, lambda changed: None
        )
        try:
            answered = _fills(security.fill_model, asked)
            fills = (
                answered
                if all(order.time_in_force.is_fill_valid(security, order, f) for f in answered)
                else []
            )
            for fill in fills:
                if fill.status == OrderStatus.FILLED and not fill.order_fee.value.exact_amount:
                    fill.order_fee = security.order_fee(order)
        except (EngineError, InvalidInputError) as error:
            context.error(
                f"Order Error: id: {order.id}, Transaction model failed to fill for order type: {order.type} with "
                f"error: {error}"
            )
            return
        told = [f for f in fills if f.status != order.status or f.exact_fill_quantity]
        if told:
            order.status = told[-1].status
            self._tell(told)
        if fills and all(fill.status.is_closed() for fill in fills):
            self._pending.pop(order.id, None)


def _fills(model: Any, asked: FillModelParameters) -> list[OrderEvent]:
    found = method(model, "fill")(asked)
    return list(found) if hasattr(found, "__iter__") else [found]


def insufficient(order: Order, security: Any, reason: str) -> str:
    """Return the message of an order that the account does not cover."""
    from shortable.lean.securities.order_size import shown

    return (
        f"Order Error: ids: [{order.id}], Insufficient buying power to complete orders "
        f"(Value:[{shown(order.exact_value(security))}]), Reason: {reason}."
    )
