"""Records take what a person writes, and refuse what means nothing."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

import pandas as pd
import pytest

from shortable import Symbol
from shortable.actions import Delisting, Dividend, Listing, Rename, Split
from shortable.errors import CorporateActionError, SymbolError


def test_dates_and_symbols_as_a_person_writes_them() -> None:
    day = date(2022, 7, 22)
    for given in (day, "2022-07-22", datetime(2022, 7, 22), pd.Timestamp("2022-07-22")):
        split = Split("gme", given, 4, 1)
        assert (split.symbol, split.ex_date, split.date) == (Symbol("GME"), day, day)
    assert Rename("fb", "2022-06-09", "meta").new_symbol == Symbol("META")
    assert Delisting("BBBY", "2023-05-02").price is None
    assert Delisting("BBBY", "2023-05-02", 0).price == 0.0
    assert Listing("GM", "2010-11-18").date == date(2010, 11, 18)


def test_a_ratio_in_decimals_becomes_whole_shares() -> None:
    assert Split("QGEN", "2026-01-08", 0.95, 1).ratio == Fraction(19, 20)
    assert Split("X", "2026-01-08", 1.5, 1) == Split("X", "2026-01-08", 3, 2)


def test_counts_stay_as_they_are_stated() -> None:
    split = Split("PBM", "2026-02-02", 4, 25)
    assert (split.new, split.old, split.confirmed) == (4, 25, True)


def test_a_dividend_has_its_symbol_s_currency_unless_it_says_another() -> None:
    assert Dividend("MPW", "2025-12-11", 0.09, "raw").currency == "USD"
    assert Dividend("FIHO12", "2026-05-04", 0.5, "raw", "mxn").currency == "MXN"
    assert Dividend("MPW", "2025-12-11", 0.09, "raw", pay_date="2026-01-08").pay_date == date(
        2026, 1, 8
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Split("X", "22/07/2022", 4, 1), "ex_date='22/07/2022' must be a date"),
        (lambda: Split("X", None, 4, 1), "ex_date=None must"),
        (lambda: Split("X", "2022-07-22", 0, 1), "new=0 must be a number above 0"),
        (lambda: Split("X", "2022-07-22", 4, "one"), "old='one' must"),
        (
            lambda: Dividend("X", "2022-07-22", -1, "raw"),
            "amount=-1 must be a finite amount above 0",
        ),
        (lambda: Dividend("X", "2022-07-22", float("nan"), "raw"), "amount=nan must"),
        (lambda: Dividend("X", "2022-07-22", 1, "adjusted"), "basis='adjusted' must be 'raw' or"),
        (lambda: Rename("X", "2022-07-22", "x"), "differ from the ticker before"),
        (lambda: Delisting("X", "2022-07-22", -1), "price=-1 must be a finite amount, at least 0"),
    ],
)
def test_what_means_nothing(make, message) -> None:
    with pytest.raises(CorporateActionError, match=message):
        make()


def test_a_symbol_that_is_none() -> None:
    with pytest.raises(SymbolError):
        Split("", "2022-07-22", 4, 1)


@pytest.mark.parametrize("pence", ["GBp", "GBX", "gbx"])
def test_a_dividend_in_pence_is_one_in_pounds(pence: str) -> None:
    # London's dividends are stated in pence; taken for pounds they would be a hundred times as much.
    paid = Dividend("VOD.L", "2024-01-05", 5.0, "raw", pence)
    assert (paid.amount, paid.currency) == (0.05, "GBP")
