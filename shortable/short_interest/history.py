"""From stored rows to figures in the order in which they became known: of one security, or of a whole market at once."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Protocol, TypedDict

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shortable.market import Market
from shortable.short_interest.positions import (
    HKShortPosition,
    ShortPosition,
    USShortPosition,
    midnight,
)
from shortable.store import DatasetFile, closes, known_at, known_by_rule, shares_outstanding
from shortable.symbol import Symbol

__all__ = ["Figure", "FigureMaker", "History", "Newest", "References"]

_KEPT = 4  # lists of a whole market; a backtest asks for one again until the next is published
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_midnight = lru_cache(maxsize=1 << 12)(midnight)
_by_rule = lru_cache(maxsize=1 << 12)(known_by_rule)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one source."""

    known_at: int
    """Instant from which it was known: microseconds since the epoch."""
    rank: int
    """Of its source: where two have a figure of one date, the lower rank counts."""
    day: date
    """Settlement date."""
    position: ShortPosition
    """The figure."""
    source: str
    """Name of the source."""


class History:
    """What was known of a security at any instant (S2).

    Parameters
    ----------
    figures : iterable of Figure
        In any order.
    note : str
        What the reader should know of them.
    """

    def __init__(self, figures: Iterable[Figure], note: str = "") -> None:
        # Of one instant the best source comes last, and stays.
        self._figures = sorted(figures, key=lambda f: (f.known_at, -f.rank, f.day))
        self.note = note
        self.times: list[int] = []
        """Instants at which something became known, ascending."""
        self._newest: list[ShortPosition] = []
        state: dict[date, Figure] = {}
        last: date | None = None
        for figure in self._figures:
            self._learn(state, figure)
            last = figure.day if last is None else max(last, figure.day)
            newest = state[last].position
            if self.times and self.times[-1] == figure.known_at:
                self._newest[-1] = newest
            else:
                self.times.append(figure.known_at)
                self._newest.append(newest)

    @staticmethod
    def _learn(state: dict[date, Figure], figure: Figure) -> None:
        held = state.get(figure.day)
        if held is None or figure.rank <= held.rank:
            state[figure.day] = figure

    def at(self, instant: int) -> ShortPosition | None:
        """Return the figure of the newest settlement date that was known then, or None."""
        position = bisect.bisect_right(self.times, instant)
        return self._newest[position - 1] if position else None

    def known(self, instant: int | None) -> list[Figure]:
        """Return what was known then of every settlement date, oldest first; None is the end of time."""
        state: dict[date, Figure] = {}
        for figure in self._figures:
            if instant is not None and figure.known_at > instant:
                break
            self._learn(state, figure)
        return [state[day] for day in sorted(state)]


class StoredRow(TypedDict):
    """A row of a file of short interest: the columns of `shortable.store.short_interest.SHORT_INTEREST`."""

    symbol: str
    settlement_date: date
    known_at: datetime
    by_rule: bool
    shares_short: int
    avg_daily_volume: int | None
    days_to_cover: float | None
    previous: int | None
    revised: bool
    split: bool
    value: float | None
    close: float | None
    rate: float | None
    shares_outstanding: int | None
    venue: str | None
    name: str | None


class DailyPrices(Protocol):
    """Where closes come from: `shortable.market_data.MarketData`, or what has these two methods of it."""

    def symbols(self, resolution: str, /) -> Iterable[Symbol]:
        """Return the symbols that it has bars of."""
        ...

    def frame(self, symbol: Symbol, resolution: str, /) -> pd.DataFrame:
        """Return a symbol's bars."""
        ...


class References:
    """Closes and shares outstanding of one symbol, read when they are first asked for."""

    def __init__(self, folder: Path, symbol: Symbol, prices: DailyPrices | None = None) -> None:
        self._folder, self._symbol, self._prices = folder, symbol, prices
        self._closes: dict[date, float] | None = None
        self._shares: list[tuple[date, int]] | None = None

    def close(self, day: date) -> float | None:
        """Return the closing price of that very day."""
        if self._closes is None:
            self._closes = (
                self._stored_closes() if self._prices is None else self._given_closes(self._prices)
            )
        return self._closes.get(day)

    def _stored_closes(self) -> dict[date, float]:
        return closes(self._folder, self._symbol)

    def _given_closes(self, prices: DailyPrices) -> dict[date, float]:
        if self._symbol not in set(prices.symbols("daily")):
            return {}
        closes = prices.frame(self._symbol, "daily")["close"]
        days = pd.DatetimeIndex(closes.index).date.tolist()
        return dict(zip(days, closes.astype(float).tolist(), strict=True))

    def shares_outstanding(self, day: date) -> int | None:
        """Return the newest count of a date at or before that day."""
        if self._shares is None:
            self._shares = shares_outstanding(self._folder, self._symbol)
        at = bisect.bisect_right(self._shares, day, key=lambda row: row[0])
        return self._shares[at - 1][1] if at else None


class FigureMaker:
    """Makes records of one source's rows.

    Parameters
    ----------
    market : Market
    source : str
    rank : int
        Of the source among those of its market.
    lag : int or None
        Days for rows that are known by the publisher's schedule; None is the schedule as it was at their import.
    published : mapping
        Settlement date → publication, for the same rows.
    """

    def __init__(
        self,
        market: Market,
        source: str,
        rank: int,
        lag: int | None,
        published: Mapping[date, date | datetime],
    ) -> None:
        self._market, self._source, self._rank = market, source, rank
        self._lag, self._published = lag, published

    def __call__(self, row: StoredRow, references: References | None = None) -> Figure:
        """Make the record of one row; without references it has the rate and close that the row states."""
        known, day = self._known(row), row["settlement_date"]
        make = _hk if self._market is Market.HKEX else _us
        return Figure(
            (known - _EPOCH) // timedelta(microseconds=1),
            self._rank,
            day,
            make(row, _midnight(day, self._market), known, references),
            self._source,
        )

    def _known(self, row: StoredRow) -> datetime:
        stated: datetime = row["known_at"]
        if not row["by_rule"]:
            return stated
        moved = self.known_by_rule(row["settlement_date"])
        return stated.astimezone(UTC) if moved is None else _EPOCH + timedelta(microseconds=moved)

    def known_by_rule(self, day: date) -> int | None:
        """Return from when a settlement date's figures by rule count, None where that is as it was at their import."""
        if day in self._published:
            return known_at(self._published[day], self._market)
        return None if self._lag is None else _by_rule(day, self._market, self._lag)


def _us(
    row: StoredRow, start: datetime, known: datetime, references: References | None
) -> ShortPosition:
    close = row["close"]
    if close is None and references is not None:
        close = references.close(row["settlement_date"])
    return USShortPosition(
        start,
        row["shares_short"],
        row["avg_daily_volume"],
        row["days_to_cover"],
        _rate(row, references),
        close,
        known,
        row["previous"],
        row["revised"],
        row["split"],
    )


def _hk(
    row: StoredRow, start: datetime, known: datetime, references: References | None
) -> ShortPosition:
    close = row["close"]
    if close is None and references is not None:
        close = references.close(row["settlement_date"])
    return HKShortPosition(
        start, row["shares_short"], row["value"], close, _rate(row, references), known
    )


def _rate(row: StoredRow, references: References | None) -> float | None:
    if row["rate"] is not None:
        return float(row["rate"])
    outstanding = row["shares_outstanding"]
    if outstanding is None and references is not None:
        outstanding = references.shares_outstanding(row["settlement_date"])
    return row["shares_short"] / outstanding if outstanding else None


class Newest:
    """Lists of one file, made when they are asked for."""

    def __init__(self, file: DatasetFile, make: FigureMaker, market: Market) -> None:
        self._file, self._make, self._market = file, make, market
        keys = file.table(["symbol", "settlement_date", "known_at", "by_rule"])
        coded = keys["symbol"].combine_chunks().dictionary_encode()
        self._codes = np.asarray(
            coded.indices
        )  # the file is sorted by symbol, and so are the codes
        self._days = keys["settlement_date"].cast(pa.int32()).to_numpy()
        self._known = self._known_at(keys)
        self.times = np.unique(self._known)
        """Instants at which something became known, ascending."""
        self._lists: dict[int, dict[Symbol, Figure]] = {}

    def _known_at(self, keys: pa.Table) -> npt.NDArray[np.int64]:
        known: npt.NDArray[np.int64] = keys["known_at"].cast(pa.int64()).to_numpy().copy()
        ruled = np.asarray(keys["by_rule"].combine_chunks())
        for day in np.unique(self._days[ruled]).tolist():
            at = ruled & (self._days == day)
            moved = self._make.known_by_rule(np.datetime64(day, "D").item())
            if moved is not None:
                known[at] = moved
        # No lag makes a figure known after its own revision, the row below it.
        same = (self._codes[1:] == self._codes[:-1]) & (self._days[1:] == self._days[:-1])
        known[:-1] = np.where(same, np.minimum(known[:-1], known[1:]), known[:-1])
        return known

    def at(self, instant: int) -> dict[Symbol, Figure]:
        """Return each security's figure of the newest settlement date that was known then."""
        event = int(np.searchsorted(self.times, instant, side="right"))
        if event not in self._lists:
            if len(self._lists) >= _KEPT:
                del self._lists[next(iter(self._lists))]
            self._lists[event] = self._list(instant)
        return self._lists[event]

    def _list(self, instant: int) -> dict[Symbol, Figure]:
        rows = np.flatnonzero(self._known <= instant)
        order = rows[np.lexsort((self._known[rows], self._days[rows], self._codes[rows]))]
        codes = self._codes[order]
        last = order[np.append(codes[1:] != codes[:-1], True)] if len(order) else order
        found: list[StoredRow] = self._file.table().take(pa.array(last)).to_pylist()
        return {Symbol.create(row["symbol"], market=self._market): self._make(row) for row in found}
