"""An adapter's report in the terms of the common workload."""

from __future__ import annotations

from datetime import date

from shortable.adapters.host import HostDesk

__all__ = ["refused_orders"]


def refused_orders(desk: HostDesk) -> list[tuple[date, str, int]]:
    """Return session, ticker and signed shares of every order that a desk refused."""
    return [(r.time.date(), r.symbol.ticker, int(r.requested)) for r in desk.refusals]
