"""Which company a ticker means on a day."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest

from shortable import Symbol
from shortable.actions import CorporateActions, Delisting, Listing, Rename, Split

FB = Rename("FB", "2022-06-09", "META")
METV = Rename("META", "2022-01-31", "METV")  # a fund that had the ticker META before
D2021, D2022, D2023 = date(2021, 4, 23), date(2022, 3, 1), date(2023, 1, 3)


def test_a_name_of_today_means_the_same_company_in_every_year() -> None:
    actions = CorporateActions([FB])
    for name in ("FB", "META"):
        assert actions.symbol_on(name, D2021) == "FB"
        assert actions.symbol_on(name, date(2022, 6, 8)) == "FB"
        assert actions.symbol_on(name, date(2022, 6, 9)) == "META"
        assert actions.identity(name) == actions.identity(name, D2021)
    assert actions.symbol_on("AAPL", D2021) == "AAPL"


@pytest.mark.parametrize("order", list(permutations([FB, METV])))
def test_a_ticker_that_two_companies_used_is_two(order) -> None:
    actions = CorporateActions(order)
    assert actions.symbol_on("META", D2021) == "FB"  # the newest that used it
    assert actions.symbol_on("META", D2021, named_on=D2021) == "META"
    assert actions.symbol_on("META", D2023, named_on=D2021) == "METV"
    assert (
        actions.symbol_on("META", D2023, named_on=D2022) == "METV"
    )  # between the two: who left it
    assert actions.identity("META", D2021) != actions.identity("META", D2023)
    assert actions.identity("FB", D2021) == actions.identity("META", D2023)


def test_two_companies_that_swap_names_on_one_day() -> None:
    actions = CorporateActions([Rename("A", "2024-01-02", "B"), Rename("B", "2024-01-02", "A")])
    before, after = date(2024, 1, 1), date(2024, 1, 2)
    assert actions.symbol_on("A", after, named_on=before) == "B"
    assert actions.symbol_on("B", after, named_on=before) == "A"
    assert actions.identity("A", before) != actions.identity("B", before)


def test_a_chain_of_names() -> None:
    actions = CorporateActions(
        [
            Rename("B", "2022-01-03", "C"),
            Rename("A", "2021-01-04", "B"),
            Rename("C", "2023-01-03", "D"),
        ]
    )
    days = (date(2020, 1, 2), date(2021, 1, 4), date(2022, 1, 3), date(2023, 1, 3))
    for name in "ABCD":
        assert [actions.symbol_on(name, d) for d in days] == ["A", "B", "C", "D"]
    assert actions.identity("A").last_symbol == "D"


def test_after_a_delisting_another_company_has_the_ticker() -> None:
    actions = CorporateActions(
        [
            Delisting("GM", "2009-06-01"),
            Split("GM", "2008-01-02", 2, 1),
            Split("GM", "2015-01-02", 3, 1),
        ]
    )
    old, new = date(2009, 1, 2), date(2012, 1, 3)
    assert actions.identity("GM", old) != actions.identity("GM", new)
    assert actions.identity("GM", date(2009, 6, 1)) == actions.identity("GM", old)  # its last day
    assert actions.delisting_of("GM", named_on=old) is not None
    assert actions.delisting_of("GM", named_on=new) is None
    assert actions.split_factor("GM", date(2000, 1, 1), date(2009, 1, 1)) == 2
    assert actions.split_factor("GM", date(2010, 1, 1), date(2016, 1, 1)) == 3
    assert actions.delisting_of("GM") is not None  # no day: the newest company that the table knows


def test_a_listing_begins_a_company_where_the_old_one_only_changed_its_name() -> None:
    renamed = Rename("GM", "2009-06-02", "MTLQQ")
    after = date(2012, 1, 3)
    assert CorporateActions([renamed]).symbol_on("GM", after, named_on=after) == "MTLQQ"
    actions = CorporateActions([renamed, Listing("GM", "2010-11-18")])
    assert actions.symbol_on("GM", after, named_on=after) == "GM"
    assert actions.symbol_on("GM", after, named_on=date(2009, 1, 2)) == "MTLQQ"


def test_splits_follow_the_company_under_each_of_its_names() -> None:
    actions = CorporateActions(
        [FB, METV, Split("FB", "2020-01-02", 2, 1), Split("META", "2023-01-03", 3, 1)]
    )
    assert actions.split_factor("META", date(2019, 1, 1)) == 6
    assert actions.split_factor("FB", date(2019, 1, 1), D2021) == 2
    assert actions.split_factor("META", date(2019, 1, 1), D2021, named_on=D2023) == 2
    assert actions.split_factor("META", date(2019, 1, 1), D2021) == 1  # the fund's


def test_a_split_on_the_day_of_the_rename_may_be_stated_under_either_name() -> None:
    for name in ("FB", "META"):
        actions = CorporateActions([FB, Split(name, "2022-06-09", 2, 1)])
        assert actions.split_factor("META", D2021) == 2


def test_markets_are_apart() -> None:
    actions = CorporateActions([Rename("VOD.GB", "2024-01-02", "VODX.GB")])
    assert actions.symbol_on("VOD", D2023) == "VOD"
    assert actions.symbol_on(Symbol.create("VOD", market="uk"), date(2024, 6, 3)).ticker == "VODX"
