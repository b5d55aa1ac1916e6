"""What becomes of an order that asks for more than may be sold (S4, S5, S15), one at a time and in whole tables."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shortable.desk.records import RefusalKind
from shortable.provider import Pairs, ShortableProvider
from shortable.rule import OnExceed, allowed_shares, sell_capacity, sell_capacity_array

__all__ = [
    "allowed_sale",
    "allowed_sales",
    "allowed_sales_within",
    "allowed_within",
    "has_data_of",
]


def allowed_sale(
    held: float,
    open_sells: float,
    quantity: float,
    available: int | None,
    on_exceed: OnExceed = "reject",
    floor: float = 0,
) -> tuple[float, RefusalKind | None]:
    """Decide how many shares one order may sell, and what was done where that is not all of them (S4, S5).

    Parameters
    ----------
    held : int or float
        Shares held, negative for a short.
    open_sells : int or float
        Unfilled shares of every other resting sell, at least 0.
    quantity : int or float
        Shares to sell, above 0.
    available : int or None
        Shares that can be borrowed; None for no known restriction.
    on_exceed : {"reject", "clip", "warn"}
    floor : int or float
        What the order sells already, where this is an update of it.

    Returns
    -------
    allowed : int or float
        `quantity`; `floor` where it is refused; what capacity there is under "clip".
    kind : RefusalKind or None
        None where the order is accepted as it is.

    Examples
    --------
    >>> allowed_sale(0, 400, 400, 500)
    (0, <RefusalKind.SUBMISSION: 'submission'>)
    >>> allowed_sale(0, 400, 400, 500, "clip")
    (100, <RefusalKind.CLIPPED: 'clipped'>)
    """
    return allowed_within(quantity, sell_capacity(held, open_sells, available), on_exceed, floor)


def allowed_within(
    quantity: float, capacity: float | None, on_exceed: OnExceed = "reject", floor: float = 0
) -> tuple[float, RefusalKind | None]:
    """Decide as `allowed_sale` does, where the most that may be sold is known; None for no limit."""
    if capacity is None or quantity <= capacity:
        return quantity, None
    if on_exceed == "warn":
        return quantity, RefusalKind.WARNED
    allowed = allowed_shares(quantity, capacity, on_exceed == "clip", floor)
    if allowed != floor:
        return allowed, RefusalKind.CLIPPED
    return floor, RefusalKind.UPDATE if floor else RefusalKind.SUBMISSION


def allowed_sales(
    held: npt.ArrayLike,
    open_sells: npt.ArrayLike,
    quantity: npt.ArrayLike,
    available: npt.ArrayLike,
    on_exceed: OnExceed = "reject",
) -> npt.NDArray[np.int64]:
    """Vectorised `allowed_sale` of new orders: shares allowed of each.

    Arguments broadcast and are whole shares; −1 in `available` stands for None, and a `quantity` of 0 or less (a
    purchase) is allowed as it is.

    Examples
    --------
    >>> allowed_sales([0, 100, 0], 0, [300, 150, 5], [200, 50, -1], "clip").tolist()
    [200, 150, 5]
    >>> allowed_sales([0, 100, 0], 0, [300, 150, 5], [200, 50, -1]).tolist()
    [0, 150, 5]
    """
    return allowed_sales_within(
        quantity, sell_capacity_array(held, open_sells, available), on_exceed
    )


def allowed_sales_within(
    quantity: npt.ArrayLike, capacity: npt.ArrayLike, on_exceed: OnExceed = "reject"
) -> npt.NDArray[np.int64]:
    """Vectorised `allowed_within`: shares allowed of each order; the largest int64 stands for no limit."""
    wanted = np.asarray(quantity, dtype=np.int64)
    if on_exceed == "warn":
        return wanted.copy()
    room = np.asarray(capacity, dtype=np.int64)
    instead = room if on_exceed == "clip" else 0
    return np.where((wanted > 0) & (wanted > room), instead, wanted)


def has_data_of(
    provider: ShortableProvider, pairs: Pairs, available: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Say which answers rest on data (S3).

    Parameters
    ----------
    provider : ShortableProvider
    pairs : Pairs
        What was asked, of shape (n,).
    available : ndarray of int64, shape (n,)
        What was answered, −1 for None.

    Returns
    -------
    ndarray of bool, shape (n,)
        False where an answer is the provider's ``missing=`` policy, because there were no data.
    """
    found = np.ones(len(pairs), dtype=np.bool_)
    # Only an answer of 0 or None can be the policy's.
    doubtful = np.flatnonzero(available <= 0)
    if len(doubtful):
        found[doubtful] = provider.has_quantities(pairs.take(doubtful))
    return found
