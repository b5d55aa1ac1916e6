"""What an order is refused for before it is one (LEAN: Algorithm/QCAlgorithm.Trading.cs, PreOrderChecksImpl)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shortable.lean.enums import AlgorithmStatus, OrderResponseErrorCode, OrderType
from shortable.lean.numbers import ZERO
from shortable.lean.orders.order import MarketOnCloseOrder
from shortable.lean.orders.refusals import zero_price
from shortable.lean.orders.requests import SubmitOrderRequest
from shortable.lean.orders.responses import OrderResponse

if TYPE_CHECKING:
    from shortable.lean.algorithm.kernel import Kernel

__all__ = ["check"]


def check(kernel: Kernel, request: SubmitOrderRequest) -> OrderResponse:
    """Return success, or why the request is refused."""
    codes = OrderResponseErrorCode

    def refused(code: OrderResponseErrorCode, message: str) -> OrderResponse:
        return OrderResponse.error(request.order_id, code, message)

    if kernel.is_warming_up:
        return refused(
            codes.ALGORITHM_WARMING_UP,
            "This operation is not allowed in Initialize or during warm up: OrderRequest.Submit. "
            "Please move this code to the OnWarmupFinished() method.",
        )
    security = kernel.securities.get(request.symbol)
    if security is None:
        return refused(
            codes.MISSING_SECURITY,
            f"You haven't requested {request.symbol} data. Add this with AddSecurity() in the Initialize() Method.",
        )
    quantity = request.exact_quantity
    if quantity == ZERO:
        return refused(
            codes.ORDER_QUANTITY_ZERO,
            f"Unable to submit order with id {request.order_id} that has zero quantity.",
        )
    lot = security.symbol_properties.exact_lot_size
    if abs(quantity) < lot:
        return refused(
            codes.ORDER_QUANTITY_LESS_THAN_LOT_SIZE,
            f"Unable to submit order with id {request.order_id} which quantity ({abs(quantity)}) is less than lot "
            f"size ({lot}).",
        )
    if not security.is_tradable:
        return refused(
            codes.NON_TRADABLE_SECURITY,
            f"The security with symbol '{request.symbol}' is marked as non-tradable.",
        )
    if security.price == 0:
        return refused(codes.SECURITY_PRICE_ZERO, zero_price(request.symbol))
    if not security.has_data:
        return refused(
            codes.SECURITY_HAS_NO_DATA,
            "There is no data for this symbol yet, please check the security.HasData flag to ensure there is at "
            "least one data point.",
        )
    if kernel.transactions.orders_count > kernel.max_orders:
        kernel.status = AlgorithmStatus.STOPPED
        return refused(
            codes.EXCEEDED_MAXIMUM_ORDERS,
            f"You have exceeded maximum number of orders ({kernel.max_orders}), for unlimited orders upgrade your account.",
        )
    return _auction(kernel, request, security) or OrderResponse.success(request.order_id)


def _auction(kernel: Kernel, request: SubmitOrderRequest, security: object) -> OrderResponse | None:
    hours, now = kernel.source.hours, kernel.clock.now
    if request.order_type == OrderType.MARKET_ON_OPEN and hours.is_open(now, False):
        return OrderResponse.error(
            request.order_id,
            OrderResponseErrorCode.MARKET_ON_OPEN_NOT_ALLOWED_DURING_REGULAR_HOURS,
            "Cannot submit a MarketOnOpen order while the market is open.",
        )
    if request.order_type == OrderType.MARKET_ON_CLOSE:
        buffer = _buffer()
        if now > hours.next_close(now, False) - buffer:
            return OrderResponse.error(
                request.order_id,
                OrderResponseErrorCode.MARKET_ON_CLOSE_ORDER_TOO_LATE,
                f"MarketOnClose orders must be placed within {buffer} before market close. Override this TimeSpan buffer "
                "by setting Orders.MarketOnCloseOrder.SubmissionTimeBuffer in QCAlgorithm.Initialize().",
            )
    return None


def _buffer() -> timedelta:
    own = getattr(MarketOnCloseOrder, "submission_time_buffer", None)
    if isinstance(own, timedelta):
        return own
    return timedelta(seconds=MarketOnCloseOrder.DEFAULT_SUBMISSION_TIME_BUFFER_SECONDS)
