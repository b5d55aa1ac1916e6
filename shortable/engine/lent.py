"""What could be borrowed of the securities that a run shorted, or tried to, session by session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from shortable.engine.feed import Feed
from shortable.engine.security import Security
from shortable.errors import NoDataError
from shortable.provider import Pairs

__all__ = ["Lent", "lent"]


class Lent(NamedTuple):
    """What a provider says of one security from one session on."""

    date: Any
    """The session, datetime64."""
    symbol: Any
    available: int | None
    """Shares at the session's close; None for no known restriction."""
    known: bool
    """False where no snapshot speaks, so that `available` is the ``missing=`` policy's."""
    fee_rate: float
    """Annual fraction, NaN where none is known."""


def lent(securities: Iterable[Security], feed: Feed) -> list[Lent]:
    """Ask each security's provider about every session's close; a row for the first one and for each that differs.

    A provider is asked after the run, also about times at which the algorithm asked nothing. A security whose provider
    cannot answer them (it raises) is left out: what the run itself asked stands in its own tables.
    """
    rows = feed.closing_rows
    times = [feed.times[row] for row in rows.tolist()]
    days = feed.times64[rows].astype("datetime64[D]").astype("datetime64[ns]")
    found: list[Lent] = []
    for security in securities:
        try:
            shares, spoke, fees = _answers(security, times)
        except Exception:  # the user's code, asked what it may never have been meant to answer
            continue
        for row in _changes(shares, spoke, fees).tolist():
            available = int(shares[row])
            found.append(
                Lent(
                    days[row],
                    security.symbol,
                    None if available < 0 else available,
                    bool(spoke[row]),
                    float(fees[row]),
                )
            )
    return found


def _changes(*columns: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return the rows that differ from the one before, the first among them; NaN is like NaN."""
    differs = np.zeros(len(columns[0]), dtype=bool)
    differs[:1] = True
    for column in columns:
        before, after = column[:-1], column[1:]
        differs[1:] |= (after != before) & ~((after != after) & (before != before))
    return np.flatnonzero(differs)


def _answers(
    security: Security, times: Sequence[datetime]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Return shares available, −1 for None, whether a snapshot spoke, and the fee, at each time."""
    provider: Any = security.shortable_provider
    moments = np.array(times, dtype="datetime64[us]").view(np.int64)
    pairs = Pairs([security.symbol], np.zeros(len(moments), dtype=np.int64), moments, False)
    try:
        shares = provider.shortable_quantities(pairs)
        spoke = np.ones(len(times), dtype=bool)
        # Only an answer of 0 or None can be the missing= policy's.
        for row in np.flatnonzero(shares <= 0).tolist():
            spoke[row] = _speaks(security, times[row])
    except NoDataError:  # missing="raise", at a session in which the algorithm did not ask
        spoke = np.array([_speaks(security, time) for time in times], dtype=bool)
        shares = np.full(len(times), -1, dtype=np.int64)
        for row in np.flatnonzero(spoke).tolist():
            answer = security.quantity_of(security.symbol, times[row])
            shares[row] = -1 if answer is None else answer
    return shares, spoke, provider.fee_rates(pairs)


def _speaks(security: Security, time: datetime) -> bool:
    return security.has_quantity(security.symbol, time)
