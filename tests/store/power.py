"""A file system that forgets what was not synced: what a disk may hold after the power failed."""

from __future__ import annotations

import os
import random
import stat
from pathlib import Path
from typing import Literal

Mode = Literal["strict", "names", "mixed"]


class Disk:
    """Watches a folder, and shows it as it may be after a power failure.

    It knows a file by its inode, which it holds open so that the number is never given to another file. `fsync`, in the place of
    `os.fsync`, makes a file's bytes or a folder's names durable.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._bytes: dict[int, bytes] = {}
        self._names: dict[int, dict[str, int]] = {}
        self._held: dict[int, int] = {}
        for folder, _, names in os.walk(root):
            self._keep_names(Path(folder))
            for name in names:
                file = Path(folder, name)
                self._bytes[file.stat().st_ino] = file.read_bytes()

    def fsync(self, handle: int) -> None:
        state = os.fstat(handle)
        self._hold(state.st_ino, f"/proc/self/fd/{handle}")
        if stat.S_ISDIR(state.st_mode):
            self._keep_names(Path(f"/proc/self/fd/{handle}").readlink())
        else:
            self._bytes[state.st_ino] = os.pread(handle, state.st_size, 0)

    def _hold(self, inode: int, path: str | Path) -> None:
        if inode not in self._held:
            self._held[inode] = os.open(path, os.O_RDONLY)

    def _keep_names(self, folder: Path) -> None:
        inode = folder.stat().st_ino
        self._hold(inode, folder)
        self._names[inode] = self._now(folder)

    def _now(self, folder: Path) -> dict[str, int]:
        found = {}
        for entry in folder.iterdir():
            found[entry.name] = entry.stat().st_ino
            self._hold(found[entry.name], entry)
        return found

    def fail(self, target: Path, mode: Mode, seed: int = 0) -> None:
        """Write what the disk may hold into a new folder.

        Parameters
        ----------
        target : Path
        mode : {"strict", "names", "mixed"}
            Nothing that was not synced is there; or all names are, and files without their bytes; or one or the other by folder.
        seed : int
            Of ``"mixed"``.
        """
        self._restore(self.root.stat().st_ino, target, mode, random.Random(seed))

    def _restore(self, inode: int, target: Path, mode: Mode, draw: random.Random) -> None:
        target.mkdir()
        now = mode == "names" or (mode == "mixed" and draw.random() < 0.5)
        held = Path(f"/proc/self/fd/{self._held[inode]}").readlink()
        names = self._now(held) if now and held.exists() else self._names.get(inode, {})
        for name, child in sorted(names.items()):
            if stat.S_ISDIR(os.fstat(self._held[child]).st_mode):
                self._restore(child, target / name, mode, draw)
            else:
                (target / name).write_bytes(self._bytes.get(child, b""))

    def close(self) -> None:
        for handle in self._held.values():
            os.close(handle)
