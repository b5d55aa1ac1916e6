"""`Globals.data_folder`, and reading files as LEAN's algorithms do with ``Extensions.read_lines``."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from shortable.errors import MarketDataError
from shortable.lean.names import LeanObject
from shortable.unpacking import read_member

__all__ = ["DataProvider", "Extensions", "Globals", "data_folder_is"]

_FOLDER: ContextVar[Path | None] = ContextVar("data_folder", default=None)


@contextmanager
def data_folder_is(folder: Path | None) -> Iterator[None]:
    """Let `Globals.data_folder` be a folder while a run lasts; None is a run without one."""
    token = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(token)


class _Folder(type):
    """Class properties, because LEAN's are static."""

    @property
    def data_folder(cls) -> str:
        """The LEAN data folder of the run, as text; ``data`` where the run has none."""
        folder = _FOLDER.get()
        return str(folder) if folder is not None else "data"

    DataFolder = cache_data_folder = CacheDataFolder = get_data_folder_path = data_folder

    @property
    def version(cls) -> str:
        """The version of shortable that stands in for LEAN."""
        from importlib.metadata import version

        return version("shortable-provider")

    Version = version


class Globals(metaclass=_Folder):
    """What LEAN's algorithms ask of the machine: ``Globals.data_folder``.

    Examples
    --------
    >>> with data_folder_is(Path("mine")):
    ...     Globals.data_folder, Globals.DataFolder
    ('mine', 'mine')
    """


class DataProvider(LeanObject):
    """Fetches files from disk (LEAN: Engine/DataFeeds/DefaultDataProvider.cs)."""

    def fetch(self, key: str) -> bytes | None:
        """Return what a file holds, None where there is none; ``archive.zip#entry`` is a file in a zip.

        A relative path that does not exist is looked for in the run's data folder.

        Raises
        ------
        MarketDataError
            The zip is damaged.
        """
        name, _, entry = str(key).partition("#")
        path = Path(name)
        if not path.is_absolute() and not path.exists():
            path = Path(Globals.data_folder) / path
        try:
            if path.suffix.lower() != ".zip":
                return path.read_bytes()
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
                wanted = entry or (names[0] if names else "")
                return read_member(archive, wanted) if wanted in names else None
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        except (zipfile.BadZipFile, OSError) as error:
            raise MarketDataError(str(path), str(error), "be a readable file") from None


DefaultDataProvider = DataProvider


class Extensions(LeanObject):
    """LEAN's extension methods that algorithms call by their class (Common/Extensions.cs)."""

    @staticmethod
    def read_lines(data_provider: Any, file: str) -> Iterator[str]:
        """Yield the lines of a file, none where there is no file.

        Parameters
        ----------
        data_provider : DataProvider
            Anything with ``fetch(path)`` that returns bytes, text or None.
        file : str
            Path; ``archive.zip#entry`` is a file in a zip.
        """
        held = data_provider.fetch(file)
        if held is None:
            return
        text = held.decode("utf-8-sig") if isinstance(held, bytes) else str(held)
        yield from text.splitlines()

    @staticmethod
    def to_lower(text: str) -> str:
        """Return a text in lower case."""
        return text.lower()

    @staticmethod
    def get_string_between_chars(value: str, left: str, right: str) -> str:
        """Return what stands between two characters, empty where they do not stand so."""
        begins = value.find(left) + 1
        ends = value.find(right, begins)
        return value[begins:ends] if begins and ends >= 0 else ""

    @staticmethod
    def round_to_significant_digits(number: float, digits: int) -> float:
        """Return a number with so many significant digits."""
        return float(format(number, f".{digits}g"))

    @staticmethod
    def smart_rounding(number: float) -> float:
        """Return a number with seven significant digits below a thousand, four decimals above."""
        return float(format(number, ".7g")) if abs(number) < 1000 else round(number, 4)

    @staticmethod
    def convert_to_utc(time: datetime, from_: Any, strict: bool = False) -> datetime:
        """Return a naive time of a zone as naive UTC.

        Parameters
        ----------
        time : datetime
        from_ : ZoneInfo or str
            The zone, such as ``security.exchange.time_zone``.
        strict : bool, optional
            LEAN's; a time that a change of clocks skips or doubles is read leniently either way.
        """
        return Extensions.convert_to(time, from_, UTC)

    @staticmethod
    def convert_from_utc(time: datetime, to: Any, strict: bool = False) -> datetime:
        """Return a naive time of UTC as a naive time of a zone."""
        return Extensions.convert_to(time, UTC, to)

    @staticmethod
    def convert_to(time: datetime, from_: Any, to: Any, strict: bool = False) -> datetime:
        """Return a naive time of one zone as a naive time of another."""
        before, after = (ZoneInfo(z) if isinstance(z, str) else z for z in (from_, to))
        return time.replace(tzinfo=before).astimezone(after).replace(tzinfo=None)

    @staticmethod
    def to_time_span(resolution: Any) -> Any:
        """Return how long a bar of a resolution is.

        Raises
        ------
        InvalidInputError
            The resolution is tick or second, which `shortable.lean` does not have.
        """
        from shortable.errors import InvalidInputError
        from shortable.lean.data.price_files import PERIODS

        if resolution not in PERIODS:
            raise InvalidInputError("resolution", str(resolution), "be minute, hour or daily")
        return PERIODS[resolution]
