"""Put an opening book on an account that has not seen its first bar."""

from __future__ import annotations

from shortable.engine.core import Core
from shortable.engine.feed import Feed
from shortable.engine.opening import OpeningBook, OpeningHolding, OpeningOrder
from shortable.engine.orders import Order, TimeInForce
from shortable.engine.tickets import OrderTicket
from shortable.errors import EngineError, InvalidInputError
from shortable.orders import OrderStatus, OrderType

__all__ = ["carry_over"]


def carry_over(opening: OpeningBook, core: Core, feed: Feed, algorithm: str) -> None:
    """Let an account begin with an opening book.

    The shares are worth the last close before the first bar; where the data has none, what the book says. They count
    as `held` in the availability rule (S4) from the first order on, and the first night charged is the one after
    the first session.

    Raises
    ------
    EngineError
        The book holds securities that the algorithm has not added.
    InvalidInputError
        A holding has neither price nor cost and no close before the first bar, or the equity is not above 0.
    """
    missing = [
        symbol for symbol in opening.symbols if not dict.__contains__(core.securities, symbol)
    ]
    if missing:
        raise EngineError(
            f"the opening book holds {', '.join(missing)}, to which {algorithm} is not subscribed: "
            "call add_equity for each in initialize"
        )
    book = core.book
    core.opening = tuple(_holding(held, core, feed) for held in opening.holdings)
    worth = sum(
        float(feed.before[core.securities[h.symbol].column]) * h.quantity for h in core.opening
    )
    core.starting_equity = book.cash + worth
    if not core.starting_equity > 0:
        raise InvalidInputError(
            "opening_book",
            f"equity {core.starting_equity:,.2f}",
            "be worth more than 0",
            f"Its cash is {book.cash:,.2f} and its shares are worth {worth:,.2f}.",
        )
    book.time = feed.session_opens(0)
    for given in opening.orders:
        _rest(given, core)
    book.stale = True


def _holding(held: OpeningHolding, core: Core, feed: Feed) -> OpeningHolding:
    """Book one holding and return it as it was booked."""
    security, book = core.securities[held.symbol], core.book
    column = security.column
    mark = float(feed.before[column]) or held.price or held.average_price
    if mark is None or mark <= 0:
        raise InvalidInputError(
            "opening_book",
            str(held.symbol),
            "say a price: the data has none before the first bar",
            "Give its OpeningHolding a price or an average_price above 0.",
        )
    feed.mark_until_first_bar(column, mark)
    average = mark if held.average_price is None else held.average_price
    security.holdings.quantity, security.holdings.average_price = held.quantity, average
    book.shares[column] = held.quantity
    book.positions += 1
    return OpeningHolding(held.symbol, held.quantity, average, mark)


def _rest(given: OpeningOrder, core: Core) -> None:
    """Let an order rest that was accepted before."""
    book, security = core.book, core.securities[given.symbol]
    kind = OrderType.STOP_MARKET if given.limit_price is None else OrderType.LIMIT
    order = Order(
        len(book.tickets) + 1,
        security,
        kind,
        given.quantity,
        given.limit_price,
        given.stop_price,
        TimeInForce.GOOD_TIL_CANCELED,
        given.tag,
        book.time,
        OrderStatus.SUBMITTED,
    )
    book.tickets.append(OrderTicket(order, core.desk))
    if given.quantity > 0:
        security.open_buys += given.quantity
    else:
        security.open_sells -= given.quantity
    book.open[order.id] = order
    book.record(order, OrderStatus.SUBMITTED)
