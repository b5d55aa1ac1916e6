"""One provider seen differently: with a haircut, or later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from shortable.clock import as_datetime, to_local
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.provider import BorrowQuote, as_provider
from shortable.providers.base import (
    BaseProvider,
    change_times_of,
    fee_rates_of,
    quantities_of,
    quote_of,
)
from shortable.providers.lagged_clock import before
from shortable.providers.pairs import Pairs
from shortable.symbol import Symbol

__all__ = ["check_lag", "lagged", "scaled"]

_MOST = np.iinfo(np.int64).max


def scaled(provider: Any, factor: float | Fraction | Decimal) -> BaseProvider:
    """Return a provider with a share of the quantity, rounded down; None stays None, rates stay as they are.

    Parameters
    ----------
    provider
        Anything that `as_provider` takes.
    factor : int, float, Fraction or Decimal
        Finite, at least 0. A float is taken for the decimal that it prints as: 0.29 of 100 is 29.

    Raises
    ------
    InvalidInputError
        The factor is not finite, below 0, or no number.

    Examples
    --------
    >>> from shortable import CustomShortableProvider
    >>> half = scaled(CustomShortableProvider({"SPY": 501, "GME": None}), 0.5)
    >>> half.shortable_quantity("SPY", datetime(2024, 1, 2)), half.shortable_quantity("GME", datetime(2024, 1, 2))
    (250, None)
    """
    return _Scaled(provider, factor)


def lagged(provider: Any, lag: timedelta) -> BaseProvider:
    """Return a provider that answers at t what the given one answers at t − lag.

    The lag is taken off the wall time of the symbol's market. It adds to a lag that the provider has.

    Parameters
    ----------
    provider
        Anything that `as_provider` takes.
    lag : timedelta
        At least 0: a negative one would look into the future.

    Raises
    ------
    InvalidInputError
        The lag is negative or no timedelta.

    Examples
    --------
    >>> from shortable import CustomShortableProvider
    >>> late = lagged(CustomShortableProvider(lambda symbol, time: time.day), timedelta(days=1))
    >>> late.shortable_quantity("SPY", datetime(2024, 1, 5))
    4
    """
    check_lag(lag)
    inner = as_provider(provider)
    seen = inner._with_lag(lag) if isinstance(inner, BaseProvider) else None
    return _Lagged(inner, lag) if seen is None else seen


def check_lag(lag: Any) -> timedelta:
    """Return a lag as a plain timedelta.

    Raises
    ------
    InvalidInputError
        It is negative or no timedelta.
    """
    # NaT is an instance of timedelta to nobody but is not ordered either.
    if not isinstance(lag, timedelta) or not lag >= timedelta(0):
        raise InvalidInputError(
            "lag", lag, "be a timedelta of at least 0", "A negative lag would look into the future."
        )
    return timedelta(days=lag.days, seconds=lag.seconds, microseconds=lag.microseconds)


class _Scaled(BaseProvider):
    def __init__(self, provider: Any, factor: Any) -> None:
        self._inner: Any = as_provider(provider)
        self._factor = factor
        try:
            if isinstance(factor, (bool, np.bool_, str)):
                raise ValueError
            share = Fraction(str(factor))
        except (ValueError, ZeroDivisionError):
            share = Fraction(-1)
        if share < 0:
            raise InvalidInputError("factor", factor, "be a finite number of at least 0")
        self._above, self._below = share.numerator, share.denominator

    def __repr__(self) -> str:
        return f"scaled({self._inner!r}, {self._factor!r})"

    def _share(self, quantity: int) -> int:
        return quantity * self._above // self._below

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int | None:
        quantity = self._inner.shortable_quantity(symbol, local_time)
        return None if quantity is None else self._share(quantity)

    def all_shortable_symbols(self, local_time: datetime) -> dict[Symbol, int]:
        inner = self._inner.all_shortable_symbols(local_time)
        return {
            symbol: share
            for symbol, quantity in inner.items()
            if (share := self._share(quantity)) > 0
        }

    def fee_rate(self, symbol: Symbol, local_time: datetime) -> float:
        rate: float = self._inner.fee_rate(symbol, local_time)
        return rate

    def rebate_rate(self, symbol: Symbol, local_time: datetime) -> float:
        rate: float = self._inner.rebate_rate(symbol, local_time)
        return rate

    def has_quantity(self, symbol: Symbol, local_time: datetime) -> bool:
        return bool(self._inner.has_quantity(symbol, local_time))

    def has_fee_rate(self, symbol: Symbol, local_time: datetime) -> bool:
        return bool(self._inner.has_fee_rate(symbol, local_time))

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        quote = quote_of(self._inner, symbol, moment)
        return (
            quote
            if quote.quantity is None
            else replace(quote, quantity=self._share(quote.quantity))
        )

    def _quantities(self, pairs: Pairs) -> npt.NDArray[np.int64]:
        found = quantities_of(self._inner, pairs)
        if not len(found) or max(int(found.max()), 1) * max(self._above, self._below) <= _MOST:
            return np.where(found < 0, np.int64(-1), found * self._above // self._below)
        distinct, inverse = np.unique(found, return_inverse=True)
        shares = [-1 if n < 0 else min(self._share(n), int(_MOST)) for n in distinct.tolist()]
        return np.array(shares, np.int64)[inverse]

    def _fee_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        return fee_rates_of(self._inner, pairs)

    def _change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        return change_times_of(self._inner, symbols, start, end)

    def _with_lag(self, lag: timedelta) -> BaseProvider:
        return _Scaled(lagged(self._inner, lag), self._factor)


class _Lagged(BaseProvider):
    def __init__(self, inner: Any, lag: timedelta) -> None:
        self._inner, self._lag = inner, check_lag(lag)

    def __repr__(self) -> str:
        return f"lagged({self._inner!r}, {self._lag!r})"

    def _seen(self, local_time: Any, market: Market) -> datetime:
        # Without a lag an aware time stays what it is, to the instant.
        return (
            before(to_local(local_time, market), self._lag)
            if self._lag
            else as_datetime(local_time)
        )

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int | None:
        key = Symbol.create(symbol)
        quantity: int | None = self._inner.shortable_quantity(
            key, self._seen(local_time, key.market)
        )
        return quantity

    def all_shortable_symbols(self, local_time: datetime) -> dict[Symbol, int]:
        listed: dict[Symbol, int] = self._inner.all_shortable_symbols(
            self._seen(local_time, Market.USA)
        )
        return {symbol: quantity for symbol, quantity in listed.items() if quantity > 0}

    def fee_rate(self, symbol: Symbol, local_time: datetime) -> float:
        key = Symbol.create(symbol)
        rate: float = self._inner.fee_rate(key, self._seen(local_time, key.market))
        return rate

    def rebate_rate(self, symbol: Symbol, local_time: datetime) -> float:
        key = Symbol.create(symbol)
        rate: float = self._inner.rebate_rate(key, self._seen(local_time, key.market))
        return rate

    def has_quantity(self, symbol: Symbol, local_time: datetime) -> bool:
        key = Symbol.create(symbol)
        return bool(self._inner.has_quantity(key, self._seen(local_time, key.market)))

    def has_fee_rate(self, symbol: Symbol, local_time: datetime) -> bool:
        key = Symbol.create(symbol)
        return bool(self._inner.has_fee_rate(key, self._seen(local_time, key.market)))

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        seen = self._seen(moment, symbol.market)
        return replace(
            quote_of(self._inner, symbol, seen), local_time=to_local(moment, symbol.market)
        )

    def _quantities(self, pairs: Pairs) -> npt.NDArray[np.int64]:
        return quantities_of(self._inner, pairs.lagged(self._lag))

    def _fee_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        return fee_rates_of(self._inner, pairs.lagged(self._lag))

    def _change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        first, last = before(start, self._lag), before(end, self._lag)
        inner = change_times_of(self._inner, symbols, first, last)
        return {time + self._lag for time in inner if time <= last}

    def _with_lag(self, lag: timedelta) -> BaseProvider:
        return _Lagged(self._inner, self._lag + lag)
