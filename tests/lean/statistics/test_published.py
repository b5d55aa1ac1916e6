"""LEAN's published figures determine one another: what its tables say of one run must come out of ours.

The figures are those of LEAN's ShortInterestFeeRegressionAlgorithm (Algorithm.CSharp): 2013-10-07 to 2013-10-11,
100,000 at the start, 99,444.09 at the end. Its prices are not to be had, so the returns here are made to have its
annual return and deviation; each figure is then worked out from the published ones.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from shortable.lean.statistics import PortfolioStatistics, Sampler, build_statistics, summary

MIDNIGHT = datetime(2013, 10, 7, 4)  # New York, in UTC
CLOSE = datetime(2013, 10, 11, 20)


def a_run(values: list[str], *, start: str = "100000") -> Sampler:
    """Sample a value at each midnight, the last at the last day's close."""
    sampler = Sampler(MIDNIGHT, datetime(2013, 10, 12, 3, 59, 59), Decimal(start))
    for n, value in enumerate(values):
        time = CLOSE if n == len(values) - 1 else MIDNIGHT + timedelta(days=n)
        sampler.sample(time, Decimal(value), Decimal(100 + n * n), Decimal(0))
    return sampler


def table(sampler: Sampler, profits: tuple[str, ...] = (), rate: str = "0") -> dict[str, str]:
    return build_statistics(
        sampler,
        [Decimal(p) for p in profits],
        total_fees=Decimal("17.7651"),
        total_orders=2,
        risk_free_rate=lambda day: Decimal(rate),
    )


def test_net_profit_and_annual_return_follow_from_equity_and_time() -> None:
    # 4 days 16 hours = 4.66667 days: (99444.09 / 100000) ** (365 / 4.66667) - 1 = -35.339 %
    written = table(a_run(["100000", "100000", "99800", "100100", "99900", "99444.09"]))
    assert written["Compounding Annual Return"] == "-35.339%"
    assert written["Net Profit"] == "-0.556%"
    assert written["End Equity"] == "99444.09"
    assert written["Start Equity"] == "100000"
    assert written["Total Fees"] == "$17.77"
    assert written["Total Orders"] == "2"


def test_keys_stand_in_leans_order() -> None:
    written = list(table(a_run(["100000"] * 6)))
    assert written[:9] == [
        "Total Orders",
        "Average Win",
        "Average Loss",
        "Compounding Annual Return",
        "Drawdown",
        "Expectancy",
        "Start Equity",
        "End Equity",
        "Net Profit",
    ]
    assert written[-3:] == ["Total Fees", "Portfolio Turnover", "Drawdown Recovery"]


def test_capacity_is_written_with_two_digits_and_before_the_turnover() -> None:
    written = summary(
        PortfolioStatistics(),
        total_fees=Decimal(0),
        total_orders=0,
        capacity=(Decimal("134567890"), "AAPL R735QTJ8XC9X"),
    )
    assert written["Estimated Strategy Capacity"] == "$130000000.00"
    assert list(written)[-4:-2] == ["Estimated Strategy Capacity", "Lowest Capacity Asset"]


@pytest.mark.parametrize(
    ("figure", "value", "text"),
    [
        ("drawdown", "0.010", "1.000%"),  # LEAN's table: "Drawdown", "1.000%"
        ("drawdown", "0", "0%"),
        ("total_net_profit", "0.016400123", "1.640%"),
        ("average_loss_rate", "-0.0009991", "-0.10%"),
        ("win_rate", "0.3333333333333333333333333333", "33%"),
        ("loss_rate", "0.5", "50%"),
        ("beta", "-0.2199999", "-0.22"),
        ("alpha", "-0.0001", "-0"),  # .NET writes the sign of a zero
        ("sharpe_ratio", "-2.2105", "-2.21"),  # 2210.5 rounds to the even 2210
        ("portfolio_turnover", "0.199712345", "19.97%"),
        ("end_equity", "99999.5000", "99999.50"),
        ("profit_loss_ratio", "2", "2"),
    ],
)
def test_numbers_are_written_as_dotnet_writes_them(figure: str, value: str, text: str) -> None:
    names = {
        "drawdown": "Drawdown",
        "total_net_profit": "Net Profit",
        "average_loss_rate": "Average Loss",
        "win_rate": "Win Rate",
        "loss_rate": "Loss Rate",
        "beta": "Beta",
        "alpha": "Alpha",
        "sharpe_ratio": "Sharpe Ratio",
        "portfolio_turnover": "Portfolio Turnover",
        "end_equity": "End Equity",
        "profit_loss_ratio": "Profit-Loss Ratio",
    }
    figures = PortfolioStatistics()
    setattr(figures, figure, Decimal(value))
    assert summary(figures, total_fees=Decimal(0), total_orders=0)[names[figure]] == text


def test_wins_and_losses_are_fractions_of_the_capital_before_them() -> None:
    # 1000 of 100,000 is 1 %; -505 of 101,000 is -0.5 %; ratio 2; expectancy 1/2 * 2 - 1/2 = 0.5
    written = table(
        a_run(["100000", "100000", "101000", "101000", "100495", "100495"]), ("1000", "-505")
    )
    assert written["Average Win"] == "1.00%"  # 0.01 has two places, and a decimal keeps them
    assert written["Average Loss"] == "-0.50%"  # -0.500 rounded to two
    assert written["Profit-Loss Ratio"] == "2"
    assert written["Expectancy"] == "0.5"
    assert written["Win Rate"] == written["Loss Rate"] == "50%"


def test_one_day_knows_equity_and_nothing_else() -> None:
    sampler = Sampler(MIDNIGHT, datetime(2013, 10, 8, 3, 59, 59), Decimal(100_000))
    sampler.sample(MIDNIGHT, Decimal(100_000), Decimal(1), Decimal(0))
    sampler.sample(datetime(2013, 10, 7, 20), Decimal(90_000), Decimal(1), Decimal(45_000))
    written = table(sampler)
    assert written["End Equity"] == "90000"
    assert (
        written["Portfolio Turnover"] == "50.0%"
    )  # 45,000 / 90,000 = 0.5, times 100 keeps one place
    assert written["Net Profit"] == written["Compounding Annual Return"] == "0%"
