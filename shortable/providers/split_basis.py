"""A provider on the share basis of prices, and under the names of today (S11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from shortable.actions import CorporateActions, Identity, Name, restated_shares
from shortable.clock import LocalTime, as_datetime, to_local
from shortable.errors import InvalidInputError
from shortable.provider import (
    AvailabilityKind,
    BorrowQuote,
    Pairs,
    ProviderLike,
    ShortableProvider,
    as_provider,
)
from shortable.providers.adjust import lagged
from shortable.rule import check_choice
from shortable.shares import MAX_SHARES, scale_shares
from shortable.symbol import Symbol

__all__ = ["ShareBasis", "on_split_basis"]

ShareBasis = Literal["raw", "split_adjusted"]
"""In which shares a quantity is: the day's own, or those after all splits of a table."""


def on_split_basis(
    provider: ProviderLike, actions: CorporateActions, basis: ShareBasis = "split_adjusted"
) -> ShortableProvider:
    """Return a provider whose quantities are in the shares of prices, whatever splits lie between.

    A snapshot counts the shares of its own day. On ``"raw"`` it is restated by the splits between that day and the
    day asked about, so that a list of before an ex-date is right on it; on ``"split_adjusted"`` by all later splits
    of the table, as prices are. n shares become n × (new per old), exactly, rounded down once. A quantity of a class
    of yours, which says no day, counts the shares of the day asked about.

    Renames of the table are followed: a company answers to its name of any time, and each snapshot is read under the
    ticker of its day. What a list has under a ticker that was another company's is no data.

    Parameters
    ----------
    provider
        Anything that `as_provider` takes.
    actions : CorporateActions
        Cut with `CorporateActions.until` to what the prices are adjusted for.
    basis : {"split_adjusted", "raw"}

    Raises
    ------
    InvalidInputError
        An argument is none of these.

    Examples
    --------
    >>> from shortable import CustomShortableProvider
    >>> from shortable.actions import Split
    >>> splits = CorporateActions([Split("AMC", "2023-08-24", 1, 10)])
    >>> lender = on_split_basis(CustomShortableProvider({"AMC": 1_005}), splits)
    >>> [lender.shortable_quantity("AMC", datetime(2023, 8, day)) for day in (23, 24)]
    [100, 1005]
    """
    if not isinstance(actions, CorporateActions):
        raise InvalidInputError("actions", actions, "be CorporateActions")
    check_choice("basis", basis, ("split_adjusted", "raw"))
    return as_provider(provider)._each_source(lambda one: _OnSplitBasis(one, actions, basis))


class _Found(NamedTuple):
    """Where the answer about a symbol at a time is."""

    symbol: Symbol
    """The ticker under which to ask."""
    factor: Fraction
    """What a share of the snapshot's day has become."""
    others: bool
    """The provider has data, but of another company that used the ticker."""


class _OnSplitBasis(ShortableProvider):
    def __init__(
        self, inner: ShortableProvider, actions: CorporateActions, basis: ShareBasis
    ) -> None:
        self._inner, self._actions, self._basis = inner, actions, basis
        self._affected = {
            *(split.symbol for split in actions.splits),
            *(
                symbol
                for rename in actions.renames
                for symbol in (rename.symbol, rename.new_symbol)
            ),
            *(delisting.symbol for delisting in actions.delistings),
            *(listing.symbol for listing in actions.listings),
        }
        self._factors: dict[tuple[Symbol, date, date, date | None], Fraction] = {}

    def __repr__(self) -> str:
        return f"on_split_basis({self._inner!r}, {self._actions!r}, {self._basis!r})"

    @property
    def name(self) -> str:
        return f"on_split_basis({self._inner.name}, {self._basis!r})"

    @property
    def availability_kind(self) -> AvailabilityKind:
        return self._inner.availability_kind

    @property
    def at_rest(self) -> bool:
        return self._inner.at_rest

    @property
    def policy(self) -> str:
        return f"{self._inner.policy}; in shares of basis {self._basis!r}"

    def made_up(self, start: LocalTime | None = None, end: LocalTime | None = None) -> bool:
        return self._inner.made_up(start, end)

    def shortable_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        found = self._find(symbol, local_time)
        if found.others:
            return 0
        quantity = self._inner.shortable_quantity(found.symbol, local_time)
        return None if quantity is None else _restated(quantity, found.factor)

    def fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        found = self._find(symbol, local_time)
        return 0.0 if found.others else self._inner.fee_rate(found.symbol, local_time)

    def rebate_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        found = self._find(symbol, local_time)
        return 0.0 if found.others else self._inner.rebate_rate(found.symbol, local_time)

    def has_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        found = self._find(symbol, local_time)
        return not found.others and self._inner.has_quantity(found.symbol, local_time)

    def has_fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        found = self._find(symbol, local_time)
        return not found.others and self._inner.has_fee_rate(found.symbol, local_time)

    def all_shortable_symbols(self, local_time: LocalTime) -> dict[Symbol, int]:
        answer: dict[Symbol, int] = {}
        moment = as_datetime(local_time)
        for symbol, quantity in self._inner.all_shortable_symbols(moment).items():
            home = _home(symbol)
            if home not in self._affected:
                answer[symbol] = quantity
                continue
            # The list is of the snapshot's day: its ticker then names the company, which has another one by now.
            day = to_local(moment, symbol.market).date()
            listed = self._inner.share_days(symbol, moment)[0].item()
            now = _like(self._actions.symbol_on(home, day, named_on=listed), symbol)
            if shares := self.shortable_quantity(now, moment):
                answer[now] = shares
        return answer

    def _find(self, symbol: Symbol | str, local_time: LocalTime) -> _Found:
        key = Symbol.create(symbol)
        home = _home(key)
        if home not in self._affected:
            return _Found(key, Fraction(1), False)
        moment = as_datetime(local_time)
        asked = to_local(moment, key.market).date()
        names = _names(self._actions.identity(home, asked), asked)
        for name in names:
            ticker = _like(name.symbol, key)
            day = self._inner.share_days(ticker, moment)[0].item()
            if self._inner.has_quantity(ticker, moment) and name.covers(day):
                return _Found(ticker, self._factor(home, day, asked), False)
        current = _like(names[0].symbol, key)
        return _Found(current, Fraction(1), self._inner.has_quantity(current, moment))

    def _factor(self, symbol: Symbol, day: date, asked: date) -> Fraction:
        """Return what a share of a day has become on the basis."""
        end = None if self._basis == "split_adjusted" else max(asked, day)
        key = symbol, day, asked, end
        factor = self._factors.get(key)
        if factor is None:
            factor = self._actions.split_factor(symbol, day, end, named_on=asked)
            self._factors[key] = factor
        return factor

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        found = self._find(symbol, moment)
        quote = self._inner.quote(found.symbol, moment)
        if found.others:
            note = f"{found.symbol} was another company's ticker in the snapshot that answers"
            return BorrowQuote(symbol, quote.local_time, 0, has_data=False, note=note)
        quantity = None if quote.quantity is None else _restated(quote.quantity, found.factor)
        return replace(quote, symbol=symbol, quantity=quantity)

    def _quantities(self, pairs: Pairs) -> npt.NDArray[np.int64]:
        seen, factors, others = self._seen(pairs)
        found = self._inner.shortable_quantities(seen)
        for factor, at in factors.items():
            found[at] = scale_shares(found[at], factor)
        found[others] = 0
        return found

    def _has_quantities(self, pairs: Pairs) -> npt.NDArray[np.bool_]:
        seen, _, others = self._seen(pairs)
        found = self._inner.has_quantities(seen)
        found[others] = False
        return found

    def _fee_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        seen, _, others = self._seen(pairs)
        found = self._inner.fee_rates(seen)
        found[others] = np.nan
        return found

    def _rebate_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        seen, _, others = self._seen(pairs)
        found = self._inner.rebate_rates(seen)
        found[others] = np.nan
        return found

    def _seen(
        self, pairs: Pairs
    ) -> tuple[Pairs, dict[Fraction, npt.NDArray[np.int64]], npt.NDArray[np.int64]]:
        """Return under which tickers to ask, the pairs to be restated by factor, and those of another company."""
        touched = np.array([_home(symbol) in self._affected for symbol in pairs.symbols], np.bool_)
        if not touched.any():
            return pairs, {}, np.empty(0, np.int64)
        symbols = list(pairs.symbols)
        codes = np.array(pairs.codes, np.int64)
        by_factor: dict[Fraction, list[npt.NDArray[np.int64]]] = {}
        others: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
        days = pairs.days()
        for code in np.flatnonzero(touched).tolist():
            mine = np.flatnonzero(pairs.codes == code)
            symbol = pairs.symbols[code]
            for names, at in self._by_company(_home(symbol), days[mine], mine):
                rest = at
                for name in names:
                    asked = _of_ticker(_like(name.symbol, symbol), pairs.take(rest))
                    listed = self._inner.share_days(asked)
                    fits = self._inner.has_quantities(asked)
                    fits &= np.array([name.covers(d) for d in listed.tolist()], np.bool_)
                    codes[rest[fits]] = len(symbols)
                    self._sort_by_factor(
                        _home(symbol), listed[fits], days[rest[fits]], rest[fits], by_factor
                    )
                    symbols += asked.symbols
                    rest = rest[~fits]
                # Under no name are there data of the company.
                asked = _of_ticker(_like(names[0].symbol, symbol), pairs.take(rest))
                codes[rest] = len(symbols)
                symbols += asked.symbols
                others.append(rest[self._inner.has_quantities(asked)])
        seen = Pairs(symbols, codes, pairs.times, pairs.aware, pairs.folds)
        factors = {factor: np.concatenate(parts) for factor, parts in by_factor.items()}
        return seen, factors, np.concatenate(others)

    def _by_company(
        self, symbol: Symbol, days: npt.NDArray[np.datetime64], at: npt.NDArray[np.int64]
    ) -> list[tuple[list[Name], npt.NDArray[np.int64]]]:
        """Return the pairs of a ticker by the names that the company had which it means on the day."""
        found: dict[tuple[Name, ...], list[npt.NDArray[np.int64]]] = {}
        distinct, inverse = np.unique(days, return_inverse=True)
        for number, day in enumerate(distinct.tolist()):
            names = tuple(_names(self._actions.identity(symbol, day), day))
            found.setdefault(names, []).append(at[inverse == number])
        return [(list(names), np.concatenate(parts)) for names, parts in found.items()]

    def _sort_by_factor(
        self,
        symbol: Symbol,
        listed: npt.NDArray[np.datetime64],
        asked: npt.NDArray[np.datetime64],
        at: npt.NDArray[np.int64],
        by_factor: dict[Fraction, list[npt.NDArray[np.int64]]],
    ) -> None:
        if not len(at):
            return
        both = np.stack([listed.astype(np.int64), asked.astype(np.int64)], axis=1)
        distinct, inverse = np.unique(both, axis=0, return_inverse=True)
        for number, (day, now) in enumerate(distinct.tolist()):
            factor = self._factor(symbol, _date(day), _date(now))
            if factor != 1:
                by_factor.setdefault(factor, []).append(at[inverse.ravel() == number])

    def _change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        asked = set(symbols)
        found: set[datetime] = set()
        for symbol in symbols:
            home = _home(symbol)
            if home in self._affected:
                names = self._actions.identity(home, end.date()).names
                names += self._actions.identity(home, start.date()).names
                asked |= {_like(name.symbol, symbol) for name in names}
                dates = {record.date for record in self._actions.between(start.date(), end.date())}
                found |= {datetime(d.year, d.month, d.day) for d in dates}
                found |= {datetime(d.year, d.month, d.day) + timedelta(days=1) for d in dates}
        return found | self._inner.change_times(sorted(asked), start, end)

    def _with_lag(self, lag: timedelta) -> ShortableProvider:
        return _OnSplitBasis(lagged(self._inner, lag), self._actions, self._basis)


def _names(company: Identity, day: date) -> list[Name]:
    """Return the names that a company had had by a day, the newest first; its first one before that began."""
    had = [name for name in company.names if name.first is None or name.first <= day]
    return had[::-1] or list(company.names[:1])


def _home(symbol: Symbol) -> Symbol:
    """Return the symbol in its market's own currency: a split is one of the share, whatever it is quoted in."""
    if symbol.currency == symbol.market.currency:
        return symbol
    return Symbol.create(symbol.ticker, market=symbol.market)


def _like(ticker: Symbol, symbol: Symbol) -> Symbol:
    """Return a company's ticker in the currency of a symbol."""
    if symbol.currency == ticker.currency:
        return ticker
    return Symbol.create(ticker.ticker, market=ticker.market, currency=symbol.currency)


def _of_ticker(symbol: Symbol, pairs: Pairs) -> Pairs:
    """Return pairs of one symbol at the times of others."""
    return Pairs([symbol], np.zeros(len(pairs), np.int64), pairs.times, pairs.aware, pairs.folds)


def _restated(quantity: int, factor: Fraction) -> int:
    return min(restated_shares(quantity, factor), MAX_SHARES)


def _date(ordinal: int) -> date:
    """Return a day counted from 1970-01-01."""
    return date(1970, 1, 1) + timedelta(days=ordinal)
