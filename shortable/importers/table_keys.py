"""Which symbol and which snapshot each row of a plain table belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shortable.errors import InvalidInputError, SymbolError
from shortable.importers.tabular import Tabular
from shortable.importers.times import coded_times, read_instant
from shortable.market import Market
from shortable.symbol import Symbol

__all__ = ["Codes", "Faults", "group_rows", "read_instants", "read_symbols"]

Codes = npt.NDArray[np.int64]


class Faults(dict[int, str]):
    """Reasons by row, as the columns of `cells` carry them."""

    @property
    def bad(self) -> dict[int, str]:
        """The reasons."""
        return self


def read_symbols(
    table: Tabular, fields: Mapping[str, str], default: Market | None
) -> tuple[list[Symbol], Codes, Faults]:
    """Return the different symbols, the symbol of every row (0 where it has none), and the faults."""
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
            said = Market(markets[market_at]) if markets[market_at] else default
            symbol = Symbol.create(
                texts[text_at], market=said, currency=currencies[currency_at] or None
            )
            number[at] = named.setdefault(symbol, len(named))
        except SymbolError as error:
            wrong[at] = str(error)
    faults = Faults(read.bad)
    if wrong:
        for row in np.flatnonzero(np.isin(of_row, list(wrong))).tolist():
            faults.setdefault(row, wrong[int(of_row[row])])
    return list(named), number[of_row], faults


def _coded(values: pa.Array) -> tuple[list[str], Codes]:
    coded = values.fill_null("").dictionary_encode()
    return coded.dictionary.to_pylist(), np.array(coded.indices, dtype=np.int64)


def _coded_optional(table: Tabular, column: str | None, rows: int) -> tuple[list[str], Codes]:
    if column is None:
        return [""], np.zeros(rows, dtype=np.int64)
    texts, code = _coded(table.cells(column))
    return [text.strip() for text in texts], code


def read_instants(
    table: Tabular,
    fields: Mapping[str, str],
    time: datetime | date | str | None,
    time_zone: str | None,
    markets: list[Market],
    symbol_of_row: Codes,
) -> tuple[Codes, Faults]:
    """Return the instant of every row, 0 where it has none, and the faults."""
    if not markets:
        return np.zeros(len(symbol_of_row), dtype=np.int64), Faults()
    if time is not None:
        values: list[Any] = [time]
        code = np.zeros(len(symbol_of_row), dtype=np.int64)
    else:
        values, indices = coded_times(table.values(fields["time"]))
        code = np.array(indices.fill_null(len(values)), dtype=np.int64)
        values = [*values, None]
    # A wall time is an instant only together with the market on whose clock it is read.
    clocks = list(dict.fromkeys(markets))
    clock_of_symbol = np.array([clocks.index(market) for market in markets], dtype=np.int64)
    mixed = code * len(clocks) + clock_of_symbol[symbol_of_row]
    different, of_row = np.unique(mixed, return_inverse=True)
    read = np.zeros(len(different), dtype=np.int64)
    wrong: dict[int, str] = {}
    for at, both in enumerate(different.tolist()):
        value = values[both // len(clocks)]
        answer = (
            "the time is missing"
            if value is None
            else read_instant(value, clocks[both % len(clocks)], time_zone)
        )
        if isinstance(answer, int):
            read[at] = answer
        else:
            wrong[at] = answer
    faults = Faults()
    if wrong and time is not None:
        raise InvalidInputError("time", time, "be a time that exists", next(iter(wrong.values())))
    if wrong:
        faults.update(
            {
                row: wrong[int(of_row[row])]
                for row in np.flatnonzero(np.isin(of_row, list(wrong))).tolist()
            }
        )
    return read[of_row], faults


def group_rows(
    named: list[Symbol],
    symbol_of_row: Codes,
    instants: Codes,
    usable: npt.NDArray[np.bool_],
    bad: dict[int, str],
    table: Tabular,
) -> list[tuple[Market, int, Codes]]:
    """Group the usable rows by market and time; second rows for one symbol and time go to `bad`."""
    rows = np.flatnonzero(usable)
    if not len(rows):
        return []
    order_of = {market: at for at, market in enumerate(dict.fromkeys(s.market for s in named))}
    market_of_symbol = np.array([order_of[s.market] for s in named], dtype=np.int64)
    symbol, instant = symbol_of_row[rows], instants[rows]
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
        bad[int(rows[at])] = f"duplicate of line {line}: {named[int(symbol[at])]} at the same time"
    markets = list(order_of)
    rows, new_group, market, instant = rows[first], new_group[first], market[first], instant[first]
    starts = np.flatnonzero(new_group)
    return [
        (markets[int(market[start])], int(instant[start]), group)
        for start, group in zip(starts.tolist(), np.split(rows, starts[1:]), strict=True)
    ]
