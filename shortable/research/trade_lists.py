"""Exported trade lists, of any backtester or platform, to one kind of list."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.clock import zone
from shortable.errors import InvalidInputError
from shortable.research.trade_columns import Columns, find_columns
from shortable.research.trades import Trades
from shortable.symbol import Symbol

__all__ = ["TradeList", "read_trades"]

_DONE = frozenset(
    {
        "filled",
        "partiallyfilled",
        "partially filled",
        "partially_filled",
        "completed",
        "complete",
        "closed",
        "open",
        "3",
        "",
    }
)
_IN_BRACKETS = re.compile(r"^Equity\(\d+ \[(.+)\]\)$")  # how zipline writes an asset
_SID = re.compile(r"^(\S+) [A-Z0-9]{9,}$")  # how QuantConnect writes one: SPY R735QTJ8XC9X
_VENUE = re.compile(
    r"^([A-Z0-9 ._-]+)\.(XNYS|XNAS|NYSE|NASDAQ|ARCA|ARCX|BATS|AMEX|SIM)$"
)  # nautilus_trader: SPY.XNAS
_DOTTED = re.compile(r"^(\d{4})\.(\d\d)\.(\d\d)")  # MetaTrader: 2021.01.04


@dataclass(frozen=True, slots=True)
class TradeList:
    """What was read."""

    trades: Trades
    """The fills."""
    skipped: pd.DataFrame
    """Lines that are no fills or could not be read: line (of the file, or row + 1 of a table), reason."""
    columns: Mapping[str, str]
    """Which column was taken for what."""


def read_trades(
    source: str | Path | pd.DataFrame,
    *,
    symbol: Any = None,
    columns: Mapping[str, str] | None = None,
    time_zone: str | None = None,
) -> TradeList:
    """Read a trade list that a backtester or platform exported.

    Knows what zipline, backtrader, vectorbt, backtesting.py, bt, nautilus_trader, QuantConnect, MetaTrader, pyfolio and shortable
    write; anything else with a time, a symbol, a quantity and a price is read by `columns`.

    Parameters
    ----------
    source : str, Path or DataFrame
        A CSV file (comma, semicolon, tab or bar), a Parquet file, or a table; an index with names counts as columns.
    symbol : Symbol or str, optional
        Of all lines, where the list names none.
    columns : mapping of role to column, optional
        What cannot be guessed: time, symbol, quantity, price, side, commission, status; or entry_time, exit_time, entry_price,
        exit_price for round trips.
    time_zone : str, optional
        IANA zone of times without one; default the exchange's own.

    Returns
    -------
    TradeList

    Raises
    ------
    InvalidInputError
        The file is not there or not readable, a column is not found, or no line is a fill.

    Examples
    --------
    >>> table = pd.DataFrame({"Timestamp": ["2024-01-02"], "Column": ["GME"], "Size": [5.0], "Price": [17.0], "Fees": [0.0], "Side": ["Sell"]})
    >>> read_trades(table).trades.quantities.tolist()
    [-5.0]
    """
    name, table, first_line = _table(source)
    if not len(table):
        raise InvalidInputError("trades", name, "hold at least one line")
    found = find_columns(table, columns, name, symbol=symbol is not None)
    skip: dict[int, str] = {}
    lines = _round_trips(table, found, skip) if found.round_trip else _fills(table, found, skip)
    lines["symbol"] = _symbols(lines, symbol, skip)
    lines["time"] = _times(lines["time"], time_zone, skip, lines["row"])
    _check_numbers(lines, skip)
    kept = lines[~lines["row"].isin(skip)]
    reasons = pd.DataFrame(
        {
            "line": [row + first_line for row in sorted(skip)],
            "reason": [skip[row] for row in sorted(skip)],
        }
    )
    if not len(kept):
        why = (
            f"Line {reasons['line'].iloc[0]}: {reasons['reason'].iloc[0]}." if len(reasons) else ""
        )
        raise InvalidInputError("trades", name, "hold at least one fill", why)
    zoned = (
        pd.to_datetime(kept["time"], utc=True)
        if _aware(kept["time"])
        else pd.to_datetime(pd.Series(kept["time"].tolist()))
    )
    trades = Trades.of(
        zoned.to_numpy() if zoned.dt.tz is None else pd.DatetimeIndex(zoned),
        kept["symbol"].to_numpy(),
        kept["quantity"].to_numpy(dtype=float),
        kept["price"].to_numpy(dtype=float),
        kept["commission"].to_numpy(dtype=float),
    )
    return TradeList(trades, reasons, found.at)


def _table(source: str | Path | pd.DataFrame) -> tuple[str, pd.DataFrame, int]:
    """Return name, table and the line number of its first row."""
    if isinstance(source, pd.DataFrame):
        named = any(n is not None for n in source.index.names)
        dated = isinstance(source.index, pd.DatetimeIndex)
        table = (
            source.rename_axis(index="date").reset_index()
            if dated and not named
            else source.reset_index()
            if named
            else source
        )
        return "the table", table.reset_index(drop=True), 1
    path = Path(source)
    if not path.is_file():
        raise InvalidInputError("trades", str(path), "be a CSV or Parquet file; nothing is there")
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return path.name, pd.read_parquet(path).reset_index(drop=True), 1
        with path.open(newline="", encoding="utf-8-sig") as file:
            head = file.readline()
        separator = max(",;\t|", key=head.count)
        # Text stays text: NA, TRUE and CON are tickers.
        read = pd.read_csv(
            path,
            sep=separator,
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
            skipinitialspace=True,
        )
        return path.name, read, 2
    except (UnicodeDecodeError, ValueError, OSError, csv.Error) as error:
        raise InvalidInputError(
            "trades", path.name, "be a readable table", str(error).splitlines()[0]
        ) from None


def _fills(table: pd.DataFrame, columns: Columns, skip: dict[int, str]) -> pd.DataFrame:
    """Return one line a fill: row, time, symbol, quantity, price, commission."""
    at = columns.at
    quantity = _numbers(table[at["quantity"]])
    if "side" in at:
        words = _words(table[at["side"]])
        quantity = np.where(words.isin(columns.sells), -np.abs(quantity), np.abs(quantity))
        for row in np.flatnonzero((words == "balance") | (words == "")).tolist():
            skip[row] = "no trade"
    if "status" in at:
        words = _words(table[at["status"]]).str.rpartition(".")[2]
        for row in np.flatnonzero(~words.isin(_DONE)).tolist():
            skip.setdefault(row, f"its status is {table[at['status']].iloc[row]}")
    return pd.DataFrame(
        {
            "row": np.arange(len(table)),
            "time": table[at["time"]].to_numpy(),
            "symbol": table[at["symbol"]].to_numpy() if "symbol" in at else None,
            "quantity": quantity,
            "price": _numbers(table[at["price"]]),
            "commission": np.abs(np.nan_to_num(_numbers(table[at["commission"]])))
            if "commission" in at
            else 0.0,
        }
    )


def _round_trips(table: pd.DataFrame, columns: Columns, skip: dict[int, str]) -> pd.DataFrame:
    """Return two lines a round trip, one where it has not been closed."""
    at = columns.at
    quantity = _numbers(table[at["quantity"]])
    if "side" in at:
        words = _words(table[at["side"]])
        quantity = np.where(words.isin(columns.sells), -np.abs(quantity), np.abs(quantity))
    fees = (
        np.abs(np.nan_to_num(_numbers(table[at["commission"]])))
        if "commission" in at
        else np.zeros(len(table))
    )
    exit_fees = (
        np.abs(np.nan_to_num(_numbers(table[at["exit_commission"]])))
        if "exit_commission" in at
        else np.zeros(len(table))
    )
    symbols = table[at["symbol"]].to_numpy() if "symbol" in at else None
    legs = []
    for sign, time, price, fee in (
        (1, "entry_time", "entry_price", fees),
        (-1, "exit_time", "exit_price", exit_fees),
    ):
        legs.append(
            pd.DataFrame(
                {
                    "row": np.arange(len(table)),
                    "time": table[at[time]].to_numpy(),
                    "symbol": symbols,
                    "quantity": sign * quantity,
                    "price": _numbers(table[at[price]]),
                    "commission": fee,
                }
            )
        )
    open_ = _words(pd.Series(legs[1]["time"])).isin({"", "nat", "nan", "none"}) | np.isnan(
        legs[1]["price"].to_numpy()
    )
    both: pd.DataFrame = pd.concat([legs[0], legs[1][~open_.to_numpy()]], ignore_index=True)
    return both


def _words(column: pd.Series) -> pd.Series:
    return column.astype(str).str.strip().str.lower()


def _numbers(column: pd.Series) -> npt.NDArray[np.float64]:
    """Read numbers out of text too: 1,234.50, $12, 100 USD, (100) and MetaTrader's 1 234."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    text = (
        column.astype(str)
        .str.strip()
        .str.replace(r"^\((.*)\)$", r"-\1", regex=True)
        .str.replace(r"[,$\s]|[A-Z]{3}$", "", regex=True)
    )
    return pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)


def _symbols(lines: pd.DataFrame, given: Any, skip: dict[int, str]) -> list[Any]:
    if lines["symbol"].isna().all() or given is not None:
        return [Symbol.create(given)] * len(lines)
    known: dict[str, Any] = {}
    for row, name in zip(lines["row"], lines["symbol"], strict=True):
        text = str(name).strip()
        if text not in known:
            spelled = _VENUE.sub(r"\1", _SID.sub(r"\1", _IN_BRACKETS.sub(r"\1", text)))
            try:
                known[text] = Symbol.create(spelled)
            except InvalidInputError:
                known[text] = None
        if known[text] is None:
            skip.setdefault(
                int(row), f"symbol {text!r} cannot be read" if text else "it names no symbol"
            )
    return [known[str(name).strip()] for name in lines["symbol"]]


def _times(
    column: pd.Series, time_zone: str | None, skip: dict[int, str], rows: pd.Series
) -> list[Any]:
    clock = None if time_zone is None else zone(time_zone)
    known: dict[Any, Any] = {}
    found = []
    for row, value in zip(rows, column, strict=True):
        if value not in known:
            known[value] = _time(value, clock)
        if known[value] is None:
            skip.setdefault(int(row), f"time {value!r} cannot be read")
        found.append(known[value])
    return found


def _time(value: Any, clock: Any) -> Any:
    text = _DOTTED.sub(r"\1-\2-\3", value.strip()) if isinstance(value, str) else value
    try:
        moment = pd.Timestamp(text)
    except (ValueError, TypeError):
        return None
    if pd.isna(moment):
        return None
    return (
        moment.tz_localize(clock, ambiguous=False, nonexistent="shift_backward")
        if clock is not None and moment.tz is None
        else moment
    )


def _aware(times: pd.Series) -> bool:
    aware = [t.tz is not None for t in times]
    if any(aware) and not all(aware):
        raise InvalidInputError(
            "trades",
            "times",
            "all have a time zone or none",
            "Give time_zone= for those that have none.",
        )
    return aware[0]


def _check_numbers(lines: pd.DataFrame, skip: dict[int, str]) -> None:
    for name, good in (
        ("quantity", np.isfinite(lines["quantity"]) & (lines["quantity"] != 0)),
        ("price", np.isfinite(lines["price"]) & (lines["price"] > 0)),
    ):
        for row in lines["row"][~good].tolist():
            skip.setdefault(int(row), f"its {name} is missing, 0 or no number")
