"""The engine against the slow model: S4, S5, S6 and S8 under every order of requests and bars (issue, Done when 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shortable.engine import (
    Algorithm,
    MarketData,
    OrderRequestStatus,
    OrderStatus,
    Resolution,
    TimeInForce,
    UpdateOrderFields,
)
from shortable.engine.exchange import DueOrders
from shortable.engine.run_state import RunState, Settings
from shortable.engine.simulation import Simulation
from shortable.rule import exceeds_tag
from tests.oracle.engine import Account, Bar, Order, Request
from tests.oracle.lending import Lender, allowed

from .scenario import Shares

TICKERS = ["AMC", "GME"]
COMMISSION = 0.25
# Thursday to Tuesday and on: a weekend lies in every run. Two bars a session.
DAYS = [date(2024, 1, 4) + timedelta(days=n) for n in (0, 1, 4, 5, 6, 7, 8, 11, 12, 13)]
# Quarters of a dollar are exact in binary, so that the model's sums must agree to the bit up to the first fee.
PRICE = st.integers(32, 48).map(lambda n: n / 4)
BAR_THERE = st.tuples(PRICE, PRICE, PRICE, PRICE).map(lambda p: (p[0], max(p), min(p), p[3]))
BAR = st.sampled_from([False] * 7 + [True]).flatmap(
    lambda absent: st.none() if absent else BAR_THERE
)
ROW = st.tuples(BAR, BAR)
KINDS = [
    "market",
    "limit",
    "stop_market",
    "stop_limit",
    "trailing_stop",
    "market_on_open",
    "market_on_close",
]
KIND = st.sampled_from(KINDS)
# Halves and quarters of prices are exact in binary too.
AMOUNT = st.sampled_from(
    [(0.25, False), (1.0, False), (2.5, False), (20.0, False), (0.125, True), (0.25, True)]
)
SHARES = st.integers(1, 40) | st.sampled_from([10, 20, 100, 400])


@dataclass
class Lent(Lender):
    """Lends what it is told to, at any time."""

    shares: dict[str, int | None] = field(default_factory=dict)
    fees: dict[str, Fraction] = field(default_factory=dict)

    def answer(self, symbol: str, wall: datetime) -> tuple[int | None, bool]:
        return self.shares[symbol], True

    def fee(self, symbol: str, wall: datetime) -> Fraction | None:
        return self.fees[symbol]


class Slow(Account):
    """The oracle's account, with what the machine asks about it."""

    lender: Lent

    def may_sell(self, ticker: str, shares: int, other_than: Order | None = None) -> bool:
        """Return whether S4 accepts an order to sell."""
        held, others = self.held.get(ticker, 0), self.resting_sells(ticker, other_than)
        return allowed(shares, held, others, self.lender.shares[ticker], "reject")[0] == shares

    def room(self, ticker: str, other_than: Order | None = None) -> int:
        """Return the largest order to sell that S4 accepts, found by counting down."""
        most = abs(self.held.get(ticker, 0)) + (self.lender.shares[ticker] or 0)
        return next((q for q in range(most, 0, -1) if self.may_sell(ticker, q, other_than)), 0)


class Commission:
    def get_order_fee(self, order: Any, price: float) -> float:
        return COMMISSION


class Idle(Algorithm):
    daily: tuple[str, ...] = ()

    def initialize(self) -> None:
        for ticker in TICKERS:
            resolution = Resolution.DAILY if ticker in self.daily else Resolution.HOUR
            self.add_equity(ticker, resolution).set_fee_model(Commission())


def as_data(
    rows: list[dict[str, Any]], times: list[datetime], daily: tuple[str, ...]
) -> MarketData:
    parts: list[MarketData] = []
    for ticker in TICKERS:
        at = [i for i, row in enumerate(rows) if row[ticker] is not None]
        frame = pd.DataFrame(
            [rows[i][ticker] for i in at],
            columns=["open", "high", "low", "close"],
            index=pd.DatetimeIndex([times[i] for i in at]),
            dtype=float,
        )
        resolution = Resolution.DAILY if ticker in daily else Resolution.HOUR
        parts.append(MarketData.from_frames({ticker: frame}, resolution=resolution))
    return MarketData(parts[0]._bars | parts[1]._bars, source="two sources")


def as_bars(
    rows: list[dict[str, Any]], times: list[datetime], daily: tuple[str, ...]
) -> Iterator[Bar]:
    """Yield the same bars as the model takes them."""
    for ticker in TICKERS:
        own = [(row, end) for row, end in zip(rows, times, strict=True) if row[ticker] is not None]
        for i, (row, end) in enumerate(own):
            hour = timedelta(hours=1)
            begin = end.replace(hour=9, minute=30) if ticker in daily else end - hour
            first = i == 0 or own[i - 1][1].date() != end.date()
            last = i + 1 == len(own) or own[i + 1][1].date() != end.date()
            prices = [Fraction(price) for price in row[ticker]]
            yield Bar(ticker, begin, end, *prices, first, last, False)


def as_daily(bars: list[Any], column: int) -> list[Any]:
    """Leave a ticker its second bar of each session, as if it were the day's; the other has a bar in every row."""
    whole = bars[: len(bars) // 2 * 2]
    filler = (10.0, 10.0, 10.0, 10.0)
    return [
        tuple(
            (bar if n % 2 else None) if c == column else bar or filler for c, bar in enumerate(row)
        )
        for n, row in enumerate(whole)
    ]


class Machine(RuleBasedStateMachine):
    @initialize(
        bars=st.lists(ROW, min_size=8, max_size=2 * len(DAYS)),
        cash=st.sampled_from([100_000.0, 100_000.0, 2_000.0, 100.0]),
        on_exceed=st.sampled_from(["reject", "reject", "clip", "warn"]),
        recheck=st.sampled_from(["submission", "daily", "fill"]),
        waiting=st.tuples(st.integers(1, 10), st.integers(1, 5)),
        daily=st.sampled_from([(), (), ("AMC",), ("GME",)]),
    )
    def begin(
        self,
        bars: Any,
        cash: float,
        on_exceed: Any,
        recheck: Any,
        waiting: Any,
        daily: tuple[str, ...],
    ) -> None:
        bars[-1] = tuple(
            b or (10.0, 10.0, 10.0, 10.0) for b in bars[-1]
        )  # every ticker has a bar somewhere
        bars = [row for row in bars if any(row)]
        if daily:
            bars = as_daily([*bars, bars[-1]] if len(bars) % 2 else bars, TICKERS.index(daily[0]))
        self.rows = [
            {"day": DAYS[i // 2], **dict(zip(TICKERS, row, strict=True))}
            for i, row in enumerate(bars)
        ]
        times = [
            datetime(d["day"].year, d["day"].month, d["day"].day, 12 + 4 * (i % 2))
            for i, d in enumerate(self.rows)
        ]
        lender = Lent(shares=dict.fromkeys(TICKERS), fees=dict.fromkeys(TICKERS, Fraction(0)))
        self.model = Slow(
            list(as_bars(self.rows, times, daily)),
            lender,
            Fraction(cash),
            on_exceed,
            recheck,
            frozenset(daily),
            commission=lambda quantity, price: Fraction(COMMISSION),
        )
        self.lent = {t: Shares(fee_rate=0.0) for t in TICKERS}
        self.algorithm = Idle()
        self.algorithm.daily = daily
        self.algorithm._run_state = RunState(
            Settings(
                data=as_data(self.rows, times, daily),
                cash=cash,
                on_exceed=on_exceed,
                recheck=recheck,
            )
        )
        self.simulation = simulation = Simulation(self.algorithm)
        # The model lets no order sleep; here they do, sooner and for less long than they would.
        simulation._exchange._due = DueOrders(
            self.algorithm._run_state.account,
            simulation.feed,
            patience=waiting[0],
            rows_ahead=waiting[1],
        )
        for ticker in TICKERS:
            self.algorithm.securities[ticker].set_shortable_provider(self.lent[ticker])
        self.tickets: list[Any] = []
        self.next_bar()

    def engine_state(self) -> Any:
        """Everything that a refusal may not change."""
        account, a = self.algorithm._run_state.account, self.algorithm
        return (
            a.portfolio.cash,
            a.portfolio.total_portfolio_value,
            a.portfolio.total_margin_used,
            account.commissions,
            a.portfolio.total_borrow_costs,
            {t: vars_of(a.portfolio[t]) for t in TICKERS},
            {t: (a.securities[t].open_buys, a.securities[t].open_sells) for t in TICKERS},
            [
                (
                    o.id,
                    o.quantity,
                    o.limit_price,
                    o.stop_price,
                    o.trailing_amount,
                    o.stop_triggered,
                    o.status,
                    o.tag,
                )
                for o in a.transactions.get_open_orders()
            ],
        )

    @rule(ticker=st.sampled_from(TICKERS), shares=st.none() | st.integers(0, 60) | st.just(500))
    def lend(self, ticker: str, shares: int | None) -> None:
        self.model.lender.shares[ticker] = self.lent[ticker].quantity = shares

    @precondition(lambda self: self.model.row + 1 < len(self.rows))
    @rule(ticker=st.sampled_from(TICKERS), fewer=st.integers(0, 30))
    def recall(self, ticker: str, fewer: int) -> None:
        """Less is lent than the resting sells rest on, by `fewer` shares, when the next bar comes."""
        self.lend(
            ticker,
            max(self.model.resting_sells(ticker) - self.model.held.get(ticker, 0) - fewer, 0),
        )
        self.next_bar()

    @rule(ticker=st.sampled_from(TICKERS), rate=st.sampled_from([0.0, 0.036, 1.8]))
    def charge(self, ticker: str, rate: float) -> None:
        self.model.lender.fees[ticker] = Fraction(str(rate))
        self.lent[ticker].rate = rate

    @rule(
        ticker=st.sampled_from(TICKERS),
        kind=KIND,
        shares=SHARES,
        selling=st.booleans(),
        price=PRICE,
        other=PRICE,
        amount=AMOUNT,
        own_stop=st.booleans(),
        day_only=st.booleans(),
    )
    def submit(
        self,
        ticker: str,
        kind: str,
        shares: int,
        selling: bool,
        price: float,
        other: float,
        amount: Any,
        own_stop: bool,
        day_only: bool,
    ) -> None:
        if self.model.ruined:
            return  # the algorithm is not called any more
        quantity = -shares if selling else shares
        before = self.engine_state()
        tif = TimeInForce.DAY if day_only else TimeInForce.GOOD_TIL_CANCELED
        a = self.algorithm
        prices: dict[str, Any] = {}
        if kind == "market":
            ticket = a.market_order(ticker, quantity, time_in_force=tif)
        elif kind == "limit":
            prices = {"limit": price}
            ticket = a.limit_order(ticker, quantity, price, time_in_force=tif)
        elif kind == "stop_market":
            prices = {"stop": price}
            ticket = a.stop_market_order(ticker, quantity, price, time_in_force=tif)
        elif kind == "stop_limit":
            prices = {"stop": price, "limit": other}
            ticket = a.stop_limit_order(ticker, quantity, price, other, time_in_force=tif)
        elif kind == "market_on_open":
            ticket = a.market_on_open_order(ticker, quantity, time_in_force=tif)
        elif kind == "market_on_close":
            ticket = a.market_on_close_order(ticker, quantity, time_in_force=tif)
        else:
            prices = {"amount": amount[0], "fraction": amount[1]}
            if own_stop:
                prices["stop"] = price
                ticket = a.trailing_stop_order(ticker, quantity, price, *amount, time_in_force=tif)
            else:
                ticket = a.trailing_stop_order(ticker, quantity, *amount, time_in_force=tif)
        self.tickets.append(ticket)
        why = self.model.handle(
            Request(
                self.model.now,
                kind,
                ticker,
                quantity,
                limit=exact(prices.get("limit")),
                stop=exact(prices.get("stop")),
                trail=exact(prices.get("amount")),
                percentage=prices.get("fraction", False),
                day=day_only,
            )
        )
        asked = ticket.submit_request
        assert (asked.quantity, asked.status == OrderRequestStatus.ERROR) == (
            quantity,
            bool(why),
        )
        assert (ticket.status == OrderStatus.INVALID) == (bool(why))
        if why:
            assert self.engine_state() == before
            assert (ticket.tag == exceeds_tag(ticker, quantity)) == (why == "exceeds")
            assert ticket.error_code == {"exceeds": -31, "money": -3, "price": -16}[why]
            assert ticket.order_events[-1].message == ticket.tag

    @rule(
        ticker=st.sampled_from(TICKERS),
        kind=KIND,
        more=st.integers(-1, 1),
        price=PRICE,
        other=PRICE,
        amount=AMOUNT,
        own_stop=st.booleans(),
        day_only=st.booleans(),
    )
    def sell_all_that_s4_allows(
        self,
        ticker: str,
        kind: str,
        more: int,
        price: float,
        other: float,
        amount: Any,
        own_stop: bool,
        day_only: bool,
    ) -> None:
        """And one share less, and one share more: the bound itself."""
        if self.model.room(ticker) + more > 0:
            self.submit(
                ticker,
                kind,
                self.model.room(ticker) + more,
                True,
                price,
                other,
                amount,
                own_stop,
                day_only,
            )

    @precondition(lambda self: self.model.resting())
    @rule(data=st.data(), more=st.integers(-1, 1))
    def update_to_all_that_s4_allows(self, data: Any, more: int) -> None:
        order = data.draw(st.sampled_from(self.model.resting()))
        room = self.model.room(order.symbol, order) + more
        if order.quantity < 0 and room > 0:
            self.update_to(order.id - 1, room, None, None)

    @precondition(lambda self: self.tickets)
    @rule(data=st.data(), shares=SHARES, price=st.none() | PRICE, other=st.none() | PRICE)
    def update(self, data: Any, shares: int, price: float | None, other: float | None) -> None:
        self.update_to(self.pick(data), shares, price, other)

    def pick(self, data: Any) -> int:
        """Return the index of an order, more often of an open one."""
        live = [o.id - 1 for o in self.model.resting()]
        return data.draw(
            st.sampled_from(live)
            if live and data.draw(st.integers(0, 3))
            else st.integers(0, len(self.tickets) - 1)
        )

    def update_to(self, number: int, shares: int, price: float | None, other: float | None) -> None:
        """Change the quantity, and of what the order's kind has the stop to `price`, the limit or amount to `other`."""
        if self.model.ruined:
            return
        ticket, order = self.tickets[number], self.model.orders[number]
        quantity = shares if order.quantity > 0 else -shares
        prices: dict[str, Any] = {}
        if price is not None and order.kind in ("stop_market", "stop_limit", "trailing_stop"):
            prices["stop"] = price
        if other is not None and order.kind in ("limit", "stop_limit"):
            prices["limit"] = other
        if other is not None and order.kind == "trailing_stop":
            prices["amount"] = other / 16 if order.percentage else other / 8
        names = {"stop": "stop_price", "limit": "limit_price", "amount": "trailing_amount"}
        fields = {"quantity": quantity, **{names[name]: value for name, value in prices.items()}}
        sent = ticket.submit_request
        before = self.engine_state()
        answer = ticket.update(UpdateOrderFields(**fields))
        refused = self.model.handle(
            Request(
                self.model.now,
                "update",
                "",
                quantity,
                limit=exact(prices.get("limit")),
                stop=exact(prices.get("stop")),
                trail=exact(prices.get("amount")),
                order=order.id,
            )
        )
        assert (ticket.submit_request, ticket.update_requests[-1].response) == (sent, answer)
        assert answer.error_code == {"": 0, "exceeds": -31, "money": -3, "closed": -9}[refused]
        if refused:
            assert self.engine_state() == before

    @precondition(lambda self: self.tickets)
    @rule(data=st.data())
    def cancel(self, data: Any) -> None:
        if self.model.ruined:
            return
        number = self.pick(data)
        before = self.engine_state()
        answer = self.tickets[number].cancel()
        refused = self.model.handle(Request(self.model.now, "cancel", order=number + 1))
        assert answer.is_error == bool(refused)
        if refused:
            assert self.engine_state() == before

    @precondition(lambda self: self.model.row + 1 < len(self.rows))
    @rule()
    def next_bar(self) -> None:
        self.simulation.step()
        self.model.step()

    @invariant()
    def the_same_account(self) -> None:
        if not hasattr(self, "model"):
            return
        a, model = self.algorithm, self.model
        assert {t: a.portfolio[t].quantity for t in TICKERS} == {
            t: model.held.get(t, 0) for t in TICKERS
        }
        paid = sum(night.cost for night in model.nights)
        assert a.portfolio.cash == pytest.approx(float(model.cash), abs=1e-9)
        assert a.portfolio.total_borrow_costs == pytest.approx(float(paid), abs=1e-9)
        assert a.portfolio.total_portfolio_value == pytest.approx(float(model.worth()), abs=1e-8)
        assert a.portfolio.total_margin_used == pytest.approx(float(model.margin()), abs=1e-8)
        resting = [
            (o.id, o.quantity, o.limit_price, o.stop_price, o.stop_triggered)
            for o in a.transactions.get_open_orders()
        ]
        assert resting == [
            (o.id, o.quantity, o.limit, o.stop, o.triggered) for o in model.resting()
        ]
        for ticket, order in zip(self.tickets, model.orders, strict=not model.ruined):
            assert STATUS[ticket.status] == order.status
        for refused in model.refusals:
            if refused.kind == "recheck":
                ticket = self.tickets[refused.order - 1]
                assert ticket.tag == exceeds_tag(ticket.symbol, ticket.quantity)
        for ticker in TICKERS:
            assert a.securities[ticker].open_sells == model.resting_sells(ticker)
            assert a.shortable(ticker) == model.may_sell(ticker, 1)


STATUS = {
    OrderStatus.SUBMITTED: "submitted",
    OrderStatus.UPDATE_SUBMITTED: "submitted",
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELED: "canceled",
    OrderStatus.INVALID: "invalid",
}


def exact(price: float | None) -> Fraction | None:
    return None if price is None else Fraction(price)


def vars_of(holding: Any) -> tuple[Any, ...]:
    return holding.quantity, holding.average_price, holding.profit, holding.total_fees


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=100, stateful_step_count=60)
