"""Manifest and parts vouch for each other, a store for its own broker and market, and a link stays a link."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from shortable import LocalDiskShortableProvider, Market
from shortable.errors import CorruptStoreError, StoreError
from shortable.store import Layout, append, open_store
from shortable.store.schema import checksum

from .model import contents, read_symbols

PARTS = Layout(single_file_rows=0, part_rows=2, fan=2)


def fill(make: Any, folder: Path, *days: int, plus: int = 0, layout: Layout = PARTS) -> Path:
    for day in days:
        one = make(f"2024-01-{day:02}", SPY=day + plus, F=day)
        path = append("axos", [one], data_folder=folder, layout=layout).path
    return path


def refusals(folder: Path, make: Any) -> list[str]:
    """What a reader and a writer that has to read the part are told."""
    found = []
    with pytest.raises(CorruptStoreError) as caught:
        contents(open_store("axos", data_folder=folder))
    found.append(str(caught.value))
    with pytest.raises(CorruptStoreError) as caught:
        append("axos", [make("2024-01-02", SPY=9)], data_folder=folder, replace=True, layout=PARTS)
    found.append(str(caught.value))
    return found


def test_two_parts_that_changed_places_are_refused(tmp_path: Path, make: Any) -> None:
    path = fill(make, tmp_path, 2, 3)
    one, other = sorted(path.glob("part-*"))
    one.rename(path / "held"), other.rename(one), (path / "held").rename(other)
    for message in refusals(tmp_path, make):
        assert "is intact, but not the part that the store's manifest lists" in message
        assert "from a copy of the same store, or move the store away and import" in message
        assert str(one) in message


def test_a_part_of_another_store_is_refused(tmp_path: Path, make: Any) -> None:
    path = fill(make, tmp_path / "a", 2, 3)
    other = fill(make, tmp_path / "b", 2, 3, plus=1)  # as many rows, of the same instants
    shutil.copy(sorted(other.glob("part-*"))[0], sorted(path.glob("part-*"))[0])
    for message in refusals(tmp_path / "a", make):
        assert "intact" in message


def test_a_manifest_of_another_store_is_refused(tmp_path: Path, make: Any) -> None:
    path = fill(make, tmp_path / "a", 2, 3)
    other = fill(make, tmp_path / "b", 2, 3, plus=1)
    shutil.copy(other / "_manifest.json", path / "_manifest.json")
    for message in refusals(tmp_path / "a", make):
        assert "intact" in message


def rewrite(path: Path, change: Any) -> None:
    manifest = path / "_manifest.json"
    raw = json.loads(manifest.read_text().splitlines()[1])
    change(raw)
    text = json.dumps(raw)
    manifest.write_text(f"{checksum(text)}\n{text}\n")


def test_a_manifest_that_an_earlier_release_wrote_has_no_digests_and_gets_them(
    tmp_path: Path, make: Any
) -> None:
    path = fill(make, tmp_path, 2, 3, 4)
    old = contents(open_store("axos", data_folder=tmp_path))
    rewrite(path, lambda raw: raw.pop("digests"))
    assert contents(open_store("axos", data_folder=tmp_path)) == old
    fill(make, tmp_path, 5)
    digests = json.loads((path / "_manifest.json").read_text().splitlines()[1])["digests"]
    assert len(digests) == 4
    assert all(len(digest) == 64 for digest in digests)


def test_without_digests_rows_and_snapshots_still_tell_a_wrong_part(
    tmp_path: Path, make: Any
) -> None:
    path = fill(make, tmp_path, 2, 3)
    one, other = sorted(path.glob("part-*"))
    shutil.copy(one, other)
    rewrite(path, lambda raw: raw.pop("digests"))
    with pytest.raises(CorruptStoreError, match="snapshots are not those"):
        fill(make, tmp_path, 4)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw["rows"].pop(),
        lambda raw: raw["digests"].pop(),
        lambda raw: raw["parts"].pop(),
        lambda raw: raw.update(part_of=raw["part_of"][4:]),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(
    tmp_path: Path, make: Any, change: Any
) -> None:
    path = fill(make, tmp_path, 2, 3, 4)
    rewrite(path, change)
    with pytest.raises(CorruptStoreError, match=r"_manifest\.json"):
        open_store("axos", data_folder=tmp_path)


@pytest.mark.parametrize("layout", [Layout(), PARTS], ids=["file", "parts"])
@pytest.mark.parametrize(
    ("broker", "market"), [("axos", Market.CANADA), ("other", Market.USA)], ids=["market", "broker"]
)
def test_a_store_in_the_wrong_place_is_refused(
    tmp_path: Path, make: Any, layout: Layout, broker: str, market: Market
) -> None:
    path = fill(make, tmp_path, 2, 3, layout=layout)
    wrong = tmp_path / "equity" / market.value / "shortable" / f"{broker}.parquet"
    wrong.parent.mkdir(parents=True, exist_ok=True)
    path.rename(wrong)
    told = (
        r"holds availability of axos in market usa.*Move it to equity/usa/shortable/axos\.parquet"
    )
    with pytest.raises(StoreError, match=told):
        open_store(broker, market=market, data_folder=tmp_path)
    with pytest.raises(StoreError, match=told):
        LocalDiskShortableProvider(broker, data_folder=tmp_path)
    with pytest.raises(StoreError, match=told):
        append(broker, [make("2024-01-04", SPY=1)], market=market, data_folder=tmp_path)


@pytest.mark.parametrize("layout", [Layout(), PARTS], ids=["file", "parts"])
def test_a_linked_store_is_written_through_the_link(
    tmp_path: Path, make: Any, layout: Layout
) -> None:
    there = fill(make, tmp_path / "there", 2, layout=layout)
    link = tmp_path / "here" / "equity" / "usa" / "shortable" / "axos.parquet"
    link.parent.mkdir(parents=True)
    link.symlink_to(os.path.relpath(there, link.parent))
    fill(make, tmp_path / "here", 3, 4, layout=layout)
    assert link.is_symlink()
    assert [p.name for p in link.parent.iterdir()] == ["axos.parquet"]
    for folder in ("here", "there"):
        rows = read_symbols(open_store("axos", data_folder=tmp_path / folder))[("SPY", "USD")]
        assert [values[0] for _, values in rows] == [2, 3, 4]


def test_a_link_that_leads_nowhere_yet_is_kept_and_filled(tmp_path: Path, make: Any) -> None:
    link = tmp_path / "here" / "equity" / "usa" / "shortable" / "axos.parquet"
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "later" / "axos.parquet")
    fill(make, tmp_path / "here", 2, layout=Layout())
    assert link.is_symlink()
    assert (tmp_path / "later" / "axos.parquet").is_file()
    assert len(open_store("axos", data_folder=tmp_path / "here").as_of) == 1
