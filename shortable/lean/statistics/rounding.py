"""How LEAN's reports round and write numbers: .NET's decimals keep their places, its doubles their shortest form."""

from __future__ import annotations

import math
from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import Any

from shortable.lean.numbers import DECIMALS, ZERO, decimal_of, rounded

__all__ = [
    "LARGEST",
    "decimal_text",
    "double_text",
    "percent",
    "round_decimal",
    "round_double",
    "safe_decimal",
    "significant",
    "smart_rounded",
]

LARGEST = Decimal("79228162514264337593543950335")  # decimal.MaxValue of .NET: 2^96 - 1
_SMART = (
    1000  # LEAN: Common/Extensions.cs, SmartRounding: above it 4 places, below 7 significant digits
)


def round_decimal(number: Decimal, places: int) -> Decimal:
    """Round as ``Math.Round(decimal, places)``: ties to even, and fewer places than asked for are left as they are.

    Examples
    --------
    >>> round_decimal(Decimal("100000"), 2), round_decimal(Decimal("1.6395"), 3), round_decimal(Decimal("0.40001"), 2)
    (Decimal('100000'), Decimal('1.640'), Decimal('0.40'))
    """
    exponent = number.as_tuple().exponent
    return rounded(number, places) if isinstance(exponent, int) and -exponent > places else number


def decimal_text(number: Decimal) -> str:
    """Write a decimal with all its places and no exponent; zero has no sign.

    Examples
    --------
    >>> decimal_text(Decimal("1E+2")), decimal_text(Decimal("0.10")), decimal_text(Decimal("-0.00"))
    ('100', '0.10', '0.00')
    """
    return format(number if number else abs(number), "f")


def round_double(number: float, places: int) -> float:
    """Round as ``Math.Round(double, places)``, which scales, rounds to even and scales back.

    Examples
    --------
    >>> round_double(-0.2204999, 3), round_double(2.5825, 3)
    (-0.22, 2.582)
    """
    if not math.isfinite(number) or abs(number) >= 1e16:  # beyond 1e16 .NET leaves a double alone
        return number
    scale = 10.0**places
    return math.copysign(float(round(number * scale)), number) / scale


def double_text(number: float) -> str:
    """Write a double as .NET does: shortest digits that come back, no ``.0``, an exponent from 1E+15 on.

    Examples
    --------
    >>> [double_text(x) for x in (0.0, -0.0, 2.0, -0.22, 1e15, 1.5e-7)]
    ['0', '-0', '2', '-0.22', '1E+15', '1.5E-07']
    """
    if not math.isfinite(number):
        return {math.inf: "∞", -math.inf: "-∞"}.get(number, "NaN")
    if number == 0:
        return "-0" if math.copysign(1.0, number) < 0 else "0"
    digits = Decimal(repr(number)).normalize()
    exponent = digits.adjusted()
    if -5 <= exponent < 15:
        return format(digits, "f")
    mantissa = format(digits.scaleb(-exponent), "f")
    return f"{mantissa}E{'+' if exponent >= 0 else '-'}{abs(exponent):02d}"


def safe_decimal(number: float) -> Decimal:
    """Return a double as a decimal, held inside what a decimal can be (LEAN's ``SafeDecimalCast``).

    Raises
    ------
    ValueError
        The number is not one.
    """
    if math.isnan(number):
        raise ValueError("a statistic is not a number")
    if abs(number) >= float(LARGEST):
        return LARGEST.copy_sign(Decimal(number))
    return decimal_of(number)


def percent(fraction: Decimal, places: int) -> str:
    """Write a fraction in percent, rounded, with its sign.

    Examples
    --------
    >>> percent(Decimal("0.001"), 3), percent(Decimal(0), 3), percent(Decimal("-0.005559100"), 3)
    ('0.100%', '0%', '-0.556%')
    """
    with localcontext(DECIMALS):
        hundredfold = LARGEST if fraction >= LARGEST / 100 else fraction * 100
    return decimal_text(round_decimal(hundredfold, places)) + "%"


def significant(number: Decimal, digits: int) -> Decimal:
    """Round to significant digits as LEAN's ``RoundToSignificantDigits`` does.

    Examples
    --------
    >>> significant(Decimal("134567890"), 2), significant(Decimal("0.0123456"), 3), significant(Decimal(0), 2)
    (Decimal('130000000.00'), Decimal('0.0123'), Decimal('0'))
    """
    if not number:
        return ZERO
    with localcontext(DECIMALS):
        magnitude = abs(number).logb().to_integral_value(ROUND_FLOOR) + 1
        scale = Decimal(format(Decimal(1).scaleb(int(magnitude)), "f"))
        return scale * round_decimal(number / scale, digits)


def smart_rounded(number: Any) -> Decimal:
    """Round a chart's point as LEAN does: 4 places above 1,000, else 7 significant digits; trailing zeros go.

    Examples
    --------
    >>> smart_rounded(Decimal("99444.09123456")), smart_rounded("-0.5559123456"), smart_rounded("100000.00")
    (Decimal('99444.0912'), Decimal('-0.5559123'), Decimal('100000'))
    """
    value = _plain(Decimal(number))
    return round_decimal(value, 4) if value > _SMART else _plain(significant(value, 7))


def _plain(number: Decimal) -> Decimal:
    """Return the number without trailing zeros and without a positive exponent."""
    with localcontext(DECIMALS):
        short = number.normalize()
    return Decimal(format(short, "f")) if short else ZERO
