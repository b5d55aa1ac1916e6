"""A plain table of availability: one row a symbol and time, from CSV, Parquet or a DataFrame."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.clock import zone
from shortable.errors import InvalidInputError
from shortable.importers import values as cells
from shortable.importers.rows import add_snapshots, read_instants, read_symbols
from shortable.importers.source import MARKET, TIME_ZONE, Option, Parsed, Source
from shortable.importers.sources.table_columns import find_fields
from shortable.importers.tables import Table, TableSource, is_text, open_table
from shortable.market import Market

__all__ = ["SOURCE", "parse_table"]

RateUnit = Literal["fraction", "percent"]
_PER_UNIT = {"fraction": 1.0, "percent": 100.0}
_YES = frozenset({"true", "t", "yes", "y", "1"})
_NO = frozenset({"false", "f", "no", "n", "0", ""})
_LARGEST = 10**18  # the bound of text, too


def parse_table(
    source: TableSource,
    /,
    *,
    columns: Mapping[str, str | None] | None = None,
    market: Market | str | None = None,
    time: datetime | date | str | None = None,
    time_zone: str | None = None,
    rates: RateUnit = "fraction",
    complete: bool = False,
    delimiter: str | None = None,
) -> Parsed:
    """Parse a table with one row for each symbol and time; nothing is stored.

    Rows of one market and time are one snapshot. It is partial, so that a symbol that it does not name keeps
    what an older snapshot says, unless the caller says that each one lists all that can be borrowed.

    Parameters
    ----------
    source : path, bytes, DataFrame or pa.Table, or a sequence of them
        CSV (or another delimiter) with a header line, Parquet, or a table in memory. Nothing in it is
        guessed: text stays text, so NA, NAN, TRUE and CON are tickers.
    broker : str
        Store to write.
    columns : mapping of field to column, optional
        Fields: symbol, time, quantity, and, where the table has them, currency, fee_rate, rebate_rate,
        quantity_is_floor, market. Fields that are not given are found by the names that people use, in any
        case; None keeps a column from being found.
    market : Market or str, optional
        Market of rows whose symbol and market column do not say it; default the USA. If it is given, a
        symbol that says another market is rejected.
    time : datetime, date or str, optional
        When all rows were known, for a table without a column of times.
    time_zone : str, optional
        IANA zone of naive times; default the market's own. A date alone means midnight on the market's own
        clock.
    rates : "fraction" or "percent", default "fraction"
        Unit of the annual rates: 0.0025 or 0.25 for a quarter of a percent.
    complete : bool, default False
        Whether each snapshot lists all that can be borrowed, so that what it leaves out cannot.
    delimiter : str, optional
        Default: the one of ``, ; | tab`` that the header holds most of.

    Returns
    -------
    Parsed
        Rejected are rows whose symbol, time, quantity, rate or currency cannot be used: quantities that are
        missing, negative, NaN or fractional, times that the clock skips, and second rows for one symbol and
        time.

    Raises
    ------
    InvalidInputError
        A column that is not there, or an argument out of its bounds.
    TimeError
        There is no such time zone.
    ImportRefusedError
        The source cannot be read or holds no row that can be used.

    Examples
    --------
    >>> parsed = parse_table(b"ticker,date,shares\\nNA,2021-04-23,100\\nGME,2021-04-23,-5\\n")
    >>> parsed.snapshots[0][1].rows, parsed.rejects[0].line, parsed.rejects[0].reason
    (1, 3, 'quantity -5 is negative')
    """
    if rates not in _PER_UNIT:
        raise InvalidInputError("rates", rates, "be 'fraction' or 'percent'")
    if time_zone is not None:
        zone(time_zone)
    default = None if market is None else Market(market)
    table = open_table(source, delimiter=delimiter)
    fields = find_fields(table.names, columns, source=table.name, has_time=time is not None)
    symbols = read_symbols(table, fields, default)
    instants = read_instants(table, fields.get("time"), time, time_zone, symbols)
    shares = _quantities(table, fields["quantity"])
    _read_floors(table, fields.get("quantity_is_floor"), shares)
    fee = _rates(table, fields.get("fee_rate"), "fee_rate", _PER_UNIT[rates])
    rebate = _rates(table, fields.get("rebate_rate"), "rebate_rate", _PER_UNIT[rates])
    parsed = Parsed(table.name)
    add_snapshots(parsed, table, symbols, instants, shares, fee, rebate, complete=complete)
    return parsed


def _quantities(table: Table, column: str) -> cells.Quantities:
    """Read share counts out of text (where ``>n`` is a floor), whole numbers, or floats that are whole."""
    values = table.values(column)
    kind = values.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return cells.quantities(table.cells(column), name="quantity", empty="is missing")
    given = ~np.array(values.is_null())
    if pa.types.is_integer(kind):
        raw = np.array(values.fill_null(0))
        shares = raw.astype(np.int64)
        usable = given & (raw >= 0) & (raw <= _LARGEST)
    else:
        raw = np.array(values.cast(pa.float64()).fill_null(np.nan))
        given &= ~np.isnan(raw)
        usable = given & (raw >= 0) & (raw <= _LARGEST) & (raw == np.floor(raw))
        shares = np.where(usable, raw, 0).astype(np.int64)
    read = cells.Quantities(np.where(usable, shares, 0), usable, np.zeros(len(raw), dtype=bool))
    for row in np.flatnonzero(~usable).tolist():
        text = repr(raw[row].item())
        read.bad[row] = (
            cells.quantity_fault("quantity", text) if given[row] else "quantity is missing"
        )
    return read


def _read_floors(table: Table, column: str | None, shares: cells.Quantities) -> None:
    """Add whether quantities are floors, in a column of yes and no, to what the quantities state (``>n``)."""
    if column is None:
        return
    flags = table.values(column)
    if pa.types.is_boolean(flags.type):
        shares.floor |= np.array(flags.fill_null(False))
        return
    for row, text in enumerate(table.cells(column).to_pylist()):
        word = text.strip().lower().removesuffix(".0")
        if word in _YES:
            shares.floor[row] = True
        elif word not in _NO:
            reason = f"quantity_is_floor {text!r} is neither true nor false"
            shares.bad[row] = f"{shares.bad[row]}; {reason}" if row in shares.bad else reason


def _rates(table: Table, column: str | None, name: str, per_unit: float) -> cells.Rates:
    """Read annual rates out of text or numbers; null and NaN are missing."""
    if column is None:
        return cells.Rates(np.full(table.n_rows, np.nan))
    values = table.values(column)
    if is_text(values.type) or pa.types.is_boolean(values.type) or not _is_number(values.type):
        return cells.rates(table.cells(column), name=name, per_unit=per_unit)
    raw = np.array(pc.fill_null(values.cast(pa.float64()), np.nan))
    endless = np.isinf(raw)
    bad = {row: f"{name} {raw[row]} is not finite" for row in np.flatnonzero(endless).tolist()}
    return cells.Rates(cells.fractions(np.where(endless, np.nan, raw), per_unit), bad)


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


SOURCE = Source(
    name="table",
    about="a CSV or Parquet table with one row for each symbol and time",
    states=("availability",),
    parse=parse_table,
    columns={
        "symbol": "ticker, in any vendor's spelling",
        "time": "ISO 8601; a date alone counts from its midnight",
        "quantity": "shares; >n: at least n",
        "currency": "ISO 4217; default the market's own",
        "fee_rate": "annual fraction, or percent",
        "rebate_rate": "annual fraction, or percent",
        "quantity_is_floor": "yes or no",
        "market": "a market's name; default usa",
    },
    market=None,
    time_zone="the market's",
    complete="each snapshot is partial unless `complete` is given",
    published="the time of the row",
    options=(
        MARKET,
        Option(
            "time",
            "When all rows were known, without a column of times.",
            kind=datetime,
            metavar="TIME",
        ),
        TIME_ZONE,
        Option(
            "columns",
            "Which column is which; may be repeated.",
            kind=dict,
            metavar="FIELD=COLUMN",
            flag="--column",
        ),
        Option("rates", "Unit of the rates. Default: fraction.", choices=("fraction", "percent")),
        Option("complete", "Each snapshot lists all that can be borrowed.", kind=bool),
        Option("delimiter", "What separates cells. Default: found in the header.", metavar="C"),
    ),
)
