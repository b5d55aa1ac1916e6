"""One trade list, however it is written, gives the same audit: exporter, separator, decimal sign, dates, order and words for sides."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shortable import CustomShortableProvider
from shortable.research import audit, read_trades

NEW_YORK, UTC = ZoneInfo("America/New_York"), ZoneInfo("UTC")
PROVIDER = CustomShortableProvider(
    lambda symbol, now: 100 * (now.day % 4), fee_rate={"GME": 0.36, "SPY": 0.003}
)
# The first trade's day can be read in one way only, and so settles all others.
FIRST = datetime(2024, 1, 16, 10, 31)
WORDS = {
    "English": ("Sell", "Buy"),
    "letters": ("S", "B"),
    "brokers": ("SLD", "BOT"),
    "numbers": ("-1", "1"),
    "FIX": ("2", "1"),
    "vectorbt": ("1", "0"),
    "Chinese": ("卖出", "买入"),
    "Taiwan": ("賣出", "買進"),
    "positions": ("short", "long"),
}
DATES = {
    "ISO": "%Y-%m-%d %H:%M:%S",
    "German": "%d.%m.%Y %H:%M:%S",
    "British": "%d/%m/%Y %H:%M:%S",
    "American": "%m/%d/%Y %I:%M:%S %p",
    "MetaTrader": "%Y.%m.%d %H:%M:%S",
    "compact": "%Y%m%d;%H%M%S",
    "Chinese": "%Y年%m月%d日 %H:%M:%S",
}
trade = st.tuples(
    st.integers(1, 60 * 24 * 12),  # minutes since the trade before
    st.sampled_from(["GME", "SPY"]),
    st.integers(1, 400),
    st.booleans(),
    st.integers(1_000, 9_999_999),
)


def trades_of(steps):
    """Return (time, symbol, signed quantity, price), each at a time of its own."""
    time, found = FIRST, []
    for minutes, symbol, shares, sells, cents in steps:
        found.append((time, symbol, -shares if sells else shares, cents / 100))
        time += timedelta(minutes=minutes)
    return found


def own_list(trades, *, dates, words, number):
    sell, buy = WORDS[words]
    rows = [
        [time.strftime(DATES[dates]), symbol, sell if q < 0 else buy, number(abs(q)), number(p)]
        for time, symbol, q, p in trades
    ]
    return ["Date/Time", "Ticker", "Side", "Qty", "Price"], rows


def signed_list(trades, *, dates, words, number):
    rows = [[time.strftime(DATES[dates]), s, number(q), number(p)] for time, s, q, p in trades]
    return ["时间", "代码", "数量", "价格"], rows


def zipline(trades, *, dates, words, number):
    rows = [
        [str(at), number(q), str(_utc(time)), number(p), "a", f"Equity(0 [{s}])"]
        for at, (time, s, q, p) in enumerate(trades)
    ]
    return ["", "amount", "dt", "price", "order_id", "sid"], rows


def quantconnect(trades, *, dates, words, number):
    rows = [
        [f"{_utc(time):%Y-%m-%dT%H:%M:%SZ}", s, number(p), number(q), "Market", "Filled", "1", ""]
        for time, s, q, p in trades
    ]
    return ["Time", "Symbol", "Price", "Quantity", "Type", "Status", "Value", "Tag"], rows


def flex(trades, *, dates, words, number):
    rows = [
        ["STK", s, f"{time:%Y%m%d;%H%M%S}", number(q), number(p), "SELL" if q < 0 else "BUY"]
        for time, s, q, p in trades
    ]
    return ["AssetClass", "Symbol", "DateTime", "Quantity", "TradePrice", "Buy/Sell"], rows


def vectorbt(trades, *, dates, words, number):
    rows = [
        [str(at), s, str(time), number(abs(q)), number(p), number(0), "Sell" if q < 0 else "Buy"]
        for at, (time, s, q, p) in enumerate(trades)
    ]
    return ["Order Id", "Column", "Timestamp", "Size", "Price", "Fees", "Side"], rows


def alpaca(trades, *, dates, words, number):
    rows = [
        [s, number(2 * abs(q)), number(abs(q)), number(p), "sell" if q < 0 else "buy", "canceled",
         _utc(time).isoformat()]
        for time, s, q, p in trades
    ]  # fmt: skip
    header = ["symbol", "qty", "filled_qty", "filled_avg_price", "side", "status", "filled_at"]
    return header, rows


def _utc(time):
    return time.replace(tzinfo=NEW_YORK).astimezone(UTC)


WRITERS = [own_list, own_list, signed_list, zipline, quantconnect, flex, vectorbt, alpaca]


def written(trades, writer, separator, comma, dates, words, newest_first):
    def number(value):
        text = f"{value:,.2f}" if isinstance(value, float) else str(value)
        return text.translate(str.maketrans(",.", ".,")) if comma else text

    header, rows = writer(trades, dates=dates, words=words, number=number)
    out = io.StringIO()
    lines = csv.writer(out, delimiter=separator)
    lines.writerow(header)
    lines.writerows(rows[::-1] if newest_first else rows)
    return out.getvalue()


def figures(text, path):
    path.write_text(text, encoding="utf-8")
    found = audit(read_trades(path).trades, PROVIDER)
    return found.trades, found.summary()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    steps=st.lists(trade, min_size=2, max_size=12),
    writer=st.sampled_from(WRITERS),
    separator=st.sampled_from(",;\t|"),
    comma=st.booleans(),
    dates=st.sampled_from(list(DATES)),
    words=st.sampled_from(list(WORDS)),
    newest_first=st.booleans(),
)
def test_any_way_of_writing_one_list_gives_the_same_audit(
    tmp_path, steps, writer, separator, comma, dates, words, newest_first
):
    trades = trades_of(steps)
    # A list of numbers alone says which is which only where both occur.
    if words in ("numbers", "FIX", "vectorbt") and len({q < 0 for _, _, q, _ in trades}) < 2:
        words = "English"
    plain = written(trades, signed_list, ",", False, "ISO", "English", False)
    lines, summary = figures(plain, tmp_path / "plain.csv")
    text = written(trades, writer, separator, comma, dates, words, newest_first)
    other_lines, other_summary = figures(text, tmp_path / "other.csv")
    pd.testing.assert_frame_equal(other_lines, lines)
    assert other_summary == summary
