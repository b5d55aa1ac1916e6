"""The exchange: fills the resting orders of one row, in the order of their numbers, and expires day orders."""

from __future__ import annotations

from itertools import chain

from shortable.engine.availability import Availability
from shortable.engine.book import Book
from shortable.engine.feed import Feed
from shortable.engine.fills import BarFillModel, FillModel
from shortable.engine.orders import Order, OrderEvent
from shortable.engine.waiting import Waiting
from shortable.orders import OrderStatus, OrderType

__all__ = ["Exchange"]

_MARKET, _ON_OPEN, _ON_CLOSE = OrderType.MARKET, OrderType.MARKET_ON_OPEN, OrderType.MARKET_ON_CLOSE


class Exchange:
    """Holds the resting orders against the feed, row by row."""

    __slots__ = ("_at_open", "_waiting", "availability", "book", "feed", "fill_model")

    def __init__(
        self, book: Book, feed: Feed, availability: Availability, fill_model: FillModel
    ) -> None:
        self.book = book
        self.feed = feed
        self.availability = availability
        self.fill_model = fill_model
        # The default model's market orders need nothing but the open, and most orders are market orders.
        self._at_open = type(fill_model) is BarFillModel
        self._waiting = Waiting(book, feed)

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
        for security in dict.fromkeys(
            o.security for o in self.book.open.values() if o.quantity < 0
        ):
            self.availability.recheck_resting(security, opened)

    def _fill(self, row: int) -> None:
        """Fill what the row's bars fill, on-close orders last; a security without a bar in the row is passed over."""
        book, feed, at_open, mixed = self.book, self.feed, self._at_open, self.feed.mixed
        due = self._waiting.due(row) if at_open else list(book.open.values())
        if not due:
            return
        opens: list[float] = feed.open[row].tolist()
        look_again = self.availability.recheck == "fill"
        closing: list[Order] = []  # filled while all others are gone through
        for order in chain(due, closing):
            security = order.security
            column = security.column
            price: float | None = opens[column]
            if price is None or price != price:
                continue
            if mixed and self._began_before(order, row):
                continue
            if not (at_open and order.type is _MARKET):
                if order.type is _ON_CLOSE and order not in closing:
                    if feed.is_last_bar(row, column):
                        closing.append(order)
                    continue
                if order.type is _ON_OPEN and not feed.is_first_bar(row, column):
                    continue
                high, low, close = (
                    grid.item(row, column) for grid in (feed.high, feed.low, feed.close)
                )
                price = self.fill_model.fill(order, price, high, low, close)
                if price is None:
                    continue
            if look_again and order.quantity < 0:
                began = feed.bar_began(row, column) if mixed else feed.begins(row)
                self.availability.recheck_resting(security, began)
                if order.id not in book.open:
                    continue
            book.fill(order, price, security.fee_model.get_order_fee(order, price))

    def _began_before(self, order: Order, row: int) -> bool:
        """Whether a bar began before the order was sent, as a daily bar has that was awaited beside minutes.

        Its open, high and low may have been over by then; its close was not.
        """
        return order.type is not _ON_CLOSE and order.time > self.feed.bar_began(
            row, order.security.column
        )

    def _expire(self, session: int) -> None:
        book = self.book
        for order in [o for o in book.open.values() if o.expires and o.expires <= session]:
            book.release(order)
            book.record(order, OrderStatus.CANCELED, "expired at the end of the session")
