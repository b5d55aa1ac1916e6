"""Small things that algorithms ask of the account, its models and the exchange."""

from __future__ import annotations

from .folders import minute_folder, run

ASKS = """
class Asks(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.set_brokerage_model(BrokerageName.INTERACTIVE_BROKERS_BROKERAGE, AccountType.CASH)
        self.spy = self.add_equity("SPY")
        self.spy.set_portfolio_model(SecurityPortfolioModel())
        self.spy.set_volatility_model(VolatilityModel.NULL)
        self.spy.set_margin_interest_rate_model(MarginInterestRateModel.NULL)
        self.EnableAutomaticIndicatorWarmUp = True
        self.open = []
        self.schedule.on(self.date_rules.on(2013, 10, 8), self.time_rules.at(9, 0), self.look)
        self.schedule.on(self.date_rules.on(2013, 10, 8), self.time_rules.at(10, 0), self.look)
        self.schedule.on(self.date_rules.on(2013, 10, 8), self.time_rules.at(16, 0), self.look)

    def look(self):
        self.open.append(self.is_market_open(self.spy.symbol))

    def on_data(self, data):
        if self.transactions.orders_count == 0:
            self.market_order("SPY", 100)
        if self.time.day == 9 and self.portfolio.invested:
            self.liquidate()
"""


def test_what_algorithms_ask_of_the_account_and_the_exchange(tmp_path):
    algorithm = run(tmp_path, ASKS, minute_folder(tmp_path / "data", SPY=100.0)).algorithm
    assert algorithm.open == [False, True, False]
    assert str(algorithm.account_type) == "Cash"
    assert algorithm.settings.automatic_indicator_warm_up is True
    assert (algorithm.spy.exchange.market, algorithm.spy.exchange.trading_days_per_year) == (
        "usa",
        252,
    )
    assert [order.id for order in algorithm.transactions.get_orders_by_brokerage_id("1")] == [1]
    assert algorithm.transactions.get_orders_by_brokerage_id("7") == []


def test_last_prices_of_several_come_by_symbol(tmp_path):
    body = ASKS.replace(
        "self.open = []",
        "self.open = []; self.add_equity('AIG'); self.last = self.get_last_known_prices(['SPY', 'AIG'])",
    )
    algorithm = run(tmp_path, body, minute_folder(tmp_path / "data", SPY=100.0, AIG=50.0)).algorithm
    assert sorted(symbol.value for symbol in algorithm.last.keys) == ["AIG", "SPY"]
    assert algorithm.last["AIG"][-1].close == 50.0


def test_the_statistics_take_the_users_rate(tmp_path):
    folder = minute_folder(tmp_path / "data", SPY=100.0)
    ratios = {}
    for model in (
        "ConstantRiskFreeRateInterestRateModel(0.5)",
        "FuncRiskFreeRateInterestRateModel(lambda date: 0)",
    ):
        body = ASKS.replace(
            "self.open = []", f"self.open = []; self.set_risk_free_interest_rate_model({model})"
        )
        ratios[model[:4]] = float(run(tmp_path, body, folder).statistics["Sharpe Ratio"])
    assert (
        ratios["Cons"] < ratios["Func"] < 0
    )  # it loses its fees: by less than a rate of one half would have earned
