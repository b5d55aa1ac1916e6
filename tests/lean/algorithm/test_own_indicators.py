"""Indicators and consolidators that users write, with or without a call of our constructor."""

from __future__ import annotations

from .folders import bars_folder, minute_folder, run

HEAD = """
class Own(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 8)
        self.set_end_date(2013, 10, 9)
"""


def test_an_indicator_without_our_constructor_has_handlers_and_followers(tmp_path):
    body = (
        HEAD
        + """
        self.add_equity("SPY", Resolution.DAILY)
        self.heard, own, telling = [], Doubled(), Telling()
        own.updated += lambda sender, point: self.heard.append(point.value)
        telling.updated += lambda sender, point: self.heard.append(-point.value)
        self.average = IndicatorExtensions.sma(own, 2)
        for indicator in (own, telling):
            self.register_indicator("SPY", indicator, Resolution.DAILY)

class Doubled(PythonIndicator):
    def __init__(self):
        self.name, self.value = "doubled", 0

    def update(self, bar):
        self.value = 2 * bar.close
        return True

class Telling(PythonIndicator):
    def __init__(self):
        self.name = "telling"

    @property
    def is_ready(self):
        return True

    def update(self, bar):
        self.on_updated(IndicatorDataPoint(bar.end_time, bar.close))
        return True
"""
    )
    algorithm = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).algorithm
    # closes of the two days: 103.5 and 104.5; who tells of the value is not heard twice
    assert algorithm.heard == [207, -103.5, 209, -104.5]
    assert algorithm.average.current.value == 208


def test_consolidators_that_users_write(tmp_path):
    body = (
        HEAD
        + """
        self.add_equity("SPY", Resolution.MINUTE)
        self.heard = []
        for own in (Pairs(), UntilNoon()):
            own.DataConsolidated += lambda sender, bar: self.heard.append((type(sender).__name__, bar.end_time))
            self.subscription_manager.add_consolidator("SPY", own)

class Pairs(PythonConsolidator):
    def __init__(self):
        self.WorkingData = self.Consolidated = None
        self.InputType = self.OutputType = QuoteBar

    def Update(self, data):
        self.WorkingData = data

    def Scan(self, time):
        if self.WorkingData is not None and time.minute == 0:
            self.OnDataConsolidated(self, self.WorkingData)
            self.Consolidated, self.WorkingData = self.WorkingData, None

class UntilNoon(QuoteBarConsolidator):
    def __init__(self):
        self.bar = None

    def update(self, data):
        if self.bar is None:
            self.bar = QuoteBar(data.time, data.symbol, data.bid, data.last_bid_size, data.ask, data.last_ask_size)
        self.aggregate_bar(self.bar, data)

    def scan(self, time):
        if time.hour == 12 and time.minute == 0:
            self.bar.end_time = time
            self.on_data_consolidated(self.bar)
            self.bar = None
"""
    )
    heard = run(tmp_path, body, minute_folder(tmp_path / "data", SPY=100.0)).algorithm.heard
    # full hours from 10:00 to 16:00 on two days, and two noons
    assert [name for name, _ in heard].count("Pairs") == 14
    assert [time.hour for name, time in heard if name == "UntilNoon"] == [12, 12]


def test_consolidate_with_the_type_of_the_bars_first(tmp_path):
    body = (
        HEAD
        + """
        self.add_equity("SPY", Resolution.MINUTE)
        self.heard = []
        self.consolidate(TradeBar, "SPY", 10, None, self.heard.append)
        self.consolidate(QuoteBar, "SPY", 130, None, self.heard.append)
"""
    )
    heard = run(tmp_path, body, minute_folder(tmp_path / "data", SPY=100.0)).algorithm.heard
    # 390 minutes a day, two days
    assert [
        [type(bar).__name__ for bar in heard].count(name) for name in ("TradeBar", "QuoteBar")
    ] == [78, 6]


def test_an_identity_with_a_filter(tmp_path):
    body = (
        HEAD
        + """
        self.add_equity("SPY", Resolution.HOUR)
        self.late = self.filtered_identity("SPY", None, lambda bar: bar.end_time.hour <= 12)
        self.seen = []

    def on_data(self, data):
        self.seen.append((self.late.is_ready, self.late.current.value))
"""
    )
    seen = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).algorithm.seen
    # hours begin at 9 and rise by 0.1; what ends after 12 does not pass
    assert seen[:5] == [(True, 103), (True, 103.1), (True, 103.2), (True, 103.2), (True, 103.2)]


def test_the_past_of_an_indicator_and_its_parts(tmp_path):
    body = (
        HEAD
        + """
        self.add_equity("SPY", Resolution.DAILY)

    def on_end_of_algorithm(self):
        bands = BollingerBands("BB", 2, 2.0)
        self.past = self.indicator_history(bands, "SPY", 3, Resolution.DAILY)
"""
    )
    past = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).algorithm.past
    # closes 101.5, 102.5, 103.5 and 104.5: three means of two, one beside the band is 2 x 0.5
    assert (past.count, len(past)) == (3, 3)
    assert [point.value for point in past["middle_band"]] == [102, 103, 104]
    assert [point.value for point in past.upper_band] == [103, 104, 105]
    assert [point.value for point in past.current] == [102.5, 103.5, 104.5]
    assert [(row.upper_band.value, row["LowerBand"]) for row in past] == [
        (103, 101),
        (104, 102),
        (105, 103),
    ]
    frame = past.data_frame
    assert list(frame["upperband"]) == [103, 104, 105]
    assert {"current", "middleband", "lowerband"} <= set(frame.columns)
