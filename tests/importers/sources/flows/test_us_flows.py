"""FINRA's daily short volume and the SEC's fails: real files against awk, whole or refused, and never known too early."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
from hypothesis import given

from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers import SOURCES, import_source
from shortable.importers.sources.flows.finra_volume import parse_finra_volume
from shortable.importers.sources.flows.sec_fails import parse_sec_fails
from shortable.importers.tables import open_table
from shortable.store import Figures
from tests.importers.fuzz import damaged, read_or_refused, rows_of

HEAD = "Date|Symbol|ShortVolume|ShortExemptVolume|TotalVolume|Market\n"
LINES = (
    "20240508|A|226412|1121|535905|B,Q,N",
    "20240508|BRK/B|12.5|0|100.25|Q,N",
    "20240508|ABRpA|0|0|7|N",
    "20240508|NA|5|5|5|Q",
)
FAILS_HEAD = "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\n"
FAILS = (
    "20240502|11111A109|QQA|13489|QQ A|8.90",
    "20240502|22222A109|QQA|11|QQ A OLD|.",
    "20240503|33333A109|TRUE|500|TRUE CO|1.00",
)


def volume(*lines: str, trailer: str | None = None) -> bytes:
    last = str(len(lines)) if trailer is None else trailer
    return (HEAD + "\n".join([*lines, last, ""])).encode()


def fails(*lines: str, trailers: tuple[str, ...] = ()) -> bytes:
    return (FAILS_HEAD + "\n".join([*lines, *trailers, ""])).encode()


class TestVolume:
    @pytest.mark.parametrize(
        ("day", "rows", "short", "exempt", "total"),
        [
            # awk -F'|' 'NR>1&&NF==6{n++;s+=$3;e+=$4;t+=$5} END{printf "%d %.0f %.0f %.0f\n",n,s,e,t}'
            ("20210126", 9_285, 2_795_340_036, 53_685_913, 6_548_179_642),
            ("20210127", 9_311, 3_965_051_656, 109_417_525, 10_032_670_190),
        ],
    )
    def test_real_files(
        self,
        real_data: Path,
        tmp_path: Path,
        day: str,
        rows: int,
        short: int,
        exempt: int,
        total: int,
    ) -> None:
        file = real_data / "finra" / f"CNMSshvol{day}.txt"
        parsed = parse_finra_volume(file)
        ((_, _, table),) = parsed.figures
        assert (parsed.rows_read, table.num_rows, parsed.rejects) == (rows + 1, rows, [])
        sums = [
            pc.sum(table[name]).as_py()
            for name in ("short_volume", "exempt_volume", "total_volume")
        ]
        assert sums == [short, exempt, total]
        report = import_source("finra-volume", file, data_folder=tmp_path)
        assert (report.rows_stored, dict(report.passed_over)) == (rows, {"trailers": 1})
        again = import_source("finra-volume", file, data_folder=tmp_path)
        assert (again.rows_stored, again.rows_unchanged) == (0, rows)

    def test_point_in_time_on_the_real_files(self, real_data: Path, tmp_path: Path) -> None:
        files = [real_data / "finra" / f"CNMSshvol2021012{n}.txt" for n in (6, 7)]
        import_source("finra-volume", files, data_folder=tmp_path)
        figures = Figures("short_volume", data_folder=tmp_path)
        # Lines "20210126|A|97435|2440|332328" and "20210127|A|226412|1121|535905"; each counts from 18:00 of its day.
        assert figures.value("short_volume", "A", datetime(2021, 1, 26, 17, 59)) is None
        assert figures.value("short_volume", "A", datetime(2021, 1, 26, 18)) == 97435
        assert figures.value("short_volume", "A", datetime(2021, 1, 27, 17, 59)) == 97435
        assert figures.value("short_volume", "A", datetime(2021, 1, 27, 18)) == 226412
        # "20210127|ABRpA|97|0|97|Q"
        assert figures.value("total_volume", "ABR-PA", datetime(2021, 1, 28)) == 97

    def test_spellings_and_fractions(self) -> None:
        rows = rows_of(parse_finra_volume(volume(*LINES)))
        assert [(r["symbol"], r["short_volume"], r["total_volume"], r["venue"]) for r in rows] == [
            ("A", 226412.0, 535905.0, "B,Q,N"),
            ("BRK.B", 12.5, 100.25, "Q,N"),
            ("ABR.PRA", 0.0, 7.0, "N"),
            ("NA", 5.0, 5.0, "Q"),
        ]
        assert all(r["by_rule"] for r in rows)

    @pytest.mark.parametrize("trailer", ["", "3", "5", "abc"])
    def test_a_file_that_was_cut_off_is_refused(self, trailer: str) -> None:
        with pytest.raises(ImportRefusedError, match="the file was cut off"):
            parse_finra_volume(volume(*LINES, trailer=trailer))
        parsed = parse_finra_volume(volume(*LINES, trailer=trailer), allow_truncated=True)
        assert parsed.figures[0][2].num_rows == 4

    def test_rows_that_cannot_be_used(self) -> None:
        bad = (
            "20240508|QQB|9|0|8|N",
            "20240508|QQC|-1|0|8|N",
            "20240532|QQD|1|0|8|N",
            "20240508|QQE||0|8|N",
            "20240508|A|1|0|8|N",
            "20240508|QQF|1|0|8",
        )
        parsed = parse_finra_volume(volume(*LINES[:1], *bad))
        assert [(r.line, r.reason) for r in parsed.rejects] == [
            (3, "ShortVolume is above TotalVolume"),
            (4, "ShortVolume -1 is negative"),
            (5, "Date '20240532' is not a date (%Y%m%d)"),
            (6, "ShortVolume is empty"),
            (8, "the row does not have the header's 6 cells"),
        ]
        # The second row of A is of another facility, so it is no repeat.
        assert [r["venue"] for r in rows_of(parsed)] == ["B,Q,N", "N"]

    def test_one_facility_is_part_of_the_consolidated_file(self, tmp_path: Path) -> None:
        file = tmp_path / "FNYXshvol20240508.txt"
        file.write_bytes(volume(*LINES))
        with pytest.raises(ImportRefusedError, match="whose trades are in the consolidated file"):
            import_source("finra-volume", file, data_folder=tmp_path)

    def test_it_is_no_availability(self) -> None:
        with pytest.raises(ImportRefusedError, match="read it as what it is: finra-volume"):
            import_source("table", volume(*LINES), broker="b", publish_at="18:00")
        with pytest.raises(ImportRefusedError, match=r"fails to deliver.*what it is: sec-fails"):
            import_source("table", fails(*FAILS), broker="b", publish_at="18:00")
        with pytest.raises(InvalidInputError, match="broker='b' must be left out"):
            import_source("finra-volume", volume(*LINES), broker="b")

    @given(data=damaged(volume(*LINES)))
    def test_damage(self, data: bytes) -> None:
        def known(row: dict[str, Any]) -> bool:
            cells = [line.split("|") for line in data.decode("utf-8", "replace").split("\n")]
            head = next(names for names in cells if "ShortVolume" in map(str.strip, names))
            # A damaged header may lack a column, and then a damaged row fits it.
            day, short, total = (
                [name.strip() for name in head].index(name)
                for name in ("Date", "ShortVolume", "TotalVolume")
            )
            return any(
                c[day].strip() == f"{row['date']:%Y%m%d}"
                and _number(c[short : short + 1])
                and _number(c[total : total + 1])
                and float(c[short]) == row["short_volume"]
                and float(c[total]) == row["total_volume"]
                for c in cells
                if len(c) == len(head)
            )

        read_or_refused(SOURCES["finra-volume"], data, known, allow_truncated=True)


def _number(cells: list[str]) -> bool:
    try:
        return bool(cells) and float(cells[0]) >= 0
    except ValueError:
        return False


class TestFails:
    def test_the_real_file(self, real_data: Path, tmp_path: Path) -> None:
        file = real_data / "sec" / "cnsfails202101b.txt"
        parsed = parse_sec_fails(file)
        ((_, _, table),) = parsed.figures
        # awk -F'|' 'NR>1&&NF==6{n++;s+=$4;if($6==".")p++} END{printf "%d %.0f %d\n",n,s,p}'
        assert table.num_rows == 55_972
        assert pc.sum(table["shares"]).as_py() == 3_603_902_460
        assert table["price"].null_count == 735
        assert parsed.rejects == []
        # The sample begins with the 15th, and all of it was published in the middle of February.
        assert pc.min(table["date"]).as_py() == date(2021, 1, 15)
        assert {str(at) for at in pc.unique(table["known_at"]).to_pylist()} == {
            "2021-02-17 05:00:00+00:00"
        }
        import_source("sec-fails", file, data_folder=tmp_path)
        figures = Figures("fails_to_deliver", data_folder=tmp_path)
        # grep '^20210129|.*|GME|': 138179 at 193.60
        assert figures.value("shares", "GME", datetime(2021, 2, 16, 23, 59)) is None
        assert figures.value("shares", "GME", datetime(2021, 2, 17)) == 138179

    def test_one_symbol_under_two_cusips_is_one_sum(self, tmp_path: Path) -> None:
        import_source("sec-fails", fails(*FAILS), data_folder=tmp_path)
        figures = Figures("fails_to_deliver", data_folder=tmp_path)
        assert figures.value("shares", "QQA", datetime(2024, 6, 1)) == 13500
        # 8.90 × 13,489 of 13,489 shares with a price: the other has none, so neither has the sum of both.
        assert figures.value("price", "TRUE", datetime(2024, 6, 1)) == 1.0
        assert figures.value("shares", "QQA", datetime(2024, 5, 31, 23, 59)) is None

    def test_trailers_are_held_against_the_rows(self) -> None:
        count = "Trailer record count 3"
        total = "Trailer total quantity of shares 14000"
        parsed = parse_sec_fails(fails(*FAILS, trailers=(count, total)))
        assert (parsed.rows_read, dict(parsed.passed_over), parsed.notes) == (
            5,
            {"trailers": 2},
            [],
        )
        with pytest.raises(ImportRefusedError, match="its trailer counts 3 rows, and 2 are there"):
            parse_sec_fails(fails(*FAILS[1:], trailers=(count, total)))
        with pytest.raises(
            ImportRefusedError, match="its trailer counts 14,000 shares, and 13,500"
        ):
            parse_sec_fails(fails(*FAILS[:2], trailers=("Trailer record count 2", total)))

    def test_when_a_half_is_published(self, tmp_path: Path) -> None:
        early, late = "2024-06-01 04:00:00+00:00", "2024-06-17 04:00:00+00:00"
        for name, rows, expected in (
            ("fails.txt", FAILS, early),
            ("cnsfails202405a.txt", FAILS, early),
            ("cnsfails202405b.txt", FAILS, late),
            ("fails.txt", (*FAILS, FAILS[2].replace("0503", "0515")), late),
            ("cnsfails202405a.txt", (*FAILS, FAILS[2].replace("0503", "0516")), late),
        ):
            file = tmp_path / name
            file.write_bytes(fails(*rows))
            ((_, _, table),) = parse_sec_fails(file).figures
            assert {str(at) for at in table["known_at"].to_pylist()} == {expected}

    @given(data=damaged(fails(*FAILS)))
    def test_damage(self, data: bytes) -> None:
        def known(row: dict[str, Any]) -> bool:
            for line in data.decode("utf-8", "replace").split("\n"):
                cells = [cell.strip() for cell in line.split("|")]
                stated = {f"{row['date']:%Y%m%d}", row["cusip"], str(row["shares"])}
                if len(cells) == 6 and stated <= {*cells, cells[3].lstrip("+0").removesuffix(".0")}:
                    return True
            return row["shares"] == 0

        read_or_refused(SOURCES["sec-fails"], data, known)


def test_the_table_of_a_file_says_where_a_row_stands() -> None:
    assert open_table(volume(*LINES), delimiter="|").locate(1) == (3, LINES[1])
