"""`shortable import` and `coverage` of sources that state balances: datasets, identities, what a file leaves open."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests.importers.sources.exchanges.taiwan_lists import csv_list, row

MONDAY = date(2025, 3, 3)


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "TWT93U_20250303.csv"
    path.write_bytes(csv_list(MONDAY, row("2330", 100, 5, limit=7), row("2317", 9, note="X")))
    return path


def test_limits_and_balances_are_stored_in_one_call(cli, listed, tmp_path):
    folder = tmp_path / "data"
    ended = cli("import", "twse", listed, "--data", folder)
    assert (ended.code, ended.err) == (0, "")
    assert "3 rows read: 2 stored, 0 rejected, 1 totals" in ended.out
    assert "short balances" in ended.out
    assert (
        "previous + sold - covered - repaid + adjusted = balance: 4 rows checked, 0 broken"
        in ended.out
    )
    quoted = cli(
        "quote",
        "2330.TW",
        "--broker",
        "twse",
        "--at",
        "2025-03-04 09:00",
        "--data",
        folder,
        "--json",
    ).json
    assert quoted["quantity"] == 7
    shown = cli("coverage", "--broker", "twse", "--market", "taiwan", "--data", folder)
    assert "4 rows checked, 0 broken" in shown.out


def test_a_broken_identity_ends_with_2_and_says_what_to_do(cli, tmp_path):
    path, folder = tmp_path / "bad.csv", tmp_path / "data"
    path.write_bytes(csv_list(MONDAY, row("2330", 100, 5, balance=106)))
    ended = cli("import", "twse", path, "--data", folder)
    assert ended.code == 2
    assert "2330 borrowed on 2025-03-03: 106 instead of 105. Nothing was stored." in " ".join(
        ended.err.split()
    )
    assert "--allow-breaks" in ended.err
    assert "Traceback" not in ended.err
    assert not (folder / "equity").exists()
    said = cli("import", "twse", path, "--allow-breaks", "--data", folder, "--json").json
    assert said["identities"][0]["broken"] == 1


def test_what_a_file_leaves_open_is_asked_for_by_its_option(cli, tmp_path):
    path = tmp_path / "TWT96U.json"
    path.write_text(
        json.dumps(
            [
                {
                    "TWSECode": "2330",
                    "TWSEAvailableVolume": "7",
                    "GRETAICode": "",
                    "GRETAIAvailableVolume": "",
                }
            ]
        )
    )
    ended = cli("import", "twse", path, "--data", tmp_path / "data")
    assert (ended.code, "--session DATE" in " ".join(ended.err.split())) == (2, True)


def test_coverage_of_a_source_without_availability_shows_its_identities(cli, tmp_path):
    path, folder = tmp_path / "jsf.csv", tmp_path / "data"
    path.write_text(
        "7203,2025/01/10,1200,200,0,0,450,-50,0,0\n7203,2025/01/09,1000,0,0,0,500,0,0,0\n"
    )
    assert cli("import", "jsf", path, "--data", folder).code == 0
    shown = cli("coverage", "--broker", "jsf", "--market", "japan", "--data", folder)
    assert "previous(t) = balance(t-1): 2 rows checked, 0 broken" in shown.out
    said = cli("coverage", "--broker", "jsf", "--market", "japan", "--data", folder, "--json").json
    assert (said["source"], said["identities"][0]["checked"]) == ("jsf", 2)
    assert cli("coverage", "--broker", "jsf", "--data", folder).code == 2


@pytest.mark.parametrize("source", ["twse", "tpex", "jsf", "b3", "nse", "finmind"])
def test_every_source_explains_itself(cli, source):
    ended = cli("import", source, "--help")
    assert ended.code == 0
    assert "--time" in ended.out
    assert ("--broker" in ended.out) == (source in ("twse", "tpex"))
