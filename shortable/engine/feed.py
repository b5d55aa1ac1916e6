"""The bars of a run, as the engine reads them (`Feed`) and as the algorithm sees them (`Slice`, `TradeBar`)."""

from __future__ import annotations

import copy
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arrays import Floats
from shortable.clock import instants
from shortable.errors import EngineError, SymbolError
from shortable.market_data import BarPanel, MarketData, Resolution
from shortable.symbol import Market, Symbol

__all__ = ["Feed", "NewColumn", "Slice", "Subscription", "TradeBar"]

_FIELDS = ("open", "high", "low", "close", "volume")

Subscription = tuple[Symbol, Resolution]
"""What is traded, and the length of its bars."""


@dataclass(frozen=True, slots=True)
class TradeBar:
    """One bar of one symbol."""

    symbol: Symbol
    """What was traded."""
    time: datetime
    """When it began, exchange-local."""
    end_time: datetime
    """When it was known, exchange-local."""
    open: float
    """Per share; the close where the data has no opens."""
    high: float
    """Per share."""
    low: float
    """Per share."""
    close: float
    """Per share."""
    volume: float
    """Shares, NaN where the data does not say."""

    @property
    def price(self) -> float:
        """The close."""
        return self.close

    value = price


class NewColumn(NamedTuple):
    """A security that a feed takes in later."""

    subscription: Subscription
    """What is traded."""
    has_open: bool
    """Whether the data has opens."""
    grids: dict[str, Floats]
    """Open, high, low, close and volume, each of shape (T,), NaN without a bar."""
    last_close: Floats
    """Last known close, shape (T,); 0.0 before the first."""
    before: float
    """The same before the first row."""


class Feed:
    """T rows of bars of N securities, in the order in which they were added: one timeline, last closes carried on.

    Parameters
    ----------
    data : MarketData
    subscriptions : sequence of (Symbol, Resolution), length N
    start, end : date or None
        First and last date, both included; None for the data's own.

    Raises
    ------
    EngineError
        There is no bar from `start` to `end`, or the securities' markets are on different clocks.

    Attributes
    ----------
    symbols : list of Symbol
        The N columns.
    resolutions : list of Resolution
        Length of each column's bars.
    mixed, daily : bool
        Whether bars have several lengths; whether all are daily.
    has_open : list of bool
        By column, whether the data has opens; where not, `open` repeats the close.
    times : list of datetime
        When each row is known, exchange-local.
    times64 : ndarray of datetime64[us], shape (T,)
        The same.
    sessions : list of int
        Proleptic ordinal of each row's date.
    market : Market
        Whose clock it is.
    open, high, low, close, volume : ndarray, shape (T, N)
        NaN where a security has no bar.
    last_close : ndarray, shape (T, N)
        Last known close; 0.0 before a security's first bar.
    before : ndarray, shape (N,)
        The same before the first row, from bars that are not run.
    day_before : date
        The last session before the first row, of bars that are not run; without any, the day before it.
    """

    def __init__(
        self,
        data: MarketData,
        subscriptions: Sequence[Subscription],
        start: date | None,
        end: date | None,
    ):
        self.symbols: list[Symbol] = [symbol for symbol, _ in subscriptions]
        self.resolutions = [resolution for _, resolution in subscriptions]
        self.mixed = len(set(self.resolutions)) > 1
        self.daily = set(self.resolutions) == {Resolution.DAILY}
        self._own_rows: dict[int, memoryview] = {}
        panels = _panels(data, subscriptions)
        has_open = {s: has for p in panels for s, has in zip(p.symbols, p.has_open, strict=True)}
        self.has_open = [has_open[symbol] for symbol in self.symbols]
        self.market: Market = self.symbols[0].market
        times64, sessions, grids = _one_timeline(panels, self.symbols)
        last_close = _carried_on(grids["close"])
        kept = _between(sessions, start, end)
        self.open, self.high, self.low, self.close, self.volume = (
            grids[name][kept] for name in _FIELDS
        )
        self.last_close = last_close[kept]
        self.before = (
            last_close[kept.start - 1].copy() if kept.start else np.zeros(len(self.symbols))
        )
        self._restated: dict[int, list[tuple[int, Fraction]]] = {}
        self.times64 = times64[kept]
        self.times: list[datetime] = self.times64.tolist()
        self.sessions: list[int] = sessions[kept].tolist()
        if not self.times:
            first, last = (
                f"{t[0]:%Y-%m-%d}" for t in (times64[:1].tolist(), times64[-1:].tolist())
            )
            raise EngineError(
                f"no bars from {start or first} to {end or last}: the data runs from {first} to {last}. "
                "Change set_start_date and set_end_date, or the data."
            )
        day_before = int(sessions[kept.start - 1]) if kept.start else self.sessions[0] - 1
        self.day_before = date.fromordinal(day_before)

    def __len__(self) -> int:
        return len(self.times)

    def column_of(self, data: MarketData, subscription: Subscription) -> NewColumn:
        """Return the bars of a security that is not among the feed's yet, laid on its rows.

        Raises
        ------
        EngineError
            It is on another clock, has no bar in the run, or one at a time at which the feed has no row.
        """
        first, last = (date.fromordinal(self.sessions[row]) for row in (0, -1))
        both = Feed(data, [(self.symbols[0], self.resolutions[0]), subscription], first, last)
        own = ~np.isnan(both.close[:, 1])
        times = both.times64[own]
        rows = np.searchsorted(self.times64, times)
        known = self.times64[np.minimum(rows, len(self) - 1)] == times
        if not known.all():
            raise EngineError(
                f"{subscription[0]} has a bar at {times[~known][0].item()}, and the run has no row then: a run's rows are "
                "fixed when it begins. Call add_equity for it in initialize."
            )
        grids = {name: np.full(len(self), np.nan) for name in _FIELDS}
        for name, grid in grids.items():
            grid[rows] = getattr(both, name)[own, 1]
        before = float(both.before[1])
        carried = _carried_on(np.append(before or np.nan, grids["close"])[:, None])[1:, 0]
        return NewColumn(subscription, both.has_open[1], grids, carried, before)

    def name_columns(self, aliases: Mapping[Symbol, Symbol]) -> None:
        """Let columns be found under other tickers of their companies."""
        self.columns.update({alias: self.columns[symbol] for alias, symbol in aliases.items()})

    def widened(self, new: NewColumn) -> Feed:
        """Return a feed with a security more, as its last column."""
        wide = copy.copy(self)
        wide.widen(new)
        return wide

    def widen(self, new: NewColumn) -> None:
        """Take a security in as the last column."""
        symbol, resolution = new.subscription
        self.columns = {**self.columns, symbol: len(self.symbols)}
        self.symbols = [*self.symbols, symbol]
        self.resolutions = [*self.resolutions, resolution]
        self.has_open = [*self.has_open, new.has_open]
        self.mixed = len(set(self.resolutions)) > 1
        self.daily = set(self.resolutions) == {Resolution.DAILY}
        for name, grid in (*new.grids.items(), ("last_close", new.last_close)):
            setattr(self, name, np.column_stack((getattr(self, name), grid)))
        self.before = np.append(self.before, new.before)

    @cached_property
    def utc(self) -> pd.DatetimeIndex:
        """The rows' times as instants."""
        return pd.DatetimeIndex(
            instants(self.times64, self.market).view("datetime64[us]"), tz="UTC"
        )

    @cached_property
    def closing_rows(self) -> npt.NDArray[np.int64]:
        """The last row of each session."""
        return np.append(np.flatnonzero(np.diff(self.sessions)), len(self) - 1)

    def sessions_until(self, row: int) -> list[int]:
        """Return the proleptic ordinals of the sessions up to the row's own."""
        session = int(np.searchsorted(self.closing_rows, row))
        return [self.sessions[closing] for closing in self.closing_rows[: session + 1].tolist()]

    def mark_until_first_bar(self, column: int, price: float) -> None:
        """Value a security at `price` as long as it has had no bar; one that has had any is left as it is."""
        if not self.before[column]:
            self.before[column] = price
            unknown = self.last_close[:, column] == 0.0
            if unknown.any():  # only then is the table this feed's own, not the data's
                self.last_close[unknown, column] = price

    def restate_carried_close(self, row: int, column: int, ratio: Fraction) -> None:
        """Put a security's last close on the shares after a split that is in force from a session's first row on.

        Until its next bar the close is one of the old shares.
        """
        session = int(np.searchsorted(self.closing_rows, row))
        self._restated.setdefault(session, []).append((column, ratio))
        rows = self.own_rows(column)
        at = bisect_left(rows, row)
        end = rows[at] if at < len(rows) else len(self)
        if end > row:  # only then is the table this feed's own, not the data's
            self.last_close[row:end, column] /= float(ratio)

    def closes_before(self, row: int) -> Floats:
        """Return the last known closes before the row's session, in the shares of that session; 0.0 before a first bar."""
        session = int(np.searchsorted(self.closing_rows, row))
        found: Floats = self.last_close[self.closing_rows[session - 1]] if session else self.before
        if session in self._restated:
            found = found.copy()
            for column, ratio in self._restated[session]:
                found[column] /= float(ratio)
        return found

    def close_before(self, row: int, column: int) -> float:
        """Return a security's last known close before a row's bars, in the shares of the row's session; 0.0 before a first."""
        first = not row or self.sessions[row - 1] != self.sessions[row]
        closes = self.closes_before(row) if first else self.last_close[row - 1]
        return float(closes[column])

    @cached_property
    def columns(self) -> dict[Symbol, int]:
        """Column of each symbol."""
        return {symbol: column for column, symbol in enumerate(self.symbols)}

    def has_bar(self, row: int, column: int) -> bool:
        """Whether a security has a bar in a row."""
        close: float = self.close.item(row, column)
        return close == close

    def bar(self, row: int, column: int) -> TradeBar | None:
        """Return one bar, or None."""
        if not self.has_bar(row, column):
            return None
        prices = [getattr(self, name).item(row, column) for name in _FIELDS]
        resolution = self.resolutions[column]
        daily = resolution is Resolution.DAILY
        began = self.session_opens(row) if daily else self.times[row] - resolution.length
        return TradeBar(self.symbols[column], began, self.times[row], *prices)

    def last_bar(self, row: int, column: int) -> TradeBar | None:
        """Return the newest bar of a security at or before a row, or None."""
        rows = self.own_rows(column)
        known = bisect_right(rows, row)
        return self.bar(rows[known - 1], column) if known else None

    def own_rows(self, column: int) -> memoryview:
        """Return the rows in which a security has a bar, ascending."""
        rows = self._own_rows.get(column)
        if rows is None:
            rows = self._own_rows[column] = np.flatnonzero(~np.isnan(self.close[:, column])).data
        return rows

    def is_first_bar(self, row: int, column: int) -> bool:
        """Whether a security's bar in a row is its first of the session."""
        rows = self.own_rows(column)
        before = bisect_left(rows, row) - 1
        return before < 0 or self.sessions[rows[before]] != self.sessions[row]

    def is_last_bar(self, row: int, column: int) -> bool:
        """Whether a security's bar in a row is its last of the session."""
        rows = self.own_rows(column)
        after = bisect_right(rows, row)
        return after == len(rows) or self.sessions[rows[after]] != self.sessions[row]

    def bar_began(self, row: int, column: int) -> datetime:
        """Return when a security's bar in a row began: a bar may be shorter than its like, but not overlap."""
        resolution = self.resolutions[column]
        if resolution is Resolution.DAILY:
            return self.session_opens(row)
        began, rows = self.times[row] - resolution.length, self.own_rows(column)
        before = bisect_left(rows, row)
        return max(began, self.times[rows[before - 1]]) if before else began

    def session_opens(self, row: int) -> datetime:
        """Return the wall time at which the row's session opened."""
        return datetime.combine(date.fromordinal(self.sessions[row]), self.market.opens)

    def begins(self, row: int) -> datetime:
        """Return when the row's bars began: the row before, or the session's open."""
        if row and self.sessions[row - 1] == self.sessions[row]:
            return self.times[row - 1]
        return self.session_opens(row)


class Slice(Mapping[Symbol, TradeBar]):
    """The bars that became known at one moment: a mapping of symbol, or any spelling of it, to `TradeBar`.

    A symbol that has no bar at that moment is not in it. A slice may be kept: it never changes.
    """

    __slots__ = ("_feed", "_row", "_width")

    def __init__(self, feed: Feed, row: int) -> None:
        self._feed = feed
        self._row = row
        self._width = len(feed.symbols)  # securities that come later are not in it

    @property
    def time(self) -> datetime:
        """The moment, exchange-local."""
        return self._feed.times[self._row]

    @property
    def bars(self) -> Slice:
        """The slice itself: LEAN's name for its bars."""
        return self

    def __getitem__(self, symbol: str) -> TradeBar:
        column = self._column(symbol)
        bar = None if column is None else self._feed.bar(self._row, column)
        if bar is None:
            raise KeyError(
                f"{symbol} has no bar at {self.time}; ask `symbol in slice` first, or use slice.get(symbol)"
            )
        return bar

    def __contains__(self, symbol: object) -> bool:
        column = self._column(symbol)
        return column is not None and self._feed.has_bar(self._row, column)

    contains_key = __contains__

    def __iter__(self) -> Iterator[Symbol]:
        feed = self._feed
        closes = feed.close[self._row, : self._width].tolist()
        symbols = feed.symbols[: self._width]
        return (symbol for symbol, close in zip(symbols, closes, strict=True) if close == close)

    def __len__(self) -> int:
        closes = self._feed.close[self._row, : self._width].tolist()
        return sum(close == close for close in closes)

    def _column(self, symbol: object) -> int | None:
        columns = self._feed.columns
        column = columns.get(symbol)  # type: ignore[call-overload]  # a plain text finds its symbol
        if column is None:
            try:
                column = columns.get(Symbol.create(symbol))  # type: ignore[arg-type]  # others raise
            except SymbolError:
                return None
        return None if column is None or column >= self._width else column

    def __repr__(self) -> str:
        return f"<Slice {self.time} {len(self)} bars>"


def _panels(data: MarketData, subscriptions: Sequence[Subscription]) -> list[BarPanel]:
    groups: dict[tuple[Market, Resolution], list[Symbol]] = {}
    for symbol, resolution in subscriptions:
        groups.setdefault((symbol.market, resolution), []).append(symbol)
    return [data.panel(symbols, resolution) for (_, resolution), symbols in groups.items()]


def _one_timeline(
    panels: Sequence[BarPanel], symbols: Sequence[Symbol]
) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.int64], dict[str, Floats]]:
    """Lay several panels on the union of their times, columns in the order of `symbols`."""
    if len(panels) == 1:
        only = panels[0]
        return only.times64, only.session, {name: getattr(only, name) for name in _FIELDS}
    _check_one_clock(panels)
    times = np.unique(np.concatenate([p.times64 for p in panels]))
    sessions = np.empty(len(times), dtype=np.int64)
    grids = {name: np.full((len(times), len(symbols)), np.nan) for name in _FIELDS}
    column = {symbol: i for i, symbol in enumerate(symbols)}
    for panel in panels:
        rows = np.searchsorted(times, panel.times64)
        sessions[rows] = panel.session
        at = np.ix_(rows, np.array([column[s] for s in panel.symbols]))
        for name, grid in grids.items():
            grid[at] = getattr(panel, name)
    return times, sessions, grids


def _check_one_clock(panels: Iterable[BarPanel]) -> None:
    """Refuse markets whose wall clocks differ: their naive times cannot be put in one order."""
    by_market = {p.symbols[0].market: p.times64 for p in panels}
    first, *others = by_market
    for other in others:
        times = by_market[other]
        if not np.array_equal(instants(times, first), instants(times, other)):
            raise EngineError(
                f"markets {first.value!r} and {other.value!r} are on different clocks; one backtest runs on "
                "one exchange's clock. Run one backtest a market."
            )


def _carried_on(close: Floats) -> Floats:
    """Return the last known close in every cell, 0.0 before the first."""
    absent = np.isnan(close)
    if not absent.any():
        return close
    rows = np.where(absent, 0, np.arange(len(close))[:, None])
    np.maximum.accumulate(rows, axis=0, out=rows)
    carried = np.take_along_axis(close, rows, axis=0)
    return np.where(np.isnan(carried), 0.0, carried)


def _between(sessions: npt.NDArray[np.int64], start: date | None, end: date | None) -> slice:
    low = 0 if start is None else int(np.searchsorted(sessions, start.toordinal()))
    high = (
        len(sessions)
        if end is None
        else int(np.searchsorted(sessions, end.toordinal(), side="right"))
    )
    return slice(low, high)
