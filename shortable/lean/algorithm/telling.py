"""What an algorithm says: log, charts, statistics of its own; and the present time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shortable.lean.algorithm.base import AlgorithmPart
from shortable.lean.algorithm.date_rules import DateRules
from shortable.lean.algorithm.object_store import ObjectStore
from shortable.lean.algorithm.results import StatisticsResults
from shortable.lean.algorithm.schedule import ScheduleManager
from shortable.lean.algorithm.time_rules import TimeRules
from shortable.lean.arguments import by_name
from shortable.lean.enums import AlgorithmStatus
from shortable.lean.names import LeanObject
from shortable.names import LeanEnum

__all__ = ["CandlestickSeries", "Chart", "ChartType", "Series", "TellingPart"]


class ChartType(LeanEnum):
    """How the series of a chart stand to each other."""

    OVERLAY = 0
    STACKED = 1


class Series(LeanObject):
    """A series of a chart: its name and how it would be drawn."""

    def __init__(self, name: str, *settings: Any) -> None:
        self.name, self.settings = name, settings


class CandlestickSeries(Series):
    """A series of bars."""


class Chart(LeanObject):
    """A chart: its name and its series."""

    def __init__(self, name: str, *settings: Any) -> None:
        self.name, self.settings = name, settings
        self.series: dict[str, Series] = {}

    def add_series(self, series: Series) -> None:
        """Add a series."""
        self.series[series.name] = series


class TellingPart(AlgorithmPart):
    """Time, messages, charts, schedule."""

    @property
    def time(self) -> datetime:
        """The present, naive, in the algorithm's time zone."""
        return self._lean.clock.face

    @property
    def utc_time(self) -> datetime:
        """The present, UTC."""
        return self._lean.clock.utc

    def debug(self, message: Any) -> None:
        """Tell something."""
        self._lean.journal.write("debug", message)

    def log(self, message: Any) -> None:
        """Write to the log."""
        self._lean.journal.write("log", message)

    def error(self, message: Any) -> None:
        """Tell of an error."""
        self._lean.journal.write("error", message)

    def quit(self, message: str = "") -> None:
        """End the run after this time slice."""
        self._lean.journal.write("debug", f"Quit(): {message}" if message else "Quit()")
        self._lean.status = AlgorithmStatus.STOPPED

    def set_quit(self, quit: bool) -> None:
        """End the run after this time slice, if so."""
        if quit:
            self._lean.status = AlgorithmStatus.STOPPED

    @by_name("chart", "series", "value", "open", "high", "low", "close")
    def plot(self, *arguments: Any) -> None:
        """Note points: ``plot(series, value)``, ``plot(chart, series, value)`` or ``plot(chart, indicator, …)``.

        Of a bar, or of open, high, low and close one by one, the close is noted.
        """
        if len(arguments) > 4 and all(isinstance(value, (int, float)) for value in arguments[-4:]):
            arguments = (*arguments[:-4], arguments[-1])
        if len(arguments) == 2 and not hasattr(arguments[1], "current"):
            self._lean.journal.plot("Strategy Equity", str(arguments[0]), arguments[1])
        elif len(arguments) == 3 and isinstance(arguments[1], str):
            self._lean.journal.plot(str(arguments[0]), arguments[1], arguments[2])
        else:
            for indicator in arguments[1:]:
                if indicator.is_ready:
                    self._lean.journal.plot(
                        str(arguments[0]), indicator.name, indicator.current.value
                    )

    record = plot

    def plot_indicator(self, chart: str, *indicators: Any) -> None:
        """Note an indicator's point whenever it has a new one."""
        for indicator in indicators:
            if not isinstance(indicator, bool):
                indicator.updated += lambda source, point: self._lean.journal.plot(
                    chart, source.name, point.value
                )

    def add_chart(self, chart: Chart) -> None:
        """Take a chart in."""
        self._lean.journal.charts.setdefault(chart.name, {})

    def add_series(self, chart: str, series: str, *_: Any) -> None:
        """Take a series of a chart in."""
        self._lean.journal.charts.setdefault(chart, {}).setdefault(series, [])

    def set_runtime_statistic(self, name: str, value: Any) -> None:
        """Show a figure beside the results."""
        self._lean.journal.runtime_statistics[name] = str(value)

    @property
    def statistics(self) -> StatisticsResults:
        """The statistics so far: ``summary``, LEAN's table, and ``total_performance``, its numbers."""
        return StatisticsResults(self._lean)

    def set_summary_statistic(self, name: str, value: Any) -> None:
        """Show a figure among the statistics."""
        self._lean.journal.summary_statistics[name] = str(value)

    @property
    def object_store(self) -> ObjectStore:
        """Texts and bytes kept while the run lasts."""
        if "object_store" not in self._lean.fixed:
            self._lean.fixed["object_store"] = ObjectStore()
        return self._lean.fixed["object_store"]  # type: ignore[no-any-return]

    @property
    def schedule(self) -> ScheduleManager:
        """What happens when."""
        return self._lean.schedule

    @property
    def date_rules(self) -> DateRules:
        """On which dates."""
        return self._lean.date_rules

    @property
    def time_rules(self) -> TimeRules:
        """At which times."""
        return self._lean.time_rules

    @by_name("date_rule", "time_rule", "training_code")
    def train(self, *arguments: Any) -> Any:
        """Run a training function now, or on a date rule at a time rule."""
        if len(arguments) == 1:
            return arguments[0]()
        return self._lean.schedule.on(*arguments)

    def download(self, address: str, *more: Any) -> str:
        """Refuse: a backtest reads files, not the web.

        Raises
        ------
        EngineError
            Always.
        """
        from shortable.errors import EngineError

        raise EngineError(
            f"download({address!r}): shortable.lean does not fetch from the web; read a file instead."
        )

    def get_last_known_price(self, security: Any) -> Any:
        """Return the last trade bar before now, or None."""
        from shortable.lean.algorithm.last_prices import last_known_prices

        found = last_known_prices(self._lean, getattr(security, "symbol", security))
        return found[-1] if found else None

    def get_last_known_prices(self, security: Any) -> Any:
        """Return the last trade and quote bars before now; what `FuncSecuritySeeder` is given.

        Of several securities: their bars by symbol.
        """
        from shortable.lean.algorithm.last_prices import last_known_prices
        from shortable.lean.feed.keys import BySymbol

        if isinstance(security, (list, tuple, set)):
            symbols = [self._lean.securities[one].symbol for one in security]
            return BySymbol({symbol: last_known_prices(self._lean, symbol) for symbol in symbols})

        return last_known_prices(self._lean, getattr(security, "symbol", security))
