"""A book on disk: one JSON file in a folder, replaced as a whole, so that a reader finds the old one or the new one."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from shortable.errors import InvalidInputError, StoreError
from shortable.positions.book import PositionsBook
from shortable.positions.build import Bookkeeper, Style
from shortable.positions.line import PositionLine, Today, Transfers
from shortable.results import is_result_folder, read_result
from shortable.store import write_text
from shortable.symbol import Symbol

__all__ = ["FILE_NAME", "load_book", "save_book"]

FILE_NAME = "positions.json"
"""The file in a folder that `Publisher` writes to."""
_FORMAT = 1


def save_book(book: PositionsBook, folder: str | Path) -> Path:
    """Write a book into a folder, which is made where it does not exist; return the file.

    Raises
    ------
    StoreError
        The folder cannot be written to.
    """
    folder = Path(folder)
    document = {"format": _FORMAT, **asdict(book)}
    document["time"] = None if book.time is None else book.time.isoformat()
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    path = folder / FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_text(path, text + "\n")
    except OSError as error:
        raise StoreError(
            f"cannot write {path}: {error.strerror or error}; a book that was there is as it was"
        ) from error
    return path


def load_book(
    folder: str | Path,
    *,
    names: dict[str, str] | None = None,
    settlement: int | None = None,
    portfolio_id: str | None = None,
) -> PositionsBook:
    """Read the book of a folder: of a running or ended backtest that publishes there, or of a saved result.

    Parameters
    ----------
    folder : str or Path
        With the `positions.json` of a `Publisher`, or the tables of `Result.to_parquet`.
    names, settlement, portfolio_id
        As in `book_of`, for a saved result; a published book says these itself.

    Raises
    ------
    InvalidInputError
        The folder holds neither, or a file that cannot be read.
    """
    folder = Path(folder)
    if (folder / FILE_NAME).is_file():
        return _read(folder / FILE_NAME)
    if is_result_folder(folder):
        return Bookkeeper(Style(names, settlement, (), portfolio_id)).book(
            read_result(folder).statement()
        )
    raise InvalidInputError(
        "folder",
        str(folder),
        f"hold {FILE_NAME} or a saved result",
        "Publish a backtest there with Publisher, or save one with Result.to_parquet.",
    )


def _read(path: Path) -> PositionsBook:
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if document.pop("format") != _FORMAT:
            raise ValueError(f"its format is not {_FORMAT}: a newer shortable wrote it")
        lines = tuple(_line(row) for row in document.pop("lines"))
        time = document.pop("time")
        return PositionsBook(
            lines, time=None if time is None else datetime.fromisoformat(time), **document
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError("folder", str(path), f"be a book of positions ({error})") from error


def _line(row: dict[str, Any]) -> PositionLine:
    plain = row | {
        "symbol": Symbol(row["symbol"]),
        "today": Today(**row["today"]),
        "transfers": Transfers(**row["transfers"]),
    }
    return PositionLine(**plain)
