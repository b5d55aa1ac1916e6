"""The size of the order that reaches a margin without going beyond it."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

__all__ = ["amount_to_order", "shown"]


def amount_to_order(
    current: Decimal, target: Decimal, unit: Decimal, lot: Decimal, last: Decimal | None = None
) -> Decimal:
    """Return the order, in whole lots, that brings a margin to a target or just under it.

    Parameters
    ----------
    current, target : Decimal
        Margins, negative for a short.
    unit : Decimal
        Margin of one share.
    lot : Decimal
        Lot size.
    last : Decimal, optional
        What was answered before: where the same would be answered again, one lot less is.

    Examples
    --------
    33.7 shares are missing to the target: 33 are ordered. 33.7 too many are held: 34 are sold.

    >>> amount_to_order(Decimal(0), Decimal("3370"), Decimal(100), Decimal(1))
    Decimal('33')
    >>> amount_to_order(Decimal("10000"), Decimal("6630"), Decimal(100), Decimal(1))
    Decimal('-34')
    """
    size = (target - current) / unit
    under = (target < 0 and target < current) or (target > 0 and target > current)
    up = size < 0 if under else size >= 0
    if last is not None and size % lot == 0 and size == last:
        return size + lot if up else size - lot
    return (size / lot).quantize(Decimal(1), ROUND_CEILING if up else ROUND_FLOOR) * lot


def shown(number: Decimal) -> str:
    """Return a number without trailing zeros or exponent."""
    return format(number.normalize(), "f")
