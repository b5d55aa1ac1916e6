"""How the borrow market looks: what names cost to borrow and how much of them is left, beside what was printed of 2001.

Gene D'Avolio, "The Market for Borrowing Stock", Journal of Financial Economics 66 (2002), saw one large lender's loans of
April 2000 to September 2001: 91 % of the stocks lent cost less than 1 % a year; the other 9 %, the specials, 4.3 % on
average, and fewer than 1 % of the stocks demanded a negative rebate.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shortable.arrays import Floats
from shortable.errors import InvalidInputError
from shortable.provider import ShortableProvider, as_provider
from shortable.studies.study import Study, described

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["borrow_market"]


SPECIAL = 0.01
"""Above it D'Avolio calls a loan special."""
BOUNDS = (0.0, 0.0026, 0.01, 0.05, 0.2, 1.0, np.inf)
LABELS = ("floor", "floor to 1 %", "1 to 5 %", "5 to 20 %", "20 to 100 %", "above 100 %")
PRINTED = {
    "names": np.nan,
    "below 1 %": 0.91,
    "mean of the rest": 0.043,
    "above 10 %": np.nan,
    "above 100 %": np.nan,
}


def borrow_market(provider: ShortableProvider, times: Sequence[datetime]) -> Study:
    """Describe fees and availability over snapshots.

    Parameters
    ----------
    provider : IShortableProvider
        With borrow fees and a list of all symbols.
    times : sequence of datetime
        One for each snapshot, exchange-local, see `snapshot_times`.

    Raises
    ------
    InvalidInputError
        No times, or no fee is known at one of them.
    """
    known = as_provider(provider)
    if not len(times):
        raise InvalidInputError("times", "none", "be one at least")
    snapshots = {moment: _snapshot(known, moment) for moment in sorted(times)}
    over_time = pd.DataFrame({moment: _spread(fees) for moment, (fees, _) in snapshots.items()}).T
    first, last = min(snapshots), max(snapshots)
    fees, shares = snapshots[last]
    beside = pd.DataFrame(
        {
            "D'Avolio, 2000 to 2001": PRINTED,
            f"{first:%Y-%m-%d}": over_time.iloc[0],
            f"{last:%Y-%m-%d}": over_time.iloc[-1],
        }
    )
    left = _left(fees, shares)
    now = over_time.iloc[-1]
    return Study(
        "How the borrow market looks",
        (
            f"Availability and fees of {described(provider, times)}: {len(snapshots)} snapshots, {first:%Y-%m-%d} to {last:%Y-%m-%d}.",
            "Every listed name counts once, whatever its value and whether or not anyone borrows it. D'Avolio counts "
            "stocks that were lent out; a name that nobody can borrow any more is in neither.",
        ),
        {"Fees, fractions of a year": beside, f"What is left, {last:%Y-%m-%d %H:%M}": left},
        (
            f"{now['below 1 %']:.0%} of {now['names']:,.0f} names cost less than 1 % a year (91 % in 2001); the others cost "
            f"{now['mean of the rest']:.1%} on average (4.3 %).",
            f"{now['above 10 %']:.1%} cost more than 10 %, {now['above 100 %']:.1%} more than 100 %.",
            f"Half of the names at the lowest fee have {left['median'].iloc[0]:,.0f} shares or more left, half of those "
            f"between 20 and 100 % {left['median'].iloc[-2]:,.0f} or fewer.",
        ),
        lambda ax: _draw(ax, over_time),
    )


def _snapshot(provider: ShortableProvider, moment: datetime) -> tuple[Floats, Floats]:
    listed = provider.all_shortable_symbols(moment)
    fees = provider.fee_rates(list(listed), moment)
    known = ~np.isnan(fees)
    if not known.any():
        raise InvalidInputError("provider", provider.name, f"know a fee at {moment:%Y-%m-%d %H:%M}")
    return fees[known], np.array(list(listed.values()), dtype=np.float64)[known]


def _spread(fees: Floats) -> dict[str, float]:
    special = fees >= SPECIAL
    return {
        "names": float(len(fees)),
        "below 1 %": float((~special).mean()),
        "mean of the rest": float(fees[special].mean()) if special.any() else np.nan,
        "above 10 %": float((fees > 0.1).mean()),
        "above 100 %": float((fees > 1.0).mean()),
    }


def _left(fees: Floats, shares: Floats) -> pd.DataFrame:
    """Return what is left by class of fee."""
    classes = pd.cut(fees, BOUNDS, labels=LABELS, right=True)
    grouped = pd.Series(shares).groupby(pd.CategoricalIndex(classes), observed=False)
    table = pd.DataFrame({q: grouped.quantile(q) for q in (0.1, 0.5, 0.9)})
    table.columns = pd.Index(["10 %", "median", "90 %"])
    table.insert(0, "names", grouped.size())
    table.index.name = "fee a year"
    return table


def _draw(ax: Axes | None, over_time: pd.DataFrame) -> Axes:
    from shortable.plots.style import AMBER, BLUE, GREY, RED, axes, legend
    from shortable.plots.style import over_time as of_time

    drawn = axes(ax)
    for values, label, colour in (
        (1 - over_time["below 1 %"], "1 % and more", BLUE),
        (over_time["above 10 %"], "more than 10 %", AMBER),
        (over_time["above 100 %"], "more than 100 %", RED),
    ):
        drawn.plot(
            over_time.index, 100 * values, label=label, color=colour, marker="o", markersize=3
        )
    drawn.axhline(
        9, color=GREY, linewidth=1, linestyle="--", label="1 % and more in 2001 (D'Avolio)"
    )
    drawn.set(ylabel="% of names", ylim=(0, None))
    legend(drawn)
    of_time(drawn)
    return drawn
