"""One company's bars under all its tickers, as one series (S12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date

import numpy as np
import numpy.typing as npt

from shortable.actions import CorporateActions, as_actions
from shortable.market_data.bar_times import Resolution
from shortable.market_data.bars import SymbolBars
from shortable.market_data.market_data import MarketData
from shortable.symbol import Symbol

__all__ = ["follow_renames"]

_ARRAYS = tuple(f.name for f in fields(SymbolBars) if f.name not in ("symbol", "has_open"))


def follow_renames(
    prices: MarketData, actions: CorporateActions, symbols: Iterable[tuple[Symbol, Resolution]]
) -> MarketData:
    """Return prices in which each symbol's series holds its company's bars under all tickers.

    Each ticker's bars count for the days on which the company used it. Where the prices have no bars of a ticker,
    as in tables that give a company's whole history under its newest name, the symbol's own bars stand.

    Parameters
    ----------
    prices : MarketData
    actions : CorporateActions
        Its renames say which tickers are one company.
    symbols : iterable of (Symbol, Resolution)
        Whose series are made whole; a symbol means the company that used it on the day of its last bar.

    Examples
    --------
    >>> import pandas as pd
    >>> from shortable.actions import Rename
    >>> def close(price, *days):
    ...     return pd.DataFrame({"close": price}, index=pd.to_datetime(days))
    >>> tape = {"FB": close(190.0, "2022-06-07", "2022-06-08"), "META": close(184.0, "2022-06-09")}
    >>> renames = CorporateActions([Rename("FB", "2022-06-09", "META")])
    >>> whole = follow_renames(MarketData.from_frames(tape), renames, [(Symbol.create("FB"), Resolution.DAILY)])
    >>> whole.frame("FB", "daily")["close"].tolist()
    [190.0, 190.0, 184.0]
    """
    actions = as_actions(actions)
    if not actions.renames:
        return prices
    made: dict[tuple[Symbol, Resolution], SymbolBars] = {}
    for symbol, resolution in symbols:
        company = actions.identity(symbol, prices.last_day(symbol))
        held = [
            (name, prices.bars_of(name.symbol, resolution))
            for name in company.names
            if name.symbol != symbol
        ]
        others = [(name, bars) for name, bars in held if bars is not None]
        own = prices.bars_of(symbol, resolution)
        if not others or own is None:
            continue
        parts = [(bars, _within(bars, name.first, name.end)) for name, bars in others]
        elsewhere = np.zeros(len(own.labels), dtype=bool)
        for name, _ in others:
            elsewhere |= _within(own, name.first, name.end)
        made[symbol, resolution] = _joined(symbol, [*parts, (own, ~elsewhere)])
    return prices.with_bars(made) if made else prices


def _within(bars: SymbolBars, first: date | None, end: date | None) -> npt.NDArray[np.bool_]:
    """Return which bars are of the days from `first` to before `end`."""
    days = bars.labels.astype("datetime64[D]")
    inside = np.ones(len(days), dtype=bool)
    if first is not None:
        inside &= days >= np.datetime64(first)
    if end is not None:
        inside &= days < np.datetime64(end)
    return inside


def _joined(symbol: Symbol, parts: list[tuple[SymbolBars, npt.NDArray[np.bool_]]]) -> SymbolBars:
    arrays = {
        name: np.concatenate([getattr(bars, name)[kept] for bars, kept in parts])
        for name in _ARRAYS
    }
    order = np.argsort(arrays["labels"], kind="stable")
    return SymbolBars(
        symbol=symbol,
        has_open=any(bars.has_open for bars, _ in parts),
        **{name: values[order] for name, values in arrays.items()},
    )
