"""Plots: each takes what it shows and returns an Axes, on `ax` where one is given; extra ``plot``."""

from shortable.plots.audit import plot_audit
from shortable.plots.availability import plot_availability
from shortable.plots.costs import plot_borrow_costs
from shortable.plots.coverage import plot_coverage
from shortable.plots.equity import plot_equity
from shortable.plots.refusals import plot_refusals
from shortable.plots.short_interest import plot_short_interest
from shortable.plots.utilization import plot_utilization

__all__ = [
    "plot_audit",
    "plot_availability",
    "plot_borrow_costs",
    "plot_coverage",
    "plot_equity",
    "plot_refusals",
    "plot_short_interest",
    "plot_utilization",
]
