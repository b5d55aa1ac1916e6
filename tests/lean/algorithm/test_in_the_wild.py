"""What LEAN's own algorithms lean on in passing: names, look-ups by ticker, values after a security is gone."""

from __future__ import annotations

import pytest

from .folders import bars_folder, minute_folder, run

HEAD = """
class Passing(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 8)
        self.set_end_date(2013, 10, 9)
"""


def test_time_is_the_time_of_day(tmp_path):
    # LEAN's imports bring datetime's time, not the module
    body = HEAD + "        self.noon = time(12, 0) < datetime(2013, 10, 8, 13).time()\n"
    assert run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).algorithm.noon


def test_history_answers_to_tickers_however_it_is_turned(tmp_path):
    body = (
        HEAD
        + """
        self.add_equity("SPY", Resolution.DAILY)
        self.add_equity("AIG", Resolution.DAILY)
        history = self.history(["SPY", "AIG"], 1)
        wide = history.close.unstack(level=0)
        turned = history.unstack(0)["close"][["SPY", "AIG"]]
        self.found = [
            "SPY" in wide.columns, "SPY" in wide, "TLT" in wide, "SPY" in history.index.get_level_values(0),
            wide["SPY"].iloc[-1], wide["AIG"].iloc[-1], history["close"]["SPY"].iloc[-1], turned["SPY"].iloc[-1],
        ]
"""
    )
    found = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY", "AIG")).algorithm.found
    assert found == [
        True,
        True,
        False,
        True,
        102.5,
        102.5,
        102.5,
        102.5,
    ]  # the 7th is the third day


def test_a_security_taken_out_keeps_its_value_in_the_account(tmp_path):
    body = (
        HEAD
        + """
        self.add_equity("SPY", Resolution.HOUR)

    def on_data(self, data):
        if not self.portfolio.invested:
            self.market_order("SPY", 10)

    def on_end_of_algorithm(self):
        self.copied = [symbol.value for symbol in self.portfolio.copy()]
        self.before = self.portfolio.total_portfolio_value
        self.popped = self.securities.pop("SPY").subscription_data_config.increment
        self.securities.clear()
        self.after = self.portfolio.total_portfolio_value
"""
    )
    algorithm = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).algorithm
    assert algorithm.copied == ["SPY"]
    assert algorithm.before == algorithm.after != 100_000
    assert algorithm.popped.total_seconds() == 3600


def test_registered_indicators_warm_up_where_that_is_asked_for(tmp_path):
    body = (
        HEAD
        + """
        self.settings.automatic_indicator_warm_up = True
        self.add_equity("SPY", Resolution.MINUTE)
        def made(consolidator):
            indicator = SimpleMovingAverage(3)
            self.register_indicator("SPY", indicator, consolidator)
            return indicator
        half_hours = TradeBarConsolidator(timedelta(minutes=30))
        self.found = [made(None), made(timedelta(minutes=5)), made(half_hours), made(TradeBarConsolidator(5))]
        self.settings.automatic_indicator_warm_up = False
        self.found.append(made(TradeBarConsolidator(timedelta(minutes=30))))
        self.found = [(i.samples, i.is_ready) for i in self.found]
"""
    )
    found = run(tmp_path, body, minute_folder(tmp_path / "data", SPY=100.0)).algorithm.found
    # three bars each, the last of them over at the close; a consolidator that counts bars stays cold
    assert found == [(3, True), (3, True), (3, True), (0, False), (0, False)]


def test_the_benchmark_does_not_touch_what_the_algorithm_sees(tmp_path):
    # LEAN gives the benchmark a security of its own; an hour's bar here has 100,000 shares, a minute's 1,000
    body = (
        HEAD
        + """
        self.spy = self.add_equity("SPY", Resolution.MINUTE)
        self.set_benchmark("SPY")
        self.seen = set()

    def on_data(self, data):
        self.seen.add((self.spy.volume, self.spy.high))

    def on_end_of_algorithm(self):
        self.compared = self.benchmark.evaluate(self.time)
"""
    )
    folder = bars_folder(tmp_path / "data", "SPY")
    for day in ("2013-10-08", "2013-10-09"):
        folder.session("SPY", day, 100.0, spread=None)
    algorithm = run(tmp_path, body, folder).algorithm
    assert algorithm.seen == {(1000.0, 100.0)}
    assert algorithm.compared == 104.6  # the fifth day's last hour: 100 + 4 + 0.1 × 6


def test_a_brokers_own_benchmark_counts(tmp_path):
    body = (
        HEAD
        + """
        self.add_equity("SPY", Resolution.HOUR)
        self.set_brokerage_model(Flat())

    def on_data(self, data):
        if not self.portfolio.invested:
            self.set_holdings("SPY", 1)


class Flat(DefaultBrokerageModel):
    def get_benchmark(self, securities):
        return FuncBenchmark(lambda time: 0)
"""
    )
    found = run(
        tmp_path, body.replace("9)", "11)", 1), bars_folder(tmp_path / "data", "SPY")
    ).statistics
    assert (found["Beta"], found["Alpha"], found["Treynor Ratio"]) == ("0", "0", "0")
    assert found["Tracking Error"] == found["Annual Standard Deviation"] != "0"


def test_a_run_that_quits_while_it_is_initialised_sees_no_data(tmp_path):
    body = (
        HEAD
        + """
        self.add_equity("SPY", Resolution.DAILY)
        self.schedule.on(self.date_rules.every([DayOfWeek.MONDAY]), self.time_rules.noon, lambda: None)
        self.quit("enough")

    def on_data(self, data):
        raise ValueError("data")
"""
    )
    assert (
        run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).statistics["Total Orders"] == "0"
    )


def test_what_is_scheduled_while_initialised_can_be_taken_out_again(tmp_path):
    body = (
        HEAD
        + """
        self.add_equity("SPY", Resolution.HOUR)
        self.times = []
        rule = self.date_rules.every_day("SPY")
        gone = self.schedule.on(rule, self.time_rules.at(12, 0), lambda: self.times.append("gone"))
        asleep = self.schedule.on(rule, self.time_rules.at(12, 0), lambda: self.times.append("asleep"))
        self.schedule.on(rule, self.time_rules.at(12, 30), lambda: self.times.append(f"{self.time:%d %H:%M}"))
        self.schedule.on(rule, self.time_rules.at(16, 5), lambda: self.times.append(f"{self.time:%d %H:%M}"))
        self.schedule.remove(gone)
        asleep.enabled = False
"""
    )
    times = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).algorithm.times
    # as in LEAN's ScheduledEventsOrderRegressionAlgorithm, what is due after the last data does not happen
    assert times == ["08 12:30", "08 16:05", "09 12:30"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("self.add_future(Futures.Indices.SP_500_E_MINI)", "US equities alone"),
        (
            "self.set_portfolio_construction(RiskParityPortfolioConstructionModel())",
            "neither optimisers",
        ),
        ("self.source = SubscriptionDataSource('a.csv')", "custom data"),
        ("self.bricks = RenkoConsolidator(1)", "a length of time"),
    ],
)
def test_what_is_out_of_scope_says_so(tmp_path, line, reason):
    with pytest.raises(NameError) as caught:
        run(tmp_path, HEAD + f"        {line}\n", bars_folder(tmp_path / "data", "SPY"))
    assert reason in caught.value.__notes__[0]


def test_a_day_ends_at_the_close_and_a_timedelta_of_one_at_midnight(tmp_path):
    # LEAN's pull request 8373: N bars by Resolution.DAILY, N - 1 by a timedelta or a rule of the calendar
    body = (
        HEAD
        + """
        self.add_equity("SPY", Resolution.MINUTE)
        self.bars = {"resolution": [], "timedelta": []}
        self.consolidate("SPY", Resolution.DAILY, lambda bar: self.bars["resolution"].append(f"{bar.end_time:%d %H}"))
        self.consolidate("SPY", timedelta(days=1), lambda bar: self.bars["timedelta"].append(f"{bar.end_time:%d %H}"))
"""
    )
    bars = run(tmp_path, body, minute_folder(tmp_path / "data", SPY=100.0)).algorithm.bars
    assert bars == {"resolution": ["08 16", "09 16"], "timedelta": ["09 00"]}


def test_an_indicator_warms_up_before_its_security_is_there(tmp_path):
    body = (
        HEAD
        + """
        average = SimpleMovingAverage(2)
        self.warm_up_indicator(Symbol.create("SPY", SecurityType.EQUITY, Market.USA), average, Resolution.DAILY)
        self.found = average.is_ready, average.current.value
"""
    )
    found = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).algorithm.found
    assert found == (True, 102.0)  # the closes of the second and the third day, 101.5 and 102.5


def test_statistics_can_be_asked_for_while_the_run_goes_on(tmp_path):
    body = (
        HEAD
        + """
        self.add_equity("SPY", Resolution.HOUR)
        self.set_summary_statistic("Mine", 1)
        self.seen = [dict(self.statistics.summary.items())]

    def on_data(self, data):
        if not self.portfolio.invested:
            self.market_order("SPY", 10)

    def on_order_event(self, event):
        if event.status == OrderStatus.FILLED:
            self.set_summary_statistic("Mine", 2)
            table = self.statistics.summary
            self.seen.append((table[PerformanceMetrics.TOTAL_ORDERS], table["Total Fees"], table["Mine"]))

    def on_end_of_algorithm(self):
        whole = self.statistics.total_performance
        self.seen.append((whole.portfolio_statistics.start_equity, whole.trade_statistics.total_number_of_trades))
"""
    )
    result = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY"))
    assert result.algorithm.seen == [{"Mine": "1"}, ("1", "$1.00", "2"), (100_000.0, 0)]
    assert result.statistics["Mine"] == "2"


def test_a_session_is_the_trading_day_as_far_as_it_has_come(tmp_path):
    body = (
        HEAD
        + """
        self.add_security_initializer(lambda security: setattr(security.session, "size", 2))
        self.spy = self.add_equity("SPY", Resolution.MINUTE, extended_market_hours=True)
        session = self.spy.session
        self.seen = [(session.open, session.volume, session[1].close)]
        for hour in (12, 17):
            self.schedule.on(self.date_rules.every_day("SPY"), self.time_rules.at(hour, 0), self._look)

    def _look(self):
        today, before = self.spy.session, self.spy.session[1]
        self.seen.append((today.open, today.high, today.low, today.close, today.volume, before.close))
"""
    )
    folder = bars_folder(tmp_path / "data", "SPY")
    for day, price in (("2013-10-08", 100.0), ("2013-10-09", 200.0)):
        # a dollar more each hour, beginning at nine: half an hour before the open, and an hour after the close
        folder.session(
            "SPY",
            day,
            lambda i, price=price: price + i // 60,
            spread=None,
            begins="09:00",
            ends="17:00",
        )
    seen = run(tmp_path, body, folder).algorithm.seen
    # 150 minutes of 1,000 shares from 9:30 to 12:00, 390 to 16:00
    assert seen[:3] == [
        (0.0, 0.0, 0.0),
        (100.0, 102.0, 100.0, 102.0, 150_000.0, 0.0),
        (100.0, 106.0, 100.0, 106.0, 390_000.0, 0.0),
    ]
    assert seen[3:] == [
        (200.0, 202.0, 200.0, 202.0, 150_000.0, 106.0),
        (200.0, 206.0, 200.0, 206.0, 390_000.0, 106.0),
    ]
