"""The event loop: row by row, the night's borrow fee, the fills, the algorithm, the close."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shortable.borrow import BorrowFeeModel
from shortable.engine.algorithm import Algorithm
from shortable.engine.blame import blame, blaming
from shortable.engine.carry_over import carry_over
from shortable.engine.exchange import Exchange
from shortable.engine.feed import Feed
from shortable.engine.fills import BarFillModel
from shortable.engine.financing import Financing
from shortable.engine.orders import OrderEvent
from shortable.engine.result import Result
from shortable.engine.slices import Slice
from shortable.errors import EngineError, TimeError

__all__ = ["Progress", "Simulation", "Watch"]

Progress = Callable[[int, int], None]
Watch = Callable[["Simulation"], None]

# Orders and events live to the end of the run, and Python's collector would look through all of them again and again:
# with its usual 700 new objects between two collections, workload W1 took 1.8 times as long.
_OBJECTS_BETWEEN_COLLECTIONS = 10_000


class Simulation:
    """One run of a fresh algorithm, row by row.

    Parameters
    ----------
    algorithm : Algorithm
        With its core set; `initialize` is called here.
    borrow_fee : BorrowFeeModel
        Convention of the nightly fee.

    Attributes
    ----------
    row : int
        Rows handled so far.
    equity, cash : list of float
        At the close of each session that has been handled.
    """

    def __init__(self, algorithm: Algorithm, borrow_fee: BorrowFeeModel) -> None:
        self.algorithm, self.borrow_fee = algorithm, borrow_fee
        self._core = core = algorithm._core
        with blaming(algorithm, "initialize"):
            algorithm.initialize()
        if not core.in_order or core.data is None:
            raise EngineError(
                f"{type(algorithm).__name__} trades nothing: call add_equity in initialize"
            )
        if core.start and core.end and core.end < core.start:
            raise TimeError("end_date", str(core.end), f"not lie before start_date={core.start}")
        self.feed = Feed(core.data, core.in_order, core.start, core.end)
        core.book.start(self.feed, [s.initial_margin for s in core.in_order])
        core.starting_equity = core.book.cash
        if core.settings.opening_book is not None:
            carry_over(core.settings.opening_book, core, self.feed, type(algorithm).__name__)
        self.financing = core.financing = Financing(borrow_fee, core.book, self.feed, core.in_order)
        self._exchange = Exchange(core.book, self.feed, core.availability, BarFillModel())
        self._on_data = algorithm.on_data if _overrides(algorithm, "on_data") else None
        self._on_end_of_day = (
            algorithm.on_end_of_day if _overrides(algorithm, "on_end_of_day") else None
        )
        if _overrides(algorithm, "on_order_event"):
            core.book.handler = _blamed(algorithm)
        self.row = 0
        self.equity: list[float] = []
        self.cash: list[float] = []
        self._closings = self.feed.closing_rows.tolist()
        self._first = True

    def step(self) -> bool:
        """Handle the next row; return whether there is another one to handle.

        On a session's first row the borrow fee of the night is charged. The clock moves to when the row's bars are
        known; resting orders fill inside the bars, and the algorithm hears of it; it is handed the bars. On a
        session's last row the account is valued.
        """
        row, core, session, first = self.row, self._core, len(self.equity), self._first
        book = core.book
        last = row == self._closings[session]
        if first and session:
            self.financing.charge(session - 1, row)
        book.turn_to(row)
        if book.open:
            self._exchange.handle(row, first_of_session=first, last_of_session=last)
        if self._on_data is not None:
            try:
                self._on_data(Slice(self.feed, row))
            except Exception as error:
                blame(self.algorithm, "on_data", error)
        if last and self._on_end_of_day is not None:
            with blaming(self.algorithm, "on_end_of_day"):
                for security in core.in_order:
                    self._on_end_of_day(security.symbol)
        if last or core.quitting:
            self.equity.append(book.value())
            self.cash.append(book.cash)
        self._first = last
        self.row = row + 1
        return self.row < len(self.feed) and not core.quitting

    @property
    def finished(self) -> bool:
        """Whether the run has ended."""
        return self._core.finished

    def run(self, progress: Progress | None = None, watch: Watch | None = None) -> Result:
        """Handle the rows that are left."""
        rows = len(self.feed)
        every = max(rows // 100, 1)
        with _rare_collections():
            while self.step():
                if progress is not None and self.row % every == 0:
                    progress(self.row, rows)
                if watch is not None and self._first:  # the row closed a session
                    watch(self)
            with blaming(self.algorithm, "on_end_of_algorithm"):
                self.algorithm.on_end_of_algorithm()
        self._core.finished = True
        if watch is not None:
            watch(self)
        if progress is not None:
            progress(rows, rows)
        return Result(
            self.algorithm, self.feed, self.financing, self.borrow_fee, self.equity, self.cash
        )


def _overrides(algorithm: Algorithm, name: str) -> bool:
    return name in vars(algorithm) or getattr(type(algorithm), name) is not getattr(Algorithm, name)


def _blamed(algorithm: Algorithm) -> Callable[[OrderEvent], None]:
    def handler(event: OrderEvent) -> None:
        with blaming(algorithm, "on_order_event"):
            algorithm.on_order_event(event)

    return handler


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let the garbage collector look less often, unless the process has it look less often still, or never."""
    before = gc.get_threshold()
    if 0 < before[0] < _OBJECTS_BETWEEN_COLLECTIONS:
        gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
