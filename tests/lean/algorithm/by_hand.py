"""LEAN's book-keeping of shorts on minute bars once more, slow and obvious: what random algorithms are held against.

Written from LEAN's C# (AlgorithmManager, EquityFillModel, SecurityPortfolioModel, InteractiveBrokersFeeModel,
ShortMarginInterestRateModel, QCAlgorithm.Shortable), not from ours, of which it imports nothing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

OPEN, CLOSE, MINUTE = time(9, 30), time(16), timedelta(minutes=1)
D = Decimal
ZERO, CASH = Decimal(0), Decimal(1_000_000)


@dataclass
class Bar:
    """A minute's trades and its last quote."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    bid: Decimal
    ask: Decimal


def walk(rng: random.Random, day: date, price: float) -> dict[datetime, Bar]:
    """Return a day's bars by their ends, a random walk in cents."""
    bars, now, last = {}, datetime.combine(day, OPEN), D(str(price))
    for _ in range(390):
        opened = last + D(rng.choice((-1, 0, 0, 1))) / 100
        last = max(D(1), opened + D(rng.randrange(-9, 10)) / 100)
        now += MINUTE
        bars[now] = Bar(
            opened,
            max(opened, last) + D("0.02"),
            min(opened, last) - D("0.02"),
            last,
            last - D("0.01"),
            last + D("0.02"),
        )
    return bars


@dataclass
class Order:
    """One order and how it ended."""

    ticker: str
    kind: str
    quantity: int
    price: Decimal
    sent: datetime
    status: str = "Submitted"
    fill: Decimal = ZERO


@dataclass
class Desk:
    """Cash, positions, orders, and what shorts cost.

    Attributes
    ----------
    bars : dict
        By ticker, then by the bar's end.
    lent : dict
        By ticker, then by date: shares, rebate rate, fee rate.
    """

    bars: dict[str, dict[datetime, Bar]]
    lent: dict[str, dict[date, tuple[int, Decimal, Decimal]]]
    cash: Decimal = CASH
    held: dict[str, int] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    fees: Decimal = ZERO
    interest: Decimal = ZERO
    since: dict[str, tuple[date, bool]] = field(default_factory=dict)

    def open_orders(self, ticker: str) -> list[Order]:
        return [o for o in self.orders if o.ticker == ticker and o.status == "Submitted"]

    def may_sell(self, ticker: str, quantity: int, day: date, but: Order | None = None) -> bool:
        """All open orders are netted; the shares are those of that very date, without a row all there are."""
        if day not in self.lent[ticker]:
            return True
        shares = self.lent[ticker][day][0]
        position = self.held.get(ticker, 0) + sum(
            o.quantity for o in self.open_orders(ticker) if o is not but
        )
        return position > -shares and position - abs(quantity) >= -shares

    def send(self, order: Order) -> None:
        if order.quantity < 0 and not self.may_sell(
            order.ticker, order.quantity, order.sent.date()
        ):
            order.status = "Invalid"
        self.orders.append(order)
        if order.kind == "market" and order.status == "Submitted":
            bar = self.bars[order.ticker][order.sent]
            self.fill(order, bar.bid if order.quantity < 0 else bar.ask)

    def update(self, order: Order, quantity: int, day: date) -> bool:
        sells = order.quantity < 0 or quantity < 0
        return not sells or self.may_sell(order.ticker, quantity, day, but=order)

    def fill(self, order: Order, price: Decimal) -> None:
        fee = max(
            D(1), D("0.005") * abs(order.quantity)
        )  # prices are far above a dollar: the cap does not bind
        self.cash -= order.quantity * price + fee
        self.fees += fee
        self.held[order.ticker] = self.held.get(order.ticker, 0) + order.quantity
        order.status, order.fill = "Filled", price

    def look(self, now: datetime) -> None:
        """Fill what rests, by bars that ended after the order was sent; a gap fills at the open."""
        for order in self.orders:
            if order.status != "Submitted" or now <= order.sent:
                continue
            bar, buys = self.bars[order.ticker][now], order.quantity > 0
            if order.kind == "close":
                met, price = now.time() == CLOSE, bar.close
            elif order.kind == "limit":
                met = bar.low < order.price if buys else bar.high > order.price
                price = min(bar.open, order.price) if buys else max(bar.open, order.price)
            else:
                met = bar.high >= order.price if buys else bar.low <= order.price
                price = max(bar.open, order.price) if buys else min(bar.open, order.price)
            if met:
                self.fill(order, price)

    def charge(self, now: datetime) -> None:
        """Once an hour: at a new UTC date the fee or rebate of the nights since, at the present rate and price."""
        today = now.replace(tzinfo=ZoneInfo("America/New_York")).astimezone(ZoneInfo("UTC")).date()
        for ticker, quantity in self.held.items():
            since = self.since.get(ticker)
            if not quantity:
                self.since.pop(ticker, None)
            elif since is None or since[1] != (quantity < 0):
                self.since[ticker] = today, quantity < 0
            elif today != since[0]:
                _, rebate, fee = self.lent[ticker].get(now.date(), (0, ZERO, ZERO))
                rate = fee if quantity < 0 else rebate
                if not rate:
                    del self.since[ticker]
                    continue
                due = rate * quantity * self.bars[ticker][now].close / 360 * (today - since[0]).days
                self.cash, self.interest = self.cash + due, self.interest + due
                self.since[ticker] = today, quantity < 0

    def run(self, days: list[date], actions: dict[str, tuple[str, str, int, float]]) -> Decimal:
        """Go through all minutes and return the account's value at the end."""
        scan = datetime.combine(days[0], time(1))
        for day in days:
            now = datetime.combine(day, OPEN)
            while now.time() < CLOSE:
                now += MINUTE
                if now >= scan:
                    self.charge(now)
                    scan = now.replace(minute=0) + timedelta(hours=1)
                self.look(now)
                self.act(now, actions.get(f"{now:%d %H:%M}"))
                self.look(now)
        return self.cash + sum(q * self.bars[t][now].close for t, q in self.held.items())

    def act(self, now: datetime, action: tuple[str, str, int, float] | None) -> None:
        if action is None:
            return
        kind, ticker, quantity, factor = action
        rests = [o for o in self.open_orders(ticker) if o.kind != "close"]
        if kind == "cancel" and rests:
            rests[0].status = "Canceled"
        elif kind == "update" and rests and self.update(rests[-1], quantity, now.date()):
            rests[-1].quantity = quantity
        elif kind in ("market", "limit", "stop", "close"):
            price = D(str(round(float(self.bars[ticker][now].close) * factor, 2)))
            self.send(Order(ticker, kind, quantity, price, now))
