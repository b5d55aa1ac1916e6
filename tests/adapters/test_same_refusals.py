"""One daily strategy with every adapter's defaults: availability is looked up at the same moment, so the refusals are the same."""

from __future__ import annotations

import os
import warnings
from datetime import datetime

import pandas as pd
import pytest

from shortable import CustomShortableProvider
from shortable.engine import Algorithm, Backtest, MarketData

DAYS = pd.bdate_range("2024-01-02", periods=6)
BARS = pd.DataFrame(
    {"open": 10.0, "high": 10.0, "low": 10.0, "close": 10.0, "volume": 1e9}, index=DAYS
)
# What could be borrowed in the morning would refuse the other orders.
MORNING = [0, 900, 0, 900, 0, 900]
EVENING = [900, 0, 900, 0, 900, 0]


def shares_at(symbol, now):
    day = DAYS.get_loc(pd.Timestamp(now).normalize())
    return (MORNING if now.hour < 16 else EVENING)[day]


PROVIDER = CustomShortableProvider(shares_at)
# A strategy that sees a bar and then sells: once the session's list of the evening counts, the second and fourth orders
# cannot be borrowed. None is sent in the last session, in which no host of the next bar could fill any more.
EXPECTED = [datetime(2024, 1, 3, 16), datetime(2024, 1, 5, 16)]
SHARES = 100


def on_engine():
    class Script(Algorithm):
        def initialize(self):
            self.add_equity("GME").set_shortable_provider(PROVIDER)

        def on_data(self, slice):
            if self.time.date() != DAYS[-1].date():
                self.market_order("GME", -SHARES)

    result = Backtest(Script, MarketData.from_frames({"GME": BARS})).run()
    return [time.to_pydatetime() for time in result.refusals["time"]]


def on_backtrader():
    bt = pytest.importorskip("backtrader", reason="backtrader is not installed")
    from shortable.adapters.backtrader import broker

    class Script(bt.Strategy):
        def next(self):
            if len(self.data) < len(DAYS):
                self.sell(size=SHARES)

    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker = broker(PROVIDER, cash=1e6)
    cerebro.adddata(bt.feeds.PandasData(dataname=BARS, openinterest=None), name="GME")
    cerebro.addstrategy(Script)
    cerebro.run()
    return times_of(cerebro.broker.desk)


def on_zipline(tmp_path):
    zipline = pytest.importorskip("zipline", reason="zipline is not installed")
    from zipline import api

    from shortable.adapters.zipline import bundle_of_frames, limit_shorts

    environ = {**os.environ, "ZIPLINE_ROOT": str(tmp_path)}
    short = limit_shorts(PROVIDER)

    def handle_data(context, data):
        if api.get_datetime().date() != DAYS[-1].date():
            api.order(api.symbol("GME"), -SHARES)

    zipline.run_algorithm(
        DAYS[0],
        DAYS[-1],
        lambda context: None,
        1e6,
        handle_data=handle_data,
        bundle=bundle_of_frames({"GME": BARS}, environ=environ),
        environ=environ,
        default_extension=False,
        benchmark_returns=pd.Series(0.0, DAYS.tz_localize("UTC")),
        **short.arguments,
    )
    return times_of(short.desk)


def on_backtesting():
    backtesting = pytest.importorskip("backtesting", reason="backtesting is not installed")
    from shortable.adapters.backtesting import desk_of, limit_shorts

    class Script(backtesting.Strategy):
        def init(self):
            pass

        def next(self):
            if len(self.data) <= len(DAYS):
                self.sell(size=SHARES)

    # The host does not show a strategy the first bar.
    before = BARS.iloc[[0]].set_axis([DAYS[0] - pd.Timedelta(days=1)])
    test = backtesting.Backtest(
        pd.concat([before, BARS]).rename(columns=str.capitalize), Script, cash=1e6
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # trades that are open at the end
        limit_shorts(test, PROVIDER, "GME").run()
    return [time for time in times_of(desk_of(test)) if time.date() != DAYS[-1].date()]


def on_vectorbt():
    pytest.importorskip("vectorbt", reason="vectorbt is not installed", exc_type=ImportError)
    from shortable.adapters.vectorbt import from_orders

    sizes = pd.DataFrame({"GME": [-float(SHARES)] * 5 + [float("nan")]}, index=DAYS)
    close = BARS[["close"]].set_axis(["GME"], axis=1)
    return times_of(from_orders(close, sizes, PROVIDER, init_cash=1e6).desk)


def on_bt():
    bt = pytest.importorskip("bt", reason="bt is not installed")
    from shortable.adapters.bt import desk_of, limit_shorts, limiter

    class Script(bt.Algo):
        def __init__(self):
            super().__init__()
            self.limit = limiter()

        def __call__(self, target):
            if target.now in DAYS[:-1]:
                self.limit.transact(target, "GME", -SHARES)
            return True

    script = Script()
    strategy = bt.Strategy("s", limit_shorts([script, script.limit], PROVIDER))
    close = BARS[["close"]].set_axis(["GME"], axis=1)
    test = bt.Backtest(strategy, close, initial_capital=1e6, progress_bar=False)
    bt.run(test)
    return times_of(desk_of(test))


def on_nautilus():
    pytest.importorskip("nautilus_trader", reason="nautilus_trader is not installed")
    from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
    from nautilus_trader.config import LoggingConfig
    from nautilus_trader.model import Money, Quantity, Venue
    from nautilus_trader.model.currencies import USD
    from nautilus_trader.model.data import BarType
    from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
    from nautilus_trader.persistence.wranglers import BarDataWrangler
    from nautilus_trader.test_kit.providers import TestInstrumentProvider
    from nautilus_trader.trading.strategy import Strategy

    from shortable.adapters.nautilus import limit_shorts

    gme = TestInstrumentProvider.equity(symbol="GME", venue="XNYS")
    daily = BarType.from_str("GME.XNYS-1-DAY-LAST-EXTERNAL")
    closes = (DAYS + pd.Timedelta(hours=21)).tz_localize("UTC")

    class Script(Strategy):
        def on_start(self):
            self.subscribe_bars(daily)

        def on_bar(self, bar):
            if self.cache.bar_count(daily) < len(DAYS):
                sell, shares = OrderSide.SELL, Quantity.from_int(SHARES)
                self.submit_order(self.order_factory.market(gme.id, sell, shares))

    short = limit_shorts(PROVIDER)
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(
        Venue("XNYS"),
        OmsType.NETTING,
        AccountType.MARGIN,
        [Money(1e6, USD)],
        base_currency=USD,
        modules=[short.module],
    )
    engine.add_instrument(gme)
    engine.add_data(BarDataWrangler(daily, gme).process(BARS.set_axis(closes)))
    engine.add_strategy(short.strategy(Script)())
    engine.run()
    engine.dispose()
    return times_of(short.desk)


def times_of(desk):
    return [refusal.time for refusal in desk.refusals]


@pytest.mark.parametrize(
    "run",
    [on_engine, on_backtrader, on_zipline, on_backtesting, on_vectorbt, on_bt, on_nautilus],
    ids=lambda run: run.__name__.removeprefix("on_"),
)
def test_the_same_orders_are_refused_with_every_host_s_defaults(run, tmp_path):
    assert (run(tmp_path) if run is on_zipline else run()) == EXPECTED
