"""Files on their way: each appears as a whole or not at all, and keeps the name that its importer reads."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shortable.collect.archive import Archive, Item
from shortable.collect.fetch import Known

ITEM = Item(
    "usa.txt",
    b"data",
    datetime(2024, 1, 2, 5, tzinfo=UTC),
    Known('"e"', "m", "5"),
    {"market": "usa"},
)


def test_what_was_put_there_comes_back_oldest_first(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    later = archive.add(replace(ITEM, retrieved=ITEM.retrieved + timedelta(minutes=1)))
    first = archive.add(ITEM)
    assert list(Archive(tmp_path).waiting()) == [first, later]
    archive.remove(first)
    assert list(archive.waiting()) == [later]
    assert first.place is not None
    assert not first.place.exists()


def test_what_was_left_half_done_is_removed(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    whole, imported = archive.add(ITEM), archive.add(ITEM)
    assert imported.place is not None
    (imported.place / "usa.txt").unlink()  # killed while it was removed
    (tmp_path / "incoming" / ".new-x").mkdir()  # killed while it was put there
    (tmp_path / "incoming" / ".new-x" / "usa.txt").write_bytes(b"da")
    assert list(archive.waiting()) == [whole]
    assert [place.name for place in (tmp_path / "incoming").iterdir()] == [whole.place.name]


def test_what_the_disk_has_damaged_is_put_aside(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    item = archive.add(ITEM)
    assert item.place is not None
    (item.place / "item.json").write_text("{")
    assert list(archive.waiting()) == []
    (kept,) = (tmp_path / "refused").iterdir()
    assert (kept / "usa.txt").read_bytes() == b"data"


def test_tries_are_counted_before_they_are_made_and_forgotten_when_one_ends(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    item = archive.note_try(archive.note_try(archive.add(ITEM)))
    assert [one.tries for one in archive.waiting()] == [2]
    archive.forget_tries(item)
    assert [one.tries for one in archive.waiting()] == [0]


def test_a_kept_file_has_the_name_that_its_importer_reads(tmp_path: Path) -> None:
    path = Archive(tmp_path).keep_raw(ITEM)
    assert path.relative_to(tmp_path).as_posix() == "raw/2024/01/20240102T050000.000000Z/usa.txt.gz"
    assert gzip.decompress(path.read_bytes()) == b"data"


def test_the_newest_fifty_refused_files_are_kept(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    for minute in range(53):
        one = replace(ITEM, retrieved=ITEM.retrieved + timedelta(minutes=minute))
        archive.refuse(one, f"reason {minute}")
    kept = sorted((tmp_path / "refused").iterdir())
    assert len(kept) == 50
    assert (kept[0] / "usa.txt.txt").read_text().splitlines()[-1] == "reason 3"
    assert (kept[-1] / "usa.txt.txt").read_text().splitlines()[-1] == "reason 52"


def test_a_disk_that_is_full_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        Archive(tmp_path).add(ITEM)
    assert list((tmp_path / "incoming").iterdir()) == []
