"""Corporate actions through the pipeline: every row is counted, and what contradicts is refused."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from shortable.actions import CorporateActions, Dividend, Rename, Split, load_actions
from shortable.errors import CorporateActionError, ImportRefusedError
from shortable.importers import import_source
from shortable.importers.sources.actions import parse_actions_file

SPLITS = b"symbol,ex_date,new,old\nAMC,2023-08-24,1,10\nAMC,2023-08-24,1,10\nGME,soon,4,1\nTD.TO,2024-01-03,2,1\n"


def test_every_row_is_counted_and_each_market_has_its_file(tmp_path: Path) -> None:
    report = import_source("actions", SPLITS, data_folder=tmp_path)
    assert (report.rows_read, report.rows_stored, report.rows_unchanged) == (4, 2, 0)
    assert report.passed_over == {"rows that repeat another": 1}
    assert [(r.line, r.text) for r in report.rejected] == [(4, "GME,soon,4,1")]
    assert [(a.market, a.kind, a.first, a.rows, a.state) for a in report.actions] == [
        ("canada", "splits", date(2024, 1, 3), 1, "stored"),
        ("usa", "splits", date(2023, 8, 24), 1, "stored"),
    ]
    assert list(load_actions(tmp_path)) == [Split("AMC", "2023-08-24", 1, 10)]
    assert "usa 1 splits, 2023-08-24 to 2023-08-24, stored" in str(report)
    again = import_source("actions", SPLITS, data_folder=tmp_path)
    assert (again.rows_stored, again.rows_unchanged) == (0, 2)
    assert again.to_dict()["actions"][1]["state"] == "unchanged"


def test_several_files_are_one_table(tmp_path: Path) -> None:
    evening = b'[{"symbol": "NVDA", "date": "2024-06-07", "ratioNew": 10, "ratioOld": 1}]'
    exact = gzip.compress(b"symbol,ex_date,ratio\nNVDA,2024-06-10,10:1\n")
    (tmp_path / "splits.csv.gz").write_bytes(exact)
    report = import_source(
        "actions", [evening, tmp_path / "splits.csv.gz"], data_folder=tmp_path / "data"
    )
    assert (report.rows_read, report.rows_stored, report.rows_unchanged) == (2, 1, 0)
    assert report.passed_over == {"rows that repeat another": 1}
    assert list(load_actions(tmp_path / "data")) == [Split("NVDA", "2024-06-10", 10, 1)]


def test_lean_s_folder(tmp_path: Path) -> None:
    maps = tmp_path / "equity" / "usa" / "map_files"
    maps.mkdir(parents=True)
    (maps / "meta.csv").write_text("20120518,fb,Q\n20220608,fb,Q\n20501231,meta,Q\n")
    report = import_source("actions", tmp_path, data_folder=tmp_path / "data")
    assert report.rows_read == report.rows_stored == 2  # a listing and a rename, in three rows
    assert load_actions(tmp_path / "data").renames == (Rename("FB", "2022-06-09", "META"),)


def test_a_contradiction_changes_nothing_unless_it_is_to_replace(tmp_path: Path) -> None:
    import_source("actions", b"symbol,ex_date,new,old\nAMC,2023-08-24,1,10\n", data_folder=tmp_path)
    other = b"symbol,ex_date,new,old\nAMC,2023-08-24,1,20\nGME,2022-07-22,4,1\n"
    with pytest.raises(CorporateActionError, match="splits of AMC on 2023-08-24"):
        import_source("actions", other, data_folder=tmp_path)
    assert len(load_actions(tmp_path)) == 1
    import_source("actions", other, data_folder=tmp_path, replace=True)
    assert [s.old for s in load_actions(tmp_path).splits] == [1, 20]


def test_options_are_those_of_tables(tmp_path: Path) -> None:
    import_source(
        "actions",
        b"Name;Tag;Betrag\nSAP;05.01.2024;1,85\n".replace(b"1,85", b"1.85"),
        data_folder=tmp_path,
        columns={"symbol": "Name", "ex_date": "Tag", "amount": "Betrag"},
        date_format="%d.%m.%Y",
        market="germany",
        dividends="raw",
    )
    assert load_actions(tmp_path, "germany") == CorporateActions(
        [Dividend("SAP.DE", "2024-01-05", 1.85, "raw")]
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a,b\n1,2\n", "nothing was imported: columns of <bytes>"),
        (b"symbol,ex_date,new,old\nAMC,soon,1,10\n", "it states no action; line 2: .*'soon'"),
        (b"symbol,ex_date,amount\nMPW,2025-12-11,0.09\n", "`dividends=` raw"),
    ],
)
def test_files_that_are_refused_whole(tmp_path: Path, text: bytes, message: str) -> None:
    with pytest.raises(ImportRefusedError, match=message):
        import_source("actions", text, data_folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_rows_of_real_files_all_add_up(real_data: Path) -> None:
    for path in sorted((real_data / "actions").glob("*.[cj]s*")):
        parsed = parse_actions_file(path)
        assert parsed.rows_read == (
            len(parsed.actions) + len(parsed.rejects) + sum(parsed.passed_over.values())
        )
