"""``shortable run`` of algorithms written for LEAN."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location(
    "lean_folder", Path(__file__).parents[1] / "lean" / "folder.py"
)
assert spec is not None
assert spec.loader is not None
lean_folder = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lean_folder)

DAYS = ("2013-10-04", "2013-10-07", "2013-10-08")
SHORT = """
from AlgorithmImports import *


class Short(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 8)
        self.spy = self.add_equity("SPY", Resolution.MINUTE)
        self.spy.set_shortable_provider(LocalDiskShortableProvider("testbrokerage"))

    def on_data(self, data):
        if not self.portfolio.invested:
            print("for people")
            self.market_order("SPY", -int(self.get_parameter("shares", 101)))
            self.market_order("SPY", -100)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = lean_folder.LeanFolder(tmp_path / "lean").map_file("SPY").factor_file("SPY")
    for day in DAYS:
        made.session("SPY", day, 100.0)
    made.shortable("testbrokerage", "SPY", [(day, 100) for day in DAYS])
    return made.path


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "algorithm.py"
    file.write_text(text, encoding="utf-8")
    return file


def test_statistics_by_leans_keys_and_the_refusal_with_its_code(shell, tmp_path, folder):
    ended = shell("run", write(tmp_path, SHORT), "--data", folder, "--json")
    assert ended.code == 0, ended.err
    document = ended.json
    # 100 shorted at the bid of 99.99, 1 dollar least commission
    assert document["statistics"]["Total Orders"] == "2"
    assert document["statistics"]["Total Fees"] == "$1.00"
    assert document["statistics"]["End Equity"] == "99998"
    assert [(r["requested"], r["error_code"]) for r in document["refusals"]] == [(101, -31)]
    assert (
        document["orders"][0]["tag"]
        == "Order exceeds maximum shortable quantity for Symbol SPY (requested short: 101)"
    )
    assert "for people" in ended.err


def test_the_summary_shows_what_was_refused(cli, tmp_path, folder):
    ended = cli("run", write(tmp_path, SHORT), "--data", folder)
    assert ended.code == 0
    assert "Shorts over what could be borrowed (1)" in ended.out
    assert (
        "Order exceeds maximum shortable quantity for Symbol SPY (requested short: 101)"
        in ended.out
    )
    assert "99,998.00" in ended.out


@pytest.mark.parametrize(
    ("line", "end"),
    [
        ("self.settings.daily_precise_end_time = False", "midnight"),
        # called on the algorithm in a LEAN whose daily bars ended at midnight: no reason to guess at that LEAN
        ("self.AllShortableSymbols()", "close"),
    ],
)
def test_the_summary_says_where_days_end_at_midnight(cli, tmp_path, folder, line, end):
    file = write(tmp_path, SHORT.replace('print("for people")', line))
    assert cli("run", file, "--data", folder, "--json").json["daily_bars_end"] == end
    assert (
        "daily bars  end at midnight"
        in " ".join(cli("run", file, "--data", folder).out.splitlines())
    ) == (end == "midnight")


def test_parameters_and_dates_go_before_the_algorithms_own(cli, tmp_path, folder):
    ended = cli(
        "run",
        write(tmp_path, SHORT),
        "--data",
        folder,
        "-p",
        "shares=7",
        "--start",
        "2013-10-08",
        "--json",
    )
    assert ended.code == 0
    assert (ended.json["start"], ended.json["orders"][0]["quantity"]) == ("2013-10-08", -7)


def test_an_algorithm_that_raises_is_exit_1_with_its_own_line(cli, tmp_path, folder):
    text = (
        SHORT
        + "\n    def on_end_of_algorithm(self):\n        raise RegressionTestException('not as expected')\n"
    )
    ended = cli("run", write(tmp_path, text), "--data", folder)
    assert ended.code == 1
    assert "RegressionTestException: not as expected" in ended.err
    assert "in on_end_of_algorithm" in ended.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("self.set_hldings('SPY', 1)", "near: set_holdings"),
        ("AlphaModell()", "AlphaModell is not in shortable.lean"),
    ],
)
def test_an_unknown_name_says_so(cli, tmp_path, folder, line, said):
    text = SHORT.replace('print("for people")', line)
    ended = cli("run", write(tmp_path, text), "--data", folder)
    assert (ended.code, said in ended.err) == (1, True), ended.err


def test_out_writes_tables(cli, tmp_path, folder):
    import pandas as pd

    ended = cli("run", write(tmp_path, SHORT), "--data", folder, "--out", tmp_path / "made", "-q")
    assert (ended.code, ended.out) == (
        0,
        "for people\n",
    )  # the algorithm's own word, and no summary
    assert pd.read_parquet(tmp_path / "made" / "orders.parquet")["quantity"].tolist() == [
        -101,
        -100,
    ]


@pytest.mark.parametrize(
    "option", [("--broker", "axos"), ("--own-use", "excluded"), ("--share", "0.5")]
)
def test_options_for_our_own_algorithms_are_refused(cli, tmp_path, folder, option):
    ended = cli("run", write(tmp_path, SHORT), "--data", folder, *option)
    assert ended.code == 2
    assert ended.err.startswith(f"Error: {option[0]}='{option[1]}' must be left out. ")
    assert "names its providers itself, and LEAN's rule decides" in ended.err


def test_without_a_lean_folder_it_runs_on_the_sample(cli, tmp_path):
    text = (
        SHORT.replace("2013, 10, 7", "2024, 1, 2")
        .replace("2013, 10, 8", "2024, 1, 5")
        .replace("MINUTE", "DAILY")
    )
    ticker = "GLMZ"  # one of the sample's penny stocks
    ended = cli("run", write(tmp_path, text.replace('"SPY"', f'"{ticker}"')), "--json")
    assert ended.code == 0, ended.err
    assert ended.json["made_up"] is True


def test_a_file_of_our_own_engine_may_speak_of_lean(tmp_path):
    from shortable.cli.job import lean_file

    own = 'from shortable.engine import Algorithm\n\n\nclass Own(Algorithm):\n    """As a QCAlgorithm."""\n'
    assert lean_file(write(tmp_path, own)) is None
    theirs = "import AlgorithmImports as lean\n\n\nclass Theirs(lean.QCAlgorithm):\n    pass\n"
    assert lean_file(write(tmp_path, theirs)) is not None
    assert lean_file(write(tmp_path, "from AlgorithmImports import *\nclass")) is not None
