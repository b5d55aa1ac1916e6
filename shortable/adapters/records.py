"""The lines of every adapter's report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import pandas as pd

from shortable.symbol import Symbol

__all__ = ["NightFee", "Refusal", "table_of"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One order that was refused, cut, cancelled or warned of for want of shares."""

    time: datetime
    """Of the look-up, exchange-local."""
    symbol: Symbol
    """What was to be sold."""
    kind: str
    """"submission", "clipped", "recheck" (a resting order was cancelled) or "warned"."""
    requested: float
    """Shares of the order, negative."""
    allowed: float
    """Shares after the decision, negative or 0."""
    held: float
    """Shares held then, negative for a short."""
    open_sells: float
    """Unfilled shares of the other resting sells then."""
    available: int
    """Shares that could be borrowed."""
    order: str
    """The host's own name of the order, where it has one by then."""
    tag: str
    """The same for people (S5)."""


@dataclass(frozen=True, slots=True)
class NightFee:
    """What one short cost over one night."""

    date: date
    """Session in which it was charged, before its fills."""
    symbol: Symbol
    """What was short."""
    shares: float
    """Shares short at the close of the session before."""
    close: float
    """That close."""
    rate: float
    """Annual fraction known at that close, NaN where none was."""
    days: int
    """Calendar days between the two sessions."""
    fee: float
    """Paid, unrounded; negative where the short received."""


def table_of(kind: type, records: Sequence[Any]) -> pd.DataFrame:
    """Return records as a table, a column a field."""
    # pandas 3 would turn symbols into plain text.
    names = [field.name for field in fields(kind)]
    return pd.DataFrame(
        {
            n: pd.Series(
                [getattr(r, n) for r in records],
                dtype=object if n == "symbol" or not records else None,
            )
            for n in names
        }
    )
