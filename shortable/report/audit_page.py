"""The audit of a trade list as a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from shortable.arguments import check_kind
from shortable.report.page import Section, cards, definitions, note, page, plot, table, warning
from shortable.report.result_tables import number
from shortable.research import Audit

__all__ = ["audit_html"]


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
    check_kind("audit", audit, Audit, "be an Audit, which shortable.research.audit returns")
    check_kind("assumptions", assumptions, Mapping, "be a mapping of text to text")
    for name, text in (("currency", currency), *assumptions.items()):
        check_kind(name, text, str, "be a text")
    check_kind("made_up", made_up, bool, "be True or False")
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
        Section("In short", beware + _first_of_all(audit) + cards(shown) + _without_data(audit)),
        Section("P&L over time", _plot(audit)),
        Section("Shorts not borrowable, or without data", _refusals(audit, verdicts)),
        Section("What the borrow would have cost", _costs(audit)),
        Section("Assumptions", definitions(dict(assumptions))),
    ]
    return page(
        f"Audit of {source}",
        audit.headline,
        sections,
        "Made with shortable. Every figure follows from the trade list, the availability data and the assumptions above.",
    )


def _verdicts(audit: Audit) -> dict[str, int]:
    """Count short sales by verdict."""
    figures = audit.summary()
    return {
        "borrowed": figures["shorts_borrowed"],
        "not borrowable": figures["shorts_refused"] + figures["shorts_clipped"],
        "no data": figures["shorts_without_data"],
    }


def _without_data(audit: Audit) -> str:
    figures = audit.summary()
    count = figures["shorts_without_data"]
    if not count:
        return ""
    none, every = (figures[f"pnl_after_if_{which}_without_data"] for which in ("none", "all"))
    return note(
        f"For {count:,} short sales there are no data. Before borrow costs, {none:+,.2f} would be left if none of them "
        f"could have been borrowed, and {every:+,.2f} if all could."
    )


def _first_of_all(audit: Audit) -> str:
    """Return what a reader has to know before any figure: what is still open, and a ruin."""
    left = [
        f"{abs(row.quantity):,.0f} {row.symbol} {'short' if row.quantity < 0 else 'long'}"
        for row in _rows(audit.open_at_end)
        if row.quantity
    ]
    notes = [note(f"Open at the end: {', '.join(left)}.")] if left else []
    if audit.ruined_on is not None:
        day = audit.ruined_on
        notes.append(
            warning(f"Ruined: no equity was left at the close of {day}; later trades do not count.")
        )
    return "".join(notes)


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
    cut = shorts[shorts["verdict"] != "borrowed"]
    if cut.empty:
        if shorts.empty:
            return note("None: no trade of the list needed a borrow.")
        return note(f"None of the {verdicts['borrowed']:,} short sales.")
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
        "Short sales that could not have been borrowed, or of which nothing is known, in shares; held is what would "
        "have been held by then."
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
