"""What counts against an answer beside the order itself: the session's other orders (S15), and your own use (S16).

Both keep a record by instrument that a desk carries from one order to the next; the formulas are in `shortable.rule`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Generic, TypeVar

import numpy as np

from shortable.arrays import Ints
from shortable.provider import Pairs, ShortableProvider
from shortable.rule import short_part

__all__ = ["NO_SNAPSHOT", "FlowLedger", "OwnBorrow", "snapshots_of"]

NO_SNAPSHOT = np.iinfo(np.int64).min
"""Stands for the instant of a snapshot that is not known."""

_Key = TypeVar("_Key", bound=Hashable)


@dataclass(slots=True)
class _Session:
    day: date
    parts: dict[str, float] = field(default_factory=dict)
    """Short part by order, as text: some callers know an order by number, some by name."""
    unnamed: float = 0
    """Short parts of orders that nobody will name again."""


class FlowLedger(Generic[_Key]):
    """The short parts of the sell orders of one session, by instrument (S15).

    Examples
    --------
    >>> ledger, monday, tuesday = FlowLedger(), date(2025, 1, 6), date(2025, 1, 7)
    >>> ledger.send("2330", monday, 1, held=100, open_sells=0, quantity=150)
    >>> ledger.send("2330", monday, 2, held=100, open_sells=150, quantity=40)
    >>> ledger.used("2330", monday), ledger.used("2330", monday, but=2)
    (90, 50)
    >>> ledger.cancel("2330", 2)
    >>> ledger.used("2330", monday), ledger.used("2330", tuesday)
    (50, 0)

    Order 1 rests over night: in the new session it counts anew.

    >>> ledger.begin("2330", tuesday, held=0, resting=[(1, 150)])
    >>> ledger.used("2330", tuesday)
    150
    """

    def __init__(self) -> None:
        self._sessions: dict[_Key, _Session] = {}

    def begin(
        self, key: _Key, day: date, held: float, resting: Iterable[tuple[int | str, float]]
    ) -> None:
        """Begin a session: what rests counts anew, as it is and on what is held then.

        Parameters
        ----------
        key : hashable
            The instrument.
        day : date
            The session.
        held : float
            Shares held at its start, negative for a short.
        resting : iterable of (order, shares)
            The resting sells, oldest first, with their unfilled shares.
        """
        session = _Session(day)
        before: float = 0
        for order_id, shares in resting:
            session.parts[str(order_id)] = short_part(held, before, shares)
            before += shares
        self._sessions[key] = session

    def used(self, key: _Key, day: date, but: int | str | None = None) -> float:
        """Return the short parts of the session's orders, without one of them where it is named."""
        session = self._sessions.get(key)
        if session is None or session.day != day:
            return 0
        total = session.unnamed + sum(session.parts.values())
        return total - session.parts.get(str(but), 0) if but is not None else total

    def send(
        self,
        key: _Key,
        day: date,
        order_id: int | str,
        held: float,
        open_sells: float,
        quantity: float,
    ) -> None:
        """Record an order that was accepted, or updated: it takes the place of what it was.

        Parameters
        ----------
        key, day
            The instrument and the session.
        order_id : int or str
            Empty where the order can be neither updated nor cancelled.
        held, open_sells, quantity
            As in `shortable.rule.short_part`; `open_sells` without the order itself.
        """
        session = self._sessions.get(key)
        if session is None or session.day != day:
            session = self._sessions[key] = _Session(day)
        part = short_part(held, open_sells, quantity)
        if order_id == "":
            session.unnamed += part
        else:
            session.parts[str(order_id)] = part

    def cancel(self, key: _Key, order_id: int | str) -> None:
        """Give back what an order took that was cancelled before it filled."""
        session = self._sessions.get(key)
        if session is not None:
            session.parts.pop(str(order_id), None)

    def part(self, key: _Key, order_id: int | str) -> float:
        """Return the short part of one order in the session that was last spoken of; 0 where it has none."""
        session = self._sessions.get(key)
        return 0 if session is None else session.parts.get(str(order_id), 0)


class OwnBorrow(Generic[_Key]):
    """What was short when a snapshot was first asked about: it already lacks those shares (S16, ``"excluded"``).

    An answer that names no snapshot was recorded when it was asked for.

    Examples
    --------
    500 are short when Monday's snapshot is first asked about, and 300 more are sold under it: of 1,000, 700 are left.

    >>> own = OwnBorrow()
    >>> own.counted("GME", "monday", -500), own.counted("GME", "monday", -800), own.counted("GME", "tuesday", -800)
    (0, -300, 0)
    """

    def __init__(self) -> None:
        self._before: dict[_Key, tuple[Hashable, float]] = {}

    def counted(self, key: _Key, snapshot: Hashable | None, held: float) -> float:
        """Return the part of a position that counts against what a snapshot says is available.

        Parameters
        ----------
        key : hashable
            The instrument.
        snapshot : hashable or None
            Which snapshot answers; None where that is not known.
        held : float
            Shares held, negative for a short.
        """
        known = self._before.get(key)
        if snapshot is None or known is None or known[0] != snapshot:
            known = self._before[key] = (snapshot, max(-held, 0))
        return held + known[1]

    def restate(self, key: _Key, ratio: Fraction) -> None:
        """Restate what was short under a snapshot for a split, as availability is restated: rounded down."""
        snapshot, shares = self._before.get(key, (None, 0))
        if shares:
            self._before[key] = (snapshot, float(shares) * ratio.numerator // ratio.denominator)


def snapshots_of(provider: ShortableProvider, pairs: Pairs) -> Ints:
    """Return when the snapshot behind each answer was known, in microseconds; `NO_SNAPSHOT` where that is not known (S16)."""
    known = [provider.quote(symbol, moment).as_of for symbol, moment in pairs.moments()]
    return np.array(
        [
            NO_SNAPSHOT
            if one is None
            else int(np.datetime64(one.replace(tzinfo=None), "us").astype(np.int64))
            for one in known
        ],
        dtype=np.int64,
    )
