"""B3, Brazil's exchange: what registered loans of shares cost, lenders and borrowers apart, and how many shares are on loan.

The exchange's CSV has percent, a decimal comma and two bands of columns with the same headings; its JSON has fractions, and
calls the number of shares ``ValCtrctsDay``. Whether yearly rates compound over 252 days is not said there, and not used here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time

from shortable.calendars import session_after
from shortable.errors import ImportRefusedError
from shortable.importers.cells import (
    CellReader,
    Cells,
    arrays_of,
    csv_lines,
    heading,
    json_cells,
    read_code,
    read_number,
    read_shares,
)
from shortable.importers.cells import read_day as _plain_day
from shortable.importers.figures import PUBLISHED, Published, known_from, parsed_figures
from shortable.importers.files import File, SourceFile, read_file
from shortable.importers.report import Reject
from shortable.importers.source import Parsed, Source
from shortable.importers.times import parse_stamps
from shortable.market import Market
from shortable.store import LENDING, SHORT_BALANCES

__all__ = ["SOURCE", "parse_b3"]

_BRAZIL = Market.BRAZIL
_CODE = read_code(_BRAZIL, "(?=[0-9]{0,3}[A-Z])[A-Z0-9]{4}[0-9]{1,2}[A-Z]?")
_TOTAL = "total"
_RATES = tuple(
    f"{side} {which}" for side in ("lender", "borrower") for which in ("min", "avg", "max")
)
_HEADINGS = (
    ("date", "Data"),
    ("code", "CódigoIF"),
    ("isin", "CódigoISIN"),
    ("company", "Empresaoufundo"),
    ("market", "Mercado"),
    ("contracts", "Númerodecontratos"),
    ("shares", "Quantidadedeativos"),
    ("value", "ValoremR$"),
    *(
        (rate, name)
        for rate, name in zip(_RATES, ("Mínima", "Médiaponderada", "Máxima") * 2, strict=True)
    ),
)
"""The columns of the CSV in their order: three headings stand twice, once in each band."""
_BANDS = (("Taxadoador", 8), ("Taxatomador", 11))
_LOANS = {
    "date": "RptDt",
    "code": "TckrSymb",
    "market": "Market",
    "contracts": "QtyCtrctsDay",
    "shares": "ValCtrctsDay",
    "lender min": "DnrMinRate",
    "lender avg": "DnrAvrgRate",
    "lender max": "DnrMaxRate",
    "borrower min": "TkrMinRate",
    "borrower avg": "TkrAvrgRate",
    "borrower max": "TkrMaxRate",
}
_POSITIONS = {
    "date": "RptDt",
    "code": "TckrSymb",
    "market": "Market",
    "shares": "StockBalance",
    "value": "Balance",
}
_AT = time(8)
"""When the exchange publishes a session's loans and open positions: the morning after, São Paulo."""


def parse_b3(file: File, /, *, published: Published = None) -> Parsed:
    """Parse one file; nothing is stored.

    Parameters
    ----------
    file : path or bytes
        Registered loans as CSV; or loans (``BTBLoanBalance``) or open positions (``BTBLendingOpenPosition``) as JSON.
    published : date, datetime, text or mapping, optional
        When the file was published (São Paulo, or aware), in place of 08:00 on the next weekday.

    Raises
    ------
    ImportRefusedError
        The file is none of these, or no row can be used.
    """
    opened = read_file(file)
    if opened.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return _loans(_csv_cells(opened), published, _percent, ",")
    optional = ("DtRef", "BRLValue")
    for wanted, parse in ((_LOANS, _json_loans), (_POSITIONS, _json_positions)):
        tables = json_cells(
            opened, list(wanted.values()), optional if wanted is _LOANS else ("DtRef",)
        )
        if tables:
            cells = tables[0]
            for more in tables[1:]:  # pages of one table
                cells.rows += more.rows
                cells.lines += more.lines
                cells.malformed += more.malformed
            return parse(cells, published)
    raise ImportRefusedError(
        f"{opened.name}: JSON without the fields of B3's loans or open positions; nothing was imported"
    )


def _csv_cells(file: SourceFile) -> Cells:
    """Return the rows below the headings, whose order and bands have to be the known ones; columns after them are not read."""
    lines = csv_lines(file, encodings=("utf-8-sig", "cp1252"), delimiter=";")
    names = [name for _, name in _HEADINGS]
    head = next(
        (
            at
            for at, (_, given) in enumerate(lines)
            if [heading(cell) for cell in given[: len(names)]] == names
        ),
        None,
    )
    if head is None:
        raise ImportRefusedError(
            f"{file.name}: no line has the headings of B3's registered loans (Data;Código IF;…); nothing was imported"
        )
    above = [heading(cell) for cell in lines[head - 1][1]] if head else []
    if any(len(above) <= at or above[at] != band for band, at in _BANDS):
        raise ImportRefusedError(
            f"{file.name}: the line above the headings does not say which rates are the lenders' (Taxa doador) and which "
            "the borrowers' (Taxa tomador); nothing was imported"
        )
    cells = Cells(file.name, tuple(role for role, _ in _HEADINGS), [], [])
    width = len(lines[head][1])
    for line, given in lines[head + 1 :]:
        if len(given) != width:
            reason = f"the row does not have the header's {width} cells"
            cells.malformed.append(Reject(file.name, line, ";".join(given), reason))
            continue
        cells.rows.append(given[: len(names)])
        cells.lines.append(line)
    return cells


def _json_loans(cells: Cells, published: Published) -> Parsed:
    return _loans(_named(cells, {**_LOANS, "value": "BRLValue"}), published, _fraction, ".")


def _named(cells: Cells, roles: dict[str, str]) -> Cells:
    """Return the cells with our names for the columns; the date is that of the session, where it is stated."""
    names = {name: role for role, name in roles.items()}
    columns = tuple(names.get(column, column) for column in cells.columns)
    at, session = columns.index("date"), columns.index("DtRef")
    rows = [
        [row[session] or cell if i == at else cell for i, cell in enumerate(row)]
        for row in cells.rows
    ]
    return Cells(cells.name, columns, rows, cells.lines, cells.malformed)


def _loans(
    cells: Cells, published: Published, rate: Callable[[str], float | None], decimal: str
) -> Parsed:
    totals = _take_totals(cells)
    reader = CellReader(cells)
    symbols = reader.read("code", _CODE, "a ticker such as PETR4")
    days = reader.read("date", _day, "a date")
    contracts = reader.read("contracts", _whole(decimal), "a number of contracts", empty=True)
    shares = reader.read("shares", _whole(decimal), "a number of shares")
    value = reader.read(
        "value", lambda text: read_number(text, decimal=decimal), "a value in reais", empty=True
    )
    rates = {name: reader.read(name, rate, "a rate a year", empty=True) for name in _RATES}
    for row in range(len(symbols)):
        for side in ("lender", "borrower"):
            given = [rates[f"{side} {which}"][row] for which in ("min", "avg", "max")]
            stated = [one for one in given if one is not None]
            if stated != sorted(stated):
                reader.reject(row, f"{side}'s rates {given} do not ascend from lowest to highest")
    traded = [bool(number) for number in contracts]
    note = "no loan that day: the rates are the last known"
    columns = {
        "symbol": symbols,
        "date": days,
        "contract": cells.column("market"),
        "shares": shares,
        "fee_rate": rates["borrower avg"],
        "fee_rate_min": rates["borrower min"],
        "fee_rate_max": rates["borrower max"],
        "lender_rate": rates["lender avg"],
        "lender_rate_min": rates["lender min"],
        "lender_rate_max": rates["lender max"],
        "value": value,
        "trades": [number or 0 for number in contracts],
        "note": [None if any_loan else note for any_loan in traded],
    }
    known = known_from(days, _BRAZIL, _morning, published)
    parsed = parsed_figures(
        LENDING,
        _BRAZIL,
        cells.name,
        arrays_of(LENDING, columns),
        reader.bad,
        known,
        cells,
        cells.malformed,
    )
    parsed.rows_read += totals
    parsed.pass_over("totals", totals)
    return parsed


def _take_totals(cells: Cells) -> int:
    """Take out rows that are sums of others; return how many."""
    code, market = cells.columns.index("code"), cells.columns.index("market")
    keep = [
        at
        for at, row in enumerate(cells.rows)
        if _TOTAL not in (row[code].lower(), row[market].lower())
    ]
    totals = len(cells.rows) - len(keep)
    cells.rows, cells.lines = [cells.rows[at] for at in keep], [cells.lines[at] for at in keep]
    return totals


def _json_positions(cells: Cells, published: Published) -> Parsed:
    cells = _named(cells, _POSITIONS)
    reader = CellReader(cells)
    symbols = reader.read("code", _CODE, "a ticker such as PETR4")
    days = reader.read("date", _day, "a date")
    shares = reader.read("shares", _whole("."), "a number of shares")
    value = reader.read("value", read_number, "a value in reais", empty=True)
    markets = cells.column("market")
    whole = {
        (symbol, day)
        for symbol, day, market in zip(symbols, days, markets, strict=True)
        if market.lower() == _TOTAL
    }
    # The total has the markets in it: beside it they are passed over, and alone they are kept under their own names.
    keep = [
        at
        for at, (symbol, day, market) in enumerate(zip(symbols, days, markets, strict=True))
        if market.lower() == _TOTAL or (symbol, day) not in whole or at in reader.bad
    ]
    books = [
        "on_loan" if markets[at].lower() == _TOTAL else f"on_loan:{markets[at]}" for at in keep
    ]
    columns: dict[str, Sequence[object]] = {
        "symbol": [symbols[at] for at in keep],
        "date": [days[at] for at in keep],
        "book": books,
        "balance": [shares[at] for at in keep],
        "value": [value[at] for at in keep],
    }
    kept = Cells(
        cells.name,
        cells.columns,
        [cells.rows[at] for at in keep],
        [cells.lines[at] for at in keep],
        cells.malformed,
    )
    bad = {place: reader.bad[at] for place, at in enumerate(keep) if at in reader.bad}
    known = known_from([days[at] for at in keep], _BRAZIL, _morning, published)
    parsed = parsed_figures(
        SHORT_BALANCES,
        _BRAZIL,
        cells.name,
        arrays_of(SHORT_BALANCES, columns),
        bad,
        known,
        kept,
        kept.malformed,
    )
    parts = len(cells.rows) - len(keep)
    parsed.rows_read += parts
    parsed.pass_over("parts of a total", parts)
    return parsed


def _morning(day: date) -> datetime:
    return datetime.combine(session_after(day, _BRAZIL), _AT)


def _day(text: str) -> date | None:
    """Read 30/06/2026, 2026-06-30 or 2026-06-30T00:00:00."""
    plain = text.removesuffix("T00:00:00")
    if re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}", plain):
        (stamp,) = parse_stamps([plain], order="dmy")
        plain = "" if not isinstance(stamp, date) else stamp.isoformat()
    return _plain_day(plain)


def _whole(decimal: str) -> Callable[[str], int | None]:
    """Return a reader of whole numbers, which JSON may write as 318.0."""

    def read(text: str) -> int | None:
        number = read_number(text, decimal=decimal)
        if number is None or number != int(number):
            return None
        return read_shares(text) if text.isdecimal() else int(number)

    return read


def _percent(text: str) -> float | None:
    if not text.endswith("%"):
        return None
    number = read_number(text[:-1].strip(), decimal=",")
    return None if number is None else round(number / 100, 10)


def _fraction(text: str) -> float | None:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?([eE]-?[0-9]{1,2})?", text) or not text.isascii():
        return None
    number = float(text)
    return number if number <= 100 else None


SOURCE = Source(
    name="b3",
    about="B3's registered loans of shares (CSV, JSON) and open positions on loan (JSON), Brazil",
    states=("lending", "short balances"),
    parse=parse_b3,
    columns={
        "Data": "date, DD/MM/YYYY",
        "Código IF": "ticker",
        "Mercado": "kind of loan; Total is a sum and passed over",
        "Número de contratos": "contracts; empty: none, and the rates are the last known",
        "Quantidade de ativos (ValCtrctsDay)": "shares lent that day",
        "Valor em R$ (BRLValue)": "reais",
        "Taxa doador (Dnr…Rate)": "lenders' lowest, average and highest rate; CSV percent a year, JSON fractions",
        "Taxa tomador (Tkr…Rate)": "borrowers', the same",
        "StockBalance": "shares on loan; of Market = Total",
    },
    market=_BRAZIL,
    time_zone="America/Sao_Paulo",
    complete="stocks that were never lent are left out",
    published="08:00 on the weekday after the session",
    options=(PUBLISHED,),
)
