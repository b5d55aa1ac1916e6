"""Targets become orders, and shorts that are refused are tried again."""

from __future__ import annotations

from ..algorithm.folders import minute_folder, run
from ..folder import LeanFolder

SHORT = """
class Short(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 9)
        self.add_equity("SPY").set_shortable_provider(Provider())
        self.set_alpha(ConstantAlphaModel(InsightType.PRICE, InsightDirection.DOWN, timedelta(days=10)))
        self.set_portfolio_construction(EqualWeightingPortfolioConstructionModel())
        self.set_execution(ImmediateExecutionModel())
        self.sent = {}

    def on_order_event(self, event):
        if event.status in (OrderStatus.INVALID, OrderStatus.FILLED):
            self.sent.setdefault(f"{self.time:%d}", []).append((str(event.status), event.message, event.fill_quantity))

class Provider(NullShortableProvider):
    # none on Monday, few on Tuesday, enough on Wednesday
    def shortable_quantity(self, symbol, local_time):
        return {7: 0, 8: 500, 9: 1000}[local_time.day]
"""


def test_a_short_that_is_refused_is_sent_again_at_every_step(tmp_path):
    result = run(tmp_path, SHORT, minute_folder(tmp_path / "data", SPY=100.0))
    sent = result.algorithm.sent
    tag = "Order exceeds maximum shortable quantity for Symbol SPY (requested short: 997)"
    # ImmediateExecutionModel keeps the target until it is reached, and 997 whole is more than 500
    for day in ("07", "08"):
        assert {status for status, *_ in sent[day]} == {"Invalid"}
        assert all(tag in message for _, message, _ in sent[day])
    # a step for every minute's bar, 09:31 to 16:00; at the close a market order is one for the next open
    assert len(sent["07"]) == 390
    assert [(status, quantity) for status, _, quantity in sent["09"]] == [("Filled", -997)]
    assert [order.tag for order in result.objects.orders[:1]] == [tag]


TARGETS = """
class Targets(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 7)
        self.equity = self.add_equity("SPY")
        self.set_portfolio_construction(Construction())
        self.set_execution(MODEL)
        self.fills = []

    def on_order_event(self, event):
        if event.fill_quantity:
            self.fills.append((f"{self.time:%H:%M}", int(event.fill_quantity)))

    def on_data(self, data):
        if self.time.hour == 10 and self.time.minute == 0:
            self.emit_insights(Insight.price("SPY", timedelta(1), InsightDirection.DIRECTION))

class Construction(PortfolioConstructionModel):
    def create_targets(self, algorithm, insights):
        return [PortfolioTarget(i.symbol, 1000 * i.direction) for i in insights]
"""


def fills(tmp_path, model: str, direction: str, folder) -> list[tuple[str, int]]:
    return run(
        tmp_path, TARGETS.replace("MODEL", model).replace("DIRECTION", direction, 1), folder
    ).algorithm.fills


def test_spread(tmp_path):
    folder = minute_folder(tmp_path / "data", days=("2013-10-07",), SPY=100.0)
    folder.minute(
        "SPY",
        "2013-10-07",
        quotes=[
            # wide until a quarter past ten: 100 +- 0.5 is a hundredth
            (
                f"{9 + m // 60:02d}:{m % 60:02d}",
                99.5 if m < 75 else 99.99,
                100,
                100.5 if m < 75 else 100.01,
                100,
            )
            for m in range(30, 420)
        ],
    )
    # the bar of the minute from 10:15 is known at 10:16
    assert fills(tmp_path, "SpreadExecutionModel()", "UP", folder) == [("10:16", 1000)]
    assert fills(tmp_path, "SpreadExecutionModel(0.01)", "DOWN", folder) == [("10:00", -1000)]


def unquoted_folder(path, price) -> LeanFolder:
    """Write two days of trades without quotes: bid and ask are the price then."""
    folder = (
        LeanFolder(path)
        .map_file("SPY")
        .factor_file("SPY")
        .session("SPY", "2013-10-04", 100.0, spread=None)
    )
    return folder.session("SPY", "2013-10-07", price, spread=None)


def test_a_hundredth_of_the_volume_while_the_price_is_better_than_the_days(tmp_path):
    folder = unquoted_folder(
        tmp_path / "data", lambda i: 100.0 if i < 40 else 99.0 if i < 43 else 101.0
    )
    model = "VolumeWeightedAveragePriceExecutionModel()"
    # 1,000 shares a minute: ten an order; minutes 40 to 42 are known at 10:11 to 10:13, and lie below the average
    assert fills(tmp_path, model, "UP", folder) == [("10:11", 10), ("10:12", 10), ("10:13", 10)]
    found = fills(tmp_path, model, "DOWN", folder)
    assert found[0] == ("10:14", -10)
    assert sum(quantity for _, quantity in found) == -1000  # one hundred orders


def test_two_deviations_from_the_average_and_20_000_dollars_an_order(tmp_path):
    folder = unquoted_folder(tmp_path / "data", lambda i: 100.0 if i != 40 else 90.0)
    # the average of 60 bars, one of them at 90, is 99.83 and the deviation 1.28: 90 is better than 97.3, at 10:11 alone;
    # 20,000 dollars buy 222 shares at 90
    assert fills(tmp_path, "StandardDeviationExecutionModel(60, 2)", "UP", folder) == [
        ("10:11", 222)
    ]


def test_orders_below_a_thousandth_of_the_portfolio_are_not_sent(tmp_path):
    folder = minute_folder(tmp_path / "data", days=("2013-10-07",), SPY=100.0)
    body = TARGETS.replace("1000 * i.direction", "i.direction").replace(
        "MODEL", "ImmediateExecutionModel()"
    )
    # a share needs a margin of 50 dollars, half a thousandth of 100,000
    assert run(tmp_path, body.replace("DIRECTION", "UP", 1), folder).algorithm.fills == []


EVENTS = (
    TARGETS.replace("MODEL", "Told()")
    .replace("DIRECTION", "UP", 1)
    .replace("self.fills.append((f", "self.fills.append(('algorithm', f")
    + """
class Told(ImmediateExecutionModel):
    def OnOrderEvent(self, algorithm, orderEvent):
        algorithm.fills.append(("model", str(orderEvent.Status)))

    def on_securities_changed(self, algorithm, changes):
        universes = [pair.value for pair in algorithm.universe_manager]
        self.known = [u.contains_member(s.symbol) for s in changes.added_securities for u in universes]
"""
)


def test_the_model_is_told_of_orders_before_the_algorithm_is(tmp_path):
    algorithm = run(
        tmp_path, EVENTS, minute_folder(tmp_path / "data", days=("2013-10-07",), SPY=100.0)
    ).algorithm
    assert algorithm.fills == [
        ("model", "Submitted"),
        ("model", "Filled"),
        ("algorithm", "10:00", 1000),
    ]
    assert algorithm.execution.known == [True]


CASH = """
class Cash(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 7)
        self.set_brokerage_model(BrokerageName.INTERACTIVE_BROKERS_BROKERAGE, AccountType.CASH)
        for ticker in ("AAA", "BBB"):
            self.add_equity(ticker).set_settlement_model(ImmediateSettlementModel())
        self.set_portfolio_construction(EqualWeightingPortfolioConstructionModel())
        self.set_execution(ImmediateExecutionModel())

    def on_data(self, data):
        if self.time.minute == 0:
            self.insights.cancel(["AAA", "BBB"])
            self.emit_insights(Insight.price("AAA" if self.time.hour % 2 else "BBB", timedelta(1), InsightDirection.UP))
"""


def test_in_a_cash_account_what_sells_goes_first(tmp_path):
    folder = minute_folder(tmp_path / "data", days=("2013-10-07",), AAA=100.0, BBB=100.0)
    result = run(tmp_path, CASH, folder)
    assert not [o for o in result.objects.orders if o.status.name == "INVALID"]
    assert [(o.symbol.value, o.quantity > 0) for o in result.objects.orders[:3]] == [
        ("BBB", True),
        ("BBB", False),
        ("AAA", True),
    ]
