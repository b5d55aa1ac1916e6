"""The tables of a backtest's page: refusals, borrow costs and coverage."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from shortable.desk import RefusalKind
from shortable.plots.sources import (
    availability_by_session,
    costs_by_symbol,
    names_of,
    over_availability,
    refusals_of,
)
from shortable.report.page import table
from shortable.results import Result

__all__ = [
    "costs_table",
    "coverage_table",
    "number",
    "other_refusals_table",
    "refusal_days",
    "refusals_by_symbol",
    "refusals_table",
    "symbols_by_cost",
]

_REFUSALS = 1_500
"""Refusals in the page."""
_KINDS = {
    RefusalKind.SUBMISSION: "refused",
    RefusalKind.UPDATE: "update refused",
    RefusalKind.RECHECK: "cancelled",
    RefusalKind.CLIPPED: "clipped",
    RefusalKind.WARNED: "warned of",
    RefusalKind.BUY_IN: "bought in",
}


def number(value: float) -> str:
    """Return a number with commas, without decimals where it is whole; a dash where it is missing."""
    if pd.isna(value):
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4f}"


def refusals_by_symbol(result: Result) -> dict[str, int]:
    """Return the number of refusals of each symbol that had one, the most first."""
    counts = Counter(refusals_of(result)["symbol"].tolist())
    costs = costs_by_symbol(result)
    # Of equal ones those whose borrow cost more come first.
    return dict(sorted(counts.items(), key=lambda c: (-c[1], -float(costs.get(c[0], 0.0)), c[0])))


def symbols_by_cost(result: Result) -> list[str]:
    """Return the symbols that are in `availability`, those with the highest borrow costs first."""
    names = dict.fromkeys(names_of(result.availability["symbol"]))
    costs = costs_by_symbol(result)
    return sorted(names, key=lambda name: (-float(costs.get(name, 0.0)), name))


def refusal_days(result: Result) -> dict[pd.Timestamp, int]:
    """Return the number of refusals by day."""
    return dict(Counter(pd.DatetimeIndex(refusals_of(result)["time"]).normalize().tolist()))


def refusals_table(result: Result) -> str:
    """Return every refusal for want of shares."""
    rows = [
        (
            f"{row.time:%Y-%m-%d %H:%M}",
            str(row.symbol),
            _KINDS.get(row.kind, str(row.kind)),
            number(-row.requested),
            number(-row.allowed),
            number(row.held - row.open_sells),
            number(row.available) if row.has_data else "no data",
        )
        for row in _rows(over_availability(result.refusals))
    ]
    columns = {
        "time": "text",
        "symbol": "text",
        "what": "text",
        "asked for": "number",
        "allowed": "number",
        "net held": "number",
        "available": "number",
    }
    caption = (
        "Orders over what could be borrowed, in shares; net held is shares held less resting sells."
    )
    whole = "refusals.parquet has all of them"
    return table("refused", caption, columns, rows, most=_REFUSALS, whole=whole)


def other_refusals_table(result: Result) -> str:
    """Return every refusal for another reason than want of shares: rules on short sales, margin, prices; empty without one."""
    others = result.refusals.drop(over_availability(result.refusals).index)
    if others.empty:
        return ""
    rows = [
        (f"{row.time:%Y-%m-%d %H:%M}", str(row.symbol), number(row.requested), row.tag)
        for row in _rows(others)
    ]
    columns = {"time": "text", "symbol": "text", "shares": "number", "reason": "text"}
    whole = "refusals.parquet has all of them"
    caption = "Orders refused or cancelled for other reasons; shares are negative for a sale."
    return table("refused-otherwise", caption, columns, rows, most=_REFUSALS, whole=whole)


def costs_table(result: Result) -> str:
    """Return the nights, the mean rate and the borrow cost of each symbol that was short."""
    nights = result.borrow_costs
    value = (nights["shares"] * nights["close"] * nights["days"]).to_numpy(dtype=float)
    rates = nights["rate"].to_numpy(dtype=float)
    sums = (
        pd.DataFrame(
            {
                "symbol": names_of(nights["symbol"]).to_numpy(),
                "nights": 1,
                "unknown": np.isnan(rates),
                "cost": nights["cost"].to_numpy(dtype=float),
                "weight": np.where(np.isnan(rates), 0.0, value),
                "rated": np.nan_to_num(rates) * value,
            }
        )
        .groupby("symbol")
        .sum()
        .sort_values("cost", ascending=False, kind="stable")
    )
    rows = [
        (
            str(row.Index),
            number(row.nights),
            number(row.unknown),
            f"{100 * row.rated / row.weight:,.2f} %" if row.weight else "–",
            f"{row.cost:,.2f}",
        )
        for row in _rows(sums)
    ]
    columns = {
        "symbol": "text",
        "nights short": "number",
        "without a known rate": "number",
        "mean rate": "number",
        "cost": "number",
    }
    caption = "Borrow costs by symbol; the mean rate is weighted by value and days."
    return table("costs-by-symbol", caption, columns, rows)


def coverage_table(result: Result) -> str:
    """Return, of each symbol that was short or refused, in how many sessions there were data."""
    has_data = availability_by_session(result, "has_data")
    rates = availability_by_session(result, "fee_rate").notna().mean()
    checks = Counter(names_of(result.checks_without_data["symbol"]).tolist())
    share = (has_data == 1.0).mean().sort_values(kind="stable")
    rows = [
        (symbol, f"{part:.1%}", f"{rated:.1%}", number(checks[symbol]))
        for symbol, part, rated in zip(
            map(str, share.index), share.tolist(), rates[share.index].tolist(), strict=True
        )
    ]
    columns = {
        "symbol": "text",
        "sessions with a snapshot": "number",
        "with a fee rate": "number",
        "checks without data": "number",
    }
    return table("covered", "Data by symbol, those with the least first.", columns, rows)


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples())
