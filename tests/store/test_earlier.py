"""Stores that earlier releases wrote are read, appended to and compacted. `earlier/make.py` says how they were made, and by which."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from shortable.errors import StoreError
from shortable.store import append, compact, make_snapshot, open_store

from .model import read_parts, read_symbols

EARLIER = Path(__file__).parent / "earlier"
DAY = 86_400_000_000
FOLDERS = sorted(p.name for p in EARLIER.iterdir() if p.is_dir() and p.name[0].isdigit())
# Days 10 to 13 in a file, 10 to 17 in parts, 10 and 11 of a daily flow, 10 of one venue.
DAYS = {"file": 14, "dense": 14, "folder": 18, "densefolder": 18, "flow": 12, "venue": 11}
VERSIONS = {
    "1_file": {"file": "1"},
    "1_parts": {"file": "1", "folder": "1"},
    "2_venues": {"file": "1", "folder": "1", "flow": "2", "venue": "2"},
    "3_sessions": {"file": "1", "folder": "1", "flow": "3", "venue": "2"},
    "3_digests": {"file": "1", "folder": "1", "flow": "3", "venue": "2"},
    "4_dense": {
        "file": "1",
        "folder": "1",
        "flow": "3",
        "venue": "2",
        "dense": "4",
        "densefolder": "4",
    },
}


def stated(day: int) -> dict[str, tuple[Any, ...]]:
    """What `make.py` put into the snapshot of a day."""
    return {
        "F": (day, False, 0.0025, 0.03),
        "GME": (None, False, day / 8, None),
        "SPY": (day * 100, True, None, -0.01),
    }


def expected(last: int) -> dict[tuple[str, str], list[tuple[int, Any]]]:
    return {
        (name, "USD"): [(day * DAY, stated(day)[name]) for day in range(10, last)]
        for name in ("F", "GME", "SPY")
    }


def version(path: Path) -> str:
    if path.is_file():
        return pq.read_metadata(path).metadata[b"schema_version"].decode()
    return str(json.loads((path / "_manifest.json").read_text().splitlines()[1])["schema_version"])


CASES = [(folder, broker) for folder in VERSIONS for broker in VERSIONS[folder]]


def test_every_folder_is_tested() -> None:
    assert sorted(VERSIONS) == FOLDERS
    for folder, brokers in VERSIONS.items():
        room = EARLIER / folder / "equity" / "usa" / "shortable"
        assert sorted(p.name.removesuffix(".parquet") for p in room.iterdir()) == sorted(brokers)


@pytest.mark.parametrize(("folder", "broker"), CASES)
def test_it_is_read_appended_to_and_compacted(tmp_path: Path, folder: str, broker: str) -> None:
    shutil.copytree(EARLIER / folder, tmp_path / "data")
    data = tmp_path / "data"
    store, last = open_store(broker, data_folder=data), DAYS[broker]
    assert version(store.path) == VERSIONS[folder][broker]
    assert read_symbols(store) == read_parts(store) == expected(last)
    assert store.as_of.tolist() == [day * DAY for day in range(10, last)]
    # Every fourth day, 11 and 15, was partial.
    assert store.complete.tolist() == [day % 4 != 3 for day in range(10, last)]
    assert store.kind == ("daily_flow" if broker == "flow" else "pool")
    if broker in ("flow", "venue"):
        assert set(store.venues.values()) == {"TWSE"}
        assert store.unreadable["AMC"].tolist() == list(range(last - 10))
    rows = {
        "symbol": ["F", "GME", "SPY"],
        "quantity": [last, None, last * 100],
        "quantity_is_floor": [False, False, True],
        "fee_rate": [0.0025, last / 8, None],
        "rebate_rate": [0.03, None, -0.01],
    }
    of_flow: dict[str, Any] = (
        {"kind": "daily_flow", "session": date(2024, 1, 3)} if broker == "flow" else {}
    )
    new = make_snapshot(last * DAY, rows, complete=True, **of_flow)
    append(broker, [new], data_folder=data)
    assert read_symbols(open_store(broker, data_folder=data)) == expected(last + 1)
    compact(broker, data_folder=data)
    compacted = open_store(broker, data_folder=data)
    assert read_symbols(compacted) == read_parts(compacted) == expected(last + 1)
    assert version(compacted.path) == "4"


def test_a_part_that_was_replaced_is_noticed_in_a_store_without_digests(tmp_path: Path) -> None:
    shutil.copytree(EARLIER / "1_parts", tmp_path / "data")
    path = open_store("folder", data_folder=tmp_path / "data").path
    one, *_, other = sorted(path.glob("part-*"))
    shutil.copy(one, other)
    rows = {"symbol": ["F"], "quantity": [1]}
    with pytest.raises(StoreError):
        append(
            "folder", [make_snapshot(99 * DAY, rows, complete=True)], data_folder=tmp_path / "data"
        )
