"""When a portfolio is due to be rebalanced (LEAN: PortfolioConstructionModel.SetRebalancingFunc, Extensions.ToFunc)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.enums import Resolution
from shortable.lean.feed.config import INCREMENT, known_resolution
from shortable.lean.framework.close_times import END_OF_TIME, in_utc

__all__ = ["rebalancing_function"]

_Next = Callable[[datetime], datetime | None]


def rebalancing_function(rebalance: Any) -> _Next | None:
    """Return a function of the UTC time that says when to rebalance next, or None where it is to be always.

    Parameters
    ----------
    rebalance : function, timedelta, Resolution, date rule or None

    Examples
    --------
    >>> daily = rebalancing_function(Resolution.DAILY)
    >>> daily(datetime(2024, 1, 2, 14, 31)).day
    3
    """
    if rebalance is None or rebalance == timedelta():
        return None
    if isinstance(rebalance, Resolution):
        rebalance = INCREMENT[known_resolution(rebalance)]
    if isinstance(rebalance, timedelta):
        span = rebalance
        return lambda now: now + span
    if hasattr(rebalance, "get_dates"):
        return _by_dates(rebalance)
    if callable(rebalance):
        return lambda now: _aware(rebalance(now))
    raise InvalidInputError(
        "rebalance",
        rebalance,
        "be a function of the time, a timedelta, a Resolution or a date rule",
    )


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else in_utc(moment)


def _by_dates(rule: Any) -> _Next:
    """Return the next of a rule's dates: midnight UTC, as LEAN takes them."""
    dates: Iterator[datetime] | None = None
    current = END_OF_TIME

    def following(now: datetime) -> datetime:
        nonlocal dates, current
        if dates is None:
            dates = map(
                in_utc, rule.get_dates(now.replace(tzinfo=None), END_OF_TIME.replace(tzinfo=None))
            )
            current = next(dates, END_OF_TIME)
        if now >= current:
            current = next(dates, END_OF_TIME)
        return current

    return following
