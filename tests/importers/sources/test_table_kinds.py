"""Tables as vendors and people keep them: what is open is asked for, all at once, and never guessed from the values."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers import import_source
from shortable.importers.files import SourceFile
from shortable.importers.needs import NeedsError
from shortable.importers.sources.table import parse_table
from shortable.market import Market


def rows(parsed: Any) -> list[tuple[str, str, int | None, float | None]]:
    """Return (UTC time, symbol, quantity, fee) of every row."""
    return [
        (
            datetime.fromtimestamp(snapshot.as_of / 1e6, UTC).strftime("%Y-%m-%d %H:%M"),
            row["symbol"],
            row["quantity"],
            row["fee_rate"],
        )
        for _, snapshot in parsed.snapshots
        for row in snapshot.table.to_pylist()
    ]


def needs(source: Any, **options: Any) -> list[str]:
    """Return the options that a refusal asks for."""
    with pytest.raises(NeedsError) as refused:
        parse_table(source, **options)
    found = [part.split("=")[0] for need in refused.value.needs for part in need.split("`")[1::2]]
    return list(dict.fromkeys(found))


OWN = b"stock,borrow_cost_annual,shares_available,borrow_7d_mean,as_of_date\nQQA,0.061,2000,0.07,2024-05-06\n"


def test_one_refusal_names_all_that_is_missing_and_each_answer_takes_its_need_away() -> None:
    unit, moment = "rates", ["publish_at", "start_of_day"]
    assert needs(OWN) == [*moment, unit]
    assert needs(OWN, publish_at="18:00") == [unit]
    assert needs(OWN, rates="fraction") == moment
    assert needs(b"what,when\n1,2\n") == [
        "columns",
        "symbol",
        "symbol_from_name",
        "time",
    ]
    parsed = parse_table(OWN, publish_at="18:00", rates="fraction")
    # 18:00 in New York in May is 22:00 UTC.
    assert rows(parsed) == [("2024-05-06 22:00", "QQA", 2000, 0.061)]
    assert parsed.notes == [
        "dates without a time count from 18:00 on the clock of the market, on their day",
        "columns that look like rates and were not read: borrow_7d_mean",
    ]


def test_the_broker_is_asked_for_with_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(OWN)
    with pytest.raises(
        NeedsError, match=r"- whose availability it is: give `broker='NAME'`"
    ) as all_of_it:
        import_source("table", path, data_folder=tmp_path / "d")
    assert len(all_of_it.value.needs) == 3
    with pytest.raises(InvalidInputError, match="broker=None must be given"):
        import_source(
            "table", path, data_folder=tmp_path / "d", rates="fraction", start_of_day=True
        )


UNITS = [
    ("fee (%)", "0.25", None, 0.0025),
    ("Fee_PCT", "0.25", None, 0.0025),
    ("borrow fee percent p.a.", "0.25", None, 0.0025),
    ("fee_bps", "25", None, 0.0025),
    ("fee (basis points)", "25", None, 0.0025),
    ("fee_fraction", "0.0025", None, 0.0025),
    ("fee_rate", "0.0025", None, 0.0025),
    ("fee_rate", "0.25", "percent", 0.0025),
    ("fee", "0.25%", None, 0.0025),
    ("fee", "25 bps", None, 0.0025),
    ("fee_rate", "0.25%", None, 0.0025),
    ("fee", "0.25", "percent", 0.0025),
    ("fee", "0.0025", "fraction", 0.0025),
    ("fee", "25", "bps", 0.0025),
    ("fee", "1250", "percent", 12.5),  # fees above 1,000 % a year are real
    ("fee_rate", "12.5", None, 12.5),
]


@pytest.mark.parametrize(("column", "cell", "rates", "fee"), UNITS)
def test_a_unit_is_read_off_a_sign_a_word_our_own_name_or_the_option(
    column: str, cell: str, rates: Any, fee: float
) -> None:
    text = f"symbol,time,quantity,{column}\nQQA,2024-05-06 10:00,5,{cell}\n".encode()
    assert rows(parse_table(text, rates=rates)) == [("2024-05-06 14:00", "QQA", 5, fee)]


@pytest.mark.parametrize(
    ("column", "cell"),
    [("fee", "0.25"), ("Fee Rate", "18.5"), ("FEERATE", "0.4"), ("borrow_rate", "3")],
)
def test_a_unit_that_nothing_states_is_asked_for(column: str, cell: str) -> None:
    text = f"symbol,time,quantity,{column}\nQQA,2024-05-06 10:00,5,{cell}\n".encode()
    assert needs(text) == ["rates"]


@given(st.floats(1e-6, 1e4, allow_nan=False))
def test_the_values_never_choose_the_unit_only_what_the_refusal_suggests(value: float) -> None:
    text = f"symbol,time,quantity,fee\nQQA,2024-05-06 10:00,5,{value!r}\n".encode()
    with pytest.raises(NeedsError) as refused:
        parse_table(text)
    likely = "percent" if value > 1 else "fraction"
    assert f"give `rates='{likely}'`, which is likely" in str(refused.value)


@pytest.mark.parametrize("cells", ["0", "", "NA", "0.0"])
def test_rates_that_are_zero_or_missing_need_no_unit(cells: str) -> None:
    text = f"symbol,time,quantity,fee\nQQA,2024-05-06 10:00,5,{cells}\n".encode()
    assert rows(parse_table(text))[0][3] in (0.0, None)


@pytest.mark.parametrize(
    ("column", "cells", "rates"),
    [
        ("fee_pct", ["0.25"], "fraction"),  # S7: what says percent is never stored as fraction
        ("fee", ["0.25%"], "fraction"),
        ("fee_bps", ["25"], "percent"),
        ("fee_bps", ["0.25%"], None),
        ("fee", ["0.25%", "25bps"], None),
    ],
)
def test_a_unit_that_is_contradicted_is_refused(column: str, cells: list[str], rates: Any) -> None:
    lines = [f"Q{at},2024-05-06 10:00,5,{cell}" for at, cell in enumerate(cells)]
    text = "\n".join([f"symbol,time,quantity,{column}", *lines]).encode()
    with pytest.raises(InvalidInputError, match="must agree with the table"):
        parse_table(text, rates=rates)


def test_a_cell_without_a_sign_among_signs_is_asked_for() -> None:
    text = b"symbol,time,quantity,fee\nQQA,2024-05-06 10:00,5,18.5%\nQQB,2024-05-06 10:00,5,0.4\n"
    with pytest.raises(NeedsError, match="give `rates='percent'`, which is likely"):
        parse_table(text)
    assert [row[3] for row in rows(parse_table(text, rates="percent"))] == [0.185, 0.004]


@pytest.mark.parametrize(
    "source",
    [
        b"symbol,date,quantity\nQQA,2024-05-06,5\n",
        b"symbol,time,quantity\nQQA,2024-05-06 00:00:00,5\n",
        b"symbol,date,quantity\nQQA,06-May-2024,5\n",
        pd.DataFrame({"symbol": ["QQA"], "date": [date(2024, 5, 6)], "quantity": [5]}),
        pd.DataFrame({"symbol": ["QQA"], "time": pd.to_datetime(["2024-05-06"]), "quantity": [5]}),
        pd.DataFrame(
            {"symbol": ["QQA"], "time": pd.to_datetime(["2024-05-06"], utc=True), "quantity": [5]}
        ),
        SourceFile("list_20240506.csv", b"symbol,quantity\nQQA,5\n"),
    ],
)
def test_a_date_alone_is_no_instant_s2(source: Any) -> None:
    assert needs(source) == ["publish_at", "start_of_day"]
    assert rows(parse_table(source, publish_at=time(18)))[0][0] == "2024-05-06 22:00"
    assert (
        rows(parse_table(source, publish_at="18:00", time_zone="UTC"))[0][0] == "2024-05-06 18:00"
    )
    assert rows(parse_table(source, start_of_day=True))[0][0] == "2024-05-06 04:00"
    with pytest.raises(
        InvalidInputError, match="publish_at='18:00:00' must be left out where start_of_day"
    ):
        parse_table(source, start_of_day=True, publish_at="18:00")


def test_a_midnight_among_other_times_and_one_that_the_caller_writes_out_are_times() -> None:
    text = b"symbol,time,quantity\nQQA,2024-05-06 00:00,5\nQQA,2024-05-06 10:00,6\n"
    assert [row[0] for row in rows(parse_table(text))] == ["2024-05-06 04:00", "2024-05-06 14:00"]
    one = parse_table(b"symbol,quantity\nQQA,5\n", time="2024-05-06 00:00")
    assert rows(one)[0][0] == "2024-05-06 04:00"
    assert needs(b"symbol,quantity\nQQA,5\n", time="2024-05-06") == ["publish_at", "start_of_day"]


def test_date_formats() -> None:
    text = "symbol,date,quantity\nQQA,{},5\n"
    assert needs(text.format("05/06/2024").encode(), start_of_day=True) == ["date_format"]
    for form, expected in (
        ("dmy", "2024-06-05"),
        ("mdy", "2024-05-06"),
        ("%d/%m/%Y", "2024-06-05"),
    ):
        parsed = parse_table(
            text.format("05/06/2024").encode(), start_of_day=True, date_format=form
        )
        assert rows(parsed)[0][0] == f"{expected} 04:00"
    settled = b"symbol,date,quantity\nQQA,05/06/2024,5\nQQA,05/13/2024 12:00,6\n"
    assert [row[0] for row in rows(parse_table(settled, start_of_day=True))] == [
        "2024-05-06 04:00",
        "2024-05-13 16:00",
    ]


def test_date_and_time_in_two_columns() -> None:
    text = b"symbol,date,time,quantity\nQQA,2024-05-06,10:30,5\nQQB,2024-05-06,2:30 PM,6\n"
    assert [row[0] for row in rows(parse_table(text))] == ["2024-05-06 14:30", "2024-05-06 18:30"]
    frame = pd.DataFrame(
        {
            "symbol": ["QQA"],
            "date": pd.to_datetime(["2024-05-06"]),
            "time": [time(10, 30)],
            "quantity": [5],
        }
    )
    assert rows(parse_table(frame))[0][0] == "2024-05-06 14:30"
    whole = b"symbol,date,time,quantity\nQQA,junk,2024-05-06 10:30,5\n"
    assert rows(parse_table(whole))[0][0] == "2024-05-06 14:30"
    assert needs(b"symbol,time,quantity\nQQA,10:30,5\n") == ["columns"]


MATRIX = [
    b"date,QQA,QQB\n2024-05-06,100,>2000\n2024-05-07,,300\n",
    b",QQA,QQB\n2024-05-06,100,>2000\n2024-05-07,-,300\n",
    b"symbol,2024-05-06,2024-05-07\nQQA,100,\nQQB,>2000,300\n",
    b"Ticker;05/06/2024;05/07/2024;05/13/2024\nQQA;100;;\nQQB;>2000;300;n/a\n",
    pd.DataFrame(
        {"QQA": [100, None], "QQB": [2000, 300]}, index=pd.to_datetime(["2024-05-06", "2024-05-07"])
    ),
    pd.DataFrame(
        [[100, None], [2000, 300]],
        index=["QQA", "QQB"],
        columns=pd.to_datetime(["2024-05-06", "2024-05-07"]),
    ),
]


@pytest.mark.parametrize("source", MATRIX)
def test_a_matrix_of_days_and_symbols(source: Any) -> None:
    parsed = parse_table(source, publish_at="18:00")
    assert [row[:3] for row in rows(parsed)] == [
        ("2024-05-06 22:00", "QQA", 100),
        ("2024-05-06 22:00", "QQB", 2000),
        ("2024-05-07 22:00", "QQB", 300),
    ]
    assert parsed.notes[0].startswith("read as a matrix: ")
    assert parsed.rows_read == 3
    assert parsed.passed_over["empty cells"] in (1, 3)


def test_cells_of_a_matrix_that_cannot_be_read_name_their_line() -> None:
    parsed = parse_table(b"date,QQA,QQB\n2024-05-06,100,x\n", publish_at="18:00", complete=True)
    assert [(r.line, r.text, r.reason) for r in parsed.rejects] == [
        (2, "2024-05-06,100,x", "quantity 'x' is not a number of shares")
    ]
    assert parsed.snapshots[0][1].unreadable == ("QQB",)


@pytest.mark.parametrize(
    "text",
    [
        b"Date,Open,High,Low,Close,Volume\n2024-05-06,1,2,3,4,500\n",
        b"date,volume\n2024-05-06,500\n",
        b"date,qqa\n2024-05-06,500\n",
        b"a,b\n1,2\n",
    ],
)
def test_prices_and_other_tables_are_no_matrix(text: bytes) -> None:
    assert "columns" in needs(text, publish_at="18:00")


def test_a_matrix_of_fees_is_refused() -> None:
    with pytest.raises(ImportRefusedError, match=r"quantity 0\.25 is not a whole number of shares"):
        parse_table(b"date,QQA\n2024-05-06,0.25\n", publish_at="18:00")


def test_what_a_files_name_states() -> None:
    day = SourceFile("short_list_2024-05-06.csv", b"symbol,quantity\nQQA,5\n")
    assert rows(parse_table(day, publish_at="18:00"))[0][0] == "2024-05-06 22:00"
    moment = SourceFile("20240506_1030_list.csv", b"symbol,quantity\nQQA,5\n")
    parsed = parse_table(moment)
    assert rows(parsed)[0][0] == "2024-05-06 14:30"
    assert parsed.notes == ["2024-05-06 10:30:00 was read off the file's name"]
    clock = SourceFile("polls_20240506.csv", b"symbol,time,quantity\nQQA,10:30,5\n")
    assert rows(parse_table(clock))[0][0] == "2024-05-06 14:30"
    ticker = SourceFile("QQA.csv", b"time,quantity\n2024-05-06 10:30,5\n")
    parsed = parse_table(ticker)
    assert rows(parsed)[0][1] == "QQA"
    assert parsed.notes == ["the symbol QQA was read off the file's name"]
    other = SourceFile("qqa.csv", ticker.data)
    assert needs(other) == ["columns", "symbol", "symbol_from_name"]
    assert rows(parse_table(other, symbol_from_name=True))[0][1] == "QQA"
    assert rows(parse_table(other, symbol="QQB"))[0][1] == "QQB"
    both = SourceFile("from_20240506_to_20240507.csv", b"symbol,quantity\nQQA,5\n")
    assert needs(both) == ["columns", "time"]


def test_several_files_of_a_day_and_of_a_symbol_each(tmp_path: Path) -> None:
    for day in ("20240506", "20240507"):
        (tmp_path / f"list_{day}.csv").write_text("symbol,quantity\nQQA,5\n")
    report = import_source(
        "table",
        sorted(tmp_path.glob("*.csv")),
        broker="days",
        data_folder=tmp_path / "d",
        publish_at="18:00",
    )
    assert [str(s.local_time.date()) for s in report.snapshots] == ["2024-05-06", "2024-05-07"]
    for ticker in ("QQA", "QQB"):
        (tmp_path / f"{ticker}.csv").write_text("time,quantity\n2024-05-06 10:30,5\n")
    report = import_source(
        "table",
        [tmp_path / "QQA.csv", tmp_path / "QQB.csv"],
        broker="polls",
        data_folder=tmp_path / "d",
    )
    assert report.rows_stored == 2


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("Date|Symbol|ShortVolume|ShortExemptVolume|TotalVolume|Market", "short volume"),
        ("symbol,date,short_sale_volume", "short volume"),
        ("symbol,date,Short Interest", "short interest"),
        ("symbolCode|currentShortPositionQuantity|settlementDate", "short interest"),
        ("Date,Stock Code,Aggregated Reportable Short Positions (Shares)", "short interest"),
        ("symbol,date,shares_short,days_to_cover", "short interest"),
        ("ts_code,trade_date,rqyl", "short interest"),
        ("信用交易日期,标的证券代码,融券余量", "short interest"),
        ("Position Holder,ISIN,Net Short Position (%),Position Date", "net short positions"),
        ("symbol,date,percent_of_capital", "a percentage of a company's capital"),
        ("symbol,date,utilization", "utilization"),
        ("symbol,date,shares,short_interest", "short interest"),
    ],
)
def test_what_is_no_availability_is_refused_as_such(header: str, what: str) -> None:
    cells = {"|": "|", ",": ","}["|" if "|" in header else ","].join(
        ["1"] * (header.count(",") + header.count("|") + 1)
    )
    with pytest.raises(ImportRefusedError, match=what):
        parse_table(f"{header}\n{cells}\n".encode(), start_of_day=True)


def test_a_short_volume_that_is_called_the_quantity_stays_one() -> None:
    text = b"symbol,time,short_volume,shares,short_ratio\nQQA,2024-05-06 10:30,5,6,1\n"
    with pytest.raises(ImportRefusedError, match="'short_volume' is short volume"):
        parse_table(text, columns={"quantity": "short_volume"})
    with pytest.raises(
        ImportRefusedError,
        match=r"if it could be borrowed, state so by `columns={'quantity': 'shares'}`",
    ):
        parse_table(text)
    assert rows(parse_table(text, columns={"quantity": "shares"}))[0][2] == 6


def test_availability_beside_short_interest_is_availability() -> None:
    text = b"symbol,time,available,short_interest\nQQA,2024-05-06 10:30,5,6\n"
    assert rows(parse_table(text))[0][2] == 5


def test_json_records() -> None:
    records = [
        {"ticker": "NA", "updated_at": "2024-05-06T10:30:00-04:00", "available": 5, "fee_pct": 0.25}
    ]
    for document in (records, {"data": records}):
        assert rows(parse_table(json.dumps(document).encode())) == [
            ("2024-05-06 14:30", "NA", 5, 0.0025)
        ]


def test_interactive_brokers_columns_in_a_plain_table_are_percent_as_that_vendors() -> None:
    text = b"SYM,CUR,REBATERATE,FEERATE,AVAILABLE,time\nQQA,USD,1.5,40.81,5,2024-05-06 10:30\n"
    assert rows(parse_table(text))[0][3] == 0.4081
    poll = b"DT|TM|REBATE|FEE|AVAIL\n2024.05.06|10:30:00|-0.5|0.5959|400\n"
    assert rows(parse_table(poll, symbol="QQA")) == [("2024-05-06 14:30", "QQA", 400, 0.005959)]


def test_symbols_of_rejected_rows_are_unknown_in_a_complete_snapshot_s3() -> None:
    text = (
        b"symbol,time,quantity\nQQA,2024-05-06 10:30,5\nQQB,2024-05-06 10:30,x\nQQC,2024-05-06 10:30\n"
        b"QQA,2024-05-06 10:45,1\nQQA,2024-05-06 10:45,2\n"
    )
    (_, first), (_, second) = parse_table(text, complete=True).snapshots
    # A line without the header's cells may be of either snapshot; a second row leaves the first one readable.
    assert (first.unreadable, second.unreadable) == (("QQB", "QQC"), ("QQC",))
    assert parse_table(text).snapshots[0][1].unreadable == ()


@pytest.mark.parametrize(
    ("head", "cell", "words"),
    [
        ("exchange", "LSE", "column 'exchange' says 'LSE'"),
        ("Country", "GB", "column 'Country' says 'GB'"),
        ("currency", "GBP", "most rows are in GBP"),
    ],
)
def test_a_table_that_speaks_of_another_market_is_asked(head: str, cell: str, words: str) -> None:
    text = f"symbol,time,available,{head}\nVOD,2024-01-02 09:00,100,{cell}\n".encode()
    with pytest.raises(NeedsError, match=words):
        parse_table(text)
    assert [m for m, _ in parse_table(text, market="uk").snapshots] == [Market.UK]
    assert [m for m, _ in parse_table(text, market="usa").snapshots] == [Market.USA]
    spelled = text.replace(b"VOD,", b"VOD.L,")
    assert [m for m, _ in parse_table(spelled).snapshots] == [Market.UK]


def test_a_column_of_countries_may_be_that_of_markets() -> None:
    text = (
        b"symbol,time,available,country\nVOD,2024-01-02 09:00,100,GB\nGME,2024-01-02 09:00,5,US\n"
    )
    found = parse_table(text, columns={"market": "country"}).snapshots
    assert sorted(market for market, _ in found) == [Market.UK, Market.USA]


def test_an_exchange_of_the_usa_and_a_few_foreign_lines_need_no_market() -> None:
    text = (
        b"symbol,time,available,exchange,currency\n"
        b"GME,2024-01-02 09:00,5,NYSE,USD\nAMC,2024-01-02 09:00,5,NYSE,USD\nX,2024-01-02 09:00,5,NYSE,CAD\n"
    )
    assert [market for market, _ in parse_table(text).snapshots] == [Market.USA]


@pytest.mark.parametrize("name", ["retrieved_utc", "Time (UTC)", "timestamp_gmt"])
def test_a_column_of_times_says_that_they_are_of_utc(name: str) -> None:
    text = f"symbol,{name},available\nA,2024-01-02 14:00,100\n".encode()
    ((_, snapshot),) = parse_table(text).snapshots
    assert snapshot.as_of == int(datetime(2024, 1, 2, 14, tzinfo=UTC).timestamp() * 1e6)
    ((_, stated),) = parse_table(text, time_zone="America/New_York").snapshots
    assert stated.as_of == int(datetime(2024, 1, 2, 19, tzinfo=UTC).timestamp() * 1e6)


def test_rows_of_empty_cells_are_passed_over() -> None:
    text = (
        b"symbol,time,available\r\nGME,2024-01-02 09:00,5\r\n,,\r\n , ,\r\n,2024-01-02 09:00,7\r\n"
    )
    parsed = parse_table(text)
    assert (parsed.rows_read, parsed.passed_over) == (4, {"empty rows": 2})
    assert [reject.line for reject in parsed.rejects] == [5]


@pytest.mark.parametrize(
    ("head", "what"),
    [
        ("time,symbol,side,quantity,price", "a list of trades"),
        ("time,symbol,Order ID,qty,price", "a list of trades"),
        ("time,symbol,market_value,quantity,avg_cost", "a list of positions"),
    ],
)
def test_trades_and_positions_are_no_availability(head: str, what: str) -> None:
    text = f"{head}\n2024-01-02 10:00,GME,1,1500,17\n".encode()
    with pytest.raises(ImportRefusedError, match=what):
        parse_table(text)
    quantity = next(name for name in head.split(",") if name in ("quantity", "qty"))
    assert parse_table(text, columns={"quantity": quantity}).snapshots


def test_what_is_lendable_is_not_what_is_left() -> None:
    text = b"symbol,time,lendable_shares,on_loan\nGME,2024-01-02 09:00,1000,900\n"
    with pytest.raises(NeedsError, match="no column is the quantity by its name"):
        parse_table(text)


def test_brackets_are_a_minus() -> None:
    text = b"symbol,time,available,rebate_rate\nGME,2024-01-02 09:00,100,(5.00%)\nAMC,2024-01-02 09:00,(500),1%\n"
    parsed = parse_table(text)
    ((_, snapshot),) = parsed.snapshots
    assert snapshot.table["rebate_rate"].to_pylist() == [-0.05]
    assert [reject.line for reject in parsed.rejects] == [3]
