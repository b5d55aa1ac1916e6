"""What daily limits would have refused, by size of book: a limit is the whole market's, and names are not equal.

Taiwan's exchanges publish each evening how many shares of each stock may be sold short, borrowed, in the next session.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shortable.errors import InvalidInputError
from shortable.provider import ProviderLike, as_provider
from shortable.rule import check_share, flow_limit
from shortable.studies.study import Study, described

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["daily_limits"]

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
"""Shares of one order; Taiwan trades in lots of 1,000."""
PARTS = (1.0, 0.1, 0.01)
"""Of the market's limit that is one trader's own (S15, ``share=``)."""


def daily_limits(provider: ProviderLike, sessions: Sequence[datetime]) -> Study:
    """Count the orders over a daily limit (S15), one order a name and session, by size and by part of the limit.

    Parameters
    ----------
    provider : IShortableProvider
        Of a daily flow, with a list of all symbols.
    sessions : sequence of datetime
        A moment in each session, exchange-local, such as its open.

    Raises
    ------
    InvalidInputError
        The provider's availability is a pool, or it knows no limit in these sessions.
    """
    provider = as_provider(provider)
    if provider.availability_kind != "daily_flow":
        raise InvalidInputError(
            "provider",
            provider.name,
            "limit what is sold short in one session",
            "Its kind is a pool.",
        )
    listed = [provider.all_shortable_symbols(moment) for moment in sessions]
    names = sorted({symbol for each in listed for symbol in each})
    if not names:
        raise InvalidInputError("sessions", len(sessions), f"hold a limit of {provider.name}")
    limits = np.full((len(sessions), len(names)), np.nan)
    for row, moment in enumerate(sessions):
        known = provider.has_quantities(names, moment)
        limits[row] = np.where(known, provider.shortable_quantities(names, moment), np.nan)
    stated = limits[~np.isnan(limits)]
    table = pd.DataFrame(
        {
            f"{part:.0%} of the limit": {
                f"{size:,} shares": float((_own(stated, part) < size).mean()) for size in SIZES
            }
            for part in PARTS
        }
    )
    table.index.name = "one order of"
    spread = pd.Series(
        {
            "names": float(len(names)),
            "sessions": float((~np.isnan(limits)).any(axis=1).sum()),
            "limits": float(len(stated)),
            "no limit left (0)": float((stated == 0).mean()),
            **{
                f"{q:.0%} of limits are at most": float(np.quantile(stated, q))
                for q in (0.1, 0.5, 0.9)
            },
        }
    )
    first, last = min(sessions), max(sessions)
    over = table.to_numpy(dtype=np.float64)
    return Study(
        "What daily limits would have refused",
        (
            f"Limits of {described(provider, sessions)}, sessions from {first:%Y-%m-%d} to {last:%Y-%m-%d}.",
            "One order a name and session, whatever its price and whether anyone would send it. A limit is the whole "
            "market's; which part of it one trader gets is an assumption, so three are shown. Names that were never to be "
            "sold short in these sessions are not counted.",
        ),
        {"Part of the orders that is refused": table, "The limits": spread.to_frame("figure")},
        (
            f"Of {len(stated):,} limits in {spread['sessions']:.0f} sessions {spread['no limit left (0)']:.1%} were 0; half were at most "
            f"{spread['50% of limits are at most']:,.0f} shares.",
            f"An order of {SIZES[2]:,} shares was over the whole limit in {over[2, 0]:.1%} of the names and "
            f"sessions, one of {SIZES[3]:,} in {over[3, 0]:.1%}; with a tenth of the limit, in "
            f"{over[2, 1]:.1%} and {over[3, 1]:.1%}.",
        ),
        lambda ax: _draw(ax, stated),
    )


def _own(limits: np.ndarray, part: float) -> np.ndarray:
    share = check_share(part)
    return np.array([flow_limit(int(limit), share) or 0 for limit in limits.tolist()])


def _draw(ax: Axes | None, stated: np.ndarray) -> Axes:
    from shortable.plots.style import AMBER, BLUE, RED, axes, legend

    drawn = axes(ax)
    sizes = np.logspace(3, 7.5, 60)
    for part, colour in zip(PARTS, (BLUE, AMBER, RED), strict=True):
        own = np.sort(_own(stated, part))
        refused = np.searchsorted(own, sizes, side="left") / len(own)
        drawn.plot(sizes, 100 * refused, label=f"{part:.0%} of the limit", color=colour)
    drawn.set(
        xscale="log",
        xlabel="shares of one order",
        ylabel="% refused",
    )
    legend(drawn)
    return drawn
