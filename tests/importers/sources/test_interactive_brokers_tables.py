"""Archives of many short stock files in one table."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from shortable.clock import to_instant
from shortable.errors import ImportRefusedError, InvalidInputError, TimeError
from shortable.importers import import_source
from shortable.importers.needs import NeedsError
from shortable.importers.sources.interactive_brokers import parse_interactive_brokers

FIRST, SECOND = datetime(2026, 3, 23, 17, 23, 29), datetime(2026, 3, 24, 11, 38, 51)
COLUMNS = ["sym", "cur", "name", "rebaterate", "feerate", "available", "retrieved_utc"]


def row(
    symbol: str, available: str = "100", when: datetime = FIRST, fee: str = "0.25"
) -> list[Any]:
    return [symbol, "USD", "NAME", "3.39", fee, available, when]


def trailer(count: int | str, when: datetime = FIRST) -> list[Any]:
    return ["#EOF", str(count), "", "", "", "", when]


def archive(*rows: list[Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=COLUMNS)


TWO = archive(
    row("A"),
    row("B", ">10000000"),
    trailer(2),
    row("A", "7", SECOND),
    row("B", "8", SECOND, ""),
    row("C", "9", SECOND),
    trailer(3, SECOND),
)


def as_bytes(frame: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file, index=False)
    return file.getvalue()


def as_csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


@pytest.mark.parametrize("form", [lambda f: f, as_bytes, as_csv, pa.Table.from_pandas])
def test_every_form_of_an_archive_reads_the_same(form: Any) -> None:
    parsed = parse_interactive_brokers(form(TWO))
    assert parsed.rows_read == 7
    assert parsed.passed_over == {"trailers": 2}
    assert parsed.rejects == []
    (_, first), (_, second) = parsed.snapshots
    # A naive retrieved_utc is UTC.
    assert (first.as_of, second.as_of) == (
        to_instant(FIRST.replace(tzinfo=UTC)),
        to_instant(SECOND.replace(tzinfo=UTC)),
    )
    assert first.complete
    assert [
        (r["symbol"], r["quantity"], r["quantity_is_floor"]) for r in first.table.to_pylist()
    ] == [
        ("A", 100, False),
        ("B", 10_000_000, True),
    ]
    # 0.25 % is 0.0025 and 3.39 % is 0.0339; an empty rate is missing.
    assert [(r["quantity"], r["fee_rate"], r["rebate_rate"]) for r in second.table.to_pylist()] == [
        (7, 0.0025, 0.0339),
        (8, None, 0.0339),
        (9, 0.0025, 0.0339),
    ]


def test_rows_of_snapshots_may_be_mixed() -> None:
    mixed = TWO.iloc[[6, 0, 3, 1, 4, 2, 5]]
    assert [s.table.to_pylist() for _, s in parse_interactive_brokers(mixed).snapshots] == [
        s.table.to_pylist() for _, s in parse_interactive_brokers(TWO).snapshots
    ]


def test_the_lost_ticker_na_is_restored_and_said() -> None:
    frame = archive(
        row("A"), row("", "1700"), trailer(2), row("A", "1", SECOND), trailer(1, SECOND)
    )
    parsed = parse_interactive_brokers(frame)
    assert [(r["symbol"], r["quantity"]) for r in parsed.snapshots[0][1].table.to_pylist()] == [
        ("A", 100),
        ("NA", 1700),
    ]
    assert parsed.rejects == []
    assert parsed.notes == [
        "the one empty symbol of 1 snapshot was read as NA, the ticker that pandas takes for a missing value"
    ]


@pytest.mark.parametrize(
    ("rows", "rejected"),
    [
        ([row("A"), row(""), row("NA"), trailer(3)], [2]),
        ([row("A"), row(""), row(" "), trailer(3)], [2, 3]),
    ],
)
def test_an_empty_symbol_that_may_be_another_is_rejected(
    rows: list[list[Any]], rejected: list[int]
) -> None:
    parsed = parse_interactive_brokers(archive(*rows))
    assert [(r.line, r.reason) for r in parsed.rejects] == [
        (at, "the symbol is empty") for at in rejected
    ]
    assert parsed.notes == []
    assert (
        parsed.rows_read
        == 3 + 1
        == parsed.snapshots[0][1].rows + len(rejected) + parsed.passed_over["trailers"]
    )


def test_missing_values_of_a_data_frame_are_empty_cells() -> None:
    frame = archive(row("A", fee=""), row("", "5"), trailer(2)).replace("", None)
    rows = parse_interactive_brokers(frame).snapshots[0][1].table.to_pylist()
    assert [(r["symbol"], r["fee_rate"]) for r in rows] == [("A", None), ("NA", 0.0025)]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            archive(row("A"), row("B", when=SECOND), trailer(1, SECOND)),
            "the snapshot of 2026-03-23 13:23:29 (America/New_York) was cut off: its #EOF row is missing",
        ),
        (archive(row("A"), trailer(2)), "its #EOF row counts '2' rows, and 1 are there"),
        (
            archive(row("A"), trailer(1), trailer(1)),
            "it has 2 #EOF rows, so several files share its time",
        ),
        (archive(row("A"), trailer("x")), "its #EOF row counts 'x' rows"),
        (archive(trailer(0)), "holds no rows"),
        (archive(), "holds no rows"),
        (archive(row("?"), trailer(1)), "no row can be used"),
        (archive(row("A", when=None), trailer(1)), "row 1 has no retrieved_utc"),
        (archive(row("A", when="noon"), trailer(1, "noon")), "is not a date or time"),
        (archive(row("A"), trailer(1)).drop(columns=["feerate"]), "its header lacks FEERATE"),
    ],
)
def test_an_archive_that_cannot_be_trusted_is_refused(
    tmp_path: Path, frame: pd.DataFrame, message: str
) -> None:
    with pytest.raises(ImportRefusedError) as refused:
        import_source("ibkr", frame, data_folder=tmp_path)
    assert message in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_a_truncated_snapshot_can_be_taken_as_partial() -> None:
    parsed = parse_interactive_brokers(
        archive(row("A"), trailer(2), row("A", "1", SECOND), trailer(1, SECOND)),
        allow_truncated=True,
    )
    assert [s.complete for _, s in parsed.snapshots] == [False, True]
    assert "stored as a partial snapshot" in parsed.notes[0]


def test_a_count_that_pandas_made_a_float() -> None:
    assert parse_interactive_brokers(archive(row("A"), trailer("1.0"))).snapshots[0][1].complete


def test_duplicates_and_faults_carry_the_row() -> None:
    frame = archive(row("A"), row("A", "5"), row("B", "-1"), row("C"), trailer(4))
    assert [(r.line, r.reason) for r in parse_interactive_brokers(frame).rejects] == [
        (2, "duplicate of line 1: A in USD"),
        (3, "AVAILABLE -1 is negative"),
    ]


def test_the_time_column_and_its_zone_can_be_named() -> None:
    frame = TWO.rename(columns={"retrieved_utc": "fetched"})
    parsed = parse_interactive_brokers(frame, time_column="fetched", time_zone="America/New_York")
    # 17:23:29 New York summer time is 21:23:29 UTC.
    assert parsed.snapshots[0][1].as_of == to_instant(datetime(2026, 3, 23, 21, 23, 29, tzinfo=UTC))
    with pytest.raises(TimeError, match="time_zone='Mars/Olympus' must be an IANA time zone"):
        parse_interactive_brokers(TWO, time_zone="Mars/Olympus")
    with pytest.raises(
        InvalidInputError, match="time_column='fetched' must be a column of <DataFrame>"
    ):
        parse_interactive_brokers(TWO, time_column="fetched")


def test_aware_and_text_times() -> None:
    aware = TWO.assign(retrieved_utc=TWO["retrieved_utc"].dt.tz_localize("America/New_York"))
    text = TWO.assign(retrieved_utc=[t.isoformat() for t in TWO["retrieved_utc"]])
    assert parse_interactive_brokers(aware).snapshots[0][1].as_of == to_instant(
        datetime(2026, 3, 23, 21, 23, 29, tzinfo=UTC)
    )
    assert [s.as_of for _, s in parse_interactive_brokers(text).snapshots] == [
        s.as_of for _, s in parse_interactive_brokers(TWO).snapshots
    ]


def test_a_damaged_parquet_file_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "history.parquet"
    file.write_bytes(as_bytes(TWO)[:-30])
    with pytest.raises(ImportRefusedError, match=r"history\.parquet: not a readable Parquet file"):
        import_source("ibkr", file, data_folder=tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_an_archive_goes_through_the_short_stock_importer_too(tmp_path: Path) -> None:
    file = tmp_path / "history.parquet"
    parquet.write_table(pa.Table.from_pandas(TWO, preserve_index=False), file)
    report = import_source("ibkr", file, data_folder=tmp_path / "data")
    assert (report.rows_read, report.rows_stored, report.passed_over) == (7, 5, {"trailers": 2})
    assert "7 rows read: 5 stored, 0 rejected, 2 trailers" in str(report)
    with pytest.raises(
        InvalidInputError, match=r"history\.parquet has its own times in 'retrieved_utc'"
    ):
        import_source("ibkr", file, time="2021-01-01", data_folder=tmp_path / "data")


def test_importing_an_archive_again_changes_nothing(tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    import_source("ibkr", TWO, data_folder=tmp_path, progress=lambda *step: steps.append(step))
    (path,) = tmp_path.rglob("*.parquet")
    before = path.read_bytes()
    again = import_source("ibkr", TWO, data_folder=tmp_path)
    assert path.read_bytes() == before
    assert (again.rows_stored, again.rows_unchanged) == (0, 5)
    assert steps[:3] == [("read", 0, 2), ("read", 1, 2), ("read", 2, 2)]


SAVED = pd.DataFrame(
    {
        "#SYM": ["QQA", "NA", "QQC"],
        "CUR": "USD",
        "NAME": "SOME, NAME",
        "REBATERATE": ["1.5", "NA", "-0.5"],
        "FEERATE": ["40.81", "NA", "0.25"],
        "AVAILABLE": ["5000", "150000", ">10000000"],
    }
)
EXPECTED = [("NA", 150_000, None), ("QQA", 5000, 0.4081), ("QQC", 10_000_000, 0.0025)]
NOTE = "stored as partial, so a symbol that is not in it may still be shortable; give `complete=True` if it is whole"


def through_pandas(frame: pd.DataFrame, **options: Any) -> bytes:
    """Save a table and lose what pandas loses: the ticker NA becomes an empty cell."""
    text = frame.to_csv(index=False, **options)
    separator = options.get("sep", ",")
    return pd.read_csv(io.StringIO(text), sep=separator).to_csv(sep=separator).encode()


@pytest.mark.parametrize(
    "source",
    [
        SAVED,
        SAVED.rename(columns=str.lower),
        SAVED.to_csv(index=False).encode(),
        SAVED.to_csv().encode(),
        SAVED.to_csv(sep=";", index=False).encode(),
        SAVED.to_json(orient="records").encode(),
        through_pandas(SAVED),
        pd.read_csv(io.StringIO(SAVED.to_csv(index=False))),
    ],
)
def test_the_columns_of_one_file_however_they_were_saved(source: Any) -> None:
    for complete in (True, False):
        parsed = parse_interactive_brokers(source, time="2024-05-06 10:15", complete=complete)
        ((_, snapshot),) = parsed.snapshots
        found = [(r["symbol"], r["quantity"], r["fee_rate"]) for r in snapshot.table.to_pylist()]
        assert found == EXPECTED
        # US Eastern, UTC−4 in May.
        assert snapshot.as_of == to_instant(datetime(2024, 5, 6, 14, 15, tzinfo=UTC))
        assert snapshot.complete is complete
        assert any(note.endswith(NOTE) for note in parsed.notes) is not complete
    with pytest.raises(NeedsError, match=r"give `time`, .* and `complete=True` if it is whole"):
        parse_interactive_brokers(source)


def test_pipes_through_pandas_are_a_stripped_file_of_the_vendors() -> None:
    piped = through_pandas(SAVED, sep="|")
    parsed = parse_interactive_brokers(piped, time="2024-05-06 10:15", complete=True)
    ((_, snapshot),) = parsed.snapshots
    found = [(r["symbol"], r["quantity"], r["fee_rate"]) for r in snapshot.table.to_pylist()]
    assert found == EXPECTED
    with pytest.raises(
        NeedsError, match="give `complete=True` if it is whole, or `allow_truncated"
    ):
        parse_interactive_brokers(piped, time="2024-05-06 10:15")


@pytest.mark.parametrize(
    ("column", "hour"), [("time", 14), ("retrieved_utc", 10), ("BOF", 14), ("snapshot", 14)]
)
def test_stacked_files_without_their_last_lines(column: str, hour: int) -> None:
    one, two = (
        SAVED.assign(**{column: "2024-05-06 10:15"}),
        SAVED.assign(**{column: "2024-05-06 10:30"}),
    )
    stacked = pd.concat([one, two]).to_csv(index=False).encode()
    parsed = parse_interactive_brokers(stacked)
    # US Eastern, unless the column's name says UTC.
    assert [s.as_of for _, s in parsed.snapshots] == [
        to_instant(datetime(2024, 5, 6, hour, minute, tzinfo=UTC)) for minute in (15, 30)
    ]
    assert [(s.complete, s.rows) for _, s in parsed.snapshots] == [(False, 3), (False, 3)]
    assert all(s.complete for _, s in parse_interactive_brokers(stacked, complete=True).snapshots)


def test_stacked_days_have_no_time_of_day() -> None:
    stacked = SAVED.assign(date="2024-05-06")
    with pytest.raises(NeedsError, match="give `publish_at='HH:MM'` or `start_of_day=True`"):
        parse_interactive_brokers(stacked)
    parsed = parse_interactive_brokers(stacked, publish_at="18:00")
    assert parsed.snapshots[0][1].as_of == to_instant(datetime(2024, 5, 6, 22, tzinfo=UTC))
    beside = SAVED.assign(date="2024-05-06", time="10:15")
    parsed = parse_interactive_brokers(beside)
    assert parsed.snapshots[0][1].as_of == to_instant(datetime(2024, 5, 6, 14, 15, tzinfo=UTC))


def test_polls_of_one_symbol() -> None:
    poll = b"DT|TM|REBATE|FEE|AVAIL\n2024.05.06|10:15:03|-0.5|0.75|400\n2024.05.06|10:30:03|NA|NA|>10000000\n2024.05.06|11:00:00|0|1|x\n"
    with pytest.raises(NeedsError, match="give `symbol='TICKER'`"):
        parse_interactive_brokers(poll)
    for source in (poll, poll.replace(b"|", b","), poll.lower()):
        parsed = parse_interactive_brokers(source, symbol="QQA")
        assert [
            (s.as_of, s.complete, s.table["quantity"][0].as_py(), s.table["fee_rate"][0].as_py())
            for _, s in parsed.snapshots
        ] == [
            (to_instant(datetime(2024, 5, 6, 14, 15, 3, tzinfo=UTC)), False, 400, 0.0075),
            (to_instant(datetime(2024, 5, 6, 14, 30, 3, tzinfo=UTC)), False, 10_000_000, None),
        ]
        assert [r.line for r in parsed.rejects] == [4]


def test_symbols_of_rejected_rows_are_unknown_in_a_whole_list_s3() -> None:
    bad = SAVED.assign(AVAILABLE=["1.5", "150000", "5"])
    parsed = parse_interactive_brokers(bad, time="2024-05-06 10:15", complete=True)
    assert parsed.snapshots[0][1].unreadable == ("QQA",)
