"""Names that users give to their own things, though we have them too."""

from __future__ import annotations

from .folders import bars_folder, run


def test_attributes_of_the_user_hide_ours_and_nothing_of_ours_trips_over_them(tmp_path):
    body = """
class Hides(QCAlgorithm):
    def Initialize(self):
        self.SetStartDate(2013, 10, 7)
        self.SetEndDate(2013, 10, 9)
        self.symbol = self.AddEquity("SPY", Resolution.Daily).Symbol
        self.RSI = self.RSI("SPY", 2)
        self.ema = self.EMA("SPY", 2)
        self.Symbol = self.symbol
        self.Quantity = 5
        self.order = self.liquidate = self.market_order = None

    def OnData(self, data):
        assert self.RSI.WarmUpPeriod and self.ema.Samples and self.Symbol == self.symbol and self.Quantity == 5
        assert len(self.History(["SPY"], 1, Resolution.Daily)) == 1
        if not self.Portfolio.Invested:
            self.SetHoldings(self.symbol, 0.5)
        self.Log(data["SPY"].ToString() + OrderStatus.Filled.ToString())

    def OnEndOfAlgorithm(self):
        assert self.RemoveSecurity(self.symbol)
"""
    result = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY"))
    assert [str(order.type) for order in result.objects.orders] == ["MarketOnOpen", "MarketOnOpen"]


def test_a_queue_that_comes_round(tmp_path):
    body = """
class Round(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 7)
        queue = CircularQueue[OrderType]([OrderType.MARKET, OrderType.LIMIT])
        queue.circle_completed += lambda sender, event: self.log("round")
        self.got = [queue.dequeue() for _ in range(4)]
"""
    result = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY"))
    assert [m.text for m in result.objects.messages] == ["round", "round"]
    assert [str(kind) for kind in result.algorithm.got] == ["Market", "Limit", "Market", "Limit"]


def test_leans_positional_arguments(tmp_path):
    body = """
class Positional(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 7)
        raw = DataNormalizationMode.RAW
        spy = self.add_equity("SPY", Resolution.DAILY, Market.USA, False, 3, True, raw)
        aig = self.add_security(SecurityType.EQUITY, "AIG", Resolution.DAILY, True, 1.5, False)
        self.got = [spy.leverage, spy.is_fill_data_forward, spy.is_extended_market_hours, spy.data_normalization_mode,
                    aig.leverage, aig.is_extended_market_hours]
        self.set_security_initializer(lambda security: security.set_data_normalization_mode(raw))
        self.got.append(self.add_equity("BAC", Resolution.HOUR).data_normalization_mode)

    def on_data(self, data):
        if self.time.hour == 16:
            self.market_on_open_order("SPY", 1, False, "first")
            self.limit_order("SPY", 1, 50.0, "second")
            self.stop_market_order("SPY", -1, 50.0, True, "third")
"""
    folder = bars_folder(tmp_path / "data", "SPY", "AIG", "BAC")
    result = run(tmp_path, body, folder)
    assert [str(g) for g in result.algorithm.got] == [
        "3.0",
        "False",
        "True",
        "Raw",
        "1.5",
        "False",
        "Raw",
    ]
    assert [order.tag for order in result.objects.orders] == ["first", "second", "third"]
