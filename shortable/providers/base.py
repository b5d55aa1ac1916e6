"""What all of shortable's own providers share: the questions beside the contract's two, and their bulk forms.

A provider overrides the underscored methods where it knows a faster way than asking pair by pair. The public
ones ask through `as_provider`, so that a user's subclass that overrides a question is heard in every form of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.clock import as_datetime, to_local
from shortable.errors import InvalidInputError
from shortable.provider import BorrowQuote, IShortableProvider, NativeProvider, as_provider
from shortable.providers.pairs import Pairs, symbol_codes
from shortable.symbol import Symbol

__all__ = [
    "BaseProvider",
    "change_times_of",
    "fee_rates_of",
    "quantities_of",
    "quote_of",
    "rates_of",
]


class BaseProvider(NativeProvider):
    """Base of shortable's own providers; a user's class needs none.

    Times are a ``datetime``, ``date``, ``pd.Timestamp`` or ``np.datetime64``; naive ones are wall time of the
    symbol's market. Symbols are `Symbol` or any vendor's spelling.
    """

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int | None:
        """Return shares available, at least 0, or None for no known restriction (S1)."""
        raise NotImplementedError

    def all_shortable_symbols(self, local_time: datetime) -> dict[Symbol, int]:
        """Return shares available of every symbol that can be borrowed, as a dict of the caller's own."""
        raise NotImplementedError

    def fee_rate(self, symbol: Symbol, local_time: datetime) -> float:
        """Return the borrow fee as an annual fraction paid by the short; 0.0 where none is known (S7)."""
        _check(symbol, local_time)
        return 0.0

    def rebate_rate(self, symbol: Symbol, local_time: datetime) -> float:
        """Return the rebate on short proceeds as an annual fraction; 0.0 where none is known (S7)."""
        _check(symbol, local_time)
        return 0.0

    def has_quantity(self, symbol: Symbol, local_time: datetime) -> bool:
        """Return False where the quantity comes from the ``missing=`` policy because no snapshot speaks (S3)."""
        _check(symbol, local_time)
        return True

    def has_fee_rate(self, symbol: Symbol, local_time: datetime) -> bool:
        """Return False where the fee rate reads as 0 only because none is known."""
        _check(symbol, local_time)
        return False

    def quote(self, symbol: Symbol | str, local_time: datetime) -> BorrowQuote:
        """Return everything that is known about borrowing a symbol at a time.

        Examples
        --------
        >>> from shortable import CustomShortableProvider
        >>> CustomShortableProvider({"SPY": 500}, fee_rate={"SPY": 0.0025}).quote("SPY", datetime(2024, 1, 2)).fee_rate
        0.0025
        """
        return quote_of(as_provider(self), Symbol.create(symbol), as_datetime(local_time))

    def shortable_quantities(self, symbols: Any, times: Any) -> npt.NDArray[np.int64]:
        """Return shares available of many (symbol, time) pairs; −1 stands for None, in this array alone.

        Parameters
        ----------
        symbols : str, Symbol, or array-like of them
            Of shape (n,); a pandas Categorical is fastest. A single one goes with all times.
        times : time, or array-like of times
            Of shape (n,); a DatetimeIndex or ``datetime64`` array is fastest. A single one goes with all symbols.
            All naive (wall time of each symbol's market) or all with a time zone.

        Returns
        -------
        ndarray of int64, shape (n,)

        Raises
        ------
        InvalidInputError
            Lengths differ, a value is missing or unreadable.

        Examples
        --------
        >>> from shortable import CustomShortableProvider
        >>> provider = CustomShortableProvider({"SPY": 500, "GME": 0, "AAPL": None})
        >>> provider.shortable_quantities(["SPY", "GME", "AAPL"], datetime(2024, 1, 2))
        array([500,   0,  -1])
        """
        return quantities_of(as_provider(self), Pairs.of(symbols, times))

    def fee_rates(self, symbols: Any, times: Any) -> npt.NDArray[np.float64]:
        """Return the borrow fees of many (symbol, time) pairs as annual fractions; NaN where none is known.

        Parameters and errors are those of `shortable_quantities`; of shape (n,).
        """
        return fee_rates_of(as_provider(self), Pairs.of(symbols, times))

    def panel(self, symbols: Any, start: datetime, end: datetime) -> pd.DataFrame:
        """Return shares available as a table of times × symbols.

        Parameters
        ----------
        symbols : str, Symbol, or array-like of them
            Columns, in this order.
        start, end : time
            Both ends count. Wall time where naive; with a time zone only where all symbols are of one market.

        Returns
        -------
        DataFrame of Int64
            The first row is the state at `start`; then one for each wall time up to `end` from which a snapshot
            counts that may speak of one of the symbols, or from which nothing speaks any more. Providers made of
            functions or of a user's class tell no such times; theirs is a row at each midnight. `pd.NA` is None.

        Raises
        ------
        InvalidInputError
            `end` lies before `start`.

        Examples
        --------
        >>> from shortable import CustomShortableProvider
        >>> provider = CustomShortableProvider(lambda symbol, time: 100 * time.day)
        >>> provider.panel("SPY", datetime(2024, 1, 2), datetime(2024, 1, 4))["SPY"].tolist()
        [200, 300, 400]
        """
        view = as_provider(self)
        names, codes = symbol_codes(symbols)
        first, last = (
            _bound(names, name, value) for name, value in (("start", start), ("end", end))
        )
        if last < first:
            raise InvalidInputError("end", end, f"not lie before start={start!s}")
        changes = change_times_of(view, names, first, last)
        times = np.array(
            sorted({first} | {t for t in changes if first < t <= last}), "datetime64[us]"
        )
        found = quantities_of(
            view,
            Pairs(
                names,
                np.repeat(np.arange(len(names)), len(times)),
                np.tile(times.view(np.int64), len(names)),
                False,
            ),
        ).reshape(len(names), len(times))
        columns = [
            pd.arrays.IntegerArray(np.maximum(found[c], 0), found[c] < 0) for c in codes.tolist()
        ]
        table = pd.DataFrame(
            dict(enumerate(columns)), index=pd.DatetimeIndex(times, name="local_time")
        )
        table.columns = pd.Index([names[c] for c in codes.tolist()], dtype=object, name="symbol")
        return table

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        return _asked_quote(self, symbol, moment)

    def _quantities(self, pairs: Pairs) -> npt.NDArray[np.int64]:
        return _asked_quantities(self, pairs)

    def _fee_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        return _asked_fee_rates(self, pairs)

    def _change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        return _midnights(start, end)

    def _with_lag(self, lag: timedelta) -> BaseProvider | None:
        """Return this provider seen through a lag, or None where only a wrapper can do that."""
        return None


def quote_of(provider: IShortableProvider, symbol: Symbol, moment: datetime) -> BorrowQuote:
    """Return any provider's quote; `provider` has been through `as_provider`."""
    if isinstance(provider, BaseProvider):
        return provider._quote(symbol, moment)
    return _asked_quote(provider, symbol, moment)


def quantities_of(provider: IShortableProvider, pairs: Pairs) -> npt.NDArray[np.int64]:
    """Return any provider's quantities, −1 for None."""
    if isinstance(provider, BaseProvider):
        return provider._quantities(pairs)
    return _asked_quantities(provider, pairs)


def fee_rates_of(provider: IShortableProvider, pairs: Pairs) -> npt.NDArray[np.float64]:
    """Return any provider's fee rates, NaN where none is known."""
    if isinstance(provider, BaseProvider):
        return provider._fee_rates(pairs)
    return _asked_fee_rates(provider, pairs)


def change_times_of(
    provider: IShortableProvider, symbols: Sequence[Symbol], start: datetime, end: datetime
) -> set[datetime]:
    """Return naive wall times, some of them outside [start, end], at which any provider's answers may change."""
    if isinstance(provider, BaseProvider):
        return provider._change_times(symbols, start, end)
    return _midnights(start, end)


def rates_of(provider: Any, symbol: Symbol, moment: datetime) -> tuple[float | None, float | None]:
    """Return any provider's fee and rebate rate, None where it knows none."""
    if isinstance(provider, BaseProvider):
        quote = provider._quote(symbol, moment)
        return quote.fee_rate, quote.rebate_rate
    known = provider.has_fee_rate(symbol, moment)
    rebate = provider.rebate_rate(symbol, moment)
    # The contract has no question for "is the rebate known": one that stands beside a fee, or is not 0, is.
    return provider.fee_rate(symbol, moment) if known else None, rebate if known or rebate else None


def _asked_quote(provider: Any, symbol: Symbol, moment: datetime) -> BorrowQuote:
    known = provider.has_fee_rate(symbol, moment)
    rebate = provider.rebate_rate(symbol, moment)
    return BorrowQuote(
        symbol,
        to_local(moment, symbol.market),
        provider.shortable_quantity(symbol, moment),
        fee_rate=provider.fee_rate(symbol, moment) if known else None,
        rebate_rate=rebate if known or rebate else None,
    )


def _asked_quantities(provider: IShortableProvider, pairs: Pairs) -> npt.NDArray[np.int64]:
    answers = (provider.shortable_quantity(symbol, time) for symbol, time in pairs.moments())
    return np.fromiter((-1 if n is None else n for n in answers), np.int64, len(pairs))


def _asked_fee_rates(provider: Any, pairs: Pairs) -> npt.NDArray[np.float64]:
    answers = (
        provider.fee_rate(symbol, time) if provider.has_fee_rate(symbol, time) else np.nan
        for symbol, time in pairs.moments()
    )
    return np.fromiter(answers, np.float64, len(pairs))


def _midnights(start: datetime, end: datetime) -> set[datetime]:
    days = range(start.toordinal() + 1, end.toordinal() + 1)
    return {datetime.fromordinal(day) for day in days}


def _bound(symbols: Sequence[Symbol], parameter: str, value: Any) -> datetime:
    moment = as_datetime(value, parameter)
    markets = sorted({symbol.market for symbol in symbols})
    if moment.tzinfo is None:
        return moment.replace(fold=0)
    if len(markets) != 1:
        raise InvalidInputError(
            parameter,
            value,
            f"be naive where the symbols are of several markets ({markets})",
            "A naive time is each market's own wall time.",
        )
    return to_local(moment, markets[0]).replace(fold=0)


def _check(symbol: Any, local_time: Any) -> None:
    """Refuse what is no symbol or no time, where the answer does not depend on it."""
    if type(symbol) is not Symbol:
        Symbol.create(symbol)
    if type(local_time) is not datetime:
        as_datetime(local_time)
