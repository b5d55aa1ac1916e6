"""A million bulk look-ups against pandas and polars, point look-ups against zipline, and a snapshot's append against Arrow."""

from __future__ import annotations

import random
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from shortable import LocalDiskShortableProvider
from shortable.store import append, make_snapshot

from .answers import agree
from .environments import cache, run_peer, say
from .lookup_rows import SEED, chosen, shares
from .markets import History, history
from .report import Row
from .sizes import Sizes
from .stores import snapshot_table
from .timing import interleaved, seconds

APPENDS = 7


def join_rows(title: str, h: History, folder: Path, sizes: Sizes) -> list[Row]:
    """As-of joins of tables that are ready, against one call of ours with the same pairs."""
    rng = np.random.default_rng(SEED)
    rows = chosen(h, sizes.symbols)
    dense = np.array([shares(h, row) for row in rows], dtype=np.int64)
    codes = rng.integers(0, len(rows), sizes.bulk)
    columns = np.sort(rng.integers(0, len(h.local), sizes.bulk))
    names = [str(h.symbols[row]) for row in rows]
    local = np.array(h.local, dtype="datetime64[us]")
    symbols = pd.Categorical.from_codes(codes, categories=pd.Index(names))
    times = pd.DatetimeIndex(local)[columns]
    book = pd.DataFrame(
        {
            "time": np.repeat(local, len(rows)),
            "symbol": pd.Categorical.from_codes(np.tile(np.arange(len(rows)), len(local)), names),
            "available": dense.T.ravel(),
        }
    )
    asked = pd.DataFrame({"time": times, "symbol": symbols})
    provider = LocalDiskShortableProvider(h.shape.name, data_folder=folder)
    found = pd.merge_asof(asked, book, on="time", by="symbol")["available"]
    agree(
        f"{title} merge_asof",
        provider.shortable_quantities(symbols, times).tolist(),
        found.tolist(),
    )
    took = interleaved(
        {
            "ours": lambda: provider.shortable_quantities(symbols, times),
            "pandas": lambda: pd.merge_asof(asked, book, on="time", by="symbol"),
        },
        min(sizes.rounds, 5),
    )
    with tempfile.TemporaryDirectory(dir=cache()) as where:
        path = Path(where) / "look-ups.npz"
        np.savez(
            path,
            codes=book["symbol"].cat.codes.to_numpy(np.int32),
            instants=book["time"].to_numpy().astype(np.int64),
            available=book["available"].to_numpy(),
            asked=codes.astype(np.int32),
            at=local[columns].astype(np.int64),
        )
        polars = run_peer("polars", "polars_join.py", path, min(sizes.rounds, 5))
    agree(f"{title} join_asof", polars["sum"], int(found.sum()))
    against = f"{sizes.bulk:,} bulk look-ups, {title}"
    return [
        Row.of(f"{against} / pandas.merge_asof", took["ours"], took["pandas"], 1 / 5),
        Row.of(
            f"{against} / polars join_asof",
            took["ours"],
            polars["seconds"],
            1 / 2,
            version=polars["version"],
            threads=polars["threads"],
        ),
    ]


def zipline_row(h: History, folder: Path, sizes: Sizes) -> Row:
    """As-of point look-ups, against the yes or no of zipline's historical restrictions of the same symbols."""
    rows = chosen(h, sizes.symbols)
    rng = random.Random(SEED)
    span = int((h.local[-1] - h.local[0]).total_seconds())
    asked = [
        (rng.randrange(len(rows)), h.local[0] + timedelta(seconds=rng.randrange(span)))
        for _ in range(sizes.at_pairs)
    ]
    # zipline wants instants; April has no change of clocks, so New York's wall time stands in for them.
    restricted = np.array([[n == 0 for n in shares(h, row)] for row in rows])
    local = np.array(h.local, dtype="datetime64[us]").astype(np.int64)
    with tempfile.TemporaryDirectory(dir=cache()) as where:
        path = Path(where) / "restrictions.npz"
        np.savez(
            path,
            instants=local,
            restricted=restricted,
            asked=np.array([a for a, _ in asked]),
            at=np.array([t for _, t in asked], dtype="datetime64[us]").astype(np.int64),
        )
        theirs = run_peer("zipline", "zipline_restricted.py", path)
    lookup = LocalDiskShortableProvider(h.shape.name, data_folder=folder).shortable_quantity
    pairs = [(h.symbols[rows[a]], moment) for a, moment in asked]
    none = sum(lookup(symbol, moment) == 0 for symbol, moment in pairs)
    agree("restricted look-ups", none, theirs["restricted"])

    def ours() -> None:
        for symbol, moment in pairs:
            lookup(symbol, moment)

    took = [seconds(ours) for _ in range(min(sizes.rounds, 5))]
    return Row(
        "point look-up, 15-minute as-of, warm / zipline is_restricted",
        statistics.median(took) / len(pairs),
        theirs["seconds"] / len(pairs),
        1 / 30,
    )


def append_row(h: History, folder: Path) -> Row:
    """One more snapshot into a copy of the store, against the same rows as one Parquet file."""
    names = pa.array([str(symbol) for symbol in h.symbols])
    ours, theirs = [], []
    with tempfile.TemporaryDirectory(dir=cache()) as where:
        inner = Path("equity", "usa", "shortable")
        (Path(where) / inner).mkdir(parents=True)
        for found in (folder / inner).glob(f"{h.shape.name}.parquet*"):
            copy = shutil.copytree if found.is_dir() else shutil.copy2
            copy(found, Path(where) / inner / found.name)
        for number in range(APPENDS):
            at = number % len(h.local)
            table = snapshot_table(names, h.quantity[:, at], h.fee[:, at], int(h.benchmark[at]))
            instant = int(h.instants[-1]) + (number + 1) * 900_000_000
            snapshot = make_snapshot(instant, table, complete=True)
            ours.append(seconds(lambda s=snapshot: append(h.shape.name, [s], data_folder=where)))
            file = Path(where) / f"{number}.parquet"
            theirs.append(seconds(lambda t=table, f=file: pq.write_table(t, f)))
    last = datetime(1970, 1, 1) + timedelta(microseconds=int(h.instants[-1]))
    return Row.of(
        f"a snapshot appended to a store of {len(h.local):,}, until {last:%Y-%m-%d} / pyarrow write_table of its rows",
        ours,
        theirs,
        3.0,
    )


def rows(sizes: Sizes, folder: Path) -> list[Row]:
    """All of these rows."""
    daily, month = history(sizes.daily), history(sizes.month)
    return [
        *join_rows("daily", daily, folder, sizes),
        *join_rows("15-minute", month, folder, sizes),
        *_installed(lambda: zipline_row(month, folder, sizes)),
        append_row(daily, folder),
        append_row(month, folder),
    ]


def _installed(row: Callable[[], Row]) -> list[Row]:
    """Return a row whose peer installs here; else say that it does not."""
    try:
        return [row()]
    except subprocess.CalledProcessError as error:
        say(f"zipline-reloaded does not install or run here: {error}")
        return []
