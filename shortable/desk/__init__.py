"""The desk: may this be sold short, what becomes of it, and what does the night cost (S4, S5, S8, S15, S16).

The engine, the adapters and the research functions all decide here. One order at a time goes through a `ShortDesk`;
whole tables of orders go through `allowed_sales`, and whole tables of nights through `night_costs`. None decides again.
"""

from __future__ import annotations

from shortable.desk.decide import (
    allowed_sale,
    allowed_sales,
    allowed_sales_within,
    allowed_within,
    has_data_of,
)
from shortable.desk.nights import (
    NightCourses,
    night_costs,
    night_rates,
    rebates_in,
    refuse_courses,
    refuse_late_charges,
)
from shortable.desk.records import BorrowCost, Refusal, RefusalKind
from shortable.desk.short_desk import ShortDesk
from shortable.desk.use import NO_SNAPSHOT, FlowLedger, OwnBorrow, snapshots_of

__all__ = [
    "NO_SNAPSHOT",
    "BorrowCost",
    "FlowLedger",
    "NightCourses",
    "OwnBorrow",
    "Refusal",
    "RefusalKind",
    "ShortDesk",
    "allowed_sale",
    "allowed_sales",
    "allowed_sales_within",
    "allowed_within",
    "has_data_of",
    "night_costs",
    "night_rates",
    "rebates_in",
    "refuse_courses",
    "refuse_late_charges",
    "snapshots_of",
]
