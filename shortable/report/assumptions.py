"""What a backtest's figures rest on: every model by its name, and its convention in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["assumptions"]

_LABELS = {
    "prices": "prices",
    "availability": "availability",
    "look_up": "look-up",
    "on_exceed": "an order over it",
    "recheck": "looked at",
    "borrow_fee_convention": "borrow fee",
    "commission_model": "commissions",
    "buying_power_model": "buying power",
    "fill_model": "fills",
    "brokerage_model": "brokerage model",
    "opening_book": "opening book",
    "currency": "currency",
}

_WORDS = {
    "on_exceed": {
        "reject": "is refused whole and changes nothing",
        "clip": "is cut to what can be borrowed",
        "warn": "is let through and reported",
    },
    "recheck": {
        "submission": "once, when the order is sent",
        "daily": "when the order is sent, and for resting sells at each session's open",
        "fill": "when the order is sent, and again just before it fills",
    },
    "borrow_fee_convention": {
        "FeeOnMarketValue": "shares short × close × fee rate known at the close × calendar days / day count, each night; an unknown rate costs nothing",
        "RebateOnMarketValue": "shares short × close × rebate rate × calendar days / day count, received, or paid where it is negative",
        "InteractiveBrokersBorrowFee": "shares short × close with the collateral mark, rounded up × fee rate × calendar days / day count",
        "LeanBorrowFee": "value × rate / 360 × calendar days, on the charging day's value and rate",
        "NullBorrowFee": "borrowing is free",
    },
    "fill_model": {
        "BarFillModel": "market orders at the next bar's open, limits and stops inside the bar; no slippage, whole orders",
    },
    "brokerage_model": {
        "DefaultBrokerageModel": "no restriction on shorts of its own, Interactive Brokers' fixed commissions, Regulation T",
        "AxosClearingBrokerageModel": "shorts what the data's broker axos has",
        "InteractiveBrokersBrokerageModel": "shorts what the data's broker interactivebrokers has",
    },
}


def assumptions(
    summary: Mapping[str, Any], without: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """Return labelled texts, for those that the summary tells.

    Parameters
    ----------
    summary : mapping
        A result's.
    without : mapping, optional
        That of the backtest that it is compared with; where it rests on something else, that is said too.

    Examples
    --------
    >>> assumptions({"on_exceed": "clip"}, {"on_exceed": "warn"})["an order over it"]
    'clip: is cut to what can be borrowed. Without limits: warn'
    """
    found = {}
    for name, label in _LABELS.items():
        value = str(summary.get(name, ""))
        if not value:
            continue
        words = _WORDS.get(name, {}).get(value.partition("(")[0], "")
        found[label] = f"{value}: {words}" if words else value
        other = "" if without is None else str(without.get(name, ""))
        if other and other != value:
            found[label] += f". Without limits: {other}"
    if "statistics" in summary:
        found["engine"] = (
            "shortable.lean: LEAN's own rules for fills, commissions, margin, borrow fees and availability"
        )
    if "on_exceed" in summary:
        found["rule"] = (
            "an order to sell q is accepted where shares held − unfilled sells − q ≥ −shares available"
        )
    return found
