"""Conventions that follow a borrow: interest, rebates, Japan's premium, India's contract, Brazil's loans; golden by hand."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shortable import CustomShortableProvider, FrameShortableProvider, Symbol
from shortable.adapters import vectorbt
from shortable.borrow import (
    BrazilianLoanFee,
    ContractFee,
    Convention,
    CourseBorrowFee,
    FeeAndInterest,
    FeeOnMarketValue,
    InteractiveBrokersBorrowFee,
    LendingPremium,
    NightCharge,
    RateSeries,
    RebateAgainstBenchmark,
    RebateOnMarketValue,
)
from shortable.desk import ShortDesk
from shortable.errors import InvalidInputError
from shortable.providers import with_flat_rate
from shortable.research import audit, constrain, constrain_weights
from shortable.research.trade_lists import Trades
from shortable.results import ledger_of
from shortable.results.schema import of_records
from tests.engine.scenario import bars, play

SPY = Symbol.create("SPY")
NAN = float("nan")
FRIDAY, MONDAY, TUESDAY, WEDNESDAY = (date(2024, 1, day) for day in (5, 8, 9, 10))


def test_interest_is_tied_to_the_rate_of_the_night_s_day() -> None:
    course = FeeAndInterest({"2024-01-01": 0.036, "2024-01-08": 0.072}, spread=0.0).course(SPY)
    # 1,000 at 20.00, fee 0.36, Friday to Monday: 20,000 x (0.36 - 0.036) x 3 / 360 = 54.00
    assert course.night(FRIDAY, MONDAY, 1000, 20.0, 0.36).cost == pytest.approx(54.0)
    # Monday: 20,000 x (0.36 - 0.072) / 360 = 16.00
    assert course.night(MONDAY, TUESDAY, 1000, 20.0, 0.36).cost == pytest.approx(16.0)
    # Without a fee rate the interest is still earned: -20,000 x 0.072 / 360 = -4.00; the night is counted as without a rate.
    charge = course.night(MONDAY, TUESDAY, 1000, 20.0, NAN)
    assert charge.cost == pytest.approx(-4.0)
    assert charge.rate != charge.rate
    # A broker that keeps more than the benchmark pays nothing, and takes nothing.
    assert FeeAndInterest(0.01, spread=0.02).course(SPY).night(
        MONDAY, TUESDAY, 100, 10.0, 0.0
    ).cost == pytest.approx(0.0)


def test_interest_beside_the_rebate_that_contains_it_is_refused() -> None:
    for fee in (RebateOnMarketValue(), RebateAgainstBenchmark(0.05)):
        with pytest.raises(InvalidInputError, match="charge the fee rate by the night"):
            FeeAndInterest(0.05, fee=fee)  # type: ignore[arg-type]
    # Interactive Brokers' mark with interest: 36 x 25 x 0.1 / 360 = 0.25, less 36 x 24.28 x 0.05 / 360 = 0.1214.
    course = FeeAndInterest(0.05, fee=InteractiveBrokersBorrowFee()).course(SPY)
    assert course.night(MONDAY, TUESDAY, 36, 24.28, 0.1).cost == pytest.approx(0.25 - 0.1214)


def test_a_rebate_against_a_benchmark() -> None:
    course = RebateAgainstBenchmark(RateSeries.of({"2024-01-01": 0.054}), spread=0.009).course(SPY)
    # 5,000 x (0.054 - 0.009 - 0.009) x 3 / 360 = 1.50 received over the weekend.
    assert course.night(FRIDAY, MONDAY, 100, 50.0, 0.009).cost == pytest.approx(-1.5)
    # A fee of 0.405: 5,000 x (0.045 - 0.405) / 360 = -5.00: paid.
    assert course.night(MONDAY, TUESDAY, 100, 50.0, 0.405).cost == pytest.approx(5.0)
    assert course.night(MONDAY, TUESDAY, 100, 50.0, NAN).cost == 0.0
    with pytest.raises(InvalidInputError, match="hold a rate for 2023-12-29"):
        course.night(date(2023, 12, 29), MONDAY, 100, 50.0, 0.009)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"2024-01-01": 5.25}, "Divide by 100"),
        ({}, "one rate a day"),
        ("5 %", "a mapping or Series of days"),
        ({"someday": 0.05}, "have days as its keys"),
    ],
)
def test_what_is_no_series_is_refused(given: Any, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        RateSeries.of(given)


def test_japan_s_premium_is_in_total_and_never_multiplied_by_the_days() -> None:
    table = pd.DataFrame(
        {
            "symbol": ["7203.JP"] * 2,
            "date": ["2024-01-05", "2024-01-08"],
            "premium": [0.45, 0.0],  # Friday's stands for three days; on Monday there is none
        }
    )
    course = LendingPremium(table).course(Symbol.create("7203.JP"))
    assert course.night(FRIDAY, MONDAY, 1000, 2800.0, NAN).cost == pytest.approx(450.0)
    none = course.night(MONDAY, TUESDAY, 1000, 2800.0, NAN)
    assert none == NightCharge(0.0, 0.0)
    unknown = course.night(TUESDAY, WEDNESDAY, 1000, 2800.0, NAN)
    assert unknown.cost == 0.0
    assert unknown.rate != unknown.rate
    with pytest.raises(InvalidInputError, match="have one row a day"):
        LendingPremium(pd.concat([table, table]))
    with pytest.raises(InvalidInputError, match="columns symbol, date, premium"):
        LendingPremium(table.drop(columns="premium"))
    with pytest.raises(InvalidInputError, match="at least 0"):
        LendingPremium(table.assign(premium=-1.0))


def test_india_s_contract_is_paid_once_and_again_at_its_reverse_leg() -> None:
    table = pd.DataFrame(
        {
            "symbol": ["ABB.IN"] * 3,
            "date": ["2024-01-05", "2024-01-05", "2024-01-10"],
            "fee": [20.0, 12.0, 8.0],
            "until": ["2024-02-01", "2024-01-10", "2024-02-01"],
        }
    )
    course = ContractFee(table).course(Symbol.create("ABB.IN"))
    # The nearest reverse leg of Friday's two: 875 x 12.00 = 10,500 (FORMATS, section 14).
    assert course.night(FRIDAY, MONDAY, 875, 5000.0, NAN).cost == 10_500.0
    # A partial cover gets nothing back, and shares shorted again use the contract that is there.
    assert course.night(MONDAY, TUESDAY, 400, 5000.0, NAN).cost == 0.0
    assert course.night(TUESDAY, WEDNESDAY, 875, 5000.0, NAN).cost == 0.0
    # Wednesday is the reverse leg: 875 anew at 8.00.
    assert course.night(WEDNESDAY, date(2024, 1, 11), 875, 5000.0, NAN).cost == 7_000.0
    # 125 more on a day of which nothing is known: free, and counted.
    unknown = course.night(date(2024, 1, 11), date(2024, 1, 12), 1000, 5000.0, NAN)
    assert (unknown.cost, unknown.rate != unknown.rate) == (0.0, True)
    with pytest.raises(InvalidInputError, match="lie after the trade"):
        ContractFee(table.assign(until="2024-01-01"))


def test_brazil_s_loan_compounds_on_its_own_price_and_rate() -> None:
    course = BrazilianLoanFee().course(SPY)
    # 20,000 x (1.05 ^ (n / 252) - 1): n = 1: 3.87261013, n = 2: 7.74597012 (awk); later closes and rates change nothing.
    first = course.night(FRIDAY, MONDAY, 1000, 20.0, 0.05).cost
    second = course.night(MONDAY, TUESDAY, 1000, 30.0, 0.99).cost
    assert first == pytest.approx(3.87261013, abs=1e-7)
    assert first + second == pytest.approx(7.74597012, abs=1e-7)
    # Half is covered: the third night is half of 20,000 x (1.05 ^ (3 / 252) - 1.05 ^ (2 / 252)) = 3.87410999 / 2.
    assert course.night(TUESDAY, WEDNESDAY, 500, 30.0, 0.99).cost == pytest.approx(
        3.87410999 / 2, abs=1e-7
    )
    whole = BrazilianLoanFee().course(SPY)
    days = pd.bdate_range("2024-01-01", periods=253).date
    year = sum(whole.night(a, b, 1000, 20.0, 0.05).cost for a, b in pairwise(days))
    assert year == pytest.approx(1000.0)


MODELS: list[CourseBorrowFee] = [
    FeeAndInterest(0.03),
    RebateAgainstBenchmark(0.03),
    BrazilianLoanFee(),
    LendingPremium(
        pd.DataFrame(
            {"symbol": "SPY", "date": pd.bdate_range("2024-01-02", periods=5), "premium": 0.1}
        )
    ),
    ContractFee(
        pd.DataFrame(
            {"symbol": ["SPY"], "date": ["2024-01-02"], "fee": [0.5], "until": ["2024-03-01"]}
        )
    ),
]


# 100 short over the nights after 11.00 (to Thursday), 12.00 (to Friday) and 11.00 (to Monday): 1,100 + 1,200 + 3 × 1,100 =
# 5,600 dollar-days, at a fee of 20 %.
@pytest.mark.parametrize(
    ("model", "fee", "rebate", "interest"),
    [
        # 5,600 × 0.20 / 360 = 3.1111 paid; 5,600 × (0.054 − 0.018) / 360 = 0.56 received
        (FeeAndInterest(0.054, spread=0.018), -3.1111, 0.0, 0.56),
        # 5,600 × (0.054 − 0.20) / 360 = −2.2711: a rebate below 0 is paid, and contains the fee
        (RebateAgainstBenchmark(0.054), 0.0, -2.2711, 0.0),
        (FeeOnMarketValue(), -3.1111, 0.0, 0.0),
    ],
)
def test_s13_fee_rebate_and_interest_stand_apart(
    model: Convention, fee: float, rebate: float, interest: float
) -> None:
    days = pd.bdate_range("2024-01-02", periods=5)
    result = play(
        bars({"SPY": [10.0, 11.0, 12.0, 11.0, 10.0]}),
        {0: lambda a: a.market_order("SPY", -100)},
        provider=FrameShortableProvider(
            pd.DataFrame({"SPY": [1000] * 5}, days), pd.DataFrame({"SPY": [0.2] * 5}, days)
        ),
        borrow_fee=model,
    )
    received = [fee, rebate, interest]
    for table in (result.attribution, result.borrows):
        sums = table[["borrow_fee", "rebate", "interest"]].sum()
        assert sums.tolist() == pytest.approx(received, abs=5e-5)
    # Sold at 11.00, worth 10.00 at the end: 100.00 before the nights.
    assert result.summary()["net_profit"] == pytest.approx(100 + sum(received), abs=5e-5)
    assert result.summary()["borrow_costs"] == pytest.approx(-sum(received), abs=5e-5)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
def test_the_same_short_costs_the_same_in_the_engine_constrain_audit_and_a_host_s_desk(
    model: CourseBorrowFee,
) -> None:
    days = pd.bdate_range("2024-01-02", periods=5)
    closes = [10.0, 11.0, 12.0, 11.0, 10.0]
    provider = FrameShortableProvider(
        pd.DataFrame({"SPY": [1000] * 5}, index=days), pd.DataFrame({"SPY": [0.2] * 5}, index=days)
    )
    # Filled at the open of the second session: short 100 over the nights after sessions 2, 3 and 4.
    result = play(
        bars({"SPY": closes}),
        {0: lambda a: a.market_order("SPY", -100)},
        provider=provider,
        borrow_fee=model,
    )
    prices = pd.DataFrame({"SPY": closes}, index=days)
    targets = pd.DataFrame({"SPY": [0, -100, -100, -100, -100]}, index=days)
    found = constrain(targets, provider, prices, borrow_fee=model)
    trades = Trades.of([days[1]], "SPY", [-100], [11.0])
    judged = audit(trades, provider, prices, borrow_fee=model)
    desk = ShortDesk(provider, borrow_fee=model)
    for night in (1, 2, 3):
        desk.charge(SPY, 100, closes[night], days[night].date(), days[night + 1].date())
    expected = [cost.cost for cost in desk.borrow_costs]
    assert any(expected) or isinstance(model, ContractFee)
    for table in (result.borrow_costs, found.borrow_costs, judged.borrow_costs):
        assert table["cost"].tolist() == pytest.approx(expected)
        assert table["rate"].isna().tolist() == [c.rate != c.rate for c in desk.borrow_costs]
    # S13: every one of them says alike what was fee, what rebate and what interest.
    fill = pd.DataFrame({"time": [days[1]], "symbol": "SPY", "quantity": [-100], "price": [11.0]})
    hosted = ledger_of(fill, of_records("borrow_costs", desk.borrow_costs), prices)
    parts = [[c.cost + c.rebate + c.interest, -c.rebate, -c.interest] for c in desk.borrow_costs]
    for one in (result, found, judged, hosted):
        for table in (one.attribution, one.borrows):
            received = table[["borrow_fee", "rebate", "interest"]].sum().tolist()
            assert received == pytest.approx((-np.sum(parts, axis=0)).tolist())
    held = pd.DataFrame({"SPY": [0.0, -0.1, -0.1, -0.1, -0.1]}, index=days)
    _, portfolio = constrain_weights(held, provider, prices, 1e4, borrow_fee=model)
    assert len(portfolio.borrow_costs) == 3


def test_a_host_that_prices_nights_ahead_refuses_them_by_name() -> None:
    pytest.importorskip("vectorbt")
    prices = pd.DataFrame({"SPY": [10.0, 11.0]}, index=pd.bdate_range("2024-01-02", periods=2))
    with pytest.raises(InvalidInputError, match="price each night by itself for vectorbt"):
        vectorbt.from_orders(
            prices, prices * 0, CustomShortableProvider({"SPY": 1}), borrow_fee=MODELS[0]
        )


def test_a_flat_rate_prices_history_that_has_none_and_says_so() -> None:
    days = pd.bdate_range("2024-01-02", periods=3)
    known = pd.DataFrame({"SPY": [None, 0.72, None]}, index=days, dtype=float)
    inner = FrameShortableProvider(pd.DataFrame({"SPY": [1000] * 3}, index=days), known)
    guessed = with_flat_rate(inner, 0.36)
    prices = pd.DataFrame({"SPY": [10.0] * 3}, index=days)
    targets = pd.DataFrame({"SPY": [-100] * 3}, index=days)
    # 1,000 x 0.36 / 360 = 1.00 by the guess, then 1,000 x 0.72 / 360 = 2.00 by the vendor's rate.
    assert constrain(targets, inner, prices).borrow_costs["cost"].tolist() == [0.0, 2.0]
    assert constrain(targets, guessed, prices).borrow_costs["cost"].tolist() == [1.0, 2.0]
    assert "with_flat_rate" in guessed.name
    quote = guessed.quote("SPY", days[0])
    assert (quote.fee_rate, quote.quantity) == (0.36, 1000)
    assert "flat rate" in quote.note
    assert guessed.shortable_quantity("GME", days[0]) == 0
    for wrong in (-0.1, NAN, "0.1", True):
        with pytest.raises(InvalidInputError, match="finite annual fraction"):
            with_flat_rate(inner, wrong)  # type: ignore[arg-type]
    assert FeeOnMarketValue().rate_kind == "fee"
