"""Peak memory of look-ups in a new process: ``python -m tests.benchmarks.memory SHAPE FOLDER SYMBOLS`` -> JSON."""

from __future__ import annotations

import json
import sys

import numpy as np

from shortable import LocalDiskShortableProvider

from .engine_w1 import peak_mib
from .lookup_rows import chosen
from .markets import history, shape_named


def main(name: str, folder: str, symbols: str) -> None:
    """Ask quantity and fee of so many symbols at every snapshot."""
    h = history(shape_named(name))
    provider = LocalDiskShortableProvider(name, data_folder=folder)
    times = np.array(h.local, dtype="datetime64[us]")
    for row in chosen(h, int(symbols)):
        provider.shortable_quantities(h.symbols[row], times)
        provider.fee_rates(h.symbols[row], times)
    print(json.dumps({"mib": peak_mib()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
