"""A fee for history that has none: one annual rate where the provider knows no fee."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from shortable.clock import LocalTime
from shortable.errors import InvalidInputError
from shortable.provider import BorrowQuote, Pairs, ProviderLike, ShortableProvider
from shortable.providers.adjust import Adjusted
from shortable.symbol import Symbol

__all__ = ["with_flat_rate"]


def with_flat_rate(provider: ProviderLike, fee_rate: float) -> ShortableProvider:
    """Return a provider that answers with one fee rate wherever the given one knows none; quantities stay as they are.

    A guess, which its name states in every summary; nights that it prices count as having a rate.

    Parameters
    ----------
    provider
        Anything that `as_provider` takes.
    fee_rate : float
        Annual fraction (0.0025 is 0.25 %), finite, at least 0.

    Raises
    ------
    InvalidInputError
        The rate is no such fraction.

    Examples
    --------
    >>> from shortable import CustomShortableProvider
    >>> guessed = with_flat_rate(CustomShortableProvider({"SPY": 5, "GME": 5}, fee_rate={"GME": 0.3}), 0.0025)
    >>> [guessed.fee_rate(symbol, datetime(2024, 1, 2)) for symbol in ("SPY", "GME")]
    [0.0025, 0.3]
    """
    return _FlatRate(provider, fee_rate)


class _FlatRate(Adjusted):
    def __init__(self, provider: ProviderLike, fee_rate: float) -> None:
        super().__init__(provider)
        number = isinstance(fee_rate, (int, float)) and not isinstance(fee_rate, bool)
        if not number or not math.isfinite(fee_rate) or fee_rate < 0:
            raise InvalidInputError(
                "fee_rate", fee_rate, "be a finite annual fraction of at least 0"
            )
        self._rate = float(fee_rate)

    def _described(self, inner: str) -> str:
        return f"with_flat_rate({inner}, {self._rate!r})"

    def _like(self, inner: ShortableProvider) -> ShortableProvider:
        return _FlatRate(inner, self._rate)

    def fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        if self._inner.has_fee_rate(symbol, local_time):
            return self._inner.fee_rate(symbol, local_time)
        return self._rate

    def has_fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        self._inner.has_fee_rate(symbol, local_time)  # refuses what is no symbol or no time
        return True

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        quote = self._inner.quote(symbol, moment)
        if quote.fee_rate is not None:
            return quote
        note = "; ".join(filter(None, [quote.note, "the fee is a flat rate, not the vendor's"]))
        return replace(quote, fee_rate=self._rate, note=note)

    def _fee_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        rates = self._inner.fee_rates(pairs)
        return np.where(np.isnan(rates), self._rate, rates)
