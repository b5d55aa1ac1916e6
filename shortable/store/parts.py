"""One Parquet file of the store: written whole, read by symbol or whole."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shortable.arrays import Numbers
from shortable.errors import InvalidInputError
from shortable.store.files import damaged
from shortable.store.rows import Rows
from shortable.store.schema import (
    DTYPES,
    FILE_SCHEMA,
    SCHEMA_VERSIONS,
    VALUE_COLUMNS,
    KeyIndex,
    fingerprint,
    from_numpy,
    open_footer,
    seal,
    to_numpy,
)
from shortable.store.snapshot_list import SnapshotList

__all__ = ["PartFile", "write_part"]

# Measured on 22 million rows: with 32 Ki rows the footer costs more than it saves, with 128 Ki the decoding does.
ROW_GROUP_ROWS = 1 << 16
# Compacted: a dictionary of rates costs 8 bytes a value in each row group, so larger groups are denser; 27 real snapshots are
# 4.9 bytes a row in one group of 511,227 rows, and 5.8 in groups of 128 Ki.
DENSE_ROW_GROUP_ROWS = 1 << 19
_DENSE = {"compression_level": 9, "dictionary_pagesize_limit": 1 << 24}
_MADE_UP = {True: "made-up sample data", False: "contains made-up sample data"}


def write_part(
    path: Path,
    rows: Rows,
    snapshots: SnapshotList,
    head: Mapping[str, str],
    *,
    dense: bool = False,
) -> str:
    """Write sorted rows as one file, which the caller syncs and renames; return the SHA-256 of its footer.

    Parameters
    ----------
    path : Path
        A new file.
    rows : Rows
        Sorted by key and time.
    snapshots : SnapshotList
        The snapshots that the rows belong to.
    head : mapping
        From `shortable.store.schema.header`.
    dense : bool
        Take more time to write, and somewhat more to read one symbol, for fewer bytes.
    """
    from pyarrow.parquet import ParquetWriter

    size = DENSE_ROW_GROUP_ROWS if dense else ROW_GROUP_ROWS
    currencies = sorted(set(rows.currencies))
    code_of = {name: code for code, name in enumerate(currencies)}
    index = KeyIndex(
        rows.tickers,
        currencies,
        np.array([code_of[name] for name in rows.currencies], dtype=np.uint16),
        np.bincount(rows.codes, minlength=len(rows.tickers)),
        size,
    )
    metadata = dict(head) | {
        "schema_version": _version(rows, snapshots, dense),
        "snapshots": snapshots.encode(),
        "index": index.encode(compressed=dense),
    }
    if snapshots.made_up.any():
        metadata["made_up"] = _MADE_UP[bool(snapshots.made_up.all())]
    digest = fingerprint(metadata)
    metadata = seal(metadata)
    # pyarrow 16 takes metadata with the schema alone, and then writes them twice.
    later = hasattr(ParquetWriter, "add_key_value_metadata")
    with ParquetWriter(
        path,
        FILE_SCHEMA if later else FILE_SCHEMA.with_metadata(metadata),
        compression="zstd",
        write_statistics=["symbol", "as_of"],
        store_schema=not later,
        write_page_checksum=True,
        **(_DENSE if dense else {}),
    ) as writer:
        for first in range(0, len(rows.codes), size):
            writer.write_table(_row_group(rows, slice(first, first + size)), size)
        if later:
            writer.add_key_value_metadata(metadata)
    return digest


def _version(rows: Rows, snapshots: SnapshotList, dense: bool) -> str:
    """Return the lowest schema version that can hold the rows."""
    floors = rows.columns["quantity_is_floor"].astype(np.bool_)
    if ((rows.columns["quantity"] < 0) & floors).any():
        return SCHEMA_VERSIONS[4]
    return SCHEMA_VERSIONS[3] if dense else snapshots.schema_version


def _row_group(rows: Rows, part: slice) -> pa.Table:
    codes = rows.codes[part]
    low, high = int(codes[0]), int(codes[-1]) + 1  # sorted, so a row group holds one run of keys
    local = pa.array(codes - low)
    arrays = [
        pa.DictionaryArray.from_arrays(local, pa.array(names[low:high], pa.string())).cast(
            pa.string()
        )
        for names in (rows.tickers, rows.currencies)
    ]
    arrays.append(from_numpy(rows.as_of[part], "as_of"))
    arrays += [from_numpy(rows.columns[name][part], name) for name in VALUE_COLUMNS]
    return pa.Table.from_arrays(arrays, schema=FILE_SCHEMA)


def _names(columns: Sequence[str]) -> list[str]:
    unknown = [name for name in columns if name not in DTYPES]
    if unknown:
        raise InvalidInputError("columns", unknown[0], f"be out of {', '.join(DTYPES)}")
    return list(dict.fromkeys(["as_of", *columns]))


class PartFile:
    """A part, opened. It keeps the file open, and stays readable when a writer replaces the path."""

    def __init__(self, path: Path, source: pa.NativeFile | None = None) -> None:
        from pyarrow.parquet import ParquetFile

        self.path = path
        with damaged(path):
            # On disk no pre_buffer: it starts the I/O threads, which costs more than one row group takes to read.
            self._file = ParquetFile(
                path if source is None else source,
                pre_buffer=source is not None,
                page_checksum_verification=True,
            )
            self.metadata = open_footer(self._file.metadata.metadata, path)
            if not self._file.schema_arrow.equals(FILE_SCHEMA):
                raise ValueError("its columns are not those of a store")
        self.rows: int = self._file.metadata.num_rows
        self._lock = threading.Lock()

    @property
    def dense(self) -> bool:
        """Whether compaction wrote it."""
        return KeyIndex.is_compressed(self.metadata["index"])

    @cached_property
    def digest(self) -> str:
        """SHA-256, hex, of its footer, by which a manifest knows it."""
        return fingerprint(self.metadata)

    @cached_property
    def snapshots(self) -> SnapshotList:
        """The snapshots whose rows the file holds."""
        with damaged(self.path):
            return SnapshotList.decode(self.metadata["snapshots"])

    @cached_property
    def index(self) -> KeyIndex:
        """The symbols that the file holds."""
        with damaged(self.path):
            index = KeyIndex.decode(self.metadata["index"])
            if int(index.counts.sum()) != self.rows:
                raise ValueError("its index and its rows disagree")
            return index

    @cached_property
    def currencies(self) -> list[str]:
        """Currency of every key, of shape (keys,)."""
        names = self.index.currencies
        return [names[code] for code in self.index.currency_codes.tolist()]

    @cached_property
    def starts(self) -> npt.NDArray[np.int64]:
        """First row of every key, and the end: of shape (keys + 1,)."""
        return np.concatenate(([0], np.cumsum(self.index.counts)))

    def span(self, ticker: str, currency: str) -> tuple[int, int]:
        """Return the first row of a symbol and the row after its last; equal where the file has none."""
        index = self.index
        at = bisect.bisect_left(index.tickers, ticker)
        while at < len(index.tickers) and index.tickers[at] == ticker:  # once for each currency
            if index.currencies[index.currency_codes[at]] == currency:
                return int(self.starts[at]), int(self.starts[at + 1])
            at += 1
        return 0, 0

    def currencies_of(self, ticker: str) -> list[str]:
        """Return the currencies in which the file names a ticker, ascending."""
        index = self.index
        first, after = (
            find(index.tickers, ticker) for find in (bisect.bisect_left, bisect.bisect_right)
        )
        return [index.currencies[code] for code in index.currency_codes[first:after].tolist()]

    def read_symbol(self, ticker: str, currency: str, columns: Sequence[str]) -> dict[str, Numbers]:
        """Return a symbol's rows, sorted by time: ``as_of`` and the columns asked for."""
        names = _names(columns)
        first, after = self.span(ticker, currency)
        if first == after:
            return {name: np.empty(0, dtype=DTYPES[name]) for name in names}
        size = self.index.row_group_rows
        groups = range(first // size, (after - 1) // size + 1)
        offset = first - groups.start * size
        table = self._read(
            lambda: self._file.read_row_groups(list(groups), columns=names, use_threads=False)
        )
        return {
            name: to_numpy(table.column(name).slice(offset, after - first), name) for name in names
        }

    def read(self, columns: Sequence[str] = VALUE_COLUMNS) -> Rows:
        """Return the whole part, with those columns."""
        names = _names(columns)
        if self.rows:
            table = self._read(lambda: self._file.read(columns=names, use_threads=True))
        else:  # pyarrow 18 reads no file without row groups
            table = FILE_SCHEMA.empty_table().select(names)
        index = self.index
        codes = np.repeat(np.arange(len(index.counts), dtype=np.int32), index.counts)
        arrays = {name: to_numpy(table.column(name), name) for name in names}
        return Rows(index.tickers, self.currencies, codes, arrays.pop("as_of"), arrays)

    def _read(self, read: Callable[[], pa.Table]) -> pa.Table:
        with self._lock, damaged(self.path):
            return read()

    def close(self) -> None:
        """Close the file."""
        self._file.close(force=True)
