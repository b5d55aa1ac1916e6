"""Bases of users' models, what a position is worth, universes by volume, messages that LEAN's algorithms read."""

from __future__ import annotations

import pytest

from shortable.lean.algorithm.universes import DollarVolumeUniverses

from .folders import bars_folder, minute_folder, run

HEAD = """
class Asks(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 8)
        self.set_end_date(2013, 10, 9)
"""


def test_one_slippage_model_for_all_but_those_that_have_their_own(tmp_path):
    body = (
        HEAD
        + """
        first = self.add_equity("AIG", Resolution.MINUTE)
        self.set_security_initializer(BrokerageModelSecurityInitializer(self.brokerage_model, self.get_last_known_prices))
        self.set_slippage_model(Nickel())
        self.add_equity("SPY", Resolution.MINUTE)
        self.add_equity("IBM", Resolution.MINUTE).set_slippage_model(NullSlippageModel.INSTANCE)
        self.price = self.securities["SPY"].price

    def on_data(self, data):
        if not self.portfolio.invested:
            self.tickets = [self.market_order(t, 1).average_fill_price for t in ("AIG", "SPY", "IBM")]

class Nickel(SlippageModel):
    def __init__(self):
        super().__init__()

    def get_slippage_approximation(self, asset, order):
        return 0.05
"""
    )
    algorithm = run(
        tmp_path, body, minute_folder(tmp_path / "data", AIG=50.0, SPY=100.0, IBM=200.0)
    ).algorithm
    assert algorithm.price == 100  # the seeder is a plain function
    assert algorithm.tickets == pytest.approx([50.06, 100.06, 200.01])  # asks are a cent above


def test_what_a_number_of_shares_is_worth(tmp_path):
    body = (
        HEAD
        + """
        self.add_equity("SPY", Resolution.MINUTE)

    def on_data(self, data):
        worth = self.securities["SPY"].holdings.get_quantity_value(-3)
        self.found = [worth.Amount, worth.in_account_currency, worth.cash.symbol, float(worth)]
        self.quit()
"""
    )
    found = run(tmp_path, body, minute_folder(tmp_path / "data", SPY=100.0)).algorithm.found
    assert found == [-300, -300, "USD", -300]


def test_hours_of_a_security_that_was_not_added(tmp_path):
    body = (
        HEAD
        + """
        hours = self.market_hours("IBM")
        self.found = [str(hours.time_zone), hours.is_market_always_open, len(self.securities)]
"""
    )
    found = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).algorithm.found
    assert found == ["America/New_York", False, 0]


def test_lean_words_a_security_that_is_not_there_so(tmp_path):
    body = (
        HEAD
        + """
        self.add_equity("SPY", Resolution.DAILY)
        try:
            self.market_order("PEPE", 1)
        except Exception as error:
            self.message = str(error)
"""
    )
    message = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).algorithm.message
    assert "This asset symbol (PEPE 0) was not found in your security list" in message


def test_charts_of_bars(tmp_path):
    body = (
        HEAD
        + """
        self.add_equity("SPY", Resolution.DAILY)
        chart = Chart("Week")
        chart.add_series(CandlestickSeries("SPY"))
        self.add_chart(chart)
        self.consolidate("SPY", Resolution.DAILY, lambda bar: self.plot("Week", "SPY", bar))
"""
    )
    charts = run(
        tmp_path, body, bars_folder(tmp_path / "data", "SPY")
    ).algorithm._lean.journal.charts
    assert [value for _, value in charts["Week"]["SPY"]] == [103.5, 104.5]


class Traded:
    def __init__(self, number: int) -> None:
        self.symbol, self.dollar_volume = number, 1000.0 * number


def test_universes_by_dollar_volume():
    universes, stocks = DollarVolumeUniverses(), [Traded(n) for n in (3, 1, 5, 2, 4)]
    assert universes.top(2)(stocks) == [5, 4]
    assert universes.Bottom(2)(stocks) == [5, 4]  # so it is in LEAN
    # median-unbiased: the q-th quantile of five is at 1/3 + (5 + 1/3) q; for 70 % 4.07, for 90 % the last
    assert universes.percentile(70)(stocks) == [5]
    assert universes.Percentile(10.0, 70.0)(stocks) == [4, 3, 2, 1]
    assert universes.percentile(50)([]) == []


def test_a_history_turned_by_identifiers_and_positions(tmp_path):
    body = (
        HEAD
        + """
        spy = self.add_equity("SPY", Resolution.DAILY).symbol
        self.add_equity("AIG", Resolution.DAILY)
        history, sid = self.history(["SPY", "AIG"], 2), str(spy.id)
        closes = history.loc["SPY"]["close"]
        self.found = [
            len(history.xs(sid)), len(history.at[(sid,), "close"]), history.at[("SPY", history.index[-1][1]), "close"],
            closes[-1], closes[0], len(history.loc[["SPY", "AIG"]]),
        ]
"""
    )
    found = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY", "AIG")).algorithm.found
    assert found == [2, 2, 102.5, 102.5, 101.5, 4]


def test_what_is_kept_under_names(tmp_path):
    body = (
        HEAD
        + """
        store = self.object_store
        store.save_json("settings", {"days": 5})
        pd.Series([1.5, 2.5]).to_csv(self.ObjectStore.GetFilePath("models/closes.csv"), index=False)
        store.SaveBytes("raw", b"12")
        self.found = [store.read_json("settings"), store.Read("models/closes.csv").split(), store.ReadBytes("raw")]
        self.found += [store.contains_key("models/closes.csv"), [pair.Key for pair in store], store.delete("raw")]
        self.found += [store.ContainsKey("raw")]
        try:
            store.read("raw")
        except Exception as error:
            self.message = str(error)
"""
    )
    algorithm = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).algorithm
    names = ["models/closes.csv", "raw", "settings"]
    assert algorithm.found == [{"days": 5}, ["0", "1.5", "2.5"], b"12", True, names, True, False]
    assert (
        algorithm.message == "path='raw' must be one of models/closes.csv, settings: what was saved"
    )


def test_profits_realised_are_numbers_by_time(tmp_path):
    body = (
        HEAD
        + """
        self.add_equity("SPY", Resolution.MINUTE).set_fee_model(ConstantFeeModel(0))

    def on_data(self, data):
        if self.transactions.orders_count == 0:
            self.sell("SPY", 10)
            self.liquidate()
            self.found = [self.transactions.transaction_record, self.transactions.losing_transactions]
            self.total = sum(self.Transactions.TransactionRecord.Values) * 0.5
            self.trades = [trade.symbols[0].value for trade in self.trade_builder.closed_trades]
"""
    )
    algorithm = run(tmp_path, body, minute_folder(tmp_path / "data", SPY=100.0)).algorithm
    record, losing = algorithm.found
    # sold at the bid and bought at the ask, two cents above
    assert (
        [pair.Value for pair in record] == [pair.Value for pair in losing] == [pytest.approx(-0.2)]
    )
    assert algorithm.total == pytest.approx(-0.1)
    assert algorithm.trades == ["SPY"]


def test_a_chart_of_prices_one_by_one(tmp_path):
    body = (
        HEAD
        + """
        self.add_chart(Chart("Day", ChartType.Overlay))
        self.plot("Day", "SPY", 1.0, 4.0, 0.5, 3.0)
        self.plot("SPY", 1.0, 4.0, 0.5, 2.0)
"""
    )
    charts = run(
        tmp_path, body, bars_folder(tmp_path / "data", "SPY")
    ).algorithm._lean.journal.charts
    assert [value for _, value in charts["Day"]["SPY"]] == [3.0]
    assert [value for _, value in charts["Strategy Equity"]["SPY"]] == [2.0]


def test_no_model_is_the_model_that_does_nothing(tmp_path):
    body = (
        HEAD
        + """
        self.set_risk_management(None)
        self.set_execution(None)
        self.set_alpha(None)
        self.found = [type(m).__name__ for m in (self.risk_management, self.execution, self.alpha)]
"""
    )
    found = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).algorithm.found
    assert found == ["NullRiskManagementModel", "NullExecutionModel", "NullAlphaModel"]


def test_an_algorithm_that_quits_at_once_need_not_say_when_it_ends(tmp_path):
    body = """
class Quits(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.quit()
"""
    result = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY"))
    assert result.error is None
    assert result.statistics["Total Orders"] == "0"
