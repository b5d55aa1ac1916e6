"""The big histories as stores, written through the project's own API; in a process of its own, for its memory."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import shortable.store
from shortable.store import SnapshotRows, append, make_snapshot

from .change_model import FLOOR
from .cold import MIB, resident
from .environments import cache, run_ours, say
from .markets import VERSION, History, Shape, history, shape_named
from .report import Row
from .sizes import Sizes


def layout() -> str:
    """Digest of the store's source: a store that other code wrote is not measured."""
    state = hashlib.sha256()
    for path in sorted(Path(shortable.store.__file__).parent.glob("*.py")):
        state.update(path.read_bytes())
    return f"v{VERSION}-{state.hexdigest()[:12]}"


def folder() -> Path:
    """The data folder with the stores of this layout; those of other layouts are removed."""
    here = cache() / "stores" / layout()
    if here.parent.exists():
        for other in here.parent.iterdir():
            if other != here:
                shutil.rmtree(other)
    here.mkdir(parents=True, exist_ok=True)
    return here


def written(shape: Shape, where: Path) -> dict[str, Any]:
    """Write a history's store unless it stands; seconds and peak memory of the writing, as noted then."""
    note = where / f"{shape.name}.json"
    if not note.exists():
        say(
            f"writing the store of {shape.name}: {shape.symbols:,} symbols x {shape.snapshots:,} snapshots ..."
        )
        shutil.rmtree(where / "equity" / "usa" / "shortable" / shape.name, ignore_errors=True)
        (where / "equity" / "usa" / "shortable" / f"{shape.name}.parquet").unlink(missing_ok=True)
        note.write_text(json.dumps(run_ours("stores", shape.name, where)))
    found: dict[str, Any] = json.loads(note.read_text())
    return found


class Stream:
    """The history's snapshots one by one, with the time that making and checking them took."""

    def __init__(self, h: History) -> None:
        self._history = h
        self.seconds = 0.0

    def __iter__(self) -> Iterator[SnapshotRows]:
        h = self._history
        names = pa.array([str(symbol) for symbol in h.symbols])
        block = 64  # snapshots read from the symbol-major arrays at a time
        for first in range(0, len(h.local), block):
            quantity = np.ascontiguousarray(h.quantity[:, first : first + block].T)
            fee = np.ascontiguousarray(h.fee[:, first : first + block].T)
            for offset in range(len(quantity)):
                at = first + offset
                start = time.perf_counter()
                made = make_snapshot(
                    int(h.instants[at]),
                    snapshot_table(names, quantity[offset], fee[offset], int(h.benchmark[at])),
                    complete=True,
                )
                self.seconds += time.perf_counter() - start
                yield made


def snapshot_table(
    names: pa.Array, quantity: np.ndarray, fee: np.ndarray, benchmark: int
) -> pa.Table:
    """One snapshot's rows as a table; absent symbols left out."""
    present = np.flatnonzero(quantity >= 0)
    shares, fees = quantity[present], fee[present]
    return pa.table(
        {
            "symbol": names.take(pa.array(present)),
            "quantity": pa.array(shares.astype(np.int64)),
            "quantity_is_floor": pa.array(shares == FLOOR),
            "fee_rate": pa.array(fees / 1e6, mask=fees < 0),
            "rebate_rate": pa.array((benchmark - fees) / 1e6, mask=fees < 0),
        }
    )


def size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    return (
        path.stat().st_size
        if path.is_file()
        else sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
    )


def rows(sizes: Sizes, where: Path) -> list[Row]:
    """Time to write, against nothing but a second: printed without a target."""
    found = []
    for shape in (sizes.daily, sizes.month):
        note = written(shape, where)
        say(
            f"{shape.name}: {note['rows']:,} rows written in {note['seconds']:.1f} s (of which {note['checking']:.1f} s "
            f"making and checking the snapshots), {note['bytes'] / MIB:.0f} MiB, peak memory {note['mib'] or 0:.0f} MiB"
        )
        found.append(
            Row(
                f"time to write {note['rows']:,} rows, {shape.name} / one second",
                note["seconds"],
                1.0,
                None,
                {"mib": note["mib"], "bytes": note["bytes"]},
            )
        )
    return found


def main(name: str, where: str) -> None:
    """Write one store and print what it took."""
    stream = Stream(history(shape_named(name)))
    start = time.perf_counter()
    report = append(name, stream, data_folder=where)
    seconds = time.perf_counter() - start
    peak = resident("VmHWM")
    print(
        json.dumps(
            {
                "rows": report.rows,
                "seconds": seconds,
                "checking": stream.seconds,
                "bytes": size(report.path),
                "mib": None if peak is None else peak / MIB,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
