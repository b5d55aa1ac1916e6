"""The short-availability rules (S4, S15, S16): the formulas for "may this be sold?", their tag and error code (S5)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from shortable.errors import InvalidInputError
from shortable.shares import MAX_SHARES, add_shares

__all__ = [
    "EXCEEDS_SHORTABLE_QUANTITY",
    "OnExceed",
    "OwnUse",
    "Recheck",
    "allowed_shares",
    "check_choice",
    "check_share",
    "exceeds_tag",
    "flow_capacity",
    "flow_capacity_array",
    "flow_limit",
    "may_sell",
    "may_sell_array",
    "may_sell_flow",
    "may_sell_netted",
    "sell_capacity",
    "sell_capacity_array",
    "short_part",
    "short_part_array",
]

EXCEEDS_SHORTABLE_QUANTITY = -31
"""LEAN's ``OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY``."""

OnExceed = Literal["reject", "clip", "warn"]
Recheck = Literal["submission", "daily", "fill"]
OwnUse = Literal["included", "excluded"]
"""Whether availability was recorded while you held nothing, so that your short counts against it, or while you held the
shares, so that it already lacks them (S16)."""

_Exact = TypeVar("_Exact", int, Decimal)
_Choice = TypeVar("_Choice", bound=str)


def may_sell(held: float, open_sells: float, quantity: float, available: int | None) -> bool:
    """Say whether an order to sell is accepted (S4): held − open sells − quantity ≥ −available.

    Parameters
    ----------
    held : int or float
        Shares held, negative for a short; hosts that trade fractions give fractions.
    open_sells : int or float
        Unfilled shares of every other resting order to sell, at least 0. Resting buys do not count.
    quantity : int or float
        Shares to sell, at least 0.
    available : int or None
        Shares that can be borrowed; None for no known restriction.

    Returns
    -------
    bool

    Examples
    --------
    A long of 100 is sold first, so 150 can be sold where 50 can be borrowed, and not one more:

    >>> may_sell(100, 0, 150, 50), may_sell(100, 0, 151, 50)
    (True, False)
    """
    return available is None or held - open_sells - quantity >= -available


def may_sell_netted(
    held: _Exact, open_orders: _Exact, quantity: _Exact, available: int | None
) -> bool:
    """Say whether LEAN accepts an order to sell; `shortable.lean` alone decides by this rule.

    It differs from `may_sell` in two ways: resting buys count, so that they free shares before they fill; and
    where the position and all open orders together use up what is available, nothing more may be sold, not even
    0 shares.

    Parameters
    ----------
    held : int or Decimal
        Shares held, negative for a short.
    open_orders : int or Decimal
        Unfilled shares of all other open orders, those to sell negative.
    quantity : int or Decimal
        Shares to sell; the sign does not matter.
    available : int or None
        Shares that can be borrowed; None for no known restriction.

    Returns
    -------
    bool

    Notes
    -----
    Source: QuantConnect/Lean, ``Algorithm/QCAlgorithm.cs``, ``Shortable``.

    Examples
    --------
    Short 900 of 1,000, with an order to buy 50 resting, LEAN lets 150 more be sold; `may_sell` 100:

    >>> may_sell_netted(-900, 50, 150, 1000), may_sell(-900, 0, 150, 1000)
    (True, False)
    >>> may_sell_netted(-1000, 0, 0, 1000)
    False
    """
    if available is None:
        return True
    position = held + open_orders
    return position > -available and position - abs(quantity) >= -available


def sell_capacity(held: float, open_sells: float, available: int | None) -> float | None:
    """Return the most shares that one more order may sell, at least 0; None for no limit.

    Examples
    --------
    >>> sell_capacity(-600, 100, 1000), sell_capacity(0, 0, None)
    (300, None)
    """
    return None if available is None else max(held - open_sells + available, 0)


def may_sell_array(
    held: npt.ArrayLike,
    open_sells: npt.ArrayLike,
    quantity: npt.ArrayLike,
    available: npt.ArrayLike,
) -> npt.NDArray[np.bool_]:
    """Vectorised `may_sell`; arguments broadcast, and −1 in `available` stands for None.

    Examples
    --------
    >>> may_sell_array([100, 100, 0], 0, [150, 151, 5], [50, 50, -1]).tolist()
    [True, False, True]
    """
    lendable = np.asarray(available, dtype=np.int64)
    capacity = _uncut_capacity(held, open_sells, lendable)
    accepted: npt.NDArray[np.bool_] = (lendable < 0) | (np.asarray(quantity, np.int64) <= capacity)
    return accepted


def sell_capacity_array(
    held: npt.ArrayLike, open_sells: npt.ArrayLike, available: npt.ArrayLike
) -> npt.NDArray[np.int64]:
    """Vectorised `sell_capacity`; −1 in `available` stands for None and gives the largest int64.

    A capacity beyond the largest int64 is cut to it.
    """
    lendable = np.asarray(available, dtype=np.int64)
    capacity = np.maximum(_uncut_capacity(held, open_sells, lendable), 0)
    return np.where(lendable < 0, MAX_SHARES, capacity)


def _uncut_capacity(
    held: npt.ArrayLike, open_sells: npt.ArrayLike, available: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return held − open sells + available, below 0 where more is short than may be."""
    if np.ndim(open_sells) or open_sells:
        held = add_shares(held, -np.asarray(open_sells, np.int64))
    return add_shares(held, available)


def short_part(held: float, open_sells: float, quantity: float) -> float:
    """Return the part of an order to sell that a long does not cover.

    Parameters
    ----------
    held, open_sells, quantity
        As in `may_sell`. The other resting sells take the long first.

    Examples
    --------
    >>> short_part(100, 0, 150), short_part(100, 80, 150), short_part(-5, 0, 150), short_part(200, 0, 150)
    (50, 130, 150, 0)
    """
    return quantity - min(max(held - open_sells, 0), quantity)


def may_sell_flow(
    held: float, open_sells: float, quantity: float, used: float, limit: int | None
) -> bool:
    """Say whether an order to sell is accepted under a daily flow (S15): used + its short part ≤ limit.

    Parameters
    ----------
    held, open_sells, quantity
        As in `may_sell`.
    used : int or float
        Short parts of the other orders to sell that were sent in this session or came to rest in it, filled or not,
        without what was cancelled unfilled.
    limit : int or None
        Shares that may be sold short in the session; None for no known restriction.

    Examples
    --------
    A short carried in does not count, and a cover frees nothing: of a limit of 500, 200 are left after an order of 300.

    >>> may_sell_flow(-900, 0, 200, 300, 500), may_sell_flow(-900, 0, 201, 300, 500)
    (True, False)
    """
    part = short_part(held, open_sells, quantity)
    return limit is None or part == 0 or used + part <= limit


def flow_capacity(held: float, open_sells: float, used: float, limit: int | None) -> float | None:
    """Return the most shares that one more order may sell under a daily flow, at least 0; None for no limit.

    Examples
    --------
    >>> flow_capacity(100, 0, 300, 500), flow_capacity(-900, 0, 600, 500), flow_capacity(0, 0, 0, None)
    (300, 0, None)
    """
    return None if limit is None else max(held - open_sells, 0) + max(limit - used, 0)


def short_part_array(
    held: npt.ArrayLike, open_sells: npt.ArrayLike, quantity: npt.ArrayLike
) -> npt.NDArray[np.int64]:
    """Vectorised `short_part`; arguments broadcast, and of a `quantity` of 0 or less (a purchase) the part is 0."""
    wanted = np.maximum(np.asarray(quantity, np.int64), 0)
    covered = np.maximum(add_shares(held, -np.asarray(open_sells, np.int64)), 0)
    return np.asarray(wanted - np.minimum(covered, wanted))


def flow_capacity_array(
    held: npt.ArrayLike, open_sells: npt.ArrayLike, used: npt.ArrayLike, limit: npt.ArrayLike
) -> npt.NDArray[np.int64]:
    """Vectorised `flow_capacity`; −1 in `limit` stands for None and gives the largest int64.

    Examples
    --------
    >>> flow_capacity_array([100, -900], 0, [300, 600], 500).tolist()
    [300, 0]
    """
    bound = np.asarray(limit, dtype=np.int64)
    covered = np.maximum(add_shares(held, -np.asarray(open_sells, np.int64)), 0)
    left = np.maximum(add_shares(bound, -np.asarray(used, np.int64)), 0)
    return np.where(bound < 0, MAX_SHARES, add_shares(covered, left))


def check_share(share: object) -> Fraction:
    """Return the share of a market's daily flow that one account may take, exactly.

    Raises
    ------
    InvalidInputError
        It does not lie above 0 and at most at 1.
    """
    try:
        exact = Fraction(0) if isinstance(share, (bool, str)) else Fraction(str(share))
    except (ValueError, ZeroDivisionError):
        exact = Fraction(0)
    if not 0 < exact <= 1:
        raise InvalidInputError("share", share, "lie above 0 and at most at 1")
    return exact


def flow_limit(available: int | None, share: Fraction) -> int | None:
    """Return the share of a market's daily flow, rounded down to whole shares; None stays None.

    Examples
    --------
    >>> flow_limit(1005, Fraction(1, 10)), flow_limit(None, Fraction(1, 10))
    (100, None)
    """
    if available is None:
        return None
    return available * share.numerator // share.denominator


def allowed_shares(quantity: float, capacity: float, clip: bool, floor: float = 0) -> float:
    """Return how many shares an order may sell: all of them up to the capacity, else what the policy leaves (S5).

    Plain numbers in and out, so that compiled order functions can use it too.

    Parameters
    ----------
    quantity : int or float
        Shares to sell, above 0.
    capacity : int or float
        As `sell_capacity` gives it, at least 0; infinite for no limit.
    clip : bool
        Cut an order over the capacity to it, instead of refusing it whole.
    floor : int or float
        What the order sells already, where this is an update of it.

    Examples
    --------
    >>> allowed_shares(100, 100, False), allowed_shares(101, 100, False), allowed_shares(101, 100, True)
    (100, 0, 100)
    """
    if quantity <= capacity:
        return quantity
    return capacity if clip and capacity > floor else floor


def exceeds_tag(ticker: str, requested: float) -> str:
    """Return the tag of a refused order (S5).

    Parameters
    ----------
    ticker : str
        The symbol's ticker.
    requested : int or float
        The order's share count; the sign does not matter. A whole number is written without a fraction.

    Examples
    --------
    >>> exceeds_tag("SPY", -1001)
    'Order exceeds maximum shortable quantity for Symbol SPY (requested short: 1001)'
    """
    shares = abs(int(requested) if requested == int(requested) else requested)
    return (
        f"Order exceeds maximum shortable quantity for Symbol {ticker} (requested short: {shares})"
    )


def check_choice(parameter: str, value: _Choice, choices: tuple[str, ...]) -> _Choice:
    """Return `value` where it is one of `choices`.

    Raises
    ------
    InvalidInputError
        It is not.
    """
    if not isinstance(value, str) or value not in choices:
        raise InvalidInputError(
            parameter, value, "be one of " + ", ".join(repr(c) for c in choices)
        )
    return value
