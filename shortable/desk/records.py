"""What a desk leaves behind: one record a refusal, and one a night of a short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from shortable.symbol import Symbol

__all__ = ["BorrowCost", "Refusal", "RefusalKind"]


class RefusalKind(StrEnum):
    """What was refused, or done instead of refusing."""

    SUBMISSION = "submission"
    """A new order was refused whole."""
    UPDATE = "update"
    """An update that would have enlarged an order was refused; the order stayed as it was."""
    RECHECK = "recheck"
    """A resting order was cancelled, because the shares behind it can no longer be borrowed."""
    CLIPPED = "clipped"
    """The order or update was cut to what could be borrowed (``on_exceed="clip"``)."""
    WARNED = "warned"
    """Nothing was refused: the order was only reported (``on_exceed="warn"``)."""
    BUY_IN = "buy-in"
    """A short was bought in, down to what could still be borrowed (research, ``on_shortfall="buy_in"``)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One order that a check refused, cut, cancelled or warned of: a row of the table ``refusals``."""

    order_id: int | str
    """The engine's number of the order, or the host's own name of it; empty where it has none."""
    time: datetime
    """When availability was looked up, exchange-local and naive."""
    symbol: Symbol
    """What was to be sold."""
    kind: RefusalKind
    """What was refused."""
    requested: float
    """Shares that the order asked for, negative for a sale."""
    allowed: float
    """Shares of it after the decision, signed; 0 where it is refused or cancelled."""
    held: float
    """Shares held then, negative for a short, which counts too (S4)."""
    open_sells: float
    """Unfilled shares of the other resting sells then, which count too (S4)."""
    available: int | None
    """Shares that could be borrowed, None for no known restriction or where something else was the reason."""
    has_data: bool
    """False where `available` is the provider's ``missing=`` policy, because no snapshot answered (S3)."""
    error_code: int
    """Why, by LEAN's numbers: −31 for want of shares."""
    tag: str
    """The same for people (S5)."""


@dataclass(frozen=True, slots=True)
class BorrowCost:
    """What one short cost over one night: a row of the table ``borrow_costs``."""

    date: date
    """Session in which it was charged, before its fills."""
    symbol: Symbol
    """What was short."""
    shares: float
    """Shares short at the close of the session before, above 0."""
    close: float
    """That close, per share."""
    rate: float
    """Annual fraction known at that close, NaN where none was (S7)."""
    days: int
    """Calendar days between the two sessions."""
    cost: float
    """Paid, unrounded, in the currency of `close`; negative where the short received."""
    rebate: float = 0.0
    """Received in `cost` as a rebate on the proceeds; negative where it was paid."""
    interest: float = 0.0
    """Received in `cost` as interest on the proceeds; what is left, `cost` + `rebate` + `interest`, is the fee."""
