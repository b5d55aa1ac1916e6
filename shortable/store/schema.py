"""The layout of a store file: columns, schema version, and what stands in the footer beside the rows.

A store file is Parquet with the columns of `FILE_SCHEMA`, sorted by symbol, currency and time. Its key-value
metadata hold the units, the list of snapshots, and an index of the symbols (how many rows each has), by which
a look-up finds its row group without walking the footer's statistics.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shortable.errors import SchemaVersionError

__all__ = [
    "FILE_SCHEMA",
    "FORMAT",
    "ROW_SCHEMA",
    "SCHEMA_VERSION",
    "VALUE_COLUMNS",
    "KeyIndex",
    "check_version",
    "checksum",
    "decode_array",
    "encode_array",
    "header",
]

SCHEMA_VERSION = 1
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
    "quantity": "shares; null: named, but quantity not stated",
    "quantity_is_floor": "at least that many shares",
    "fee_rate": "annual fraction (0.0025 is 0.25 %) paid by the short; null: not stated",
    "rebate_rate": "annual fraction on short proceeds; null: not stated",
}


def header(broker: str, market: str) -> dict[str, str]:
    """Return the metadata that say what a file of the store is, in which units and time zone."""
    return {
        "format": FORMAT,
        "schema_version": str(SCHEMA_VERSION),
        "broker": broker,
        "market": market,
        "time_zone": "UTC",
        "units": json.dumps(_UNITS),
    }


def check_version(metadata: dict[str, str], where: object) -> None:
    """Refuse what another schema version wrote.

    Raises
    ------
    SchemaVersionError
        The version is not ours.
    ValueError
        The metadata are not those of a store file.
    """
    if metadata.get("format") != FORMAT:
        raise ValueError("it was not written by shortable")
    version = metadata.get("schema_version")
    if version != str(SCHEMA_VERSION):
        raise SchemaVersionError(
            f"{where} has schema version {version!r}; this release of shortable reads version {SCHEMA_VERSION}. "
            "Upgrade shortable, or import the source files again."
        )


def checksum(text: str) -> str:
    """Return eight hex digits that change when the text does: footers have no checksum of their own."""
    return f"{zlib.crc32(text.encode()):08x}"


def encode_array(values: npt.NDArray[Any], kind: str) -> str:
    """Return an array as text: base64 of its little-endian bytes."""
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode("ascii")


def decode_array(text: str, kind: str) -> npt.NDArray[Any]:
    """Return what `encode_array` wrote, read-only."""
    return np.frombuffer(base64.b64decode(text, validate=True), dtype=kind)


@dataclass(frozen=True, slots=True)
class KeyIndex:
    """Which symbols a file holds, in the order of its rows, and how many rows each has."""

    tickers: list[str]
    """Of shape (n,), ascending; one that is quoted in two currencies stands twice."""
    currencies: list[str]
    """The currencies that occur, ascending."""
    currency_codes: npt.NDArray[np.uint16]
    """Position in `currencies`, of shape (n,)."""
    counts: npt.NDArray[np.int64]
    """Rows, of shape (n,)."""
    row_group_rows: int
    """Rows of every row group but the last."""

    def encode(self) -> str:
        """Return the index as text for the footer."""
        return json.dumps(
            {
                "tickers": " ".join(self.tickers),
                "currencies": self.currencies,
                "currency_codes": encode_array(self.currency_codes, "<u2"),
                "counts": encode_array(self.counts, "<u4"),
                "row_group_rows": self.row_group_rows,
            }
        )

    @classmethod
    def decode(cls, text: str) -> KeyIndex:
        """Return what `encode` wrote.

        Raises
        ------
        ValueError or KeyError
            The text is something else.
        """
        raw = json.loads(text)
        index = cls(
            raw["tickers"].split(" ") if raw["tickers"] else [],
            raw["currencies"],
            decode_array(raw["currency_codes"], "<u2"),
            decode_array(raw["counts"], "<u4").astype(np.int64),
            int(raw["row_group_rows"]),
        )
        if (
            not len(index.tickers) == len(index.currency_codes) == len(index.counts)
            or index.row_group_rows < 1
        ):
            raise ValueError("its index contradicts itself")
        return index
