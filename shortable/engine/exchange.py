"""The exchange: which resting orders a row's bars fill and at what price, and when day orders expire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import chain
from typing import Protocol

import numpy as np

from shortable.engine.account import Account
from shortable.engine.corporate_actions import CorporateActionDesk
from shortable.engine.feed import Feed
from shortable.engine.lending import LendingDesk
from shortable.engine.order_desk import OrderDesk
from shortable.engine.orders import Order, OrderEvent, StopLimitOrder, TrailingStopOrder
from shortable.engine.own_shares import OwnShares
from shortable.engine.pairs import Pairs
from shortable.engine.security import Security
from shortable.errors import EngineError
from shortable.orders import OrderType

__all__ = ["BarFillModel", "DueOrders", "Exchange", "FillModel"]

_MARKET, _LIMIT, _ON_OPEN, _ON_CLOSE, _STOP_LIMIT, _TRAILING = (
    OrderType.MARKET,
    OrderType.LIMIT,
    OrderType.MARKET_ON_OPEN,
    OrderType.MARKET_ON_CLOSE,
    OrderType.STOP_LIMIT,
    OrderType.TRAILING_STOP,
)
# These wait for one price; what a trailing stop or an order on open or close waits for is not one price.
_HAVE_LIMITS = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
_WAIT_FOR_A_PRICE = frozenset({OrderType.LIMIT, OrderType.STOP_MARKET, OrderType.STOP_LIMIT})

# To look ahead for one order costs as much as some ten rows of holding it against the bars (8 µs against 0.8 µs,
# measured), so only orders that have lain still for as long are worth it.
_PATIENCE = 10
_ROWS_AHEAD = 512


class Exchange:
    """Holds the resting orders against the feed, row by row.

    Parameters
    ----------
    account : Account
    feed : Feed
    securities : list of Security
    orders : OrderDesk
        Rechecks and cancels.
    fill_model : FillModel
    own : OwnShares
        In which commissions are computed.
    pairs : Pairs
        Of which the fill of one order cancels the other.
    """

    __slots__ = (
        "_at_open",
        "_due",
        "_own",
        "account",
        "feed",
        "fill_model",
        "lending",
        "orders",
        "pairs",
        "securities",
    )

    def __init__(
        self,
        account: Account,
        feed: Feed,
        securities: Sequence[Security],
        orders: OrderDesk,
        fill_model: FillModel,
        own: OwnShares,
        pairs: Pairs,
        lending: LendingDesk | None = None,
    ) -> None:
        self._own, self.pairs, self.lending = own, pairs, lending
        self.account = account
        self.feed = feed
        self.securities = securities
        self.orders = orders
        self.fill_model = fill_model
        # The default model's market orders need nothing but the open, and most orders are market orders.
        self._at_open = type(fill_model) is BarFillModel
        self._due = DueOrders(account, feed)

    def handle(
        self,
        row: int,
        session: int,
        actions: CorporateActionDesk | None,
        *,
        first_of_session: bool,
        last_of_session: bool,
    ) -> None:
        """Book the session's corporate actions, where there are any, apply the row's bars to the resting orders, then
        call the algorithm for each event.

        The algorithm is called only when the whole row is done, so nothing that it does in answer can fill in the
        same bars.
        """
        account = self.account
        handler, account.handler = account.handler, None
        handled = len(account.events)
        try:
            if actions is not None:
                actions.open_session(session, row)
            if first_of_session:
                if self.lending is not None:
                    self.lending.begin_session(row)
                if account.has_flows:
                    self.orders.begin_session(date.fromordinal(self.feed.sessions[row]))
                if self.orders.short_desk.recheck == "daily":
                    self._recheck_session(row)
            self._fill(row)
            if self.lending is not None:
                self.lending.settle()
            if last_of_session:
                self.orders.expire(self.feed.sessions[row])
        finally:
            account.handler = handler
        if handler is not None:
            for fields in account.events[handled:]:
                handler(OrderEvent(*fields))
        if actions is not None:
            actions.call_algorithm()
        if self.lending is not None:
            self.lending.call_algorithm()

    def _recheck_session(self, row: int) -> None:
        opened = self.feed.session_opens(row)
        for column in dict.fromkeys(o.column for o in self.account.open.values() if o.quantity < 0):
            self.orders.recheck(self.securities[column], opened)

    def _fill(self, row: int) -> None:
        """Fill what the row's bars fill, on-close orders last; a security without a bar in the row is passed over."""
        account, feed, at_open, mixed = self.account, self.feed, self._at_open, self.feed.mixed
        due = self._due.at(row) if at_open else list(account.open.values())
        if not due:
            return
        securities, own = self.securities, self._own
        opens: list[float] = feed.open[row].tolist()
        opened = feed.session_opens(row)
        recheck = self.orders.short_desk.recheck == "fill"
        lending, pairs = self.lending, self.pairs if self.pairs else None
        filled: dict[int, int] = {}  # shares by column, where there is a limit
        closing: list[Order] = []  # filled after all others
        for order in chain(due, closing):
            column = order.column
            price: float | None = opens[column]
            if price is None or price != price:
                continue
            # Cancelled in this row, with an older one or by it.
            if (recheck or pairs is not None) and order.id not in account.open:
                continue
            if mixed and self._began_before(order, row):
                continue
            high: float | None = None
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
            limited = securities[column].limits_volume and order.id not in self.orders.forced
            if limited and not self._fits(order, row, filled.get(column, 0)):
                continue
            if (
                lending is not None
                and order.quantity < 0
                and not lending.may_fill(securities[column], order, row, high)
            ):
                continue
            if recheck and order.quantity < 0:
                self.orders.recheck(securities[column], feed.bar_began(row, column))
                if order.id not in account.open:
                    continue
            inside = price != opens[column]
            if securities[column].slips and order.type not in _HAVE_LIMITS:
                price = self._slipped(order, price, row)
            if column in own:
                commission = own.commission(
                    securities[column].fee_model, order, price, feed.sessions[row]
                )
            else:
                commission = securities[column].fee_model.get_order_fee(order, price)
            # A bar says when its open and its close were; of a price between them, that it was there by the close (S18).
            if inside or order.type is _ON_CLOSE or not feed.has_open[column]:
                time = account.time
            else:
                time = opened if feed.daily else feed.bar_began(row, column)
            account.fill(order, price, commission, time)
            if limited:
                filled[column] = filled.get(column, 0) + abs(order.quantity)
            if pairs is not None:
                pairs.filled(order)

    def _fits(self, order: Order, row: int, filled: int) -> bool:
        """Whether a whole order is within what may still fill in a bar in which so many shares have (S33)."""
        volume = float(self.feed.volume[row, order.column])
        most = self.securities[order.column].volume_limit.fillable(volume)
        return filled + abs(order.quantity) <= most

    def _slipped(self, order: Order, price: float, row: int) -> float:
        """Return the price of a fill at the market with slippage against the order (S28).

        Raises
        ------
        EngineError
            The model's answer is no amount of money from 0 to the price.
        """
        model, volume = self.securities[order.column].slippage_model, self.feed.volume
        slippage = model.slippage(order, price, float(volume[row, order.column]))
        if not 0 <= slippage < price:
            raise EngineError(
                f"{model!r} answered {slippage!r} for order {order.id} at {price:g}; it must answer money a share, at least "
                "0 and below the price"
            )
        return price + slippage if order.quantity > 0 else price - slippage

    def _began_before(self, order: Order, row: int) -> bool:
        """Whether a bar began before the order was sent, as a daily bar may among bars of minutes.

        Its open, high and low may have been over by then; its close was not.
        """
        return order.type is not _ON_CLOSE and order.time > self.feed.bar_began(row, order.column)


class DueOrders:
    """Picks the resting orders that a row's bars may do something to.

    By `BarFillModel` a limit or a stop does nothing before the first bar that reaches its price, and the feed says
    which bar that is. So orders that have lain still for some rows are passed over until then. The result is that of
    holding every order against every bar, sooner. Whatever happens to any order is an event, and ends the passing over.

    Parameters
    ----------
    account : Account
    feed : Feed
    patience : int
        Rows without an event before orders are passed over.
    rows_ahead : int
        The most rows that are looked at ahead at once.
    """

    __slots__ = (
        "_account",
        "_events",
        "_feed",
        "_others",
        "_patience",
        "_rows_ahead",
        "_still",
        "_until",
    )

    def __init__(
        self,
        account: Account,
        feed: Feed,
        *,
        patience: int = _PATIENCE,
        rows_ahead: int = _ROWS_AHEAD,
    ) -> None:
        self._account = account
        self._feed = feed
        self._patience = patience
        self._rows_ahead = rows_ahead
        self._events = -1
        self._still = 0
        self._until = 0
        self._others: list[Order] = []

    def at(self, row: int) -> list[Order]:
        """Return the resting orders to hold against the row's bars, in the order of their numbers."""
        account = self._account
        if len(account.events) != self._events:
            self._events = len(account.events)
            self._still = self._until = 0
        elif row >= self._until:
            self._still += 1
            if self._still >= self._patience:
                self._look_ahead(row)
        return self._others if row < self._until else list(account.open.values())

    def _look_ahead(self, row: int) -> None:
        """Find the first row from this one on that reaches the price of any order."""
        end = min(row + self._rows_ahead, len(self._feed))
        self._others = []
        for order in self._account.open.values():
            if order.type in _WAIT_FOR_A_PRICE:
                end = self._first_reaching(order, row, end)
            else:
                self._others.append(order)
        self._until = end

    def _first_reaching(self, order: Order, row: int, end: int) -> int:
        """Return the first row in [row, end) whose bar reaches an order's price, else `end`."""
        limit = order.type is _LIMIT or order.stop_triggered
        price: float = order.limit_price if limit else order.stop_price  # type: ignore[assignment]  # its type has it
        if limit is (order.quantity < 0):
            reached = self._feed.high[row:end, order.column] >= price
        else:
            reached = self._feed.low[row:end, order.column] <= price
        first = int(np.argmax(reached)) if len(reached) else 0
        return row + first if len(reached) and reached[first] else end


class FillModel(Protocol):
    """Decides whether a bar fills an order that was sent before the bar."""

    def fill(
        self, order: Order, open_: float, high: float, low: float, close: float
    ) -> float | None:
        """Return the price per share at which the whole order fills, or None.

        Where it does not fill, the model may note on the order what the bar did to it: a stop that was reached,
        a stop that moves. It is called once a bar; for an on-open or on-close order only at a session's first or
        last bar.
        """
        ...


class BarFillModel:
    """Market orders at the open, limits and stops inside the bar; no slippage, no partial fills.

    A price that is reached exactly fills. A limit order never fills at a worse price than its limit, and at the
    open where the bar opens beyond it; a stop fills at its price, or at the open where the bar opens beyond it.
    On-open orders fill at the open, on-close orders at the close.

    A bar does not tell whether its high or its low came first, so nothing is concluded from one to the other:

    - A stop-limit order whose stop lies between the open and the far end of the bar is a limit order from the next
      bar on, unless its limit allows the stop price itself, at which it then fills. Where the bar opens at or
      beyond the stop, it is a limit order for the whole bar.
    - A trailing stop is held against the bar first, as a stop at the price to which earlier bars have moved it.
      Only where that does not fill it does the stop follow the bar's high (to sell) or low (to buy).

    In close-only data open, high and low are the close.

    Examples
    --------
    A bar of 10.00, 11.00, 9.00, 10.50 against orders to sell:

    >>> from datetime import datetime
    >>> from shortable.engine import TimeInForce
    >>> from shortable.symbol import Symbol
    >>> def sell(kind, limit=None, stop=None):
    ...     order = Order(1, Symbol.create("SPY"), 0, kind, -5, limit, stop, TimeInForce.DAY, "",
    ...                   datetime(2024, 1, 2, 16))
    ...     return BarFillModel().fill(order, 10.0, 11.0, 9.0, 10.5)
    >>> sell(OrderType.MARKET), sell(OrderType.LIMIT, limit=11.0), sell(OrderType.LIMIT, limit=11.01)
    (10.0, 11.0, None)
    >>> sell(OrderType.LIMIT, limit=9.5), sell(OrderType.STOP_MARKET, stop=9.5), sell(OrderType.STOP_MARKET, stop=10.2)
    (10.0, 9.5, 10.0)
    >>> sell(OrderType.MARKET_ON_OPEN), sell(OrderType.MARKET_ON_CLOSE)
    (10.0, 10.5)
    """

    __slots__ = ()

    def fill(
        self, order: Order, open_: float, high: float, low: float, close: float
    ) -> float | None:
        """Return the price per share at which the whole order fills, or None."""
        kind = order.type
        if kind is _MARKET or kind is _ON_OPEN:
            return open_
        if kind is _LIMIT:
            return _limit(order, open_, high, low)
        if kind is _ON_CLOSE:
            return close
        if kind is _STOP_LIMIT:
            return _stop_limit(order, open_, high, low)  # type: ignore[arg-type]  # by its kind
        price = _stop(order, open_, high, low)
        if price is None and kind is _TRAILING:
            _follow(order, high, low)  # type: ignore[arg-type]  # by its kind
        return price


def _limit(order: Order, open_: float, high: float, low: float) -> float | None:
    limit: float = order.limit_price  # type: ignore[assignment]  # its type has one
    if order.quantity < 0:
        return max(open_, limit) if high >= limit else None
    return min(open_, limit) if low <= limit else None


def _stop(order: Order, open_: float, high: float, low: float) -> float | None:
    stop: float = order.stop_price  # type: ignore[assignment]  # its type has one
    if order.quantity < 0:
        return min(open_, stop) if low <= stop else None
    return max(open_, stop) if high >= stop else None


def _stop_limit(order: StopLimitOrder, open_: float, high: float, low: float) -> float | None:
    if order.stop_triggered:
        return _limit(order, open_, high, low)
    reached = _stop(order, open_, high, low)
    if reached is None:
        return None
    order.stop_triggered = True
    if reached == open_:
        return _limit(order, open_, high, low)
    limit: float = order.limit_price  # type: ignore[assignment]  # its type has one
    allowed = reached >= limit if order.quantity < 0 else reached <= limit
    return reached if allowed else None


def _follow(order: TrailingStopOrder, high: float, low: float) -> None:
    stop: float = order.stop_price  # type: ignore[assignment]  # its type has one
    order.stop_price = (
        max(stop, order.stop_at(high)) if order.quantity < 0 else min(stop, order.stop_at(low))
    )
