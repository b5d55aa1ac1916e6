"""Ledger: fills and dividends in, what each security's position is made of out. It can be carried on."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from operator import attrgetter

from shortable.positions.account import Account
from shortable.positions.dividends import Dividend
from shortable.results import Fill, OpeningHolding
from shortable.symbol import Symbol

__all__ = ["Ledger"]

_WHEN = attrgetter("ex_date")


class Ledger:
    """Accounts of all securities, brought forward fill by fill.

    Parameters
    ----------
    opening : sequence of OpeningHolding
        Held before the first session.
    first : date
        The first session: dividends before it are none of this account's.
    dividends : iterable of Dividend
    """

    def __init__(
        self, opening: Sequence[OpeningHolding], first: date, dividends: Iterable[Dividend] = ()
    ) -> None:
        self.accounts: dict[Symbol, Account] = {}
        for held in opening:
            self.accounts[held.symbol] = Account(held.quantity, held.average_price or 0.0)
        self._due: defaultdict[Symbol, list[Dividend]] = defaultdict(list)
        for dividend in dividends:
            if dividend.ex_date >= first:
                insort(self._due[dividend.symbol], dividend, key=_WHEN)
        self.dividends = 0.0

    def book(self, fills: Iterable[Fill]) -> None:
        """Book fills, oldest first."""
        for fill in fills:
            account = self.accounts.get(fill.symbol)
            if account is None:
                account = self.accounts[fill.symbol] = Account()
            if fill.symbol in self._due:
                self._pay(fill.symbol, account, fill.session)
            account.fill(fill.session, fill.quantity, fill.price, fill.commission)

    def close(self, session: date) -> None:
        """Pay what fell due up to a session, to those who held the shares before its first trade."""
        for symbol in list(self._due):
            account = self.accounts.get(symbol)
            if account is not None:
                self._pay(symbol, account, session)

    def _pay(self, symbol: Symbol, account: Account, session: date) -> None:
        due = self._due[symbol]
        while due and due[0].ex_date <= session:
            dividend = due.pop(0)
            self.dividends += account.pay(dividend.ex_date, dividend.amount)
