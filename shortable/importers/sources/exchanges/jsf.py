"""Japan Securities Finance: what a margin short sale cost (``shina.csv``), balances (``zandaka.csv``, or scraped), restrictions.

JSF lends shares to brokers for short sales on margin (stock loans) and money for purchases on margin (margin loans). Where
more shares are wanted than offered, an auction makes the premium: yen a share, in total for the days until the loan can be
repaid, never a day's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeVar

import numpy as np
import pyarrow as pa

from shortable.calendars import session_after
from shortable.errors import ImportRefusedError
from shortable.importers.cells import (
    CellReader,
    Cells,
    arrays_of,
    csv_lines,
    heading,
    read_code,
    read_day,
    read_number,
    read_shares,
)
from shortable.importers.figures import (
    PUBLISHED,
    Known,
    Published,
    figures_table,
    known_from,
    midnight_after,
    parsed_figures,
    refuse_without_rows,
)
from shortable.importers.files import File, SourceFile, read_file
from shortable.importers.report import Reject
from shortable.importers.source import Option, Parsed, Source
from shortable.market import Market
from shortable.store import LENDING, RESTRICTIONS, SHORT_BALANCES

__all__ = ["SOURCE", "parse_jsf"]

_ENCODINGS = ("utf-8-sig", "cp932")
_JAPAN = Market.JAPAN
_CODE = read_code(_JAPAN, "[0-9][0-9A-Z]{3}[0-9]?")
_MAIN = re.compile("東証|東京|TSE")  # the exchange that needs no name
_NONE = "*****"
_DASHES = frozenset({"-", "－", "―", "ー", "—", "–"})

_MINUS = frozenset({"-", "−", "－", "▲", "△"})

_FEES = {
    "applied": "貸借申込日",
    "settled": "決済日",
    "code": "コード",
    "exchange": "取引所区分",
    "price": "貸借値段(円)",
    "excess": "貸株超過株数",
    "highest": "最高料率(円)",
    "premium": "当日品貸料率(円)",
    "days": "当日品貸日数",
}
_BALANCES = {
    "applied": "申込日",
    "settled": "決済日",
    "code": "銘柄コード",
    "exchange": "取引所区分名",
    "state": "速報/確報",
    "margin_loan new": "融資新規株数",
    "margin_loan repaid": "融資返済株数",
    "margin_loan": "融資残高株数",
    "stock_loan new": "貸株新規株数",
    "stock_loan repaid": "貸株返済株数",
    "stock_loan": "貸株残高株数",
}
_RESTRICTED = {
    "code": "銘柄コード",
    "measure": "実施措置",
    "detail": "実施内容",
    "day": "通知日・実施日",
}
_MEASURES = {
    "注意喚起": "jsf_caution",
    "申込制限": "jsf_restricted",
    "申込停止": "jsf_stopped",
}
_SCRAPED = (
    "code",
    "date",
    "margin_loan",
    "margin_loan change",
    "",
    "",
    "stock_loan",
    "stock_loan change",
    "",
    "",
)
_ENOUGH = 10  # stocks with stock loans alone, from which on a scrape's balances are taken to be the other way round
_BOOKS = ("margin_loan", "stock_loan")
_STATES = {"速報": False, "確報": True}


def parse_jsf(file: File, /, *, published: Published = None, allow_breaks: bool = False) -> Parsed:
    """Parse one file; nothing is stored.

    Parameters
    ----------
    file : path or bytes
        ``shina.csv``, ``zandaka.csv`` or ``seigenichiran.csv`` as JSF publishes them (cp932), or scraped balances of ten
        columns without a header: code, date, balance, change, new, repaid of margin loans, and the same of stock loans.
    published : date, datetime, text or mapping, optional
        When the file was published (Tokyo, or aware), in place of JSF's schedule.
    allow_breaks : bool
        Store balances although an identity is broken.

    Raises
    ------
    ImportRefusedError
        The file is none of these, or no row can be used.

    Examples
    --------
    >>> parsed = parse_jsf(b"1311,2025/01/15,120,-1310,40,1,0,0,0,0")
    >>> ((dataset, _, table),) = parsed.figures
    >>> dataset.name, table.select(["book", "balance", "change"]).to_pylist()
    ('short_balances', [{'book': 'margin_loan', 'balance': 120, 'change': -1310}])
    """
    opened = read_file(file)
    head = opened.data.partition(b"\n")[0]
    tabs = b"\t" in head and b"," not in head
    lines = csv_lines(opened, encodings=_ENCODINGS, delimiter="\t" if tabs else ",")
    for needed, parse in (
        (_FEES, _parse_fees),
        (_BALANCES, _parse_balances),
        (_RESTRICTED, _parse_restrictions),
    ):
        cells = _under_prose(opened, lines, needed)
        if cells is not None:
            return parse(cells, published, allow_breaks)
    if _is_scraped(lines[:1]):
        return _parse_scraped(opened, lines, published, allow_breaks)
    if _is_scraped(lines[1:2]) and len(lines[0][1]) == len(_SCRAPED):
        _refuse_swapped_headings(opened.name, lines[0][1])
        return _parse_scraped(opened, lines[1:], published, allow_breaks)
    raise ImportRefusedError(
        f"{opened.name}: no line has the headings of JSF's fees, balances or restrictions; nothing was imported"
    )


def _is_scraped(lines: list[tuple[int, list[str]]]) -> bool:
    """Whether the first of some lines is a row of a scrape: ten cells, the second a date."""
    return (
        bool(lines) and len(lines[0][1]) == len(_SCRAPED) and read_day(lines[0][1][1]) is not None
    )


def _refuse_swapped_headings(name: str, headings: list[str]) -> None:
    """Refuse a scrape whose own headings say that its first balance is that of stock loans.

    Raises
    ------
    ImportRefusedError
        They do.
    """
    if "貸株" in headings[2] or "融資" in headings[6]:
        raise ImportRefusedError(
            f"{name}: its balances are the other way round: put the four columns of margin loans (融資) before those of "
            "stock loans (貸株)"
        )


def _under_prose(
    file: SourceFile, lines: list[tuple[int, list[str]]], needed: Mapping[str, str]
) -> Cells | None:
    """Return the rows below the line of headings, which stands below some prose; None where there is none."""
    for at, (_, given) in enumerate(lines):
        names = [heading(cell) for cell in given]
        if not set(needed.values()) <= set(names):
            continue
        if len(set(names) - {""}) < len([name for name in names if name]):
            raise ImportRefusedError(
                f"{file.name}: a column's heading stands twice; nothing was imported"
            )
        places = [names.index(name) for name in needed.values()]
        cells = Cells(file.name, tuple(needed), [], [])
        for line, row in lines[at + 1 :]:
            if len(row) != len(given):
                reason = f"the row does not have the header's {len(given)} cells"
                cells.malformed.append(Reject(file.name, line, ",".join(row), reason))
                continue
            cells.rows.append([row[place] for place in places])
            cells.lines.append(line)
        return cells
    return None


def _series(book: str, exchange: str) -> str:
    """Return a book or contract, with the exchange where it is not Tokyo's."""
    return book if not exchange or _MAIN.search(exchange) else f"{book}:{exchange}"


def _yen(text: str) -> float | None:
    return 0.0 if text.strip() == _NONE else read_number(text)


_Value = TypeVar("_Value")


def _or_none(convert: Callable[[str], float | None]) -> Callable[[str], float | None]:
    """Read what may be a mark for none, as 0: a stock of which no shares were short of offers, or none were lent."""
    return lambda text: 0 if text.strip() in {_NONE, *_DASHES} else convert(text)


def _optional(
    reader: CellReader, name: str, convert: Callable[[str], _Value | None], what: str
) -> list[_Value | None]:
    """Read a column in which a dash or an empty cell states nothing."""
    for cells in reader.cells.rows:
        at = reader.cells.columns.index(name)
        if cells[at].strip() in _DASHES:
            cells[at] = ""
    return reader.read(name, convert, what, empty=True)


def _parse_fees(cells: Cells, published: Published, _: bool) -> Parsed:
    reader = CellReader(cells)
    symbols = reader.read("code", _CODE, "a code of four or five characters")
    applied = reader.read("applied", read_day, "a date")
    settled = reader.read("settled", read_day, "a date")
    premium = _optional(reader, "premium", _yen, "yen a share")
    highest = _optional(reader, "highest", _yen, "yen a share")
    days = _optional(reader, "days", _or_none(read_shares), "a number of days")
    excess = _optional(reader, "excess", _or_none(read_shares), "a number of shares")
    price = _optional(reader, "price", _yen, "a price in yen")
    for row, (first, last) in enumerate(zip(applied, settled, strict=True)):
        if first and last and not first < last <= first + timedelta(days=31):
            reader.reject(row, f"settled {last} does not follow applied {first}")
    charged = [fee is not None and fee > 0 for fee in premium]
    for row, (is_charged, number) in enumerate(zip(charged, days, strict=True)):
        if is_charged and not number:
            reader.reject(row, f"days {cells.column('days')[row]!r} of a premium are not stated")
    # A premium of an application is made the next business day; two of them lie before the settlement.
    settles = _settlements(applied, settled)
    known = known_from(applied, _JAPAN, lambda day: _morning_before(settles.get(day)), published)
    columns = {
        "symbol": symbols,
        "date": applied,
        "contract": [_series("stock_loan", text) for text in cells.column("exchange")],
        "shares": excess,
        "fee_per_share": premium,
        "fee_per_share_max": highest,
        "fee_days": [
            n if is_charged else None for n, is_charged in zip(days, charged, strict=True)
        ],
        "price": price,
    }
    return parsed_figures(
        LENDING,
        _JAPAN,
        cells.name,
        arrays_of(LENDING, columns),
        reader.bad,
        known,
        cells,
        cells.malformed,
    )


def _settlements(applied: list[date | None], settled: list[date | None]) -> dict[date, date]:
    """Return the settlement of each day of application; of several the last."""
    found: dict[date, date] = {}
    for first, last in zip(applied, settled, strict=True):
        if first is not None and last is not None:
            found[first] = max(last, found.get(first, last))
    return found


def _morning_before(settled: date | None) -> datetime:
    """Return 10:40 on the last weekday before a settlement: on it, or before it, the premium was published."""
    if settled is None:
        raise OverflowError  # the row is rejected for its date
    day = settled - timedelta(days=1)
    while day.weekday() >= 5:
        day -= timedelta(days=1)
    return datetime.combine(day, time(10, 40))


def _parse_balances(cells: Cells, published: Published, allow_breaks: bool) -> Parsed:
    reader = CellReader(cells)
    symbols = reader.read("code", _CODE, "a code of four or five characters")
    applied = reader.read("applied", read_day, "a date")
    settled = reader.read("settled", read_day, "a date")
    final = reader.read("state", _STATES.get, "速報 or 確報")
    numbers = {
        name: reader.read(name, _or_none(read_shares), "a number of shares")
        for name in _BALANCES
        if name.startswith(("margin_loan", "stock_loan"))
    }
    preliminary = known_from(applied, _JAPAN, midnight_after, published)
    last = _settlements(applied, settled)
    settlement = known_from(applied, _JAPAN, lambda day: _start(last.get(day)), published)
    is_final = np.array([bool(one) for one in final], dtype=np.bool_)
    # A final figure is a publication of its own, after the preliminary one that the schedule stands for.
    known = Known(
        np.where(is_final, settlement.instants, preliminary.instants),
        preliminary.by_rule & ~is_final,
        settlement.bad,
    )
    tables = []
    bad = reader.bad
    for book in ("stock_loan", "margin_loan"):
        columns = {
            "symbol": symbols,
            "date": applied,
            "book": [_series(book, text) for text in cells.column("exchange")],
            "balance": numbers[book],
            "sold": numbers[f"{book} new"],
            "covered": numbers[f"{book} repaid"],
            "change": [
                None if new is None or repaid is None else new - repaid
                for new, repaid in zip(
                    numbers[f"{book} new"], numbers[f"{book} repaid"], strict=True
                )
            ],
        }
        table, bad = figures_table(
            SHORT_BALANCES, arrays_of(SHORT_BALANCES, columns), bad, known, cells
        )
        tables.append(table)
    return _balances(cells, tables, bad, allow_breaks)


def _start(settled: date | None) -> datetime:
    if settled is None:
        raise OverflowError  # the row is rejected for its date
    return datetime.combine(settled, time(0))


def _parse_scraped(
    file: SourceFile, lines: list[tuple[int, list[str]]], published: Published, allow_breaks: bool
) -> Parsed:
    cells = Cells(file.name, _SCRAPED, [], [])
    for line, row in lines:
        if len(row) != len(_SCRAPED):
            reason = f"the row does not have {len(_SCRAPED)} cells"
            cells.malformed.append(Reject(file.name, line, ",".join(row), reason))
            continue
        cells.rows.append(row)
        cells.lines.append(line)
    reader = CellReader(cells)
    symbols = reader.read("code", _CODE, "a code of four or five characters")
    days = reader.read("date", read_day, "a date")
    known = known_from(days, _JAPAN, _next_weekday_ends, published)
    tables, bad = [], reader.bad
    shares, change = _or_none(read_shares), _or_none(_signed)
    numbers = {name: reader.read(name, shares, "a number of shares") for name in _BOOKS}
    changes = {name: reader.read(f"{name} change", change, "a number of shares") for name in _BOOKS}
    _refuse_swapped(file.name, symbols, numbers)
    for book in _BOOKS:
        columns = {
            "symbol": symbols,
            "date": days,
            "book": [book] * len(symbols),
            "balance": numbers[book],
            "change": changes[book],
        }
        table, bad = figures_table(
            SHORT_BALANCES, arrays_of(SHORT_BALANCES, columns), bad, known, cells
        )
        tables.append(table)
    parsed = _balances(cells, tables, bad, allow_breaks)
    parsed.notes.append(
        "the file is a scrape: as in JSF's own files, its first balance was read as that of margin loans, its second as that of "
        "stock loans; new and repaid are left out, for commas broke them"
    )
    return parsed


def _refuse_swapped(
    name: str, symbols: Sequence[str | None], numbers: Mapping[str, Sequence[float | None]]
) -> None:
    """Refuse a scrape whose first balance must be that of stock loans.

    JSF lends money on every stock of which it lends shares, and on many of which it lends none: in January 2025 1,344 of 2,138
    stocks had margin loans and no stock loan, and 2 a stock loan alone.

    Raises
    ------
    ImportRefusedError
        More stocks have the second balance alone than the first.
    """
    held = {
        book: {
            symbol
            for symbol, shares in zip(symbols, numbers[book], strict=True)
            if symbol and shares
        }
        for book in _BOOKS
    }
    margin, stock = (held[book] for book in _BOOKS)
    alone = len(stock - margin)
    if alone >= _ENOUGH and alone > len(margin - stock):
        raise ImportRefusedError(
            f"{name}: its balances seem to be the other way round: {alone:,} stocks have the second one alone and "
            f"{len(margin - stock):,} the first, but JSF lends money on every stock of which it lends shares. Put the "
            "four columns of margin loans (融資) before those of stock loans (貸株)"
        )


def _signed(text: str) -> int | None:
    """Read a change, whose minus may be a dash or, in Japanese accounts, a triangle."""
    plain = text.strip()
    sign = plain[:1]
    if sign not in _MINUS and sign != "+":
        return read_shares(plain)
    size = read_shares(plain[1:])
    return -size if size is not None and sign in _MINUS else size


def _next_weekday_ends(day: date) -> datetime:
    """Return the midnight that ends the next weekday: final figures are out during it."""
    return midnight_after(session_after(day, _JAPAN))


def _balances(
    cells: Cells, tables: list[pa.Table], bad: Mapping[int, str], allow_breaks: bool
) -> Parsed:
    """Return both books of every row; the first is counted."""
    parsed = Parsed(
        cells.name, rows_read=len(cells.rows) + len(cells.malformed), breaks=allow_breaks
    )
    parsed.rejects = [Reject(cells.name, *cells.locate(row), reason) for row, reason in bad.items()]
    parsed.rejects = sorted([*parsed.rejects, *cells.malformed], key=lambda reject: reject.line)
    refuse_without_rows(parsed, tables[0].num_rows)
    parsed.figures.append((SHORT_BALANCES, _JAPAN, tables[0]))
    parsed.also.append((SHORT_BALANCES, _JAPAN, tables[1]))
    return parsed


def _parse_restrictions(cells: Cells, published: Published, _: bool) -> Parsed:
    reader = CellReader(cells)
    symbols = reader.read("code", _CODE, "a code of four or five characters")
    days = reader.read("day", read_day, "a date")
    rules = reader.read(
        "measure", lambda text: _MEASURES.get(heading(text)), f"one of {', '.join(_MEASURES)}"
    )
    known = known_from(days, _JAPAN, midnight_after, published)
    columns = {
        "symbol": symbols,
        "date": days,
        "rule": rules,
        "note": [text or None for text in cells.column("detail")],
    }
    return parsed_figures(
        RESTRICTIONS,
        _JAPAN,
        cells.name,
        arrays_of(RESTRICTIONS, columns),
        reader.bad,
        known,
        cells,
        cells.malformed,
    )


SOURCE = Source(
    name="jsf",
    about="Japan Securities Finance: premiums (shina.csv), balances (zandaka.csv, scraped), restrictions (seigenichiran.csv)",
    states=("lending", "short balances", "restrictions"),
    parse=parse_jsf,
    columns={
        "当日品貸料率（円）": "premium in yen a share, in total for the days; ***** is none (0)",
        "当日品貸日数": "calendar days that the premium is for",
        "最高料率（円）": "highest premium that may be charged, yen a share",
        "貸株超過株数": "shares that were wanted and not offered",
        "貸株新規, 返済, 残高株数": "stock loans, for short sales: new, repaid, balance; shares",
        "融資新規, 返済, 残高株数": "margin loans, for purchases: new, repaid, balance; shares",
        "速報／確報": "preliminary or final",
        "実施措置": "注意喚起 caution, 申込制限 restricted, 申込停止 stopped",
    },
    market=_JAPAN,
    time_zone="Asia/Tokyo",
    complete="stocks without a loan are left out",
    published="premiums 10:40 on the weekday before settlement; preliminary balances and restrictions the midnight after "
    "their day, final ones the midnight before settlement (scraped: the midnight after the next weekday)",
    options=(
        PUBLISHED,
        Option(
            "allow_breaks",
            "Store balances although an identity that they should keep is broken.",
            kind=bool,
        ),
    ),
)
