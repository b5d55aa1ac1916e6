"""Books in folders: saved, read, and published while a backtest runs. A reader finds the old book or the new one, never half of one."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any
from weakref import ref

from shortable.actions import Dividend
from shortable.arguments import check_kind, path_of
from shortable.engine.statement import statement_of
from shortable.errors import InvalidInputError, StoreError
from shortable.positions.account import Today, dividends_of
from shortable.positions.book import PositionLine, PositionsBook, Transfers
from shortable.positions.build import Bookkeeper, Style
from shortable.results import is_result_folder, read_result
from shortable.store import write_text
from shortable.symbol import Symbol

if TYPE_CHECKING:
    import pandas as pd

    from shortable.engine.simulation import Simulation

__all__ = ["FILE_NAME", "Publisher", "load_book", "save_book"]

FILE_NAME = "positions.json"
"""The file in a folder that `Publisher` writes to."""
_FORMAT = 2
_READABLE = (1, 2)
"""Format 1 called `borrow_cost` `borrow_fees`."""


def save_book(book: PositionsBook, folder: str | Path) -> Path:
    """Write a book into a folder, which is made where it does not exist; return the file.

    Raises
    ------
    StoreError
        The folder cannot be written to.
    """
    folder = path_of("folder", folder)
    check_kind("book", book, PositionsBook, "be a PositionsBook")
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
        With the `positions.json` of a `Publisher`, or written by `Result.to_parquet`.
    names, settlement, portfolio_id
        As in `book_of`, for a saved result; a published book has its own.

    Raises
    ------
    InvalidInputError
        The folder holds neither, or a file that cannot be read.
    """
    folder = path_of("folder", folder)
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


class Publisher:
    """Writes a backtest's book to a folder: after its first session, repeatedly while it runs, and when it has ended.

    Pass one as ``Backtest(..., watch=Publisher(folder))``; `load_book` reads the folder at any time, from any process.
    It changes nothing in the backtest; the wall clock decides only how often it writes. A folder that cannot be written
    to ends the run at its first session; if a later book cannot be written, it warns and the backtest goes on.

    Parameters
    ----------
    folder : str or Path
        Created where it does not exist.
    every : float
        Seconds between two books, at least; 0 writes one each session.
    names, settlement, dividends, portfolio_id
        As in `book_of`.
    clock : callable
        Seconds, rising; for tests.

    Raises
    ------
    InvalidInputError
        A setting is outside its bounds.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        every: float = 1.0,
        names: Mapping[str, str] | None = None,
        settlement: int | None = None,
        dividends: Iterable[Dividend] | pd.DataFrame | None = None,
        portfolio_id: str | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        if not (isinstance(every, (int, float)) and 0 <= every < math.inf):
            raise InvalidInputError("every", every, "be a number of seconds, at least 0")
        self.folder = path_of("folder", folder)
        self._every, self._clock = every, clock
        self._style = Style(names, settlement, tuple(dividends_of(dividends)), portfolio_id)
        self._keeper = Bookkeeper(self._style)
        self._next = -math.inf
        self._watched: ref[Simulation] | None = None

    def __call__(self, simulation: Simulation) -> None:
        """Write the book, if it is time to."""
        if (
            self._watched is None or self._watched() is not simulation
        ):  # a backtest may run several times
            self._keeper, self._next = Bookkeeper(self._style), -math.inf
            self._watched = ref(simulation)
        now = self._clock()
        if now < self._next and not simulation.finished:
            return
        first, self._next = self._next == -math.inf, now + self._every
        book = self._keeper.book(
            statement_of(simulation, self._keeper.events, self._keeper.actions)
        )
        try:
            save_book(book, self.folder)
        except StoreError as error:
            if first:
                raise
            warnings.warn(f"{error}; the backtest goes on", RuntimeWarning, stacklevel=2)


def _read(path: Path) -> PositionsBook:
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = document.pop("format")
        if version not in _READABLE:
            raise ValueError(f"its format is {version}: a newer shortable wrote it")
        rows = document.pop("lines")
        if version == 1:
            rows = [row | {"borrow_cost": row["borrow_fees"]} for row in rows]
            for row in rows:
                del row["borrow_fees"]
        lines = tuple(_line(row) for row in rows)
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
