"""What the framework does in a time step: insights, targets, risk, orders."""

from __future__ import annotations

import pytest

from ..algorithm.folders import bars_folder, minute_folder, run

MODELS = """
class Models(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 8)
        self.universe_settings.resolution = Resolution.MINUTE
        symbols = [Symbol.create(t, SecurityType.EQUITY, Market.USA) for t in ("SPY", "AIG")]
        self.set_universe_selection(ManualUniverseSelectionModel(symbols))
        self.set_portfolio_construction(EqualWeightingPortfolioConstructionModel())
        self.set_execution(ImmediateExecutionModel())
        self.seen = []
        self.set_up()
"""


def orders(result) -> list[tuple[str, str, int]]:
    return [(f"{o.time:%d %H:%M}", o.symbol.value, int(o.quantity)) for o in result.objects.orders]


@pytest.fixture
def folder(tmp_path):
    return minute_folder(tmp_path / "data", SPY=100.0, AIG=50.0)


def test_half_and_half_the_larger_order_first(tmp_path, folder):
    body = (
        MODELS
        + """
    def set_up(self):
        self.set_alpha(ConstantAlphaModel(InsightType.PRICE, InsightDirection.UP, timedelta(days=1)))

    def on_data(self, data):
        self.seen.append((self.portfolio["SPY"].quantity, self.securities["SPY"].holdings.target))
"""
    )
    result = run(tmp_path, body, folder)
    # half of 100,000 less 250 that stay free is 49,875: 997 at 50 dollars and 498 at 100; UTC is four hours ahead
    assert orders(result) == [("07 13:31", "AIG", 997), ("07 13:31", "SPY", 498)]
    assert result.algorithm.seen[0] == (0, None)  # on_data comes before the framework
    quantity, target = result.algorithm.seen[1]
    assert (quantity, target.quantity, target.symbol.value) == (498, 498, "SPY")
    assert (
        len(result.algorithm.insights.get_insights()) == 4
    )  # a day's period is over when it has gone by


def test_shorts(tmp_path, folder):
    body = (
        MODELS
        + """
    def set_up(self):
        self.add_alpha(ConstantAlphaModel(InsightType.PRICE, InsightDirection.DOWN, timedelta(days=1)))
"""
    )
    assert orders(run(tmp_path, body, folder))[:2] == [
        ("07 13:31", "AIG", -997),
        ("07 13:31", "SPY", -498),
    ]


PASCAL = """
from clr import AddReference
AddReference("QuantConnect.Algorithm.Framework")
from QuantConnect.Algorithm.Framework.Alphas import *
from Execution.ImmediateExecutionModel import ImmediateExecutionModel
from Portfolio.EqualWeightingPortfolioConstructionModel import EqualWeightingPortfolioConstructionModel

class Pascal(QCAlgorithm):
    def Initialize(self):
        self.SetStartDate(2013, 10, 7)
        self.SetEndDate(2013, 10, 7)
        self.AddEquity("SPY", Resolution.Minute)
        self.SetAlpha(Mine())
        self.SetPortfolioConstruction(EqualWeightingPortfolioConstructionModel(Resolution.Daily))
        self.SetRiskManagement(Watching())
        self.InsightsGenerated += self.OnInsights
        self.seen = []

    def OnInsights(self, algorithm, collection):
        self.seen.append((collection.DateTimeUtc.hour, [i.SourceModel for i in collection.Insights]))

class Mine(AlphaModel):
    Name = "mine"
    changed = 0

    def Update(self, algorithm, data):
        if not algorithm.Portfolio.Invested:
            yield Insight.Price("SPY", timedelta(1), InsightDirection.Up, None, None, None, None, "because")

    def OnSecuritiesChanged(self, algorithm, changes):
        self.changed += changes.AddedSecurities.Count if hasattr(changes.AddedSecurities, "Count") else 1

class Watching(RiskManagementModel):
    def ManageRisk(self, algorithm, targets):
        algorithm.seen += [(t.Symbol.Value, t.Quantity, t.Tag) for t in targets]
        return []
"""


def test_models_of_users_in_pascal_case(tmp_path, folder):
    result = run(tmp_path, PASCAL, folder)
    # 100,000 less 250, by 100 dollars, less the fee of five dollars
    assert result.algorithm.seen == [(13, ["mine"]), ("SPY", 997, "because")]
    assert [o.tag for o in result.objects.orders] == ["because"]
    assert result.algorithm.Alpha.changed == 1


def test_models_without_a_base(tmp_path, folder):
    body = (
        MODELS
        + """
    def set_up(self):
        self.set_alpha(Alpha())
        self.set_portfolio_construction(Construction())
        self.set_execution(Execution())

class Alpha:
    def update(self, algorithm, data):
        return [] if algorithm.seen else [Insight.price("SPY", Resolution.DAILY, 1, InsightDirection.DOWN)]

class Construction:
    def create_targets(self, algorithm, insights):
        return [PortfolioTarget(i.symbol, 10 * i.direction) for i in insights]

class Execution:
    def execute(self, algorithm, targets):
        for target in targets:
            algorithm.seen.append(algorithm.market_order(target.symbol, target.quantity).quantity)
"""
    )
    assert run(tmp_path, body, folder).algorithm.seen == [-10]


def test_what_is_over_is_closed_and_flat_where_no_insight_is_left(tmp_path, folder):
    body = (
        MODELS
        + """
    def set_up(self):
        self.set_alpha(Once())

class Once(AlphaModel):
    def update(self, algorithm, data):
        if algorithm.time.hour == 9 and algorithm.time.minute == 31 and algorithm.time.day == 7:
            yield Insight.price("SPY", timedelta(minutes=10), InsightDirection.UP)
"""
    )
    # one insight alone has the whole portfolio; at 09:41 it still holds, at 09:42 it is over
    assert orders(run(tmp_path, body, folder)) == [
        ("07 13:31", "SPY", 997),
        ("07 13:42", "SPY", -997),
    ]


def test_emitted_insights_take_the_same_way_but_not_in_warm_up(tmp_path, folder):
    body = (
        MODELS
        + """
    def set_up(self):
        self.set_warm_up(timedelta(days=3))

    def on_data(self, data):
        if self.time.minute > 40 and not self.portfolio.invested or self.is_warming_up:
            one, other = (Insight.price(t, timedelta(5), InsightDirection.DOWN) for t in ("SPY", "AIG"))
            self.emit_insights(one) if self.is_warming_up else self.emit_insights([one, other])
            self.seen.append(self.portfolio["AIG"].quantity)
"""
    )
    result = run(tmp_path, body, folder)
    assert orders(result) == [("07 13:41", "AIG", -997), ("07 13:41", "SPY", -498)]
    assert result.algorithm.seen[-1] == -997  # at once
    said = [m.text for m in result.objects.messages if "warmup are ignored" in m.text]
    assert len(said) == 1


def test_alphas_see_the_warm_up_and_orders_wait_for_its_end(tmp_path):
    body = (
        MODELS.replace("MINUTE", "DAILY")
        + """
    def set_up(self):
        self.set_warm_up(2, Resolution.DAILY)
        self.set_alpha(Counting())

class Counting(AlphaModel):
    def update(self, algorithm, data):
        algorithm.seen.append((algorithm.time.day, algorithm.is_warming_up))
        if len(algorithm.seen) == 1:
            yield Insight.price("SPY", timedelta(30), InsightDirection.UP)
"""
    )
    result = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY", "AIG"))
    assert result.algorithm.seen == [(3, True), (4, True), (7, False), (8, False)]
    assert orders(result)[0][:2] == ("07 20:00", "SPY")


def test_risk_goes_before_the_portfolio_and_the_last_model_before_the_first(tmp_path, folder):
    body = (
        MODELS
        + """
    def set_up(self):
        self.set_alpha(ConstantAlphaModel(InsightType.PRICE, InsightDirection.UP, timedelta(days=1)))
        self.add_risk_management(Capped(300))
        self.add_risk_management(Capped(200))

class Capped(RiskManagementModel):
    def __init__(self, most):
        self.most = most

    def manage_risk(self, algorithm, targets):
        algorithm.seen.append((self.most, [t.quantity for t in targets]))
        return [PortfolioTarget(t.symbol, self.most) for t in targets if t.quantity > self.most]
"""
    )
    result = run(tmp_path, body, folder)
    assert [quantity for *_, quantity in orders(result)] == [200, 200]
    assert result.algorithm.seen[:2] == [(300, [997, 498]), (200, [300, 300])]


def test_several_alphas_keep_their_names(tmp_path, folder):
    body = (
        MODELS
        + """
    def set_up(self):
        self.add_alpha(ConstantAlphaModel(InsightType.PRICE, InsightDirection.UP, timedelta(days=1)))
        self.add_alpha(RsiAlphaModel())
        self.add_alpha(Other())

class Other(AlphaModel):
    def update(self, algorithm, data):
        return [Insight.price("AIG", timedelta(1), InsightDirection.FLAT)] if data.time.minute == 59 else None
"""
    )
    result = run(tmp_path, body, folder)
    names = {i.source_model for i in result.algorithm.insights.get_insights()}
    assert names == {"ConstantAlphaModel(Price,Up,1 day, 0:00:00)", "Other"}


def test_names_of_the_framework_may_be_the_users_own(tmp_path, folder):
    body = (
        MODELS
        + """
    def set_up(self):
        self.alpha = 0.5
        self.insights = ["mine"]
        self.Execution = ImmediateExecutionModel()
        self.set_alpha(ConstantAlphaModel(InsightType.PRICE, InsightDirection.UP, timedelta(days=1)))
"""
    )
    result = run(tmp_path, body, folder)
    assert (result.algorithm.alpha, result.algorithm.insights) == (0.5, ["mine"])
    assert len(result.objects.orders) == 2


def test_a_class_in_place_of_a_model_is_refused(tmp_path, folder):
    with pytest.raises(Exception, match=r"Pass NullAlphaModel\(\.\.\.\)"):
        run(
            tmp_path,
            MODELS + "    def set_up(self):\n        self.set_alpha(NullAlphaModel)\n",
            folder,
        )


def test_what_leaves_the_universe_is_closed(tmp_path, folder):
    body = (
        MODELS.replace("2013, 10, 8", "2013, 10, 9")
        + """
    def set_up(self):
        self.set_universe_selection(
            CustomUniverseSelectionModel("mine", lambda time: ["SPY", "AIG"] if time.day == 7 else ["SPY"])
        )
        self.set_alpha(ConstantAlphaModel(InsightType.PRICE, InsightDirection.DOWN, timedelta(days=10)))

    def on_end_of_algorithm(self):
        self.held = [self.portfolio[t].quantity for t in ("SPY", "AIG")]
        self.active = [i.symbol.value for i in self.insights.get_active_insights(self.utc_time)]
"""
    )
    result = run(tmp_path, body, folder)
    # AIG is bought back with the first bar after the midnight at which it left, and SPY has the whole portfolio
    assert orders(result)[2:4] == [("08 13:31", "AIG", 997), ("08 13:31", "SPY", -499)]
    assert (result.algorithm.held, result.algorithm.active) == ([-997, 0], ["SPY"])
