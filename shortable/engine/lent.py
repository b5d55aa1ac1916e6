"""What could be borrowed of the securities that a run shorted, or tried to, session by session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from shortable.engine.feed import Feed
from shortable.engine.security import Security
from shortable.errors import NoDataError
from shortable.providers.base import fee_rates_of, quantities_of
from shortable.providers.pairs import Pairs

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
            answers = _answers(security, times)
        except Exception:  # the user's code, asked what it may never have been meant to answer
            continue
        before: object = None
        for day, answer in zip(days, answers, strict=True):
            stated = answer[0], answer[1], repr(answer[2])  # NaN does not equal itself
            if stated != before:
                found.append(Lent(day, security.symbol, *answer))
            before = stated
    return found


def _answers(security: Security, times: Sequence[datetime]) -> list[tuple[int | None, bool, float]]:
    provider: Any = security.shortable_provider
    moments = np.array(times, dtype="datetime64[us]").view(np.int64)
    pairs = Pairs([security.symbol], np.zeros(len(moments), dtype=np.int64), moments, False)
    try:
        shares = [None if n < 0 else n for n in quantities_of(provider, pairs).tolist()]
        spoke = [bool(n) or _speaks(security, time) for n, time in zip(shares, times, strict=True)]
    except NoDataError:  # missing="raise", at a session in which the algorithm did not ask
        spoke = [_speaks(security, time) for time in times]
        shares = [security.quantity_of(security.symbol, time) if known else None for known, time in zip(spoke, times, strict=True)]
    return list(zip(shares, spoke, fee_rates_of(provider, pairs).tolist(), strict=True))


def _speaks(security: Security, time: datetime) -> bool:
    return security.has_quantity is None or bool(security.has_quantity(security.symbol, time))
