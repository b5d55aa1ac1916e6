"""Ask a provider whose data is at rest about many times at once: far cheaper a time than one by one.

A user's provider may change between two bars, so only shortable's own, whose data is at rest, are asked ahead.
What a provider knows at a time does not depend on when it is asked (S2), so nothing is seen early.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.errors import NoDataError

if TYPE_CHECKING:
    from shortable.engine.feed import Feed
    from shortable.engine.security import Security

__all__ = [
    "PAYS_AFTER",
    "ROWS_AT_ONCE",
    "ROWS_A_QUESTION",
    "fee_rates_ahead",
    "in_use",
    "quantities_ahead",
]

PAYS_AFTER = 8
"""Questions one by one before all the rest is asked at once. Ten years of days at once cost as much as about ten
first questions (0.3 ms against 30 µs each, measured), and of most of a large universe only a few are asked."""

ROWS_AT_ONCE = 4_096
"""The most rows that are asked about at once: sixteen years of days, ten sessions of minutes. Ten years of minutes of
50 symbols at once would be 49 million answers."""

ROWS_A_QUESTION = 32
"""Where more rows than that are to come, questions must be this dense. A row costs 0.07 µs at once and a question 2 µs
by itself, where the rows are minutes (measured)."""


def in_use(
    securities: Iterable[Security], like: Security, asked: Callable[[Security], int]
) -> list[Security]:
    """Return which of `securities` to ask ahead about together with `like`, itself among them; none if that cannot be.

    Those of the same provider that have been asked about half as often as pays: they will be due soon, and one
    call for 50 securities takes a tenth of 50 calls.
    """
    provider = like.shortable_provider
    if not provider.at_rest:
        return []
    return [
        s for s in securities if s.shortable_provider is provider and asked(s) >= PAYS_AFTER // 2
    ]


def quantities_ahead(securities: Sequence[Security], feed: Feed, rows: range) -> list[memoryview]:
    """Return shares available at each of `rows`, −1 for None, one view a security; none if some row has no answer."""
    provider: Any = securities[0].shortable_provider
    try:
        found = _at_once(
            provider.shortable_quantities, securities, feed.utc[rows.start : rows.stop]
        )
    except NoDataError:
        return []  # missing="raise", at a row that may never be asked about
    return [row.data for row in found]  # a view gives Python ints, quickly


def fee_rates_ahead(
    securities: Sequence[Security], feed: Feed, session: int
) -> npt.NDArray[np.float64]:
    """Return the fee rates known at each close from that session's on, NaN where none is; a row for each security."""
    provider: Any = securities[0].shortable_provider
    rates: npt.NDArray[np.float64] = _at_once(
        provider.fee_rates, securities, feed.utc[feed.closing_rows[session:]]
    )
    return rates


def _at_once(
    ask: Callable[[Any, Any], npt.NDArray[Any]],
    securities: Sequence[Security],
    times: pd.DatetimeIndex,
) -> Any:
    names = [s.symbol for s in securities]
    codes = np.repeat(np.arange(len(names)), len(times))
    symbols = pd.Categorical.from_codes(codes, categories=pd.Index(names, dtype=object))
    return ask(symbols, times[np.tile(np.arange(len(times)), len(names))]).reshape(
        len(names), len(times)
    )
