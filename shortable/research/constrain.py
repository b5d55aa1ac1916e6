"""Target positions in, feasible positions out: what a study wanted to hold against what could be borrowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.borrow import BorrowFeeModel, FeeOnMarketValue
from shortable.clock import LookUp
from shortable.errors import InvalidInputError
from shortable.provider import IShortableProvider, Pairs, ShortableProvider, as_provider
from shortable.research.carry import nightly_fees
from shortable.research.grid import Grid, read_grid
from shortable.rule import check_choice, sell_capacity_array

__all__ = ["Constrained", "available_shares", "constrain", "constrain_grid"]

OnShortfall = Literal["keep", "buy_in"]
Shares = npt.NDArray[np.int64]
_KINDS = np.array(["refused", "clipped", "bought in"], dtype=object)


@dataclass(frozen=True, slots=True)
class Constrained:
    """What of the targets could be held."""

    positions: pd.DataFrame
    """Shares held after each time, T × N, int64, negative for a short."""
    refused: pd.DataFrame
    """One line for each trade that was cut: time, symbol, kind ("refused", "clipped", "bought in"), requested and
    allowed (the change of position in shares, signed), held (before), available (None: no known restriction)."""
    fees: pd.DataFrame | None
    """Borrow fees, T × N, in the currency of `prices`, at the first time of the session after the night they are for;
    None where no prices were given."""
    utilization: pd.DataFrame
    """Shares short / shares available, T × N: NaN where nothing is short or no restriction is known, inf where a short
    is kept though none is available."""

    @property
    def total_fee(self) -> float:
        """Sum of `fees`; 0.0 without prices."""
        return 0.0 if self.fees is None else float(np.nansum(self.fees.to_numpy()))

    def __repr__(self) -> str:
        rows, columns = self.positions.shape
        fees = "" if self.fees is None else f", borrow fees {self.total_fee:,.2f}"
        return (
            f"<Constrained {rows} times × {columns} symbols: {len(self.refused)} trades cut{fees}>"
        )


def constrain(
    targets: Any,
    provider: IShortableProvider,
    prices: Any = None,
    *,
    symbols: Sequence[Any] | None = None,
    times: Any = None,
    on_exceed: Literal["clip", "reject"] = "clip",
    on_shortfall: OnShortfall = "keep",
    look_up: LookUp = "open",
    borrow_fee: BorrowFeeModel | None = None,
) -> Constrained:
    """Hold target positions to what could be borrowed, time by time (S4).

    A long is sold first; a short is never enlarged beyond what is available. One that is already on when
    availability falls is kept, unless `on_shortfall` says otherwise. What was cut is tried for again at the next
    time, because the target still asks for it.

    Parameters
    ----------
    targets : DataFrame or array-like, shape (T, N)
        Shares wanted after each time, whole, negative for a short; NaN leaves the position as it is. A
        DataFrame's index are the times (dates, or exchange-local or aware times), its columns the symbols.
    provider : IShortableProvider
        Or anything that `as_provider` takes.
    prices : DataFrame or array-like, shape (T, N), optional
        Closes; without them no fee is charged. NaN carries the last one forward.
    symbols, times : optional
        The axes of an array.
    on_exceed : {"clip", "reject"}
        Trade what capacity there is, or leave the position as it is (S5: the order is rejected whole).
    on_shortfall : {"keep", "buy_in"}
        What becomes of a short when less is available than it holds: kept (a locate is not a recall), or bought in
        down to what is available.
    look_up : {"open", "close", "label"} or datetime.time
        When a daily row asks what is available: at its session's open (default), close, or any exchange-local
        time. Intraday rows ask at their label.
    borrow_fee : BorrowFeeModel, optional
        Default `FeeOnMarketValue` (S8): shares short at a session's close × that close × the rate known then ×
        calendar days / 360.

    Returns
    -------
    Constrained

    Raises
    ------
    InvalidInputError
        The targets are no table of whole shares, times are not ascending, or tables do not fit together.

    Examples
    --------
    >>> from shortable import FrameShortableProvider
    >>> days = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"])
    >>> lent = FrameShortableProvider(pd.DataFrame({"GME": [1000, 200, 200]}, index=days))
    >>> wanted = pd.DataFrame({"GME": [-500, -800, -100]}, index=days)
    >>> constrain(wanted, lent).positions["GME"].tolist()
    [-500, -500, -100]
    """
    check_choice("on_exceed", on_exceed, ("clip", "reject"))
    check_choice("on_shortfall", on_shortfall, ("keep", "buy_in"))
    view = as_provider(provider)
    grid, values = read_grid("targets", targets, symbols, times)
    closes = None if prices is None else grid.align("prices", prices)
    return constrain_grid(
        grid,
        whole_shares(values),
        view,
        closes,
        on_exceed,
        on_shortfall,
        look_up,
        borrow_fee or FeeOnMarketValue(),
    )


def constrain_grid(
    grid: Grid,
    targets: npt.NDArray[np.float64],
    provider: ShortableProvider,
    closes: npt.NDArray[np.float64] | None,
    on_exceed: str,
    on_shortfall: str,
    look_up: LookUp,
    borrow_fee: BorrowFeeModel,
) -> Constrained:
    """Do what `constrain` says, on tables that have been read and checked."""
    available = available_shares(grid, targets, provider, look_up)
    held = np.zeros(len(grid.symbols), dtype=np.int64)
    positions = np.empty(targets.shape, dtype=np.int64)
    before = np.empty_like(positions)
    keep, reject = on_shortfall == "keep", on_exceed == "reject"
    states = np.isnan(targets)
    wanted = np.where(states, 0, targets).astype(np.int64)
    for row in range(len(positions)):
        before[row] = held
        target = np.where(states[row], held, wanted[row])
        room = sell_capacity_array(held, 0, available[row])
        selling = held - target
        cut = selling > room
        after = np.where(cut, held if reject else held - room, target)
        if not keep:
            lent = available[row]
            after = np.where((lent >= 0) & (after < -lent), -lent, after)
        positions[row] = held = after
    asked = np.where(states, before, wanted)
    fees = None
    if closes is not None:
        fees = nightly_fees(grid, positions, closes, provider, borrow_fee)
    return Constrained(
        grid.frame(positions),
        _cut(grid, before, asked, positions, available),
        None if fees is None else grid.frame(fees),
        grid.frame(_utilization(positions, available)),
    )


def whole_shares(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return targets that are whole numbers of shares or NaN.

    Raises
    ------
    InvalidInputError
        One is a fraction or infinite.
    """
    odd = ~(np.isnan(values) | ((values == np.trunc(values)) & (np.abs(values) < 2.0**53)))
    if odd.any():
        first = float(values[odd][0])
        raise InvalidInputError(
            "targets",
            first,
            "be whole shares",
            "Use constrain_weights for fractions of the equity, or round towards zero.",
        )
    return values


def available_shares(
    grid: Grid, targets: npt.NDArray[np.float64], provider: ShortableProvider, look_up: LookUp
) -> Shares:
    """Return shares available at each row's look-up, −1 for None; asked only of symbols that some target shorts."""
    lent = np.full(targets.shape, -1, dtype=np.int64)
    columns = np.flatnonzero((targets < 0).any(axis=0))
    if not len(columns):
        return lent
    times = grid.times(look_up).view(np.int64)
    names = [grid.symbols[c] for c in columns.tolist()]
    codes = np.repeat(np.arange(len(names)), len(times))
    found = provider.shortable_quantities(Pairs(names, codes, np.tile(times, len(names)), False))
    lent[:, columns] = found.reshape(len(names), len(times)).T
    return lent


def _cut(
    grid: Grid, before: Shares, asked: Shares, after: Shares, available: Shares
) -> pd.DataFrame:
    """List the trades that were cut, time by time."""
    rows, columns = np.nonzero(after != asked)
    was, wanted, got, lent = (table[rows, columns] for table in (before, asked, after, available))
    kinds = np.where(got > np.maximum(was, wanted), 2, np.where(got == was, 0, 1))
    quantity = pd.array(np.maximum(lent, 0), dtype="Int64")
    quantity[lent < 0] = pd.NA
    return pd.DataFrame(
        {
            "time": grid.index[rows],
            "symbol": pd.Series(grid.columns[columns], dtype=object),
            "kind": pd.Series(_KINDS[kinds], dtype=object),
            "requested": wanted - was,
            "allowed": got - was,
            "held": was,
            "available": quantity,
        }
    )


def _utilization(positions: Shares, available: Shares) -> npt.NDArray[np.float64]:
    short = np.maximum(-positions, 0).astype(np.float64)
    with np.errstate(divide="ignore"):
        used = np.where(available > 0, short / np.maximum(available, 1), np.inf)
    return np.where((short == 0) | (available < 0), np.nan, used)
