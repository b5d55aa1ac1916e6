"""What counts against an answer beside the trade itself: the session's other sales (S15), and your own use (S16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shortable.arrays import Ints, Times
from shortable.desk import NO_SNAPSHOT, FlowLedger, OwnBorrow
from shortable.rule import flow_capacity, sell_capacity

__all__ = ["Counting", "Ledger"]


@dataclass(frozen=True, slots=True)
class Counting:
    """What counts against the answers of a provider; arrays hold one element for each of the M trades."""

    days: Times | None = None
    """Of a daily flow: the session of each look-up (S15)."""
    snapshots: Ints | None = None
    """Where they lack your own shorts (S16): when the snapshot behind each answer was known, `NO_SNAPSHOT` where that is
    not known."""


class Ledger:
    """The trades so far, as far as they count against what is available."""

    def __init__(self, counting: Counting) -> None:
        self.counting = counting
        self._flow: FlowLedger[int] = FlowLedger()
        self._own: OwnBorrow[int] = OwnBorrow()

    def capacity(self, at: int, code: int, held: float, available: int | None) -> float | None:
        """Return the most that a trade may sell; None for no limit."""
        days, snapshots = self.counting.days, self.counting.snapshots
        if days is not None:
            return flow_capacity(held, 0, self._flow.used(code, days[at].item()), available)
        if snapshots is not None and available is not None:
            known = int(snapshots[at])
            held = self._own.counted(code, None if known == NO_SNAPSHOT else known, held)
        return sell_capacity(held, 0, available)

    def sold(self, at: int, code: int, held: float, quantity: float) -> None:
        """Count a sale that stands."""
        if self.counting.days is not None:
            self._flow.send(code, self.counting.days[at].item(), "", held, 0, quantity)

    def used(self, code: int, day: date, shares: int) -> None:
        """Count what a company's earlier sales took of a session's flow."""
        self._flow.send(code, day, "", 0, 0, shares)

    def asked(self, code: int, snapshot: int, short: int) -> None:
        """Count what was short when a snapshot was first asked about."""
        self._own.counted(code, snapshot, -short)
