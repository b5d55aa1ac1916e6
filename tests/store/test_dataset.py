"""Datasets, on short interest: which figures repeat, revise and contradict; atomic, locked, labelled."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from shortable.errors import (
    CorruptStoreError,
    InvalidInputError,
    SchemaVersionError,
    SnapshotConflictError,
    StoreError,
    StoreLockedError,
)
from shortable.market import Market
from shortable.store import SHORT_INTEREST, DatasetFile, dataset, dataset_parts, files
from shortable.store.files import writer_lock

SCHEMA = SHORT_INTEREST.schema

DAY = date(2021, 1, 15)
RULE = datetime(2021, 1, 29, 14, 30, tzinfo=UTC)
EARLIER, LATER, LATEST = (
    datetime(2021, m, d, 14, 30, tzinfo=UTC) for m, d in ((1, 28), (2, 11), (2, 25))
)


def table(*rows: dict[str, Any]) -> pa.Table:
    whole = {
        "symbol": "GME",
        "settlement_date": DAY,
        "known_at": RULE,
        "by_rule": True,
        "shares_short": 100,
    }
    return pa.Table.from_pylist(
        [whole | {"revised": False, "split": False} | row for row in rows], schema=SCHEMA
    )


def put(folder: Path, *rows: dict[str, Any], **options: Any) -> list[bool]:
    new, _ = SHORT_INTEREST.append(
        "finra", [table(*rows)], market=Market.USA, data_folder=folder, **options
    )
    return [bool(flag) for flag in new[0]]


def held(folder: Path, symbol: str = "GME") -> list[tuple[datetime, bool, int]]:
    rows = SHORT_INTEREST.open(folder, Market.USA, "finra").symbol(symbol).to_pylist()
    return [(r["known_at"], r["by_rule"], r["shares_short"]) for r in rows]


def test_the_same_again_changes_no_byte(tmp_path: Path) -> None:
    assert put(tmp_path, {}, {"symbol": "AMC"}) == [True, True]
    path = SHORT_INTEREST.path(tmp_path, Market.USA, "finra")
    before, time = path.read_bytes(), path.stat().st_mtime_ns
    assert put(tmp_path, {}, {"symbol": "AMC"}) == [False, False]
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, time)
    assert put(tmp_path, {}, {"symbol": "TSLA"}) == [False, True]
    assert held(tmp_path) == [(RULE, True, 100)]


def test_a_revision_stands_beside_what_was_known_before(tmp_path: Path) -> None:
    put(tmp_path, {})
    assert put(tmp_path, {"shares_short": 120, "known_at": LATER, "by_rule": False}) == [True]
    assert put(tmp_path, {"shares_short": 120, "known_at": LATER, "by_rule": False}) == [False]
    # Said again later it says nothing new, and back to the first figure it does.
    assert put(tmp_path, {"shares_short": 120, "known_at": LATEST, "by_rule": False}) == [False]
    assert put(tmp_path, {"shares_short": 100, "known_at": LATEST, "by_rule": False}) == [True]
    assert held(tmp_path) == [(RULE, True, 100), (LATER, False, 120), (LATEST, False, 100)]


def test_the_first_figure_may_arrive_after_its_revision(tmp_path: Path) -> None:
    put(tmp_path, {"shares_short": 120, "known_at": LATER, "by_rule": False})
    assert put(tmp_path, {}) == [True]
    assert held(tmp_path) == [(RULE, True, 100), (LATER, False, 120)]


def test_a_figure_that_contradicts_by_the_same_rule_is_refused_or_replaces(tmp_path: Path) -> None:
    put(tmp_path, {}, {"symbol": "AMC"})
    path = SHORT_INTEREST.path(tmp_path, Market.USA, "finra")
    before = path.read_bytes()
    with pytest.raises(
        SnapshotConflictError,
        match=r"the store states GME at 2021-01-15 differently\. If this is a",
    ):
        put(tmp_path, {"symbol": "TSLA"}, {"shares_short": 120})
    assert path.read_bytes() == before
    assert put(tmp_path, {"shares_short": 120}, replace=True) == [True]
    assert held(tmp_path) == [(RULE, True, 120)]
    assert held(tmp_path, "AMC") == [(RULE, True, 100)]


def test_two_different_figures_of_one_stated_publication(tmp_path: Path) -> None:
    stated = {"known_at": LATER, "by_rule": False}
    put(tmp_path, stated)
    with pytest.raises(SnapshotConflictError):
        put(tmp_path, stated | {"shares_short": 120})
    assert put(tmp_path, stated | {"shares_short": 120}, replace=True) == [True]
    assert held(tmp_path) == [(LATER, False, 120)]


def test_a_publication_before_the_rule_takes_its_place_and_keeps_it(tmp_path: Path) -> None:
    put(tmp_path, {})
    assert put(tmp_path, {"known_at": EARLIER, "by_rule": False}) == [True]
    assert put(tmp_path, {"known_at": EARLIER, "by_rule": False}) == [False]
    assert put(tmp_path, {}) == [False]
    assert held(tmp_path) == [(EARLIER, False, 100)]


def test_a_revised_file_leaves_the_figures_that_it_repeats_as_they_were(tmp_path: Path) -> None:
    """A revised file repeats thousands of figures; they were known before it."""
    put(tmp_path, {}, {"symbol": "AMC"})
    stated = {"known_at": LATER, "by_rule": False}
    assert put(tmp_path, stated, stated | {"symbol": "AMC", "shares_short": 120}) == [False, True]
    assert held(tmp_path) == [(RULE, True, 100)]
    assert held(tmp_path, "AMC") == [(RULE, True, 100), (LATER, False, 120)]


def test_a_publication_after_the_rule_takes_its_place_where_the_caller_insists(
    tmp_path: Path,
) -> None:
    put(tmp_path, {})
    stated = {"known_at": LATER, "by_rule": False}
    assert put(tmp_path, stated, replace=True) == [True]
    assert put(tmp_path, stated, replace=True) == [False]
    assert put(tmp_path, {}) == [False]
    assert held(tmp_path) == [(LATER, False, 100)]


def test_another_lag_moves_a_figure(tmp_path: Path) -> None:
    put(tmp_path, {})
    assert put(tmp_path, {"known_at": LATER}) == [True]
    assert held(tmp_path) == [(LATER, True, 100)]


def test_by_rule_a_figure_does_not_follow_a_stated_one(tmp_path: Path) -> None:
    put(tmp_path, {"known_at": EARLIER, "by_rule": False})
    with pytest.raises(SnapshotConflictError):
        put(tmp_path, {"shares_short": 120})
    assert held(tmp_path) == [(EARLIER, False, 100)]


def test_a_lag_does_not_carry_a_figure_past_its_revision(tmp_path: Path) -> None:
    put(tmp_path, {}, {"shares_short": 120, "known_at": LATER, "by_rule": False})
    with pytest.raises(SnapshotConflictError):
        put(tmp_path, {"known_at": LATEST})
    assert held(tmp_path) == [(RULE, True, 100), (LATER, False, 120)]


def test_a_stated_publication_before_another_figure_by_rule_contradicts_it(tmp_path: Path) -> None:
    put(tmp_path, {})
    early = {"shares_short": 120, "known_at": EARLIER, "by_rule": False}
    with pytest.raises(SnapshotConflictError):
        put(tmp_path, early)
    assert put(tmp_path, early, replace=True) == [True]
    assert held(tmp_path) == [(EARLIER, False, 120)]


def test_batches_of_one_call_see_one_another(tmp_path: Path) -> None:
    first, second = table({}), table({"shares_short": 120, "known_at": LATER, "by_rule": False})
    seen: list[tuple[int, int]] = []
    new, path = SHORT_INTEREST.append(
        "finra",
        [first, second, first],
        market=Market.USA,
        data_folder=tmp_path,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert [flags.tolist() for flags in new] == [[True], [True], [False]]
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert DatasetFile(SHORT_INTEREST, path).table().num_rows == 2


def test_rows_come_back_as_they_were_and_sorted(tmp_path: Path) -> None:
    full = {
        "avg_daily_volume": 7,
        "days_to_cover": 14.29,
        "previous": 2**53 + 1,
        "revised": True,
        "split": True,
        "value": 1.5,
        "close": 0.001,
        "rate": 0.0068,
        "shares_outstanding": 2**62,
        "venue": "NYSE",
        "name": 'A "B", C',
    }
    rows = [{"symbol": s} | full for s in ("ZZ", "A", "NA", "TRUE")]
    put(tmp_path, *rows)
    read = SHORT_INTEREST.open(tmp_path, Market.USA, "finra").table().to_pylist()
    assert [r["symbol"] for r in read] == ["A", "NA", "TRUE", "ZZ"]
    assert {k: read[0][k] for k in full} == full


def test_many_row_groups_find_each_symbol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_parts, "ROW_GROUP_ROWS", 3)
    days = [date(2021, m, 15) for m in range(1, 9)]
    put(tmp_path, *({"symbol": s, "settlement_date": d} for s in ("AA", "AAB", "B") for d in days))
    file = SHORT_INTEREST.open(tmp_path, Market.USA, "finra")
    for symbol in ("AA", "AAB", "B"):
        assert file.symbol(symbol)["settlement_date"].to_pylist() == days
    assert file.symbol("AAA").num_rows == file.symbol("C").num_rows == 0


def test_made_up_and_real_figures_share_no_file(tmp_path: Path) -> None:
    put(tmp_path, {}, made_up=True)
    assert SHORT_INTEREST.open(tmp_path, Market.USA, "finra").made_up
    with pytest.raises(StoreError, match="holds made-up figures"):
        put(tmp_path, {"symbol": "AMC"})


def test_a_second_writer_waits_or_is_refused(tmp_path: Path) -> None:
    path = SHORT_INTEREST.path(tmp_path, Market.USA, "finra")
    with writer_lock(path, 1), pytest.raises(StoreLockedError, match="another writer holds"):
        put(tmp_path, {}, lock_timeout=0.0)
    assert not path.exists()
    writers = [threading.Thread(target=put, args=(tmp_path, {"symbol": f"S{n}"})) for n in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert DatasetFile(SHORT_INTEREST, path).table()["symbol"].to_pylist() == [
        f"S{n}" for n in range(8)
    ]


@pytest.mark.parametrize("step", ["write_rows", "sync_file", "rename"])
def test_an_interrupted_import_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    put(tmp_path, {})
    path = SHORT_INTEREST.path(tmp_path, Market.USA, "finra")
    before = path.read_bytes()

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    where = files if step != "write_rows" else dataset
    with monkeypatch.context() as patched:
        patched.setattr(where, step, fail)
        with pytest.raises(StoreError, match="No space left on device"):
            put(tmp_path, {"symbol": "AMC"})
    assert path.read_bytes() == before
    assert SHORT_INTEREST.sources(tmp_path) == ["finra"]
    assert put(tmp_path, {"symbol": "AMC"}) == [True]


def test_damage_is_found(tmp_path: Path) -> None:
    put(tmp_path, *({"symbol": f"S{n:03}", "shares_short": n} for n in range(500)))
    path = SHORT_INTEREST.path(tmp_path, Market.USA, "finra")
    whole = path.read_bytes()
    for damaged in (
        whole[:-100],
        b"",
        b"no parquet",
        whole[:200] + bytes([whole[200] ^ 255]) + whole[201:],
    ):
        path.write_bytes(damaged)
        with pytest.raises(CorruptStoreError, match="is damaged or is no store of shortable"):
            DatasetFile(SHORT_INTEREST, path).table()
        with pytest.raises(CorruptStoreError):
            put(tmp_path, {"symbol": "AMC"})
        assert path.read_bytes() == damaged


def test_a_newer_schema_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_parts, "SCHEMA_VERSION", "2")
    put(tmp_path, {})
    monkeypatch.undo()
    with pytest.raises(SchemaVersionError, match="has schema version '2'"):
        put(tmp_path, {})


def test_what_is_no_batch_and_no_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="batches"):
        SHORT_INTEREST.append(
            "finra", [pa.table({"symbol": ["A"]})], market=Market.USA, data_folder=tmp_path
        )
    with pytest.raises(InvalidInputError, match="must be a name"):
        SHORT_INTEREST.append("../finra", [table({})], market=Market.USA, data_folder=tmp_path)
    assert SHORT_INTEREST.sources(tmp_path) == []


def test_which_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert SHORT_INTEREST.data_folder().made_up
    assert not SHORT_INTEREST.data_folder(tmp_path / "gone").made_up
    put(tmp_path / "data", {})
    assert SHORT_INTEREST.data_folder().path == Path("data")
    monkeypatch.setenv("SHORTABLE_DATA", str(tmp_path / "other"))
    assert SHORT_INTEREST.data_folder().path == tmp_path / "other"
