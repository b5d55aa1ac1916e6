"""One look-up in a new process. ``python -m tests.benchmarks.cold KIND FOLDER BROKER SYMBOL TIME [MODULE ...]``.

The clock starts after the imports and covers making the provider and the one look-up. What the library
imports only when it needs it is listed in the answer ("late"), so that the caller can name it beforehand:
the issue counts no imports, neither ours nor DuckDB's.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from datetime import datetime
from pathlib import Path

MIB = 1024 * 1024


def resident(field: str) -> int | None:
    """Bytes of resident memory: VmRSS now, VmHWM at most; None where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    for line in status.read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return None


def forget_peak() -> None:
    """Let VmHWM start again from now: what the imports needed for a moment is not the look-up's."""
    control = Path("/proc/self/clear_refs")
    if control.exists():
        control.write_text("5")


def main(kind: str, folder: str, broker: str, ticker: str, when: str, *modules: str) -> None:
    """Look up and print seconds, answer, memory in MiB and late imports."""
    for module in ("shortable", *modules):
        importlib.import_module(module)
    from shortable import LocalDiskShortableProvider, Symbol

    symbol, local_time = Symbol.create(ticker), datetime.fromisoformat(when)
    known = set(sys.modules)
    forget_peak()
    before = resident("VmRSS")
    start = time.perf_counter()
    provider = LocalDiskShortableProvider(broker, data_folder=folder)
    if kind == "one":
        answer = provider.shortable_quantity(symbol, local_time)
    else:
        answer = len(provider.all_shortable_symbols(local_time))
    seconds = time.perf_counter() - start
    peak = resident("VmHWM")
    more = None if before is None or peak is None else (peak - before) / MIB
    print(
        json.dumps(
            {
                "seconds": seconds,
                "answer": answer,
                "mib": more,
                "late": sorted(set(sys.modules) - known),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
