"""Plots: each draws a result, a study, an audit, a sweep or a provider and returns the Axes, `ax` where one is given; extra ``plot``."""

from shortable.plots.availability import plot_availability, plot_utilization
from shortable.plots.calendars import plot_coverage, plot_refusals
from shortable.plots.money import plot_audit, plot_borrow_costs, plot_equity
from shortable.plots.short_interest import plot_short_interest
from shortable.plots.sweeps import plot_sweep

__all__ = [
    "plot_audit",
    "plot_availability",
    "plot_borrow_costs",
    "plot_coverage",
    "plot_equity",
    "plot_refusals",
    "plot_short_interest",
    "plot_sweep",
    "plot_utilization",
]
