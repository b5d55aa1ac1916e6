"""Runs for sweeps: a module of its own, because worker processes import it by name."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shortable import LocalDiskShortableProvider
from shortable.clock import published_instant
from shortable.engine import Algorithm, Backtest, MarketData
from shortable.results import Result
from shortable.store import append, make_snapshot

BROKER = "acme"
NAMES = ("AAA", "BBB")
DAYS = pd.bdate_range("2024-01-02", periods=30)


def make_store(folder: Path | str) -> Path | str:
    """AAA has 300 shares on each day; BBB 0 on every other one and 1,000 between. Both cost 36 % a year."""
    snapshots = [
        make_snapshot(
            published_instant(day.to_pydatetime()),
            {"symbol": list(NAMES), "quantity": [300, 1_000 * (at % 2)], "fee_rate": [0.36, 0.36]},
            complete=True,
        )
        for at, day in enumerate(DAYS)
    ]
    append(BROKER, snapshots, data_folder=folder)
    return folder


def prices() -> MarketData:
    frames = {}
    for at, name in enumerate(NAMES):
        close = 20.0 + np.sin(np.arange(len(DAYS)) + at)
        frames[name] = pd.DataFrame(
            dict.fromkeys(("open", "high", "low", "close"), close), index=DAYS
        )
    return MarketData.from_frames(frames)


class Shorts(Algorithm):
    """Shorts `size` of each symbol every `every` sessions, and covers what it holds in between."""

    def initialize(self) -> None:
        self.set_cash(1_000_000)
        for name in NAMES:
            self.add_equity(name)
        self.rows = 0

    def on_data(self, slice: Any) -> None:
        self.rows += 1
        for name in NAMES:
            if self.rows % int(self.get_parameter("every", 5)) == 0:
                self.market_order(name, -int(self.get_parameter("size", 100)))
            else:
                self.liquidate(name)


def shorts(folder: Path | str, parameters: Mapping[str, Any]) -> Result:
    """Open the store here, in whichever process this is."""
    provider = LocalDiskShortableProvider(BROKER, folder)
    return Backtest(Shorts, prices(), provider=provider, parameters=parameters).run()


def once_killed(folder: Path | str, mark: Path, parameters: Mapping[str, Any]) -> Result:
    """The same, but the first worker that makes the run of size 200 every 3 sessions is killed in the middle of it."""
    if (parameters["size"], parameters["every"]) == (200, 3):
        _once(mark, lambda: os.kill(os.getpid(), signal.SIGKILL))
    return shorts(folder, parameters)


def always_killed(folder: Path, parameters: Mapping[str, Any]) -> Result:
    """The same, but no worker lives to make the run of size 200."""
    if parameters["size"] == 200:
        time.sleep(0.05)  # others begin meanwhile
        os.kill(os.getpid(), signal.SIGKILL)
    return shorts(folder, parameters)


def raising(folder: Path, parameters: Mapping[str, Any]) -> Result:
    """The same, but size 200 raises."""
    if parameters["size"] == 200:
        raise ValueError("no such size")
    return shorts(folder, parameters)


def once_offline(folder: Path, mark: Path, parameters: Mapping[str, Any]) -> Result:
    """The same, but a network fails once."""

    def fail() -> None:
        raise ConnectionError("reset by peer")

    _once(mark, fail)
    return shorts(folder, parameters)


def logged(folder: Path, log: Path, parameters: Mapping[str, Any]) -> Result:
    """The same, and a line in a file for each run."""
    with log.open("a") as file:
        file.write(f"{parameters['size']} {parameters['every']}\n")
    return shorts(folder, parameters)


def interrupted(folder: Path, log: Path, after: int, parameters: Mapping[str, Any]) -> Result:
    """The same, but the user stops it when that many runs have been made."""
    if log.exists() and len(log.read_text().splitlines()) == after:
        raise KeyboardInterrupt
    return logged(folder, log, parameters)


def _once(mark: Path, act: Any) -> None:
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return
    act()
