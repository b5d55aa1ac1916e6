"""The errors that people are most likely to meet, each provoked once: ``python -m tests.trust.messages`` writes what they say."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from shortable import (
    CustomShortableProvider,
    FrameShortableProvider,
    LocalDiskShortableProvider,
    Symbol,
    as_provider,
    sum_of,
)
from shortable.actions import CorporateActions, Split
from shortable.engine import Algorithm, Backtest, MarketData
from shortable.errors import ShortableError
from shortable.importers import import_source
from shortable.research import Trades, audit, constrain, read_trades
from shortable.store import append, make_snapshot, open_store

GOLDEN = Path(__file__).with_name("messages.txt")
DAYS = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"])
FRAME = pd.DataFrame(
    {
        "Open": [10.0, 11.0, 12.0],
        "High": 13.0,
        "Low": 9.0,
        "Close": [10.5, 11.5, 12.5],
        "Volume": 1e6,
    },
    DAYS,
)
LENT = CustomShortableProvider({"GME": 300})
NOON = datetime(2024, 1, 3, 12)
PRICES = pd.DataFrame({"GME": [17.0, 16.0, 15.0]}, DAYS)


def targets(*shares: float) -> pd.DataFrame:
    return pd.DataFrame({"GME": list(shares)}, DAYS)


def trades(**columns: Any) -> pd.DataFrame:
    usual = {"time": ["2024-01-02"], "symbol": ["GME"], "quantity": [-5], "price": [17.0]}
    return pd.DataFrame(
        {name: value for name, value in {**usual, **columns}.items() if value is not None}
    )


def run(
    step: Callable[[Any], Any], prices: Any = None, when: str = "on_data", **backtest: Any
) -> Any:
    """Run an algorithm that does one thing."""

    class Mine(Algorithm):
        def initialize(self) -> None:
            self.add_equity("GME")
            if when == "initialize":
                step(self)

        def on_data(self, slice: Any) -> None:
            if when == "on_data":
                step(self)

    data = (
        MarketData.from_frames({"GME": FRAME.assign(**{"Adj Close": FRAME["Close"]})})
        if prices is None
        else prices
    )
    return Backtest(Mine, data, **backtest).run()


class Half:
    def shortable_quantity(self, symbol: Any, local_time: Any) -> float:
        return 1.5

    def all_shortable_symbols(self, local_time: Any) -> dict[Any, int]:
        return {}


def table(folder: Path, text: str, **options: Any) -> Any:
    """Import a table of somebody's own."""
    path = folder / "mine.csv"
    path.write_text(text)
    return import_source("table", path, broker="acme", data_folder=folder / "data", **options)


def damaged(folder: Path) -> Any:
    snapshot = make_snapshot(
        1_704_110_400_000_000, {"symbol": ["GME"], "quantity": [5]}, complete=True
    )
    append("acme", [snapshot], data_folder=folder)
    path = folder / "equity" / "usa" / "shortable" / "acme.parquet"
    path.write_bytes(path.read_bytes()[:-40])
    return open_store("acme", data_folder=folder)


SITUATIONS: dict[str, Callable[[Path], Any]] = {
    "prices as yfinance downloads them": lambda f: run(lambda a: None, MarketData.from_frames({"GME": FRAME.assign(**{"Dividends": 0.0, "Stock Splits": 0.0})}), provider=LENT),
    "an unknown broker": lambda f: LocalDiskShortableProvider("acme", data_folder=f),
    "a broker that is a path": lambda f: LocalDiskShortableProvider("../acme", data_folder=f),
    "a store that was cut off": damaged,
    "a table with dates alone": lambda f: table(f, "date,symbol,quantity\n2024-01-02,GME,500\n"),
    "a table whose rates may be percent": lambda f: table(f, "time,symbol,quantity,fee\n2024-01-02 09:00,GME,500,36\n"),
    "a table without quantities": lambda f: table(f, "time,symbol\n2024-01-02 09:00,GME\n"),
    "a ticker of an unknown market": lambda f: MarketData.from_frames({"GME.QQ": FRAME[["Close"]]}),
    "a trade list without prices": lambda f: read_trades(trades(price=None)),
    "a trade list with an unknown side": lambda f: read_trades(trades(side=["lend"], quantity=[5])),
    "a trade list that closes too much": lambda f: audit(Trades.of(["2024-01-02"], "GME", [5], [17.0], effect=["close"]), LENT),
    "a trade list that is a table": lambda f: audit(trades(), LENT),  # type: ignore[arg-type]
    "dates outside the data": lambda f: run(lambda a: None, start="2025-01-01"),
    "an end before the start": lambda f: run(lambda a: None, start="2024-01-04", end="2024-01-02"),
    "a security without bars": lambda f: run(lambda a: a.add_equity("AMC"), when="initialize"),
    "an order for a security that was not added": lambda f: run(lambda a: a.sell("AMC", 5)),
    "an order for half a share": lambda f: run(lambda a: a.market_order("GME", 0.5)),
    "an order in initialize": lambda f: run(lambda a: a.sell("GME", 5), when="initialize"),
    "a limit of nothing": lambda f: run(lambda a: a.limit_order("GME", -5, 0.0)),
    "an algorithm that raises": lambda f: run(lambda a: 1 / 0),
    "a provider without methods": lambda f: as_provider(object()),
    "a provider that answers a fraction": lambda f: as_provider(Half()).shortable_quantity(Symbol.create("GME"), NOON),
    "a frame with a negative quantity": lambda f: FrameShortableProvider(-PRICES.round()),
    "a frame that is no frame": lambda f: FrameShortableProvider({"GME": 5}),  # type: ignore[arg-type]
    "a max_age below zero": lambda f: FrameShortableProvider(PRICES.round(), max_age=timedelta(-1)),
    "an unknown policy": lambda f: FrameShortableProvider(PRICES.round(), missing="zero"),  # type: ignore[arg-type]
    "no data where that is an error": lambda f: FrameShortableProvider(PRICES.round(), missing="raise").shortable_quantity("AMC", NOON),
    "targets in fractions": lambda f: constrain(targets(-1.5, 0, 0), LENT),
    "targets that go back in time": lambda f: constrain(targets(-1, -2, 0).iloc[::-1], LENT),
    "an unknown choice": lambda f: constrain(targets(-1, 0, 0), LENT, on_exceed="cut"),  # type: ignore[arg-type]
    "a look-up at no time": lambda f: constrain(targets(-1, 0, 0), LENT, look_up="noon"),  # type: ignore[arg-type]
    "two splits in one": lambda f: CorporateActions([Split("GME", "2024-01-03", 4, 1), Split("GME", "2024-01-03", 2, 1)]),
    "a split that prices contradict": lambda f: run(lambda a: None, MarketData.from_frames({"GME": FRAME[["Close"]]}), actions=[Split("GME", "2024-01-03", 4, 1)]),
    "a pool and a daily flow together": lambda f: sum_of(LENT, CustomShortableProvider({"GME": 5}, kind="daily_flow")),
    "a result's folder that exists": lambda f: run(lambda a: None).to_parquet(f),
}  # fmt: skip


def said() -> list[str]:
    """Return what each situation says: the error's class, its message and its notes."""
    lines = []
    for name, provoke in SITUATIONS.items():
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                provoke(Path(folder))
                text = "nothing was raised"
            except ShortableError as error:
                notes = " | ".join(getattr(error, "__notes__", ()))
                text = f"{type(error).__name__}: {error}" + (f" | {notes}" if notes else "")
            # The decoder's own words differ between versions of pyarrow.
            text = re.sub(
                r"(no store of shortable: ).*?(\. Move)",
                r"\1REASON\2",
                text.replace(folder, "FOLDER"),
            )
            lines.append(f"{name}\n    " + re.sub(r"\s+", " ", text))
    return lines


if __name__ == "__main__":
    GOLDEN.write_text("\n".join(said()) + "\n", encoding="utf-8", newline="\n")
