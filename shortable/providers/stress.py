"""What if: availability that collapses while the fee jumps, or a haircut on all of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from shortable.clock import LocalTime, as_datetime, to_local
from shortable.errors import InvalidInputError
from shortable.provider import BorrowQuote, Pairs, ProviderLike, ShortableProvider
from shortable.providers.adjust import Adjusted, scaled
from shortable.shares import check_quantity
from shortable.symbol import Symbol

__all__ = ["haircut", "squeeze"]


def haircut(provider: ProviderLike, cut: float) -> ShortableProvider:
    """Return a provider of which a fraction of all shares is gone, rounded down; fees stay as they are.

    Parameters
    ----------
    provider
        Anything that `as_provider` takes.
    cut : float
        From 0 (nothing is gone) to 1 (everything is).

    Raises
    ------
    InvalidInputError
        It lies outside.

    Examples
    --------
    >>> from shortable import CustomShortableProvider
    >>> haircut(CustomShortableProvider({"SPY": 501}), 0.3).shortable_quantity("SPY", datetime(2024, 1, 2))
    350
    """
    if isinstance(cut, bool) or not isinstance(cut, (int, float)) or not 0 <= cut <= 1:
        raise InvalidInputError("cut", cut, "be from 0 to 1")
    return scaled(provider, round(1 - cut, 12))


def squeeze(
    provider: ProviderLike,
    symbol: Symbol | str,
    start: LocalTime,
    floor: int = 0,
    fee: float | None = None,
) -> ShortableProvider:
    """Return a provider in which one symbol is squeezed from a time on: at most `floor` shares, at least `fee`.

    Where less is available already, or the fee is higher, that stands; no known restriction and no data become `floor`.

    Parameters
    ----------
    provider
        Anything that `as_provider` takes.
    symbol : Symbol or str
        Which is squeezed; others stay as they are.
    start : time
        From then on, that instant included; naive: wall time of the symbol's market.
    floor : int
        Shares that are left, at least 0.
    fee : float, optional
        Annual fraction; default as it was.

    Raises
    ------
    InvalidInputError
        `floor` is no number of shares, or `fee` no annual fraction.

    Examples
    --------
    >>> from shortable import CustomShortableProvider
    >>> calm = CustomShortableProvider({"GME": 50_000}, fee_rate={"GME": 0.01})
    >>> tight = squeeze(calm, "GME", datetime(2021, 1, 25), floor=1_000, fee=0.8)
    >>> [(tight.shortable_quantity("GME", t), tight.fee_rate("GME", t)) for t in (datetime(2021, 1, 22), datetime(2021, 1, 25))]
    [(50000, 0.01), (1000, 0.8)]
    """
    return _Squeeze(provider, Symbol.create(symbol), start, floor, fee)


class _Squeeze(Adjusted):
    def __init__(
        self,
        provider: ProviderLike,
        symbol: Symbol,
        start: LocalTime,
        floor: int,
        fee: float | None,
    ) -> None:
        super().__init__(provider)
        self._symbol, self._start = symbol, to_local(as_datetime(start, "start"), symbol.market)
        self._floor = check_quantity("floor", floor)
        if fee is not None and not (isinstance(fee, (int, float)) and 0 <= fee < math.inf):
            raise InvalidInputError("fee", fee, "be a finite annual fraction of at least 0")
        self._fee = fee

    def _described(self, inner: str) -> str:
        return f"squeeze({inner}, {str(self._symbol)!r} from {self._start}, {self._floor}, {self._fee})"

    def _like(self, inner: ShortableProvider) -> ShortableProvider:
        return _Squeeze(inner, self._symbol, self._start, self._floor, self._fee)

    def _holds(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        key = Symbol.create(symbol)
        return key == self._symbol and to_local(local_time, key.market) >= self._start

    def _least(self, quantity: int | None) -> int:
        return self._floor if quantity is None else min(quantity, self._floor)

    def shortable_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        if not self._holds(symbol, local_time):
            return self._inner.shortable_quantity(symbol, local_time)
        if not self._inner.has_quantity(symbol, local_time):
            return self._floor
        return self._least(self._inner.shortable_quantity(symbol, local_time))

    def all_shortable_symbols(self, local_time: LocalTime) -> dict[Symbol, int]:
        listed = dict(self._inner.all_shortable_symbols(local_time))
        if self._holds(self._symbol, local_time):
            left = self.shortable_quantity(self._symbol, local_time)
            listed.pop(self._symbol, None)
            if left:
                listed[self._symbol] = left
        return listed

    def has_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        return self._holds(symbol, local_time) or self._inner.has_quantity(symbol, local_time)

    def fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        rate = self._inner.fee_rate(symbol, local_time)
        raised = self._fee is not None and self._holds(symbol, local_time)
        return max(rate, self._fee or 0.0) if raised else rate

    def has_fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        raised = self._fee is not None and self._holds(symbol, local_time)
        return raised or self._inner.has_fee_rate(symbol, local_time)

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        quote = self._inner.quote(symbol, moment)
        if not self._holds(symbol, moment):
            return quote
        note = "; ".join(filter(None, [quote.note, "squeezed, a stress test"]))
        quantity = self.shortable_quantity(symbol, moment)
        fee = self.fee_rate(symbol, moment) if self.has_fee_rate(symbol, moment) else None
        return replace(quote, quantity=quantity, fee_rate=fee, has_data=True, note=note)

    def _squeezed(self, pairs: Pairs) -> npt.NDArray[np.bool_]:
        squeezed = np.array([symbol == self._symbol for symbol in pairs.symbols], np.bool_)
        mine: npt.NDArray[np.bool_] = squeezed[pairs.codes]
        start = np.datetime64(self._start, "us").astype(np.int64)
        mine[mine] = pairs.take(mine).wall(self._symbol.market) >= start
        return mine

    def _quantities(self, pairs: Pairs) -> npt.NDArray[np.int64]:
        inner, mine = self._inner.shortable_quantities(pairs), self._squeezed(pairs)
        if not mine.any():
            return inner
        has_data = np.ones(len(pairs), np.bool_)
        has_data[mine] = self._inner.has_quantities(pairs.take(mine))
        least = np.where((inner < 0) | ~has_data, self._floor, np.minimum(inner, self._floor))
        return np.where(mine, least, inner)

    def _has_quantities(self, pairs: Pairs) -> npt.NDArray[np.bool_]:
        return self._squeezed(pairs) | self._inner.has_quantities(pairs)

    def _fee_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        inner = self._inner.fee_rates(pairs)
        if self._fee is None:
            return inner
        return np.where(self._squeezed(pairs), np.fmax(inner, self._fee), inner)

    def _change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        found = self._inner.change_times(symbols, start, end)
        return found | {self._start} if self._symbol in symbols else found
