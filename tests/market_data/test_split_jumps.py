"""S11: what prices say about splits. Prices are made so that every jump is known."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shortable.actions import CorporateActions, Rename, Split, read_actions
from shortable.errors import MarketDataError
from shortable.market_data import MarketData
from shortable.market_data.split_jumps import check_splits, dated_splits, suspected_splits

DAYS = pd.bdate_range(
    "2024-05-20", periods=30
)  # Monday; 2024-06-07 is a Friday, session 14 of them
FRIDAY, MONDAY = date(2024, 6, 7), date(2024, 6, 10)


def prices(
    ratio: float = 1.0,
    ex: date = MONDAY,
    basis: str | None = "raw",
    ticker: str = "QQX",
    **kwargs: float,
) -> MarketData:
    """A price that goes up and down by 2 % a day, and by the split on its ex-date, on raw prices."""
    steady = 100 * np.where(np.arange(len(DAYS)) % 2, 1.02, 1.0)
    after = pd.Timestamp(ex) <= DAYS
    crash = kwargs.get("crash", 1.0)
    close = steady * np.where(after, crash / ratio, 1.0)
    frame = pd.DataFrame({"Close": close}, index=DAYS)
    if kwargs.get("opens"):
        frame["Open"] = frame["Close"]
    return MarketData.from_frames({ticker: frame}, basis=basis)


def splits(new: int, old: int, ex: date = MONDAY, *, confirmed: bool = True) -> CorporateActions:
    return CorporateActions([Split("QQX", ex, new, old, confirmed=confirmed)])


@pytest.mark.parametrize(("new", "old"), [(10, 1), (4, 1), (3, 2), (1, 10), (1, 3), (1, 100)])
def test_raw_prices_jump_and_adjusted_ones_do_not(new: int, old: int) -> None:
    check_splits(prices(new / old), splits(new, old))
    check_splits(prices(new / old, opens=1), splits(new, old))
    check_splits(prices(1.0, basis="split_adjusted"), splits(new, old))


@pytest.mark.parametrize(("new", "old"), [(10, 1), (3, 2), (1, 10)])
def test_raw_prices_without_the_jump_are_refused(new: int, old: int) -> None:
    with pytest.raises(
        MarketDataError,
        match=rf"splits of QQX on 2024-06-10='{new} for {old}' must agree with the prices, which show no split: "
        r"on 2024-06-10 the price went to 1?.\d+ times .* say basis='split_adjusted'",
    ):
        check_splits(prices(1.0), splits(new, old))


def test_a_jump_of_another_ratio_names_both() -> None:
    with pytest.raises(
        MarketDataError,
        match=r"2024-06-10='1 for 10' must agree .* about 1 for 20: on 2024-06-10 .* 10 times",
    ):
        check_splits(prices(1 / 20), splits(1, 10))
    with pytest.raises(MarketDataError, match="about 4 for 1"):
        check_splits(prices(4.0), splits(10, 1))


def test_adjusted_prices_with_the_jump_are_refused() -> None:
    with pytest.raises(
        MarketDataError, match=r"about 10 for 1.* if they are as traded, say basis='raw'"
    ):
        check_splits(prices(10.0, basis="split_adjusted"), splits(10, 1))


def test_an_ordinary_fall_on_the_ex_date_is_no_contradiction() -> None:
    check_splits(prices(1 / 10, crash=0.7), splits(1, 10))
    check_splits(prices(10.0, crash=1.25), splits(10, 1))


def test_what_an_ordinary_move_could_hide_decides_nothing() -> None:
    check_splits(prices(1.0), splits(21, 20))
    check_splits(prices(1.05), splits(21, 20))


def test_splits_outside_the_prices_or_on_their_first_day_are_not_held_against_them() -> None:
    for day in (date(2024, 5, 20), date(2023, 1, 3), date(2025, 1, 2)):
        check_splits(prices(1.0), splits(10, 1, day))


def test_the_table_of_a_company_that_changed_its_name() -> None:
    renamed = CorporateActions([Rename("OLDQ", "2024-06-20", "QQX"), Split("OLDQ", MONDAY, 10, 1)])
    check_splits(prices(10.0), renamed)
    with pytest.raises(MarketDataError, match="splits of OLDQ on 2024-06-10"):
        check_splits(prices(1.0), renamed)


class TestDating:
    @pytest.mark.parametrize("ex", [FRIDAY, MONDAY, date(2024, 6, 18)])
    @pytest.mark.parametrize(("new", "old"), [(10, 1), (1, 20), (3, 2)])
    def test_the_jump_decides(self, ex: date, new: int, old: int) -> None:
        table = splits(new, old, FRIDAY, confirmed=False)
        actions, notes = dated_splits(prices(new / old, ex), table)
        assert actions.splits == (Split("QQX", ex, new, old),)
        assert notes == ()
        check_splits(prices(new / old, ex), actions)
        check_splits(prices(new / old, ex), table)

    @pytest.mark.parametrize(
        ("data", "new"),
        [
            (prices(1.0, basis="split_adjusted"), 10),  # shows no jump
            (prices(10.0, ticker="OTHER"), 10),  # is of another share
            (prices(10.0, date(2024, 7, 2)), 10),  # is of another month
        ],
    )
    def test_where_the_prices_do_not_say_it_is_reported(self, data: MarketData, new: int) -> None:
        table = splits(new, 1, FRIDAY, confirmed=False)
        actions, notes = dated_splits(data, table)
        assert actions == table
        assert "1 splits may be dated by the evening before their ex-date" in notes[0]
        assert "QQX 2024-06-07" in notes[0]

    def test_what_is_confirmed_is_left_alone(self) -> None:
        table = splits(10, 1, FRIDAY)
        assert dated_splits(prices(10.0), table) == (table, ())

    def test_an_unconfirmed_split_of_which_raw_prices_show_nothing_is_a_contradiction(self) -> None:
        with pytest.raises(MarketDataError, match="which show no split"):
            check_splits(prices(1.0), splits(10, 1, FRIDAY, confirmed=False))


class TestSuspected:
    @pytest.mark.parametrize(("new", "old"), [(10, 1), (4, 1), (2, 1), (1, 10), (1, 4)])
    def test_a_jump_without_a_table_is_named(self, new: int, old: int) -> None:
        (found,) = suspected_splits(prices(new / old))
        assert (found.symbol, found.date, found.ratio) == ("QQX", MONDAY, Fraction(new, old))
        assert f"looks like a split of {new} for {old}" in str(found)
        assert suspected_splits(prices(new / old), splits(new, old)) == []
        assert suspected_splits(prices(new / old), splits(new, old, FRIDAY, confirmed=False)) == []

    def test_what_is_none(self) -> None:
        assert suspected_splits(prices(1.0)) == []
        assert suspected_splits(prices(0.5)) == []  # a price that doubles
        assert suspected_splits(prices(10.0, basis="split_adjusted")) == []


def test_real_closes_are_adjusted_and_the_table_says_so(real_data: Path) -> None:
    (path,) = (real_data / "prices").glob("us_etf_close_*.parquet")
    actions = read_actions(real_data / "actions" / "2024.json")
    data = MarketData.from_parquet(path)
    assert data.assumptions
    with pytest.raises(
        MarketDataError, match=r"splits of \w+ on 2024-.* say basis='split_adjusted'"
    ):
        check_splits(data, actions)
    check_splits(MarketData.from_parquet(path, basis="split_adjusted"), actions)


def test_real_raw_prices_date_the_splits_of_a_list(real_data: Path) -> None:
    """The real closes, put on their raw basis by splits whose ex-dates are known, date the list's evenings."""
    (path,) = (real_data / "prices").glob("us_etf_close_*.parquet")
    adjusted = MarketData.from_parquet(path, basis="split_adjusted")
    table = read_actions(real_data / "actions" / "2024.json")
    held = [s for s in table.splits if s.symbol in adjusted.symbols()]
    assert len(held) == 9
    frames = {}
    for split in held:
        frame = adjusted.frame(split.symbol, "daily")[["close"]]
        frame["close"] *= [float(table.split_factor(split.symbol, d.date())) for d in frame.index]
        frames[split.symbol] = frame
    raw = MarketData.from_frames(frames, basis="raw")
    check_splits(raw, table)
    evenings = CorporateActions(
        Split(s.symbol, _session_before(frames[s.symbol], s.ex_date), s.new, s.old, confirmed=False)
        for s in held
    )
    assert dated_splits(raw, evenings) == (CorporateActions(held), ())
    assert {(s.symbol, s.date) for s in suspected_splits(raw)} == {(s.symbol, s.date) for s in held}


def _session_before(frame: pd.DataFrame, day: date) -> date:
    return max(d.date() for d in frame.index if d.date() < day)
