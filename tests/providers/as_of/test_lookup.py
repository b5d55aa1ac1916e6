"""S1, S2, S3, S7: the provider on disk against the slow, obvious model."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shortable import FrameShortableProvider, LocalDiskShortableProvider, Symbol
from shortable.clock import to_instant
from shortable.errors import NoDataError
from shortable.providers.as_of import bulk, stored_part, timeline
from shortable.store import append, make_snapshot

from ..model import (
    ABSENT,
    LAGS,
    MAX_AGES,
    TICKERS,
    WEEKS,
    Row,
    Said,
    governing,
    histories,
    moments,
    naive_twin,
    opened,
    seen_instant,
    stored,
)

ASKED = (*TICKERS, "ZZZ")
POLICY = {"unavailable": 0, "unrestricted": None}

questions = st.lists(st.tuples(st.sampled_from(ASKED), moments()), min_size=1, max_size=25)
missing = st.sampled_from(["unavailable", "unrestricted"])


# AAA: 0, then 500, then available without a number; BRK.B: 0 in a whole list, then available in a partial one. Half an hour
# lies between the snapshots; the last question is of a time at which the yes is older than max_age.
_START = 1_709_703_000_000_000  # 2024-03-06 00:30 in New York
_YES = Row(None, fee=0.0025, floor=True)
YES_AFTER_NONE: Any = (
    [
        Said(_START, True, {"AAA": Row(0), "BRK.B": Row(0)}),
        Said(_START + 1_800_000_000, True, {"AAA": Row(500), "BRK.B": Row(0)}),
        Said(_START + 3_600_000_000, True, {"AAA": _YES, "BRK.B": Row(0)}),
        Said(_START + 5_400_000_000, False, {"BRK.B": _YES}),
    ],
    [
        (ticker, datetime(2024, 3, day, hour, minute))
        for ticker in ("AAA", "BRK.B")
        for day, hour, minute in ((6, 0, 45), (6, 1, 15), (6, 1, 45), (6, 2, 15), (9, 0, 0))
    ],
    "unrestricted",
    timedelta(days=1),
    timedelta(0),
)


@pytest.fixture(params=["symbol by symbol", "whole parts"], autouse=True)
def how_read(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A part is read a symbol at a time until that has cost as much as the whole: both from the first look-up on."""
    monkeypatch.setattr(
        stored_part, "_ROWS_FOR_ONE", 0 if request.param == "symbol by symbol" else 1 << 40
    )
    return str(request.param)


def check_point(
    provider: Any,
    history: list[Said],
    ticker: str,
    moment: Any,
    policy: str,
    max_age: timedelta | None,
    lag: timedelta,
) -> None:
    found = governing(history, ticker, seen_instant(moment, lag), max_age)
    row = ABSENT if found is None else found[1]
    quantity = POLICY[policy] if found is None else row.quantity
    assert provider.shortable_quantity(ticker, moment) == quantity
    assert type(provider.shortable_quantity(ticker, moment)) is type(quantity)
    assert provider.has_quantity(ticker, moment) is (found is not None)
    assert provider.fee_rate(ticker, moment) == (row.fee or 0.0)
    assert provider.rebate_rate(ticker, moment) == (row.rebate or 0.0)
    assert provider.has_fee_rate(ticker, moment) is (row.fee is not None)
    quote = provider.quote(ticker, moment)
    assert (quote.quantity, quote.fee_rate, quote.rebate_rate) == (quantity, row.fee, row.rebate)
    assert quote.quantity_is_floor is row.floor
    assert quote.has_data is (found is not None)
    assert found is not None or quote.note
    assert (
        (quote.as_of is None)
        if found is None
        else (quote.as_of is not None and round(quote.as_of.timestamp() * 1e6) == found[0])
    )


@example(*YES_AFTER_NONE, False)
@example(*YES_AFTER_NONE, True)
@settings(max_examples=60)
@given(
    histories(), questions, missing, st.sampled_from(MAX_AGES), st.sampled_from(LAGS), st.booleans()
)
def test_s1_s2_s3_s7_every_look_up_is_the_models(
    history: list[Said],
    asked: list[tuple[str, Any]],
    policy: str,
    max_age: Any,
    lag: timedelta,
    parts: bool,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if not history:
            return
        provider = opened(history, folder, parts=parts, missing=policy, max_age=max_age, lag=lag)
        for ticker, moment in [
            *asked,
            *asked,
        ]:  # the second time from what the first one left behind
            check_point(provider, history, ticker, moment, policy, max_age, lag)


@example(*YES_AFTER_NONE, False)
@settings(max_examples=60)
@given(
    histories(), questions, missing, st.sampled_from(MAX_AGES), st.sampled_from(LAGS), st.booleans()
)
def test_s1_s2_s3_all_shortable_symbols_is_every_symbol_above_0(
    history: list[Said],
    asked: list[tuple[str, Any]],
    policy: str,
    max_age: Any,
    lag: timedelta,
    parts: bool,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if not history:
            return
        provider = opened(history, folder, parts=parts, missing=policy, max_age=max_age, lag=lag)
        for _, moment in [*asked, *asked]:
            instant = seen_instant(moment, lag)
            found = {t: governing(history, t, instant, max_age) for t in TICKERS}
            expected = {
                t: f[1].quantity for t, f in found.items() if f is not None and f[1].quantity
            }
            answer = provider.all_shortable_symbols(moment)
            assert answer == expected
            assert all(type(s) is Symbol and type(n) is int for s, n in answer.items())
            answer.clear()  # the caller's own
            strict = opened_again(provider, folder, max_age, lag)
            if any(
                s.as_of <= instant
                and (max_age is None or s.as_of + max_age // timedelta(microseconds=1) >= instant)
                and (s.complete or any(r.quantity is not None or r.floor for r in s.rows.values()))
                for s in history
            ):
                assert strict.all_shortable_symbols(moment) == expected
            else:
                with pytest.raises(NoDataError, match="snapshots of market usa, the first of"):
                    strict.all_shortable_symbols(moment)


def opened_again(
    provider: Any, folder: str, max_age: Any, lag: timedelta
) -> LocalDiskShortableProvider:
    return LocalDiskShortableProvider(
        provider.broker, folder, missing="raise", max_age=max_age, lag=lag
    )


WAYS = {
    "one by one": (1 << 40, 0, 1 << 40),
    "small table": (0, 1 << 40, 0),
    "parts or symbols": (0, 0, 0),
    "search": (0, 0, 1 << 40),
}


@example(*YES_AFTER_NONE, False, False)
@settings(max_examples=80)
@given(
    histories(),
    questions,
    missing,
    st.sampled_from(MAX_AGES),
    st.sampled_from(LAGS),
    st.booleans(),
    st.booleans(),
)
def test_s1_s2_s3_bulk_look_ups_are_the_single_ones(
    history: list[Said],
    asked: list[tuple[str, Any]],
    policy: str,
    max_age: Any,
    lag: timedelta,
    parts: bool,
    arrays: bool,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if not history:
            return
        stored(history, folder, parts=parts)
        for few, dense, grid in WAYS.values():
            provider = LocalDiskShortableProvider(
                "b", folder, missing=policy, max_age=max_age, lag=lag
            )
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(bulk, "_FEW", few)
                patch.setattr(bulk, "_DENSE", dense)
                patch.setattr(bulk, "CHUNK", 7)
                patch.setattr(timeline, "CHUNK", 7)
                patch.setattr(timeline, "_GRID_FROM", grid)
                check_bulk(
                    provider,
                    history,
                    asked,
                    -1 if policy == "unrestricted" else 0,
                    max_age,
                    lag,
                    arrays,
                )


def check_bulk(
    provider: Any,
    history: list[Said],
    asked: list[tuple[str, Any]],
    silent: int,
    max_age: Any,
    lag: timedelta,
    arrays: bool,
) -> None:
    aware = [(t, m) for t, m in asked if getattr(m, "tzinfo", None) is not None]
    naive = [(t, m) for t, m in asked if getattr(m, "tzinfo", None) is None]
    for pairs in (aware, naive):
        tickers, times = [t for t, _ in pairs], [m for _, m in pairs]
        if arrays and pairs is naive:
            times = np.array([naive_twin(m) for m in times], "datetime64[us]")
        elif arrays:
            times = pd.DatetimeIndex([pd.Timestamp(m).tz_convert("UTC") for m in times], tz="UTC")
        found = [
            governing(history, t, seen_instant(m, lag), max_age)
            for t, m in zip(tickers, times, strict=True)
        ]
        quantities = provider.shortable_quantities(tickers, times)
        assert quantities.dtype == np.int64
        assert quantities.tolist() == [silent if f is None else f[1].quantity for f in found]
        assert provider.has_quantities(tickers, times).tolist() == [f is not None for f in found]
        fees = provider.fee_rates(tickers, times)
        assert fees.dtype == np.float64
        expected = [np.nan if f is None or f[1].fee is None else f[1].fee for f in found]
        assert np.array_equal(fees, np.array(expected, float), equal_nan=True)
        rebates = provider.rebate_rates(tickers, times)
        expected = [np.nan if f is None or f[1].rebate is None else f[1].rebate for f in found]
        assert np.array_equal(rebates, np.array(expected, float), equal_nan=True)


# A snapshot that names AAA without a quantity: the older one behind it falls silent half an hour before it.
@example(
    [Said(1_709_703_000_000_000, True, {"AAA": Row(None)}), Said(1_709_701_200_000_000, True, {})],
    (WEEKS[0], WEEKS[1]),
    timedelta(days=7),
    timedelta(0),
)
@settings(max_examples=40)
@given(
    histories(), st.tuples(moments(), moments()), st.sampled_from(MAX_AGES), st.sampled_from(LAGS)
)
def test_s2_a_panel_row_is_the_look_up_and_nothing_changes_between_rows(
    history: list[Said], ends: tuple[Any, Any], max_age: Any, lag: timedelta
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if not history:
            return
        provider = opened(history, folder, missing="unrestricted", max_age=max_age, lag=lag)
        start, end = sorted(naive_twin(m) for m in ends)
        panel = provider.panel(ASKED, start, end)
        assert panel.index[0] == start
        assert panel.index.is_monotonic_increasing
        assert panel.index.is_unique
        rows = [time.to_pydatetime() for time in panel.index]
        assert rows[-1] <= end
        for number, time in enumerate(rows):
            after = rows[number + 1] if number + 1 < len(rows) else end + timedelta(microseconds=1)
            # Just before the next row, and halfway to it, the answer is still this row's.
            for moment in (time, after - timedelta(microseconds=1), time + (after - time) / 2):
                answers = [provider.shortable_quantity(ticker, moment) for ticker in ASKED]
                assert [
                    None if v is None or v != v else v
                    for v in panel.iloc[number]
                    .astype(object)
                    .where(panel.iloc[number].notna(), None)
                ] == answers


@pytest.mark.parametrize("first", ["at max_age", "after it"])
@pytest.mark.parametrize("kind", ["store", "frame"])
def test_s2_a_list_stands_for_exactly_max_age(kind: str, first: str, tmp_path: Path) -> None:
    # Published on Tuesday 2 January 2024 at 08:00 with 10 shares; a day later at 08:00 it still stands, a microsecond after not.
    published = datetime(2024, 1, 2, 8)
    day = timedelta(days=1)
    if kind == "store":
        table = {"symbol": ["GME"], "quantity": [10]}
        snapshot = make_snapshot(to_instant(published), table, complete=True)
        append("b", [snapshot], data_folder=tmp_path)
        provider: Any = LocalDiskShortableProvider("b", tmp_path, max_age=day)
    else:
        frame = pd.DataFrame({"GME": [10]}, pd.DatetimeIndex([published]))
        provider = FrameShortableProvider(frame, max_age=day)
    expected = {published + day: {"GME": 10}, published + day + timedelta(microseconds=1): {}}
    # From the second question on an answer is kept; it must not stand for the other.
    times = sorted(expected, reverse=first == "after it")
    for at in [time for time in times for _ in range(3)]:
        assert provider.all_shortable_symbols(at) == expected[at]
    assert [provider.shortable_quantity("GME", at) for at in sorted(times)] == [10, 0]
