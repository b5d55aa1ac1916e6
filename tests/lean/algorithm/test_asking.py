"""What algorithms ask: history, targets, schedule rules, parameters, the clock."""

from __future__ import annotations

import re
import sys
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.lean.algorithm.clock import Clock, TimeZones
from shortable.lean.algorithm.date_rules import DateRules, DayOfWeek
from shortable.lean.algorithm.past import bars_back
from shortable.lean.algorithm.time_rules import TimeRules
from shortable.lean.data.hours import ExchangeHours
from shortable.lean.enums import Resolution
from shortable.lean.feed.market_time import MarketTime

from .folders import bars_folder, minute_folder, run

MARKET = MarketTime(ExchangeHours())
RULES = DateRules(MARKET, lambda: date(2024, 1, 10))
CLOCK = Clock(datetime(2024, 1, 10, 10))
TIMES = TimeRules(MARKET, CLOCK)


def days(rule, first="2024-01-01", last="2024-02-29"):
    return [f"{d:%m-%d}" for d in rule.days(date.fromisoformat(first), date.fromisoformat(last))]


def test_date_rules():
    assert days(RULES.month_start()) == ["01-01", "02-01"]
    assert days(RULES.month_start("SPY")) == ["01-02", "02-01"]
    assert days(RULES.month_start("SPY", 2)) == ["01-04", "02-05"]
    assert days(RULES.month_end("SPY")) == ["01-31", "02-29"]
    assert days(RULES.week_start("SPY"), "2024-01-08", "2024-01-26") == [
        "01-08",
        "01-16",
        "01-22",
    ]  # the 15th is a holiday
    assert days(RULES.week_end(), "2024-01-08", "2024-01-20") == ["01-12", "01-19"]
    assert days(RULES.every(DayOfWeek.MONDAY, DayOfWeek.FRIDAY), "2024-01-08", "2024-01-14") == [
        "01-08",
        "01-12",
    ]
    assert days(RULES.every_day(), "2024-01-13", "2024-01-16") == [
        "01-13",
        "01-14",
        "01-15",
        "01-16",
    ]
    assert days(RULES.every_day("SPY"), "2024-01-13", "2024-01-16") == ["01-16"]
    assert days(RULES.on(2024, 1, 17)) == ["01-17"]
    assert (days(RULES.today), days(RULES.tomorrow)) == (["01-10"], ["01-11"])
    assert days(RULES.year_start("SPY")) == ["01-02"]


def test_time_rules():
    day = date(2024, 7, 3)  # closes at 13:00
    shown = lambda rule: [f"{m:%H:%M}" for m in rule.moments(day)]  # noqa: E731
    assert shown(TIMES.at(9, 45)) == ["09:45"]
    assert shown(TIMES.at(9, 45, TimeZones.CHICAGO)) == ["10:45"]
    assert shown(TIMES.after_market_open("SPY", 30)) == ["10:00"]
    assert shown(TIMES.before_market_close("SPY", 10)) == ["12:50"]
    assert shown(TIMES.every(timedelta(hours=12))) == ["00:00", "12:00"]
    assert list(TIMES.after_market_open("SPY").moments(date(2024, 7, 4))) == []


@given(st.integers(1, 3000), st.datetimes(datetime(2024, 1, 10), datetime(2024, 12, 1)))
def test_so_many_bars_back_are_so_many_bars(count, end):
    end = end.replace(second=0, microsecond=0)
    start = bars_back(MARKET, end, count, Resolution.MINUTE, extended=False, strict=True)
    minutes, day = 0, start.date()
    while day <= end.date():
        session = MARKET.session(day)
        if session is not None:
            overlap = min(end, session.end) - max(start, session.start)
            minutes += max(0, overlap // timedelta(minutes=1))
        day += timedelta(days=1)
    assert minutes == count


def test_history_in_its_many_ways(tmp_path):
    body = """
class Asks(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 8)
        self.set_end_date(2013, 10, 8)
        self.spy = self.add_equity("SPY", Resolution.HOUR).symbol
        self.add_equity("AIG", Resolution.HOUR)

    def on_data(self, data):
        if self.time.hour != 12:
            return
        days = self.history([self.spy, "AIG"], 2, Resolution.DAILY)
        assert list(days.columns) == ["close", "high", "low", "open", "volume"]
        assert days.index.names == ["symbol", "time"]
        # the run is at noon of the 8th: the newest whole days are the 4th and the 7th
        assert days.loc["SPY"].close.tolist() == [101.5, 102.5] == days.loc[self.spy]["close"].tolist()
        assert days.loc["SPY"].index[-1] == datetime(2013, 10, 7, 16)
        hours = self.history(self.spy, timedelta(hours=3), Resolution.HOUR)
        assert [t.hour for t in hours.loc[self.spy].index] == [10, 11, 12]
        assert self.history(self.spy, 3).shape == (3, 5)
        bars = self.history[TradeBar](self.spy, 3, Resolution.DAILY)
        assert [bar.close for bar in bars] == [100.5, 101.5, 102.5]
        assert len(self.history(self.spy, datetime(2013, 10, 3), datetime(2013, 10, 5), Resolution.DAILY)) == 2
        slices = list(self.history(2, Resolution.DAILY))
        assert [s.bars["AIG"].close for s in slices] == [101.5, 102.5]
        assert self.history(["SPY"], 0).empty
        assert self.get_last_known_price(self.securities["SPY"]).close == 103.2
        self.done = True
"""
    assert run(tmp_path, body, bars_folder(tmp_path / "data", "SPY", "AIG")).algorithm.done


def test_targets_leave_the_buffer_and_liquidation_cancels_what_rests(tmp_path):
    body = """
class Targets(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 7)
        self.set_cash(100_000)
        self.add_equity("SPY", Resolution.MINUTE)
        self.add_equity("AIG", Resolution.MINUTE)

    def on_data(self, data):
        clock = f"{self.time:%H:%M}"
        if clock == "09:31":
            # a quarter per cent is kept free: 99,750 / 100 = 997.5; the fee and the last share fit
            assert self.calculate_order_quantity("SPY", 1) == 997
            self.set_holdings("SPY", -0.5)
            assert self.portfolio["SPY"].quantity == -498
            self.set_holdings("SPY", -0.5)
            assert self.transactions.orders_count == 1
            self.limit_order("SPY", 10, 50)
        if clock == "09:32":
            self.set_holdings("AIG", 0.25, liquidate_existing_holdings=True)
            assert (self.portfolio["SPY"].quantity, self.portfolio["AIG"].invested) == (0, True)
        if clock == "09:33":
            assert not self.transactions.get_open_orders("SPY")
            self.liquidate("AIG", tag="done")
            assert not self.portfolio.invested
        if clock == "09:34":
            self.settings.liquidate_enabled = False
            self.buy("SPY", 5)
            assert self.liquidate() == [] and self.portfolio["SPY"].quantity == 5
            self.settings.free_portfolio_value_percentage = 0.5
            self.order_quantity = self.calculate_order_quantity("SPY", 1)
"""
    result = run(tmp_path, body, minute_folder(tmp_path / "data", SPY=100, AIG=50))
    assert [order.tag for order in result.objects.orders][-2:] == ["done", ""]
    assert result.algorithm.order_quantity < 500


def test_parameters_come_as_the_default_is_and_options_go_before_the_algorithms_own(tmp_path):
    body = """
class Parameters(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 8)
        self.set_cash(5)
        self.add_equity("SPY", Resolution.DAILY)
        self.got = [self.get_parameter("n", 1), self.get_parameter("x", 1.5), self.get_parameter("t"), self.get_parameter("no", 7)]
        self.days = []

    def on_data(self, data):
        self.days.append(self.time.day)
"""
    folder = bars_folder(tmp_path / "data", "SPY")
    settings = {
        "parameters": {"n": "3", "x": "2", "t": "word"},
        "start": "2013-10-08",
        "end": "2013-10-09",
        "cash": 777,
    }
    result = run(tmp_path, body, folder, **settings)
    assert result.algorithm.got == [3, 2.0, "word", 7]
    assert result.algorithm.days == [8, 9]
    assert result.statistics["Start Equity"] == "777"


def test_the_clock_may_have_another_face(tmp_path):
    body = """
class Chicago(QCAlgorithm):
    def initialize(self):
        self.set_time_zone("America/Chicago")
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 7)
        self.add_equity("SPY", Resolution.HOUR)
        self.schedule.on(self.date_rules.every_day(), self.time_rules.at(9, 0), lambda: self.times.append(f"at {self.time:%H:%M}"))
        self.times = []

    def on_data(self, data):
        self.times.append(f"{self.time:%H:%M}")
        self.utc = self.utc_time
"""
    algorithm = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).algorithm
    assert algorithm.times[:3] == ["at 09:00", "09:00", "10:00"]
    assert f"{algorithm.utc:%H:%M}" == "20:00"


def test_a_universe_keeps_what_is_held_until_it_is_closed(tmp_path):
    folder = bars_folder(tmp_path / "data", "SPY", "AIG", "BAC")
    for day, ticker in (
        ("2013-10-04", "AIG"),
        ("2013-10-07", "BAC"),
        ("2013-10-08", "BAC"),
        ("2013-10-09", "BAC"),
    ):
        folder.coarse(day, [(ticker, 10, 1000), ("SPY", 100, 1)])
    body = """
class Keeps(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 10)
        self.universe_settings.resolution = Resolution.DAILY
        self.changes, self.times = [], []
        self.add_universe(lambda coarse: [c.symbol for c in coarse if c.volume == 1000])

    def on_data(self, data):
        self.times.append((self.time.day, sorted(s.value for s in data.keys())))
        if self.time.day == 7:
            self.market_order("AIG", 1)
        if self.time.day == 8:
            self.liquidate("AIG")

    def on_securities_changed(self, changes):
        names = lambda securities: [s.symbol.value for s in securities]
        self.changes.append((self.time.day, names(changes.added_securities), names(changes.removed_securities)))
"""
    algorithm = run(tmp_path, body, folder).algorithm
    # AIG is deselected on the 8th; its order rests till that day's bar, its position is sold with the 9th's
    assert algorithm.changes[:2] == [(7, ["AIG"], []), (8, ["BAC"], ["AIG"])]
    assert algorithm.times == [
        (7, ["AIG"]),
        (8, ["AIG", "BAC"]),
        (9, ["AIG", "BAC"]),
        (10, ["BAC"]),
    ]


@pytest.mark.parametrize(
    "header",
    [
        "from AlgorithmImports import *",
        """
from clr import AddReference
AddReference("QuantConnect.Common")
from System import *
from QuantConnect import *
from QuantConnect.Algorithm import *
from QuantConnect.Data.Custom.Anything import *
from System.Drawing import Color
""",
    ],
)
def test_files_of_both_ages_are_recognised(tmp_path, header):
    from shortable.lean.imports import is_lean_file
    from shortable.lean.run import run_algorithm

    file = tmp_path / "a.py"
    file.write_text(
        header
        + "\nclass A(QCAlgorithm):\n    def Initialize(self):\n        self.SetStartDate(2013, 10, 7)\n"
        "        self.SetEndDate(2013, 10, 7)\n        self.AddEquity('SPY', Resolution.Daily)\n",
        encoding="utf-8",
    )
    assert is_lean_file(file)
    folder = bars_folder(tmp_path / "data", "SPY")
    assert run_algorithm(file, folder.path, raising=True).statistics["Total Orders"] == "0"
    assert not {
        "AlgorithmImports",
        "clr",
        "System",
        "QuantConnect",
        "QuantConnect.Algorithm",
    } & set(sys.modules)


def test_a_universe_by_name_selects_tickers_by_the_time(tmp_path):
    body = """
class Named(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 9)
        self.universe_settings.resolution = Resolution.DAILY
        self.asked, self.times = [], []
        self.add_universe("mine", Resolution.DAILY, self._select)

    def _select(self, time):
        self.asked.append(time)
        return ["AIG"] if time.day < 9 else ["BAC"]

    def on_securities_changed(self, changes):
        for security in changes.added_securities:
            security["since"] = self.time

    def on_data(self, data):
        self.times.append((self.time.day, [s.value for s in data.keys()], self.securities[list(data.keys())[0]].since.day))
"""
    algorithm = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY", "AIG", "BAC")).algorithm
    assert [f"{t:%d %H}" for t in algorithm.asked] == ["07 00", "08 00", "09 00"]
    assert algorithm.times == [(7, ["AIG"], 7), (8, ["AIG"], 7), (9, ["BAC"], 9)]


def test_time_zones_have_names_that_every_system_has() -> None:
    """Debian 13 and Ubuntu 24.04 keep those of the past, EST among them, in a package that few have."""
    zones = {zone.key: zone for zone in vars(TimeZones).values() if isinstance(zone, ZoneInfo)}
    areas = r"(America|Asia|Australia|Etc|Europe)/\S+|UTC"
    assert [key for key in zones if not re.fullmatch(areas, key)] == []
    for day in (datetime(2024, 1, 1), datetime(2024, 7, 1)):  # New York's winter, all year
        assert TimeZones.EASTERN_STANDARD.utcoffset(day) == timedelta(hours=-5)
