"""LEAN's statistics: samples of the run, figures computed from them, and the table under LEAN's own names."""

from shortable.lean.statistics.builder import build_statistics, summary
from shortable.lean.statistics.capacity import CapacityEstimate
from shortable.lean.statistics.portfolio import PortfolioStatistics
from shortable.lean.statistics.samples import Sampler
from shortable.lean.statistics.trades import TradeStatistics

__all__ = [
    "CapacityEstimate",
    "PortfolioStatistics",
    "Sampler",
    "TradeStatistics",
    "build_statistics",
    "summary",
]
