"""A plain table of availability, as vendors and people keep it: CSV, JSON, Parquet or a DataFrame.

Nothing is guessed from the values. What the table leaves open (a unit, the time of day of a date, which column is
which) the caller states, and everything that is missing is asked for at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shortable.clock import zone, zone_named
from shortable.errors import InvalidInputError
from shortable.importers import numbers, values
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.numbers import DecimalSign, RateUnit
from shortable.importers.rows import (
    Codes,
    Stamps,
    Symbols,
    add_snapshots,
    coded_stamps,
    one_symbol,
    read_instants,
    read_symbols,
)
from shortable.importers.source import (
    DAY_TIMES,
    MARKET,
    TIME_ZONE,
    Option,
    Parsed,
    Source,
)
from shortable.importers.sources.table_columns import (
    Found,
    find_fields,
    header_unit,
    rate_like,
    refuse_other_data,
)
from shortable.importers.sources.table_markets import market_doubt
from shortable.importers.sources.table_shapes import (
    read_matrix,
    symbol_of_name,
    time_of_name,
)
from shortable.importers.tables import Table, TableSource, is_text, open_table
from shortable.importers.times import (
    DayTime,
    Order,
    Stamp,
    Written,
    dates_of_midnights,
    find_order,
    only_dates,
    parse_stamps,
    read_time_of_day,
)
from shortable.market import Market
from shortable.symbol import Symbol

__all__ = ["SOURCE", "parse_table"]

_ORDERS: Mapping[str, Order] = {"dmy": "dmy", "mdy": "mdy", "ymd": "ymd"}
_YES = frozenset({"true", "t", "yes", "y", "1"})
_NO = frozenset({"false", "f", "no", "n", "0", ""})
_LARGEST = 10**18  # the bound of text, too


def parse_table(
    source: TableSource,
    /,
    *,
    columns: Mapping[str, str | None] | None = None,
    market: Market | str | None = None,
    symbol: str | None = None,
    symbol_from_name: bool = False,
    time: datetime | date | str | None = None,
    time_zone: str | None = None,
    publish_at: time | str | None = None,
    start_of_day: bool = False,
    date_format: str | None = None,
    rates: RateUnit | None = None,
    decimal: DecimalSign | None = None,
    complete: bool = False,
    delimiter: str | None = None,
) -> Parsed:
    """Parse a table; nothing is stored.

    A table has one row for each symbol and time, or it is a matrix of days and symbols whose cells are shares.
    Rows of one market and time are one snapshot. It is partial, so that a symbol that it does not name keeps
    what an older snapshot states, unless the caller states that each one lists all that can be borrowed.

    Parameters
    ----------
    source : path, bytes, DataFrame or pa.Table
        CSV (or another delimiter) with a header line, JSON records, Parquet, or a table in memory. Text stays text, so
        NA, NAN, TRUE and CON are tickers.
    columns : mapping of field to column, optional
        Fields: symbol, time, quantity, and, where the table has them, currency, fee_rate, rebate_rate,
        quantity_is_floor, market. Fields that are not given are found by the names that people use, in any
        case; None keeps a column from being found.
    market : Market or str, optional
        Market of rows whose symbol and market column do not state it; default the USA. If it is given, a
        symbol that states another market is rejected.
    symbol : str, optional
        Symbol of all rows, for a table without a column of symbols; default what the file's name states, where it is a
        ticker in capitals.
    symbol_from_name : bool, default False
        The symbol of all rows is the file's name, whatever its letters, without the day that it states.
    time : datetime, date or str, optional
        When all rows were known, for a table without a column of times; default what the file's name states.
    time_zone : str, optional
        IANA zone of naive times and of `publish_at`; default the market's own.
    publish_at : datetime.time or str, optional
        Time of day at which the list of a day was published, for dates without a time: ``"18:00"``.
    start_of_day : bool, default False
        Dates without a time are of lists that are published before the day begins: they count from midnight.
    date_format : str, optional
        What dates look like: "dmy", "mdy", "ymd", or as `datetime.strptime` has it. Default: one date of the column
        that leaves no doubt settles it.
    rates : "fraction", "percent" or "bps", optional
        Unit of the annual rates: 0.0025, 0.25 or 25 for a quarter of a percent. Needed where neither the cells nor the
        names of the columns state it; ``fee_rate`` and ``rebate_rate`` are fractions by their names.
    decimal : "." or ",", optional
        The decimal sign. Default: one number of the file that leaves no doubt settles it.
    complete : bool, default False
        Whether each snapshot lists all that can be borrowed, so that what it leaves out cannot.
    delimiter : str, optional
        Default: the one of ``, ; | tab`` that occurs most often in the header.

    Returns
    -------
    Parsed
        Rejected are rows whose symbol, time, quantity, rate or currency cannot be used: quantities that are
        missing, negative, NaN or fractional, times that the clock skips, and second rows for one symbol and
        time.

    Raises
    ------
    NeedsError
        The table leaves something open; the message names all of it.
    InvalidInputError
        A column that is not there, or an argument out of its bounds.
    ImportRefusedError
        The source cannot be read, holds something else than availability, or no row that can be used.

    Examples
    --------
    >>> text = b"ticker,date,shares,fee\\nNA,2021-04-23,100,0.25%\\nGME,2021-04-23,-5,\\n"
    >>> parsed = parse_table(text, publish_at="18:00")
    >>> parsed.snapshots[0][1].rows, parsed.rejects[0].line, parsed.rejects[0].reason
    (1, 3, 'quantity -5 is negative')
    >>> parse_table(text)
    Traceback (most recent call last):
    shortable.importers.needs.NeedsError: <bytes>: nothing was imported: the dates have no time of day: ...
    """
    stated = _Stated(
        columns=columns,
        market=None if market is None else Market.of(market),
        symbol=symbol,
        symbol_from_name=symbol_from_name,
        time=time,
        time_zone=time_zone,
        day_time=DayTime(read_time_of_day(publish_at), start_of_day, time_zone),
        date_format=date_format,
        rates=rates,
        decimal=decimal,
    )
    reading = _Reading(open_table(source, delimiter=delimiter), stated)
    return reading.parsed(complete=complete)


@dataclass(frozen=True)
class _Stated:
    """What the caller states."""

    columns: Mapping[str, str | None] | None
    market: Market | None
    symbol: str | None
    symbol_from_name: bool
    time: datetime | date | str | None
    time_zone: str | None
    day_time: DayTime
    date_format: str | None
    rates: RateUnit | None
    decimal: DecimalSign | None

    def __post_init__(self) -> None:
        if self.rates is not None and self.rates not in numbers.PER_UNIT:
            raise InvalidInputError("rates", self.rates, "be 'fraction', 'percent' or 'bps'")
        if self.decimal not in (None, ".", ","):
            raise InvalidInputError("decimal", self.decimal, "be '.' or ','")
        if self.day_time.at is not None and self.day_time.start_of_day:
            raise InvalidInputError(
                "publish_at", str(self.day_time.at), "be left out where start_of_day is given"
            )
        if self.time_zone is not None:
            zone(self.time_zone)


class _Reading:
    """One table, read step by step; what it leaves open is collected and asked for together."""

    def __init__(self, table: Table, stated: _Stated) -> None:
        self.table, self.stated = _without_empty_rows(table), stated
        self.needs: list[str] = []
        self.open_units: dict[str, npt.NDArray[np.float64]] = {}
        self.matrix_times: list[str] = []
        self.likely_unit: RateUnit | None = None
        self.notes: list[str] = []
        self.result = Parsed(table.name)
        self.result.rows_read = table.n_rows - self.table.n_rows
        self.result.pass_over("empty rows", self.result.rows_read)
        self.symbol, self.time = stated.symbol, stated.time
        self.found = self._find()

    def parsed(self, *, complete: bool) -> Parsed:
        """Return what the table states.

        Raises
        ------
        NeedsError
            It leaves something open.
        """
        fields, table = self.found.fields, self.table
        stamps = self._stamps()
        decimal = self._decimal()
        fee = self._rates("fee_rate", decimal)
        rebate = self._rates("rebate_rate", decimal)
        if self.open_units:
            self.needs.append(_unit_need(self.open_units, self.likely_unit))
        if self.stated.market is None and "symbol" in fields and "market" not in fields:
            doubt = market_doubt(table, self._symbols())
            self.needs += [doubt] if doubt else []
        if needs := [*self.found.needs, *self.needs]:
            raise NeedsError(table.name, needs)
        symbols = self._symbols()
        instants = read_instants(stamps, symbols)
        if self.time is not None and instants.bad:
            raise InvalidInputError(
                "time", self.time, "be a time that exists", next(iter(instants.bad.values()))
            )
        shares = _quantities(table, fields["quantity"], decimal)
        _read_floors(table, fields.get("quantity_is_floor"), shares)
        add_snapshots(self.result, table, symbols, instants, shares, fee, rebate, complete=complete)
        self.result.notes += self.notes
        return self.result

    def _find(self) -> Found:
        """Find the columns, in a matrix or by what the file's name states if need be."""
        stated, table = self.stated, self.table
        found = self._fields()
        named = {"symbol", "time", "quantity"} & set(found.fields)
        if len(named - {"quantity"}) < 2 and "quantity" not in named and not stated.columns:
            matrix = read_matrix(table, found.fields.get("time"))
            if matrix is not None:
                self.table = matrix.table
                self.result.pass_over("empty cells", matrix.n_empty)
                self.notes.append(matrix.note)
                self.matrix_times = matrix.times
                return Found(dict(matrix.fields))
        refuse_other_data(
            table.names,
            found.fields.get("quantity"),
            table.name,
            stated="quantity" in (stated.columns or {}),
        )
        if "time" not in found.fields and self.time is None:
            self.time = time_of_name(table.name)
            if self.time is not None:
                self.notes.append(f"{self.time} was read off the file's name")
        if "symbol" not in found.fields and self.symbol is None:
            self.symbol = symbol_of_name(table.name, stated=stated.symbol_from_name)
            if self.symbol is not None:
                self.notes.append(f"the symbol {self.symbol} was read off the file's name")
        return self._fields()

    def _fields(self) -> Found:
        return find_fields(
            self.table.names,
            self.stated.columns,
            source=self.table.name,
            has_time=self.time is not None,
            has_symbol=self.symbol is not None,
        )

    def _symbols(self) -> Symbols:
        if self.symbol is not None:
            one = Symbol.create(self.symbol, market=self.stated.market)
            return one_symbol(one, self.table.n_rows)
        return read_symbols(self.table, self.found.fields, self.stated.market)

    def _stamps(self) -> Stamps:
        """Return when each row was known; the needs get what that leaves open."""
        stated, n_rows = self.stated, self.table.n_rows
        codes = np.zeros(n_rows, dtype=np.int64)
        stamps: list[Stamp | str | None] = [None]
        if self.time is not None:
            stamps = [_given_time(self.time)]
        elif "time" in self.found.fields:
            stamps, codes = self._column_of_times()
        dates = only_dates(stamps)
        if dates and not stated.day_time.stated:
            self.needs.append(
                "the dates have no time of day: give "
                f"{keyword('publish_at', 'HH:MM')}, when the list of a day is published, or "
                f"{keyword('start_of_day', True)} for lists that are published before the day begins"
            )
        elif dates:
            self.notes.append(f"dates without a time count from {stated.day_time}")
        return Stamps(stamps, codes, stated.time_zone or self._named_zone(), stated.day_time)

    def _named_zone(self) -> str | None:
        """Return the zone that the name of the column of times states."""
        column = self.found.fields.get("time") if self.time is None else None
        named = zone_named(column) if column is not None else None
        if named is not None:
            self.notes.append(f"times without an offset are of {named}, as column {column!r} says")
        return named

    def _column_of_times(self) -> tuple[list[Stamp | str | None], Codes]:
        """Return the different times, and the code of each row; the needs get their order where it is open."""
        column = self.found.fields["time"]
        day = time_of_name(self.table.name)
        written, codes, lack_day = coded_stamps(self.table, column, self.found.date, day)
        if day is not None and self.found.date is None and _of_day(written, day):
            self.notes.append(f"the day {day} was read off the file's name")
        if lack_day:
            self.needs.append(
                f"column {column!r} has times of day without a date: give "
                + keyword("columns", {"time": "COLUMN"})
            )
        form = self.stated.date_format
        order, doubt = _ORDERS.get(form or ""), ""
        if order is not None:
            form = None
        elif form is None:
            order, doubt = find_order([*written, *self.matrix_times])
        if doubt:
            self.needs.append(
                f"the order of day and month ({doubt}): give {keyword('date_format', 'dmy')} or "
                f"{keyword('date_format', 'mdy')}"
            )
        stamps = parse_stamps(written, order=order or "dmy", date_format=form)
        return dates_of_midnights(stamps), codes

    def _decimal(self) -> DecimalSign:
        """Return the decimal sign; the needs get it where it is open."""
        if self.stated.decimal is not None:
            return self.stated.decimal
        fields = self.found.fields
        shares, *rates = (
            self.table.cells(fields[name]) if name in fields and self._is_written(name) else None
            for name in ("quantity", "fee_rate", "rebate_rate")
        )
        sign, doubt = numbers.find_decimal(shares, [rate for rate in rates if rate is not None])
        if sign is None:
            self.needs.append(
                f"the decimal sign ({doubt}): give {keyword('decimal', '.')} or {keyword('decimal', ',')}"
            )
        return sign or "."

    def _is_written(self, name: str) -> bool:
        """Return whether a field is text, so that people's ways of writing numbers matter."""
        return is_text(self.table.values(self.found.fields[name]).type)

    def _rates(self, name: str, decimal: DecimalSign) -> values.Rates:
        """Read a column of annual rates; the needs get its unit where nothing states it."""
        column = self.found.fields.get(name)
        if column is None:
            if name == "fee_rate":
                self._name_unread()
            return values.Rates(np.full(self.table.n_rows, np.nan))
        cells = _rate_cells(self.table, column, name, decimal)
        unit, in_words = header_unit(column, self.table.names)
        stated = self.stated.rates
        units = {unit} if in_words else set()
        units |= cells.stated
        if len(units) > 1 or (stated is not None and units and units != {stated}):
            other = f" and {keyword('rates', stated)}" if stated is not None else ""
            raise InvalidInputError(
                "rates",
                stated,
                "agree with the table",
                f"In {self.table.name}, column {column!r} states {' and '.join(sorted(map(str, units)))}{other}.",
            )
        chosen = stated or unit
        open_cells = cells.needs_unit()
        if chosen is None and open_cells.any():
            self.open_units[column] = cells.numbers[open_cells]
            self.likely_unit = next(iter(cells.stated), None)
        if name == "fee_rate":
            self._name_unread()
        return cells.as_fractions(chosen)

    def _name_unread(self) -> None:
        read = [*self.found.fields.values()]
        if unread := rate_like(self.table.names, read):
            self.notes.append(
                f"columns that look like rates and were not read: {', '.join(unread)}"
            )


def _without_empty_rows(table: Table) -> Table:
    """Return a table of text without the rows of which every cell is empty, as spreadsheets leave them at the end."""
    if table.text is None or not table.names or not table.n_rows:
        return table
    rows = np.arange(table.n_rows)
    for name in table.names:
        cells = table.cells(name).take(pa.array(rows))
        rows = rows[np.asarray(pc.equal(pc.utf8_trim_whitespace(cells), ""))]
        if not len(rows):
            return table
    return table.take(np.setdiff1d(np.arange(table.n_rows), rows))


def _unit_need(open_units: Mapping[str, npt.NDArray[np.float64]], likely: RateUnit | None) -> str:
    """Ask for the unit of columns; their values choose only the reading that is named first."""
    given = np.abs(np.concatenate(list(open_units.values())))
    low, high = float(given.min()), float(given.max())
    likely = likely or ("percent" if high > 1 else "fraction")
    others = [unit for unit in numbers.PER_UNIT if unit != likely]
    shown = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    columns = " and ".join(map(repr, open_units))
    return (
        f"the unit of {columns} ({shown}): give {keyword('rates', likely)}, which is likely, "
        f"{keyword('rates', others[0])} or {keyword('rates', others[1])}"
    )


def _of_day(written: list[Written], day: str) -> bool:
    """Return whether times were given the day of the file's name."""
    return all(isinstance(stamp, str) and stamp.startswith(f"{day} ") for stamp in written[:-1])


def _given_time(given: datetime | date | str) -> Stamp:
    """Return the one time that the caller states; a midnight that is written out is a time.

    Raises
    ------
    InvalidInputError
        It is none.
    """
    (stamp,) = parse_stamps([given])
    if stamp is None or isinstance(stamp, str):
        raise InvalidInputError("time", given, "be a date or time such as '2021-04-23 20:00'")
    return stamp


def _quantities(table: Table, column: str, decimal: DecimalSign) -> values.Quantities:
    """Read share counts out of text, whole numbers, or floats that are whole."""
    cells = table.values(column)
    kind = cells.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return numbers.read_quantities(table.cells(column), decimal)
    given = ~np.array(cells.is_null())
    if pa.types.is_integer(kind):
        raw = np.array(cells.fill_null(0))
        shares = raw.astype(np.int64)
        usable = given & (raw >= 0) & (raw <= _LARGEST)
    else:
        raw = np.array(cells.cast(pa.float64()).fill_null(np.nan))
        given &= ~np.isnan(raw)
        usable = given & (raw >= 0) & (raw <= _LARGEST) & (raw == np.floor(raw))
        shares = np.where(usable, raw, 0).astype(np.int64)
    read = values.Quantities(np.where(usable, shares, 0), usable, np.zeros(len(raw), dtype=bool))
    for row in np.flatnonzero(~usable).tolist():
        text = repr(raw[row].item())
        read.bad[row] = (
            values.quantity_fault("quantity", text) if given[row] else "quantity is missing"
        )
    return read


def _read_floors(table: Table, column: str | None, shares: values.Quantities) -> None:
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


def _rate_cells(table: Table, column: str, name: str, decimal: DecimalSign) -> numbers.RateCells:
    """Read annual rates out of text or numbers; null and NaN are missing."""
    cells = table.values(column)
    kind = cells.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return numbers.read_rates(table.cells(column), decimal, name=name)
    raw = np.array(pc.fill_null(cells.cast(pa.float64()), np.nan))
    endless = np.isinf(raw)
    bad = {row: f"{name} {raw[row]} is not finite" for row in np.flatnonzero(endless).tolist()}
    return numbers.RateCells(np.where(endless, np.nan, raw), None, bad)


SOURCE = Source(
    name="table",
    about="a table of your own or a vendor's: CSV, JSON, Parquet, one row a symbol and time, or a matrix",
    states=("availability",),
    parse=parse_table,
    columns={
        "symbol": "ticker, in any vendor's spelling",
        "time": "date and time, or a date with --publish-at",
        "quantity": "shares; >n: at least n; 2.5M is 2,500,000",
        "currency": "ISO 4217; default the market's own",
        "fee_rate": "annual rate, in the unit that its sign, name or --rates states",
        "rebate_rate": "the same",
        "quantity_is_floor": "yes or no",
        "market": "a market's name; default usa",
    },
    market=None,
    time_zone="the market's, unless --time-zone is given",
    complete="each snapshot is partial, unless --complete is given",
    published="the time of the row",
    options=(
        MARKET,
        Option("symbol", "Symbol of all rows, without a column of symbols.", metavar="SYMBOL"),
        Option("symbol_from_name", "The symbol of all rows is the file's name.", kind=bool),
        Option(
            "time",
            "When all rows were known, without a column of times.",
            kind=datetime,
            metavar="TIME",
        ),
        TIME_ZONE,
        *DAY_TIMES,
        Option(
            "date_format",
            "What dates look like: dmy, mdy, ymd or %d.%m.%Y. Default: settled by the column.",
            metavar="FORMAT",
        ),
        Option(
            "columns",
            "Which column is which; may be repeated.",
            kind=dict,
            metavar="FIELD=COLUMN",
            flag="--column",
        ),
        Option(
            "rates",
            "Unit of rates that state none.",
            choices=("percent", "fraction", "bps"),
        ),
        Option("decimal", "Decimal sign. Default: settled by the file.", choices=(".", ",")),
        Option("complete", "Each snapshot lists all that can be borrowed.", kind=bool),
        Option("delimiter", "What separates cells. Default: found in the header.", metavar="C"),
    ),
)
