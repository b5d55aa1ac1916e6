"""`shortable run`: examples by name, users' files, and whose fault a failure is."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pandas as pd
import pytest

from shortable.examples import EXAMPLES

STRATEGY = """
from shortable.engine import Algorithm

class Short(Algorithm):
    def initialize(self):
        self.set_cash(100_000)
        self.add_equity("SPY")
    def on_data(self, slice):
        self.market_order("SPY", -3_000)
"""


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """Closes of SPY on three sessions: 10.00, 10.00, 9.00."""
    days = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"])
    path = tmp_path / "prices.parquet"
    pd.DataFrame({"symbol": "SPY", "date": days, "close": [10.0, 10.0, 9.0]}).to_parquet(path)
    return path


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write a user's file into the working folder."""
    monkeypatch.chdir(tmp_path)

    def write_file(text: str, name: str = "strategy.py") -> str:
        Path(name).write_text(textwrap.dedent(text))
        return name

    return write_file


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_runs_by_name_and_shows_refusals_with_the_whole_tag(
    cli, tmp_path, monkeypatch, name
):
    monkeypatch.chdir(tmp_path)
    ended = cli("run", name)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"{name} · ")
    assert "made-up sample data" in ended.out
    assert "Order exceeds maximum shortable quantity for Symbol " in ended.out
    assert "(requested short: " in ended.out
    assert "borrow costs  " in ended.out


def test_a_users_file(cli, write, prices, data):
    file = write(STRATEGY)
    ended = cli("run", file, "--prices", prices, "--broker", "acme", "--data", data)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[0] == "strategy.py: Short · 2024-01-02 to 2024-01-04, 3 sessions"
    # 5,000 on 2 January: 3,000 are short. 4,000 and from then on: 3,000 held or asked for, so 3,000 more are too many.
    assert "Shorts over what could be borrowed (2)" in ended.out
    assert "2024-01-03 16:00  SPY         3,000    -3,000      4,000  refused" in ended.out
    assert "2024-01-04 16:00  SPY         3,000    -3,000      4,000  refused" in ended.out
    assert (
        "Order exceeds maximum shortable quantity for Symbol SPY (requested short: 3000)"
        in ended.out
    )
    assert "orders        3: 1 filled, 2 refused for availability" in ended.out
    assert "checks        3 of availability, 0 without data" in ended.out
    # The fill is on the 3rd at 10.00; one night, at the close of 10.00 and the 0.3 % known then:
    # 3,000 × 10.00 × 0.003 × 1 / 360 = 0.25.
    assert "borrow costs  0.25 USD: SPY 0.25" in ended.out
    # Commission 3,000 × 0.005 = 15.00. P&L 3,000 × (10.00 − 9.00) − 0.25 − 15.00 = 2,984.75.
    assert "commissions   15.00 USD" in ended.out
    assert "P&L           +2,984.75 USD (+2.98 %), 100,000.00 → 102,984.75" in ended.out


def test_json_says_the_same(cli, write, prices, data):
    said = cli(
        "run", write(STRATEGY), "--prices", prices, "--broker", "acme", "--data", data, "--json"
    ).json
    assert said["summary"]["borrow_costs"] == pytest.approx(0.25)
    assert said["borrow_costs_by_symbol"] == {"SPY": pytest.approx(0.25)}
    assert (said["made_up"], said["checks_without_data"], said["folder"]) == (False, [], None)
    assert said["refusals"][0] == {
        "order_id": 2,
        "time": "2024-01-03T16:00:00",
        "symbol": "SPY",
        "kind": "submission",
        "requested": 3_000,
        "allowed": 0,
        "held": -3_000,
        "open_sells": 0,
        "available": 4_000,
        "has_data": True,
        "error_code": -31,
        "tag": "Order exceeds maximum shortable quantity for Symbol SPY (requested short: 3000)",
    }


def test_a_refusal_for_want_of_data_is_told_from_one_for_want_of_shares_s3(
    cli, write, prices, data
):
    # The newest snapshot is of 3 January and speaks for seven days; the prices are of April.
    late = pd.read_parquet(prices)
    late["date"] += pd.DateOffset(months=3)
    late.to_parquet(prices)
    options = ("--prices", prices, "--broker", "acme", "--data", data)
    ended = cli("run", write(STRATEGY), *options)
    assert "2024-04-02 16:00  SPY         3,000         0    no data  refused" in ended.out
    assert (
        "checks        3 of availability, 3 without data (2024-04-02 16:00 to 2024-04-04 16:00)"
        in ended.out
    )
    assert [
        r["has_data"] for r in cli("run", "strategy.py", *options, "--json").json["refusals"]
    ] == [False] * 3


def test_what_the_algorithm_prints_keeps_out_of_the_json(shell, write, prices, data):
    write(STRATEGY + "        print('hello')\nprint('loaded')\n")
    ended = shell("run", "strategy.py", "--prices", prices, "--json")
    assert ended.code == 0
    assert json.loads(ended.out)["summary"]["orders"] == 3
    assert ended.err.split() == ["loaded", "hello", "hello", "hello"]


def test_start_end_and_cash_go_before_the_algorithms_own(cli, write, prices):
    options = ("--start", "2024-01-03", "--end", "2024-01-03", "--cash", "50000", "--json")
    said = cli("run", write(STRATEGY), "--prices", prices, *options).json["summary"]
    assert (said["start"], said["end"], said["start_equity"]) == (
        "2024-01-03",
        "2024-01-03",
        50_000,
    )


def test_own_shorts_that_availability_already_lacks(cli, write, prices, data):
    """3,000 a day of 5,000 and then 4,000. Counted, the second and third are too much; not counted, the third alone (S16)."""
    arguments = ("run", write(STRATEGY), "--prices", prices, "--broker", "acme", "--data", data)
    counted, excluded = (
        cli(*arguments, "--json", *more).json["summary"] for more in ((), ("--own-use", "excluded"))
    )
    assert (counted["refused_for_availability"], excluded["refused_for_availability"]) == (2, 1)
    said = " ".join(cli(*arguments, "--own-use", "excluded").out.split())
    assert "own shorts not counted" in said


def test_parameters_reach_the_algorithm(cli, write, prices):
    file = write(STRATEGY.replace("-3_000", "-self.get_parameter('shares', 1)"))
    said = cli(
        "run", file, "--prices", prices, "--parameter", "shares=7", "--out", "result", "--json"
    ).json
    assert said["summary"]["orders"] == 3
    assert pd.read_parquet("result/orders.parquet")["quantity"].tolist() == [-7, -7, -7]


def test_out_writes_the_tables_and_never_over_others(cli, write, prices):
    file = write(STRATEGY)
    assert "written to    result" in cli("run", file, "--prices", prices, "--out", "result").out
    assert len(pd.read_parquet("result/orders.parquet")) == 3
    again = cli("run", file, "--prices", prices, "--out", "result")
    assert (again.code, again.out) == (2, "")
    assert "--out='result' must be a new folder" in again.err


def test_quiet_prints_nothing(cli, write, prices):
    ended = cli("run", write(STRATEGY), "--prices", prices, "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_prices_may_be_a_folder_of_csv(cli, write):
    Path("csv").mkdir()
    Path("csv/SPY.csv").write_text("Date,Close\n2024-01-02,10\n2024-01-03,10\n")
    assert cli("run", write(STRATEGY), "--prices", "csv", "--json").json["summary"]["sessions"] == 2


def test_a_file_without_prices_runs_on_the_sample_and_says_so(cli, write):
    said = cli("run", write(STRATEGY), "--json").json
    assert said["made_up"] is True


def test_of_two_algorithms_one_must_be_chosen(cli, write, prices):
    file = write(STRATEGY + STRATEGY.replace("Short", "Other"))
    refused = cli("run", file, "--prices", prices)
    assert (refused.code, refused.out) == (2, "")
    assert "It defines Short, Other: choose one with --class NAME." in refused.err
    chosen = cli("run", file, "--prices", prices, "--class", "Other", "--json")
    assert chosen.json["summary"]["algorithm"] == "Other"
    unknown = cli("run", file, "--prices", prices, "--class", "Third")
    assert unknown.code == 2
    assert "It defines Short, Other." in unknown.err


def test_a_base_class_in_the_file_is_not_what_runs(cli, write, prices):
    file = write(STRATEGY + "\nclass Better(Short):\n    pass\n")
    assert cli("run", file, "--prices", prices, "--json").json["summary"]["algorithm"] == "Better"


def test_a_file_may_import_what_lies_beside_it(cli, write, prices, monkeypatch):
    write("SHARES = 5\n", "my_settings_beside.py")
    file = write(
        "import my_settings_beside\n" + STRATEGY.replace("3_000", "my_settings_beside.SHARES")
    )
    assert cli("run", file, "--prices", prices).code == 0


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("nowhere.py", None, "algorithm='nowhere.py' must be a Python file. That does not exist."),
        (
            "short_avilability",
            None,
            "be a Python file or an example, one of fade_the_pump, short_availability",
        ),
        (
            "none.py",
            "x = 1\n",
            "define exactly one subclass of Algorithm. It needs a class that derives from",
        ),
        ("notes.txt", "x = 1\n", "must be a Python file ending in .py"),
    ],
)
def test_what_is_no_algorithm_is_bad_input(cli, write, name, text, said):
    if text is not None:
        write(text, name)
    ended = cli("run", name)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            STRATEGY.replace("self.market_order", "1 / 0; self.market_order"),
            "ZeroDivisionError in Short.on_data at 2024-01-02 16:00:00: division by zero",
        ),
        (
            STRATEGY.replace("self.set_cash(100_000)", "1 / 0"),
            "ZeroDivisionError in Short.initialize: division by zero",
        ),
        (STRATEGY + "\n1 / 0\n", "ZeroDivisionError: division by zero"),
        (STRATEGY + "\nclass = 0\n", "SyntaxError: invalid syntax"),
        (
            STRATEGY.replace('add_equity("SPY")', 'add_equity("NOPE")'),
            "InvalidInputError: ticker='NOPE' must have daily bars",
        ),
        (
            STRATEGY + "    def __init__(self):\n        1 / 0\n",
            "ZeroDivisionError in Short.__init__: division by zero",
        ),
    ],
)
def test_an_algorithm_that_raises_is_exit_1_with_its_own_line(shell, write, prices, code, said):
    write(code)
    ended = shell("run", "strategy.py", "--prices", prices)
    assert (ended.code, ended.out) == (1, "")
    message, where, line = ended.err.splitlines()
    assert message.startswith(f"Error: the algorithm raised {said}")
    at_fault = next(
        n
        for n, text in enumerate(Path("strategy.py").read_text().splitlines(), 1)
        if "1 / 0" in text or "class = 0" in text or "NOPE" in text
    )
    assert where.startswith(f"  strategy.py, line {at_fault}")
    assert line.strip() in Path("strategy.py").read_text().splitlines()[at_fault - 1]


def test_a_broker_that_nobody_asks_is_mentioned(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = cli("run", "short_availability", "--broker", "interactivebrokers")
    assert ended.code == 0
    assert "--broker interactivebrokers was not used" in ended.err


def test_the_data_folder_reaches_the_algorithms_own_providers(cli, write, prices, data):
    file = write(
        "from shortable import LocalDiskShortableProvider\n"
        + STRATEGY.replace(
            'self.add_equity("SPY")',
            'self.add_equity("SPY").set_shortable_provider(LocalDiskShortableProvider("acme"))',
        )
    )
    found = cli("run", file, "--prices", prices, "--data", data, "--json").json
    assert found["summary"]["refused_for_availability"] == 2
    missed = cli("run", file, "--prices", prices, "--data", "elsewhere")
    assert missed.code == 1
    assert "no availability of broker 'acme'" in missed.err


def test_an_example_in_a_folder_with_a_store_of_ones_own_names_the_sample(
    cli, tmp_path, monkeypatch, data
):
    monkeypatch.chdir(tmp_path)
    data.rename(tmp_path / "data")
    ended = cli("run", "short_availability")
    assert (ended.code, ended.out) == (2, "")
    assert "There are: acme" in ended.err
    sample = ended.err.rsplit("--data ", 1)[1].replace("\n", "")
    assert cli("run", "short_availability", "--data", sample).code == 0


def test_compare_shows_what_the_same_run_makes_without_limits(cli, tmp_path):
    out = tmp_path / "out"
    ended = cli("run", "fade_the_pump", "--compare", "--out", out)
    assert "P&L without limits" in ended.out
    document = cli("run", "fade_the_pump", "--compare", "--json").json
    limited, free = document["summary"], document["without_limits"]
    assert limited["refused_for_availability"] > 0
    assert (free["refused_for_availability"], free["borrow_costs"]) == (0, 0.0)
    assert free["net_profit"] > limited["net_profit"]
    second = tmp_path / "out_without_limits"
    assert (out / "summary.json").exists()
    assert (second / "summary.json").exists()
    again = cli("run", "fade_the_pump", "--compare", "--out", tmp_path / "out2")
    assert again.code == 0
    (tmp_path / "out3_without_limits").mkdir()
    refused = cli("run", "fade_the_pump", "--compare", "--out", tmp_path / "out3")
    assert refused.code == 2
    assert "out3_without_limits" in refused.err


def test_prices_that_are_restated_for_dividends_are_refused_by_option(cli, write, tmp_path):
    days = pd.DatetimeIndex(["2024-01-02", "2024-01-03", "2024-01-04"], name="Date")
    fields = ["Close", "High", "Low", "Open", "Volume"]
    columns = pd.MultiIndex.from_product([fields, ["SPY"]], names=["Price", "Ticker"])
    pd.DataFrame(10.0, days, columns).to_csv(tmp_path / "download.csv")  # as yfinance saves it
    run = ("run", write(STRATEGY), "--prices", tmp_path / "download.csv")
    refused = cli(*run)
    assert refused.code == 2
    said = " ".join(refused.err.split())
    assert "auto_adjust=False" in said
    assert "say --basis raw" in said
    taken = cli(*run, "--basis", "split_adjusted")
    assert (taken.code, taken.err) == (0, "")
    assert "download.csv, adjusted for splits" in taken.out


def test_pence_by_option(cli, write, tmp_path, prices):
    frame = pd.read_parquet(prices).assign(symbol="VOD.L")
    frame.to_parquet(tmp_path / "london.parquet")
    algorithm = write(STRATEGY.replace("SPY", "VOD.L").replace("-3_000", "-3"))
    run = ("run", algorithm, "--prices", tmp_path / "london.parquet", "--json")
    pounds = cli(*run, "--basis", "raw").json
    pence = cli(*run, "--basis", "raw", "--currency", "GBp").json
    # Three shares sold at 10.00 gain 3.00, and three sold at 9.00 nothing; 1 % of each value is the commission.
    gained = [said["summary"]["net_profit"] for said in (pounds, pence)]
    assert gained == pytest.approx([3.00 - 0.30 - 0.27, 0.03 - 0.003 - 0.0027])
    wrong = cli("run", algorithm, "--currency", "GBp")
    assert wrong.code == 2
    assert "--currency='GBp' must come with --prices" in wrong.err


SQUEEZED = """
from shortable.engine import Algorithm

class Squeezed(Algorithm):
    def initialize(self):
        self.set_cash(10_000)
        self.add_equity("GME")
        self.add_equity("SPY")

    def on_data(self, slice):
        if not self.portfolio.invested:
            self.sell("GME", 1_900)
"""


def test_actions_and_a_ruin_are_said_first(cli, tmp_path):
    """2 for 1 on the last day; without the table the jump is only suspected, and the short is ruined before it."""
    days = pd.bdate_range("2023-12-18", periods=8)
    prices = pd.concat(
        [
            pd.DataFrame({"symbol": "GME", "date": days, "close": [10, 10, 10, 10, 10, 20, 20, 4]}),
            pd.DataFrame({"symbol": "SPY", "date": days, "close": 1.0}),
        ]
    )
    prices.to_parquet(tmp_path / "prices.parquet")
    (tmp_path / "squeezed.py").write_text(SQUEEZED, encoding="utf-8")
    splits = tmp_path / "splits.csv"
    splits.write_text("symbol,ex_date,new,old\nGME,2023-12-27,5,1\n", encoding="utf-8")
    run = (
        "run",
        tmp_path / "squeezed.py",
        "--prices",
        tmp_path / "prices.parquet",
        "--basis",
        "raw",
    )
    said = cli(*run, "--actions", splits)
    assert said.code == 0, said.err
    flat = " ".join(said.out.split())
    assert (
        "Ruined at 2023-12-25 16:00, mostly by GME: the equity was -9,009.50" in flat
    )  # 10,000 − 1,900 × 10, and 9.50 of commission
    figures = cli(*run, "--actions", splits, "--json").json["summary"]
    assert (figures["status"], figures["corporate_actions"]) == ("RUINED", "1 splits")
    doubtful = cli(*run)
    assert "looks like a split of 5 for 1" in " ".join(doubtful.out.split())
