"""Exact split ratios from the rounded decimals in which sources state them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from numbers import Rational

from shortable.errors import CorporateActionError

__all__ = ["exact_ratio", "plain_decimal", "simplest_between"]

_FLOAT_ERROR = Fraction(1, 10**7)  # float32 keeps 7 digits; a longer decimal is one of a float
_GROUPS = re.compile(r"-?[1-9]\d{0,2}(?:(?:,\d{3})+\.\d*|(?:,\d{3}){2,})")  # 1,234.5 and 1,234,567
_DECIMAL_COMMA = re.compile(r"-?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+")  # 0,24 and 1.234,5
_EITHER = re.compile(r"-?[1-9]\d{0,2},\d{3}")
_LONG = 8  # digits from which a decimal is taken as a float's


def exact_ratio(value: object, parameter: str = "ratio") -> Fraction:
    """Return the ratio that a number states, undoing the rounding of ratios that no decimal can hold.

    A decimal is taken as it stands (1.05 is 21/20) unless it is the rounding of a fraction such as 1/3 whose
    denominator the decimal's digits pin down: 0.33 is 1/3, 0.0333 is 1/30, 0.142857 is 1/7.

    Parameters
    ----------
    value : int, float, Fraction, Decimal or str
        Above 0.
    parameter : str
        Name shown in the error.

    Raises
    ------
    CorporateActionError
        `value` is not a number above 0.

    Examples
    --------
    >>> [str(exact_ratio(v)) for v in (4, 0.1, 1.05, 0.98, 0.3333, 1 / 15, "0.142857")]
    ['4', '1/10', '21/20', '49/50', '1/3', '1/15', '1/7']
    """
    if isinstance(value, Rational) and not isinstance(value, bool):
        ratio = Fraction(value)
    else:
        try:
            decimal = Decimal(plain_decimal(str(value), parameter))
            ratio = _from_decimal(decimal)
        except (InvalidOperation, ValueError, OverflowError):
            raise CorporateActionError(parameter, value, "be a number above 0") from None
    if ratio <= 0:
        raise CorporateActionError(parameter, value, "be a number above 0")
    return ratio


def plain_decimal(text: str, parameter: str = "amount") -> str:
    """Return a number with a point and nothing else, of one written with commas or a sign of money.

    Parameters
    ----------
    text : str
    parameter : str
        Name shown in the error.

    Raises
    ------
    CorporateActionError
        The comma may be either sign: 1,234 is 1234 or 1.234.

    Examples
    --------
    >>> [plain_decimal(text) for text in ("0.24", "$1,234.5", "0,24", "1.234,5")]
    ['0.24', '1234.5', '0.24', '1234.5']
    """
    plain = text.strip().lstrip("$€£ ")
    if _EITHER.fullmatch(plain):
        whole, part = plain.split(",")
        raise CorporateActionError(
            parameter,
            text,
            "be written without its comma",
            f"It may be {whole}{part} or {whole}.{part}.",
        )
    if _GROUPS.fullmatch(plain):
        return plain.replace(",", "")
    if _DECIMAL_COMMA.fullmatch(plain):
        return plain.replace(".", "").replace(",", ".")
    return plain


def _from_decimal(decimal: Decimal) -> Fraction:
    exact = Fraction(decimal)
    exponent = decimal.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    if places <= 0 or exact <= 0:
        return exact
    error = Fraction(1, 2 * 10**places)
    if len(decimal.as_tuple().digits) >= _LONG:
        error = max(error, exact * _FLOAT_ERROR)
        places = min(places, 7)
        if (short := exact.limit_denominator(1000)) and abs(short - exact) <= error:
            return short
    simple = simplest_between(exact - error, exact + error)
    # Fractions of denominators up to the square root of 10^places lie further apart than the rounding; a tenth of
    # that leaves decimals such as 0.032 (4/125, not 1/31) alone.
    pinned_down = simple.denominator**2 * 10 <= 10**places
    was_rounded = 10**places % simple.denominator != 0
    return simple if pinned_down and was_rounded else exact


def simplest_between(low: Fraction, high: Fraction) -> Fraction:
    """Return the fraction of the smallest denominator in [low, high], both above 0.

    Examples
    --------
    >>> simplest_between(Fraction("0.3332"), Fraction("0.3334"))
    Fraction(1, 3)
    """
    whole = -(-low.numerator // low.denominator)  # the first whole number from `low` on
    if whole <= high:
        return Fraction(whole)
    below = whole - 1
    return below + 1 / simplest_between(1 / (high - below), 1 / (low - below))
