"""Where files are: the data folder, brokers' names, and the path of each broker's store of a market."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shortable.errors import InvalidInputError, StoreError
from shortable.market import Market

__all__ = [
    "ENVIRONMENT",
    "DataFolder",
    "before_path",
    "brokers",
    "check_broker",
    "data_folder",
    "sample_folder",
    "store_path",
    "writable_folder",
]

ENVIRONMENT = "SHORTABLE_DATA"
_NAME = re.compile(r"[a-z0-9_-]{1,64}")
_SUFFIX = ".parquet"


@dataclass(frozen=True, slots=True)
class DataFolder:
    """A folder that holds ``equity/<market>/shortable/<broker>.parquet``."""

    path: Path
    """The folder."""
    made_up: bool
    """No folder was named and this is the packaged sample, in which every number is made up."""


def data_folder(
    given: str | Path | None = None, *, holds: Callable[[Path], object] | None = None
) -> DataFolder:
    """Return the folder to read from.

    Parameters
    ----------
    given : str or Path, optional
        Used as it is, whether it holds anything or not. Default: the environment's ``SHORTABLE_DATA``, which
        does not fall back either; else ``./data`` if it holds a store; else the packaged sample.
    holds : callable, optional
        Returns whether a folder holds the data that are wanted; default whether it has a store of any broker.

    Raises
    ------
    InvalidInputError
        `given` is empty or no path.
    StoreError
        Nothing was given and the sample is not installed.

    Examples
    --------
    >>> data_folder("elsewhere").made_up
    False
    """
    named = _named(given)
    if named is not None:
        return DataFolder(named, made_up=False)
    here = Path("data")
    sample = _sample()
    if (brokers if holds is None else holds)(here):
        return DataFolder(here, made_up=sample is not None and sample.samefile(here))
    return DataFolder(sample_folder(), made_up=True)


def writable_folder(given: str | Path | None = None) -> Path:
    """Return the folder to write to and create it if need be: `given`, else ``SHORTABLE_DATA``, else ``./data``.

    Raises
    ------
    InvalidInputError
        `given` is empty or no path.
    StoreError
        The folder cannot be created.
    """
    path = _named(given) or Path("data")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the data folder {path}: {error.strerror or error}") from None
    return path


def sample_folder() -> Path:
    """Return the packaged sample: ``shortable/_data`` where installed, ``data`` in a source tree.

    Raises
    ------
    StoreError
        This installation has none.
    """
    found = _sample()
    if found is None:
        raise StoreError(
            f"no data folder: pass data_folder, set {ENVIRONMENT}, or import a file into ./data "
            "(the sample data are not part of this installation)"
        )
    return found


def check_broker(name: Any) -> str:
    """Return a broker's name, or refuse it: a name is never a path.

    Raises
    ------
    InvalidInputError
        Anything but 1 to 64 lower-case letters, digits, hyphens and underscores.

    Examples
    --------
    >>> check_broker("interactivebrokers")
    'interactivebrokers'
    """
    if isinstance(name, str) and _NAME.fullmatch(name):
        return str(name)
    raise InvalidInputError(
        "broker",
        name,
        "be a name of 1 to 64 lower-case letters, digits, '-' or '_'",
        "It is a name such as 'axos', not a path; the folder is the argument data_folder.",
    )


def brokers(folder: str | Path, market: Market | None = None) -> list[str]:
    """Return the brokers that have a store in a data folder, sorted; in any market unless one is named."""
    markets = list(Market) if market is None else [Market(market)]
    found: set[str] = set()
    for one in markets:
        room = Path(folder) / "equity" / one.value / "shortable"
        if room.is_dir():
            names = (entry.name for entry in room.iterdir())
            found.update(name for n in names if (name := _broker_of(n)) is not None)
    return sorted(found)


def store_path(folder: Path, market: Market, broker: str) -> Path:
    """Return the path of one market of one broker: a Parquet file, or a folder of that name when it has grown."""
    return Path(folder) / "equity" / market.value / "shortable" / f"{broker}{_SUFFIX}"


def before_path(path: Path) -> Path:
    """Return the path of the old file during the instant in which the grown folder takes its name."""
    return path.with_name(f".{path.name}.before")


def _broker_of(file_name: str) -> str | None:
    if file_name.startswith(".") and file_name.endswith(".before"):
        file_name = file_name[1 : -len(".before")]
    stem = file_name.removesuffix(_SUFFIX)
    return stem if stem != file_name and _NAME.fullmatch(stem) else None


def _named(given: str | Path | None) -> Path | None:
    if given is None:
        # An empty variable is what a shell leaves behind for "not set".
        text = os.environ.get(ENVIRONMENT, "")
        return Path(text).expanduser() if text else None
    if not isinstance(given, (str, os.PathLike)) or not os.fspath(given):
        raise InvalidInputError("data_folder", given, "be the path of a folder")
    path = Path(given).expanduser()
    if path.is_file():
        raise InvalidInputError(
            "data_folder",
            str(path),
            "be a folder, not a file",
            "Files are brought in with `shortable import`.",
        )
    return path


def _sample() -> Path | None:
    package = Path(__file__).resolve().parents[1]
    return next(
        (p for p in (package / "_data", package.parent / "data") if (p / "equity").is_dir()), None
    )
