"""Plain tables: CSV, Parquet and DataFrames, with nothing guessed."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shortable.clock import to_instant
from shortable.errors import ImportRefusedError, InvalidInputError, SnapshotConflictError, TimeError
from shortable.importers import import_source
from shortable.importers.sources import table as table_source

DAY = "2021-04-23"


def parse_table(given: Any, **options: Any) -> Any:
    """Parse a table whose dates, where it has some, are of lists published before the day begins."""
    return table_source.parse_table(given, **{"start_of_day": True} | options)


def stored(parsed: Any) -> list[tuple[Any, ...]]:
    """Return (market, UTC time, symbol, currency, quantity) of every row."""
    return [
        (
            market.value,
            datetime.fromtimestamp(s.as_of / 1e6, UTC).strftime("%Y-%m-%d %H:%M"),
            r["symbol"],
            r["currency"],
            r["quantity"],
        )
        for market, s in parsed.snapshots
        for r in s.table.to_pylist()
    ]


def symbols(parsed: Any) -> list[str]:
    return [r["symbol"] for _, s in parsed.snapshots for r in s.table.to_pylist()]


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_a_csv_is_read_by_the_names_that_people_use() -> None:
    text = b"Ticker,Date,Shares Available,fee_rate,rebate_rate,Note\nGME,2021-04-23,350000,0.0025,-0.001,x\nAMC,2021-04-23,>10000000,,,\n"
    parsed = parse_table(text)
    ((market, snapshot),) = parsed.snapshots
    assert market.value == "usa"
    # A date alone counts from its midnight in New York: 04:00 UTC in summer (S2).
    assert snapshot.as_of == to_instant(datetime(2021, 4, 23, 4, tzinfo=UTC))
    assert snapshot.table.to_pylist() == [
        {
            "symbol": "AMC",
            "currency": "USD",
            "quantity": 10_000_000,
            "quantity_is_floor": True,
            "fee_rate": None,
            "rebate_rate": None,
        },
        {
            "symbol": "GME",
            "currency": "USD",
            "quantity": 350_000,
            "quantity_is_floor": False,
            "fee_rate": 0.0025,
            "rebate_rate": -0.001,
        },
    ]
    assert (parsed.rows_read, parsed.rejects) == (2, [])


def test_a_snapshot_is_partial_unless_the_caller_says_complete() -> None:
    text = b"symbol,time,quantity\nGME,2021-04-23,1\n"
    assert not parse_table(text).snapshots[0][1].complete
    assert parse_table(text, complete=True).snapshots[0][1].complete


@pytest.mark.parametrize(
    ("unit", "fee", "rebate"), [("fraction", 0.25, -5.8577), ("percent", 0.0025, -0.058577)]
)
def test_the_unit_of_rates(unit: Any, fee: float, rebate: float) -> None:
    as_text = b"symbol,time,quantity,fee_rate,rebate_rate\nGME,2021-04-23,1,0.25,-5.8577\n"
    as_numbers = frame(
        symbol=["GME"], time=[DAY], quantity=[1], fee_rate=[0.25], rebate_rate=[-5.8577]
    )
    for source in (as_text, as_numbers):
        (only,) = parse_table(source, rates=unit).snapshots[0][1].table.to_pylist()
        assert (only["fee_rate"], only["rebate_rate"]) == (fee, rebate)
    with pytest.raises(
        InvalidInputError, match="rates='bp' must be 'fraction', 'percent' or 'bps'"
    ):
        parse_table(as_text, rates="bp")  # type: ignore[arg-type]


ODD = ["NA", "NAN", "TRUE", "INF", "ON", "E", "CON", "PRN", "AUX", "NULL", "NONE", "FALSE", "1E5"]


@pytest.mark.parametrize("form", ["csv", "parquet", "frame", "object frame", "categories", "arrow"])
def test_tickers_that_look_like_something_else(form: str) -> None:
    table = frame(symbol=ODD, time=DAY, quantity=1)
    file = io.BytesIO()
    table.to_parquet(file)
    source = {
        "csv": table.to_csv(index=False).encode(),
        "parquet": file.getvalue(),
        "frame": table,
        "object frame": table.astype({"symbol": object}),
        "categories": table.astype({"symbol": "category"}),
        "arrow": pa.Table.from_pandas(table),
    }[form]
    assert symbols(parse_table(source)) == sorted(ODD)


def test_what_pandas_guessed_is_rejected_with_a_hint() -> None:
    text = "symbol,time,quantity\nGME,2021-04-23,1\nNA,2021-04-23,2\n"
    guessed = pd.read_csv(io.StringIO(text))
    parsed = parse_table(guessed)
    assert [(r.line, r.reason) for r in parsed.rejects] == [
        (
            2,
            "the symbol is missing; read tickers as text with NA detection off, for NA and NAN are tickers",
        )
    ]
    mixed = frame(symbol=["GME", True, 1.5, None], time=DAY, quantity=1)
    assert [(r.line, r.reason.split(",")[0]) for r in parse_table(mixed).rejects] == [
        (2, "symbol True is a bool"),
        (3, "symbol 1.5 is a float"),
        (4, "the symbol is missing; read tickers as text with NA detection off"),
    ]
    with pytest.raises(ImportRefusedError, match="column 'symbol' holds bool, not symbols"):
        parse_table(frame(symbol=[True], time=DAY, quantity=1))
    with pytest.raises(ImportRefusedError, match="column 'symbol' holds double, not symbols"):
        parse_table(frame(symbol=[700.0], time=DAY, quantity=1))


def test_every_vendors_spelling_and_the_markets_they_say() -> None:
    spelled = ["TSLA.US", "US.AAPL", "brk b", "BRK/A", "HK.00700", "9988.HK", "RY.CA"]
    parsed = parse_table(frame(symbol=spelled, time=DAY, quantity=range(7)))
    # Midnight of each market: 04:00 UTC in New York and Toronto (summer), 16:00 UTC the day before in Hong Kong.
    assert sorted(stored(parsed)) == [
        ("canada", "2021-04-23 04:00", "RY", "CAD", 6),
        ("hkex", "2021-04-22 16:00", "700", "HKD", 4),
        ("hkex", "2021-04-22 16:00", "9988", "HKD", 5),
        ("usa", "2021-04-23 04:00", "AAPL", "USD", 1),
        ("usa", "2021-04-23 04:00", "BRK.A", "USD", 3),
        ("usa", "2021-04-23 04:00", "BRK.B", "USD", 2),
        ("usa", "2021-04-23 04:00", "TSLA", "USD", 0),
    ]


def test_a_market_that_is_given_holds_for_all_rows() -> None:
    parsed = parse_table(
        frame(symbol=["RY", "RY.CA", "TSLA.US"], time=DAY, quantity=1), market="canada"
    )
    assert [(r.line, r.reason) for r in parsed.rejects] == [
        (2, "duplicate of line 1: RY.CA at the same time"),
        (3, "market='canada' must agree with the spelling 'TSLA.US', which says 'usa'"),
    ]


def test_market_and_currency_columns() -> None:
    table = frame(
        symbol=["A", "A", "A", "A"],
        time=DAY,
        quantity=[1, 2, 3, 4],
        market=["usa", "canada", "", "mars"],
        currency=["", "usd", "EUR", ""],
    )
    parsed = parse_table(table)
    assert sorted(stored(parsed)) == [
        ("canada", "2021-04-23 04:00", "A", "USD", 2),
        ("usa", "2021-04-23 04:00", "A", "EUR", 3),
        ("usa", "2021-04-23 04:00", "A", "USD", 1),
    ]
    assert [r.line for r in parsed.rejects] == [4]
    assert "market='mars' must be one of usa" in parsed.rejects[0].reason


@pytest.mark.parametrize(
    ("quantity", "reason"),
    [
        (-1, "quantity -1 is negative"),
        (2.5, "quantity 2.5 is not a whole number of shares"),
        (float("nan"), "quantity is missing"),
        (float("inf"), "quantity 'inf' is not a number of shares"),
        (None, "quantity is missing"),
        (2e18, "quantity 2e+18 is more shares than can be stored"),
        (2 * 10**18, "quantity 2000000000000000000 is more shares than can be stored"),
        ("-1", "quantity -1 is negative"),
        ("2.5", "quantity 2.5 is not a whole number of shares"),
        ("nan", "quantity 'nan' states no quantity"),
        ("", "quantity is missing"),
        ("1,0,0", "quantity '1,0,0' is not a number of shares"),
        (True, "quantity 'true' is not a number of shares"),
        (Decimal("1.5"), "quantity 1.5 is not a whole number of shares"),
    ],
)
def test_a_quantity_that_is_none_is_rejected(quantity: Any, reason: str) -> None:
    # One column of one type, as a table has it; the good row is another table's.
    table = frame(symbol=["BAD"], time=[DAY], quantity=[quantity])
    with pytest.raises(ImportRefusedError, match="no row can be used; line 1: ") as refused:
        parse_table(table)
    assert str(refused.value).endswith(reason)
    parsed = parse_table(
        frame(symbol=["BAD", "GOOD"], time=DAY, quantity=pd.Series([quantity, "5"], dtype=object))
    )
    assert symbols(parsed) == ["GOOD"]
    assert [r.line for r in parsed.rejects] == [1]


@pytest.mark.parametrize(
    "dtype", ["int64", "Int64", "uint8", "float64", "Float32", "object", "string", "int64[pyarrow]"]
)
def test_whole_numbers_of_any_type_are_quantities(dtype: str) -> None:
    table = frame(symbol=["A", "B"], time=DAY, quantity=pd.array([0, 200], dtype=dtype))
    assert [row[-1] for row in stored(parse_table(table))] == [0, 200]


@pytest.mark.parametrize(
    ("values", "expected", "bad"),
    [
        ([True, False, True], [True, False, True], []),
        (["yes", "No", ""], [True, False, False], []),
        ([1, 0, 2], [True, False], [3]),
        ([1.0, 0.0, None], [True, False, False], []),
        (["T", "perhaps", "f"], [True, False], [2]),
    ],
)
def test_a_column_of_floors(values: list[Any], expected: list[bool], bad: list[int]) -> None:
    parsed = parse_table(
        frame(symbol=["A", "B", "C"], time=DAY, quantity=1, quantity_is_floor=values)
    )
    assert parsed.snapshots[0][1].table["quantity_is_floor"].to_pylist() == expected
    assert [r.line for r in parsed.rejects] == bad


def test_rates_that_are_missing_and_rates_that_are_none() -> None:
    table = frame(symbol=list("ABCD"), time=DAY, quantity=1, fee_rate=[0.1, np.nan, np.inf, 12.5])
    parsed = parse_table(table)
    assert parsed.snapshots[0][1].table["fee_rate"].to_pylist() == [0.1, None, 12.5]
    assert [(r.line, r.reason) for r in parsed.rejects] == [(3, "fee_rate inf is not finite")]
    text = (
        b"symbol,time,quantity,fee_rate\nA,2021-04-23,1,NA\nB,2021-04-23,1,\nC,2021-04-23,1,low\n"
    )
    parsed = parse_table(text)
    assert parsed.snapshots[0][1].table["fee_rate"].to_pylist() == [None, None]
    assert [(r.line, r.text, r.reason) for r in parsed.rejects] == [
        (4, "C,2021-04-23,1,low", "fee_rate 'low' is not a number")
    ]


@pytest.mark.parametrize(
    ("time", "zone", "utc"),
    [
        ("2021-04-23 19:00:02", None, "2021-04-23 23:00"),
        ("2021-04-23T19:00:02+02:00", None, "2021-04-23 17:00"),
        ("2021-04-23 19:00", "UTC", "2021-04-23 19:00"),
        (
            "2021-04-23",
            "UTC",
            "2021-04-23 04:00",
        ),  # a date alone is the market's midnight, whatever the zone
        ("20210423", None, "2021-04-23 04:00"),
        (20210423, None, "2021-04-23 04:00"),
        (date(2021, 4, 23), None, "2021-04-23 04:00"),
        (datetime(2021, 4, 23, 19), None, "2021-04-23 23:00"),
        (datetime(2021, 4, 23, 19, tzinfo=UTC), "Asia/Tokyo", "2021-04-23 19:00"),
        (pd.Timestamp("2021-04-23 19:00:00.123456789"), None, "2021-04-23 23:00"),
        (datetime(2021, 11, 7, 1, 30), None, "2021-11-07 06:30"),  # repeated: the second one, UTC−5
        ("2021-03-14 02:30", "America/Phoenix", "2021-03-14 09:30"),  # no summer time there
    ],
)
def test_times(time: Any, zone: str | None, utc: str) -> None:
    for source in (
        frame(symbol=["A"], time=[time], quantity=[1]),
        frame(symbol=["A"], time=pd.Series([time], dtype=object), quantity=1),
    ):
        assert [row[1] for row in stored(parse_table(source, time_zone=zone))] == [utc]
    assert [
        row[1]
        for row in stored(
            parse_table(frame(symbol=["A"], quantity=[1]), time=_given(time), time_zone=zone)
        )
    ] == [utc]


def _given(time: Any) -> Any:
    return str(time) if isinstance(time, int) else time


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        (
            "2021-03-14 02:30",
            "must exist in America/New_York. The clock skips that hour when summer time begins.",
        ),
        (datetime(2021, 3, 14, 2, 30), "must exist in America/New_York"),
        ("2021-02-30", "time '2021-02-30' is not a date or time"),
        ("soon", "time 'soon' is not a date or time; one reads 2021-04-23 20:00"),
        ("", "the time is missing"),
        (None, "the time is missing"),
        (pd.NaT, "the time is missing"),
    ],
)
def test_a_time_that_is_none_is_rejected(time: Any, reason: str) -> None:
    other = datetime(2021, 4, 23) if isinstance(time, datetime) else DAY
    parsed = parse_table(frame(symbol=["A", "B"], time=[time, other], quantity=[1, 2]))
    assert [r.line for r in parsed.rejects] == [1]
    assert reason in parsed.rejects[0].reason
    assert symbols(parsed) == ["B"]


def test_a_time_zone_that_does_not_exist_and_a_time_that_does_not() -> None:
    table = frame(symbol=["A"], time=[DAY], quantity=[1])
    with pytest.raises(TimeError, match="time_zone='Europe/Atlantis' must be an IANA time zone"):
        parse_table(table, time_zone="Europe/Atlantis")
    with pytest.raises(
        InvalidInputError, match="time='2021-03-14 02:30' must be a time that exists"
    ):
        parse_table(table, time="2021-03-14 02:30")


def test_snapshots_are_made_by_time_and_rows_may_be_mixed() -> None:
    times = ["2021-04-23 10:00", "2021-04-23 09:00"]
    table = frame(symbol=list("BABA"), time=times * 2, quantity=[1, 2, 3, 4])
    assert [(row[1], row[2], row[4]) for row in stored(parse_table(table))] == [
        ("2021-04-23 13:00", "A", 2),
        ("2021-04-23 14:00", "B", 1),
    ]
    assert [(r.line, r.reason) for r in parse_table(table).rejects] == [
        (3, "duplicate of line 1: B at the same time"),
        (4, "duplicate of line 2: A at the same time"),
    ]


def test_a_rejected_row_is_no_original() -> None:
    parsed = parse_table(frame(symbol=["A", "A", "a"], time=DAY, quantity=[-1, 2, 3]))
    assert [row[4] for row in stored(parsed)] == [2]
    assert [r.line for r in parsed.rejects] == [1, 3]


def test_columns_can_be_mapped() -> None:
    table = frame(**{"what": ["A"], "when": [DAY], "how many": [5], "fee": ["n/a?"], "date": ["x"]})
    parsed = parse_table(
        table, columns={"symbol": "what", "time": "when", "quantity": "how many", "fee_rate": None}
    )
    assert [row[2:] for row in stored(parsed)] == [("A", "USD", 5)]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"ticker": "a"}, "columns='ticker' must name fields out of symbol, time, quantity"),
        (
            {"symbol": "nothing"},
            "columns['symbol']='nothing' must be a column of <DataFrame>. It has a, date, shares, qty",
        ),
        (
            None,
            "- no column is the symbol by its name (a, date, shares, qty): give `columns={'symbol': 'COLUMN'}`",
        ),
        (
            {"symbol": "a"},
            "several columns may be the quantity (shares, qty): give `columns={'quantity': 'shares'}`",
        ),
        (
            {"symbol": "a", "quantity": "qty", "time": None},
            "no column is the time by its name (a, date, shares, qty): give",
        ),
    ],
)
def test_columns_that_cannot_be_found(columns: Any, message: str) -> None:
    table = frame(a=["A"], date=[DAY], shares=[1], qty=[2])
    with pytest.raises((InvalidInputError, ImportRefusedError)) as refused:
        parse_table(table, columns=columns)
    assert message in str(refused.value)


def test_a_field_of_the_tables_own_name_comes_before_others() -> None:
    parsed = parse_table(
        frame(symbol=["A"], code=["B"], time=[DAY], date=["x"], quantity=[1], shares=[2])
    )
    assert [row[2:] for row in stored(parsed)] == [("A", "USD", 1)]


def test_a_named_index_is_columns_too() -> None:
    table = frame(symbol=["A", "B"], time=DAY, quantity=[1, 2]).set_index(["time", "symbol"])
    assert symbols(parse_table(table)) == ["A", "B"]


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_delimiters_quotes_and_line_numbers(delimiter: str) -> None:
    lines = [
        "symbol,time,quantity,note",
        'A,2021-04-23,1,"x,y"',
        "",
        'B,2021-04-23,-1,"a ""quoted"" b"',
        "C,2021-04-23",
        "D,2021-04-23,4,",
    ]
    text = "\r\n".join(lines).replace(",", delimiter).replace(f"x{delimiter}y", f"x{delimiter}y")
    parsed = parse_table(text.encode())
    assert symbols(parsed) == ["A", "D"]
    assert [(r.line, r.reason) for r in parsed.rejects] == [
        (4, "quantity -1 is negative"),
        (5, "the row does not have the header's 4 cells"),
    ]
    assert parsed.rows_read == 4
    assert symbols(parse_table(text.encode(), delimiter=delimiter)) == ["A", "D"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"symbol,time,quantity\n", "the table holds no rows"),
        (b"\x1f\x8b\0\0", "not a readable gzip file"),
        (b"PAR1 and nothing more", "not a readable Parquet file"),
        (b"symbol,symbol,time,quantity\nA,B,2021-04-23,1\n", "several columns are named symbol"),
        (
            b"symbol,time,quantity\nA,2021-04-23,x\n",
            "no row can be used; line 2: quantity 'x' is not a number",
        ),
        (
            b"symbol,time,quantity\nA,2021-04-23\n",
            "no row can be used; line 2: the row does not have the header's 3 cells",
        ),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_by_name(
    tmp_path: Path, data: bytes, message: str
) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(b"symbol,time,quantity\nA,2021-04-23,1\n")
    bad.write_bytes(data)
    with pytest.raises(ImportRefusedError) as refused:
        import_source(
            "table", [good, bad], broker="axos", data_folder=tmp_path / "data", start_of_day=True
        )
    assert "bad.csv: " in str(refused.value)
    assert message in str(refused.value)
    assert not (tmp_path / "data").exists()


def test_a_source_that_is_none_of_these() -> None:
    with pytest.raises(
        InvalidInputError, match="source=42 must be a path, bytes, a DataFrame or a pyarrow Table"
    ):
        parse_table(42)  # type: ignore[arg-type]
    with pytest.raises(ImportRefusedError, match="the table holds no rows"):
        parse_table(frame(symbol=[], time=[], quantity=[]))
    with pytest.raises(InvalidInputError, match="delimiter='::' must be one character"):
        parse_table(b"symbol::time::quantity\nA::2021-04-23::1\n", delimiter="::")


def test_importing_again_changes_nothing_and_a_contradiction_conflicts(tmp_path: Path) -> None:
    table = frame(symbol=["A", "RY.CA"], time=DAY, quantity=[1, 2])
    first = import_source("table", table, broker="mine", data_folder=tmp_path, start_of_day=True)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")}
    again = import_source("table", table, broker="mine", data_folder=tmp_path, start_of_day=True)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")} == before
    assert sorted(path.parts[-3] for path in before) == ["canada", "usa"]
    assert (first.rows_stored, again.rows_stored, again.rows_unchanged) == (2, 0, 2)
    assert [s.market.value for s in first.snapshots] == ["canada", "usa"]
    with pytest.raises(SnapshotConflictError):
        import_source(
            "table",
            frame(symbol=["A"], time=[DAY], quantity=[9]),
            start_of_day=True,
            broker="mine",
            data_folder=tmp_path,
        )
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")} == before
