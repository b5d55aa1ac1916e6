"""Folders of results: a Parquet file for each table, and ``summary.json``."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

import pandas as pd

from shortable.arguments import path_of
from shortable.errors import InvalidInputError

__all__ = ["SUMMARY", "is_result_folder", "storable", "write_folder"]

SUMMARY = "summary.json"
"""The file of a result's folder that holds its figures."""


def is_result_folder(folder: str | Path) -> bool:
    """Say whether a folder holds a result's summary."""
    return (path_of("folder", folder) / SUMMARY).is_file()


def write_folder(
    tables: Mapping[str, pd.DataFrame],
    summary: Mapping[str, object],
    folder: str | Path,
    *,
    replace: bool = False,
) -> Path:
    """Write tables and summary into a folder that appears only when it is complete.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By the names of their files. Symbols and enumerations are written as text.
    summary : mapping
        What JSON can hold.
    folder : str or Path
        Must not exist, unless `replace`; its parent must.
    replace : bool
        Replace an existing folder.

    Raises
    ------
    InvalidInputError
        The folder exists and `replace` is False, it is a file, or its parent does not exist.
    """
    folder = Path(folder).absolute()
    if folder.exists() and not replace:
        raise InvalidInputError(
            "folder", str(folder), "not exist", "Pass replace=True to replace it."
        )
    if folder.exists() and not folder.is_dir():
        raise InvalidInputError("folder", str(folder), "be a folder, not a file")
    if not folder.parent.is_dir():
        raise InvalidInputError("folder", str(folder), "be inside a folder that exists")
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, frame in tables.items():
            storable(frame).to_parquet(made / f"{name}.parquet", engine="pyarrow")
        text = json.dumps(summary, indent=2, ensure_ascii=False)
        (made / SUMMARY).write_text(text + "\n", encoding="utf-8", newline="\n")
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


def storable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with symbols and members of enumerations as text."""
    return frame.apply(_storable) if len(frame.columns) else frame


def _storable(column: pd.Series) -> pd.Series:
    if column.dtype != object:
        return column
    return column.map(_text).astype(str)


def _text(value: object) -> str:
    return value.name if isinstance(value, Enum) else str(value)
