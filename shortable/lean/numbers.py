"""LEAN counts money in decimals: how numbers enter, how they are rounded and how they are written."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any

from shortable.errors import InvalidInputError

__all__ = ["CENT", "DECIMALS", "ZERO", "decimal_of", "fixed", "given_number", "rounded"]

ZERO = Decimal(0)
CENT = Decimal("0.01")
# A .NET decimal has 96 bits: 28 digits, the 29th not in full.
DECIMALS = Context(prec=28, rounding=ROUND_HALF_EVEN)


def decimal_of(number: Any) -> Decimal:
    """Return a number as LEAN takes it in: a float by its first 15 significant digits (.NET's ``Convert.ToDecimal``).

    Examples
    --------
    >>> decimal_of(0.1 + 0.2), decimal_of(1001), decimal_of(1674300.0)
    (Decimal('0.3'), Decimal('1001'), Decimal('1674300'))
    """
    if type(number) is Decimal:
        return number
    if isinstance(number, int):
        return Decimal(int(number))
    return Decimal(format(float(number), ".15g"))


def given_number(name: str, value: Any) -> Decimal:
    """Return a number that a user gives, as `decimal_of` does.

    Raises
    ------
    InvalidInputError
        It is none, or not finite.
    """
    try:
        number = decimal_of(value)
    except (TypeError, ValueError, ArithmeticError):
        number = None
    if number is None or not number.is_finite():
        raise InvalidInputError(
            name, value if isinstance(value, str) else repr(value), "be a finite number"
        )
    return number


def rounded(number: Decimal, places: int, *, half_up: bool = False) -> Decimal:
    """Round to decimal places: ties to the even digit as .NET's ``Math.Round`` does, or away from zero.

    Examples
    --------
    >>> rounded(Decimal("10.005"), 2), rounded(Decimal("10.005"), 2, half_up=True)
    (Decimal('10.00'), Decimal('10.01'))
    """
    with localcontext(DECIMALS) as context:
        context.rounding = ROUND_HALF_UP if half_up else ROUND_HALF_EVEN
        return number.quantize(Decimal(1).scaleb(-places))


def fixed(number: Decimal, places: int = 2) -> str:
    """Write with a fixed number of places as .NET's ``ToString("F2")`` does, ties away from zero.

    Examples
    --------
    >>> fixed(Decimal("10.005")), fixed(Decimal("9996563.974")), fixed(Decimal("-0.001"))
    ('10.01', '9996563.97', '0.00')
    """
    value = rounded(number, places, half_up=True)
    return str(value if value else abs(value))
