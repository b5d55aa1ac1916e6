"""Several providers as one: the first that knows, or the sum of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce

import numpy as np
import numpy.typing as npt

from shortable.clock import LocalTime
from shortable.errors import InvalidInputError
from shortable.provider import (
    AvailabilityKind,
    BorrowQuote,
    Change,
    Pairs,
    ProviderLike,
    ShortableProvider,
    as_provider,
)
from shortable.providers.adjust import lagged
from shortable.shares import MAX_SHARES, add_shares
from shortable.symbol import Symbol

__all__ = ["first_of", "sum_of"]


def first_of(*providers: ProviderLike) -> ShortableProvider:
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


def sum_of(*providers: ProviderLike) -> ShortableProvider:
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


class _Combined(ShortableProvider):
    """Members, each of which has been through `as_provider`."""

    _function = ""
    """What a user calls to make one."""

    def __init__(self, providers: Sequence[ProviderLike]) -> None:
        if not providers:
            raise InvalidInputError("providers", (), "be at least one provider")
        self._members = tuple(as_provider(provider) for provider in providers)
        kinds = {member.availability_kind for member in self._members}
        if len(kinds) > 1:
            raise InvalidInputError(
                "providers",
                ", ".join(f"{member!r} ({member.availability_kind})" for member in self._members),
                "all be a pool or all a daily flow",
                "Shares that can be held and shares that can be sold in a session do not add up (S15).",
            )

    @property
    def availability_kind(self) -> AvailabilityKind:
        return self._members[0].availability_kind

    @property
    def at_rest(self) -> bool:
        return all(member.at_rest for member in self._members)

    def made_up(self, start: LocalTime | None = None, end: LocalTime | None = None) -> bool:
        return any(member.made_up(start, end) for member in self._members)

    def __repr__(self) -> str:
        return f"{self._function}({', '.join(map(repr, self._members))})"

    @property
    def name(self) -> str:
        return f"{self._function}({', '.join(member.name for member in self._members)})"

    def _change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        return set().union(*(member.change_times(symbols, start, end) for member in self._members))

    def _with_lag(self, lag: timedelta) -> ShortableProvider:
        return type(self)([lagged(member, lag) for member in self._members])

    def _each_source(self, change: Change) -> ShortableProvider:
        return type(self)([member._each_source(change) for member in self._members])


class _FirstOf(_Combined):
    _function = "first_of"

    def shortable_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        for member in self._members:
            quantity = member.shortable_quantity(symbol, local_time)
            if quantity is not None:
                return quantity
        return None

    def _answering(self, symbol: Symbol | str, local_time: LocalTime) -> ShortableProvider:
        """Return the member whose rates count."""
        for member in self._members:
            if member.shortable_quantity(symbol, local_time) is not None:
                return member
        knowing = (member for member in self._members if member.has_fee_rate(symbol, local_time))
        return next(knowing, self._members[0])

    def all_shortable_symbols(self, local_time: LocalTime) -> dict[Symbol, int]:
        first, *others = (member.all_shortable_symbols(local_time) for member in self._members)
        found = {symbol: quantity for symbol, quantity in first.items() if quantity > 0}
        for symbol in dict.fromkeys(
            symbol for listed in others for symbol in listed if symbol not in found
        ):
            # Not in the first one's list: it may have answered 0, which counts, or None, which does not.
            if quantity := self.shortable_quantity(symbol, local_time):
                found[symbol] = quantity
        return found

    def fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        return self._answering(symbol, local_time).fee_rate(symbol, local_time)

    def rebate_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        return self._answering(symbol, local_time).rebate_rate(symbol, local_time)

    def has_fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        return self._answering(symbol, local_time).has_fee_rate(symbol, local_time)

    def has_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        for member in self._members:
            if member.shortable_quantity(symbol, local_time) is not None:
                return member.has_quantity(symbol, local_time)
        return any(member.has_quantity(symbol, local_time) for member in self._members)

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        quote = self._answering(symbol, moment).quote(symbol, moment)
        return replace(quote, has_data=self.has_quantity(symbol, moment))

    def _quantities(self, pairs: Pairs) -> npt.NDArray[np.int64]:
        return self._asked(pairs)[0]

    def _asked(self, pairs: Pairs) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return quantities, and which member gave each; the number of members for none."""
        found = self._members[0].shortable_quantities(pairs)
        who = np.where(found < 0, len(self._members), 0)
        for number, member in enumerate(self._members[1:], 1):
            unanswered = np.flatnonzero(found < 0)
            if not len(unanswered):
                break
            answers = member.shortable_quantities(pairs.take(unanswered))
            found[unanswered] = answers
            who[unanswered[answers >= 0]] = number
        return found, who

    def _has_quantities(self, pairs: Pairs) -> npt.NDArray[np.bool_]:
        who = self._asked(pairs)[1]
        found = np.zeros(len(pairs), np.bool_)
        for number, member in enumerate(self._members):
            mine = np.flatnonzero((who == number) | ((who == len(self._members)) & ~found))
            if len(mine):
                found[mine] = member.has_quantities(pairs.take(mine))
        return found

    def _fee_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        return self._rates(pairs)[0]

    def _rebate_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        who = self._rates(pairs)[1]
        found = np.full(len(pairs), np.nan)
        for number, member in enumerate(self._members):
            mine = np.flatnonzero(who == number)
            if len(mine):
                found[mine] = member.rebate_rates(pairs.take(mine))
        return found

    def _rates(self, pairs: Pairs) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """Return fees, and the member whose rates count."""
        who = self._asked(pairs)[1]
        unanswered = who == len(self._members)
        found = np.full(len(pairs), np.nan)
        for number, member in enumerate(self._members):
            mine = np.flatnonzero((who == number) | (unanswered & np.isnan(found)))
            if len(mine):
                found[mine] = member.fee_rates(pairs.take(mine))
                who[mine[~np.isnan(found[mine])]] = number
        who[who == len(self._members)] = 0
        return found, who


class _SumOf(_Combined):
    _function = "sum_of"

    def shortable_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        return _total([member.shortable_quantity(symbol, local_time) for member in self._members])

    def all_shortable_symbols(self, local_time: LocalTime) -> dict[Symbol, int]:
        lists = [member.all_shortable_symbols(local_time) for member in self._members]
        found = {}
        for symbol in dict.fromkeys(symbol for listed in lists for symbol in listed):
            # A member that does not list the symbol may answer 0, or None, and then there is no sum.
            quantity = _total(
                listed[symbol]
                if symbol in listed
                else member.shortable_quantity(symbol, local_time)
                for member, listed in zip(self._members, lists, strict=True)
            )
            if quantity:
                found[symbol] = quantity
        return found

    def fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        return self._rates(symbol, local_time)[0] or 0.0

    def rebate_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        return self._rates(symbol, local_time)[1] or 0.0

    def has_fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        return self._rates(symbol, local_time)[0] is not None

    def has_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        return all(member.has_quantity(symbol, local_time) for member in self._members)

    def _rates(
        self, symbol: Symbol | str, local_time: LocalTime
    ) -> tuple[float | None, float | None]:
        quotes = [member.quote(symbol, local_time) for member in self._members]
        shares = [quote.quantity for quote in quotes]
        fees = _average(shares, [quote.fee_rate for quote in quotes])
        return fees, _average(shares, [quote.rebate_rate for quote in quotes])

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        quotes = [member.quote(symbol, moment) for member in self._members]
        shares = [quote.quantity for quote in quotes]
        return replace(
            quotes[0],
            quantity=_total(shares),
            quantity_is_floor=any(quote.quantity_is_floor for quote in quotes),
            fee_rate=_average(shares, [quote.fee_rate for quote in quotes]),
            rebate_rate=_average(shares, [quote.rebate_rate for quote in quotes]),
            # The sum was known once its last part was.
            as_of=max((quote.as_of for quote in quotes if quote.as_of is not None), default=None),
            has_data=all(quote.has_data for quote in quotes),
            note="; ".join(dict.fromkeys(quote.note for quote in quotes if quote.note)),
            listed_as=tuple(dict.fromkeys(s for quote in quotes for s in quote.listed_as)),
        )

    def _quantities(self, pairs: Pairs) -> npt.NDArray[np.int64]:
        found = np.array([member.shortable_quantities(pairs) for member in self._members])
        total = reduce(add_shares, found)
        return np.where((found < 0).any(axis=0), np.int64(-1), total)

    def _fee_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        shares = np.array([member.shortable_quantities(pairs) for member in self._members])
        fees = np.array([member.fee_rates(pairs) for member in self._members])
        return _averages(shares, fees)

    def _rebate_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        shares = np.array([member.shortable_quantities(pairs) for member in self._members])
        rebates = np.array([member.rebate_rates(pairs) for member in self._members])
        return _averages(shares, rebates)

    def _has_quantities(self, pairs: Pairs) -> npt.NDArray[np.bool_]:
        found = np.array([member.has_quantities(pairs) for member in self._members])
        return np.asarray(found.all(axis=0), np.bool_)


def _total(quantities: Iterable[int | None]) -> int | None:
    total = 0
    for quantity in quantities:
        if quantity is None:
            return None
        total += quantity
    return min(total, MAX_SHARES)


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
