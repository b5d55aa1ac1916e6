"""Target positions in, feasible positions out: what a study wanted to hold, limited to what could be borrowed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.actions import ActionsLike
from shortable.actions.read import as_actions
from shortable.arrays import Ints
from shortable.borrow import Convention, FeeOnMarketValue
from shortable.clock import LocalTimes, LookUp
from shortable.errors import InvalidInputError
from shortable.provider import ProviderLike
from shortable.providers import ShareBasis
from shortable.research.findings import Findings
from shortable.research.grid import Grid, Table, read_rows
from shortable.research.limits import Limits
from shortable.research.panel import Nights
from shortable.research.share_basis import Carried, Splits, provider_on, splits_on
from shortable.research.target_ledger import TargetLedger
from shortable.results import Ledger
from shortable.rule import OnExceed, OwnUse

__all__ = [
    "Constrained",
    "OnShortfall",
    "constrain",
    "constrained_of",
]

OnShortfall = Literal["keep", "buy_in"]


_CELLS = 1 << 18
"""Cells of a block of sessions: what is worked on beside the result. Its arrays stay in a processor's cache."""


@dataclass(frozen=True, slots=True)
class Constrained:
    """What of the targets could be held; tables with a line for each event are made when they are first looked at."""

    positions: pd.DataFrame
    """Shares held after each time, T × N, int64, negative for a short."""
    utilization: pd.DataFrame
    """Shares short / shares available, T × N: NaN where nothing is short or no restriction is known, inf where a short
    is kept though none is available. Under a daily flow, sold short in the session so far / its limit."""
    checks: int
    """Orders for which availability was looked up: those that a long does not cover."""
    checks_without_data: pd.DataFrame
    """Those of them for which no snapshot answered (S3): time, symbol."""
    findings: Findings
    """What the tables of refusals is made of."""
    nights: Nights
    """What the tables of borrow costs are made of."""
    grid: Grid
    """The axes."""
    nav: pd.Series | None = None
    """Of `constrain_weights`: what the portfolio is worth at each time, after refusals and borrow costs."""
    returns: pd.Series | None = None
    """Of `constrain_weights`: its change since the time before, as a fraction; 0 at the first time. At a ruin it is −1,
    and 0 after it (S14)."""
    long_scale: pd.Series | None = None
    """Of `constrain_weights`: by what its long targets were scaled at each time (``rebalance="scale_longs"``)."""
    ruined_on: Hashable | None = None
    """Of `constrain_weights`: the time at which `nav` was no longer above zero; None where it always was."""
    ledger: TargetLedger | None = None
    """What the tables of borrows are made of, when they are looked at; None without prices."""

    @property
    def refusals(self) -> pd.DataFrame:
        """A line for each change of a position that was refused, cut, warned of or bought in; the columns of
        `shortable.results`. `requested` and `allowed` are changes in shares; `time` is when availability was looked up."""
        return self.findings.refusals

    @property
    def borrow_costs(self) -> pd.DataFrame:
        """A line for each short and night, the table of that name of `shortable.results`; empty without prices."""
        return self.nights.table

    @property
    def borrows(self) -> pd.DataFrame:
        """A line for each borrow (S13), of positions that are taken and marked at `prices`: the table of that name of
        `shortable.results`, as the two below.

        Raises
        ------
        InvalidInputError
            No prices were given.
        """
        return self._ledger.borrows

    @property
    def borrow_events(self) -> pd.DataFrame:
        """What happened to them."""
        return self._ledger.borrow_events

    @property
    def attribution(self) -> pd.DataFrame:
        """By session and symbol, what the positions made and cost, dividends of `actions` among it: the change of `nav`
        where it compounds from one number."""
        return self._ledger.attribution

    @property
    def _ledger(self) -> Ledger:
        if self.ledger is None:
            raise InvalidInputError(
                "prices", None, "be given to constrain: what a borrow made and cost is money"
            )
        return self.ledger.tables

    @property
    def borrow_cost_by_time(self) -> pd.DataFrame:
        """The same as T × N, at the first time of the session after the night, in the currency of the prices."""
        return self.grid.frame(self.nights.costs)

    @property
    def nights_without_rate(self) -> int:
        """Nights of shorts for which no rate is known; they cost nothing (S7)."""
        return self.nights.without_rate

    @property
    def nights_without_price(self) -> int:
        """Nights of shorts before the first price of their symbol; they cost nothing, and have no line in `borrow_costs`."""
        return self.nights.without_price

    @property
    def total_borrow_cost(self) -> float:
        """Sum of the borrow costs; 0.0 without prices."""
        return self.nights.total

    def __repr__(self) -> str:
        rows, columns = self.positions.shape
        unpriced = (
            f", {self.nights_without_price:,} nights short without a price"
            if self.nights_without_price
            else ""
        )
        return (
            f"<Constrained {rows} times × {columns} symbols: {len(self.findings)} refusals, "
            f"{len(self.checks_without_data)} of {self.checks} checks without data, "
            f"borrow costs {self.total_borrow_cost:,.2f}{unpriced}>"
        )


def constrain(
    targets: Table,
    provider: ProviderLike,
    prices: Table | None = None,
    *,
    symbols: Sequence[str] | None = None,
    times: LocalTimes | None = None,
    on_exceed: OnExceed = "reject",
    on_shortfall: OnShortfall = "keep",
    look_up: LookUp = "open",
    own_use: OwnUse = "included",
    share: float = 1,
    borrow_fee: Convention | None = None,
    actions: ActionsLike | None = None,
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
    own_use : {"included", "excluded"}
        Whether a pool was recorded while you held nothing, so that your short counts against it, or while you held the
        shares, so that it already lacks them: then only what is shorted under a snapshot counts, and only a fall to none
        buys in (S16).
    share : float
        Of a daily flow, which is the whole market's: the share of it that this account may take (S15).
    borrow_fee : BorrowFeeModel or CourseBorrowFee, optional
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
    table = as_actions(actions)
    view = provider_on(provider, table, basis)
    grid, rows = read_rows("targets", targets, symbols, times)
    blocks = list(grid.blocks(_CELLS))
    shorted = np.zeros(len(grid.symbols), np.bool_)
    for start, stop in blocks:
        shorted |= (_whole_shares(rows.part(start, stop)) < 0).any(axis=0)
    splits = splits_on(grid, table, basis)
    limits = Limits.of(
        grid,
        shorted,
        view,
        look_up,
        on_exceed=on_exceed,
        on_shortfall=on_shortfall,
        own_use=own_use,
        share=share,
    )
    findings = Findings(grid, view, grid.times(look_up))
    model = FeeOnMarketValue() if borrow_fee is None else borrow_fee
    nights = Nights(grid, view, model, splits.ratios)
    closes = None if prices is None else grid.prices_of(prices)
    carried = Carried(splits)
    shape = len(grid.labels), len(grid.symbols)
    positions, utilization = np.empty(shape, np.int64), np.empty(shape)
    held = np.zeros(shape[1], dtype=np.int64)
    for start, stop in blocks:
        here = slice(start, stop)
        limits.enter(start, stop)
        before, wanted = _go(rows.part(start, stop), held, start, splits, limits, positions[here])
        held = positions[stop - 1]
        utilization[here] = findings.add(start, before, wanted, positions[here], limits)
        if closes is not None:
            nights.charge(start, positions[here], carried.forward(start, closes.part(start, stop)))
    found = constrained_of(grid, positions, utilization, findings, nights)
    if closes is None:
        return found
    return replace(
        found, ledger=TargetLedger(grid, positions, closes, splits, nights, table, basis)
    )


def _go(
    targets: npt.NDArray[np.float64],
    held: Ints,
    start: int,
    splits: Splits,
    limits: Limits,
    positions: Ints,
) -> tuple[Ints, Ints]:
    """Go through a block's rows; fill `positions`, and return what was held before each row's orders, and wanted."""
    before = np.empty(targets.shape, np.int64)
    unstated = np.isnan(targets)
    wanted = np.where(unstated, 0, targets).astype(np.int64)
    for row in range(len(targets)):
        before[row] = held = splits.restate(start + row, held)
        limits.restate(splits.ratios.get(start + row))
        wanted[row] = np.where(unstated[row], held, wanted[row])
        positions[row] = limits.held_after(row, held, wanted[row])
        limits.commit(row, held, positions[row])
        held = positions[row]
    return before, wanted


def constrained_of(
    grid: Grid,
    positions: Ints,
    utilization: npt.NDArray[np.float64],
    findings: Findings,
    nights: Nights,
) -> Constrained:
    """Make a result of what was held after each row, and of what was found on the way."""
    return Constrained(
        positions=grid.frame(positions),
        utilization=grid.frame(utilization),
        checks=findings.checks,
        checks_without_data=findings.without_data,
        findings=findings,
        nights=nights,
        grid=grid,
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
