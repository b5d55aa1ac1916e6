"""Short interest as the store keeps it: its columns, and when a figure of it was public.

FINRA publishes on the 8th business day after the settlement date, after the close, so figures count from the open of the
session after that day (NYSE sessions; business days leave out federal holidays too). The SFC publishes aggregated
positions 7 calendar days after their date (those of 2012-08-31, the first, on 2012-09-07); they count from that day's
midnight in Hong Kong: a day stands for its midnight wherever no hour is stated (S2).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import pyarrow as pa

from shortable.calendars import business_day_after, session_after
from shortable.clock import as_datetime, published_instant
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.store.dataset import Column, Dataset

__all__ = [
    "DEFAULT_LAG",
    "SHORT_INTEREST",
    "Published",
    "check_lag",
    "check_published",
    "known_at",
    "known_by_rule",
]

SHORT_INTEREST = Dataset(
    "short_interest",
    key=(
        Column(
            "symbol",
            pa.string(),
            "ticker as the source spells it, upper case; Hong Kong codes without leading zeros",
        ),
        Column("settlement_date", pa.date32(), "date on the exchange's calendar"),
    ),
    values=(
        Column("shares_short", pa.int64(), "shares", nullable=False),
        Column("avg_daily_volume", pa.int64(), "shares a day; null: not stated"),
        Column("days_to_cover", pa.float64(), "days; null: nothing traded, or not stated"),
        Column(
            "previous",
            pa.int64(),
            "shares at the settlement date before, not adjusted for splits",
        ),
        Column("revised", pa.bool_(), "the source flags `previous` as revised", nullable=False),
        Column("split", pa.bool_(), "the source flags a split", nullable=False),
        Column(
            "value",
            pa.float64(),
            "market value of the shares short, in the market's currency",
        ),
        Column("close", pa.float64(), "closing price, in the market's currency"),
        Column(
            "rate",
            pa.float64(),
            "shares short / shares outstanding, a fraction, as the source states it",
        ),
        Column("shares_outstanding", pa.int64(), "shares, as the source states them"),
        Column("venue", pa.string(), "market class as the source states it"),
        Column("name", pa.string(), "issue name as the source states it"),
    ),
)
"""Figures of short interest by symbol and settlement date; a source is a publisher such as ``finra`` or ``sfc``."""

DEFAULT_LAG = {Market.USA: 8, Market.HKEX: 7}
"""Business days (USA) and calendar days (Hong Kong) from settlement to publication."""

Published = Mapping[date, date | datetime]
"""Settlement date → when it was published: a date, or an aware or exchange-local time other than midnight."""


def check_lag(lag: int | None) -> int | None:
    """Return a checked lag in days; None is the schedule's own.

    Raises
    ------
    InvalidInputError
        It is not a whole number of days from 0 to 366.
    """
    if lag is None:
        return None
    if isinstance(lag, bool) or not isinstance(lag, int) or not 0 <= lag <= 366:
        raise InvalidInputError(
            "lag",
            lag,
            "be a whole number of days from 0 to 366",
            "Business days for the USA, calendar days for Hong Kong.",
        )
    return lag


def check_published(published: Published | None) -> dict[date, datetime | date]:
    """Return a table of published dates with plain dates as keys.

    Raises
    ------
    InvalidInputError
        It is no mapping.
    TimeError
        A key is no date or a value is no time.
    """
    if published is None:
        return {}
    if not callable(getattr(published, "items", None)):
        raise InvalidInputError(
            "published", published, "be a mapping of settlement date to date of publication"
        )
    table: dict[date, datetime | date] = {}
    for settled, when in published.items():
        day = as_datetime(settled, "published").date()
        moment = as_datetime(when, f"published[{day}]")
        if moment.date() < day:
            raise InvalidInputError(
                f"published[{day}]", str(when), "not lie before the settlement date"
            )
        # Columns of dates are read as midnights; no publisher publishes at one.
        table[day] = moment.date() if moment.tzinfo is None and moment.time() == time(0) else moment
    return table


def known_by_rule(settlement: date, market: Market | str, lag: int | None = None) -> int:
    """Return the instant, in microseconds since the epoch, from which a figure counts by the publisher's schedule.

    Parameters
    ----------
    settlement : date
        Settlement date, or date of the positions.
    market : Market
        `Market.USA` counts as FINRA does, every other as the SFC.
    lag : int, optional
        Days in place of `DEFAULT_LAG`.

    Examples
    --------
    Friday 2021-01-15 and 8 business days without the holiday of the 18th: Thursday the 28th; from Friday's open.

    >>> from shortable.clock import from_instant
    >>> from_instant(known_by_rule(date(2021, 1, 15), Market.USA)).isoformat(sep=" ")
    '2021-01-29 09:30:00'
    >>> from_instant(known_by_rule(date(2022, 12, 2), Market.HKEX), Market.HKEX).isoformat(sep=" ")
    '2022-12-09 00:00:00'
    """
    home, day = Market.of(market), as_datetime(settlement, "settlement").date()
    usual = DEFAULT_LAG.get(home, DEFAULT_LAG[Market.HKEX])
    days = usual if (given := check_lag(lag)) is None else given
    if home is Market.USA:
        return known_at(business_day_after(day, days), home)
    return known_at(day + timedelta(days=days), home)


def known_at(published: date | datetime, market: Market | str) -> int:
    """Return the instant, in microseconds since the epoch, from which a published figure counts.

    Parameters
    ----------
    published : date or datetime
        A time is taken as it is (naive: exchange-local). A date is, in the USA, the open of the session after it, for
        its hour is after the close; elsewhere its midnight.
    """
    home, wall = Market.of(market), as_datetime(published, "published")
    if not isinstance(published, datetime) and home is Market.USA:
        wall = datetime.combine(session_after(wall.date()), home.opens)
    return published_instant(wall, home)
