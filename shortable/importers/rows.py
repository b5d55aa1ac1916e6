"""Rows of availability to snapshots: the symbol and instant of each row, and one snapshot a market and instant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shortable.errors import SymbolError
from shortable.importers import values
from shortable.importers.figures import refuse_without_rows
from shortable.importers.report import Reject
from shortable.importers.source import Parsed
from shortable.importers.tables import Table
from shortable.importers.times import (
    DayTime,
    Stamp,
    Written,
    coded_times,
    is_time_of_day,
    read_instant,
)
from shortable.market import Market
from shortable.store import make_snapshot
from shortable.symbol import Symbol, line_currency

__all__ = [
    "Codes",
    "Instants",
    "Stamps",
    "Symbols",
    "add_snapshots",
    "coded_stamps",
    "one_symbol",
    "read_instants",
    "read_symbols",
]

Codes = npt.NDArray[np.int64]


@dataclass
class Symbols:
    """The symbol of every row, and reasons by row.

    Attributes
    ----------
    named : list of Symbol
        The different symbols.
    of_row : ndarray of int64
        Position in `named` of every row's symbol, −1 where it has none.
    market : Market
        Market of rows whose symbol cannot be read.
    text : callable
        Row to the text of its symbol.
    column : str
        Column of the symbols; empty where there is none.
    """

    named: list[Symbol]
    of_row: Codes
    market: Market
    text: Callable[[int], str]
    column: str = ""
    bad: dict[int, str] = field(default_factory=dict)

    def tickers(self, row: int) -> list[str]:
        """Return the tickers that a row may be of."""
        code = int(self.of_row[row])
        return [self.named[code].ticker] if code >= 0 else values.nearest_tickers(self.text(row))


@dataclass
class Stamps:
    """When every row was known, as it is written.

    Attributes
    ----------
    different : sequence
        The different stamps: a time, a date, text that says what is wrong, or None.
    of_row : ndarray of int64
        Position in `different` of every row's stamp.
    time_zone : str or None
        Zone of times without an offset; None for the clock of each row's market.
    day_time : DayTime
        From which time of its day a date without a time counts.
    """

    different: Sequence[Stamp | str | None]
    of_row: Codes
    time_zone: str | None = None
    day_time: DayTime = field(default_factory=DayTime)

    def instant(self, code: int, market: Market) -> int | str:
        """Return the instant that a stamp means in a market, or why it is none."""
        stamp = self.different[code]
        if stamp is None:
            return "the time is missing"
        if isinstance(stamp, str):
            return stamp
        return read_instant(stamp, market, self.time_zone, self.day_time)


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
    number = np.full(len(different), -1, dtype=np.int64)
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
    return Symbols(
        list(named),
        number[of_row],
        market or Market.USA,
        lambda row: str(read.values[row].as_py() or ""),
        fields["symbol"],
        bad,
    )


def coded_stamps(
    table: Table, column: str, date_column: str | None = None, day: str | None = None
) -> tuple[list[Written], Codes, bool]:
    """Return when the rows were known, as it is written.

    Parameters
    ----------
    table : Table
        The rows.
    column : str
        The column of times; it may hold times of day alone.
    date_column : str, optional
        The column of days beside such times of day.
    day : str, optional
        The day of such times of day where there is no such column.

    Returns
    -------
    list, ndarray of int64, bool
        The different stamps, the last of which is None; the code of each row; whether they lack a day.
    """
    stamps, codes = _coded_values(table, column)
    clocks = [stamp for stamp in stamps if stamp is not None]
    if not clocks or not all(map(is_time_of_day, clocks)):
        return stamps, codes, False
    if date_column is None and day is not None and len(day) == len("2021-04-23"):
        return [None if at is None else f"{day} {at}" for at in stamps], codes, False
    if date_column is None:
        return stamps, codes, True
    days, day_codes = _coded_values(table, date_column)
    different, of_row = np.unique(day_codes * len(stamps) + codes, return_inverse=True)
    joined: list[Written] = []
    for both in different.tolist():
        day, clock = days[both // len(stamps)], stamps[both % len(stamps)]
        text = str(day).strip().removesuffix(" 00:00:00")
        joined.append(None if day is None else text if clock is None else f"{text} {clock}")
    return [*joined, None], of_row.astype(np.int64), False


def _coded_values(table: Table, column: str) -> tuple[list[Written], Codes]:
    """Return the different values of a column, empty text and the last as None, and the code of each row."""
    different, indices = coded_times(table.values(column))
    codes = np.array(indices.fill_null(len(different)), dtype=np.int64)
    return [*(None if value == "" else value for value in different), None], codes


def one_symbol(symbol: Symbol, rows: int) -> Symbols:
    """Return the symbols of a table that is of one symbol only."""
    return Symbols([symbol], np.zeros(rows, dtype=np.int64), symbol.market, lambda _: symbol.ticker)


def _coded(column: pa.Array) -> tuple[list[str], Codes]:
    coded = column.fill_null("").dictionary_encode()
    return coded.dictionary.to_pylist(), np.array(coded.indices, dtype=np.int64)


def _coded_optional(table: Table, column: str | None, rows: int) -> tuple[list[str], Codes]:
    if column is None:
        return [""], np.zeros(rows, dtype=np.int64)
    texts, code = _coded(table.cells(column))
    return [text.strip() for text in texts], code


def read_instants(stamps: Stamps, symbols: Symbols) -> Instants:
    """Return from when each row was known: a wall time is an instant only on the clock of its market."""
    clocks = list(dict.fromkeys([*(symbol.market for symbol in symbols.named), symbols.market]))
    clock_of_symbol = np.array(
        [clocks.index(market) for market in (*(s.market for s in symbols.named), symbols.market)],
        dtype=np.int64,
    )
    # The last one is the clock of rows without a symbol, whose code is −1.
    mixed = stamps.of_row * len(clocks) + clock_of_symbol[symbols.of_row]
    different, of_row = np.unique(mixed, return_inverse=True)
    read = np.zeros(len(different), dtype=np.int64)
    wrong: dict[int, str] = {}
    for at, both in enumerate(different.tolist()):
        answer = stamps.instant(both // len(clocks), clocks[both % len(clocks)])
        if isinstance(answer, int):
            read[at] = answer
        else:
            wrong[at] = answer
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
        Whether each snapshot lists all that can be borrowed. The symbols of its rejects are then unknown in it (S3).

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
    unreadable = _unreadable(symbols, instants, bad) if complete else {}
    # A line without the header's cells may be of any snapshot of the file.
    lost = {
        ticker
        for _, line in (table.malformed if complete else ())
        for ticker in values.nearest_tickers(table.cell_of_line(line, symbols.column))
    }
    for market, as_of, group in _groups(symbols, instants, usable, bad, table):
        names = [symbols.named[code] for code in symbols.of_row[group].tolist()]
        part = rows.take(pa.array(group))
        part = part.append_column("symbol", pa.array([s.ticker for s in names], pa.string()))
        part = part.append_column("currency", pa.array([s.currency for s in names], pa.string()))
        unknown = (unreadable.get((market, as_of), set()) | lost) - {s.ticker for s in names}
        snapshot = make_snapshot(
            as_of, part, complete=complete, market=market, unreadable=sorted(unknown)
        )
        parsed.snapshots.append((market, snapshot))
    parsed.rows_read += table.n_rows
    rejects = [
        Reject(table.name, *table.locate(row), reason) for row, reason in sorted(bad.items())
    ]
    if table.malformed:
        parsed.rows_read += len(table.malformed)
        fault = f"the row does not have the header's {len(table.names)} cells"
        rejects += [Reject(table.name, line, text, fault) for line, text in table.malformed]
        rejects.sort(key=lambda reject: reject.line)
    parsed.rejects += rejects
    refuse_without_rows(parsed, len(parsed.snapshots))


def _unreadable(
    symbols: Symbols, instants: Instants, bad: Mapping[int, str]
) -> dict[tuple[Market, int], set[str]]:
    """Return the tickers that the rejected rows of each market and instant may be of."""
    found: dict[tuple[Market, int], set[str]] = {}
    for row in bad:
        if row not in instants.bad:
            code = int(symbols.of_row[row])
            market = symbols.named[code].market if code >= 0 else symbols.market
            key = (market, int(instants.of_row[row]))
            found.setdefault(key, set()).update(symbols.tickers(row))
    return found


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
    starts = np.flatnonzero(new_group).tolist()
    return [
        (markets[int(market[start])], int(instant[start]), rows[start:end])
        for start, end in pairwise([*starts, len(rows)])
    ]
