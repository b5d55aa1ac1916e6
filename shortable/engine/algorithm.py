"""Algorithm: the base class of strategies, with LEAN's names in snake_case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shortable.engine.algorithm_setup import SetupMixin
from shortable.engine.algorithm_shortable import ShortableMixin
from shortable.engine.algorithm_targets import TargetsMixin
from shortable.engine.core import Core
from shortable.engine.orders import OrderEvent
from shortable.engine.slices import Slice
from shortable.engine.transactions import SecurityTransactionManager
from shortable.errors import InvalidInputError

__all__ = ["Algorithm"]


class Algorithm(SetupMixin, TargetsMixin, ShortableMixin):
    """A strategy: derive from it, override `initialize` and `on_data`, and run it with `Backtest`.

    A daily bar is handled at its session's close, an intraday bar at its end; orders sent then fill from the
    next bar on. Where securities have bars of several lengths, that is the next bar that begins then or later: a
    daily bar that began before an order of the same day fills it only if it is an order on the close. An
    algorithm takes attributes of the user's own, and its ``__init__`` need not call this one's.

    Examples
    --------
    >>> import pandas as pd
    >>> from shortable.engine import Backtest, MarketData
    >>> class ShortOnce(Algorithm):
    ...     def initialize(self):
    ...         self.spy = self.add_equity("SPY")
    ...     def on_data(self, slice):
    ...         if not self.portfolio.invested:
    ...             self.sell("SPY", 100)
    >>> bars = pd.DataFrame({"close": [470.0, 465.0]}, index=pd.to_datetime(["2024-01-02", "2024-01-03"]))
    >>> result = Backtest(ShortOnce, MarketData.from_frames({"SPY": bars})).run()
    >>> result.algorithm.portfolio["SPY"].quantity
    -100
    """

    _core: Core

    def __new__(cls, *args: Any, **kwargs: Any) -> Algorithm:
        """Prepare the state here rather than in ``__init__``, which subclasses forget to call."""
        self = super().__new__(cls)
        self._core = Core()
        return self

    def initialize(self) -> None:
        """Say once, before the first bar, what is traded, when, with how much cash and whose availability."""

    def on_data(self, slice: Slice) -> None:
        """Handle the bars that have just become known; the place to send orders."""

    def on_order_event(self, order_event: OrderEvent) -> None:
        """Hear of one thing that happened to an order."""

    def on_end_of_day(self, symbol: Any) -> None:
        """Hear of a session's end, once for each subscribed symbol, after its last bar was handled."""

    def on_end_of_algorithm(self) -> None:
        """Finish, after the last bar was handled."""

    @property
    def time(self) -> datetime:
        """The clock, exchange-local and naive: when the bars being handled became known."""
        return self._core.book.time

    @property
    def transactions(self) -> SecurityTransactionManager:
        """The orders."""
        return self._core.transactions

    @property
    def log_lines(self) -> list[tuple[datetime, str, str]]:
        """What was logged: time, level, text."""
        return self._core.log

    def log(self, message: Any) -> None:
        """Keep a line for the result."""
        self._core.log.append((self._core.book.time, "log", str(message)))

    def debug(self, message: Any) -> None:
        """Keep a line for the result, at level "debug"."""
        self._core.log.append((self._core.book.time, "debug", str(message)))

    def error(self, message: Any) -> None:
        """Keep a line for the result, at level "error"."""
        self._core.log.append((self._core.book.time, "error", str(message)))

    def quit(self, message: str = "") -> None:
        """End the run when the callback that is running has returned."""
        self._core.log.append((self._core.book.time, "quit", str(message)))
        self._core.quitting = True

    def get_parameter(self, name: str, default_value: Any = None) -> Any:
        """Return one of the `Backtest`'s parameters, as the type of `default_value` where that is a number.

        Raises
        ------
        InvalidInputError
            The parameter is text that is no such number.

        Examples
        --------
        >>> Algorithm().get_parameter("lookback", 20)
        20
        """
        value = self._core.parameters.get(name, default_value)
        kind = type(default_value)
        if kind not in (int, float) or isinstance(value, kind):
            return value
        try:
            return kind(value)
        except (TypeError, ValueError):
            raise InvalidInputError(
                f"parameters[{name!r}]", value, f"be readable as {kind.__name__}"
            ) from None
