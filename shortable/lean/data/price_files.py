"""LEAN's zips of prices: a day's minutes, or a ticker's whole hourly or daily history."""

from __future__ import annotations

import zipfile
from collections import OrderedDict
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from shortable.buffers import arrow_reader
from shortable.errors import MarketDataError
from shortable.lean.data.day_bars import DayBars, QuoteBars, TradeBars
from shortable.lean.enums import Resolution, TickType
from shortable.unpacking import read_member

__all__ = ["PriceFiles"]

_SCALE = 10_000.0  # prices in equity files are ten thousandths of a dollar (Common/Data/Market/TradeBar.cs)
_LARGEST = (
    1 << 26
)  # bytes of an unpacked file; a day of minutes has 50 kB, thirty years of hours 3 MB
_PRICES = ("open", "high", "low", "close")
_TRADE = ("time", *_PRICES, "volume")
_QUOTE = (
    "time",
    *(f"bid_{p}" for p in _PRICES),
    "bid_size",
    *(f"ask_{p}" for p in _PRICES),
    "ask_size",
)
PERIODS = {
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAILY: timedelta(days=1),
}
K = TypeVar("K")


class _Cache(OrderedDict[K, DayBars | None]):
    """The bars read last, up to a number of bars."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most, self._held = most, 0

    def put(self, key: K, bars: DayBars | None) -> DayBars | None:
        self[key] = bars
        self._held += 1 + (0 if bars is None else len(bars))
        while self._held > self._most and len(self) > 1:
            _, old = self.popitem(last=False)
            self._held -= 1 + (0 if old is None else len(old))
        return bars


class PriceFiles:
    """The price zips under ``equity/usa`` of a LEAN data folder.

    Parameters
    ----------
    equity : Path
        The folder ``<data>/equity/usa``.
    most : int
        Bars kept in memory: whole histories are read once, a day's minutes as they are needed.
    """

    def __init__(self, equity: Path, most: int = 4_000_000) -> None:
        self._equity = equity
        self._rows: dict[tuple[str, Resolution, TickType], dict[date, slice]] = {}
        self._cache: _Cache[tuple[str, Resolution, TickType, date | None]] = _Cache(most)

    def day(
        self, ticker: str, resolution: Resolution, tick_type: TickType, day: date
    ) -> DayBars | None:
        """Return the bars that begin on a date, raw, extended hours included; None where there are none."""
        if resolution == Resolution.MINUTE:
            return self._read(ticker, resolution, tick_type, day)
        history = self._read(ticker, resolution, tick_type, None)
        if history is None:
            return None
        key = (ticker, resolution, tick_type)
        if key not in self._rows:
            self._rows[key] = history.rows_by_day()
        rows = self._rows[key].get(day)
        return None if rows is None else history.take(rows)

    def history(self, ticker: str, resolution: Resolution, tick_type: TickType) -> DayBars | None:
        """Return the whole hourly or daily history of a ticker."""
        return self._read(ticker, resolution, tick_type, None)

    def _read(
        self, ticker: str, resolution: Resolution, tick_type: TickType, day: date | None
    ) -> DayBars | None:
        key = (ticker.lower(), resolution, tick_type, day)
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        path = self._path(key[0], resolution, tick_type, day)
        data = _unzipped(path)
        if data is None:
            return self._cache.put(key, None)
        table = _table(
            data, _QUOTE if tick_type == TickType.QUOTE else _TRADE, path, minutes=day is not None
        )
        return self._cache.put(key, _bars(table, PERIODS[resolution], tick_type, day, path))

    def _path(
        self, ticker: str, resolution: Resolution, tick_type: TickType, day: date | None
    ) -> Path:
        kind = "quote" if tick_type == TickType.QUOTE else "trade"
        folder = self._equity / str(resolution).lower()
        if day is not None:
            return folder / ticker / f"{day:%Y%m%d}_{kind}.zip"
        return folder / (f"{ticker}_quote.zip" if kind == "quote" else f"{ticker}.zip")


def _unzipped(path: Path) -> bytes | None:
    """Return the one file that a zip holds; None where there is no zip, or an empty one."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            return read_member(archive, names[0], _LARGEST) if names else None
    except FileNotFoundError:
        return None
    except (zipfile.BadZipFile, OSError) as error:
        raise MarketDataError(
            str(path), str(error), "be a readable zip archive", "Fetch it anew."
        ) from None


def _table(data: bytes, columns: tuple[str, ...], path: Path, *, minutes: bool) -> pa.Table | None:
    data = data.lstrip()
    if not data:
        return None
    width = data.split(b"\n", 1)[0].count(b",") + 1
    if width < len(columns):
        raise MarketDataError(
            f"{path}, line 1",
            data.split(b"\n", 1)[0][:60].decode("utf-8", "replace"),
            f"have {len(columns)} columns: {', '.join(columns)}",
        )
    extra = [f"_{i}" for i in range(width - len(columns))]
    types = {name: pa.float64() for name in columns}
    if not minutes:
        types["time"] = pa.string()
    try:
        return csv.read_csv(
            arrow_reader(data),
            csv.ReadOptions(column_names=[*columns, *extra], use_threads=False),
            convert_options=csv.ConvertOptions(
                column_types=types, include_columns=columns, null_values=[""]
            ),
        )
    except pa.ArrowInvalid as error:
        raise MarketDataError(str(path), str(error), "hold rows of " + ",".join(columns)) from None


def _bars(
    table: pa.Table | None, period: timedelta, tick_type: TickType, day: date | None, path: Path
) -> DayBars | None:
    if table is None or table.num_rows == 0:
        return None
    times = _times(table.column("time"), day, path)
    columns = {}
    for name in table.column_names[1:]:
        values = table.column(name).to_numpy().astype(np.float64)
        if name.endswith(("volume", "size")):
            columns[name] = np.nan_to_num(values)
        else:
            # exact whole numbers over ten thousand: the float nearest to the price
            columns[name] = values / _SCALE
            if tick_type != TickType.QUOTE and np.isnan(values).any():
                row = int(np.flatnonzero(np.isnan(values))[0]) + 1
                raise MarketDataError(f"{path}, line {row}", "", f"state a price: {name}")
    if (np.diff(times.view(np.int64)) < 0).any():
        order = np.argsort(times, kind="stable")
        times, columns = times[order], {name: values[order] for name, values in columns.items()}
    return (QuoteBars if tick_type == TickType.QUOTE else TradeBars)(times, period, **columns)


def _times(column: pa.ChunkedArray, day: date | None, path: Path) -> npt.NDArray[np.datetime64]:
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy())[0]) + 1
        raise MarketDataError(f"{path}, line {row}", "", "begin with a time")
    if day is not None:
        microseconds = np.rint(column.to_numpy() * 1000).astype(np.int64)
        times: npt.NDArray[np.datetime64] = np.datetime64(day, "us") + microseconds.astype(
            "timedelta64[us]"
        )
        return times
    try:
        parsed = pc.strptime(column, format="%Y%m%d %H:%M", unit="us")
    except pa.ArrowInvalid:
        parsed = pc.strptime(column, format="%Y%m%d %H:%M", unit="us", error_is_null=True)
        row = int(np.flatnonzero(parsed.is_null().to_numpy())[0])
        raise MarketDataError(
            f"{path}, line {row + 1}", column[row].as_py(), "begin with a time yyyyMMdd HH:mm"
        ) from None
    local: npt.NDArray[np.datetime64] = parsed.to_numpy()
    return local.astype("datetime64[us]")
