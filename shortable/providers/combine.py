"""Several providers as one: the first that knows, or the sum of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from shortable.clock import as_datetime
from shortable.errors import InvalidInputError
from shortable.provider import BorrowQuote, as_provider
from shortable.providers.adjust import lagged
from shortable.providers.base import (
    BaseProvider,
    change_times_of,
    fee_rates_of,
    quantities_of,
    quote_of,
    rates_of,
)
from shortable.providers.pairs import Pairs
from shortable.symbol import Symbol

__all__ = ["first_of", "sum_of"]


def first_of(*providers: Any) -> BaseProvider:
    """Return a provider that answers with the first of several that does not answer None.

    Rates are those of the provider that answered. Where none did, they are those of the first that knows a fee.

    Parameters
    ----------
    *providers
        At least one; anything that `as_provider` takes, the preferred one first.

    Examples
    --------
    >>> from shortable import CustomShortableProvider, NullShortableProvider
    >>> provider = first_of(NullShortableProvider(), CustomShortableProvider({"SPY": 500}))
    >>> provider.shortable_quantity("SPY", datetime(2024, 1, 2))
    500
    """
    return _FirstOf(providers)


def sum_of(*providers: Any) -> BaseProvider:
    """Return a provider that lends what several lend together, as several prime brokers do.

    The quantity is None, without restriction, if any answers None. Rates are the average of the known ones,
    weighted by quantity: what it costs to borrow all of it. Where one lends without restriction, its rate counts;
    where none has a share left, the plain average does, for a short that is already open.

    Parameters
    ----------
    *providers
        At least one; anything that `as_provider` takes.

    Examples
    --------
    >>> from shortable import CustomShortableProvider
    >>> one = CustomShortableProvider({"SPY": 300}, fee_rate={"SPY": 0.01})
    >>> two = CustomShortableProvider({"SPY": 100}, fee_rate={"SPY": 0.03})
    >>> both = sum_of(one, two)
    >>> both.shortable_quantity("SPY", datetime(2024, 1, 2)), both.fee_rate("SPY", datetime(2024, 1, 2))
    (400, 0.015)
    """
    return _SumOf(providers)


class _Combined(BaseProvider):
    """Members, each of which has been through `as_provider`."""

    def __init__(self, providers: Sequence[Any]) -> None:
        if not providers:
            raise InvalidInputError("providers", (), "be at least one provider")
        self._members: tuple[Any, ...] = tuple(as_provider(provider) for provider in providers)

    def __repr__(self) -> str:
        name = "first_of" if isinstance(self, _FirstOf) else "sum_of"
        return f"{name}({', '.join(map(repr, self._members))})"

    def _change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        return set().union(
            *(change_times_of(member, symbols, start, end) for member in self._members)
        )

    def _with_lag(self, lag: timedelta) -> BaseProvider:
        return type(self)([lagged(member, lag) for member in self._members])


class _FirstOf(_Combined):
    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int | None:
        for member in self._members:
            quantity: int | None = member.shortable_quantity(symbol, local_time)
            if quantity is not None:
                return quantity
        return None

    def _voice(self, symbol: Any, local_time: Any) -> Any:
        """Return the member whose rates count."""
        for member in self._members:
            if member.shortable_quantity(symbol, local_time) is not None:
                return member
        knowing = (member for member in self._members if member.has_fee_rate(symbol, local_time))
        return next(knowing, self._members[0])

    def all_shortable_symbols(self, local_time: datetime) -> dict[Symbol, int]:
        first, *others = (member.all_shortable_symbols(local_time) for member in self._members)
        found = {symbol: quantity for symbol, quantity in first.items() if quantity > 0}
        for symbol in dict.fromkeys(
            symbol for listed in others for symbol in listed if symbol not in found
        ):
            # Not in the first one's list: it may have said 0, which counts, or None, which does not.
            if quantity := self.shortable_quantity(symbol, local_time):
                found[symbol] = quantity
        return found

    def fee_rate(self, symbol: Symbol, local_time: datetime) -> float:
        rate: float = self._voice(symbol, local_time).fee_rate(symbol, local_time)
        return rate

    def rebate_rate(self, symbol: Symbol, local_time: datetime) -> float:
        rate: float = self._voice(symbol, local_time).rebate_rate(symbol, local_time)
        return rate

    def has_fee_rate(self, symbol: Symbol, local_time: datetime) -> bool:
        return bool(self._voice(symbol, local_time).has_fee_rate(symbol, local_time))

    def has_quantity(self, symbol: Symbol, local_time: datetime) -> bool:
        for member in self._members:
            if member.shortable_quantity(symbol, local_time) is not None:
                return bool(member.has_quantity(symbol, local_time))
        return any(member.has_quantity(symbol, local_time) for member in self._members)

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        return quote_of(self._voice(symbol, moment), symbol, moment)

    def _quantities(self, pairs: Pairs) -> npt.NDArray[np.int64]:
        return self._asked(pairs)[0]

    def _asked(self, pairs: Pairs) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return quantities, and which member gave each; the number of members for none."""
        found = quantities_of(self._members[0], pairs)
        who = np.where(found < 0, len(self._members), 0)
        for number, member in enumerate(self._members[1:], 1):
            unanswered = np.flatnonzero(found < 0)
            if not len(unanswered):
                break
            answers = quantities_of(member, pairs.take(unanswered))
            found[unanswered] = answers
            who[unanswered[answers >= 0]] = number
        return found, who

    def _fee_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        who = self._asked(pairs)[1]
        found = np.full(len(pairs), np.nan)
        for number, member in enumerate(self._members):
            mine = np.flatnonzero((who == number) | ((who == len(self._members)) & np.isnan(found)))
            if len(mine):
                found[mine] = fee_rates_of(member, pairs.take(mine))
        return found


class _SumOf(_Combined):
    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int | None:
        return _total([member.shortable_quantity(symbol, local_time) for member in self._members])

    def all_shortable_symbols(self, local_time: datetime) -> dict[Symbol, int]:
        lists = [member.all_shortable_symbols(local_time) for member in self._members]
        found = {}
        for symbol in dict.fromkeys(symbol for listed in lists for symbol in listed):
            # A member that does not list the symbol may have said 0, or None, and then there is no sum.
            quantity = _total(
                listed[symbol]
                if symbol in listed
                else member.shortable_quantity(symbol, local_time)
                for member, listed in zip(self._members, lists, strict=True)
            )
            if quantity:
                found[symbol] = quantity
        return found

    def fee_rate(self, symbol: Symbol, local_time: datetime) -> float:
        return self._rates(symbol, local_time)[0] or 0.0

    def rebate_rate(self, symbol: Symbol, local_time: datetime) -> float:
        return self._rates(symbol, local_time)[1] or 0.0

    def has_fee_rate(self, symbol: Symbol, local_time: datetime) -> bool:
        return self._rates(symbol, local_time)[0] is not None

    def has_quantity(self, symbol: Symbol, local_time: datetime) -> bool:
        return all(member.has_quantity(symbol, local_time) for member in self._members)

    def _rates(self, symbol: Any, local_time: Any) -> tuple[float | None, float | None]:
        key, moment = Symbol.create(symbol), as_datetime(local_time)
        shares = [member.shortable_quantity(key, moment) for member in self._members]
        fees, rebates = zip(
            *(rates_of(member, key, moment) for member in self._members), strict=True
        )
        return _average(shares, fees), _average(shares, rebates)

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        quotes = [quote_of(member, symbol, moment) for member in self._members]
        shares = [quote.quantity for quote in quotes]
        return replace(
            quotes[0],
            quantity=_total(shares),
            quantity_is_floor=any(quote.quantity_is_floor for quote in quotes),
            fee_rate=_average(shares, [quote.fee_rate for quote in quotes]),
            rebate_rate=_average(shares, [quote.rebate_rate for quote in quotes]),
            # The sum was known once its last part was.
            as_of=max((quote.as_of for quote in quotes if quote.as_of is not None), default=None),
        )

    def _quantities(self, pairs: Pairs) -> npt.NDArray[np.int64]:
        found = np.array([quantities_of(member, pairs) for member in self._members])
        return np.where((found < 0).any(axis=0), np.int64(-1), found.sum(axis=0))

    def _fee_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        shares = np.array([quantities_of(member, pairs) for member in self._members])
        return _averages(
            shares, np.array([fee_rates_of(member, pairs) for member in self._members])
        )


def _total(quantities: Any) -> int | None:
    total = 0
    for quantity in quantities:
        if quantity is None:
            return None
        total += quantity
    return total


def _average(shares: Sequence[int | None], rates: Sequence[float | None]) -> float | None:
    # Through the vectorised twin, so that both add in the same order and agree to the last bit (S10).
    quantities = np.array([[-1 if n is None else n] for n in shares], np.int64)
    found = float(_averages(quantities, np.array([[np.nan if r is None else r] for r in rates]))[0])
    return None if found != found else found


def _averages(
    shares: npt.NDArray[np.int64], rates: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the average rate of each column, weighted by shares, −1 for unlimited; NaN where no rate is known."""
    known = ~np.isnan(rates)
    unlimited = known & (shares < 0)
    weights = np.where(known, np.maximum(shares, 0), 0).astype(np.float64)
    weights = np.where(weights.sum(axis=0) > 0, weights, known)
    total = weights.sum(axis=0)
    weighted = (weights * np.where(known, rates, 0.0)).sum(axis=0)
    average = np.divide(weighted, total, out=np.full(rates.shape[1], np.nan), where=total > 0)
    first = np.take_along_axis(rates, unlimited.argmax(axis=0)[None], axis=0)[0]
    found: npt.NDArray[np.float64] = np.where(unlimited.any(axis=0), first, average)
    return found
