"""A provider made of your functions or mappings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar, get_args

import numpy as np
import numpy.typing as npt

from shortable.clock import LocalTime, to_local
from shortable.errors import InvalidInputError, NoSymbolListError, ProviderContractError
from shortable.market import Market
from shortable.provider import AvailabilityKind, Pairs, ShortableProvider
from shortable.provider.rates import RateWatch, annual_fraction, warn_of_percent
from shortable.rule import check_choice
from shortable.shares import check_quantity, share_count
from shortable.symbol import Symbol

__all__ = ["CustomShortableProvider"]

_Question = Callable[[Symbol, datetime], float | None]
_Value = TypeVar("_Value")


class _Table(Protocol):
    """A dict, a Series or another mapping of symbols in any spelling."""

    def items(self) -> Iterable[tuple[Any, float | None]]: ...


_AllSymbols = Callable[[datetime], _Table]


class CustomShortableProvider(ShortableProvider):
    """Answers with what your functions or mappings return.

    Parameters
    ----------
    quantity : callable or mapping
        ``quantity(symbol, local_time)`` gives shares or None; it gets a `Symbol` and naive exchange-local time.
        Or a mapping (dict, Series) of symbols to shares or None, the same at all times, read once. A symbol that
        it lacks cannot be borrowed: absent is not unlimited (S3).
    all_symbols : callable or mapping, optional
        ``all_symbols(local_time)`` gives a mapping of symbols to shares. Default: the mapping `quantity`.
    fee_rate, rebate_rate : callable or mapping, optional
        The same for annual fractions (0.0025 is 0.25 %); None or NaN where unknown. A `RateUnitWarning` says where
        they look like percent.
    kind : {"pool", "daily_flow"}
        What the quantities limit: shares that can be held short (S4), or shares that can be sold short in the session
        of the time asked about (S15).

    Raises
    ------
    InvalidInputError
        An argument is neither, or a mapping holds what is no symbol, no share count or no rate.
    ProviderContractError
        When asked: a function answered what no provider may, or there is no list of all symbols.

    Examples
    --------
    >>> provider = CustomShortableProvider({"SPY": 500, "GME": None})
    >>> [provider.shortable_quantity(s, datetime(2024, 1, 2)) for s in ("SPY", "GME", "AAPL")]
    [500, None, 0]
    >>> CustomShortableProvider(lambda symbol, time: 10 * time.day).shortable_quantity("SPY", datetime(2024, 1, 2))
    20
    """

    def __init__(
        self,
        quantity: _Question | _Table,
        all_symbols: _AllSymbols | _Table | None = None,
        fee_rate: _Question | _Table | None = None,
        rebate_rate: _Question | _Table | None = None,
        *,
        kind: AvailabilityKind = "pool",
    ) -> None:
        self._kind: AvailabilityKind = check_choice("kind", kind, get_args(AvailabilityKind))
        self._quantity = _question("quantity", quantity, _shares)
        self._fee = None if fee_rate is None else _question("fee_rate", fee_rate, _fraction)
        self._rebate = (
            None if rebate_rate is None else _question("rebate_rate", rebate_rate, _fraction)
        )
        self._watch = RateWatch("what CustomShortableProvider's functions answer as rates")
        for name, table in (("fee_rate", self._fee), ("rebate_rate", self._rebate)):
            if isinstance(table, dict):
                rates = [np.nan if rate is None else rate for rate in table.values()]
                warn_of_percent(rates, len(rates), name)
        if all_symbols is None and isinstance(self._quantity, dict):
            all_symbols = self._quantity
        self._all: dict[Symbol, int] | _AllSymbols | None
        if all_symbols is None or callable(all_symbols):
            self._all = all_symbols
        else:
            self._all = _listed(_table("all_symbols", all_symbols, _shares))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._quantity!r})"

    @property
    def availability_kind(self) -> AvailabilityKind:
        """What the quantities limit, as `kind` says."""
        return self._kind

    def shortable_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        """Return what `quantity` gives."""
        key = Symbol.create(symbol)
        moment = to_local(local_time, key.market)
        if isinstance(self._quantity, dict):
            return self._quantity.get(key, 0)
        answer = self._quantity(key, moment)
        return None if answer is None else share_count(answer, f"quantity({key!r}, {moment})")

    def all_shortable_symbols(self, local_time: LocalTime) -> dict[Symbol, int]:
        """Return those of `all_symbols` with a quantity above 0."""
        moment = to_local(local_time, Market.USA)
        if self._all is None:
            raise NoSymbolListError(
                "this CustomShortableProvider has no list of all symbols: "
                "pass all_symbols=, a function of local_time or a mapping"
            )
        if isinstance(self._all, dict):
            return dict(self._all)
        where = f"all_symbols({moment})"
        answer = self._all(moment)
        if not isinstance(answer, Mapping):
            raise ProviderContractError(
                f"{where} answered {answer!r}; it must answer a mapping of symbols to shares"
            )
        return _listed(
            {
                Symbol.create(s): None if n is None else share_count(n, where)
                for s, n in answer.items()
            }
        )

    def fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        """Return what `fee_rate` gives; 0.0 where unknown (S7)."""
        return self._rate("fee_rate", self._fee, symbol, local_time) or 0.0

    def rebate_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        """Return what `rebate_rate` gives; 0.0 where unknown (S7)."""
        return self._rate("rebate_rate", self._rebate, symbol, local_time) or 0.0

    def has_fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        """Return whether `fee_rate` gives one."""
        return self._rate("fee_rate", self._fee, symbol, local_time) is not None

    def _rate(
        self,
        name: str,
        given: dict[Symbol, float | None] | _Question | None,
        symbol: Symbol | str,
        local_time: LocalTime,
    ) -> float | None:
        key = Symbol.create(symbol)
        moment = to_local(local_time, key.market)
        if given is None:
            return None
        if isinstance(given, dict):
            return given.get(key)
        where = f"{name}({key!r}, {moment})"
        try:
            rate = _fraction(where, given(key, moment))
        except InvalidInputError as error:
            raise ProviderContractError(
                f"{where} answered {error.value!r}; it must {error.bound}"
            ) from None
        if rate is not None:
            self._watch.see((name, key), rate)
        return rate

    def _has_quantities(self, pairs: Pairs) -> npt.NDArray[np.bool_]:
        return self._quantities(pairs) >= 0

    def _change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        return (
            set()
            if isinstance(self._quantity, dict)
            else super()._change_times(symbols, start, end)
        )


def _question(
    parameter: str, given: _Question | _Table, check: Callable[[str, object], _Value]
) -> dict[Symbol, _Value] | _Question:
    if callable(given):
        return given
    return _table(parameter, given, check)


def _table(
    parameter: str, given: _Table, check: Callable[[str, object], _Value]
) -> dict[Symbol, _Value]:
    if not callable(getattr(given, "items", None)):
        raise InvalidInputError(parameter, given, "be a function or a mapping of symbols")
    table: dict[Symbol, _Value] = {}
    for name, value in given.items():
        symbol = Symbol.create(name)
        if symbol in table:
            raise InvalidInputError(parameter, name, f"name {symbol} only once")
        table[symbol] = check(f"{parameter}[{name!r}]", value)
    return table


def _listed(table: Mapping[Symbol, int | None]) -> dict[Symbol, int]:
    return {symbol: shares for symbol, shares in table.items() if shares}


def _shares(parameter: str, value: object) -> int | None:
    return None if value is None else check_quantity(parameter, value)


def _fraction(parameter: str, value: object) -> float | None:
    """Return a rate, None where it is not stated."""
    try:
        return annual_fraction(value)
    except ValueError:
        raise InvalidInputError(
            parameter, value, "be a finite annual fraction such as 0.0025, or None"
        ) from None
