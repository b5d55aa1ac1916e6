"""backtesting.py's own traps."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest

from shortable import CustomShortableProvider, NullShortableProvider
from shortable.errors import InvalidInputError

backtesting = pytest.importorskip(
    "backtesting", reason="backtesting is not installed: python -m pip install -e '.[backtesting]'"
)

from shortable.adapters.backtesting import desk_of, limit_shorts  # noqa: E402

DAYS = pd.bdate_range("2024-01-02", periods=8)
BARS = pd.DataFrame(
    {"Open": 10.0, "High": 11.0, "Low": 9.0, "Close": 10.0, "Volume": 1000.0}, index=DAYS
)


def run(script, available=500, *, limited=True, provider=None, host_options=None, **options):
    orders = []

    class Script(backtesting.Strategy):
        def init(self):
            pass

        def next(self):
            made = script(self, len(self.data) - 1)
            orders.extend(o for o in (made if isinstance(made, list) else [made]) if o is not None)

    test = backtesting.Backtest(BARS, Script, **{"cash": 1e6, **(host_options or {})})
    if limited:
        limit_shorts(
            test,
            provider or CustomShortableProvider({"GME": available}, fee_rate={"GME": 0.36}),
            "GME",
            **options,
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        stats = test.run()
    return orders, test, stats


def test_a_stop_loss_and_a_take_profit_of_one_long_count_once():
    def script(strategy, row):
        if row == 1:
            return strategy.buy(size=600, sl=5.0, tp=20.0)
        return strategy.sell(size=501 if row == 4 else 500) if row in (4, 5) else None

    orders, test, _ = run(script)
    # 600 long, 600 of it offered once: 500 more can be borrowed, 501 not.
    assert desk_of(test).report().refusals["requested"].tolist() == [-501]
    assert orders[1].tag == desk_of(test).last_tag


def test_a_fraction_of_the_equity_is_judged_when_its_shares_are_known():
    """Half of 1,000,000 at 10 are 50,000 shares; 500 can be borrowed."""
    _, test, _ = run(lambda s, row: s.sell(size=0.5) if row == 1 else None)
    assert desk_of(test).report().refusals["requested"].tolist() == [-50_000]
    assert test._results._strategy.position.size == 0
    _, test, stats = run(lambda s, row: s.sell(size=0.5) if row == 1 else None, on_exceed="clip")
    assert stats._strategy.position.size == -500


def test_an_approved_order_is_not_judged_again_for_the_sake_of_a_resting_fraction():
    def script(strategy, row):
        if row == 1:
            return [strategy.sell(size=0.5, limit=99.0), strategy.sell(size=400)]
        return None

    _, test, stats = run(script)
    assert stats._strategy.position.size == -400
    assert desk_of(test).refusals == []


def test_an_exclusive_order_is_judged_as_if_the_position_were_closed():
    def script(strategy, row):
        return strategy.sell(size=500) if row in (1, 3) else None

    _, test, stats = run(script, host_options={"exclusive_orders": True})
    assert desk_of(test).refusals == []
    assert stats._strategy.position.size == -500


def test_the_fee_does_not_pass_through_the_commission_which_is_called_several_times():
    """Sold at Thursday's open (the 4th), 100 x 10 x 0.36 / 360 = 1.00 a night; to Monday 3, then 1 a night to the 11th."""
    _, test, stats = run(
        lambda s, row: s.sell(size=100) if row == 1 else None,
        host_options={"commission": lambda size, price: 0.0},
    )
    days = desk_of(test).report().borrow_costs["days"].tolist()
    assert days == [1, 3, 1, 1, 1]
    assert stats["Equity Final [$]"] == pytest.approx(1e6 - 7.0)


def test_a_resting_order_is_cancelled_when_its_shares_are_gone():
    day = {d.date(): n for d, n in zip(DAYS, [500] * 4 + [50] * 4, strict=True)}
    provider = CustomShortableProvider(lambda s, now: day[now.date()])
    orders, test, _ = run(
        lambda s, row: (
            [s.sell(size=50, limit=99.0), s.sell(size=300, limit=99.0)] if row == 1 else None
        ),
        provider=provider,
        recheck="daily",
    )
    assert desk_of(test).report().refusals["kind"].tolist() == ["recheck"]
    assert [o in test._results._strategy.orders for o in orders] == [True, False]


def test_its_own_null_run_is_not_changed():
    def script(strategy, row):
        return strategy.sell(size=0.3, sl=10.9, tp=9.1) if row % 2 else strategy.buy(size=7)

    values = [
        run(script, limited=limited, provider=NullShortableProvider())[2]["Equity Final [$]"]
        for limited in (False, True)
    ]
    assert values[0] == values[1]


def test_data_without_times_are_refused():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        test = backtesting.Backtest(
            BARS.reset_index(drop=True),
            type("S", (backtesting.Strategy,), {"init": lambda s: None, "next": lambda s: None}),
        )
    with pytest.raises(InvalidInputError, match="DatetimeIndex"):
        limit_shorts(test, NullShortableProvider(), "GME")


def test_optimize_works_in_several_processes():
    test = limit_shorts(
        backtesting.Backtest(BARS, SellSome, cash=1e6), CustomShortableProvider({"GME": 500}), "GME"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stats = test.optimize(shares=[100, 400, 600], maximize="# Trades")
    assert stats["# Trades"] == 1


class SellSome(backtesting.Strategy):
    shares = 100

    def init(self):
        pass

    def next(self):
        if len(self.data) == 2:
            self.sell(size=self.shares)
        if len(self.data) == 6:
            self.position.close()


@pytest.mark.parametrize(("on_exceed", "shares"), [("reject", 0.0), ("clip", -2.0)])
def test_a_fractional_backtest_is_limited_in_shares_and_not_in_its_units(on_exceed, shares):
    """Two and a half shares, in millionths, of which two can be borrowed at 36 % a year: 2 x 10 x 0.36 / 360 a day."""
    from backtesting.lib import FractionalBacktest

    orders = []

    class Script(backtesting.Strategy):
        def init(self):
            pass

        def next(self):
            if len(self.data) == 2:
                orders.append(self.sell(size=2_500_000))

    test = FractionalBacktest(BARS, Script, cash=1e6, fractional_unit=1e-6)
    limit_shorts(
        test,
        CustomShortableProvider({"GME": 2}, fee_rate={"GME": 0.36}),
        "GME",
        on_exceed=on_exceed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stats = test.run()
    desk = desk_of(test)
    (refusal,) = desk.refusals
    assert (refusal.requested, refusal.allowed) == (-2.5, shares)
    assert stats._strategy.position.size == shares * 1e6
    # Sold at Thursday's open: the nights to Friday, over the weekend, and three more.
    nights = [1, 3, 1, 1, 1] if shares else []
    assert desk.report().borrow_costs["days"].tolist() == nights
    assert desk.total_borrow_cost == pytest.approx(0.02 * sum(nights))
    assert desk.report().borrow_costs["close"].tolist() == pytest.approx([10.0] * len(nights))


def test_an_option_that_the_adapter_does_not_have_is_refused_by_its_name():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        test = backtesting.Backtest(BARS, SellSome, cash=1e6)
    with pytest.raises(InvalidInputError, match="clock"):
        limit_shorts(test, NullShortableProvider(), "GME", clock=None)
