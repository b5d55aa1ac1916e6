"""W1 worked out the slow, obvious way: what every host must come to."""

from __future__ import annotations

from dataclasses import dataclass

from .w1 import CYCLE, HOLD, SHARES, Workload


@dataclass(frozen=True, slots=True)
class Outcome:
    """Counts of W1's orders, and the fees in dollars.

    Attributes
    ----------
    orders : int
        Sent, refused ones included.
    refused : int
    filled : int
    fees : float
        Total borrow fee in dollars.
    """

    orders: int
    refused: int
    filled: int
    fees: float


def simulate(w: Workload) -> Outcome:
    """Run W1 symbol by symbol in plain Python."""
    orders = refused = filled = 0
    fees = 0.0
    sessions = len(w.dates)
    for k in range(len(w.symbols)):
        held, pending = 0, 0
        for i in range(sessions):
            if i > 0 and held < 0:
                rate = float(w.fee_rate[i - 1, k])
                days = int((w.dates[i] - w.dates[i - 1]).astype(int))
                fees += -held * float(w.close[i - 1, k]) * rate * days / 360
            if pending:
                held, pending, filled = held + pending, 0, filled + 1
            if not 1 <= i <= sessions - 2:
                continue
            if i % CYCLE == k % CYCLE:
                orders += 1
                if held - SHARES >= -int(w.availability[i, k]):
                    pending = -SHARES
                else:
                    refused += 1
            elif i % CYCLE == (k + HOLD) % CYCLE and held < 0:
                orders += 1
                pending = SHARES
    return Outcome(orders, refused, filled, fees)
