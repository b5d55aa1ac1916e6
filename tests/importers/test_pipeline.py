"""Importing by the name of the source, as the command line does, and what the report says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers import ImportReport, Reject, import_source
from shortable.market import Market
from shortable.store import append, make_snapshot

SHORT_STOCK = (
    b"#BOF|2021.04.23|19:00:02\n#SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|\n"
    b"GME|USD|X|1|Y|-0.1|0.2|300|\nAMC|USD|X|1|Y|-0.1|0.2|-1|\n#EOF|2\n"
)
TABLE = b"symbol,time,quantity,fee_rate\nGME,2021-04-23 09:30,1,0.25\n"


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Path]:
    text, table, lean = tmp_path / "usa.txt", tmp_path / "table.csv", tmp_path / "lean"
    text.write_bytes(SHORT_STOCK)
    table.write_bytes(TABLE)
    (lean / "dates").mkdir(parents=True)
    (lean / "dates" / "20210423.csv").write_text("gme,5\n")
    return {"ibkr": text, "table": table, "lean": lean}


@pytest.mark.parametrize(
    ("kind", "read", "rows"), [("ibkr", 2, 1), ("table", 1, 1), ("lean", 1, 1)]
)
def test_every_kind_by_name(
    sources: dict[str, Path], tmp_path: Path, kind: str, read: int, rows: int
) -> None:
    steps: list[tuple[str, int, int]] = []
    report = import_source(
        kind,
        str(sources[kind]),
        broker="mine",
        data_folder=tmp_path / "data",
        time=None,
        progress=lambda *step: steps.append(step),
    )
    assert (report.broker, report.rows_read, report.rows_stored) == ("mine", read, rows)
    assert steps[:2] == [("read", 0, 1), ("read", 1, 1)]
    assert [path.name for path in (tmp_path / "data").rglob("*.parquet")] == ["mine.parquet"]


def test_options_reach_the_importer(sources: dict[str, Path], tmp_path: Path) -> None:
    report = import_source(
        "table",
        [sources["table"]],
        broker="mine",
        data_folder=tmp_path / "data",
        rates="percent",
        complete=True,
        time_zone="UTC",
        market=Market.CANADA,
    )
    (snapshot,) = report.snapshots
    assert (snapshot.market, snapshot.complete) == (Market.CANADA, True)
    # 09:30 UTC is 05:30 in Toronto (summer time).
    assert (
        str(snapshot)
        == "canada 2021-04-23 05:30:00 local (2021-04-23 09:30:00 UTC), complete, 1 rows, stored"
    )


def test_what_cannot_be_asked(sources: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with pytest.raises(
        InvalidInputError, match="source='nasdaq' must be one of ibkr, lean, table, iborrowdesk"
    ):
        import_source("nasdaq", sources["ibkr"], broker="mine", data_folder=folder)
    with pytest.raises(
        InvalidInputError,
        match=r"allow_truncated=True must be left out for 'table'\. It takes market, symbol",
    ):
        import_source(
            "table", sources["table"], broker="mine", data_folder=folder, allow_truncated=True
        )
    with pytest.raises(ImportRefusedError, match="no file was given"):
        import_source("ibkr", [], broker="mine", data_folder=folder)
    with pytest.raises(ImportRefusedError, match=r"gone\.txt: cannot be read"):
        import_source(
            "ibkr", [sources["ibkr"], tmp_path / "gone.txt"], broker="mine", data_folder=folder
        )
    with pytest.raises(InvalidInputError, match=r"broker='\.\./\.\./etc' must be a name"):
        import_source("ibkr", tmp_path / "gone.txt", broker="../../etc", data_folder=folder)
    assert not folder.exists()


def test_the_report_as_json_and_as_a_frame(sources: dict[str, Path], tmp_path: Path) -> None:
    report = import_source("ibkr", sources["ibkr"], broker="mine", data_folder=tmp_path / "data")
    assert json.loads(json.dumps(report.to_dict())) == {
        "broker": "mine",
        "source": "usa.txt",
        "rows_read": 2,
        "rows_stored": 1,
        "rows_unchanged": 0,
        "rows_passed_over": {},
        "rejects": [
            {
                "source": "usa.txt",
                "line": 4,
                "text": "AMC|USD|X|1|Y|-0.1|0.2|-1|",
                "reason": "AVAILABLE -1 is negative",
            }
        ],
        "snapshots": [
            {
                "market": "usa",
                "local_time": "2021-04-23T19:00:02",
                "utc_time": "2021-04-23T23:00:02+00:00",
                "complete": True,
                "rows": 1,
                "state": "stored",
            }
        ],
        "notes": [],
    }
    assert list(report.rejects.columns) == ["source", "line", "text", "reason"]
    assert report.rejects.iloc[0].tolist() == [
        "usa.txt",
        4,
        "AMC|USD|X|1|Y|-0.1|0.2|-1|",
        "AVAILABLE -1 is negative",
    ]


def test_a_store_that_also_holds_made_up_snapshots_is_noted(tmp_path: Path) -> None:
    sample = make_snapshot(0, {"symbol": ["SPY"], "quantity": [1]}, complete=True, made_up=True)
    append("mine", [sample], data_folder=tmp_path)
    report = import_source("table", TABLE, broker="mine", data_folder=tmp_path)
    assert len(report.notes) == 1
    assert "also holds made-up sample snapshots" in report.notes[0]
    assert "  note: the store " in str(report)
    other = import_source("table", TABLE, broker="other", data_folder=tmp_path)
    assert other.notes == ()


def test_a_long_report_counts_what_it_does_not_list() -> None:
    rejected = tuple(Reject("a.csv", line, "x" * 200, "is bad") for line in range(1, 21))
    report = ImportReport("mine", "a.csv", 20, rejected, {"trailers": 1_000}, (), ("told",))
    lines = str(report).splitlines()
    assert lines[1] == "20 rows read: 0 stored, 20 rejected, 1,000 trailers"
    assert lines[2] == "  rejected: a.csv line 1: is bad"
    assert lines[13:] == [
        "  rejected: a.csv line 12: is bad",
        "  … and 8 more rejects",
        "  note: told",
    ]
    assert {len(reject.text) for reject in rejected} == {160}
