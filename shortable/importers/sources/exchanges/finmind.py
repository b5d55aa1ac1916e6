"""FinMind, which passes on Taiwan's figures as JSON or DataFrames: lending transactions, short balances, suspensions of margin short sales."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import time

from shortable.errors import ImportRefusedError
from shortable.importers.cells import (
    CellReader,
    Cells,
    arrays_of,
    json_cells,
    read_code,
    read_day,
    read_number,
    read_shares,
)
from shortable.importers.figures import (
    PUBLISHED,
    Published,
    at_time_of_day,
    figures_table,
    known_from,
    midnight_after,
    parsed_figures,
    refuse_without_rows,
)
from shortable.importers.files import File, SourceFile, read_file, source_name
from shortable.importers.headers import malformed_rejects
from shortable.importers.report import Reject
from shortable.importers.source import Option, Parsed, Source
from shortable.importers.tables import TableSource, open_table
from shortable.market import Market
from shortable.store import LENDING, RESTRICTIONS, SHORT_BALANCES

__all__ = ["SOURCE", "parse_finmind"]

_TAIWAN = Market.TAIWAN
_CODE = read_code(_TAIWAN, "[0-9A-Z]{4,7}")
_LOT = 1000
"""Shares in a lot, in which `TaiwanStockSecuritiesLending` counts."""
_TYPES = {"議借": "negotiated", "競價": "competitive", "定價": "fixed"}
_LOANS = (
    "date",
    "stock_id",
    "transaction_type",
    "volume",
    "fee_rate",
    "close",
    "original_return_date",
)
_BOOKS = {
    "borrowed": {
        "previous": "SBLShortSalesPreviousDayBalance",
        "sold": "SBLShortSalesShortSales",
        "covered": "SBLShortSalesReturns",
        "adjusted": "SBLShortSalesAdjustments",
        "balance": "SBLShortSalesCurrentDayBalance",
    },
    "margin": {
        "previous": "MarginShortSalesPreviousDayBalance",
        "sold": "MarginShortSalesShortSales",
        "covered": "MarginShortSalesShortCovering",
        "repaid": "MarginShortSalesStockRedemption",
        "balance": "MarginShortSalesCurrentDayBalance",
    },
}
_QUOTA = "MarginShortSalesQuota"
_SUSPENSIONS = ("date", "stock_id", "end_date", "reason")


def parse_finmind(
    file: TableSource, /, *, published: Published = None, allow_breaks: bool = False
) -> Parsed:
    """Parse one file; nothing is stored.

    Parameters
    ----------
    file : path, bytes, DataFrame or pa.Table
        An answer of FinMind's API, its list of records, or the table that its library makes of them, as CSV or Parquet too:
        ``TaiwanStockSecuritiesLending``, ``TaiwanDailyShortSaleBalances`` or ``TaiwanStockMarginShortSaleSuspension``.
    published : date, datetime, text or mapping, optional
        When the figures were published (Taipei, or aware), in place of the schedule.
    allow_breaks : bool
        Store balances although an identity is broken.

    Raises
    ------
    ImportRefusedError
        The file is none of these, or no row can be used.

    Examples
    --------
    >>> text = '[{"date": "2025-01-08", "stock_id": "2330", "transaction_type": "議借", "volume": 5, "fee_rate": 0.25, '
    >>> text += '"close": 1100, "original_return_date": "2025-07-08"}]'
    >>> ((_, _, table),) = parse_finmind(text.encode()).figures
    >>> table.select(["contract", "shares", "fee_rate"]).to_pylist()
    [{'contract': 'negotiated 0.25 % to 2025-07-08', 'shares': 5000, 'fee_rate': 0.0025}]
    """
    source = read_file(file) if isinstance(file, File) else file
    needed = ("date", "stock_id", *(name for book in _BOOKS.values() for name in book.values()))
    for wanted, parse in (
        (_LOANS, _loans),
        (needed, lambda cells, when: _balances(cells, when, allow_breaks)),
        (_SUSPENSIONS, _suspensions),
    ):
        tables = _tables(source, wanted, (_QUOTA,) if wanted is needed else ())
        if len(tables) == 1:
            return parse(tables[0], published)
    raise ImportRefusedError(
        f"{source_name(source)}: no records of lending transactions, short balances or suspensions of FinMind; nothing was imported"
    )


def _tables(source: TableSource, wanted: Sequence[str], several: Sequence[str]) -> list[Cells]:
    """Return the rows of JSON or of a table that have the wanted columns."""
    if isinstance(source, SourceFile) and source.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (
        b"{",
        b"[",
    ):
        return json_cells(source, wanted, several)
    table = open_table(source)
    if not set(wanted) <= set(table.names):
        return []
    nothing = [""] * table.n_rows
    columns = [
        table.cells(name).to_pylist() if name in table.names else nothing
        for name in (*wanted, *several)
    ]
    rows = [[cell.strip() for cell in row] for row in zip(*columns, strict=True)]
    lines = [table.locate(row)[0] for row in range(table.n_rows)]
    return [Cells(table.name, (*wanted, *several), rows, lines, malformed_rejects(table))]


def _loans(cells: Cells, published: Published) -> Parsed:
    reader = CellReader(cells)
    symbols = reader.read("stock_id", _CODE, "a code of 4 to 7 digits and letters")
    days = reader.read("date", read_day, "a date")
    kinds = reader.read("transaction_type", _TYPES.get, f"one of {', '.join(_TYPES)}")
    lots = reader.read("volume", _whole, "a number of lots")
    fees = reader.read("fee_rate", _number, "percent a year")
    closes = reader.read("close", _number, "a price", empty=True)
    until = reader.read("original_return_date", read_day, "a date", empty=True)
    for row, (first, last) in enumerate(zip(days, until, strict=True)):
        if first and last and last < first:
            reader.reject(row, f"returned {last} before it was lent {first}")
    terms = [
        f"{kind} {0.0 if fee is None else fee:g} %" + (f" to {last}" if last else "")
        for kind, fee, last in zip(kinds, fees, until, strict=True)
    ]
    # Loans of the same terms on one day are told apart by nothing, so they are one row, and how many they are is kept.
    keys = list(zip(symbols, days, terms, strict=True))
    first_of: dict[tuple[object, ...], int] = {}
    shares: Counter[int] = Counter()
    trades: Counter[int] = Counter()
    for row, key in enumerate(keys):
        if row not in reader.bad:
            at = first_of.setdefault(key, row)
            shares[at] += (lots[row] or 0) * _LOT
            trades[at] += 1
    keep = sorted([*first_of.values(), *reader.bad])
    kept = Cells(
        cells.name,
        cells.columns,
        [cells.rows[at] for at in keep],
        [cells.lines[at] for at in keep],
        cells.malformed,
    )
    columns = {
        "symbol": [symbols[at] for at in keep],
        "date": [days[at] for at in keep],
        "contract": [terms[at] for at in keep],
        "shares": [shares[at] for at in keep],
        "fee_rate": [None if (fee := fees[at]) is None else round(fee / 100, 10) for at in keep],
        "price": [closes[at] for at in keep],
        "until": [until[at] for at in keep],
        "trades": [trades[at] for at in keep],
    }
    known = known_from([days[at] for at in keep], _TAIWAN, midnight_after, published)
    bad = {place: reader.bad[at] for place, at in enumerate(keep) if at in reader.bad}
    parsed = parsed_figures(
        LENDING, _TAIWAN, cells.name, arrays_of(LENDING, columns), bad, known, kept, kept.malformed
    )
    added = len(cells.rows) - len(keep)
    parsed.rows_read += added
    parsed.pass_over("added to a loan of the same terms", added)
    return parsed


def _balances(cells: Cells, published: Published, allow_breaks: bool) -> Parsed:
    reader = CellReader(cells)
    symbols = reader.read("stock_id", _CODE, "a code of 4 to 7 digits and letters")
    days = reader.read("date", read_day, "a date")
    numbers = {
        name: reader.read(
            name, _signed if name.endswith("Adjustments") else _whole, "a number of shares"
        )
        for book in _BOOKS.values()
        for name in book.values()
    }
    quotas = [_signed(text) for text in cells.column(_QUOTA)]
    known = known_from(days, _TAIWAN, at_time_of_day(time(22, 30)), published)
    bad, tables = reader.bad, []
    for book, names in _BOOKS.items():
        columns: dict[str, Sequence[object]] = {
            "symbol": symbols,
            "date": days,
            "book": [book] * len(symbols),
        }
        columns |= {column: numbers[name] for column, name in names.items()}
        if book == "margin":
            columns["limit"] = [
                quota if quota is not None and quota >= 0 else None for quota in quotas
            ]
        table, bad = figures_table(
            SHORT_BALANCES, arrays_of(SHORT_BALANCES, columns), bad, known, cells
        )
        tables.append(table)
    parsed = Parsed(
        cells.name, rows_read=len(cells.rows) + len(cells.malformed), breaks=bool(allow_breaks)
    )
    parsed.rejects = [Reject(cells.name, *cells.locate(row), reason) for row, reason in bad.items()]
    parsed.rejects = sorted([*parsed.rejects, *cells.malformed], key=lambda reject: reject.line)
    refuse_without_rows(parsed, tables[0].num_rows)
    parsed.figures.append((SHORT_BALANCES, _TAIWAN, tables[0]))
    parsed.also.append((SHORT_BALANCES, _TAIWAN, tables[1]))
    if overflowed := sum(quota is not None and quota < 0 for quota in quotas):
        parsed.notes.append(
            f"{overflowed:,} quotas are negative, overflowed on their way: they are not stated here"
        )
    return parsed


def _suspensions(cells: Cells, published: Published) -> Parsed:
    reader = CellReader(cells)
    symbols = reader.read("stock_id", _CODE, "a code of 4 to 7 digits and letters")
    days = reader.read("date", read_day, "a date")
    until = reader.read("end_date", read_day, "a date", empty=True)
    for row, (first, last) in enumerate(zip(days, until, strict=True)):
        if first and last and last < first:
            reader.reject(row, f"ends {last} before it begins {first}")
    columns = {
        "symbol": symbols,
        "date": days,
        "rule": ["tw_margin_short_suspension"] * len(symbols),
        "until": until,
        "note": [text or None for text in cells.column("reason")],
    }
    # They are announced before they begin; on the first day they are known for sure.
    known = known_from(days, _TAIWAN, at_time_of_day(time(0)), published)
    return parsed_figures(
        RESTRICTIONS,
        _TAIWAN,
        cells.name,
        arrays_of(RESTRICTIONS, columns),
        reader.bad,
        known,
        cells,
        cells.malformed,
    )


def _whole(text: str) -> int | None:
    """Read a whole number, which FinMind may write as 5.0."""
    return read_shares(re.sub(r"\.0+$", "", text))


def _signed(text: str) -> int | None:
    size = _whole(text.removeprefix("-"))
    return -size if size is not None and text.startswith("-") else size


def _number(text: str) -> float | None:
    return read_number(text)


SOURCE = Source(
    name="finmind",
    about="FinMind's JSON and tables of Taiwan's lending transactions, short balances and suspensions",
    states=("lending", "short balances", "restrictions"),
    parse=parse_finmind,
    columns={
        "volume": "lots of 1,000 shares lent",
        "fee_rate": "percent a year",
        "close": "price",
        "transaction_type": "議借 negotiated, 競價 competitive, 定價 fixed",
        "original_return_date": "last day of the loan",
        "MarginShortSales…, SBLShortSales…": "balances and flows of both books, shares",
        "date, end_date, reason": "of a suspension of margin short sales",
    },
    market=_TAIWAN,
    time_zone="Asia/Taipei",
    complete="an answer has the stocks that were asked for",
    published="loans the midnight that ends their day, balances 22:30, suspensions the start of their first day",
    options=(
        PUBLISHED,
        Option(
            "allow_breaks",
            "Store balances although an identity that they should keep is broken.",
            kind=bool,
        ),
    ),
)
