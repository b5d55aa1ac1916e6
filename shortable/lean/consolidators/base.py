"""What makes longer bars out of shorter ones, and when such a bar is whole.

LEAN: Common/Data/Consolidators/DataConsolidator.cs and PeriodCountConsolidatorBase.cs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.consolidators.calendar import CalendarInfo, rounded_down
from shortable.lean.data import BaseData, TradeBar
from shortable.lean.enums import Resolution
from shortable.lean.indicators.event import Event
from shortable.lean.indicators.window import RollingWindow
from shortable.lean.names import LeanObject

__all__ = ["DataConsolidator", "PeriodCountConsolidator", "PythonConsolidator"]

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_PROBE = datetime(2022, 1, 3, 10, 10, 10)  # PeriodCountConsolidatorBase.cs, _verificationDate
_LENGTHS = {Resolution.MINUTE: timedelta(minutes=1), Resolution.HOUR: _HOUR, Resolution.DAILY: _DAY}


class DataConsolidator(LeanObject):
    """Takes data in and hands longer data to ``data_consolidated`` as ``(consolidator, bar)``.

    Attributes
    ----------
    input_type, output_type : type
        What it takes and what it makes.
    consolidated : BaseData or None
        The last bar that was whole; also ``window[0]``.
    """

    input_type: type = BaseData
    output_type: type = BaseData

    data_consolidated: Event
    window: RollingWindow[Any]

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Make the state before a user's constructor, which need not call ours."""
        self = super().__new__(cls)
        self.__dict__.update(data_consolidated=Event(), window=RollingWindow(2))
        return self

    @property
    def consolidated(self) -> Any:
        """The last bar that was whole."""
        return self.window[0]

    @property
    def previous(self) -> Any:
        """The one before."""
        return self.window[1]

    @property
    def working_data(self) -> Any:
        """A copy of the bar that is being made, or None."""
        return None

    @property
    def pending_end(self) -> datetime | None:
        """When the bar that is being made ends for good, or None."""
        return None

    def update(self, data: Any) -> None:
        """Take a piece of data in."""
        raise NotImplementedError

    def scan(self, current_local_time: datetime) -> None:
        """Hand over the bar that has ended by a time, though no data came after it."""

    def reset(self) -> None:
        """Return to the state before any data; handlers stay."""
        self.window.reset()

    def dispose(self) -> None:
        """Forget the handlers."""
        self.data_consolidated = Event()

    def on_data_consolidated(self, consolidated: Any) -> None:
        """Hand a whole bar over."""
        self.window.add(consolidated)
        self.data_consolidated(self, consolidated)


class PythonConsolidator(LeanObject):
    """Base of a consolidator that users write from nothing: `update`, `scan`, and the types it takes and makes.

    Its ``OnDataConsolidated(self, bar)`` hands a bar over (LEAN: Common/Python/PythonConsolidator.cs).
    """

    input_type: Any = TradeBar
    output_type: Any = TradeBar
    consolidated: Any = None
    working_data: Any = None

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Make the event before the user's constructor, which need not call ours."""
        self = super().__new__(cls)
        self.__dict__["data_consolidated"] = Event()
        return self

    def update(self, data: Any) -> None:
        """Take a piece of data in."""

    def scan(self, current_local_time: datetime) -> None:
        """Look whether time alone has ended a bar."""

    def reset(self) -> None:
        """Forget the bar that is being made."""

    def on_data_consolidated(self, consolidator: Any, data: Any) -> None:
        """Hand a whole bar over."""
        self.__dict__["data_consolidated"](consolidator, data)


class PeriodCountConsolidator(DataConsolidator):
    """Bars of a span of time, of a number of pieces, of both, or by a rule of the calendar.

    Parameters
    ----------
    period : timedelta, Resolution, int or callable
        Length of a bar, how many pieces make one, or a function from a time to `CalendarInfo`.
    span : timedelta, optional
        With a number of pieces: the length at which a bar is whole before it has them all.
    """

    _count: int | None = None
    _rule: Callable[[datetime], CalendarInfo] | None = None
    _span: timedelta | None = None
    _by_length = _checked = False
    _symbol: Any = None
    _working: Any = None
    _last_emit: datetime | None = None
    _seen = 0

    def __init__(
        self,
        period: timedelta | Resolution | int | Callable[[datetime], CalendarInfo],
        span: timedelta | None = None,
    ) -> None:
        self._span = span
        if isinstance(period, Resolution):
            if period not in _LENGTHS:
                raise InvalidInputError(
                    "period", str(period), f"be one of {', '.join(map(str, _LENGTHS))}"
                )
            self._span = _LENGTHS[period]
        elif isinstance(period, timedelta):
            self._span = period
        elif callable(period):
            if period(_PROBE)[0] > _PROBE:
                raise InvalidInputError(
                    "period", period, "return a start that is not after the time it is asked about"
                )
            self._rule, self._span = period, timedelta(seconds=1)
        elif isinstance(period, int) and period > 0:
            self._count = period
        else:
            raise InvalidInputError(
                "period", period, "be a timedelta, a Resolution, a positive int or a function"
            )
        self._by_length = self._count is None and self._rule is None

    @property
    def is_time_based(self) -> bool:
        """Whether time alone says when a bar is whole."""
        return self._count is None

    @property
    def period(self) -> timedelta | None:
        """Length of a bar, or None."""
        return self._span

    @property
    def working_data(self) -> Any:
        """A copy of the bar that is being made, or None."""
        return None if self._working is None else self._working.clone()

    @property
    def pending_end(self) -> datetime | None:
        """When the bar that is being made ends, or None."""
        if self._working is None or not self._span:
            return None
        end: datetime = self._working.time + self._span
        return end

    def update(self, data: Any) -> None:
        """Take a piece of data in; a bar covers the times from its start up to, but without, its end."""
        self._check(data)
        fire, first_in = False, self._count is not None
        if self._count is not None:
            self._seen += 1
            if self._seen >= self._count:
                self._seen, fire = 0, True
        if self._last_emit is None:
            self._last_emit = datetime.min if self.is_time_based else data.time
        if self._span is not None:
            if (
                self._working is not None
                and data.time - self._working.time >= self._span
                and self._start_of(data) > self._last_emit
            ):
                fire = True
            if not self._span:
                fire = first_in = True
        if first_in and data.time >= self._last_emit:
            self._take(data)
        if fire:
            if isinstance(self._working, TradeBar) and self._span is not None:
                self._working.period = self._span
            ends = self._working is not None and self.is_time_based
            self._last_emit = self._working.end_time if ends else data.time
            self._finish()
        assert self._last_emit is not None
        if not first_in and data.time >= self._last_emit:
            self._take(data)

    def _check(self, data: Any) -> None:
        """Refuse a second symbol, and data longer than the bars that are to be made of them."""
        if self._symbol is None:
            self._symbol = data.symbol
        elif data.symbol != self._symbol:
            raise InvalidInputError("data", str(data.symbol), f"be of one symbol, {self._symbol}")
        if not self._checked and self._span is not None and self._by_length:
            self._checked = True
            if data.end_time - data.time > self._span:
                raise InvalidInputError(
                    "period", self._span, f"be at least the data's own, {data.end_time - data.time}"
                )

    def _take(self, data: Any) -> None:
        """Add data to the bar that is being made, or begin one."""
        if self._working is None:
            self._working = self._begin(data)
        else:
            self._add(self._working, data)
        if self._count is not None:
            self._working.end_time = data.end_time

    def _begin(self, data: Any) -> Any:
        raise NotImplementedError

    def _add(self, working: Any, data: Any) -> None:
        raise NotImplementedError

    def _finish(self) -> None:
        """Hand the bar over; its place is empty only when all handlers have run."""
        bar = self._working
        if bar is not None:
            self.on_data_consolidated(bar)
        self._working = None

    def aggregate_bar(self, working_bar: Any, data: Any) -> Any:
        """Add data to a bar that a user's consolidator makes; return it, a new one where there was none."""
        if working_bar is None:
            return self._begin(data)
        self._add(working_bar, data)
        return working_bar

    def get_rounded_bar_time(self, data: Any) -> datetime:
        """Return the start of the bar that data, or a time, belong to."""
        return self._rounded(data) if isinstance(data, datetime) else self._start_of(data)

    def _rounded(self, time: datetime) -> datetime:
        """Return the start of the bar that a time belongs to; a rule sets the length of a bar that is to begin."""
        if self._rule is not None:
            start, span = self._rule(time)[:2]
            if self._working is None:
                self._span = span
            return start
        if not self._by_length or self._span is None or self._span > _DAY:
            return time
        return rounded_down(time, self._span)

    def _start_of(self, data: Any) -> datetime:
        """Return the start of the bar that data belong to."""
        start = self._rounded(data.time)
        if self._span is not None and start + self._span < data.end_time:
            # an hour bar of US equities may begin before the market opens, so its time lies in the day before
            if data.end_time - data.time == _HOUR and start.date() < data.time.date():
                return self._rounded(data.end_time)
            return data.time  # type: ignore[no-any-return]
        return start

    def _new_period(self, data: Any) -> timedelta:
        return (
            self._span
            if self.is_time_based and self._span is not None
            else data.end_time - data.time
        )

    def scan(self, current_local_time: datetime) -> None:
        """Hand over the bar that has ended by a time, though no data came after it."""
        if self._working is None or not self._span or self._last_emit is None:
            return
        if (
            current_local_time - self._working.time >= self._span
            and self._rounded(current_local_time) > self._last_emit
        ):
            self._last_emit = self._working.end_time
            self._finish()

    def reset(self) -> None:
        """Return to the state before any data; handlers stay."""
        super().reset()
        self._symbol = self._working = self._last_emit = None
        self._seen, self._checked = 0, False
