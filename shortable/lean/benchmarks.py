"""What a run is compared with (LEAN: Common/Benchmarks/FuncBenchmark.cs and SecurityBenchmark.cs)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from shortable.lean.names import LeanObject

__all__ = ["FuncBenchmark", "SecurityBenchmark"]


class FuncBenchmark(LeanObject):
    """A function of the time (UTC) that returns a number.

    Examples
    --------
    >>> FuncBenchmark(lambda time: time.year).evaluate(datetime(2024, 1, 2))
    2024
    """

    def __init__(self, benchmark: Callable[[datetime], Any]) -> None:
        self._function = benchmark

    def evaluate(self, time: datetime) -> Any:
        """Return the benchmark's value."""
        return self._function(time)


class SecurityBenchmark(LeanObject):
    """The price of a security.

    Attributes
    ----------
    security : Security
    """

    def __init__(self, security: Any) -> None:
        self.security = security

    def evaluate(self, time: datetime) -> float:
        """Return the last price; `time` is not looked at."""
        return float(self.security.price)
