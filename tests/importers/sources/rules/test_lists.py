"""Lists of rules: who is listed and when, that a list was whole, and since when both were known."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers import SOURCES, import_source
from shortable.importers.needs import NeedsError
from shortable.importers.sources.rules.china_eligible import parse_china_eligible
from shortable.importers.sources.rules.hkex_designated import parse_hkex_designated
from shortable.importers.sources.rules.regsho import parse_regsho
from shortable.importers.sources.rules.rule201 import parse_rule201
from shortable.store import Figures
from tests.importers.fuzz import damaged, read_or_refused, rows_of

REGSHO = (
    "Symbol|Security Name|Market Category|Reg SHO Threshold Flag|Rule 3210|Filler\n"
    "QQA|QQ A Inc|Q|Y|N|\n"
    "NA|QQ N Inc|G|Y|N|\n"
    "QQB|QQ B Inc|S|N|Y|\n"
    "20240508230503\n"
)


def whole(parsed: Any) -> list[tuple[str, date, str]]:
    return [
        (row["symbol"], row["date"], row["rule"])
        for _, _, table in parsed.also
        for row in table.to_pylist()
    ]


class TestRegSho:
    def test_a_list(self) -> None:
        parsed = parse_regsho(REGSHO.encode())
        day = date(2024, 5, 8)
        assert [(r["symbol"], r["date"], r["until"], r["rule"]) for r in rows_of(parsed)] == [
            ("QQA", day, day, "regsho_threshold:nasdaq"),
            ("NA", day, day, "regsho_threshold:nasdaq"),
        ]
        assert whole(parsed) == [("*", day, "regsho_threshold:nasdaq")]
        # 23:05:03 in New York, UTC-4.
        assert {str(r["known_at"]) for r in rows_of(parsed)} == {"2024-05-09 03:05:03+00:00"}
        assert dict(parsed.passed_over) == {"rows that are not flagged": 1, "trailers": 1}
        assert parsed.rows_read == 4

    def test_the_name_states_day_and_exchange(self, tmp_path: Path) -> None:
        file = tmp_path / "NYSEth20240508.txt"
        file.write_text(REGSHO.replace("20240508230503", "20240509000112"))
        (row, _) = rows_of(parse_regsho(file))
        assert (row["date"], row["rule"]) == (date(2024, 5, 8), "regsho_threshold:nyse")
        with pytest.raises(InvalidInputError, match="not lie after the list was made"):
            parse_regsho(file, date="2024-05-10")

    def test_an_empty_list_is_a_statement_and_a_cut_one_is_refused(self, tmp_path: Path) -> None:
        head, *_, stamp = REGSHO.splitlines()
        report = import_source("regsho", f"{head}\n{stamp}\n".encode(), data_folder=tmp_path)
        assert (report.rows_read, report.rows_stored) == (1, 0)
        stored = Figures("restrictions", data_folder=tmp_path).dataset.open(
            tmp_path,
            SOURCES["regsho"].market,
            "regsho",  # type: ignore[arg-type]
        )
        assert stored.table()["symbol"].to_pylist() == ["*"]
        with pytest.raises(ImportRefusedError, match="the list was cut off"):
            parse_regsho(REGSHO.rsplit("\n", 2)[0].encode())

    def test_a_row_that_cannot_be_read_takes_away_that_the_list_is_whole(self) -> None:
        parsed = parse_regsho(REGSHO.replace("QQA|", "#?|").encode())
        assert (whole(parsed), len(parsed.rejects)) == ([], 1)
        assert "nothing says that what the list leaves out is not listed" in parsed.notes[0]

    def test_through_the_reader(self, tmp_path: Path) -> None:
        import_source("regsho", REGSHO.encode(), data_folder=tmp_path)
        figures = Figures("restrictions", data_folder=tmp_path)
        assert figures.rows("QQA", datetime(2024, 5, 8, 23, 5, 2)) == []
        assert figures.value("until", "QQA", datetime(2024, 5, 8, 23, 5, 3)) == date(2024, 5, 8)
        assert {str(s) for s in figures.all("until", datetime(2024, 5, 9))} == {"QQA", "NA"}

    @given(data=damaged(REGSHO.encode()))
    def test_damage(self, data: bytes) -> None:
        lines = [line.split("|") for line in data.decode("utf-8", "replace").split("\n")]
        yes = ("y", "true", "1", "t", "yes", "1.0")

        def known(row: dict[str, Any]) -> bool:
            # A damaged header may have fewer columns: a row has as many cells, and its flag where the header has it.
            return any(
                row["symbol"] == re.sub("[ /-]+", ".", c[0].strip().upper())
                and any(cell.strip().lower() in yes for cell in c)
                for c in lines
            )

        read_or_refused(SOURCES["regsho"], data, known)


RULE201 = (
    "Symbol,Security Name,Market Category,Trigger Time\n"
    "QQA,QQ A Inc,N,8/20/2026 9:30:00 AM\n"
    "QQB,QQ B Inc,Q,8/21/2026 3:59:59 PM\n"
)


class TestRule201:
    def test_the_rest_of_the_day_and_the_next_session(self) -> None:
        rows = rows_of(parse_rule201(RULE201.encode()))
        # 2026-08-21 is a Friday; 9:30 in New York is 13:30 UTC.
        assert [
            (r["symbol"], str(r["date"]), str(r["until"]), str(r["known_at"])) for r in rows
        ] == [
            ("QQA", "2026-08-20", "2026-08-21", "2026-08-20 13:30:00+00:00"),
            ("QQB", "2026-08-21", "2026-08-24", "2026-08-21 19:59:59+00:00"),
        ]
        assert not any(r["by_rule"] for r in rows)

    def test_whole_only_where_it_is_stated(self) -> None:
        assert whole(parse_rule201(RULE201.encode())) == []
        assert whole(parse_rule201(RULE201.encode(), complete=True)) == [
            ("*", date(2026, 8, 20), "rule_201"),
            ("*", date(2026, 8, 21), "rule_201"),
        ]

    def test_a_day_without_triggers_is_a_statement(self, tmp_path: Path) -> None:
        head = RULE201.splitlines()[0] + "\n"
        file = tmp_path / "shorthalts20260821.txt"
        for text in (head, head + "20260821203000\n"):
            file.write_text(text)
            parsed = parse_rule201(file, complete=True)
            assert (rows_of(parsed), whole(parsed)) == ([], [("*", date(2026, 8, 21), "rule_201")])
        with pytest.raises(ImportRefusedError, match=r"holds no rows|no row can be used"):
            parse_rule201(file)
        with pytest.raises(ImportRefusedError, match="holds no rows"):
            parse_rule201(head.encode(), complete=True)
        report = import_source("rule201", file, data_folder=tmp_path / "d", complete=True)
        assert report.rows_stored == 0

    def test_times_that_are_none(self) -> None:
        odd = RULE201 + "QQC,QQ C,N,21/8/2026 9:30:00 AM\nQQD,QQ D,N,8/21/2026\n20260821170000\n"
        parsed = parse_rule201(odd.encode())
        assert [r.line for r in parsed.rejects] == [4, 5]
        assert dict(parsed.passed_over) == {"trailers": 1}

    @given(data=damaged(RULE201.encode()))
    def test_damage(self, data: bytes) -> None:
        text = data.decode("utf-8", "replace").upper()

        def known(row: dict[str, Any]) -> bool:
            spelled = text.replace("-", ".").replace("/", ".").replace(" ", ".")
            day = row["date"]
            return row["symbol"] in spelled and f"{day.day}" in text and row["until"] > day

        read_or_refused(SOURCES["rule201"], data, known)


DESIGNATED = (
    '"List of Designated Securities Eligible for Short Selling (effective from 28/04/2026)"\n'
    "\n"
    "No.,Stock Code,Stock Name,Currency\n"
    "1,00001,CKH,HKD\n"
    "2,00700,QQ,HKD\n"
    "Note: see the rules of the exchange\n"
)


class TestDesignated:
    def test_a_list_stands_until_the_next(self) -> None:
        parsed = parse_hkex_designated(DESIGNATED.encode())
        rows = rows_of(parsed)
        assert [(r["symbol"], str(r["date"]), r["until"]) for r in rows] == [
            ("1", "2026-04-28", None),
            ("700", "2026-04-28", None),
        ]
        assert whole(parsed) == [("*", date(2026, 4, 28), "hkex_designated")]
        # Midnight in Hong Kong, UTC+8.
        assert {str(r["known_at"]) for r in rows} == {"2026-04-27 16:00:00+00:00"}
        assert dict(parsed.passed_over) == {"lines of prose": 1}

    def test_lines_keep_their_numbers_below_the_prose(self) -> None:
        (reject,) = parse_hkex_designated(DESIGNATED.replace("00700", "QQ").encode()).rejects
        assert (reject.line, reject.reason) == (5, "stock code 'QQ' is not 1 to 5 digits")

    def test_the_first_day_is_asked_for(self) -> None:
        bare = DESIGNATED.split("\n", 2)[2].encode()
        with pytest.raises(NeedsError, match="from which day the list is in force: give `date="):
            parse_hkex_designated(bare)
        assert (
            str(rows_of(parse_hkex_designated(bare, date="2026-04-28"))[0]["date"]) == "2026-04-28"
        )

    @given(data=damaged(DESIGNATED.encode()))
    def test_damage(self, data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        read_or_refused(SOURCES["hkex-designated"], data, lambda row: row["symbol"] in text)


ELIGIBLE = (
    "证券代码,证券简称,融资标的,融券标的,当日可融资,当日可融券\n"
    "000001,QQ,Y,Y,Y,Y\n"
    "000004,RR,Y,N,Y,N\n"
    "300750,SS,Y,Y,Y,N\n"
)


class TestEligible:
    def test_yes_and_no(self) -> None:
        parsed = parse_china_eligible(ELIGIBLE.encode(), date="2024-01-10")
        day = date(2024, 1, 10)
        assert [(r["symbol"], r["date"], r["until"], r["rule"]) for r in rows_of(parsed)] == [
            ("000001", day, day, "china_eligible:szse")
        ]
        assert whole(parsed) == [("*", day, "china_eligible:szse")]
        assert dict(parsed.passed_over) == {"securities that may not be sold short": 2}
        # 09:00 in Shanghai, UTC+8.
        assert str(rows_of(parsed)[0]["known_at"]) == "2024-01-10 01:00:00+00:00"

    def test_tushares_list_of_several_days_and_exchanges(self) -> None:
        text = b"trade_date,ts_code,name,exchange\n20240110,600519.SH,A,SSE\n20240111,000001.SZ,B,SZSE\n20240111,830799.BJ,C,BSE\n"
        parsed = parse_china_eligible(text)
        assert [(s, str(d), r) for s, d, r in whole(parsed)] == [
            ("*", "2024-01-10", "china_eligible:sse"),
            ("*", "2024-01-11", "china_eligible:szse"),
            ("*", "2024-01-11", "china_eligible:bse"),
        ]

    def test_what_is_left_open_or_something_else(self) -> None:
        with pytest.raises(NeedsError, match="of which day the list is"):
            parse_china_eligible(ELIGIBLE.encode())
        with pytest.raises(ImportRefusedError, match="balances of margin trading"):
            parse_china_eligible(b"trade_date,ts_code,rqyl\n20240110,600519.SH,5\n")

    @given(data=damaged(ELIGIBLE.encode()))
    def test_damage(self, data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        read_or_refused(
            SOURCES["china-eligible"], data, lambda row: row["symbol"] in text, date="2024-01-10"
        )


def test_china_s_list_says_yes_and_no_in_chinese() -> None:
    text = "日期,证券代码,证券简称,融券标的\n2024-01-02,600000,x,是\n2024-01-02,600001,y,否\n"
    ((_, _, table),) = parse_china_eligible(text.encode()).figures
    assert table["symbol"].to_pylist() == ["600000"]
