"""The whole table that LEAN published of one shorting algorithm, line by line.

LEAN's prices of that week are not to be had, but its table nearly determines them: from the ratios follow the daily
returns of the portfolio and of SPY (they come out within a few hundredths of a percent of that week's closes), from
the fees the shares, from the turnover the prices at the start. The prices here were solved for in that way. Ten
ratios of some four returns each cannot all be met by chance: they are met if every one of them is computed over the
days, the risk-free rate and the benchmark that LEAN uses.
"""

from __future__ import annotations

from ..folder import LeanFolder
from .folders import WEEK, run

# Algorithm.CSharp/ShortInterestFeeRegressionAlgorithm.cs
SHORT_INTEREST_FEE = {
    "Total Orders": "2",
    "Average Win": "0%",
    "Average Loss": "0%",
    "Compounding Annual Return": "-35.339%",
    "Drawdown": "1.000%",
    "Expectancy": "0",
    "Start Equity": "100000",
    "End Equity": "99444.09",
    "Net Profit": "-0.556%",
    "Sharpe Ratio": "-2.211",
    "Sortino Ratio": "-2.634",
    "Probabilistic Sharpe Ratio": "35.211%",
    "Loss Rate": "0%",
    "Win Rate": "0%",
    "Profit-Loss Ratio": "0",
    "Alpha": "0.256",
    "Beta": "-0.22",
    "Annual Standard Deviation": "0.081",
    "Annual Variance": "0.007",
    "Information Ratio": "-7.72",
    "Tracking Error": "0.279",
    "Treynor Ratio": "0.813",
    "Total Fees": "$17.77",
    "Estimated Strategy Capacity": "$130000000.00",
    "Lowest Capacity Asset": "AAPL R735QTJ8XC9X",
    "Portfolio Turnover": "19.97%",
    "Drawdown Recovery": "2",
}

PRIMARY_CREDIT_RATE = [("2010-02-19", 0.75)]

FEES = """
class Fees(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.sold, self.bought = self.add_equity("SPY", Resolution.HOUR), self.add_equity("AAPL", Resolution.HOUR)
        for security in (self.sold, self.bought):
            security.set_shortable_provider(LocalDiskShortableProvider("testbrokerage"))
            security.margin_interest_rate_model = ShortMarginInterestRateModel()

    def on_data(self, data):
        if not self.portfolio.invested:
            self.set_holdings("SPY", -0.5)
            self.set_holdings("AAPL", 0.5)
"""


def test_half_short_and_half_long_with_what_borrowing_costs_and_lending_earns(tmp_path):
    # shares: (17.77 / 0.005 = 3,554) = 343 SPY and 3,210 AAPL, each half of 99,750 less a lot; they pay and earn 0.25 %
    # and 5.07 % of their value a year for four nights
    made = LeanFolder(tmp_path / "data").interest_rates(PRIMARY_CREDIT_RATE)
    entry = {"SPY": 144.99, "AAPL": 15.53}
    closes = {
        "SPY": [144.9199998, 143.273725, 143.2878809, 146.4773697, 147.4132007],
        "AAPL": [15.4487124, 15.2293085, 15.3776293, 15.4860889, 15.613043],
    }
    for ticker, volume in {"SPY": 10**8, "AAPL": 86 * 10**6}.items():
        rows, before = [], entry[ticker]
        for day, close in zip(WEEK, closes[ticker], strict=True):
            for hour in range(9, 16):
                new = hour == 15 or (hour >= 12 and day > WEEK[0])
                price = close if new else before
                if (ticker, day, hour) == ("SPY", WEEK[3], 12):
                    price += (
                        0.6  # the low of the week: a fall of 0.95 % at least since the day before
                    )
                rows.append((f"{day} {hour:02d}:00", price, price, price, price, volume))
            before = close
        made.map_file(ticker).factor_file(ticker).hour(ticker, rows)
        made.shortable("testbrokerage", ticker, [(day, 10**6, 5.07, 0.25) for day in WEEK])
    result = run(tmp_path, FEES, made)
    assert result.statistics == SHORT_INTEREST_FEE
    assert list(result.statistics) == list(SHORT_INTEREST_FEE)
    assert [order.quantity for order in result.objects.orders] == [-343, 3210]
