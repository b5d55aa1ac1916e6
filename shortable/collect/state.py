"""What a collector remembers of each file between two passes: how to recognise it, and how it went."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from shortable.collect.fetch import Known
from shortable.store import write_text

__all__ = ["STATE_FILE", "FileState", "State"]

STATE_FILE = "state.json"
_VERSION = 1


@dataclass(slots=True)
class FileState:
    """One file. Times are ISO 8601 in UTC, empty where it never happened."""

    etag: str = ""
    """ETag that the server gave with what was imported last."""
    modified: str = ""
    """Its Last-Modified."""
    md5: str = ""
    """The MD5 that stood beside it."""
    digest: str = ""
    """SHA-256 of what was fetched last, imported or refused."""
    result: str = ""
    """How the last pass ended for it: an outcome of `FileOutcome`."""
    error: str = ""
    """Why, where it was not well."""
    tried: str = ""
    """When it was last asked for."""
    stored: str = ""
    """When something new of it was last stored."""
    fetched: int = 0
    """How often it was fetched whole."""
    unchanged: int = 0
    """How often there was nothing new."""
    refused: int = 0
    """How often the importer refused it."""
    failures: int = 0
    """Failed passes since the last good one."""
    failed: int = 0
    """Failed passes in all."""
    rows: int = 0
    """Rows read from it in all."""
    rejected: int = 0
    """Rows of them that could not be used."""
    done: bool = False
    """It is of a past day, was imported, and will not be asked for again."""
    not_before: str = ""
    """When the server wants to be asked again."""

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> FileState:
        """Return what was written by `stated`, here or by a later release.

        Raises
        ------
        ValueError, TypeError
            A value is not what it was written as.
        """
        kinds = {one.name: type(one.default) for one in fields(cls)}
        given = {name: value for name, value in values.items() if name in kinds}
        if any(type(value) is not kinds[name] for name, value in given.items()):
            raise TypeError(given)
        for name in ("tried", "stored", "not_before"):
            if given.get(name) and datetime.fromisoformat(given[name]).tzinfo is None:
                raise ValueError(name)
        return cls(**given)

    @property
    def known(self) -> Known:
        """By what the next request recognises it."""
        return Known(self.etag, self.modified, self.md5)

    def stated(self) -> dict[str, object]:
        """Return what is not as it was at the beginning: a year of daily files stays small."""
        fresh = asdict(FileState())
        return {name: value for name, value in asdict(self).items() if value != fresh[name]}

    def learn(self, known: Known) -> None:
        """Take what the server document of the file that was just dealt with."""
        self.etag, self.modified, self.md5 = known.etag, known.modified, known.md5


@dataclass(slots=True)
class State:
    """All files of one source."""

    files: dict[str, FileState] = field(default_factory=dict)
    """By their keys."""
    seen: str = ""
    """When the last pass ended, ISO 8601 in UTC."""

    def of(self, key: str) -> FileState:
        """Return the state of a file, a fresh one where there is none."""
        return self.files.setdefault(key, FileState())

    @classmethod
    def read(cls, folder: Path) -> State:
        """Return the state in a collector's folder; a fresh one where there is none, or where it cannot be read.

        Without it every file is fetched once more, and importing it again changes nothing.
        """
        try:
            read = json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))
            files = {str(key): FileState.read(values) for key, values in read["files"].items()}
            seen = datetime.fromisoformat(read["seen"]).isoformat() if read.get("seen") else ""
            return cls(files, seen)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls()

    def write(self, folder: Path, now: datetime) -> None:
        """Replace the state in a collector's folder.

        Raises
        ------
        OSError
            The disk is full, or the folder may not be written.
        """
        self.seen = now.isoformat()
        document = {
            "format": "shortable collect state",
            "version": _VERSION,
            "seen": self.seen,
            "files": {key: one.stated() for key, one in sorted(self.files.items())},
        }
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / STATE_FILE, json.dumps(document, indent=1) + "\n")
