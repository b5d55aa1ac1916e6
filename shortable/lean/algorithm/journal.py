"""What a run writes down: messages, charts and order events."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from shortable.lean.algorithm.clock import Clock

__all__ = ["Journal", "Message"]


class Message(NamedTuple):
    """One line of the log."""

    time: datetime
    """Naive, in the algorithm's time zone."""
    level: str
    """``log``, ``debug`` or ``error``."""
    text: str


class Journal:
    """Collects them.

    Parameters
    ----------
    clock : Clock
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.messages: list[Message] = []
        self.charts: dict[str, dict[str, list[tuple[datetime, float]]]] = {}
        self.runtime_statistics: dict[str, str] = {}
        self.summary_statistics: dict[str, str] = {}
        self.order_events: list[Any] = []

    def write(self, level: str, text: Any) -> None:
        """Note a message."""
        self.messages.append(Message(self._clock.face, level, str(text)))

    def plot(self, chart: str, series: str, value: Any) -> None:
        """Note a point of a chart."""
        points = self.charts.setdefault(chart, {}).setdefault(series, [])
        points.append((self._clock.face, float(getattr(value, "value", value))))
