"""An adapter's report in the terms of the common workload."""

from __future__ import annotations

from datetime import date

from shortable.adapters.desk import ShortDesk

__all__ = ["refused_orders"]


def refused_orders(desk: ShortDesk) -> list[tuple[date, str, int]]:
    """Return session, ticker and signed shares of every order that a desk refused."""
    table = desk.refusals()
    lines = zip(table["time"], table["symbol"], table["requested"], strict=True)
    return [(time.date(), symbol.ticker, int(quantity)) for time, symbol, quantity in lines]
