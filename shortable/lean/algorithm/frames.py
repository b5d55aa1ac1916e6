"""History as pandas: rows by symbol and time, as LEAN's Python users know it (LEAN: Common/Python/PandasConverter.cs)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from shortable.lean.data import QuoteBar, TradeBar
from shortable.lean.symbols import Symbol, SymbolCache

if TYPE_CHECKING:
    from shortable.lean.algorithm.clock import Clock

__all__ = ["HistoryFrame", "HistorySeries", "frame_of"]

_SIDES = ("open", "high", "low", "close")


class _Locator:
    """``loc`` that takes tickers where the index has symbols."""

    def __init__(self, locator: Any) -> None:
        self._locator = locator

    def __call__(self, axis: Any = None) -> _Locator:
        return _Locator(self._locator(axis=axis))

    def __getitem__(self, key: Any) -> Any:
        return self._locator[_translated(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._locator[key] = value

    def __getattr__(self, name: str) -> Any:
        return getattr(self._locator, name)


def _meant(key: str) -> Any:
    found = SymbolCache.find(key)
    return key if found is None else found


def _translated(key: Any) -> Any:
    """Return a label, or labels of rows and columns, with symbols where there are tickers."""
    if isinstance(key, str):
        return _meant(key)
    if isinstance(key, tuple) and key:
        first = key[0]
        if isinstance(first, tuple):  # several levels of a row's label
            first = tuple(_meant(one) if isinstance(one, str) else one for one in first)
        return (_translated(first) if not isinstance(first, tuple) else first, *key[1:])
    if isinstance(key, list):
        return [_meant(one) if isinstance(one, str) else one for one in key]
    return key


class HistorySeries(pd.Series):
    """A column whose ``loc`` and brackets also take tickers."""

    @property
    def _constructor(self) -> Any:
        return HistorySeries

    @property
    def _constructor_expanddim(self) -> Any:
        return HistoryFrame

    # pandas 2.2 would hand its inner blocks to the constructor, and warn that it does.
    def _constructor_from_mgr(self, mgr: Any, axes: Any) -> Any:
        return _series(mgr, axes)

    def _constructor_expanddim_from_mgr(self, mgr: Any, axes: Any) -> Any:
        return _made(HistoryFrame, mgr, axes)

    @property
    def loc(self) -> Any:
        """Values by label."""
        return _Locator(super().loc)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, int) and not pd.api.types.is_numeric_dtype(self.index.dtype):
            return self.iloc[key]  # ``closes[-1]`` as under the pandas that LEAN has
        return super().__getitem__(
            _meant(key) if isinstance(key, str) and key not in self.index else key
        )


def _made(kind: Any, mgr: Any, axes: Any) -> Any:
    return kind._from_mgr(mgr, axes=axes)


def _series(mgr: Any, axes: Any) -> Any:
    made = _made(HistorySeries, mgr, axes)
    made._name = None
    return made


class HistoryFrame(pd.DataFrame):
    """A frame whose ``loc`` and brackets also take tickers, and so do its columns and what is unstacked of it."""

    @property
    def _constructor(self) -> Any:
        return HistoryFrame

    @property
    def _constructor_sliced(self) -> Any:
        return HistorySeries

    def _constructor_from_mgr(self, mgr: Any, axes: Any) -> Any:
        return _made(HistoryFrame, mgr, axes)

    def _constructor_sliced_from_mgr(self, mgr: Any, axes: Any) -> Any:
        return _series(mgr, axes)

    @property
    def loc(self) -> Any:
        """Rows and columns by label."""
        return _Locator(super().loc)

    iteritems = pd.DataFrame.items  # its name under the pandas of older algorithms

    def xs(self, key: Any, *arguments: Any, **named: Any) -> Any:
        """Return a cross-section."""
        return super().xs(_translated(key), *arguments, **named)

    @property
    def at(self) -> Any:
        """One value by its labels, or several where some of a row's are left out."""
        return _Locator(super().loc)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str) and key not in self.columns:
            key = _meant(key)
        return super().__getitem__(key)


def _row(point: Any) -> dict[str, float]:
    if isinstance(point, TradeBar):
        return {name: getattr(point, name) for name in (*_SIDES, "volume")}
    if isinstance(point, QuoteBar):
        row: dict[str, float] = {}
        for side, size in (("ask", point.last_ask_size), ("bid", point.last_bid_size)):
            prices = getattr(point, side)
            if prices is not None:
                row |= {f"{side}{name}": getattr(prices, name) for name in _SIDES}
                row[f"{side}size"] = size
        return row
    return {"value": point.value}


def frame_of(points: Iterable[Any], clock: Clock, *, flat: bool = False) -> HistoryFrame:
    """Return data as a frame.

    Parameters
    ----------
    points : iterable of BaseData
        In order of time.
    clock : Clock
        Whose zone the times are shown in.

    Returns
    -------
    HistoryFrame
        Columns sorted by name; index (symbol, time), time being a bar's end. Bars of trades and of quotes that end
        together are one row. Empty where there are no data.
    """
    rows: dict[tuple[Symbol, datetime], dict[str, float]] = {}
    first: dict[Symbol, int] = {}
    for point in points:
        first.setdefault(point.symbol, len(first))
        row = rows.setdefault((point.symbol, clock.shown(point.end_time)), {})
        row.update(_row(point))
        if isinstance(point, QuoteBar) and "close" not in row:
            row.update({name: getattr(point, name) for name in _SIDES})
    if not rows:
        return HistoryFrame()
    keys = sorted(rows, key=lambda key: (key[0].value, first[key[0]], key[1]))
    index = pd.MultiIndex.from_tuples(keys, names=["symbol", "time"])
    frame = HistoryFrame([rows[key] for key in keys], index=index)
    ordered: HistoryFrame = frame[sorted(frame.columns)]
    return ordered
