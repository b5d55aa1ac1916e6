"""The figures of a run: a dict that prints as a table."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from shortable.desk import RefusalKind
from shortable.engine.exchange import BarFillModel
from shortable.engine.feed import Feed
from shortable.engine.run_state import RunState
from shortable.market_data import MarketData
from shortable.orders import OrderResponseErrorCode, OrderStatus

if TYPE_CHECKING:
    from shortable.engine.result import Result

__all__ = ["MADE_UP", "Summary", "is_made_up", "summarize"]

MADE_UP = "made-up sample data"

_LABELS = {
    "algorithm": "Algorithm",
    "start": "First session",
    "end": "Last session",
    "sessions": "Sessions",
    "prices": "Prices",
    "availability": "Availability",
    "opening_book": "Opening book",
    "orders": "Orders",
    "filled": "  filled",
    "refused_for_availability": "  refused for availability",
    "refused_otherwise": "  refused otherwise",
    "canceled": "  cancelled",
    "open": "  still open",
    "updates_refused_for_availability": "Updates refused for availability",
    "canceled_on_recheck": "Cancelled on another look at availability",
    "clipped_or_warned": "Over availability, but clipped or only warned of",
    "availability_checks": "Availability checks",
    "checks_without_data": "  that met no data",
    "currency": "Currency",
    "start_equity": "Start equity",
    "end_equity": "End equity",
    "net_profit": "Net profit",
    "net_profit_percent": "Net profit, %",
    "max_drawdown_percent": "Largest drawdown, %",
    "commissions": "Commissions",
    "borrow_fees": "Borrow fees",
    "nights_short": "Nights short, by symbol",
    "nights_without_rate": "  without a known rate, taken as 0",
    "borrow_fee_convention": "Borrow fee convention",
    "look_up": "Availability look-up",
    "commission_model": "Commission model",
    "fill_model": "Fill model",
    "brokerage_model": "Brokerage model",
    "buying_power_model": "Buying power",
    "on_exceed": "Over availability (on_exceed)",
    "recheck": "Availability looked at (recheck)",
}


class Summary(dict[str, Any]):
    """Figures by name: text, whole numbers and floats; prints as a table.

    Money is in the account's currency, `*_percent` are percent.
    """

    def __str__(self) -> str:
        shown = [
            (_LABELS.get(name, name), _text(value), isinstance(value, str))
            for name, value in self.items()
        ]
        left = max(len(label) for label, _, _ in shown)
        right = max((len(text) for _, text, words in shown if not words), default=0)
        return "\n".join(
            f"{label:<{left}}  {text if words else text.rjust(right)}"
            for label, text, words in shown
        )

    __repr__ = __str__


def summarize(result: Result, state: RunState, feed: Feed) -> Summary:
    """Count what happened; see `Summary`."""
    tickets, availability = state.order_desk.tickets, state.short_desk
    statuses = Counter(t.order.status for t in tickets)
    exceeds = OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY
    refused = sum(
        t.order.status is OrderStatus.INVALID and t.order.error_code == exceeds for t in tickets
    )
    kinds = Counter(r.kind for r in availability.refusals if r.error_code == exceeds)
    equity, start = result.equity["equity"].to_numpy(), state.starting_equity
    end = float(equity[-1])
    data: MarketData = state.data  # type: ignore[assignment]
    path = np.concatenate([[start], equity])
    return Summary(
        {
            "algorithm": type(result.algorithm).__name__,
            "start": f"{feed.times[0]:%Y-%m-%d}",
            "end": f"{result.equity.index[-1]:%Y-%m-%d}",
            "sessions": len(equity),
            "prices": _prices(data),
            "availability": _distinct(
                _provider(s.shortable_provider, feed) for s in state.by_column
            ),
            **({"opening_book": _opened(state)} if state.settings.opening_book is not None else {}),
            "orders": len(tickets),
            "filled": statuses[OrderStatus.FILLED],
            "refused_for_availability": refused,
            "refused_otherwise": statuses[OrderStatus.INVALID] - refused,
            "canceled": statuses[OrderStatus.CANCELED],
            "open": len(state.account.open),
            "updates_refused_for_availability": kinds[RefusalKind.UPDATE],
            "canceled_on_recheck": kinds[RefusalKind.RECHECK],
            "clipped_or_warned": kinds[RefusalKind.CLIPPED] + kinds[RefusalKind.WARNED],
            "availability_checks": availability.checks,
            "checks_without_data": len(availability.checks_without_data),
            "currency": feed.symbols[0].currency,
            "start_equity": start,
            "end_equity": end,
            "net_profit": end - start,
            "net_profit_percent": 100 * (end / start - 1),
            "max_drawdown_percent": float(100 * (1 - path / np.maximum.accumulate(path)).max()),
            "commissions": state.account.commissions,
            "borrow_fees": state.short_desk.total_borrow_cost,
            "nights_short": result.nights_short,
            "nights_without_rate": result.nights_without_rate,
            "borrow_fee_convention": repr(result.borrow_fee),
            "commission_model": _distinct(str(s.fee_model) for s in state.by_column),
            "buying_power_model": _distinct(str(s.buying_power_model) for s in state.by_column),
            "fill_model": BarFillModel.__name__,
            "brokerage_model": type(state.brokerage_model).__name__,
            "look_up": _distinct(s.shortable_provider.policy for s in state.by_column),
            "on_exceed": availability.on_exceed,
            "recheck": availability.recheck,
        }
    )


def _opened(state: RunState) -> str:
    shorts = sum(held.quantity < 0 for held in state.opening)
    return f"{len(state.opening)} holdings, {shorts} of them short; {len(state.settings.opening_book.orders)} resting orders"  # type: ignore[union-attr]


def _prices(data: MarketData) -> str:
    return f"{MADE_UP}: {data.source}" if data.made_up else data.source


def _provider(provider: Any, feed: Feed) -> str:
    """Name a provider, and say whether what it knew in that time is made up."""
    return f"{MADE_UP}: {provider.name}" if is_made_up(provider, feed) else provider.name


def is_made_up(provider: Any, feed: Feed) -> bool:
    """Say whether a provider's data of the backtest's time is made up; one that does not say is taken as real."""
    return bool(provider.made_up(feed.times[0], feed.times[-1]))


def _distinct(texts: Any) -> str:
    return "; ".join(dict.fromkeys(texts))


def _text(value: Any) -> str:
    return (
        f"{value:,.2f}"
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else str(value)
    )
