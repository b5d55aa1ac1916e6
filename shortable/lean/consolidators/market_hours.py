"""Daily bars that end with the session (LEAN: Common/Data/Consolidators/MarketHourAwareConsolidator.cs)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from shortable.lean.consolidators.bars import QuoteBarConsolidator, TradeBarConsolidator
from shortable.lean.consolidators.base import DataConsolidator, PeriodCountConsolidator
from shortable.lean.consolidators.calendar import market_day
from shortable.lean.data import QuoteBar, TradeBar
from shortable.lean.data.hours import ExchangeHours
from shortable.lean.enums import Resolution

__all__ = ["MarketHourAwareConsolidator"]

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


class MarketHourAwareConsolidator(DataConsolidator):
    """Longer bars from market hours alone; a day lasts from the open to the close.

    Parameters
    ----------
    daily_strict_end_time_enabled : bool
        Whether a day ends at the close, or at midnight.
    resolution : Resolution or timedelta
    data_type : type
        `TradeBar` or `QuoteBar`.
    tick_type : TickType, optional
        Kept as in LEAN; the type of data says it.
    extended_market_hours : bool, default False
        Whether early and late sessions belong to the bars.
    hours : ExchangeHours, optional
        Sessions; default the New York Stock Exchange's.
    """

    def __init__(
        self,
        daily_strict_end_time_enabled: bool,
        resolution: Any,
        data_type: type = TradeBar,
        tick_type: Any = None,
        extended_market_hours: bool = False,
        *,
        hours: ExchangeHours | None = None,
    ) -> None:
        super().__init__()
        self._extended = extended_market_hours
        self._hours = hours or ExchangeHours()
        self._daily = resolution in (Resolution.DAILY, _DAY)
        made = QuoteBarConsolidator if issubclass(data_type, QuoteBar) else TradeBarConsolidator
        self.input_type = self.output_type = made.input_type
        rule: Any = resolution
        if self._daily:
            rule = (
                market_day(self._hours, extended_market_hours)
                if daily_strict_end_time_enabled
                else _DAY
            )
        self._inner: PeriodCountConsolidator = made(rule)
        self._inner.data_consolidated += lambda sender, bar: self.on_data_consolidated(bar)

    @property
    def period(self) -> timedelta | None:
        """Length of a bar."""
        return _DAY if self._daily else self._inner.period

    @property
    def working_data(self) -> Any:
        """A copy of the bar that is being made, or None."""
        return self._inner.working_data

    @property
    def pending_end(self) -> datetime | None:
        """When the bar that is being made ends, or None."""
        return self._inner.pending_end

    def update(self, data: Any) -> None:
        """Take in data of market hours; an hour bar in which the market opens belongs to its day."""
        if self._extended or self._hours.is_open(data.time, False) or self._opens_within(data):
            self._inner.update(data)

    def _opens_within(self, data: Any) -> bool:
        if not self._daily or data.end_time - data.time < _HOUR:
            return False
        session = self._hours.regular(data.time.date())
        return session is not None and session[0] < data.end_time and session[1] > data.time

    def scan(self, current_local_time: datetime) -> None:
        """Hand over the bar that has ended by a time, though no data came after it."""
        self._inner.scan(current_local_time)

    def reset(self) -> None:
        """Return to the state before any data; handlers stay."""
        super().reset()
        self._inner.reset()
