"""The one desk: S4, S5 and S8, order by order, and the same for whole tables."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import CustomShortableProvider, FrameShortableProvider
from shortable.borrow import FeeOnMarketValue, LeanBorrowFee, NullBorrowFee, RebateOnMarketValue
from shortable.desk import (
    RefusalKind,
    ShortDesk,
    allowed_sale,
    allowed_sales,
    has_data_of,
    night_costs,
    night_rates,
)
from shortable.engine import Algorithm, Backtest
from shortable.errors import InvalidInputError
from shortable.market_data import MarketData
from shortable.provider import Pairs, as_provider
from shortable.research import constrain, constrain_weights
from shortable.rule import may_sell
from shortable.symbol import Symbol

NOW = datetime(2024, 1, 5, 16)
GME = Symbol.create("GME")

held_shares = st.integers(-500, 500)
shares = st.integers(1, 500)
availability = st.one_of(st.none(), st.integers(0, 900))
policies = st.sampled_from(["reject", "clip", "warn"])


@given(held_shares, st.integers(0, 500), shares, availability, policies)
def test_what_is_allowed_may_be_sold_and_one_more_may_not(
    held, sells, quantity, available, on_exceed
):
    desk = ShortDesk(CustomShortableProvider({"GME": available}), on_exceed=on_exceed)
    allowed = desk.allowed(GME, NOW, quantity, held, sells)
    fits = may_sell(held, sells, quantity, available)
    assert (not desk.refusals) is fits
    if fits or on_exceed == "warn":
        assert allowed == quantity
    elif on_exceed == "reject":
        assert allowed == 0
    else:
        assert 0 <= allowed < quantity
        assert allowed == 0 or may_sell(held, sells, allowed, available)
        assert not may_sell(held, sells, allowed + 1, available)


@given(
    st.lists(
        st.tuples(held_shares, st.integers(0, 500), shares, availability), min_size=1, max_size=9
    ),
    policies,
)
def test_a_table_of_orders_is_decided_as_its_orders_one_by_one(orders, on_exceed):
    held, sells, quantity, available = zip(*orders, strict=True)
    table = allowed_sales(
        held, sells, quantity, [-1 if n is None else n for n in available], on_exceed
    )
    assert table.tolist() == [allowed_sale(*order, on_exceed)[0] for order in orders]


@given(held_shares, shares, shares, availability, policies)
def test_an_update_never_takes_away_what_the_order_sells_already(
    held, quantity, floor, available, on_exceed
):
    allowed, kind = allowed_sale(held, 0, floor + quantity, available, on_exceed, floor)
    assert floor <= allowed <= floor + quantity
    assert (
        kind
        in {
            "reject": (None, RefusalKind.UPDATE),
            "clip": (None, RefusalKind.UPDATE, RefusalKind.CLIPPED),
            "warn": (None, RefusalKind.WARNED),
        }[on_exceed]
    )


@given(st.integers(-300, 300), st.lists(st.integers(1, 100), max_size=6), availability)
def test_resting_sells_are_cancelled_newest_first_until_the_rest_fits(held, sells, available):
    desk = ShortDesk(CustomShortableProvider({"GME": available}))
    cancelled = desk.excess(GME, NOW, held, list(enumerate(sells)))
    kept = [q for at, q in enumerate(sells) if at not in cancelled]
    assert sorted(cancelled) == list(range(len(kept), len(sells)))
    assert not kept or may_sell(held, 0, sum(kept), available)
    if cancelled:
        assert not may_sell(held, 0, sum(sells[: len(kept) + 1]), available)


def test_golden_charge():
    """100 x 25 x 0.36 x 3 / 360 = 7.50, Friday to Monday; the rebate convention pays 100 x 25 x 0.12 x 3 / 360 = 2.50."""
    rates = CustomShortableProvider({"GME": 1}, fee_rate={"GME": 0.36}, rebate_rate={"GME": -0.12})
    night = (GME, 100, 25.0, date(2024, 1, 5), date(2024, 1, 8))
    desk = ShortDesk(rates)
    assert desk.charge(*night) == pytest.approx(7.5)
    assert desk.total_borrow_cost == pytest.approx(7.5)
    (cost,) = desk.borrow_costs
    assert (cost.shares, cost.close, cost.rate, cost.days) == (100.0, 25.0, 0.36, 3)
    assert ShortDesk(rates, borrow_fee=RebateOnMarketValue()).charge(*night) == pytest.approx(2.5)
    assert ShortDesk(rates, borrow_fee=NullBorrowFee()).charge(*night) == 0.0


def test_an_unknown_rate_costs_nothing_and_is_told_apart_from_a_rate_of_zero():
    desk = ShortDesk(CustomShortableProvider({"GME": 1}, fee_rate={"GME": 0.0}))
    for name in ("GME", "SPY"):
        assert desk.charge(Symbol.create(name), 1, 1.0, date(2024, 1, 4), date(2024, 1, 5)) == 0.0
    assert [np.isnan(cost.rate) for cost in desk.borrow_costs] == [False, True]


class _ShortOnMonday(Algorithm):
    def initialize(self):
        self.gme = self.add_equity("GME", "daily")

    def on_data(self, data):
        if not self.portfolio.invested:
            self.market_order(self.gme, -1_000)


@pytest.mark.parametrize(
    ("model", "nights"),
    [(FeeOnMarketValue(), [36, 0, 36, 108]), (LeanBorrowFee(), [36, 0, 0, 108])],
)
def test_s8_a_night_without_a_rate_stops_leans_clock_and_not_ours(model, nights):
    """1,000 x 100.00 x 0.1296 / 360 = 36 a day: Tuesday's night 36, Wednesday's no rate, Friday's three days 108.

    Thursday's costs 36 by the default; LEAN's clock only starts again in it.
    """
    days = pd.bdate_range("2024-01-08", "2024-01-15")  # Monday to Monday
    provider = FrameShortableProvider(
        pd.DataFrame({"GME": 5_000}, index=days),
        fee_rates=pd.DataFrame({"GME": [0.1296, 0.1296, 0.0, 0.1296, 0.1296, 0.1296]}, index=days),
    )
    tuesday = [day.date() for day in days[1:]]

    desk = ShortDesk(provider, borrow_fee=model)
    for night in pairwise(tuesday):
        desk.charge(GME, 1_000, 100.0, *night)
    assert [cost.cost for cost in desk.borrow_costs] == pytest.approx(nights)

    flat = pd.DataFrame({"GME": 100.0}, index=days)
    ohlcv = pd.DataFrame(
        {"open": 100.0, "high": 100.0, "low": 100.0, "close": 100.0, "volume": 1e6}, index=days
    )
    data = MarketData.from_frames({"GME": ohlcv}, basis="raw")
    run = Backtest(_ShortOnMonday, data, provider=provider, borrow_fee=model).run()
    assert run.borrow_costs["cost"].tolist() == pytest.approx(nights)
    # The prices stand still: after the fill on Tuesday nothing else moves equity.
    assert np.ptp(run.equity["equity"].to_numpy()[1:]) == pytest.approx(sum(nights))

    targets = pd.DataFrame({"GME": -1_000}, index=days[1:])
    study = constrain(targets, provider, flat, borrow_fee=model)
    assert study.borrow_costs["cost"].tolist() == pytest.approx(nights)

    weights = pd.DataFrame({"GME": [-1.0, *[np.nan] * 4]}, index=days[1:])
    _, book = constrain_weights(weights, provider, flat.iloc[1:], nav=100_000, borrow_fee=model)
    assert book.nav.iloc[-1] == pytest.approx(100_000 - sum(nights))


@pytest.mark.parametrize("model", [FeeOnMarketValue(), RebateOnMarketValue()])
def test_a_table_of_nights_costs_what_its_nights_cost_one_by_one(model):
    provider = CustomShortableProvider(
        {"GME": 1}, fee_rate={"GME": 0.36, "SPY": 0.0}, rebate_rate={"GME": -0.12}
    )
    names = ["GME", "SPY", "AAPL"]
    pairs = Pairs.of(names, datetime(2024, 1, 5, 16))
    rates = night_rates(model, as_provider(provider), pairs)
    costs = night_costs(model, np.array([100.0, 5, 7]), np.array([25.0, 400, 180]), rates, 3)
    desk = ShortDesk(provider, borrow_fee=model)
    for name, held, close in zip(names, (100, 5, 7), (25.0, 400.0, 180.0), strict=True):
        desk.charge(Symbol.create(name), held, close, date(2024, 1, 5), date(2024, 1, 8))
    assert costs.tolist() == [cost.cost for cost in desk.borrow_costs]
    assert np.array_equal(rates, [cost.rate for cost in desk.borrow_costs], equal_nan=True)


class Silent:
    """Answers 0 for want of data, except for GME."""

    def shortable_quantity(self, symbol, local_time):
        return 0

    def has_quantity(self, symbol, local_time):
        return symbol.ticker == "GME"


def test_checks_that_met_no_data_are_counted():
    desk = ShortDesk(Silent())
    for name in ("GME", "SPY"):
        desk.allowed(Symbol.create(name), NOW, 1, 0, 0)
    assert (desk.checks, desk.checks_without_data) == (2, [(NOW, Symbol.create("SPY"))])
    assert [refusal.has_data for refusal in desk.refusals] == [True, False]
    pairs = Pairs.of(["GME", "SPY", "SPY"], NOW)
    found = has_data_of(as_provider(Silent()), pairs, np.array([0, 0, 5]))
    assert found.tolist() == [True, False, True]


def test_a_convention_must_answer_one_finite_cost_for_each_short():
    class Broken:
        rate_kind = "fee"

        def cost(self, shares, close, rate, days):
            return np.nan

    with pytest.raises(InvalidInputError, match="one finite cost"):
        ShortDesk(CustomShortableProvider({}, fee_rate={"GME": 0.1}), borrow_fee=Broken()).charge(
            GME, 1, 1.0, date(2024, 1, 4), date(2024, 1, 5)
        )


@pytest.mark.parametrize(
    ("options", "message"), [({"on_exceed": "x"}, "on_exceed"), ({"recheck": "x"}, "recheck")]
)
def test_misuse_is_named(options, message):
    with pytest.raises(InvalidInputError, match=message):
        ShortDesk(CustomShortableProvider({}), **options)


def test_allowed_sales_are_whole_shares_whatever_numbers_come_in() -> None:
    found = allowed_sales(np.array([0.0, -5.0]), 0.0, np.array([5.0, 7.0]), np.array([10, 10]))
    assert (found.tolist(), found.dtype) == ([5, 0], np.dtype(np.int64))
