"""Alpha models that go by an indicator, on daily closes."""

from __future__ import annotations

import pytest

from shortable.lean.framework.indicator_alphas import (
    EmaCrossAlphaModel,
    HistoricalReturnsAlphaModel,
    MacdAlphaModel,
    RsiAlphaModel,
)

from ..algorithm.folders import run
from ..folder import LeanFolder, weekdays

BODY = """
class Followed(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 15)
        self.universe_settings.resolution = Resolution.DAILY
        self.set_universe_selection(ManualUniverseSelectionModel([Symbol.create("SPY", SecurityType.EQUITY, Market.USA)]))
        self.set_alpha(MODEL)
        self.made = []
        self.insights_generated += self.note

    def note(self, algorithm, collection):
        for i in collection.insights:
            self.made.append((f"{self.time:%d}", str(i.direction), i.period.days, i.magnitude))
"""


def made(tmp_path, model: str, before: float, *closes: float):
    """Run on daily closes: `before` for eight weeks, then these from Monday the 7th on."""
    folder = LeanFolder(tmp_path / "data").map_file("SPY").factor_file("SPY")
    days = weekdays("2013-08-12", "2013-10-15")
    new = dict(zip(weekdays("2013-10-07", "2013-10-15"), closes, strict=False))
    folder.daily(
        "SPY",
        [
            (d, *(new.get(d, before if d.day < 7 or d.month < 10 else closes[-1]),) * 4, 1000)
            for d in days
        ],
    )
    return run(tmp_path, BODY.replace("MODEL", model), folder).algorithm.made


def test_returns_go_on(tmp_path):
    found = made(tmp_path, "HistoricalReturnsAlphaModel(1)", 100, 110, 99, 99)
    assert [row[:3] for row in found[:3]] == [("07", "Up", 1), ("08", "Down", 1), ("09", "Flat", 1)]
    assert [row[3] for row in found[:3]] == pytest.approx([0.1, -0.1, 0.0])


def test_averages_cross(tmp_path):
    # both have warmed up at 100; the faster turns first, either way
    found = made(tmp_path, "EmaCrossAlphaModel(2, 5)", 100, 101, 102, 90, 90)
    assert [row[:3] for row in found] == [("07", "Up", 2), ("09", "Down", 2)]


def test_the_signal_line_leaves_and_comes_back(tmp_path):
    # flat: nothing; a jump to 200 takes the averages of 2 and 5 apart, until both are at 200
    found = made(tmp_path, "MacdAlphaModel(2, 5, 2)", 100, 200, 200, 200, 200, 200, 200, 200)
    assert [row[:3] for row in found] == [("07", "Up", 2)]


def test_a_signal_that_comes_back_ends_its_own_insights_alone(tmp_path):
    body = (
        BODY.replace(
            "self.set_alpha(MODEL)",
            "self.set_alpha(MacdAlphaModel(2, 5, 2))\n        self.add_alpha(Other())",
        )
        + """
    def on_end_of_algorithm(self):
        self.left = [i.source_model for i in self.insights.get_active_insights(self.utc_time)]

class Other(AlphaModel):
    def update(self, algorithm, data):
        return [Insight.price("SPY", timedelta(30), InsightDirection.UP)] if algorithm.time.day == 7 else []
"""
    )
    folder = LeanFolder(tmp_path / "data").map_file("SPY").factor_file("SPY")
    days = weekdays("2013-08-12", "2013-10-15")
    folder.daily("SPY", [(d, *(100 if d < days[-7] else 110,) * 4, 1000) for d in days])
    algorithm = run(tmp_path, body, folder).algorithm
    assert len(algorithm.made) == 2
    assert algorithm.left == ["Other"]


def test_the_rsi_is_gone_against(tmp_path):
    # nothing but gains is 100: down once; then nothing but losses: up once
    found = made(tmp_path, "RsiAlphaModel(3)", 100, 101, 102, 103, 60, 50, 40)
    assert [row[:2] for row in found] == [("07", "Down"), ("10", "Up")]
    assert {row[2] for row in found} == {3}


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (HistoricalReturnsAlphaModel(lookback=2), "HistoricalReturnsAlphaModel(2,Daily)"),
        (EmaCrossAlphaModel(), "EmaCrossAlphaModel(12,26,Daily)"),
        (EmaCrossAlphaModel(fastPeriod=3, slowPeriod=7), "EmaCrossAlphaModel(3,7,Daily)"),
        (MacdAlphaModel(), "MacdAlphaModel(12,26,9,Exponential,Daily)"),
        (RsiAlphaModel(), "RsiAlphaModel(14,Daily)"),
    ],
)
def test_names(model, name):
    assert model.Name == name
