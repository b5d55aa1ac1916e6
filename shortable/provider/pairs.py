"""The arguments of a bulk look-up: symbols and times, element by element, brought to arrays once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd

from shortable.arrays import Bools, Indices, Ints, Times
from shortable.clock import LocalTimes, as_datetime, instants, local_times
from shortable.errors import InvalidInputError, SymbolError
from shortable.market import Market
from shortable.symbol import Symbol

__all__ = ["FIRST_WALL", "Pairs", "microseconds", "symbol_codes"]

FIRST_WALL = -62_135_596_800_000_000
"""The first wall time that a `datetime` can hold, microseconds since 1970-01-01 00:00."""

_EPOCH = datetime(1970, 1, 1)
_AT_ONCE = 1 << 15
_MICROSECOND = timedelta(microseconds=1)
# Of a timedelta: 18,000 years, more than two datetimes can lie apart, and far from the end of int64.
_LONGEST = 1 << 59


def microseconds(span: timedelta) -> int:
    """Return a time span as whole microseconds, cut at what two datetimes can lie apart.

    Examples
    --------
    >>> microseconds(timedelta(days=1))
    86400000000
    """
    return max(min(span // _MICROSECOND, _LONGEST), -_LONGEST)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of a symbol and a time, of shape (n,)."""

    symbols: list[Symbol]
    """The distinct symbols, of shape (m,)."""
    codes: Indices
    """Of each pair, its symbol's position in `symbols`; of shape (n,)."""
    times: Ints
    """Microseconds since 1970-01-01: of each market's wall time, or, where `aware`, UTC; of shape (n,)."""
    aware: bool
    """Whether the times are instants."""
    folds: Bools | None = None
    """Which naive times mean the second occurrence of a repeated hour; None for none."""

    def __len__(self) -> int:
        return len(self.codes)

    @classmethod
    def of(cls, symbols: Iterable[str] | Pairs, times: LocalTimes | None = None) -> Pairs:
        """Read the arguments.

        Parameters
        ----------
        symbols : str, Symbol, or array-like of them; or Pairs
            A pandas Categorical, Series or Index, an ndarray or any sequence. `Pairs` come back as they are.
        times : time, or array-like of times
            Naive ones are wall time of each symbol's own market. One symbol or one time goes with all of the others.

        Raises
        ------
        InvalidInputError
            Lengths differ, a value is missing or unreadable, or some times have a time zone and some have none.

        Examples
        --------
        >>> len(Pairs.of(["SPY", "AAPL"], datetime(2024, 1, 2)))
        2
        """
        if isinstance(symbols, Pairs):
            if times is not None:
                raise InvalidInputError("times", times, "be left out beside Pairs")
            return symbols
        names, codes = symbol_codes(symbols)
        moments, aware, folds = _read_times(times)
        if len(codes) != len(moments):
            if len(codes) == 1:
                codes = np.broadcast_to(codes, len(moments))
            elif len(moments) == 1:
                moments = np.broadcast_to(moments, len(codes))
                folds = None if folds is None else np.broadcast_to(folds, len(codes))
            else:
                raise InvalidInputError(
                    "times",
                    f"{len(moments):,} times",
                    f"be one time, or one for each of the {len(codes):,} symbols",
                )
        return cls(names, codes, moments, aware, folds)

    def take(self, at: Indices | Bools) -> Pairs:
        """Return some of the pairs, by mask or position."""
        folds = None if self.folds is None else self.folds[at]
        return Pairs(self.symbols, self.codes[at], self.times[at], self.aware, folds)

    def of_symbols(self, chosen: Bools) -> tuple[Indices | slice, Pairs]:
        """Return the pairs of some of the symbols, and what selects them among all."""
        if chosen.all():
            return slice(None), self
        at = np.flatnonzero(chosen[self.codes])
        part = self.take(at)
        names = [symbol for symbol, mine in zip(self.symbols, chosen.tolist(), strict=True) if mine]
        return at, Pairs(
            names, (np.cumsum(chosen) - 1)[part.codes], part.times, part.aware, part.folds
        )

    def moments(self) -> Iterator[tuple[Symbol, datetime]]:
        """Go through the pairs one by one, for providers that know no arrays.

        Yields
        ------
        symbol : Symbol
        time : datetime
        """
        zone = UTC if self.aware else None
        folds = [0] * len(self) if self.folds is None else self.folds.tolist()
        times = self.times.astype("datetime64[us]").tolist()
        for code, time, fold in zip(self.codes.tolist(), times, folds, strict=True):
            yield (
                self.symbols[code],
                time.replace(tzinfo=zone, fold=int(fold)) if zone or fold else time,
            )

    def wall(self, market: Market) -> Ints:
        """Return the times as wall time of one market, in microseconds."""
        if not self.aware:
            return self.times
        utc = pd.DatetimeIndex(self.times.view("datetime64[us]")).tz_localize("UTC")
        return local_times(utc, market).view(np.int64)

    def days(self) -> Times:
        """Return the day of each pair on the clock of its symbol's market."""
        wall = np.empty(len(self), np.int64)
        for market, at, part in self.by_market():
            wall[at] = part.wall(market)
        return wall.view("datetime64[us]").astype("datetime64[D]")

    def lagged(self, lag: timedelta) -> Pairs:
        """Return the pairs with the lag taken off the wall time of each symbol's market."""
        if not lag:
            return self
        wall = np.empty(len(self), np.int64)
        for market, at, part in self.by_market():
            wall[at] = part.wall(market)
        return Pairs(
            self.symbols, self.codes, np.maximum(wall - microseconds(lag), FIRST_WALL), aware=False
        )

    def by_market(self) -> Iterator[tuple[Market, Indices | slice, Pairs]]:
        """Split the pairs by market.

        Yields
        ------
        market : Market
        at : ndarray of int, or slice
            Which of these pairs are of that market.
        pairs : Pairs
            Those pairs.
        """
        markets = [symbol.market for symbol in self.symbols]
        distinct = dict.fromkeys(markets)
        if len(distinct) == 1:
            yield markets[0], slice(None), self
            return
        for market in distinct:
            yield market, *self.of_symbols(np.array([one is market for one in markets], np.bool_))


def symbol_codes(symbols: Iterable[str]) -> tuple[list[Symbol], Indices]:
    """Return the distinct symbols of an argument, and each element's position among them.

    Examples
    --------
    >>> symbol_codes(["SPY", "TSLA.US", "SPY"])
    ([Symbol('SPY'), Symbol('TSLA')], array([0, 1, 0]))
    """
    if isinstance(symbols, str):
        return [Symbol.create(symbols)], np.zeros(1, np.intp)
    names: list[str]
    codes: Indices
    if isinstance(symbols, pd.Categorical):
        names, codes = symbols.categories.tolist(), np.asarray(symbols.codes)
    elif isinstance(symbols, (pd.Series, pd.Index)) and isinstance(
        symbols.dtype, pd.CategoricalDtype
    ):
        values = pd.Categorical(symbols)
        names, codes = values.categories.tolist(), np.asarray(values.codes)
    else:
        names, codes = _factorized(symbols)
    if len(codes) and codes.min() < 0:
        raise SymbolError(
            "symbols",
            None,
            "have no missing value",
            "Read ticker columns as text: NA, TRUE and CON are tickers.",
        )
    used = np.zeros(len(names), np.bool_)
    for start in range(0, len(codes), _AT_ONCE):
        used[codes[start : start + _AT_ONCE]] = True
        if used.all():
            break
    else:
        # A Categorical may carry categories that no element has: they are neither read nor looked up.
        rank = np.cumsum(used) - 1
        names, codes = [n for n, u in zip(names, used.tolist(), strict=True) if u], rank[codes]
    return [Symbol.create(name) for name in names], codes


def _factorized(symbols: Iterable[str]) -> tuple[list[str], Indices]:
    if not isinstance(symbols, (np.ndarray, pd.Index, pd.Series)):
        try:
            given = list(symbols)
        except TypeError:
            raise SymbolError(
                "symbols", symbols, "be a ticker, a Symbol, or a sequence of them"
            ) from None
        symbols = np.empty(len(given), dtype=object)
        symbols[:] = given
    if symbols.ndim != 1:
        raise InvalidInputError("symbols", f"{symbols.ndim} dimensions", "be one-dimensional")
    try:
        codes, names = pd.factorize(symbols)
    except TypeError:  # something unhashable is no ticker: Symbol.create says so
        return list(symbols), np.arange(len(symbols))
    return list(names), codes


def _read_times(times: LocalTimes | None) -> tuple[Ints, bool, Bools | None]:
    if times is None or isinstance(times, (str, datetime, date, np.datetime64, type(pd.NaT))):
        times = [as_datetime(times, "times")]
    if isinstance(times, (np.ndarray, pd.Series, pd.Index)):
        if times.ndim != 1:
            raise InvalidInputError("times", f"{times.ndim} dimensions", "be one-dimensional")
        if isinstance(times.dtype, pd.DatetimeTZDtype):
            return instants(pd.DatetimeIndex(times)), True, None
        if isinstance(times.dtype, np.dtype) and times.dtype.kind == "M":
            return local_times(times).view(np.int64), False, None
    try:
        moments = [as_datetime(time, "times") for time in times]
    except TypeError:
        raise InvalidInputError("times", times, "be a time or a sequence of times") from None
    zones = {moment.tzinfo is not None for moment in moments}
    if len(zones) > 1:
        raise InvalidInputError("times", "times with and without a time zone", "be all of one kind")
    if zones == {True}:
        return instants(moments), True, None
    values = np.array([(moment - _EPOCH) // _MICROSECOND for moment in moments], np.int64)
    folds = np.array([moment.fold for moment in moments], np.bool_)
    return values, False, folds if folds.any() else None
