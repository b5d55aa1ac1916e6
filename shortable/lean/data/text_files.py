"""Small text files of a LEAN data folder: one by one, or many in the newest of its dated archives."""

from __future__ import annotations

import zipfile
from pathlib import Path

from shortable.errors import MarketDataError
from shortable.unpacking import read_member

__all__ = ["TextFolder", "read_lines"]


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file without those that are blank; none where there is no file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise MarketDataError(str(path), str(error), "be a readable text file") from None
    return [line for line in text.splitlines() if line.strip()]


class TextFolder:
    """A folder of ``<name>.csv``, or of archives ``<kind>_<yyyyMMdd>.zip`` that hold such files (LEAN has both).

    Parameters
    ----------
    path : Path
        ``equity/usa/map_files`` or ``equity/usa/factor_files``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        archives = sorted(path.glob(f"{path.name}_*.zip"))
        self._archive = archives[-1] if archives else None

    def names(self) -> list[str]:
        """Return the names without ``.csv``, sorted."""
        loose = {p.stem for p in self.path.glob("*.csv")}
        if self._archive is not None:
            with self._open() as archive:
                loose |= {Path(name).stem for name in archive.namelist() if name.endswith(".csv")}
        return sorted(loose)

    def lines(self, name: str) -> list[str]:
        """Return the lines of one file; a loose file goes before the archive's."""
        return self.many([name]).get(name, [])

    def many(self, names: list[str]) -> dict[str, list[str]]:
        """Return the lines of several files; those that do not exist are left out."""
        found = {
            name: read_lines(path)
            for name in names
            if (path := self.path / f"{name}.csv").is_file()
        }
        missing = [name for name in names if name not in found]
        if missing and self._archive is not None:
            with self._open() as archive:
                held = set(archive.namelist())
                for name in missing:
                    if f"{name}.csv" in held:
                        text = self._member(archive, f"{name}.csv").decode("utf-8-sig")
                        found[name] = [line for line in text.splitlines() if line.strip()]
        return found

    def where(self, name: str) -> str:
        """Return the path of one file, for messages."""
        path = self.path / f"{name}.csv"
        return (
            str(path) if path.is_file() or self._archive is None else f"{self._archive}#{name}.csv"
        )

    def _member(self, archive: zipfile.ZipFile, name: str) -> bytes:
        try:
            return read_member(archive, name)
        except OSError as error:
            raise MarketDataError(
                str(self._archive), str(error), "be a readable zip archive"
            ) from None

    def _open(self) -> zipfile.ZipFile:
        assert self._archive is not None
        try:
            return zipfile.ZipFile(self._archive)
        except (zipfile.BadZipFile, OSError) as error:
            raise MarketDataError(
                str(self._archive), str(error), "be a readable zip archive"
            ) from None
