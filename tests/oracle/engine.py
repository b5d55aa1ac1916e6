"""The slow model of the mini engine (S4, S5, S8, S10, S15, S16, S18 to S27): one account, bars and requests.

Plain Python, exact fractions, written from DESIGN.md and `shortable/engine/README.md`, and not from the code under test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from fractions import Fraction

from tests.oracle.lending import Lender, Night, allowed, night, too_many
from tests.oracle.shorting import (
    NO_RULES,
    Flows,
    LenderTerms,
    Recalls,
    Rules,
    allowed_flow,
    short_part,
    to_close,
)


@dataclass(frozen=True)
class Bar:
    """One bar of one symbol; `opens` and `closes` say whether it is the session's first or last of its symbol."""

    symbol: str
    begin: datetime
    end: datetime
    open: Fraction
    high: Fraction
    low: Fraction
    close: Fraction
    opens: bool
    closes: bool
    close_only: bool


@dataclass(frozen=True)
class Request:
    """What the algorithm asks for when the row at `time` is handled."""

    time: datetime
    what: str  # An order's type, or "update" or "cancel".
    symbol: str = ""
    quantity: int = 0
    limit: Fraction | None = None
    stop: Fraction | None = None
    trail: Fraction | None = None
    percentage: bool = False
    day: bool = False
    order: int = 0  # Which order is updated or cancelled.


@dataclass(frozen=True)
class Split:
    """`ratio` new shares for each old one, on the ex-date."""

    symbol: str
    day: date
    ratio: Fraction


@dataclass(frozen=True)
class Dividend:
    """Money a share of the ex-date."""

    symbol: str
    day: date
    amount: Fraction


@dataclass
class Order:
    """An order and what became of it."""

    id: int
    symbol: str
    kind: str
    quantity: int
    limit: Fraction | None
    stop: Fraction | None
    trail: Fraction | None
    percentage: bool
    until: date | None
    time: datetime
    status: str = "submitted"
    triggered: bool = False
    filled_at: datetime | None = None
    price: Fraction | None = None
    commission: Fraction = Fraction(0)
    forced: bool = False
    penalty: Fraction | None = None
    """Of a buy-in: beside the price, as a fraction of it."""

    @property
    def sells(self) -> int:
        """Shares that it would still sell."""
        return -self.quantity if self.status == "submitted" and self.quantity < 0 else 0

    @property
    def buys(self) -> int:
        """Shares that it would still buy."""
        return self.quantity if self.status == "submitted" and self.quantity > 0 else 0


@dataclass(frozen=True)
class Refused:
    """One row of the table of refusals."""

    order: int
    time: datetime
    symbol: str
    kind: str
    requested: int
    allowed: int
    held: int
    open_sells: int
    available: int | None


def fill_price(order: Order, bar: Bar) -> tuple[Fraction, bool] | None:
    """Return the price at which a bar fills an order, and whether that is at its open; None where it does not (S18)."""
    sell = order.quantity < 0
    favourable, adverse = (bar.high, bar.low) if sell else (bar.low, bar.high)

    def at_least_as_good(price: Fraction, limit: Fraction) -> bool:
        return price >= limit if sell else price <= limit

    def limit_fill() -> tuple[Fraction, bool] | None:
        assert order.limit is not None
        if at_least_as_good(bar.open, order.limit):
            return bar.open, True
        return (order.limit, False) if at_least_as_good(favourable, order.limit) else None

    if order.kind == "market":
        return bar.open, True
    if order.kind == "market_on_open":
        return (bar.open, True) if bar.opens else None
    if order.kind == "market_on_close":
        return (bar.close, False) if bar.closes else None
    if order.kind == "limit" or order.triggered:
        return limit_fill()
    assert order.stop is not None
    reached_at_open = at_least_as_good(order.stop, bar.open)
    reached = at_least_as_good(order.stop, adverse)
    if order.kind == "stop_limit":
        assert order.limit is not None
        order.triggered = reached
        if reached_at_open:
            return limit_fill()
        return (
            (order.stop, False) if reached and at_least_as_good(order.stop, order.limit) else None
        )
    if reached_at_open:
        return bar.open, True
    if reached:
        return order.stop, False
    if order.kind == "trailing_stop":
        follow(order, favourable)
    return None


def away(order: Order, price: Fraction) -> Fraction:
    """Return the stop that is the trailing amount away from a price."""
    assert order.trail is not None
    distance = price * order.trail if order.percentage else order.trail
    return price - distance if order.quantity < 0 else price + distance


def follow(order: Order, price: Fraction) -> None:
    """Move a trailing stop after a price; it never goes back."""
    assert order.stop is not None
    order.stop = (max if order.quantity < 0 else min)(order.stop, away(order, price))


def interactive_brokers(quantity: int, price: Fraction) -> Fraction:
    """Return the fixed commission: 0.005 a share, at least 1.00, at most 1 % of the value, which beats the least."""
    return min(max(Fraction(5, 1000) * abs(quantity), Fraction(1)), abs(quantity) * price / 100)


@dataclass
class Account:
    """One backtest: what it is given, and what became of the account. `step` handles a row, `handle` a request."""

    bars: list[Bar]
    lender: Lender
    cash: Fraction
    on_exceed: str = "reject"
    recheck: str = "submission"
    daily: frozenset[str] = frozenset()
    initial_margin: Fraction = Fraction(1, 2)
    commission: Callable[[int, Fraction], Fraction] = interactive_brokers
    splits: tuple[Split, ...] = ()
    dividends: tuple[Dividend, ...] = ()
    ends: dict[str, tuple[date, Fraction | None]] = field(default_factory=dict)
    own_use: str = "included"
    of_the_moment: bool = False
    """Whether the provider does not say which list answers."""
    share: Fraction = Fraction(1)
    rules: Rules = NO_RULES
    locate: tuple[Fraction, Fraction] | None = None
    """Money a share that is located, and of each locate at least."""
    recall: tuple[LenderTerms, ...] = ()
    maintenance: tuple[Fraction, Fraction] | None = None
    """Fractions of the value of longs and of shorts."""
    row: int = -1
    ruined: bool = False
    held: dict[str, int] = field(default_factory=dict)
    last: dict[str, Fraction] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)
    nights: list[Night] = field(default_factory=list)
    equity: list[tuple[date, Fraction]] = field(default_factory=list)
    answers: list[bool] = field(default_factory=list)
    recalled: list[tuple[datetime, str, int]] = field(default_factory=list)
    calls: int = 0

    def __post_init__(self) -> None:
        """Find the rows: the times at which some bar ends."""
        self.rows = sorted({bar.end for bar in self.bars})
        self.bars_at: dict[datetime, dict[str, Bar]] = {now: {} for now in self.rows}
        for bar in self.bars:
            self.bars_at[bar.end][bar.symbol] = bar
        last = self.rows[-1].date()
        for symbol in {bar.symbol: None for bar in self.bars}:
            end = max(bar.end for bar in self.bars if bar.symbol == symbol).date()
            if symbol not in self.ends and end < last:
                self.ends[symbol] = end, None
        # What ends on a day that is no session ends with the session before it; what ends after the run does not end.
        days = [row.date() for row in self.rows]
        self.ends = {
            s: (max(d for d in days if d <= end), at)
            for s, (end, at) in self.ends.items()
            if end <= last
        }
        self.over: set[str] = set()
        self.symbols = list({bar.symbol: None for bar in self.bars})
        self.number = -1
        self.parts: dict[str, dict[int, int]] = {symbol: {} for symbol in self.symbols}
        self.located: dict[str, int] = {}
        self.lacks: dict[str, tuple[datetime | None, int]] = {}
        self.recalls: dict[str, Recalls] = {}
        if self.recall:
            self.recalls = {s: Recalls(self.recall, self.own_use) for s in self.symbols}

    def run(self, requests: list[Request]) -> Account:
        """Go through the rows, and at each do what the algorithm asks for."""
        while self.row + 1 < len(self.rows):
            self.step()
            for request in requests:
                if request.time == self.now:
                    self.handle(request)
        return self

    @property
    def now(self) -> datetime:
        """The clock."""
        return self.rows[self.row]

    def step(self) -> None:
        """Handle the next row: the night before its session, the fills, the close of its session (S19)."""
        self.row += 1
        today = self.now.date()
        if self.row == 0 or self.rows[self.row - 1].date() != today:
            self.begin_session(today)
        self.fill(self.bars_at[self.now])
        self.pay_penalties()
        self.last.update({symbol: bar.close for symbol, bar in self.bars_at[self.now].items()})
        if self.row + 1 == len(self.rows) or self.rows[self.row + 1].date() != today:
            for order in self.resting():
                if order.until and order.until <= today:
                    self.withdraw(order)
        self.look_at_equity()

    def close(self) -> None:
        """Close what ends, and value the account; after the algorithm was called (S21)."""
        ending = [s for s, (day, _) in self.ends.items() if day <= self.now.date()]
        ending = [symbol for symbol in ending if symbol not in self.over]
        for symbol in ending:
            self.over.add(symbol)
            self.cancel(symbol)
            price = self.ends[symbol][1]
            self.close_out(symbol, self.last.get(symbol) if price is None else price)
        if ending:
            self.look_at_equity()
        self.equity.append((self.now.date(), self.worth()))

    def look_at_equity(self) -> None:
        """Stop an account that is not worth more than nothing (S14, S22), or call for margin (S23)."""
        if self.worth() <= 0 and not self.ruined:
            self.ruined = True
            for symbol in self.symbols:
                self.cancel(symbol)
            for symbol in self.symbols:
                self.close_out(symbol, self.last.get(symbol))
        elif self.maintenance is not None and not self.ruined:
            self.call_for_margin(*self.maintenance)

    def call_for_margin(self, long: Fraction, short: Fraction) -> None:
        """Make positions smaller where they ask for more than there is; what already closes them counts as closed (S23)."""
        positions = {}
        for symbol in self.symbols:
            forced = [o.quantity for o in self.resting() if o.symbol == symbol and o.forced]
            shares = self.held.get(symbol, 0) + sum(forced)
            if shares:
                positions[symbol] = shares, self.last[symbol]
        orders = to_close(positions, self.worth(), long, short)
        if not orders:
            return
        self.calls += 1
        for order in self.resting():
            if not order.forced:
                self.withdraw(order)
        for symbol, quantity in orders:
            self.force(symbol, quantity)

    def force(
        self, symbol: str, quantity: int, kind: str = "market", penalty: Fraction | None = None
    ) -> None:
        """Send an order of the broker's: nothing checks it (S23, S27)."""
        self.orders.append(
            Order(
                len(self.orders) + 1, symbol, kind, quantity, None, None, None, False, None, self.now,
                forced=True, penalty=penalty,
            )
        )  # fmt: skip

    def pay_penalties(self) -> None:
        """Pay for the buy-ins that have filled (S27)."""
        for order in self.orders:
            if order.penalty is not None and order.status == "filled":
                assert order.price is not None
                self.cash -= order.quantity * order.price * order.penalty
                order.penalty = None

    def withdraw(self, order: Order) -> None:
        """Cancel an order: what it took of the session's flow and locates is given back (S15, S26)."""
        order.status = "canceled"
        self.parts[order.symbol].pop(order.id, None)

    def cancel(self, symbol: str) -> None:
        """Cancel a symbol's resting orders."""
        for order in self.resting():
            if order.symbol == symbol:
                self.withdraw(order)

    def close_out(self, symbol: str, price: Fraction | None) -> None:
        """Close a position at a price, without commission."""
        held = self.held.get(symbol, 0)
        if held and price is not None:
            order = Order(len(self.orders) + 1, symbol, "market", -held, None, None, None, False, None, self.now,
                          "filled", filled_at=self.now, price=price)  # fmt: skip
            self.orders.append(order)
            self.held[symbol], self.cash = 0, self.cash + held * price

    def begin_session(self, today: date) -> None:
        """Value what was held at the session before, charge the night, then look at what rests (S19)."""
        if self.row:
            before = self.rows[self.row - 1]
            for symbol in sorted(self.held):
                if self.held[symbol] < 0:
                    shares, rate = -self.held[symbol], self.lender.fee(symbol, before)
                    cost = night(shares, self.last[symbol], rate, (today - before.date()).days)
                    self.nights.append(Night(today, symbol, shares, cost))
                    self.cash -= cost
            # Several days may have passed without a session: what happened on them comes in its order (S12).
            for action in sorted((*self.splits, *self.dividends), key=lambda each: each.day):
                if not before.date() < action.day <= today:
                    continue
                if isinstance(action, Split):
                    self.split(action)
                else:
                    self.cash += self.held.get(action.symbol, 0) * action.amount
        self.number += 1
        self.count_anew()
        for symbol in self.recalls:
            self.hold_against_recalls(symbol, datetime.combine(today, time(9, 30)))
        if self.recheck == "daily":
            for symbol in dict.fromkeys(order.symbol for order in self.resting() if order.sells):
                self.look_again(symbol, datetime.combine(today, time(9, 30)))

    def count_anew(self) -> None:
        """Count what rests against the session's flow, and locate it again, on what is held now (S15, S26)."""
        self.located = {}
        for symbol in self.symbols:
            self.parts[symbol] = {}
            before = 0
            for order in self.resting():
                if order.symbol == symbol and order.sells:
                    held = self.held.get(symbol, 0)
                    self.parts[symbol][order.id] = short_part(held, before, order.sells)
                    before += order.sells
            self.locate_shares(symbol)

    def locate_shares(self, symbol: str) -> None:
        """Pay for the short parts of the session's sales, as far as they are not located yet (S26)."""
        needed, located = sum(self.parts[symbol].values()), self.located.get(symbol, 0)
        if self.locate is not None and needed > located:
            self.located[symbol] = needed
            self.cash -= max((needed - located) * self.locate[0], self.locate[1])

    def hold_against_recalls(self, symbol: str, at: datetime) -> None:
        """Recall what lenders want back, and buy in what was not returned in time (S27)."""
        buys = [order for order in self.resting() if order.symbol == symbol and order.buys]
        coming = sum(order.buys for order in buys if order.penalty is not None)
        short = max(-self.held.get(symbol, 0) - coming, 0)
        available, has_data = self.lender.answer(symbol, at)
        if not has_data or isinstance(self.lender, Flows):
            available = None
        falls_due, recalled = self.recalls[symbol].session(self.number, short, available)
        own = sum(
            order.buys
            for order in buys
            if order.penalty is None and order.kind in ("market", "market_on_open")
        )
        for shares, (_, _, where, penalty) in falls_due:
            if shares > own:
                kind = "market" if where == "open" else "market_on_close"
                self.force(symbol, shares - own, kind, penalty)
                # It can fill from the session's first bar on.
                self.orders[-1].time = at
            own = max(own - shares, 0)
        self.recalled += [(at, symbol, shares) for shares in recalled]

    def split(self, split: Split) -> None:
        """Restate what is held and what rests, with fractions in cash (S20, raw prices)."""
        symbol, ratio = split.symbol, split.ratio
        if symbol not in self.last or symbol in self.over:
            return
        self.last[symbol] /= ratio
        exact = self.held.get(symbol, 0) * ratio
        self.held[symbol] = int(exact)
        self.cash += (exact - int(exact)) * self.last[symbol]
        if symbol in self.lacks:
            known, shares = self.lacks[symbol]
            self.lacks[symbol] = known, int(shares * ratio)
        if symbol in self.recalls:
            self.recalls[symbol].split(ratio)
        for order in self.resting():
            if order.symbol != symbol:
                continue
            if not int(order.quantity * ratio):
                self.withdraw(order)
                continue
            order.quantity = int(order.quantity * ratio)
            order.limit = None if order.limit is None else order.limit / ratio
            order.stop = None if order.stop is None else order.stop / ratio
            if order.trail is not None and not order.percentage:
                order.trail /= ratio

    def look_again(self, symbol: str, at: datetime) -> None:
        """Cancel resting sells that may no longer be sold, the newest first (S5)."""
        resting = [order for order in self.resting() if order.symbol == symbol and order.sells]
        held = self.held.get(symbol, 0)
        if held >= sum(order.sells for order in resting):
            return
        available = self.ask(symbol, at)
        kept, warn = list(resting), self.on_exceed == "warn"
        if isinstance(self.lender, Flows):
            gone = self.too_many_for_flow(symbol, [order.id for order in resting], available)
        else:
            counted = self.counted(symbol, at, available)
            gone = too_many(counted, [order.sells for order in resting], available)
        for i in gone:
            order = resting[i]
            kept.remove(order)
            left, others = order.quantity if warn else 0, sum(one.sells for one in kept)
            self.refuse(
                order, at, "warned" if warn else "recheck", order.quantity, left, others, available
            )
            if not warn:
                self.withdraw(order)

    def too_many_for_flow(self, symbol: str, resting: list[int], limit: int | None) -> list[int]:
        """Return the positions in `resting` of the sales to cancel, the newest first, so that a flow holds (S5, S15)."""
        parts = dict(self.parts[symbol])
        gone = []
        for i in reversed(range(len(resting))):
            if limit is not None and sum(parts.values()) > limit and parts.get(resting[i]):
                del parts[resting[i]]
                gone.append(i)
        return gone

    def counted(self, symbol: str, at: datetime, available: int | None) -> int:
        """Return what of a position counts against what is available (S16).

        A list that lacks your own shares lacks those that were short when it was first asked about; an answer that
        comes from no list is of the moment.
        """
        held = self.held.get(symbol, 0)
        if self.own_use == "included" or available is None:
            return held
        snapshot = None if self.of_the_moment else self.lender.speaking(symbol, at)
        known = None if snapshot is None else snapshot.known
        if known is None or symbol not in self.lacks or self.lacks[symbol][0] != known:
            self.lacks[symbol] = known, max(-held, 0)
        return held + self.lacks[symbol][1]

    def ask(self, symbol: str, at: datetime) -> int | None:
        """Ask the lender, and note whether data answered."""
        available, has_data = self.lender.answer(symbol, at)
        self.answers.append(has_data)
        if isinstance(self.lender, Flows) and available is not None:
            return int(available * self.share)
        return available

    def refuse(
        self,
        order: Order,
        at: datetime,
        kind: str,
        requested: int,
        left: int,
        others: int,
        available: int | None,
    ) -> None:
        """Record what was refused."""
        held = self.held.get(order.symbol, 0)
        self.refusals.append(
            Refused(order.id, at, order.symbol, kind, requested, left, held, others, available)
        )

    def fill(self, bars: dict[str, Bar]) -> None:
        """Fill what a row's bars fill: by the orders' numbers, on the close last (S19)."""
        for last in (False, True):
            for order in self.resting():
                bar = bars.get(order.symbol)
                on_close = order.kind == "market_on_close"
                if bar is None or on_close != last or order.status != "submitted":
                    continue
                if bar.begin < order.time and not on_close:
                    continue
                found = fill_price(order, bar)
                if found is None or not self.rules_let_fill(order, bar):
                    continue
                if self.recheck == "fill" and order.sells:
                    self.look_again(order.symbol, bar.begin)
                    if order.status != "submitted":
                        continue
                self.book(order, bar, *found)

    def rules_let_fill(self, order: Order, bar: Bar) -> bool:
        """Whether the rules on short sales let an order fill; cancel it where one refuses it now (S25)."""
        held = self.held.get(order.symbol, 0)
        if order.quantity > 0 or held + order.quantity >= 0:
            return True
        if self.refused_by_rule(order, bar.begin, order.limit):
            others = self.resting_sells(order.symbol, order)
            self.refuse(order, bar.begin, "recheck", order.quantity, 0, others, None)
            self.withdraw(order)
            return False
        above = order.limit is not None and self.rules.only_above(order.symbol, bar.begin)
        return not above or bar.high > (order.limit or 0)

    def refused_by_rule(self, order: Order, at: datetime, limit: Fraction | None) -> bool:
        """Whether a rule refuses a short sale, at the last price that is known (S25)."""
        last, located = self.last.get(order.symbol), self.locate is not None
        return self.rules.refuse(order.symbol, at, order.kind, limit, last, located)

    def book(self, order: Order, bar: Bar, price: Fraction, at_open: bool) -> None:
        """Book a fill."""
        order.status, order.price = "filled", price
        order.filled_at = bar.begin if at_open and not bar.close_only else bar.end
        order.commission = self.commission(order.quantity, price)
        self.held[order.symbol] = self.held.get(order.symbol, 0) + order.quantity
        self.cash -= order.quantity * price + order.commission

    def worth(self) -> Fraction:
        """Return the account's equity at the last prices."""
        return self.cash + sum(
            shares * self.last[symbol] for symbol, shares in self.held.items() if shares
        )

    def resting_sells(self, symbol: str, other_than: Order | None = None) -> int:
        """Return the unfilled shares of the resting sells of a symbol."""
        return sum(
            one.sells for one in self.resting() if one.symbol == symbol and one is not other_than
        )

    def resting(self) -> list[Order]:
        """Return the open orders, by their numbers."""
        return [order for order in self.orders if order.status == "submitted"]

    def margin(self, changed: Order | None = None, quantity: int = 0) -> Fraction:
        """Return the margin in use, where one order has another quantity."""
        used = Fraction(0)
        for symbol in self.last:
            held, sells = self.held.get(symbol, 0), self.resting_sells(symbol, changed)
            buys = sum(
                one.buys for one in self.resting() if one.symbol == symbol and one is not changed
            )
            if changed is not None and changed.symbol == symbol:
                buys, sells = buys + max(quantity, 0), sells + max(-quantity, 0)
            used += self.initial_margin * self.last[symbol] * max(held + buys, sells - held, 0)
        return used

    def handle(self, request: Request) -> str:
        """Do what the algorithm asks for; return why it was refused, or an empty text."""
        if request.what not in ("update", "cancel"):
            return self.submit(request)
        order = self.orders[request.order - 1] if request.order <= len(self.orders) else None
        if order is None or order.status != "submitted" or order.forced:
            return "closed"
        if request.what == "cancel":
            self.withdraw(order)
            return ""
        limit = request.limit if request.limit is not None else order.limit
        quantity, why = self.accepted(
            order, request.quantity or order.quantity, order.quantity, limit
        )
        if why:
            return why
        if quantity != order.quantity:
            order.quantity = quantity
            self.count(order)
        order.limit = request.limit if request.limit is not None else order.limit
        order.stop = request.stop if request.stop is not None else order.stop
        order.trail = request.trail if request.trail is not None else order.trail
        return ""

    def submit(self, request: Request) -> str:
        """Take an order."""
        order = Order(
            len(self.orders) + 1, request.symbol, request.what, request.quantity, request.limit, request.stop,
            request.trail, request.percentage, self.last_session(request) if request.day else None, self.now, "invalid",
        )  # fmt: skip
        self.orders.append(order)
        if order.kind == "trailing_stop" and order.stop is None and order.symbol in self.last:
            order.stop = away(order, self.last[order.symbol])
        if order.symbol in self.over or order.symbol not in self.last:
            self.refuse(
                order,
                self.now,
                "submission",
                order.quantity,
                0,
                self.resting_sells(order.symbol),
                None,
            )
            return "price"
        quantity, why = self.accepted(order, order.quantity, 0, order.limit)
        if not why:
            order.status, order.quantity = "submitted", quantity
            self.count(order)
        elif why == "money":  # What was cut before stays cut.
            order.quantity = quantity
        return why

    def count(self, order: Order) -> None:
        """Count a sale that was accepted or changed against the session's flow, and locate it (S15, S26)."""
        if order.sells:
            held, others = self.held.get(order.symbol, 0), self.resting_sells(order.symbol, order)
            self.parts[order.symbol][order.id] = short_part(held, others, order.sells)
            self.locate_shares(order.symbol)

    def last_session(self, request: Request) -> date:
        """Return the first session in which a day order could fill: its last."""
        begun = request.what == "market_on_open" or (
            request.symbol in self.daily and request.what != "market_on_close"
        )
        coming = [row.date() for row in self.rows[self.row + 1 :]]
        return next((day for day in coming if not begun or day != self.now.date()), date.max)

    def accepted(
        self, order: Order, quantity: int, before: int, limit: Fraction | None
    ) -> tuple[int, str]:
        """Return the shares accepted of an order or of an update of it, and why it is refused where it is."""
        if abs(quantity) <= abs(before):
            return quantity, ""
        symbol = order.symbol
        held, others = self.held.get(symbol, 0), self.resting_sells(symbol, order)
        if quantity < 0 and held - others + quantity < 0:
            if self.refused_by_rule(order, self.now, limit):
                kind = "update" if before else "submission"
                self.refuse(order, self.now, kind, quantity, before, others, None)
                return before, "rule"
            available = self.ask(symbol, self.now)
            if isinstance(self.lender, Flows):
                used = sum(part for id, part in self.parts[symbol].items() if id != order.id)
                shares, verdict = allowed_flow(
                    -quantity, held, others, used, available, self.on_exceed, -before
                )
            else:
                counted = self.counted(symbol, self.now, available)
                shares, verdict = allowed(
                    -quantity, counted, others, available, self.on_exceed, -before
                )
            if verdict:
                self.refuse(order, self.now, verdict, quantity, -shares, others, available)
            if shares == -before:
                return before, "exceeds"
            quantity = -shares
        after = self.margin(order, quantity)
        if after > self.margin(order, before) and after > self.worth():
            kind = "update" if before else "submission"
            self.refuse(order, self.now, kind, quantity, before, others, None)
            return quantity, "money"
        return quantity, ""
