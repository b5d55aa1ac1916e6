"""What plots and pages read: the tables of a `Result`, a `Constrained` or an `Audit`, by symbol and by session."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from shortable.errors import InvalidInputError
from shortable.research import Audit, Constrained
from shortable.results import Result
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY

__all__ = [
    "Source",
    "availability_by_session",
    "costs_by_symbol",
    "names_of",
    "over_availability",
    "refusals_of",
    "sessions_of",
    "short_by_session",
]

Source = Result | Constrained | Audit
"""What has refusals and borrow costs, in the columns of `shortable.results`."""


def names_of(symbols: Iterable[object]) -> pd.Series:
    """Return symbols as text."""
    return pd.Series([str(symbol) for symbol in symbols], dtype=object)


def costs_by_symbol(source: Source) -> pd.Series:
    """Return borrow costs by symbol, the highest first; symbols whose borrow cost nothing are left out.

    Raises
    ------
    InvalidInputError
        `source` is none of the three.
    """
    table = _checked(source).borrow_costs
    costs = pd.Series(table["cost"].to_numpy(dtype=float))
    sums = costs.groupby(names_of(table["symbol"])).sum()
    return sums[sums != 0.0].sort_values(ascending=False, kind="stable")


def over_availability(refusals: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table of refusals that are for want of shares."""
    return refusals[(refusals["error_code"] == EXCEEDS_SHORTABLE_QUANTITY).to_numpy()]


def refusals_of(source: Source) -> pd.DataFrame:
    """Return time and symbol, as text, of what was refused, cut, cancelled or warned of for want of shares.

    Raises
    ------
    InvalidInputError
        `source` is none of the three.
    """
    table = over_availability(_checked(source).refusals)
    return pd.DataFrame(
        {"time": table["time"].to_numpy(), "symbol": names_of(table["symbol"]).to_numpy()}
    )


def sessions_of(source: Source) -> pd.DatetimeIndex:
    """Return the dates that a source covers, ascending.

    Raises
    ------
    InvalidInputError
        `source` is none of the three.
    """
    match _checked(source):
        case Result(equity=table) | Constrained(positions=table) | Audit(daily=table):
            return pd.DatetimeIndex(pd.DatetimeIndex(table.index).normalize().unique())


def short_by_session(result: Result) -> pd.DataFrame:
    """Return shares short at each session's end, sessions × symbols, of every symbol that was ever short."""
    fills, opening = result.fills, result.opening
    changes = pd.DataFrame(
        {
            "date": fills["time"].dt.normalize().to_numpy(),
            "symbol": names_of(fills["symbol"]).to_numpy(),
            "quantity": fills["quantity"].to_numpy(dtype=float),
        }
    )
    by_day = changes.pivot_table(index="date", columns="symbol", values="quantity", aggfunc="sum")
    held = by_day.reindex(sessions_of(result)).fillna(0.0).cumsum()
    for symbol, quantity in zip(
        names_of(opening["symbol"]), opening["quantity"].tolist(), strict=True
    ):
        held[symbol] = held[symbol] + quantity if symbol in held else float(quantity)
    short = (-held).clip(lower=0.0)
    return short.loc[:, (short > 0).any()]


def availability_by_session(result: Result, column: str = "available") -> pd.DataFrame:
    """Return a column of a result's `availability`, sessions × symbols; each row holds until the symbol's next.

    `available` is NaN where no restriction is known.
    """
    table, days = result.availability, sessions_of(result)
    names = names_of(table["symbol"])
    found = {}
    for symbol in dict.fromkeys(names):
        rows = table[(names == symbol).to_numpy()]
        values = rows[column].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        dates = pd.DatetimeIndex(rows["date"]).to_numpy()
        at = np.searchsorted(dates, days.to_numpy(), side="right") - 1
        found[symbol] = np.where(at < 0, np.nan, values[np.maximum(at, 0)])
    return pd.DataFrame(found, index=days)


def _checked(source: Source) -> Source:
    if not isinstance(source, (Result, Constrained, Audit)):
        raise InvalidInputError(
            "source",
            source,
            "be a Result of Backtest or read_result, a Constrained or an Audit",
        )
    return source
