"""Risk management overrides targets."""

from __future__ import annotations

import pytest

from ..algorithm.folders import run
from ..folder import LeanFolder

# 1000 shares at 100 dollars, long or short, from 09:31 on; trades without quotes, so that a price is one price.
RISKY = """
class Risky(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 7)
        self.add_equity("SPY").set_fee_model(ConstantFeeModel(0))
        self.set_portfolio_construction(Construction())
        self.set_risk_management(MODEL)
        self.events = []

    def on_data(self, data):
        if not self.insights.total_count:
            self.emit_insights(Insight.price("SPY", timedelta(5), InsightDirection.DIRECTION))

    def on_order_event(self, event):
        if event.fill_quantity:
            self.events.append((f"{self.time:%H:%M}", int(event.fill_quantity)))

    def on_end_of_algorithm(self):
        self.active = len(self.insights.get_active_insights(self.utc_time))

class Construction(PortfolioConstructionModel):
    def create_targets(self, algorithm, insights):
        return [PortfolioTarget(i.symbol, 1000 * i.direction) for i in insights]
"""


def outcome(tmp_path, model: str, direction: str, *prices: float):
    """Run on minutes at these prices, the first at 09:30, which is known at 09:31; the last one stays."""
    folder = LeanFolder(tmp_path / "data").map_file("SPY").factor_file("SPY")
    folder.session("SPY", "2013-10-07", lambda i: prices[min(i, len(prices) - 1)], spread=None)
    algorithm = run(
        tmp_path, RISKY.replace("MODEL", model).replace("DIRECTION", direction, 1), folder
    ).algorithm
    return algorithm.events, algorithm.active


@pytest.mark.parametrize(
    ("model", "direction", "prices", "expected"),
    [
        # more than five hundredths lost: 95 is not yet, 94.9 is
        (
            "MaximumDrawdownPercentPerSecurity()",
            "UP",
            (100, 95, 94.9),
            [("09:31", 1000), ("09:33", -1000)],
        ),
        (
            "MaximumDrawdownPercentPerSecurity(0.01)",
            "DOWN",
            (100, 101, 101.1),
            [("09:31", -1000), ("09:33", 1000)],
        ),
        (
            "MaximumUnrealizedProfitPercentPerSecurity(0.1)",
            "DOWN",
            (100, 95, 89.9),
            [("09:31", -1000), ("09:33", 1000)],
        ),
        ("MaximumUnrealizedProfitPercentPerSecurity()", "UP", (100, 105, 80), [("09:31", 1000)]),
        # a tenth from the best: of a long from 120 to 107, of a short from 80 to 88.1
        (
            "TrailingStopRiskManagementModel(0.1)",
            "UP",
            (100, 120, 108, 107),
            [("09:31", 1000), ("09:34", -1000)],
        ),
        (
            "TrailingStopRiskManagementModel(0.1)",
            "DOWN",
            (100, 80, 88, 88.1),
            [("09:31", -1000), ("09:34", 1000)],
        ),
        (
            "TrailingStopRiskManagementModel(0.1)",
            "DOWN",
            (100, 110, 110.1),
            [("09:31", -1000), ("09:33", 1000)],
        ),
    ],
)
def test_positions(tmp_path, model, direction, prices, expected):
    events, active = outcome(tmp_path, model, direction, *prices)
    assert events == expected
    assert active == (0 if len(expected) == 2 else 1)  # what is closed is predicted no more


PORTFOLIO = """
class Portfolio(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 7)
        self.add_equity("SPY").set_fee_model(ConstantFeeModel(0))
        self.set_portfolio_construction(Construction())
        self.set_risk_management(MODEL)
        self.held = []

    def on_data(self, data):
        if self.time.minute in (31, 34, 36):
            self.emit_insights(Insight.price("SPY", timedelta(5), InsightDirection.UP))
        self.held.append(int(self.portfolio["SPY"].quantity))

class Construction(PortfolioConstructionModel):
    def create_targets(self, algorithm, insights):
        return [PortfolioTarget(i.symbol, 1000) for i in insights]
"""


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        # 100,000 dollars are 95,000 at 09:33, at a price of 95; new targets come at 09:34, at 94, and are overridden; the
        # measure begins anew then, so those of 09:36 stand
        ("MaximumDrawdownPercentPortfolio()", [1000, 1000, 1000, 0, 0, 1000]),
        ("MaximumDrawdownPercentPortfolio(0.07)", [1000, 1000, 1000, 1000, 1000, 1000]),
        # from the highest, 105,000 at 09:32, it is more than a tenth
        ("MaximumDrawdownPercentPortfolio(0.1, True)", [1000, 1000, 1000, 0, 0, 1000]),
    ],
)
def test_the_portfolio(tmp_path, model, expected):
    prices = (100, 105, 95, 94)
    folder = LeanFolder(tmp_path / "data").map_file("SPY").factor_file("SPY")
    folder.session("SPY", "2013-10-07", lambda i: prices[min(i, 3)], spread=None)
    assert run(tmp_path, PORTFOLIO.replace("MODEL", model), folder).algorithm.held[:6] == expected
