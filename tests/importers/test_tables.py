"""JSON and frames as tables; text and Parquet are in the tests of the source `table`."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from shortable.errors import ImportRefusedError
from shortable.importers import import_source
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
        (
            '{"code": 4, "message": "access forbidden"}',
            "0 lists of records that says 'access forbidden'",
        ),
        ("<html><body>404</body></html>", "a web page or an error in XML, not data"),
        ("\n<!DOCTYPE html>\n<p>x</p>", "a web page or an error in XML, not data"),
        ('<?xml version="1.0"?><Error/>', "a web page or an error in XML, not data"),
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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # A parser's block is 16 MiB: a line beyond it used to end in pyarrow's own error.
        (b"symbol,time,quantity\nGME,2021-04-23 09:30,5\n" + b"x" * (17 << 20), "line 3 is longer"),
        (
            b"symbol,time,quantity\n" + b"x" * ((1 << 20) + 1) + b"\n",
            "line 2 is longer than 1,048,576",
        ),
        (b"a" * (2 << 20), "line 1 is longer than 1,048,576"),
        (b"symbol,time," + b"q" * 200_000 + b"\nGME,2021-04-23,5\n", "cannot be read as cells"),
        (
            ",".join(f"c{i}" for i in range(40_000)).encode() + b"\n1\n",
            "the header has 40,000 columns",
        ),
    ],
    ids=["block", "line", "one line", "cell", "columns"],
)
def test_what_no_table_looks_like_is_refused_with_its_bound(
    text: bytes, message: str, tmp_path: Path
) -> None:
    for source, options in (("table", {"broker": "b"}), ("ibkr", {})):
        if source == "table" or message.startswith("line"):
            file = tmp_path / "odd.csv"
            head = (
                b""
                if source == "table"
                else b"#SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|\n"
            )
            file.write_bytes(head + text)
            with pytest.raises(ImportRefusedError, match=r"odd\.csv") as raised:
                import_source(source, file, data_folder=tmp_path / "d", **options)
            assert source == "ibkr" or message in str(raised.value)


def test_a_line_as_long_as_the_bound_is_read() -> None:
    line = b"GME,2021-04-23 09:30," + b" " * ((1 << 20) - 22) + b"5"
    table = open_table(b"symbol,time,quantity\n" + line + b"\n")
    assert (len(line), table.n_rows) == (1 << 20, 1)


def test_reading_many_columns_takes_time_in_proportion() -> None:
    """16,000 columns took 50 s when each name was looked for among all others; counted in comparisons, not seconds."""

    class Counted(str):
        compared = 0

        def __eq__(self, other: object) -> bool:
            Counted.compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    frame = pd.DataFrame([[1] * 2000])
    frame.columns = pd.Index([Counted(f"c{i}") for i in range(2000)], dtype=object)
    Counted.compared = 0
    assert len(open_table(frame).names) == 2000
    assert Counted.compared < 20 * 2000


def test_records_without_a_field_in_common_are_no_table() -> None:
    records = [{f"k{i}": i} for i in range(3000)]
    with pytest.raises(ImportRefusedError, match="3,000 records with 3,000 different fields"):
        open_table(json.dumps(records).encode())
    assert open_table(json.dumps(records[:100]).encode()).n_rows == 100


def test_a_row_with_a_line_end_in_a_quoted_cell_is_traced() -> None:
    table = open_table(b'symbol,note,n\nGME,"one\ntwo",1\nAMC,three,2\n')
    assert table.cells("note").to_pylist() == ["one\ntwo", "three"]
    assert [table.locate(row) for row in (0, 1)] == [(2, "GME,one\ntwo,1"), (4, "AMC,three,2")]
