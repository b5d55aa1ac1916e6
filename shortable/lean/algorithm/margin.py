"""Calling for margin (LEAN: Engine/AlgorithmManager.cs)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shortable.lean.models import method

if TYPE_CHECKING:
    from shortable.lean.algorithm.kernel import Kernel

__all__ = ["call_for_margin"]


def call_for_margin(kernel: Kernel) -> None:
    """Let the user amend the orders of a margin call and send them; where there are none, warn if that is due.

    Nothing is sent while one of the securities' markets is closed.
    """
    model = kernel.portfolio.margin_call_model
    answer = method(model, "get_margin_call_orders")()
    requests, warning = answer if isinstance(answer, tuple) else (answer, False)
    executed: list[Any] = []
    if requests and all(kernel.securities[r.symbol].exchange.exchange_open for r in requests):
        requests = list(kernel.on_margin_call(list(requests)))
        executed = list(method(model, "execute_margin_call")(requests))
        for ticket in executed:
            kernel.error(
                f"{kernel.clock.face} - Executed MarginCallOrder: {ticket.symbol} - Quantity: {ticket.quantity:g} "
                f"@ {ticket.average_fill_price:g}"
            )
    if not executed and warning:
        kernel.on_margin_call_warning()
