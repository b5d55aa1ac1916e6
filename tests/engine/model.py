"""A slow, obvious engine of dicts and loops, written from DESIGN's rules and not from the engine's code."""

from __future__ import annotations

from datetime import date
from typing import Any


class Model:
    """One account. `bars` is a list of rows: {"day": date, ticker: (open, high, low, close) or None}."""

    def __init__(
        self,
        bars: list[dict[str, Any]],
        tickers: list[str],
        cash: float,
        on_exceed: str,
        recheck: str,
        commission: float,
        daily: tuple[str, ...] = (),
    ) -> None:
        self.bars, self.tickers, self.cash = bars, tickers, cash
        self.on_exceed, self.recheck, self.commission, self.daily = (
            on_exceed,
            recheck,
            commission,
            daily,
        )
        self.held = dict.fromkeys(tickers, 0)
        self.lendable: dict[str, int | None] = dict.fromkeys(tickers)
        self.rate = dict.fromkeys(tickers, 0.0)
        self.price = dict.fromkeys(tickers, 0.0)
        self.orders: list[dict[str, Any]] = []
        self.borrow_fees = 0.0
        self.row = -1
        self.ruined = False

    # -- what is open ------------------------------------------------------------------------------------
    def open_orders(self, ticker: str | None = None) -> list[dict[str, Any]]:
        return [o for o in self.orders if o["status"] == "open" and ticker in (None, o["ticker"])]

    def resting_sells(self, ticker: str, other_than: dict[str, Any] | None = None) -> int:
        return sum(
            -o["quantity"]
            for o in self.open_orders(ticker)
            if o["quantity"] < 0 and o is not other_than
        )

    # -- S4 and buying power -----------------------------------------------------------------------------
    def s4(self, ticker: str, quantity: int, other_than: dict[str, Any] | None = None) -> bool:
        """held − Σ unfilled sells − q ≥ −available."""
        available = self.lendable[ticker]
        return (
            available is None
            or self.held[ticker] - self.resting_sells(ticker, other_than) - quantity >= -available
        )

    def room(self, ticker: str, other_than: dict[str, Any] | None = None) -> int:
        """The largest q that S4 accepts, found by counting down from the most that can be: nothing clever."""
        most = abs(self.held[ticker]) + (self.lendable[ticker] or 0)
        return next((q for q in range(most, 0, -1) if self.s4(ticker, q, other_than)), 0)

    def equity(self) -> float:
        return self.cash + sum(self.held[t] * self.price[t] for t in self.tickers)

    def margin(self) -> float:
        """Half the value of the largest position, long or short, to which each security's orders can lead."""
        total = 0.0
        for t in self.tickers:
            buys = sum(o["quantity"] for o in self.open_orders(t) if o["quantity"] > 0)
            longest, shortest = self.held[t] + buys, self.held[t] - self.resting_sells(t)
            total += max(abs(longest), abs(shortest), longest, -shortest) * self.price[t] / 2
        return total

    def affordable(self, change: Any) -> bool:
        before = self.margin()
        undo = change()
        after = self.margin()
        undo()
        return after <= before or after <= self.equity()

    # -- requests ----------------------------------------------------------------------------------------
    def submit(
        self, ticker: str, kind: str, quantity: int, prices: dict[str, Any], day_only: bool
    ) -> dict[str, Any]:
        """`prices` holds what the kind has of limit, stop, amount and fraction (whether the amount is one)."""
        order = {
            "id": len(self.orders) + 1,
            "ticker": ticker,
            "kind": kind,
            "quantity": quantity,
            "limit": None,
            "stop": None,
            "triggered": False,
            **prices,
            "status": "open",
            "why": None,
            "sent": self.row,
            "last_day": self.first_day(kind, ticker) if day_only else None,
        }
        self.orders.append(order)
        order["status"] = "considered"  # not resting while it is being considered
        if self.price[ticker] == 0:
            order.update(status="invalid", why="price")
            return order
        if kind == "trailing" and order["stop"] is None:
            order["stop"] = trail(order, self.price[ticker])
        if quantity < 0 and not self.s4(ticker, -quantity) and self.on_exceed != "warn":
            room = self.room(ticker) if self.on_exceed == "clip" else 0
            if room == 0:
                order.update(status="invalid", why="exceeds")
                return order
            order["quantity"] = -room

        def rest() -> Any:
            order["status"] = "open"
            return lambda: order.update(status="considered")

        if self.affordable(rest):
            order["status"] = "open"
        else:
            order.update(status="invalid", why="money")
        return order

    def update(self, order: dict[str, Any], quantity: int, prices: dict[str, Any]) -> str | None:
        """Return why it was refused, or None."""
        if order["status"] != "open":
            return "closed"
        if abs(quantity) > abs(order["quantity"]):
            if (
                quantity < 0
                and not self.s4(order["ticker"], -quantity, order)
                and self.on_exceed != "warn"
            ):
                room = self.room(order["ticker"], order) if self.on_exceed == "clip" else 0
                if room <= -order["quantity"]:
                    return "exceeds"
                quantity = -room
            old = order["quantity"]

            def grow() -> Any:
                order["quantity"] = quantity
                return lambda: order.update(quantity=old)

            if not self.affordable(grow):
                return "money"
        order.update(quantity=quantity, **prices)
        return None

    def cancel(self, order: dict[str, Any]) -> str | None:
        if order["status"] != "open":
            return "closed"
        order["status"] = "canceled"
        return None

    # -- time --------------------------------------------------------------------------------------------
    def first_day(self, kind: str, ticker: str) -> Any:
        """The day of the first bar to come; where this day's open is wanted, or a daily bar that has begun, the next."""
        next_day = kind == "on open" or (ticker in self.daily and kind != "on close")
        for row in range(self.row + 1, len(self.bars)):
            if not next_day or self.bars[row]["day"] != self.bars[self.row]["day"]:
                return self.bars[row]["day"]
        return date.max

    def bars_of_day(self, ticker: str) -> list[int]:
        """The rows of this day in which a ticker has a bar."""
        day = self.bars[self.row]["day"]
        return [
            n for n, bar in enumerate(self.bars) if bar["day"] == day and bar[ticker] is not None
        ]

    def next_bar(self) -> None:
        self.row += 1
        bar = self.bars[self.row]
        yesterday = self.bars[self.row - 1]["day"] if self.row else None
        if self.row and bar["day"] != yesterday:
            for t in self.tickers:  # S8
                if self.held[t] < 0:
                    fee = (
                        -self.held[t]
                        * self.price[t]
                        * self.rate[t]
                        * (bar["day"] - yesterday).days
                        / 360
                    )
                    self.borrow_fees += fee
                    self.cash -= fee
        if bar["day"] != yesterday and self.recheck == "daily":
            for t in self.tickers:
                self.look_again(t)
        # In the order of their numbers, but on-close orders after all others.
        for order in sorted(self.open_orders(), key=lambda o: (o["kind"] == "on close", o["id"])):
            t, prices = order["ticker"], bar[order["ticker"]]
            if prices is None or order["status"] != "open":
                continue
            sent_today = self.bars[order["sent"]]["day"] == bar["day"]
            if t in self.daily and sent_today and order["kind"] != "on close":
                continue  # the day's bar began before
            if order["kind"] == "on open" and self.row != self.bars_of_day(t)[0]:
                continue
            if order["kind"] == "on close" and self.row != self.bars_of_day(t)[-1]:
                continue
            at = fill_price(order, *prices)
            if at is None:
                continue
            if order["quantity"] < 0 and self.recheck == "fill":
                self.look_again(t)
                if order["status"] != "open":
                    continue
            order["status"] = "filled"
            self.held[t] += order["quantity"]
            self.cash -= order["quantity"] * at + self.commission
        for t in self.tickers:
            if bar[t] is not None:
                self.price[t] = bar[t][3]
        if self.row + 1 == len(self.bars) or self.bars[self.row + 1]["day"] != bar["day"]:
            for order in self.open_orders():
                if order["last_day"] is not None and order["last_day"] <= bar["day"]:
                    order.update(status="canceled", why="expired")
        if self.equity() <= 0 and not self.ruined:  # S22
            self.ruined = True
            for order in self.open_orders():
                order.update(status="canceled", why="ruined")
            self.cash = self.equity()
            self.held = dict.fromkeys(self.tickers, 0)

    def look_again(self, ticker: str) -> None:
        if self.on_exceed == "warn":
            return
        for order in sorted(self.open_orders(ticker), key=lambda o: -o["id"]):
            if order["quantity"] < 0 and not self.s4(ticker, 0):
                order.update(status="canceled", why="exceeds")


def fill_price(
    order: dict[str, Any], open_: float, high: float, low: float, close: float
) -> float | None:
    """Market at the open; a limit at its price or better, a stop at its price or worse, if the bar touches it.

    A stop-limit order becomes a limit order; a trailing stop that was not touched moves after its bar.
    """
    kind, selling = order["kind"], order["quantity"] < 0
    if kind in ("market", "on open"):
        return open_
    if kind == "on close":
        return close
    if kind == "limit" or order["triggered"]:
        wanted = order["limit"]
        touched = high >= wanted if selling else low <= wanted
        better = open_ > wanted if selling else open_ < wanted
        return None if not touched else open_ if better else wanted
    wanted = order["stop"]
    touched = low <= wanted if selling else high >= wanted
    gapped = open_ < wanted if selling else open_ > wanted
    if kind == "trailing" and not touched:
        following = trail(order, high if selling else low)
        if (selling and following > wanted) or (not selling and following < wanted):
            order["stop"] = following
    if not touched:
        return None
    if kind == "stop limit":
        order["triggered"] = True
        if gapped or open_ == wanted:  # the whole bar comes after the stop
            return fill_price(order, open_, high, low, close)
        return (
            wanted if (wanted >= order["limit"] if selling else wanted <= order["limit"]) else None
        )
    return open_ if gapped else wanted


def trail(order: dict[str, Any], price: float) -> float:
    """The stop at the order's distance from a price."""
    away = order["amount"] * price if order["fraction"] else order["amount"]
    return price - away if order["quantity"] < 0 else price + away
