"""Tools of the command line's tests: run it in this process or in one of its own, on a small store made by hand."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shortable.cli.app import app
from shortable.clock import to_instant
from shortable.market import Market
from shortable.store import append, make_snapshot

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout; anything beside it is an error."""
        return json.loads(self.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


Cli = Callable[..., Ended]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run a command in this process: ``cli("quote", "SPY", "--broker", "axos")``."""
    for name in ("FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    try:
        runner = CliRunner(
            mix_stderr=False
        )  # older versions of typer mix the two unless told not to
    except TypeError:
        runner = CliRunner()

    def run(*arguments: object) -> Ended:
        ended = runner.invoke(app, [str(a) for a in arguments], prog_name="shortable")
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        return Ended(ended.exit_code, _ANSI.sub("", ended.stdout), _ANSI.sub("", ended.stderr))

    return run


@pytest.fixture
def shell(tmp_path: Path) -> Cli:
    """Run a command in a process and folder of its own, as a shell does: exit code, stdout and stderr as they are."""

    def run(
        *arguments: object, env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> Ended:
        inherited = {
            k: v
            for k, v in os.environ.items()
            if k not in ("SHORTABLE_DATA", "COLUMNS", "FORCE_COLOR")
        }
        ended = subprocess.run(
            [sys.executable, "-m", "shortable", *(str(a) for a in arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=inherited | {"PYTHONIOENCODING": "utf-8"} | (env or {}),
            cwd=cwd or tmp_path,
            timeout=120,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    return run


def _at(text: str, market: Market = Market.USA) -> int:
    """Instant of a time on the market's clock."""
    return to_instant(datetime.fromisoformat(text), market)


@pytest.fixture(scope="session")
def at() -> Callable[..., int]:
    """Instant of a time on the market's clock: ``at("2024-01-02")``."""
    return _at


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with two brokers, every figure of which the tests know.

    acme, usa, complete at 2024-01-02 00:00 New York: CON 7 (fee 12.5 %), GME 100 (35 %, rebate −30 %),
    NA 1,500 (no rates), SPY 5,000 (0.25 %, rebate 5 %), TRUE at least 10,000,000 (0.25 %).
    acme, usa, complete at 2024-01-03 00:00: SPY 4,000 (0.3 %) alone.
    acme, hkex, complete at 2024-01-02 00:00 Hong Kong: 700 2,000 (1 %).
    zeta, usa, partial at 2024-01-02 00:00: SPY 1.
    """
    folder = tmp_path / "given"
    first = {
        "symbol": ["CON", "GME", "NA", "SPY", "TRUE"],
        "quantity": [7, 100, 1_500, 5_000, 10_000_000],
        "quantity_is_floor": [False, False, False, False, True],
        "fee_rate": [0.125, 0.35, None, 0.0025, 0.0025],
        "rebate_rate": [None, -0.30, None, 0.05, None],
    }
    second = {"symbol": ["SPY"], "quantity": [4_000], "fee_rate": [0.003]}
    append(
        "acme",
        [
            make_snapshot(_at("2024-01-02"), first, complete=True),
            make_snapshot(_at("2024-01-03"), second, complete=True),
        ],
        data_folder=folder,
    )
    tencent = {"symbol": ["700"], "quantity": [2_000], "fee_rate": [0.01]}
    append(
        "acme",
        [make_snapshot(_at("2024-01-02", Market.HKEX), tencent, complete=True, market=Market.HKEX)],
        market=Market.HKEX,
        data_folder=folder,
    )
    one = {"symbol": ["SPY"], "quantity": [1]}
    append("zeta", [make_snapshot(_at("2024-01-02"), one, complete=False)], data_folder=folder)
    return folder
