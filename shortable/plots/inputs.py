"""What plots are given, as plain tables: a result in memory or read back, a study's positions, an audit."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.errors import InvalidInputError
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY

__all__ = [
    "available_by_session",
    "fees_by_symbol",
    "named",
    "over_availability",
    "refusals",
    "sessions",
    "short_by_session",
]

_KINDS = (
    "a result of Backtest, one read by shortable.results.read_result, a Constrained or an Audit"
)


def named(symbols: Any) -> pd.Series:
    """Return symbols as text, whatever they are."""
    return pd.Series([str(s) for s in symbols], dtype=object)


def fees_by_symbol(source: Any) -> pd.Series:
    """Return borrow fees by symbol, the largest first.

    Raises
    ------
    InvalidInputError
        It is nothing that has borrow fees.
    """
    table: Any = getattr(source, "borrow_costs", None)
    if table is None:
        raise InvalidInputError("source", source, f"be {_KINDS}")
    fees = pd.Series(table["cost"].to_numpy(dtype=float)).groupby(named(table["symbol"])).sum()
    return fees[fees != 0.0].sort_values(ascending=False, kind="stable")


def refusals(source: Any) -> pd.DataFrame:
    """Return what was refused, cut or cancelled for want of shares: time and symbol.

    Raises
    ------
    InvalidInputError
        It is nothing that refuses.
    """
    table: Any = getattr(source, "refusals", None)
    if table is None:
        raise InvalidInputError("source", source, f"be {_KINDS}")
    table = table[over_availability(table)]
    return pd.DataFrame(
        {
            "time": pd.to_datetime(table["time"]).to_numpy(),
            "symbol": named(table["symbol"]).to_numpy(),
        }
    )


def over_availability(table: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Say which lines of a table of refusals are for want of shares; one without error codes has no others."""
    if "error_code" not in table:
        return np.ones(len(table), dtype=bool)
    return np.array(
        [_code(code) == EXCEEDS_SHORTABLE_QUANTITY for code in table["error_code"]], dtype=bool
    )


def _code(value: Any) -> int:
    """Read an error code: a number, a member, or, from a folder, the member's name."""
    if isinstance(value, str):
        return EXCEEDS_SHORTABLE_QUANTITY if value == "EXCEEDS_SHORTABLE_QUANTITY" else 0
    return int(value)


def sessions(source: Any) -> pd.DatetimeIndex:
    """Return the dates of what ran, ascending."""
    for name in ("equity", "positions", "daily"):
        table: Any = getattr(source, name, None)
        if table is not None:
            return pd.DatetimeIndex(pd.DatetimeIndex(table.index).normalize().unique())
    raise InvalidInputError("source", source, f"be {_KINDS}")


def short_by_session(result: Any) -> pd.DataFrame:
    """Return shares short at each session's end, sessions × symbols, of every symbol that was ever short."""
    days = sessions(result)
    fills, opening = result.fills, getattr(result, "opening", None)
    changes = pd.DataFrame(
        {
            "date": pd.to_datetime(fills["time"]).dt.normalize().to_numpy(),
            "symbol": named(fills["symbol"]).to_numpy(),
            "quantity": fills["quantity"].to_numpy(dtype=float),
        }
    )
    table = (
        changes.pivot_table(index="date", columns="symbol", values="quantity", aggfunc="sum")
        .reindex(days)
        .fillna(0.0)
    )
    held = table.cumsum()
    if opening is not None and len(opening):
        for symbol, quantity in zip(
            named(opening["symbol"]), opening["quantity"].tolist(), strict=True
        ):
            held[symbol] = held[symbol] + quantity if symbol in held else float(quantity)
    short = (-held).clip(lower=0.0)
    return short.loc[:, (short > 0).any()]


def available_by_session(result: Any, column: str = "available") -> pd.DataFrame:
    """Return a column of a result's `availability`, sessions × symbols, each row holding until the next.

    `available` is NaN where no restriction is known.
    """
    table: Any = result.availability
    days = sessions(result)
    names = named(table["symbol"])
    found = {}
    for symbol in dict.fromkeys(names):
        rows = table[(names == symbol).to_numpy()]
        values = rows[column].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        at = (
            np.searchsorted(
                pd.DatetimeIndex(rows["date"]).to_numpy(), days.to_numpy(), side="right"
            )
            - 1
        )
        found[symbol] = np.where(at < 0, np.nan, values[np.maximum(at, 0)])
    return pd.DataFrame(found, index=days)
