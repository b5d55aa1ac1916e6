"""`shortable sweep`: the grid, what each run gives, what is refused, and going on."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pandas as pd
import pytest

from shortable.cli import sweep as command
from shortable.cli.terminal import Bar
from shortable.results import compare
from shortable.store import append, make_snapshot

STRATEGY = """
from shortable.engine import Algorithm

class Short(Algorithm):
    seen = []
    def initialize(self):
        self.seen.append(1)
        self.set_cash(100_000)
        self.add_equity("SPY")
        print("loud")
    def on_data(self, slice):
        if self.get_parameter("size") == "13":
            raise ValueError("unlucky")
        self.market_order("SPY", -self.get_parameter("size", 0))
        if len(self.seen) > 1:
            raise RuntimeError("another run was here")
"""
LEAN = """
from AlgorithmImports import *

class Mine(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 10)
        self.set_cash(int(self.get_parameter("money")))
        self.add_equity("SPY", Resolution.DAILY)
    def on_data(self, data):
        if not self.portfolio.invested:
            self.market_order("SPY", 10)
"""


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """Closes of SPY on three sessions: 10.00, 10.00, 9.00."""
    days = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"])
    path = tmp_path / "prices.parquet"
    pd.DataFrame({"symbol": "SPY", "date": days, "close": [10.0, 10.0, 9.0]}).to_parquet(path)
    return path


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "strategy.py"
    path.write_text(textwrap.dedent(STRATEGY))
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_each_point_gives_what_run_gives_with_these_parameters(cli, file, prices, data):
    options = ("--prices", prices, "--broker", "acme", "--data", data)
    ended = cli("sweep", file, "--grid", "size=1000,3000,6000", *options, "--out", "swept", "-w", 1)
    assert ended.code == 0
    assert ended.out.splitlines()[0] == f"{file} · 3 runs, in the order of the grid"
    rows = [line.split() for line in ended.out.splitlines() if line.strip()[:1].isdigit()]
    for size, row in zip((1000, 3000, 6000), rows, strict=True):
        alone = cli("run", file, "-p", f"size={size}", *options, "--json").json
        assert row[0] == str(size)
        assert row[-1] == f"{alone['summary']['borrow_costs']:,.2f}"
    # 5,000, then 4,000 can be borrowed: 1,000 a session fit; of 3,000 a session the first fits, of 6,000 none.
    assert compare("swept")["refused_for_availability"].to_dict() == {1000: 0, 3000: 2, 6000: 3}
    # Where availability already lacks them, the 3,000 of the second session fit too, and then there are 1,000 (S16).
    one = ("--grid", "size=3000", *options, "--out", "other", "-w", 1, "--own-use", "excluded")
    assert cli("sweep", file, *one).code == 0
    assert compare("other")["refused_for_availability"].tolist() == [1]
    assert cli("sweep", file, *one[:-2]).code == 2  # the folder is that of another setting


@pytest.mark.slow
def test_processes_write_the_same_folder_as_one(cli, shell, file, prices, data, tmp_path):
    options = ("--prices", prices, "--broker", "acme", "--data", data, "--table", "fills")
    for out, workers in (("one", 1), ("two", 2)):
        ended = shell(
            "sweep", file, "-g", "size=1000,3000", "-g", "other=a,b", *options,
            "--out", out, "-w", workers, "--json",
        )  # fmt: skip
        assert ended.code == 0, ended.err
        assert [(r["size"], r["other"]) for r in ended.json["runs"]] == [
            (1000, "a"),
            (1000, "b"),
            (3000, "a"),
            (3000, "b"),
        ]
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert {p.parent.name for p in (tmp_path / "one").rglob("*.parquet")} == {"runs", "fills"}


@pytest.mark.slow
def test_a_dask_scheduler_makes_the_same_folder(shell, file, prices, data, tmp_path):
    distributed = pytest.importorskip("distributed", reason="extra distributed")
    options = ("-g", "size=1000,3000", "--prices", prices, "--broker", "acme", "--data", data)
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=3, processes=True, dashboard_address=None
    ) as cluster:
        ended = shell(
            "sweep", file, *options, "--scheduler", cluster.scheduler_address, "--out", "far"
        )
    assert ended.code == 0, ended.err
    assert shell("sweep", file, *options, "--out", "near", "-w", 1).code == 0
    assert contents(tmp_path / "far") == contents(tmp_path / "near")


@pytest.mark.slow
def test_on_a_store_in_object_storage(shell, file, prices, at, tmp_path):
    pytest.importorskip("moto.server", reason="moto[server] is of the extra `test`")
    pytest.importorskip("boto3", reason="boto3 is of the extra `s3`")
    from tests.store.s3 import server

    options = ("-g", "size=1000,3000", "--prices", prices, "--broker", "acme", "--out")
    with server() as bucket:
        for out, folder in (("near", tmp_path / "store"), ("far", bucket), ("far", bucket)):
            rows = {"symbol": ["SPY"], "quantity": [5_000], "fee_rate": [0.0025]}
            append(
                "acme", [make_snapshot(at("2024-01-02"), rows, complete=True)], data_folder=folder
            )
            ended = shell("sweep", file, *options, out, "--data", folder, "-w", 2)
            assert ended.code == 0, ended.err
    near, far = contents(tmp_path / "near"), contents(tmp_path / "far")
    assert bucket in far["sweep.json"].decode()
    del near["sweep.json"], far["sweep.json"]
    assert near == far


def test_a_run_that_raises_is_reported_with_its_line_and_exit_code_1(cli, file, prices):
    ended = cli("sweep", file, "-g", "size=10,13", "--prices", prices, "--out", "swept", "-w", 1)
    assert ended.code == 1
    assert "failed" in ended.out
    assert "1 run failed, the first at size=13: AlgorithmError" in ended.err
    assert (
        "ValueError in Short.on_data at 2024-01-02 16:00:00: unlucky "
        '(strategy.py, line 13, in on_data: raise ValueError("unlucky"))'
    ) in ended.err


def test_one_written_for_lean(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("lean.py").write_text(textwrap.dedent(LEAN))
    ended = cli("sweep", "lean.py", "-g", "money=10000,20000", "--out", "swept", "-w", 1)
    assert ended.code == 0, ended.err
    assert compare("swept")["start_equity"].to_dict() == {10000: 10_000.0, 20000: 20_000.0}
    assert "made-up sample data: prices" in ended.out
    more = ("--out", "other", "--own-use", "excluded")
    refused = cli("sweep", "lean.py", "-g", "money=10000", *more)
    assert (refused.code, "--own-use='excluded' must be left out" in refused.err) == (2, True)


def test_a_sweep_goes_on_and_another_one_is_refused(cli, file, prices, data):
    options = ("--prices", prices, "--out", "swept", "-w", 1)
    assert cli("sweep", file, "-g", "size=10,20", *options).code == 0
    before = contents(Path("swept"))
    Path("swept/runs/run-000001.parquet").unlink()
    assert cli("sweep", file, "-g", "size=10,20", *options).code == 0
    assert contents(Path("swept")) == before
    file.write_text(file.read_text() + "\n# changed\n")
    ended = cli("sweep", file, "-g", "size=10,20", *options)
    assert (ended.code, ended.out) == (2, "")
    assert "the same sweep" in ended.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-g", "size"], "NAME=VALUE"),
        (["-g", "size=1,1"], "each once"),
        (["-g", "size=1,,2"], "each once"),
        (["-g", "size=1", "-g", "size=2"], "each name once"),
        (["-g", "size=1", "-p", "size=2"], "not be in --grid as well"),
        (["-g", "size=1", "--broker", "nobody"], "nobody"),
        (["-g", "size=1", "--basis", "raw"], "--prices"),
        (["-g", "size=1", "--table", "nothing"], "equity"),
        (["-g", "size=1", "--scheduler", "tcp://127.0.0.1:1", "-w", "2"], "left out"),
    ],
)
def test_what_no_run_could_do_is_refused_before_the_first(cli, file, options, message):
    ended = cli("sweep", file, *options, "--out", "swept", *([] if "-w" in options else ["-w", 1]))
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert not Path("swept").exists()


def test_where_stderr_is_a_file_a_line_says_what_remains(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(command.time, "monotonic", lambda: now[0])
    report = command.progress_of(Bar(), quiet=False)
    for moment, done in ((0, 4), (10, 5), (40, 8), (50, 9), (75, 64)):
        now[0] = float(moment)
        report(done, 64)
    # 4 runs were there already; 4 more took 40 s, and 56 are left: 560 s.
    assert capsys.readouterr().err.splitlines() == ["8 of 64 runs, about 9 min left"]
