"""Small made-up evening lists in every shape in which Taiwan's exchanges publish them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

TITLE = "信用額度總量管制餘額表"
GROUPS = '"股票",,"融券",,,,,,"借券賣出",,,,,,"",'
HEADINGS = [
    "代號",
    "名稱",
    "前日餘額",
    "賣出",
    "買進",
    "現券",
    "今日餘額",
    "次一營業日限額",
    "前日餘額",
    "當日賣出",
    "當日還券",
    "當日調整",
    "當日餘額",
    "次一營業日可限額",
    "備註",
]
NOTES = '"說明:"\r\n"「當日調整」數額：為當日\r\n\r\nX-停券\r\n\r\n!─停止買賣\r\n"\r\n'

MARGIN = (0, 0, 0, 0, 0, 500_000)
"""Previous, sold, bought, repaid, balance and limit of a margin book with nothing in it."""


def row(
    code: str,
    previous: int = 0,
    sold: int = 0,
    returned: int = 0,
    adjusted: int = 0,
    limit: int = 0,
    *,
    balance: int | None = None,
    margin: Iterable[int] = MARGIN,
    note: str = "",
) -> list[str]:
    """The cells of one stock; its balance is what the flows make of it."""
    after = previous + sold - returned + adjusted if balance is None else balance
    numbers = [*margin, previous, sold, returned, adjusted, after, limit]
    return [code, "某某", *(f"{number:,}" for number in numbers), note]


def total(rows: list[list[str]]) -> list[str]:
    """The cells of the row of totals, whose limits are 0."""
    sums = []
    for at in range(2, 14):
        column = sum(int(cells[at].replace(",", "")) for cells in rows)
        sums.append("0" if at in (7, 13) else f"{column:,}")
    return ["", "合計", *sums, ""]


def roc(day: date) -> str:
    return f"{day.year - 1911}年{day.month:02}月{day.day:02}日"


def csv_list(
    day: date, *rows: list[str], totals: bool | list[str] = True, notes: bool = True
) -> bytes:
    """A ``TWT93U`` as CSV in cp950; without rows a closed day's."""
    lines = [f'"{roc(day)} {TITLE}"']
    lines += [GROUPS] if rows else []
    lines.append(",".join(f'"{heading}"' for heading in HEADINGS) + ",")
    every = [*rows, *([total(list(rows))] if totals is True and rows else [])]
    every += [totals] if isinstance(totals, list) else []
    for cells in every:
        code = f'="{cells[0]}"' if cells[0].startswith("0") else f'"{cells[0]}"'
        lines.append(
            ",".join(
                [
                    code,
                    *(
                        f'"{cell} "' if at == 13 else f'"{cell}"'
                        for at, cell in enumerate(cells[1:])
                    ),
                ]
            )
            + ","
        )
    return ("\r\n".join([*lines, ""]) + (NOTES if notes else "")).encode("cp950")


def twse_json(day: date, *rows: list[str], wrapped: bool = False, **more: Any) -> bytes:
    """A ``TWT93U`` as JSON: alone, or in the tables of newer answers."""
    data = [*rows, total(list(rows))] if rows else []
    title = f"{roc(day)} {TITLE}"
    table = {"title": title, "fields": HEADINGS, "data": data}
    head: dict[str, Any] = {"stat": "OK", "date": f"{day:%Y%m%d}"}
    body = {"tables": [table, {}]} if wrapped else table
    return json.dumps({**head, **body, "total": len(data), **more}, ensure_ascii=False).encode()


def tpex_json(day: date, *rows: list[str], **more: Any) -> bytes:
    """TPEx's ``margin/sbl``: always in tables, the date in the republic's calendar, no row of totals."""
    fields = [
        "股票代號",
        "股票名稱",
        *HEADINGS[2:6],
        "當日餘額",
        "限額",
        *HEADINGS[8:11],
        "當日調整數額",
        "當日餘額",
    ]
    fields += ["次一營業日可借券賣出限額", "備註"]
    table = {
        "title": TITLE,
        "date": f"{day.year - 1911}/{day.month:02}/{day.day:02}",
        "totalCount": len(rows),
        "fields": fields,
        "data": list(rows),
        "notes": [],
    }
    return json.dumps({"date": f"{day:%Y%m%d}", "tables": [table], "stat": "ok", **more}).encode()
