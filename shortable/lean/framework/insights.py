"""The insights that there are (LEAN: Common/Algorithm/Framework/Alphas/InsightCollection.cs, InsightManager.cs)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from shortable.lean.collections import CountedList
from shortable.lean.feed.keys import as_symbol
from shortable.lean.framework.insight import Insight
from shortable.lean.models import check_model, method
from shortable.lean.names import LeanObject
from shortable.lean.symbols import Symbol

__all__ = ["GeneratedInsightsCollection", "InsightCollection", "InsightManager"]

_Filter = Callable[[Insight], bool] | None


class InsightCollection(LeanObject):
    """Insights by symbol, and a record of all that ever were.

    Examples
    --------
    >>> insights = InsightCollection()
    >>> insights.count, list(insights), insights.get_next_expiry_time()
    (0, [], None)
    """

    def __init__(self) -> None:
        self._open: dict[Symbol, list[Insight]] = {}
        self._all: list[Insight] = []

    def _of(self, symbol: Any) -> list[Insight]:
        found = as_symbol(symbol)
        return self._open.get(found, []) if found is not None else []

    @property
    def count(self) -> int:
        """How many insights there are."""
        return len(self)

    @property
    def total_count(self) -> int:
        """How many there ever were."""
        return len(self._all)

    def __len__(self) -> int:
        return sum(len(insights) for insights in self._open.values())

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Insight]:
        return iter([insight for insights in self._open.values() for insight in insights])

    def __contains__(self, item: object) -> bool:
        return (
            any(item is insight for insight in self)
            if isinstance(item, Insight)
            else self.contains_key(item)
        )

    def __getitem__(self, symbol: Any) -> list[Insight]:
        if not self.contains_key(symbol):
            raise KeyError(f"There is no insight for {symbol}")
        return CountedList(self._of(symbol))

    def __setitem__(self, symbol: Any, insights: Iterable[Insight] | None) -> None:
        found = as_symbol(symbol)
        assert found is not None
        self._open[found] = list(insights or ())

    def contains(self, item: Insight) -> bool:
        """Whether an insight is there."""
        return item in self

    def contains_key(self, symbol: Any) -> bool:
        """Whether there is any insight for a symbol."""
        return bool(self._of(symbol))

    def try_get_value(self, symbol: Any, insights: Any = None) -> tuple[bool, list[Insight] | None]:
        """Return whether there are insights for a symbol, and which."""
        found = list(self._of(symbol))
        return bool(found), found or None

    def add(self, item: Insight) -> None:
        """Take an insight in."""
        self._all.append(item)
        self._open.setdefault(item.symbol, []).append(item)

    def add_range(self, insights: Iterable[Insight]) -> None:
        """Take insights in."""
        for insight in insights:
            self.add(insight)

    def remove(self, item: Insight) -> bool:
        """Let an insight go; return whether it was there."""
        known = self._open.get(item.symbol, [])
        left = [insight for insight in known if insight is not item]
        if len(left) == len(known):
            return False
        if left:
            self._open[item.symbol] = left
        else:
            del self._open[item.symbol]
        return True

    def clear(self, symbols: Iterable[Any]) -> None:
        """Let all insights for some symbols go."""
        for symbol in map(as_symbol, symbols):
            if symbol is not None:
                self._open.pop(symbol, None)

    def get_next_expiry_time(self) -> datetime | None:
        """Return when the first insight will be over, or None where there is none."""
        return min((insight.close_time_utc for insight in self), default=None)

    def get_active_insights(self, utc_time: datetime) -> list[Insight]:
        """Return the insights that are not over."""
        return CountedList(insight for insight in self if insight.is_active(utc_time))

    def has_active_insights(self, symbol: Any, utc_time: datetime) -> bool:
        """Whether an insight for a symbol is not over."""
        return any(insight.is_active(utc_time) for insight in self._of(symbol))

    def remove_expired_insights(self, utc_time: datetime) -> list[Insight]:
        """Let insights go that are over, and return them."""
        over = CountedList(insight for insight in self if insight.is_expired(utc_time))
        for insight in over:
            self.remove(insight)
        return over

    def get_insights(self, filter: _Filter = None) -> list[Insight]:
        """Return those of all insights that ever were for which a condition holds."""
        return CountedList(insight for insight in self._all if filter is None or filter(insight))

    def remove_insights(self, filter: Callable[[Insight], bool]) -> None:
        """Strike insights from the record of all that ever were."""
        self._all = [insight for insight in self._all if not filter(insight)]


class InsightManager(InsightCollection):
    """``self.insights``.

    Parameters
    ----------
    utc_time : callable
        Returns the time now.
    """

    def __init__(self, utc_time: Callable[[], datetime]) -> None:
        super().__init__()
        self._utc_time, self._score = utc_time, None

    def set_insight_score_function(self, insight_score_function: Any) -> None:
        """Have insights scored by an object with ``score(insights, utc_time)``, at every step."""
        self._score = check_model("insight_score_function", insight_score_function, "score")

    def step(self, utc_now: datetime) -> None:
        """Have insights scored."""
        if self._score is not None:
            method(self._score, "score")(self, utc_now)

    def expire(self, what: Iterable[Any]) -> None:
        """End insights, or all insights for some symbols."""
        now = self._utc_time()
        for one in list(what or ()):
            for insight in [one] if isinstance(one, Insight) else list(self._of(one)):
                insight.expire(now)

    cancel = expire


class GeneratedInsightsCollection(LeanObject):
    """What ``insights_generated`` tells: copies of the insights, and when they were made.

    Attributes
    ----------
    date_time_utc : datetime
    insights : list of Insight
    """

    def __init__(
        self, date_time_utc: datetime, insights: Iterable[Insight], clone: bool = True
    ) -> None:
        self.date_time_utc = date_time_utc
        self.insights = CountedList(insight.clone() if clone else insight for insight in insights)
