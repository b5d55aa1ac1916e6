"""The shapes in which Taiwan's exchanges publish the evening list: CSV in cp950, and JSON alone or wrapped in tables."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from shortable.errors import ImportRefusedError
from shortable.importers.files import SourceFile
from shortable.importers.report import Reject
from shortable.importers.times import LIKELY_YEARS
from shortable.json_types import Json, load_json

__all__ = [
    "CELLS",
    "Document",
    "Exchange",
    "check_day",
    "clean",
    "json_document",
    "read_document",
    "roc_date",
]

Exchange = Literal["TWSE", "TPEX"]

CELLS: tuple[tuple[str, str], ...] = (
    ("code", r"(股票|證券)?代號"),
    ("name", r"(股票|證券)?名稱"),
    ("margin previous", "前日餘額"),
    ("margin sold", "賣出"),
    ("margin bought", "買進"),
    ("margin repaid", "現券"),
    ("margin balance", "[今當]日餘額"),
    ("margin limit", "(次一營業日)?限額"),
    ("borrowed previous", "前日餘額"),
    ("borrowed sold", "當日賣出"),
    ("borrowed returned", "當日還券"),
    ("borrowed adjusted", "當日調整(數額)?"),
    ("borrowed balance", "當日餘額"),
    ("limit of the next session", "次一營業日可(借券賣出)?限額"),
    ("note", "備註"),
)
"""The cells of a row in their order, each with its heading: two headings stand twice, so position and heading must agree."""

_TITLE = "信用額度總量管制餘額表"
_TOTAL = "合計"
_PROSE = re.compile("說明|備註|註")
_COUNT = re.compile("共([0-9]{1,6})筆")  # ends TPEx's CSV
_ROC = re.compile(r"(\d{2,3})[年/](\d{1,2})[月/](\d{1,2})日?")
_ETF_CODE = re.compile(r'="?([^"]*)"?')


@dataclass(frozen=True, slots=True)
class Document:
    """A day's list as its file has it."""

    name: str
    """The file."""
    day: date
    """The session whose balances it states."""
    exchange: Exchange
    """Whose list it is, by the headings."""
    rows: list[tuple[int, list[str]]]
    """Line (in JSON the number of the row) and cells of each row, in the order of `CELLS`; empty on a closed day."""
    total: list[str] | None
    """The cells of the row of totals; None where there is none."""
    malformed: list[Reject] = field(default_factory=list)
    """Lines among the rows that are none."""
    ends: bool = True
    """The file ends as it should: with its total, or with the number of rows that it states."""


def read_document(file: SourceFile) -> Document:
    """Read a file of either exchange in any of its shapes.

    Raises
    ------
    ImportRefusedError
        It is no such list, states no date or two, or one that is out of range, or was cut off.
    """
    start = file.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    document = _from_json(file) if start in (b"{", b"[") else _from_csv(file)
    check_day(document.day, file.name)
    return document


def check_day(day: date, name: str) -> None:
    """Refuse a file of a day that is none of our time: a digit of it is damaged.

    Raises
    ------
    ImportRefusedError
        It lies before 1980 or after 2200.
    """
    if day.year not in LIKELY_YEARS:
        raise ImportRefusedError(f"{name}: its date {day} is out of range; nothing was imported")


def clean(cell: str) -> str:
    """Return the text of a cell: without blanks around it, without the mark ``=""`` of an ETF's code.

    Examples
    --------
    >>> clean('="0050"'), clean("２３３０　"), clean(" X ")
    ('0050', '2330', 'X')
    """
    text = (cell if cell.isascii() else unicodedata.normalize("NFKC", cell)).strip()
    if not text.startswith(("=", '"')):
        return text
    match = _ETF_CODE.fullmatch(text)
    return match[1].strip() if match else text


def roc_date(text: str) -> date | None:
    """Return the first date of the republic's calendar in a text; its year 1 is 1912.

    Examples
    --------
    >>> roc_date("114年01月08日 信用額度總量管制餘額表").isoformat(), roc_date("112/01/30").isoformat()
    ('2025-01-08', '2023-01-30')
    """
    match = _ROC.search(text)
    try:
        return date(int(match[1]) + 1911, int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def json_document(file: SourceFile) -> Json:
    """Return what a JSON file holds, numbers as they are written.

    Raises
    ------
    ImportRefusedError
        It is not JSON.
    """
    try:
        return load_json(file.data, numbers_as_text=True)
    except ValueError as error:
        raise ImportRefusedError(f"{file.name}: not JSON ({error}); nothing was imported") from None


def _exchange(headings: Sequence[object], name: str) -> Exchange:
    """Return whose list has these headings; columns that are added after the known ones are not read."""
    texts = [clean(str(heading)) for heading in headings]
    if len(texts) >= len(CELLS) and all(
        re.fullmatch(pattern, text) for text, (_, pattern) in zip(texts, CELLS, strict=False)
    ):
        return "TPEX" if texts[0].startswith("股票") else "TWSE"
    raise ImportRefusedError(
        f"{name}: its columns are not those of the balances of margin and borrowed short sales "
        f"({'、'.join(texts[:6])} …); nothing was imported"
    )


def _is_headings(cells: Sequence[str]) -> bool:
    return re.fullmatch(CELLS[0][1], clean(cells[0])) is not None


def _from_csv(file: SourceFile) -> Document:
    try:
        text = file.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = file.data.decode("cp950", errors="replace")
    lines = list(_csv_rows(text, file.name))
    head = next((at for at, (_, cells) in enumerate(lines) if cells and _is_headings(cells)), None)
    above = [cell for _, cells in lines[: len(lines) if head is None else head] for cell in cells]
    days = {day for cell in above if (day := roc_date(cell)) is not None}
    if not any(_TITLE in cell for cell in above) or len(days) != 1:
        raise ImportRefusedError(
            f"{file.name}: no title with one date such as 114年01月08日 {_TITLE}; this is no file of TWT93U or margin/sbl"
        )
    if head is None:
        raise ImportRefusedError(
            f"{file.name}: the line of headings is missing; nothing was imported"
        )
    headings = lines[head][1]
    # Every line ends with a comma, unless a spreadsheet saved the file.
    width = len(headings)
    exchange = _exchange(headings, file.name)
    unnamed = not any(headings[len(CELLS) :])
    rows: list[tuple[int, list[str]]] = []
    malformed: list[Reject] = []
    total, prose, stated = None, False, None
    for line, given in lines[head + 1 :]:
        cells = [clean(cell) for cell in given[: len(CELLS)]]
        counted = _COUNT.match(cells[0]) if not any(cells[1:]) else None
        stated = counted or stated
        if prose := prose or bool(counted) or (len(given) == 1 and bool(_PROSE.match(cells[0]))):
            continue
        if len(given) != width or (unnamed and any(given[len(CELLS) :])):
            reason = f"the row does not have the header's {len(CELLS)} cells"
            malformed.append(Reject(file.name, line, ",".join(given), reason))
        elif not cells[0] and cells[1] == _TOTAL:
            total = cells
        else:
            rows.append((line, cells))
    if total is None and not prose:
        raise ImportRefusedError(
            f"{file.name}: the file ends without its total and its notes: it was cut off; nothing was imported"
        )
    if stated is not None and int(stated[1]) != len(rows) + len(malformed):
        raise ImportRefusedError(
            f"{file.name}: it states {stated[1]} rows and holds {len(rows) + len(malformed)}: it was cut off; nothing was "
            "imported"
        )
    ends = not rows or total is not None or stated is not None
    return Document(file.name, days.pop(), exchange, rows, total, malformed, ends)


def _csv_rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells; cells may hold line breaks, and then the number is that of their first line."""
    reader = csv.reader(io.StringIO(text, newline=""))
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        raise ImportRefusedError(f"{name}: not readable as CSV ({error})") from None


def _from_json(file: SourceFile) -> Document:
    document = json_document(file)
    if not isinstance(document, dict):
        raise ImportRefusedError(f"{file.name}: JSON that is no object; nothing was imported")
    state = document.get("stat")
    if state is not None and str(state).lower() != "ok":
        raise ImportRefusedError(
            f"{file.name}: the exchange answers {state!r}; nothing was imported"
        )
    table = _table(document, file.name)
    fields = _list(table, "fields")
    exchange = _exchange(fields, file.name)
    data = _list(table, "data")
    days = {
        day
        for text in (
            document.get("date"),
            table.get("date"),
            document.get("title"),
            table.get("title"),
        )
        if (day := _json_date(text)) is not None
    }
    if len(days) != 1:
        found = " and ".join(sorted(str(day) for day in days)) or "none"
        raise ImportRefusedError(
            f"{file.name}: the date of its figures must be stated once, not {found}"
        )
    for key in ("total", "totalCount"):
        stated = table.get(key, document.get(key))
        if stated is not None and str(stated) != str(len(data)):
            raise ImportRefusedError(
                f"{file.name}: it states {stated} rows and holds {len(data)}: it was cut off; nothing was imported"
            )
    rows: list[tuple[int, list[str]]] = []
    malformed: list[Reject] = []
    total = None
    for number, given in enumerate(data, 1):
        cells = _cells(given, len(fields))
        if cells is None:
            reason = f"the row is no list of the header's {len(fields)} texts"
            malformed.append(Reject(file.name, number, str(given), reason))
        elif not cells[0] and cells[1] == _TOTAL:
            total = cells
        else:
            rows.append((number, cells))
    return Document(file.name, days.pop(), exchange, rows, total, malformed)


def _table(document: dict[str, Json], name: str) -> dict[str, Json]:
    """Return the object that has headings and rows: the document itself, or the one table in it that has them."""
    tables = document.get("tables")
    several = tables if isinstance(tables, list) else [document]
    found = [
        table
        for table in several
        if isinstance(table, dict)
        and isinstance(table.get("fields"), list)
        and isinstance(table.get("data"), list)
    ]
    if len(found) != 1:
        raise ImportRefusedError(
            f"{name}: JSON with {len(found)} tables of fields and data, not one; nothing was imported"
        )
    return found[0]


def _list(table: dict[str, Json], name: str) -> list[Json]:
    values = table.get(name)
    return values if isinstance(values, list) else []


def _json_date(text: object) -> date | None:
    if not isinstance(text, str):
        return None
    if re.fullmatch(r"\d{8}", text):
        try:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            return None
    return roc_date(text)


def _cells(given: object, width: int) -> list[str] | None:
    if not isinstance(given, list) or len(given) != width:
        return None
    texts: list[str] = []
    for cell in given[: len(CELLS)]:
        if not (cell is None or isinstance(cell, str)):
            return None
        texts.append(clean(cell or ""))
    return texts
