"""Numbers as users and providers give them: counts of shares (S1, at most `MAX_SHARES`), shares to trade, prices."""

from __future__ import annotations

import math
from contextlib import suppress
from fractions import Fraction
from typing import SupportsFloat, SupportsInt

import numpy as np
import numpy.typing as npt

from shortable.arrays import Ints
from shortable.errors import InvalidInputError, ProviderContractError

__all__ = [
    "MAX_SHARES",
    "add_shares",
    "check_quantity",
    "positive_price",
    "scale_shares",
    "share_count",
    "traded_quantity",
]

MAX_SHARES = 2**63 - 1
"""The most shares that any count can be, so that it fits an int64; sums beyond it stay there."""


def share_count(value: object, where: str) -> int:
    """Return a whole number of shares; integral floats are accepted, everything else refused.

    Parameters
    ----------
    value : object
        What a provider answered.
    where : str
        Who answered it, for the message.

    Raises
    ------
    ProviderContractError
        A fraction, a negative or infinite number, one above `MAX_SHARES`, NaN, a bool, or no number.
    """
    if isinstance(value, (bool, np.bool_)):
        raise ProviderContractError(
            f"{where} answered {value!r}; it must answer shares as a whole number, or None"
        )
    count = _whole_number(value)
    if count is None:
        raise ProviderContractError(
            f"{where} answered {value!r}; it must answer a whole number of shares, or None "
            "where no restriction is known"
        )
    if not 0 <= count <= MAX_SHARES:
        bound = "at least 0" if count < 0 else f"at most {MAX_SHARES:,}, or None for no restriction"
        raise ProviderContractError(f"{where} answered {count}; shares available must be {bound}")
    return count


def _whole_number(value: object) -> int | None:
    """Return a number as an int; None for a fraction, NaN, infinity, a bool, and what is no number."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, SupportsInt)):
        return None
    try:
        count = int(value)
        return count if count == value else None
    except (TypeError, ValueError, OverflowError):
        return None


def check_quantity(parameter: str, value: object) -> int:
    """Return `value` as a count of shares where it is one, for arguments rather than answers.

    Raises
    ------
    InvalidInputError
        `value` is not a whole number of at least 0 and at most `MAX_SHARES`.
    """
    try:
        return share_count(value, parameter)
    except ProviderContractError:
        raise InvalidInputError(
            parameter, value, f"be a whole number of shares, at least 0 and at most {MAX_SHARES:,}"
        ) from None


def add_shares(first: npt.ArrayLike, second: npt.ArrayLike) -> Ints:
    """Return the sum of two arrays of int64, held within int64 where it would leave it.

    Examples
    --------
    >>> add_shares([1, MAX_SHARES], [2, 1]).tolist() == [3, MAX_SHARES]
    True
    """
    left, right = np.asarray(first, np.int64), np.asarray(second, np.int64)
    with np.errstate(over="ignore"):
        total = left + right
    # A sum overflows where both signs differ from its own.
    wrapped = ((left ^ total) & (right ^ total)) < 0
    if not np.any(wrapped):
        return np.asarray(total)
    return np.where(wrapped, np.where(left < 0, np.iinfo(np.int64).min, MAX_SHARES), total)


def traded_quantity(value: object) -> int:
    """Return a number of shares to trade.

    Parameters
    ----------
    value : int or integral float
        Negative to sell.

    Raises
    ------
    InvalidInputError
        Zero, a fraction, NaN, infinite, a bool, or no number.

    Examples
    --------
    >>> traded_quantity(-100.0)
    -100
    """
    count = _whole_number(value)
    if not count:
        raise InvalidInputError("quantity", value, "be a whole number of shares other than 0")
    return count


def positive_price(name: str, value: object) -> float:
    """Return a price per share.

    Raises
    ------
    InvalidInputError
        Not a finite number above 0.
    """
    price = math.nan
    if isinstance(value, (int, float, SupportsFloat)) and not isinstance(value, bool):
        with suppress(TypeError, ValueError, OverflowError):
            price = float(value)
    if not 0 < price < math.inf:
        raise InvalidInputError(name, value, "be a finite number above 0")
    return price


def scale_shares(shares: Ints, factor: Fraction) -> Ints:
    """Return shares × factor, exactly, rounded down and at most `MAX_SHARES`; what is below 0 becomes −1.

    Parameters
    ----------
    shares : ndarray of int64
        −1 stands for None.
    factor : Fraction
        At least 0.

    Examples
    --------
    >>> scale_shares(np.array([105, -1, 0]), Fraction(1, 10))
    array([10, -1,  0])
    """
    above, below = factor.numerator, factor.denominator
    if not len(shares) or max(int(shares.max()), 1) * max(above, below) <= MAX_SHARES:
        return np.where(shares < 0, np.int64(-1), shares * above // below)
    distinct, inverse = np.unique(shares, return_inverse=True)
    scaled = [-1 if n < 0 else min(n * above // below, MAX_SHARES) for n in distinct.tolist()]
    return np.array(scaled, np.int64)[inverse]
