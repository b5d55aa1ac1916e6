"""Hong Kong's turnover and China's margin balances: flows and what is short, never what can be borrowed."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given

from shortable.errors import ImportRefusedError
from shortable.importers import SOURCES, import_source
from shortable.importers.needs import NeedsError
from shortable.importers.sources.flows.china_margin import parse_china_margin
from shortable.importers.sources.flows.hkex_turnover import parse_hkex_turnover
from shortable.store import Figures
from tests.importers.fuzz import damaged, damaged_json, read_or_refused, rows_of

PAGE = """
       SHORTSELL REPORT   TRADING DATE : 28 APR 2026 (TUESDAY)

      CODE   NAME OF STOCK               (SH)            ($)

          1  CKH HOLDINGS             11,500        999,288
        700  QQ 3 HOLDINGS         1,118,900    533,560,040
      %80016  QQ PPT-R                 2,500        300,000

      TOTAL SHARES (SH) :          1,132,900
"""
RECORDS = {
    "date": "05 FEB 2026",
    "data": [
        {"code": "00700", "name": "QQ", "shares": "1,118,900", "turnover": "533,560,040"},
        {"code": "%80016", "name": "QQ-R", "shares": 2500, "turnover": None},
    ],
}


class TestTurnover:
    def test_the_page(self, tmp_path: Path) -> None:
        parsed = parse_hkex_turnover(PAGE.encode())
        assert [
            (r["symbol"], r["date"], r["short_volume"], r["value"], r["note"] is None)
            for r in rows_of(parsed)
        ] == [
            ("1", date(2026, 4, 28), 11500.0, 999288.0, True),
            ("700", date(2026, 4, 28), 1118900.0, 533560040.0, True),
            ("80016", date(2026, 4, 28), 2500.0, 300000.0, False),
        ]
        import_source("hkex-turnover", PAGE.encode(), data_folder=tmp_path)
        figures = Figures("short_volume", data_folder=tmp_path)
        assert figures.value("short_volume", "700.HK", datetime(2026, 4, 28, 23, 59)) is None
        assert figures.value("short_volume", "700.HK", datetime(2026, 4, 29)) == 1118900

    def test_html_around_it(self) -> None:
        page = f"<html><body><pre>{PAGE.replace('QQ 3', '<a href=x>QQ &amp; 3</a>')}</pre></body></html>"
        assert len(rows_of(parse_hkex_turnover(page.encode()))) == 3

    @pytest.mark.parametrize(
        "document", [RECORDS, [{**r, "date": "2026-02-05"} for r in RECORDS["data"]]]
    )  # type: ignore[union-attr]
    def test_json(self, document: Any) -> None:
        rows = rows_of(parse_hkex_turnover(json.dumps(document).encode()))
        assert [(r["symbol"], r["date"], r["short_volume"], r["value"]) for r in rows] == [
            ("700", date(2026, 2, 5), 1118900.0, 533560040.0),
            ("80016", date(2026, 2, 5), 2500.0, None),
        ]

    def test_csv(self) -> None:
        head = "Date,Stock Code,Stock Name,Short Selling Turnover (Shares),Short Selling Turnover ($)\n"
        parsed = parse_hkex_turnover(
            f'{head}28/04/2026,00700,QQ,"1,118,900",5\n28/04/2026,1,RR\n'.encode()
        )
        (row,) = rows_of(parsed)
        assert (row["symbol"], row["date"], row["short_volume"], row["value"]) == (
            "700",
            date(2026, 4, 28),
            1118900.0,
            5.0,
        )
        assert [r.line for r in parsed.rejects] == [3]

    @pytest.mark.parametrize(
        ("page", "message"),
        [
            ("Short selling turnover will be available after 4:30 p.m.", "a placeholder"),
            (
                PAGE.replace("SHORTSELL REPORT", "Turnover up to morning close today"),
                "the morning alone",
            ),
            (PAGE.replace("TRADING DATE", "DAY"), "no line states a trading date"),
            (PAGE + PAGE.replace("28 APR", "29 APR"), "it is of several days"),
            ("TRADING DATE : 28 APR 2026\n", "no row can be used"),
            ('{"date": "05 FEB 2026", "data": []}', "without one list of records"),
            ('[{"code": "700", "shares": "5"}]', "nothing says of which day"),
            ('[{"code": "700", "price": "5"}]', "it lacks shares"),
        ],
    )
    def test_what_is_no_days_turnover(self, page: str, message: str) -> None:
        with pytest.raises(ImportRefusedError, match=message):
            parse_hkex_turnover(page.encode())

    def test_a_line_that_was_cut_is_rejected(self) -> None:
        cut = PAGE.replace("1,118,900    533,560,040", "1,118,900")
        (reject,) = parse_hkex_turnover(cut.encode()).rejects
        assert (reject.line, reject.reason) == (
            7,
            "the line does not have a code, a name, shares and turnover",
        )

    def test_turnover_of_any_size_is_read(self) -> None:
        large = PAGE.replace("533,560,040", "533,560,560,560,560,040")
        rows = rows_of(SOURCES["hkex-turnover"].parse(large.encode()))
        assert rows[1]["value"] == 533_560_560_560_560_040.0

    @given(data=damaged(PAGE.encode(), separators=" "))
    def test_damaged_pages(self, data: bytes) -> None:
        digits = data.decode("utf-8", "replace").replace(",", "")

        def known(row: dict[str, Any]) -> bool:
            return row["symbol"] in digits and f"{row['short_volume']:.0f}" in digits

        read_or_refused(SOURCES["hkex-turnover"], data, known)

    @given(document=damaged_json(RECORDS))
    def test_damaged_json(self, document: Any) -> None:
        text = json.dumps(document, ensure_ascii=False)

        def known(row: dict[str, Any]) -> bool:
            plain = text.replace(",", "").replace("１２", "12")
            return row["symbol"] in plain and f"{row['short_volume']:.0f}" in plain

        read_or_refused(SOURCES["hkex-turnover"], text.encode(), known)


SSE = (
    "信用交易日期,标的证券代码,标的证券简称,融资余额,融资买入额,融资偿还额,融券余量,融券卖出量,融券偿还量\n"
    "20240110,600519,QQ,16000000000,1,1,27800,900,1200\n"
    "20240110,510050,QQ ETF,5,1,1,0,0,0\n"
)
SZSE = (
    "证券代码,证券简称,融资买入额,融资余额,融券卖出量,融券余量,融券余额\n"
    '000001,QQ,"1,000","4,000,000",500,"12,300",115620.5\n'
)
TUSHARE = (
    "trade_date,ts_code,rzye,rqye,rzmre,rqyl,rzche,rqchl,rqmcl,rzrqye\n"
    "20240110,600519.SH,1,46000000.5,1,27800,1,1200,900,1\n"
    "20240110,000001.SZ,1,115620.5,1,12300,1,,500,1\n"
)


class TestChina:
    def test_three_sets_of_names_say_the_same(self, tmp_path: Path) -> None:
        def plain(parsed: Any) -> list[tuple[Any, ...]]:
            names = ("market", "symbol", "date", "book", "balance", "sold", "covered")
            return [tuple(row[name] for name in names) for row in rows_of(parsed)]

        day = date(2024, 1, 10)
        moutai = ("china", "600519", day, "margin", 27800, 900, 1200)
        ping_an = ("china", "000001", day, "margin", 12300, 500, None)
        assert plain(parse_china_margin(SSE.encode()))[0] == moutai
        assert plain(parse_china_margin(SZSE.encode(), date="2024-01-10")) == [ping_an]
        assert plain(parse_china_margin(TUSHARE.encode())) == [moutai, ping_an]
        file = tmp_path / "szse_20240110.csv"
        file.write_text(SZSE)
        assert plain(parse_china_margin(file)) == [ping_an]

    def test_the_day_has_to_be_known(self) -> None:
        with pytest.raises(
            NeedsError, match="of which day the figures are: give `date='YYYY-MM-DD'`"
        ):
            parse_china_margin(SZSE.encode())

    def test_codes_that_lost_their_zeros_are_rejected(self) -> None:
        frame = pd.DataFrame({"证券代码": [1, 600519], "融券余量": [5, 6]})
        parsed = parse_china_margin(frame, date="2024-01-10")
        (reject,) = parsed.rejects
        assert (
            reject.reason
            == "code '1' is not six digits; read codes as text, with their leading zeros"
        )

    def test_known_on_the_next_weekday_and_never_availability(self, tmp_path: Path) -> None:
        friday = SSE.replace("20240110", "20240112").encode()
        import_source("china-margin", friday, data_folder=tmp_path)
        figures = Figures("short_balances", data_folder=tmp_path)
        assert figures.value("balance", "600519.SS", datetime(2024, 1, 15, 8, 59)) is None
        assert figures.value("balance", "600519.SS", datetime(2024, 1, 15, 9)) == 27800
        assert not list(tmp_path.rglob("shortable"))

    @given(data=damaged(TUSHARE.encode()))
    def test_damage(self, data: bytes) -> None:
        text = data.decode("utf-8", "replace").replace(",", "").replace("１２", "12")

        def known(row: dict[str, Any]) -> bool:
            return row["symbol"] in text and str(row["balance"]) in text

        read_or_refused(SOURCES["china-margin"], data, known, date="2024-01-10")

    def test_balances_that_do_not_go_on_are_counted(self, tmp_path: Path) -> None:
        # 3,000 + 200 sold - 100 returned is 3,100; a split or a correction may explain 9,000.
        text = (
            b"trade_date,ts_code,rqyl,rqchl,rqmcl\n20240102,600000.SH,3000,0,0\n20240103,600000.SH,9000,100,200\n"
            b"20240102,600001.SH,3000,0,0\n20240103,600001.SH,3100,100,200\n"
        )
        report = import_source("china-margin", text, data_folder=tmp_path)
        (check,) = report.identities
        assert (check.checked, [str(one) for one in check.broken]) == (
            2,
            ["600000 margin on 2024-01-03: 8,900 instead of 3,000"],
        )
