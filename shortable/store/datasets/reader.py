"""`Figures`: the one reader of every dataset, point in time, with the same bulk look-ups as availability."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shortable.arguments import check_kind, mapping_of
from shortable.arrays import Indices
from shortable.clock import (
    LocalTime,
    LocalTimes,
    as_datetime,
    from_instant,
    instants,
    to_instant,
    to_local,
)
from shortable.errors import InvalidInputError, StoreError
from shortable.market import Market
from shortable.provider import Pairs, symbol_codes
from shortable.store.dataset import Column, Dataset, Signature
from shortable.store.datasets.declared import WHOLE_LIST, dataset_named
from shortable.store.datasets.standing import carried_forward
from shortable.store.datasets.timeline import Timeline, keys_of
from shortable.symbol import Symbol

__all__ = ["Figures"]

RELAYS = ("finmind", "longbridge", "massive")
"""Sources that pass on what others publish: of one symbol and day, the publisher's own figures count before theirs."""

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Values = npt.NDArray[Any]


class Figures:
    """Figures of one dataset as they were known at a time.

    Parameters
    ----------
    dataset : str or Dataset
        One of `DATASETS`, such as ``"short_balances"``.
    source : str, optional
        Read this one alone. Default: all; of one symbol and day the publisher's figures count, and of several
        publishers the first in the alphabet.
    where : mapping of str to str, optional
        Read only rows with these values of the rest of the key, such as ``{"book": "borrowed"}``.
    data_folder : str or Path, optional
        Default: the environment's ``SHORTABLE_DATA``; else ``./data`` if it holds the dataset; else the packaged
        sample, whose numbers are made up.
    lag : timedelta
        Delays what is known, on the wall clock; at least 0.
    max_age : timedelta, optional
        How long after its publication a figure counts; default for ever.

    Raises
    ------
    InvalidInputError
        No such dataset, or a `where` of something that is not in its key.

    Notes
    -----
    The figure of a time is that of the newest date among all rows known then; of one date, the last revision. Rows of
    one symbol and date that differ in the rest of the key are combined as the dataset's columns say; a column that
    does not say it is refused until `where` picks one. Nothing known is None, NaN or `pd.NA`, never 0.

    Files are looked at before each answer and read again when an import has changed them. Threads may share one.
    """

    def __init__(
        self,
        dataset: str | Dataset,
        *,
        source: str | None = None,
        where: Mapping[str, str] | None = None,
        data_folder: str | Path | None = None,
        lag: timedelta = timedelta(0),
        max_age: timedelta | None = None,
    ) -> None:
        self.dataset = dataset_named(dataset)
        if source is not None and not isinstance(source, str):
            raise InvalidInputError("source", source, "be a name such as 'twse'")
        for name in mapping_of("where", where):
            if name not in self.dataset.parts:
                names = ", ".join(self.dataset.parts) or "nothing"
                raise InvalidInputError("where", name, f"be of {self.dataset.name}'s {names}")
        for name, span in (("lag", lag), ("max_age", max_age)):
            if span is not None and not (isinstance(span, timedelta) and span >= timedelta(0)):
                raise InvalidInputError(name, span, "be a timedelta of at least 0")
        self._source, self._where = source, dict(where or {})
        self._lag, self._max_age = lag, max_age
        self._folder = self.dataset.data_folder(data_folder).path
        self._markets: dict[Market, _Market] = {}
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.dataset.name!r}, data_folder={str(self._folder)!r})"

    def __getstate__(self) -> dict[str, object]:
        return {k: v for k, v in vars(self).items() if k != "_lock"} | {"_markets": {}}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self._lock = threading.RLock()

    def rows(self, symbol: Symbol | str, local_time: LocalTime) -> list[dict[str, Any]]:
        """Return the rows of the newest date known at a time: columns by name; empty where nothing is known.

        Parameters
        ----------
        symbol : Symbol or str
            In any spelling; the suffix says the market.
        local_time : datetime, date, pd.Timestamp or np.datetime64
            Aware, or exchange-local.

        Raises
        ------
        StoreError
            The data folder has none of the dataset's figures of that market.
        """
        key = Symbol.create(symbol)
        market = self._open(key.market)
        (state,) = self._states(
            market, [key.ticker], self._instants(key.market, local_time)
        ).tolist()
        return [] if state < 0 else market.table(market.timeline.rows(state)).to_pylist()

    def value(self, column: str, symbol: Symbol | str, local_time: LocalTime) -> Any:
        """Return one column's figure known at a time, None where it is not known or not stated.

        Parameters
        ----------
        column : str
            One of the dataset's values.
        symbol, local_time
            As in `rows`.

        Raises
        ------
        InvalidInputError
            No such column, or several rows whose figures do not combine to one.
        """
        declared, key = self._column(column), Symbol.create(symbol)
        market = self._open(key.market)
        states = self._states(market, [key.ticker], self._instants(key.market, local_time))
        found = market.figures(declared, states)[0]
        return _plain(found, declared)

    def values(
        self, column: str, symbols: Iterable[str] | Pairs, times: LocalTimes | None = None
    ) -> _Values:
        """Return `value` of many (symbol, time) pairs, element by element.

        Parameters
        ----------
        column : str
            One of the dataset's values.
        symbols : str, Symbol, or array-like of them
        times : time, or array-like of times
            One symbol or one time goes with all of the others. Naive ones are wall time of each symbol's market.

        Returns
        -------
        ndarray, shape (n,)
            Numbers as float64 (whole ones exact below 2**53) with NaN where nothing is known; dates as
            ``datetime64[D]`` with NaT; other things as objects with None.
        """
        declared = self._column(column)
        pairs = Pairs.of(symbols, times).lagged(self._lag)
        found = _nothing(declared, len(pairs))
        for home, at, part in pairs.by_market():
            market = self._open(home)
            states = self._states(
                market, [s.ticker for s in part.symbols], _wall_instants(part, home), part.codes
            )
            found[at] = market.figures(declared, states)
        return found

    def panel(
        self, column: str, symbols: Iterable[str], start: LocalTime, end: LocalTime
    ) -> pd.DataFrame:
        """Return figures as a table of times × symbols.

        Parameters
        ----------
        column : str
            One of the dataset's values.
        symbols : str, Symbol, or array-like of them
            Columns, in this order.
        start, end : time
            Both ends count. Wall time where naive; with a time zone only where all symbols are of one market.

        Returns
        -------
        DataFrame
            Int64, Float64, or objects. The first row is the state at `start`; then one for each time up to `end` at
            which an answer may change. `pd.NA` is what is not known.
        """
        declared = self._column(column)
        names, codes = symbol_codes(symbols)
        first, last = _bounds(names, start, end)
        changes = {t for t in self.change_times(names, first, last) if first < t <= last}
        times = np.array(sorted({first} | changes), "datetime64[us]")
        which = np.repeat(np.arange(len(names)), len(times))
        pairs = Pairs(names, which, np.tile(times.view(np.int64), len(names)), False)
        found = self.values(column, pairs).reshape(len(names), len(times))
        columns = {i: _series(found[c], declared) for i, c in enumerate(codes.tolist())}
        table = pd.DataFrame(columns, index=pd.DatetimeIndex(times, name="local_time"))
        table.columns = pd.Index([names[c] for c in codes.tolist()], dtype=object, name="symbol")
        return table

    def change_times(
        self, symbols: Iterable[str], start: LocalTime, end: LocalTime
    ) -> set[datetime]:
        """Return naive wall times in [start, end] at which a figure of some symbols became known or fell silent."""
        names = symbol_codes(symbols)[0]
        first, last = _bounds(names, start, end)
        found: set[datetime] = set()
        for home in dict.fromkeys(symbol.market for symbol in names):
            timeline = self._open(home).timeline
            tickers = [symbol.ticker for symbol in names if symbol.market is home]
            mine = np.isin(timeline.code, timeline.codes_of(tickers))
            moments = {from_instant(at, home) for at in np.unique(timeline.known[mine]).tolist()}
            if self._max_age is not None:
                moments |= {moment + self._max_age + _MICROSECOND for moment in moments}
            found |= {moment + self._lag for moment in moments}
        return {moment for moment in found if first <= moment <= last}

    def all(
        self, column: str, local_time: LocalTime, market: Market | str = Market.USA
    ) -> dict[Symbol, Any]:
        """Return `value` of every symbol of a market that has one at a time, by symbol."""
        declared, home = self._column(column), Market.of(market)
        opened = self._open(home)
        tickers = [t for t in opened.timeline.tickers if t != WHOLE_LIST]
        found = opened.figures(
            declared, self._states(opened, tickers, self._instants(home, local_time))
        )
        values = (
            (ticker, _plain(value, declared)) for ticker, value in zip(tickers, found, strict=True)
        )
        return {
            Symbol.create(ticker, market=home): value
            for ticker, value in values
            if value is not None
        }

    def history(self, symbol: Symbol | str, as_of: LocalTime | None = None) -> pd.DataFrame:
        """Return every date's rows of a symbol as they were known at a time, oldest first.

        Parameters
        ----------
        symbol : Symbol or str
        as_of : time, optional
            What was known then. Default: all that is stored.

        Returns
        -------
        DataFrame
            The dataset's columns, Arrow-backed.
        """
        key = Symbol.create(symbol)
        market = self._open(key.market)
        rows = market.timeline.newest(self._limit(key.market, as_of))
        mine = pc.equal(market.table(rows)["symbol"], key.ticker)
        frame: pd.DataFrame = market.table(rows).filter(mine).to_pandas(types_mapper=pd.ArrowDtype)
        return frame

    def frame(
        self, market: Market | str = Market.USA, as_of: LocalTime | None = None
    ) -> pd.DataFrame:
        """Return every date's rows of all symbols of a market as they were known at a time.

        Parameters
        ----------
        market : Market
        as_of : time, optional
            What was known then. Default: all that is stored.

        Returns
        -------
        DataFrame
            The dataset's columns, Arrow-backed, by symbol and date; symbols are spelled in full (``700.HK``), as models
            read them, `WHOLE_LIST` as it is.

        Examples
        --------
        Hong Kong's list as a rule, where the data folder holds it::

            lists = Figures("restrictions", where={"rule": "hkex_designated"}).frame("hkex")
            DesignatedSecurities(lists)
        """
        home = Market.of(market)
        opened = self._open(home)
        table = opened.table(opened.timeline.newest(self._limit(home, as_of)))
        coded = table["symbol"].combine_chunks().dictionary_encode()
        names = [
            name if name == WHOLE_LIST else str(Symbol.create(name, market=home))
            for name in coded.dictionary.to_pylist()
        ]
        spelled = pa.array(names, pa.string()).take(coded.indices)
        frame: pd.DataFrame = table.set_column(0, "symbol", spelled).to_pandas(
            types_mapper=pd.ArrowDtype
        )
        return frame

    def _limit(self, market: Market, as_of: LocalTime | None) -> int | None:
        return None if as_of is None else int(self._instants(market, as_of)[0])

    def made_up(self, market: Market | str = Market.USA) -> bool:
        """Return whether a market's figures are made-up sample data."""
        return self._open(Market.of(market)).made_up

    def sources(self, market: Market | str = Market.USA) -> list[str]:
        """Return the sources that are read of a market, the one that counts first, first; empty where there is none."""
        return _ranked(self._marks(Market.of(market)))

    def _column(self, name: str) -> Column:
        check_kind("column", name, str, f"be a column of {self.dataset.name}")
        declared = next((c for c in self.dataset.values if c.name == name), None)
        if declared is None:
            names = ", ".join(c.name for c in self.dataset.values)
            raise InvalidInputError("column", name, f"be one of {self.dataset.name}'s {names}")
        return declared

    def _instants(self, market: Market, local_time: LocalTime) -> npt.NDArray[np.int64]:
        if self._lag:
            local_time = to_local(local_time, market) - self._lag
        return np.array([to_instant(local_time, market)], dtype=np.int64)

    def _states(
        self,
        market: _Market,
        tickers: Sequence[str],
        at: npt.NDArray[np.int64],
        which: Indices | None = None,
    ) -> npt.NDArray[np.int64]:
        codes = market.timeline.codes_of(tickers)
        states = market.timeline.at(codes if which is None else codes[which], at)
        if self._max_age is not None and len(market.timeline):
            age = at - market.timeline.known[np.maximum(states, 0)]
            states = np.where(age > self._max_age // _MICROSECOND, -1, states)
        return states

    def _marks(self, market: Market) -> dict[str, Signature]:
        marks = self.dataset.files(self._folder, market)
        if self._source is None:
            return marks
        return {source: mark for source, mark in marks.items() if source == self._source}

    def _open(self, market: Market) -> _Market:
        marks = self._marks(market)
        if not marks:
            wanted = self.dataset.name.replace("_", " ")
            by = "" if self._source is None else f" by {self._source!r}"
            raise StoreError(
                f"no {wanted}{by} of {market.value} in {self._folder}: import a file that states it "
                "(`shortable import --help` lists the sources)"
            )
        with self._lock:
            opened = self._markets.get(market)
            if opened is None or opened.marks != marks:
                opened = _Market(self.dataset, self._folder, market, marks, self._where)
                self._markets[market] = opened
            return opened


class _Market:
    """One market's rows in one state of its files."""

    def __init__(
        self,
        dataset: Dataset,
        folder: Path,
        market: Market,
        marks: Mapping[str, Signature],
        where: Mapping[str, str],
    ) -> None:
        self.marks, self._dataset = marks, dataset
        files = {source: dataset.open(folder, market, source) for source in _ranked(marks)}
        # Made-up figures never fill the gaps of real ones.
        real = {source: file for source, file in files.items() if not file.made_up}
        self.made_up = not real
        tables = [file.table() for file in (real or files).values()]
        if dataset.stands:
            tables = [carried_forward(table, dataset) for table in tables]
        rank = np.repeat(np.arange(len(tables)), [table.num_rows for table in tables])
        self._table = pa.concat_tables(tables)
        for name, value in where.items():
            keep = pc.equal(self._table[name], value).combine_chunks()
            rank = rank[np.asarray(keep)]
            self._table = self._table.filter(keep)
        keys = keys_of(self._table, dataset.date, dataset.parts, rank)
        self.timeline = Timeline(keys)
        self._figures: dict[str, _Values] = {}
        self._ambiguous: dict[str, npt.NDArray[np.bool_]] = {}

    def table(self, rows: npt.NDArray[np.int64]) -> pa.Table:
        """Return some rows."""
        return self._table.take(pa.array(rows))

    def figures(self, column: Column, states: npt.NDArray[np.int64]) -> _Values:
        """Return a column's figure of each state, and what is not known where it is −1."""
        if column.name not in self._figures:
            self._figures[column.name] = self._combined(column)
            counts = np.diff(self.timeline.start)
            self._ambiguous[column.name] = (counts > 1) & (column.combine is None)
        ambiguous = self._ambiguous[column.name]
        if len(ambiguous) and (bad := states[(states >= 0) & ambiguous[states]]).size:
            self._refuse(column, int(bad[0]))
        found = _nothing(column, len(states))
        known = states >= 0
        found[known] = self._figures[column.name][states[known]]
        return found

    def _refuse(self, column: Column, state: int) -> None:
        rows = self.table(self.timeline.rows(state)).to_pylist()
        parts = [{name: row[name] for name in self._dataset.parts} for row in rows]
        raise InvalidInputError(
            "where",
            None,
            f"pick one of {len(rows)} figures of {rows[0]['symbol']} on {rows[0][self._dataset.date]}",
            f"{column.name!r} is not combined over {', '.join(self._dataset.parts)}; the first are {parts[:4]}.",
        )

    def _combined(self, column: Column) -> _Values:
        values = _numpy(self._table[column.name], column)[self.timeline.members]
        start = self.timeline.start[:-1]
        if not len(start) or column.combine is None or len(values) == len(start):
            return values[start]
        if column.combine == "mean":
            return self._mean(values, start)
        combine = {"sum": np.add, "min": np.minimum, "max": np.maximum}[column.combine]
        return combine.reduceat(values, start)

    def _mean(self, values: _Values, start: npt.NDArray[np.int64]) -> _Values:
        """Average the rows of each state by weight; by number where the weights are 0 or there are none."""
        weight = np.zeros(len(values))
        if name := self._dataset.weight:
            declared = next(c for c in self._dataset.values if c.name == name)
            weight = _numpy(self._table[name], declared)[self.timeline.members]
        counts = np.diff(self.timeline.start)
        total = np.repeat(np.add.reduceat(weight, start), counts)
        # A row of weight 0 has no say beside others: its rate may be unknown.
        by = np.where(total == 0, 1.0, weight)
        parts = np.where(by == 0, 0.0, values * by)
        return np.where(
            counts == 1, values[start], np.add.reduceat(parts, start) / np.add.reduceat(by, start)
        )


def _ranked(sources: Mapping[str, Signature]) -> list[str]:
    return sorted(sources, key=lambda source: (source in RELAYS, source))


def _is_number(column: Column) -> bool:
    return bool(pa.types.is_integer(column.type) or pa.types.is_floating(column.type))


def _nothing(column: Column, size: int) -> _Values:
    if _is_number(column):
        return np.full(size, np.nan)
    if pa.types.is_date(column.type):
        return np.full(size, np.datetime64("NaT", "D"))
    return np.full(size, None, dtype=object)


def _numpy(values: pa.ChunkedArray, column: Column) -> _Values:
    if _is_number(column):
        numbers: _Values = values.cast(pa.float64(), safe=False).to_numpy()
        return numbers
    if pa.types.is_date(column.type):
        days = np.array(values.cast(pa.int32()).fill_null(np.iinfo(np.int32).min).to_numpy())
        return np.where(
            days == np.iinfo(np.int32).min, np.datetime64("NaT", "D"), days.astype("datetime64[D]")
        )
    objects = np.empty(len(values), dtype=object)
    objects[:] = values.to_pylist()
    return objects


def _plain(value: Any, column: Column) -> Any:
    """Return a figure as Python has it, None where it is not known."""
    if _is_number(column):
        if np.isnan(value):
            return None
        return int(value) if pa.types.is_integer(column.type) else float(value)
    if pa.types.is_date(column.type):
        return None if np.isnat(value) else value.item()
    return value


def _series(values: _Values, column: Column) -> Any:
    if pa.types.is_integer(column.type):
        missing = np.isnan(values)
        return pd.arrays.IntegerArray(np.where(missing, 0, values).astype(np.int64), missing)
    if pa.types.is_floating(column.type):
        missing = np.isnan(values)
        return pd.arrays.FloatingArray(np.where(missing, 0.0, values), missing)
    return pd.array([pd.NA if pd.isna(value) else value for value in values.tolist()], dtype=object)


def _wall_instants(pairs: Pairs, market: Market) -> npt.NDArray[np.int64]:
    """Return the instants of pairs that are all of one market."""
    if pairs.aware:
        return pairs.times
    found = instants(pairs.times.view("datetime64[us]"), market)
    if pairs.folds is not None:
        second = np.flatnonzero(pairs.folds)
        found = found.copy()
        for at, (_, moment) in zip(second.tolist(), pairs.take(second).moments(), strict=True):
            found[at] = to_instant(moment, market)
    return found


def _bounds(
    symbols: Sequence[Symbol], start: LocalTime, end: LocalTime
) -> tuple[datetime, datetime]:
    markets = list(dict.fromkeys(symbol.market for symbol in symbols)) or [Market.USA]
    bounds = []
    for name, value in (("start", start), ("end", end)):
        moment = as_datetime(value, name)
        if moment.tzinfo is not None and len(markets) > 1:
            raise InvalidInputError(
                name, str(value), "have no time zone where symbols are of several markets"
            )
        bounds.append(to_local(moment, markets[0]))
    if bounds[1] < bounds[0]:
        raise InvalidInputError("end", str(end), f"not lie before start={start!s}")
    return bounds[0], bounds[1]
