"""`SecurityChanges`: what came into the universes and what left them (LEAN: Common/Data/UniverseSelection/SecurityChanges.cs)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shortable.lean.collections import CountedList
from shortable.lean.names import LeanObject

__all__ = ["SecurityChanges"]


class SecurityChanges(LeanObject):
    """Securities added and removed, each in the order of their tickers.

    Examples
    --------
    >>> SecurityChanges.NONE.count, SecurityChanges([], []) == SecurityChanges.None_
    (0, True)
    """

    NONE: SecurityChanges
    None_: SecurityChanges

    def __init__(self, added: Iterable[Any] = (), removed: Iterable[Any] = ()) -> None:
        self.added_securities = _sorted(added)
        self.removed_securities = _sorted(removed)

    @property
    def count(self) -> int:
        """How many securities changed."""
        return len(self.added_securities) + len(self.removed_securities)

    def __add__(self, other: SecurityChanges) -> SecurityChanges:
        # what was added and removed within one moment did neither (SecurityChanges.Merge)
        added = _distinct([*self.added_securities, *other.added_securities])
        removed = [
            s
            for s in _distinct([*self.removed_securities, *other.removed_securities])
            if s not in added
        ]
        return SecurityChanges(added, removed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecurityChanges) and (
            self.added_securities,
            self.removed_securities,
        ) == (
            other.added_securities,
            other.removed_securities,
        )

    def __hash__(self) -> int:
        return hash(
            (tuple(map(id, self.added_securities)), tuple(map(id, self.removed_securities)))
        )

    def __str__(self) -> str:
        if not self.count:
            return "SecurityChanges: None"
        added = ",".join(str(s.symbol.id) for s in self.added_securities)
        removed = ",".join(str(s.symbol.id) for s in self.removed_securities)
        return "SecurityChanges: " + " ".join(
            part
            for part in (
                f"Added: {added}" if added else "",
                f"Removed: {removed}" if removed else "",
            )
            if part
        )

    __repr__ = __str__


def _distinct(securities: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(securities))


def _sorted(securities: Iterable[Any]) -> list[Any]:
    return CountedList(sorted(_distinct(securities), key=lambda security: security.symbol.value))


SecurityChanges.NONE = SecurityChanges.None_ = SecurityChanges()
