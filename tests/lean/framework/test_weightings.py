"""Shares of the portfolio by insights, and when it is rebalanced."""

from __future__ import annotations

import pytest

from shortable.errors import InvalidInputError
from shortable.lean.enums import Resolution
from shortable.lean.framework.portfolio_construction import PortfolioBias
from shortable.lean.framework.weightings import EqualWeightingPortfolioConstructionModel

from ..algorithm.folders import minute_folder, run

# Three symbols at 100 dollars; the insights are emitted at 09:31. A share of 1 is 997 shares: 99,750 dollars less the fee.
WEIGHTED = """
class Weighted(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 7)
        for ticker in ("AAA", "BBB", "CCC"):
            self.add_equity(ticker)
        self.set_portfolio_construction(MODEL)
        self.done = False

    def on_data(self, data):
        if not self.done:
            self.done = True
            UP, DOWN, FLAT = InsightDirection.UP, InsightDirection.DOWN, InsightDirection.FLAT
            self.emit_insights([Insight.price(t, timedelta(1), d, **more) for t, d, more in INSIGHTS])

    def on_end_of_algorithm(self):
        self.held = [int(self.portfolio[t].quantity) for t in ("AAA", "BBB", "CCC")]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return minute_folder(
        tmp_path_factory.mktemp("data"), days=("2013-10-07",), AAA=100.0, BBB=100.0, CCC=100.0
    )


def held(tmp_path, folder, model: str, insights: str) -> list[int]:
    return run(
        tmp_path, WEIGHTED.replace("MODEL", model).replace("INSIGHTS", insights), folder
    ).algorithm.held


EQUAL, INSIGHT, CONFIDENCE = (
    f"{name}PortfolioConstructionModel"
    for name in ("EqualWeighting", "InsightWeighting", "ConfidenceWeighted")
)


@pytest.mark.parametrize(
    ("model", "insights", "expected"),
    [
        # a flat insight counts for nothing: halves, 498 shares each
        (EQUAL + "()", "[('AAA', UP, {}), ('BBB', DOWN, {}), ('CCC', FLAT, {})]", [498, -498, 0]),
        (
            EQUAL + "(portfolioBias=PortfolioBias.SHORT)",
            "[('AAA', UP, {}), ('BBB', DOWN, {})]",
            [0, -997, 0],
        ),
        (
            EQUAL + "(Resolution.DAILY, PortfolioBias.LONG)",
            "[('AAA', UP, {}), ('BBB', DOWN, {})]",
            [997, 0, 0],
        ),
        # 0.1 and 0.25 of 99,750 by 100 dollars; without a weight there is no target
        (
            INSIGHT + "()",
            "[('AAA', UP, {'weight': .1}), ('BBB', DOWN, {'weight': .25}), ('CCC', UP, {})]",
            [99, -249, 0],
        ),
        # weights of 2 together are halved
        (
            INSIGHT + "()",
            "[('AAA', UP, {'weight': 1.5}), ('BBB', DOWN, {'weight': .5})]",
            [748, -249, 0],
        ),
        (
            INSIGHT + "(Resolution.DAILY, PortfolioBias.SHORT)",
            "[('AAA', UP, {'weight': 1.5}), ('BBB', DOWN, {'weight': .5})]",
            [0, -498, 0],
        ),
        (
            CONFIDENCE + "()",
            "[('AAA', UP, {'confidence': .5}), ('BBB', DOWN, {'weight': .5})]",
            [498, 0, 0],
        ),
    ],
)
def test_shares(tmp_path, folder, model, insights, expected):
    assert held(tmp_path, folder, model, insights) == expected


def test_insights_add_up(tmp_path, folder):
    model = "AccumulativeInsightPortfolioConstructionModel(percent=0.1)"
    insights = (
        "[('AAA', UP, {}), ('AAA', UP, {}), ('BBB', DOWN, {}), ('CCC', UP, {}), ('CCC', FLAT, {})]"
    )
    # two tenths, a tenth short, and a flat one takes its tenth away
    assert held(tmp_path, folder, model, insights) == [199, -99, 0]


def test_what_is_no_parameter_is_refused():
    with pytest.raises(InvalidInputError, match="portfolio_bias"):
        EqualWeightingPortfolioConstructionModel(Resolution.DAILY, PortfolioBias.LONG, 3)
    with pytest.raises(InvalidInputError):
        EqualWeightingPortfolioConstructionModel(colour=3)


OWN = (
    WEIGHTED.replace("MODEL", "Own()").replace("INSIGHTS", "[('AAA', UP, {}), ('BBB', UP, {})]")
    + """
class Own(PortfolioConstructionModel):
    def __init__(self):
        super().__init__(Resolution.DAILY)

    def ShouldCreateTargetForInsight(self, insight):
        return insight.Symbol.Value != "BBB"

    def DetermineTargetPercent(self, activeInsights):
        return {insight: 0.5 * insight.Direction for insight in activeInsights}
"""
)


def test_users_models_override_what_they_want(tmp_path, folder):
    assert run(tmp_path, OWN, folder).algorithm.held == [498, 0, 0]


# -- rebalancing ------------------------------------------------------------------------------------------------------
REBALANCED = """
class Rebalanced(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.universe_settings.resolution = Resolution.MINUTE
        symbols = [Symbol.create("SPY", SecurityType.EQUITY, Market.USA)]
        self.set_universe_selection(ManualUniverseSelectionModel(symbols))
        self.settings.rebalance_portfolio_on_insight_changes = False
        self.settings.rebalance_portfolio_on_security_changes = False
        self.set_alpha(ConstantAlphaModel(InsightType.PRICE, InsightDirection.UP, timedelta(minutes=20)))
        self.set_portfolio_construction(Counted(WHEN))
        self.times = []

class Counted(EqualWeightingPortfolioConstructionModel):
    def determine_target_percent(self, active):
        self.algorithm.times.append(f"{self.algorithm.time:%d %H:%M}")
        return super().determine_target_percent(active)
"""


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        # asked at 09:31 on Monday; midnights are UTC's, so the next step is the open of the following day
        ("self.date_rules.every(DayOfWeek.WEDNESDAY, DayOfWeek.FRIDAY)", ["09 09:31", "11 09:31"]),
        ("timedelta(days=2)", ["09 09:31", "11 09:31"]),
        ("lambda time: time + timedelta(days=3)", ["10 09:31"]),
        # None is asked again; a time that has come is acted on at once
        (
            "lambda time: time if time.day == 8 and time.hour == 14 and time.minute == 0 else None",
            ["08 10:00"],
        ),
    ],
)
def test_it_is_rebalanced_when_it_is_time_and_only_then(tmp_path, when, expected):
    folder = minute_folder(tmp_path / "data", SPY=100.0)
    assert run(tmp_path, REBALANCED.replace("WHEN", when), folder).algorithm.times == expected


# LEAN's PortfolioRebalanceOnCustomFuncRegressionAlgorithm measures so how far positions have drifted
DRIFT = """
    def drift(self, time):
        security = self.securities["SPY"]
        asked = ReservedBuyingPowerForPositionParameters(security)
        model = security.buying_power_model
        reserved = model.get_reserved_buying_power_for_position(asked).absolute_used_buying_power
        worth = reserved * model.get_leverage(security)
        return time if abs(worth - 0.9975 * self.portfolio.total_portfolio_value) > 500 else None
"""


def test_users_functions_reckon_in_floats(tmp_path):
    folder = minute_folder(tmp_path / "data", SPY=100.0)
    body = REBALANCED.replace("WHEN", "self.drift").replace(
        "\nclass Counted", DRIFT + "\nclass Counted"
    )
    assert run(tmp_path, body, folder).algorithm.times == [
        "07 09:31"
    ]  # 997 shares are 50 dollars off, and stay so


def test_new_insights_and_securities_rebalance_too_unless_the_settings_say_otherwise(tmp_path):
    folder = minute_folder(tmp_path / "data", SPY=100.0)
    on_both = REBALANCED.replace("False", "True").replace("WHEN", "timedelta(days=30)")
    found = run(tmp_path, on_both, folder).algorithm.times
    # 09:31 for the security and the first insight; twenty minutes later comes the next, and the first is over after it
    assert found[:5] == ["07 09:31", "07 09:51", "07 09:52", "07 10:11", "07 10:12"]
    on_securities = REBALANCED.replace("on_security_changes = False", "on_security_changes = True")
    assert run(
        tmp_path, on_securities.replace("WHEN", "timedelta(days=30)"), folder
    ).algorithm.times == ["07 09:31"]
