"""A finished trade list against what could be borrowed."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import CustomShortableProvider, NullShortableProvider
from shortable.engine import Algorithm, Backtest, MarketData
from shortable.errors import InvalidInputError
from shortable.research import Trades, audit
from shortable.rule import may_sell

DAYS = pd.bdate_range("2024-01-02", periods=6)
NAMES = ["GME", "SPY"]

trade_lists = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from(NAMES),
        st.integers(-40, 40).filter(bool),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=25,
).map(lambda lines: sorted(lines, key=lambda line: line[0]))
lending = st.fixed_dictionaries(
    {
        name: st.lists(st.one_of(st.none(), st.integers(0, 50)), min_size=6, max_size=6)
        for name in NAMES
    }
)


def trades_of(lines):
    return Trades.of(
        DAYS[[d for d, *_ in lines]],
        [s for _, s, *_ in lines],
        [q for *_, q, _ in lines],
        [p for *_, p in lines],
    )


def provider_of(lent):
    day = {d.date(): i for i, d in enumerate(DAYS)}
    return CustomShortableProvider(lambda symbol, now: lent[symbol.ticker][day[now.date()]])


@given(trade_lists, lending)
def test_every_sale_that_stands_could_be_borrowed_and_every_refused_one_could_not(lines, lent):
    found = audit(trades_of(lines), provider_of(lent)).trades
    held = dict.fromkeys(NAMES, 0)
    for (day, name, quantity, _), line in zip(lines, found.itertuples(), strict=True):
        assert line.held == held[name]
        if quantity < 0:
            fits = may_sell(held[name], 0, -quantity, lent[name][day])
            assert line.verdict == ("ok" if fits else "refused")
            assert line.allowed == (quantity if fits else 0)
        else:
            assert 0 <= line.allowed <= quantity
        held[name] += line.allowed


@given(trade_lists)
def test_without_a_restriction_nothing_changes(lines):
    found = audit(trades_of(lines), NullShortableProvider())
    assert (found.trades["verdict"] == "ok").all()
    assert found.daily["pnl_before"].tolist() == pytest.approx(found.daily["pnl_after"].tolist())
    assert found.summary()["borrow_fee"] == 0.0


@given(trade_lists, lending)
def test_a_position_that_could_be_is_never_longer_or_shorter_on_the_other_side(lines, lent):
    """Covers of shorts that never were do not turn into longs: what is held lies between 0 and the list's own, or above it
    only as far as refused sales of a long left it there."""
    found = audit(trades_of(lines), provider_of(lent)).trades
    after = (found["held"] + found["allowed"]).to_numpy()
    listed = (found["position"] + found["quantity"]).to_numpy()
    assert (after >= listed).all()


def test_golden_profit_and_fees():
    """By hand. GME: 500 short at 20 on Tuesday, of which 300 can be had when cut; bought back at 18 on Friday."""
    days = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"])
    done = Trades.of([days[0], days[3]], "GME", [-500, 500], [20.0, 18.0], [2.5, 2.5])
    closes = pd.DataFrame({"GME": [20.0, 21.0, 19.0, 18.0]}, index=days)
    lent = CustomShortableProvider({"GME": 300}, fee_rate={"GME": 0.36})
    whole = audit(done, lent, closes)
    # The list: 500 x (20 - 18) - 5 = 995. Refused whole: nothing was traded.
    assert whole.summary()["pnl_before"] == pytest.approx(995.0)
    assert whole.summary()["pnl_after_fees"] == 0.0
    cut = audit(done, lent, closes, on_exceed="clip")
    # 300 x 2 less commissions of 2.5 x 3/5 twice = 597. Fees: 300 x (20 + 21 + 19) x 0.36 / 360 = 18.
    assert cut.trades["allowed"].tolist() == [-300, 300]
    assert cut.summary()["pnl_after"] == pytest.approx(597.0)
    assert cut.summary()["borrow_fee"] == pytest.approx(18.0)
    assert cut.summary()["pnl_after_fees"] == pytest.approx(579.0)
    # Marked on Wednesday: 500 x (20 - 21) - 2.5.
    assert cut.daily["pnl_before"].tolist() == pytest.approx([-2.5, -502.5, 497.5, 995.0])
    assert cut.summary()["shares_not_borrowable"] == 200.0
    assert cut.summary()["value_not_borrowable"] == 4000.0
    (line,) = cut.refusals.itertuples()
    assert (line.order_id, line.kind, line.requested, line.allowed) == (0, "clipped", -500, -300)
    assert cut.borrow_costs["cost"].tolist() == pytest.approx([6.0, 6.3, 5.7])
    assert cut.borrow_cost_by_symbol().iloc[0].tolist() == ["GME", 3, 900, pytest.approx(18.0)]


def test_same_verdicts_as_the_engine_on_the_same_orders():
    lent = {"GME": [100, 100, 0, 300, 10, 200], "SPY": [5, None, 0, 50, 60, 7]}
    rng = np.random.default_rng(5)
    script = {d: [(n, int(q)) for n in NAMES for q in rng.integers(-60, 0, 2)] for d in DAYS[:-1]}

    class Script(Algorithm):
        def initialize(self):
            for name in NAMES:
                self.add_equity(name).set_shortable_provider(provider_of(lent))

        def on_data(self, slice):
            for name, quantity in script.get(pd.Timestamp(self.time).normalize(), ()):
                self.market_order(name, quantity)

    bars = {n: pd.DataFrame({"close": np.full(6, 10.0)}, index=DAYS) for n in NAMES}
    orders = Backtest(Script, MarketData.from_frames(bars)).run().orders
    done = Trades.of(
        orders["time"], orders["symbol"], orders["quantity"], np.full(len(orders), 10.0)
    )
    refused = (audit(done, provider_of(lent)).trades["verdict"] == "refused").tolist()
    assert refused == [int(code) == -31 for code in orders["error_code"]]
    assert 0 < sum(refused) < len(refused)


def test_fractions_of_a_share_are_judged_as_they_are():
    done = Trades.of(DAYS[:2], "GME", [-10.5, -0.6], [5.0, 5.0])
    found = audit(done, CustomShortableProvider({"GME": 11}))
    assert found.trades["verdict"].tolist() == ["ok", "refused"]


def test_a_policy_that_answers_for_want_of_data_is_said():
    class Silent:
        def shortable_quantity(self, symbol, now):
            return 0

        def has_quantity(self, symbol, now):
            return False

    found = audit(Trades.of(DAYS[:1], "GME", [-1], [5.0]), Silent())
    assert found.summary()["shorts_without_data"] == len(found.checks_without_data) == 1


def test_trades_with_a_time_ask_at_that_time():
    asked = []
    lent = CustomShortableProvider(lambda symbol, now: asked.append(now) or 5)
    audit(Trades.of(["2024-01-02T15:31:00Z"], "GME", [-1], [5.0]), lent)
    assert asked == [datetime(2024, 1, 2, 10, 31)]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (([], [], [], []), "at least one"),
        ((DAYS[:1], ["GME"], [0], [1.0]), "quantity"),
        ((DAYS[:1], ["GME"], [1], [-1.0]), "price"),
        ((DAYS[:2], ["GME", "700.HK"], [1, 1], [1.0, 1.0]), "one market"),
        ((DAYS[:2], ["GME", None], [1, 1], [1.0, 1.0]), "trade 2"),
    ],
)
def test_misuse_is_named(columns, says):
    with pytest.raises(InvalidInputError, match=says):
        Trades.of(*columns)
