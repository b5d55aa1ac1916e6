"""From bars to Parquet files that say of themselves that they are made up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from made_up.parameters import DAILY, PENNY
from made_up.prices import Bars

_SAYS = {"made_up": "made-up sample data"}


def write_bars(
    path: Path, name: str, labels: Sequence[date] | Sequence[datetime], bars: dict[str, Bars]
) -> None:
    """Write bars as one long table, sorted by symbol and time; `name` is the column of labels."""
    tickers = sorted(bars)
    columns = {
        "symbol": pa.array([t for t in tickers for _ in labels], pa.string()),
        name: pa.array(
            list(labels) * len(tickers), pa.timestamp("us") if name == "time" else pa.date32()
        ),
    }
    for column in ("open", "high", "low", "close"):
        columns[column] = pa.array(
            np.concatenate([getattr(bars[t], column) for t in tickers]), pa.float64()
        )
    columns["volume"] = pa.array(np.concatenate([bars[t].volume for t in tickers]), pa.int64())
    _write(path, columns)


def write_market_caps(
    path: Path,
    days: list[date],
    daily: dict[str, Bars],
    labels: list[datetime],
    pennies: dict[str, Bars],
) -> None:
    """Write market capitalisations at each session's close: shares outstanding × close, to the dollar."""
    last = {label.date(): i for i, label in enumerate(labels)}  # the later bar of a date wins
    caps: dict[str, tuple[list[date], np.ndarray]] = {}
    for one in DAILY:
        if one.shares is not None:
            caps[one.ticker] = days, np.round(daily[one.ticker].close * one.shares)
    for penny in PENNY:
        closes = pennies[penny.ticker].close[list(last.values())]
        caps[penny.ticker] = list(last), np.round(closes * penny.shares)
    tickers = sorted(caps)
    columns = {
        "symbol": pa.array([t for t in tickers for _ in caps[t][0]], pa.string()),
        "date": pa.array([day for t in tickers for day in caps[t][0]], pa.date32()),
        "market_cap": pa.array(np.concatenate([caps[t][1] for t in tickers]), pa.float64()),
    }
    _write(path, columns)


def _write(path: Path, columns: dict[str, pa.Array]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(columns).replace_schema_metadata(_SAYS)
    pq.write_table(table, path, compression="zstd", compression_level=19)
