"""A universe that grows by dates."""

from __future__ import annotations

from ..algorithm.folders import bars_folder, run


def test_tickers_come_at_their_dates_and_stay(tmp_path):
    body = """
class Grows(QCAlgorithm):
    def Initialize(self):
        self.SetStartDate(2013, 10, 7)
        self.SetEndDate(2013, 10, 11)
        self.UniverseSettings.Resolution = Resolution.Daily
        dates = {"SPY": datetime(2013, 10, 7), "AIG": datetime(2013, 10, 9), "IBM": datetime(2014, 1, 1)}
        self.AddUniverseSelection(InceptionDateUniverseSelectionModel("grows", dates))
        self.heard = []

    def OnSecuritiesChanged(self, changes):
        self.heard += [(self.Time.day, s.Symbol.Value) for s in changes.AddedSecurities]
        assert not changes.RemovedSecurities.Count
"""
    heard = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY", "AIG", "IBM")).algorithm.heard
    assert heard == [(7, "SPY"), (9, "AIG")]
