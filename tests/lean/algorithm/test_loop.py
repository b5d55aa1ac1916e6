"""What happens when: LEAN's order of events."""

from __future__ import annotations

import pytest

from ..folder import LeanFolder
from .folders import DAYS, bars_folder, minute_folder, run

ORDER = """
class Order(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 8)
        self.seen = []
        self.add_equity("SPY", Resolution.HOUR)
        self.schedule.on(self.date_rules.every_day("SPY"), self.time_rules.at(11, 0), lambda: self.note("scheduled"))
        self.schedule.on(self.date_rules.every_day("SPY"), self.time_rules.at(11, 30), lambda: self.note("between"))
        self.consolidate("SPY", timedelta(hours=2), lambda bar: self.note("consolidated"))

    def note(self, what):
        self.seen.append((f"{self.time:%d %H:%M}", what))

    def on_data(self, data):
        self.note("data")
        if self.time.hour == 10 and self.time.day == 7:
            self._limit = self.limit_order("SPY", 10, 200)

    def on_order_event(self, event):
        self.note(str(event.status))

    def on_securities_changed(self, changes):
        self.note(str(len(changes.added_securities)))

    def on_end_of_day(self, symbol):
        self.note("end of day")

    def on_warmup_finished(self):
        self.note("warm")

    def on_end_of_algorithm(self):
        self.note("end")
"""


def test_fills_then_schedule_then_consolidators_then_data(tmp_path):
    seen = run(tmp_path, ORDER, bars_folder(tmp_path / "data", "SPY")).algorithm.seen
    first = [
        what
        for what in seen
        if what[0] in ("07 00:00", "07 10:00", "07 11:00", "07 11:30", "07 12:00")
    ]
    assert first == [
        ("07 00:00", "warm"),
        ("07 00:00", "1"),
        # the bar from 9 to 10 ends a two-hour bar that began at 8
        ("07 10:00", "consolidated"),
        ("07 10:00", "data"),
        ("07 10:00", "Submitted"),
        ("07 11:00", "Filled"),
        ("07 11:00", "scheduled"),
        ("07 11:00", "data"),
        ("07 11:30", "between"),
        ("07 12:00", "consolidated"),
        ("07 12:00", "data"),
    ]
    assert [what for what in seen if what[1] == "end of day"] == [
        ("07 15:50", "end of day"),
        ("08 15:50", "end of day"),
    ]
    assert seen[-1] == ("08 16:00", "end")


def test_an_algorithm_that_quits_ends_after_the_slice(tmp_path):
    body = """
class Quits(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 8)
        self.add_equity("SPY", Resolution.HOUR)
        self.calls = 0

    def on_data(self, data):
        self.calls += 1
        self.quit("enough")
"""
    result = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY"))
    assert result.algorithm.calls == 1
    assert "enough" in result.objects.messages[-1].text


def test_the_warm_up_is_not_traded_and_not_sampled(tmp_path):
    body = """
class Warm(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 8)
        self.set_end_date(2013, 10, 8)
        self.set_warm_up(2, Resolution.DAILY)
        self.add_equity("SPY", Resolution.DAILY)
        self.average = self.sma("SPY", 2)
        self.seen = []

    def on_data(self, data):
        ticket = self.market_order("SPY", 1)
        self.seen.append((self.time.day, self.is_warming_up, self.average.is_ready, str(ticket.status)))
"""
    result = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY"))
    assert result.algorithm.seen == [
        (4, True, False, "Invalid"),
        (7, True, True, "Invalid"),
        (8, False, True, "Submitted"),
    ]
    assert result.statistics["Total Orders"] == "1"
    assert (
        min(moment for moment, _ in result.objects.equity).strftime("%Y-%m-%d %H:%M")
        == "2013-10-08 04:00"
    )


def test_dividends_are_paid_in_raw_mode_and_splits_change_shares(tmp_path):
    folder = LeanFolder(tmp_path / "data").map_file("SPY")
    closes = {
        "2013-10-04": 100,
        "2013-10-07": 100,
        "2013-10-08": 99,
        "2013-10-09": 49.5,
        "2013-10-10": 49.5,
    }
    folder.daily("SPY", [(d, c, c, c, c, 1000) for d, c in closes.items()])
    folder.hour("SPY", [(f"{d} 15:00", c, c, c, c, 1000) for d, c in closes.items()])
    # ex-dividend of 1 dollar on the 8th (1 - 1/100 of the close before), two for one on the 9th
    folder.factor_file(
        "SPY",
        [
            ("1998-01-02", 0.99, 0.5, 1),
            ("2013-10-07", 0.99, 0.5, 100),
            ("2013-10-08", 1, 0.5, 99),
            ("2050-12-31", 1, 1, 0),
        ],
    )
    body = """
class Raw(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 4)
        self.set_end_date(2013, 10, 10)
        self.set_cash(10_000)
        self.add_equity("SPY", Resolution.DAILY, data_normalization_mode=DataNormalizationMode.RAW)
        self.events = []

    def on_data(self, data):
        if data.bars.contains_key("SPY") and self.transactions.orders_count == 0:
            self.market_order("SPY", -10)

    def on_dividends(self, dividends):
        self.events.append((self.time.day, dividends["SPY"].distribution))

    def on_splits(self, splits):
        self.events.append((self.time.day, str(splits["SPY"].type), self.portfolio["SPY"].quantity))
"""
    result = run(tmp_path, body, folder)
    assert result.algorithm.events == [(8, "Warning", -10), (8, 1.0), (9, "SplitOccurred", -20)]
    # Short 10 at the 7th's open of 100; the short pays 10 dollars of dividend; 20 at 49.5 are owed at the end:
    # 10,000 + 1,000 - 1 fee - 10 - 990 = 9,999.
    assert result.statistics["End Equity"] == "9999"


def test_a_delisted_security_is_closed_at_its_last_price(tmp_path):
    folder = bars_folder(tmp_path / "data", "SPY", "XYZ")
    folder.map_file("XYZ", [("1998-01-02", "xyz", "Q"), ("2013-10-09", "xyz", "Q")])
    folder.daily("XYZ", [(d, 10, 10, 10, 10, 1000) for d in DAYS if d <= "2013-10-09"])
    body = """
class Delisted(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.add_equity("SPY", Resolution.DAILY)
        self.add_equity("XYZ", Resolution.DAILY)
        self.events = []

    def on_data(self, data):
        if self.transactions.orders_count == 0 and "XYZ" in data:
            self.market_order("XYZ", -100)

    def on_delistings(self, delistings):
        self.events.append((self.time.day, str(delistings["XYZ"].type)))
"""
    result = run(tmp_path, body, folder)
    assert result.algorithm.events == [(9, "Warning"), (10, "Delisted")]
    assert [(o.quantity, o.price, o.tag) for o in result.objects.orders] == [
        (-100, 10, ""),
        (100, 10, "Liquidate from delisting"),
    ]
    assert result.statistics["Total Fees"] == "$1.00"


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("self.set_start_dat(2013, 10, 7)", "near: set_start_date"),
        ("self.AddEquty('SPY')", "near: add_equity"),
        ("self.add_equity('SPY', Resolution.TICK)", "MINUTE, HOUR or DAILY"),
        ("self.add_option('SPY')", "out of its scope"),
        ("self.add_security(SecurityType.CRYPTO, 'BTCUSD')", "SecurityType.EQUITY"),
        ("Resolution.Weekly", "MINUTE"),
    ],
)
def test_what_is_not_there_says_so_and_what_is_near(tmp_path, what, message):
    body = f"class Bad(QCAlgorithm):\n    def initialize(self):\n        {what}\n"
    with pytest.raises(Exception, match=message):
        run(tmp_path, body, bars_folder(tmp_path / "data", "SPY"))


def test_minutes_added_while_it_runs_begin_at_once(tmp_path):
    body = """
class Later(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 7)
        self.add_equity("SPY", Resolution.MINUTE)
        self.seen, self.changes = [], []

    def on_data(self, data):
        if self.time.hour == 10 and self.time.minute == 0 and "AIG" not in self.securities:
            self.add_equity("AIG", Resolution.MINUTE)
        if "AIG" in data:
            self.seen.append(f"{self.time:%H:%M}")
        if self.time.hour == 10 and self.time.minute == 5:
            self.remove_security("AIG")

    def on_securities_changed(self, changes):
        added = [s.symbol.value for s in changes.added_securities]
        self.changes.append((f"{self.time:%H:%M}", added, [s.symbol.value for s in changes.removed_securities]))
"""
    algorithm = run(tmp_path, body, minute_folder(tmp_path / "data", SPY=100, AIG=50)).algorithm
    assert algorithm.seen == ["10:00", "10:01", "10:02", "10:03", "10:04", "10:05"]
    assert algorithm.changes == [
        ("00:00", ["SPY"], []),
        ("10:00", ["AIG"], []),
        ("10:05", [], ["AIG"]),
    ]
