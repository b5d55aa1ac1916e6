"""The slow model of what can be borrowed (S1 to S9): snapshots, the rule, the night's cost, and tables of targets and trades.

Plain Python, exact fractions, written from DESIGN.md and `shortable/engine/README.md`, and not from the code under test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Literal
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")

#: Why an order was not accepted as it was, or what was done instead; "" where it was.
Verdict = Literal["", "submission", "update", "clipped", "warned"]


def published(wall: datetime) -> datetime:
    """Return the instant of a publication: of a wall time that the clock shows twice, the second."""
    return wall.replace(tzinfo=NEW_YORK, fold=1).astimezone(UTC)


def asked(wall: datetime) -> datetime:
    """Return the instant of a look-up: of a wall time that is shown twice, the first; of a skipped one, the gap's beginning."""
    first = wall.replace(tzinfo=NEW_YORK, fold=0).astimezone(UTC)
    if first.astimezone(NEW_YORK).replace(tzinfo=None) == wall:
        return first
    gap = first  # Skipped: go back minute by minute to the last instant whose wall time is before the gap.
    while gap.astimezone(NEW_YORK).replace(tzinfo=None) > wall:
        gap -= timedelta(minutes=1)
    return gap


@dataclass(frozen=True)
class Snapshot:
    """What one list said: shares by symbol, None where the row could not be read (S3)."""

    known: datetime
    rows: dict[str, int | None]
    complete: bool = True


@dataclass
class Lender:
    """What a provider answers, found by going through everything that it ever said."""

    snapshots: list[Snapshot] = field(default_factory=list)
    rates: list[tuple[datetime, dict[str, Fraction]]] = field(default_factory=list)
    missing: str = "unavailable"
    max_age: timedelta | None = timedelta(days=7)
    lag: timedelta = timedelta(0)
    splits: list[tuple[str, date, Fraction]] = field(default_factory=list)

    def speaks(self, known: datetime, now: datetime) -> bool:
        """Whether something known at an instant, and delayed, counts now: not from the future, not too old (S2)."""
        return known + self.lag <= now and (
            self.max_age is None or now - known - self.lag <= self.max_age
        )

    def speaking(self, symbol: str, wall: datetime) -> Snapshot | None:
        """Return the newest snapshot that says something of a symbol (S2, S3)."""
        now = asked(wall)
        for snapshot in sorted(self.snapshots, key=lambda one: one.known, reverse=True):
            if self.speaks(snapshot.known, now) and (symbol in snapshot.rows or snapshot.complete):
                return snapshot
        return None

    def answer(self, symbol: str, wall: datetime) -> tuple[int | None, bool]:
        """Return the shares that can be borrowed, and whether data say so (S1, S3)."""
        snapshot = self.speaking(symbol, wall)
        stated = None if snapshot is None else snapshot.rows.get(symbol, 0)
        if snapshot is None or stated is None:
            return (None if self.missing == "unrestricted" else 0), False
        return self.restated(symbol, stated, snapshot.known, wall), True

    def restated(self, symbol: str, shares: int, known: datetime, wall: datetime) -> int:
        """Return shares of the day on which they were stated in shares of the day of the question (S11)."""
        stated_on = known.astimezone(NEW_YORK).date()
        for name, day, ratio in self.splits:
            if name == symbol and stated_on < day <= wall.date():
                shares = int(shares * ratio)
        return shares

    def everything(self, symbols: list[str], wall: datetime) -> dict[str, int]:
        """Return what has shares to borrow, of the symbols that data speak of."""
        answers = {symbol: self.answer(symbol, wall) for symbol in symbols}
        return {symbol: shares for symbol, (shares, data) in answers.items() if data and shares}

    def fee(self, symbol: str, wall: datetime) -> Fraction | None:
        """Return the newest rate known, or None (S7)."""
        now = asked(wall)
        for known, rates in sorted(self.rates, key=lambda one: one[0], reverse=True):
            if self.speaks(known, now) and symbol in rates:
                return rates[symbol]
        return None


class Unlimited(Lender):
    """No restriction known, of anything (S1)."""

    def answer(self, symbol: str, wall: datetime) -> tuple[int | None, bool]:
        """Return None: nothing restricts."""
        return None, True


def allowed(
    quantity: int, held: int, open_sells: int, available: int | None, on_exceed: str, floor: int = 0
) -> tuple[int, Verdict]:
    """Return how many shares an order may sell, and the verdict (S4, S5); an update sells `floor` already."""
    if quantity <= floor or available is None or held - open_sells - quantity >= -available:
        return quantity, ""
    if on_exceed == "warn":
        return quantity, "warned"
    capacity = 0
    while held - open_sells - (capacity + 1) >= -available and capacity < quantity:
        capacity += 1
    if on_exceed == "clip" and capacity > floor:
        return capacity, "clipped"
    return floor, "update" if floor else "submission"


def too_many(held: int, resting: list[int], available: int | None) -> list[int]:
    """Return the positions in `resting`, oldest first, of the sells to cancel: the newest, until the rest may be sold (S5)."""
    kept = list(range(len(resting)))
    gone = []
    while kept and available is not None and held - sum(resting[i] for i in kept) < -available:
        gone.append(kept.pop())
    return gone


def night(shares_short: int, close: Fraction, rate: Fraction | None, days: int) -> Fraction:
    """Return what a night costs by the default convention (S8)."""
    return shares_short * close * (rate or 0) * days / 360


@dataclass
class Night:
    """What one short cost over one night."""

    session: date
    symbol: str
    shares: int
    cost: Fraction


def nights(
    lender: Lender, symbol: str, sessions: list[date], held: list[int], closes: list[Fraction]
) -> list[Night]:
    """Return the nights of one symbol's position, given at each session's close (S8)."""
    found = []
    for i in range(1, len(sessions)):
        if held[i - 1] < 0:
            rate = lender.fee(symbol, datetime.combine(sessions[i - 1], time(16)))
            days = (sessions[i] - sessions[i - 1]).days
            cost = night(-held[i - 1], closes[i - 1], rate, days)
            found.append(Night(sessions[i], symbol, -held[i - 1], cost))
    return found


def constrained(
    targets: list[int | None], available: list[int | None], on_exceed: str, buy_in: bool
) -> list[int]:
    """Return the positions held after each row of one symbol's targets; None keeps what is held."""
    held, positions = 0, []
    for target, shares in zip(targets, available, strict=True):
        if target is not None and target < held:
            held -= allowed(held - target, held, 0, shares, on_exceed)[0]
        elif target is not None:
            held = target
        if buy_in and shares is not None and held < -shares:
            held = -shares
        positions.append(held)
    return positions


def audited(
    trades: list[int], answers: list[tuple[int | None, bool]], on_exceed: str
) -> list[tuple[int, int, str]]:
    """Return what of each of one symbol's trades stands, what is held after it, and the verdict.

    A bought share that the list needs to cover a short is left out if that share was never short.
    """
    listed = held = 0
    found = []
    for quantity, (available, has_data) in zip(trades, answers, strict=True):
        stands, verdict = 0, "no borrow"
        if quantity < 0 and held + quantity < 0:
            stands = -allowed(-quantity, held, 0, available, on_exceed)[0]
            whole = "borrowed" if stands == quantity else "clipped" if stands else "not borrowable"
            verdict = whole if has_data else "no data"
        elif quantity < 0:
            stands = quantity
        for bought in range(max(quantity, 0)):
            covers, has_one = listed + bought < 0, held + stands < 0
            stands += 1 if has_one or not covers else 0
        if quantity > 0 and stands != quantity:
            verdict = "not needed"
        listed, held = listed + quantity, held + stands
        found.append((stands, held, verdict))
    return found
