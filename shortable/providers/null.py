"""No restriction: every symbol can be shorted, in any size, free of fees; the provider of a backtest that names none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from shortable.clock import LocalTime, as_datetime
from shortable.provider import Pairs, ShortableProvider
from shortable.symbol import Symbol

__all__ = ["NullShortableProvider"]


class NullShortableProvider(ShortableProvider):
    """Answers None, "no restriction known", for every symbol at every time, and rates of 0.

    Examples
    --------
    >>> NullShortableProvider().shortable_quantity("SPY", datetime(2024, 1, 2)) is None
    True
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def shortable_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        """Return None."""
        if type(symbol) is not Symbol:
            Symbol.create(symbol)
        if type(local_time) is not datetime:
            as_datetime(local_time)
        return None

    def all_shortable_symbols(self, local_time: LocalTime) -> dict[Symbol, int]:
        """Return an empty dict: no symbol has a known quantity."""
        if type(local_time) is not datetime:
            as_datetime(local_time)
        return {}

    @property
    def at_rest(self) -> bool:
        """True: it has nothing that could change."""
        return True

    def _has_quantities(self, pairs: Pairs) -> npt.NDArray[np.bool_]:
        return np.zeros(len(pairs), np.bool_)

    def _quantities(self, pairs: Pairs) -> npt.NDArray[np.int64]:
        return np.full(len(pairs), -1, np.int64)

    def _fee_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        return np.full(len(pairs), np.nan)

    def _change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        return set()

    def _with_lag(self, lag: timedelta) -> ShortableProvider:
        return self
