"""When the run looks at the portfolio's value, and what it writes down.

LEAN: Engine/Results/BaseResultsHandler.cs and BacktestingResultHandler.cs: at every midnight of the algorithm and at
the end one sample of everything; between them the equity alone, in even steps, at most some 4,000 in a run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, localcontext

from shortable.lean.numbers import DECIMALS, ZERO, rounded
from shortable.lean.statistics.rounding import smart_rounded

__all__ = ["Sampler", "Series"]

Series = list[tuple[datetime, Decimal]]

_STEPS = 4000  # BacktestingResultHandler.cs, Samples
_SHORTEST_STEP = timedelta(minutes=4)  # the same, MinimumSamplePeriod


@dataclass(slots=True)
class Sampler:
    """Collects the series that the statistics are computed from.

    Parameters
    ----------
    start, end : datetime
        First and last moment of the run, UTC; `end` is the last day's last instant.
    starting_value : Decimal
        Value of the portfolio when the run begins.
    """

    start: datetime
    end: datetime
    starting_value: Decimal
    equity: Series = field(default_factory=list)
    performance: Series = field(default_factory=list)
    """Change of the portfolio's value since the last midnight, in percent."""
    benchmark: Series = field(default_factory=list)
    turnover: Series = field(default_factory=list)
    """Value of sales and purchases since the last midnight over the portfolio's value, a fraction."""
    _step: timedelta = field(init=False)
    _next: datetime | None = field(default=None, init=False)
    _last_value: Decimal = field(init=False)
    _volumes: list[Decimal] = field(default_factory=lambda: [ZERO, ZERO], init=False)
    _volume_time: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        span = self.end - self.start
        self._step = _SHORTEST_STEP if span < _SHORTEST_STEP * _STEPS else span / _STEPS
        self._last_value = self.starting_value

    def is_due(self, utc: datetime) -> bool:
        """Whether `step` would take a sample now; ask before the portfolio's value is computed."""
        return self._next is None or utc > self._next

    def step(
        self, utc: datetime, value: Decimal, *, force: bool = False, warming_up: bool = False
    ) -> None:
        """Look at the equity, after a time slice; nothing happens before the next step is due."""
        if force or self.is_due(utc):
            self._next = utc + self._step
            self._add(self.equity, utc, rounded(value, 4), warming_up)

    def sample(
        self,
        utc: datetime,
        value: Decimal,
        benchmark: Decimal,
        sale_volume: Decimal,
        *,
        warming_up: bool = False,
    ) -> None:
        """Take everything down: at midnight of the algorithm's time zone, and at the end.

        Parameters
        ----------
        utc : datetime
            The moment, UTC.
        value, benchmark : Decimal
            Value of the portfolio, price of the benchmark (zero where there is none).
        sale_volume : Decimal
            Value of all that was bought and sold since the run began.
        warming_up : bool, optional
            Nothing is written down while the algorithm warms up.
        """
        with localcontext(DECIMALS):
            last = self._last_value
            change = rounded((value - last) * 100 / last, 10) if last else ZERO
            self._add(self.equity, utc, rounded(value, 4), warming_up)
            self._add(self.benchmark, utc, smart_rounded(benchmark), warming_up)
            self._add(self.performance, utc, change, warming_up)
            if value and utc != self.start:
                self._turn(utc, value, sale_volume, warming_up)
            self._last_value = value

    def _turn(self, utc: datetime, value: Decimal, volume: Decimal, warming_up: bool) -> None:
        """Write the turnover down; a second sample of one moment takes the place of the first."""
        again = self._volume_time == utc
        since = self._volumes[0] if again else self._volumes[1]
        self._volumes = [self._volumes[1], volume]
        self._volume_time = utc
        if warming_up:
            return
        if self.turnover and self.turnover[-1][0] == utc:
            self.turnover.pop()
        self.turnover.append((utc, smart_rounded((volume - since) / value)))

    @staticmethod
    def _add(series: Series, utc: datetime, value: Decimal, warming_up: bool) -> None:
        """Write a point down, unless one of that moment stands already."""
        if not warming_up and (not series or utc > series[-1][0]):
            series.append((utc, smart_rounded(value)))
