"""The account at one moment: clock, prices, cash, orders, and what they are worth together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from shortable.engine.orders import Order, OrderEvent
from shortable.engine.requests import RequestLog
from shortable.orders import OrderStatus
from shortable.symbol import Symbol

if TYPE_CHECKING:
    from shortable.engine.feed import Feed
    from shortable.engine.tickets import OrderTicket

__all__ = ["Book", "EventFields"]


_FILLED = OrderStatus.FILLED
_NOTHING = np.zeros(0)

EventFields = tuple[int, Symbol, datetime, OrderStatus, int, int, float, float, str]
"""What the book keeps of an event, in the order of `OrderEvent`'s arguments; the object is made for who looks."""


class Book:
    """Everything that a backtest changes while it runs.

    Attributes
    ----------
    feed : Feed or None
        The bars, once the algorithm has said what it trades.
    row : int
        Row of the feed that is being handled, −1 before the first.
    time : datetime
        The algorithm's clock, exchange-local.
    started : bool
        Whether orders may be sent.
    prices : list of float
        Last known close by security, 0.0 before its first bar.
    closes : ndarray of float64, shape (N,)
        The same prices.
    shares : ndarray of float64, shape (N,)
        Shares held by security, negative for shorts.
    initial_margins : ndarray of float64, shape (N,)
        By security.
    positions : int
        Securities held or owed.
    new_providers : list of int
        Columns that got another provider since the borrow fee was last charged.
    cash : float
    fees, borrow_fees : float
        Commissions and borrow fees paid so far.
    tickets : list of OrderTicket
        Of every order, in order of submission; order n is ``tickets[n - 1]``.
    open : dict of int to Order
        Resting orders by number, ascending.
    events : list of tuple
        `EventFields`, oldest first.
    requests : dict of int to RequestLog
        By order number; of the orders of which `log_of` was asked.
    handler : callable or None
        The algorithm's ``on_order_event``, where it has one.
    margin, equity : float
        Valid while `stale` is False.
    """

    __slots__ = (
        "_by_order",
        "_indexed",
        "borrow_fees",
        "cash",
        "closes",
        "equity",
        "events",
        "feed",
        "fees",
        "handler",
        "initial_margins",
        "margin",
        "new_providers",
        "open",
        "positions",
        "prices",
        "requests",
        "row",
        "shares",
        "stale",
        "started",
        "tickets",
        "time",
    )

    def __init__(self, cash: float) -> None:
        self.feed: Feed | None = None
        self.row = -1
        self.time = datetime.min
        self.started = False
        self.prices: list[float] = []
        self.closes = self.shares = self.initial_margins = np.zeros(0)
        self.positions = 0
        self.new_providers: list[int] = []
        self.cash = cash
        self.fees = self.borrow_fees = 0.0
        self.tickets: list[OrderTicket] = []
        self.open: dict[int, Order] = {}
        self.events: list[EventFields] = []
        self.requests: dict[int, RequestLog] = {}
        self.handler: Callable[[OrderEvent], None] | None = None
        self.margin, self.equity, self.stale = 0.0, cash, True
        self._by_order: dict[int, list[int]] = {}
        self._indexed = 0

    def start(self, feed: Feed, initial_margins: list[float]) -> None:
        """Make ready for the first row."""
        self.feed = feed
        self.shares = np.zeros(len(initial_margins))
        self.initial_margins = np.array(initial_margins)
        self.started = True

    def turn_to(self, row: int) -> None:
        """Move clock and prices to a row."""
        feed: Feed = self.feed  # type: ignore[assignment]
        self.row = row
        self.time = feed.times[row]
        self.closes = feed.last_close[row]
        self.prices = self.closes.tolist()
        self.stale = True

    def record(self, order: Order, status: OrderStatus, message: str = "") -> None:
        """Set an order's status, note the event, and tell the algorithm."""
        order.status = status
        order.last_time = self.time
        self.events.append(
            (
                order.id,
                order.security.symbol,
                self.time,
                status,
                order.quantity,
                0,
                0.0,
                0.0,
                message,
            )
        )
        if self.handler is not None:
            self.handler(OrderEvent(*self.events[-1]))

    def fill(self, order: Order, price: float, fee: float) -> None:
        """Fill a resting order whole: shares and cash change hands, the commission is paid."""
        security, quantity, time = order.security, order.quantity, self.time
        if quantity > 0:
            security.open_buys -= quantity
        else:
            security.open_sells += quantity
        del self.open[order.id]
        before = security.holdings.quantity
        security.holdings.fill(quantity, price, fee)
        held = before + quantity
        self.shares[security.column] = held
        self.positions += (held != 0) - (before != 0)
        self.cash -= quantity * price + fee
        self.fees += fee
        self.stale = True
        order.status = _FILLED
        order.quantity_filled = quantity
        order.fill_price = price
        order.fee = fee
        order.last_time = time
        self.events.append(
            (order.id, security.symbol, time, _FILLED, quantity, quantity, price, fee, "")
        )

    def release(self, order: Order) -> None:
        """Take a resting order off the book and free what it reserved."""
        del self.open[order.id]
        if order.quantity > 0:
            order.security.open_buys -= order.quantity
        else:
            order.security.open_sells += order.quantity
        self.stale = True

    def revalue(self) -> None:
        """Bring `equity` and `margin` up to date with prices, holdings and resting orders."""
        values = self.shares * self.closes if self.positions else _NOTHING
        self.equity = self.cash + float(np.add.reduce(values))
        margin = (
            float(np.add.reduce(np.abs(values) * self.initial_margins)) if self.positions else 0.0
        )
        # A resting order reserves what it may add to the position: see BuyingPowerModel.
        for security in dict.fromkeys(order.security for order in self.open.values()):
            held = security.holdings.quantity
            largest = max(held + security.open_buys, security.open_sells - held)
            margin += (largest - abs(held)) * self.prices[security.column] * security.initial_margin
        self.margin, self.stale = margin, False

    def value(self) -> float:
        """Return cash plus the market value of all shares."""
        if self.stale:
            self.revalue()
        return self.equity

    def log_of(self, order: Order) -> RequestLog:
        """Return an order's log of requests; to be asked before anything of what was sent is changed."""
        log = self.requests.get(order.id)
        if log is None:
            log = self.requests[order.id] = RequestLog.of(order)
        return log

    def events_of(self, order: Order) -> list[OrderEvent]:
        """Return an order's events, oldest first."""
        for at in range(self._indexed, len(self.events)):
            self._by_order.setdefault(self.events[at][0], []).append(at)
        self._indexed = len(self.events)
        return [OrderEvent(*self.events[at]) for at in self._by_order.get(order.id, ())]
