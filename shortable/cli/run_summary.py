"""What a run comes down to: a summary of one screen (80 columns, 24 lines), and the same as JSON."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from shortable.cli.terminal import (
    count,
    counted,
    field_lines,
    fields,
    minute,
    money,
    say,
    table,
    wrapped,
)
from shortable.results import ruin_of
from shortable.results.summary import Summary
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY

if TYPE_CHECKING:
    from shortable.results import Result

__all__ = ["refusal_rows", "result_document", "show_refused", "show_result"]

_SCREEN = 23
"""Lines that the summary may take: a screen of 24, less the prompt."""
_REFUSALS = 5
_SYMBOLS = 3
_TEXT = 120


class RefusalRow(TypedDict):
    """A refusal for JSON: the columns of `shortable.results.schema`, shares without sign."""

    order_id: int | str
    time: datetime
    symbol: str
    kind: str
    requested: int
    allowed: int
    held: int
    open_sells: int
    available: int | None
    has_data: bool
    error_code: int
    tag: str


class RunDocument(TypedDict):
    """A run for JSON."""

    summary: Summary
    made_up: bool
    refusals: list[RefusalRow]
    borrow_costs_by_symbol: dict[str, float]
    checks_without_data: list[dict[Hashable, Any]]
    log: list[LogLine]
    folder: str | None
    without_limits: Summary | None


class LogLine(TypedDict):
    """What an algorithm logged."""

    time: datetime
    level: str
    text: str


def result_document(
    result: Result, written: Path | None, without: Result | None = None
) -> RunDocument:
    """Return a run's figures, its refusals, and its borrow costs by symbol, the largest first, for JSON.

    Shares asked for are counts without sign, held ones are negative for a short; money is in the account's currency, times are exchange-local.
    """
    fees = result.borrow_costs
    by_symbol = (
        fees.groupby(fees["symbol"].astype(str))["cost"]
        .sum()
        .sort_values(ascending=False, kind="stable")
    )
    figures = result.summary()
    return {
        "summary": figures,
        "made_up": bool(figures["made_up"]),
        "refusals": refusal_rows(result),
        "borrow_costs_by_symbol": dict(zip(by_symbol.index, by_symbol.tolist(), strict=True)),
        "checks_without_data": result.checks_without_data.to_dict("records"),
        "log": [
            {"time": time, "level": level, "text": text}
            for time, level, text in result.algorithm.log_lines
        ],
        "folder": None if written is None else str(written),
        "without_limits": None if without is None else without.summary(),
    }


def refusal_rows(result: Result) -> list[RefusalRow]:
    """Return a run's refusals for JSON, shares without sign."""
    return [
        {
            "order_id": row["order_id"],
            "time": row["time"],
            "symbol": str(row["symbol"]),
            "kind": str(row["kind"]),
            "requested": abs(row["requested"]),
            "allowed": abs(row["allowed"]),
            "held": row["held"],
            "open_sells": row["open_sells"],
            "available": int(row["available"]) if isinstance(row["available"], int) else None,
            "has_data": row["has_data"],
            "error_code": int(row["error_code"]),
            "tag": row["tag"],
        }
        for row in result.refusals.to_dict("records")
    ]


def show_result(document: RunDocument, title: str) -> None:
    """Print the summary of `result_document`; it shows as many refusals as a screen has room for."""
    figures = document["summary"]
    head = f"{title} · {figures['start']} to {figures['end']}, {counted(figures['sessions'], 'session')}"
    ran_on = {"prices": _short(figures["prices"]), "availability": _short(figures["availability"])}
    end = _figures(figures, document)
    say(head, style="bold")
    ruined = ruin_of(figures)
    if ruined:
        say(ruined, style="bold red")
    fields(ran_on)
    say()
    taken = (
        len(wrapped(head))
        + len(wrapped(ruined))
        + len(field_lines(ran_on))
        + len(field_lines(end))
        + 2
    )
    show_refused(document["refusals"], figures["headline"], _SCREEN - taken)
    say()
    fields(end)


def show_refused(refusals: Sequence[RefusalRow], headline: str, room: int) -> None:
    """Print the refusals for want of shares and the first one's tag, on `room` lines; the headline where there are none."""
    refused = [r for r in refusals if r["error_code"] == EXCEEDS_SHORTABLE_QUANTITY]
    if not refused:
        say(headline, style="bold")
        return
    tag = refused[0]["tag"]
    rows = min(_REFUSALS, max(room - 3 - len(wrapped(tag)), 1))  # 3: title, header and rule
    shown = refused if len(refused) <= rows else refused[: max(rows - 1, 1)]
    say(f"Shorts over what could be borrowed ({count(len(refused))})", style="bold")
    heads = {
        "time": "left",
        "symbol": "left",
        "requested": "right",
        "net held": "right",  # less resting sells: what S4 adds the order to
        "available": "right",
        "what": "left",
    }
    cells: list[Sequence[str]] = [
        (
            minute(r["time"]),
            r["symbol"],
            count(r["requested"]),
            count(r["held"] - r["open_sells"]),
            count(r["available"] or 0) if r["has_data"] else "no data",
            _what(r),
        )
        for r in shown
    ]
    if len(shown) < min(rows, len(refused)):
        cells.append((f"… {count(len(refused) - len(shown))} more", *[""] * (len(heads) - 1)))
    table(heads, cells)
    say(tag)


def _what(refusal: RefusalRow) -> str:
    """Say what became of an order over capacity (S5)."""
    kinds = {
        "submission": "refused",
        "update": "update refused",
        "recheck": "cancelled",
        "clipped": f"cut to {count(refusal['allowed'])}",
        "warned": "warned only",
    }
    return kinds[refusal["kind"]]


def _figures(figures: Summary, document: RunDocument) -> dict[str, str]:
    currency, unknown = figures["currency"], document["checks_without_data"]
    became = {
        "filled": figures["filled"],
        "refused for availability": figures["refused_for_availability"],
        "refused otherwise": figures["refused_otherwise"],
        "cancelled": figures["canceled"],
        "open": figures["open"],
    }
    parts = [
        f"{count(n)} {what}"
        for what, n in became.items()
        if n or what == "refused for availability"
    ]
    rows = {
        "orders": f"{count(figures['orders'])}: {', '.join(parts)}",
        "checks": f"{count(figures['availability_checks'])} of availability, {count(len(unknown))} without data",
    }
    if unknown:
        first, last = minute(unknown[0]["time"]), minute(unknown[-1]["time"])
        rows["checks"] += f" ({first})" if first == last else f" ({first} to {last})"
    if figures.get("own_use") == "excluded":
        rows["checks"] += "; own shorts not counted"
    if (share := figures.get("share_of_daily_flow", "1")) != "1":
        rows["checks"] += f"; share of the daily limit {share}"
    rows["borrow costs"] = (
        f"{money(figures['borrow_costs'])} {currency}{_by_symbol(document['borrow_costs_by_symbol'])}"
    )
    if figures["nights_without_rate"]:
        rows["borrow costs"] += (
            f"; {count(figures['nights_without_rate'])} of {count(figures['nights_short'])} nights without a known rate"
        )
    if figures.get("margin_calls"):
        rows["margin calls"] = count(figures["margin_calls"])
    if closed := figures.get("closed_with_their_security"):
        rows["closed"] = f"{counted(closed, 'position')}, because the security ended"
    if "in_doubt" in figures:
        rows["in doubt"] = _short(figures["in_doubt"])
    rows["commissions"] = f"{money(figures['commissions'])} {currency}"
    rows["P&L"] = _profit(figures)
    if without := document["without_limits"]:
        rows["P&L without limits"] = _profit(without)
    if log := document["log"]:
        rows["log"] = f"{counted(len(log), 'line')}, the last: {_short(log[-1]['text'], 44)}"
    if document["folder"] is not None:
        rows["written to"] = document["folder"]
    return rows


def _profit(figures: Summary) -> str:
    return (
        f"{money(figures['net_profit'], signed=True)} {figures['currency']} "
        f"({figures['net_profit_percent']:+,.2f} %), "
        f"{money(figures['start_equity'])} → {money(figures['end_equity'])}"
    )


def _by_symbol(fees: Mapping[str, float]) -> str:
    largest = [f"{symbol} {money(fee)}" for symbol, fee in list(fees.items())[:_SYMBOLS]]
    if len(fees) > _SYMBOLS:
        largest.append(f"{count(len(fees) - _SYMBOLS)} more")
    return f": {', '.join(largest)}" if largest else ""


def _short(text: str, most: int = _TEXT) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
