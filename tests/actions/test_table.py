"""Tables of corporate actions, with columns as people and vendors name them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from shortable.actions import (
    CorporateActions,
    Delisting,
    Dividend,
    Listing,
    Rename,
    Split,
    parse_actions,
    read_actions,
)
from shortable.errors import CorporateActionError

GME = Split("GME", "2024-01-05", 1, 10)


@pytest.mark.parametrize(
    "text",
    [
        "symbol,ex_date,new,old\nGME,2024-01-05,1,10\n",
        "ticker;Ex-Date;ratio\ngme;20240105;1:10\n",
        "Symbol\tDate\tSplit Ratio\nGME\t2024-01-05\t1 for 10\n",
        "symbol,date,ratio\nGME,2024-01-05,0.1\n",
        "symbol,execution_date,split_to,split_from\nGME,2024-01-05,1,10\n",
        "symbol,date,numerator,denominator\nGME,2024-01-05,1,10\n",
        "symbol,effective_evening,new,old\nGME,20240104,1,10\n",
        "\ufeff#symbol,kind,date,new,old\n\nGME,reverse split,2024-01-05,1,10\n",
    ],
)
def test_a_split_by_its_columns_names(text: str, tmp_path: Path) -> None:
    assert list(read_actions(text.encode())) == [GME]
    (tmp_path / "splits.csv").write_text(text, encoding="utf-8")
    assert list(read_actions(tmp_path / "splits.csv")) == [GME]


def test_the_same_table_from_every_library(tmp_path: Path) -> None:
    frame = pd.DataFrame({"symbol": ["GME"], "ex_date": [date(2024, 1, 5)], "ratio": [0.1]})
    frame.to_parquet(tmp_path / "splits.parquet")
    for source in (
        frame,
        frame.assign(ex_date=pd.to_datetime(frame["ex_date"])),
        frame.set_index("ex_date"),
        pa.Table.from_pandas(frame),
        tmp_path / "splits.parquet",
    ):
        assert list(read_actions(source)) == [GME]
    polars = pytest.importorskip("polars")
    assert list(read_actions(polars.from_pandas(frame))) == [GME]


def test_every_kind_in_one_table() -> None:
    text = (
        "kind,symbol,date,new,old,amount,basis,currency,pay_date,new_symbol,price\n"
        "split,GME,2024-01-05,1,10,,,,,,\n"
        "dividend,MPW,2025-12-11,,,0.09,raw,,2026-01-08,,\n"
        "cash dividend,FIHO12,2026-05-04,,,0.5,split_adjusted,mxn,,,\n"
        "rename,FB,2022-06-09,,,,,,,META,\n"
        "delisting,GSX,2026-02-27,,,,,,,,31.2127\n"
        "listing,GM,2010-11-18,,,,,,,,\n"
    )
    assert read_actions(text.encode()) == CorporateActions(
        [
            GME,
            Dividend("MPW", "2025-12-11", 0.09, "raw", pay_date="2026-01-08"),
            Dividend("FIHO12", "2026-05-04", 0.5, "split_adjusted", "MXN"),
            Rename("FB", "2022-06-09", "META"),
            Delisting("GSX", "2026-02-27", 31.2127),
            Listing("GM", "2010-11-18"),
        ]
    )


def test_columns_units_and_dates_can_be_mapped() -> None:
    text = "Paper,Datum,Nach,Vor,Bar\nSAP,05.01.2024,3,1,\nSAP,08.01.2024,,,1.85\n"
    actions = read_actions(
        text.encode(),
        columns={
            "symbol": "Paper",
            "ex_date": "Datum",
            "new": "Nach",
            "old": "Vor",
            "amount": "Bar",
        },
        date_format="%d.%m.%Y",
        market="germany",
        dividends="raw",
    )
    assert list(actions) == [
        Split("SAP.DE", "2024-01-05", 3, 1),
        Dividend("SAP.DE", "2024-01-08", 1.85, "raw", "EUR"),
    ]


def test_dates_may_be_the_evenings_before() -> None:
    # Friday 2024-06-07: the next session is Monday.
    text = b"symbol,date,new,old\nNVDA,2024-06-07,10,1\n"
    assert list(read_actions(text, evenings=True)) == [Split("NVDA", "2024-06-10", 10, 1)]
    # 2024-01-12 is the Friday before Martin Luther King's day.
    text = b"symbol,effective,new,old\nX,2024-01-12,10,1\n"
    assert list(read_actions(text)) == [Split("X", "2024-01-16", 10, 1)]
    assert list(read_actions(text, evenings=False)) == [Split("X", "2024-01-12", 10, 1)]


def test_one_symbol_for_a_table_without_a_column_of_symbols() -> None:
    assert list(read_actions(b"date,ratio\n2024-01-05,1:10\n", symbol="GME")) == [GME]


def test_whose_share_a_dividend_is_for_has_to_be_said() -> None:
    text = b"symbol,ex_date,amount\nMPW,2025-12-11,0.09\n"
    with pytest.raises(CorporateActionError, match=r"dividends=.* raw .* or split_adjusted"):
        read_actions(text)
    assert read_actions(text, dividends="raw").dividends[0].basis == "raw"
    known = text.replace(b"amount", b"gross_per_share")  # Interactive Brokers' own column
    assert read_actions(known).dividends[0].basis == "raw"


def test_a_ratio_of_one_beside_a_dividend_is_no_split() -> None:
    # As tables have it that hold a row for every day on which anything happened.
    text = b"symbol,ex_date,ratio,amount\nGME,2024-01-05,1,0.5\nGME,2024-01-08,2,0\nAMC,2024-01-08,1,0.25\n"
    read = parse_actions(text, dividends="raw")
    kinds = [(type(one).__name__, one.symbol.ticker) for one in read.records]
    assert kinds == [("Dividend", "GME"), ("Split", "GME"), ("Dividend", "AMC")]
    assert (read.rows, read.used) == (3, 3)


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(CorporateActionError, match=r"symbol.*; and a date.*; and what happened"):
        read_actions(b"a,b\n1,2\n")


def test_rows_that_cannot_be_used_are_named_and_the_others_are_read() -> None:
    text = (
        "symbol,ex_date,new,old\n"
        "GME,2024-01-05,1,10\n"
        "X,soon,1,10\n"
        ",2024-01-05,1,10\n"
        "Y.TA,2024-01-05,1,10\n"
        "Z,2024-01-05,none,10\n"
        "W,2024-01-05,,\n"
    )
    read = parse_actions(text.encode())
    assert read.records == [GME]
    assert [(r.line, r.text) for r in read.rejected] == [
        (3, "X,soon,1,10"),
        (4, ",2024-01-05,1,10"),
        (5, "Y.TA,2024-01-05,1,10"),
        (6, "Z,2024-01-05,none,10"),
    ]
    assert "must be a date" in read.rejected[0].reason
    assert "suffix of a market" in read.rejected[2].reason
    assert read.passed_over == {"rows without an action": 1}
    assert read.rows == read.used + len(read.rejected) + sum(read.passed_over.values())
    assert "4 of 6 rows could not be used; the first, line 3" in read.actions().notes[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"columns": {"ticker": "symbol"}}, "columns='ticker' must name fields: symbol, kind"),
        ({"columns": {"symbol": "Ticker"}}, "columns='Ticker' must be one of symbol, ex_date"),
        ({"format": "xml"}, "format='xml' must be one of table, yahoo"),
    ],
)
def test_arguments_that_are_none(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(CorporateActionError, match=message):
        read_actions(b"symbol,ex_date,new,old\nGME,2024-01-05,1,10\n", **arguments)


def test_a_source_that_contradicts_itself() -> None:
    text = b"symbol,ex_date,new,old\nGME,2024-01-05,1,10\nGME,2024-01-05,1,20\n"
    with pytest.raises(CorporateActionError, match="splits of GME on 2024-01-05"):
        read_actions(text)


@pytest.mark.parametrize("source", [b"\0\1\2", b"PAR1 no", 5, "nowhere.csv"])
def test_sources_that_cannot_be_read(source: Any) -> None:
    with pytest.raises(CorporateActionError, match="source="):
        read_actions(source)


@pytest.mark.parametrize(
    ("written", "amount"),
    [("0.24", 0.24), ("0,24", 0.24), ("$1,234.5", 1234.5), ("1.234,5", 1234.5)],
)
def test_an_amount_with_commas_is_not_a_hundred_times_as_much(written: str, amount: float) -> None:
    text = f"symbol;ex_date;amount\nMPW;2025-12-11;{written}\n"
    assert list(read_actions(text.encode(), dividends="raw")) == [
        Dividend("MPW", "2025-12-11", amount, "raw")
    ]


def test_a_comma_that_may_be_either_sign_is_asked() -> None:
    read = parse_actions(b"symbol;ex_date;amount\nMPW;2025-12-11;1,234\n", dividends="raw")
    assert [one.reason for one in read.rejected] == [
        "amount='1,234' must be written without its comma. It may be 1234 or 1.234."
    ]


@pytest.mark.parametrize(
    ("kind", "ratio"),
    [
        ("Reverse Split", "10:1"),
        ("reverse stock split", "10"),
        ("forward split", "0.1"),
        ("stock dividend", "0.05"),
    ],
)
def test_a_ratio_that_its_kind_contradicts_is_refused(kind: str, ratio: str) -> None:
    read = parse_actions(f"symbol,date,type,ratio\nGME,2024-01-05,{kind},{ratio}\n".encode())
    assert read.records == []
    (rejected,) = read.rejected
    assert "It is new shares for each old one" in rejected.reason


def test_the_actions_of_sharadar_whose_value_is_a_ratio_or_an_amount() -> None:
    text = (
        b"date,action,ticker,name,value,contraticker,contraname\n"
        b"2020-08-31,split,AAPL,Apple Inc,4.0,,\n"
        b"2020-08-07,dividend,AAPL,Apple Inc,0.82,,\n"
        b"2023-05-02,delisted,BBBY,Bed,,,\n"
        b"2020-09-01,split,AAPL,Apple Inc,,,\n"
    )
    with pytest.raises(CorporateActionError, match="whose share the dividends are for"):
        read_actions(text)
    read = parse_actions(text, dividends="raw")
    assert list(CorporateActions(read.records)) == [
        Dividend("AAPL", "2020-08-07", 0.82, "raw"),
        Split("AAPL", "2020-08-31", 4, 1),
        Delisting("BBBY", "2023-05-02"),
    ]
    # A row that calls itself a split is never passed over as a day on which nothing happened.
    assert [(one.line, one.reason) for one in read.rejected] == [
        (5, "ratio=None must be stated: new shares for each old one")
    ]


def test_dividends_in_json() -> None:
    text = (
        b'{"results": [{"cash_amount": 0.24, "currency": "USD", "dividend_type": "CD", "ex_dividend_date": "2023-11-10",'
        b' "frequency": 4, "pay_date": "2023-11-16", "ticker": "AAPL"}], "status": "OK"}'
    )
    assert list(read_actions(text, dividends="raw")) == [
        Dividend("AAPL", "2023-11-10", 0.24, "raw", "USD", "2023-11-16")
    ]


def test_a_rename_by_its_two_tickers() -> None:
    text = b"Old Ticker,New Ticker,Date\nFB,META,2022-06-09\n"
    assert list(read_actions(text)) == [Rename("FB", "2022-06-09", "META")]
