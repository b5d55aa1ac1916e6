"""S11: quantities on the share basis of prices, and under today's names, against a slow model."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shortable import (
    CustomShortableProvider,
    FrameShortableProvider,
    LocalDiskShortableProvider,
    first_of,
    lagged,
    on_split_basis,
    scaled,
    sum_of,
)
from shortable.actions import CorporateActions, Delisting, Listing, Rename, Split
from shortable.clock import published_instant
from shortable.errors import CorporateActionError, InvalidInputError
from shortable.shares import MAX_SHARES
from shortable.store import append, make_snapshot

START = date(2024, 1, 1)
DAYS = 30
AMC = CorporateActions([Split("AMC", "2023-08-24", 1, 10)])


def noon(day: int) -> datetime:
    return datetime(2024, 1, 1, 12) + timedelta(days=day)


def test_a_list_of_before_the_ex_date_is_restated_on_it_and_the_day_s_own_is_not() -> None:
    # AMC, 1 for 10 on 24 August 2023: 1,005 old shares are 100 new ones, 100.5 rounded down.
    days = pd.to_datetime(["2023-08-22 18:00", "2023-08-24 18:00"])
    lists = FrameShortableProvider(pd.DataFrame({"AMC": [1_005, 90], "GME": [7, 7]}, index=days))
    asked = [datetime(2023, 8, d, 12) for d in (23, 24, 25)]
    raw, adjusted = (on_split_basis(lists, AMC, basis) for basis in ("raw", "split_adjusted"))
    assert [raw.shortable_quantity("AMC", t) for t in asked] == [1_005, 100, 90]
    assert [adjusted.shortable_quantity("AMC", t) for t in asked] == [100, 100, 90]
    assert raw.shortable_quantities("AMC", asked).tolist() == [1_005, 100, 90]
    assert adjusted.shortable_quantities("AMC", asked).tolist() == [100, 100, 90]
    assert raw.shortable_quantities("GME", asked).tolist() == [7, 7, 7]
    assert raw.quote("AMC", asked[1]).quantity == 100
    assert raw.quote("AMC", asked[1]).as_of == datetime(2023, 8, 22, 22, tzinfo=UTC)
    assert raw.all_shortable_symbols(asked[1]) == {"AMC": 100, "GME": 7}
    # Rows at noon, at the midnight of the ex-date, at 18:00, and at the midnight after it.
    assert raw.panel("AMC", asked[0], asked[2])["AMC"].tolist() == [1_005, 100, 90, 90]
    assert raw.policy.endswith("in shares of basis 'raw'")


def test_an_answer_without_a_day_counts_the_shares_of_the_day_asked_about() -> None:
    mine = CustomShortableProvider({"AMC": 1_005, "GME": None})
    times = [datetime(2023, 8, 23), datetime(2023, 8, 24)]
    assert (
        on_split_basis(mine, AMC, "raw").shortable_quantities("AMC", times).tolist() == [1_005] * 2
    )
    assert on_split_basis(mine, AMC).shortable_quantities("AMC", times).tolist() == [100, 1_005]
    assert on_split_basis(mine, AMC).shortable_quantity("GME", times[0]) is None
    # A day late, the answer of the 24th is that of the 23rd, in shares of the 23rd.
    late = on_split_basis(lagged(mine, timedelta(days=1)), AMC, "raw")
    assert late.shortable_quantities("AMC", times).tolist() == [1_005, 100]
    assert lagged(on_split_basis(mine, AMC, "raw"), timedelta(days=1)).shortable_quantities(
        "AMC", times
    ).tolist() == [1_005, 100]


def test_each_member_of_a_combination_is_restated_by_its_own_day() -> None:
    index = pd.to_datetime(["2023-08-23"]), pd.to_datetime(["2023-08-24"])
    old, new = (FrameShortableProvider(pd.DataFrame({"AMC": [500]}, index=i)) for i in index)
    at = datetime(2023, 8, 25)
    assert on_split_basis(sum_of(old, new), AMC).shortable_quantity("AMC", at) == 50 + 500
    assert on_split_basis(first_of(old, new), AMC).shortable_quantity("AMC", at) == 50
    assert on_split_basis(scaled(sum_of(old, new), 0.5), AMC).shortable_quantities(
        "AMC", at
    ).tolist() == [275]


def test_other_currencies_are_the_same_share_and_counts_end_at_the_most() -> None:
    many = CorporateActions([Split("AMC", "2024-01-10", 10, 1)])
    lender = on_split_basis(CustomShortableProvider({"AMC@CAD": 7, "AMC": MAX_SHARES}), many)
    assert lender.shortable_quantity("AMC@CAD", noon(0)) == 70
    assert lender.shortable_quantities(["AMC@CAD", "AMC"], noon(0)).tolist() == [70, MAX_SHARES]
    assert lender.shortable_quantity("AMC", noon(0)) == MAX_SHARES


def test_arguments_are_checked_and_copies_answer_alike() -> None:
    inner = FrameShortableProvider(pd.DataFrame({"AMC": [1_000]}, index=[datetime(2023, 8, 23)]))
    for actions, basis in (({}, "raw"), (AMC, "total_return")):
        with pytest.raises(InvalidInputError):
            on_split_basis(inner, actions, basis)  # type: ignore[arg-type]
    provider = on_split_basis(inner, AMC)
    for twin in (copy.deepcopy(provider), pickle.loads(pickle.dumps(provider))):
        assert twin.shortable_quantity("AMC", datetime(2023, 8, 24)) == 100
    assert (provider.at_rest, provider.availability_kind) == (True, "pool")


RATIOS = [(2, 1), (1, 10), (3, 2), (21, 20), (4, 1), (7, 3)]


@st.composite
def tables(draw: Any) -> tuple[list[Split], pd.DataFrame]:
    days = draw(st.lists(st.integers(0, DAYS), max_size=4, unique=True))
    splits = []
    for symbol in ("AAA", "BBB"):
        for day in days:
            # Equal splits a few days apart are one that two sources date differently.
            ratio = RATIOS[(day + (symbol == "BBB")) % len(RATIOS)]
            if draw(st.booleans()):
                splits.append(Split(symbol, START + timedelta(days=day), *ratio))
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, DAYS * 4), st.integers(0, 10**4), st.integers(0, 10**4)),
            min_size=1,
            max_size=8,
            unique_by=lambda row: row[0],
        )
    )
    index = [datetime(2024, 1, 1) + timedelta(hours=6 * hour) for hour, *_ in rows]
    return splits, pd.DataFrame(
        [row[1:] for row in rows], columns=["AAA", "BBB"], index=index
    ).sort_index()


def without_repeats(splits: list[Split]) -> CorporateActions:
    """A table; the same split twice within a week is refused, as one that two sources date differently."""
    try:
        return CorporateActions(splits)
    except CorporateActionError:
        assume(False)
        raise


def factor_of(splits: list[Split], symbol: str, after: date, until: date | None) -> Fraction:
    factor = Fraction(1)
    for split in splits:
        if (
            split.symbol == symbol
            and after < split.ex_date
            and (until is None or split.ex_date <= until)
        ):
            factor *= Fraction(split.new, split.old)
    return factor


@settings(max_examples=60, deadline=None)
@given(
    tables(),
    st.lists(
        st.tuples(st.sampled_from(["AAA", "BBB", "CCC"]), st.integers(-2, DAYS * 4)),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from(["raw", "split_adjusted"]),
    st.sampled_from([timedelta(days=7), timedelta(hours=20), None]),
    st.sampled_from(["unavailable", "unrestricted"]),
)
def test_property_against_the_rule_worked_out_slowly(
    table: Any, asked: list[tuple[str, int]], basis: Any, max_age: Any, missing: Any
) -> None:
    splits, lists = table
    actions = without_repeats(splits)
    splits = list(actions.splits)
    inner = FrameShortableProvider(lists, lists / 1e6, max_age=max_age, missing=missing)
    provider = on_split_basis(inner, actions, basis)
    expected: list[int | None] = []
    times = [datetime(2024, 1, 1) + timedelta(hours=6 * hour) for _, hour in asked]
    for (symbol, _), time in zip(asked, times, strict=True):
        known = [t for t in lists.index if t <= time and (max_age is None or time - t <= max_age)]
        if symbol == "CCC" or not known:
            expected.append(0 if missing == "unavailable" else None)
            continue
        until = None if basis == "split_adjusted" else time.date()
        factor = factor_of(splits, symbol, known[-1].date(), until)
        expected.append(floor(int(lists.loc[known[-1], symbol]) * factor))
    names = [symbol for symbol, _ in asked]
    for symbol, time, shares in zip(names, times, expected, strict=True):
        assert provider.shortable_quantity(symbol, time) == shares
        assert provider.quote(symbol, time).quantity == shares
        assert provider.has_quantity(symbol, time) is inner.has_quantity(symbol, time)
        assert provider.all_shortable_symbols(time).get(symbol, 0) == (shares or 0)
        assert provider.fee_rate(symbol, time) == inner.fee_rate(symbol, time)
    found = provider.shortable_quantities(names, times)
    assert found.tolist() == [-1 if n is None else n for n in expected]
    assert (
        provider.has_quantities(names, times).tolist()
        == inner.has_quantities(names, times).tolist()
    )
    np.testing.assert_array_equal(provider.fee_rates(names, times), inner.fee_rates(names, times))


@settings(max_examples=40, deadline=None)
@given(tables(), st.lists(st.integers(0, DAYS * 4), min_size=1, max_size=20))
def test_property_raw_and_adjusted_are_the_same_shares(table: Any, hours: list[int]) -> None:
    splits, lists = table
    actions = without_repeats([s for s in splits if (s.new, s.old) in ((2, 1), (4, 1))])
    inner = FrameShortableProvider(lists, max_age=None)
    raw, adjusted = (on_split_basis(inner, actions, b) for b in ("raw", "split_adjusted"))
    for hour in hours:
        time = datetime(2024, 1, 1) + timedelta(hours=6 * hour)
        for symbol in ("AAA", "BBB"):
            shares = raw.shortable_quantity(symbol, time)
            assert shares is not None
            later = factor_of(list(actions.splits), symbol, time.date(), None)
            assert adjusted.shortable_quantity(symbol, time) == shares * later


def lists_of(folder: Any, by_day: dict[int, dict[str, int]], **settings: Any) -> Any:
    made = [
        make_snapshot(
            published_instant(datetime(2024, 1, 1) + timedelta(days=day)),
            {"symbol": list(rows), "quantity": list(rows.values())},
            complete=settings.pop("complete", True),
        )
        for day, rows in by_day.items()
    ]
    append("axos", made, data_folder=folder)
    return LocalDiskShortableProvider("axos", folder, **settings)


def test_a_rename_is_followed_from_list_to_list(tmp_path: Any) -> None:
    lists = lists_of(tmp_path, {0: {"FB": 500, "GME": 1}, 9: {"META": 400, "GME": 1}})
    actions = CorporateActions(
        [Rename("FB", date(2024, 1, 8), "META"), Split("META", date(2024, 1, 9), 2, 1)]
    )
    provider = on_split_basis(lists, actions, "raw")
    assert on_split_basis(lists, actions).shortable_quantity("META", noon(0)) == 1_000
    # The list of the 1st answers for seven days.
    expected = {0: 500, 6: 500, 7: 0, 8: 0, 9: 400, 12: 400}
    for symbol in ("FB", "META"):
        for day, shares in expected.items():
            assert provider.shortable_quantity(symbol, noon(day)) == shares, (symbol, day)
        times = [noon(day) for day in expected]
        assert provider.shortable_quantities(symbol, times).tolist() == list(expected.values())
        assert provider.has_quantities(symbol, times).tolist() == [
            True,
            True,
            False,
            False,
            True,
            True,
        ]


def test_a_list_within_its_age_is_read_under_the_ticker_of_its_day(tmp_path: Any) -> None:
    lists = lists_of(tmp_path, {0: {"FB": 500, "GME": 1}, 9: {"META": 400, "GME": 1}}, max_age=None)
    actions = CorporateActions(
        [Rename("FB", date(2024, 1, 8), "META"), Split("META", date(2024, 1, 9), 2, 1)]
    )
    provider = on_split_basis(lists, actions, "raw")
    times = [noon(day) for day in (0, 6, 7, 8, 9)]
    for symbol in ("FB", "META"):
        assert [provider.shortable_quantity(symbol, t) for t in times] == [500, 500, 500, 1000, 400]
        assert provider.shortable_quantities(symbol, times).tolist() == [500, 500, 500, 1000, 400]
    # Each day's list has the company under that day's name.
    assert [provider.all_shortable_symbols(t) for t in times] == [
        {"FB": 500, "GME": 1},
        {"FB": 500, "GME": 1},
        {"META": 500, "GME": 1},
        {"META": 1000, "GME": 1},
        {"META": 400, "GME": 1},
    ]
    assert provider.quote("META", times[2]).symbol == "META"


def test_a_ticker_that_another_company_had_is_no_data(tmp_path: Any) -> None:
    lists = lists_of(tmp_path, {0: {"XYZ": 500}, 9: {"XYZ": 40}}, max_age=None)
    actions = CorporateActions(
        [Delisting("XYZ", date(2024, 1, 3)), Listing("XYZ", date(2024, 1, 5))]
    )
    provider = on_split_basis(lists, actions, "raw")
    times = [noon(day) for day in (0, 2, 4, 8, 9)]
    expected = [500, 500, 0, 0, 40]
    assert [provider.shortable_quantity("XYZ", t) for t in times] == expected
    assert provider.shortable_quantities("XYZ", times).tolist() == expected
    has_data = [True, True, False, False, True]
    assert [provider.has_quantity("XYZ", t) for t in times] == has_data
    assert provider.has_quantities("XYZ", times).tolist() == has_data
    assert "another company's ticker" in provider.quote("XYZ", times[2]).note
    assert provider.all_shortable_symbols(times[2]) == {}
