"""Hourly bars of penny stocks: quiet for days, then pumped up within a session or two, then let down."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from made_up.parameters import PENNY, Penny
from made_up.prices import Bars
from made_up.randomness import stream
from made_up.sessions import BAR_ENDS

_STEPS = 6  # moves within a bar, for its high and low
_NIGHT = 1.8  # times an hour's volatility


def penny_bars(labels: list[datetime]) -> dict[str, Bars]:
    """Return the hourly bars of all penny stocks."""
    return {one.ticker: _bars_of(one, len(labels)) for one in PENNY}


def _bars_of(one: Penny, count: int) -> Bars:
    random = stream("penny", one.ticker)
    trend, busy = np.zeros(count), np.ones(count)
    for session, gain, up, down in one.pumps:
        start = session * len(BAR_ENDS) + int(random.randint(0, 3))
        _pump(trend, busy, start, gain, up, down, random)
    moves = (
        random.standard_normal((count, _STEPS))
        * one.volatility
        / np.sqrt(_STEPS)
        * np.minimum(busy, 3)[:, None]
    )
    nights = random.standard_normal(count) * one.volatility * _NIGHT
    bars = np.empty((count, 4))
    level = usual = np.log(one.start)
    for bar in range(count):
        if bar % len(BAR_ENDS) == 0:
            # Back towards the usual level overnight, or luck alone would carry some of them above a dollar.
            level += nights[bar] - 0.15 * (level - usual)
        path = np.concatenate([[level], level + np.cumsum(moves[bar] + trend[bar] / _STEPS)])
        level, usual = path[-1], usual + trend[bar]
        prices = _ticks(np.exp(path))
        bars[bar] = prices[0], prices.max(), prices.min(), prices[-1]
    shares = one.volume * np.exp(0.5 * random.standard_normal(count)) * busy**2
    return Bars(*bars.T, np.round(shares, -2).astype(np.int64))


def _pump(
    trend: np.ndarray,
    busy: np.ndarray,
    start: int,
    gain: float,
    up: int,
    down: int,
    random: np.random.RandomState,
) -> None:
    """Add a rise of `gain` over `up` bars and a fall of most of it over `down` bars, in place."""
    stop, end = min(start + up, len(trend)), min(start + up + down, len(trend))
    shape = np.linspace(0.6, 1.4, up)  # faster towards the top
    trend[start:stop] += (gain * shape / shape.sum())[: stop - start]
    fall = np.linspace(1.8, 0.2, down)  # fast at first
    given_back = gain * random.uniform(0.8, 1.0)
    trend[stop:end] -= (given_back * fall / fall.sum())[: end - stop]
    busy[start:stop] = np.linspace(2.5, 5.0, up)[: stop - start]
    busy[stop:end] = np.linspace(4.0, 1.2, down)[: end - stop]


def _ticks(prices: np.ndarray) -> np.ndarray:
    """Round to the tick: a hundredth of a cent below a dollar, a cent above (Regulation NMS, Rule 612)."""
    return np.where(prices < 1, np.round(prices, 4), np.round(prices, 2))
