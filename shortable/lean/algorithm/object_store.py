"""``self.object_store``: what an algorithm keeps under names (LEAN: Common/Interfaces/IObjectStore.cs)."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.collections import KeyValuePair
from shortable.lean.names import LeanObject

__all__ = ["ObjectStore"]


class ObjectStore(LeanObject):
    """Texts and bytes kept while the run lasts; LEAN keeps them for longer.

    Examples
    --------
    >>> store = ObjectStore()
    >>> store.Save("models/weights", "1,2"), store.Read("models/weights"), store.ContainsKey("other"), store.keys
    (True, '1,2', False, ['models/weights'])
    >>> path = store.get_file_path("table.csv")
    >>> _ = open(path, "w").write("a,b")
    >>> store.read_bytes("table.csv")
    b'a,b'
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="shortable-object-store-")
        self._root = Path(self._folder.name)

    def get_file_path(self, path: str) -> str:
        """Return the file that is kept under a name, or may be written to be kept."""
        if not path or not (self._root / path).resolve().is_relative_to(self._root.resolve()):
            raise InvalidInputError("path", path, "be a relative path")
        file = self._root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        return str(file)

    def contains_key(self, path: str) -> bool:
        """Whether something is kept under a name."""
        return Path(self.get_file_path(path)).is_file()

    def save_bytes(self, path: str, contents: Any = b"") -> bool:
        """Keep bytes; without any, what was written to the name's file stays."""
        if contents or not self.contains_key(path):
            Path(self.get_file_path(path)).write_bytes(bytes(contents))
        return True

    def read_bytes(self, path: str) -> bytes:
        """Return the bytes kept under a name.

        Raises
        ------
        InvalidInputError
            There are none.
        """
        if not self.contains_key(path):
            raise InvalidInputError(
                "path", path, f"be one of {', '.join(self.keys) or 'none'}: what was saved"
            )
        return Path(self.get_file_path(path)).read_bytes()

    def save(self, path: str, text: str | None = None) -> bool:
        """Keep a text."""
        return self.save_bytes(path, (text or "").encode())

    def read(self, path: str) -> str:
        """Return the text kept under a name."""
        return self.read_bytes(path).decode()

    save_string, read_string = save, read

    def save_json(self, path: str, value: Any) -> bool:
        """Keep what JSON can write."""
        return self.save(path, json.dumps(value))

    def read_json(self, path: str) -> Any:
        """Return what JSON wrote."""
        return json.loads(self.read(path))

    def delete(self, path: str) -> bool:
        """Forget."""
        there = self.contains_key(path)
        Path(self.get_file_path(path)).unlink(missing_ok=True)
        return there

    def clear(self) -> None:
        """Forget all."""
        for key in self.keys:
            self.delete(key)

    @property
    def keys(self) -> list[str]:
        """All names."""
        return sorted(
            file.relative_to(self._root).as_posix()
            for file in self._root.rglob("*")
            if file.is_file()
        )

    def __iter__(self) -> Any:
        return iter([KeyValuePair(key, self.read_bytes(key)) for key in self.keys])
