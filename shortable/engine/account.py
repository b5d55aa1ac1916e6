"""The account: clock, prices, cash, holdings and resting orders, and what they are worth together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np
import numpy.typing as npt

from shortable.engine.feed import Feed
from shortable.engine.orders import Order, OrderEvent
from shortable.orders import OrderStatus
from shortable.results import BorrowEnd, CashKind
from shortable.symbol import Symbol

__all__ = ["Account", "EventFields", "SecurityHolding"]

_FILLED = OrderStatus.FILLED
_NOTHING: npt.NDArray[np.float64] = np.zeros(0)

EventFields = tuple[int, Symbol, datetime, OrderStatus, int, int, float, float, str]
"""What the account keeps of an event, in the order of `OrderEvent`'s arguments; the objects are made on demand."""


class SecurityHolding:
    """Shares of one security, negative for a short.

    Money is in the account's currency; market values use the last known close.

    Attributes
    ----------
    symbol : Symbol
    quantity : int
        Shares held, negative for a short.
    average_price : float
        What the shares held were bought or sold short at, commissions left out; 0.0 without shares.
    profit : float
        Realised by trades that closed shares, before commissions and borrow costs.
    total_fees : float
        Commissions.
    total_dividends : float
        Dividends received, less those that were owed while short.
    total_sale_volume : float
        Value of all fills, bought and sold.
    last_trade_profit : float
        Realised by the last trade that closed shares.
    open_buys, open_sells : int
        Unfilled shares of its resting orders, both at least 0.
    """

    __slots__ = (
        "_account",
        "average_price",
        "column",
        "last_trade_profit",
        "open_buys",
        "open_sells",
        "profit",
        "quantity",
        "symbol",
        "total_dividends",
        "total_fees",
        "total_sale_volume",
    )

    def __init__(self, symbol: Symbol, column: int, account: Account) -> None:
        self.symbol = symbol
        self.column = column
        self._account = account
        self.quantity = self.open_buys = self.open_sells = 0
        self.average_price = self.profit = self.total_fees = 0.0
        self.total_sale_volume = self.last_trade_profit = self.total_dividends = 0.0

    def fill(self, quantity: int, price: float, commission: float) -> None:
        """Book a fill: `quantity` shares, signed, at `price` a share, and its commission."""
        held = self.quantity
        after = held + quantity
        if held == 0:
            self.average_price = price
        elif (held > 0) is (quantity > 0):
            self.average_price = (self.average_price * held + price * quantity) / after
        else:
            closed = after == 0 or (after > 0) is not (held > 0)
            self.last_trade_profit = (price - self.average_price) * (held if closed else -quantity)
            self.profit += self.last_trade_profit
            if closed:
                self.average_price = price if after else 0.0
        self.quantity = after
        self.total_fees += commission
        self.total_sale_volume += abs(quantity) * price

    @property
    def price(self) -> float:
        """Last known close, 0.0 before the first bar."""
        return self._account.prices[self.column]

    @property
    def absolute_quantity(self) -> int:
        """Shares, without sign."""
        return abs(self.quantity)

    @property
    def is_long(self) -> bool:
        """Whether shares are owned."""
        return self.quantity > 0

    @property
    def is_short(self) -> bool:
        """Whether shares are owed."""
        return self.quantity < 0

    @property
    def invested(self) -> bool:
        """Whether the position is not flat."""
        return self.quantity != 0

    hold_stock = invested

    @property
    def holdings_cost(self) -> float:
        """Shares × average price, negative for a short."""
        return self.quantity * self.average_price

    @property
    def absolute_holdings_cost(self) -> float:
        """The same without sign."""
        return abs(self.holdings_cost)

    @property
    def holdings_value(self) -> float:
        """Shares × last close, negative for a short."""
        return self.quantity * self.price

    @property
    def absolute_holdings_value(self) -> float:
        """The same without sign."""
        return abs(self.holdings_value)

    @property
    def unrealized_profit(self) -> float:
        """What closing at the last close would earn, before commissions."""
        return (self.price - self.average_price) * self.quantity

    @property
    def unrealized_profit_percent(self) -> float:
        """Unrealised profit as a fraction of the position's cost (0.1 is 10 %), 0.0 without shares."""
        cost = self.absolute_holdings_cost
        return self.unrealized_profit / cost if cost else 0.0

    @property
    def net_profit(self) -> float:
        """Realised profit and dividends, less commissions."""
        return self.profit + self.total_dividends - self.total_fees

    def __repr__(self) -> str:
        return f"<SecurityHolding {self.quantity:+d} {self.symbol} at {self.average_price:g}>"


class Account:
    """Everything that a backtest changes while it runs, but for the tickets of its orders.

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
    holdings : list of SecurityHolding
        One for each of the N subscribed securities, in the order in which they were added.
    prices : list of float, length N
        Last known closes, 0.0 before a security's first bar.
    closes : ndarray of float64, shape (N,)
        The same prices.
    shares : ndarray of float64, shape (N,)
        Shares held, negative for shorts.
    initial_margins : ndarray of float64, shape (N,)
    positions : int
        Securities held or owed.
    new_providers : list of int
        Columns of the securities that got another provider since borrow costs were last charged.
    cash : float
    commissions : float
        Paid so far.
    open : dict of int to Order
        Resting orders by number, ascending.
    events : list of tuple
        `EventFields`, oldest first.
    payments : list of tuple
        What cash was paid or received beside fills and nightly borrow costs: events before it, row, column, `CashKind`,
        amount received.
    recalls : list of tuple
        Shares that lenders recalled: events before it, time, column, shares.
    ended : dict of int to str
        Columns that can no longer be traded, and why.
    ends : dict of int to BorrowEnd
        By order number, how a borrow ends that the order ends, where it is not covered of the algorithm's own accord.
    has_flows : bool
        Whether any security has had a provider of daily flows (S15).
    handler : callable or None
        The algorithm's ``on_order_event``, where it has one.
    margin, equity : float
        Valid while `stale` is False.
    """

    __slots__ = (
        "_by_order",
        "_indexed",
        "cash",
        "closes",
        "commissions",
        "ended",
        "ends",
        "equity",
        "events",
        "feed",
        "handler",
        "has_flows",
        "holdings",
        "initial_margins",
        "margin",
        "new_providers",
        "open",
        "payments",
        "positions",
        "prices",
        "recalls",
        "row",
        "shares",
        "stale",
        "started",
        "time",
    )

    def __init__(self, cash: float) -> None:
        self.feed: Feed | None = None
        self.row = -1
        self.time = datetime.min
        self.started = False
        self.holdings: list[SecurityHolding] = []
        self.prices: list[float] = []
        self.closes = self.shares = self.initial_margins = _NOTHING
        self.positions = 0
        self.new_providers: list[int] = []
        self.cash = cash
        self.commissions = 0.0
        self.open: dict[int, Order] = {}
        self.events: list[EventFields] = []
        self.payments: list[tuple[int, int, int, CashKind, float]] = []
        self.recalls: list[tuple[int, datetime, int, float]] = []
        self.ended: dict[int, str] = {}
        self.ends: dict[int, BorrowEnd] = {}
        self.handler: Callable[[OrderEvent], None] | None = None
        self.has_flows = False
        self.margin, self.equity, self.stale = 0.0, cash, True
        self._by_order: dict[int, list[int]] = {}
        self._indexed = 0

    def add(self, symbol: Symbol) -> SecurityHolding:
        """Add a security of which nothing is held; once the run has begun, the feed has its bars already."""
        holding = SecurityHolding(symbol, len(self.holdings), self)
        self.holdings.append(holding)
        self.prices.append(0.0)
        if self.feed is not None:
            self.shares = np.append(self.shares, 0.0)
            self.initial_margins = np.append(self.initial_margins, 0.0)
            self.closes = self.feed.last_close[self.row]
            self.prices = self.closes.tolist()
        return holding

    def start(self, feed: Feed, initial_margins: list[float]) -> None:
        """Make ready for the first row."""
        self.feed = feed
        self.shares = np.zeros(len(initial_margins))
        self.initial_margins = np.array(initial_margins)
        self.started = True

    def turn_to(self, row: int) -> None:
        """Move clock and prices to a row."""
        feed: Feed = self.feed  # type: ignore[assignment]  # set by start(), before any row
        self.row = row
        self.time = feed.times[row]
        self.closes = feed.last_close[row]
        self.prices = self.closes.tolist()
        self.stale = True

    def record(
        self, order: Order, status: OrderStatus, message: str = "", time: datetime | None = None
    ) -> None:
        """Set an order's status, note the event, at the clock's time by default, and call the algorithm's handler."""
        order.status = status
        order.last_time = when = self.time if time is None else time
        self.events.append(
            (order.id, order.symbol, when, status, order.quantity, 0, 0.0, 0.0, message)
        )
        if self.handler is not None:
            self.handler(OrderEvent(*self.events[-1]))

    def pay(self, column: int, kind: CashKind, amount: float) -> None:
        """Receive cash on account of a security, or pay it where `amount` is below 0, and note what for."""
        self.cash += amount
        self.stale = True
        self.payments.append((len(self.events), self.row, column, kind, amount))

    def fill(
        self, order: Order, price: float, commission: float, time: datetime, message: str = ""
    ) -> None:
        """Fill a resting order whole at a time: shares and cash change hands, the commission is paid."""
        holding, quantity = self.holdings[order.column], order.quantity
        if quantity > 0:
            holding.open_buys -= quantity
        else:
            holding.open_sells += quantity
        del self.open[order.id]
        before = holding.quantity
        holding.fill(quantity, price, commission)
        held = before + quantity
        self.shares[order.column] = held
        self.positions += (held != 0) - (before != 0)
        self.cash -= quantity * price + commission
        self.commissions += commission
        self.stale = True
        order.status = _FILLED
        order.quantity_filled = quantity
        order.fill_price = price
        order.commission = commission
        order.last_time = time
        self.events.append(
            (order.id, order.symbol, time, _FILLED, quantity, quantity, price, commission, message)
        )

    def rest(self, order: Order) -> None:
        """Let an order rest: it reserves its shares, and can fill from the next bar on."""
        holding, quantity = self.holdings[order.column], order.quantity
        if quantity > 0:
            holding.open_buys += quantity
        else:
            holding.open_sells -= quantity
        self.open[order.id] = order

    def release(self, order: Order) -> None:
        """Take a resting order off the account and free what it reserved."""
        del self.open[order.id]
        holding = self.holdings[order.column]
        if order.quantity > 0:
            holding.open_buys -= order.quantity
        else:
            holding.open_sells += order.quantity
        self.stale = True

    def affords(self, holding: SecurityHolding, quantity: int, initial_margin: float) -> bool:
        """Whether the equity covers the margin of `quantity` more shares ordered; reserves it where it does."""
        held = holding.quantity
        long, short = held + holding.open_buys, holding.open_sells - held
        before = long if long > short else short
        if quantity > 0:
            long += quantity
        else:
            short -= quantity
        growth = (long if long > short else short) - before
        if growth <= 0:
            return True
        if self.stale:
            self.revalue()
        margin = self.margin + growth * self.prices[holding.column] * initial_margin
        if margin > self.equity:
            return False
        self.margin = margin
        return True

    def revalue(self) -> None:
        """Bring `equity` and `margin` up to date with prices, holdings and resting orders."""
        values = self.shares * self.closes if self.positions else _NOTHING
        self.equity = self.cash + float(np.add.reduce(values))
        margin = (
            float(np.add.reduce(np.abs(values) * self.initial_margins)) if self.positions else 0.0
        )
        # A resting order reserves what it may add to the position: see BuyingPowerModel.
        for column in dict.fromkeys(order.column for order in self.open.values()):
            holding = self.holdings[column]
            held = holding.quantity
            largest = max(held + holding.open_buys, holding.open_sells - held)
            initial_margin = self.initial_margins.item(column)
            margin += (largest - abs(held)) * self.prices[column] * initial_margin
        self.margin, self.stale = margin, False

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
