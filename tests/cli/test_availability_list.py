"""`shortable list`: which symbols, in which order."""

from __future__ import annotations

import pytest

AT = ("--broker", "acme", "--at", "2024-01-02 10:00")


def listed(cli, data, *arguments):
    said = cli("list", *AT, "--data", data, "--json", *arguments).json
    return [row["symbol"] for row in said["symbols"]]


# The first snapshot: CON 7 at 12.5 %, GME 100 at 35 %, NA 1,500 without a fee, SPY 5,000 and TRUE 10,000,000 at 0.25 %.
@pytest.mark.parametrize(
    ("arguments", "symbols"),
    [
        ([], ["CON", "GME", "NA", "SPY", "TRUE"]),
        (["--desc"], ["TRUE", "SPY", "NA", "GME", "CON"]),
        (["--sort", "quantity"], ["CON", "GME", "NA", "SPY", "TRUE"]),
        (["--sort", "quantity", "--desc", "--limit", "2"], ["TRUE", "SPY"]),
        (["--sort", "fee"], ["SPY", "TRUE", "CON", "GME", "NA"]),
        (["--sort", "fee", "--desc"], ["GME", "CON", "SPY", "TRUE", "NA"]),
        (["--min-quantity", "1500"], ["NA", "SPY", "TRUE"]),
    ],
)
def test_order_and_choice(cli, data, arguments, symbols):
    assert listed(cli, data, *arguments) == symbols


def test_the_table(cli, data):
    ended = cli("list", *AT, "--data", data, "--limit", "3", "--sort", "fee")
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "acme · usa · 2024-01-02 10:00 America/New_York",
        "symbol        shares  fee, % a year  rebate, % a year",
        "──────  ────────────  ─────────────  ────────────────",
        "SPY            5,000         0.2500            5.0000",
        "TRUE    ≥ 10,000,000         0.2500           unknown",
        "CON                7        12.5000           unknown",
        "the first 3 of 5 symbols that can be borrowed",
    ]


def test_one_market_at_a_time(cli, data):
    said = cli("list", "--broker", "acme", "--market", "hkex", "--data", data, "--json").json
    assert [row["symbol"] for row in said["symbols"]] == ["700.HK"]
    assert said["time_given"] is False


def test_json_rows_carry_units_as_fractions_s7(cli, data):
    said = cli("list", *AT, "--data", data, "--json").json
    assert (said["total"], said["utc_time"], said["made_up"]) == (5, "2024-01-02T15:00:00Z", False)
    assert said["symbols"][3] == {
        "symbol": "SPY",
        "currency": "USD",
        "quantity": 5_000,
        "quantity_is_floor": False,
        "fee_rate": 0.0025,
        "rebate_rate": 0.05,
        "as_of": "2024-01-02T05:00:00Z",
    }


def test_nothing_to_list_says_why(cli, data):
    ended = cli("list", "--broker", "acme", "--at", "2023-12-31", "--data", data)
    assert ended.code == 0
    assert "0 symbols that can be borrowed" in ended.out
    assert "the first one after it is of 2024-01-02 00:00 America/New_York" in ended.err


def test_without_a_time_it_is_the_newest_snapshots(cli, data):
    ended = cli("list", "--broker", "acme", "--data", data)
    assert (
        ended.out.splitlines()[0]
        == "acme · usa · 2024-01-03 00:00 America/New_York (the newest snapshot's)"
    )
    assert ended.out.splitlines()[-1] == "1 symbol that can be borrowed"
