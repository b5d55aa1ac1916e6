"""JSON and frames as tables; text and Parquet are in the tests of the source `table`."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from shortable.errors import ImportRefusedError
from shortable.importers.tables import open_table

RECORDS = [{"symbol": "NA", "n": 1.50, "ok": True}, {"symbol": "GME", "n": 100000000000000000}]


@pytest.mark.parametrize(
    "document",
    [
        json.dumps(RECORDS),
        json.dumps({"status": "ok", "count": 2, "data": RECORDS}),
        "\n".join(json.dumps(record) for record in RECORDS) + "\n",
        "\ufeff " + json.dumps(RECORDS, indent=2),
    ],
)
def test_json_records_keep_their_numbers_as_written(document: str) -> None:
    table = open_table(document.encode())
    assert table.names == ["symbol", "n", "ok"]
    assert table.cells("symbol").to_pylist() == ["NA", "GME"]
    assert table.cells("n").to_pylist() == ["1.5", "100000000000000000"]
    assert table.cells("ok").to_pylist() == ["true", ""]
    assert table.locate(1) == (2, "GME|100000000000000000|")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("[", "not readable JSON"),
        ("[1, 2]", "JSON that holds something else than records"),
        ('{"a": 1}', "JSON with 0 lists of records"),
        (json.dumps({"a": RECORDS, "b": RECORDS}), "JSON with 2 lists of records"),
        ("[]", "the table holds no rows"),
        ("[" * 100_000, "not readable JSON"),
    ],
)
def test_json_that_is_no_table_is_refused(document: str, message: str) -> None:
    with pytest.raises(ImportRefusedError, match=message):
        open_table(document.encode())


def test_an_index_of_times_or_symbols_is_a_column_and_one_of_row_numbers_is_none() -> None:
    frame = pd.DataFrame({"quantity": [1]})
    assert open_table(frame).names == ["quantity"]
    assert open_table(frame.set_index(pd.Index(["GME"]))).names == ["index", "quantity"]
    assert open_table(frame.set_index(pd.DatetimeIndex(["2021-04-23"], name="time"))).names == [
        "time",
        "quantity",
    ]


def test_text_of_a_spreadsheet_in_utf_16() -> None:
    table = open_table("symbol\tquantity\nGME\t5\n".encode("utf-16"))
    assert (table.names, table.cells("quantity").to_pylist()) == (["symbol", "quantity"], ["5"])
