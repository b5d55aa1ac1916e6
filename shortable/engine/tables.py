"""Records to tables, and tables to a folder of Parquet files."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from enum import Enum
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shortable.errors import InvalidInputError

__all__ = ["of_records", "of_tuples", "save_tables", "table"]

_FLOATS = {
    "limit_price",
    "stop_price",
    "trailing_amount",
    "fill_price",
    "price",
    "fee",
    "order_fee",
    "commission",
    "close",
    "rate",
    "average_price",
    "previous_close",
    "profit",
    "borrow_fee",
    "fee_rate",
}
_TIMES = {"time", "last_time", "date"}
_BOOLS = {"rests_on_data", "has_data", "trailing_as_percentage", "known"}
_INTEGERS = {
    "id",
    "order_id",
    "quantity",
    "quantity_filled",
    "fill_quantity",
    "requested",
    "allowed",
    "shares",
    "days",
    "error_code",
    "held",
    "open_buys",
    "open_sells",
}


def table(columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Make a DataFrame of columns by name; the same types with rows and without.

    Enum members stay members; a missing price is NaN, a missing count of shares `pd.NA`.
    """
    return pd.DataFrame({name: _column(name, values) for name, values in columns.items()})


def of_records(records: Sequence[Any], names: Sequence[str]) -> dict[str, list[Any]]:
    """Take attributes of objects apart into columns."""
    return {name: list(map(attrgetter(name), records)) for name in names}


def of_tuples(rows: Sequence[tuple[Any, ...]], names: Sequence[str]) -> dict[str, Sequence[Any]]:
    """Take tuples apart into columns."""
    return dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))


def _column(name: str, values: Sequence[Any]) -> Any:
    if name in _FLOATS:
        return np.array(values, dtype=np.float64)
    if name in _TIMES:
        # Thousands of records share a moment, and NumPy takes long to read a datetime.
        known: dict[Any, int] = {}
        codes = [known.setdefault(value, len(known)) for value in values]
        return np.array(list(known), dtype="datetime64[ns]")[codes]
    if name in _INTEGERS:
        return np.array(values, dtype=np.int64)
    if name in _BOOLS:
        return np.array(values, dtype=bool)
    if name == "available":
        return pd.array(list(values), dtype="Int64")
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return pd.Series(column, dtype=object)


def save_tables(
    tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any], folder: Path, overwrite: bool
) -> Path:
    """Write tables and summary into a folder that appears only when it is complete.

    Raises
    ------
    InvalidInputError
        The folder exists and `overwrite` is False, or its parent does not exist.
    """
    folder = folder.absolute()
    if folder.exists() and not overwrite:
        raise InvalidInputError(
            "folder", str(folder), "not exist", "Pass overwrite=True to replace it."
        )
    if folder.exists() and not folder.is_dir():
        raise InvalidInputError("folder", str(folder), "be a folder, not a file")
    if not folder.parent.is_dir():
        raise InvalidInputError("folder", str(folder), "lie in a folder that exists")
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, frame in tables.items():
            plain = frame.apply(_storable) if len(frame.columns) else frame
            plain.to_parquet(made / f"{name}.parquet", engine="pyarrow")
        (made / "summary.json").write_text(
            json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        made.chmod(0o755)  # mkdtemp makes private folders
        if folder.exists():
            old = made.with_name(f"{made.name}.old")
            folder.rename(old)
            made.rename(folder)
            shutil.rmtree(old)
        else:
            made.rename(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return folder


def _storable(column: pd.Series) -> pd.Series:
    """Write enum members by name and symbols as text."""
    if column.dtype != object:
        return column
    return column.map(lambda value: value.name if isinstance(value, Enum) else str(value)).astype(
        str
    )
