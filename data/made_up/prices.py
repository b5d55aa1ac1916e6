"""Daily bars: a market, a sector, each symbol's own luck, and funds that multiply another symbol's day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from made_up.parameters import (
    DAILY,
    FIRST_SQUEEZED,
    FUND_COST,
    LEVERAGED,
    SQUEEZE,
    SQUEEZED,
    Daily,
)
from made_up.randomness import stream

YEAR = 252
# A day is a night and thirteen half hours; their shares of its variance. The first and the last hour are the wildest.
_SHARES = np.array(
    [0.26, 0.13, 0.08, 0.06, 0.05, 0.04, 0.035, 0.03, 0.03, 0.035, 0.04, 0.05, 0.06, 0.10]
)
STEPS = np.sqrt(_SHARES / _SHARES.sum())


@dataclass(frozen=True)
class Bars:
    """Open, high, low, close and volume of one symbol, one value a bar."""

    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray


def daily_bars(days: list[date]) -> dict[str, Bars]:
    """Return the daily bars of all symbols with daily bars."""
    count = len(days)
    calm = _regimes("market", count, 0.30)
    market = _steps("market", count, 0.13 / np.sqrt(YEAR) * calm) + 0.16 / YEAR / len(STEPS)
    sector = _steps("technology", count, 0.12 / np.sqrt(YEAR) * calm) + 0.04 / YEAR / len(STEPS)
    paths: dict[str, np.ndarray] = {}
    bars: dict[str, Bars] = {}
    for one in DAILY:
        logs = one.beta * market + one.sector * sector + _own(one, count)
        busy = np.ones(count)
        if one.ticker == SQUEEZED:
            busy = _squeeze(days, logs)
        # Relative to the close before: what a fund on this symbol multiplies.
        paths[one.ticker] = np.expm1(np.cumsum(logs, axis=1))
        bars[one.ticker] = _bars(one.ticker, one.start, paths[one.ticker], one.volume, busy)
    for fund in LEVERAGED:
        spent = np.linspace(0, FUND_COST / YEAR, len(STEPS))
        bars[fund.ticker] = _bars(
            fund.ticker,
            fund.start,
            fund.factor * paths[fund.of] - spent,
            fund.volume,
            np.ones(count),
        )
    return bars


def _regimes(name: str, count: int, size: float) -> np.ndarray:
    """Return a multiplier of volatility that wanders slowly around one."""
    luck = stream("regimes", name).standard_normal(count)
    level = np.empty(count)
    now = 0.0
    for day in range(count):
        now = 0.97 * now + size * np.sqrt(1 - 0.97**2) * luck[day]
        level[day] = now
    return np.exp(level - size**2 / 2)


def _steps(name: str, count: int, of_day: np.ndarray | float) -> np.ndarray:
    """Return log returns, days × steps, with the tails that daily returns have."""
    random = stream("steps", name)
    heavy = random.standard_t(5, size=(count, 1)) / np.sqrt(5 / 3) / 1.35
    light = random.standard_normal((count, len(STEPS)))
    # A heavy-tailed day's move is spread over its steps; around it the steps wander on their own.
    own = light - light.mean(axis=1, keepdims=True)
    return (heavy * STEPS**2 * 1.35 + own * STEPS * 0.8) * np.reshape(of_day, (-1, 1))


def _own(one: Daily, count: int) -> np.ndarray:
    """Return what moves a symbol alone: its luck, its drift, and a jump overnight after each quarter's report."""
    scale = one.volatility / np.sqrt(YEAR) * _regimes(one.ticker, count, 0.35)
    logs = _steps(one.ticker, count, scale)
    logs += (
        one.drift / YEAR / len(STEPS) - logs.mean()
    )  # over both years luck cancels, and the drift is what it says
    if one.shares is not None:
        random = stream("reports", one.ticker)
        for report in range(random.randint(15, 40), count, 63):
            logs[report, 0] += random.standard_normal() * 0.16 * one.volatility**0.5 * 0.6
    return logs


def _squeeze(days: list[date], logs: np.ndarray) -> np.ndarray:
    """Add the squeeze to the log returns, in place; return how many times the usual volume each day has."""
    busy = np.ones(len(days))
    first = days.index(date.fromisoformat(FIRST_SQUEEZED))
    for day, (gain, wild, volume) in enumerate(SQUEEZE, first):
        logs[day] = logs[day] * wild / 2 + gain * STEPS**2
        busy[day] = volume
    return busy


def _bars(ticker: str, start: float, path: np.ndarray, volume: float, busy: np.ndarray) -> Bars:
    """Turn a path relative to the close before into bars in cents."""
    before = start * np.concatenate([[1.0], np.cumprod(1 + path[:-1, -1])])
    prices = before[:, None] * (1 + path)
    # The first step is the night: the open stands at its end.
    whole = np.round(prices, 2)
    moved = np.abs(path[:, -1]) / (np.std(path[:, -1]) + 1e-12)
    luck = stream("volume", ticker).standard_normal(len(path))
    slow = np.empty(len(path))
    now = 0.0
    for day, bit in enumerate(luck):
        now = 0.8 * now + 0.16 * bit
        slow[day] = now
    shares = volume * np.exp(slow) * (0.7 + 0.45 * np.minimum(moved, 6)) * busy
    return Bars(
        whole[:, 0],
        whole.max(axis=1),
        whole.min(axis=1),
        whole[:, -1],
        np.round(shares, -2).astype(np.int64),
    )
