"""Publisher: lets others look at a backtest while it runs."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from weakref import ref

from shortable.engine.statement import statement_of
from shortable.errors import InvalidInputError, StoreError
from shortable.positions.build import Bookkeeper, Style
from shortable.positions.dividends import Dividend, dividends_of
from shortable.positions.files import save_book

if TYPE_CHECKING:
    import pandas as pd

    from shortable.engine.simulation import Simulation

__all__ = ["Publisher"]


class Publisher:
    """Writes a backtest's book to a folder: after its first session, now and then while it runs, and when it has ended.

    Pass one as ``Backtest(..., watch=Publisher(folder))``; `load_book` reads the folder at any time, from any process.
    It changes nothing in the backtest, and how often it writes is all that the wall clock decides. A folder that
    cannot be written to ends the run at its first session; a disk that fills up later is only warned of.

    Parameters
    ----------
    folder : str or Path
        Made where it does not exist.
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
        self.folder = Path(folder)
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
        book = self._keeper.book(statement_of(simulation, self._keeper.events))
        try:
            save_book(book, self.folder)
        except StoreError as error:
            if first:
                raise
            warnings.warn(f"{error}; the backtest goes on", RuntimeWarning, stacklevel=2)
