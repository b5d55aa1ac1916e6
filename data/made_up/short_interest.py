"""Short interest twice a month, as FINRA publishes it: shares short follow from usual days to cover and the volume."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from made_up.parameters import DAILY
from made_up.prices import Bars
from made_up.randomness import stream
from shortable.market import Market
from shortable.store import SHORT_INTEREST, known_by_rule

# Usual days to cover. Orders of magnitude, chosen by hand; no number is a vendor's.
DAYS_TO_COVER = {
    "SPY": 2.2,
    "QQQ": 1.6,
    "IWM": 3.4,
    "SOXX": 1.8,
    "XBI": 4.5,
    "AAPL": 1.9,
    "MSFT": 2.1,
    "NVDA": 1.2,
    "AMZN": 1.7,
    "META": 1.8,
    "TSLA": 1.1,
    "IBM": 4.8,
    "BAC": 1.8,
    "JPM": 2.0,
    "F": 3.0,
    "PLTR": 2.3,
    "COIN": 2.6,
    "BYND": 7.5,
    "GME": 6.0,
    "AMC": 3.2,
}
_WANDER = 0.25  # standard deviation of the log of days to cover
_MEMORY = 0.85  # from one settlement date to the next
# One figure is corrected a cycle later: ticker, settlement date, what the first one was too low by.
_REVISED = ("AMC", date(2023, 6, 15), 0.12)


def settlement_dates(days: list[date]) -> list[date]:
    """Return the last session up to the 15th and the last one of each month.

    Parameters
    ----------
    days : list of date
        All sessions.
    """
    ends = [
        a for a, b in zip(days, [*days[1:], None], strict=True) if b is None or b.month != a.month
    ]
    middles = [max(d for d in days if d <= end.replace(day=15)) for end in ends]
    return sorted({*middles, *ends})


def short_interest(days: list[date], bars: dict[str, Bars]) -> pa.Table:
    """Return the figures of all symbols, and the revised one twice."""
    settled = settlement_dates(days)
    position = {day: i for i, day in enumerate(days)}
    rows = []
    for ticker, usual in sorted(DAYS_TO_COVER.items()):
        steps = stream("short interest", ticker).standard_normal(len(settled))
        level, previous, first = 0.0, 0, 0
        for number, (day, step) in enumerate(zip(settled, steps, strict=True)):
            level = _MEMORY * level + _WANDER * np.sqrt(1 - _MEMORY**2) * step
            last = position[day] + 1
            volume = int(np.mean(bars[ticker].volume[first:last]))
            short, first = int(usual * np.exp(level) * volume), last
            revised = (ticker, settled[number - 1]) == _REVISED[:2]
            row = _row(ticker, day, short, volume, previous, revised)
            if (ticker, day) == _REVISED[:2]:
                early = _row(ticker, day, int(short * (1 - _REVISED[2])), volume, previous, False)
                later = _EPOCH + timedelta(
                    microseconds=known_by_rule(settled[number + 1], Market.USA)
                )
                rows += [early, row | {"known_at": later, "by_rule": False}]
            else:
                rows.append(row)
            previous = short
    return pa.Table.from_pylist(rows, schema=SHORT_INTEREST.schema)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _row(
    ticker: str, day: date, short: int, volume: int, previous: int, revised: bool
) -> dict[str, object]:
    return {
        "symbol": ticker,
        "settlement_date": day,
        "known_at": _EPOCH + timedelta(microseconds=known_by_rule(day, Market.USA)),
        "by_rule": True,
        "shares_short": short,
        "avg_daily_volume": volume,
        "days_to_cover": max(round(short / volume, 2), 1.0),  # FINRA writes 1.00 for less
        "previous": previous,
        "revised": revised,
        "split": False,
    }


def shares_outstanding(days: list[date]) -> pd.DataFrame:
    """Return the shares outstanding behind the market capitalisations, from the first session on."""
    known = [(one.ticker, days[0], int(one.shares)) for one in DAILY if one.shares is not None]
    return pd.DataFrame(known, columns=["symbol", "date", "shares_outstanding"])
