"""Which shorts of a finished trade list could not have been borrowed, and what remains of its P&L."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.borrow import BorrowFeeModel, FeeOnMarketValue
from shortable.clock import LookUp
from shortable.desk import RefusalKind, allowed_sale, has_data_of
from shortable.provider import (
    IShortableProvider,
    Pairs,
    ShortableProvider,
    as_provider,
    symbol_codes,
)
from shortable.research.grid import Grid, carried_forward, read_grid
from shortable.research.panel import charge_nights, checks_without_data, refusals_table
from shortable.research.trades import Trades
from shortable.rule import OnExceed, check_choice

__all__ = ["Audit", "audit"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Audit:
    """The verdict on a trade list; quantities are shares, signed, money is in the prices' currency."""

    trades: pd.DataFrame
    """A line for each trade: time, symbol, quantity, price, commission, position (before it, as listed), held (before
    it, as it could have been), available (NA for no known restriction), has_data (False where no snapshot answered),
    needed_borrow, verdict ("ok", "refused", "clipped", "not needed": a cover of shares that were never short), allowed
    (of quantity)."""
    daily: pd.DataFrame
    """A line for each session: pnl_before (as listed), pnl_after (without what was refused), borrow_cost,
    pnl_after_fees; P&L is cumulative and marked at `prices`, or at the last trade of each symbol."""
    refusals: pd.DataFrame
    """A line for each sale that could not have been borrowed, in whole or in part; the columns of
    `shortable.results`. `order_id` is the row of `trades`."""
    borrow_costs: pd.DataFrame
    """A line for each short and night: date, symbol, shares, close, rate, days, cost."""
    checks_without_data: pd.DataFrame
    """Short sales for which no snapshot answered (S3): time, symbol."""
    marked_at_trades: bool
    """No prices were given: P&L and fees are marked at the last traded price, and sessions are the weekdays."""

    @property
    def shorts(self) -> pd.DataFrame:
        """The trades that needed a borrow."""
        return self.trades[self.trades["needed_borrow"]]

    def borrow_cost_by_symbol(self) -> pd.DataFrame:
        """Return nights, share_nights and cost by symbol, the dearest first."""
        nights = self.borrow_costs
        table = pd.DataFrame(
            {
                "symbol": nights["symbol"],
                "nights": 1,
                "share_nights": nights["shares"],
                "cost": nights["cost"],
            }
        )
        sums = table.groupby("symbol", sort=False).sum().sort_index()
        return sums.sort_values("cost", ascending=False, kind="stable").reset_index()

    def summary(self) -> dict[str, Any]:
        """Return the audit in figures.

        Returns
        -------
        dict
            Counts of trades and shorts, shares and value that could not have been borrowed, borrow fees and the three P&Ls.
        """
        shorts, last = self.shorts, self.daily.iloc[-1]
        cut = shorts[shorts["verdict"].isin(["refused", "clipped"])]
        missing = (cut["allowed"] - cut["quantity"]).astype(float)
        return {
            "trades": len(self.trades),
            "shorts": len(shorts),
            "shorts_refused": int((cut["verdict"] == "refused").sum()),
            "shorts_clipped": int((cut["verdict"] == "clipped").sum()),
            "shorts_without_data": int((~shorts["has_data"]).sum()),
            "shares_not_borrowable": float(missing.sum()),
            "value_not_borrowable": float((missing * cut["price"]).sum()),
            "borrow_fee": float(self.daily["borrow_cost"].sum()),
            "pnl_before": float(last["pnl_before"]),
            "pnl_after": float(last["pnl_after"]),
            "pnl_after_fees": float(last["pnl_after_fees"]),
        }


def audit(
    trades: Trades,
    provider: IShortableProvider,
    prices: pd.DataFrame | None = None,
    *,
    on_exceed: Literal["reject", "clip"] = "reject",
    look_up: LookUp = "open",
    borrow_fee: BorrowFeeModel | None = None,
) -> Audit:
    """Check a finished trade list against what could be borrowed, trade by trade (S4, S5).

    A sale that could not have been borrowed is refused whole (or cut, `on_exceed`); the buys that were to cover
    it are then not needed and left out, and all other buys stand.

    Parameters
    ----------
    trades : Trades
    provider : IShortableProvider
        Or anything that `as_provider` takes.
    prices : DataFrame, shape (T, N), optional
        Closes by date and symbol, to mark positions each session and to price the borrow (S8). Without them both use the
        last traded price, and every weekday counts as a session.
    on_exceed : {"reject", "clip"}
    look_up : {"open", "close", "label"} or datetime.time
        When trades with a date only look up what is available. The default is the session's open, and not the close
        as in the engine: the trade may have been made at the open, and anything later would look ahead. Trades with
        a time look up at that time.
    borrow_fee : BorrowFeeModel, optional
        Default `FeeOnMarketValue` (S8).

    Returns
    -------
    Audit

    Examples
    --------
    >>> from shortable import CustomShortableProvider
    >>> done = Trades.of(["2024-01-02", "2024-01-03"], "GME", [-500, 500], [20.0, 18.0])
    >>> found = audit(done, CustomShortableProvider({"GME": 300}))
    >>> found.trades["verdict"].tolist(), found.summary()["pnl_before"], found.summary()["pnl_after"]
    (['refused', 'not needed'], 1000.0, 0.0)
    """
    check_choice("on_exceed", on_exceed, ("reject", "clip"))
    view = as_provider(provider)
    names, codes = symbol_codes(trades.symbols)
    times = Grid(names, pd.Index(names), pd.Index([]), trades.times, trades.market).times(look_up)
    available, has_data = _available(view, trades, names, codes, times)
    judged = _judge(trades, codes, available, has_data, on_exceed)
    open_at_end = any(
        np.abs(np.bincount(codes, q)).max() > 1e-9
        for q in (trades.quantities, judged["allowed"].to_numpy())
    )
    grid, closes, marked = _marks(trades, names, codes, prices, beyond=open_at_end)
    want, got = (
        _positions(grid, trades, codes, q)
        for q in (trades.quantities, judged["allowed"].to_numpy())
    )
    model = borrow_fee or FeeOnMarketValue()
    nights = charge_nights(grid, got, closes, view, model)
    daily = pd.DataFrame(index=grid.index)
    daily["pnl_before"] = _pnl(grid, trades, codes, trades.quantities, want, closes)
    daily["pnl_after"] = _pnl(grid, trades, codes, judged["allowed"].to_numpy(), got, closes)
    daily["borrow_cost"] = nights.costs.sum(axis=1)
    daily["pnl_after_fees"] = daily["pnl_after"] - daily["borrow_cost"].cumsum()
    silent = np.flatnonzero(judged["needed_borrow"] & ~judged["has_data"])
    return Audit(
        trades=judged,
        daily=daily,
        refusals=_refusals(judged, trades, available, times),
        borrow_costs=nights.table,
        checks_without_data=checks_without_data(times[silent], trades.symbols[silent].tolist()),
        marked_at_trades=marked,
    )


def _available(
    provider: ShortableProvider,
    trades: Trades,
    names: list[Any],
    codes: npt.NDArray[Any],
    times: npt.NDArray[np.datetime64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return shares available at each sale, −1 for None and for buys, and whether that rests on data."""
    available = np.full(len(trades), -1, dtype=np.int64)
    has_data = np.ones(len(trades), dtype=np.bool_)
    sales = np.flatnonzero(trades.quantities < 0)
    if len(sales):
        pairs = Pairs(names, codes[sales], times[sales].view(np.int64), False)
        available[sales] = provider.shortable_quantities(pairs)
        has_data[sales] = has_data_of(provider, pairs, available[sales])
    return available, has_data


def _judge(
    trades: Trades,
    codes: npt.NDArray[Any],
    available: npt.NDArray[np.int64],
    has_data: npt.NDArray[np.bool_],
    on_exceed: OnExceed,
) -> pd.DataFrame:
    """Go through the trades in order, with two positions a symbol: the list's own and the one that could have been."""
    positions: dict[int, float] = defaultdict(float)
    holdings: dict[int, float] = defaultdict(float)
    lines = []
    for code, quantity, shares, based in zip(
        codes.tolist(),
        trades.quantities.tolist(),
        available.tolist(),
        has_data.tolist(),
        strict=True,
    ):
        position, held = positions[code], holdings[code]
        verdict, allowed, borrows = "ok", quantity, False
        if quantity < 0:
            borrows = held + quantity < 0
            sold, kind = allowed_sale(held, 0, -quantity, None if shares < 0 else shares, on_exceed)
            if kind is not None:
                allowed, verdict = -sold, "clipped" if sold else "refused"
        else:
            # What only covers a short that could not be had is left out; what goes beyond it is a purchase.
            cover = min(quantity, max(-position, 0.0))
            allowed = quantity - cover + min(cover, max(-held, 0.0))
            verdict = "ok" if allowed == quantity else "not needed"
        lines.append((position, held, verdict, allowed + 0.0, borrows, based or not borrows))
        positions[code] += quantity
        holdings[code] += allowed
    before, could, verdicts, took, needed, based_on_data = zip(*lines, strict=True)
    quantity_available = pd.array(np.maximum(available, 0), dtype="Int64")
    quantity_available[available < 0] = pd.NA
    return pd.DataFrame(
        {
            "time": trades.times,
            "symbol": pd.Series(trades.symbols, dtype=object),
            "quantity": trades.quantities,
            "price": trades.prices,
            "commission": trades.commissions,
            "position": before,
            "held": could,
            "available": quantity_available,
            "has_data": based_on_data,
            "needed_borrow": needed,
            "verdict": pd.Series(verdicts, dtype=object),
            "allowed": took,
        }
    )


def _marks(
    trades: Trades,
    names: list[Any],
    codes: npt.NDArray[Any],
    prices: pd.DataFrame | None,
    *,
    beyond: bool,
) -> tuple[Grid, Floats, bool]:
    """Return the sessions and their closes: given ones, `beyond` the last trade where something is still held; else weekdays at the
    last traded price."""
    days = trades.times.astype("datetime64[D]")
    weekdays = pd.bdate_range(days[0], days[-1])
    sessions = pd.DatetimeIndex(np.union1d(days, weekdays.to_numpy().astype("datetime64[D]")))
    if prices is None:
        index, columns = sessions, pd.Index(names, dtype=object)
        closes = np.full((len(index), len(names)), np.nan)
        closes[np.searchsorted(index.to_numpy().astype("datetime64[D]"), days), codes] = (
            trades.prices
        )
    else:
        given, _ = read_grid("prices", prices, None, None)
        dates = given.labels.astype("datetime64[D]")
        kept = np.unique(
            np.union1d(dates[(dates >= days[0]) & (beyond | (dates <= days[-1]))], days)
        )
        index, columns = pd.DatetimeIndex(kept), pd.Index(names, dtype=object)
        at = Grid(names, columns, index, kept.astype("datetime64[us]"), trades.market)
        closes = carried_forward(at.align("prices", prices))
        # Bought before its first close: worth what was paid.
        rows = np.searchsorted(kept, days)
        unpriced = np.isnan(closes[rows, codes])
        closes[rows[unpriced], codes[unpriced]] = trades.prices[unpriced]
    grid = Grid(
        names,
        columns,
        pd.DatetimeIndex(index, name="date"),
        index.to_numpy().astype("datetime64[us]"),
        trades.market,
    )
    return grid, carried_forward(closes), prices is None


def _rows(grid: Grid, trades: Trades) -> npt.NDArray[np.int64]:
    rows: npt.NDArray[np.int64] = np.searchsorted(
        grid.labels, trades.times.astype("datetime64[D]").astype("datetime64[us]")
    )
    return rows


def _positions(grid: Grid, trades: Trades, codes: npt.NDArray[Any], quantities: Floats) -> Floats:
    """Return shares held at the end of each session."""
    changes = np.zeros((len(grid.labels), len(grid.symbols)))
    np.add.at(changes, (_rows(grid, trades), codes), quantities)
    return np.asarray(np.cumsum(changes, axis=0))


def _pnl(
    grid: Grid,
    trades: Trades,
    codes: npt.NDArray[Any],
    quantities: Floats,
    positions: Floats,
    closes: Floats,
) -> Floats:
    """Return cumulative P&L at each session's close: cash from the trades less commissions, plus positions at the close."""
    cash = np.zeros(len(grid.labels))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(trades.quantities != 0, quantities / trades.quantities, 0.0)
    np.add.at(cash, _rows(grid, trades), -quantities * trades.prices - trades.commissions * share)
    worth = np.where(positions == 0, 0.0, positions * np.nan_to_num(closes)).sum(axis=1)
    return np.asarray(np.cumsum(cash) + worth)


def _refusals(
    judged: pd.DataFrame,
    trades: Trades,
    available: npt.NDArray[np.int64],
    times: npt.NDArray[np.datetime64],
) -> pd.DataFrame:
    at = np.flatnonzero(judged["verdict"].isin(["refused", "clipped"]))
    cut = judged.iloc[at]
    kinds = {"refused": RefusalKind.SUBMISSION, "clipped": RefusalKind.CLIPPED}
    return refusals_table(
        order_ids=at.tolist(),
        times=times[at],
        symbols=trades.symbols[at].tolist(),
        kinds=[kinds[verdict] for verdict in cut["verdict"]],
        requested=trades.quantities[at],
        allowed=cut["allowed"].to_numpy(),
        held=cut["held"].to_numpy(),
        available=available[at],
        has_data=cut["has_data"].to_numpy(),
    )
