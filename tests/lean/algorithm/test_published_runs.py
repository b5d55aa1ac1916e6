"""Whole tables that LEAN published of its shorting algorithms, line by line.

LEAN's prices of those weeks are not to be had, but its tables nearly determine them: from the ratios follow the daily
returns of the portfolio and of SPY (they come out within a few hundredths of a percent of those weeks' closes), from
the fees the shares, from the turnover the prices at the start. The prices here were solved for in that way. Ten
ratios of some four returns each cannot all be met by chance: they are met if every one of them is computed over the
days, the risk-free rate and the benchmark that LEAN uses.
"""

from __future__ import annotations

from ..folder import LeanFolder
from .folders import WEEK, run
from .test_coarse_selection import BODY, DAYS, folder  # noqa: F401

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

# Algorithm.CSharp/AllShortableSymbolsCoarseSelectionRegressionAlgorithm.cs
ALL_SHORTABLE_SYMBOLS = {
    "Total Orders": "8",
    "Average Win": "0%",
    "Average Loss": "0%",
    "Compounding Annual Return": "11.027%",
    "Drawdown": "0.000%",
    "Expectancy": "0",
    "Start Equity": "10000000",
    "End Equity": "10011469.88",
    "Net Profit": "0.115%",
    "Sharpe Ratio": "11.963",
    "Sortino Ratio": "0",
    "Probabilistic Sharpe Ratio": "0%",
    "Loss Rate": "0%",
    "Win Rate": "0%",
    "Profit-Loss Ratio": "0",
    "Alpha": "0.07",
    "Beta": "-0.077",
    "Annual Standard Deviation": "0.008",
    "Annual Variance": "0",
    "Information Ratio": "3.876",
    "Tracking Error": "0.105",
    "Treynor Ratio": "-1.215",
    "Total Fees": "$282.50",
    "Estimated Strategy Capacity": "$61000000000.00",
    "Lowest Capacity Asset": "BAC R735QTJ8XC9X",  # in LEAN's map file it began as NB
    "Portfolio Turnover": "3.62%",
    "Drawdown Recovery": "0",
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


def test_a_universe_of_what_can_be_borrowed(tmp_path, folder):  # noqa: F811
    folder.interest_rates(PRIMARY_CREDIT_RATE)
    spy = [162.685375, 161.74089, 160.675095, 161.437615, 160.271976, 159.935332, 160.733089]
    bars = {
        "SPY": [(p, p) for p in spy],
        "QQQ": [(p, p) for p in (84.0, 83.5, 83.2, 82.2, 81.103478, 80.628856, 80.508856)],
        "AAPL": [*[(17.4, 17.4)] * 6, (17.35, 17.350115)],
        "BAC": [(15.5, 15.5)] * 7,
    }
    bars["SPY"][4], bars["QQQ"][4] = (
        (162.0355, spy[4]),
        (82.6, 81.103478),
    )  # the 26th, at whose open they are sold
    for ticker, prices in bars.items():
        volume = 124_500_000 if ticker == "BAC" else 1_245_000_000
        folder.daily(
            ticker,
            [
                (d, o, max(o, c), min(o, c), c, volume)
                for d, (o, c) in zip(DAYS, prices, strict=True)
            ],
        )
    hours = [
        (f"{d} {h:02d}:00", p, p, p, p, 1000)
        for d, p in zip(DAYS, spy, strict=True)
        for h in range(9, 16)
    ]
    folder.hour("SPY", hours)
    assert run(tmp_path, BODY, folder).statistics == ALL_SHORTABLE_SYMBOLS
