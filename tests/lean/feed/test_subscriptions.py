"""What reaches an algorithm of what lies on disk: hours, factors, corporate events, resolutions."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shortable.errors import InvalidInputError
from shortable.lean.data import Dividend, QuoteBar, Split, TradeBar
from shortable.lean.data.folder_source import LeanDataFolder
from shortable.lean.enums import DataNormalizationMode, Resolution, TickType
from shortable.lean.feed.config import SubscriptionDataConfig, data_types, known_resolution
from shortable.lean.feed.subscription import Feed

from ..folder import LeanFolder

DAY = datetime(2024, 1, 3)


def feed_of(folder, end=DAY + timedelta(hours=23), precise=True):
    source = LeanDataFolder(folder.path)
    return Feed(source, end, lambda: precise), source.resolve("SPY")


def config(symbol, resolution=Resolution.MINUTE, kind=TradeBar, **more):
    tick_type = TickType.QUOTE if kind is QuoteBar else TickType.TRADE
    return SubscriptionDataConfig(symbol, kind, tick_type, resolution, **more)


@pytest.fixture
def folder(tmp_path):
    made = LeanFolder(tmp_path).map_file("SPY").factor_file("SPY")
    made.session("SPY", DAY, 100.0, begins="08:00", ends="17:00")
    return made


def test_only_the_regular_session_unless_more_is_asked_for(folder):
    feed, spy = feed_of(folder)
    bars = list(feed.bars(config(spy), DAY, feed.end))
    assert (bars[0].end_time, bars[-1].end_time, len(bars)) == (
        DAY.replace(hour=9, minute=31),
        DAY.replace(hour=16),
        390,
    )
    longer = list(
        feed.bars(config(spy, extended_market_hours=True, fill_forward=False), DAY, feed.end)
    )
    assert (longer[0].end_time, longer[-1].end_time) == (
        DAY.replace(hour=8, minute=1),
        DAY.replace(hour=17),
    )


def test_what_ended_before_the_start_is_left_out_and_what_ends_with_it_is_not(folder):
    feed, spy = feed_of(folder)
    start = DAY.replace(hour=10)
    assert next(feed.bars(config(spy), start, feed.end)).end_time == start


def test_quotes_are_adjusted_like_trades(tmp_path):
    folder = LeanFolder(tmp_path).map_file("SPY").session("SPY", DAY, 100.0, spread=2)
    folder.factor_file(
        "SPY", [("1998-01-02", 1, 0.5, 1), ("2024-01-05", 1, 0.5, 100), ("2050-12-31", 1, 1, 0)]
    )
    feed, spy = feed_of(folder)
    quote = next(feed.bars(config(spy, kind=QuoteBar), DAY, feed.end))
    trade = next(feed.bars(config(spy), DAY, feed.end))
    assert (quote.bid.close, quote.ask.close, quote.last_bid_size) == (49.5, 50.5, 200)
    assert (trade.close, trade.volume) == (50.0, 2000)
    raw = next(
        feed.bars(config(spy, data_normalization_mode=DataNormalizationMode.RAW), DAY, feed.end)
    )
    assert (raw.close, raw.volume) == (100.0, 1000)


def test_days_last_from_open_to_close_or_from_midnight_to_midnight(tmp_path):
    folder = (
        LeanFolder(tmp_path)
        .map_file("SPY")
        .factor_file("SPY")
        .daily("SPY", [(DAY, 1, 2, 0.5, 1.5, 10)])
    )
    precise, spy = feed_of(folder)
    bar = next(precise.bars(config(spy, Resolution.DAILY), DAY, precise.end))
    assert (bar.time, bar.end_time) == (DAY.replace(hour=9, minute=30), DAY.replace(hour=16))
    loose, spy = feed_of(folder, precise=False)
    bar = next(loose.bars(config(spy, Resolution.DAILY), DAY, loose.end))
    assert (bar.time, bar.end_time) == (DAY, DAY + timedelta(days=1))


def test_dividends_and_splits_come_at_midnight_but_not_on_the_first_day(tmp_path):
    days = ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]
    folder = (
        LeanFolder(tmp_path)
        .map_file("SPY")
        .daily("SPY", [(d, 100, 100, 100, 100, 10) for d in days])
    )
    folder.factor_file(
        "SPY",
        [
            ("1998-01-02", 0.98, 0.5, 1),
            ("2024-01-02", 0.98, 0.5, 100),
            ("2024-01-03", 0.99, 0.5, 100),
            ("2024-01-04", 1, 0.5, 100),
            ("2050-12-31", 1, 1, 0),
        ],
    )
    feed, spy = feed_of(folder, datetime(2024, 1, 5, 23))
    events = [
        p
        for p in feed.bars(config(spy, Resolution.DAILY), DAY, feed.end)
        if not isinstance(p, TradeBar)
    ]
    # the dividend of the 3rd was the session before the subscription; that of the 4th comes, and the split with its warning
    assert [(type(e), f"{e.time:%d}") for e in events if isinstance(e, Dividend)] == [
        (Dividend, "04")
    ]
    assert [
        (str(e.type), f"{e.time:%d}", e.split_factor) for e in events if isinstance(e, Split)
    ] == [
        ("Warning", "04", 0.5),
        ("SplitOccurred", "05", 0.5),
    ]


def test_equities_have_quotes_in_minutes_alone():
    assert [kind.__name__ for kind, _ in data_types(Resolution.MINUTE)] == ["TradeBar", "QuoteBar"]
    assert [kind.__name__ for kind, _ in data_types(Resolution.HOUR)] == ["TradeBar"]


@pytest.mark.parametrize("resolution", [Resolution.TICK, Resolution.SECOND, 17])
def test_finer_data_than_minutes_are_refused(resolution):
    with pytest.raises(InvalidInputError, match="MINUTE, HOUR or DAILY"):
        known_resolution(resolution)
