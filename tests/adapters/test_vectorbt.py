"""vectorbt's own traps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import CustomShortableProvider, FrameShortableProvider, NullShortableProvider
from shortable.borrow import BorrowFeeModel
from shortable.errors import InvalidInputError
from shortable.research import constrain

pytestmark = pytest.mark.slow

vbt = pytest.importorskip(
    "vectorbt",
    reason="vectorbt is not installed: python -m pip install -e '.[vectorbt]'",
    exc_type=ImportError,
)

DAYS = pd.bdate_range("2024-01-02", periods=5)  # Tuesday to Monday
CLOSE = pd.DataFrame({"GME": [10.0, 10.0, 10.0, 10.0, 10.0], "SPY": [20.0] * 5}, index=DAYS)


def sizes(gme, spy=()):
    return pd.DataFrame(
        {"GME": [*gme] + [np.nan] * (5 - len(gme)), "SPY": [*spy] + [np.nan] * (5 - len(spy))},
        index=DAYS,
    )


def run(size, provider, **options):
    from shortable.adapters.vectorbt import from_orders

    return from_orders(CLOSE, size, provider, init_cash=1e6, freq="D", **options)


def test_a_cover_passes_though_nothing_is_available_any_more():
    lent = FrameShortableProvider(pd.DataFrame({"GME": [500, 0, 0, 0, 0]}, index=DAYS))
    held = run(sizes([-400, np.nan, 400]), lent)
    assert held.portfolio.assets()["GME"].tolist() == [-400, -400, 0, 0, 0]
    assert held.desk.refusals == []


def test_the_second_order_of_a_bar_counts_the_first():
    held = run([sizes([-400]), sizes([-400])], CustomShortableProvider({"GME": 500}))
    assert held.portfolio.assets()["GME"].iloc[-1] == -400
    assert held.desk.last_tag.endswith("GME (requested short: 400)")
    cut = run(
        [sizes([-400]), sizes([-400])], CustomShortableProvider({"GME": 500}), on_exceed="clip"
    )
    assert cut.portfolio.assets()["GME"].iloc[-1] == -500


@given(
    st.lists(st.tuples(*[st.none() | st.integers(-60, 60)] * 2), min_size=5, max_size=5),
    st.lists(st.tuples(*[st.none() | st.integers(0, 80)] * 2), min_size=5, max_size=5),
    st.sampled_from(["reject", "clip", "warn"]),
    st.sampled_from(["included", "excluded"]),
)
def test_s16_own_use_is_decided_as_constrain_does(targets, shares, on_exceed, own_use):
    lent = FrameShortableProvider(pd.DataFrame(shares, DAYS, CLOSE.columns, dtype="Int64"))
    wanted = pd.DataFrame(targets, DAYS, CLOSE.columns, dtype=float)
    options = {"own_use": own_use, "on_exceed": on_exceed, "look_up": "close"}
    held = run(wanted, lent, size_type="targetamount", **options)
    expected = constrain(wanted, lent, **options)
    assert held.portfolio.assets().to_numpy().tolist() == expected.positions.to_numpy().tolist()
    columns = ["time", "symbol", "kind", "requested", "allowed", "held", "available"]
    tables = (held.desk.report().refusals, expected.refusals)
    ours, theirs = (t[columns].sort_values(["time", "symbol"]).astype(str) for t in tables)
    assert ours.to_numpy().tolist() == theirs.to_numpy().tolist()
    assert held.desk.own_use == own_use


def test_s16_what_a_snapshot_lacks_already_is_not_counted_again():
    # Each day's list says 400. Included, my 400 use them up; excluded, it is 400 more, and then 100 more; at none it is none.
    lent = FrameShortableProvider(pd.DataFrame({"GME": [400, 400, 400, 0, 0]}, DAYS))
    wanted = sizes([-400.0, -800, -900, -900, -950])
    expected = {"included": [-400] * 5, "excluded": [-400, -800, -900, -900, -900]}
    for own_use, positions in expected.items():
        held = run(wanted, lent, size_type="targetamount", own_use=own_use)
        assert held.portfolio.assets()["GME"].tolist() == positions


def test_fees_reach_the_value_though_the_host_s_cash_moves_with_orders_only():
    """1,000 short at 10, 36 % a year: 10.00 a night, over the weekend 30.00; 60.00 to Monday, of which 20.00 are paid with Thursday's order."""
    lent = CustomShortableProvider({"GME": 1000}, fee_rate={"GME": 0.36})
    held = run(sizes([-1000, np.nan, 500]), lent)
    assert held.desk.report().borrow_costs["cost"].tolist() == pytest.approx(
        [10.0, 10.0, 5.0, 15.0]
    )
    assert held.portfolio.orders.records["fees"].tolist() == pytest.approx([0.0, 20.0])
    assert held.outstanding["GME"].tolist() == pytest.approx([0.0, 10.0, 0.0, 5.0, 20.0])
    assert held.value()["GME"].tolist() == pytest.approx(
        [1e6, 1e6 - 10, 1e6 - 20, 1e6 - 25, 1e6 - 40]
    )


@pytest.mark.parametrize("on_exceed", ["reject", "clip"])
def test_a_sale_that_does_not_bring_what_is_due_goes_through_and_the_fees_stay_due(on_exceed):
    """1,000 short at 10, 3,600 % a year: 10 × 1,000 × 36 / 360 = 1,000.00 a night. Wednesday's sale of 5 brings 50.00.

    vectorbt leaves an order out whose fees are above its proceeds, so its 1,000.00 stay due; the next night adds
    1,005.00, and Thursday's cover pays both. The night to Friday is of nothing.
    """
    lent = CustomShortableProvider({"GME": 1005}, fee_rate={"GME": 36.0})
    held = run(sizes([-1000, -5, 1005]), lent, on_exceed=on_exceed)
    assert held.portfolio.assets()["GME"].tolist() == [-1000, -1005, 0, 0, 0]
    assert held.outstanding["GME"].tolist() == [0.0, 1_000.0, 0.0, 0.0, 0.0]
    assert held.portfolio.orders.records["fees"].tolist() == [0.0, 0.0, 2_005.0]
    cut = run(sizes([-1000, -9, 1005]), lent, on_exceed=on_exceed)
    sold = {"reject": 0, "clip": 5}[on_exceed]
    assert cut.portfolio.assets()["GME"].tolist()[1] == -1000 - sold


def test_grouped_value_takes_its_columns_fees():
    lent = CustomShortableProvider({"GME": 1000, "SPY": 1000}, fee_rate={"GME": 0.36, "SPY": 0.36})
    held = run(sizes([-1000], [-500]), lent, group_by=True, cash_sharing=True)
    # 10.00 a night each, 1 + 1 + 1 + 3 days.
    assert float(held.value().iloc[-1]) == pytest.approx(1e6 - 2 * 60.0)


def test_targets_and_amounts():
    held = run(
        sizes([-300, -600, 0]),
        CustomShortableProvider({"GME": 500}),
        size_type="targetamount",
        on_exceed="clip",
    )
    assert held.portfolio.assets()["GME"].tolist() == [-300, -500, 0, 0, 0]


def test_its_own_null_run_is_not_changed():
    size = sizes([-300, 100, -50, 400], [10, -20])
    held = run(size, NullShortableProvider(), fees=0.001, slippage=0.002)
    own = vbt.Portfolio.from_orders(
        CLOSE, size, init_cash=1e6, fees=0.001, slippage=0.002, freq="D"
    )
    assert held.portfolio.value().to_numpy() == pytest.approx(own.value().to_numpy())
    assert held.value().to_numpy() == pytest.approx(own.value().to_numpy())


def test_a_fee_model_that_is_not_proportional_is_refused():
    class AtLeast:
        rate_kind = "fee"

        def cost(self, shares, close, rate, days):
            return np.maximum(shares * close * rate, 5.0)

    assert isinstance(AtLeast(), BorrowFeeModel)
    with pytest.raises(InvalidInputError, match="twice"):
        run(
            sizes([-1]),
            CustomShortableProvider({"GME": 1}, fee_rate={"GME": 0.1}),
            borrow_fee=AtLeast(),
        )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"size_type": "shares"}, "size_type"),
        ({"size_type": ["amount", "targetamount"]}, "size_type"),
        ({"max_size": 5.0}, "max_size"),
        ({"sl_stop": 0.1}, "sl_stop"),
        ({"fees": [0.1, 0.2]}, "fees"),
        ({"direction": "up"}, "direction"),
        ({"look_up": DAYS[:2]}, "look_up"),
    ],
)
def test_misuse_is_named(options, says):
    with pytest.raises(InvalidInputError, match=says):
        run(sizes([-1]), NullShortableProvider(), **options)


RNG = np.random.default_rng(7)
PRICES = pd.DataFrame(
    20 + RNG.normal(0, 1, (40, 2)).cumsum(axis=0) / 2, pd.bdate_range("2024-01-02", periods=40), ["GME", "SPY"]
)  # fmt: skip


def both(portfolio, held):
    """Vectorbt's own run and ours, in orders and value."""
    columns = ["col", "idx", "size", "price", "fees", "side"]
    own, ours = (p.orders.records[columns].to_numpy() for p in (portfolio, held.portfolio))
    assert own == pytest.approx(ours)
    assert held.value().to_numpy() == pytest.approx(portfolio.value().to_numpy())
    assert held.desk.refusals == []
    return len(own)


@pytest.mark.parametrize(
    ("size_type", "scale"),
    [
        ("amount", 50.0),
        ("value", 900.0),
        ("percent", 0.4),
        ("targetamount", 80.0),
        ("targetvalue", 1500.0),
        ("targetpercent", 0.5),
    ],
)
@pytest.mark.parametrize("direction", ["both", "longonly", "shortonly"])
@pytest.mark.parametrize("shared", [False, True])
def test_every_kind_of_size_is_vectorbt_s_own_where_nothing_is_limited(size_type, scale, direction, shared):  # fmt: skip
    from shortable.adapters.vectorbt import from_orders

    size = pd.DataFrame(RNG.uniform(-1, 1, PRICES.shape), PRICES.index, PRICES.columns) * scale
    size = size.where(RNG.random(PRICES.shape) < 0.6)
    if size_type == "percent" and direction != "both":
        size = size.abs()
    opens = PRICES.shift(1).fillna(20.0)
    options = {"size_type": size_type, "direction": direction, "price": opens, "fees": 0.001, "fixed_fees": 1.0, "slippage": 0.002,
               "init_cash": 10_000.0, "freq": "D", "group_by": shared, "cash_sharing": shared}  # fmt: skip
    held = from_orders(PRICES, size, NullShortableProvider(), **options)
    assert both(vbt.Portfolio.from_orders(PRICES, size, **options), held) > 5


@pytest.mark.parametrize(
    "options",
    [
        {"direction": "longonly"},
        {"direction": "shortonly"},
        {"direction": "both"},
        {"direction": "both", "size": 30.0, "accumulate": True, "upon_opposite_entry": "close"},
        {"direction": "shortonly", "size": 500.0, "size_type": "value", "accumulate": "addonly"},
        {
            "direction": "shortonly",
            "size": 0.3,
            "size_type": "percent",
            "upon_short_conflict": "exit",
        },
        {"short": True, "size": 20.0, "upon_dir_conflict": "short", "upon_long_conflict": "entry"},
        {"short": True, "size": 20.0, "upon_opposite_entry": "ignore", "fees": 0.001},
    ],
)
def test_signals_are_vectorbt_s_own_where_nothing_is_limited(options):
    from shortable.adapters.vectorbt import from_signals

    entries, exits, short_entries, short_exits = (
        pd.DataFrame(RNG.random(PRICES.shape) < 0.25, PRICES.index, PRICES.columns)
        for _ in range(4)
    )
    options = {"init_cash": 10_000.0, "freq": "D", **options}
    if options.pop("short", False):
        options |= {"short_entries": short_entries, "short_exits": short_exits}
    held = from_signals(PRICES, entries, exits, NullShortableProvider(), **options)
    assert both(vbt.Portfolio.from_signals(PRICES, entries, exits, **options), held) > 5


@pytest.mark.parametrize(
    ("size_type", "size", "wanted"),
    [("value", -5_000.0, 500.0), ("percent", -0.5, 500.0), ("targetvalue", -5_000.0, 500.0), ("targetpercent", -0.5, 500.0)],
)  # fmt: skip
@pytest.mark.parametrize(("on_exceed", "shares"), [("reject", 0.0), ("clip", -300.0), ("warn", -500.0)])  # fmt: skip
def test_a_size_in_money_is_limited_in_shares(size_type, size, wanted, on_exceed, shares):
    """Half of 10,000 at 10 are 500 shares, of which 300 can be borrowed."""
    from shortable.adapters.vectorbt import from_orders

    held = from_orders(
        CLOSE[["GME"]],
        pd.DataFrame({"GME": [size] + [np.nan] * 4}, DAYS),
        CustomShortableProvider({"GME": 300}),
        size_type=size_type,
        on_exceed=on_exceed,
        init_cash=10_000.0,
    )
    assert held.portfolio.assets()["GME"].iloc[-1] == pytest.approx(shares)
    (refusal,) = held.desk.refusals
    assert (refusal.requested, refusal.allowed) == (-wanted, shares)


def test_a_refused_entry_leaves_the_signals_after_it_without_a_position():
    from shortable.adapters.vectorbt import from_signals

    close = CLOSE[["GME"]]
    signal = lambda *at: pd.DataFrame({"GME": [row in at for row in range(5)]}, DAYS)  # noqa: E731
    lent = FrameShortableProvider(pd.DataFrame({"GME": [100, 100, 900, 900, 900]}, index=DAYS))
    held = from_signals(
        close, signal(0, 3), signal(1, 4), lent, direction="shortonly", size=400.0, init_cash=1e5
    )
    # The first entry of 400 is refused, its exit has nothing to close; the second is taken and closed.
    assert held.portfolio.assets().to_numpy().ravel().tolist() == [0.0, 0.0, 0.0, -400.0, 0.0]
    assert [(r.time.date(), r.requested) for r in held.desk.refusals] == [(DAYS[0].date(), -400.0)]
    with pytest.raises(InvalidInputError, match="sl_stop"):
        from_signals(close, signal(0), signal(1), lent, sl_stop=0.1)


def test_what_is_available_is_restated_by_a_split_as_prices_are():
    """10,000 old shares are 1,000 of today's."""
    from shortable.actions import Split

    lent = CustomShortableProvider({"GME": 10_000})
    split = [Split("GME", DAYS[2].date(), 1, 10)]
    asked = sizes([-1_001])
    assert len(run(asked, lent, actions=split).desk.refusals) == 1
    assert run(sizes([-1_000]), lent, actions=split).desk.refusals == []
