"""Studies of some symbols of a market whose availability is a store: a module of its own, because worker processes import it by name."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from shortable import LocalDiskShortableProvider
from shortable.clock import published_instant
from shortable.research import Constrained, constrain
from shortable.store import append, make_snapshot

BROKER = "acme"
NAMES = [f"A{n}" for n in range(7)]
DAYS = pd.bdate_range("2024-01-02", periods=40)


def make_store(folder: Path | str) -> Path | str:
    """Random shares and fees; now and then a day has no list, and a list lacks symbols, and from A3 on five days in a row."""
    rng, snapshots = np.random.default_rng(5), []
    for at, day in enumerate(DAYS):
        listed = [n for n in NAMES if rng.random() < 0.8 and (n < "A3" or not 10 <= at < 15)]
        shares = rng.choice([0, 150, 900], len(listed)).tolist()
        fees = rng.choice([0.0025, 0.3, None], len(listed)).tolist()
        if listed and rng.random() < 0.9:
            instant = published_instant(day.to_pydatetime())
            rows = {"symbol": listed, "quantity": shares, "fee_rate": fees}
            snapshots.append(make_snapshot(instant, rows, complete=False))
    append(BROKER, snapshots, data_folder=folder)
    return folder


def provider(folder: Path | str) -> LocalDiskShortableProvider:
    return LocalDiskShortableProvider(
        BROKER, folder, max_age=timedelta(days=3), missing="unrestricted"
    )


def held(folder: Path | str, symbols: list[str]) -> Constrained:
    """Open the store here, in whichever process this is."""
    rng = np.random.default_rng(1)
    shape = len(DAYS), len(NAMES)
    wanted = pd.DataFrame(rng.integers(-9, 10, shape) * 100, DAYS, NAMES)
    closes = pd.DataFrame(rng.uniform(10, 20, shape).round(2), DAYS, NAMES)
    closes.iloc[:3, 1] = np.nan
    return constrain(wanted[symbols], provider(folder), closes[symbols], on_exceed="clip")


def once_killed(folder: Path | str, mark: Path, symbols: list[str]) -> Constrained:
    """The same, but the first worker that begins with A4 is killed."""
    if symbols[0] == "A4":
        try:
            mark.touch(exist_ok=False)
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return held(folder, symbols)


def always_killed(folder: Path | str, symbols: list[str]) -> Constrained:
    """The same, but no worker lives to study A4."""
    if "A4" in symbols:
        os.kill(os.getpid(), signal.SIGKILL)
    return held(folder, symbols)


def once_offline(folder: Path | str, mark: Path, symbols: list[str]) -> Constrained:
    """The same, but a network fails once."""
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return held(folder, symbols)
    raise ConnectionError("reset by peer")
