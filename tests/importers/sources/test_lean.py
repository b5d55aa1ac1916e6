"""LEAN short-availability folders, both layouts, every quirk written out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shortable.clock import to_instant
from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers import import_source
from shortable.importers.sources.lean import parse_lean


def folder(root: Path, files: dict[str, str | bytes], broker: str = "axos") -> Path:
    place = root / "equity" / "usa" / "shortable" / broker
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return place


def rows(parsed: Any) -> list[tuple[str, bool, list[tuple[Any, ...]]]]:
    """Return (UTC time, complete, [(symbol, quantity, fee, rebate)]) by snapshot."""
    return [
        (
            datetime.fromtimestamp(s.as_of / 1e6, UTC).strftime("%Y-%m-%d %H:%M"),
            s.complete,
            [
                (r["symbol"], r["quantity"], r["fee_rate"], r["rebate_rate"])
                for r in s.table.to_pylist()
            ],
        )
        for _, s in parsed.snapshots
    ]


def test_a_dates_file_is_a_complete_snapshot_from_local_midnight(tmp_path: Path) -> None:
    text = "#SYM,AVAILABLE,REBATERATE,FEERATE\naapl,2000,5.0700,0.2500\nBAC,200,,\nbrk.b,,,1.5\nGME,0,-3.8500"
    folder(tmp_path, {"dates/20201221.csv": text})
    parsed = parse_lean(tmp_path, broker="axos")
    # Midnight in New York in winter is 05:00 UTC; 5.07 % is 0.0507; an empty AVAILABLE is null.
    assert rows(parsed) == [
        (
            "2020-12-21 05:00",
            True,
            [
                ("AAPL", 2000, 0.0025, 0.0507),
                ("BAC", 200, None, None),
                ("BRK.B", None, 0.015, None),
                ("GME", 0, None, -0.0385),
            ],
        )
    ]
    assert (parsed.rows_read, parsed.rejects, parsed.notes) == (4, [], [])


def test_older_dates_files_have_two_columns_no_header_and_no_last_newline(tmp_path: Path) -> None:
    place = folder(tmp_path, {"dates/20140325.csv": "AAPL,400\r\nGOOG,100\r\n\r\nNA,7"})
    assert rows(parse_lean(place, broker="axos")) == [
        # 25 March is summer time in New York: 04:00 UTC.
        (
            "2014-03-25 04:00",
            True,
            [("AAPL", 400, None, None), ("GOOG", 100, None, None), ("NA", 7, None, None)],
        )
    ]


def test_symbols_files_become_partial_snapshots_by_day(tmp_path: Path) -> None:
    place = folder(
        tmp_path,
        {
            "symbols/aapl.csv": "#DATE,AVAILABLE,REBATERATE,FEERATE\n20131004,1000,3.8500,\n20131007,1000,,0.2500\n",
            "symbols/brk.b.csv": "20131007,,\n20131008,5",
        },
    )
    assert rows(parse_lean(place, broker="axos")) == [
        ("2013-10-04 04:00", False, [("AAPL", 1000, None, 0.0385)]),
        ("2013-10-07 04:00", False, [("AAPL", 1000, 0.0025, None), ("BRK.B", None, None, None)]),
        ("2013-10-08 04:00", False, [("BRK.B", 5, None, None)]),
    ]


def test_both_layouts_together(tmp_path: Path) -> None:
    folder(
        tmp_path,
        {
            "dates/20201221.csv": "aapl,2000,5.07,0.25\nbac,200\n",
            "symbols/aapl.csv": "20201221,2000,5.0700,0.2500\n20201222,1500\n",  # the first row repeats dates/
            "symbols/bac.csv": "20201221,201\n",  # contradicts dates/
            "symbols/tsla.csv": "20201221,300\n",  # dates/ leaves it out
        },
    )
    parsed = parse_lean(tmp_path, broker="axos")
    assert rows(parsed) == [
        (
            "2020-12-21 05:00",
            True,
            [("AAPL", 2000, 0.0025, 0.0507), ("BAC", 200, None, None), ("TSLA", 300, None, None)],
        ),
        ("2020-12-22 05:00", False, [("AAPL", 1500, None, None)]),
    ]
    assert [(r.source, r.line, r.text, r.reason) for r in parsed.rejects] == [
        ("symbols/bac.csv", 1, "20201221,201", "line 2 of dates/20201221.csv states something else")
    ]
    assert parsed.passed_over == {"repeated in symbols/": 1}
    assert parsed.notes == [
        "1 rows of symbols/ name symbols that the dates/ file of their day leaves out; they are part of that day's snapshot"
    ]
    # 2 + 2 + 1 + 1 rows read: 4 stored, 1 rejected, 1 repeated.
    assert parsed.rows_read == 6 == sum(s.rows for _, s in parsed.snapshots) + 1 + 1


@pytest.mark.parametrize(
    ("name", "text", "line", "reason"),
    [
        ("dates/20201221.csv", "a,1\nb,-2\n", 2, "AVAILABLE -2 is negative"),
        ("dates/20201221.csv", "a,1\nb,2.5\n", 2, "AVAILABLE 2.5 is not a whole number of shares"),
        ("dates/20201221.csv", "a,1\nb,nan\n", 2, "AVAILABLE 'nan' states no quantity"),
        ("dates/20201221.csv", "a,1\nb\n", 2, "the row has 1 cells; 2 to 4 are read"),
        ("dates/20201221.csv", "a,1\nb,1,2,3,4\n", 2, "the row has 5 cells; 2 to 4 are read"),
        ("dates/20201221.csv", "a,1\nb,1,x,\n", 2, "REBATERATE 'x' is not a number"),
        ("dates/20201221.csv", "a,1\n,7\n", 2, "the symbol is empty"),
        (
            "dates/20201221.csv",
            "a,1\nry.ca,7\n",
            2,
            "symbol 'ry.ca' would read as 'RY' of market 'canada'",
        ),
        ("dates/20201221.csv", "a,1\nA,7\n", 2, "duplicate of line 1 of dates/20201221.csv"),
        ("symbols/a.csv", "20201221,1\n20201221,1\n", 2, "duplicate of line 1 of symbols/a.csv"),
        ("symbols/a.csv", "20201221,1\n20210230,1\n", 2, "DATE '20210230' is not a day (yyyyMMdd)"),
        (
            "symbols/a.csv",
            "20201221,1\n2020-12-22,1\n",
            2,
            "DATE '2020-12-22' is not a day (yyyyMMdd)",
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected(
    tmp_path: Path, name: str, text: str, line: int, reason: str
) -> None:
    parsed = parse_lean(folder(tmp_path, {name: text}), broker="axos")
    assert [(r.source, r.line, r.text) for r in parsed.rejects] == [
        (name, line, text.splitlines()[1])
    ]
    assert parsed.rejects[0].reason == reason
    assert parsed.rows_read == 2
    assert [s.rows for _, s in parsed.snapshots] == [1]


def test_two_files_of_one_symbol(tmp_path: Path) -> None:
    place = folder(
        tmp_path,
        {"symbols/brk-b.csv": "20201221,1\n", "symbols/brk.b.csv": "20201221,2\n20201222,3\n"},
    )
    parsed = parse_lean(place, broker="axos")
    assert [(r.source, r.line, r.reason) for r in parsed.rejects] == [
        ("symbols/brk.b.csv", 1, "duplicate of line 1 of symbols/brk-b.csv")
    ]
    assert [quantity for _, _, found in rows(parsed) for _, quantity, _, _ in found] == [1, 3]


def test_files_with_names_that_say_nothing(tmp_path: Path) -> None:
    place = folder(
        tmp_path,
        {
            "dates/latest.csv": "a,1\n",
            "dates/20201221.csv": "a,2\n",
            "dates/.hidden.csv": "a,3\n",
            "dates/readme.txt": "a,4\n",
            "symbols/#x.csv": "20201221,5\n",
        },
    )
    parsed = parse_lean(place, broker="axos")
    assert [(r.source, r.reason.split(":")[0]) for r in parsed.rejects] == [
        ("dates/latest.csv", "the name of dates/latest.csv is not a day (yyyyMMdd)"),
        ("symbols/#x.csv", "the name of symbols/#x.csv is no ticker"),
    ]
    assert [found for _, _, found in rows(parsed)] == [[("A", 2, None, None)]]


def test_a_dates_file_without_rows_does_not_say_that_nothing_can_be_borrowed(
    tmp_path: Path,
) -> None:
    place = folder(
        tmp_path,
        {
            "dates/20201221.csv": "",
            "dates/20201222.csv": "#SYM,AVAILABLE\n",
            "dates/20201223.csv": "a,1",
        },
    )
    parsed = parse_lean(place, broker="axos")
    assert [when for when, _, _ in rows(parsed)] == ["2020-12-23 05:00"]
    assert parsed.notes == [
        "dates/20201221.csv holds no rows and was passed over",
        "dates/20201222.csv holds no rows and was passed over",
    ]


def test_columns_are_found_by_their_header(tmp_path: Path) -> None:
    place = folder(tmp_path, {"dates/20201221.csv": "sym,feerate,available\naapl,0.5,10\n"})
    assert rows(parse_lean(place, broker="axos"))[0][2] == [("AAPL", 10, 0.005, None)]


def test_a_header_may_have_more_columns_than_are_read(tmp_path: Path) -> None:
    text = "#SYM,NAME,AVAILABLE,REBATERATE,FEERATE\naapl,Apple,10,1,0.5\nbac,Bank,5\nx,y,1,2,3,4\n"
    parsed = parse_lean(folder(tmp_path, {"dates/20201221.csv": text}), broker="axos")
    assert rows(parsed)[0][2] == [("AAPL", 10, 0.005, 0.01), ("BAC", 5, None, None)]
    assert [(r.line, r.reason) for r in parsed.rejects] == [
        (4, "the row has 6 cells; 2 to 5 are read")
    ]


def test_sym_and_date_are_tickers_where_no_header_stands(tmp_path: Path) -> None:
    place = folder(tmp_path, {"dates/20201221.csv": "SYM,10\nDATE,20\n"})
    assert rows(parse_lean(place, broker="axos"))[0][2] == [
        ("DATE", 20, None, None),
        ("SYM", 10, None, None),
    ]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"dates/20201221.csv": b"PAR1\0\0"}, "dates/20201221.csv: not a text file"),
        (
            {"dates/20201221.csv": "#SYM,QUANTITY\naapl,1\n"},
            "dates/20201221.csv: its header 'SYM,QUANTITY' lacks AVAILABLE",
        ),
        (
            {"dates/20201221.csv": "a,-1\n"},
            "no row can be used; dates/20201221.csv line 1: AVAILABLE -1 is negative",
        ),
        ({"dates/20201221.csv": ""}, "no row can be used"),
        ({"dates/notes.txt": "a,1"}, "there are no .csv files in dates/ or symbols/"),
    ],
)
def test_a_folder_that_cannot_be_used_is_refused(
    tmp_path: Path, files: dict[str, str | bytes], message: str
) -> None:
    place = folder(tmp_path / "lean", files)
    with pytest.raises(ImportRefusedError) as refused:
        import_source("lean", place, broker="axos", data_folder=tmp_path / "data")
    assert message in str(refused.value)
    assert not (tmp_path / "data").exists()


def test_a_folder_that_is_none_names_the_brokers_there(tmp_path: Path) -> None:
    folder(tmp_path, {"dates/20201221.csv": "a,1"}, broker="testbrokerage")
    with pytest.raises(
        ImportRefusedError, match=r"equity/usa/shortable/axos .*it has the brokers testbrokerage"
    ):
        import_source("lean", tmp_path, broker="axos", data_folder=tmp_path / "data")
    with pytest.raises(ImportRefusedError, match="nowhere: no such folder"):
        import_source("lean", tmp_path / "nowhere", broker="axos", data_folder=tmp_path / "data")
    with pytest.raises(InvalidInputError, match="broker="):
        import_source("lean", tmp_path, broker="../../etc", data_folder=tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_import_reports_and_importing_again_changes_nothing(tmp_path: Path) -> None:
    place = folder(
        tmp_path / "lean", {"dates/20201221.csv": "a,1\nb,-1\n", "symbols/a.csv": "20201222,5\n"}
    )
    steps: list[tuple[str, int, int]] = []
    report = import_source(
        "lean",
        place,
        broker="axos",
        data_folder=tmp_path,
        progress=lambda *step: steps.append(step),
    )
    (path,) = (tmp_path / "equity").rglob("*.parquet")
    before = path.read_bytes()
    again = import_source("lean", tmp_path / "lean", broker="axos", data_folder=tmp_path)
    assert path.read_bytes() == before
    assert path.name == "axos.parquet"
    assert (report.rows_read, report.rows_stored, len(report.rejects)) == (3, 2, 1)
    assert (again.rows_read, again.rows_unchanged, len(again.rejects)) == (3, 2, 1)
    assert steps[:3] == [("read", 0, 2), ("read", 1, 2), ("read", 2, 2)]
    assert str(report).splitlines() == [
        "axos: LEAN folder axos",
        "3 rows read: 2 stored, 1 rejected",
        "  usa 2020-12-21 00:00:00 local (2020-12-21 05:00:00 UTC), complete, 1 rows, stored",
        "  usa 2020-12-22 00:00:00 local (2020-12-22 05:00:00 UTC), partial, 1 rows, stored",
        "  rejected: dates/20201221.csv line 2: AVAILABLE -1 is negative",
    ]


def test_another_market(tmp_path: Path) -> None:
    place = tmp_path / "equity" / "hkex" / "shortable" / "futu" / "dates"
    place.mkdir(parents=True)
    (place / "20240102.csv").write_text("00700,1000\n")
    ((market, snapshot),) = parse_lean(tmp_path, broker="futu", market="hk").snapshots
    assert market.value == "hkex"
    assert snapshot.table.to_pylist()[0]["symbol"] == "700"
    assert snapshot.table.to_pylist()[0]["currency"] == "HKD"
    # Midnight in Hong Kong (UTC+8) is 16:00 UTC of the day before.
    assert snapshot.as_of == to_instant(datetime(2024, 1, 1, 16, tzinfo=UTC))
