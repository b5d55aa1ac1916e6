"""Weights of a portfolio, limited to what could be borrowed, and the returns that are left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.actions import ActionsLike
from shortable.actions.read import as_actions
from shortable.arrays import Floats, Ints
from shortable.borrow import (
    Convention,
    CourseBorrowFee,
    FeeOnMarketValue,
    check_convention,
    fee_clock,
)
from shortable.clock import LocalTimes, LookUp
from shortable.desk import NightCourses, night_costs, night_rates
from shortable.errors import InvalidInputError
from shortable.provider import Pairs, ProviderLike, ShortableProvider
from shortable.providers import ShareBasis
from shortable.research.constrain import (
    Constrained,
    OnShortfall,
    constrained_of,
)
from shortable.research.findings import Findings
from shortable.research.grid import Grid, Table, read_grid
from shortable.research.limits import Limits
from shortable.research.panel import charge_nights
from shortable.research.share_basis import Splits, dividends_on, provider_on, splits_on
from shortable.research.target_ledger import TargetLedger
from shortable.rule import OnExceed, OwnUse, check_choice

__all__ = ["Rebalance", "constrain_weights"]


Rebalance = Literal["none", "scale_longs"]


def constrain_weights(
    weights: Table,
    provider: ProviderLike,
    prices: Table,
    nav: npt.ArrayLike = 1_000_000.0,
    *,
    symbols: Sequence[str] | None = None,
    times: LocalTimes | None = None,
    on_exceed: OnExceed = "reject",
    on_shortfall: OnShortfall = "keep",
    rebalance: Rebalance = "none",
    look_up: LookUp = "open",
    own_use: OwnUse = "included",
    share: float = 1,
    borrow_fee: Convention | None = None,
    actions: ActionsLike | None = None,
    basis: ShareBasis = "raw",
) -> tuple[pd.DataFrame, Constrained]:
    """Limit target weights to what could be borrowed, and compound what is left.

    At each time the portfolio first earns on what it holds, dividends of `actions` among it (owed by shorts), and pays the
    nights of its shorts; the weights are then fractions of what it is worth, and trade at that time's prices, without
    further costs.

    Parameters
    ----------
    weights : DataFrame or array-like, shape (T, N)
        Fractions of the portfolio's worth, negative for a short; NaN leaves the position as it is.
    provider : IShortableProvider
    prices : DataFrame or array-like, shape (T, N)
        At which weights become shares: shares = weight × nav / price, rounded towards zero.
    nav : float or array-like, shape (T,)
        What the portfolio is worth at the beginning, in the prices' currency, above 0; it compounds from there. Or what
        the weights are fractions of at each time, where that is known from elsewhere.
    symbols, times, on_exceed, on_shortfall
        As in `constrain`.
    rebalance : {"none", "scale_longs"}
        What happens to the longs where a short is refused or cut: nothing, so that the portfolio is net longer than
        wanted; or they are scaled down until its net exposure is the wanted one, as far as that goes.
    look_up, own_use, share, borrow_fee, actions, basis
        As in `constrain`.

    Returns
    -------
    weights : DataFrame, shape (T, N)
        Feasible positions × price / nav.
    constrained : Constrained
        The same in shares, with what was refused, the borrow costs and ledger, `nav`, net `returns`, and when it was ruined (S14):
        a portfolio that is worth nothing any more stops, with its deficit.

    Raises
    ------
    InvalidInputError
        A target weight has no price at or before its time, `nav` is not above 0, or tables do not fit together.

    Examples
    --------
    >>> from shortable import CustomShortableProvider
    >>> days = pd.to_datetime(["2024-01-02", "2024-01-03"])
    >>> wanted = pd.DataFrame({"GME": [-0.5, -0.5]}, index=days)
    >>> prices = pd.DataFrame({"GME": [20.0, 19.0]}, index=days)
    >>> provider = CustomShortableProvider({"GME": 100}, fee_rate={"GME": 0.36})
    >>> feasible, found = constrain_weights(wanted, provider, prices, 10_000.0, on_exceed="clip")
    >>> feasible["GME"].round(4).tolist(), found.nav.tolist(), found.returns.tolist()
    ([-0.2, -0.1882], [10000.0, 10098.0], [0.0, 0.0098])
    """
    check_choice("rebalance", rebalance, ("none", "scale_longs"))
    table = as_actions(actions)
    view = provider_on(provider, table, basis)
    grid, values = read_grid("weights", weights, symbols, times)
    splits = splits_on(grid, table, basis)
    priced = grid.prices_of(prices)
    closes = splits.carried_forward(priced.part(0, len(values)))
    base = _base(nav, len(values))
    _check_priced(grid, values, closes)
    model = check_convention(FeeOnMarketValue() if borrow_fee is None else borrow_fee)
    run = _Run(
        grid,
        values,
        closes,
        splits,
        dividends_on(grid, table, basis),
        Limits.of(
            grid,
            np.asarray((values < 0).any(axis=0)),
            view,
            look_up,
            on_exceed=on_exceed,
            on_shortfall=on_shortfall,
            own_use=own_use,
            share=share,
        ),
        base,
        rebalance,
        model,
        view,
    )
    run.limits.enter(0, len(values))
    run.go()
    ends = {} if run.ruined is None else {run.ruined: np.zeros(len(grid.symbols))}
    ratios = {**splits.ratios, **ends}
    nights = charge_nights(grid, run.positions, closes, view, run.model, run.rates, ratios)
    findings = Findings(grid, view, grid.times(look_up))
    utilization = findings.add(0, run.before, run.wanted, run.positions, run.limits)
    found = constrained_of(grid, run.positions, utilization, findings, nights)
    worth = np.where(run.positions == 0, 0.0, run.positions * closes) / run.nav[:, None]
    index = grid.index
    found = replace(
        found,
        nav=pd.Series(run.nav, index, name="nav"),
        returns=pd.Series(run.returns, index, name="returns"),
        long_scale=pd.Series(run.scale, index, name="long_scale"),
        ruined_on=None if run.ruined is None else index[run.ruined],
        ledger=TargetLedger(grid, run.positions, priced, splits, nights, table, basis, run.ruined),
    )
    return grid.frame(worth), found


def _base(nav: npt.ArrayLike, rows: int) -> Floats:
    """Return the worth at the beginning, shape (), or at each time, shape (T,)."""
    try:
        base = np.asarray(nav, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInputError("nav", nav, "be numbers above 0") from None
    if base.shape not in ((), (rows,)):
        raise InvalidInputError(
            "nav", f"shape {base.shape}", f"be one number, or one for each of {rows} times"
        )
    if not (np.isfinite(base) & (base > 0)).all():
        raise InvalidInputError("nav", nav, "be finite and above 0")
    return base


def _check_priced(grid: Grid, values: Floats, closes: Floats) -> None:
    if not np.isfinite(values[~np.isnan(values)]).all():
        raise InvalidInputError("weights", "infinite", "be finite fractions of nav, or NaN")
    unpriced = ~np.isnan(values) & (values != 0) & ~(closes > 0)
    if unpriced.any():
        row, column = (int(at[0]) for at in np.nonzero(unpriced))
        raise InvalidInputError(
            "prices",
            f"none of {grid.symbols[column]} up to {grid.index[row]}",
            "price every target above 0",
        )


class _Run:
    """A portfolio that goes through its times; the arrays are what it leaves."""

    def __init__(
        self,
        grid: Grid,
        weights: Floats,
        closes: Floats,
        splits: Splits,
        dividends: Mapping[int, Floats],
        limits: Limits,
        base: Floats,
        rebalance: Rebalance,
        model: Convention,
        provider: ShortableProvider,
    ) -> None:
        self.grid, self.weights, self.closes, self.splits = grid, weights, closes, splits
        self.dividends, self.limits, self.base, self.model = dividends, limits, base, model
        self.fee_clock = fee_clock(model)
        self.courses = NightCourses(model)
        self.rebalance = rebalance
        shape = weights.shape
        self.positions, self.before, self.wanted = (np.zeros(shape, np.int64) for _ in range(3))
        self.nav, self.returns, self.scale = (
            np.empty(len(weights)),
            np.zeros(len(weights)),
            np.ones(len(weights)),
        )
        self.ruined: int | None = None
        self.rates = _rates(grid, weights, model, provider)
        self._shorted: list[int] = np.flatnonzero((weights < 0).any(axis=0)).tolist()

    def go(self) -> None:
        """Go through all times, to the last or to the ruin."""
        held = np.zeros(len(self.grid.symbols), dtype=np.int64)
        worth = float(self.base) if not self.base.ndim else float(self.base[0])
        for row in range(len(self.weights)):
            earned = self._earned(row, held)
            whole = self.splits.restate(row, held)
            self._restate(row)
            before = worth
            worth = worth + earned if not self.base.ndim else float(self.base[row])
            self.returns[row] = earned / before if row else 0.0
            self.nav[row] = worth
            if worth <= 0:
                self._stop(row, whole)
                return
            self.before[row] = whole
            held = self.positions[row] = self._trade(row, whole, worth)
            self.limits.commit(row, whole, held)
        self._accrue(held)

    def _restate(self, row: int) -> None:
        ratios = self.splits.ratios.get(row)
        self.limits.restate(ratios)
        if ratios is not None:
            for column in np.flatnonzero(ratios != 1).tolist():
                self.courses.restate(self.grid.symbols[column], float(ratios[column]))

    def _earned(self, row: int, held: Ints) -> float:
        """Return what the positions since the row before have made, with dividends, less the night's borrow costs."""
        if not row:
            return 0.0
        last, now = self.closes[row - 1], self.closes[row]
        whole = self.splits.restate(row, held)
        # What a split leaves of a share is paid at the last close, so only whole shares make anything (S20).
        change = now - last / self.splits.ratios.get(row, 1.0)
        made = float(np.where(whole == 0, 0.0, whole * change).sum())
        if row in self.dividends:
            made += float((whole * self.dividends[row]).sum())
        sessions = self.grid.sessions()
        days = int(sessions[row] - sessions[row - 1])
        if self.courses:
            return made - (self._followed(row, held) if days else 0.0)
        short = np.flatnonzero((held < 0) & ~np.isnan(last))
        if not days or not len(short) or self.model.rate_kind is None:
            return made
        shares, close, rates = (
            -held[short].astype(np.float64),
            last[short],
            self.rates[row - 1, short],
        )
        costs = night_costs(self.model, shares, close, rates, days)
        if self.fee_clock:
            costs *= self.fee_clock.charged(
                short.tolist(), int(sessions[row - 1]), int(sessions[row]), rates.tolist()
            )
        return made - float(costs.sum())

    def _followed(self, row: int, held: Ints) -> float:
        """Return what the night before a row costs by a convention that follows each borrow, to its cover's settlement."""
        begins, ends = (self.grid.labels[at].item().date() for at in (row - 1, row))
        last, cost = self.closes[row - 1], 0.0
        for column in self._shorted:
            symbol, shares = self.grid.symbols[column], max(-float(held[column]), 0.0)
            close, rate = float(last[column]), float(self.rates[row - 1, column])
            if (shares and close == close) or self.courses.outstanding(symbol):
                cost += self.courses.night(symbol, begins, ends, shares, close, rate).cost
        return cost

    def _accrue(self, held: Ints) -> None:
        """Pay at the end what was covered and has not settled."""
        day, cost = self.grid.labels[-1].item().date(), 0.0
        for column in self._shorted:
            symbol = self.grid.symbols[column]
            if self.courses.outstanding(symbol):
                figures = (self.closes[-1, column], self.rates[-1, column])
                shares = max(-float(held[column]), 0.0)
                cost += self.courses.accrued(symbol, day, shares, *map(float, figures))
        if cost:
            self.returns[-1] -= cost / self.nav[-2]
            if not self.base.ndim:
                self.nav[-1] -= cost
            if self.nav[-1] <= 0:
                self._stop(len(self.nav) - 1, held)

    def _trade(self, row: int, held: Ints, worth: float) -> Ints:
        weights = self.weights[row]
        wanted = self._shares(row, weights, held, worth)
        self.wanted[row] = wanted
        after = self.limits.held_after(row, held, wanted)
        longs = weights > 0
        if self.rebalance == "none" or not longs.any():
            return after
        closes = np.nan_to_num(self.closes[row])
        stated = np.where(np.isnan(weights), 0.0, weights)
        kept = np.isnan(weights) & (held != 0)
        net = float(stated.sum() + (held[kept] * closes[kept]).sum() / worth)
        rest = float((after[~longs] * closes[~longs]).sum() / worth)
        scale = float(np.clip((net - rest) / stated[longs].sum(), 0.0, 1.0))
        # Rounding to whole shares is no refusal.
        if np.array_equal(after[~longs], wanted[~longs]):
            return after
        self.scale[row] = scale
        scaled = self._shares(row, np.where(longs, weights * scale, weights), held, worth)
        self.wanted[row] = np.where(longs, scaled, wanted)
        return self.limits.held_after(row, held, self.wanted[row])

    def _shares(self, row: int, weights: Floats, held: Ints, worth: float) -> Ints:
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = np.trunc(np.round(weights * worth / self.closes[row], 9))
        shares = np.where(weights == 0, 0.0, shares)
        return np.where(np.isnan(weights), held, np.nan_to_num(shares)).astype(np.int64)

    def _stop(self, row: int, held: Ints) -> None:
        """Stop at the prices that brought the ruin; the deficit stays (S14)."""
        self.ruined = row
        self.returns[row] = -1.0
        self.nav[row:] = self.nav[row]
        self.before[row] = held


def _rates(grid: Grid, weights: Floats, model: Convention, provider: ShortableProvider) -> Floats:
    """Return the rates at the close of each session's last row, T × N, of the columns that some weight shorts."""
    rates = np.full(weights.shape, np.nan)
    ends = np.flatnonzero(np.diff(grid.sessions()))
    if isinstance(model, CourseBorrowFee) and model.charges_after_cover:
        ends = np.append(ends, len(weights) - 1)  # what has not settled is accrued at its rate
    columns = np.flatnonzero((weights < 0).any(axis=0))
    if model.rate_kind is None or not len(ends) or not len(columns):
        return rates
    names = [grid.symbols[c] for c in columns.tolist()]
    times = grid.closes()[ends].view(np.int64)
    codes = np.repeat(np.arange(len(names)), len(times))
    pairs = Pairs(names, codes, np.tile(times, len(names)), False)
    found = night_rates(model, provider, pairs).reshape(len(names), len(times)).T
    rates[np.ix_(ends, columns)] = found
    return rates
