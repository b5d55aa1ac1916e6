"""`PythonIndicator`: indicators that users write (LEAN: Indicators/PythonIndicator.cs)."""

from __future__ import annotations

import functools
from datetime import datetime
from decimal import Decimal
from typing import Any

from shortable.lean.indicators.base import IndicatorBase
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

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self._ready = False

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

    def after_update(self, data: Any, ready: Any) -> bool:
        """Make the user's value the current one."""
        if not hasattr(self, "updated"):  # the user's constructor did not call ours
            kept = dict(self.__dict__)
            PythonIndicator.__init__(self, str(kept.get("name", "")))
            self.__dict__.update(kept)
        self._ready = bool(ready)
        self.samples += 1
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
