"""Every host that is installed against the slow model: random orders at the close, which fill at the next open (S4, S5, S8, S15)."""

from __future__ import annotations

import random
import warnings
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from shortable.calendars import session_after
from shortable.errors import RateUnitWarning
from shortable.testing.hosts.names import HOSTS
from shortable.testing.workload import Workload
from tests.hosts import host_named
from tests.oracle.engine import Account, Bar, Request
from tests.oracle.lending import Lender
from tests.oracle.shorting import Flows
from tests.oracle.streams import TICKERS, Asked, lending

pytestmark = pytest.mark.slow

SESSIONS, STREAMS = 22, 30


@dataclass(frozen=True, slots=True)
class RandomOrders(Workload):
    """Sells of any size, and covers of all that is short."""

    script: tuple[tuple[tuple[int, ...], ...], ...] = ()
    """By session and column: shares to sell, each an order; (0,) covers."""

    def orders(self, session: int, column: int, held: int) -> list[int]:
        """Return the signed shares that a symbol orders at the close of a session."""
        wanted = self.script[session][column]
        if wanted == (0,):
            return [-held] if held < 0 else []
        return [-shares for shares in wanted]


@dataclass
class AskedAtTheOpen(Lender):
    """Whose availability is looked up at the session's open."""

    lender: Any = None

    def answer(self, symbol: str, wall: datetime) -> tuple[int | None, bool]:
        """Return what it was at the open."""
        answer: tuple[int | None, bool] = self.lender.answer(
            symbol, datetime.combine(wall.date(), time(9, 30))
        )
        return answer

    def fee(self, symbol: str, wall: datetime) -> Fraction | None:
        """Return the rate known at the close (S8)."""
        rate: Fraction | None = self.lender.fee(symbol, wall)
        return rate


def make(seed: int) -> tuple[RandomOrders, Lender]:
    """Return the workload of a seed, and who lends."""
    rng = random.Random(seed)
    days = [session_after(date(2024, rng.choice((1, 2, 5)), rng.randint(1, 20)))]
    while len(days) < SESSIONS:
        days.append(session_after(days[-1]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RateUnitWarning)  # 90 % a year is meant
        lender, provider = lending(rng, days, TICKERS)
    choices = ((), (), (0,), (10,), (20, 10), (50, 50), (100, 20), (5, 200))
    script = [tuple(rng.choice(choices) for _ in TICKERS) for _ in days[:-1]] + [
        ((),) * len(TICKERS)
    ]
    opens, closes = (
        np.array([[rng.randint(500, 2_000) / 100 for _ in TICKERS] for _ in days]) for _ in "oc"
    )
    look_up = rng.choice(("open", "close"))
    work = RandomOrders(
        "custom", days, list(TICKERS), opens, closes, provider, look_up, script=tuple(script)
    )
    return work, lender if look_up == "close" else AskedAtTheOpen(lender=lender)


def make_flow(seed: int, *, every_session: bool) -> tuple[RandomOrders, Lender]:
    """Return the workload of a seed under a daily flow, and who limits it; sales in every session, or in every other one."""
    work, lender = make(seed)
    rng = random.Random(-seed - 1)
    lender = getattr(lender, "lender", lender) or lender
    limits = {
        (t, day): rng.choice((0, 10, 30, 50, 100, 205)) for t in TICKERS for day in work.sessions
    }
    flows = Flows(lender.snapshots, lender.rates, missing=lender.missing, max_age=lender.max_age, lag=lender.lag, limits=limits)  # fmt: skip
    script = tuple(
        orders if every_session or row % 2 == 0 else tuple(o if o == (0,) else () for o in orders)
        for row, orders in enumerate(work.script)
    )
    return replace(work, provider=Asked(flows), script=script), flows


def expected(work: RandomOrders, lender: Lender) -> Account:
    """Run the workload on the model."""
    bars = []
    for row, day in enumerate(work.sessions):
        begin, end = datetime.combine(day, time(9, 30)), datetime.combine(day, time(16))
        for column, ticker in enumerate(work.tickers):
            first, last = (
                Fraction(round(p[row, column] * 100), 100) for p in (work.opens, work.closes)
            )
            bars.append(
                Bar(
                    ticker,
                    begin,
                    end,
                    first,
                    max(first, last),
                    min(first, last),
                    last,
                    True,
                    True,
                    False,
                )
            )
    free = {"initial_margin": Fraction(0), "commission": lambda quantity, price: Fraction(0)}
    account = Account(bars, lender, Fraction(10**9), daily=frozenset(TICKERS), **free)
    for row in range(len(work.sessions)):
        account.step()
        for column, ticker in enumerate(work.tickers):
            for quantity in work.orders(row, column, account.held.get(ticker, 0)):
                account.handle(Request(account.now, "market", ticker, quantity))
    return account


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTS)
def test_a_host_refuses_and_charges_what_the_slow_model_does(name: str) -> None:
    host = host_named(name)
    # Those that fill at once send in the next bar what is decided at a close: an order never rests over night.
    rests = name not in ("vectorbt", "bt", "nautilus")
    for seed in range(STREAMS):
        work, lender = make_flow(seed, every_session=rests) if seed % 3 == 2 else make(seed)
        found, model = host.run(work), expected(work, lender)
        refused = sorted((r.time.date(), r.symbol, r.requested) for r in model.refusals)
        where = f"{name}, seed {seed}, looked up at the {work.look_up}"
        assert sorted(found.refused) == refused, where
        assert found.orders == len(model.orders), where
        assert found.filled == sum(order.status == "filled" for order in model.orders), where
        assert found.total_fee == pytest.approx(
            float(sum(n.cost for n in model.nights)), abs=0.005
        ), where
