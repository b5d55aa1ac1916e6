"""The tables' types: the same with rows and without, and for what other hosts give."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import results
from shortable.desk import BorrowCost, Refusal, RefusalKind
from shortable.results.schema import TABLES, conform, empty, of_records, of_tuples
from shortable.symbol import Symbol


@pytest.mark.parametrize(("table", "record"), [("refusals", Refusal), ("borrow_costs", BorrowCost)])
def test_the_columns_are_the_desks_fields(table: str, record: Any) -> None:
    assert TABLES[table].names == [field.name for field in fields(record)]


def refusal(**values: Any) -> Refusal:
    given: dict[str, Any] = {
        "order_id": 1,
        "time": datetime(2024, 1, 2, 16),
        "symbol": Symbol.create("GME"),
        "kind": RefusalKind.SUBMISSION,
        "requested": -100,
        "allowed": 0,
        "held": 0,
        "open_sells": 0,
        "available": 50,
        "has_data": True,
        "error_code": -31,
        "tag": "why",
    }
    return Refusal(**given | values)


def test_whole_shares_are_integers_and_fractions_floats() -> None:
    whole = of_records("refusals", [refusal(requested=-100.0)])
    assert (whole["requested"].dtype, whole["requested"][0]) == (np.int64, -100)
    assert of_records("refusals", [refusal(requested=-0.5)])["requested"].tolist() == [-0.5]
    large = 2**53 + 1  # not a float64
    assert of_records("refusals", [refusal(requested=large)])["requested"].tolist() == [large]


def test_orders_are_numbered_or_named() -> None:
    assert of_records("refusals", [refusal(order_id=7)])["order_id"].dtype == np.int64
    named = of_records("refusals", [refusal(order_id="a1"), refusal(order_id=2)])
    assert named["order_id"].tolist() == ["a1", "2"]


def test_availability_that_is_not_known_is_na() -> None:
    table = of_records("refusals", [refusal(available=None), refusal(available=0)])
    assert table["available"].isna().tolist() == [True, False]


@pytest.mark.parametrize("name", TABLES)
def test_conforming_changes_nothing_of_a_table_that_conforms(name: str) -> None:
    pd.testing.assert_frame_equal(conform(name, empty(name)), empty(name))


def test_conforming_fills_what_is_missing_and_drops_what_is_more() -> None:
    table = conform("equity", pd.DataFrame({"date": ["2024-01-02"], "equity": [5], "more": "x"}))
    assert (table.index.name, table.columns.tolist()) == ("date", ["equity", "cash", "holdings"])
    assert table["equity"].tolist() == [5.0]
    assert table["cash"].isna().all()


def test_text_that_is_no_symbol_stays_text() -> None:
    table = of_tuples("checks_without_data", [(datetime(2024, 1, 2), "no symbol?")])
    assert table["symbol"].tolist() == ["no symbol?"]


@given(st.lists(st.tuples(st.integers(-(2**62), 2**62), st.booleans())))
def test_types_do_not_depend_on_the_rows(rows: list[tuple[int, bool]]) -> None:
    table = of_records("refusals", [refusal(requested=n, has_data=flag) for n, flag in rows])
    assert table.dtypes.to_dict() == empty("refusals").dtypes.to_dict()
    assert table["requested"].tolist() == [n for n, _ in rows]


def test_every_column_says_what_it_holds() -> None:
    for table in TABLES.values():
        assert table.meaning
        assert all(column.meaning for column in table.columns)


def test_the_readme_has_every_column_and_its_meaning() -> None:
    readme = (Path(results.__file__).parent / "README.md").read_text(encoding="utf-8")
    for table in TABLES.values():
        section = readme.partition(f"## `{table.name}`\n")[2].partition("\n## ")[0]
        assert table.meaning in section
        rows = [line.strip("| ").split(" | ") for line in section.splitlines() if "`" in line]
        found = [
            (cells[0].partition(" ")[0].strip("`"), cells[2]) for cells in rows if len(cells) == 3
        ]
        assert found == [(column.name, column.meaning) for column in table.columns]
