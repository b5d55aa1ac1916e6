"""The tables of a backtest's page."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from shortable.plots.inputs import available_by_session, named, over_availability
from shortable.plots.inputs import refusals as refused
from shortable.report.page import note, table

__all__ = ["by_refusals", "coverage", "fees", "refusal_days", "refusals"]

_MOST = 2_000  # lines of a table in the page; the result's own has them all
_KINDS = {
    "submission": "refused",
    "update": "update refused",
    "recheck": "cancelled",
    "clipped": "clipped",
    "warned": "warned of",
}


def by_refusals(result: Any) -> dict[str, int]:
    """Return how often each symbol that was short or refused met a refusal, the most first."""
    counts = Counter(refused(result)["symbol"].tolist())
    for symbol in named(result.availability["symbol"]):
        counts.setdefault(symbol, 0)
    # Of equal ones those that cost more come first: they were short.
    cost = (
        pd.Series(result.borrow_costs["cost"].to_numpy(dtype=float))
        .groupby(named(result.borrow_costs["symbol"]))
        .sum()
    )
    return dict(
        sorted(counts.items(), key=lambda each: (-each[1], -float(cost.get(each[0], 0.0)), each[0]))
    )


def refusal_days(result: Any) -> dict[Any, int]:
    """Return the number of refusals by day."""
    return dict(Counter(pd.DatetimeIndex(refused(result)["time"]).normalize().tolist()))


def refusals(result: Any) -> str:
    """Return every refusal for want of shares, or a note that there was none."""
    lines = result.refusals[over_availability(result.refusals)]
    if lines.empty:
        return note("Everything that was to be sold short could be borrowed.")
    rows = [
        (
            (f"{line.time:%Y-%m-%d %H:%M}", line.time.isoformat()),
            str(line.symbol),
            _KINDS.get(_name(line.kind), _name(line.kind)),
            _shares(-line.requested),
            _shares(-line.allowed),
            _shares(line.held - line.open_sells),
            _available(line),
            str(line.tag),
        )
        for line in _lines(lines)
    ]
    columns = {
        "time": "text",
        "symbol": "text",
        "what": "text",
        "asked for": "number",
        "allowed": "number",
        "net held": "number",
        "available": "number",
        "tag": "wide",
    }
    more = (
        note(f"The first {_MOST:,} of {len(lines):,}; refusals.parquet has them all.")
        if len(lines) > _MOST
        else ""
    )
    caption = "Orders over what could be borrowed, in shares; net held is what was held less resting sells."
    return table("refused", caption, columns, rows) + more


def fees(result: Any) -> str:
    """Return the nights, the mean rate and the fee of each symbol that was short."""
    lines: Any = result.borrow_costs
    if lines.empty:
        return note("Nothing was short over a night.")
    value = (
        lines["shares"].to_numpy(dtype=float)
        * lines["close"].to_numpy(dtype=float)
        * lines["days"].to_numpy(dtype=float)
    )
    rates = lines["rate"].to_numpy(dtype=float)
    frame = pd.DataFrame(
        {
            "symbol": named(lines["symbol"]).to_numpy(),
            "nights": 1,
            "unknown": np.isnan(rates),
            "fee": lines["cost"].to_numpy(dtype=float),
            "weight": np.where(np.isnan(rates), 0.0, value),
            "rated": np.nan_to_num(rates) * value,
        }
    )
    total = frame.groupby("symbol").sum().sort_values("fee", ascending=False, kind="stable")
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = 100 * total["rated"] / total["weight"]
    rows = [
        (
            str(line.Index),
            _shares(line.nights),
            _shares(line.unknown),
            ("–", -1.0) if rate != rate else (f"{rate:,.2f} %", rate),
            (f"{line.fee:,.2f}", line.fee),
        )
        for line, rate in zip(_lines(total), mean.tolist(), strict=False)
    ]
    columns = {
        "symbol": "text",
        "nights short": "number",
        "without a known rate": "number",
        "mean rate": "number",
        "fee": "number",
    }
    more = note(f"The first {_MOST:,} of {len(total):,}.") if len(total) > _MOST else ""
    return (
        table(
            "fees",
            "Borrow fees by symbol; the mean rate is weighted by value and days.",
            columns,
            rows,
        )
        + more
    )


def coverage(result: Any) -> str:
    """Return, of each symbol that was short or refused, for how many sessions data spoke."""
    known = available_by_session(result, "has_data")
    rates = available_by_session(result, "fee_rate")
    checks = Counter(named(result.checks_without_data["symbol"]).tolist())
    share = (known == 1.0).mean().sort_values(kind="stable")
    rows = [
        (str(symbol), (f"{part:.1%}", part), (f"{rated:.1%}", rated), _shares(checks[str(symbol)]))
        for symbol, part, rated in list(
            zip(
                share.index, share.tolist(), rates.notna().mean()[share.index].tolist(), strict=True
            )
        )[:_MOST]
    ]
    columns = {
        "symbol": "text",
        "sessions with a snapshot": "number",
        "with a fee rate": "number",
        "checks without data": "number",
    }
    more = note(f"The first {_MOST:,} of {len(share):,}.") if len(share) > _MOST else ""
    return (
        table("covered", "Data by symbol, those with the most silence first.", columns, rows) + more
    )


def _name(kind: Any) -> str:
    return str(getattr(kind, "name", kind)).lower()


def _lines(frame: pd.DataFrame) -> list[Any]:
    return list(frame.head(_MOST).itertuples())


def _available(line: Any) -> tuple[str, float]:
    if not line.has_data:
        return "no data", -1.0
    return _shares(line.available)


def _shares(value: Any) -> tuple[str, float]:
    return ("–", -1.0) if pd.isna(value) else (f"{int(value):,}", float(value))
