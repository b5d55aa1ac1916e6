"""Datasets beside availability (short interest, balances, flows): a declaration of columns, one writer and one reader.

A dataset is figures of a market by symbol and date, point in time: every row says from which instant it was known, and a
revision is a second row of the same key. One source's figures of one market are one Parquet file,
``equity/<market>/<dataset>/<source>.parquet``, or, grown, a folder of that name with parts; each file is sorted by its key and by
the instant from which each row was known.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shortable.errors import InvalidInputError, StoreError
from shortable.market import Market
from shortable.store.dataset_parts import (
    DatasetFolder,
    DatasetPart,
    PartEntry,
    PartList,
    cut_by_date,
    open_parts,
    write_part,
    write_rows,
)
from shortable.store.files import present, real_path, replacing, writer_lock
from shortable.store.manifest import Layout, mergers
from shortable.store.paths import DataFolder, check_broker, name_of_file, writable_folder
from shortable.store.paths import data_folder as find_folder
from shortable.store.revisions import Merger, sorted_rows

__all__ = ["Column", "Dataset", "DatasetFile", "Signature"]

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
"""Tells one state of a file or folder from another: time of change, size, inode."""


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
    def key_names(self) -> tuple[str, ...]:
        """Names of the key's columns."""
        return tuple(c.name for c in self.key)

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the key's columns beside symbol and date: they tell rows of one symbol and date apart."""
        return tuple(c.name for c in self.key if c.name not in ("symbol", self.date))

    @property
    def format_name(self) -> str:
        """How its files call themselves."""
        return f"shortable {self.name.replace('_', ' ')}"

    def path(self, folder: str | Path, market: Market, source: str) -> Path:
        """Return the file, or the folder, of one source in one market."""
        return Path(folder) / "equity" / market.value / self.name / f"{source}{_SUFFIX}"

    def files(self, folder: str | Path, market: Market) -> dict[str, Signature]:
        """Return a market's sources, each with the signature of its file: every import changes it."""
        found: dict[str, Signature] = {}
        try:
            with os.scandir(self.path(folder, market, "").parent) as entries:
                # A hidden name, of a file that becomes a folder, comes before its own.
                for entry in sorted(entries, key=lambda entry: entry.name):
                    if (source := name_of_file(entry.name)) is not None:
                        state = entry.stat()
                        found[source] = state.st_mtime_ns, state.st_size, state.st_ino
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
        layout: Layout | None = None,
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
        layout : Layout, optional
            Sizes of files.

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
        with writer_lock(real_path(path), lock_timeout):
            draft = _Draft(self, real_path(path), self._head(source, market, made_up), layout)
            merger = Merger(self.schema, draft.open(*_span(batches, self.date)), replace=replace)
            new = []
            for count, batch in enumerate(batches, 1):
                new.append(merger.take(batch))
                if progress is not None:
                    progress(count, len(batches))
            if merger.changed:
                draft.commit(merger)
        return new, path

    def _head(self, source: str, market: Market, made_up: bool) -> dict[str, str]:
        """Return what its files say of themselves."""
        units = {column.name: column.unit for column in self.key}
        units |= {name: unit for name, _, unit in _KNOWN}
        units |= {column.name: column.unit for column in self.values}
        head = {
            "format": self.format_name,
            "source": source,
            "market": market.value,
            "time_zone": "UTC",
            "units": json.dumps(units),
        }
        return head | {"made_up": "made-up sample data"} if made_up else head


def _span(batches: Sequence[pa.Table], name: str) -> tuple[date, date]:
    """Return the earliest and the latest of the dates in a column of some batches."""
    found = [pc.min_max(batch[name]).as_py() for batch in batches if batch.num_rows]
    return (
        min((one["min"] for one in found), default=date.max),
        max((one["max"] for one in found), default=date.min),
    )


class _Draft:
    """The next state of a source's file, or of its folder of parts; the caller holds its lock."""

    def __init__(
        self, dataset: Dataset, path: Path, head: Mapping[str, str], layout: Layout | None
    ) -> None:
        self._dataset, self._path, self._head = dataset, path, head
        self._layout = layout or Layout()
        self._place = DatasetFolder(path, dataset.format_name)
        self._manifest = self._place.manifest() if self._place.grown else None
        self._entries = list(self._manifest.parts) if self._manifest else []
        self._next = self._manifest.next_number if self._manifest else 1
        self._opened: list[PartEntry | None] = []

    def open(self, first: date, last: date) -> list[pa.Table]:
        """Return what is stored from one date to another: all rows of the parts that hold any of them.

        Raises
        ------
        StoreError
            What is stored is made up and the new figures are not, or the other way round.
        """
        self._opened = [one for one in self._entries if one.first <= last and first <= one.last]
        if self._manifest is None and self._path.exists():
            self._opened = [None]
        files = [self._read(entry) for entry in self._opened]
        made_up = [file.made_up for file in files]
        if self._manifest is not None:
            made_up.append("made_up" in self._manifest.head)
        tables = [file.table() for file in files]
        holds_any = self._manifest is not None or any(table.num_rows for table in tables)
        if holds_any and made_up[-1] != ("made_up" in self._head):
            raise StoreError(
                f"{self._path} holds {'made-up' if made_up[-1] else 'real'} figures, and these are not; "
                "import into a data folder of your own"
            )
        return tables

    def _read(self, entry: PartEntry | None) -> DatasetPart:
        path = self._path if entry is None else self._place.part_path(entry.number)
        with present(path):
            return DatasetPart(path, self._dataset.schema, self._dataset.format_name, entry)

    def commit(self, merger: Merger) -> None:
        """Let the figures of a merger, whose stored ones were those that `open` returned, be what is stored."""
        table = merger.table if self._manifest is None else merger.added
        if self._manifest is None and table.num_rows <= self._layout.single_file_rows:
            with replacing(self._path) as temporary:
                write_rows(temporary, table, self._head, self._dataset.date)
            return
        try:
            self._put(table)
            for number, entry in enumerate(self._opened):
                left = merger.kept(number)
                if entry is not None and left is not None:
                    self._end(entry)
                    self._put(left)
            while groups := self._mergers():
                for group in groups:
                    self._unite(group)
            self._place.commit_folder(PartList(tuple(self._entries), self._next, self._head))
        except BaseException:
            self._place.roll_back()
            raise

    def _put(self, table: pa.Table) -> None:
        for piece in cut_by_date(table, self._dataset.date, self._layout.part_rows):
            if piece.num_rows:
                self._entries.append(
                    write_part(self._place, self._next, piece, self._head, self._dataset.date)
                )
                self._next += 1

    def _end(self, entry: PartEntry) -> None:
        self._entries.remove(entry)
        self._place.forget(entry.number)

    def _mergers(self) -> list[list[PartEntry]]:
        sizes = [(entry.first.toordinal(), entry.rows) for entry in self._entries]
        return [[self._entries[at] for at in group] for group in mergers(sizes, self._layout)]

    def _unite(self, entries: Sequence[PartEntry]) -> None:
        tables = [self._read(entry).table() for entry in entries]
        for entry in entries:
            self._end(entry)
        self._put(sorted_rows(pa.concat_tables(tables), self._dataset.key_names))


class DatasetFile:
    """A source's file of a dataset, or its folder of parts, opened: it keeps answering from its state at that moment.

    Attributes
    ----------
    path : Path
    made_up : bool
        Its numbers are made-up sample data.
    """

    def __init__(self, dataset: Dataset, path: Path) -> None:
        self.path, self._key, self._names = path, dataset.key_names, dataset.schema.names
        self._parts = open_parts(path, dataset.schema, dataset.format_name)
        self.made_up = any(part.made_up for part in self._parts)

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return all rows, sorted by key and by the instant from which each was known."""
        return self._of(self._parts, columns)

    def around(self, first: date, last: date, columns: Sequence[str] | None = None) -> pa.Table:
        """Return, sorted as `table` does, at least the rows from one date to another and those of the dates next to them.

        Parameters
        ----------
        first, last : date
            What has to be among them, with the newest stored date before it and the oldest after it.
        columns : sequence of str, optional
            Default: all.
        """
        entries = [part.entry for part in self._parts if part.entry is not None]
        before = max((entry.last for entry in entries if entry.last < first), default=first)
        after = min((entry.first for entry in entries if entry.first > last), default=last)
        return self._of(
            [
                part
                for part in self._parts
                if part.entry is None or (part.entry.first <= after and before <= part.entry.last)
            ],
            columns,
        )

    def _of(self, parts: Sequence[DatasetPart], columns: Sequence[str] | None) -> pa.Table:
        if len(parts) == 1:
            return parts[0].table(columns)
        wanted = self._names if columns is None else list(columns)
        read = list(dict.fromkeys([*wanted, *self._key, "known_at"]))
        rows = pa.concat_tables([part.table(read) for part in parts])
        return sorted_rows(rows, self._key).select(wanted)

    def symbol(self, ticker: str) -> pa.Table:
        """Return one symbol's rows, spelled as the source does; none where it has none."""
        found = [part.symbol(ticker) for part in self._parts]
        return found[0] if len(found) == 1 else sorted_rows(pa.concat_tables(found), self._key)
