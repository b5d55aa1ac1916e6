"""The audit of a trade list as a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from shortable.report.page import Section, cards, definitions, note, page, plot, table, warning
from shortable.report.result_tables import number
from shortable.research import Audit

__all__ = ["audit_headline", "audit_html"]


def audit_html(
    audit: Audit,
    *,
    source: str,
    assumptions: Mapping[str, str],
    currency: str = "",
    made_up: bool = False,
) -> str:
    """Return an audit as one page that needs no network.

    Parameters
    ----------
    audit : Audit
    source : str
        What was audited.
    assumptions : mapping of str to str
        Everything that the verdicts depend on, by name.
    currency : str
        Of all amounts.
    made_up : bool
        Whether the availability is made up; the page then says so.

    Returns
    -------
    str
        HTML. Without matplotlib (extra ``plot``) it has no plot.
    """
    figures = audit.summary()
    unit = f" {currency}" if currency else ""
    verdicts = _verdicts(audit)
    profits = {
        "P&L as listed": figures["pnl_before"],
        "without what could not be borrowed": figures["pnl_after"],
        "and less borrow costs": figures["pnl_after_fees"],
    }
    shown = {
        # Red is a loss, whatever the P&L was before.
        **{name: (f"{p:+,.2f}{unit}", "bad" if p < -0.005 else "") for name, p in profits.items()},
        "borrow costs": (f"{figures['borrow_fee']:,.2f}{unit}", ""),
        **{f"short sales: {name}": (f"{n:,}", "") for name, n in verdicts.items()},
        "shares not borrowable": (f"{figures['shares_not_borrowable']:,.0f}", ""),
        "their value when sold": (f"{figures['value_not_borrowable']:,.0f}{unit}", ""),
    }
    beware = (
        warning(
            "The availability of this audit is made up. Nothing here says what could have been borrowed in a market."
        )
        if made_up
        else ""
    )
    sections = [
        Section("In short", beware + cards(shown) + _without_data(verdicts)),
        Section("P&L over time", _plot(audit)),
        Section("Shorts that could not have been borrowed", _refusals(audit, verdicts)),
        Section("What the borrow would have cost", _costs(audit)),
        Section("Assumptions", definitions(dict(assumptions))),
    ]
    return page(
        f"Audit of {source}",
        audit_headline(audit),
        sections,
        "Made with shortable. Every figure follows from the trade list, the availability data and the assumptions above.",
    )


def audit_headline(audit: Audit) -> str:
    """Say in one sentence or two what became of a list's short sales: could be borrowed, could not, or no data (S3)."""
    shorts = audit.shorts
    if shorts.empty:
        return "No trade of the list needed a borrow."
    if bool((shorts["available"].isna() & shorts["has_data"]).all()):
        return "Shorts were not limited: no restriction is known for any short sale of the list."
    verdicts, total = _verdicts(audit), len(shorts)
    refused, silent = verdicts["not borrowable"], verdicts["no data"]
    if silent == total:
        return f"There were no data for any of the {total:,} short sales."
    text = f"{refused:,} of {total:,} short sales could not have been borrowed ({refused / total:.0%})."
    return text + (f" For {silent:,} there were no data." if silent else "")


def _verdicts(audit: Audit) -> dict[str, int]:
    """Count short sales by verdict."""
    shorts = audit.shorts
    has_data = shorts["has_data"].to_numpy(dtype=bool)
    cut = shorts["verdict"].isin(["refused", "clipped"]).to_numpy()
    return {
        "borrowable": int((has_data & ~cut).sum()),
        "not borrowable": int((has_data & cut).sum()),
        "no data": int((~has_data).sum()),
    }


def _without_data(verdicts: Mapping[str, int]) -> str:
    count = verdicts["no data"]
    text = f"For {count:,} short sales no snapshot answered; the policy below decides about them."
    return note(text) if count else ""


def _plot(audit: Audit) -> str:
    daily = audit.daily
    labels = {
        "pnl_before": "as listed",
        "pnl_after": "without what could not be borrowed",
        "pnl_after_fees": "less borrow costs",
    }
    ends = ", ".join(f"{label} {daily[name].iloc[-1]:+,.0f}" for name, label in labels.items())
    span = f"{daily.index[0]:%Y-%m-%d} to {daily.index[-1]:%Y-%m-%d}"
    return plot("pnl", f"Cumulative P&L from {span}: {ends}.", "plot_audit", audit)


def _refusals(audit: Audit, verdicts: Mapping[str, int]) -> str:
    shorts = audit.shorts
    cut = shorts[shorts["verdict"].isin(["refused", "clipped"])]
    if cut.empty:
        if shorts.empty:
            return note("None: no trade of the list needed a borrow.")
        if verdicts["no data"]:
            return note(f"None of the {verdicts['borrowable']:,} for which there were data.")
        return note("None.")
    daily = bool((cut["time"].dt.normalize() == cut["time"]).all())
    rows = [
        (
            f"{row.time:%Y-%m-%d}" if daily else f"{row.time:%Y-%m-%d %H:%M}",
            str(row.symbol),
            number(-row.quantity),
            number(row.held),
            number(row.available) if row.has_data else "no data",
            number(row.allowed - row.quantity),
            f"{row.price:,.2f}",
            row.verdict,
        )
        for row in _rows(cut)
    ]
    columns = {
        "time": "text",
        "symbol": "text",
        "sold": "number",
        "held": "number",
        "available": "number",
        "short of": "number",
        "price": "number",
        "verdict": "text",
    }
    caption = (
        "Sales over what could be borrowed, in shares; held is what would have been held by then."
    )
    return table("refused", caption, columns, rows)


def _costs(audit: Audit) -> str:
    costs = audit.borrow_cost_by_symbol()
    if costs.empty:
        return note("Nothing was short over a night.")
    rows = [
        (str(row.symbol), number(row.nights), number(row.share_nights), f"{row.cost:,.2f}")
        for row in _rows(costs)
    ]
    columns = {"symbol": "text", "nights": "number", "share nights": "number", "cost": "number"}
    return table("costs-by-symbol", "Borrow costs by symbol.", columns, rows)


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples())
