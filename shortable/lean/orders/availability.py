"""May this be sold short? LEAN's question before every sale (LEAN: Algorithm/QCAlgorithm.cs, ``Shortable``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shortable.lean.numbers import decimal_of
from shortable.rule import may_sell_netted

if TYPE_CHECKING:
    from shortable.lean.context import AlgorithmContext
    from shortable.lean.symbols import Symbol

__all__ = ["ShortCheck", "available", "check_short"]


@dataclass(frozen=True, slots=True)
class ShortCheck:
    """What a check saw, and what it decided."""

    accepted: bool
    """Whether so many shares may be sold."""
    time: datetime
    """When availability was looked up: naive, New York."""
    available: int | None
    """Shares that could be borrowed; None for no known restriction."""
    has_data: bool
    """False where `available` is an answer only because nothing was known."""
    held: Decimal
    """Shares held then, negative for a short."""
    open_sells: Decimal
    """Unfilled shares of the other open orders to sell, at least 0."""
    needs_borrow: bool
    """Whether the sale goes beyond what is held and on order."""
    symbol: Symbol
    """What was to be sold."""
    ordered: Decimal
    """Shares that the order had before: those of an order that is being changed, else 0."""


def available(security: Any) -> int | None:
    """Return how many shares the security's provider has now, None where it knows no limit."""
    answer: int | None = security.availability.shortable_quantity(
        security.symbol, security.local_time
    )
    return answer


def check_short(
    context: AlgorithmContext, symbol: Any, quantity: Any, update_order_id: int | None = None
) -> ShortCheck:
    """Ask the security's provider, and decide by LEAN's rule, `rule.may_sell_netted`.

    Parameters
    ----------
    context : AlgorithmContext
    symbol : Symbol
    quantity : number
        Shares to sell; the sign does not matter.
    update_order_id : int, optional
        The order that is being changed, which is not counted among the open ones.
    """
    security = context.securities[symbol]
    shares, wanted = available(security), abs(decimal_of(quantity))
    tickets = context.transactions.get_open_order_tickets(security.symbol)
    resting = [t.exact_quantity_remaining for t in tickets if t.order_id != update_order_id]
    held, open_orders = security.holdings.exact_quantity, sum(resting, Decimal(0))
    return ShortCheck(
        accepted=may_sell_netted(held, open_orders, wanted, shares),
        time=context.exchange_time,
        available=shares,
        # Only an answer of 0 or None can be one for want of data.
        has_data=bool(shares)
        or security.availability.has_quantity(security.symbol, security.local_time),
        held=held,
        open_sells=-sum((rest for rest in resting if rest < 0), Decimal(0)),
        needs_borrow=held + open_orders < wanted,
        symbol=security.symbol,
        ordered=sum(
            (t.exact_quantity for t in tickets if t.order_id == update_order_id), Decimal(0)
        ),
    )
