"""The exchange: fills the resting orders of one row, in the order of their numbers, and expires day orders."""

from __future__ import annotations

from shortable.engine.availability import Availability
from shortable.engine.book import Book
from shortable.engine.feed import Feed
from shortable.engine.fills import BarFillModel, FillModel
from shortable.engine.orders import OrderEvent, OrderStatus, OrderType

__all__ = ["Exchange"]

_MARKET = OrderType.MARKET


class Exchange:
    """Holds the resting orders against the feed, row by row."""

    __slots__ = ("_at_open", "availability", "book", "feed", "fill_model")

    def __init__(self, book: Book, feed: Feed, availability: Availability, fill_model: FillModel) -> None:
        self.book = book
        self.feed = feed
        self.availability = availability
        self.fill_model = fill_model
        # The default model's market orders need nothing but the open, and most orders are market orders.
        self._at_open = type(fill_model) is BarFillModel

    def handle(self, row: int, *, first_of_session: bool, last_of_session: bool) -> None:
        """Do to the resting orders what the row's bars do; then tell the algorithm, event by event.

        The algorithm hears of it only when the whole row is done, so nothing that it does in answer can fill
        in the same bars.
        """
        book = self.book
        handler, book.handler = book.handler, None
        told = len(book.events)
        try:
            if first_of_session and self.availability.recheck == "daily":
                self._recheck_session(row)
            self._fill(row)
            if last_of_session:
                self._expire(self.feed.sessions[row])
        finally:
            book.handler = handler
        if handler is not None:
            for fields in book.events[told:]:
                handler(OrderEvent(*fields))

    def _recheck_session(self, row: int) -> None:
        opened = self.feed.session_opens(row)
        for security in dict.fromkeys(o.security for o in self.book.open.values() if o.quantity < 0):
            self.availability.recheck_resting(security, opened)

    def _fill(self, row: int) -> None:
        """Fill what the row's bars fill; a security without a bar in the row is passed over."""
        book, feed, at_open = self.book, self.feed, self._at_open
        opens: list[float] = feed.open[row].tolist()
        look_again = self.availability.recheck == "fill"
        for order in list(book.open.values()):
            security = order.security
            column = security.column
            price: float | None = opens[column]
            if price is None or price != price:
                continue
            if not (at_open and order.type is _MARKET):
                high, low, close = (float(grid[row, column]) for grid in (feed.high, feed.low, feed.close))
                price = self.fill_model.fill(order, price, high, low, close)
                if price is None:
                    continue
            if look_again and order.quantity < 0:
                self.availability.recheck_resting(security, feed.begins(row))
                if order.id not in book.open:
                    continue
            book.fill(order, price, security.fee_model.get_order_fee(order, price))

    def _expire(self, session: int) -> None:
        book = self.book
        for order in [o for o in book.open.values() if o.expires and o.expires <= session]:
            book.release(order)
            book.record(order, OrderStatus.CANCELED, "expired at the end of the session")
