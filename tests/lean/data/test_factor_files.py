"""Splits and dividends: factors of a day, and the events themselves."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import MarketDataError
from shortable.lean.data import Dividend, LeanDataFolder, Split, SymbolChangedEvent
from shortable.lean.data.factor_files import FactorFile, distribution, parse_factors
from shortable.lean.enums import DataNormalizationMode as Mode
from shortable.lean.enums import DelistingType, SplitType

from ..folder import LeanFolder

# A 50-cent dividend on Monday 8 January 2024 after a close of 100 on Friday the 5th: (100 - 0.50) / 100 = 0.995.
# A 2-for-1 split on Wednesday the 17th after a close of 120 on Tuesday the 16th: split factor 0.5 before.
LINES = ["19980102,0.995,0.5,1", "20240105,0.995,0.5,100", "20240116,1,0.5,120", "20501231,1,1,0"]


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("on", "adjusted", "split"),
    [
        ("2023-06-01", "0.4975", "0.5"),  # 0.995 × 0.5
        ("2024-01-05", "0.4975", "0.5"),
        ("2024-01-08", "0.5", "0.5"),
        ("2024-01-16", "0.5", "0.5"),
        ("2024-01-17", "1", "1"),
        ("2051-01-01", "1", "1"),
    ],
)
def test_factors_of_a_day(on, adjusted, split):
    file = parse_factors(LINES, "x")
    assert file.factor(day(on), Mode.ADJUSTED) == Decimal(adjusted)
    assert (
        file.factor(day(on), Mode.SPLIT_ADJUSTED)
        == file.factor(day(on), Mode.TOTAL_RETURN)
        == Decimal(split)
    )
    assert file.factor(day(on), Mode.RAW) == 1


def test_scaled_raw_prices_are_those_of_the_end_date():
    file = parse_factors(LINES, "x")
    # on the 12th (0.5) prices of the 5th (0.4975) are 0.4975 / 0.5 = 0.995 of what they were: the dividend alone
    assert file.factor(day("2024-01-05"), Mode.SCALED_RAW, day("2024-01-12")) == Decimal("0.995")
    assert file.factor(day("2024-01-05"), Mode.SCALED_RAW, day("2024-01-05")) == 1


def test_rows_that_lean_passes_over():
    # too many splits to be exact, a factor that wipes prices out, a repeated line, a second row of one day
    lines = [
        "19980102,inf,1",
        "19990104,1,1.6e+6",
        "20000103,0,1",
        *LINES,
        LINES[1],
        "20240105,0.5,0.5,7",
    ]
    assert parse_factors(lines, "x") == parse_factors(LINES, "x")
    assert parse_factors(lines, "x").minimum_date == day("1998-01-01")
    assert parse_factors([], "x") == FactorFile()
    assert FactorFile().factor(day("2024-01-02"), Mode.ADJUSTED) == 1


@pytest.mark.parametrize("line", ["2024-01-05,1,1", "20240105,1", "20240105,one,1", ""])
def test_a_damaged_line_is_named(line):
    with pytest.raises(MarketDataError, match=r"spy\.csv, line 2"):
        parse_factors([LINES[0], line], "spy.csv")


@given(
    st.dictionaries(
        st.integers(0, 50),
        st.sampled_from([Decimal("0.5"), Decimal("0.9"), Decimal(1)]),
        min_size=1,
    ),
    st.integers(-3, 55),
)
def test_a_row_is_in_force_up_to_and_with_its_day(rows, offset):
    start = date(2024, 1, 1)
    lines = [f"{start + timedelta(days=n):%Y%m%d},{factor},1" for n, factor in rows.items()]
    on = start + timedelta(days=offset)
    slow = [rows[n] for n in sorted(rows) if start + timedelta(days=n) >= on]
    assert parse_factors(lines, "x").factor(on, Mode.ADJUSTED) == (slow[0] if slow else 1)


@pytest.mark.parametrize(
    ("close", "ratio", "cash"),
    [
        ("100", "0.995", "0.50"),
        ("45.095", "0.993", "0.32"),
        ("1", "0.995", "0.00"),
        ("3", "0.995", "0.02"),
    ],
)  # 45.095 × 0.007 = 0.315665; ties go to the even cent: 0.005 to 0.00, 0.015 to 0.02
def test_a_dividend_is_rounded_to_cents(close, ratio, cash):
    assert distribution(Decimal(close), Decimal(ratio)) == Decimal(cash)


@pytest.fixture
def source(tmp_path):
    folder = LeanFolder(tmp_path)
    folder.map_file("new", [("2010-01-04", "old"), ("2024-01-09", "old"), ("2024-01-19", "new")])
    folder.factor_file(
        "new",
        [
            line.split(",") and (f"{x[:4]}-{x[4:6]}-{x[6:8]}", *line.split(",")[1:])
            for line in LINES
            for x in [line.split(",")[0]]
        ],
    )
    return LeanDataFolder(folder.path)


def seen(source, first: str, last: str):
    symbol = source.resolve("NEW")
    days = source.trading_days(day(first), day(last))
    return [
        (f"{d:%m-%d}", event)
        for d in days
        for event in source.events(symbol, d, last_raw_price=33.0)
    ]


def test_events_of_a_month(source):
    events = seen(source, "2024-01-02", "2024-01-31")
    assert [(d, type(e).__name__) for d, e in events] == [
        ("01-08", "Dividend"),
        ("01-10", "SymbolChangedEvent"),
        ("01-16", "Split"),
        ("01-17", "Split"),
        ("01-19", "Delisting"),
        ("01-22", "Delisting"),
    ]
    dividend, renamed, warning, split, last_day, delisted = (e for _, e in events)
    assert isinstance(dividend, Dividend)
    assert (dividend.distribution, dividend.reference_price, dividend.time) == (
        0.5,
        100.0,
        datetime(2024, 1, 8),
    )
    assert isinstance(renamed, SymbolChangedEvent)
    assert (renamed.old_symbol, renamed.new_symbol) == ("OLD", "NEW")
    assert isinstance(split, Split)
    assert (warning.type, warning.split_factor, warning.reference_price) == (
        SplitType.WARNING,
        0.5,
        33.0,
    )
    assert (split.type, split.split_factor, split.reference_price) == (
        SplitType.SPLIT_OCCURRED,
        0.5,
        120.0,
    )
    assert (last_day.type, last_day.time, last_day.price) == (
        DelistingType.WARNING,
        datetime(2024, 1, 19),
        33.0,
    )
    assert (delisted.type, delisted.time) == (DelistingType.DELISTED, datetime(2024, 1, 20))


def test_a_reference_price_that_the_file_does_not_state_is_the_last_one_seen(tmp_path):
    folder = LeanFolder(tmp_path).map_file("spy")
    folder.factor_file(
        "spy", [("1998-01-02", 0.9, 1), ("2024-01-05", 0.9, 1), ("2050-12-31", 1, 1)]
    )
    source = LeanDataFolder(folder.path)
    [dividend] = source.events(source.resolve("SPY"), day("2024-01-08"), last_raw_price=20.0)
    assert (dividend.distribution, dividend.reference_price) == (2.0, 20.0)  # 20 - 20 × 0.9


def test_a_security_without_files_has_no_events(tmp_path):
    (tmp_path / "equity" / "usa").mkdir(parents=True)
    source = LeanDataFolder(tmp_path)
    assert source.events(source.resolve("SPY"), day("2024-01-08")) == []
