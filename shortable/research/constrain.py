"""Target positions in, feasible positions out: what a study wanted to hold, limited to what could be borrowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.actions.read import as_actions
from shortable.borrow import BorrowFeeModel, FeeOnMarketValue
from shortable.clock import LookUp
from shortable.desk import RefusalKind, allowed_sales, has_data_of
from shortable.errors import InvalidInputError
from shortable.provider import IShortableProvider, Pairs, ShortableProvider
from shortable.providers import ShareBasis
from shortable.research.grid import Grid, read_grid
from shortable.research.panel import (
    Nights,
    charge_nights,
    checks_without_data,
    refusals_table,
)
from shortable.research.share_basis import provider_on, splits_on
from shortable.results.schema import empty
from shortable.rule import OnExceed, check_choice, may_sell_array

__all__ = [
    "Constrained",
    "OnShortfall",
    "available_shares",
    "constrain",
    "constrained_of",
    "held_after",
]

OnShortfall = Literal["keep", "buy_in"]
Shares = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Constrained:
    """What of the targets could be held."""

    positions: pd.DataFrame
    """Shares held after each time, T × N, int64, negative for a short."""
    refusals: pd.DataFrame
    """A line for each change of a position that was refused, cut, warned of or bought in; the columns of
    `shortable.results`. `requested` and `allowed` are changes in shares; `time` is when availability was looked up."""
    borrow_costs: pd.DataFrame
    """A line for each short and night: date, symbol, shares, close, rate, days, cost; empty without prices."""
    borrow_cost_by_time: pd.DataFrame
    """The same as T × N, at the first time of the session after the night, in the currency of the prices."""
    utilization: pd.DataFrame
    """Shares short / shares available, T × N: NaN where nothing is short or no restriction is known, inf where a short
    is kept though none is available."""
    checks: int
    """Orders for which availability was looked up: those that a long does not cover."""
    checks_without_data: pd.DataFrame
    """Those of them for which no snapshot answered (S3): time, symbol."""
    nav: pd.Series | None = None
    """Of `constrain_weights`: what the portfolio is worth at each time, after refusals and borrow costs."""
    returns: pd.Series | None = None
    """Of `constrain_weights`: its change since the time before, as a fraction; 0 at the first time. At a ruin it is −1,
    and 0 after it (S14)."""
    long_scale: pd.Series | None = None
    """Of `constrain_weights`: by what its long targets were scaled at each time (``rebalance="scale_longs"``)."""
    ruined_on: Any = None
    """Of `constrain_weights`: the time at which `nav` was no longer above zero; None where it always was."""

    @property
    def nights_without_rate(self) -> int:
        """Nights of shorts for which no rate is known; they cost nothing (S7)."""
        return int(self.borrow_costs["rate"].isna().sum())

    @property
    def total_borrow_cost(self) -> float:
        """Sum of the borrow costs; 0.0 without prices."""
        return float(self.borrow_costs["cost"].sum())

    def __repr__(self) -> str:
        rows, columns = self.positions.shape
        return (
            f"<Constrained {rows} times × {columns} symbols: {len(self.refusals)} refusals, "
            f"{len(self.checks_without_data)} of {self.checks} checks without data, "
            f"borrow costs {self.total_borrow_cost:,.2f}>"
        )


def constrain(
    targets: Any,
    provider: IShortableProvider,
    prices: Any = None,
    *,
    symbols: Sequence[Any] | None = None,
    times: Any = None,
    on_exceed: OnExceed = "reject",
    on_shortfall: OnShortfall = "keep",
    look_up: LookUp = "open",
    borrow_fee: BorrowFeeModel | None = None,
    actions: Any = None,
    basis: ShareBasis = "raw",
) -> Constrained:
    """Limit target positions to what could be borrowed, time by time (S4).

    Each time's change of a position is one order. A long is sold first; a short is never enlarged beyond what is
    available. A short that is held when availability falls is kept, unless `on_shortfall` says otherwise. What was
    refused is tried again at the next time, because the target still asks for it.

    Parameters
    ----------
    targets : DataFrame or array-like, shape (T, N)
        Shares wanted after each time, whole, negative for a short; NaN leaves the position as it is. A
        DataFrame's index holds the times (dates, or exchange-local or aware times), its columns the symbols.
    provider : IShortableProvider
        Or anything that `as_provider` takes.
    prices : DataFrame or array-like, shape (T, N), optional
        Closes; without them no borrow fee is charged. NaN carries the last one forward.
    symbols, times : optional
        The axes of an array.
    on_exceed : {"reject", "clip", "warn"}
        Refuse an order over what can be borrowed whole, so that the position stays (S5, default); trade what
        capacity there is; or only report it.
    on_shortfall : {"keep", "buy_in"}
        What happens to a short when less is available than it holds: it is kept (a locate is not recalled), or
        bought in down to what is available.
    look_up : {"open", "close", "label"} or datetime.time
        When a daily row looks up what is available. The default is its session's open, and not the close as in the
        engine: a date does not say when in the session its position was taken. It may have been at the open, and
        anything later would look ahead. Intraday rows look up at their label.
    borrow_fee : BorrowFeeModel, optional
        Default `FeeOnMarketValue` (S8): shares short at a session's close × that close × the rate known then ×
        calendar days / 360.
    actions : CorporateActions, records, table or path, optional
        Splits restate what is held and what is available; renames are followed (S11).
    basis : {"raw", "split_adjusted"}
        Whether targets and prices count the shares of their day, or shares restated for the splits of `actions`.

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
    >>> provider = FrameShortableProvider(pd.DataFrame({"GME": [1000, 600, 600]}, index=days))
    >>> wanted = pd.DataFrame({"GME": [-500, -800, -100]}, index=days)
    >>> constrain(wanted, provider).positions["GME"].tolist()
    [-500, -500, -100]
    >>> constrain(wanted, provider, on_exceed="clip").positions["GME"].tolist()
    [-500, -600, -100]
    """
    check_choice("on_exceed", on_exceed, ("reject", "clip", "warn"))
    check_choice("on_shortfall", on_shortfall, ("keep", "buy_in"))
    table = as_actions(actions)
    view = provider_on(provider, table, basis)
    grid, values = read_grid("targets", targets, symbols, times)
    targets = _whole_shares(values)
    splits = splits_on(grid, table, basis)
    available = available_shares(grid, targets, view, look_up)
    held = np.zeros(len(grid.symbols), dtype=np.int64)
    positions, before = np.empty(targets.shape, np.int64), np.empty(targets.shape, np.int64)
    unstated = np.isnan(targets)
    wanted = np.where(unstated, 0, targets).astype(np.int64)
    for row in range(len(positions)):
        before[row] = held = splits.restate(row, held)
        wanted[row] = np.where(unstated[row], held, wanted[row])
        held = held_after(held, wanted[row], available[row], on_exceed, on_shortfall)
        positions[row] = held
    nights = None
    if prices is not None:
        closes = splits.carried_forward(grid.align("prices", prices))
        nights = charge_nights(grid, positions, closes, view, borrow_fee or FeeOnMarketValue())
    return constrained_of(grid, view, look_up, before, wanted, positions, available, nights)


def held_after(
    held: Shares, wanted: Shares, available: Shares, on_exceed: OnExceed, on_shortfall: OnShortfall
) -> Shares:
    """Return what is held after one row's orders: from `held` to `wanted`, as far as they are allowed."""
    after = held - allowed_sales(held, 0, held - wanted, available, on_exceed)
    if on_shortfall == "keep":
        return after
    return np.where(available < 0, after, np.maximum(after, -available))


def constrained_of(
    grid: Grid,
    provider: ShortableProvider,
    look_up: LookUp,
    before: Shares,
    wanted: Shares,
    positions: Shares,
    available: Shares,
    nights: Nights | None,
) -> Constrained:
    """Make a result of what was held before each row's orders, wanted, and held after them."""
    times = grid.times(look_up)
    exceeding = ~may_sell_array(before, 0, np.maximum(before - wanted, 0), available)
    exceeding &= wanted < before
    # Bought in: neither the order nor the position before it is what is held.
    bought_in = positions > np.maximum(before, wanted)
    checked = ((wanted < before) & (wanted < 0)) | bought_in
    at = np.nonzero(checked)
    pairs = Pairs(grid.symbols, at[1], times.view(np.int64)[at[0]], False)
    has_data = np.ones(checked.shape, dtype=np.bool_)
    has_data[at] = has_data_of(provider, pairs, available[at])
    rows, columns = np.nonzero(exceeding | bought_in)
    was, asked, got = (table[rows, columns] for table in (before, wanted, positions))
    kinds = [
        RefusalKind.BUY_IN
        if bought
        else RefusalKind.WARNED
        if now == target
        else RefusalKind.SUBMISSION
        if now == then
        else RefusalKind.CLIPPED
        for bought, now, target, then in zip(
            bought_in[rows, columns].tolist(),
            got.tolist(),
            asked.tolist(),
            was.tolist(),
            strict=True,
        )
    ]
    refusals = refusals_table(
        order_ids=[""] * len(rows),
        times=times[rows],
        symbols=[grid.symbols[c] for c in columns.tolist()],
        kinds=kinds,
        requested=asked - was,
        allowed=got - was,
        held=was,
        available=available[rows, columns],
        has_data=has_data[rows, columns],
    )
    silent_rows, silent_columns = np.nonzero(~has_data)
    without_data = checks_without_data(
        times[silent_rows], [grid.symbols[c] for c in silent_columns.tolist()]
    )
    if nights is None:
        nights = Nights(np.zeros(positions.shape), empty("borrow_costs"))
    return Constrained(
        positions=grid.frame(positions),
        refusals=refusals,
        borrow_costs=nights.table,
        borrow_cost_by_time=grid.frame(nights.costs),
        utilization=grid.frame(_utilization(positions, available)),
        checks=int(checked.sum()),
        checks_without_data=without_data,
    )


def _whole_shares(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
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
    available = np.full(targets.shape, -1, dtype=np.int64)
    columns = np.flatnonzero((targets < 0).any(axis=0))
    if not len(columns):
        return available
    times = grid.times(look_up).view(np.int64)
    names = [grid.symbols[c] for c in columns.tolist()]
    codes = np.repeat(np.arange(len(names)), len(times))
    pairs = Pairs(names, codes, np.tile(times, len(names)), False)
    available[:, columns] = provider.shortable_quantities(pairs).reshape(len(names), len(times)).T
    return available


def _utilization(positions: Shares, available: Shares) -> npt.NDArray[np.float64]:
    short = np.maximum(-positions, 0).astype(np.float64)
    with np.errstate(divide="ignore"):
        used = np.where(available > 0, short / np.maximum(available, 1), np.inf)
    return np.where((short == 0) | (available < 0), np.nan, used)
