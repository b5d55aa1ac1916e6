"""The hosts that run the common workload."""

__all__ = ["HOSTS"]

HOSTS = ("engine", "zipline", "backtrader", "vectorbt", "backtesting", "bt", "nautilus")
