"""A universe that is selected by date and time rules."""

from __future__ import annotations

import pytest

from shortable.errors import InvalidInputError
from shortable.lean.feed.scheduled_universe import ScheduledUniverse

from ..folder import weekdays
from .folders import bars_folder, run

BODY = """
class Scheduled(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.universe_settings.resolution = Resolution.DAILY
        self.asked, self.changed = [], []
        rule = self.date_rules.every(DayOfWeek.TUESDAY, DayOfWeek.THURSDAY)
        self.add_universe(ScheduledUniverse(ZONErule, self.time_rules.at(8, 0), self.pick))

    def pick(self, time):
        self.asked.append(f"{time:%d %H:%M}")
        ticker = "SPY" if time.day == 8 else "AIG"
        return [Symbol.create(ticker, SecurityType.EQUITY, Market.USA)]

    def on_securities_changed(self, changes):
        self.changed.append((f"{self.time:%d %H:%M}", str(changes)))
"""


@pytest.mark.parametrize("zone", ["", "TimeZones.NEW_YORK, "])
def test_it_is_selected_at_its_times_and_asked_in_utc(tmp_path, zone):
    algorithm = run(
        tmp_path, BODY.replace("ZONE", zone), bars_folder(tmp_path / "data", "SPY", "AIG")
    ).algorithm
    assert algorithm.asked == ["08 12:00", "10 12:00"]  # eight in the morning, New York's summer
    assert [when for when, _ in algorithm.changed] == ["08 08:00", "10 08:00"]
    assert "SPY" in algorithm.changed[0][1]
    assert "AIG" in algorithm.changed[1][1]


def test_what_is_no_rule_is_refused():
    with pytest.raises(InvalidInputError, match=r"self\.date_rules"):
        ScheduledUniverse(1, 2, 3)


COARSE = """
class Coarse(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 2)
        self.set_end_date(2013, 10, 15)
        self.universe_settings.resolution = Resolution.DAILY
        self.universe_settings.schedule.on(RULE)
        self.asked = []
        self.add_universe(self.pick)

    def pick(self, rows):
        self.asked.append((f"{self.time:%m-%d}", rows[0].price))
        return []
"""


@pytest.mark.parametrize(
    ("rule", "first_file", "asked"),
    [
        # Wednesday the 2nd is no Monday: the run begins with what was known on Monday the 30th, Friday's file; the
        # Mondays in it take Friday's files
        (
            "self.date_rules.week_start()",
            "2013-09-26",
            [("10-02", 927), ("10-07", 1004), ("10-14", 1011)],
        ),
        # without a file before the 30th that date is left out, and the next takes the very first file, a Tuesday's
        ("self.date_rules.week_start()", "2013-10-01", [("10-07", 1001), ("10-14", 1011)]),
        # a Saturday and the Sunday after it see the same file
        (
            "self.date_rules.every(DayOfWeek.SATURDAY, DayOfWeek.SUNDAY)",
            "2013-09-26",
            [("10-02", 927), ("10-05", 1004), ("10-06", 1004), ("10-12", 1011), ("10-13", 1011)],
        ),
    ],
)
def test_a_coarse_universes_schedule_stands_above_its_data(tmp_path, rule, first_file, asked):
    days = [f"{d}" for d in weekdays("2013-09-23", "2013-10-15")]
    folder = bars_folder(tmp_path / "data", "SPY", days=tuple(days))
    for day in days:
        if day >= first_file:  # a file's price is its month and day
            folder.coarse(day, [("SPY", int(day[5:7]) * 100 + int(day[8:]), 1000)])
    assert run(tmp_path, COARSE.replace("RULE", rule), folder).algorithm.asked == asked
