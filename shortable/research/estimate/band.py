"""A band instead of a number: one run of a study for each draw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from shortable.arguments import check_kind
from shortable.errors import InvalidInputError
from shortable.research.estimate.draws import EstimatedShortableProvider

__all__ = ["estimate_band"]


def estimate_band(
    run: Callable[[EstimatedShortableProvider], float | Mapping[str, float]],
    draws: Iterable[EstimatedShortableProvider],
    quantiles: tuple[float, ...] = (0.05, 0.5, 0.95),
) -> pd.DataFrame:
    """Run a study on every draw, and return the quantiles of what comes out.

    Parameters
    ----------
    run : callable
        Takes a provider and returns a figure, such as the P&L, or a mapping of several.
    draws : iterable of EstimatedShortableProvider
        At least two; twenty give an idea of a 90 % band, a hundred a good one.
    quantiles : tuple of float
        Probabilities.

    Returns
    -------
    DataFrame
        A row for each figure, a column for each quantile and ``draws``, how many there were.

    Examples
    --------
    >>> estimate_band(lambda draw: draw, [1.0, 2.0, 3.0]).loc["value"].tolist()  # any draws of yours
    [1.1, 2.0, 2.9, 3.0]
    """
    for name, given in (("draws", draws), ("quantiles", quantiles)):
        check_kind(name, given, Iterable, "be a sequence")
    if not callable(run):
        raise InvalidInputError("run", run, "be a function of a provider")
    levels = [q for q in quantiles if isinstance(q, (int, float)) and 0 <= q <= 1]
    if len(levels) < len(list(quantiles)):
        raise InvalidInputError("quantiles", quantiles, "be probabilities from 0 to 1")
    rows = []
    for draw in draws:
        found = run(draw)
        rows.append(dict(found) if isinstance(found, Mapping) else {"value": found})
    if len(rows) < 2:
        raise InvalidInputError("draws", len(rows), "be two at least")
    table = pd.DataFrame(rows).quantile(levels).T
    table.columns = [f"{q:.0%}" for q in levels]
    return table.assign(draws=len(rows))
