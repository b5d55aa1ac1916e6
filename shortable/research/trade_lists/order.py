"""Which trade came first: lists stand oldest or newest first, and dates alone do not say what came first in a day."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.errors import InvalidInputError

__all__ = ["RowOrder", "in_order"]

RowOrder = Literal["oldest_first", "newest_first"]
"""How a list's rows stand."""


def in_order(
    fills: pd.DataFrame, given: RowOrder | None, source: str, *, round_trips: bool
) -> npt.NDArray[np.int64]:
    """Return the positions of fills in the order in which they happened.

    Parameters
    ----------
    fills : DataFrame
        row, time (parsed), symbol, quantity, position, effect.
    given : {"oldest_first", "newest_first"}, optional
        How trades of one time stand.
    source : str
        Name of the list, for messages.
    round_trips : bool
        Whether each row of the list gave an entry and an exit.

    Raises
    ------
    InvalidInputError
        The list stands newest first, has dates only, and nothing says how a day's trades stand.
    """
    orders = ("oldest_first", "newest_first")
    if given is not None and not (isinstance(given, str) and given in orders):
        raise InvalidInputError("order", given, "be 'oldest_first' or 'newest_first'")
    # One resolution for all: pandas parses each text with its own.
    times = pd.DatetimeIndex(fills["time"]).as_unit("ns").asi8
    if round_trips:
        return _legs_in_order(fills, times)
    oldest, newest = np.arange(len(fills)), np.arange(len(fills))[::-1]
    if given is not None:
        return _sorted(times, oldest if given == "oldest_first" else newest)
    falls = _stands_newest_first(times, fills["symbol"])
    chosen = _sorted(times, newest if falls else oldest)
    doubtful = _days_that_depend_on_their_order(fills, times)
    if not doubtful.any():
        return chosen
    position = fills["position"].to_numpy(dtype=float)
    if not np.isnan(position).all():
        for order in (chosen, _sorted(times, oldest if falls else newest)):
            if _agrees_with_position(fills, order, position):
                return order
        raise InvalidInputError(
            f"running position of {source}", "other steps", "follow from the quantities"
        )
    if falls and bool((times % 86_400_000_000_000 == 0).all()):
        row = int(fills["row"].to_numpy()[doubtful][0]) + 1
        raise InvalidInputError(
            source,
            f"several trades of {fills['symbol'].to_numpy()[doubtful][0]} on one date, the first in row {row}",
            "say which of them came first",
            "The list stands newest first and has no times: say by order='newest_first' that a day's trades do so "
            "too, or 'oldest_first' (--order).",
        )
    return chosen


def _sorted(times: npt.NDArray[np.int64], ties: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return positions by time, those of one time as they stand in `ties`."""
    return ties[np.argsort(times[ties], kind="stable")]


def _stands_newest_first(times: npt.NDArray[np.int64], symbols: pd.Series) -> bool:
    """Say whether a list, or each symbol's part of it, goes back in time."""
    steps = np.diff(times)
    if not (steps > 0).any() or not (steps < 0).any():
        return bool((steps < 0).any())
    falls = rises = False
    for _, part in pd.Series(times).groupby(symbols.astype(str).to_numpy(), sort=False):
        steps = np.diff(part.to_numpy())
        falls, rises = falls or bool((steps < 0).any()), rises or bool((steps > 0).any())
    return falls and not rises


def _days_that_depend_on_their_order(
    fills: pd.DataFrame, times: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Say which fills share symbol and time with one of the other direction."""
    sells = fills["quantity"].to_numpy() < 0
    keys = [fills["symbol"].astype(str).to_numpy(), times]
    share = pd.Series(sells).groupby(keys).transform("mean").to_numpy()
    found: npt.NDArray[np.bool_] = (share > 0) & (share < 1)
    return found


def _agrees_with_position(
    fills: pd.DataFrame, order: npt.NDArray[np.int64], position: npt.NDArray[np.float64]
) -> bool:
    quantity, symbols = fills["quantity"].to_numpy(), fills["symbol"].astype(str).to_numpy()
    held: dict[str, float] = {}
    for at in order.tolist():
        before, after = held.get(symbols[at]), position[at]
        if before is not None and abs(before + quantity[at] - after) > 1e-6:
            return False
        held[symbols[at]] = after
    return True


def _legs_in_order(fills: pd.DataFrame, times: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Of one time, exits of earlier trades come first, then entries, then exits of what was entered at that time."""
    rows, is_exit = fills["row"].to_numpy(), (fills["effect"] == "close").to_numpy()
    entered = dict(zip(rows[~is_exit].tolist(), times[~is_exit].tolist(), strict=True))
    at_once = [
        entered.get(row) == time for row, time in zip(rows.tolist(), times.tolist(), strict=True)
    ]
    rank = np.where(is_exit, np.where(at_once, 2, 0), 1)
    return np.lexsort((rows, rank, times))
