"""The figures of a run: a dict that prints as a table, and the sentence that comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from shortable.arguments import check_kind
from shortable.desk import RefusalKind
from shortable.orders import OrderStatus
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MADE_UP",
    "RuinInfo",
    "RunInfo",
    "Summary",
    "headline",
    "made_up_parts",
    "ruin_of",
    "summarize",
]

MADE_UP = "made-up sample data"
"""How made-up data is named wherever it is reported."""

NOT_LIMITED = "Shorts were not limited: the run had no availability provider."

_LABELS = {
    "algorithm": "Algorithm",
    "status": "Status",
    "ruined_at": "  ruined at",
    "deficit": "  equity below zero by",
    "ruined_by": "  lost most in that session",
    "engine": "Engine",
    "start": "First session",
    "end": "Last session",
    "sessions": "Sessions",
    "prices": "Prices",
    "availability": "Availability",
    "opening_book": "Opening book",
    "orders": "Orders",
    "filled": "  filled",
    "refused_for_availability": "  refused for availability",
    "refused_without_data": "    of these, without data",
    "refused_otherwise": "  refused otherwise",
    "canceled": "  cancelled",
    "open": "  still open",
    "updates_refused_for_availability": "Updates refused for availability",
    "canceled_on_recheck": "Cancelled when availability was checked again",
    "clipped_or_warned": "Over availability, but clipped or only warned of",
    "closed_with_their_security": "Positions closed because their security ended",
    "availability_checks": "Availability checks",
    "checks_without_data": "  without data",
    "currency": "Currency",
    "start_equity": "Start equity",
    "end_equity": "End equity",
    "net_profit": "Net profit",
    "net_profit_percent": "Net profit, %",
    "max_drawdown_percent": "Largest drawdown, %",
    "commissions": "Commissions",
    "borrow_costs": "Borrow costs",
    "nights_short": "Nights short, by symbol",
    "nights_without_rate": "  without a known rate, taken as 0",
    "margin_calls": "Margin calls",
    "maintenance_margin": "Maintenance margin",
    "borrow_fee_convention": "Borrow fee convention",
    "look_up": "Availability look-up",
    "commission_model": "Commission model",
    "fill_model": "Fill model",
    "brokerage_model": "Brokerage model",
    "buying_power_model": "Buying power",
    "on_exceed": "Over availability (on_exceed)",
    "recheck": "Availability looked at (recheck)",
    "slippage_model": "Slippage",
    "restriction": "Rules on short sales",
    "locate": "Locates",
    "recall": "Recalls",
    "own_use": "Own shorts in what is available (own_use)",
    "share_of_daily_flow": "Share of the daily limit taken",
    "daily_bars_end": "Daily bars end at the",
    "corporate_actions": "Corporate actions",
    "on_delisting": "Held when a security ends (on_delisting)",
    "in_doubt": "In doubt",
}
_NOT_PRINTED = {"made_up", "limited", "statistics"}


@dataclass(frozen=True, slots=True)
class RuinInfo:
    """How an account was stopped (S14)."""

    at: str
    """When, exchange-local, as in 2024-01-02 16:00."""
    equity: float
    """What was left of it: 0 or less."""
    by: str
    """The security that lost most since the close before."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a run's tables do not hold."""

    algorithm: str
    """Name of its class, or of the strategy."""
    engine: str
    """What ran it: "shortable", "LEAN's rules", "backtrader", …"""
    start: str
    """First session, as in 2024-01-02; empty where none was run."""
    currency: str
    """ISO code of all amounts."""
    start_equity: float
    """Before the first bar."""
    prices: str = ""
    """Where prices came from."""
    availability: str = ""
    """Where availability came from."""
    made_up: tuple[str, ...] = ()
    """Which of "prices" and "availability" are made up, as the packaged sample's are."""
    limited: bool = True
    """False where no security had a provider that limits shorts."""
    availability_checks: int | None = None
    """Orders and updates for which a provider was asked; None where this was not counted."""
    opening_book: str = ""
    """What the account held before the first bar, in words; empty where it held only cash."""
    status: str = ""
    """COMPLETED, or RUINED where the account was stopped (S14); empty where the engine has no such rule."""
    ruin: RuinInfo | None = None
    """Where it was ruined."""
    margin_calls: int | None = None
    """Bars at whose close there was a margin call; None where this was not counted."""
    assumptions: Mapping[str, str] = field(default_factory=dict)
    """Models, policies and guesses by name."""
    statistics: Mapping[str, str] = field(default_factory=dict)
    """LEAN's table of statistics, in its formatting."""


class Summary(dict[str, Any]):
    """Figures by name: text, whole numbers and floats; prints as a table, its headline first.

    Money is in the account's currency, `*_percent` are percent.
    """

    def __str__(self) -> str:
        shown = [
            (_LABELS.get(name, name), _text(value), isinstance(value, str))
            for name, value in self.items()
            if name not in _NOT_PRINTED and name != "headline"
        ]
        left = max((len(label) for label, _, _ in shown), default=0)
        right = max((len(text) for _, text, is_text in shown if not is_text), default=0)
        lines = [
            f"{label:<{left}}  {text if is_text else text.rjust(right)}"
            for label, text, is_text in shown
        ]
        return "\n".join(([self["headline"]] if "headline" in self else []) + lines)

    __repr__ = __str__


def summarize(tables: Mapping[str, pd.DataFrame], info: RunInfo) -> Summary:
    """Count what happened in a run.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        `refusals`, `borrow_costs` and `checks_without_data`, as in `schema`; and where the run recorded them, `orders`,
        `fills`, `equity` and `corporate_actions`, without which their figures are left out.
    info : RunInfo
        What they do not hold.
    """
    costs = tables["borrow_costs"]
    figures: dict[str, Any] = {
        "headline": "",
        "algorithm": info.algorithm,
        **_status_figures(info),
        "engine": info.engine,
        "start": info.start,
        "end": "",
        "sessions": 0,
        "prices": _sourced(info, "prices"),
        "availability": _sourced(info, "availability"),
        "opening_book": info.opening_book,
        "made_up": list(info.made_up),
        "limited": info.limited,
        **_order_figures(tables),
        **_ended_figures(tables),
        "availability_checks": info.availability_checks,
        "checks_without_data": len(tables["checks_without_data"]),
        "currency": info.currency,
        **(_equity_figures(tables["equity"], info.start_equity) if "equity" in tables else {}),
        "commissions": float(tables["fills"]["commission"].sum()) if "fills" in tables else None,
        "borrow_costs": float(costs["cost"].sum()),
        "nights_short": len(costs),
        "nights_without_rate": int(costs["rate"].isna().sum()),
        **({} if info.margin_calls is None else {"margin_calls": info.margin_calls}),
        **info.assumptions,
        "statistics": dict(info.statistics),
    }
    if info.availability_checks is None:
        del figures["availability_checks"], figures["checks_without_data"]
    for name in ("opening_book", "statistics", "prices", "availability", "commissions"):
        if figures[name] in ("", None, {}):
            del figures[name]
    summary = Summary(figures)
    summary["headline"] = headline(summary)
    return summary


def _order_figures(tables: Mapping[str, pd.DataFrame]) -> dict[str, int]:
    refusals = tables["refusals"]
    refusals = refusals[refusals["error_code"] == EXCEEDS_SHORTABLE_QUANTITY]
    kinds = Counter(refusals["kind"])
    submissions = refusals[refusals["kind"] == RefusalKind.SUBMISSION]
    figures = {
        "refused_for_availability": len(submissions),
        "refused_without_data": int((~submissions["has_data"]).sum()),
        "updates_refused_for_availability": kinds[RefusalKind.UPDATE],
        "canceled_on_recheck": kinds[RefusalKind.RECHECK],
        "clipped_or_warned": kinds[RefusalKind.CLIPPED] + kinds[RefusalKind.WARNED],
    }
    if "orders" not in tables:
        return figures
    orders = tables["orders"]
    statuses = Counter(orders["status"])
    return {
        "orders": len(orders),
        "filled": statuses[OrderStatus.FILLED],
        "refused_for_availability": figures.pop("refused_for_availability"),
        "refused_without_data": figures.pop("refused_without_data"),
        "refused_otherwise": statuses[OrderStatus.INVALID] - len(submissions),
        "canceled": statuses[OrderStatus.CANCELED],
        "open": sum(
            n
            for status, n in statuses.items()
            if isinstance(status, OrderStatus) and status.is_open()
        ),
        **figures,
    }


def _status_figures(info: RunInfo) -> dict[str, str | float]:
    if not info.status:
        return {}
    if info.ruin is None:
        return {"status": info.status}
    ruin = info.ruin
    return {
        "status": info.status,
        "ruined_at": ruin.at,
        "deficit": 0.0 - ruin.equity,
        "ruined_by": ruin.by,
    }


def _ended_figures(tables: Mapping[str, pd.DataFrame]) -> dict[str, int]:
    """Count the positions that were closed because their security ended, where the run kept such a record."""
    if "corporate_actions" not in tables:
        return {}
    actions = tables["corporate_actions"]
    ended = actions["kind"].isin(["delisting", "end of data"]) & (actions["shares_before"] != 0)
    return {"closed_with_their_security": int(ended.sum())}


def _equity_figures(equity: pd.DataFrame, start: float) -> dict[str, str | float]:
    path = np.concatenate([[start], equity["equity"].to_numpy(dtype=float)])
    end = float(path[-1])
    return {
        "end": f"{equity.index[-1]:%Y-%m-%d}" if len(equity) else "",
        "sessions": len(equity),
        "start_equity": start,
        "end_equity": end,
        "net_profit": end - start,
        "net_profit_percent": 100 * (end / start - 1) if start else 0.0,
        "max_drawdown_percent": float(100 * (1 - path / np.maximum.accumulate(path)).max()),
    }


def headline(figures: Summary) -> str:
    """Say in one line what became of a run's shorts, and whether the data behind that is made up.

    Parameters
    ----------
    figures : mapping
        A summary's.

    Examples
    --------
    >>> headline({"orders": 9, "refused_for_availability": 3, "limited": True})
    '3 of 9 orders asked for more than could be borrowed, and were refused.'
    >>> headline({"orders": 9, "limited": False})
    'Shorts were not limited: the run had no availability provider.'
    """
    check_kind("figures", figures, Mapping, "be a summary's figures")
    parts = made_up_parts(figures)
    made_up = f" Made-up sample data: {' and '.join(parts)}." if parts else ""
    ruined = ruin_of(figures)
    return (f"{ruined} " if ruined else "") + _verdict(figures) + made_up


def ruin_of(figures: Summary) -> str:
    """Say when and by what an account was ruined, of a summary's figures; an empty text where it was not."""
    check_kind("figures", figures, Mapping, "be a summary's figures")
    if "ruined_at" not in figures:
        return ""
    return (
        f"Ruined at {figures['ruined_at']}, mostly by {figures['ruined_by']}: the equity was "
        f"{0.0 - figures['deficit']:,.2f}, and the account stopped."
    )


def made_up_parts(figures: Summary) -> list[str]:
    """Return which of "prices" and "availability" are made up, of a summary's figures."""
    return list(figures.get("made_up") or ())


def _verdict(figures: Summary) -> str:
    if not figures.get("limited", True):
        return NOT_LIMITED
    if "orders" not in figures:
        return _verdict_of_checks(figures)
    orders = figures["orders"]
    if not orders:
        return "The algorithm sent no order."
    refused = figures.get("refused_for_availability", 0)
    also = [
        f"{figures[name]:,} {one if figures[name] == 1 else many}"
        for name, one, many in (
            ("updates_refused_for_availability", "update was refused", "updates were refused"),
            ("canceled_on_recheck", "resting order was cancelled", "resting orders were cancelled"),
            (
                "clipped_or_warned",
                "order was cut or only warned of",
                "orders were cut or only warned of",
            ),
        )
        if figures.get(name)
    ]
    checks = figures.get("availability_checks")
    silent = figures.get("checks_without_data", 0)
    without_data = (
        f" {silent:,} of {checks:,} availability checks had no data." if checks and silent else ""
    )
    if refused or also:
        text = f"{refused:,} of {orders:,} orders asked for more than could be borrowed, and were refused."
        if figures.get("refused_without_data"):
            text = (
                f"{refused:,} of {orders:,} orders were refused for availability, "
                f"{figures['refused_without_data']:,} of them because there was no data."
            )
        return text + (f" {', '.join(also)}." if also else "") + without_data
    if checks == 0:
        return "No order needed shares to be borrowed."
    if checks is not None and silent == checks:
        return f"There was no data on what could be borrowed: none of {checks:,} availability checks had any."
    return f"None of {orders:,} orders asked for more than could be borrowed.{without_data}"


def _verdict_of_checks(figures: Summary) -> str:
    """Say what became of the checks, of a host that keeps its orders to itself."""
    checks, silent = figures.get("availability_checks", 0), figures.get("checks_without_data", 0)
    refused = figures.get("refused_for_availability", 0)
    return f"{checks:,} availability checks: {refused:,} orders were refused, {silent:,} checks had no data."


def _sourced(info: RunInfo, name: str) -> str:
    source: str = getattr(info, name)
    return f"{MADE_UP}: {source}" if name in info.made_up and MADE_UP not in source else source


def _text(value: object) -> str:
    return (
        f"{value:,.2f}"
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else str(value)
    )
