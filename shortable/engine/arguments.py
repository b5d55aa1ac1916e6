"""Arguments of orders: whole shares, finite prices, text."""

from __future__ import annotations

import math
from typing import Any

from shortable.errors import InvalidInputError

__all__ = ["price_of", "share_quantity", "text_of", "trailing_amount_of"]


def share_quantity(value: Any) -> int:
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
    >>> share_quantity(-100.0)
    -100
    """
    whole = False
    if not isinstance(value, (bool, str)):
        try:
            count = int(value)
            whole = bool(count == value)
        except (TypeError, ValueError, OverflowError):
            pass
    if not whole or count == 0:
        raise InvalidInputError("quantity", value, "be a whole number of shares other than 0")
    return count


def price_of(name: str, value: Any) -> float:
    """Return a price a share.

    Raises
    ------
    InvalidInputError
        Not a finite number above 0.
    """
    try:
        price = float(value)
    except (TypeError, ValueError, OverflowError):
        price = math.nan
    if not 0 < price < math.inf or isinstance(value, (bool, str)):
        raise InvalidInputError(name, value, "be a finite number above 0")
    return price


def trailing_amount_of(value: Any, as_percentage: bool) -> float:
    """Return the distance at which a stop trails.

    Parameters
    ----------
    value : float
        An amount of money a share, or a fraction of the price.
    as_percentage : bool
        Whether it is a fraction.

    Raises
    ------
    InvalidInputError
        Not a finite number above 0, or a fraction of 1 and more.
    """
    amount = price_of("trailing_amount", value)
    if as_percentage and amount >= 1:
        raise InvalidInputError("trailing_amount", value, "be a fraction below 1", "5 % is 0.05.")
    return amount


def text_of(name: str, value: Any) -> str:
    """Return a text.

    Raises
    ------
    InvalidInputError
        Not a string.
    """
    if not isinstance(value, str):
        raise InvalidInputError(name, value, "be a string")
    return value
