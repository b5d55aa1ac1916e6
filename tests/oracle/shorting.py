"""The slow model of what happens to a short beside availability: flows, rules, recalls, margin (S15, S16, S23, S25 to S27).

Plain Python, exact fractions, written from DESIGN.md and `shortable/engine/README.md`, and not from the code under test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from math import ceil

from tests.oracle.lending import Lender

KINDS = {"limit": "limit", "stop_limit": "limit", "stop_market": "stop", "trailing_stop": "stop"}
"""What rules on short sales call an order's type; every other is a market order."""


@dataclass
class Flows(Lender):
    """A daily flow: shares by symbol and session (S15)."""

    limits: dict[tuple[str, date], int] = field(default_factory=dict)

    def answer(self, symbol: str, wall: datetime) -> tuple[int | None, bool]:
        """Return the limit of the one session that it names, and whether there is one."""
        if (symbol, wall.date()) in self.limits:
            return self.limits[symbol, wall.date()], True
        return (None if self.missing == "unrestricted" else 0), False


def short_part(held: int, sells_before: int, quantity: int) -> int:
    """Return what of a sale a long does not cover; other resting sells take the long first (S4, S15)."""
    long_left = max(held - sells_before, 0)
    return max(quantity - long_left, 0)


def allowed_flow(
    quantity: int,
    held: int,
    open_sells: int,
    used: int,
    limit: int | None,
    on_exceed: str,
    floor: int,
) -> tuple[int, str]:
    """Return how many shares an order may sell in a session, and the verdict (S5, S15); `used` is without the order."""

    def within(shares: int) -> bool:
        part = short_part(held, open_sells, shares)
        return limit is None or not part or used + part <= limit

    if quantity <= floor or within(quantity):
        return quantity, ""
    if on_exceed == "warn":
        return quantity, "warned"
    capacity = 0
    while capacity < quantity and within(capacity + 1):
        capacity += 1
    if on_exceed == "clip" and capacity > floor:
        return capacity, "clipped"
    return floor, "update" if floor else "submission"


@dataclass(frozen=True)
class Rules:
    """Rules on short sales (S25)."""

    bans: tuple[tuple[str, date, date], ...] = ()
    """Symbol, first and last day."""
    falls: tuple[tuple[str, datetime, date], ...] = ()
    """Rule 201: symbol, from after when, and to the end of which day."""
    ticks: bool = False
    """Whether a tick rule holds."""
    listed: tuple[tuple[str, date, date], ...] = ()
    """Threshold securities: symbol, first and last day."""

    def fell(self, symbol: str, at: datetime) -> bool:
        """Whether rule 201 is in force."""
        return any(
            s == symbol and begin < at and at.date() <= last for s, begin, last in self.falls
        )

    def refuse(
        self,
        symbol: str,
        at: datetime,
        order: str,
        limit: Fraction | None,
        last: Fraction | None,
        located: bool,
    ) -> bool:
        """Whether a rule refuses a short sale at a time, with the last price known then."""
        kind = KINDS.get(order, "market")
        for banned, first, until in self.bans:
            if banned == symbol and first <= at.date() <= until:
                return True
        for named, first, until in self.listed:
            if named == symbol and first <= at.date() <= until and not located:
                return True
        if self.fell(symbol, at) and kind != "limit":
            return True
        if self.ticks:
            return kind != "limit" or limit is None or (last is not None and limit < last)
        return False

    def only_above(self, symbol: str, at: datetime) -> bool:
        """Whether a limit order fills only in a bar whose high lies above its limit."""
        return self.ticks or self.fell(symbol, at)


NO_RULES = Rules()


LenderTerms = tuple[int, int, str, Fraction]
"""Sessions of a shortfall, sessions until it is due, where it is bought in ("open", "close"), and the penalty."""


@dataclass
class Recalls:
    """Recalls of one symbol after shortfalls of some sessions in a row, by the terms of one lender or of several (S27)."""

    terms: tuple[LenderTerms, ...]
    own_use: str
    below: list[int] = field(default_factory=list)
    due: list[tuple[int, int, int]] = field(default_factory=list)
    """In which session, by its number, how many shares fall due, and by whose terms; oldest first."""
    expected: int = 0
    """What was short after the session before, had nothing been covered since."""

    def session(
        self, number: int, short: int, available: int | None
    ) -> tuple[list[tuple[int, LenderTerms]], list[int]]:
        """Return the shares that fall due in a session, by whose terms, and those that are recalled in it."""
        covered = self.expected - short
        for when in sorted({when for when, _, _ in self.due}):  # A cover returns what is due first.
            for at, (on, shares, whose) in enumerate(self.due):
                back = max(min(shares, covered), 0) if on == when else 0
                self.due[at] = on, shares - back, whose
                covered -= back
        if short == 0:
            self.below, self.due, self.expected = [], [], 0
            return [], []
        self.below = self.below or [0] * len(self.terms)
        fallen: dict[int, int] = {}
        for when, shares, whose in self.due:
            if when <= number and shares:
                fallen[whose] = fallen.get(whose, 0) + shares
        self.due = [one for one in self.due if one[0] > number]
        self.expected = short - sum(fallen.values())
        recalled = []
        for whose, (sessions, due_after, _, _) in enumerate(self.terms):
            free = self.expected - sum(shares for _, shares, _ in self.due)
            if free <= 0 or available is None:
                break
            missing = max(free - available, 0)
            if self.own_use == "excluded":
                missing = free if available == 0 else 0
            self.below[whose] = self.below[whose] + 1 if missing else 0
            if missing and self.below[whose] >= sessions:
                self.below[whose] = 0
                self.due.append((number + due_after, missing, whose))
                recalled.append(missing)
        return [(shares, self.terms[whose]) for whose, shares in fallen.items()], recalled

    def split(self, ratio: Fraction) -> None:
        """Restate what is recalled, rounded down (S20)."""
        self.expected = int(self.expected * ratio)
        self.due = [(when, int(shares * ratio), whose) for when, shares, whose in self.due]


def finra(shares: int, price: Fraction, long: Fraction, short: Fraction) -> Fraction:
    """Return what a position asks for by FINRA's Rule 4210(c) (S23)."""
    if shares >= 0:
        return shares * price * long
    return -shares * (max(price * short, Fraction(5)) if price >= 5 else max(price, Fraction(5, 2)))


def to_close(
    positions: dict[str, tuple[int, Fraction]], equity: Fraction, long: Fraction, short: Fraction
) -> list[tuple[str, int]]:
    """Return the signed shares with which a margin call makes positions smaller, in order (S23).

    Parameters
    ----------
    positions
        Shares and price by symbol.
    equity
        At that close.
    long, short
        Fractions of the value.
    """
    asked = {s: finra(shares, price, long, short) for s, (shares, price) in positions.items()}
    missing, orders = sum(asked.values()) - equity, []
    for symbol in sorted(asked, key=lambda s: (-asked[s], s)):
        if missing > 0 and asked[symbol]:
            shares = positions[symbol][0]
            closed = min(ceil(abs(shares) * missing / asked[symbol]), abs(shares))
            missing -= asked[symbol] * closed / abs(shares)
            orders.append((symbol, closed if shares < 0 else -closed))
    return orders
