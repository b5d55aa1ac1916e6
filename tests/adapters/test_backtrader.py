"""backtrader's own traps."""

from __future__ import annotations

import pandas as pd
import pytest

from shortable import CustomShortableProvider

bt = pytest.importorskip(
    "backtrader", reason="backtrader is not installed: python -m pip install -e '.[backtrader]'"
)

DAYS = pd.bdate_range("2024-01-02", periods=8)
BARS = pd.DataFrame(
    {"open": 10.0, "high": 11.0, "low": 9.0, "close": 10.0, "volume": 1000.0}, index=DAYS
)


def run(script, available=500, *, filler=None, sizer=None, cash=1e6, **options):
    from shortable.adapters.backtrader import broker

    orders = []

    class Script(bt.Strategy):
        def next(self):
            made = script(self, len(self.data) - 1)
            orders.extend(o for o in (made if isinstance(made, list) else [made]) if o is not None)

    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker = broker(
        CustomShortableProvider({"GME": available}, fee_rate={"GME": 0.36}), cash=cash, **options
    )
    if filler is not None:
        cerebro.broker.set_filler(filler)
    cerebro.adddata(bt.feeds.PandasData(dataname=BARS, openinterest=None), name="GME")
    if sizer is not None:
        cerebro.addsizer(bt.sizers.FixedSize, stake=sizer)
    cerebro.addstrategy(Script)
    strategy = cerebro.run()[0]
    return [o.getstatusname() for o in orders], cerebro.broker, strategy


def test_what_a_filler_left_of_an_order_counts_for_days():
    """400 at 100 a day: after the first day 100 are short and 300 rest, so of 500 another 100 can be sold, and not 101."""
    plan = {0: 400, 1: 101, 2: None}
    states, broker, _ = run(
        lambda s, row: s.sell(size=plan[row]) if plan.get(row) else None,
        filler=bt.fillers.FixedSize(size=100),
    )
    assert states[1] == "Rejected"
    assert broker.desk.report().refusals[["held", "open_sells"]].to_numpy().tolist() == [
        [-100, 300]
    ]
    states, _, _ = run(
        lambda s, row: s.sell(size={0: 400, 1: 100}[row]) if row < 2 else None,
        filler=bt.fillers.FixedSize(size=100),
    )
    assert "Rejected" not in states


def test_a_sizer_s_order_is_looked_at_too():
    states, broker, _ = run(lambda s, row: s.sell() if row == 0 else None, sizer=501)
    assert states == ["Rejected"]
    assert (
        broker.desk.last_tag
        == "Order exceeds maximum shortable quantity for Symbol GME (requested short: 501)"
    )


def test_the_order_carries_the_tag_and_the_strategy_is_told():
    seen = []

    def script(strategy, row):
        strategy.notify_order = lambda o: seen.append((o.getstatusname(), o.info.get("tag")))
        return strategy.sell(size=501) if row == 0 else None

    run(script)
    assert seen == [
        (
            "Rejected",
            "Order exceeds maximum shortable quantity for Symbol GME (requested short: 501)",
        )
    ]


def test_a_bracket_s_two_sells_count_once_and_not_before_its_buy_has_filled():
    def script(strategy, row):
        if row == 0:
            return strategy.buy_bracket(size=600, price=10.5, stopprice=5.0, limitprice=20.0)
        return strategy.sell(size=500) if row == 3 else None

    states, _, strategy = run(script)
    assert "Rejected" not in states
    # 600 long, of which the bracket's legs sell 600 at most: 500 more can be borrowed.
    assert strategy.position.size == 100


def test_clip_sends_what_can_be_borrowed():
    states, _, strategy = run(
        lambda s, row: s.sell(size=700) if row == 0 else None, on_exceed="clip"
    )
    assert (states, strategy.position.size) == (["Completed"], -500)


def test_a_resting_order_is_cancelled_when_its_shares_are_gone():
    available = [500, 500, 50, 50, 50, 50, 50, 50]
    day = {d.date(): n for d, n in zip(DAYS, available, strict=True)}
    from shortable.adapters.backtrader import broker

    orders = []

    class Script(bt.Strategy):
        def next(self):
            if len(self.data) == 1:
                orders.extend(
                    [
                        self.sell(size=50, exectype=bt.Order.Limit, price=99.0),
                        self.sell(size=300, exectype=bt.Order.Limit, price=99.0),
                    ]
                )

    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker = broker(
        CustomShortableProvider(lambda s, now: day[now.date()]), recheck="daily"
    )
    cerebro.adddata(bt.feeds.PandasData(dataname=BARS, openinterest=None), name="GME")
    cerebro.addstrategy(Script)
    cerebro.run()
    assert [o.getstatusname() for o in orders] == ["Accepted", "Canceled"]
    assert cerebro.broker.desk.report().refusals["kind"].tolist() == ["recheck"]
    assert cerebro.broker.desk.report().refusals["time"].iloc[0] == DAYS[2] + pd.Timedelta(
        "9h30min"
    )


def test_its_own_null_run_is_not_changed():
    from shortable import NullShortableProvider
    from shortable.adapters.backtrader import broker

    values = []
    for made in (bt.brokers.BackBroker(cash=1e5), broker(NullShortableProvider(), cash=1e5)):
        cerebro = bt.Cerebro(stdstats=False)
        cerebro.broker = made
        cerebro.adddata(bt.feeds.PandasData(dataname=BARS, openinterest=None), name="GME")
        script = type(
            "S",
            (bt.Strategy,),
            {"next": lambda self: self.sell(size=3) if len(self.data) % 2 else self.buy(size=1)},
        )
        cerebro.addstrategy(script)
        cerebro.run()
        values.append(cerebro.broker.getvalue())
    assert values[0] == values[1]
