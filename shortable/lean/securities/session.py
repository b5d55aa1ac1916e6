"""``security.session``: the trading day as far as it has come, and the days before (LEAN: Common/Data/Market/Session.cs)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.data import TradeBar
from shortable.lean.names import LeanObject

__all__ = ["Session", "SessionBar"]


class SessionBar(LeanObject):
    """One trading day's prices and volume, zeros before its first trade."""

    def __init__(self, time: datetime | None = None) -> None:
        self.time = time
        self.open = self.high = self.low = self.close = self.volume = self.open_interest = 0.0

    def take(self, bar: TradeBar) -> None:
        """Add a bar of this day."""
        first = not self.open
        self.open = bar.open if first else self.open
        self.high = max(self.high, bar.high)
        self.low = bar.low if first else min(self.low, bar.low)
        self.close = bar.close
        self.volume += bar.volume

    def __repr__(self) -> str:
        return f"<SessionBar {self.time} O {self.open} H {self.high} L {self.low} C {self.close} V {self.volume}>"


class Session(LeanObject):
    """``session[0]`` is today, ``session[1]`` the trading day before; today's figures also as attributes.

    Days are kept from the moment that `size` is set: it says how many. Only trades of regular market hours count.

    Parameters
    ----------
    during : callable
        Whether a bar lies in regular market hours, from its beginning and end.
    """

    def __init__(self, during: Callable[[datetime, datetime], bool]) -> None:
        self._during = during
        self._bars: deque[SessionBar] = deque(maxlen=0)

    @property
    def size(self) -> int:
        """How many days are kept."""
        return self._bars.maxlen or 0

    @size.setter
    def size(self, value: int) -> None:
        if int(value) != value or value < 0:
            raise InvalidInputError("size", value, "be a whole number, at least 0")
        self.__dict__["_bars"] = deque(list(self._bars)[: int(value)], maxlen=int(value))

    @property
    def count(self) -> int:
        """How many days there are."""
        return len(self._bars)

    @property
    def is_trading_day_data_ready(self) -> bool:
        """Whether there is a day."""
        return bool(self._bars)

    def update(self, data: Sequence[Any]) -> None:
        """Take in bars of trades; others are passed over."""
        for bar in data:
            if (
                not isinstance(bar, TradeBar)
                or bar.is_fill_forward
                or not self._during(bar.time, bar.end_time)
            ):
                continue
            today = self._bars[0] if self._bars else None
            if today is None or today.time is None or today.time.date() != bar.time.date():
                today = SessionBar(datetime.combine(bar.time.date(), datetime.min.time()))
                self._bars.appendleft(today)
            today.take(bar)

    def reset(self) -> None:
        """Forget all days."""
        self._bars.clear()

    def __getitem__(self, index: int) -> SessionBar:
        return self._bars[index] if 0 <= index < len(self._bars) else SessionBar()

    def __len__(self) -> int:
        return len(self._bars)

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[SessionBar]:
        return iter(list(self._bars))

    def __getattr__(self, name: str) -> Any:
        if name.lower() in (
            "open",
            "high",
            "low",
            "close",
            "volume",
            "open_interest",
            "openinterest",
        ):
            return getattr(self[0], name)
        return super().__getattr__(name)
