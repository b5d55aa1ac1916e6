"""Which resting orders a row can do anything to: orders far from the price are let sleep over many rows."""

from __future__ import annotations

import numpy as np

from shortable.engine.book import Book
from shortable.engine.feed import Feed
from shortable.engine.orders import Order
from shortable.orders import OrderType

__all__ = ["Waiting"]

_LIMIT = OrderType.LIMIT
# What a trailing stop or an order on open or close waits for is not one price.
_SLEEPERS = frozenset({OrderType.LIMIT, OrderType.STOP_MARKET, OrderType.STOP_LIMIT})

# To look ahead for one order costs as much as some ten rows of holding it against the bars (8 µs against 0.8 µs,
# measured), so only orders that have lain still for as long are worth it.
_PATIENCE = 10
_ROWS_AHEAD = 512


class Waiting:
    """Picks the resting orders that a row may fill, of those that it is asked about row by row.

    By `BarFillModel` a limit or a stop does nothing before the first bar that reaches its price, and the feed tells
    which that is. The algorithm sees nothing of it: an order is only not held against
    bars that do not reach it. Whatever happens to any order is an event, and wakes all.

    Parameters
    ----------
    patience : int
        Rows without an event before orders are let sleep.
    rows_ahead : int
        The most that they sleep before the feed is asked again.
    """

    __slots__ = (
        "_awake",
        "_book",
        "_events",
        "_feed",
        "_patience",
        "_rows_ahead",
        "_still",
        "_until",
    )

    def __init__(
        self, book: Book, feed: Feed, *, patience: int = _PATIENCE, rows_ahead: int = _ROWS_AHEAD
    ) -> None:
        self._book = book
        self._feed = feed
        self._patience = patience
        self._rows_ahead = rows_ahead
        self._events = -1
        self._still = 0
        self._until = 0
        self._awake: list[Order] = []

    def due(self, row: int) -> list[Order]:
        """Return the resting orders that the row's bars may do something to, in the order of their numbers."""
        book = self._book
        if len(book.events) != self._events:
            self._events = len(book.events)
            self._still = self._until = 0
        elif row >= self._until:
            self._still += 1
            if self._still >= self._patience:
                self._sleep(row)
        return self._awake if row < self._until else list(book.open.values())

    def _sleep(self, row: int) -> None:
        """Let orders sleep until the first row from this one on that reaches any of them."""
        end = min(row + self._rows_ahead, len(self._feed))
        self._awake = []
        for order in self._book.open.values():
            if order.type in _SLEEPERS:
                end = self._first_reaching(order, row, end)
            else:
                self._awake.append(order)
        self._until = end

    def _first_reaching(self, order: Order, row: int, end: int) -> int:
        """Return the first row in [row, end) whose bar reaches an order's price, else `end`."""
        limit = order.type is _LIMIT or order.stop_triggered
        price: float = order.limit_price if limit else order.stop_price  # type: ignore[assignment]
        column = order.security.column
        if limit is (order.quantity < 0):
            reached = self._feed.high[row:end, column] >= price
        else:
            reached = self._feed.low[row:end, column] <= price
        first = int(np.argmax(reached)) if len(reached) else 0
        return row + first if len(reached) and reached[first] else end
