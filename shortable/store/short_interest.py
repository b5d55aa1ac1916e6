"""Short interest on disk: one Parquet file a source and market, ``equity/<market>/short_interest/<source>.parquet``."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.errors import InvalidInputError, StoreError
from shortable.market import Market
from shortable.store import files
from shortable.store.lock import writer_lock
from shortable.store.part import damaged, present
from shortable.store.paths import DataFolder, check_broker, writable_folder
from shortable.store.paths import data_folder as find_folder
from shortable.store.short_interest_merge import Merger
from shortable.store.short_interest_schema import SCHEMA, open_file, write_file

__all__ = [
    "ShortInterestFile",
    "Signature",
    "append_short_interest",
    "short_interest_files",
    "short_interest_folder",
    "short_interest_path",
    "short_interest_sources",
]

_SUFFIX = ".parquet"
Signature = tuple[int, int, int]


def short_interest_path(folder: Path, market: Market, source: str) -> Path:
    """Return the path of one market of one source."""
    return Path(folder) / "equity" / market.value / "short_interest" / f"{source}{_SUFFIX}"


def short_interest_sources(folder: str | Path, market: Market | None = None) -> list[str]:
    """Return the sources that a data folder has figures of, sorted; of all markets unless one is named."""
    markets = Market if market is None else (market,)
    return sorted({source for one in markets for source in short_interest_files(folder, one)})


def short_interest_files(folder: str | Path, market: Market) -> dict[str, Signature]:
    """Return a market's sources with what tells one state of a source's file from another: every import changes it."""
    found: dict[str, Signature] = {}
    try:
        with os.scandir(short_interest_path(Path(folder), market, "").parent) as room:
            for entry in room:
                if entry.name.endswith(_SUFFIX) and not entry.name.startswith("."):
                    state = entry.stat()
                    mark = (state.st_mtime_ns, state.st_size, state.st_ino)
                    found[entry.name.removesuffix(_SUFFIX)] = mark
    except (FileNotFoundError, NotADirectoryError):
        pass
    return found


def short_interest_folder(given: str | Path | None = None) -> DataFolder:
    """Return the folder to read short interest from.

    Parameters
    ----------
    given : str or Path, optional
        Taken as it is. Default: the environment's ``SHORTABLE_DATA``; else ``./data`` if it holds short interest;
        else the packaged sample, whose numbers are made up.
    """
    return find_folder(given, holds=short_interest_sources)


def append_short_interest(
    source: str,
    batches: Sequence[pa.Table],
    *,
    market: Market,
    data_folder: str | Path | None = None,
    replace: bool = False,
    made_up: bool = False,
    lock_timeout: float = 10.0,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[np.ndarray[Any, np.dtype[np.bool_]]], Path]:
    """Add figures to a source's file, all of them or, where anything fails, none.

    Parameters
    ----------
    source : str
        Letters a to z, digits, ``-`` and ``_``.
    batches : sequence of pa.Table
        Of `SCHEMA`; a later one may revise an earlier one. Revisions of one settlement date are taken in the order
        of their publication: one that repeats what was known leaves no trace, so none may be put in before it later.
    market : Market
        Market that they are of.
    data_folder : str or Path, optional
        Default ``SHORTABLE_DATA``, else ``./data``; made if need be.
    replace : bool
        Let what contradicts a stored figure of the same publication take its place.
    made_up : bool
        The figures are made up; they never share a file with others.
    lock_timeout : float
        Seconds to wait for another writer.
    progress : callable, optional
        Called with the numbers of batches taken and of all.

    Returns
    -------
    list of ndarray of bool, Path
        For each batch, which rows said something new; where none did, the file was not touched. And the file.

    Raises
    ------
    SnapshotConflictError
        A figure contradicts a stored one of the same publication and `replace` is off.
    StoreLockedError, CorruptStoreError, SchemaVersionError, StoreError
        As `shortable.store.append`.
    """
    path = short_interest_path(writable_folder(data_folder), market, check_broker(source))
    for batch in batches:
        if not isinstance(batch, pa.Table) or not batch.schema.equals(SCHEMA):
            raise InvalidInputError(
                "batches", type(batch).__name__, "hold tables of short_interest_schema.SCHEMA"
            )
    with writer_lock(path, lock_timeout):
        stored = SCHEMA.empty_table()
        if path.exists():
            with present(path):
                file = ShortInterestFile(path)
                stored = file.table()
            if stored.num_rows and file.made_up != made_up:
                raise StoreError(
                    f"{path} holds {'made-up' if file.made_up else 'real'} figures, and these are not; "
                    "import into a data folder of your own"
                )
        merger = Merger(stored, replace=replace)
        new = []
        for count, batch in enumerate(batches, 1):
            new.append(merger.take(batch))
            if progress is not None:
                progress(count, len(batches))
        if merger.changed:
            temporary = path.with_name(f".{path.name}.new")
            with files.writing(path):
                write_file(temporary, merger.table, source, market.value, made_up=made_up)
                files.sync_file(temporary)
                files.rename(temporary, path)
    return new, path


class ShortInterestFile:
    """One file, opened: its state at that moment, whatever is written later.

    Attributes
    ----------
    path : Path
    made_up : bool
        Its numbers are made-up sample data.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader, metadata = open_file(path)
        self.made_up = "made_up" in metadata
        with damaged(path):
            self._bounds = _bounds(self._reader.metadata)

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return all rows, sorted by symbol, settlement date and the instant from which each was known."""
        with damaged(self.path):
            return self._reader.read(columns=None if columns is None else list(columns))

    def symbol(self, ticker: str) -> pa.Table:
        """Return one symbol's rows, spelled as the source does; none where it has none."""
        groups = [at for at, (low, high) in enumerate(self._bounds) if low <= ticker <= high]
        if not groups:
            return SCHEMA.empty_table()
        with damaged(self.path):
            rows = self._reader.read_row_groups(groups, use_threads=False)
        return rows.filter(pc.equal(rows["symbol"], ticker))


def _bounds(metadata: Any) -> list[tuple[str, str]]:
    """Return the first and last symbol of each row group."""
    column = SCHEMA.get_field_index("symbol")
    found = []
    for at in range(metadata.num_row_groups):
        statistics = metadata.row_group(at).column(column).statistics
        if statistics is None or not statistics.has_min_max:
            raise ValueError("its row groups do not say which symbols they hold")
        found.append((statistics.min, statistics.max))
    return found
