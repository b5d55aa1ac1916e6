"""A universe that is selected by date and time rules."""

from __future__ import annotations

import pytest

from shortable.errors import InvalidInputError
from shortable.lean.feed.scheduled_universe import ScheduledUniverse

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
    algorithm = run(tmp_path, BODY.replace("ZONE", zone), bars_folder(tmp_path / "data", "SPY", "AIG")).algorithm
    assert algorithm.asked == ["08 12:00", "10 12:00"]  # eight in the morning, New York's summer
    assert [when for when, _ in algorithm.changed] == ["08 08:00", "10 08:00"]
    assert "SPY" in algorithm.changed[0][1]
    assert "AIG" in algorithm.changed[1][1]


def test_what_is_no_rule_is_refused():
    with pytest.raises(InvalidInputError, match=r"self\.date_rules"):
        ScheduledUniverse(1, 2, 3)
