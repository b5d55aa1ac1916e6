"""Ask a provider whose data is at rest about many times at once: far cheaper a time than one by one.

A user's provider may change between two bars, so only shortable's own, whose data is at rest, are asked ahead.
What a provider knows at a time does not depend on when it is asked (S2), so nothing is seen early.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shortable.errors import NoDataError
from shortable.providers.as_of import AsOfProvider
from shortable.providers.null import NullShortableProvider

if TYPE_CHECKING:
    from shortable.engine.feed import Feed
    from shortable.symbol import Symbol

__all__ = ["PAYS_AFTER", "fee_rates_ahead", "quantities_ahead"]

_AT_REST = (AsOfProvider, NullShortableProvider)
PAYS_AFTER = 8
"""Questions one by one before all the rest is asked at once. Ten years of days at once cost as much as about ten
first questions (0.3 ms against 30 µs each, measured), and of most of a large universe only a few are asked."""


def quantities_ahead(provider: Any, symbol: Symbol, feed: Feed) -> memoryview | None:
    """Return shares available at each row of the feed, −1 for None; or None where they must be asked one by one."""
    if not isinstance(provider, _AT_REST):
        return None
    try:
        return provider.shortable_quantities(symbol, feed.utc).data  # a view gives Python ints, quickly
    except NoDataError:
        return None  # missing="raise": some row that may never be asked about has no answer


def fee_rates_ahead(
    provider: Any, symbol: Symbol, feed: Feed, session: int
) -> npt.NDArray[np.float64] | None:
    """Return the fee rates known at each session's close from `session` on, NaN where none is; or None as above."""
    if not isinstance(provider, _AT_REST):
        return None
    return provider.fee_rates(symbol, feed.utc[feed.closing_rows[session:]])
