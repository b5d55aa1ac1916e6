"""The issue's "Real input" list, as a user types it. Figures are read off the vendor's files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

BROKER = ("--broker", "interactivebrokers")


@pytest.fixture(scope="module")
def ibkr(real_data: Path) -> Path:
    return real_data / "ibkr"


def line(path: Path, symbol: str) -> list[str]:
    """A symbol's row in a raw file, as the vendor wrote it."""
    found = [row for row in path.read_text().splitlines() if row.startswith(f"{symbol}|USD|")]
    assert len(found) == 1
    return found[0].split("|")


@pytest.mark.parametrize(
    ("name", "rows"), [("usa_20210423.txt", 13_313), ("usa_20220806.txt", 17_461)]
)
def test_a_raw_file_stores_every_row_but_those_that_are_reported(cli, ibkr, tmp_path, name, rows):
    said = cli("import", "ibkr", ibkr / name, *BROKER, "--data", tmp_path, "--json").json
    assert said["rows_read"] == rows
    assert said["rows_stored"] == rows - len(said["rejects"])
    assert len(said["rejects"]) < rows / 1000
    assert all(reject["line"] > 2 and reject["reason"] for reject in said["rejects"])


@pytest.mark.slow
def test_canada_changes_no_american_answer(cli, ibkr, tmp_path):
    cli("import", "ibkr", ibkr / "usa_20210423.txt", *BROKER, "--data", tmp_path)
    question = ("list", *BROKER, "--at", "2021-04-27 21:00", "--data", tmp_path, "--json")
    before = cli(*question).json
    said = cli(
        "import",
        "ibkr",
        ibkr / "canada_20210427.txt",
        *BROKER,
        "--market",
        "canada",
        "--data",
        tmp_path,
        "--json",
    ).json
    assert (said["rows_read"], said["snapshots"][0]["market"]) == (1_939, "canada")
    assert cli(*question).json == before
    assert len(before["symbols"]) == before["total"] > 13_000


def test_amc_is_none_and_gme_is_right_to_the_share(cli, ibkr, tmp_path):
    path = ibkr / "usa_20210423.txt"
    cli("import", "ibkr", path, *BROKER, "--data", tmp_path)
    asked = ("--at", "2021-04-23 20:00", *BROKER, "--data", tmp_path, "--json")
    amc, gme = cli("quote", "AMC", *asked).json, cli("quote", "GME", *asked).json
    assert (amc["quantity"], amc["has_data"], amc["left_out"]) == (0, True, True)
    _, _, _, _, _, rebate, fee, available, _ = line(path, "GME")
    assert gme["quantity"] == int(available)
    assert gme["fee_rate"] == pytest.approx(float(fee) / 100, abs=1e-12)
    assert gme["rebate_rate"] == pytest.approx(float(rebate) / 100, abs=1e-12)


def test_nothing_is_known_before_the_snapshots_time(cli, ibkr, tmp_path):
    # The file's first line: #BOF|2021.04.23|19:00:02, US Eastern.
    cli("import", "ibkr", ibkr / "usa_20210423.txt", *BROKER, "--data", tmp_path)
    folder = (*BROKER, "--data", tmp_path, "--json")
    before = cli("quote", "GME", "--at", "2021-04-23 19:00:01", *folder).json
    assert (before["quantity"], before["has_data"]) == (0, False)
    open_ended = cli(
        "quote", "GME", "--at", "2021-04-23 19:00:01", *folder, "--missing", "unrestricted"
    ).json
    assert open_ended["quantity"] is None
    assert cli("quote", "GME", "--at", "2021-04-23 19:00:02", *folder).json["has_data"] is True


def test_imported_again_nothing_changes_and_half_a_file_is_refused(cli, ibkr, tmp_path):
    command = ("import", "ibkr", ibkr / "usa_20220806.txt", *BROKER, "--data", tmp_path / "d")
    cli(*command)

    def fingerprint() -> dict[str, str]:
        files = sorted(f for f in (tmp_path / "d").rglob("*") if f.is_file())
        return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in files}

    stored = fingerprint()
    assert "0 stored, 17,461 stored before, unchanged, 0 rejected" in cli(*command).out
    assert fingerprint() == stored
    half = tmp_path / "half.txt"
    whole = (ibkr / "usa_20220806.txt").read_bytes()
    half.write_bytes(whole[: len(whole) // 2])
    ended = cli("import", "ibkr", half, *BROKER, "--data", tmp_path / "d")
    assert (ended.code, ended.out) == (2, "")
    assert "the file was cut off" in ended.err
    assert fingerprint() == stored


@pytest.fixture(scope="module")
def history(ibkr, tmp_path_factory) -> Path:
    """The 27 snapshots, imported by the command line."""
    from typer.testing import CliRunner

    from shortable.cli.app import app

    folder = tmp_path_factory.mktemp("history")
    archive = ibkr / "usa_history_20260323_20260511.parquet"
    ended = CliRunner().invoke(
        app, ["import", "ibkr", str(archive), *BROKER, "--data", str(folder)]
    )
    assert ended.exit_code == 0, ended.output
    assert "511,254 rows read: 511,227 stored, 0 rejected, 27 trailers" in ended.output
    return folder


def test_the_archive_is_27_snapshots_and_one_of_them_is_stale(cli, history):
    said = cli("coverage", *BROKER, "--data", history, "--json").json
    assert len(said["snapshots"]) == 27
    repeats = [s for s in said["snapshots"] if s["repeats"] is not None]
    assert [(s["local_time"][:10], s["repeats"][:10]) for s in repeats] == [
        ("2026-04-21", "2026-04-16")
    ]
    # The hole: nothing between 27 April and 11 May.
    assert [(g["from_local"][:10], g["to_local"][:10]) for g in said["gaps"]] == [
        ("2026-04-27", "2026-05-11")
    ]


def test_na_is_a_ticker(cli, history):
    said = cli("quote", "NA", *BROKER, "--data", history, "--json").json
    assert said["symbol"] == "NA"
    assert said["quantity"] > 0


def test_leveraged_etf_decay_on_real_snapshots_and_closes(cli, history, real_data):
    prices = real_data / "prices" / "us_etf_close_20210601_20260720.parquet"
    ended = cli(
        "run",
        "leveraged_etf_decay",
        "--data",
        history,
        "--prices",
        prices,
        "--start",
        "2026-03-23",
        "--end",
        "2026-05-11",
    )
    assert (ended.code, ended.err) == (0, "")
    assert "made-up" not in ended.out
    assert "Shorts over what could be borrowed (" in ended.out
    said = cli(
        "run",
        "leveraged_etf_decay",
        "--data",
        history,
        "--prices",
        prices,
        "--start",
        "2026-03-23",
        "--end",
        "2026-05-11",
        "--json",
    ).json
    assert said["summary"]["refused_for_availability"] > 0
    assert said["summary"]["borrow_costs"] > 0
    unknown = [check["time"] for check in said["checks_without_data"]]
    # The last snapshot before the hole, of 27 April 10:08, speaks for seven days.
    assert unknown
    assert all("2026-05-04T10:08" < time < "2026-05-11T00:24" for time in unknown)
    assert f"{len(unknown)} without data" in ended.out
