"""Calls every public function and class by its signature, with one argument that is nonsense, and notes what comes out."""

from __future__ import annotations

import inspect
import random
import warnings
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shortable import CustomShortableProvider, FrameShortableProvider, LocalDiskShortableProvider
from shortable.actions import CorporateActions, Dividend, Split
from shortable.borrow import FeeOnMarketValue, NullLocate, RateSeries
from shortable.engine import Algorithm, Backtest, MarketData, Resolution
from shortable.errors import ShortableError
from shortable.positions import book_of, render
from shortable.research import Trades, audit, constrain
from shortable.short_interest import ShortInterest
from shortable.store import Figures, coverage, make_snapshot
from tests.trust.public import names

DAYS = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"])
PRICES = pd.DataFrame({"GME": [17.0, 16.0, 15.0]}, DAYS)
PROVIDER = CustomShortableProvider({"GME": 300}, fee_rate={"GME": 0.36})
DATA = MarketData.from_frames({"GME": pd.DataFrame({"close": [17.0, 16.0, 15.0]}, DAYS)})
ACTIONS = CorporateActions([Split("GME", "2024-01-03", 4, 1)])


def run_of(n: int) -> Any:
    """A run of a sweep."""
    return RESULT


def panel_of(symbols: list[str]) -> pd.DataFrame:
    """A part of a study."""
    return PROVIDER.panel(symbols, DAYS[0], DAYS[2])


class Seller(Algorithm):
    """Sells a share of GME short each day."""

    def initialize(self) -> None:
        self.add_equity("GME", Resolution.DAILY)

    def on_data(self, slice: Any) -> None:
        self.market_order("GME", -1)


RESULT = Backtest(Seller, DATA, provider=PROVIDER).run()
TRADES = Trades.of(["2024-01-02", "2024-01-03"], "GME", [-5, 5], [17.0, 16.0])
BOOK = book_of(RESULT)
SNAPSHOT = make_snapshot(1_704_110_400_000_000, {"symbol": ["GME"], "quantity": [5]}, complete=True)
LISTED = pd.DataFrame({"symbol": ["GME"], "date": DAYS[:1]})
DIVIDEND = Dividend("GME", "2024-01-04", 0.5, "raw")
RATES = RateSeries((date(2024, 1, 2),), (0.05,))

#: Arguments that make sense, by the parameter's name.
SENSE: dict[str, Any] = {
    "symbol": "GME", "symbols": ["GME"], "ticker": "GME", "local_time": datetime(2024, 1, 3, 12), "times": DAYS, "time": datetime(2024, 1, 3),
    "provider": PROVIDER, "providers": PROVIDER, "prices": PRICES, "targets": -100 * PRICES.round(), "weights": -PRICES / 100, "nav": 1e6,
    "trades": TRADES, "data": DATA, "algorithm": Seller,
    "actions": ACTIONS, "ex_date": date(2024, 1, 3), "day": date(2024, 1, 3), "date": date(2024, 1, 3), "new": 4, "old": 1, "amount": 0.5,
    "basis": "raw", "new_symbol": "AMC", "last_day": date(2024, 1, 4), "quantities": PRICES.round(), "quantity": {"GME": 5}, "factor": 0.5,
    "lag": timedelta(hours=1), "start": date(2024, 1, 2), "end": date(2024, 1, 4), "broker": "axos", "frames": {"GME": PRICES.rename(columns={"GME": "close"})},
    "shares": 100, "close": 17.0, "rate": 0.36, "days": 1, "data_folder": Path("no-such-folder"), "records": [Split("GME", "2024-01-03", 4, 1)],
    "obj": PROVIDER, "source": pd.DataFrame({"symbol": ["GME"], "date": ["2024-01-03"], "ratio": [4.0]}), "cut": 0.5, "fee_rate": 0.02, "n": 2, "last_year": 2024,
    "contracts": LISTED.assign(fee=0.02, until=DAYS[2]), "premiums": LISTED.assign(premium=0.01), "interest": RATES, "benchmark": RATES, "rates": (0.05,), "per_share": 0.01, "fraction": 0.001, "share": 0.1,
    "model": FeeOnMarketValue(), "run": RESULT, "folder": Path("no-such-folder"), "document": render(BOOK), "schema": "futu", "book": BOOK, "result": RESULT,
    "audit": audit(TRADES, PROVIDER, PRICES), "assumptions": {}, "path": Path("no-such-file.csv"), "at": datetime(2024, 1, 3), "figures": RESULT.summary(),
    "tables": {}, "summary": {}, "table": {"symbol": ["GME"], "quantity": [5]}, "snapshots": [SNAPSHOT], "name": "acme", "dataset": "short_balances", "text": "GME",
    "published": datetime(2024, 1, 3), "market": "usa", "settlement": date(2024, 1, 12), "first": date(2024, 1, 2), "last": date(2024, 1, 5),
    "dividend": DIVIDEND, "splits": {}, "resolution": "daily", "given": 0.05, "price": [17.0], "column": "balance", "other": ACTIONS, "others": ACTIONS,
    "as_of": 1_704_110_400_000_000, "complete": True, "grid": {"n": [1, 2]}, "draws": [],
}  # fmt: skip
#: Where a name means something else.
_SHARES, _MARKET_DATA = {"quantity": 5}, {"prices": DATA}
OWN: dict[str, dict[str, Any]] = {
    "shortable.actions.restated_shares": {"factor": Fraction(4)},
    **dict.fromkeys(("shortable.engine.OpeningHolding", "shortable.engine.OpeningOrder", "shortable.results.OpeningHolding", "shortable.results.OpeningOrder"), _SHARES),
    **dict.fromkeys(("shortable.market_data.check_splits", "shortable.market_data.suspected_splits"), _MARKET_DATA),
    "shortable.store.check_lag": {"lag": 1},
    "shortable.store.dataset_named": {"name": "short_balances"},
    "shortable.borrow.LocateBook": {"model": NullLocate()},
    "shortable.borrow.RateSeries": {"days": (date(2024, 1, 2),)},
    "shortable.research.estimate_band": {"run": lambda provider: 1.0, "draws": [PROVIDER, PROVIDER]},
    "shortable.research.sweep": {"run": run_of, "workers": 1},
    "shortable.research.in_parts": {"study": panel_of, "tables": ["panel"], "workers": 1},
    "shortable.research.read_trades": {"source": pd.DataFrame({"time": ["2024-01-02"], "symbol": ["GME"], "quantity": [-5], "price": [17.0]})},
    "shortable.report.audit_html": {"source": "trades.csv"},
    "shortable.actions.read_yahoo": {"frame": pd.DataFrame({"Stock Splits": [4.0]}, DAYS[:1]).rename_axis("GME")},
    "shortable.store.check_published": {"published": {date(2024, 1, 2): datetime(2024, 1, 3)}},
    "shortable.store.check_balances": {"tables": []},
    "shortable.store.stored_identities": {"source": "twse"},
    "shortable.store.store_shares_outstanding": {"table": pd.DataFrame({"symbol": ["GME"], "date": [date(2024, 1, 2)], "shares_outstanding": [5]})},
}  # fmt: skip
OWN["Trades.of"] = {"time": ["2024-01-02"], "quantity": [-5]}
#: What people hold, and call methods of.
HELD = (
    PROVIDER, LocalDiskShortableProvider("axos"), FrameShortableProvider(PRICES.round()), ACTIONS, DATA, RESULT, SENSE["audit"], TRADES, RATES,
    constrain(-100 * PRICES.round(), PROVIDER, PRICES), coverage("axos"), Figures("short_balances"), ShortInterest(),
)  # fmt: skip
#: Functions that only parts of the house call, with what the house made: desks, arrays, paths of its own stores.
HOUSE = frozenset(
    (
        *("MarketData.bars_of", "MarketData.panel", "MarketData.with_bars"),
        *("results.attribution_of", "results.ledger_of", "results.night_amounts", "results.report_of", "results.result_of", "results.tables_of", "results.write_folder"),
        *("store.absolute", "store.closes", "store.is_remote", "store.reference_marks", "store.shares_outstanding", "store.uri_of"),
        *("store.watched_paths", "store.write_text", "store.writer_lock", "store.churn", "store.DatasetFile", "store.SnapshotRows"),
    )
)  # fmt: skip


def takes_nothing() -> int:
    """A callback that nobody can use: its own error is its author's, and comes out as it is."""
    return 1


NONSENSE: tuple[Any, ...] = (
    None, True, -1, 0, 2**70, 1.5, float("nan"), float("inf"), "", "\x00", "no such thing", b"\xff", [], [None], {}, {"a": 1}, object(), datetime.max,
    date.min, pd.NaT, np.array([np.nan]), pd.DataFrame(), pd.DataFrame({"GME": ["x"]}), pd.Series([1.0]), Path("no/such/file.csv"), takes_nothing,
)  # fmt: skip


def parameters_of(thing: Any) -> list[inspect.Parameter]:
    """Return what a callable takes; nothing where it says nothing."""
    try:
        found = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p for p in found if p.kind is not p.VAR_KEYWORD and p.name not in ("self", "args")]


def callables() -> Iterator[tuple[str, Any]]:
    """Yield every public function, every public class that takes something and is neither an error, a choice nor a protocol, and every
    method of what people hold."""
    for name, thing in names():
        others = inspect.isclass(thing) and issubclass(thing, (Exception, Enum))
        if not callable(thing) or others or getattr(thing, "_is_protocol", False):
            continue
        if parameters_of(thing) and name.removeprefix("shortable.") not in HOUSE:
            yield name, thing
    for held in HELD:
        for name in sorted(dir(type(held))):
            static = inspect.getattr_static(type(held), name)
            function = inspect.isfunction(static) or isinstance(static, (classmethod, staticmethod))
            if not function or name.startswith("_") or f"{type(held).__name__}.{name}" in HOUSE:
                continue
            if parameters_of(getattr(held, name)):
                yield f"{type(held).__name__}.{name}", getattr(held, name)


def sense(name: str, thing: Any) -> dict[str, Any] | None:
    """Return arguments for what a callable must be given; None where they are not known."""
    known = {**SENSE, **OWN.get(name, {})}
    needed = [p.name for p in parameters_of(thing) if p.default is p.empty]
    own = OWN.get(name, {}).keys() & {p.name for p in parameters_of(thing)}
    return {n: known[n] for n in own | set(needed)} if known.keys() >= set(needed) else None


def calls(
    name: str, thing: Any, rng: random.Random, tries: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield arguments: sense for every parameter that needs one, nonsense for one of them."""
    given = sense(name, thing)
    for _ in range(tries if given is not None else 0):
        chosen = rng.choice(parameters_of(thing)).name
        yield chosen, {**(given or {}), chosen: rng.choice(NONSENSE)}


def call(thing: Any, arguments: dict[str, Any]) -> Any:
    """Call by name, but for what is taken as ``*values``."""
    values = [arguments[p.name] for p in parameters_of(thing) if p.kind is p.VAR_POSITIONAL]
    named = {
        n: v
        for n, v in arguments.items()
        if n not in {p.name for p in parameters_of(thing) if p.kind is p.VAR_POSITIONAL}
    }
    return thing(*values, **named)


def surprises(seed: int, tries: int) -> Iterator[tuple[str, str]]:
    """Yield what is called how, and what came out that is none of our errors."""
    for name, thing in callables():
        rng = random.Random(f"{seed} {name}")  # A new name elsewhere changes nothing here.
        for chosen, arguments in calls(name, thing, rng, tries):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    call(thing, arguments)
                except ShortableError:
                    continue
                except Exception as error:
                    if str(error).startswith("takes_nothing() takes 0 positional arguments"):
                        continue
                    shown = f"{name}({chosen}={arguments[chosen]!r:.60})"
                    yield shown, f"{type(error).__name__}: {error}"[:200]
