"""What may become a snapshot, and what the digest tells apart."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shortable import Market
from shortable.errors import InvalidInputError, TimeError
from shortable.store import SnapshotRows, make_snapshot
from shortable.store.snapshots import digest

TWO = ["AAPL", "SPY"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"symbol": TWO, "quantity": [1, -5]}, ["quantity in row 1", "-5", "at least 0"]),
        (
            {"symbol": TWO, "quantity": [1.0, float("nan")]},
            ["quantity in row 1", "nan", "null (None), not NaN"],
        ),
        ({"symbol": TWO, "quantity": [2.5, 1.0]}, ["quantity in row 0", "2.5", "whole number"]),
        ({"symbol": TWO, "quantity": [1.0, float("inf")]}, ["quantity in row 1", "inf"]),
        ({"symbol": TWO, "quantity": [1.0, 2.0**63]}, ["quantity in row 1", "below 2**63"]),
        ({"symbol": TWO, "quantity": np.array([1, 2**63], dtype=np.uint64)}, ["quantity in row 1"]),
        ({"symbol": TWO, "quantity": ["1", "2"]}, ["quantity", "string", "numbers of shares"]),
        ({"symbol": TWO, "quantity": [True, False]}, ["quantity", "bool", "numbers of shares"]),
        ({"symbol": TWO, "fee_rate": [0.1, float("inf")]}, ["fee_rate in row 1", "inf", "finite"]),
        (
            {"symbol": TWO, "rebate_rate": [float("nan"), 0.1]},
            ["rebate_rate in row 0", "nan", "not NaN"],
        ),
        ({"symbol": TWO, "fee_rate": ["1", "2"]}, ["fee_rate", "numbers"]),
        ({"symbol": ["SPY", "AAPL", "SPY"]}, ["SPY (USD)", "rows 0 and 2", "once"]),
        ({"symbol": ["SPY", "SPY"], "currency": ["USD", "USD"]}, ["SPY (USD)", "rows 0 and 1"]),
        ({"symbol": ["SPY", "spy"]}, ["symbol in row 1", "'spy'", "canonical"]),
        ({"symbol": ["SPY", "BRK B"]}, ["symbol in row 1", "'BRK B'", "canonical"]),
        ({"symbol": ["SPY", ""]}, ["symbol in row 1", "''"]),
        ({"symbol": ["SPY", None]}, ["symbol in row 1", "None"]),
        ({"symbol": ["SPY\n", "A"]}, ["symbol in row 0"]),
        ({"symbol": [1, 2]}, ["symbol", "int64", "text", "NA, TRUE and CON"]),
        ({"symbol": TWO, "currency": ["USD", "usd"]}, ["currency in row 1", "'usd'", "ISO 4217"]),
        ({"symbol": TWO, "currency": ["USD", None]}, ["currency in row 1", "None"]),
        (
            {"symbol": TWO, "quantity_is_floor": [True, None]},
            ["quantity_is_floor", "True or False"],
        ),
        ({"symbol": TWO, "quantity_is_floor": [1, 0]}, ["quantity_is_floor", "True or False"]),
        ({"symbol": TWO, "quantity": [1]}, ["table", "one length"]),
        ({"symbol": TWO, "quantity": [1, "x"]}, ["quantity", "one type"]),
        ({"symbol": TWO, "shares": [1, 2]}, ["table", "shares"]),
        ({"quantity": [1, 2]}, ["table", "'symbol'"]),
    ],
)
def test_bad_columns_are_refused_and_the_message_names_the_row(
    columns: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        make_snapshot(0, columns, complete=True)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize("as_of", [1.5, "2024-01-02", None, True, 10**18, -(10**18)])
def test_an_instant_is_whole_microseconds(as_of: Any) -> None:
    with pytest.raises(TimeError, match="as_of"):
        make_snapshot(as_of, {"symbol": ["SPY"]}, complete=True)


def test_rows_are_sorted_and_defaults_are_the_markets() -> None:
    made = make_snapshot(
        0, {"symbol": ["700", "1"], "quantity": [3.0, None]}, complete=False, market=Market.HKEX
    )
    assert made.table.to_pydict() == {
        "symbol": ["1", "700"],
        "currency": ["HKD", "HKD"],
        "quantity": [None, 3],
        "quantity_is_floor": [False, False],
        "fee_rate": [None, None],
        "rebate_rate": [None, None],
    }


def test_a_market_is_given_by_its_name_too() -> None:
    made = make_snapshot(0, {"symbol": ["700"], "quantity": [5]}, complete=True, market="hkex")
    assert made.table.column("currency").to_pylist() == ["HKD"]


@pytest.mark.parametrize(
    "quantity",
    [
        [7, None],
        np.array([7, 8], dtype=np.int32)[[0, 0]],
        pd.array([7, None], dtype="Int64"),
        pd.Series([7, None], dtype="Int64"),
        pa.chunked_array([[7], [None]]),
        pa.array([7, None], pa.decimal128(5, 0)).cast(pa.int16()),
    ],
)
def test_quantities_come_in_many_types(quantity: Any) -> None:
    made = make_snapshot(0, {"symbol": ["A", "B"], "quantity": quantity}, complete=True)
    assert made.table.column("quantity").type == pa.int64()
    assert made.table.column("quantity")[0].as_py() == 7


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())]
)
def test_tickers_that_look_like_other_things_stay_text(kind: pa.DataType) -> None:
    odd = ["CON", "FALSE", "INF", "NA", "NAN", "NULL", "TRUE"]
    made = make_snapshot(0, pa.table({"symbol": pa.array(odd).cast(kind)}), complete=True)
    assert made.table.column("symbol").to_pylist() == odd


def test_a_decimal_is_no_count_of_shares() -> None:
    with pytest.raises(InvalidInputError, match="quantity"):
        make_snapshot(0, {"symbol": ["A"], "quantity": [Decimal("1.0")]}, complete=True)


def test_the_digest_is_of_the_statement_and_not_of_its_form() -> None:
    def mark(columns: dict[str, Any], as_of: int = 0) -> bytes:
        return digest(make_snapshot(as_of, columns, complete=True).table)

    said = mark({"symbol": TWO, "quantity": [1, 2], "fee_rate": [0.0, None]})
    same = mark(
        {
            "symbol": TWO[::-1],
            "quantity": [2.0, 1.0],
            "fee_rate": [None, -0.0],
            "currency": ["USD"] * 2,
        },
        5,
    )
    assert same == said
    others = [
        {"symbol": TWO, "quantity": [1, 3], "fee_rate": [0.0, None]},
        {"symbol": TWO, "quantity": [1, None], "fee_rate": [0.0, None]},
        {"symbol": TWO, "quantity": [1, 2], "fee_rate": [0.0, 0.0]},
        {"symbol": TWO, "quantity": [1, 2], "rebate_rate": [0.0, None]},
        {
            "symbol": TWO,
            "quantity": [1, 2],
            "fee_rate": [0.0, None],
            "quantity_is_floor": [True, False],
        },
        {"symbol": TWO, "quantity": [1, 2], "fee_rate": [0.0, None], "currency": ["USD", "EUR"]},
        {"symbol": ["AAP", "LSPY"], "quantity": [1, 2], "fee_rate": [0.0, None]},
        {"symbol": ["AAPL"], "quantity": [1], "fee_rate": [0.0]},
    ]
    marks = {mark(columns) for columns in others}
    assert len(marks) == len(others)
    assert said not in marks


def test_the_digest_does_not_change_between_releases() -> None:
    # The rule: rows, newline, tickers, currencies, then column by column little-endian: quantity int64, floor one
    # byte, fee and rebate float64. 300 is 0x012C; 0.25 is 0x3FD0 and zeros; a rate not stated is NaN, 0x7FF8 and zeros.
    by_hand = b"1\nSPYUSD\x2c\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\xd0\x3f\0\0\0\0\0\0\xf8\x7f"
    made = make_snapshot(
        0, {"symbol": ["SPY"], "quantity": [300], "fee_rate": [0.25]}, complete=True
    )
    assert digest(made.table) == hashlib.sha256(by_hand).digest()


def test_a_hand_made_snapshot_is_refused_unless_it_is_in_order() -> None:
    made = make_snapshot(0, {"symbol": TWO}, complete=True)
    with pytest.raises(InvalidInputError, match="make_snapshot"):
        SnapshotRows(0, True, made.table.take([1, 0]))
    with pytest.raises(InvalidInputError, match="make_snapshot"):
        SnapshotRows(0, True, made.table.drop_columns("quantity"))
    with pytest.raises(TimeError):
        replace(made, as_of="now")
    assert replace(made, as_of=5).rows == 2
