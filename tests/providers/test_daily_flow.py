"""S15: a limit of what may be sold short in a session answers for that session, and for no other."""

from __future__ import annotations

import pickle
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shortable import FrameShortableProvider, LocalDiskShortableProvider, lagged, scaled
from shortable.clock import published_instant
from shortable.errors import InvalidInputError, NoDataError, StoreError
from shortable.market import Market
from shortable.providers import CustomShortableProvider
from shortable.store import Layout, append, make_snapshot

HONG_KONG = Market.HKEX  # keeps the clock of Taipei: UTC+8 all year
EVENING = time(20, 30)


def put(
    folder: Path, made: datetime, session: date, rows: dict[str, int | None], **more: Any
) -> None:
    options: dict[str, Any] = {"complete": True, "kind": "daily_flow", "market": HONG_KONG}
    snapshot = make_snapshot(
        published_instant(made, HONG_KONG),
        {"symbol": list(rows), "quantity": list(rows.values()), "fee_rate": [0.03] * len(rows)},
        session=session,
        **(options | more),
    )
    append("twse", [snapshot], market=HONG_KONG, data_folder=folder)


def test_taiwan_s_lists_name_the_next_session_even_twelve_days_off(tmp_path: Path) -> None:
    # 2025-01-22 was the last session before the Lunar New Year; its list names 2025-02-03 (shared FORMATS, section 11).
    put(tmp_path, datetime(2025, 1, 21, 20, 30), date(2025, 1, 22), {"2330": 100, "2317": 5})
    put(tmp_path, datetime(2025, 1, 22, 20, 30), date(2025, 2, 3), {"2330": 300})
    provider = LocalDiskShortableProvider("twse", tmp_path)
    asked = {
        datetime(2025, 1, 21, 20, 29): (0, False),
        datetime(2025, 1, 21, 20, 30): (
            100,
            True,
        ),  # an order sent in the evening is for the session after
        datetime(2025, 1, 22, 0, 0): (100, True),
        datetime(2025, 1, 22, 13, 30): (100, True),
        datetime(2025, 1, 22, 20, 29): (
            100,
            True,
        ),  # before the list is out the previous one answers
        datetime(2025, 1, 22, 23, 59): (300, True),
        datetime(2025, 1, 23, 9, 0): (0, False),
        datetime(2025, 2, 3, 9, 0): (300, True),  # twelve days old: max_age does not apply
        datetime(2025, 2, 4, 9, 0): (0, False),
    }
    symbol = "2330.HK"
    for moment, (quantity, has_data) in asked.items():
        assert provider.shortable_quantity(symbol, moment) == quantity
        assert provider.has_quantity(symbol, moment) is has_data
        assert provider.fee_rate(symbol, moment) == (0.03 if has_data else 0.0)
        assert provider.has_fee_rate(symbol, moment) is has_data
    times = list(asked)
    assert provider.shortable_quantities(symbol, times).tolist() == [q for q, _ in asked.values()]
    assert provider.has_quantities(symbol, times).tolist() == [h for _, h in asked.values()]
    assert np.isnan(provider.fee_rates(symbol, times)).tolist() == [
        not h for _, h in asked.values()
    ]
    # S3: the complete list of the session leaves 2317 out; before that day nothing spoke.
    assert provider.has_quantity("2317.HK", datetime(2025, 2, 3, 9))
    assert provider.shortable_quantity("2317.HK", datetime(2025, 2, 3, 9)) == 0
    assert list(provider.all_shortable_symbols(datetime(2025, 1, 22, 9)).values()) == [5, 100]
    assert provider.all_shortable_symbols(datetime(2025, 1, 23, 9)) == {}
    quote = provider.quote(symbol, datetime(2025, 2, 3, 9))
    assert (quote.quantity, quote.fee_rate, quote.has_data) == (300, 0.03, True)
    assert quote.as_of is not None
    assert quote.as_of.isoformat() == "2025-01-22T12:30:00+00:00"
    silent = provider.quote(symbol, datetime(2025, 1, 23, 9))
    assert (silent.quantity, silent.has_data) == (0, False)
    assert (
        silent.note
        == f"no snapshot known by then limits {silent.symbol} in the session of 2025-01-23"
    )
    days = provider.share_days(symbol, [datetime(2025, 2, 3, 9), datetime(2025, 1, 23, 9)])
    assert days.astype(str).tolist() == ["2025-01-22", "2025-01-23"]
    panel = provider.panel(symbol, datetime(2025, 1, 21), datetime(2025, 2, 5))
    assert panel.iloc[:, 0].tolist() == [0, 100, 100, 300, 0, 300, 0]
    assert "that very session" in provider.policy


def test_a_second_list_of_the_evening_takes_over(tmp_path: Path) -> None:
    day = date(2025, 1, 22)
    put(tmp_path, datetime(2025, 1, 21, 20, 30), day, {"2330": 100, "2317": 7})
    put(tmp_path, datetime(2025, 1, 21, 22, 30), day, {"2330": 80, "2317": None})
    put(tmp_path, datetime(2025, 1, 22, 10, 0), day, {"2330": 60})
    provider = LocalDiskShortableProvider("twse", tmp_path, missing="raise")
    nine, noon = datetime(2025, 1, 22, 9), datetime(2025, 1, 22, 12)
    assert [provider.shortable_quantity("2330.HK", at) for at in (nine, noon)] == [80, 60]
    # Named without a quantity: the list before it answers. The last list leaves it out: none.
    assert [provider.shortable_quantity("2317.HK", at) for at in (nine, noon)] == [7, 0]
    assert provider.shortable_quantities("2317.HK", [nine, noon]).tolist() == [7, 0]
    with pytest.raises(NoDataError):
        provider.shortable_quantity("2330.HK", datetime(2025, 1, 23, 9))
    with pytest.raises(NoDataError):
        provider.shortable_quantities("2330.HK", [noon, datetime(2025, 1, 23, 9)])


def test_a_lag_delays_what_is_known_and_not_the_session(tmp_path: Path) -> None:
    put(tmp_path, datetime(2025, 1, 21, 20, 30), date(2025, 1, 22), {"2330": 100})
    for provider in (
        LocalDiskShortableProvider("twse", tmp_path, lag=timedelta(hours=13)),
        lagged(LocalDiskShortableProvider("twse", tmp_path), timedelta(hours=13)),
    ):
        answers = [
            provider.shortable_quantity("2330.HK", datetime(2025, 1, 22, hour, 30))
            for hour in (9, 10)
        ]
        assert answers == [100, 100]
        assert provider.shortable_quantity("2330.HK", datetime(2025, 1, 22, 9, 29)) == 0
    copy = pickle.loads(pickle.dumps(provider))
    assert copy.shortable_quantity("2330.HK", datetime(2025, 1, 22, 10)) == 100


def test_lean_s_look_up_and_a_flow_without_sessions_are_refused(tmp_path: Path) -> None:
    put(tmp_path, datetime(2025, 1, 21, 20, 30), date(2025, 1, 22), {"2330": 100})
    with pytest.raises(InvalidInputError, match="be 'as_of' for a daily flow"):
        LocalDiskShortableProvider("twse", tmp_path, match="exact_date")
    provider = LocalDiskShortableProvider("twse", tmp_path)
    provider._stored[HONG_KONG].store._list.sessions.clear()
    with pytest.raises(StoreError, match="import its files again"):
        provider._sessions("as_of")


def test_made_up_speaks_of_the_sessions_that_are_limited(tmp_path: Path) -> None:
    put(tmp_path, datetime(2025, 1, 21, 20, 30), date(2025, 1, 22), {"2330": 1}, made_up=True)
    put(tmp_path, datetime(2025, 1, 22, 20, 30), date(2025, 2, 3), {"2330": 1})
    with pytest.warns(UserWarning, match="made-up"):
        provider = LocalDiskShortableProvider("twse", tmp_path)
    assert provider.made_up(datetime(2025, 1, 22), datetime(2025, 1, 22))
    assert not provider.made_up(datetime(2025, 1, 23), datetime(2025, 2, 3))
    assert not provider.made_up(None, datetime(2025, 1, 21, 23))


def test_a_frame_s_rows_stand_on_the_session_that_they_limit() -> None:
    index = pd.to_datetime(["2025-01-22 00:00", "2025-01-22 10:00", "2025-02-03 00:00"])
    table = pd.DataFrame({"2330.HK": [100, 60, 300], "2317.HK": [5, None, None]}, index=index)
    provider = FrameShortableProvider(table, kind="daily_flow", missing="unrestricted")
    assert provider.availability_kind == "daily_flow"
    times = [
        datetime(2025, 1, 22, 9),
        datetime(2025, 1, 22, 11),
        datetime(2025, 1, 23),
        datetime(2025, 2, 3, 9),
    ]
    for symbol, expected in (("2330.HK", [100, 60, -1, 300]), ("2317.HK", [5, 5, -1, -1])):
        assert provider.shortable_quantities(symbol, times).tolist() == expected
        assert [provider.shortable_quantity(symbol, at) for at in times] == [
            None if n < 0 else n for n in expected
        ]
    assert scaled(provider, 0.5).shortable_quantity("2330.HK", times[0]) == 50
    assert "daily flow" in repr(provider)
    with pytest.raises(InvalidInputError, match="kind='flow' must be one of 'pool', 'daily_flow'"):
        FrameShortableProvider(table, kind="flow")  # type: ignore[arg-type]
    assert CustomShortableProvider({"A": 1}, kind="daily_flow").availability_kind == "daily_flow"
    with pytest.raises(InvalidInputError, match="kind"):
        CustomShortableProvider({"A": 1}, kind="flow")  # type: ignore[arg-type]


SNAPSHOTS = st.lists(
    st.tuples(
        st.integers(0, 9),  # the day on which it is made
        st.integers(0, 23),
        st.integers(-1, 3),  # how many days after that its session is
        st.dictionaries(st.sampled_from(["A", "B"]), st.one_of(st.none(), st.integers(0, 9))),
        st.booleans(),
    ),
    max_size=9,
    unique_by=lambda one: (one[0], one[1]),
)
MONDAY = datetime(2025, 1, 6)


def slow_answer(snapshots: list[Any], symbol: str, at: datetime) -> int | None:
    """The newest snapshot of that session that is known and says something of the symbol."""
    known = sorted(
        (s for s in snapshots if MONDAY + timedelta(days=s[0], hours=s[1]) <= at),
        key=lambda s: s[:2],
    )
    asked = at.date()
    if known:
        day, hour, ahead, *_ = known[-1]
        # After the close at 16:00 the evening's list for a later session takes over.
        if (MONDAY + timedelta(days=day)).date() == asked and hour >= 16 and ahead > 0:
            asked += timedelta(days=ahead)
    for day, hour, ahead, rows, complete in reversed(known):
        made = MONDAY + timedelta(days=day, hours=hour)
        if (made + timedelta(days=ahead)).date() != asked:
            continue
        if symbol in rows:
            if rows[symbol] is None:
                continue
            return rows[symbol]
        if complete:
            return 0
    return None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    SNAPSHOTS,
    st.lists(st.tuples(st.integers(-1, 12), st.integers(0, 23)), min_size=1, max_size=20),
    st.sampled_from([Layout(), Layout(single_file_rows=0, part_rows=2, fan=2)]),
)
def test_s15_a_store_answers_as_the_model(
    tmp_path_factory: pytest.TempPathFactory, snapshots: list[Any], asked: list[Any], layout: Layout
) -> None:
    folder = tmp_path_factory.mktemp("flow")
    made = [
        make_snapshot(
            published_instant(MONDAY + timedelta(days=day, hours=hour)),
            {"symbol": list(rows), "quantity": list(rows.values())}
            if rows
            else {"symbol": pd.array([], "string")},
            complete=complete,
            kind="daily_flow",
            session=(MONDAY + timedelta(days=day + ahead, hours=hour)).date(),
        )
        for day, hour, ahead, rows, complete in snapshots
    ]
    if not made:
        return
    append("axos", made, data_folder=folder, layout=layout)
    provider = LocalDiskShortableProvider("axos", folder, missing="unrestricted")
    times = [MONDAY + timedelta(days=day, hours=hour) for day, hour in asked]
    for symbol in ("A", "B"):
        expected = [slow_answer(snapshots, symbol, at) for at in times]
        assert [provider.shortable_quantity(symbol, at) for at in times] == expected
        bulk = provider.shortable_quantities(symbol, times).tolist()
        assert bulk == [-1 if n is None else n for n in expected]
        assert [provider.has_quantity(symbol, at) for at in times] == [
            n is not None for n in expected
        ]
    for at in times:
        listed = {s: n for s in ("A", "B") if (n := slow_answer(snapshots, s, at))}
        assert {str(s): n for s, n in provider.all_shortable_symbols(at).items()} == listed
