"""A plain table of availability: one row a symbol and time, from CSV, Parquet or a DataFrame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from shortable.clock import zone
from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers import cells
from shortable.importers.base import Parsed, Progress, Reject, save
from shortable.importers.report import ImportReport
from shortable.importers.table_columns import find_fields
from shortable.importers.table_keys import group_rows, read_instants, read_symbols
from shortable.importers.table_values import floor_column, quantity_column, rate_column
from shortable.importers.tabular import TableSource, open_table
from shortable.market import Market
from shortable.store import check_broker, make_snapshot

__all__ = ["import_table", "parse_table"]

RateUnit = Literal["fraction", "percent"]
_PER_UNIT = {"fraction": 1.0, "percent": 100.0}


def import_table(
    source: TableSource | Sequence[TableSource],
    *,
    broker: str,
    columns: Mapping[str, str | None] | None = None,
    market: Market | str | None = None,
    time: datetime | date | str | None = None,
    time_zone: str | None = None,
    rates: RateUnit = "fraction",
    complete: bool = False,
    delimiter: str | None = None,
    data_folder: str | Path | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a table with one row for each symbol and time.

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
    data_folder : path, optional
        Default: the environment's ``SHORTABLE_DATA``, else ``./data``.
    replace : bool, default False
        Replace different snapshots of the same times instead of refusing.
    progress : callable, optional
        Called with ("read" or "write", done, total).

    Returns
    -------
    ImportReport
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
        A source cannot be read or holds no row that can be used; nothing was stored.
    SnapshotConflictError
        The store holds a different snapshot of one of the times. A table of several markets is written
        market by market, and those written before stay.
    """
    check_broker(broker)
    given: Sequence[Any] = source if isinstance(source, (list, tuple)) else [source]
    if not given:
        raise ImportRefusedError("source: none was given; name at least one table")
    parsed = []
    for done, one in enumerate(given):
        if progress is not None:
            progress("read", done, len(given))
        parsed.append(
            parse_table(
                one,
                columns=columns,
                market=market,
                time=time,
                time_zone=time_zone,
                rates=rates,
                complete=complete,
                delimiter=delimiter,
            )
        )
    if progress is not None:
        progress("read", len(given), len(given))
    return save(parsed, broker, data_folder=data_folder, replace=replace, progress=progress)


def parse_table(
    source: TableSource,
    *,
    columns: Mapping[str, str | None] | None = None,
    market: Market | str | None = None,
    time: datetime | date | str | None = None,
    time_zone: str | None = None,
    rates: RateUnit = "fraction",
    complete: bool = False,
    delimiter: str | None = None,
) -> Parsed:
    """Parse a table; nothing is stored. See `import_table`.

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
    named, of_row, symbol_faults = read_symbols(table, fields, default)
    instants, time_faults = read_instants(
        table, fields, time, time_zone, [s.market for s in named], of_row
    )
    shares = quantity_column(table, fields["quantity"])
    floor = floor_column(table, fields.get("quantity_is_floor"), shares.floor)
    per_unit = _PER_UNIT[rates]
    fee = rate_column(table, fields.get("fee_rate"), "fee_rate", per_unit)
    rebate = rate_column(table, fields.get("rebate_rate"), "rebate_rate", per_unit)
    bad = cells.reasons(symbol_faults, time_faults, shares, floor, fee, rebate)
    usable = np.ones(table.n_rows, dtype=bool)
    usable[list(bad)] = False
    rows = pa.table(
        {
            "quantity": shares.array(),
            "quantity_is_floor": pa.array(floor.values),
            "fee_rate": fee.array(),
            "rebate_rate": rebate.array(),
        }
    )
    parsed = Parsed(table.name, rows_read=table.n_rows)
    for where, as_of, group in group_rows(named, of_row, instants, usable, bad, table):
        symbols = [named[code] for code in of_row[group].tolist()]
        part = rows.take(pa.array(group))
        part = part.append_column("symbol", pa.array([s.ticker for s in symbols], pa.string()))
        part = part.append_column("currency", pa.array([s.currency for s in symbols], pa.string()))
        parsed.snapshots.append(
            (where, make_snapshot(as_of, part, complete=complete, market=where))
        )
    parsed.rejects = [
        Reject(table.name, *table.locate(row), reason) for row, reason in sorted(bad.items())
    ]
    if table.text is not None:
        parsed.rows_read = table.text.n_lines
        fault = f"the row does not have the header's {len(table.names)} cells"
        parsed.rejects += [
            Reject(table.name, line, text, fault) for line, text in table.text.malformed
        ]
        parsed.rejects.sort(key=lambda reject: reject.line)
    if not parsed.snapshots:
        first = parsed.rejects[0]
        raise ImportRefusedError(
            f"{table.name}: no row can be used; line {first.line}: {first.reason}"
        )
    return parsed
