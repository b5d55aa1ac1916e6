"""Figures of closed trades, worked out by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from shortable.lean.statistics import TradeStatistics

MONDAY = datetime(2024, 1, 8, 14, 30)
DAY = timedelta(days=1)


def trade(day: int, days: int, profit: float, mae: float, mfe: float) -> Any:
    entry, span = MONDAY + day * DAY, days * DAY
    return SimpleNamespace(
        entry_time=entry,
        exit_time=entry + span,
        duration=span,
        profit_loss=profit,
        mae=mae,
        mfe=mfe,
        total_fees=1.5,
        end_trade_drawdown=profit - mfe,
    )


# profits 100, -40, -20, 90: summed 100, 60, 40, 130
TRADES = [
    trade(0, 1, 100, -10, 120),
    trade(1, 2, -40, -60, 5),
    trade(3, 1, -20, -30, 0),
    trade(4, 4, 90, 0, 90),
]


def test_wins_and_losses() -> None:
    figures = TradeStatistics(TRADES)
    assert (
        figures.total_number_of_trades,
        figures.number_of_winning_trades,
        figures.number_of_losing_trades,
    ) == (4, 2, 2)
    assert (figures.total_profit_loss, figures.total_profit, figures.total_loss) == (130, 190, -60)
    assert (figures.average_profit_loss, figures.average_profit, figures.average_loss) == (
        32.5,
        95,
        -30,
    )
    assert (figures.largest_profit, figures.largest_loss) == (100, -40)
    assert (figures.win_rate, figures.loss_rate, figures.win_loss_ratio) == (0.5, 0.5, 1)
    assert figures.ProfitLossRatio == pytest.approx(95 / 30)
    assert figures.profit_factor == pytest.approx(190 / 60)
    assert (figures.max_consecutive_winning_trades, figures.max_consecutive_losing_trades) == (1, 2)
    assert figures.total_fees == 6
    assert (figures.start_date_time, figures.end_date_time) == (MONDAY, MONDAY + 8 * DAY)


def test_deviations() -> None:
    figures = TradeStatistics(TRADES)
    # deviations from 32.5: 67.5, -72.5, -52.5, 57.5: squares sum to 15,875; over 3
    assert figures.profit_loss_standard_deviation == pytest.approx((15_875 / 3) ** 0.5)
    assert figures.profit_loss_downside_deviation == pytest.approx(
        200**0.5
    )  # -40 and -20 about -30
    assert figures.sharpe_ratio == pytest.approx(32.5 / (15_875 / 3) ** 0.5)


def test_falls() -> None:
    figures = TradeStatistics(TRADES)
    assert figures.maximum_closed_trade_drawdown == -60  # from 100 to 40
    # LEAN takes a trade's best before its worst: the first was 120 up and 10 down; the third 60 - 30 against 120 is less
    assert figures.maximum_intra_trade_drawdown == -130
    assert (
        figures.maximum_drawdown_duration == 7 * DAY
    )  # from the first exit, day 1, to the last, day 8
    assert figures.profit_to_max_drawdown_ratio == pytest.approx(130 / 60)
    assert (figures.largest_mae, figures.largest_mfe) == (-60, 120)
    assert figures.maximum_end_trade_drawdown == -45  # the second gave 5 up and lost 40
    assert figures.average_end_trade_drawdown == pytest.approx(32.5 - 215 / 4)


def test_durations() -> None:
    figures = TradeStatistics(TRADES)
    assert (figures.average_trade_duration, figures.median_trade_duration) == (2 * DAY, 1.5 * DAY)
    assert (figures.average_winning_trade_duration, figures.median_losing_trade_duration) == (
        2.5 * DAY,
        1.5 * DAY,
    )


def test_no_trades_and_no_losses() -> None:
    none, won = TradeStatistics([]), TradeStatistics(TRADES[:1])
    assert (none.win_loss_ratio, none.profit_factor, none.start_date_time, none.loss_rate) == (
        0,
        0,
        None,
        0,
    )
    assert (
        won.win_loss_ratio,
        won.profit_factor,
        won.profit_to_max_drawdown_ratio,
        won.sharpe_ratio,
    ) == (10, 10, 10, 0)
