"""bt's own traps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shortable import CustomShortableProvider, NullShortableProvider
from shortable.errors import InvalidInputError

bt = pytest.importorskip("bt", reason="bt is not installed: python -m pip install -e '.[bt]'")

DAYS = pd.bdate_range("2024-01-02", periods=30)


def run(weights, prices, provider, *, whole=True, commissions=None, null=False, **options):
    from shortable.adapters.bt import desk_of, limit_shorts

    algos = [
        bt.algos.RunDaily(),
        bt.algos.SelectAll(),
        bt.algos.WeighSpecified(**weights),
        bt.algos.Rebalance(),
    ]
    strategy = bt.Strategy("s", algos if null else limit_shorts(algos, provider, **options))
    test = bt.Backtest(
        strategy,
        prices,
        initial_capital=1e6,
        integer_positions=whole,
        commissions=commissions,
        progress_bar=False,
    )
    bt.run(test)
    return test, None if null else desk_of(test)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    "commissions", [None, lambda q, p: abs(q) * 0.01, lambda q, p: max(1.0, abs(q) * p * 0.001)]
)
def test_a_drifting_short_is_never_enlarged_beyond_what_is_available(whole, commissions):
    """The price falls, so that a constant weight asks for more shares every day."""
    falling = pd.DataFrame(
        {"GME": np.linspace(20.0, 10.0, 30), "SPY": np.linspace(400.0, 410.0, 30)}, index=DAYS
    )
    test, desk = run(
        {"GME": -0.3, "SPY": 0.5},
        falling,
        CustomShortableProvider({"GME": 16_000}),
        whole=whole,
        commissions=commissions,
        on_exceed="clip",
    )
    held = test.positions["GME"]
    assert held.min() == pytest.approx(-16_000)
    assert held.min() >= -16_000 - 1e-6
    assert set(desk.report().refusals["kind"]) == {"clipped", "submission"}


def test_rejecting_leaves_the_position_as_it_is():
    falling = pd.DataFrame({"GME": np.linspace(20.0, 10.0, 30)}, index=DAYS)
    test, _ = run({"GME": -0.3}, falling, CustomShortableProvider({"GME": 16_000}))
    held = test.positions["GME"]
    assert held.min() >= -16_000
    assert held.iloc[-1] == held.iloc[-5]


def test_the_fee_is_charged_before_the_bar_s_trades_and_every_night():
    flat = pd.DataFrame({"GME": 10.0}, index=DAYS[:5])  # Tuesday to Monday
    test, desk = run(
        {"GME": -0.1}, flat, CustomShortableProvider({"GME": 10_000}, fee_rate={"GME": 0.36})
    )
    # 10,000 x 10 x 0.36 / 360 = 100 on the first night; the equity and with it the short shrink a little from night to night.
    assert desk.report().borrow_costs["days"].tolist() == [1, 1, 1, 3]
    assert desk.report().borrow_costs["cost"].iloc[0] == pytest.approx(100.0)
    assert float(test.strategy.fees.sum()) == pytest.approx(desk.total_borrow_cost)
    assert test.strategy.value == pytest.approx(1e6 - desk.total_borrow_cost)


def test_a_stack_that_runs_monthly_still_pays_nightly():
    from shortable.adapters.bt import desk_of, limit_shorts

    flat = pd.DataFrame({"GME": 10.0}, index=DAYS)
    algos = limit_shorts(
        [
            bt.algos.RunOnce(),
            bt.algos.SelectAll(),
            bt.algos.WeighSpecified(GME=-0.1),
            bt.algos.Rebalance(),
        ],
        CustomShortableProvider({"GME": 10_000}, fee_rate={"GME": 0.36}),
    )
    test = bt.Backtest(bt.Strategy("s", algos), flat, progress_bar=False)
    bt.run(test)
    assert len(desk_of(test).report().borrow_costs) == 29


def test_its_own_null_run_is_not_changed():
    rng = np.random.default_rng(3)
    prices = pd.DataFrame(50 + rng.normal(0, 1, (30, 2)).cumsum(axis=0), DAYS, ["GME", "SPY"])
    (own, _), (ours, desk) = (
        run({"GME": -0.4, "SPY": 0.7}, prices, NullShortableProvider(), null=null)
        for null in (True, False)
    )
    assert own.strategy.values.tolist() == ours.strategy.values.tolist()
    assert desk.refusals == []


def test_misuse_is_named():
    from shortable.adapters.bt import limit_shorts

    with pytest.raises(InvalidInputError, match="Rebalance"):
        limit_shorts([bt.algos.SelectAll()], NullShortableProvider())
    with pytest.raises(InvalidInputError, match="recheck"):
        limit_shorts([bt.algos.Rebalance()], NullShortableProvider(), recheck="daily")
