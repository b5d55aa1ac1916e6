"""Bad input (the issue's "Done when" 4): exit code 2, one message on stderr that helps, no traceback, stdout empty."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.slow

READERS = {
    "quote": ("quote", "SPY", "--at", "2024-01-02"),
    "list": ("list", "--at", "2024-01-02"),
    "coverage": ("coverage",),
}


def refused(ended, *said: str) -> None:
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Error: ")
    assert ended.err.count("Error: ") == 1
    assert "Traceback" not in ended.err
    for words in said:
        assert words in ended.err


def store(data: Path) -> Path:
    return data / "equity" / "usa" / "shortable" / "acme.parquet"


@pytest.mark.parametrize("command", READERS.values(), ids=READERS)
def test_an_unknown_broker_names_those_that_exist(cli, data, command):
    refused(cli(*command, "--broker", "nobody", "--data", data), "'nobody'", "acme", "zeta")


@pytest.mark.parametrize(
    "command", [*READERS.values(), ("import", "ibkr", "f"), ("run", "short_availability")]
)
@pytest.mark.parametrize(
    "name", ["../../etc", "/etc/passwd", "ACME", "", "a b", "acme.parquet", "CON\x1b"]
)
def test_a_brokers_name_is_never_a_path(cli, data, command, name):
    ended = cli(*command, "--broker", name, "--data", data)
    refused(ended, "--broker=", "lower-case letters")
    assert "\x1b" not in ended.err


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _flipped(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 200] = bytes(byte ^ 0xFF for byte in whole[middle : middle + 200])
    path.write_bytes(whole)


def _of_somebody_else(path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), path)


def _text(path: Path) -> None:
    path.write_text("symbol,quantity\nSPY,1\n")


@pytest.mark.parametrize("command", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    "spoil",
    [_truncated, _of_somebody_else, _text, lambda path: path.write_bytes(b"")],
    ids=["truncated", "of somebody else", "text", "empty"],
)
def test_a_file_that_is_no_store_is_named(cli, data, command, spoil):
    spoil(store(data))
    refused(cli(*command, "--broker", "acme", "--data", data), "acme.parquet")


@pytest.mark.parametrize("command", [READERS["quote"], READERS["list"]], ids=["quote", "list"])
def test_a_store_with_damaged_pages_is_refused(cli, data, command):
    _flipped(store(data))
    refused(cli(*command, "--broker", "acme", "--data", data), "acme.parquet")


@pytest.mark.parametrize("command", READERS.values(), ids=READERS)
def test_another_schema_version_says_which_and_what_to_do(cli, data, command):
    table = pq.read_table(store(data))
    pq.write_table(
        table.replace_schema_metadata({**table.schema.metadata, b"schema_version": b"99"}),
        store(data),
    )
    refused(
        cli(*command, "--broker", "acme", "--data", data),
        "schema version '99'",
        "Upgrade shortable",
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("quote", "SPY", "--at", "yesterday"),
            "--at='yesterday' must be an ISO 8601 date or time",
        ),
        (("quote", "SPY", "--at", "2024-13-01"), "--at='2024-13-01' must be"),
        (("quote", "SPY", "--at", "NaT"), "--at='NaT' must be"),
        (("list", "--at", "24:61"), "--at='24:61' must be"),
        (("coverage", "--start", "x"), "--start='x' must be"),
        (("coverage", "--start", "2024-02-01", "--end", "2024-01-01"), "--start="),
        (("quote", "SPY", "--market", "mars"), "--market='mars' must be one of usa, australia"),
        (("list", "--market", "mars"), "--market='mars' must be one of usa, australia"),
        (("coverage", "--market", "mars"), "--market='mars' must be one of usa, australia"),
        (
            ("quote", "RY.CA", "--market", "usa"),
            "--market='usa' must agree with the spelling 'RY.CA'",
        ),
        (("quote", "!!"), "ticker='!!' must be"),
        (("quote", ""), "ticker='' must be"),
        (("quote", "SPY", "--max-age", "soon"), "--max-age='soon' must be a number of days"),
        (("quote", "SPY", "--max-age", "-1"), "--max-age='-1' must be a number of days"),
        (("quote", "SPY", "--max-age", "nan"), "--max-age='nan' must be a number of days"),
        (
            ("quote", "SPY", "--at", "2024-01-02", "--missing", "maybe"),
            "--missing='maybe' must be one of 'unavailable'",
        ),
        (("list", "--sort", "beauty"), "--sort"),
        (("list", "--limit", "0"), "--limit"),
        (("list", "--limit", "many"), "--limit"),
    ],
)
def test_options_that_cannot_be_read(cli, data, arguments, said):
    refused(cli(*arguments, "--broker", "acme", "--data", data), said)


def test_a_file_instead_of_the_data_folder(cli, data):
    refused(
        cli("quote", "SPY", "--broker", "acme", "--data", store(data)),
        "--data=",
        "be a folder, not a file",
    )


def test_a_data_folder_that_is_not_there_never_falls_back_to_the_sample(cli, tmp_path):
    refused(
        cli("quote", "SPY", "--broker", "axos", "--data", tmp_path / "nowhere"), "'axos'", "nowhere"
    )


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_store_that_may_not_be_read(cli, data):
    store(data).chmod(0)
    refused(cli("quote", "SPY", "--broker", "acme", "--data", data), "acme.parquet")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--prices", "nowhere"), "nothing is there"),
        (("--prices", "empty"), "It is empty"),
        (("--prices", "bad.parquet"), "bad.parquet"),
        (("--prices", "bad.csv"), "bad.csv"),
        (("--start", "2024-02-30"), "--start='2024-02-30' must be a date that exists"),
        (
            ("--start", "2024-02-02", "--end", "2024-02-01"),
            "--end='2024-02-01' must not lie before",
        ),
        (("--cash", "-5"), "--cash=-5.0 must be a finite amount above 0"),
        (("--cash", "nan"), "--cash=nan must be a finite amount above 0"),
        (("--cash", "much"), "--cash"),
        (("--parameter", "shares"), "--parameter='shares' must read NAME=VALUE"),
        (("--out", "no/such/place"), "--out='no/such/place' must be a new folder"),
        (("--out", "empty"), "--out='empty' must be a new folder"),
    ],
)
def test_run_with_what_cannot_be_used(cli, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("bad.parquet").write_bytes(b"PAR1 and no more")
    Path("bad.csv").write_text("no,prices\nin,here\n")
    refused(cli("run", "short_availability", *arguments), said)


@pytest.mark.parametrize(
    "arguments",
    [
        ("quote", "SPY", "--broker", "../../etc"),
        ("quote", "SPY", "--at", "noon", "--broker", "acme", "--json"),
        ("list", "--broker", "nobody"),
        ("coverage", "--broker", "acme", "--market", "mars", "--json"),
        ("import", "ibkr", "nowhere.txt", "--broker", "acme"),
        ("import", "table", ".", "--broker", "acme", "--json"),
        ("run", "nowhere.py"),
        ("run", "short_availability", "--cash", "0", "--json"),
        ("quote",),
    ],
)
def test_in_a_process_of_its_own_too(shell, data, arguments):
    refused(shell(*arguments, env={"SHORTABLE_DATA": str(data)}))
