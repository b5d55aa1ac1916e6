"""Providers with rates: read by the algorithm, and charged by LEAN's short interest model."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shortable.errors import ProviderContractError

from ..folder import LeanFolder
from .folders import DAYS, bars_folder, run

CUSTOM = """
class Lender(NullShortableProvider):
    def fee_rate(self, symbol, local_time):
        return 0.0025

    def rebate_rate(self, symbol, local_time):
        return 0.0507

    def shortable_quantity(self, symbol, local_time):
        return 10 if local_time < datetime(2013, 10, 4, 16) else 1001


class Custom(QCAlgorithm):
    def initialize(self):
        self.set_cash(10_000_000)
        self.set_start_date(2013, 10, 4)
        self.set_end_date(2013, 10, 6)
        self.spy = self.add_security(SecurityType.EQUITY, "SPY", Resolution.DAILY)
        self.spy.set_shortable_provider(Lender())
        self.times = []

    def on_data(self, data):
        self.times.append(self.time)
        shares = self.spy.shortable_provider.shortable_quantity(self.spy.symbol, self.time)
        if shares > 1000:
            self.order_id = self.sell("SPY", int(shares))

    def on_end_of_algorithm(self):
        assert self.transactions.orders_count == 1
        assert self.transactions.get_order_by_id(self.order_id).quantity == -1001
        assert self.spy.shortable_provider.fee_rate(self.spy.symbol, self.time) == 0.0025
        assert self.spy.shortable_provider.rebate_rate(self.spy.symbol, self.time) == 0.0507
"""


def test_a_daily_bar_is_seen_at_the_close_and_its_order_waits_for_the_next_open(tmp_path):
    result = run(tmp_path, CUSTOM, bars_folder(tmp_path / "data", "SPY"))
    assert [f"{t:%d %H:%M}" for t in result.algorithm.times] == ["04 16:00"]
    assert [order.status.name for order in result.objects.orders] == ["SUBMITTED"]
    assert result.statistics["End Equity"] == "10000000"


FEES = """
class Interest(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self._short = self.add_equity("SPY", Resolution.HOUR)
        self._long = self.add_equity("AAPL", Resolution.HOUR)
        for security in (self._short, self._long):
            security.set_shortable_provider(LocalDiskShortableProvider("testbrokerage"))
            security.margin_interest_rate_model = ShortMarginInterestRateModel()

    def on_data(self, data):
        if not self.portfolio.invested:
            self.set_holdings("SPY", -0.5)
            self.set_holdings("AAPL", 0.5)
"""


@pytest.fixture
def flat(tmp_path):
    folder = LeanFolder(tmp_path / "data")
    for ticker in ("SPY", "AAPL"):
        folder.map_file(ticker).factor_file(ticker)
        rows = [(f"{d} {h:02d}:00", 100, 100, 100, 100, 1000) for d in DAYS for h in range(9, 16)]
        folder.hour(ticker, rows)
        folder.shortable("testbrokerage", ticker, [(d, 100_000, 3.6, 7.2) for d in DAYS])
    return folder


def test_shorts_pay_the_fee_and_longs_earn_the_rebate_by_calendar_days(tmp_path, flat):
    result = run(tmp_path, FEES, flat)
    securities = result.algorithm.securities
    short, long = securities["SPY"], securities["AAPL"]
    # 0.5 of 99,750 (a quarter per cent is kept free) at 100 dollars, fees left room for: 498 shares either way.
    assert (short.holdings.quantity, long.holdings.quantity) == (-498, 498)
    # Bought at 10:00 on the 7th; charged at the first step of each later UTC day, four nights to the 11th:
    # 49,800 x 0.072 / 360 x 4 = 39.84 paid; 49,800 x 0.036 / 360 x 4 = 19.92 earned.
    assert short.margin_interest_rate_model.amount == pytest.approx(-39.84, abs=1e-9)
    assert long.margin_interest_rate_model.amount == pytest.approx(19.92, abs=1e-9)
    # fees: 498 x 0.005 = 2.49 twice; flat prices
    expected = Decimal(100_000) - Decimal("4.98") - Decimal("39.84") + Decimal("19.92")
    assert result.statistics["End Equity"] == f"{expected.normalize():f}"
    assert result.statistics["Total Fees"] == "$4.98"


def test_the_algorithm_itself_once_answered_for_rates(tmp_path):
    # QCAlgorithm.BorrowFeeRate and BorrowRebateRate of LEAN's in 2023
    folder = bars_folder(tmp_path / "data", "SPY")
    folder.shortable("testbrokerage", "SPY", [(day, 1000, 5.07, 0.25) for day in DAYS])
    body = """
class Asks(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 7)
        self.spy = self.add_equity("SPY", Resolution.DAILY)
        self.spy.set_shortable_provider(LocalDiskShortableProvider("testbrokerage"))

    def on_data(self, data):
        assert self.borrow_fee_rate("SPY") == self.BorrowFeeRate(self.spy.symbol) == 0.0025
        assert self.borrow_rebate_rate("SPY") == self.BorrowRebateRate(self.spy.symbol) == 0.0507
        self.asked = True
"""
    assert run(tmp_path, body, folder).algorithm.asked


@pytest.mark.parametrize("answer", ["10.7", "-5", "'many'", "float('nan')"])
def test_what_is_no_number_of_shares_is_refused_where_trading_asks(tmp_path, answer):
    body = f"""
class Lender(NullShortableProvider):
    def shortable_quantity(self, symbol, local_time):
        return {answer}


class Asks(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 7)
        self.add_equity("SPY", Resolution.HOUR).set_shortable_provider(Lender())

    def on_data(self, data):
        self.market_order("SPY", -1)
"""
    with pytest.raises(ProviderContractError, match="whole number of shares"):
        run(tmp_path, body, bars_folder(tmp_path / "data", "SPY"))


def test_a_brokers_model_is_asked_for_its_provider_without_a_security_too(tmp_path):
    # as LEAN's documents did before IBrokerageModel.GetShortableProvider took one
    folder = bars_folder(tmp_path / "data", "SPY")
    folder.shortable("axos", "SPY", [(day, 500) for day in DAYS])
    body = """
class Asks(QCAlgorithm):
    def Initialize(self):
        self.SetStartDate(2013, 10, 7)
        self.SetEndDate(2013, 10, 7)
        self.SetBrokerageModel(BrokerageName.Axos)
        self.spy = self.AddEquity("SPY", Resolution.Hour).Symbol
        self.available = self.BrokerageModel.GetShortableProvider().ShortableQuantity(self.spy, self.Time)
"""
    assert run(tmp_path, body, folder).algorithm.available == 500


@pytest.mark.parametrize(
    ("precise", "times"), [(False, ["04 00:00", "05 00:00"]), (True, ["04 16:00"])]
)
def test_daily_bars_end_at_the_close_or_by_the_setting_at_midnight(tmp_path, precise, times):
    # CustomShortableProviderRegressionAlgorithm as it was before 2024, when days ended at midnight: 1,001 shares from
    # the 5th on, and one order
    folder = bars_folder(tmp_path / "data", "SPY")
    body = f"""
class Lender(NullShortableProvider):
    def ShortableQuantity(self, symbol, localTime):
        return 10 if localTime < datetime(2013, 10, 5) else 1001


class Custom(QCAlgorithm):
    def Initialize(self):
        {"pass" if precise else "self.Settings.DailyPreciseEndTime = False"}
        self.SetCash(10000000)
        self.SetStartDate(2013, 10, 4)
        self.SetEndDate(2013, 10, 6)
        self.spy = self.AddSecurity(SecurityType.Equity, "SPY", Resolution.Daily)
        self.spy.SetShortableProvider(Lender())
        self.times = []

    def OnData(self, data):
        self.times.append(f"{{self.Time:%d %H:%M}}")
        shares = self.spy.ShortableProvider.ShortableQuantity(self.spy.Symbol, self.Time)
        if shares > 1000:
            self.Sell("SPY", int(shares))
"""
    result = run(tmp_path, body, folder)
    assert result.algorithm.times == times
    assert len(result.objects.orders) == (not precise)


def test_the_provider_of_leans_older_documents(tmp_path):
    folder = bars_folder(tmp_path / "data", "SPY")
    folder.shortable("atreyu", "SPY", [("2013-10-07", 70)])
    body = """
class Older(QCAlgorithm):
    def Initialize(self):
        self.SetStartDate(2013, 10, 7)
        self.SetEndDate(2013, 10, 7)
        self.SetSecurityInitializer(self.CustomSecurityInitializer)
        self.AddEquity("SPY", Resolution.Hour)

    def CustomSecurityInitializer(self, security: Security) -> None:
        security.SetShortableProvider(AtreyuShortableProvider(SecurityType.Equity, Market.USA))

    def OnData(self, data):
        if not self.Portfolio.Invested:
            self.Sell("SPY", 71)
            self.Sell("SPY", 70)
"""
    assert [order.status.name for order in run(tmp_path, body, folder).objects.orders] == [
        "INVALID",
        "FILLED",
    ]
