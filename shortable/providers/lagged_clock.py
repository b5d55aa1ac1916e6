"""A market's clock as a provider reads it: with a lag, and for whole arrays of wall times."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from shortable.clock import from_instant, instants, to_instant, to_local
from shortable.errors import TimeError
from shortable.market import Market

__all__ = ["DAY", "DAYS_KEPT", "FIRST_WALL", "LaggedClock", "before", "microseconds"]

DAY = 86_400_000_000
"""Microseconds of a day on which the clock does not jump."""
DAYS_KEPT = 1 << 16
"""180 years: who asks for more days than that, at random, lets tables be filled anew."""
FIRST_WALL, _LAST_WALL = (
    -62_135_596_800_000_000,
    253_402_000_000_000_000,
)  # datetime's range, less three days
_HOUR = 3_600_000_000
_MICROSECOND = timedelta(microseconds=1)
# Of a timedelta: 18,000 years, more than two datetimes can lie apart, and far from the end of int64.
_LONGEST = 1 << 59
_JUMP = -(1 << 62)  # stands in a table of shifts for a day on which the clock jumps


def microseconds(span: timedelta) -> int:
    """Return a time span as whole microseconds, cut at what two datetimes can lie apart.

    Examples
    --------
    >>> microseconds(timedelta(days=1)) == DAY
    True
    """
    return max(min(span // _MICROSECOND, _LONGEST), -_LONGEST)


def before(wall: datetime, lag: timedelta) -> datetime:
    """Return a naive wall time less a lag; the first one there is where that would lie before the year 1."""
    try:
        return wall - lag
    except OverflowError:
        return datetime.min


class LaggedClock:
    """A market's clock as a provider with a lag reads it: the answer at t is the one of t − lag.

    The lag is taken off the wall time; without one, aware times and ``fold`` are read to the instant.

    Parameters
    ----------
    market : Market
        Whose wall time naive times are.
    lag : timedelta
        At least 0.
    """

    def __init__(self, market: Market, lag: timedelta = timedelta(0)) -> None:
        self.market, self.lag = market, lag
        self._starts: dict[int, int] = {}
        self._shifts: tuple[int, npt.NDArray[np.int64]] = (0, np.empty(0, np.int64))

    def instant(self, moment: datetime) -> int:
        """Return the instant that a look-up at `moment`, naive or aware, sees."""
        try:
            if self.lag:
                return to_instant(before(to_local(moment, self.market), self.lag), self.market)
            return to_instant(moment, self.market)
        except OverflowError:
            raise TimeError(
                "local_time", moment, "lie in the years 1 to 9999 on the exchange's clock"
            ) from None

    def start(self, ordinal: int) -> int:
        """Return the instant seen at midnight, the start of the day with that proleptic ordinal."""
        start = self._starts.get(ordinal)
        if start is None:
            if len(self._starts) > DAYS_KEPT:
                self._starts.clear()
            start = self._starts[ordinal] = self.instant(datetime.fromordinal(ordinal))
        return start

    def first_wall(self, instant: int) -> datetime:
        """Return the first naive wall time, ``fold`` 0, at which a look-up sees that instant.

        That is the instant's wall time, but for the second pass of an hour that the clock repeats: naive times of
        that hour read as the first one, so it is the end of the hour.
        """
        wall = from_instant(instant, self.market)
        if wall.fold:
            low, high = 0, 2 * _HOUR  # no zone of ours repeats more than an hour
            start = wall.replace(fold=0)
            while high - low > 1:
                middle = (low + high) // 2
                seen = to_instant(start + timedelta(microseconds=middle), self.market) >= instant
                low, high = (low, middle) if seen else (middle, high)
            wall = start + timedelta(microseconds=high)
        try:
            return wall + self.lag
        except OverflowError:
            return datetime.max

    def wall_instants(
        self, wall: npt.NDArray[np.int64], first: int, last: int
    ) -> npt.NDArray[np.int64]:
        """Return the instants seen at many naive wall times.

        Parameters
        ----------
        wall : ndarray of int64
            Microseconds since 1970-01-01 00:00 on the market's clock.
        first, last : int
            Instants between which exactness matters. Beyond them only the order is kept.
        """
        lag = microseconds(self.lag)
        # Wall time and UTC differ by less than a day; one more day on each side is read by its neighbour's shift.
        low, high = ((at + lag) // DAY + more for at, more in ((first, -2), (last, 2)))
        if high - low > DAYS_KEPT:
            seen = np.maximum(wall - lag, FIRST_WALL)
            return instants(seen.view("datetime64[us]"), self.market)
        low = min(max(low, FIRST_WALL // DAY), _LAST_WALL // DAY - 1)
        high = max(min(high, _LAST_WALL // DAY), low + 1)
        shifts = self._shift_table(low, high)
        day = wall // DAY
        day -= low
        found: npt.NDArray[np.int64] = shifts.take(day, mode="clip")
        found += wall
        if len(found) and found.min() < _JUMP // 2:
            jumps = np.flatnonzero(found < _JUMP // 2)
            distinct, inverse = np.unique(wall[jumps], return_inverse=True)
            exact = [self.instant(m) for m in distinct.view("datetime64[us]").tolist()]
            found[jumps] = np.array(exact, np.int64)[inverse]
        return found

    def _shift_table(self, low: int, high: int) -> npt.NDArray[np.int64]:
        """Return, for the days low to high since the epoch, what turns wall time into instants."""
        start, table = self._shifts
        if len(table) and start == low and len(table) == high - low + 1:
            return table
        days = np.arange(low, high + 2, dtype=np.int64)
        seen = np.maximum(days * DAY - microseconds(self.lag), FIRST_WALL)
        starts = instants(seen.view("datetime64[us]"), self.market)
        table = np.where(np.diff(starts) == DAY, starts[:-1] - days[:-1] * DAY, _JUMP)
        for edge, inner in ((0, 1), (-1, -2)):
            # All that lies outside is read by the first or last shift, so these must not be jumps.
            if table[edge] == _JUMP:
                table[edge] = table[inner]
        self._shifts = (low, table)
        return table
