"""Borrows that are contracts: Japan's lending premium, India's fee for a whole contract, Brazil's loans at a fixed price."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from shortable.borrow.model import EndsWithCover, NightCharge, RateKind
from shortable.clock import day_of
from shortable.errors import InvalidInputError
from shortable.symbol import Symbol

__all__ = ["BrazilianLoanFee", "ContractFee", "LendingPremium"]

_NOTHING = 1e-9  # shares: what splits restate is not exact
_YEAR = 360  # of the annual fraction that a charge comes to, which is shown and not charged


def _annual(cost: float, value: float, days: int) -> float:
    return cost / value * _YEAR / days if value and days else 0.0


def _columns(
    parameter: str, table: pd.DataFrame, names: tuple[str, ...]
) -> Iterable[tuple[Any, ...]]:
    """Return the rows of a DataFrame's columns.

    Raises
    ------
    InvalidInputError
        A column is missing.
    """
    missing = [n for n in names if not isinstance(table, pd.DataFrame) or n not in table.columns]
    if missing:
        raise InvalidInputError(
            parameter, type(table).__name__, f"be a DataFrame with the columns {', '.join(names)}"
        )
    return zip(*(table[name] for name in names), strict=True)


def _money(parameter: str, where: str, value: float) -> float:
    amount = float(value)
    if not (math.isfinite(amount) and amount >= 0):
        raise InvalidInputError(parameter, value, f"be money a share, at least 0, in {where}")
    return amount


class LendingPremium:
    """Japan's lending premium (shina-gashi-ryo): yen a share **in total** for the days from settlement to settlement.

    Charged once for each application day on which the shares were short at the close, and never multiplied by the days:
    a Wednesday's premium of 0.15 yen for three days is 0.15 yen a share. Source: Japan Securities Finance, the file
    ``shina.csv``, column "premium of the day".

    Parameters
    ----------
    premiums : DataFrame
        Columns symbol, date (the application day), premium (yen a share in total, at least 0; 0 where the list says that
        there is none). Days without a row are not known: they cost nothing and are counted (S7).

    Examples
    --------
    >>> table = pd.DataFrame({"symbol": ["7203.JP"], "date": ["2025-01-15"], "premium": [0.15]})
    >>> course = LendingPremium(table).course(Symbol.create("7203.JP"))
    >>> round(course.night(date(2025, 1, 15), date(2025, 1, 16), 1000, 2800.0, float("nan")).cost, 10)
    150.0
    """

    rate_kind: RateKind | None = None
    charges_after_cover = False

    def __init__(self, premiums: pd.DataFrame) -> None:
        self._by_symbol: dict[Symbol, dict[date, float]] = {}
        for name, day, premium in _columns("premiums", premiums, ("symbol", "date", "premium")):
            found = self._by_symbol.setdefault(Symbol.create(name), {})
            when = day_of(day)
            if when in found:
                raise InvalidInputError("premiums", f"{name} on {when}", "have one row a day")
            found[when] = _money("premiums", f"{name} on {when}", premium)

    def __repr__(self) -> str:
        return f"LendingPremium({len(self._by_symbol):,} symbols)"

    def course(self, symbol: Symbol) -> _PremiumCourse:
        """Begin to follow a symbol."""
        return _PremiumCourse(self._by_symbol.get(symbol, {}))


@dataclass(slots=True)
class _PremiumCourse(EndsWithCover):
    premiums: Mapping[date, float]

    def night(
        self, session: date, next_session: date, shares: float, close: float, rate: float
    ) -> NightCharge:
        premium = self.premiums.get(session)
        if premium is None:
            return NightCharge(0.0, math.nan)
        cost = shares * premium
        return NightCharge(cost, _annual(cost, shares * close, (next_session - session).days))


class ContractFee:
    """India's fee (NSE SLBM): rupees a share **for the whole contract**, to its reverse-leg date.

    Paid when shares are borrowed, and again for those that are still short on the reverse-leg date. A cover before that day
    gets nothing back, and shares that are shorted again before it use the contract that is there.

    Parameters
    ----------
    contracts : DataFrame
        Columns symbol, date (of the trade), fee (rupees a share for the whole contract), until (the reverse-leg date). Of
        several contracts of one day that with the nearest reverse leg is taken. Days without a row are not known: shares
        borrowed on them cost nothing, and are counted (S7).

    Examples
    --------
    875 shares at 12.00 to 3 November: 10,500 rupees once, and nothing in the nights after.

    >>> table = pd.DataFrame({"symbol": ["ABB.IN"], "date": ["2026-09-18"], "fee": [12.0], "until": ["2026-11-03"]})
    >>> course = ContractFee(table).course(Symbol.create("ABB.IN"))
    >>> first, second, third = (date(2026, 9, day) for day in (18, 21, 22))
    >>> course.night(first, second, 875, 5000.0, 0.0).cost, course.night(second, third, 875, 5000.0, 0.0).cost
    (10500.0, 0.0)
    """

    rate_kind: RateKind | None = None
    charges_after_cover = False

    def __init__(self, contracts: pd.DataFrame) -> None:
        self._by_symbol: dict[Symbol, dict[date, tuple[date, float]]] = {}
        names = ("symbol", "date", "fee", "until")
        for name, day, fee, until in _columns("contracts", contracts, names):
            when, end = day_of(day), day_of(until)
            if end <= when:
                raise InvalidInputError("contracts", str(end), f"lie after the trade of {when}")
            found = self._by_symbol.setdefault(Symbol.create(name), {})
            one = (end, _money("contracts", f"{name} on {when}", fee))
            found[when] = min(one, found.get(when, one))

    def __repr__(self) -> str:
        return f"ContractFee({len(self._by_symbol):,} symbols)"

    def course(self, symbol: Symbol) -> _ContractCourse:
        """Begin to follow a symbol."""
        return _ContractCourse(self._by_symbol.get(symbol, {}))


@dataclass(slots=True)
class _ContractCourse(EndsWithCover):
    contracts: Mapping[date, tuple[date, float]]
    _borrowed: list[tuple[date, float]] = field(default_factory=list)
    """Reverse-leg date and shares of the contracts that are there."""

    def night(
        self, session: date, next_session: date, shares: float, close: float, rate: float
    ) -> NightCharge:
        self._borrowed = [one for one in self._borrowed if one[0] > session]
        missing = shares - sum(held for _, held in self._borrowed)
        if missing <= _NOTHING:
            return NightCharge(0.0, 0.0)
        contract = self.contracts.get(session)
        if contract is None:
            return NightCharge(0.0, math.nan)
        until, fee = contract
        self._borrowed.append((until, missing))
        cost = missing * fee
        return NightCharge(cost, _annual(cost, missing * close, (until - session).days))

    def restate(self, ratio: float) -> None:
        """Restate the shares of the contracts that are there."""
        self._borrowed = [(until, held * ratio) for until, held in self._borrowed]


@dataclass(frozen=True, slots=True)
class BrazilianLoanFee:
    """Brazil's loan (B3): rate and price are fixed when the contract is made, and the rate compounds over 252 business days.

    After n nights a contract has cost shares × price × ((1 + rate) ^ (n / 252) − 1), with the rate known at the first close at
    which the shares were short, and that close as the price. Covers end the oldest contracts first. Each night between two
    sessions counts as one business day. Source: B3, "Securities lending: frequently asked questions", "How do we calculate and
    payout the lending fees?": compounded basis of a 252 business days count convention; the price is the quote at the close of
    the session before the loan is registered, which is taken to be the day after the sale.

    Examples
    --------
    1,000 shares at 20.00, 5 % a year, 252 nights: 20,000 × 0.05 = 1,000.00; the first of them 20,000 × (1.05 ^ (1 / 252) − 1).

    >>> course = BrazilianLoanFee().course(Symbol.create("SPY"))
    >>> round(course.night(date(2024, 1, 2), date(2024, 1, 3), 1000, 20.0, 0.05).cost, 6)
    3.87261
    """

    rate_kind: RateKind | None = "fee"
    charges_after_cover: bool = False

    def course(self, symbol: Symbol) -> _LoanCourse:
        """Begin to follow a symbol."""
        return _LoanCourse()


@dataclass(slots=True)
class _Loan:
    shares: float
    price: float
    rate: float
    nights: int = 0


@dataclass(slots=True)
class _LoanCourse(EndsWithCover):
    _loans: list[_Loan] = field(default_factory=list)
    _until: date | None = None

    def night(
        self, session: date, next_session: date, shares: float, close: float, rate: float
    ) -> NightCharge:
        if session != self._until:
            self._loans.clear()  # nothing was short in between
        self._until = next_session
        growth = shares - sum(loan.shares for loan in self._loans)
        if growth > _NOTHING:
            self._loans.append(_Loan(growth, close, rate))
        while growth < 0 and self._loans:
            ended = min(self._loans[0].shares, -growth)
            self._loans[0].shares -= ended
            growth += ended
            if not self._loans[0].shares:
                self._loans.pop(0)
        cost, value, unknown = 0.0, 0.0, False
        for loan in self._loans:
            worth = loan.shares * loan.price
            value += worth
            if loan.rate != loan.rate:
                unknown = True
                continue
            grown = [
                math.expm1(n / 252 * math.log1p(loan.rate)) for n in (loan.nights, loan.nights + 1)
            ]
            cost += worth * (grown[1] - grown[0])
            loan.nights += 1
        days = (next_session - session).days
        return NightCharge(cost, math.nan if unknown and not cost else _annual(cost, value, days))

    def restate(self, ratio: float) -> None:
        """Restate shares and prices of the loans: a loan's value stays."""
        for loan in self._loans:
            loan.shares *= ratio
            loan.price /= ratio
