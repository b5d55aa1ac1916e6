"""FINRA's short interest: columns by name, tickers as text, every unusable row with its line and reason."""

from __future__ import annotations

import math
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import ImportRefusedError, InvalidInputError, SnapshotConflictError, TimeError
from shortable.importers import import_source
from shortable.importers.sources.finra import parse_finra
from shortable.importers.sources.massive import parse_massive
from shortable.market import Market

HEAD = (
    "accountingYearMonthNumber|symbolCode|issueName|issuerServicesGroupExchangeCode|marketClassCode|"
    "currentShortPositionQuantity|previousShortPositionQuantity|stockSplitFlag|averageDailyVolumeQuantity|"
    "daysToCoverQuantity|revisionFlag|changePercent|changePreviousNumber|settlementDate\n"
)


def line(symbol: str = "GME", **changed: object) -> str:
    cells = {
        "period": "20210115",
        "symbol": symbol,
        "name": "GameStop Corp.",
        "code": "A",
        "venue": "NYSE",
        "short": 61782730,
        "previous": 71196206,
        "split": "",
        "volume": 29385884,
        "cover": "2.10",
        "revision": "",
        "percent": "-13.22",
        "change": -9413476,
        "date": "2021-01-15",
    }
    return "|".join(str(v) for v in (cells | changed).values()) + "\n"


def rows(*lines: str) -> list[dict[str, Any]]:
    return parse_finra((HEAD + "".join(lines)).encode()).figures[0][2].to_pylist()  # type: ignore[no-any-return]


def test_a_row() -> None:
    (row,) = rows(line())
    known = row.pop("known_at")
    assert (known.hour, known.minute, known.date()) == (14, 30, date(2021, 1, 29))
    assert row == {
        "symbol": "GME",
        "settlement_date": date(2021, 1, 15),
        "by_rule": True,
        "shares_short": 61782730,
        "avg_daily_volume": 29385884,
        "days_to_cover": 2.1,
        "previous": 71196206,
        "revised": False,
        "split": False,
        "value": None,
        "close": None,
        "rate": None,
        "shares_outstanding": None,
        "venue": "NYSE",
        "name": "GameStop Corp.",
    }


def test_flags_the_sentinel_and_nothing_traded() -> None:
    flagged, capped, idle, none_short = rows(
        line("A", split="S", revision="R"),
        line("B", cover="999.99", volume=27),
        line("C", cover="5.00", volume=0),
        line("D", short=0, cover="0.00"),
    )
    assert (flagged["split"], flagged["revised"]) == (True, True)
    assert (capped["days_to_cover"], capped["avg_daily_volume"]) == (None, 27)
    assert (idle["days_to_cover"], idle["avg_daily_volume"]) == (None, 0)
    assert (none_short["days_to_cover"], none_short["shares_short"]) == (0.0, 0)


@pytest.mark.parametrize("ticker", ["NA", "NAN", "TRUE", "INF", "ON", "E", "CON", "NULL"])
def test_tickers_are_text(ticker: str) -> None:
    assert rows(line(ticker))[0]["symbol"] == ticker


def test_columns_go_by_name_and_unneeded_ones_may_lack() -> None:
    text = "settlementDate|daysToCoverQuantity|extra|averageDailyVolumeQuantity|currentShortPositionQuantity|symbolCode\r\n"
    parsed = parse_finra(b"\xef\xbb\xbf" + (text + "2021-01-15|2.10|x|50|100|GME\r\n").encode())
    (row,) = parsed.figures[0][2].to_pylist()
    assert (row["symbol"], row["shares_short"], row["previous"], row["venue"]) == (
        "GME",
        100,
        None,
        "",
    )


def test_the_same_columns_with_commas_and_quotes() -> None:
    head = '"settlementDate","symbolCode","issueName","currentShortPositionQuantity","averageDailyVolumeQuantity",'
    text = (
        head
        + '"daysToCoverQuantity"\n"2021-01-15","TSLA","Tesla, Inc.","56367815","42129010","1.34"\n'
    )
    (row,) = parse_finra(text.encode()).figures[0][2].to_pylist()
    assert (row["symbol"], row["name"], row["shares_short"]) == ("TSLA", "Tesla, Inc.", 56367815)


def test_rejects_say_line_and_reason() -> None:
    parsed = parse_finra(
        (
            HEAD
            + line()
            + line("#?")
            + line("A", short="-5")
            + line("B", short="")
            + line("C", volume="1.5")
            + line("D", cover="many")
            + line("E", date="2021-02-30")
            + "cut|off\n"
            + line()
            + line("AMC")
        ).encode()
    )
    assert parsed.rows_read == 10
    assert parsed.figures[0][2]["symbol"].to_pylist() == ["GME", "AMC"]
    assert [(r.line, r.reason) for r in parsed.rejects] == [
        (3, parsed.rejects[0].reason),
        (4, "currentShortPositionQuantity -5 is negative"),
        (5, "currentShortPositionQuantity is empty"),
        (6, "averageDailyVolumeQuantity 1.5 is not a whole number of shares"),
        (7, "daysToCoverQuantity 'many' is not a number"),
        (8, "settlementDate '2021-02-30' is not a date (%Y-%m-%d)"),
        (9, "the row does not have the header's 14 cells"),
        (10, "duplicate of line 2: GME at 2021-01-15"),
    ]
    assert "ticker='#?'" in parsed.rejects[0].reason
    assert parsed.rejects[1].text.startswith("20210115|A|")


def test_a_file_that_ends_inside_a_row_loses_only_that_row() -> None:
    whole = HEAD + line("A") + line("B")
    parsed = parse_finra(whole[:-20].encode())
    assert parsed.figures[0][2]["symbol"].to_pylist() == ["A"]
    assert [r.line for r in parsed.rejects] == [3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "the file is empty"),
        (b"Date,Stock Code\n1,2\n", "its header lacks symbolCode, currentShortPositionQuantity"),
        (HEAD.encode(), r"no row can be used \(it holds none\)"),
        (
            (HEAD + line(short="x")).encode(),
            "no row can be used; line 2: currentShortPositionQuantity 'x'",
        ),
        (b"a\0b", "not a text file"),
        (HEAD.replace("issueName", "symbolCode").encode(), "several columns are named"),
    ],
)
def test_files_that_are_refused_whole(text: bytes, message: str, tmp_path: Path) -> None:
    good = (HEAD + line()).encode()
    with pytest.raises(ImportRefusedError, match=message):
        import_source("finra", [good, text], data_folder=tmp_path)
    assert list(tmp_path.rglob("*.parquet")) == []


def test_publication_stated_and_lagged() -> None:
    text = (HEAD + line()).encode()
    # Published on the evening of the 27th, it counts from the session of the 28th; a time counts as it is.
    for published, known in (
        ("2021-01-27", datetime(2021, 1, 28, 14, 30)),
        (date(2021, 1, 27), datetime(2021, 1, 28, 14, 30)),
        ({date(2021, 1, 15): date(2021, 1, 27)}, datetime(2021, 1, 28, 14, 30)),
        ("2021-01-27 18:00", datetime(2021, 1, 27, 23)),
        ("2021-01-27T23:00+00:00", datetime(2021, 1, 27, 23)),
    ):
        (row,) = parse_finra(text, published=published).figures[0][2].to_pylist()
        assert row["known_at"].replace(tzinfo=None) == known
        assert not row["by_rule"]
    # A table that does not name the date leaves it to the rule; with a lag of 7 it is a session earlier.
    (row,) = (
        parse_finra(text, published={date(2021, 1, 29): date(2021, 2, 9)}, lag=7)
        .figures[0][2]
        .to_pylist()
    )
    assert (row["known_at"].replace(tzinfo=None), row["by_rule"]) == (
        datetime(2021, 1, 28, 14, 30),
        True,
    )
    with pytest.raises(TimeError):
        parse_finra(text, published="soon")
    with pytest.raises(InvalidInputError, match="lag"):
        parse_finra(text, lag=-1)


def test_the_report_and_the_registry(tmp_path: Path) -> None:
    file = tmp_path / "shrt20210115.csv"
    file.write_text(HEAD + line() + line("A", short="x"))
    stages: list[tuple[str, int, int]] = []
    report = import_source(
        "finra", file, data_folder=tmp_path / "d", progress=lambda *s: stages.append(s)
    )
    assert (report.broker, report.source, report.rows_read, report.rows_stored) == (
        "finra",
        "shrt20210115.csv",
        2,
        1,
    )
    assert report.rejects["line"].tolist() == [3]
    assert [(s.market, s.local_time, s.rows, s.state) for s in report.snapshots] == [
        (Market.USA, datetime(2021, 1, 29, 9, 30), 1, "stored")
    ]
    assert stages == [("read", 0, 1), ("read", 1, 1), ("write", 1, 1)]
    again = import_source("finra", file, data_folder=tmp_path / "d")
    assert (again.rows_stored, again.rows_unchanged) == (0, 1)
    file.write_text(HEAD + line(short=5) + line("NEW"))
    with pytest.raises(SnapshotConflictError):
        import_source("finra", file, data_folder=tmp_path / "d")
    revised = import_source("finra", file, data_folder=tmp_path / "d", published="2021-02-05")
    assert revised.rows_stored == 2


cells = st.text(st.characters(codec="ascii", exclude_characters="|\r\n\0"), max_size=8)


@given(st.lists(st.lists(cells, min_size=12, max_size=15), max_size=6))
def test_every_row_is_used_or_rejected(lines: list[list[str]]) -> None:
    text = HEAD + line() + "".join("|".join(("X", *row)) + "\n" for row in lines)
    parsed = parse_finra(text.encode())
    assert parsed.rows_read == parsed.figures[0][2].num_rows + len(parsed.rejects) == 1 + len(lines)


@given(st.integers(0, 10**18 - 1), st.integers(0, 10**12), st.integers(100, 99_998))
def test_numbers_come_through_to_the_last_digit(short: int, volume: int, hundredths: int) -> None:
    (row,) = rows(line(short=short, volume=volume, cover=f"{hundredths / 100:.2f}"))
    assert (row["shares_short"], row["avg_daily_volume"]) == (short, volume)
    if volume:
        assert math.isclose(row["days_to_cover"], hundredths / 100, rel_tol=1e-15)
    else:
        assert row["days_to_cover"] is None


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (
            parse_massive,
            '{"status": "OK", "results": [{"ticker": "GME", "settlement_date": "2021-01-15", "short_interest": 61782730, '
            '"avg_daily_volume": 29385884, "days_to_cover": 2.1}]}',
        ),
        (
            parse_massive,
            "ticker,settlement_date,short_interest,avg_daily_volume,days_to_cover\n"
            "GME,2021-01-15,61782730,29385884,2.1\n",
        ),
        (
            parse_finra,
            '[{"symbolCode": "GME", "settlementDate": "2021-01-15", "currentShortPositionQuantity": 61782730, '
            '"averageDailyVolumeQuantity": 29385884, "daysToCoverQuantity": 2.1, "revisionFlag": null}]',
        ),
    ],
)
def test_the_same_figures_in_json_and_from_massive(parse: Any, text: str) -> None:
    ((_, market, table),) = parse(text.encode()).figures
    row = table.to_pylist()[0]
    assert market is Market.USA
    assert (row["symbol"], row["settlement_date"]) == ("GME", date(2021, 1, 15))
    assert (row["shares_short"], row["avg_daily_volume"], row["days_to_cover"]) == (
        61782730,
        29385884,
        2.1,
    )
    # The 8th business day after the 15th is the 28th (the 18th is a holiday): known at the next open, 14:30 UTC.
    assert row["known_at"].isoformat() == "2021-01-29T14:30:00+00:00"
