"""Overloads whose arguments are given by name; what users keep on securities; sets in order."""

from __future__ import annotations

from datetime import datetime

import pytest

from .folders import bars_folder, minute_folder, run


def test_arguments_by_name(tmp_path):
    body = """
class Named(QCAlgorithm):
    def initialize(self):
        self.set_start_date(year=2013, month=10, day=8)
        self.SetEndDate(end=datetime(2013, 10, 9))
        self.SetCash(startingCash=50_000)
        self.set_warm_up(bar_count=2, resolution=Resolution.DAILY)
        spy = self.add_equity(ticker="SPY", resolution=Resolution.MINUTE).symbol
        self.set_benchmark(symbol=spy)
        self.schedule.on(
            name="ten", date_rule=self.date_rules.on(year=2013, month=10, day=9),
            time_rule=self.time_rules.at(hour=10, minute=0), callback=self.ten,
        )
        self.Train(dateRule=self.date_rules.today, timeRule=self.time_rules.at(11, 0), trainingCode=self.ten)
        self.heard = []

    def ten(self):
        self.heard.append(self.time)
        self.plot(chart="A", series="B", value=self.portfolio.cash)
"""
    algorithm = run(tmp_path, body, minute_folder(tmp_path / "data", SPY=100.0)).algorithm
    assert algorithm.heard == [datetime(2013, 10, 8, 11), datetime(2013, 10, 9, 10)]
    assert [value for _, value in algorithm._lean.journal.charts["A"]["B"]] == [50_000, 50_000]


def test_a_wrong_name_says_which_there_are(tmp_path):
    body = """
class Named(QCAlgorithm):
    def initialize(self):
        self.set_start_date(yaer=2013)
"""
    with pytest.raises(
        TypeError,
        match=r"set_start_date\(\) got an unexpected keyword argument 'yaer'; it takes year, month",
    ):
        run(tmp_path, body, bars_folder(tmp_path / "data", "SPY"))


def test_what_users_keep_on_a_security(tmp_path):
    body = """
class Keeps(QCAlgorithm):
    def Initialize(self):
        self.SetStartDate(2013, 10, 8)
        self.SetEndDate(2013, 10, 9)
        spy = self.AddEquity("SPY", Resolution.Daily)
        spy.Add("Fast", self.SMA("SPY", 1))
        spy["Slow"] = self.SMA("SPY", 2)
        spy.note = "mine"
        self.found = [
            spy.Get[IndicatorBase]("Fast") is spy.Fast, spy["Slow"] is spy.Slow, spy.get("note"), spy.TryGet("None"),
            spy.Remove("note"), spy.try_get("note"),
        ]
"""
    found = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).algorithm.found
    assert found == [True, True, "mine", (False, None), True, (False, None)]


def test_what_a_universe_selected_is_in_the_order_of_the_selection(tmp_path):
    body = """
class Selects(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 8)
        self.set_end_date(2013, 10, 8)
        self.universe_settings.resolution = Resolution.DAILY
        self.chosen = self.add_universe(lambda stocks: [s.symbol for s in sorted(stocks, key=lambda s: -s.volume)])
        self.all = self.add_universe(CoarseFundamental)
"""
    tickers = ("SPY", "AIG", "IBM", "GE", "F", "TLT")
    folder = bars_folder(tmp_path / "data", *tickers)
    folder.coarse(
        "2013-10-07", [(ticker, 100, 1000 * (7 * i % 5)) for i, ticker in enumerate(tickers)]
    )
    algorithm = run(tmp_path, body, folder).algorithm
    # volumes 0, 2000, 4000, 1000, 3000 and 0
    assert [s.value for s in algorithm.chosen.selected] == ["IBM", "F", "AIG", "GE", "SPY", "TLT"]
    assert algorithm.chosen.selected.count == algorithm.all.selected.Count == 6


def test_an_indicator_of_the_users_follows_another(tmp_path):
    body = """
class Follows(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 8)
        self.set_end_date(2013, 10, 9)
        self.add_equity("SPY", Resolution.DAILY)
        self.heard, average = [], self.sma("SPY", 1)
        average.updated += lambda sender, point: self.heard.append("first")
        own = IndicatorExtensions.of(Doubled(), average)
        own.updated += lambda sender, point: self.heard.append(point.value)
        average.updated += lambda sender, point: self.heard.append("last")
        self.difference = IndicatorExtensions.minus(own, average)

class Doubled(PythonIndicator):
    def __init__(self):
        self.name = "doubled"

    def update(self, point):
        self.value = 2 * point.value
        return True
"""
    algorithm = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).algorithm
    # closes 103.5 and 104.5; all are told in the order in which they asked to be
    assert algorithm.heard == ["first", 207, "last", "first", 209, "last"]
    assert algorithm.difference.current.value == 104.5
