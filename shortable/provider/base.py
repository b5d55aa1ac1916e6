"""What every provider answers, once `as_provider` has let it in: single questions, many at once, and what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
import pandas as pd

from shortable.arrays import Bools, Floats, Ints, Times
from shortable.clock import LocalTime, LocalTimes, as_datetime, to_local
from shortable.errors import InvalidInputError, NoSymbolListError, ProviderContractError
from shortable.market import Market
from shortable.provider.contract import (
    AvailabilityKind,
    BorrowQuote,
    IShortableProvider,
    ProviderLike,
    SupportsAvailabilityKind,
    SupportsBorrowRates,
    SupportsCoverage,
)
from shortable.provider.pairs import Pairs, symbol_codes
from shortable.provider.rates import RateWatch, annual_fraction
from shortable.shares import MAX_SHARES, share_count
from shortable.symbol import Symbol

__all__ = ["Change", "ShortableProvider", "as_provider"]


class ShortableProvider:
    """What `as_provider` returns, and the base of shortable's own providers; a class of yours needs no base.

    Times are a ``datetime``, ``date``, ``pd.Timestamp`` or ``np.datetime64``; naive ones are wall time of the
    symbol's market. Symbols are `Symbol` or any vendor's spelling. Questions about many pairs of a symbol and a
    time take (symbols, times), or one `Pairs`.

    The bulk methods ask through `as_provider`, so that a subclass of yours that overrides a single question is
    asked in every form of it. A provider of shortable's own overrides the underscored methods where it knows a
    faster way than asking pair by pair.
    """

    def shortable_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        """Return shares available, at least 0, or None for no known restriction (S1)."""
        raise NotImplementedError

    def all_shortable_symbols(self, local_time: LocalTime) -> dict[Symbol, int]:
        """Return shares available of every symbol that can be borrowed, as a dict of the caller's own."""
        raise NotImplementedError

    def fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        """Return the borrow fee as an annual fraction paid by the short; 0.0 where none is known (S7)."""
        _check(symbol, local_time)
        return 0.0

    def rebate_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        """Return the rebate on short proceeds as an annual fraction; 0.0 where none is known (S7)."""
        _check(symbol, local_time)
        return 0.0

    def has_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        """Return whether the quantity rests on data; False is the verdict *no data* (S3).

        An answer of None, no restriction known, rests on none.
        """
        return self.shortable_quantity(symbol, local_time) is not None

    def has_fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        """Return whether a fee rate is known; where it is not, `fee_rate` is 0.0."""
        _check(symbol, local_time)
        return False

    def quote(self, symbol: Symbol | str, local_time: LocalTime) -> BorrowQuote:
        """Return everything that is known about borrowing a symbol at a time.

        Examples
        --------
        >>> from shortable import CustomShortableProvider
        >>> CustomShortableProvider({"SPY": 500}, fee_rate={"SPY": 0.0025}).quote("SPY", datetime(2024, 1, 2)).fee_rate
        0.0025
        """
        return as_provider(self)._quote(Symbol.create(symbol), as_datetime(local_time))

    def shortable_quantities(
        self, symbols: Iterable[str] | Pairs, times: LocalTimes | None = None
    ) -> Ints:
        """Return shares available of many (symbol, time) pairs, −1 for None: the one place where −1 stands for it.

        Parameters
        ----------
        symbols : str, Symbol, or array-like of them; or Pairs
            Of shape (n,); a pandas Categorical is fastest. A single one goes with all times.
        times : time, or array-like of times
            Of shape (n,); a DatetimeIndex or ``datetime64`` array is fastest. A single one goes with all symbols.
            All naive (wall time of each symbol's market) or all with a time zone. Left out where `symbols` are
            `Pairs`.

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
        return as_provider(self)._quantities(Pairs.of(symbols, times))

    def fee_rates(self, symbols: Iterable[str] | Pairs, times: LocalTimes | None = None) -> Floats:
        """Return the borrow fees of many (symbol, time) pairs as annual fractions; NaN where none is known.

        Parameters and errors are those of `shortable_quantities`; of shape (n,).
        """
        return as_provider(self)._fee_rates(Pairs.of(symbols, times))

    def rebate_rates(
        self, symbols: Iterable[str] | Pairs, times: LocalTimes | None = None
    ) -> Floats:
        """Return the rebates of many (symbol, time) pairs as annual fractions; NaN where none is known.

        Parameters and errors are those of `shortable_quantities`; of shape (n,).
        """
        return as_provider(self)._rebate_rates(Pairs.of(symbols, times))

    def has_quantities(
        self, symbols: Iterable[str] | Pairs, times: LocalTimes | None = None
    ) -> Bools:
        """Return `has_quantity` of many (symbol, time) pairs.

        Parameters and errors are those of `shortable_quantities`; of shape (n,).

        Examples
        --------
        >>> import pandas as pd
        >>> from shortable import FrameShortableProvider
        >>> table = pd.DataFrame({"GME": [0]}, index=pd.to_datetime(["2024-01-02"]))
        >>> FrameShortableProvider(table).has_quantities(["GME", "AMC"], datetime(2024, 1, 3))
        array([ True, False])
        """
        return as_provider(self)._has_quantities(Pairs.of(symbols, times))

    def has_fee_rates(
        self, symbols: Iterable[str] | Pairs, times: LocalTimes | None = None
    ) -> Bools:
        """Return `has_fee_rate` of many (symbol, time) pairs: where `fee_rates` is not NaN.

        Parameters and errors are those of `shortable_quantities`; of shape (n,).
        """
        return ~np.isnan(self.fee_rates(symbols, times))

    def panel(self, symbols: Iterable[str], start: LocalTime, end: LocalTime) -> pd.DataFrame:
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
            The first row is the state at `start`; then one for each time up to `end` at which an answer may change
            (see `change_times`). `pd.NA` is None.

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
        names, codes = symbol_codes(symbols)
        first, last = _bounds(names, start, end)
        changes = self.change_times(names, first, last)
        times = np.array(
            sorted({first} | {t for t in changes if first < t <= last}), "datetime64[us]"
        )
        width = max(_CELLS // len(times), 1)
        answers = [
            (np.maximum(found, 0), found < 0)
            for start in range(0, len(names), width)
            for found in self._at_each(names[start : start + width], times)
        ]
        twice = len(codes) > len(names)
        columns = [
            pd.arrays.IntegerArray(answers[c][0], answers[c][1], copy=twice) for c in codes.tolist()
        ]
        table = pd.DataFrame(
            dict(enumerate(columns)),
            index=pd.DatetimeIndex(times, name="local_time"),
            copy=False,
        )
        table.columns = pd.Index([names[c] for c in codes.tolist()], dtype=object, name="symbol")
        return table

    def _at_each(self, names: list[Symbol], times: Times) -> Ints:
        """Return shares available of each symbol at each time, of shape (symbols, times)."""
        which = np.repeat(np.arange(len(names)), len(times))
        pairs = Pairs(names, which, np.tile(times.view(np.int64), len(names)), False)
        return self.shortable_quantities(pairs).reshape(len(names), len(times))

    def change_times(
        self, symbols: Iterable[str], start: LocalTime, end: LocalTime
    ) -> set[datetime]:
        """Return naive wall times at which answers about some symbols may change, some of them outside [start, end].

        Those from which a snapshot counts that may name one of the symbols, and those from which there are no data
        any more. Providers made of functions and a class of yours know no such times; theirs is each midnight.

        Parameters and errors are those of `panel`.
        """
        names = symbol_codes(symbols)[0]
        return as_provider(self)._change_times(names, *_bounds(names, start, end))

    def share_days(self, symbols: Iterable[str] | Pairs, times: LocalTimes | None = None) -> Times:
        """Return the day in whose shares each quantity is counted (S11), exchange-local, ``datetime64[D]``.

        That of the snapshot behind the answer; where there is none, and for a class of yours, the day asked about.
        Parameters and errors are those of `shortable_quantities`; of shape (n,).
        """
        return as_provider(self)._share_days(Pairs.of(symbols, times))

    @property
    def availability_kind(self) -> AvailabilityKind:
        """What the quantities limit: ``"pool"`` (S4) or ``"daily_flow"`` (S15)."""
        return "pool"

    @property
    def at_rest(self) -> bool:
        """Whether answers are fixed from the start and quick in bulk, so that a backtest may ask ahead of its clock.

        An answer about a time does not depend on when it is asked (S2), so nothing is seen early. A class of yours
        may change between two bars: it is never asked ahead.
        """
        return False

    @property
    def name(self) -> str:
        """What summaries call it: the same text in every run (S10)."""
        text = repr(self.wrapped)
        # Python's own description holds an address.
        return type(self.wrapped).__name__ if " at 0x" in text else text

    @property
    def policy(self) -> str:
        """Which snapshots answer, and what happens where none does, in words."""
        return f"{type(self.wrapped).__name__}'s own"

    @property
    def wrapped(self) -> ProviderLike:
        """What was handed to `as_provider`: the provider itself, or the object of yours behind it."""
        return self

    def made_up(self, start: LocalTime | None = None, end: LocalTime | None = None) -> bool:
        """Return whether answers between two times, both included, can rest on made-up sample data."""
        return False

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        fee = self.fee_rate(symbol, moment) if self.has_fee_rate(symbol, moment) else None
        rebate = self.rebate_rate(symbol, moment)
        return BorrowQuote(
            symbol,
            to_local(moment, symbol.market),
            self.shortable_quantity(symbol, moment),
            fee_rate=fee,
            # Nothing says whether a rebate of 0 is known: one that stands beside a fee is taken to be.
            rebate_rate=None if fee is None and not rebate else rebate,
            has_data=self.has_quantity(symbol, moment),
        )

    def _quantities(self, pairs: Pairs) -> Ints:
        answers = (self.shortable_quantity(symbol, time) for symbol, time in pairs.moments())
        return np.fromiter((-1 if n is None else n for n in answers), np.int64, len(pairs))

    def _fee_rates(self, pairs: Pairs) -> Floats:
        answers = (
            self.fee_rate(symbol, time) if self.has_fee_rate(symbol, time) else np.nan
            for symbol, time in pairs.moments()
        )
        return np.fromiter(answers, np.float64, len(pairs))

    def _rebate_rates(self, pairs: Pairs) -> Floats:
        answers = (
            rate
            if (rate := self.rebate_rate(symbol, time)) or self.has_fee_rate(symbol, time)
            else np.nan
            for symbol, time in pairs.moments()
        )
        return np.fromiter(answers, np.float64, len(pairs))

    def _has_quantities(self, pairs: Pairs) -> Bools:
        answers = (self.has_quantity(symbol, time) for symbol, time in pairs.moments())
        return np.fromiter(answers, np.bool_, len(pairs))

    def _share_days(self, pairs: Pairs) -> Times:
        return pairs.days()

    def _change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        days = range(start.toordinal() + 1, end.toordinal() + 1)
        return {datetime.fromordinal(day) for day in days}

    def _with_lag(self, lag: timedelta) -> ShortableProvider | None:
        """Return this provider seen through a lag, or None where only a wrapper can do that."""
        return None

    def _each_source(self, change: Change) -> ShortableProvider:
        """Return this provider with every source of answers in it changed; it is one unless it combines others."""
        return change(self)


Change = Callable[[ShortableProvider], ShortableProvider]
"""What makes another provider of one."""

_CELLS = 1 << 18
"""Cells of a panel that are asked for at a time."""
_Method = Callable[..., object]
_QUESTIONS = {
    "shortable_quantity": "ShortableQuantity",
    "all_shortable_symbols": "AllShortableSymbols",
    "fee_rate": "FeeRate",
    "rebate_rate": "RebateRate",
    "has_quantity": "HasQuantity",
    "has_fee_rate": "HasFeeRate",
}
# What these classes define says nothing of the provider: it is a declaration, or the answer of who knows nothing.
_WITHOUT_ANSWERS = (IShortableProvider, SupportsBorrowRates, SupportsCoverage, ShortableProvider)


def as_provider(obj: ProviderLike) -> ShortableProvider:
    """Turn whatever a user calls a provider into the contract, or refuse it.

    Takes the protocol's two methods in snake_case or LEAN's PascalCase, with or without
    `NullShortableProvider` as base; the most derived override wins, in either spelling. LEAN's newer
    interface without a list of all symbols is accepted: only asking for the list is then refused.

    Parameters
    ----------
    obj : object
        Instance with ``shortable_quantity(symbol, local_time)`` and ``all_shortable_symbols(local_time)``.

    Returns
    -------
    ShortableProvider
        `obj` itself where it is one of shortable's own, else a checked view of it. Answers that are not whole
        numbers of shares, at least 0, or None raise `ProviderContractError` when they come.

    Raises
    ------
    ProviderContractError
        `obj` is a class, or lacks ``shortable_quantity``.

    Examples
    --------
    >>> class TenShares:
    ...     def shortable_quantity(self, symbol, local_time): return 10.0
    ...     def all_shortable_symbols(self, local_time): return {"AAPL": 10}
    >>> as_provider(TenShares()).shortable_quantity("AAPL", datetime(2024, 1, 2))
    10
    """
    if isinstance(obj, type):
        raise ProviderContractError(
            f"{obj.__name__} is a class; pass an instance of it: {obj.__name__}(...)"
        )
    if isinstance(obj, ShortableProvider) and not _overrides_native(obj):
        return obj
    methods = {name: _find(obj, name, pascal) for name, pascal in _QUESTIONS.items()}
    quantity = methods["shortable_quantity"]
    if quantity is None:
        hint = (
            " Make one of it with CustomShortableProvider(quantity=...)."
            if isinstance(obj, Mapping) or callable(obj)
            else ""
        )
        raise ProviderContractError(
            f"{type(obj).__name__} is not a shortable provider: it has no method shortable_quantity(symbol, local_time) "
            f"(or LEAN's ShortableQuantity).{hint}"
        )
    return _CheckedProvider(obj, quantity, methods)


def _overrides_native(obj: ShortableProvider) -> bool:
    """Whether a class outside shortable redefines a question."""
    names = {*_QUESTIONS, *_QUESTIONS.values()}
    foreign = (c for c in type(obj).__mro__ if not c.__module__.startswith("shortable."))
    return any(names & set(vars(c)) for c in foreign if c is not object)


def _find(obj: object, snake: str, pascal: str) -> _Method | None:
    """Return the most derived of the two spellings, the instance's own attributes first."""
    own: dict[str, object] = vars(obj) if hasattr(obj, "__dict__") else {}
    for name in (snake, pascal):
        if callable(found := own.get(name)):
            return found
    for cls in type(obj).__mro__:
        if cls in _WITHOUT_ANSWERS or cls is Protocol:
            continue
        for name in (snake, pascal):
            if name in vars(cls):
                bound = getattr(obj, name)
                return bound if callable(bound) else None
    # A class may delegate by __getattr__ (a Mock, a proxy); nothing in the class hierarchy names the method then.
    if not hasattr(type(obj), "__getattr__"):
        return None
    return next((m for name in (snake, pascal) if callable(m := getattr(obj, name, None))), None)


class _CheckedProvider(ShortableProvider):
    """A user's provider behind the contract: arguments normalised, answers checked."""

    def __init__(
        self, obj: ProviderLike, quantity: _Method, methods: Mapping[str, _Method | None]
    ) -> None:
        self._object, self._quantity = obj, quantity
        self._all = methods["all_shortable_symbols"]
        self._fee, self._rebate = methods["fee_rate"], methods["rebate_rate"]
        self._has_quantity, self._has_fee = methods["has_quantity"], methods["has_fee_rate"]
        self._watch = RateWatch(f"what {type(obj).__name__} answers as rates")

    def __repr__(self) -> str:
        return f"as_provider({self._object!r})"

    @property
    def wrapped(self) -> ProviderLike:
        return self._object

    def shortable_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        key = Symbol.create(symbol)
        moment = to_local(local_time, key.market)
        answer = self._quantity(key, moment)
        if type(answer) is int and 0 <= answer <= MAX_SHARES:
            return answer
        return (
            None
            if answer is None
            else share_count(
                answer, f"{type(self._object).__name__}.shortable_quantity({key!r}, {moment})"
            )
        )

    def all_shortable_symbols(self, local_time: LocalTime) -> dict[Symbol, int]:
        if self._all is None:
            raise NoSymbolListError(
                f"{type(self._object).__name__} has no list of all symbols: add all_shortable_symbols(local_time)"
            )
        moment = to_local(local_time, Market.USA)
        answer = self._all(moment)
        where = f"{type(self._object).__name__}.all_shortable_symbols({moment})"
        if not isinstance(answer, Mapping):
            raise ProviderContractError(
                f"{where} answered {answer!r}; it must answer a mapping of symbols to shares"
            )
        return {Symbol.create(s): share_count(n, where) for s, n in answer.items() if n is not None}

    def fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        return self._rate(self._fee, "fee_rate", symbol, local_time)

    def rebate_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        return self._rate(self._rebate, "rebate_rate", symbol, local_time)

    def _rate(
        self, method: _Method | None, name: str, symbol: Symbol | str, local_time: LocalTime
    ) -> float:
        if method is None:
            return 0.0
        key = Symbol.create(symbol)
        answer = method(key, to_local(local_time, key.market))
        try:
            rate = annual_fraction(answer)
        except ValueError:
            raise ProviderContractError(
                f"{type(self._object).__name__}.{name} answered {answer!r}; it must answer a finite annual fraction, "
                "or None"
            ) from None
        if rate is None:
            return 0.0
        self._watch.see((name, key), rate)
        return rate

    def has_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        if self._has_quantity is None:
            return super().has_quantity(symbol, local_time)
        key = Symbol.create(symbol)
        return bool(self._has_quantity(key, to_local(local_time, key.market)))

    def has_fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        if self._fee is None:
            return super().has_fee_rate(symbol, local_time)
        key = Symbol.create(symbol)
        moment = to_local(local_time, key.market)
        if self._has_fee is not None:
            return bool(self._has_fee(key, moment))
        answer = self._fee(key, moment)
        return answer is not None and answer == answer

    @property
    def availability_kind(self) -> AvailabilityKind:
        if not isinstance(self._object, SupportsAvailabilityKind):
            return "pool"
        kind = self._object.availability_kind
        if kind not in ("pool", "daily_flow"):
            raise ProviderContractError(
                f"{type(self._object).__name__}.availability_kind is {kind!r}; it must be 'pool' or 'daily_flow'"
            )
        return kind

    @property
    def policy(self) -> str:
        own = getattr(self._object, "policy", None)
        return own if isinstance(own, str) else super().policy

    def made_up(self, start: LocalTime | None = None, end: LocalTime | None = None) -> bool:
        own = getattr(self._object, "made_up", None)
        return bool(own(start, end)) if callable(own) else False


def _bounds(
    symbols: Sequence[Symbol], start: LocalTime, end: LocalTime
) -> tuple[datetime, datetime]:
    """Return the ends of a span as naive wall time.

    Raises
    ------
    InvalidInputError
        The end lies before the start, or a time has a zone and the symbols are of several markets.
    """
    first, last = _bound(symbols, "start", start), _bound(symbols, "end", end)
    if last < first:
        raise InvalidInputError("end", end, f"not lie before start={start!s}")
    return first, last


def _bound(symbols: Sequence[Symbol], parameter: str, value: LocalTime) -> datetime:
    moment = as_datetime(value, parameter)
    if moment.tzinfo is None:
        return moment.replace(fold=0)
    markets = sorted({symbol.market for symbol in symbols})
    if len(markets) != 1:
        raise InvalidInputError(
            parameter,
            value,
            f"be naive where the symbols are of several markets ({markets})",
            "A naive time is each market's own wall time.",
        )
    return to_local(moment, markets[0]).replace(fold=0)


def _check(symbol: Symbol | str, local_time: LocalTime) -> None:
    """Refuse what is no symbol or no time, where the answer does not depend on it."""
    if type(symbol) is not Symbol:
        Symbol.create(symbol)
    if type(local_time) is not datetime:
        as_datetime(local_time)
