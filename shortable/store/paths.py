"""Where files are: the data folder, brokers' names, and the path of each broker's store of a market."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shortable.arguments import path_of
from shortable.errors import InvalidInputError, StoreError
from shortable.market import Market
from shortable.store.remote import is_remote, object_names, remote_folder, uri_of

__all__ = [
    "ENVIRONMENT",
    "DataFolder",
    "absolute",
    "before_path",
    "brokers",
    "check_broker",
    "data_folder",
    "last_path",
    "markets_of",
    "name_of_file",
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
    given: str | Path | None = None,
    *,
    holds: Callable[[Path], object] | None = None,
    remote: bool = False,
) -> DataFolder:
    """Return the folder to read from.

    Parameters
    ----------
    given : str or Path, optional
        Used as it is, whether it holds anything or not. Default: the environment's ``SHORTABLE_DATA``, which
        does not fall back either; else ``./data`` if it holds a store; else the packaged sample.
    holds : callable, optional
        Returns whether a folder holds the data that are wanted; default whether it has a store of any broker.
    remote : bool
        Take ``s3://bucket/prefix`` too; only availability can lie there.

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
    if holds is not None and not callable(holds):
        raise InvalidInputError("holds", holds, "be a function of a folder")
    named = _named(given, remote)
    if named is not None:
        return DataFolder(named, made_up=False)
    here = Path("data")
    sample = _sample()
    if (brokers if holds is None else holds)(here):
        return DataFolder(here, made_up=sample is not None and sample.samefile(here))
    return DataFolder(sample_folder(), made_up=True)


def writable_folder(given: str | Path | None = None, *, remote: bool = False) -> Path:
    """Return the folder to write to and create it if need be: `given`, else ``SHORTABLE_DATA``, else ``./data``.

    Parameters
    ----------
    given : str or Path, optional
    remote : bool
        Take ``s3://bucket/prefix`` too; only availability can lie there.

    Raises
    ------
    InvalidInputError
        `given` is empty or no path.
    StoreError
        The folder cannot be created.
    """
    path = _named(given, remote) or Path("data")
    if is_remote(path):
        return path
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


def check_broker(name: str) -> str:
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


def brokers(folder: str | Path, market: Market | str | None = None) -> list[str]:
    """Return the brokers that have a store in a data folder, sorted; in any market unless one is named."""
    markets = list(Market) if market is None else [Market.of(market)]
    return sorted(set().union(*_brokers_by_market(folder, markets).values()))


def markets_of(broker: str, folder: str | Path) -> list[Market]:
    """Return the markets of which a broker has a store in a data folder."""
    found = _brokers_by_market(folder, list(Market))
    return [market for market, names in found.items() if broker in names]


def _brokers_by_market(folder: str | Path, markets: list[Market]) -> dict[Market, set[str]]:
    """Return the names of the stores of each market that has any folder."""
    base = path_of("folder", folder) / "equity"
    there = _file_names(base)
    return {
        market: {
            name
            for file_name in _file_names(base / market.value / "shortable")
            if (name := name_of_file(file_name)) is not None
        }
        for market in markets
        if market.value in there
    }


def _file_names(folder: Path) -> list[str]:
    """Return the names in a folder; none where it is missing."""
    if is_remote(folder):
        return object_names(folder)
    return [entry.name for entry in folder.iterdir()] if folder.is_dir() else []


def store_path(folder: Path, market: Market, broker: str) -> Path:
    """Return the path of one market of one broker: a Parquet file, or a folder of that name when it has grown."""
    return Path(folder) / "equity" / market.value / "shortable" / f"{broker}{_SUFFIX}"


def before_path(path: Path) -> Path:
    """Return the path of the old file during the instant in which the grown folder takes its name."""
    return path.with_name(f".{path.name}.before")


def last_path(path: Path) -> Path:
    """Return the path of the folder of the state before the present one, which stays until the next write."""
    return path.with_name(f".{path.name}.last")


def name_of_file(file_name: str) -> str | None:
    """Return the broker or source whose file or folder has a name, `before_path` among them; None for anything else."""
    if file_name.startswith(".") and file_name.endswith(".before"):
        file_name = file_name[1 : -len(".before")]
    stem = file_name.removesuffix(_SUFFIX)
    return stem if stem != file_name and _NAME.fullmatch(stem) else None


def absolute(path: Path) -> Path:
    """Return a path that does not depend on the working directory; one in object storage is that already."""
    return path if is_remote(path) else path.absolute()


def _named(given: str | Path | None, remote: bool) -> Path | None:
    if given is None:
        # An empty variable is what a shell leaves behind for "not set".
        given = os.environ.get(ENVIRONMENT, "")
        if not given:
            return None
    if not isinstance(given, (str, os.PathLike)) or not os.fspath(given) or "\0" in str(given):
        raise InvalidInputError("data_folder", given, "be the path of a folder")
    there = remote_folder(os.fspath(given))
    if there is not None:
        if not remote:
            raise InvalidInputError(
                "data_folder",
                uri_of(there),
                "be a folder on disk",
                "Only availability can lie in object storage.",
            )
        return there
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
