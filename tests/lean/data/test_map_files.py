"""Which security a ticker meant, and which ticker a security had."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import MarketDataError
from shortable.lean.data.map_files import MapFile, MapFiles
from shortable.lean.data.text_files import TextFolder
from shortable.lean.symbols import SecurityIdentifier, Symbol

from ..folder import LeanFolder

# As LEAN's own files read: on 3 April 2014 GOOG became GOOGL, and a new class, GOOCV until then, became GOOG.
GOOG = [("2014-03-27", "goocv"), ("2014-04-02", "goocv"), ("2050-12-31", "goog")]
GOOGL = [("2004-08-19", "goog"), ("2014-04-02", "goog"), ("2050-12-31", "googl")]


@pytest.fixture
def maps(tmp_path):
    folder = LeanFolder(tmp_path).map_file("goog", GOOG).map_file("googl", GOOGL)
    folder.map_file("aaa.1", [("2000-01-03", "aaa.1"), ("2005-06-30", "aaa.1")])
    folder.map_file("aaa", [("2006-01-03", "aaa"), ("2050-12-31", "aaa")])
    return MapFiles(TextFolder(folder.equity / "map_files"))


@pytest.mark.parametrize(
    ("ticker", "on", "sid"),
    [
        ("GOOG", None, "GOOCV VP83T1ZUHROL"),
        ("goog", date(2024, 1, 2), "GOOCV VP83T1ZUHROL"),
        ("GOOG", date(2014, 4, 3), "GOOCV VP83T1ZUHROL"),
        ("GOOG", date(2014, 4, 2), "GOOG T1AZ164W5VTX"),
        ("GOOG", date(2014, 3, 25), "GOOG T1AZ164W5VTX"),
        ("GOOCV", date(2014, 3, 28), "GOOCV VP83T1ZUHROL"),
        ("GOOCV", None, "GOOCV VP83T1ZUHROL"),  # the last bearer of a ticker that is gone
        ("GOOGL", None, "GOOG T1AZ164W5VTX"),
        ("GOOCV", date(2014, 3, 1), "GOOCV 2T"),  # before it traded: nobody
        ("NOPE", None, "NOPE 2T"),
    ],
)
def test_a_ticker_means_the_security_that_had_it_that_day(maps, ticker, on, sid):
    symbol = maps.resolve(ticker, on)
    assert (str(symbol.id), symbol.value) == (sid, ticker.upper())


def test_namesakes_are_told_apart_by_their_first_day(maps):
    file = maps.find("AAA.1", date(2000, 1, 3))
    assert (file.permtick, file.first_ticker, file.delisting_date) == (
        "AAA.1",
        "AAA",
        date(2005, 6, 30),
    )
    assert maps.resolve("AAA", None).id.date == datetime(2006, 1, 3)


def test_a_symbol_finds_its_file_by_first_ticker_and_first_day(maps):
    goog = Symbol("GOOG T1AZ164W5VTX", "GOOGL")
    assert maps.of(goog).permtick == "GOOGL"
    assert maps.of(Symbol("GOOCV VP83T1ZUHROL", "GOOG")).permtick == "GOOG"
    assert maps.of(Symbol("SPY R735QTJ8XC9X", "SPY")) is None


def test_tickers_over_time(maps):
    file = maps.of(Symbol("GOOG T1AZ164W5VTX", "GOOGL"))
    days = [
        date(2004, 8, 1),
        date(2014, 4, 2),
        date(2014, 4, 3),
        date(2050, 12, 31),
        date(2051, 1, 1),
    ]
    assert [file.ticker_at(d, "?") for d in days] == ["GOOG", "GOOG", "GOOGL", "GOOGL", "?"]
    assert [file.has_data(d) for d in days] == [False, True, True, True, False]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from("ABC")), min_size=1, max_size=5),
    st.integers(-5, 70),
)
def test_the_ticker_in_force_is_that_of_the_first_row_not_before_the_day(rows, offset):
    start = date(2020, 1, 1)
    dated = sorted(((start + timedelta(days=n), t) for n, t in rows), key=lambda row: row[0])
    day = start + timedelta(days=offset)
    slow = [t for last, t in dated if last >= day]
    assert MapFile("X", tuple(dated)).ticker_at(day, "?") == (slow[0] if slow else "?")


def test_files_in_the_newest_archive_are_read_too(tmp_path):
    folder = LeanFolder(tmp_path).map_file("goog", GOOG)
    for stamp, first in (("20200101", "20010102"), ("20240101", "20030102")):
        with zipfile.ZipFile(
            folder.equity / "map_files" / f"map_files_{stamp}.zip", "w"
        ) as archive:
            archive.writestr("spy.csv", f"{first},spy\n20501231,spy\n")
            archive.writestr("goog.csv", "20010101,x\n20501231,x\n")
    maps = MapFiles(TextFolder(folder.equity / "map_files"))
    assert maps.resolve("SPY", None).id.date == datetime(2003, 1, 2)
    assert (
        str(maps.resolve("GOOG", None).id) == "GOOCV VP83T1ZUHROL"
    )  # a loose file goes before the archive


@pytest.mark.parametrize("line", ["2014,goog", "20140402", "20141301,goog"])
def test_a_damaged_line_is_named(tmp_path, line):
    folder = LeanFolder(tmp_path).map_file("goog", GOOG).map_file("googl", GOOGL)
    with (folder.equity / "map_files" / "goog.csv").open("a") as file:
        file.write(line + "\n")
    maps = MapFiles(TextFolder(folder.map_file("SPY").equity / "map_files"))
    assert (
        str(maps.resolve("SPY", None).id) == "SPY R735QTJ8XC9X"
    )  # one damaged file stops no other security
    with pytest.raises(MarketDataError, match=r"goog\.csv, line 4"):
        maps.resolve("GOOG", None)


def test_no_map_files_at_all(tmp_path):
    symbol = MapFiles(TextFolder(tmp_path / "nothing")).resolve("spy", None)
    assert symbol == SecurityIdentifier.parse("SPY 2T")
