"""A finished trade list against what could be borrowed."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import CustomShortableProvider, FrameShortableProvider, NullShortableProvider
from shortable.actions import CorporateActions, Delisting, Rename, Split
from shortable.engine import Algorithm, Backtest, MarketData
from shortable.errors import InvalidInputError
from shortable.research import Trades, audit, read_trades
from shortable.results import OpeningBook, OpeningHolding
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
            covered = held[name] + quantity >= 0
            silent = lent[name][day] is None
            fitting = "no borrow" if covered else "no data" if silent else "borrowed"
            assert line.verdict == (fitting if fits else "not borrowable")
            assert line.allowed == (quantity if fits else 0)
        else:
            assert 0 <= line.allowed <= quantity
        held[name] += line.allowed


@given(trade_lists)
def test_without_a_restriction_nothing_changes(lines):
    found = audit(trades_of(lines), NullShortableProvider())
    assert set(found.trades["verdict"]) <= {"no data", "no borrow"}
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
    verdicts = audit(done, provider_of(lent)).trades["verdict"]
    refused = (verdicts == "not borrowable").tolist()
    assert refused == [int(code) == -31 for code in orders["error_code"]]
    assert 0 < sum(refused) < len(refused)


def test_fractions_of_a_share_are_judged_as_they_are():
    done = Trades.of(DAYS[:2], "GME", [-10.5, -0.6], [5.0, 5.0])
    found = audit(done, CustomShortableProvider({"GME": 11}))
    assert found.trades["verdict"].tolist() == ["borrowed", "not borrowable"]


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


SPLIT = [Split("GME", "2024-01-05", 1, 10)]


def test_a_split_between_sale_and_cover_closes_the_short():
    """1,000 sold at 1.00; 1 for 10; 100 bought at 9.00: 1,000 - 900 = 100."""
    done = Trades.of(["2024-01-02", "2024-01-08"], "GME", [-1000, 100], [1.0, 9.0])
    lent = CustomShortableProvider({"GME": 1000}, fee_rate={"GME": 0.36})
    without, found = audit(done, lent), audit(done, lent, actions=SPLIT)
    assert without.open_at_end["quantity"].tolist() == [-900.0]
    assert found.open_at_end.empty
    assert found.trades["verdict"].tolist() == ["borrowed", "no borrow"]
    assert found.trades["position"].tolist() == [0.0, -100.0]
    assert found.summary()["pnl_before"] == pytest.approx(100.0)
    # Each night 1,000 x 1.00 x 0.36 / 360 = 1.00; from Friday to Monday 100 x 10.00, three days.
    assert found.borrow_costs["shares"].tolist() == [1000, 1000, 1000, 100]
    assert found.borrow_costs["close"].tolist() == [1.0, 1.0, 1.0, 10.0]
    assert found.borrow_costs["cost"].tolist() == pytest.approx([1.0, 1.0, 1.0, 3.0])
    assert found.notes == ("GME split 1 for 10 on 2024-01-05",)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 7), st.integers(-30, 30).filter(bool).map(lambda n: 60 * n), st.integers(10, 99)
        ),
        min_size=1,
        max_size=12,
    ).map(lambda lines: sorted(lines, key=lambda line: line[0])),
    st.lists(st.tuples(st.integers(1, 7), st.sampled_from([(2, 1), (3, 1), (1, 2), (1, 5), (3, 2)])), max_size=2, unique_by=lambda split: split[1]),
    st.lists(st.one_of(st.none(), st.integers(0, 40).map(lambda n: 60 * n)), min_size=8, max_size=8),
)  # fmt: skip
def test_a_list_in_the_day_s_shares_and_one_in_last_shares_have_the_same_audit(lines, splits, lent):
    """S11: quantities are divisible by every ratio, so that no fraction is paid in cash."""
    days = pd.bdate_range("2024-01-02", periods=8)
    table = CorporateActions(
        [Split("GME", days[at].date(), *ratio) for at, ratio in dict(splits).items()]
    )
    on_day = dict(zip(days.date, lent, strict=True))
    provider = CustomShortableProvider(
        lambda symbol, now: on_day[now.date()], fee_rate={"GME": 0.36}
    )
    factors = [float(table.split_factor("GME", days[at].date())) for at, *_ in lines]
    times = days[[at for at, *_ in lines]]
    raw = Trades.of(times, "GME", [q for _, q, _ in lines], [p for *_, p in lines])
    last = Trades.of(
        times,
        "GME",
        [q * f for (_, q, _), f in zip(lines, factors, strict=True)],
        [p / f for (*_, p), f in zip(lines, factors, strict=True)],
    )
    first, second = (
        audit(trades, provider, actions=table, basis=basis)
        for trades, basis in ((raw, "raw"), (last, "split_adjusted"))
    )
    assert first.trades["verdict"].tolist() == second.trades["verdict"].tolist()
    for column in first.daily:
        assert first.daily[column].tolist() == pytest.approx(
            second.daily[column].tolist(), abs=1e-6
        )


def test_a_fraction_after_a_split_is_paid_in_cash():
    """1,005 short become 100.5: half a share at 10 x 1.00 is paid, 5.00, and 100 cover the rest."""
    done = Trades.of(["2024-01-02", "2024-01-08"], "GME", [-1005, 100], [1.0, 9.0])
    found = audit(done, CustomShortableProvider({"GME": 2000}), actions=SPLIT)
    assert found.open_at_end.empty
    assert found.summary()["pnl_before"] == pytest.approx(1005 - 5 - 900)


def test_availability_of_before_a_split_is_restated():
    """The list of the 4th says 1,000: on the ex-date, the 5th, these are 100."""
    lent = FrameShortableProvider(pd.DataFrame({"GME": [1000]}, pd.to_datetime(["2024-01-04"])))
    done = Trades.of(["2024-01-04", "2024-01-05"], "GME", [-500, -51], [1.0, 10.0])
    found = audit(done, lent, actions=SPLIT)
    # 500 short are 50 on the 5th, and of 100 another 50 could be had.
    assert found.trades["verdict"].tolist() == ["borrowed", "not borrowable"]
    assert found.trades["available"].tolist() == [1000, 100]


def test_a_rename_is_followed_and_a_delisting_closes_what_is_held():
    """FB sold at 200, bought as META at 190. 30 XYZ sold at 5, paid out at 1.50: 300 and 105."""
    table = [Rename("FB", "2022-06-09", "META"), Delisting("XYZ", "2022-06-09", 1.5)]
    done = Trades.of(
        ["2022-06-07", "2022-06-08", "2022-06-10"],
        ["FB", "XYZ", "META"],
        [-30, -30, 30],
        [200.0, 5.0, 190.0],
    )
    found = audit(done, CustomShortableProvider({"FB": 30, "META": 30, "XYZ": 30}), actions=table)
    assert found.open_at_end.empty
    assert found.summary()["pnl_before"] == pytest.approx(300 + 105)


def test_what_was_held_before_the_list_is_sold_first():
    done = Trades.of(["2024-01-02", "2024-01-03"], "GME", [-300, -150], [20.0, 18.0])
    lent = CustomShortableProvider({"GME": 100})
    assert audit(done, lent).trades["verdict"].tolist() == ["not borrowable", "not borrowable"]
    book = OpeningBook([OpeningHolding("GME", 350, price=21.0)])
    found = audit(done, lent, opening=book)
    assert found.trades["verdict"].tolist() == ["no borrow", "borrowed"]
    # From 350 x 21.00: 300 x (20 - 21) + 50 x (18 - 21); 100 short at 18 are worth what they were sold for.
    assert found.summary()["pnl_before"] == pytest.approx(-450.0)
    for same in ({"GME": 350}, pd.DataFrame({"Symbol": ["GME"], "Qty": ["350"]})):
        verdicts = audit(done, lent, opening=same).trades["verdict"].tolist()
        assert verdicts == ["no borrow", "borrowed"]


def test_a_short_that_was_carried_in_pays_its_nights():
    done = Trades.of(["2024-01-03"], "GME", [100], [20.0])
    lent = CustomShortableProvider({"GME": 0}, fee_rate={"GME": 0.36})
    closes = pd.DataFrame({"GME": [20.0, 20.0]}, pd.to_datetime(["2024-01-02", "2024-01-03"]))
    late = Trades.of(["2024-01-02", "2024-01-03"], ["SPY", "GME"], [1, 100], [400.0, 20.0])
    found = audit(late, lent, closes.assign(SPY=400.0), opening={"GME": -100})
    assert found.borrow_costs["cost"].tolist() == pytest.approx([2.0])  # 100 x 20 x 0.36 / 360
    assert found.open_at_end["symbol"].astype(str).tolist() == ["SPY"]
    assert audit(done, lent, opening={"GME": -100}).open_at_end.empty


def test_a_list_that_closes_more_than_it_holds_asks_for_what_was_held():
    table = pd.DataFrame(
        {
            "time": ["2024-01-02"],
            "symbol": ["GME"],
            "side": ["sell to close"],
            "quantity": [5],
            "price": [20.0],
        }
    )
    done = read_trades(table).trades
    with pytest.raises(InvalidInputError, match="--opening"):
        audit(done, NullShortableProvider())
    found = audit(done, NullShortableProvider(), opening={"GME": 5})
    assert found.trades["verdict"].tolist() == ["no borrow"]


class Silent:
    def __init__(self, quantity):
        self.quantity = quantity

    def shortable_quantity(self, symbol, now):
        return self.quantity if symbol == "SPY" else 50

    def has_quantity(self, symbol, now):
        return symbol != "SPY"


@pytest.mark.parametrize(("policy", "counted"), [(0, 100.0), (None, 400.0)])
def test_what_nothing_is_known_of_follows_the_policy_between_two_bounds(policy, counted):
    """50 GME made 100; of SPY, which would have made 300, there are no data; 60 GME more were too many."""
    done = Trades.of(
        ["2024-01-02", "2024-01-02", "2024-01-02", "2024-01-03", "2024-01-03"],
        ["GME", "SPY", "GME", "GME", "SPY"],
        [-50, -30, -60, 110, 30],
        [20.0, 400.0, 20.0, 18.0, 390.0],
    )
    found = audit(done, Silent(policy))
    assert found.trades["verdict"].tolist() == [
        "borrowed", "no data", "not borrowable", "not needed", "no borrow" if policy is None else "not needed"
    ]  # fmt: skip
    figures = found.summary()
    assert figures["pnl_after"] == pytest.approx(counted)
    bounds = [figures[f"pnl_after_if_{which}_without_data"] for which in ("none", "all")]
    assert bounds == pytest.approx([100.0, 400.0])
    assert found.headline == "Short sales: 1 borrowed, 1 not borrowable, 1 no data."
    assert len(found.checks_without_data) == figures["shorts_without_data"] == 1


def test_without_any_restriction_the_headline_says_so():
    done = Trades.of(["2024-01-02"], "GME", [-50], [20.0])
    assert "not limited" in audit(done, NullShortableProvider()).headline


def test_an_account_that_is_ruined_stops():
    """1,900 short at 10 on 10,000; at 20 the equity is 10,000 - 1,900 x 10 = -9,000, and stays there (S14)."""
    days = pd.bdate_range("2024-01-02", periods=6)
    done = Trades.of([days[0], days[4], days[5]], "GME", [-1900, 1900, -10], [10.0, 60.0, 90.0])
    closes = pd.DataFrame({"GME": [10.0, 10.0, 20.0, 40.0, 60.0, 90.0]}, days)
    lent = CustomShortableProvider({"GME": 5000}, fee_rate={"GME": 0.0})
    found = audit(done, lent, closes, cash=10_000.0)
    assert found.ruined_on == days[2].date()
    assert found.daily["pnl_after_fees"].tolist() == [
        0.0,
        0.0,
        -19_000.0,
        -19_000.0,
        -19_000.0,
        -19_000.0,
    ]
    assert found.trades["verdict"].tolist() == ["borrowed", "after ruin", "after ruin"]
    assert found.returns.tolist() == [0.0, 0.0, -1.0, 0.0, 0.0, 0.0]
    assert found.borrow_costs["date"].max() == days[2]
    assert audit(done, lent, closes).ruined_on is None
    with pytest.raises(InvalidInputError, match="cash"):
        _ = audit(done, lent, closes).returns
