"""Random algorithms that short, cover, are refused and pay, held against the same by hand."""

from __future__ import annotations

import random
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from ..folder import LeanFolder
from .by_hand import Desk, walk
from .folders import run

DAYS = [date(2024, 1, d) for d in (4, 5, 8, 9)]  # a weekend lies between
TICKERS = {"AAA": 40.0, "BBB": 15.0}
KINDS = ("market", "market", "limit", "limit", "stop", "close", "cancel", "update")

BODY = """
ACTIONS = {actions!r}


class Drawn(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 4)
        self.set_end_date(2024, 1, 9)
        self.set_cash(1_000_000)
        self.tickets = []
        for ticker in {tickers!r}:
            security = self.add_equity(ticker, Resolution.MINUTE)
            security.set_shortable_provider(LocalDiskShortableProvider("testbrokerage"))
            security.margin_interest_rate_model = ShortMarginInterestRateModel()

    def on_data(self, data):
        kind, ticker, quantity, factor = ACTIONS.get(f"{{self.time:%d %H:%M}}", ("", "AAA", 0, 1))
        price = round(self.securities[ticker].price * factor, 2)
        rests = [t for t in self.tickets if t.symbol.value == ticker and t.order_type != OrderType.MARKET_ON_CLOSE
                 and t.status in (OrderStatus.SUBMITTED, OrderStatus.UPDATE_SUBMITTED)]
        if kind == "market":
            self.tickets.append(self.market_order(ticker, quantity))
        elif kind == "limit":
            self.tickets.append(self.limit_order(ticker, quantity, price))
        elif kind == "stop":
            self.tickets.append(self.stop_market_order(ticker, quantity, price))
        elif kind == "close":
            self.tickets.append(self.market_on_close_order(ticker, quantity))
        elif kind == "cancel" and rests:
            rests[0].cancel()
        elif kind == "update" and rests:
            rests[-1].update_quantity(quantity)
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_random_algorithm_comes_to_the_cent_that_it_comes_to_by_hand(tmp_path, seed):
    rng = random.Random(seed)
    folder, desk = LeanFolder(tmp_path / "data"), Desk({}, {})
    for ticker, price in TICKERS.items():
        folder.map_file(ticker).factor_file(ticker)
        bars = desk.bars[ticker] = {}
        for day in DAYS:
            today = walk(rng, day, price)
            minutes = [
                (f"{m // 60:02d}:{m % 60:02d}", b) for m, b in enumerate(today.values(), 570)
            ]
            folder.minute(
                ticker,
                day,
                trades=[(t, b.open, b.high, b.low, b.close, 1000) for t, b in minutes],
                quotes=[(t, b.bid, 100, b.ask, 100) for t, b in minutes],
            )
            bars |= today
        desk.lent[ticker] = {
            day: (rng.randrange(200, 900), Decimal("0.048"), Decimal(rng.randrange(0, 400)) / 1000)
            for day in DAYS[rng.randrange(2) :]
        }
        rows = [
            (day, shares, rebate * 100, fee * 100)
            for day, (shares, rebate, fee) in desk.lent[ticker].items()
        ]
        folder.shortable("testbrokerage", ticker, rows)
    actions = {}
    for day in DAYS:
        for minute in rng.sample(range(571, 944), 9):
            at = f"{day:%d} {minute // 60:02d}:{minute % 60:02d}"
            quantity = rng.randrange(1, 500) * rng.choice((-1, -1, 1))
            actions[at] = (
                rng.choice(KINDS),
                rng.choice(list(TICKERS)),
                quantity,
                rng.choice((0.995, 0.998, 1.002, 1.005)),
            )

    result = run(tmp_path, BODY.format(actions=actions, tickers=list(TICKERS)), folder)

    end = desk.run(DAYS, actions)
    ours = [
        (
            o.symbol.value,
            int(o.quantity),
            o.status.name,
            o.price if o.status.name == "FILLED" else 0,
        )
        for o in result.objects.orders
    ]
    status = {"UPDATE_SUBMITTED": "SUBMITTED"}
    assert [(t, q, status.get(s, s), pytest.approx(p)) for t, q, s, p in ours] == [
        (o.ticker, o.quantity, o.status.upper(), float(o.fill)) for o in desk.orders
    ]
    assert Decimal(result.statistics["End Equity"]) == round(end, 2)
    assert (
        result.statistics["Total Fees"] == f"${desk.fees.quantize(Decimal('0.01'), ROUND_HALF_UP)}"
    )
    paid = sum(
        s.margin_interest_rate_model.exact_amount for s in result.algorithm.securities.values()
    )
    assert paid == pytest.approx(desk.interest)
