"""A security that left comes back as itself: its fees, its profit, what the user wrote on it."""

from __future__ import annotations

from ..folder import LeanFolder
from .folders import minute_folder, run

RETURNS = """
class Returns(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 10)
        self.set_cash(100000)
        self.initialised = []
        self.set_security_initializer(lambda s: self.initialised.append(s.symbol.value))
        self.add_equity("SPY")
        self.add_equity("AIG").mine = "kept"
        self.first, self.seen = self.securities["AIG"], []

    def on_data(self, data):
        when = f"{self.time:%d %H:%M}"
        if when in ("07 10:00", "10 10:00"):
            self.market_order("AIG", 10)
        if when == "08 10:00":
            self.remove_security("AIG")
        if when == "09 10:00" and not self.seen:
            gone = self.securities["AIG"]
            self.seen.append((
                gone is self.first, gone.is_tradable, gone.price, self.securities.contains_key("AIG"), "AIG" in self.securities,
                [s.value for s in self.securities.keys], self.securities.count, len(self.securities.total),
                self.portfolio["AIG"].quantity, self.market_order("AIG", 1).status,
            ))
            self.add_equity("AIG")

    def on_end_of_algorithm(self):
        again = self.securities["AIG"]
        self.seen.append((
            again is self.first, again.mine, again.is_tradable, self.portfolio["AIG"].quantity,
            self.portfolio["AIG"].total_fees, self.portfolio.total_fees, self.portfolio["AIG"].net_profit,
        ))
"""


def test_a_security_that_was_removed_comes_back_with_its_fees_and_is_initialised_once_more(
    tmp_path,
):
    result = run(tmp_path, RETURNS, minute_folder(tmp_path / "data", SPY=100.0, AIG=50.0))
    algorithm = result.algorithm
    gone, back = algorithm.seen
    assert gone == (True, False, 0, True, True, ["SPY"], 1, 2, 0, 7)  # 7: Invalid
    # bought at 50.01, sold at 49.99: 10 x 0.02 = 0.20; three orders at the least fee, a dollar
    assert back == (True, "kept", True, 10, 3.0, 3.0, -3.2)
    assert algorithm.initialised == ["SPY", "AIG", "AIG"]
    assert result.statistics["Total Fees"] == "$3.00"
    assert result.statistics["Total Orders"] == "3"


DELISTED = """
class Delisted(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.add_equity("GONE", Resolution.DAILY)
        self.add_equity("SPY", Resolution.DAILY)
        self.seen, self.removed = [], 0

    def on_data(self, data):
        gone = self.securities["GONE"]
        self.seen.append((gone.is_delisted, gone.is_tradable))
        for pair in data.delistings:
            if pair.value.type == DelistingType.DELISTED:
                self.late = self.market_order(pair.key, 1)

    def on_securities_changed(self, changes):
        self.removed += len(changes.removed_securities)
"""


def test_a_delisted_security_can_be_asked_about_and_not_traded(tmp_path):
    folder = LeanFolder(tmp_path / "data")
    days = [f"2013-10-{d:02d}" for d in (7, 8, 9, 10, 11)]
    for ticker, last in (("SPY", 5), ("GONE", 3)):
        folder.factor_file(ticker).daily(ticker, [(d, 10, 11, 9, 10, 1000) for d in days[:last]])
    folder.map_file("SPY").map_file(
        "GONE", [("1998-01-02", "gone", "Q"), ("2013-10-09", "gone", "Q")]
    )
    algorithm = run(tmp_path, DELISTED, folder).algorithm
    # three days, the warning at the last one's midnight, the delisting, two days more
    assert algorithm.seen == [(False, True)] * 4 + [(True, False)] * 3
    assert algorithm.removed == 1
    assert "non-tradable" in algorithm.late.submit_request.response.error_message
