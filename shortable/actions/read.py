"""Corporate actions from whatever a person has: files of several kinds, tables, records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from shortable.actions.corporate_actions import CorporateActions
from shortable.actions.interactive_brokers import is_interactive_brokers, read_interactive_brokers
from shortable.actions.lean_files import (
    is_lean_file,
    read_factor_file,
    read_lean_folder,
    read_map_file,
)
from shortable.actions.reading import (
    ActionsRead,
    ArrowStream,
    RejectedRow,
    Rows,
    open_rows,
    read_bytes,
    rows_of_records,
)
from shortable.actions.records import Action, DividendBasis
from shortable.actions.split_lists import read_split_list, records_of_dividends
from shortable.actions.table import read_table
from shortable.actions.yahoo import has_symbols, is_yahoo, read_yahoo
from shortable.arguments import check_kind, mapping_of
from shortable.errors import CorporateActionError
from shortable.market import Market

__all__ = ["ActionsLike", "Format", "as_actions", "parse_actions", "read_actions"]

Format = Literal["table", "yahoo", "lean", "ibkr", "splits"]
"""Kinds of source: a table, Yahoo's columns, LEAN's map and factor files, Interactive Brokers' descriptions, and
split lists in JSON."""

_NO_TICKERS = {"actions", "corporate_actions", "data", "dividends", "history", "prices", "splits"}
_Table = str | Path | bytes | pd.DataFrame | ArrowStream
ActionsLike = CorporateActions | Iterable[Action] | _Table
"""What every parameter ``actions=`` takes: `CorporateActions`, records, or what `read_actions` reads."""


def as_actions(actions: ActionsLike | None) -> CorporateActions:
    """Return corporate actions from anything that a parameter ``actions=`` takes.

    Parameters
    ----------
    actions : CorporateActions, None, records, DataFrame, Arrow table or path
        None is an empty table; a path or a table is read by `read_actions`.

    Examples
    --------
    >>> as_actions(None)
    <CorporateActions: none>
    >>> as_actions(pd.DataFrame({"symbol": ["AMC"], "ex_date": ["2023-08-24"], "new": [1], "old": [10]}))
    <CorporateActions: 1 splits>
    """
    if isinstance(actions, CorporateActions):
        return actions
    if actions is None:
        return CorporateActions()
    if isinstance(actions, (str, Path, bytes, pd.DataFrame, ArrowStream)):
        return read_actions(actions)
    if isinstance(actions, Iterable):
        return CorporateActions(actions)
    raise CorporateActionError(
        "actions", actions, "be CorporateActions, records, a table or a path"
    )


def read_actions(
    source: _Table | pd.Series,
    *,
    format: Format | None = None,
    symbol: str | None = None,
    market: Market | str | None = None,
    columns: Mapping[str, str] | None = None,
    dividends: DividendBasis | None = None,
    evenings: bool | None = None,
    date_format: str | None = None,
    currency: str | None = None,
) -> CorporateActions:
    """Read corporate actions from a file, a folder or a table.

    Parameters
    ----------
    source : path, bytes, DataFrame, Series or Arrow table
        A table with a row an action (CSV, Parquet, DataFrame, polars, DuckDB); yfinance's ``Ticker.actions`` or any
        table with its columns; LEAN's map and factor files, or a folder of them; Interactive Brokers' corporate
        actions; a list of splits in JSON.
    format : {"table", "yahoo", "lean", "ibkr", "splits"}, optional
        Default: found out by what is in it.
    symbol : str, optional
        Whose actions they are, where the source does not say it.
    market : Market, optional
        Of tickers that name no country; default what the spelling says, else the USA.
    columns, dividends, evenings, date_format, currency
        Of tables, as in `shortable.actions.table.read_table`.

    Returns
    -------
    CorporateActions
        Its ``notes`` say what was left out and which ex-dates are not confirmed.

    Raises
    ------
    CorporateActionError
        The source cannot be read, says too little, or contradicts itself.
    """
    read = parse_actions(
        source,
        format=format,
        symbol=symbol,
        market=market,
        columns=columns,
        dividends=dividends,
        evenings=evenings,
        date_format=date_format,
        currency=currency,
    )
    return read.actions()


def parse_actions(
    source: _Table | pd.Series,
    *,
    format: Format | None = None,
    symbol: str | None = None,
    market: Market | str | None = None,
    columns: Mapping[str, str] | None = None,
    dividends: DividendBasis | None = None,
    evenings: bool | None = None,
    date_format: str | None = None,
    currency: str | None = None,
) -> ActionsRead:
    """Read a source as `read_actions` does, and account for every row of it."""
    if format is not None and not (isinstance(format, str) and format in get_args(Format)):
        raise CorporateActionError("format", format, f"be one of {', '.join(get_args(Format))}")
    home = None if market is None else Market.of(market)
    mapping_of("columns", columns)
    if dividends is not None:
        check_kind("dividends", dividends, str, "be 'raw' or 'split_adjusted'")
    if date_format is not None:
        check_kind("date_format", date_format, str, "be a format for datetime.strptime")
    if evenings is not None:
        check_kind("evenings", evenings, bool, "be True or False")
    if isinstance(source, pd.Series) or (
        isinstance(source, pd.DataFrame)
        and (format == "yahoo" or (format is None and is_yahoo(source.columns)))
    ):
        return read_yahoo(source, symbol, market=home, currency=currency)
    if isinstance(source, (str, Path)) and Path(source).is_dir():
        return read_lean_folder(source, market=home or Market.USA)
    kind: str | None = format
    name, dividends_of_json = "", None
    if isinstance(source, (str, Path, bytes)):
        name, data = read_bytes(source)
        lean = is_lean_file(data)
        if kind == "lean" or (kind is None and lean):
            reader = read_map_file if lean == "map" else read_factor_file
            return reader(source, symbol=symbol, market=home or Market.USA)
        if kind == "splits" or (
            kind is None and data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{")
        ):
            dividends_of_json = records_of_dividends(data) if kind is None else None
            if dividends_of_json is None:
                return read_split_list(source, symbol=symbol, market=home)
    rows = (
        open_rows(source) if dividends_of_json is None else rows_of_records(name, dividends_of_json)
    )
    if kind == "ibkr" or (kind is None and is_interactive_brokers(rows)):
        return read_interactive_brokers(rows, market=home)
    if kind == "yahoo" or (kind is None and is_yahoo(rows.columns)):
        return _read_yahoo_file(rows, source, symbol, home, currency)
    return read_table(
        rows,
        symbol=symbol,
        market=home,
        columns=columns,
        dividends=dividends,
        evenings=evenings,
        date_format=date_format,
        currency=currency,
    )


def _read_yahoo_file(
    rows: Rows, source: object, symbol: str | None, market: Market | None, currency: str | None
) -> ActionsRead:
    """Read a saved table of Yahoo's, of the ticker for which it is named where nothing else says it."""
    frame = pd.DataFrame(rows.cells, columns=rows.columns)
    by_name = (
        None
        if symbol is not None or has_symbols(frame) or not isinstance(source, (str, Path))
        else Path(source).name.split(".csv")[0].split(".parquet")[0]
    )
    if by_name is not None and by_name.lower() in _NO_TICKERS:
        raise CorporateActionError(
            "symbol", None, f"be given: {rows.name} does not say whose actions it holds"
        )
    read = read_yahoo(frame, symbol or by_name, market=market, currency=currency)
    read.source = rows.name
    read.rejected = [
        RejectedRow(rows.lines[one.line - 1][0], one.text, one.reason) for one in read.rejected
    ]
    if by_name is not None:
        read.notes.append(f"{rows.name}: taken for the actions of {by_name}, by the file's name")
    return read
