"""``shortable study``: tables, a picture and JSON; what is missing is named."""

from __future__ import annotations


def test_a_study_on_the_sample(cli, tmp_path):
    picture = tmp_path / "market.svg"
    ran = cli(
        "study",
        "borrow-market",
        "--plot",
        str(picture),
        "--start",
        "2024-01-02",
        "--end",
        "2024-01-10",
    )
    assert ran.code == 0, ran.err
    assert "made-up sample data" in ran.out
    assert "D'Avolio, 2000 to 2001" in ran.out
    assert picture.read_text("utf-8").lstrip().startswith("<?xml")


def test_json_holds_the_tables(cli):
    ran = cli("study", "borrow-market", "--json", "--start", "2024-01-02", "--end", "2024-01-10")
    found = ran.json
    assert (
        found["tables"]["Fees, fractions of a year"]["below 1 %"]["D'Avolio, 2000 to 2001"] == 0.91
    )


def test_misuse_is_named(cli):
    assert "borrow-market, leveraged-pairs" in cli("study", "nothing").err
    ran = cli("study", "daily-limits")
    assert ran.code == 2
    assert "twse" in ran.err
