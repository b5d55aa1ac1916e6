"""Rows of availability to snapshots: the symbol and instant of each row, and one snapshot a market and instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shortable.errors import ImportRefusedError, InvalidInputError, SymbolError
from shortable.importers import values
from shortable.importers.report import Reject
from shortable.importers.source import Parsed
from shortable.importers.tables import Table
from shortable.importers.times import coded_times, read_instant
from shortable.market import Market
from shortable.store import make_snapshot
from shortable.symbol import Symbol, line_currency

__all__ = ["Codes", "Instants", "Symbols", "add_snapshots", "read_instants", "read_symbols"]

Codes = npt.NDArray[np.int64]


@dataclass
class Symbols:
    """The symbol of every row, and reasons by row.

    Attributes
    ----------
    named : list of Symbol
        The different symbols.
    of_row : ndarray of int64
        Position in `named` of every row's symbol, 0 where it has none.
    """

    named: list[Symbol]
    of_row: Codes
    bad: dict[int, str] = field(default_factory=dict)


@dataclass
class Instants:
    """The instant from which every row was known, 0 where it has none, and reasons by row."""

    of_row: Codes
    bad: dict[int, str] = field(default_factory=dict)


def read_symbols(table: Table, fields: Mapping[str, str], market: Market | None) -> Symbols:
    """Read the symbols of a table, with the market and currency that their columns state.

    Parameters
    ----------
    table : Table
        The rows.
    fields : mapping of str to str
        The columns "symbol" and, where the table has them, "currency" and "market".
    market : Market or None
        Market of rows without one of their own.
    """
    read = table.symbols(fields["symbol"])
    texts, code = _coded(read.values)
    currencies, currency_code = _coded_optional(table, fields.get("currency"), len(code))
    markets, market_code = _coded_optional(table, fields.get("market"), len(code))
    mixed = (code * len(currencies) + currency_code) * len(markets) + market_code
    different, of_row = np.unique(mixed, return_inverse=True)
    named: dict[Symbol, int] = {}
    number = np.zeros(len(different), dtype=np.int64)
    wrong: dict[int, str] = {}
    for at, both in enumerate(different.tolist()):
        rest, market_at = divmod(both, len(markets))
        text_at, currency_at = divmod(rest, len(currencies))
        try:
            stated = Market(markets[market_at]) if markets[market_at] else market
            symbol = Symbol.create(
                texts[text_at],
                market=stated,
                currency=line_currency(text) if (text := currencies[currency_at]) else None,
            )
            number[at] = named.setdefault(symbol, len(named))
        except SymbolError as error:
            wrong[at] = str(error)
    bad = dict(read.bad)
    for row in _rows_of(wrong, of_row):
        bad.setdefault(row, wrong[int(of_row[row])])
    return Symbols(list(named), number[of_row], bad)


def _coded(column: pa.Array) -> tuple[list[str], Codes]:
    coded = column.fill_null("").dictionary_encode()
    return coded.dictionary.to_pylist(), np.array(coded.indices, dtype=np.int64)


def _coded_optional(table: Table, column: str | None, rows: int) -> tuple[list[str], Codes]:
    if column is None:
        return [""], np.zeros(rows, dtype=np.int64)
    texts, code = _coded(table.cells(column))
    return [text.strip() for text in texts], code


def read_instants(
    table: Table,
    column: str | None,
    time: datetime | date | str | None,
    time_zone: str | None,
    symbols: Symbols,
) -> Instants:
    """Read from when each row was known: off its own column, or one time for all rows.

    Parameters
    ----------
    table : Table
        The rows.
    column : str or None
        The column of times.
    time : datetime, date or str, optional
        When all rows were known, in place of a column.
    time_zone : str or None
        Zone of times without an offset; None for the clock of each row's market.
    symbols : Symbols
        The symbols of the rows.
    """
    if not symbols.named:
        return Instants(np.zeros(len(symbols.of_row), dtype=np.int64))
    if time is not None or column is None:
        stamps: list[Any] = [time]
        code = np.zeros(len(symbols.of_row), dtype=np.int64)
    else:
        stamps, indices = coded_times(table.values(column))
        code = np.array(indices.fill_null(len(stamps)), dtype=np.int64)
        stamps = [*stamps, None]
    # A wall time is an instant only together with the market on whose clock it is read.
    clocks = list(dict.fromkeys(symbol.market for symbol in symbols.named))
    clock_of_symbol = np.array([clocks.index(s.market) for s in symbols.named], dtype=np.int64)
    mixed = code * len(clocks) + clock_of_symbol[symbols.of_row]
    different, of_row = np.unique(mixed, return_inverse=True)
    read = np.zeros(len(different), dtype=np.int64)
    wrong: dict[int, str] = {}
    for at, both in enumerate(different.tolist()):
        stamp = stamps[both // len(clocks)]
        answer = (
            "the time is missing"
            if stamp is None
            else read_instant(stamp, clocks[both % len(clocks)], time_zone)
        )
        if isinstance(answer, int):
            read[at] = answer
        else:
            wrong[at] = answer
    if wrong and time is not None:
        raise InvalidInputError("time", time, "be a time that exists", next(iter(wrong.values())))
    return Instants(read[of_row], {row: wrong[int(of_row[row])] for row in _rows_of(wrong, of_row)})


def _rows_of(wrong: Mapping[int, str], of_row: Codes) -> list[int]:
    rows: list[int] = np.flatnonzero(np.isin(of_row, list(wrong))).tolist() if wrong else []
    return rows


def add_snapshots(
    parsed: Parsed,
    table: Table,
    symbols: Symbols,
    instants: Instants,
    quantities: values.Quantities,
    fee: values.Rates,
    rebate: values.Rates,
    *,
    complete: bool,
) -> None:
    """Add the rows of a table to what was parsed: snapshots of those that can be used, rejects of the others.

    Parameters
    ----------
    parsed : Parsed
        Gets the snapshots, the rejects and the number of rows.
    table : Table
        The rows.
    symbols, instants, quantities, fee, rebate
        What was read of each row.
    complete : bool
        Whether each snapshot lists all that can be borrowed.

    Raises
    ------
    ImportRefusedError
        No row can be used.
    """
    bad = values.reasons(symbols, instants, quantities, fee, rebate)
    usable = np.ones(table.n_rows, dtype=bool)
    usable[list(bad)] = False
    rows = pa.table(
        {
            "quantity": quantities.array(),
            "quantity_is_floor": pa.array(quantities.floor),
            "fee_rate": fee.array(),
            "rebate_rate": rebate.array(),
        }
    )
    for market, as_of, group in _groups(symbols, instants, usable, bad, table):
        names = [symbols.named[code] for code in symbols.of_row[group].tolist()]
        part = rows.take(pa.array(group))
        part = part.append_column("symbol", pa.array([s.ticker for s in names], pa.string()))
        part = part.append_column("currency", pa.array([s.currency for s in names], pa.string()))
        parsed.snapshots.append(
            (market, make_snapshot(as_of, part, complete=complete, market=market))
        )
    parsed.rows_read += table.n_rows
    rejects = [
        Reject(table.name, *table.locate(row), reason) for row, reason in sorted(bad.items())
    ]
    if table.text is not None:
        parsed.rows_read += table.text.n_malformed
        fault = f"the row does not have the header's {len(table.names)} cells"
        rejects += [Reject(table.name, line, text, fault) for line, text in table.text.malformed]
        rejects.sort(key=lambda reject: reject.line)
    parsed.rejects += rejects
    if not parsed.snapshots:
        first = parsed.rejects[0]
        raise ImportRefusedError(
            f"{table.name}: no row can be used; line {first.line}: {first.reason}"
        )


def _groups(
    symbols: Symbols,
    instants: Instants,
    usable: npt.NDArray[np.bool_],
    bad: dict[int, str],
    table: Table,
) -> list[tuple[Market, int, Codes]]:
    """Group the usable rows by market and time; second rows for one symbol and time go to `bad`."""
    rows = np.flatnonzero(usable)
    if not len(rows):
        return []
    markets = list(dict.fromkeys(s.market for s in symbols.named))
    market_of_symbol = np.array([markets.index(s.market) for s in symbols.named], dtype=np.int64)
    symbol, instant = symbols.of_row[rows], instants.of_row[rows]
    market = market_of_symbol[symbol]
    order = np.lexsort((rows, symbol, instant, market))
    rows, symbol, instant, market = rows[order], symbol[order], instant[order], market[order]
    new_group = np.ones(len(rows), dtype=bool)
    new_group[1:] = (market[1:] != market[:-1]) | (instant[1:] != instant[:-1])
    first = new_group.copy()
    first[1:] |= symbol[1:] != symbol[:-1]
    firsts = rows[np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0))]
    for at in np.flatnonzero(~first).tolist():
        line, _ = table.locate(int(firsts[at]))
        name = symbols.named[int(symbol[at])]
        bad[int(rows[at])] = f"duplicate of line {line}: {name} at the same time"
    rows, new_group, market, instant = rows[first], new_group[first], market[first], instant[first]
    starts = np.flatnonzero(new_group)
    return [
        (markets[int(market[start])], int(instant[start]), group)
        for start, group in zip(starts.tolist(), np.split(rows, starts[1:]), strict=True)
    ]
