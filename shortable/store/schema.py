"""The columns of a store file, its version, and how its footer is written, sealed and checked.

A store file is Parquet with the columns of `FILE_SCHEMA`, sorted by symbol, currency and time. Its footer holds key-value
metadata: the units, the list of snapshots, and an index of the symbols with the number of rows of each, from which a
look-up finds its row group without reading the statistics of all row groups.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shortable.arrays import Array
from shortable.errors import SchemaVersionError, StoreError

__all__ = [
    "DTYPES",
    "FILE_SCHEMA",
    "FORMAT",
    "HEAD",
    "ROW_SCHEMA",
    "SCHEMA_VERSIONS",
    "VALUE_COLUMNS",
    "KeyIndex",
    "check_place",
    "check_version",
    "checksum",
    "decode_array",
    "encode_array",
    "fingerprint",
    "from_numpy",
    "header",
    "open_footer",
    "seal",
    "single",
    "to_numpy",
    "vouched_body",
    "vouched_text",
]

SCHEMA_VERSIONS = ("1", "2", "3", "4", "5")
"""Versions that this release reads. 2 is written only where snapshots state a kind, a venue or unreadable symbols, 3 only
where they name the session that they limit: a release that does not know it would pass over it and answer wrongly. 4 is what
compaction writes: the index of symbols is compressed. 5 is of parts in which a row says that there are shares and not how many."""
FORMAT = "shortable availability"
VALUE_COLUMNS = ("quantity", "quantity_is_floor", "fee_rate", "rebate_rate")

ROW_SCHEMA = pa.schema(
    [
        pa.field("symbol", pa.string(), nullable=False),
        pa.field("currency", pa.string(), nullable=False),
        pa.field("quantity", pa.int64()),
        pa.field("quantity_is_floor", pa.bool_(), nullable=False),
        pa.field("fee_rate", pa.float64()),
        pa.field("rebate_rate", pa.float64()),
    ]
)
FILE_SCHEMA = ROW_SCHEMA.insert(2, pa.field("as_of", pa.timestamp("us", "UTC"), nullable=False))

_UNITS = {
    "symbol": "canonical ticker without market",
    "currency": "ISO 4217",
    "as_of": "UTC instant from which the row was known",
    "quantity": "shares; null: not stated, or where quantity_is_floor: available, but nobody knows how many",
    "quantity_is_floor": "at least that many shares",
    "fee_rate": "annual fraction (0.0025 is 0.25 %) paid by the short; null: not stated",
    "rebate_rate": "annual fraction on short proceeds; null: not stated",
}

DTYPES: dict[str, type[np.generic]] = {
    "as_of": np.int64,
    "quantity": np.int64,
    "quantity_is_floor": np.bool_,
    "fee_rate": np.float64,
    "rebate_rate": np.float64,
}
"""Types of the columns as NumPy arrays, in which −1 stands for a missing quantity and NaN for a missing rate."""


HEAD = ("format", "schema_version", "broker", "market", "time_zone", "units")
"""Names of what `header` returns."""


def header(broker: str, market: str) -> dict[str, str]:
    """Return the metadata that say what a store file is, in which units and time zone."""
    return {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSIONS[0],
        "broker": broker,
        "market": market,
        "time_zone": "UTC",
        "units": json.dumps(_UNITS),
    }


def check_place(head: Mapping[str, str], broker: str, market: str, where: object) -> None:
    """Refuse a store that is another broker's or another market's than its path says.

    Raises
    ------
    StoreError
        The message says where it belongs.
    """
    own_broker, own_market = head.get("broker", broker), head.get("market", market)
    if (own_broker, own_market) != (broker, market):
        raise StoreError(
            f"{where} holds availability of {own_broker} in market {own_market}, and its path says {broker} in market "
            f"{market}. Move it to equity/{own_market}/shortable/{own_broker}.parquet, or import the sources of {broker} "
            "again."
        )


def check_version(
    metadata: Mapping[str, str],
    where: object,
    *,
    format_name: str = FORMAT,
    versions: tuple[str, ...] = SCHEMA_VERSIONS,
) -> None:
    """Refuse a file of another format or schema version.

    Raises
    ------
    SchemaVersionError
        This release does not read the version.
    ValueError
        The metadata are not those of the format.
    """
    if metadata.get("format") != format_name:
        raise ValueError(f"it was not written by shortable as {format_name.split(' ', 1)[1]}")
    version = metadata.get("schema_version")
    if version not in versions:
        raise SchemaVersionError(
            f"{where} has schema version {version!r}; this release of shortable reads {_listed(versions)}. "
            "Upgrade shortable, or import the source files again."
        )


def _listed(versions: tuple[str, ...]) -> str:
    *others, last = versions
    return f"versions {', '.join(others)} and {last}" if others else f"version {last}"


def checksum(text: str) -> str:
    """Return eight hex digits that change when the text does: footers have no checksum of their own."""
    return f"{zlib.crc32(text.encode()):08x}"


def vouched_text(body: str) -> str:
    """Return the text of a manifest: its checksum, and the body."""
    return f"{checksum(body)}\n{body}\n"


def vouched_body(text: str) -> str:
    """Return the body of which `vouched_text` made a manifest.

    Raises
    ------
    ValueError
        It is damaged.
    """
    mark, _, body = text.removesuffix("\n").partition("\n")
    if mark != checksum(body):
        raise ValueError("its checksum is wrong")
    return body


def seal(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return the metadata of a footer with their checksum added."""
    return {**metadata, "checksum": _checksum_of(metadata)}


# What the first stores of version 1 held; they had no checksum.
_UNSEALED = {*HEAD, "snapshots", "index"}


def open_footer(
    raw: Mapping[bytes, bytes] | None,
    where: object,
    *,
    format_name: str = FORMAT,
    versions: tuple[str, ...] = SCHEMA_VERSIONS,
) -> dict[str, str]:
    """Return the metadata that `seal` sealed, without their checksum.

    Raises
    ------
    SchemaVersionError
        Another version wrote them.
    ValueError
        They are of another format, or damaged.
    """
    metadata = {k.decode(): v.decode() for k, v in (raw or {}).items() if k != b"ARROW:schema"}
    found = metadata.pop("checksum", None)
    check_version(metadata, where, format_name=format_name, versions=versions)
    unsealed = found is None and metadata.keys() - {"made_up"} == _UNSEALED
    if not unsealed and found != _checksum_of(metadata):
        raise ValueError("the checksum of its footer is wrong")
    return metadata


def fingerprint(metadata: Mapping[str, str]) -> str:
    """Return the SHA-256, hex, of a footer's metadata: with the digests of its snapshots they tell one part from another."""
    return hashlib.sha256(_text_of(metadata).encode()).hexdigest()


def _text_of(metadata: Mapping[str, str]) -> str:
    return "\n".join(f"{name}={metadata[name]}" for name in sorted(metadata))


def _checksum_of(metadata: Mapping[str, str]) -> str:
    return checksum(_text_of(metadata))


def encode_array(values: Array, kind: str) -> str:
    """Return an array as text: base64 of its little-endian bytes."""
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode("ascii")


def decode_array(text: str, kind: str) -> npt.NDArray[Any]:
    """Return what `encode_array` wrote, read-only."""
    return np.frombuffer(base64.b64decode(text, validate=True), dtype=kind)


def single(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return a column as one array."""
    if isinstance(column, pa.Array):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def to_numpy(column: pa.ChunkedArray | pa.Array, name: str) -> npt.NDArray[Any]:
    """Return one of the columns of `DTYPES` as NumPy; times as int64 microseconds. May be read-only."""
    if isinstance(column, pa.ChunkedArray) and column.num_chunks != 1:
        whole = np.empty(len(column), dtype=DTYPES[name])
        position = 0
        for chunk in column.chunks:
            whole[position : position + len(chunk)] = to_numpy(chunk, name)
            position += len(chunk)
        return whole
    array = single(column)
    if name == "as_of":
        array = array.cast(pa.int64())
    if array.null_count:
        array = pc.fill_null(array, -1 if name == "quantity" else float("nan"))
    values: npt.NDArray[Any] = array.to_numpy(zero_copy_only=False)
    return values


def from_numpy(values: npt.NDArray[Any], name: str) -> pa.Array:
    """Return an array as the column that `to_numpy` reads it from."""
    if name == "as_of":
        return pa.array(values).cast(pa.timestamp("us", "UTC"))
    if name == "quantity_is_floor":
        return pa.array(values)
    missing = values < 0 if name == "quantity" else np.isnan(values)
    return pa.array(values, mask=missing if missing.any() else None)


_COMPRESSED = "zlib:"


@dataclass(frozen=True, slots=True)
class KeyIndex:
    """Which symbols a file holds, in the order of its rows, and how many rows each has."""

    tickers: list[str]
    """Of shape (n,), ascending; a ticker that is quoted in two currencies is there twice."""
    currencies: list[str]
    """The currencies that occur, ascending."""
    currency_codes: npt.NDArray[np.uint16]
    """Position in `currencies`, of shape (n,)."""
    counts: npt.NDArray[np.int64]
    """Rows, of shape (n,)."""
    row_group_rows: int
    """Rows of every row group but the last."""

    def encode(self, *, compressed: bool = False) -> str:
        """Return the index as text for the footer."""
        text = json.dumps(
            {
                "tickers": " ".join(self.tickers),
                "currencies": self.currencies,
                "currency_codes": encode_array(self.currency_codes, "<u2"),
                "counts": encode_array(self.counts, "<u4"),
                "row_group_rows": self.row_group_rows,
            }
        )
        if not compressed:
            return text
        return _COMPRESSED + base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")

    @staticmethod
    def is_compressed(text: str) -> bool:
        """Whether `encode` compressed the text, as it does in parts that compaction writes."""
        return text.startswith(_COMPRESSED)

    @classmethod
    def decode(cls, text: str) -> KeyIndex:
        """Return what `encode` wrote.

        Raises
        ------
        ValueError or KeyError
            The text is something else.
        """
        if cls.is_compressed(text):
            packed = base64.b64decode(text.removeprefix(_COMPRESSED), validate=True)
            text = zlib.decompress(packed).decode()
        raw = json.loads(text)
        index = cls(
            raw["tickers"].split(),  # by spaces; the first stores, by lines
            raw["currencies"],
            decode_array(raw["currency_codes"], "<u2"),
            decode_array(raw["counts"], "<u4").astype(np.int64),
            int(raw["row_group_rows"]),
        )
        lengths = {len(index.tickers), len(index.currency_codes), len(index.counts)}
        if len(lengths) > 1 or index.row_group_rows < 1:
            raise ValueError("its index contradicts itself")
        return index
