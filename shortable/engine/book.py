"""The account at one moment: clock, prices, cash, orders, and what they are worth together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shortable.engine.orders import Order, OrderEvent, OrderStatus
from shortable.symbol import Symbol

if TYPE_CHECKING:
    from shortable.engine.feed import Feed
    from shortable.engine.security import Security
    from shortable.engine.tickets import OrderTicket

__all__ = ["Book", "EventFields"]


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
    cash : float
    fees, borrow_fees : float
        Commissions and borrow fees paid so far.
    tickets : list of OrderTicket
        Of every order, in order of submission; order n is ``tickets[n - 1]``.
    open : dict of int to Order
        Resting orders by number, ascending.
    active : dict of int to Security
        Securities that may be held or have resting orders, by column; flat ones are dropped by `revalue`.
    short_shares : ndarray of float64, shape (N,)
        Shares short by security, 0 for longs.
    events : list of tuple
        `EventFields`, oldest first.
    handler : callable or None
        The algorithm's ``on_order_event``, where it has one.
    margin, equity : float
        Valid while `stale` is False.
    """

    __slots__ = (
        "_by_order", "_indexed", "active", "borrow_fees", "cash", "equity", "events", "feed", "fees", "handler",
        "margin", "open", "prices", "row", "short_shares", "stale", "started", "tickets", "time",
    )  # fmt: skip

    def __init__(self, cash: float) -> None:
        self.feed: Feed | None = None
        self.row = -1
        self.time = datetime.min
        self.started = False
        self.prices: list[float] = []
        self.cash = cash
        self.fees = self.borrow_fees = 0.0
        self.tickets: list[OrderTicket] = []
        self.open: dict[int, Order] = {}
        self.active: dict[int, Security] = {}
        self.short_shares: npt.NDArray[np.float64] = np.zeros(0)
        self.events: list[EventFields] = []
        self.handler: Callable[[OrderEvent], None] | None = None
        self.margin, self.equity, self.stale = 0.0, cash, True
        self._by_order: dict[int, list[int]] = {}
        self._indexed = 0

    def record(self, order: Order, status: OrderStatus, message: str = "") -> None:
        """Set an order's status, note the event, and tell the algorithm."""
        order.status = status
        order.last_time = self.time
        self.events.append(
            (order.id, order.security.symbol, self.time, status, order.quantity, 0, 0.0, 0.0, message)
        )
        if self.handler is not None:
            self.handler(OrderEvent(*self.events[-1]))

    def fill(self, order: Order, price: float, fee: float) -> None:
        """Fill a resting order whole: shares and cash change hands, the commission is paid."""
        security, quantity = order.security, order.quantity
        if quantity > 0:
            security.open_buys -= quantity
        else:
            security.open_sells += quantity
        del self.open[order.id]
        holdings = security.holdings
        holdings.fill(quantity, price, fee)
        held = holdings.quantity
        self.short_shares[security.column] = -held if held < 0 else 0
        self.cash -= quantity * price + fee
        self.fees += fee
        self.stale = True
        order.status = OrderStatus.FILLED
        order.quantity_filled, order.fill_price, order.fee, order.last_time = quantity, price, fee, self.time
        self.events.append(
            (order.id, security.symbol, self.time, OrderStatus.FILLED, quantity, quantity, price, fee, "")
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
        equity, margin, prices, flat = self.cash, 0.0, self.prices, []
        for column, security in self.active.items():
            held, buys, sells = security.holdings.quantity, security.open_buys, security.open_sells
            if not (held or buys or sells):
                flat.append(column)
                continue
            price = prices[column]
            equity += held * price
            long, short = held + buys, sells - held
            margin += (long if long > short else short) * price * security.initial_margin
        for column in flat:
            del self.active[column]
        self.equity, self.margin, self.stale = equity, margin, False

    def value(self) -> float:
        """Return cash plus the market value of all shares."""
        if self.stale:
            self.revalue()
        return self.equity

    def events_of(self, order: Order) -> list[OrderEvent]:
        """Return an order's events, oldest first."""
        for at in range(self._indexed, len(self.events)):
            self._by_order.setdefault(self.events[at][0], []).append(at)
        self._indexed = len(self.events)
        return [OrderEvent(*self.events[at]) for at in self._by_order.get(order.id, ())]
