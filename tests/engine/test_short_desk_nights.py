"""S7 and S8: the borrow fee, night by night."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shortable import (
    FeeOnMarketValue,
    FrameShortableProvider,
    InteractiveBrokersBorrowFee,
    NullBorrowFee,
    RebateOnMarketValue,
)
from shortable.engine import Resolution
from shortable.errors import InvalidInputError

from .scenario import Shares, bars, flat, play


def short(shares: int, ticker: str = "SPY") -> Any:
    return lambda a: a.market_order(ticker, -shares)


def test_s8_over_a_weekend() -> None:
    # Thursday 4 January 2024: short 100 at the open of Friday; Friday closes at 50.00.
    # Friday to Monday are 3 days: 100 × 50.00 × 0.036 × 3 / 360 = 1.50, before Monday's fills.
    # Monday closes at 48.00, Tuesday covers at its open: 100 × 48.00 × 0.036 × 1 / 360 = 0.48 all the same.
    data = bars({"SPY": [49, (49, 51, 49, 50), (50, 50, 48, 48), 47]}, start="2024-01-04")
    lent = Shares(100, fee_rate=0.036)
    result = play(data, {0: short(100), 2: lambda a: a.market_order("SPY", 100)}, provider=lent)
    fees = result.borrow_costs
    assert fees["date"].dt.strftime("%a %d").tolist() == ["Mon 08", "Tue 09"]
    assert fees[["symbol", "shares", "close", "rate", "days"]].values.tolist() == [
        ["SPY", 100, 50.0, 0.036, 3],
        ["SPY", 100, 48.0, 0.036, 1],
    ]
    assert fees["cost"].round(10).tolist() == [1.50, 0.48]
    assert result.algorithm.portfolio.total_borrow_costs == pytest.approx(1.98, abs=1e-12)
    assert result.algorithm.portfolio.cash == pytest.approx(
        1_000_000 + 4_900 - 4_700 - 1.98, abs=1e-9
    )
    # Asked at the close of the night's own session, of the one symbol that was short, and never else.
    assert lent.rates_asked == [
        ("SPY", datetime(2024, 1, 5, 16)),
        ("SPY", datetime(2024, 1, 8, 16)),
    ]


def test_s8_shares_shorted_today_cost_nothing_today() -> None:
    result = play(flat(2), {0: short(100)}, provider=Shares(100, fee_rate=0.5))
    assert result.algorithm.portfolio["SPY"].quantity == -100
    assert (len(result.borrow_costs), result.summary()["borrow_costs"]) == (0, 0.0)


def test_s8_longs_are_free_and_what_is_carried_is_what_was_short_at_the_close() -> None:
    steps = {0: lambda a: a.market_order("SPY", 100), 1: lambda a: a.market_order("SPY", -150)}
    result = play(flat(4), steps, provider=Shares(1000, fee_rate=0.36))
    # Flat, +100, −50: one night of 50 × 10.00 × 0.36 / 360 = 0.50
    assert result.borrow_costs[["shares", "cost"]].round(10).values.tolist() == [[50, 0.5]]


def test_s8_a_symbol_without_a_bar_is_charged_on_its_last_close() -> None:
    data = bars({"SPY": [10] * 5, "GME": [20, 20, None, None, 20]})
    result = play(data, {0: short(10, "GME")}, provider=Shares(10, fee_rate=0.36))
    # 10 × 20.00 × 0.36 / 360 = 0.20 a night, Wednesday to Monday
    assert result.borrow_costs["cost"].round(10).tolist() == [0.2, 0.2, 0.6]


def test_s8_intraday_bars_are_charged_once_a_session_at_the_last_close() -> None:
    prices = [10] * 6 + [10, 10, 10, 10, 10, 12] + [12] * 6  # 11:00 to 16:00, three sessions
    lent = Shares(10, fee_rate=0.36)
    result = play(
        bars({"SPY": prices}, hourly=True),
        {2: short(10)},
        resolution=Resolution.HOUR,
        provider=lent,
    )
    # 10 × 10 × 0.36 / 360 = 0.10, then 10 × 12 × 0.36 / 360 = 0.12
    assert result.borrow_costs["cost"].round(10).tolist() == [0.10, 0.12]
    assert [t for _, t in lent.rates_asked] == [datetime(2024, 1, 2, 16), datetime(2024, 1, 3, 16)]


def test_s8_the_rate_is_the_one_known_at_the_close_not_the_next_mornings() -> None:
    rates = pd.DataFrame(
        {"SPY": [0.36, 3.6, 0.036]},
        index=pd.to_datetime(["2024-01-03 15:00", "2024-01-03 20:00", "2024-01-04 20:00"]),
    )
    provider = FrameShortableProvider(
        pd.DataFrame({"SPY": [100]}, index=rates.index[:1]), fee_rates=rates
    )
    result = play(flat(5), {1: short(100)}, provider=provider)
    # Short at the open of Thursday the 4th: that close knows 3.6 (Wednesday evening); Friday's close knows 0.036.
    # 100 × 10 × 3.6 / 360 = 10.00, then over the weekend 100 × 10 × 0.036 × 3 / 360 = 0.30
    assert result.borrow_costs["rate"].tolist() == [3.6, 0.036]
    assert result.borrow_costs["cost"].round(10).tolist() == [10.0, 0.3]


@pytest.mark.parametrize("rate", [None, float("nan")])
def test_s7_an_unknown_rate_reads_as_zero_is_counted_and_does_not_stop_the_clock(rate: Any) -> None:
    lent = Shares(100, fee_rate=rate)
    steps = {0: short(100), 3: lambda a: setattr(lent, "rate", 0.036)}
    result = play(flat(6), steps, provider=lent)  # Tuesday to Tuesday
    assert result.borrow_costs["rate"].fillna(-1).tolist() == [-1, -1, 0.036, 0.036]
    # The weekend's rate was asked for on Monday: 100 × 10 × 0.036 × 3 / 360 = 0.30; Monday night 0.10
    assert result.borrow_costs["cost"].round(10).tolist() == [0.0, 0.0, 0.3, 0.1]
    assert (result.nights_short, result.nights_without_rate) == (4, 2)
    assert result.summary()["nights_without_rate"] == 2


def test_s7_a_rate_of_zero_is_known() -> None:
    result = play(flat(4), {0: short(100)}, provider=Shares(100, fee_rate=0.0))
    assert (result.nights_short, result.nights_without_rate) == (2, 0)
    assert result.borrow_costs["rate"].tolist() == [0.0, 0.0]


def test_the_same_from_a_provider_with_dated_data_and_from_a_users_class() -> None:
    """The first is asked for all nights at once, the second night by night."""
    index = pd.bdate_range("2024-01-02", periods=12)
    rates = pd.DataFrame(
        {"AMC": [np.nan] * 5 + [0.0025, 0.3] * 3 + [0.0], "GME": [np.nan, np.nan, 0.3, 0.1] * 3},
        index=index,
    )
    dated = FrameShortableProvider(
        pd.DataFrame(10_000, index=index, columns=["AMC", "GME"]), fee_rates=rates
    )

    class Users:
        def shortable_quantity(self, symbol: Any, local_time: datetime) -> int | None:
            return dated.shortable_quantity(symbol, local_time)

        def fee_rate(self, symbol: Any, local_time: datetime) -> float | None:
            return (
                dated.fee_rate(symbol, local_time)
                if dated.has_fee_rate(symbol, local_time)
                else None
            )

    data = flat(12, "AMC", "GME")
    steps = {
        0: short(70, "GME"),
        2: short(30, "AMC"),
        5: lambda a: a.market_order("GME", 70),
        7: short(10, "GME"),
    }
    one, other = (play(data, steps, provider=p) for p in (dated, Users()))
    pd.testing.assert_frame_equal(one.borrow_costs, other.borrow_costs)
    assert one.nights_without_rate == other.nights_without_rate > 0
    assert one.equity.equals(other.equity)


def test_a_provider_that_is_changed_while_a_short_is_open_is_asked_from_then_on() -> None:
    cheap, dear = Shares(100, fee_rate=0.036), Shares(100, fee_rate=0.36)
    steps = {0: short(100), 2: lambda a: a.securities["SPY"].set_shortable_provider(dear)}
    result = play(flat(4), steps, provider=cheap)
    assert result.borrow_costs["rate"].tolist() == [0.036, 0.36]


@pytest.mark.parametrize(
    ("convention", "fee"),
    [
        (FeeOnMarketValue(), 1.0),  # 100 × 10.00 × 0.36 / 360
        (FeeOnMarketValue(365), 360 / 365),
        (InteractiveBrokersBorrowFee(), 1.1),  # 10.20, up to 11: 1,100 × 0.36 / 360
        (RebateOnMarketValue(), 2.0),  # a rebate of −0.72: 100 × 10.00 × 0.72 / 360
    ],
)
def test_the_convention_is_the_backtests(convention: Any, fee: float) -> None:
    class Rates(Shares):
        def rebate_rate(self, symbol: Any, local_time: datetime) -> float:
            return -0.72

    result = play(
        flat(3),
        {0: short(100)},
        provider=Rates(100, fee_rate=0.36),
        borrow_fee=convention,
    )
    assert result.borrow_costs["cost"].tolist() == pytest.approx([fee])
    assert result.summary()["borrow_fee_convention"] == repr(convention)


def test_a_rebate_may_be_received() -> None:
    class Rebate(Shares):
        def rebate_rate(self, symbol: Any, local_time: datetime) -> float:
            return 0.036

    result = play(flat(3), {0: short(100)}, provider=Rebate(100), borrow_fee=RebateOnMarketValue())
    assert result.algorithm.portfolio.cash == pytest.approx(1_000_000 + 1_000 + 0.1, abs=1e-9)


def test_borrowing_for_free_asks_no_rate() -> None:
    lent = Shares(100, fee_rate=0.36)
    result = play(flat(3), {0: short(100)}, provider=lent, borrow_fee=NullBorrowFee())
    assert (lent.rates_asked, len(result.borrow_costs), result.nights_without_rate) == ([], 0, 0)


def test_a_users_convention_gets_arrays_of_the_open_shorts_alone() -> None:
    class AtLeastOne:
        rate_kind = "fee"

        def cost(self, shares: Any, close: Any, rate: Any, days: Any) -> Any:
            return np.maximum(shares * close * rate * days / 360, 1.0)

    data = flat(3, "AMC", "GME", "SPY")
    result = play(
        data,
        {0: short(100, "GME")},
        provider=Shares(100, fee_rate=0.01),
        borrow_fee=AtLeastOne(),
    )
    assert result.borrow_costs[["symbol", "cost"]].values.tolist() == [["GME", 1.0]]


@pytest.mark.parametrize("answer", [5.0, float("nan"), np.array([np.inf]), np.array([1.0, 2.0])])
def test_s6_a_convention_that_answers_no_cost_is_refused(answer: Any) -> None:
    class Wrong:
        rate_kind = "fee"

        def cost(self, shares: Any, close: Any, rate: Any, days: Any) -> Any:
            return answer

    with pytest.raises(InvalidInputError, match="one finite cost for each"):
        play(
            flat(3),
            {0: short(100)},
            provider=Shares(100, fee_rate=0.01),
            borrow_fee=Wrong(),
        )
