"""Reading files as LEAN's algorithms do."""

from __future__ import annotations

import os
import zipfile
from datetime import datetime, timedelta

import pytest

from shortable.errors import InvalidInputError, MarketDataError
from shortable.lean.algorithm.clock import TimeZones
from shortable.lean.data import DataProvider, Extensions, Globals, LeanDataFolder, data_folder_is
from shortable.lean.enums import Resolution
from shortable.lean.market import Market
from shortable.lean.symbols import SecurityIdentifier, Symbol, resolving_with

from ..folder import LeanFolder


def test_the_data_folder_is_that_of_the_run(tmp_path):
    with data_folder_is(tmp_path):
        assert Globals.data_folder == Globals.DataFolder == str(tmp_path)
    assert Globals.data_folder == "data"


def test_a_providers_list_of_a_day_as_users_read_it(tmp_path):
    """The way of LEAN's own test provider: look back up to a week, map each ticker as of the day, keep the count."""
    folder = LeanFolder(tmp_path)
    folder.map_file(
        "goog", [("2014-03-27", "goocv"), ("2014-04-02", "goocv"), ("2050-12-31", "goog")]
    )
    folder.map_file(
        "googl", [("2004-08-19", "goog"), ("2014-04-02", "goog"), ("2050-12-31", "googl")]
    )
    folder.shortable_dates("testbrokerage", "2014-03-25", [("GOOG", 400), ("BAC", 500)])
    when, found = datetime(2014, 3, 27), {}
    with data_folder_is(tmp_path), resolving_with(LeanDataFolder(tmp_path)):
        base = os.path.join(  # noqa: PTH118
            Globals.data_folder, "equity", Market.USA, "shortable", "testbrokerage", "dates"
        )
        for back in range(8):
            path = os.path.join(base, f"{when - timedelta(days=back):%Y%m%d}.csv")  # noqa: PTH118
            for line in Extensions.ReadLines(DataProvider(), path):
                ticker, shares = line.split(",")
                sid = SecurityIdentifier.GenerateEquity(ticker, Market.USA, mappingResolveDate=when)
                found[Symbol(sid, ticker)] = int(shares)
            if found:
                break
    assert back == 2
    assert {str(symbol.id): shares for symbol, shares in found.items()} == {
        "GOOG T1AZ164W5VTX": 400,
        "BAC 2T": 500,
    }


def test_missing_files_have_no_lines(tmp_path):
    provider = DataProvider()
    assert list(Extensions.read_lines(provider, str(tmp_path / "none.csv"))) == []
    assert list(Extensions.read_lines(provider, str(tmp_path))) == []
    assert provider.fetch(str(tmp_path / "none.zip#x")) is None


def test_a_file_in_a_zip(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.csv", "1\r\n2")
        archive.writestr("y.csv", "3")
    provider = DataProvider()
    assert list(Extensions.read_lines(provider, f"{path}#y.csv")) == ["3"]
    assert list(Extensions.read_lines(provider, str(path))) == ["1", "2"]  # the first one
    assert provider.Fetch(f"{path}#z.csv") is None
    path.write_bytes(b"no zip")
    with pytest.raises(MarketDataError, match=r"a\.zip"):
        provider.fetch(str(path))


def test_a_relative_path_is_looked_for_in_the_data_folder(tmp_path):
    (tmp_path / "mine.csv").write_text("1\n")
    with data_folder_is(tmp_path):
        assert list(Extensions.read_lines(DataProvider(), "mine.csv")) == ["1"]


def test_a_users_own_data_provider():
    class Mine:
        def fetch(self, key):
            return f"{key}\nand more"

    assert list(Extensions.read_lines(Mine(), "x")) == ["x", "and more"]


def test_small_helpers():
    assert Extensions.ToTimeSpan(Resolution.HOUR) == timedelta(hours=1)
    with pytest.raises(InvalidInputError, match="minute, hour or daily"):
        Extensions.to_time_span(Resolution.TICK)
    assert Extensions.get_string_between_chars("a(bc)d", "(", ")") == "bc"
    assert (Extensions.smart_rounding(123.456789), Extensions.smart_rounding(1234.56789)) == (
        123.4568,
        1234.5679,
    )


def test_times_of_zones():
    summer = datetime(2013, 10, 7, 9, 31)
    assert Extensions.convert_to_utc(summer, TimeZones.NEW_YORK) == datetime(2013, 10, 7, 13, 31)
    assert Extensions.ConvertFromUtc(datetime(2013, 12, 2, 14, 31), TimeZones.NewYork) == datetime(
        2013, 12, 2, 9, 31
    )
    assert Extensions.convert_to(summer, TimeZones.NEW_YORK, "America/Chicago") == datetime(
        2013, 10, 7, 8, 31
    )
