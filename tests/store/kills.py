"""Writers that are killed at random moments beside readers: `hunt` counts what was lost and what was seen wrongly.

``python -m tests.store.kills 200`` makes as many tries of each kind and prints a line of the table in ``shortable/store/README.md``
for each.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as ds

from shortable.errors import StoreError, UnknownBrokerError
from shortable.store import Layout, append, compact, make_snapshot, open_store

LAYOUT = Layout(single_file_rows=900, part_rows=4000, fan=4, merge_rows=2500)
SYMBOLS = [f"S{i:03}" for i in range(300)]
_DAY = 86_400_000_000
KINDS = ("import", "replace", "compact")
STORE = Path("equity") / "usa" / "shortable" / "axos.parquet"


def snapshot(number: int, version: int) -> Any:
    """Snapshot of day `number`; its quantities say which day and version it is."""
    shares = number * 1_000_000 + version * 1000 + np.arange(len(SYMBOLS))
    return make_snapshot(number * _DAY, {"symbol": SYMBOLS, "quantity": shares}, complete=True)


def write(folder: str, log: str, kind: str, first: int, seed: int) -> None:
    """Append, replace and compact until killed; `log` gets a line after each call that returned."""
    draw = random.Random(seed)
    with Path(log).open("ab", buffering=0) as done:
        number, version = first, 0
        while True:
            if kind == "replace" and number > 1 and draw.random() < 0.5:
                version += 1
                old = draw.randrange(number)
                again = snapshot(old, seed % 400 * 2 + version % 2)
                append("axos", [again], data_folder=folder, replace=True, layout=LAYOUT)
            else:
                many = draw.choice([1, 1, 3])
                made = [snapshot(number + i, 0) for i in range(many)]
                append("axos", made, data_folder=folder, layout=LAYOUT)
                number += many
                done.write(f"{number}\n".encode())
            if kind == "compact":
                compact("axos", data_folder=folder, layout=LAYOUT)


def seen(folder: Path) -> int:
    """Return how many snapshots a reader of ours finds; all that it finds must be whole and of one version."""
    try:
        store = open_store("axos", data_folder=folder)
    except UnknownBrokerError:
        return 0
    count = len(store.as_of)
    assert store.as_of.tolist() == [n * _DAY for n in range(count)], (
        "snapshots are missing or twice"
    )
    rows = [store.read_part(part, ["quantity"]) for part in range(store.n_parts)]
    days = whole(
        np.concatenate([r.as_of for r in rows]),
        np.concatenate([r.columns["quantity"] for r in rows]),
        count,
    )
    assert days == list(range(count)), "rows of other days"
    return count


def whole(as_of: Any, shares: Any, count: int) -> list[int]:
    """Check rows: each symbol of each day once, each day of one version; return the days."""
    assert len(as_of) == count * len(SYMBOLS), f"{len(as_of)} rows of {count} snapshots"
    order = np.lexsort((shares, as_of))
    table = shares[order].reshape(count, len(SYMBOLS))
    days, rest = np.divmod(table, 1_000_000)
    versions, symbols = np.divmod(rest, 1000)
    assert (days == np.unique(as_of)[:, None] // _DAY).all(), "rows of another day"
    assert (versions == versions[:, :1]).all(), "two versions of one day"
    assert (symbols == np.arange(len(SYMBOLS))).all(), "a symbol is missing or twice"
    found: list[int] = days[:, 0].tolist()
    return found


def seen_by_others(path: Path) -> list[int]:
    """Return the days of which pyarrow alone finds the snapshots, or raise FileNotFoundError."""
    table = ds.dataset(path, format="parquet").to_table(columns=["as_of", "quantity"])
    as_of = table["as_of"].cast("int64").to_numpy()
    return whole(as_of, table["quantity"].to_numpy(), len(np.unique(as_of)))


def watch(folder: str, log: str, stop: Any, results: Any) -> None:
    """Look at the store in turns, as we do and as pyarrow does, until told to stop; report (looks, again, faults)."""
    looks, again, missed, faults, last = 0, 0, 0, [], 0
    while not stop.is_set():
        told = acknowledged(log)
        try:
            count = seen(Path(folder))
            if count < max(last, told):
                faults.append(f"{count} snapshots after {max(last, told)}")
            last, looks = count, looks + 1
        except StoreError as error:
            if "open it again" in str(error):
                again += 1
            else:
                faults.append(repr(error))
        except Exception as error:
            faults.append(repr(error))
        try:
            told = acknowledged(log)
            days = seen_by_others(Path(folder) / STORE)
            # pyarrow lists names first, and leaves out a file that is gone when it asks for its size.
            missed += len(days) < told or days != list(range(len(days)))
            looks += 1
        except FileNotFoundError:
            again += 1  # no store yet, or it was listed before a commit and read after it
        except Exception as error:
            # Found as a file, and a folder when it was opened; or every part that it listed was merged before it looked.
            if "is a directory" in str(error) or "No match for FieldRef" in str(error):
                again += 1
            else:
                faults.append(f"pyarrow: {error!r}")
    results.put((looks, again, missed, faults))


def acknowledged(log: str) -> int:
    """Return how many snapshots a writer was told are stored."""
    lines = Path(log).read_bytes().split(b"\n")[:-1] if Path(log).exists() else []
    return int(lines[-1]) if lines else 0


@dataclass
class Found:
    """What a hunt found."""

    tries: int = 0
    looks: int = 0
    again: int = 0
    missed: int = 0
    """Looks of pyarrow alone that lacked parts which a commit had replaced in that moment."""
    stored: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def hunt(kind: str, tries: int, with_signal: int, seed: int) -> Found:
    """Kill as many writers as `tries`, each at a random moment, and look at what is left."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.kills"])
    draw, found = random.Random(seed), Found()
    while found.tries < tries:
        with tempfile.TemporaryDirectory() as name:
            log = f"{name}/log"
            stop, results = context.Event(), context.Queue()
            reader = context.Process(target=watch, args=(name, log, stop, results))
            reader.start()
            for _ in range(min(8, tries - found.tries)):
                first = seen(Path(name))
                arguments = (name, log, kind, first, draw.randrange(1 << 30))
                writer = context.Process(target=write, args=arguments)
                writer.start()
                held = acknowledged(log)
                began = time.monotonic()
                while acknowledged(log) == held and time.monotonic() - began < 20:
                    time.sleep(0.002)
                time.sleep(draw.uniform(0, 0.25))
                os.kill(writer.pid, with_signal)
                writer.join()
                found.tries += 1
                if writer.exitcode != -with_signal:
                    found.wrong.append(f"a writer ended by itself with {writer.exitcode}")
                left, told = seen(Path(name)), acknowledged(log)
                if left < told:
                    found.lost.append(f"{left} snapshots of {told} are left")
            stop.set()
            looks, again, missed, faults = results.get(timeout=60)
            reader.join()
            found.looks, found.again = found.looks + looks, found.again + again
            found.missed += missed
            found.stored += seen(Path(name))
            found.wrong += faults
            assert seen_by_others(Path(name) / STORE) == list(range(seen(Path(name))))
    return found


if __name__ == "__main__":
    for number, kind in enumerate(KINDS):
        for with_signal in (signal.SIGKILL, signal.SIGTERM):
            found = hunt(kind, int(sys.argv[1]), with_signal, number)
            print(
                f"| {with_signal.name} while a process does {kind} | {found.tries} | {len(found.lost)} | {len(found.wrong)} | "
                f"{found.stored:,} snapshots, {found.looks:,} looks, {found.again:,} had to look again, {found.missed} of pyarrow alone "
                "missed parts |",
                *found.lost[:3],
                *found.wrong[:3],
                flush=True,
            )
