"""`shortable quote`: each kind of answer in words and as JSON. The figures are those of the fixture `data`."""

from __future__ import annotations

from datetime import datetime

import pytest

from shortable.clock import published_instant
from shortable.market import Market
from shortable.store import append, make_snapshot


def quoted(cli, data, *arguments):
    ended = cli("quote", *arguments, "--broker", "acme", "--data", data)
    assert ended.code == 0, ended.err
    lines = [line.split("  ", 1) for line in ended.out.splitlines()[1:]]
    return {label.strip(): value.strip() for label, value in lines}, ended


def test_a_quote_in_words(cli, data):
    said, ended = quoted(cli, data, "GME", "--at", "2024-01-02 10:00")
    assert said == {
        "at": "2024-01-02 10:00 America/New_York",
        "available": "100 shares",
        "fee": "35.00 % a year",
        "rebate": "-30.00 % a year",
        "snapshot": "2024-01-02 00:00 America/New_York (2024-01-02 05:00 UTC)",  # UTC−5 in winter
        "its age": "10 h",
    }
    assert ended.out.splitlines()[0] == "GME · usa · USD · acme"
    assert ended.err == ""


def test_a_floor_is_at_least(cli, data):
    said, _ = quoted(cli, data, "TRUE", "--at", "2024-01-02")
    assert said["available"] == "≥ 10,000,000 shares (floor)"


def test_left_out_of_a_complete_snapshot_is_none_and_the_quote_says_why_s3(cli, data):
    said, ended = quoted(cli, data, "GME", "--at", "2024-01-03")
    assert (
        said["available"]
        == "none can be borrowed: the snapshot lists all that can be, and not this"
    )
    assert said["fee"] == "unknown"
    assert ended.err == ""


def test_where_no_snapshot_speaks_it_warns_and_names_the_nearest_s3(cli, data):
    said, ended = quoted(cli, data, "SPY", "--at", "2024-01-01")
    assert said["available"] == "no data; by the policy: none can be borrowed"
    assert "snapshot" not in said
    assert "--missing unavailable" in ended.err
    assert "the first snapshot is of 2024-01-02 00:00:00" in ended.err


def test_a_snapshot_that_is_too_old_is_named_with_its_age_s2(cli, data):
    said, ended = quoted(cli, data, "SPY", "--at", "2024-01-20")
    assert said["available"] == "no data; by the policy: none can be borrowed"
    assert (
        "the last snapshot before it, of 2024-01-03 00:00:00, is 17 days old, more than --max-age=7 days"
        in ended.err
    )
    assert (
        quoted(cli, data, "SPY", "--at", "2024-01-20", "--max-age", "17")[0]["available"]
        == "4,000 shares"
    )
    assert (
        quoted(cli, data, "SPY", "--at", "2030-01-20", "--max-age", "none")[0]["available"]
        == "4,000 shares"
    )


def test_unknown_is_unrestricted_only_where_that_is_asked_for_s3(cli, data):
    said, ended = quoted(cli, data, "SPY", "--at", "2024-01-01", "--missing", "unrestricted")
    assert said["available"] == "no data; by the policy: no restriction known"
    assert "--missing unrestricted" in ended.err
    raised = cli(
        "quote",
        "SPY",
        "--at",
        "2024-01-01",
        "--missing",
        "raise",
        "--broker",
        "acme",
        "--data",
        data,
    )
    assert (raised.code, raised.out) == (2, "")
    assert "no snapshot answers" in raised.err


def test_without_a_time_it_is_the_newest_snapshots_and_says_so_s10(cli, data):
    said, _ = quoted(cli, data, "SPY")
    assert (
        said["at"] == "2024-01-03 00:00 America/New_York (the newest snapshot's; no clock is read)"
    )
    assert said["available"] == "4,000 shares"


def test_a_time_with_an_offset_is_that_instant(cli, data):
    before = cli(
        "quote", "SPY", "--at", "2024-01-03T04:59:59Z", "--broker", "acme", "--data", data, "--json"
    ).json
    after = cli(
        "quote", "SPY", "--at", "2024-01-03T05:00:00Z", "--broker", "acme", "--data", data, "--json"
    ).json
    assert (before["quantity"], after["quantity"]) == (5_000, 4_000)
    assert (before["local_time"], after["local_time"]) == (
        "2024-01-02T23:59:59",
        "2024-01-03T00:00:00",
    )


@pytest.mark.parametrize("symbol", ["700.HK", "HK.00700"])
def test_the_spelling_names_the_market(cli, data, symbol):
    said, ended = quoted(cli, data, symbol)
    assert ended.out.splitlines()[0] == "700.HK · hkex · HKD · acme"
    assert said["at"].startswith("2024-01-02 00:00 Asia/Hong_Kong")
    assert said["available"] == "2,000 shares"


def test_the_market_may_be_an_option(cli, data):
    ended = cli("quote", "700", "--market", "hk", "--broker", "acme", "--data", data, "--json")
    assert ended.json["symbol"] == "700.HK"


def test_a_market_of_which_there_is_nothing(cli, data):
    said, ended = quoted(cli, data, "RY.CA", "--at", "2024-01-02")
    assert said["available"] == "no data; by the policy: none can be borrowed"
    assert "there is no snapshot of market canada" in ended.err
    untimed = cli("quote", "RY.CA", "--broker", "acme", "--data", data)
    assert (untimed.code, untimed.out) == (2, "")


@pytest.mark.parametrize(
    ("ticker", "shares"),
    [("NA", 1_500), ("TRUE", 10_000_000), ("CON", 7), ("NAN", 0), ("nan", 0), ("INF", 0)],
)
def test_tickers_are_text_whatever_they_look_like(cli, data, ticker, shares):
    said = cli(
        "quote", ticker, "--at", "2024-01-02", "--broker", "acme", "--data", data, "--json"
    ).json
    assert (said["symbol"], said["quantity"]) == (ticker.upper(), shares)


def test_json_says_everything(cli, data):
    said = cli(
        "quote", "NA", "--at", "2024-01-02 10:00", "--broker", "acme", "--data", data, "--json"
    ).json
    assert said == {
        "symbol": "NA",
        "ticker": "NA",
        "market": "usa",
        "currency": "USD",
        "broker": "acme",
        "local_time": "2024-01-02T10:00:00",
        "time_zone": "America/New_York",
        "utc_time": "2024-01-02T15:00:00Z",
        "quantity": 1_500,
        "quantity_is_floor": False,
        "fee_rate": None,
        "rebate_rate": None,
        "as_of": "2024-01-02T05:00:00Z",
        "has_data": True,
        "note": "",
        "listed_as": [],
        "made_up": False,
        "left_out": False,
        "time_given": True,
    }


def test_json_tells_none_from_zero_s1(cli, data):
    folder = ("--broker", "acme", "--data", data, "--json")
    assert (
        cli("quote", "SPY", "--at", "2024-01-01", *folder, "--missing", "unrestricted").json[
            "quantity"
        ]
        is None
    )
    unknown, absent = (
        cli("quote", "SPY", "--at", "2024-01-01", *folder).json,
        cli("quote", "GME", "--at", "2024-01-03", *folder).json,
    )
    assert (unknown["quantity"], unknown["has_data"], unknown["left_out"]) == (0, False, False)
    assert (absent["quantity"], absent["has_data"], absent["left_out"]) == (0, True, True)


def test_the_sample_says_that_it_is_made_up(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = cli("quote", "SPY", "--at", "2024-01-05", "--broker", "axos")
    assert ended.code == 0
    assert "made-up sample data" in ended.out.splitlines()
    assert (
        cli("quote", "SPY", "--at", "2024-01-05", "--broker", "axos", "--json").json["made_up"]
        is True
    )


def test_a_row_that_could_not_be_read_and_another_currency_are_no_data_s3(cli, tmp_path):
    rows = {"symbol": ["SPY", "LHT"], "currency": ["USD", "CAD"], "quantity": [500, 10_000]}
    made = make_snapshot(
        published_instant(datetime(2024, 1, 2)), rows, complete=True, unreadable=["GME"]
    )
    append("acme", [made], data_folder=tmp_path)
    for ticker, why in (
        ("GME", "could not be read"),
        ("LHT", "10,000 shares are listed as LHT@CAD"),
    ):
        said, ended = quoted(cli, tmp_path, ticker, "--at", "2024-01-02 10:00")
        assert said["available"].startswith("no data")
        assert why in ended.err
    folder = ("--broker", "acme", "--data", tmp_path, "--json")
    document = cli("quote", "LHT", "--at", "2024-01-02 10:00", *folder).json
    assert (document["has_data"], document["listed_as"]) == (False, ["LHT@CAD"])
    late = cli("quote", "SPY", "--at", "2024-01-06", "--broker", "acme", "--data", tmp_path)
    assert "the last snapshot is 4 days old" in late.err


def test_a_ticker_without_its_market_is_pointed_to_the_brokers_own(cli, tmp_path):
    rows = {"symbol": ["7203"], "currency": ["JPY"], "quantity": [5]}
    at = published_instant(datetime(2024, 1, 2), Market.JAPAN)
    made = make_snapshot(at, rows, complete=True, market=Market.JAPAN)
    append("acme", [made], market=Market.JAPAN, data_folder=tmp_path)
    ended = cli("quote", "7203", "--at", "2024-01-02 10:00", "--broker", "acme", "--data", tmp_path)
    assert "7203 was read as of usa; acme has availability of japan: name it" in ended.err
