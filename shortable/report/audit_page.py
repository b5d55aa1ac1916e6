"""The audit of a trade list as a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from shortable.report.drawing import drawing
from shortable.report.page import Section, cards, definitions, note, page, table, warning
from shortable.research.audit import Audit

__all__ = ["audit_html"]

_MOST = 2_000  # lines of a table in the page; the Parquet file has them all


def audit_html(
    audit: Audit,
    *,
    source: str,
    assumptions: Mapping[str, str],
    currency: str = "",
    made_up: bool = False,
) -> str:
    """Return the audit as one page that needs no network.

    Parameters
    ----------
    audit : Audit
    source : str
        What was audited.
    assumptions : mapping of str to str
        Everything that the verdicts rest on, by name.
    currency : str
        Of the money.
    made_up : bool
        The availability is made up, and the page has to say so.

    Returns
    -------
    str
        HTML. Without matplotlib (extra ``plot``) it has no drawing.
    """
    said = audit.summary()
    refused = said["shorts_refused"] + said["shorts_clipped"]
    share = refused / said["shorts"] if said["shorts"] else 0.0
    lead = (
        f"{refused:,} of {said['shorts']:,} short sales could not have been borrowed ({share:.0%})."
        if said["shorts"]
        else "No trade of the list needed a borrow."
    )
    money = f" {currency}" if currency else ""
    figures = {
        "P&L as listed": (_signed(said["pnl_before"]) + money, ""),
        "without what could not be borrowed": (
            _signed(said["pnl_after"]) + money,
            _mood(said["pnl_after"] - said["pnl_before"]),
        ),
        "and less borrow fees": (
            _signed(said["pnl_after_fees"]) + money,
            _mood(said["pnl_after_fees"] - said["pnl_before"]),
        ),
        "borrow fees": (f"{said['borrow_fee']:,.2f}{money}", ""),
        "shares not borrowable": (f"{said['shares_not_borrowable']:,.0f}", ""),
        "their value when sold": (f"{said['value_not_borrowable']:,.0f}{money}", ""),
    }
    beware = (
        warning(
            "The availability of this audit is made up. Nothing here says what could have been borrowed in a market."
        )
        if made_up
        else ""
    )
    sections = [
        Section("In short", beware + cards(figures) + _without_data(said)),
        Section("P&L over time", _drawing(audit)),
    ]
    sections.append(Section("Shorts that could not have been borrowed", _cut_table(audit)))
    sections.append(
        Section("What the borrow would have cost", _fee_table(audit.borrow_cost_by_symbol()))
    )
    sections.append(Section("What this rests on", definitions(dict(assumptions))))
    return page(
        f"Audit of {source}",
        lead,
        sections,
        "Made with shortable. Every figure follows from the trade list, the availability data and the assumptions above.",
    )


def _signed(value: float) -> str:
    return f"{value:+,.2f}"


def _mood(change: float) -> str:
    return "bad" if change < -0.005 else ""


def _without_data(said: Mapping[str, Any]) -> str:
    count = said["shorts_without_data"]
    return (
        note(f"For {count:,} short sales no snapshot spoke; they are judged by the policy below.")
        if count
        else ""
    )


def _drawing(audit: Audit) -> str:
    daily = audit.daily
    ends = ", ".join(
        f"{label} {daily[c].iloc[-1]:+,.0f}"
        for c, label in (
            ("pnl_before", "as listed"),
            ("pnl_after", "borrowable"),
            ("pnl_after_fees", "less fees"),
        )
    )
    return drawing(
        "pnl",
        f"Cumulative P&L from {daily.index[0]:%Y-%m-%d} to {daily.index[-1]:%Y-%m-%d}: {ends}.",
        "plot_audit",
        audit,
    )


def _cut_table(audit: Audit) -> str:
    cut = audit.trades[audit.trades["verdict"].isin(["refused", "clipped"])]
    if cut.empty:
        return note("None: everything that was sold short could have been borrowed.")
    daily = bool((cut["time"].dt.normalize() == cut["time"]).all())
    rows = [
        (
            (
                f"{line.time:%Y-%m-%d}" if daily else f"{line.time:%Y-%m-%d %H:%M}",
                line.time.isoformat(),
            ),
            line.symbol,
            _number(-line.quantity),
            _number(line.held),
            _number(line.available),
            _number(line.allowed - line.quantity),
            (f"{line.price:,.2f}", line.price),
            line.verdict,
        )
        for line in _lines(cut)
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
    more = note(f"The first {_MOST:,} of {len(cut):,}.") if len(cut) > _MOST else ""
    return (
        table(
            "cut",
            "Sales over what could be borrowed, in shares; held is what would have been held by then.",
            columns,
            rows,
        )
        + more
    )


def _fee_table(fees: pd.DataFrame) -> str:
    if fees.empty:
        return note("Nothing was short over a night.")
    rows = [
        (
            line.symbol,
            _number(line.nights),
            _number(line.share_nights),
            (f"{line.cost:,.2f}", line.cost),
        )
        for line in _lines(fees)
    ]
    columns = {"symbol": "text", "nights": "number", "share nights": "number", "fee": "number"}
    return table("fees", "Borrow fees by symbol.", columns, rows)


def _lines(table_: pd.DataFrame) -> list[Any]:
    return list(table_.head(_MOST).itertuples())


def _number(value: Any) -> tuple[str, Any]:
    if pd.isna(value):
        return "–", -1
    return (f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4f}"), value
