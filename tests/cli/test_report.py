"""`shortable report`: a saved run as a page."""

from __future__ import annotations

import json

import pandas as pd
import pytest


@pytest.fixture
def saved(cli, tmp_path):
    """The example's run on the packaged sample: 9 orders, 3 of them refused, 9.48 of borrow costs."""
    folder = tmp_path / "saved"
    assert cli("run", "short_availability", "--out", folder, "--quiet").code == 0
    return folder


def test_a_page_is_written_and_what_is_in_it_is_said(cli, saved, tmp_path):
    page = tmp_path / "page.html"
    ended = cli("report", saved, "--html", page)
    assert ended.code == 0, ended.err
    said = " ".join(ended.out.split())
    assert "orders 9, 3 of them refused for availability" in said
    assert str(page) in ended.out.replace("\n", "")
    assert "made-up sample data" in ended.err
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "3 of 9 orders asked for more than could be borrowed" in text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["page.html", "saved"]


def test_as_json_beside_another_run_which_is_said(cli, saved, tmp_path):
    free = tmp_path / "free"
    assert cli("run", "leveraged_etf_decay", "--out", free, "--quiet").code == 0
    document = cli(
        "report", saved, "--html", tmp_path / "page.htm", "--without", free, "--json"
    ).json
    assert document["summary"]["refused_for_availability"] == 3
    assert document["made_up"] is True
    assert document["bytes"] == (tmp_path / "page.htm").stat().st_size
    assert "The backtest without limits is another one: LeveragedEtfDecay" in (
        tmp_path / "page.htm"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["page.pdf", "nowhere/page.html"])
def test_misuse_is_exit_code_2_and_writes_nothing(cli, saved, tmp_path, name):
    before = sorted(tmp_path.rglob("*"))
    ended = cli("report", saved, "--html", tmp_path / name)
    assert (ended.code, "--html" in ended.err) == (2, True)
    assert sorted(tmp_path.rglob("*")) == before


def test_what_is_no_saved_run_is_refused(cli, saved, tmp_path):
    page = tmp_path / "page.html"
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "none", tmp_path / "empty", saved / "summary.json"):
        ended = cli("report", folder, "--html", page)
        assert (ended.code, "shortable run" in ended.err) == (2, True), folder
    ended = cli("report", saved, "--html", page, "--without", tmp_path / "empty")
    assert ended.code == 2
    (saved / "orders.parquet").write_bytes(b"PAR1 no more")
    assert cli("report", saved, "--html", page).code == 2
    assert not page.exists()


def test_a_folder_of_an_older_version_has_no_availability_and_is_still_read(cli, saved, tmp_path):
    (saved / "availability.parquet").unlink()
    summary = json.loads((saved / "summary.json").read_text(encoding="utf-8"))
    for name in ("look_up", "fill_model", "brokerage_model"):
        del summary[name]
    (saved / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    ended = cli("report", saved, "--html", tmp_path / "page.html")
    assert ended.code == 0, ended.err
    assert "This result does not record what was available." in (tmp_path / "page.html").read_text(
        encoding="utf-8"
    )


def test_a_run_of_lean_is_told_with_its_own_statistics(cli, tmp_path):
    folder, page = tmp_path / "lean", tmp_path / "page.html"
    assert cli("run", "penny_stock_top_gainers", "--out", folder, "--quiet").code == 0
    ended = cli("report", folder, "--html", page)
    assert ended.code == 0, ended.err
    orders = pd.read_parquet(folder / "orders.parquet")
    refused = orders["tag"].str.startswith("Order exceeds maximum shortable").sum()
    assert refused > 0
    text = page.read_text(encoding="utf-8")
    assert f"{refused} of {len(orders)} orders asked for more than could be borrowed" in text
    assert "Probabilistic Sharpe Ratio" in text
    assert "The prices and the availability of this backtest are made up" in text
    assert text.count("<td>refused</td>") == refused
