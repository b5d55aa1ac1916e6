"""The layout of a short-interest file: columns, units, and what stands in the footer beside the rows.

One file holds one source's figures of one market, sorted by symbol, settlement date and the instant from which each
was known; a revision is a second row of its settlement date.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from shortable.errors import SchemaVersionError
from shortable.store.part import damaged
from shortable.store.schema import checksum

__all__ = ["KEY_COLUMNS", "SCHEMA", "VALUE_COLUMNS", "open_file", "write_file"]

SCHEMA_VERSION = 1
_FORMAT = "shortable short interest"
# A row group is what reading one symbol decodes: 16 Ki rows are about the list of one settlement date.
_ROW_GROUP_ROWS = 1 << 14

KEY_COLUMNS = ("symbol", "settlement_date", "known_at", "by_rule")
SCHEMA = pa.schema(
    [
        pa.field("symbol", pa.string(), nullable=False),
        pa.field("settlement_date", pa.date32(), nullable=False),
        pa.field("known_at", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("by_rule", pa.bool_(), nullable=False),
        pa.field("shares_short", pa.int64(), nullable=False),
        pa.field("avg_daily_volume", pa.int64()),
        pa.field("days_to_cover", pa.float64()),
        pa.field("previous", pa.int64()),
        pa.field("revised", pa.bool_(), nullable=False),
        pa.field("split", pa.bool_(), nullable=False),
        pa.field("value", pa.float64()),
        pa.field("close", pa.float64()),
        pa.field("rate", pa.float64()),
        pa.field("shares_outstanding", pa.int64()),
        pa.field("venue", pa.string()),
        pa.field("name", pa.string()),
    ]
)
VALUE_COLUMNS = tuple(name for name in SCHEMA.names if name not in KEY_COLUMNS)
_UNITS = {
    "symbol": "ticker as the source spells it, upper case; Hong Kong codes without leading zeros",
    "settlement_date": "date on the exchange's calendar",
    "known_at": "instant from which the figure was public",
    "by_rule": "known_at follows the publisher's schedule; false where it was stated",
    "shares_short": "shares",
    "avg_daily_volume": "shares a day; null: not stated",
    "days_to_cover": "days; null: nothing traded, or not stated",
    "previous": "shares at the settlement date before, not adjusted for splits",
    "revised": "the source flags `previous` as revised",
    "split": "the source flags a split",
    "value": "market value of the shares short, in the market's currency",
    "close": "closing price, in the market's currency",
    "rate": "shares short / shares outstanding, a fraction, as the source states it",
    "shares_outstanding": "shares, as the source states them",
    "venue": "market class as the source states it",
    "name": "issue name as the source states it",
}


def write_file(path: Path, table: pa.Table, source: str, market: str, *, made_up: bool) -> None:
    """Write a sorted table of `SCHEMA` to a new file."""
    from pyarrow import parquet

    metadata = {
        "format": _FORMAT,
        "schema_version": str(SCHEMA_VERSION),
        "source": source,
        "market": market,
        "time_zone": "UTC",
        "units": json.dumps(_UNITS),
    }
    if made_up:
        metadata["made_up"] = "made-up sample data"
    metadata["checksum"] = _seal(metadata)
    parquet.write_table(
        table.replace_schema_metadata(metadata),
        path,
        compression="zstd",
        row_group_size=_ROW_GROUP_ROWS,
        write_statistics=["symbol", "settlement_date"],
        write_page_checksum=True,
    )


def open_file(path: Path) -> tuple[Any, dict[str, str]]:
    """Open a file; return pyarrow's reader and the metadata.

    Raises
    ------
    FileNotFoundError
        There is none.
    CorruptStoreError, SchemaVersionError
        It is damaged, something else, or another version's.
    """
    from pyarrow.parquet import ParquetFile

    with damaged(path):
        reader = ParquetFile(path, page_checksum_verification=True)
        raw = reader.schema_arrow.metadata or {}
        metadata = {key.decode(): value.decode() for key, value in raw.items()}
        seal = metadata.pop("checksum", "")
        if metadata.get("format") != _FORMAT:
            raise ValueError("it is no file of short interest")
        version = metadata.get("schema_version")
        if version != str(SCHEMA_VERSION):
            raise SchemaVersionError(
                f"{path} has schema version {version!r}; this release of shortable reads version {SCHEMA_VERSION}. "
                "Upgrade shortable, or import the source files again."
            )
        if seal != _seal(metadata):
            raise ValueError("the checksum of its footer is wrong")
        if not reader.schema_arrow.equals(SCHEMA):
            raise ValueError("its columns are not those of short interest")
    return reader, metadata


def _seal(metadata: Mapping[str, str]) -> str:
    return checksum("\n".join(f"{name}={metadata[name]}" for name in sorted(metadata)))
