"""Numbers as people write them: every sign that may stand in a cell, and which sign is the decimal one."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.importers import numbers


@pytest.mark.parametrize(
    ("text", "decimal", "shares", "floor"),
    [
        ("1,200,000", ".", 1_200_000, False),
        ("1.200.000", ",", 1_200_000, False),
        ("1.200", ",", 1_200, False),
        ("1'200'000", ".", 1_200_000, False),
        ("1 200 000", ".", 1_200_000, False),
        ("1\u00a0200\u202f000", ".", 1_200_000, False),
        ("2.5M", ".", 2_500_000, False),
        ("2,5 M", ",", 2_500_000, False),
        ("1.2K", ".", 1_200, False),
        (".5k", ".", 500, False),
        ("3bn", ".", 3_000_000_000, False),
        ("10MM", ".", 10_000_000, False),
        (">10M", ".", 10_000_000, True),
        (">= 10,000,000", ".", 10_000_000, True),
        ("≥500", ".", 500, True),
        ("10,000,000+", ".", 10_000_000, True),
        ("5.000", ".", 5, False),
        ("1e6", ".", 1_000_000, False),
        ("\uff11\uff12\uff0c\uff13\uff14\uff15", ".", 12_345, False),  # full-width 12,345
        ("0", ",", 0, False),
    ],
)
def test_a_cell_that_is_a_number_of_shares(
    text: str, decimal: numbers.DecimalSign, shares: int, floor: bool
) -> None:
    read = numbers.read_quantities(pa.array([text, "7"]), decimal)
    assert (read.shares.tolist(), read.floor.tolist(), read.bad) == (
        [shares, 7],
        [floor, False],
        {},
    )


@pytest.mark.parametrize(
    ("text", "decimal", "reason"),
    [
        ("1.5", ".", "quantity 1.5 is not a whole number of shares"),
        ("1,5", ",", "quantity 1,5 is not a whole number of shares"),
        ("1.2345K", ".", "quantity 1.2345K is not a whole number of shares"),
        ("12,34", ".", "quantity '12,34' is not a number of shares"),
        ("1,2345", ".", "quantity '1,2345' is not a number of shares"),
        ("1,200.5.0", ".", "is not a number of shares"),
        ("−5", ".", "quantity −5 is negative"),
        ("0.59%", ".", "quantity '0.59%' is a percentage, not a number of shares"),
        ("<100", ".", "quantity '<100' is not a number of shares"),
        ("~1000", ".", "is not a number of shares"),
        ("1_000", ".", "is not a number of shares"),
        ("--", ".", "quantity '--' states no quantity"),
        ("–", ".", "quantity '–' states no quantity"),
        ("n/a", ".", "quantity 'n/a' states no quantity"),
        ("", ".", "quantity is missing"),
        ("9999999999B", ".", "is more shares than can be stored"),
        ("1e999", ".", "is more shares than can be stored"),
    ],
)
def test_a_cell_that_is_none(text: str, decimal: numbers.DecimalSign, reason: str) -> None:
    read = numbers.read_quantities(pa.array(["7", text]), decimal)
    assert list(read.bad) == [1]
    assert reason in read.bad[1]
    assert read.array().to_pylist() == [7, None]


@pytest.mark.parametrize(
    ("shares", "rates", "sign"),
    [
        (["100", "5000"], [], "."),
        (["1,200"], [], "."),  # shares are whole, so the comma is one of thousands
        (["1,200"], ["0.25"], "."),
        (["1.200.000"], [], ","),
        (["1.200"], ["0,25"], ","),
        (["1.200,00"], [], ","),
        (["1,200.00"], [], "."),
        ([], ["1.250"], "."),  # rates are written with a point unless something says otherwise
        ([], ["1,250", "0,5"], ","),
        (["0.250"], [], "."),
        (["2,5M"], [], ","),
        (["1 200"], [], "."),
    ],
)
def test_the_decimal_sign_is_settled_by_the_cells_that_leave_no_doubt(
    shares: list[str], rates: list[str], sign: str
) -> None:
    quantities = pa.array(shares, pa.string())
    assert numbers.find_decimal(quantities, [pa.array(rates, pa.string())]) == (sign, "")


@pytest.mark.parametrize(
    ("shares", "rates", "why"),
    [
        (["1.200"], [], "'1.200' may be 1200 or 1.2"),
        ([], ["1,250"], "'1,250' may be 1250 or 1.25"),
        (["0,5"], ["0.5"], "'0.5' and '0,5' contradict each other"),
    ],
)
def test_a_decimal_sign_that_is_open_is_no_guess(
    shares: list[str], rates: list[str], why: str
) -> None:
    quantities = pa.array(shares, pa.string())
    assert numbers.find_decimal(quantities, [pa.array(rates, pa.string())]) == (None, why)


@given(
    shares=st.integers(0, 10**15), comma=st.booleans(), floor=st.booleans(), spaced=st.booleans()
)
def test_every_way_of_grouping_thousands_reads_the_same(
    shares: int, comma: bool, floor: bool, spaced: bool
) -> None:
    thousands = "," if comma else "."
    text = f"{shares:,}".replace(",", " " if spaced else thousands)
    read = numbers.read_quantities(pa.array([">" * floor + text]), "." if comma else ",")
    assert (read.shares.tolist(), read.floor.tolist()) == ([shares], [floor])


@given(st.integers(-(10**9), 10**9), st.sampled_from([",", "."]))
def test_a_rate_in_percent_is_the_fraction_nearest_to_it(
    ten_thousandths: int, decimal: numbers.DecimalSign
) -> None:
    # 185,000 ten-thousandths of a percent are 18.5000 %, which is 0.185.
    text = f"{ten_thousandths / 10_000:.4f} %".replace(".", decimal)
    read = numbers.read_rates(pa.array([text]), decimal, name="fee")
    assert read.stated == {"percent"}
    assert read.as_fractions(None).values.tolist() == [ten_thousandths / 1_000_000]


def test_units_of_cells_and_of_the_column() -> None:
    read = numbers.read_rates(
        pa.array(["18.5%", "59 bp", "0.25", "0", "N/A", "1.5 pct", "x"]), ".", name="fee"
    )
    assert read.stated == {"percent", "bps"}
    # Only 0.25 states no unit and needs one.
    assert read.needs_unit().tolist() == [False, False, True, False, False, False, False]
    values = read.as_fractions("percent").values.tolist()
    assert values[:4] == [0.185, 0.0059, 0.0025, 0.0]
    assert math.isnan(values[4])
    assert values[5] == 0.015
    assert read.bad == {6: "fee 'x' is not a number"}


@pytest.mark.parametrize("text", ["5K", ">5", "1e999", "0x1", "1_0", "inf", "--5"])
def test_texts_that_are_no_rate(text: str) -> None:
    assert list(numbers.read_rates(pa.array([text]), ".", name="fee").bad) == [0]
