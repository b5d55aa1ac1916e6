"""The table of corporate actions: exact factors, merging, and what contradicts itself."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.actions import CorporateActions, Delisting, Dividend, Rename, Split, restated_shares
from shortable.errors import CorporateActionError

AMC = Split("AMC", "2023-08-24", 1, 10)
EVENING, EX = date(2023, 8, 23), date(2023, 8, 24)


def test_the_share_of_an_ex_date_is_a_new_one() -> None:
    actions = CorporateActions([AMC])
    assert actions.split_factor("AMC", EVENING, EX) == Fraction(1, 10)
    assert actions.split_factor("AMC", EX, EX) == 1
    assert actions.split_factor("AMC", EX) == 1
    assert actions.split_factor("AMC", EVENING, EVENING) == 1
    assert actions.split_factor("AMC", None) == Fraction(1, 10)
    assert actions.split_factor("GME", EVENING) == 1


def test_a_time_stands_for_its_day() -> None:
    actions, evening, ex = (
        CorporateActions([AMC]),
        datetime(2023, 8, 23, 18),
        datetime(2023, 8, 24, 9),
    )
    assert actions.split_factor("AMC", evening, ex) == Fraction(1, 10)
    assert actions.between(evening, ex) == (AMC,)


def test_a_period_that_runs_backwards() -> None:
    with pytest.raises(CorporateActionError, match="end='2023-08-23' must not be before the start"):
        CorporateActions([AMC]).split_factor("AMC", EX, EVENING)


def test_shares_are_restated_exactly_and_rounded_down() -> None:
    # 35,000 shares before AMC's 1 for 10 are 3,500 after; 39 are 3.
    assert restated_shares(35_000, Fraction(1, 10)) == 3_500
    assert restated_shares(39, Fraction(1, 10)) == 3
    assert restated_shares(3, Fraction(1, 3)) == 1  # a float's 1/3 would give 0


days = st.dates(date(2000, 1, 1), date(2030, 1, 1))
splits = st.lists(
    st.tuples(days, st.integers(1, 50), st.integers(1, 50)), max_size=6, unique_by=lambda s: s[0]
).filter(lambda many: all(abs((a[0] - b[0]).days) > 7 for a in many for b in many if a is not b))


@given(splits, st.lists(days, min_size=3, max_size=3).map(sorted))
def test_factors_of_two_periods_multiply(many, three) -> None:
    actions = CorporateActions([Split("X", day, new, old) for day, new, old in many])
    a, b, c = three
    whole = actions.split_factor("X", a, c)
    assert whole == actions.split_factor("X", a, b) * actions.split_factor("X", b, c)


@given(
    st.permutations(
        [AMC, Split("GME", "2022-07-22", 4, 1), Dividend("GME", "2022-07-22", 1, "raw")]
    )
)
def test_the_order_of_the_records_does_not_matter(records) -> None:
    assert list(CorporateActions(records)) == list(CorporateActions(sorted(records, key=str)))


def test_what_is_stated_twice_counts_once() -> None:
    assert len(CorporateActions([AMC, Split("AMC", "2023-08-24", 1, 10)])) == 1
    # 2 for 20 is the same ratio.
    assert CorporateActions([AMC, Split("AMC", "2023-08-24", 2, 20)]).split_factor(
        "AMC", None
    ) == Fraction(1, 10)


def test_a_confirmed_ex_date_replaces_the_evening_before() -> None:
    evening = Split("NVDA", "2024-06-07", 10, 1, confirmed=False)
    actions = CorporateActions([evening, Split("NVDA", "2024-06-10", 10, 1)])
    assert [s.ex_date for s in actions.splits] == [date(2024, 6, 10)]
    assert actions.unconfirmed == ()
    assert CorporateActions([evening]).unconfirmed == (evening,)


@pytest.mark.parametrize(
    ("records", "message"),
    [
        (
            [AMC, Split("AMC", "2023-08-24", 1, 20)],
            "splits of AMC on 2023-08-24='1 for .*' must agree with the other one, 1 for",
        ),
        (
            [AMC, Split("AMC", "2023-08-23", 1, 10)],
            "on 2023-08-23 and on 2023-08-24' must be stated once",
        ),
        ([Rename("FB", "2022-06-09", "META"), Rename("FB", "2022-06-09", "METX")], "renames="),
        ([Rename("FB", "2022-06-09", "META"), Rename("FB", "2022-06-08", "META")], "renames="),
        ([Delisting("X", "2024-01-05"), Delisting("X", "2024-01-08")], "delistings="),
        ([Delisting("X", "2024-01-05", 1), Delisting("X", "2024-01-05", 2)], "delistings="),
        (["AMC 1 for 10"], "records='AMC 1 for 10' must be Split"),
    ],
)
def test_contradictions_are_named(records, message) -> None:
    with pytest.raises(CorporateActionError, match=message):
        CorporateActions(records)


def test_two_splits_of_one_ratio_years_apart_are_two() -> None:
    actions = CorporateActions([AMC, Split("AMC", "2024-08-24", 1, 10)])
    assert actions.split_factor("AMC", None) == Fraction(1, 100)


def test_a_dividend_is_restated_to_its_own_day() -> None:
    # Yahoo states GME's 2019 dividend of 0.38 a share as 0.095, after the 4 for 1 of 2022.
    split = Split("GME", "2022-07-22", 4, 1)
    yahoo = Dividend("GME", "2019-03-14", 0.095, "split_adjusted")
    assert CorporateActions([split]).raw_amount(yahoo) == pytest.approx(0.38)
    assert CorporateActions([split]).raw_amount(Dividend("GME", "2019-03-14", 0.38, "raw")) == 0.38
    # On the ex-date itself the new share is paid.
    assert (
        CorporateActions([split]).raw_amount(Dividend("GME", "2022-07-22", 1, "split_adjusted"))
        == 1
    )


def test_dividends_of_two_sources_count_once_where_they_agree() -> None:
    split = Split("GME", "2022-07-22", 4, 1)
    one = CorporateActions([split, Dividend("GME", "2019-03-14", 0.38, "raw")])
    two = CorporateActions(
        [
            Dividend("GME", "2019-03-14", 0.095, "split_adjusted"),
            Dividend("GME", "2018-12-10", 0.095, "split_adjusted"),
        ]
    )
    assert [d.amount for d in one.merged(two).dividends] == [0.095, 0.38]
    assert one.merged(two).merged(two) == one.merged(two)
    other = CorporateActions([Dividend("GME", "2019-03-14", 0.50, "raw")])
    with pytest.raises(
        CorporateActionError,
        match=r"dividends of GME on 2019-03-14='0.5 USD' must agree .* 0.38 USD",
    ):
        one.merged(other)


def test_two_dividends_of_one_day_in_one_source_are_both_paid() -> None:
    regular, special = (Dividend("TSM", "2026-03-17", amount, "raw") for amount in (0.6, 0.4))
    actions = CorporateActions([regular, special])
    assert len(actions.dividends) == 2
    total = CorporateActions([Dividend("TSM", "2026-03-17", 1.0, "raw")])
    assert len(actions.merged(total).dividends) == 2


def test_merging_refuses_what_contradicts() -> None:
    with pytest.raises(CorporateActionError, match="2023-08-24"):
        CorporateActions([AMC]).merged(CorporateActions([Split("AMC", EX, 1, 20)]))


def test_until_leaves_later_records_out() -> None:
    actions = CorporateActions([AMC, Split("AMC", "2024-08-26", 1, 2)], notes=["one line left out"])
    assert actions.until("2023-12-31").split_factor("AMC", None) == Fraction(1, 10)
    assert actions.until("2023-12-31").notes == ("one line left out",)


def test_between_is_open_at_the_start_and_closed_at_the_end() -> None:
    actions = CorporateActions([AMC])
    assert actions.between(EVENING, EX) == (AMC,)
    assert actions.between(EX, EX + timedelta(days=9)) == ()
    assert actions.between(None, EVENING) == ()


def test_it_shows_what_is_in_it() -> None:
    assert repr(CorporateActions([AMC])) == "<CorporateActions: 1 splits>"
    assert repr(CorporateActions()) == "<CorporateActions: none>"
    assert CorporateActions([AMC, Rename("FB", "2022-06-09", "META")]).symbols() == [
        "AMC",
        "FB",
        "META",
    ]
