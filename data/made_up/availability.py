"""Snapshots of what could be borrowed: bucketed, with floors, symbols left out, and rates missing or negative."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import pairwise

import numpy as np

from made_up.lending import (
    BENCHMARK,
    DEAR,
    PENNY_TIME,
    PRESSURE,
    PULL,
    SQUEEZE_DAYS,
    SQUEEZE_TIMES,
    Broker,
    Lent,
)
from made_up.parameters import PENNY, PENNY_FIRST, PENNY_LAST
from made_up.prices import Bars
from made_up.randomness import stream

FLOOR = 10_000_000  # "more than" is all that is said above it
_CHANGED = 0.45  # chance that a broker counts anew; about 36 % of the buckets then differ from the snapshot before
_GENERAL = 0.25  # percent a year; no fee lies below


@dataclass
class Rows:
    """One snapshot on its way into the store; a rate of None is not stated."""

    published: datetime  # exchange-local
    symbols: list[str] = field(default_factory=list)
    quantities: list[int] = field(default_factory=list)
    floors: list[bool] = field(default_factory=list)
    fees: list[float | None] = field(default_factory=list)
    rebates: list[float | None] = field(default_factory=list)


def snapshots(
    broker: Broker, days: list[date], labels: list[datetime], pennies: dict[str, Bars]
) -> list[Rows]:
    """Return a broker's snapshots in the order of their times.

    Parameters
    ----------
    broker : Broker
    days : list of date
        The sessions.
    labels : list of datetime
        Ends of the penny stocks' bars.
    pennies : dict of str to Bars
        Their prices: a pump pulls away what can be borrowed.
    """
    times = _times(broker, days)
    result = [Rows(t) for t in times]
    for ticker in sorted(broker.lent):
        gains = (
            _gains(times, labels, pennies[ticker]) if ticker in pennies else np.zeros(len(times))
        )
        _add(broker, ticker, result, gains)
    stale = {date.fromisoformat(day) for day in broker.stale}
    for before, rows in pairwise(result):
        if rows.published.date() in stale:
            rows.symbols, rows.quantities, rows.floors = (
                before.symbols,
                before.quantities,
                before.floors,
            )
            rows.fees, rows.rebates = before.fees, before.rebates
    return result


def bucket(shares: float) -> tuple[int, bool]:
    """Return shares as the brokers' lists round them, and whether it is a floor.

    Single shares below a hundred, then steps of 100, 1,000, 5,000, 50,000 and 100,000, and ">10000000" above.
    """
    if shares > FLOOR:
        return FLOOR, True
    for below, step in (
        (100, 1),
        (1_000, 100),
        (10_000, 1_000),
        (100_000, 5_000),
        (1_000_000, 50_000),
    ):
        if shares < below:
            return int(shares // step * step), False
    return int(shares // 100_000 * 100_000), False


def _times(broker: Broker, days: list[date]) -> list[datetime]:
    first, last = date.fromisoformat(PENNY_FIRST), date.fromisoformat(PENNY_LAST)
    times = []
    for day in days:
        if day.isoformat() in broker.skipped:
            continue
        of_day = [broker.published]
        if broker.published != "00:00":  # a list that is dated midnight is the day's only one
            of_day += SQUEEZE_TIMES if day.isoformat() in SQUEEZE_DAYS else ()
            of_day += (PENNY_TIME,) if first <= day <= last else ()
        times += [datetime.combine(day, time.fromisoformat(t)) for t in of_day]
    return times


def _gains(times: list[datetime], labels: list[datetime], bars: Bars) -> np.ndarray:
    """Return how far above its first close, in logs, a penny stock stood at each time; 0 outside its bars."""
    known = np.searchsorted(
        np.array(labels, "datetime64[us]"), np.array(times, "datetime64[us]"), side="right"
    )
    inside = (known > 0) & (np.array([t.date() <= labels[-1].date() for t in times]))
    return np.where(inside, np.maximum(np.log(bars.close[known - 1] / bars.close[0]), 0), 0.0)


def _add(broker: Broker, ticker: str, result: list[Rows], gains: np.ndarray) -> None:
    lent, random = broker.lent[ticker], stream("lending", broker.name, ticker)
    level, dearness, listed = random.standard_normal() * lent.wander, 0.0, True
    for rows, gain in zip(result, gains, strict=True):
        draws = random.uniform(size=5)
        steps = random.standard_normal(2)
        if draws[0] < _CHANGED:
            level = 0.75 * level + 0.66 * lent.wander * steps[0]
        if draws[1] < _CHANGED:
            dearness = 0.85 * dearness + _restless(lent) * steps[1]
        # Off the list for about four snapshots in a row, for `absent` of all.
        listed = draws[2] >= 0.25 * lent.absent / (1 - lent.absent) if listed else draws[2] < 0.25
        pulled, dear = _pressure(ticker, rows.published)
        count, floor = bucket(lent.shares * np.exp(level - PULL * gain) * pulled)
        if count == 0 or not listed:
            continue
        percent = max(_GENERAL, round(lent.fee * float(np.exp(dearness + DEAR * gain)) * dear, 4))
        no_fee = draws[3] < broker.fee_missing
        no_rebate = no_fee if broker.together else draws[4] < broker.rebate_missing
        rows.symbols.append(ticker)
        rows.quantities.append(count)
        rows.floors.append(floor)
        rows.fees.append(None if no_fee else round(percent / 100, 8))
        rows.rebates.append(
            None if no_rebate else round((_benchmark(rows.published) - percent) / 100, 8)
        )


def _restless(lent: Lent) -> float:
    return 0.03 if lent.fee < 0.4 else 0.12


def _pressure(ticker: str, moment: datetime) -> tuple[float, float]:
    at = moment.strftime("%Y-%m-%d %H:%M")
    steps = [(shares, fee) for since, shares, fee in PRESSURE.get(ticker, ()) if since <= at]
    return steps[-1] if steps else (1.0, 1.0)


def _benchmark(moment: datetime) -> float:
    return [rate for since, rate in BENCHMARK if since <= moment.date().isoformat()][-1]


def never_lent(broker: Broker) -> list[str]:
    """Return the penny stocks that are never on a broker's list."""
    return [one.ticker for one in PENNY if one.ticker not in broker.lent]
