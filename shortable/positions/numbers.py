"""Numbers as brokers write them: rounded half up in decimal, read back exactly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from shortable.errors import InvalidInputError

__all__ = ["amount_in", "cents", "plain", "rounded", "shares_in"]

_UNSAID = ("", "N/A", "--", None)


def rounded(value: float | Decimal, places: int) -> Decimal:
    """Round half up to that many decimals, from the shortest decimal that means the float.

    Examples
    --------
    >>> rounded(2.675, 2), rounded(-0.001, 2)
    (Decimal('2.68'), Decimal('0.00'))
    """
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    found = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return found if found else abs(found)


def cents(value: float | Decimal) -> str:
    """Write an amount of money with two decimals.

    Examples
    --------
    >>> cents(550.0)
    '550.00'
    """
    return f"{rounded(value, 2):f}"


def plain(value: Decimal, least: int) -> str:
    """Write a number with at least that many decimals, and no zeros after them.

    Examples
    --------
    >>> plain(Decimal("185.500000"), 3), plain(Decimal("0.123400"), 3)
    ('185.500', '0.1234')
    """
    whole, _, tail = f"{value:f}".partition(".")
    return f"{whole}.{tail.rstrip('0').ljust(least, '0')}"


def amount_in(row: Mapping[str, Any], name: str) -> float | None:
    """Read a number off a field, as JSON number or text; None where it is absent or empty.

    Raises
    ------
    InvalidInputError
        Text that is no number, or a number that is not finite.
    """
    value = row.get(name)
    if value in _UNSAID:
        return None
    try:
        number = float(Decimal(value.replace(",", "")) if isinstance(value, str) else value)
    except (TypeError, ValueError, InvalidOperation, OverflowError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number):
        raise InvalidInputError(name, value, "be a finite number, as JSON number or text")
    return number


def shares_in(row: Mapping[str, Any], name: str) -> int | None:
    """Read a whole number of shares off a field; None where it is absent or empty.

    Raises
    ------
    InvalidInputError
        No whole number: fractions of a share are not modelled.
    """
    number = amount_in(row, name)
    if number is None:
        return None
    if number != int(number):
        raise InvalidInputError(name, row[name], "be a whole number of shares")
    return int(number)
