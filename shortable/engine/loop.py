"""The event loop: row by row, fees, fills, the algorithm, the close."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from shortable.borrow import BorrowFeeModel
from shortable.engine.algorithm import Algorithm
from shortable.engine.exchange import Exchange
from shortable.engine.feed import Feed
from shortable.engine.fills import BarFillModel
from shortable.engine.financing import Financing
from shortable.engine.orders import OrderEvent
from shortable.engine.result import Result
from shortable.engine.slices import Slice
from shortable.errors import AlgorithmError, EngineError, ShortableError, TimeError

__all__ = ["Progress", "run_algorithm"]

Progress = Callable[[int, int], None]


def run_algorithm(
    algorithm: Algorithm, borrow_fee: BorrowFeeModel, progress: Progress | None = None
) -> Result:
    """Run a fresh algorithm over its data.

    In each row: on a session's first row the borrow fee of the night is charged; the clock moves to when the
    row's bars are known; resting orders fill inside the bars, and the algorithm hears of it; it is handed the
    bars; on a session's last row the account is valued.
    """
    core = algorithm._core
    book = core.book
    with _blaming(algorithm, "initialize"):
        algorithm.initialize()
    if not core.in_order or core.data is None:
        raise EngineError(f"{type(algorithm).__name__} trades nothing: call add_equity in initialize")
    if core.start and core.end and core.end < core.start:
        raise TimeError("end_date", str(core.end), f"not lie before start_date={core.start}")
    feed = Feed(core.data, core.in_order, core.start, core.end)
    book.feed, book.short_shares = feed, np.zeros(len(core.in_order))
    exchange = Exchange(book, feed, core.availability, BarFillModel())
    financing = Financing(borrow_fee, book, feed, core.in_order)
    on_data = algorithm.on_data if _overrides(algorithm, "on_data") else None
    on_end_of_day = algorithm.on_end_of_day if _overrides(algorithm, "on_end_of_day") else None
    if _overrides(algorithm, "on_order_event"):
        book.handler = _blamed(algorithm)
    book.started = True
    equity: list[float] = []
    cash: list[float] = []
    session, closing, closes = 0, feed.closing_rows[0], iter(feed.closing_rows[1:])
    first, rows, step = True, len(feed), max(len(feed) // 100, 1)
    times, prices = feed.times, feed.prices
    for row in range(rows):
        last = row == closing
        if first and session:
            financing.charge(session - 1, row)
        book.row, book.time, book.prices, book.stale = row, times[row], prices[row], True
        if book.open:
            exchange.handle(row, first_of_session=first, last_of_session=last)
        if on_data is not None:
            try:
                on_data(Slice(feed, row))
            except Exception as error:
                _blame(algorithm, "on_data", error)
        if last:
            if on_end_of_day is not None:
                with _blaming(algorithm, "on_end_of_day"):
                    for security in core.in_order:
                        on_end_of_day(security.symbol)
            equity.append(book.value())
            cash.append(book.cash)
            session, closing = session + 1, next(closes, -1)
        first = last
        if progress is not None and (row + 1) % step == 0:
            progress(row + 1, rows)
        if core.quitting:
            if not last:
                equity.append(book.value())
                cash.append(book.cash)
            break
    with _blaming(algorithm, "on_end_of_algorithm"):
        algorithm.on_end_of_algorithm()
    return Result(algorithm, feed, financing, borrow_fee, equity, cash)


def _overrides(algorithm: Algorithm, name: str) -> bool:
    return name in vars(algorithm) or getattr(type(algorithm), name) is not getattr(Algorithm, name)


def _blamed(algorithm: Algorithm) -> Callable[[OrderEvent], None]:
    def handler(event: OrderEvent) -> None:
        with _blaming(algorithm, "on_order_event"):
            algorithm.on_order_event(event)

    return handler


@contextmanager
def _blaming(algorithm: Algorithm, callback: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        _blame(algorithm, callback, error)


def _blame(algorithm: Any, callback: str, error: Exception) -> None:
    """Raise what a callback raised: ours with a note of where, anything else as `AlgorithmError`."""
    book = algorithm._core.book
    where = f"in {type(algorithm).__name__}.{callback}" + (f" at {book.time}" if book.started else "")
    if isinstance(error, ShortableError):
        if not getattr(error, "__notes__", None):
            error.add_note(where)
        raise error
    raise AlgorithmError(f"{type(error).__name__} {where}: {error}") from error
