"""From files to Arrow tables whose columns are named by their role."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shortable.errors import MarketDataError
from shortable.market_data.columns import find_columns

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PriceTable", "read_tables"]

_NO_NUMBER = [
    "",
    "NaN",
    "nan",
    "NA",
    "N/A",
    "null",
    "None",
    "-",
]  # as exports of spreadsheets and pandas write it


@dataclass(frozen=True, slots=True)
class PriceTable:
    """One file."""

    name: str
    """The file's name, for messages."""
    stem: str
    """The name without suffix: the ticker where there is no column of symbols."""
    table: pa.Table
    """Columns named by role (`find_columns`)."""
    made_up: bool
    """Whether the file says of itself that its numbers are made up."""


def read_tables(path: str | Path, suffix: str) -> list[PriceTable]:
    """Read a file, or every file of that suffix in a folder, in the order of their names.

    Parameters
    ----------
    path : str or Path
        A file, or a folder; the folders in it are not looked into.
    suffix : {".parquet", ".csv"}

    Raises
    ------
    MarketDataError
        Nothing is there, nothing of that suffix is there, or a file cannot be read as what it claims to be.
    """
    place = Path(path)
    if place.is_dir():
        files = sorted(
            f for f in place.iterdir() if f.suffix.lower() == suffix and not f.name.startswith(".")
        )
        if not files:
            others = sorted({f.suffix for f in place.iterdir() if f.suffix})
            raise MarketDataError(
                "path",
                str(place),
                f"hold {suffix} files",
                f"It holds {', '.join(others)} files." if others else "It is empty.",
            )
    elif place.is_file():
        files = [place]
    else:
        raise MarketDataError(
            "path", str(place), f"be a {suffix} file or a folder of them; nothing is there"
        )
    return [_read_parquet(f) if suffix == ".parquet" else _read_csv(f) for f in files]


def _read_parquet(file: Path) -> PriceTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as opened:
            schema = opened.schema_arrow
            found = find_columns(schema.names, file.name)
            unnamed = "__index_level_0__"  # what pandas calls an index without a name
            if (
                "time" not in found
                and unnamed in schema.names
                and pa.types.is_timestamp(schema.field(unnamed).type)
            ):
                found["time"] = unnamed
            table = opened.read(columns=list(found.values()))
    except (pa.ArrowException, OSError) as error:
        raise MarketDataError("path", file.name, "be a readable Parquet file", str(error)) from None
    made_up = b"made_up" in (schema.metadata or {})
    return PriceTable(file.name, file.stem, _by_role(table, found), made_up)


def _read_csv(file: Path) -> PriceTable:
    import pyarrow as pa
    import pyarrow.csv as pc

    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            header = next(csv.reader(lines), [])
        found = find_columns(header, file.name)
        # Text stays text: NA, TRUE and CON are tickers, and 00700 keeps its zeros until it is read as a symbol.
        types = {
            n: pa.string() if r in ("symbol", "time") else pa.float64() for r, n in found.items()
        }
        table = pc.read_csv(
            file,
            convert_options=pc.ConvertOptions(
                column_types=types, include_columns=list(found.values()), null_values=_NO_NUMBER
            ),
        )
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise MarketDataError("path", file.name, "be a readable CSV file", str(error)) from None
    return PriceTable(file.name, file.stem, _by_role(table, found), made_up=False)


def _by_role(table: pa.Table, found: dict[str, str]) -> pa.Table:
    return table.select(list(found.values())).rename_columns(list(found))
