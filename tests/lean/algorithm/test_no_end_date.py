"""An algorithm that does not say when it ends goes on for as long as there are data."""

from __future__ import annotations

from datetime import datetime

import pytest

from shortable.errors import InvalidInputError

from ..folder import LeanFolder
from .folders import bars_folder, minute_folder, run

BODY = """
class Endless(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.add_equity("AIG", Resolution.{})
        self.days = set()

    def on_data(self, data):
        self.days.add(self.time.day)
"""


@pytest.mark.parametrize(("resolution", "folder"), [("DAILY", "bars"), ("MINUTE", "minutes")])
def test_it_ends_with_the_data(tmp_path, resolution, folder):
    made = (
        bars_folder(tmp_path / "data", "AIG")
        if folder == "bars"
        else minute_folder(tmp_path / "data", AIG=50.0)
    )
    result = run(tmp_path, BODY.format(resolution), made)
    assert result.algorithm.days == {7, 8, 9, 10, 11}
    assert result.algorithm.end_date.date() == datetime(2013, 10, 11).date()
    assert "No end date was set: the run goes on to 2013-10-11" in result.objects.messages[0].text


def test_a_universe_counts_too(tmp_path):
    folder = bars_folder(tmp_path / "data", "AIG").coarse("2013-10-14", [("AIG", 100, 1000)])
    assert run(tmp_path, BODY.format("DAILY"), folder).algorithm.end_date.day == 14


def test_without_data_it_has_to_say_so(tmp_path):
    (tmp_path / "data" / "equity" / "usa").mkdir(parents=True)
    with pytest.raises(InvalidInputError, match="set_end_date"):
        run(tmp_path, BODY.format("DAILY"), LeanFolder(tmp_path / "data"))
