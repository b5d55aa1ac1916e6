"""`constrain` with fees on W4, in a process of its own: ``python -m tests.benchmarks.research_w4 SESSIONS SYMBOLS ROUNDS`` -> JSON."""

from __future__ import annotations

import json
import sys
import time

from shortable import FrameShortableProvider
from shortable.research import constrain

from . import w4
from .cold import MIB, forget_peak, resident


def main(sessions: str, symbols: str, rounds: str) -> None:
    """Constrain, clipped; memory is the process's, and what the call adds to it."""
    panel = w4.make(int(sessions), int(symbols))
    provider = FrameShortableProvider(
        panel.frame(panel.availability), fee_rates=panel.frame(panel.fee_rate)
    )
    targets, closes = panel.frame(panel.targets), panel.frame(panel.close)
    forget_peak()
    before = resident("VmRSS") or 0
    seconds, cpu, peak = [], [], 0
    for _ in range(int(rounds)):
        start, used = time.perf_counter(), time.process_time()
        found = constrain(targets, provider, closes, on_exceed="clip")
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - used)
        if not peak:
            peak = resident("VmHWM") or 0
        counts = {
            "refused": len(found.refusals),
            "fees": found.total_borrow_cost,
            "nights": len(found.borrow_costs),
        }
        del found
    print(
        json.dumps(
            {
                "warm": seconds,
                "cpu": cpu,
                "mib": peak / MIB,
                "added": (peak - before) / MIB,
                "inputs": panel.mib,
                **counts,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
