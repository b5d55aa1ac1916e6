"""What a model is fitted on: fees and quantities of many symbols at many snapshots, in logarithms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arrays import Bools, Floats
from shortable.clock import LocalTime
from shortable.errors import InvalidInputError
from shortable.provider import ProviderLike, ShortableProvider, as_provider
from shortable.symbol import Symbol

__all__ = ["LARGEST", "BorrowHistory"]


LARGEST = 10_000_000
"""Interactive Brokers shows no more than this many shares; above it a quantity is only a floor (S9)."""


@dataclass(frozen=True, slots=True)
class BorrowHistory:
    """Snapshots of many symbols.

    Attributes
    ----------
    symbols : list of Symbol
    times : ndarray of datetime64[us], shape (T,)
        Exchange-local, ascending.
    fees : ndarray of float64, shape (T, N)
        Natural logarithm of the annual fraction; NaN where none is known.
    shares : ndarray of float64, shape (T, N)
        Decimal logarithm of 1 + shares available; 0 where none can be borrowed, NaN where there are no data or the
        symbol was not listed yet.
    floor : float
        The most frequent fee, an annual fraction: that of general collateral. Lower ones count as this.
    """

    symbols: list[Symbol]
    times: npt.NDArray[np.datetime64]
    fees: Floats
    shares: Floats
    floor: float

    @classmethod
    def of(
        cls, provider: ProviderLike, times: Iterable[LocalTime], symbols: Sequence[str] | None
    ) -> BorrowHistory:
        """Ask a provider about all symbols at all times.

        Raises
        ------
        InvalidInputError
            Fewer than two times, or no symbol has both a quantity and a fee anywhere.
        """
        provider = as_provider(provider)
        if isinstance(symbols, str) or not (symbols is None or isinstance(symbols, Iterable)):
            raise InvalidInputError("symbols", symbols, "be a list of symbols")
        try:
            moments = sorted({pd.Timestamp(t).to_pydatetime() for t in times})
        except (TypeError, ValueError):
            raise InvalidInputError("times", times, "be a list of times") from None
        if len(moments) < 2:
            raise InvalidInputError("times", len(moments), "be two snapshots at least")
        names = (
            _listed(provider, moments) if symbols is None else [Symbol.create(s) for s in symbols]
        )
        shape = len(moments), len(names)
        fees, shares = np.full(shape, np.nan), np.full(shape, np.nan)
        for row, moment in enumerate(moments):
            if not names:
                break
            quantities = provider.shortable_quantities(names, moment)
            known = provider.has_quantities(names, moment)
            counted = np.where(quantities < 0, LARGEST, np.minimum(quantities, LARGEST))
            shares[row] = np.where(known, np.log10(1.0 + counted), np.nan)
            fees[row] = provider.fee_rates(names, moment)
        positive = fees[fees > 0]
        if not len(positive) or np.isnan(shares).all():
            raise InvalidInputError(
                "provider", provider.name, "know a fee and a quantity at some of the times"
            )
        fractions, counts = np.unique(positive.round(6), return_counts=True)
        floor = float(fractions[np.argmax(counts)])
        unlisted = np.logical_and.accumulate(np.isnan(shares) | (shares == 0), axis=0)
        shares[unlisted] = np.nan
        logs = np.log(np.maximum(fees, floor))
        return cls(names, np.array(moments, "datetime64[us]"), logs, shares, floor)

    @property
    def days(self) -> Floats:
        """Days since the first snapshot, shape (T,)."""
        return np.asarray((self.times - self.times[0]) / np.timedelta64(1, "D"), np.float64)

    def part(
        self, rows: slice = slice(None), columns: slice | Bools = slice(None)
    ) -> BorrowHistory:
        """Return some of the snapshots or of the symbols."""
        names = np.array(self.symbols, dtype=object)[columns].tolist()
        return BorrowHistory(
            names,
            self.times[rows],
            self.fees[rows][:, columns],
            self.shares[rows][:, columns],
            self.floor,
        )


def _listed(provider: ShortableProvider, moments: Sequence[datetime]) -> list[Symbol]:
    """Return every symbol that could be borrowed at some of the times."""
    return sorted(
        {symbol for moment in moments for symbol in provider.all_shortable_symbols(moment)}
    )
