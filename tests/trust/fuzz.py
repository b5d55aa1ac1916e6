"""Calls every public function and class by its signature, with one argument that is nonsense, and notes what comes out."""

from __future__ import annotations

import inspect
import random
import warnings
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shortable import CustomShortableProvider
from shortable.actions import CorporateActions, Split
from shortable.engine import MarketData
from shortable.errors import ShortableError
from shortable.examples.short_availability import ShortAvailability
from shortable.research import Trades
from tests.trust.public import names

DAYS = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"])
PRICES = pd.DataFrame({"GME": [17.0, 16.0, 15.0]}, DAYS)
PROVIDER = CustomShortableProvider({"GME": 300}, fee_rate={"GME": 0.36})
DATA = MarketData.from_frames({"GME": pd.DataFrame({"close": [17.0, 16.0, 15.0]}, DAYS)})
ACTIONS = CorporateActions([Split("GME", "2024-01-03", 4, 1)])

#: Arguments that make sense, by the parameter's name.
SENSE: dict[str, Any] = {
    "symbol": "GME", "symbols": ["GME"], "ticker": "GME", "local_time": datetime(2024, 1, 3, 12), "times": DAYS, "time": datetime(2024, 1, 3),
    "provider": PROVIDER, "providers": [PROVIDER], "prices": PRICES, "targets": -100 * PRICES.round(), "weights": -PRICES / 100, "nav": 1e6,
    "trades": Trades.of(["2024-01-02", "2024-01-03"], "GME", [-5, 5], [17.0, 16.0]), "data": DATA, "algorithm": ShortAvailability,
    "actions": ACTIONS, "ex_date": date(2024, 1, 3), "day": date(2024, 1, 3), "date": date(2024, 1, 3), "new": 4, "old": 1, "amount": 0.5,
    "basis": "raw", "new_symbol": "AMC", "last_day": date(2024, 1, 4), "quantities": PRICES.round(), "quantity": {"GME": 5}, "factor": 0.5,
    "lag": timedelta(hours=1), "start": date(2024, 1, 2), "end": date(2024, 1, 4), "broker": "acme", "frames": {"GME": PRICES.rename(columns={"GME": "close"})},
    "shares": 100, "close": 17.0, "rate": 0.36, "days": 1, "data_folder": Path("no-such-folder"), "records": [Split("GME", "2024-01-03", 4, 1)],
}  # fmt: skip
NONSENSE: tuple[Any, ...] = (
    None, True, -1, 0, 2**70, 1.5, float("nan"), float("inf"), "", "\x00", "no such thing", b"\xff", [], [None], {}, {"a": 1}, object(), datetime.max,
    date.min, pd.NaT, np.array([np.nan]), pd.DataFrame(), pd.DataFrame({"GME": ["x"]}), pd.Series([1.0]), Path("no/such/file.csv"), lambda: 1,
)  # fmt: skip


def calls(thing: Any, rng: random.Random, tries: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield arguments: sense for every parameter that needs one, nonsense for one of them."""
    try:
        parameters = [
            p
            for p in inspect.signature(thing).parameters.values()
            if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and p.name != "self"
        ]
    except (TypeError, ValueError):
        return
    needed = [p.name for p in parameters if p.default is p.empty]
    if not parameters or any(name not in SENSE for name in needed):
        return
    for _ in range(tries):
        chosen = rng.choice(parameters).name
        yield chosen, {**{name: SENSE[name] for name in needed}, chosen: rng.choice(NONSENSE)}


def surprises(
    seed: int, tries: int, skip: frozenset[str] = frozenset()
) -> Iterator[tuple[str, str]]:
    """Yield what is called how, and what came out that is none of our errors."""
    for name, thing in names():
        if (
            not callable(thing)
            or name in skip
            or (inspect.isclass(thing) and issubclass(thing, Exception))
        ):
            continue
        if getattr(thing, "_is_protocol", False):
            continue
        rng = random.Random(f"{seed} {name}")  # A new name elsewhere changes nothing here.
        for chosen, arguments in calls(thing, rng, tries):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    thing(**arguments)
                except ShortableError:
                    continue
                except Exception as error:
                    call = f"{name}({chosen}={arguments[chosen]!r:.60})"
                    yield call, f"{type(error).__name__}: {error}"[:200]
