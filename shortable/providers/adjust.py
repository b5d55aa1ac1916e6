"""One provider seen differently: with a haircut, or later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from shortable.clock import LocalTime, as_datetime, to_local
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.provider import (
    AvailabilityKind,
    BorrowQuote,
    Change,
    Pairs,
    ProviderLike,
    ShortableProvider,
    as_provider,
)
from shortable.providers.as_of import before, check_lag
from shortable.shares import MAX_SHARES, scale_shares
from shortable.symbol import Symbol

__all__ = ["Adjusted", "lagged", "scaled"]


def scaled(provider: ProviderLike, factor: float | Fraction | Decimal) -> ShortableProvider:
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


def lagged(provider: ProviderLike, lag: timedelta) -> ShortableProvider:
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
    return inner._with_lag(lag) or _Lagged(inner, lag)


class Adjusted(ShortableProvider):
    """One provider, seen differently: answers what the one inside answers, but for what a subclass changes."""

    def __init__(self, provider: ProviderLike) -> None:
        self._inner = as_provider(provider)

    def _described(self, inner: str) -> str:
        """Return a description, given one of the provider inside."""
        raise NotImplementedError

    def _like(self, inner: ShortableProvider) -> ShortableProvider:
        """Return the same view of another provider."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._described(repr(self._inner))

    @property
    def name(self) -> str:
        """What summaries call it."""
        return self._described(self._inner.name)

    @property
    def availability_kind(self) -> AvailabilityKind:
        """What the quantities limit."""
        return self._inner.availability_kind

    @property
    def at_rest(self) -> bool:
        """Whether answers are fixed from the start."""
        return self._inner.at_rest

    def shortable_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        """Return shares available (S1)."""
        return self._inner.shortable_quantity(symbol, local_time)

    def all_shortable_symbols(self, local_time: LocalTime) -> dict[Symbol, int]:
        """Return shares of every symbol that can be borrowed."""
        return self._inner.all_shortable_symbols(local_time)

    def fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        """Return the fee rate, 0.0 where none is known."""
        return self._inner.fee_rate(symbol, local_time)

    def rebate_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        """Return the rebate rate, 0.0 where none is known."""
        return self._inner.rebate_rate(symbol, local_time)

    def has_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        """Return whether the quantity rests on data."""
        return self._inner.has_quantity(symbol, local_time)

    def has_fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        """Return whether a fee rate is known."""
        return self._inner.has_fee_rate(symbol, local_time)

    def made_up(self, start: LocalTime | None = None, end: LocalTime | None = None) -> bool:
        """Return whether answers between two times can rest on made-up sample data."""
        return self._inner.made_up(start, end)

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        return self._inner.quote(symbol, moment)

    def _quantities(self, pairs: Pairs) -> npt.NDArray[np.int64]:
        return self._inner.shortable_quantities(pairs)

    def _fee_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        return self._inner.fee_rates(pairs)

    def _rebate_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        return self._inner.rebate_rates(pairs)

    def _has_quantities(self, pairs: Pairs) -> npt.NDArray[np.bool_]:
        return self._inner.has_quantities(pairs)

    def _change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        return self._inner.change_times(symbols, start, end)

    def _share_days(self, pairs: Pairs) -> npt.NDArray[np.datetime64]:
        return self._inner.share_days(pairs)

    def _with_lag(self, lag: timedelta) -> ShortableProvider | None:
        return self._like(lagged(self._inner, lag))

    def _each_source(self, change: Change) -> ShortableProvider:
        return self._like(self._inner._each_source(change))


class _Scaled(Adjusted):
    def __init__(self, provider: ProviderLike, factor: float | Fraction | Decimal) -> None:
        super().__init__(provider)
        self._factor = factor
        try:
            if isinstance(factor, (bool, np.bool_, str)):
                raise ValueError
            share = Fraction(str(factor))
        except (ValueError, ZeroDivisionError):
            share = Fraction(-1)
        if share < 0:
            raise InvalidInputError("factor", factor, "be a finite number of at least 0")
        self._share_of_all = share

    def _described(self, inner: str) -> str:
        return f"scaled({inner}, {self._factor!r})"

    def _share(self, quantity: int) -> int:
        above, below = self._share_of_all.numerator, self._share_of_all.denominator
        return min(quantity * above // below, MAX_SHARES)

    def shortable_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        quantity = self._inner.shortable_quantity(symbol, local_time)
        return None if quantity is None else self._share(quantity)

    def all_shortable_symbols(self, local_time: LocalTime) -> dict[Symbol, int]:
        inner = self._inner.all_shortable_symbols(local_time)
        return {
            symbol: share
            for symbol, quantity in inner.items()
            if (share := self._share(quantity)) > 0
        }

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        quote = self._inner.quote(symbol, moment)
        return (
            quote
            if quote.quantity is None
            else replace(quote, quantity=self._share(quote.quantity))
        )

    def _quantities(self, pairs: Pairs) -> npt.NDArray[np.int64]:
        return scale_shares(self._inner.shortable_quantities(pairs), self._share_of_all)

    def _like(self, inner: ShortableProvider) -> ShortableProvider:
        return _Scaled(inner, self._factor)


class _Lagged(Adjusted):
    def __init__(self, provider: ProviderLike, lag: timedelta) -> None:
        super().__init__(provider)
        self._lag = check_lag(lag)

    def _described(self, inner: str) -> str:
        return f"lagged({inner}, {self._lag!r})"

    def _seen(self, local_time: LocalTime, market: Market) -> datetime:
        # Without a lag an aware time stays what it is, to the instant.
        return (
            before(to_local(local_time, market), self._lag)
            if self._lag
            else as_datetime(local_time)
        )

    def _question(self, symbol: Symbol | str, local_time: LocalTime) -> tuple[Symbol, datetime]:
        key = Symbol.create(symbol)
        return key, self._seen(local_time, key.market)

    def shortable_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        return self._inner.shortable_quantity(*self._question(symbol, local_time))

    def all_shortable_symbols(self, local_time: LocalTime) -> dict[Symbol, int]:
        listed = self._inner.all_shortable_symbols(self._seen(local_time, Market.USA))
        return {symbol: quantity for symbol, quantity in listed.items() if quantity > 0}

    def fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        return self._inner.fee_rate(*self._question(symbol, local_time))

    def rebate_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        return self._inner.rebate_rate(*self._question(symbol, local_time))

    def has_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        return self._inner.has_quantity(*self._question(symbol, local_time))

    def has_fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        return self._inner.has_fee_rate(*self._question(symbol, local_time))

    def made_up(self, start: LocalTime | None = None, end: LocalTime | None = None) -> bool:
        return self._inner.made_up(
            None if start is None else self._seen(start, Market.USA),
            None if end is None else self._seen(end, Market.USA),
        )

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        quote = self._inner.quote(symbol, self._seen(moment, symbol.market))
        return replace(quote, local_time=to_local(moment, symbol.market))

    def _quantities(self, pairs: Pairs) -> npt.NDArray[np.int64]:
        return self._inner.shortable_quantities(pairs.lagged(self._lag))

    def _fee_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        return self._inner.fee_rates(pairs.lagged(self._lag))

    def _rebate_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        return self._inner.rebate_rates(pairs.lagged(self._lag))

    def _has_quantities(self, pairs: Pairs) -> npt.NDArray[np.bool_]:
        return self._inner.has_quantities(pairs.lagged(self._lag))

    def _share_days(self, pairs: Pairs) -> npt.NDArray[np.datetime64]:
        return self._inner.share_days(pairs.lagged(self._lag))

    def _change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        first, last = before(start, self._lag), before(end, self._lag)
        inner = self._inner.change_times(symbols, first, last)
        return {time + self._lag for time in inner if time <= last}

    def _with_lag(self, lag: timedelta) -> ShortableProvider:
        return _Lagged(self._inner, self._lag + lag)

    def _each_source(self, change: Change) -> ShortableProvider:
        return change(self)
