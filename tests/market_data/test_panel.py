"""BarPanel: symbols on the union of their times."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import MarketDataError
from shortable.market_data import MarketData, Resolution

DAYS = pd.bdate_range("2024-01-01", periods=12)


def closes(days: pd.DatetimeIndex, first: float) -> pd.DataFrame:
    return pd.DataFrame({"close": first + np.arange(len(days), dtype=float)}, index=days)


def test_union_of_times_with_nan_where_a_symbol_has_no_bar() -> None:
    data = MarketData.from_frames({"A": closes(DAYS[:3], 10), "B": closes(DAYS[1:4], 20)})
    panel = data.panel(["B", "A"], Resolution.DAILY)
    assert panel.symbols == ("B", "A")
    # Mon 1 January to Thu 4 January 2024
    assert panel.times == [datetime(2024, 1, day, 16) for day in (1, 2, 3, 4)]
    expected = np.array([[np.nan, 10], [20, 11], [21, 12], [22, np.nan]])
    np.testing.assert_array_equal(panel.close, expected)
    np.testing.assert_array_equal(panel.open, expected)


def test_sessions_are_the_ordinals_of_the_local_dates() -> None:
    hours = pd.DatetimeIndex(["2024-01-02 15:00", "2024-01-02 16:00", "2024-01-03 10:00"])
    panel = MarketData.from_frames({"A": closes(hours, 10)}).panel(["A"], "hour")
    days = [date(2024, 1, 2), date(2024, 1, 2), date(2024, 1, 3)]
    assert panel.session.tolist() == [d.toordinal() for d in days]
    assert panel.session.dtype == np.int64
    assert panel.times64.tolist() == panel.times


def test_a_panel_of_more_rows_than_are_laid_at_once() -> None:
    minutes = pd.DatetimeIndex(
        [day + pd.Timedelta(minutes=571 + n) for day in DAYS for n in range(390)]
    )
    assert len(minutes) == 4_680  # two pieces of 2,048 and a rest
    frames = {"A": closes(minutes, 10), "B": closes(minutes[::3], 20)}
    data = MarketData.from_frames(frames, resolution="minute")
    panel = data.panel(["A", "B"], Resolution.MINUTE)
    np.testing.assert_array_equal(panel.close[:, 0], 10 + np.arange(4_680.0))
    np.testing.assert_array_equal(panel.close[::3, 1], 20 + np.arange(1_560.0))
    assert np.isnan(np.delete(panel.close[:, 1], np.s_[::3])).all()
    assert panel.close.flags["C_CONTIGUOUS"]  # the engine reads rows


def test_a_symbol_with_opens_beside_one_without() -> None:
    opens = pd.DataFrame({"open": [9.0, 9.5], "close": [10.0, 11.0]}, index=DAYS[:2])
    data = MarketData.from_frames({"A": opens, "B": closes(DAYS[:2], 20)})
    both, only_closes = data.panel(["A", "B"], "daily"), data.panel(["B"], "daily")
    assert both.has_open == (True, False)
    assert only_closes.has_open == (False,)
    np.testing.assert_array_equal(both.open, [[9.0, 20.0], [9.5, 21.0]])


def test_no_symbols_give_an_empty_panel() -> None:
    panel = MarketData.from_frames({"A": closes(DAYS, 1)}).panel([], "daily")
    assert panel.close.shape == (0, 0)
    assert panel.times == []


def test_what_is_not_there_is_refused_with_what_is() -> None:
    data = MarketData.from_frames({"A": closes(DAYS, 1), "700.HK": closes(DAYS, 1)})
    with pytest.raises(MarketDataError, match=r"symbol='A' must have hour bars. It has daily bars"):
        data.panel(["A"], "hour")
    with pytest.raises(
        MarketDataError, match=r"symbol='B' must have daily bars. frames has 2 symbols.*700.HK, A"
    ):
        data.panel(["B"], "daily")
    with pytest.raises(MarketDataError, match="name each symbol once"):
        data.panel(["A", "a"], "daily")
    with pytest.raises(MarketDataError, match="be of one market"):
        data.panel(["A", "700.HK"], "daily")


def test_a_panel_is_the_callers_own() -> None:
    data = MarketData.from_frames({"A": closes(DAYS, 1)})
    data.panel(["A"], "daily").close[:] = 0
    frame = data.frame("A", "daily")
    frame.loc[:, "close"] = 0.0
    assert data.panel(["A"], "daily").close[0, 0] == 1


@given(st.lists(st.sets(st.integers(0, 11), min_size=1), min_size=1, max_size=4), st.randoms())
def test_s10_a_panel_holds_every_bar_once_whatever_the_order_of_rows(
    held: list[set[int]], random: object
) -> None:
    """S10: rows in any order give the same panel, and each bar stands at its own time."""
    ordered, shuffled = {}, {}
    for i, positions in enumerate(held):
        rows = sorted(positions)
        one = pd.DataFrame({"close": [100.0 * (i + 1) + r for r in rows]}, index=DAYS[rows])
        ordered[f"S{i}"] = one
        mixed = list(range(len(rows)))
        random.shuffle(mixed)  # type: ignore[attr-defined]
        shuffled[f"S{i}"] = one.iloc[mixed]
    names = list(ordered)
    panel = MarketData.from_frames(ordered).panel(names, "daily")
    again = MarketData.from_frames(shuffled).panel(names, "daily")
    np.testing.assert_array_equal(panel.close, again.close)
    assert panel.times == again.times
    union = sorted(set().union(*held))
    assert [t.date() for t in panel.times] == [DAYS[r].date() for r in union]
    for i, positions in enumerate(held):
        expected = [100.0 * (i + 1) + r if r in positions else np.nan for r in union]
        np.testing.assert_array_equal(panel.close[:, i], expected)
