"""Plots: each takes what it shows and returns an Axes, on `ax` where one is given; extra ``plot``."""

from shortable.plots.audit import plot_audit

__all__ = ["plot_audit"]
