"""S15 on every host: resting orders count anew in each session, and cancelled ones give back what they took."""

from __future__ import annotations

import copy
import os
import warnings

import numpy as np
import pandas as pd
import pytest

from shortable import FrameShortableProvider
from shortable.engine import Algorithm, Backtest, MarketData

pytestmark = pytest.mark.slow

DAYS = pd.bdate_range("2024-01-02", periods=5)
BARS = pd.DataFrame(
    {"open": 10.0, "high": 10.0, "low": 10.0, "close": 10.0, "volume": 1e9}, index=DAYS
)
LIMITS = [500, 600, 650, 100, 0]
"""Shares that may be sold short in each session."""
CANCELS = [[], [1], [], [0, 2], []]
"""Orders to cancel first in each session, by their number among the accepted ones."""
SELLS = [[300, 201, 200, 1], [301, 300, 1], [51, 50], [51, 50], []]
"""Shares to sell then, at a price that is never reached."""
# Session 0: 300, then 201 would make 501 of 500; 200 make it 500, and 1 more is too much.
# Session 1: both count anew, 500; without the second 300. 301 would make 601 of 600; 300 make it 600.
# Session 2: 600 count anew; 51 would make 651 of 650. Session 3: 650 count anew; without the first and the third 50 are
# left, so that of 100 50 more fit and 51 do not.
REFUSED = [(0, 201), (0, 1), (1, 301), (1, 1), (2, 51), (3, 51)]
FAR = 1_000.0


def provider() -> FrameShortableProvider:
    return FrameShortableProvider(
        pd.DataFrame({"GME": LIMITS}, index=DAYS), kind="daily_flow", missing="raise"
    )


class Script:
    """What a strategy does in each session; the host says how it sells and cancels."""

    def __init__(self, sell, cancel, accepted):
        self.sell, self.cancel, self.accepted = sell, cancel, accepted
        self.orders = []

    def cancels(self, day):
        for number in CANCELS[day]:
            self.cancel(self.orders[number])

    def sells(self, day):
        for shares in SELLS[day]:
            order = self.sell(shares)
            if self.accepted(order):
                self.orders.append(order)


def refused(table):
    days = [DAYS.get_loc(time.normalize()) for time in table["time"]]
    return list(zip(days, (-table["requested"]).tolist(), strict=True))


def on_engine(recheck="submission"):
    class Algo(Algorithm):
        def initialize(self):
            self.set_cash(1e9)
            self.add_equity("GME")
            self.script = Script(
                lambda shares: self.limit_order("GME", -shares, FAR),
                lambda ticket: ticket.cancel(),
                lambda ticket: not ticket.status.is_closed(),
            )

        def on_data(self, slice):
            day = DAYS.get_loc(pd.Timestamp(self.time.date()))
            self.script.cancels(day)
            self.script.sells(day)

    data = MarketData.from_frames({"GME": BARS})
    return Backtest(Algo, data, provider=provider(), recheck=recheck).run().refusals


def on_backtrader(recheck="submission"):
    bt = pytest.importorskip("backtrader", reason="backtrader is not installed")
    from shortable.adapters.backtrader import broker

    class Algo(bt.Strategy):
        def start(self):
            self.script = Script(
                lambda shares: self.sell(size=shares, exectype=bt.Order.Limit, price=FAR),
                self.cancel,
                lambda order: order.alive(),
            )

        def next(self):
            self.script.cancels(len(self) - 1)
            self.script.sells(len(self) - 1)

    cerebro = bt.Cerebro(stdstats=False)
    options = {"checksubmit": False}  # else an order can be cancelled from the next bar on
    cerebro.broker = broker(provider(), cash=1e9, recheck=recheck, broker_options=options)
    cerebro.adddata(bt.feeds.PandasData(dataname=BARS, openinterest=None), name="GME")
    cerebro.addstrategy(Algo)
    cerebro.run()
    return cerebro.broker.desk.report().refusals


def on_zipline(tmp_path, recheck="submission"):
    zipline = pytest.importorskip("zipline", reason="zipline is not installed")
    from zipline import api
    from zipline.finance.execution import LimitOrder

    from shortable.adapters.zipline import bundle_of_frames, limit_shorts

    environ = {**os.environ, "ZIPLINE_ROOT": str(tmp_path)}
    short = limit_shorts(provider(), recheck=recheck)
    script = Script(
        lambda shares: api.order(api.symbol("GME"), -shares, style=LimitOrder(FAR)),
        api.cancel_order,
        lambda order_id: short.blotter.orders[order_id].open,
    )

    def handle_data(context, data):
        day = DAYS.get_loc(pd.Timestamp(api.get_datetime().date()))
        script.cancels(day)
        script.sells(day)

    zipline.run_algorithm(
        DAYS[0],
        DAYS[-1],
        lambda context: None,
        1e9,
        handle_data=handle_data,
        bundle=bundle_of_frames({"GME": BARS}, environ=environ),
        environ=environ,
        default_extension=False,
        benchmark_returns=pd.Series(0.0, DAYS.tz_localize("UTC")),
        **short.arguments,
    )
    return short.desk.report().refusals


def on_backtesting(recheck="submission"):
    backtesting = pytest.importorskip("backtesting", reason="backtesting is not installed")
    from shortable.adapters.backtesting import desk_of, limit_shorts

    class Algo(backtesting.Strategy):
        def init(self):
            self.script = Script(
                lambda shares: self.sell(size=shares, limit=FAR),
                lambda order: order.cancel(),
                lambda order: order in self.orders,
            )

        def next(self):
            self.script.cancels(len(self.data) - 2)
            self.script.sells(len(self.data) - 2)

    # The host does not show a strategy the first bar.
    before = BARS.iloc[[0]].set_axis([DAYS[0] - pd.Timedelta(days=1)])
    bars = pd.concat([before, BARS]).rename(columns=str.capitalize)
    test = backtesting.Backtest(bars, Algo, cash=1e9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        limit_shorts(test, provider(), "GME", recheck=recheck).run()
    return desk_of(test).report().refusals


def on_nautilus():
    pytest.importorskip("nautilus_trader", reason="nautilus_trader is not installed")
    from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
    from nautilus_trader.config import LoggingConfig
    from nautilus_trader.model import Money, Price, Quantity, Venue
    from nautilus_trader.model.currencies import USD
    from nautilus_trader.model.data import BarType, QuoteTick
    from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
    from nautilus_trader.persistence.wranglers import BarDataWrangler
    from nautilus_trader.test_kit.providers import TestInstrumentProvider
    from nautilus_trader.trading.strategy import Strategy

    from shortable.adapters.nautilus import limit_shorts

    gme = TestInstrumentProvider.equity(symbol="GME", venue="XNYS")
    daily = BarType.from_str("GME.XNYS-1-DAY-LAST-EXTERNAL")
    opens, closes = ((DAYS + pd.Timedelta(hours=h)).tz_localize("UTC") for h in (15, 21))
    lot = Quantity.from_int(1_000_000)
    quotes = [
        QuoteTick(gme.id, Price(10.0, 2), Price(10.0, 2), lot, lot, t.value, t.value) for t in opens
    ]

    class Algo(Strategy):
        def on_start(self):
            self.script = Script(self.sell, self.cancel_order, lambda order: not order.is_closed)
            self.subscribe_quote_ticks(gme.id)
            self.subscribe_bars(daily)

        def sell(self, shares):
            price = Price(FAR, 2)
            order = self.order_factory.limit(
                gme.id, OrderSide.SELL, Quantity.from_int(shares), price
            )
            self.submit_order(order)
            return order

        def on_quote_tick(self, tick):  # the host carries out commands when a callback is over
            self.script.cancels(self.cache.bar_count(daily))

        def on_bar(self, bar):
            self.script.sells(self.cache.bar_count(daily) - 1)

    short = limit_shorts(provider())
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(
        Venue("XNYS"),
        OmsType.NETTING,
        AccountType.MARGIN,
        [Money(1e9, USD)],
        base_currency=USD,
        modules=[short.module],
    )
    engine.add_instrument(gme)
    engine.add_data([*quotes, *BarDataWrangler(daily, gme).process(BARS.set_axis(closes))])
    engine.add_strategy(short.strategy(Algo)())
    engine.run()
    engine.dispose()
    return short.desk.report().refusals


def room(desk, day):
    """Return how much more may be sold short in a session; the desk's own record is left as it is."""
    probe = copy.copy(desk)
    probe.on_exceed, probe.refusals = "clip", []
    return probe.allowed("GME", DAYS[day].replace(hour=16).to_pydatetime(), 10_000, 0, 0)


HOSTS = [on_engine, on_backtrader, on_zipline, on_backtesting, on_nautilus]


def named(run):
    return run.__name__.removeprefix("on_")


@pytest.mark.parametrize("run", HOSTS, ids=named)
def test_s15_what_rests_counts_anew_and_what_is_cancelled_is_given_back(run, tmp_path):
    assert refused(run(tmp_path) if run is on_zipline else run()) == REFUSED


@pytest.mark.parametrize("run", HOSTS[:-1], ids=named)
def test_s15_a_daily_recheck_cancels_the_newest_that_are_too_many(run, tmp_path, monkeypatch):
    """After session 2, 300 + 300 + 50 rest; session 3 allows 100, so that the newest go, one after the other, all."""
    monkeypatch.setitem(globals(), "CANCELS", [[], [1], [], [], []])
    monkeypatch.setitem(globals(), "SELLS", [*SELLS[:3], [100, 1], []])
    arguments = (tmp_path, "daily") if run is on_zipline else ("daily",)
    found = run(*arguments)
    assert refused(found) == [*REFUSED[:5], (3, 50), (3, 300), (3, 300), (3, 1), (4, 100)]
    assert found["kind"].map(str).tolist()[5:] == [
        "recheck",
        "recheck",
        "recheck",
        "submission",
        "recheck",
    ]


def test_s15_in_one_bar_a_cover_frees_nothing_and_a_long_is_sold_first():
    """vectorbt, of 100 a session: 60, covered, then 60 more are too many; on the next day 50 are held and 150 sold."""
    pytest.importorskip("vectorbt", reason="vectorbt is not installed", exc_type=ImportError)
    from shortable.adapters.vectorbt import from_orders

    none = np.nan
    sizes = [
        pd.DataFrame({"GME": column}, DAYS[:3], dtype=float)
        for column in ([-60, 50, -1], [60, -150, none], [-60, -1, none])
    ]
    limits = FrameShortableProvider(
        pd.DataFrame({"GME": [200, 200, 0]}, DAYS[:3]), kind="daily_flow"
    )
    held = from_orders(
        BARS[["close"]].set_axis(["GME"], axis=1).iloc[:3], sizes, limits, share=0.5, init_cash=1e6
    )
    assert refused(held.desk.report().refusals) == [(0, 60), (1, 1), (2, 1)]
    assert held.portfolio.assets()["GME"].tolist() == [0, -100, -100]
    assert held.desk.refusals[0].available == 100


def test_s15_on_bt_each_rebalancing_of_a_session_counts():
    bt = pytest.importorskip("bt", reason="bt is not installed")
    from shortable.adapters.bt import desk_of, limit_shorts, limiter

    class Algo(bt.Algo):
        def __init__(self):
            super().__init__()
            self.limit = limiter()

        def __call__(self, target):
            if target.now in DAYS[:2]:
                for quantity in (-300, 300, -201):
                    self.limit.transact(target, "GME", quantity)
            return True

    script = Algo()
    strategy = bt.Strategy("s", limit_shorts([script, script.limit], provider()))
    close = BARS[["close"]].set_axis(["GME"], axis=1)
    test = bt.Backtest(strategy, close, initial_capital=1e6, progress_bar=False)
    bt.run(test)
    # 300 and 201 of 500, whatever was covered between them; on the next day 501 of 600 pass.
    assert refused(desk_of(test).report().refusals) == [(0, 201)]


def test_s15_on_backtrader_whatever_ends_unfilled_is_given_back():
    """Of 500: 300 expire before the next session's orders; of two that cancel one another the second ends with the first."""
    bt = pytest.importorskip("backtrader", reason="backtrader is not installed")
    from shortable.adapters.backtrader import broker

    limits = FrameShortableProvider(
        pd.DataFrame({"GME": [500] * 5}, DAYS), kind="daily_flow", missing="raise"
    )
    left = []

    class Algo(bt.Strategy):
        def next(self):
            day = len(self) - 1
            limit = {"exectype": bt.Order.Limit}
            if day == 0:
                until = DAYS[0].to_pydatetime()
                self.sell(size=300, price=FAR, valid=until, **limit)
            if day == 1:  # it had expired before the session's orders, after it had begun
                left.append(room(self.broker.desk, day))
                first = self.sell(size=100, price=FAR, **limit)
                self.sell(size=50, price=FAR, oco=first, **limit)
                left.append(room(self.broker.desk, day))
                self.cancel(first)
                left.append(room(self.broker.desk, day))
                self.sell(size=400, price=FAR, **limit)
            if day == 2:
                left.append(room(self.broker.desk, day))

    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker = broker(limits, cash=1e9, broker_options={"checksubmit": False})
    cerebro.adddata(bt.feeds.PandasData(dataname=BARS, openinterest=None), name="GME")
    cerebro.addstrategy(Algo)
    cerebro.run()
    assert left == [500, 350, 500, 100]


def test_s15_on_backtesting_an_order_without_margin_is_given_back():
    """500 of 1,000 are sent without the cash for them, and count no more when they should fill; then 900 rest."""
    backtesting = pytest.importorskip("backtesting", reason="backtesting is not installed")
    from shortable.adapters.backtesting import desk_of, limit_shorts

    limits = FrameShortableProvider(
        pd.DataFrame({"GME": [1_000] * 6}, [DAYS[0] - pd.Timedelta(days=1), *DAYS]),
        kind="daily_flow",
    )
    left = []

    class Algo(backtesting.Strategy):
        def init(self):
            pass

        def next(self):
            day = len(self.data) - 2
            left.append(room(self._broker.desk, day))
            if day == 0:
                self.sell(size=500)
            if day == 1:
                self.sell(size=900, limit=FAR)

    before = BARS.iloc[[0]].set_axis([DAYS[0] - pd.Timedelta(days=1)])
    bars = pd.concat([before, BARS]).rename(columns=str.capitalize)
    test = backtesting.Backtest(bars, Algo, cash=1_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        limit_shorts(test, limits, "GME").run()
    assert left == [1_000, 1_000, 100, 100, 100]
    assert desk_of(test).report().refusals.empty
