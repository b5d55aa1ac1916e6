"""LEAN's look-up in a store: a row of that very date, or no restriction."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shortable import LocalDiskShortableProvider
from shortable.clock import published_instant
from shortable.errors import InvalidInputError
from shortable.store import append, make_snapshot

TUESDAY = datetime(2024, 1, 2)


def snapshot(time: datetime, rows: dict[str, Any], *, complete: bool = True, **columns: Any) -> Any:
    return make_snapshot(
        published_instant(time),
        {"symbol": list(rows), "quantity": list(rows.values()), **columns},
        complete=complete,
    )


def lean(folder: Path, **more: Any) -> LocalDiskShortableProvider:
    return LocalDiskShortableProvider("axos", data_folder=folder, match="exact_date", **more)


def test_a_row_speaks_on_its_date_and_what_is_left_out_is_not_restricted(tmp_path: Path) -> None:
    append(
        "axos",
        [snapshot(TUESDAY, {"SPY": 500, "IBM": 0}, fee_rate=[0.01, None])],
        data_folder=tmp_path,
    )
    provider = lean(tmp_path)
    times = [
        TUESDAY - timedelta(seconds=1),
        TUESDAY,
        TUESDAY + timedelta(hours=23),
        TUESDAY + timedelta(days=1),
    ]
    assert [provider.shortable_quantity("SPY", time) for time in times] == [None, 500, 500, None]
    assert [provider.fee_rate("SPY", time) for time in times] == [0.0, 0.01, 0.01, 0.0]
    assert provider.shortable_quantity("IBM", TUESDAY) == 0  # stated
    assert provider.shortable_quantity("GME", TUESDAY) is None  # left out
    assert (provider.has_quantity("IBM", TUESDAY), provider.has_quantity("GME", TUESDAY)) == (
        True,
        False,
    )
    assert (provider.has_fee_rate("SPY", TUESDAY), provider.has_fee_rate("IBM", TUESDAY)) == (
        True,
        False,
    )


def test_of_several_snapshots_of_a_date_the_newest_known_speaks(tmp_path: Path) -> None:
    made = [snapshot(TUESDAY.replace(hour=h), {"SPY": h}) for h in (9, 12)]
    append("axos", made, data_folder=tmp_path)
    provider = lean(tmp_path)
    assert [
        provider.shortable_quantity("SPY", TUESDAY.replace(hour=h)) for h in (8, 9, 11, 12, 23)
    ] == [None, 9, 9, 12, 12]


def test_lists_arrays_and_quotes_agree(tmp_path: Path) -> None:
    append("axos", [snapshot(TUESDAY, {"SPY": 500}, fee_rate=[0.01])], data_folder=tmp_path)
    provider = lean(tmp_path)
    days = [TUESDAY - timedelta(days=1), TUESDAY, TUESDAY + timedelta(days=1)]
    assert provider.shortable_quantities("SPY", days).tolist() == [-1, 500, -1]
    np.testing.assert_array_equal(provider.fee_rates("SPY", days), [np.nan, 0.01, np.nan])
    quote = provider.quote("SPY", TUESDAY)
    assert (quote.quantity, quote.fee_rate, quote.rebate_rate) == (500, 0.01, None)
    assert provider.quote("SPY", days[2]).quantity is None
    assert pickle.loads(pickle.dumps(provider)).shortable_quantity("SPY", TUESDAY) == 500


def test_the_look_up_is_one_of_two_and_the_usual_one_stays(tmp_path: Path) -> None:
    append("axos", [snapshot(TUESDAY, {"SPY": 500})], data_folder=tmp_path)
    usual = LocalDiskShortableProvider("axos", data_folder=tmp_path)
    assert type(usual) is LocalDiskShortableProvider
    assert usual.shortable_quantity("SPY", TUESDAY + timedelta(days=1)) == 500
    with pytest.raises(
        InvalidInputError, match="match='exact' must be one of 'as_of', 'exact_date'"
    ):
        LocalDiskShortableProvider("axos", data_folder=tmp_path, match="exact")  # type: ignore[arg-type]

    class Mine(LocalDiskShortableProvider):
        pass

    mine = Mine("axos", data_folder=tmp_path, match="exact_date")
    assert mine.shortable_quantity("SPY", TUESDAY + timedelta(days=1)) is None


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
@given(
    rows=st.dictionaries(
        st.integers(0, 72),
        st.tuples(
            st.booleans(),
            st.dictionaries(st.sampled_from(["SPY", "GME"]), st.none() | st.integers(0, 9)),
        ),
        min_size=1,
        max_size=6,
    ),
    asked=st.lists(
        st.tuples(st.sampled_from(["SPY", "GME", "IBM"]), st.integers(0, 96)),
        min_size=1,
        max_size=20,
    ),
)
def test_property_against_the_rule_said_slowly(
    tmp_path_factory: pytest.TempPathFactory,
    rows: dict[int, tuple[bool, dict[str, int | None]]],
    asked: list[tuple[str, int]],
) -> None:
    folder = tmp_path_factory.mktemp("store")
    hour = timedelta(hours=1)
    made = [
        snapshot(TUESDAY + at * hour, said, complete=complete)
        for at, (complete, said) in rows.items()
        if said or complete
    ]
    if not made:
        return
    append("axos", made, data_folder=folder)
    provider = lean(folder)
    for ticker, at in asked:
        time = TUESDAY + at * hour
        named = [
            (h, said[ticker]) for h, (_, said) in sorted(rows.items()) if h <= at and ticker in said
        ]
        day = [q for h, q in named if (TUESDAY + h * hour).date() == time.date()]
        assert provider.shortable_quantity(ticker, time) == (day[-1] if day else None)
