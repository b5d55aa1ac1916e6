"""Bars of many symbols: long as they were read, then checked, sorted and split by symbol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from shortable.arrays import Floats
from shortable.errors import MarketDataError
from shortable.market_data.bar_times import Resolution, infer_resolution
from shortable.symbol import Symbol

__all__ = [
    "COLUMNS",
    "PRICES",
    "Checked",
    "LongBars",
    "SymbolBars",
    "by_symbol_and_time",
    "check_bars",
    "join",
]

PRICES = ("open", "high", "low", "close")
COLUMNS = (*PRICES, "volume")


# Adjusted prices arrive rounded (float32 keeps 7 digits); a close above the high by less than this is no fault.
_ROUNDING = 1e-6
_NAMED = 5  # rows that a note names


@dataclass(slots=True)
class LongBars:
    """Rows as they were read, in any order, still unchecked.

    Attributes
    ----------
    symbols : list of Symbol
        What `codes` count.
    codes : ndarray of int64, shape (rows,)
        Position of each row's symbol in `symbols`.
    labels : ndarray of datetime64[us], shape (rows,)
        Exchange-local wall time by which the source calls the bar.
    columns : dict of ndarray of float64, shape (rows,)
        ``close`` always; ``open``, ``high``, ``low``, ``volume`` where the source has them. Missing is NaN.
    notes : list of str
        What was left out while reading.
    """

    symbols: list[Symbol]
    codes: npt.NDArray[np.int64]
    labels: npt.NDArray[np.datetime64]
    columns: dict[str, Floats]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SymbolBars:
    """Checked bars of one symbol, ascending, one a label."""

    symbol: Symbol
    labels: npt.NDArray[np.datetime64]
    """Exchange-local wall times at which the bars are known, shape (n,), ``datetime64[us]``."""
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    """Shares; NaN where the source does not say."""
    has_open: bool
    """False for close-only data, whose open, high and low repeat the close."""


Checked = dict[tuple[Symbol, Resolution], SymbolBars]


def join(parts: Sequence[LongBars]) -> LongBars:
    """Put sources under one another; a symbol that several of them hold becomes one symbol."""
    symbols = list(dict.fromkeys(symbol for part in parts for symbol in part.symbols))
    positions = {symbol: i for i, symbol in enumerate(symbols)}
    present = [name for name in COLUMNS if any(name in part.columns for part in parts)]
    return LongBars(
        symbols,
        np.concatenate(
            [
                np.array([positions[s] for s in part.symbols], dtype=np.int64)[part.codes]
                for part in parts
            ]
        ),
        np.concatenate([part.labels for part in parts]),
        {
            name: np.concatenate(
                [part.columns.get(name, np.full(len(part.codes), np.nan)) for part in parts]
            )
            for name in present
        },
        [note for part in parts for note in part.notes],
    )


def check_bars(bars: LongBars, resolution: Resolution | None) -> tuple[Checked, list[str]]:
    """Sort, check and split bars by symbol.

    Rows without any price are no bars and are left out; rows that are repeated exactly are kept once; both are
    counted and named in the notes. Everything else that is wrong is refused.

    Parameters
    ----------
    bars : LongBars
        Rows in any order.
    resolution : Resolution or None
        None reads it off each symbol's labels.

    Returns
    -------
    bars : dict of (Symbol, Resolution) to SymbolBars
    notes : list of str
        What was left out.

    Raises
    ------
    MarketDataError
        Names ticker, column, time and value of the first fault, and how many there are.
    """
    notes = list(bars.notes)
    order = by_symbol_and_time(bars)
    codes, labels = bars.codes[order], bars.labels[order]
    columns = {name: values[order] for name, values in bars.columns.items()}
    prices = {name: columns[name] for name in PRICES if name in columns}

    priced = ~np.logical_and.reduce([np.isnan(v) for v in prices.values()])
    if not priced.all():
        where = _places(bars.symbols, codes, labels, np.flatnonzero(~priced))
        notes.append(f"{_rows(~priced)} without any price left out: {where}")
        codes, labels = codes[priced], labels[priced]
        columns = {name: values[priced] for name, values in columns.items()}
    again = (codes[1:] == codes[:-1]) & (labels[1:] == labels[:-1])
    if again.any():
        keep = _unrepeated(bars.symbols, codes, labels, columns, np.flatnonzero(again))
        where = _places(bars.symbols, codes, labels, np.flatnonzero(~keep))
        notes.append(f"{_rows(~keep)} the same as another of that time left out: {where}")
        codes, labels = codes[keep], labels[keep]
        columns = {name: values[keep] for name, values in columns.items()}

    bounds = np.searchsorted(codes, np.arange(len(bars.symbols) + 1))
    parts = [slice(a, b) for a, b in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)]
    opens = _complete_prices(columns, parts)
    _check_values(bars.symbols, codes, labels, columns)

    checked: Checked = {}
    for symbol, part, has_open in zip(bars.symbols, parts, opens, strict=True):
        if part.stop == part.start:
            raise MarketDataError("bars", str(symbol), "have at least one row with a price")
        of_symbol = labels[part]
        found = infer_resolution(of_symbol, str(symbol)) if resolution is None else resolution
        if found is Resolution.DAILY:
            of_symbol = _session_closes(symbol, of_symbol)
        own = {name: columns[name][part] for name in COLUMNS}
        checked[symbol, found] = SymbolBars(symbol, of_symbol, **own, has_open=has_open)
    return checked, notes


def by_symbol_and_time(bars: LongBars) -> npt.NDArray[np.int64] | slice:
    """Return the rows' order by symbol and label; a slice of all where they are in it already."""
    codes, labels = bars.codes, bars.labels.view(np.int64)
    step = np.diff(codes)
    if ((step > 0) | ((step == 0) & (np.diff(labels) >= 0))).all():
        return slice(None)
    return np.lexsort((labels, codes))


def _unrepeated(
    symbols: list[Symbol],
    codes: npt.NDArray[np.int64],
    labels: npt.NDArray[np.datetime64],
    columns: dict[str, npt.NDArray[np.float64]],
    again: npt.NDArray[np.int64],
) -> npt.NDArray[np.bool_]:
    """Return which rows to keep; `again` are the rows whose successor has the same symbol and label."""
    for name, values in columns.items():
        differ = ~(
            (values[again] == values[again + 1])
            | (np.isnan(values[again]) & np.isnan(values[again + 1]))
        )
        if differ.any():
            row = int(again[differ][0])
            raise MarketDataError(
                _place(symbols, codes, labels, name, row),
                float(values[row + 1]),
                f"agree with the other row of that time, which says {float(values[row])!r}",
                f"{int(differ.sum())} such rows in that column.",
            )
    keep = np.ones(len(codes), dtype=bool)
    keep[again + 1] = False
    return keep


def _complete_prices(columns: dict[str, npt.NDArray[np.float64]], parts: list[slice]) -> list[bool]:
    """Give open, high and low to symbols that lack them; return who has an open of its own."""
    close = columns["close"]
    columns.setdefault("volume", np.full(len(close), np.nan))
    has_open = []
    for name in ("open", "high", "low"):
        columns[name] = columns[name].copy() if name in columns else np.full(len(close), np.nan)
    for part in parts:
        absent = {
            name: bool(np.isnan(columns[name][part]).all()) for name in ("open", "high", "low")
        }
        has_open.append(not absent["open"])
        first = close[part] if absent["open"] else columns["open"][part]
        columns["open"][part] = first
        if absent["high"]:
            columns["high"][part] = np.fmax(first, close[part])
        if absent["low"]:
            columns["low"][part] = np.fmin(first, close[part])
    return has_open


def _check_values(
    symbols: list[Symbol],
    codes: npt.NDArray[np.int64],
    labels: npt.NDArray[np.datetime64],
    columns: dict[str, npt.NDArray[np.float64]],
) -> None:
    """Refuse impossible prices and volumes; widen high and low by what rounding left outside."""

    def refuse(name: str, bad: npt.NDArray[np.bool_], bound: str, hint: str = "") -> None:
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            count = f"{int(bad.sum())} such rows." if bad.sum() > 1 else ""
            raise MarketDataError(
                _place(symbols, codes, labels, name, row),
                float(columns[name][row]),
                bound,
                " ".join(filter(None, (hint, count))),
            )

    for name in (
        "close",
        "open",
        "high",
        "low",
    ):  # close first: what close-only data lack repeats it
        values = columns[name]
        refuse(name, ~((values > 0) & (values < np.inf)), "be a finite price above 0")
    volume = columns["volume"]
    refuse("volume", (volume < 0) | np.isinf(volume), "be a finite number of shares, at least 0")
    high, low = columns["high"], columns["low"]
    refuse("high", high < low * (1 - _ROUNDING), "be at least the low of that bar")
    for name in ("open", "close"):
        refuse(name, columns[name] > high * (1 + _ROUNDING), "be at most the high of that bar")
        refuse(name, columns[name] < low * (1 - _ROUNDING), "be at least the low of that bar")
    np.maximum.reduce([high, columns["open"], columns["close"]], out=high)
    np.minimum.reduce([low, columns["open"], columns["close"]], out=low)


def _session_closes(
    symbol: Symbol, labels: npt.NDArray[np.datetime64]
) -> npt.NDArray[np.datetime64]:
    """Return when daily bars are known: the close of the session of each label's date."""
    days = labels.astype("datetime64[D]")
    twice = np.flatnonzero(days[1:] == days[:-1])
    if len(twice):
        raise MarketDataError(
            f"{symbol}[{days[twice[0]]}]",
            int((days == days[twice[0]]).sum()),
            "be one daily bar a date",
            "Pass Resolution.HOUR or Resolution.MINUTE for intraday bars.",
        )
    closes = symbol.market.closes
    after_midnight = (closes.hour * 60 + closes.minute) * 60_000_000
    return (days.astype("datetime64[us]").view(np.int64) + after_midnight).view("datetime64[us]")


def _rows(which: npt.NDArray[np.bool_]) -> str:
    count = int(which.sum())
    return f"{count} row{'' if count == 1 else 's'}"


def _places(
    symbols: list[Symbol],
    codes: npt.NDArray[np.int64],
    labels: npt.NDArray[np.datetime64],
    rows: npt.NDArray[np.int64],
) -> str:
    """Name the first of some rows, each once."""
    named = dict.fromkeys(
        f"{symbols[int(codes[row])]} {_shown(labels[row].item())}"
        for row in rows[: 4 * _NAMED].tolist()
    )
    shown = list(named)[:_NAMED]
    return ", ".join(shown) + (", …" if len(named) > _NAMED or len(rows) > 4 * _NAMED else "")


def _place(
    symbols: list[Symbol],
    codes: npt.NDArray[np.int64],
    labels: npt.NDArray[np.datetime64],
    name: str,
    row: int,
) -> str:
    return f"{symbols[int(codes[row])]}.{name}[{_shown(labels[row].item())}]"


def _shown(label: datetime) -> str:
    daily = (label.hour, label.minute) == (0, 0)
    return f"{label:%Y-%m-%d}" if daily else f"{label:%Y-%m-%d %H:%M}"
