"""The size of the order that reaches a margin without going beyond it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from shortable.errors import EngineError

__all__ = ["amount_to_order", "no_price", "shown"]


def amount_to_order(
    held: Decimal,
    target: Decimal,
    unit: Decimal,
    lot: Decimal,
    margin_of: Callable[[Decimal], Decimal],
) -> tuple[Decimal, Decimal]:
    """Return the order, in whole lots, that brings a margin to a target or just under it, and the margin after it.

    Parameters
    ----------
    held : Decimal
        Shares, signed.
    target : Decimal
        Margin, negative for a short.
    unit : Decimal
        Margin of one share, for the first guess.
    lot : Decimal
        Lot size.
    margin_of : callable
        Margin of a number of shares, signed.

    Examples
    --------
    At 100 of margin a share a target of 3,370 is 33 shares: they are bought, or of 40 held 7 are sold.

    >>> hundred = lambda shares: shares * 100
    >>> amount_to_order(Decimal(0), Decimal(3370), Decimal(100), Decimal(1), hundred)[0]
    Decimal('33')
    >>> amount_to_order(Decimal(40), Decimal(3370), Decimal(100), Decimal(1), hundred)
    (Decimal('-7'), Decimal('3300'))
    """
    size = (-held + target / unit) / lot
    size = size.quantize(Decimal(1), ROUND_CEILING if target < 0 else ROUND_FLOOR) * lot
    after = margin_of(held + size)
    over = after - target
    while (target < 0 and over < 0) or (
        target > 0 and over > 0
    ):  # where a share's margin depends on their number
        size += lot if target < 0 else -lot
        after = margin_of(held + size)
        if abs(after - target) > abs(over) and (after - target) * over > 0:
            raise EngineError(
                f"Margin is being adjusted in the wrong direction. Target margin: {shown(target)}, margin of one unit: "
                f"{shown(unit)}"
            )
        over = after - target
    return size, after


def no_price(security: Any) -> str:
    """Return the message about a security without a price."""
    return (
        f"{security.symbol}: The security does not have an accurate price as it has not yet received a bar of data. "
        "Before placing a trade (or using SetHoldings) warm up your algorithm with SetWarmup, or use "
        "slice.Contains(symbol) to confirm the Slice object has price before using the data."
    )


def shown(number: Decimal) -> str:
    """Return a number without trailing zeros or exponent."""
    return format(number.normalize(), "f")
