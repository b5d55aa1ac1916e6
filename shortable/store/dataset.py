"""Datasets beside availability (short interest, balances, flows): a declaration of columns, one writer and one reader.

A dataset is figures of a market by symbol and date, point in time: every row says from which instant it was known, and a
revision is a second row of the same key. One source's figures of one market are one Parquet file,
``equity/<market>/<dataset>/<source>.parquet``, sorted by its key and by the instant from which each row was known.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shortable.errors import InvalidInputError, StoreError
from shortable.market import Market
from shortable.store.files import damaged, present, replacing, writer_lock
from shortable.store.paths import DataFolder, check_broker, writable_folder
from shortable.store.paths import data_folder as find_folder
from shortable.store.revisions import Merger
from shortable.store.schema import open_footer, seal

if TYPE_CHECKING:
    from pyarrow import parquet

__all__ = ["Column", "Dataset", "DatasetFile", "Signature"]

SCHEMA_VERSION = "1"
# A row group is what reading one symbol decodes: 16 Ki rows are about FINRA's list of one settlement date.
ROW_GROUP_ROWS = 1 << 14
_SUFFIX = ".parquet"
_KNOWN = (
    ("known_at", pa.timestamp("us", "UTC"), "instant from which the figure was public"),
    (
        "by_rule",
        pa.bool_(),
        "known_at follows the publisher's schedule; false where it was stated",
    ),
)

Signature = tuple[int, int, int]
"""Tells one state of a file from another: time of change, size, inode."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a dataset."""

    name: str
    """Its name."""
    type: pa.DataType
    """Arrow type of its values."""
    unit: str
    """What it holds, in which unit, and what null means."""
    nullable: bool = True
    """Whether a value may be missing."""
    combine: Literal["sum", "min", "max", "mean"] | None = None
    """How look-ups make one figure of the rows of one symbol and date that differ in the rest of the key; None: they do
    not. A mean is weighted by the dataset's `weight`."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Declares one dataset, and reads and writes it.

    Attributes
    ----------
    name : str
        Folder of its files in a market, such as ``"short_interest"``.
    key : sequence of Column
        What a row is about: ``symbol`` first, then a date, then whatever else tells rows apart (a contract's expiry).
    values : sequence of Column
        What a row states.
    weight : str
        The column of values by which means are weighted; empty: they are not.
    stands : bool
        Whether a row stands until the next of the same symbol and part, however many dates of others lie between.

    Examples
    --------
    >>> fails = Dataset(
    ...     "fails_to_deliver",
    ...     key=(Column("symbol", pa.string(), "ticker"), Column("settlement_date", pa.date32(), "date")),
    ...     values=(Column("shares", pa.int64(), "shares that failed", nullable=False),),
    ... )
    >>> fails.schema.names
    ['symbol', 'settlement_date', 'known_at', 'by_rule', 'shares']
    """

    name: str
    key: tuple[Column, ...]
    values: tuple[Column, ...]
    weight: str = ""
    stands: bool = False

    def __post_init__(self) -> None:
        dates = [column for column in self.key if column.type == pa.date32()]
        if not self.key or self.key[0].name != "symbol" or len(dates) != 1:
            raise InvalidInputError(
                "key", [c.name for c in self.key], "begin with symbol and hold one date32 column"
            )

    @cached_property
    def schema(self) -> pa.Schema:
        """Columns of its tables: the key, ``known_at`` and ``by_rule``, the values."""
        known = [pa.field(name, kind, nullable=False) for name, kind, _ in _KNOWN]
        key = [pa.field(c.name, c.type, nullable=False) for c in self.key]
        return pa.schema(
            [*key, *known, *(pa.field(c.name, c.type, c.nullable) for c in self.values)]
        )

    @property
    def date(self) -> str:
        """Name of the date column of the key."""
        return next(c.name for c in self.key if c.type == pa.date32())

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the key's columns beside symbol and date: they tell rows of one symbol and date apart."""
        return tuple(c.name for c in self.key if c.name not in ("symbol", self.date))

    @property
    def format_name(self) -> str:
        """How its files call themselves."""
        return f"shortable {self.name.replace('_', ' ')}"

    def path(self, folder: str | Path, market: Market, source: str) -> Path:
        """Return the file of one source in one market."""
        return Path(folder) / "equity" / market.value / self.name / f"{source}{_SUFFIX}"

    def files(self, folder: str | Path, market: Market) -> dict[str, Signature]:
        """Return a market's sources, each with the signature of its file: every import changes it."""
        found: dict[str, Signature] = {}
        try:
            with os.scandir(self.path(folder, market, "").parent) as entries:
                for entry in entries:
                    if entry.name.endswith(_SUFFIX) and not entry.name.startswith("."):
                        state = entry.stat()
                        found[entry.name.removesuffix(_SUFFIX)] = (
                            state.st_mtime_ns,
                            state.st_size,
                            state.st_ino,
                        )
        except (FileNotFoundError, NotADirectoryError):
            pass
        return found

    def sources(self, folder: str | Path, market: Market | None = None) -> list[str]:
        """Return the sources that a data folder has figures of, sorted; in any market unless one is named."""
        markets = Market if market is None else (market,)
        return sorted({source for one in markets for source in self.files(folder, one)})

    def data_folder(self, given: str | Path | None = None) -> DataFolder:
        """Return the folder to read from.

        Parameters
        ----------
        given : str or Path, optional
            Used as it is. Default: the environment's ``SHORTABLE_DATA``; else ``./data`` if it holds the dataset; else
            the packaged sample, whose numbers are made up.
        """
        return find_folder(given, holds=self.sources)

    def open(self, folder: str | Path, market: Market, source: str) -> DatasetFile:
        """Open the file of one source in one market.

        Raises
        ------
        FileNotFoundError
            There is none.
        CorruptStoreError, SchemaVersionError
            It is damaged, something else, or another version's.
        """
        return DatasetFile(self, self.path(folder, market, source))

    def append(
        self,
        source: str,
        batches: Sequence[pa.Table],
        *,
        market: Market,
        data_folder: str | Path | None = None,
        replace: bool = False,
        made_up: bool = False,
        lock_timeout: float = 10.0,
        progress: Callable[[int, int], None] | None = None,
    ) -> tuple[list[npt.NDArray[np.bool_]], Path]:
        """Add figures to a source's file: all of them or, where anything fails, none.

        Parameters
        ----------
        source : str
            Letters a to z, digits, ``-`` and ``_``.
        batches : sequence of pa.Table
            Of `schema`; a later one may revise an earlier one. Revisions of one key are taken in the order of their
            publication: one that repeats what was known leaves no trace, so none can be inserted before it later.
        market : Market
            Market that they are of.
        data_folder : str or Path, optional
            Default ``SHORTABLE_DATA``, else ``./data``; created if need be.
        replace : bool
            Let a figure that contradicts a stored one of the same publication replace it.
        made_up : bool
            The figures are made up; they never share a file with others.
        lock_timeout : float
            Seconds to wait for another writer.
        progress : callable, optional
            Called with the numbers of batches taken and of all.

        Returns
        -------
        list of ndarray of bool, Path
            For each batch, which rows stated something new; where none did, the file was not touched. And the file.

        Raises
        ------
        SnapshotConflictError
            A figure contradicts a stored one of the same publication and `replace` is False.
        StoreLockedError, CorruptStoreError, SchemaVersionError, StoreError
            As `shortable.store.append`.
        """
        path = self.path(writable_folder(data_folder), market, check_broker(source))
        for batch in batches:
            if not isinstance(batch, pa.Table) or not batch.schema.equals(self.schema):
                raise InvalidInputError(
                    "batches", type(batch).__name__, f"hold tables of the schema of {self.name}"
                )
        with writer_lock(path, lock_timeout):
            merger = Merger(self.schema, self._stored(path, made_up=made_up), replace=replace)
            new = []
            for count, batch in enumerate(batches, 1):
                new.append(merger.take(batch))
                if progress is not None:
                    progress(count, len(batches))
            if merger.changed:
                with replacing(path) as temporary:
                    self.write(temporary, merger.table, source, market, made_up=made_up)
        return new, path

    def _stored(self, path: Path, *, made_up: bool) -> pa.Table:
        if not path.exists():
            return self.schema.empty_table()
        with present(path):
            file = DatasetFile(self, path)
            stored = file.table()
        if stored.num_rows and file.made_up != made_up:
            raise StoreError(
                f"{path} holds {'made-up' if file.made_up else 'real'} figures, and these are not; "
                "import into a data folder of your own"
            )
        return stored

    def write(
        self, path: Path, table: pa.Table, source: str, market: Market, *, made_up: bool
    ) -> None:
        """Write a sorted table to a new file."""
        from pyarrow import parquet

        units = {column.name: column.unit for column in self.key}
        units |= {name: unit for name, _, unit in _KNOWN}
        units |= {column.name: column.unit for column in self.values}
        metadata = {
            "format": self.format_name,
            "schema_version": SCHEMA_VERSION,
            "source": source,
            "market": market.value,
            "time_zone": "UTC",
            "units": json.dumps(units),
        }
        if made_up:
            metadata["made_up"] = "made-up sample data"
        parquet.write_table(
            table.replace_schema_metadata(seal(metadata)),
            path,
            compression="zstd",
            row_group_size=ROW_GROUP_ROWS,
            write_statistics=["symbol", self.date],
            write_page_checksum=True,
        )


class DatasetFile:
    """One file of a dataset, opened: it keeps answering from its state at that moment.

    Attributes
    ----------
    path : Path
    made_up : bool
        Its numbers are made-up sample data.
    """

    def __init__(self, dataset: Dataset, path: Path) -> None:
        from pyarrow.parquet import ParquetFile

        self.path, self._schema = path, dataset.schema
        with damaged(path):
            self._reader = ParquetFile(path, page_checksum_verification=True)
            metadata = open_footer(
                self._reader.schema_arrow.metadata,
                path,
                format_name=dataset.format_name,
                versions=(SCHEMA_VERSION,),
            )
            if not self._reader.schema_arrow.equals(self._schema):
                raise ValueError(f"its columns are not those of {dataset.name}")
            self._bounds = _bounds(self._reader.metadata)
        self.made_up = "made_up" in metadata

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return all rows, sorted by key and by the instant from which each was known."""
        with damaged(self.path):
            return self._reader.read(columns=None if columns is None else list(columns))

    def symbol(self, ticker: str) -> pa.Table:
        """Return one symbol's rows, spelled as the source does; none where it has none."""
        groups = [at for at, (low, high) in enumerate(self._bounds) if low <= ticker <= high]
        if not groups:
            return self._schema.empty_table()
        with damaged(self.path):
            rows = self._reader.read_row_groups(groups, use_threads=False)
        return rows.filter(pc.equal(rows["symbol"], ticker))


def _bounds(metadata: parquet.FileMetaData) -> list[tuple[str, str]]:
    """Return the first and last symbol of each row group."""
    found = []
    for at in range(metadata.num_row_groups):
        statistics = metadata.row_group(at).column(0).statistics
        if statistics is None or not statistics.has_min_max:
            raise ValueError("its row groups do not say which symbols they hold")
        found.append((statistics.min, statistics.max))
    return found
