"""Cells of text at the edges of what can be read."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from shortable.importers import values
from shortable.importers.delimited import read_delimited
from shortable.symbol import Market


@pytest.mark.parametrize(
    ("text", "shares", "floor"),
    [
        ("0", 0, False),
        ("007", 7, False),
        ("5.0", 5, False),
        ("5.", 5, False),
        (" 5 ", 5, False),
        ("+5", 5, False),
        (">5", 5, True),
        ("> 5", 5, True),
        (">0", 0, True),
        ("9" * 18, 10**18 - 1, False),
    ],
)
def test_texts_that_are_quantities(text: str, shares: int, floor: bool) -> None:
    read = values.quantities(pa.array([text, "1"]))
    assert (read.shares.tolist(), read.floor.tolist(), read.bad) == (
        [shares, 1],
        [floor, False],
        {},
    )
    assert read.array().to_pylist() == [shares, 1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (">>5", "is not a number of shares"),
        (">", "is not a number of shares"),
        (">-5", "is not a number of shares"),
        ("5>", "is not a number of shares"),
        ("1_000", "is not a number of shares"),
        ("0x10", "is not a number of shares"),
        ("١٢", "is not a number of shares"),
        ("\uff11\uff12", "is not a number of shares"),  # full-width 12
        ("1e3x", "is not a number of shares"),
        ("5.01", "is not a whole number of shares"),
        ("1e-3", "is not a whole number of shares"),
        ("-0.5", "is negative"),
        ("1" + "0" * 18, "is more shares than can be stored"),
        ("NULL", "states no quantity"),
        ("", "is empty"),
    ],
)
def test_texts_that_are_none(text: str, reason: str) -> None:
    read = values.quantities(pa.array(["1", text]))
    assert list(read.bad) == [1]
    assert read.bad[1].endswith(reason)
    assert read.array().to_pylist() == [1, None]


def test_an_empty_quantity_may_be_not_stated() -> None:
    read = values.quantities(pa.array(["", " ", "3"]), empty=None)
    assert read.array().to_pylist() == [None, None, 3]
    assert read.bad == {}


def test_rates_at_the_edges() -> None:
    texts = [
        "0",
        "-0.0001",
        " 1.5 ",
        "+2",
        ".5",
        "5.",
        "1e1",
        "NA",
        "",
        "n/a",
        "nan",
        "1e999",
        "1_0",
        "0x1",
        "1,5",
        "inf",
    ]
    read = values.rates(pa.array(texts), name="FEERATE", per_unit=100)
    found = [None if math.isnan(v) else v for v in read.values.tolist()]
    # Percent to fractions; missing and unreadable ones are null.
    assert found == [
        0.0,
        -0.000001,
        0.015,
        0.02,
        0.005,
        0.05,
        0.1,
        None,
        None,
        None,
        None,
        None,
        None,
        None,
        None,
        None,
    ]
    assert sorted(read.bad) == [11, 12, 13, 14, 15]
    assert read.bad[11] == "FEERATE '1e999' is not finite"
    assert read.bad[15] == "FEERATE 'inf' is not a number"


def test_a_rate_of_many_digits_is_divided_as_it_is() -> None:
    read = values.rates(pa.array(["0.1234567891", "123456789012.5"]), name="FEERATE", per_unit=100)
    assert read.values.tolist() == [0.1234567891 / 100, 123456789012.5 / 100]


@pytest.mark.parametrize(
    "cells",
    [
        ["0.25", "NA", "", "-5.8577"],
        ["nan", "1"],
        ["1", "-inf"],
        ["1e400", "1"],
        [" 1.5 ", "2"],
        ["NA ", "n/a"],
        ["+.5", "1e-3"],
        ["1,5", "x"],
        ["0x10", "1_000"],
    ],
)
def test_rates_that_the_reader_took_as_numbers_are_those_of_the_text(cells: list[str]) -> None:
    body = "".join(f"A|{cell}|\n" for cell in cells).encode()

    def read(numbers: list[str]) -> values.Rates:
        text = read_delimited(
            body,
            ["symbol", "fee", "end"],
            ["fee"],
            delimiter="|",
            first_line=1,
            quoted=False,
            numbers=numbers,
        )
        return values.rates(text.table["fee"].combine_chunks(), name="fee", per_unit=100)

    as_text, as_numbers = read([]), read(["fee"])
    assert as_numbers.bad == as_text.bad
    assert as_numbers.values.tobytes() == as_text.values.tobytes()


def test_the_longest_ticker() -> None:
    read = values.tickers(pa.array(["A" * 32, "A" * 33, "a" * 32, "7203", "0", "A B"]), Market.USA)
    assert read.values.to_pylist() == ["A" * 32, None, "A" * 32, "7203", "0", "A.B"]
    assert list(read.bad) == [1]


def test_currencies() -> None:
    read = values.currencies(pa.array(["USD", "usd", " cad ", "US", "", "€", "DOLLAR"]))
    assert read.values.to_pylist() == ["USD", "USD", "CAD", None, None, None, None]
    assert list(read.bad) == [3, 4, 5, 6]
