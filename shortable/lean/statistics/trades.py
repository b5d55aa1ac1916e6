"""What the closed trades say: wins, losses, how long they lasted and how far they went astray.

LEAN: Common/Statistics/TradeStatistics.cs.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from shortable.lean.names import LeanObject

__all__ = ["TradeStatistics"]

_NO_LOSS = 10.0  # LEAN's stand-in for a ratio to nothing


class TradeStatistics(LeanObject):
    """Figures of closed trades, in dollars before fees; a trade without a gain counts as lost.

    Parameters
    ----------
    trades : iterable of Trade
        In the order of their exits.

    Attributes
    ----------
    total_number_of_trades, number_of_winning_trades, number_of_losing_trades : int
    start_date_time, end_date_time : datetime or None
        First entry and last exit, UTC.
    total_profit_loss, total_profit, total_loss, largest_profit, largest_loss : float
    average_profit_loss, average_profit, average_loss : float
    average_trade_duration, median_trade_duration : timedelta
        And the same of winning and of losing trades.
    max_consecutive_winning_trades, max_consecutive_losing_trades : int
    profit_loss_ratio, win_loss_ratio, win_rate, loss_rate, profit_factor : float
    average_mae, average_mfe, largest_mae, largest_mfe : float
    maximum_closed_trade_drawdown, maximum_intra_trade_drawdown, maximum_drawdown_duration
        The deepest fall of the summed profit, without and with what happened inside trades, and its longest time.
    profit_loss_standard_deviation, profit_loss_downside_deviation, sharpe_ratio, sortino_ratio : float
    profit_to_max_drawdown_ratio, maximum_end_trade_drawdown, average_end_trade_drawdown, total_fees : float
    """

    def __init__(self, trades: Iterable[Any] = ()) -> None:
        closed = list(trades)
        results = [float(t.profit_loss) for t in closed]
        won = [t for t, r in zip(closed, results, strict=True) if r > 0]
        lost = [t for t, r in zip(closed, results, strict=True) if r <= 0]
        gains, losses = [r for r in results if r > 0], [r for r in results if r <= 0]
        self.start_date_time: datetime | None = min((t.entry_time for t in closed), default=None)
        self.end_date_time: datetime | None = max((t.exit_time for t in closed), default=None)
        self.total_number_of_trades = len(closed)
        self.number_of_winning_trades, self.number_of_losing_trades = len(won), len(lost)
        self.total_profit_loss, self.total_profit, self.total_loss = (
            sum(results),
            sum(gains),
            sum(losses),
        )
        self.largest_profit, self.largest_loss = max(gains, default=0.0), min(losses, default=0.0)
        self.average_profit_loss, self.average_profit = _mean(results), _mean(gains)
        self.average_loss = _mean(losses)
        self.total_fees = sum(float(t.total_fees) for t in closed)
        self._durations(closed, won, lost)
        self._streaks(results)
        self._ratios(results, losses)
        self._excursions(closed, results)

    def _durations(self, closed: Sequence[Any], won: Sequence[Any], lost: Sequence[Any]) -> None:
        for name, of in (("", closed), ("winning_", won), ("losing_", lost)):
            spans = [t.duration.total_seconds() for t in of]
            setattr(self, f"average_{name}trade_duration", timedelta(seconds=_mean(spans)))
            middle = statistics.median(spans) if spans else 0.0
            setattr(self, f"median_{name}trade_duration", timedelta(seconds=middle))

    def _streaks(self, results: Sequence[float]) -> None:
        longest = {True: 0, False: 0}
        run, kind = 0, None
        for result in results:
            run = run + 1 if (result > 0) == kind else 1
            kind = result > 0
            longest[kind] = max(longest[kind], run)
        self.max_consecutive_winning_trades, self.max_consecutive_losing_trades = (
            longest[True],
            longest[False],
        )

    def _ratios(self, results: Sequence[float], losses: Sequence[float]) -> None:
        count, wins, lost = (
            self.total_number_of_trades,
            self.number_of_winning_trades,
            self.number_of_losing_trades,
        )
        self.profit_loss_ratio = _over(self.average_profit, abs(self.average_loss))
        self.win_loss_ratio = (wins / lost if lost else _NO_LOSS) if count else 0.0
        self.win_rate = wins / count if count else 0.0
        self.loss_rate = 1 - self.win_rate if count else 0.0
        self.profit_factor = _to_loss(self.total_profit, self.total_loss)
        self.profit_loss_standard_deviation = _deviation(results)
        self.profit_loss_downside_deviation = _deviation(losses)
        self.sharpe_ratio = _over(self.average_profit_loss, self.profit_loss_standard_deviation)
        self.sortino_ratio = _over(self.average_profit_loss, self.profit_loss_downside_deviation)

    def _excursions(self, closed: Sequence[Any], results: Sequence[float]) -> None:
        """Follow the summed profit, and what each trade might have added or taken on its way."""
        total = high = best = 0.0
        self.maximum_closed_trade_drawdown = self.maximum_intra_trade_drawdown = 0.0
        self.maximum_drawdown_duration = timedelta()
        peak, falling = closed[0].entry_time if closed else None, False
        for trade, result in zip(closed, results, strict=True):
            best = max(best, total + float(trade.mfe))
            self.maximum_intra_trade_drawdown = min(
                self.maximum_intra_trade_drawdown, total + float(trade.mae) - best
            )
            total += result
            if result <= 0:
                self.maximum_closed_trade_drawdown = min(
                    self.maximum_closed_trade_drawdown, total - high
                )
                falling = True
            elif total > high:
                if falling:
                    self.maximum_drawdown_duration = max(
                        self.maximum_drawdown_duration, trade.exit_time - peak
                    )
                high, peak, falling = total, trade.exit_time, False
        adverse, favourable = [float(t.mae) for t in closed], [float(t.mfe) for t in closed]
        self.average_mae, self.average_mfe = _mean(adverse), _mean(favourable)
        self.largest_mae, self.largest_mfe = min([0.0, *adverse]), max([0.0, *favourable])
        self.maximum_end_trade_drawdown = min([0.0, *(float(t.end_trade_drawdown) for t in closed)])
        self.average_end_trade_drawdown = self.average_profit_loss - self.average_mfe
        self.profit_to_max_drawdown_ratio = _to_loss(
            self.total_profit_loss, self.maximum_closed_trade_drawdown
        )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _deviation(values: Sequence[float]) -> float:
    return statistics.stdev(values) if len(values) > 1 else 0.0


def _over(above: float, below: float) -> float:
    return above / below if below else 0.0


def _to_loss(above: float, loss: float) -> float:
    """Return a ratio to a loss; 0 for nothing, and 10 where there was no loss."""
    if not above:
        return 0.0
    return above / abs(loss) if loss < 0 else _NO_LOSS
