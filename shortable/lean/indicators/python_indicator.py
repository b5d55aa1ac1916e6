"""`PythonIndicator`: indicators that users write (LEAN: Indicators/PythonIndicator.cs)."""

from __future__ import annotations

import functools
from datetime import datetime
from decimal import Decimal
from typing import Any

from shortable.lean.indicators.base import IndicatorBase
from shortable.lean.indicators.points import shown
from shortable.lean.numbers import decimal_of
from shortable.lean.symbols import Symbol

__all__ = ["PythonIndicator"]


class PythonIndicator(IndicatorBase[Any]):
    """Base of an indicator with an `update` of its own, which sets `value` and returns whether it is ready.

    Examples
    --------
    >>> from datetime import datetime
    >>> from shortable.lean.data import IndicatorDataPoint
    >>> class Doubled(PythonIndicator):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.name, self.value = "doubled", 0.0
    ...     def Update(self, point):
    ...         self.value = 2 * point.value
    ...         return True
    >>> mine = Doubled()
    >>> mine.update(IndicatorDataPoint(datetime(2024, 1, 2), 1.5)), mine.Current.Value, mine.samples
    (True, 3.0, 1)
    """

    value: Any = 0.0

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Make the state before the user's constructor, which need not call ours."""
        self = super().__new__(cls)
        fresh = object.__new__(IndicatorBase)
        IndicatorBase.__init__(fresh)
        self.__dict__.update(fresh.__dict__, _ready=False, _told=False)
        return self

    def __init__(self, name: str = "") -> None:
        if name:
            self.name = name

    def __init_subclass__(cls, **keywords: Any) -> None:
        for spelling in ("update", "Update"):
            theirs = cls.__dict__.get(spelling)
            if theirs is not None and not hasattr(theirs, "_counted"):
                setattr(cls, spelling, _counted(theirs))
        super().__init_subclass__(**keywords)

    @property
    def is_ready(self) -> bool:
        """What `update` returned last."""
        return self._ready

    @is_ready.setter
    def is_ready(self, value: bool) -> None:
        self._ready = bool(value)

    def take(self, item: Any, source: Any = None) -> bool:
        """Take in the value of another indicator: the user's `update` gets it as a point."""
        return bool(self.update(shown(item)))

    def on_updated(self, consolidated: Any) -> None:
        """Make a point the current value, and tell the handlers."""
        self._told = True
        self._set(consolidated.symbol, consolidated.end_time, decimal_of(consolidated.value))

    def after_update(self, data: Any, ready: Any) -> bool:
        """Make the user's value the current one."""
        self._ready = bool(ready)
        self.samples += 1
        if self._told:  # the user's `update` did it itself
            self._told = False
            return bool(ready)
        value = self.value if self.value is not None else 0.0
        time = getattr(data, "end_time", getattr(self, "time", datetime.min))
        exact: Decimal = decimal_of(getattr(value, "value", value))
        self._set(getattr(data, "symbol", Symbol.empty), time, exact)
        return bool(ready)


def _counted(update: Any) -> Any:
    """Wrap a user's `update` so that samples, current value and handlers follow."""

    @functools.wraps(update)
    def wrapper(self: PythonIndicator, *arguments: Any) -> bool:
        ready = update(self, *arguments)
        return self.after_update(arguments[0] if arguments else None, ready)

    wrapper._counted = True  # type: ignore[attr-defined]
    return wrapper
