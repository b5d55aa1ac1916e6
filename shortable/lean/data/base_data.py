"""`BaseData`: what everything that reaches an algorithm has in common."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shortable.lean.enums import MarketDataType
from shortable.lean.names import LeanObject
from shortable.lean.symbols import Symbol

__all__ = ["NO_TIME", "BaseData", "PythonData"]

NO_TIME = datetime.min


class BaseData(LeanObject):
    """One point of data.

    Attributes
    ----------
    symbol : Symbol
    time : datetime
        When it begins, naive, New York.
    end_time : datetime
        When it is known; for a plain point the same as `time`.
    value : float
        The price, or whatever the point says.
    data_type : MarketDataType
    is_fill_forward : bool
        Whether it repeats an earlier point because there was nothing new.
    """

    symbol: Symbol
    time: datetime
    value: float
    data_type: MarketDataType
    is_fill_forward: bool

    def __init__(self) -> None:
        self.__dict__.update(
            symbol=Symbol.empty,
            time=NO_TIME,
            value=0.0,
            data_type=MarketDataType.BASE,
            is_fill_forward=False,
        )

    @property
    def end_time(self) -> datetime:
        """When the point is known."""
        return self.time

    @end_time.setter
    def end_time(self, value: datetime) -> None:
        self.time = value

    @property
    def price(self) -> float:
        """The value."""
        return self.value

    def clone(self, fill_forward: bool | None = None) -> Any:
        """Return a copy; `fill_forward` marks it as a repeat."""
        twin = object.__new__(
            type(self)
        )  # copy.copy takes fifty times as long, and fill-forward clones every bar
        twin.__dict__.update(self.__dict__)
        if fill_forward is not None:
            twin.is_fill_forward = fill_forward
        return twin

    def default_resolution(self) -> Any:
        """Return the resolution that custom data have where none is asked for."""
        from shortable.lean.enums import Resolution

        return Resolution.MINUTE

    def __str__(self) -> str:
        return f"{self.symbol}: {self.value:g}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


class PythonData(BaseData):
    """Base of the data types that users write themselves; further values are items or attributes.

    Examples
    --------
    >>> point = PythonData()
    >>> point["Rate"] = 0.05
    >>> point["rate"], point.rate, point.Rate
    (0.05, 0.05, 0.05)
    """

    def __getitem__(self, name: str) -> Any:
        from shortable.names import snake_case

        try:
            return getattr(self, snake_case(name))
        except AttributeError:
            raise KeyError(name) from None

    def __setitem__(self, name: str, value: Any) -> None:
        from shortable.names import snake_case

        setattr(self, snake_case(name), value)

    def get_property(self, name: str) -> Any:
        """Return a value by name."""
        return self[name]

    def set_property(self, name: str, value: Any) -> Any:
        """Set a value by name."""
        self[name] = value
        return value
