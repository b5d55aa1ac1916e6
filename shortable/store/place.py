"""Where a store lies on disk, and how its next state takes the place of the present one.

The next state is prepared in a hidden folder beside the store, synced, and then swapped with the store in one step: a folder
holds the parts of one state and nothing else, for our readers and for anybody's. Parts that stay are shared by hard links.

A system that cannot swap two names (Windows, some network file systems) gets the new parts and then the new manifest inside
the folder; our readers, who go by the manifest, see one state or the other there too.
"""

from __future__ import annotations

import dataclasses
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

from shortable.store import files
from shortable.store.manifest import Manifest, part_name, part_number
from shortable.store.parts import PartFile, write_part
from shortable.store.paths import before_path, last_path
from shortable.store.rows import Rows
from shortable.store.schema import HEAD
from shortable.store.snapshot_list import SnapshotList

__all__ = ["Listing", "LocalPlace", "PartsFolder", "Place"]

T = TypeVar("T")


class Place(Protocol):
    """Where a store lies, as a writer has it: `LocalPlace` on disk, `ObjectPlace` in object storage."""

    @property
    def grown(self) -> bool:
        """Whether the store is a folder."""

    def present(self) -> Manifest | None:
        """Return what the store holds, None where there is nothing."""

    def new_number(self, number: int) -> int:
        """Return the number of a new part; `number` is the next in order."""

    def open_part(self, number: int) -> PartFile:
        """Open a part of the present state or a new one."""

    def write_part(
        self,
        number: int,
        rows: Rows,
        snapshots: SnapshotList,
        head: Mapping[str, str],
        *,
        dense: bool,
    ) -> str:
        """Write a part of the next state; return its digest."""

    def forget(self, number: int) -> None:
        """Remove a part of the next state; one of the present state ends with it."""

    def commit_file(self, number: int) -> None:
        """Let one part be the store."""

    def commit_folder(self, manifest: Manifest) -> None:
        """Let the parts of a manifest be the store."""

    def forget_before(self) -> None:
        """Remove the state before the last commit."""

    def size(self) -> int:
        """Return the bytes of the store."""

    def roll_back(self) -> None:
        """Remove what was prepared; after a commit there is nothing to remove."""


class Listing(Protocol):
    """What a manifest says, as far as its folder needs it."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of the parts."""

    def write(self, folder: Path) -> None:
        """Write the manifest of a folder, as a whole."""


class PartsFolder(ABC):
    """A file, or a folder of immutable parts and a manifest, and the next state of it that its one writer prepares.

    Parameters
    ----------
    path : Path
        The file or folder, no symbolic link; the caller holds its lock.

    Attributes
    ----------
    grown : bool
        It is a folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._room = path.with_name(f".{path.name}.next")
        self._new: set[int] = set()
        self._recover()
        self.grown = path.is_dir()

    @abstractmethod
    def listed(self) -> tuple[int, ...]:
        """Return the numbers of the parts that the manifest of the present folder names."""

    def _recover(self) -> None:
        """Remove what an interrupted writer left beside the store."""
        before = before_path(self.path)
        with files.writing(self.path):
            if before.exists():
                if self.path.exists():
                    files.remove(before)
                else:
                    files.rename(before, self.path)
            files.remove(self._room)
            files.remove(self.path.with_name(f".{self.path.name}.growing"))  # of earlier releases

    def _sweep(self, numbers: Iterable[int]) -> None:
        """Remove parts that the manifest does not name, left by a writer on a system that cannot swap."""
        for file in self._unnamed(numbers):
            files.remove(file)

    def _unnamed(self, numbers: Iterable[int]) -> list[Path]:
        unknown = _inodes(self.path).keys() - set(map(part_name, numbers))
        return [self.path / name for name in unknown if part_number(name) is not None]

    def part_path(self, number: int) -> Path:
        """Return where a part of the present state or a new one lies."""
        if number in self._new:
            return self._room / part_name(number)
        return self.path / part_name(number) if self.grown else self.path

    def prepare(self, number: int, write: Callable[[Path], T]) -> T:
        """Let `write` write a part of the next state to the path that it is given, and sync it; return what it returns."""
        path = self._room / part_name(number)
        with files.writing(path):
            self._room.mkdir(exist_ok=True)
            done = write(path)
            files.sync_file(path)
        self._new.add(number)
        return done

    def forget(self, number: int) -> None:
        """Remove a part of the next state; one of the present state ends with it."""
        if number in self._new:
            files.remove(self.part_path(number))
            self._new.remove(number)

    def commit_file(self, number: int) -> None:
        """Let one part be the store."""
        with files.writing(self.path):
            files.rename(self.part_path(number), self.path)
        files.remove(last_path(self.path))
        files.remove(self._room)

    def commit_folder(self, manifest: Listing) -> None:
        """Let a folder with the parts of a manifest be the store.

        The folder of the state before stays at `last_path` until the next write: other tools may be listing it, and
        readers who opened the store before do not find rows that were replaced in the new state.
        """
        last, before = last_path(self.path), before_path(self.path)
        with files.writing(self.path):
            self._begin_with(last)
            if not self._share(manifest.numbers):
                self._commit_in_place(manifest)
                return
            manifest.write(self._room)
            if not self.path.exists():
                files.rename(self._room, self.path)
            elif files.exchange(self._room, self.path):
                if self.grown:
                    # Not synced: the next writer removes it under either name.
                    self._room.replace(last)
            elif self.grown:
                self._commit_in_place(manifest)
            else:
                files.rename(self.path, before)
                files.rename(self._room, self.path)
                files.remove(before)
        files.remove(self._room)

    def _begin_with(self, last: Path) -> None:
        """Let the next folder begin as that of the state before the present one, which nearly has its parts.

        So a commit links and removes what changed, not every part of the store. What is not the very file of the present
        state goes first: a copy that was put back has other parts of the same names.
        """
        if not (self.grown and last.is_dir()):
            files.remove(last)
            self._room.mkdir(exist_ok=True)
            return
        present = _inodes(self.path)
        for name, inode in _inodes(last).items():
            if present.get(name) != inode:
                files.expel(last / name)
        for number in self._new:
            (self._room / part_name(number)).replace(last / part_name(number))
        files.remove(self._room)
        last.rename(self._room)

    def _share(self, numbers: Iterable[int]) -> bool:
        """Let the next folder have the parts of the next state; return False where that would mean to copy them all."""
        there, staying = _inodes(self._room).keys(), set(map(part_name, numbers))
        for name in there - staying:
            files.expel(self._room / name)
        for name in sorted(staying - there):
            target = self._room / name
            if not self.grown:
                files.copy(self.path, target)
            elif not files.link(self.path / name, target):
                return False
        return True

    def _commit_in_place(self, manifest: Listing) -> None:
        for number in manifest.numbers:
            if number in self._new:
                files.rename(self._room / part_name(number), self.path / part_name(number))
        manifest.write(self.path)
        files.remove(self._room)
        self._room.mkdir()
        for file in self._unnamed(manifest.numbers):
            files.rename(file, self._room / file.name)
        files.rename(self._room, last_path(self.path))

    def roll_back(self) -> None:
        """Remove what was prepared; after a commit there is nothing to remove."""
        self._recover()
        if self.path.is_dir():
            self._sweep(self.listed())


def _inodes(folder: Path) -> dict[str, int]:
    """Return the names in a folder, each with the number of its file."""
    with os.scandir(folder) as entries:
        return {entry.name: entry.inode() for entry in entries}


class LocalPlace(PartsFolder):
    """A store of availability on disk, as its one writer has it."""

    def listed(self) -> tuple[int, ...]:
        """Return the numbers of the parts that the manifest of the present folder names."""
        return Manifest.read(self.path).numbers

    def present(self) -> Manifest | None:
        """Return what the store holds: for one file a manifest of part 0, and None where there is nothing."""
        if not self.grown:
            return _of_file(PartFile(self.path)) if self.path.exists() else None
        with files.present(self.path):
            manifest = Manifest.read(self.path)
        self._sweep(manifest.numbers)
        if manifest.numbers and not manifest.digests:
            manifest = self._vouched(manifest)
        return manifest

    def _vouched(self, manifest: Manifest) -> Manifest:
        """Add the digests of the parts to a manifest of an earlier release, which has none."""
        digests = []
        for at, number in enumerate(manifest.numbers):
            with files.present(self.path):
                file = PartFile(self.path / part_name(number))
            manifest.check(at, file)
            with files.damaged(file.path):
                if (
                    file.snapshots.entries()
                    != manifest.snapshots.take(manifest.part_of == at).entries()
                ):
                    raise ValueError("its snapshots are not those that the manifest lists")
            digests.append(file.digest)
            file.close()
        return dataclasses.replace(manifest, digests=tuple(digests))

    def open_part(self, number: int) -> PartFile:
        """Open a part of the present state or a new one."""
        path = self.part_path(number)
        with files.present(path):
            return PartFile(path)

    def write_part(
        self,
        number: int,
        rows: Rows,
        snapshots: SnapshotList,
        head: Mapping[str, str],
        *,
        dense: bool,
    ) -> str:
        """Write a part of the next state, synced; return its digest."""
        return self.prepare(
            number, lambda path: write_part(path, rows, snapshots, head, dense=dense)
        )

    def new_number(self, number: int) -> int:
        """Return the next number: there is one writer."""
        return number

    def size(self) -> int:
        """Return the bytes of the store."""
        there = self.path.iterdir() if self.path.is_dir() else [self.path]
        return sum(file.stat().st_size for file in there)

    def forget_before(self) -> None:
        """Remove the state before the last commit."""
        files.remove(last_path(self.path))


def _of_file(file: PartFile) -> Manifest:
    snapshots = file.snapshots
    head = {name: value for name, value in file.metadata.items() if name in HEAD}
    part_of = np.zeros(len(snapshots), dtype=np.int32)
    dense = (0,) if file.dense else ()
    manifest = Manifest((0,), (file.rows,), snapshots, part_of, 1, head, (file.digest,), dense)
    file.close()
    return manifest
