"""S25, S26, S27: rules on short sales, locates, recalls and buy-ins in the engine, by hand and against the account's books."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import FrameShortableProvider, Symbol
from shortable.actions import Split
from shortable.borrow import LocateFee, NullLocate
from shortable.engine import (
    Backtest,
    MarketData,
    NullFeeModel,
    NullMaintenance,
    OrderStatus,
    Resolution,
    UpdateOrderFields,
)
from shortable.errors import InvalidInputError
from shortable.examples.fade_the_pump import FadeThePump
from shortable.orders import OrderResponseErrorCode
from shortable.recall import (
    ForcedCovers,
    LentPosition,
    NullRecall,
    RecallHazard,
    RecallModel,
    RecallOnShortfall,
    RecallTerms,
)
from shortable.restrictions import (
    ListedDays,
    NullRestriction,
    Rule201,
    ShortSaleBan,
    ThresholdSecurities,
    TickRule,
)
from shortable.symbol import Market
from tests.engine.scenario import Scripted, bars, flat, play

DAYS = pd.bdate_range("2024-01-02", periods=12)


def pool(*shares: float | None, fee: float = 0.0) -> FrameShortableProvider:
    """What can be borrowed of GME, one snapshot a session, known from midnight."""
    index = DAYS[: len(shares)]
    return FrameShortableProvider(
        pd.DataFrame({"GME": list(shares)}, index=index),
        pd.DataFrame({"GME": [fee] * len(shares)}, index=index),
        max_age=timedelta(hours=23),
    )


class Hears(Scripted):
    """Keeps what it is told; may cover a recall."""

    cover = False

    def initialize(self) -> None:
        super().initialize()
        self.heard: list[tuple[str, Any]] = []

    def on_borrow_recalled(self, recalls: Any) -> None:
        self.heard += [("recalled", one.shares) for one in recalls]
        if self.cover:
            for one in recalls:
                self.market_order(one.symbol, one.shares)

    def on_buy_in(self, buy_ins: Any) -> None:
        self.heard += [("bought in", one.shares, one.price, one.penalty) for one in buy_ins]


class Covers(Hears):
    cover = True


def short(shares: int, symbol: str = "GME") -> Any:
    return lambda a: a.market_order(symbol, -shares)


def check_books(result: Any) -> None:
    """S24: the rows of every session sum to the change of the equity, and borrows to the attribution of shorts."""
    equity = result.equity["equity"].to_numpy()
    changes = np.diff(equity, prepend=result.summary()["start_equity"])
    by_day = result.attribution.groupby("date")["total"].sum()
    by_day = by_day.reindex(pd.DatetimeIndex(result.equity.index), fill_value=0.0).to_numpy()
    np.testing.assert_allclose(by_day, changes, atol=1e-6)


PRICES = {"GME": [10.0, 10.0, 11.0, 12.0, 13.0, 14.0]}


def test_s27_a_recall_is_bought_in_at_the_open_when_it_falls_due() -> None:
    # Sent on day 0, filled at day 1's open: 500 short. Of 300 left on day 2, 200 are recalled; due two sessions later, on day
    # 4 at its open of 13.00, with a penalty of 2 %: 200 x 13 x 0.02 = 52.00.
    result = play(
        bars(PRICES),
        {0: short(500)},
        kind=Hears,
        provider=pool(500, 500, 300, 300, 300, 300),
        recall=RecallOnShortfall(1, RecallTerms(due_after=2, penalty=0.02)),
    )
    assert result.algorithm.heard == [("recalled", 200), ("bought in", 200, 13.0, 52.0)]
    assert result.algorithm.portfolio["GME"].quantity == -300
    buy_in = result.algorithm.transactions.get_orders()[-1]
    assert (buy_in.quantity, buy_in.fill_price) == (200, 13.0)
    assert buy_in.tag == "Bought in: 200 recalled shares of GME were not returned in time"
    assert result.borrow_events["event"].tolist() == ["opened", "recalled", "covered in part"]
    assert result.borrow_events["shares"].tolist() == [500, 200, -200]
    assert result.attribution["buy_in_penalty"].sum() == pytest.approx(-52.0)
    # 500 sold at 10, 200 bought at 13, 300 worth 14 at the end: 5,000 - 2,600 - 4,200 - 52 = -1,852.
    assert result.summary()["net_profit"] == pytest.approx(-1852.0)
    assert "RecallOnShortfall" in result.summary()["recall"]
    check_books(result)


def test_s27_a_cover_in_time_escapes_the_buy_in_and_ends_the_borrow_as_recalled() -> None:
    result = play(
        bars(PRICES),
        {0: short(500)},
        kind=Covers,
        provider=pool(500, 500, 0, 0, 0, 0),
        recall=RecallOnShortfall(1, RecallTerms(due_after=2, penalty=0.02)),
    )
    assert result.algorithm.heard == [("recalled", 500)]
    assert result.borrows["end"].tolist() == ["recalled"]
    assert result.algorithm.portfolio["GME"].quantity == 0
    check_books(result)


def test_s27_a_cover_that_rests_on_the_day_it_is_due_counts_before_the_buy_in() -> None:
    # The cover is sent on day 3 and fills at day 4's open, where the recall falls due: nothing is left to buy in.
    result = play(
        bars(PRICES),
        {0: short(500), 3: lambda a: a.market_order("GME", 200)},
        kind=Hears,
        provider=pool(500, 500, 300, 300, 300, 300),
        recall=RecallOnShortfall(1, RecallTerms(due_after=2)),
    )
    assert result.algorithm.heard == [("recalled", 200)]
    assert result.algorithm.portfolio["GME"].quantity == -300


def test_s27_at_the_close_of_a_whole_borrow() -> None:
    closes = {"GME": [(10, 10, 10, 10)] * 3 + [(10, 15, 10, 15)] * 3}
    result = play(
        bars(closes),
        {0: short(500)},
        kind=Hears,
        provider=pool(500, 500, 0, 0, 0, 0),
        recall=RecallOnShortfall(1, RecallTerms(due_after=1, at="close")),
    )
    assert result.algorithm.heard == [("recalled", 500), ("bought in", 500, 15.0, 0.0)]
    assert result.borrows["end"].tolist() == ["bought in"]
    check_books(result)


def test_s27_a_session_without_data_recalls_nothing() -> None:
    result = play(
        bars(PRICES),
        {0: short(500)},
        kind=Hears,
        provider=pool(500, 500),  # nothing is known from day 2 on
        recall=RecallOnShortfall(1),
    )
    assert result.algorithm.heard == []


def test_s27_a_split_restates_what_is_recalled() -> None:
    # 200 are recalled on day 2; a split 2:1 on day 3 makes them 400, bought in on day 4 at the halved price.
    raw = {"GME": [10.0, 10.0, 10.0, 5.0, 5.0, 5.0]}
    actions = [Split(Symbol.create("GME"), DAYS[3].date(), 2, 1)]
    result = play(
        bars(raw, basis="raw"),
        {0: short(500)},
        kind=Hears,
        provider=pool(500, 500, 300, 600, 600, 600),
        recall=RecallOnShortfall(1, RecallTerms(due_after=2)),
        actions=actions,
    )
    assert result.algorithm.heard == [("recalled", 200), ("bought in", 400, 5.0, 0.0)]
    assert result.algorithm.portfolio["GME"].quantity == -600
    check_books(result)


LONGER = {"GME": [10.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0]}


def test_s27_two_models_in_one_run_worked_out_by_hand() -> None:
    # 500 sold at day 1's open, 10.00; 300 left from day 2 on: 200 are missing, due four sessions later, at day 6's close,
    # with 1 %. Day 4 is the last day of a forced cover, known on day 3: the other 300. 100 covered at day 4's open, 13.00,
    # are of these, whose buy-in comes first: 200 are bought in at day 5's open of 14.00 with 5 %: 200 x 14 x 0.05 = 140.00.
    # The other 200 at day 6's close of 15.00: 200 x 15 x 0.01 = 30.00.
    covers = pd.DataFrame({"symbol": ["GME"], "date": [DAYS[4].date()], "until": [DAYS[7].date()]})
    result = play(
        bars(LONGER),
        {0: short(500), 3: lambda a: a.market_order("GME", 100)},
        kind=Hears,
        provider=pool(500, 500, 300, 300, 300, 300, 300, 300),
        recall=RecallOnShortfall(1, RecallTerms(4, "close", 0.01))
        | ForcedCovers(covers, ["GME"], notice=1, penalty=0.05),
    )
    assert result.algorithm.heard == [
        ("recalled", 200),
        ("recalled", 300),
        ("bought in", 200, 14.0, 140.0),
        ("bought in", 200, 15.0, 30.0),
    ]
    assert result.orders["tag"].tolist()[2:] == [
        f"Bought in: 200 recalled shares of GME were not returned by {DAYS[4].date()}",
        "Bought in: 200 recalled shares of GME were not returned in time",
    ]
    assert result.borrows["end"].tolist() == ["bought in"]
    # 5,000 - 100 x 13 - 200 x 14 - 200 x 15 - 170 = -2,270
    assert result.summary()["net_profit"] == pytest.approx(-2270.0)
    assert "RecallOnShortfall" in result.summary()["recall"]
    assert "ForcedCovers(1 dates, 1 positions)" in result.summary()["recall"]
    check_books(result)


class Wants(RecallModel):
    """Recalls 100 shares on one day."""

    def __init__(self, day: int, terms: RecallTerms) -> None:
        self.day, self._terms = DAYS[day].date(), terms

    @property
    def terms(self) -> RecallTerms:
        return self._terms

    def recalled(self, position: LentPosition) -> float:
        return 100.0 if position.session == self.day else 0.0


def test_s27_an_own_cover_counts_once_against_the_buy_ins_of_two_models() -> None:
    # 100 recalled on day 2 and 100 on day 3, both due on day 4. 150 that rest since day 3 fill at day 4's open: of the
    # second hundred 50 are left, with 2 % of 13.00: 13.00.
    result = play(
        bars(PRICES),
        {0: short(500), 3: lambda a: a.market_order("GME", 150)},
        kind=Hears,
        recall=Wants(2, RecallTerms(2, penalty=0.01)) | Wants(3, RecallTerms(1, penalty=0.02)),
    )
    assert result.algorithm.heard == [
        ("recalled", 100),
        ("recalled", 100),
        ("bought in", 50, 13.0, 13.0),
    ]
    assert result.algorithm.portfolio["GME"].quantity == -300


BAN = ShortSaleBan([(DAYS[1].date(), DAYS[2].date())], ["GME"], name="made up")
BY_RULE = OrderResponseErrorCode.BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER


def test_s25_a_ban_refuses_new_shorts_and_cancels_those_that_would_fill() -> None:
    result = play(
        flat(6, "GME"),
        {
            0: short(10),  # would fill on day 1, which is banned
            1: short(20),  # refused
            2: lambda a: a.market_order("GME", 50),  # a purchase is free
            3: short(30),  # sells the long: free as well
            4: short(40),  # 20 are covered by the long, 20 short; the ban is over
        },
        restriction=BAN,
    )
    orders = result.algorithm.transactions.get_orders()
    assert [o.status for o in orders] == [
        OrderStatus.CANCELED,
        OrderStatus.INVALID,
        OrderStatus.FILLED,
        OrderStatus.FILLED,
        OrderStatus.FILLED,
    ]
    tag = f"Short sale of GME refused: banned (made up), {DAYS[1].date()} to {DAYS[2].date()}"
    assert [o.tag for o in orders[:2]] == [tag, tag]
    assert [o.error_code for o in orders[:2]] == [BY_RULE, BY_RULE]
    assert result.refusals["kind"].map(str).tolist() == ["recheck", "submission"]
    assert result.algorithm.portfolio["GME"].quantity == -20


def test_s25_under_rule_201_a_limit_fills_only_above_its_limit() -> None:
    # Triggered on day 0 (a low of 9 after 10): in force on day 1. Day 1 touches 12.00 and day 2 goes above it.
    data = bars({"GME": [(10, 10, 10, 10), (11, 12, 11, 11), (11, 13, 11, 11)]})
    rule = Rule201([("GME", DAYS[0].date(), None)])
    steps = {0: lambda a: a.limit_order("GME", -10, 12.0)}
    free, bound = play(data, steps), play(data, steps, restriction=rule)
    filled = [r.fills["time"].dt.date.tolist() for r in (free, bound)]
    assert filled == [[DAYS[1].date()], [DAYS[2].date()]]
    # With the trigger's time known it holds on the day itself, from then on.
    now = Rule201([("GME", DAYS[0].date(), time(15))])
    refused = play(data, {0: short(10)}, restriction=now).refusals
    assert refused["tag"].tolist() == [
        f"Short sale of GME refused: rule 201 is in force until {DAYS[1].date()}; a limit order may be sent"
    ]


def test_s25_an_update_that_enlarges_a_short_is_held_against_the_rules() -> None:
    def grow(algorithm: Any) -> Any:
        (ticket,) = algorithm.transactions.get_open_order_tickets()
        return ticket.update_quantity(-20)

    result = play(
        flat(3, "GME"), {0: lambda a: a.limit_order("GME", -10, 99.0), 1: grow}, restriction=BAN
    )
    response = result.algorithm.returned[1]
    assert response.error_code is BY_RULE
    assert result.algorithm.transactions.get_orders()[0].quantity == -10


def test_s25_a_fill_is_held_against_the_last_price_before_its_bar() -> None:
    # The limit of 11.00 lies above the last price of 10.00 when it is sent and when the bar begins. That the bar closes at
    # 13.00 nobody knew by then.
    data = bars({"GME": [(10, 10, 10, 10), (10, 14, 10, 13), (13, 13, 13, 13)]})
    steps = {0: lambda a: a.limit_order("GME", -10, 11.0)}
    result = play(data, steps, restriction=TickRule(Market.USA))
    assert result.fills["price"].tolist() == [11.0]


def test_s25_after_a_split_the_last_price_is_one_of_the_new_shares() -> None:
    # 2 for 1 on day 1: the limit of 12.00 becomes 6.00, above the last price of 10.00, which is 5.00 now.
    data = bars({"GME": [10.0, (5, 7, 5, 5)]}, basis="raw")
    actions = [Split(Symbol.create("GME"), DAYS[1].date(), 2, 1)]
    steps = {0: lambda a: a.limit_order("GME", -10, 12.0)}
    result = play(data, steps, restriction=TickRule(Market.USA), actions=actions)
    assert result.fills[["quantity", "price"]].values.tolist() == [[-20, 6.0]]


def test_s25_an_update_is_held_against_the_rules_with_the_limit_that_it_brings() -> None:
    def grow(limit: float) -> Any:
        def update(algorithm: Any) -> Any:
            (ticket,) = algorithm.transactions.get_open_order_tickets()
            return ticket.update(UpdateOrderFields(quantity=-20, limit_price=limit)).is_success

        return update

    # The last price is 10.00, the order's limit 12.00.
    steps = {0: lambda a: a.limit_order("GME", -10, 12.0), 1: grow(9.5), 2: grow(10.5)}
    result = play(flat(4, "GME"), steps, restriction=TickRule(Market.USA))
    assert (result.algorithm.returned[1], result.algorithm.returned[2]) == (False, True)


def test_s27_beside_minutes_of_another_a_daily_security_is_bought_in_at_the_open() -> None:
    minutes = pd.DatetimeIndex([d + pd.Timedelta(f"{m}min") for d in DAYS[:5] for m in (571, 572)])
    frames = {
        "GME": pd.DataFrame({"close": [10.0, 11.0] * 5}, minutes),
        "AMC": pd.DataFrame({k: [10.0, 11.0, 12.0, 13.0, 14.0] for k in ("open", "high", "low", "close")}, DAYS[:5]),
    }  # fmt: skip

    class Both(Hears):
        def initialize(self) -> None:
            self.heard = []
            self.add_equity("GME", Resolution.MINUTE).set_fee_model(NullFeeModel())
            self.add_equity("AMC", Resolution.DAILY).set_fee_model(NullFeeModel())

    # Both are short since day 1; all of it is recalled on day 2 and due on day 3: AMC's daily bar opens at 13.00 then.
    lent = pd.DataFrame({t: [500, 500, 0, 0, 0] for t in frames}, DAYS[:5])
    result = play(
        MarketData.from_frames(frames),
        {2: lambda a: (a.market_order("GME", -5), a.market_order("AMC", -7))},
        kind=Both,
        provider=FrameShortableProvider(lent),
        recall=RecallOnShortfall(1, RecallTerms(due_after=1)),
    )
    bought = result.fills[result.fills["quantity"] > 0]
    opened = DAYS[3] + pd.Timedelta("9h30min")
    assert bought[["symbol", "price"]].values.tolist() == [["GME", 10.0], ["AMC", 13.0]]
    assert bought["time"].tolist() == [opened + pd.Timedelta("1min"), opened]
    assert set(result.orders.query("quantity > 0")["time"]) == {opened}


def test_s27_a_buy_in_that_rests_for_want_of_a_bar_is_not_recalled_again() -> None:
    # All 500 are recalled on day 2 and bought in on day 3, on which GME has no bar; the order fills on day 5.
    prices = {"GME": [10.0, 10.0, 10.0, None, None, 12.0, 12.0], "SPY": [1.0] * 7}
    result = play(
        bars(prices),
        {0: short(500)},
        kind=Hears,
        provider=pool(500, 500, 0, 0, 0, 0, 0),
        recall=RecallOnShortfall(1, RecallTerms(due_after=1)),
    )
    assert result.algorithm.heard == [("recalled", 500), ("bought in", 500, 12.0, 0.0)]
    assert result.algorithm.portfolio["GME"].quantity == 0


def test_s26_what_rests_over_night_is_located_at_the_last_price_before_the_session() -> None:
    class OnePercent:
        def fee(self, symbol: Any, shares: float, price: float) -> float:
            return shares * price / 100

    # 100 rest: located at 10.00 on day 0, and before day 1's bar, whose close is 20.00, at 10.00 again.
    result = play(
        bars({"GME": [10.0, (10, 20, 10, 20)]}),
        {0: lambda a: a.limit_order("GME", -100, 99.0)},
        locate=OnePercent(),
    )
    assert result.attribution.groupby("date")["locate_fee"].sum().tolist() == [-10.0, -10.0]


def test_s26_locates_are_paid_for_the_day_and_again_over_night() -> None:
    # Day 0: 300 rest (3.00), then 200 more (2.00); the first is cancelled and 100 are sent: located already.
    # Day 1: 300 rest over night and are located again: 3.00. Day 2: again, 3.00.
    def first(algorithm: Any) -> None:
        ticket = algorithm.limit_order("GME", -300, 99.0)
        algorithm.limit_order("GME", -200, 99.0)
        ticket.cancel()
        algorithm.limit_order("GME", -100, 99.0)

    result = play(flat(3, "GME"), {0: first}, locate=LocateFee(0.01))
    fees = result.attribution.groupby("date")["locate_fee"].sum()
    assert fees.tolist() == pytest.approx([-5.0, -3.0, -3.0])
    check_books(result)


def test_s26_a_locate_lets_a_threshold_security_be_sold() -> None:
    days = ListedDays(
        pd.DataFrame({"symbol": ["*", "GME"], "date": [DAYS[0].date()] * 2, "until": [None] * 2})
    )
    rule = ThresholdSecurities(days)
    refused = play(flat(3, "GME"), {0: short(10)}, restriction=rule)
    assert refused.refusals["tag"].tolist() == [
        "Short sale of GME refused: Regulation SHO threshold security without a locate"
    ]
    located = play(flat(3, "GME"), {0: short(10)}, restriction=rule, locate=LocateFee(0.01))
    assert located.algorithm.portfolio["GME"].quantity == -10


def frames(result: Any) -> dict[str, Any]:
    names = (
        "orders",
        "fills",
        "refusals",
        "equity",
        "borrow_costs",
        "attribution",
        "borrows",
        "borrow_events",
    )
    return {name: result.table(name) for name in names}


def test_with_every_null_the_result_is_the_plain_engine_s_to_the_last_bit() -> None:
    data = MarketData.sample()
    plain = Backtest(FadeThePump, data).run()
    nulls = Backtest(
        FadeThePump,
        data,
        restriction=NullRestriction(),
        locate=NullLocate(),
        recall=NullRecall(),
        maintenance=NullMaintenance(),
    ).run()
    # Models that are asked and never act change nothing either, but for what the result says is in force.
    silent = Backtest(
        FadeThePump,
        data,
        restriction=ShortSaleBan([(date(1990, 1, 1), date(1990, 1, 2))], ["ZZZZ"]),
        locate=LocateFee(0.0),
        recall=RecallHazard(1, recalled_share=0.0) | NullRecall(),
    ).run()
    # As does a table of forced covers, where no position is declared to be bound by it.
    listed = pd.DataFrame({"symbol": data.symbols()[:3], "date": "2000-01-03", "until": None})
    undeclared = Backtest(FadeThePump, data, recall=ForcedCovers(listed, positions=[])).run()
    for other in (nulls, silent, undeclared):
        for name, table in frames(plain).items():
            pd.testing.assert_frame_equal(table, frames(other)[name], check_exact=True)
    assert dict(plain.summary()) == dict(nulls.summary())
    assert set(silent.summary()) - set(plain.summary()) == {"restriction", "locate", "recall"}


def test_without_limits_sets_them_aside() -> None:
    backtest = Backtest(FadeThePump, MarketData.sample(), locate=LocateFee(1.0), restriction=BAN)
    assert backtest.without_limits().run().attribution["locate_fee"].sum() == 0


def test_what_is_no_model_is_refused_by_name() -> None:
    data = MarketData.sample()
    for wrong, words in (
        ({"restriction": ShortSaleBan}, "restriction"),
        ({"locate": 0.01}, "locate=0.01"),
        ({"recall": "never"}, "recall='never'"),
        ({"recall": RecallOnShortfall(own_use="excluded")}, "own_use='included'"),
    ):
        with pytest.raises(InvalidInputError, match=words):
            Backtest(FadeThePump, data, **wrong)
    Backtest(FadeThePump, data, own_use="excluded", recall=RecallOnShortfall(own_use="excluded"))


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(-60, 60), min_size=8, max_size=8),
    st.lists(st.none() | st.integers(0, 80), min_size=8, max_size=8),
    st.lists(st.floats(5, 20), min_size=8, max_size=8),
    st.sampled_from(
        [
            NullRecall(),
            RecallOnShortfall(1, RecallTerms(1, "open", 0.05)),
            RecallOnShortfall(2, RecallTerms(2, "close")),
            RecallHazard(3),
            RecallOnShortfall(2, RecallTerms(1, "close", 0.02)) | RecallHazard(3),
        ]
    ),
    st.sampled_from([NullLocate(), LocateFee(0.03)]),
    st.sampled_from([NullRestriction(), BAN, Rule201([("GME", DAYS[2].date(), None)])]),
)
def test_s24_attribution_sums_under_every_combination_of_models(
    targets, shares, prices, recall, locate, restriction
) -> None:
    def trade(algorithm: Any, target: int) -> None:
        order = target - algorithm.portfolio["GME"].quantity
        if order:
            algorithm.market_order("GME", order)

    result = play(
        bars({"GME": prices}),
        {day: lambda a, t=t: trade(a, t) for day, t in enumerate(targets)},
        fees=True,
        provider=pool(*shares, fee=0.5),
        recall=recall,
        locate=locate,
        restriction=restriction,
    )
    check_books(result)
    # A refused order changes nothing: what is held is what filled.
    fills = result.fills["quantity"].sum() if len(result.fills) else 0
    assert result.algorithm.portfolio["GME"].quantity == fills


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(-60, 60), min_size=8, max_size=8),
    st.lists(st.integers(0, 80), min_size=8, max_size=8),
    st.lists(st.floats(5, 20), min_size=8, max_size=8),
    st.lists(
        st.tuples(
            st.integers(0, 7),
            st.sampled_from(["borrow", "margin", "ban", "update", "pair"]),
            st.booleans(),
        ),
        min_size=6,
        max_size=14,
    ),
    st.sampled_from([NullRecall(), RecallOnShortfall(1, RecallTerms(1, "open", 0.05))]),
    st.sampled_from([NullLocate(), LocateFee(0.03)]),
)
def test_s5_an_order_that_is_refused_changes_nothing(
    targets, shares, prices, wrong, recall, locate
) -> None:
    """What is asked for and refused leaves no trace but its own order, event and refusal, whatever it is refused for."""

    def refuse(algorithm: Any, kind: str) -> None:
        ticket = None
        if kind == "borrow":
            ticket = algorithm.market_order("GME", -1_000)
        elif kind == "margin":
            ticket = algorithm.limit_order("GME", 10_000_000, 1.0)
        elif kind == "ban":
            ticket = algorithm.stop_market_order("AMC", -1, 5.0)
        if ticket is not None:
            assert ticket.status is OrderStatus.INVALID
            assert algorithm.one_cancels_other(ticket, algorithm.resting).is_error
        elif kind == "update":
            assert algorithm.resting.update_quantity(-1_000).is_error
        else:
            assert algorithm.resting.update_quantity(-1_001).is_error

    def run(extra: bool) -> Any:
        def step(algorithm: Any, day: int) -> None:
            if not day:
                algorithm.resting = algorithm.limit_order("GME", -1, 1_000.0)
            before = [kind for at, kind, first in wrong if at == day and first]
            after = [kind for at, kind, first in wrong if at == day and not first]
            for kind in before if extra else ():
                refuse(algorithm, kind)
            order = targets[day] - algorithm.portfolio["GME"].quantity
            if order > 0 or shares[day] >= 61:
                algorithm.market_order("GME", order or 1)
            for kind in after if extra else ():
                refuse(algorithm, kind)

        return play(
            bars({"GME": prices, "AMC": [10.0] * 8}),
            {day: lambda a, d=day: step(a, d) for day in range(8)},
            fees=True,
            provider=_Lends(dict(enumerate(shares)), DAYS),
            recall=recall,
            locate=locate,
            restriction=ShortSaleBan([(DAYS[0].date(), DAYS[-1].date())], ["AMC"]),
        )

    plain, more = run(False), run(True)
    for name in ("equity", "borrow_costs", "attribution", "fills", "borrows", "borrow_events"):
        columns = [c for c in plain.table(name).columns if c != "order_id"]
        pd.testing.assert_frame_equal(
            plain.table(name)[columns].reset_index(drop=True),
            more.table(name)[columns].reset_index(drop=True),
            check_exact=True,
        )
    assert plain.holdings.equals(more.holdings)


class _Lends:
    """At least one share, so that the order that rests is accepted; by session."""

    def __init__(self, shares: dict[int, int], days: pd.DatetimeIndex) -> None:
        self.shares = {day.date(): max(shares.get(n, 0), 1) for n, day in enumerate(days)}

    def shortable_quantity(self, symbol: Any, local_time: Any) -> int:
        return self.shares[local_time.date()]

    def all_shortable_symbols(self, local_time: Any) -> dict[Any, int]:
        return {}

    def fee_rate(self, symbol: Any, local_time: Any) -> float:
        return 0.5
