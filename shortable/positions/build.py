"""The book of a backtest: of its result, or while it runs; and when its trades settle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from shortable.actions import Dividend
from shortable.arguments import check_kind, mapping_of
from shortable.engine.statement import statement_of
from shortable.errors import InvalidInputError
from shortable.positions.account import Account, Ledger, dividends_of
from shortable.positions.book import PositionLine, PositionsBook
from shortable.results import Mark, Result, Statement
from shortable.symbol import Market, Symbol

if TYPE_CHECKING:
    import pandas as pd

    from shortable.engine import Algorithm
    from shortable.engine.simulation import Simulation

__all__ = [
    "Bookkeeper",
    "Settlement",
    "Style",
    "book_of",
    "by_market",
    "settlement_of",
    "unsettled_since",
]

Settlement = Callable[[Market, date], int]
"""Sessions from a trade in a market on a date to its settlement: 1 is T+1."""

# (from trade date, sessions), newest first. USA: SEC release 34-96930 (T+1 from 2024-05-28) and 34-80295 (T+2 from
# 2017-09-05, T+3 before). Canada and Mexico: T+1 from 2024-05-27, T+2 before; Canada T+3 before 2017-09-05. India:
# T+1 for all shares from 2023-01-27 (SEBI). Elsewhere T+2: HKEX's CCASS; the EU's Regulation 909/2014 article 5.
_RULES: dict[Market, tuple[tuple[date, int], ...]] = {
    Market.USA: ((date(2024, 5, 28), 1), (date(2017, 9, 5), 2), (date.min, 3)),
    Market.CANADA: ((date(2024, 5, 27), 1), (date(2017, 9, 5), 2), (date.min, 3)),
    Market.MEXICO: ((date(2024, 5, 27), 1), (date.min, 2)),
    Market.INDIA: ((date(2023, 1, 27), 1), (date.min, 2)),
}
_ELSEWHERE = ((date.min, 2),)
_ID_LENGTH = 50  # HabitTrade's limit


@dataclass(frozen=True, slots=True)
class Style:
    """Names, settlement, dividends and portfolio of a book: what the account does not say.

    Raises
    ------
    InvalidInputError
        A setting is outside its bounds.
    """

    names: Mapping[str, str] | None = None
    """Names of securities by symbol, in any spelling; default: the ticker."""
    settlement: int | None = None
    """Sessions from trade to settlement; None: the market's rule of that date."""
    dividends: tuple[Dividend, ...] = ()
    """Paid on shares held before their ex-date."""
    portfolio_id: str | None = None
    """At most 50 characters; None: the name of the algorithm's class."""

    def __post_init__(self) -> None:
        settlement_of(self.settlement)
        names = mapping_of("names", self.names)
        object.__setattr__(self, "names", {Symbol.create(s): str(n) for s, n in names.items()})
        if self.portfolio_id is None:
            return
        check_kind("portfolio_id", self.portfolio_id, str, "be a text")
        if len(self.portfolio_id) > _ID_LENGTH:
            raise InvalidInputError(
                "portfolio_id", self.portfolio_id, f"have at most {_ID_LENGTH} characters"
            )


def book_of(
    run: Result | Simulation | Algorithm | Statement,
    *,
    names: Mapping[str, str] | None = None,
    settlement: int | None = None,
    dividends: Iterable[Dividend] | pd.DataFrame | None = None,
    portfolio_id: str | None = None,
) -> PositionsBook:
    """Return the book of a backtest as it is now.

    Parameters
    ----------
    run : Result, Simulation, Algorithm or Statement
        Ended, or still running: a `Simulation` between two steps. A `Statement` is any account as plain rows.
    names : mapping of str to str, optional
        Names of securities by symbol; default: the ticker.
    settlement : int, optional
        Sessions from trade to settlement (1 is T+1); default: the market's rule on the day of the trade.
    dividends : iterable of Dividend, or DataFrame with columns symbol, ex_date, amount; optional
        Those that the run did not book itself (``Backtest(actions=)``); they are added to its cash. Amounts are for the
        shares that the run counts; give them only for prices not adjusted for dividends.
    portfolio_id : str, optional
        At most 50 characters; default: the name of the algorithm's class.

    Returns
    -------
    PositionsBook

    Raises
    ------
    EngineError
        The algorithm has not been run.
    InvalidInputError
        A setting is outside its bounds.
    """
    style = Style(names, settlement, tuple(dividends_of(dividends)), portfolio_id)
    if isinstance(run, Result):
        return Bookkeeper(style).book(run.statement())
    return Bookkeeper(style).book(run if isinstance(run, Statement) else statement_of(run))


class Bookkeeper:
    """Makes one book after the other of the same backtest, reading each fill once."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._settlement = settlement_of(style.settlement)
        self._ledger: Ledger | None = None
        self.events = self.actions = 0

    def book(self, statement: Statement) -> PositionsBook:
        """Add a statement's fills to the ledger and return the book.

        Parameters
        ----------
        statement : Statement
            Taken with ``since=bookkeeper.events, actions_since=bookkeeper.actions``.
        """
        if self._ledger is None:
            self._ledger = Ledger(statement.opening, statement.first, self._style.dividends)
        ledger, session = self._ledger, statement.sessions[-1]
        ledger.book(statement.fills, statement.changes)
        ledger.close(session)
        self.events, self.actions = statement.events, statement.actions
        marks = {mark.symbol: mark for mark in statement.marks}
        for symbol, mark in marks.items():
            if mark.open_buys or mark.open_sells:
                ledger.accounts.setdefault(symbol, Account())
        before = statement.sessions[-2] if len(statement.sessions) > 1 else date.min
        own_id = self._style.portfolio_id
        portfolio = statement.algorithm[:_ID_LENGTH] if own_id is None else own_id
        lines = [
            self._line(
                marks[symbol], ledger.accounts[symbol], statement.sessions, before, portfolio
            )
            for symbol in sorted(ledger.accounts)
        ]
        return PositionsBook(
            tuple(lines),
            statement.currency,
            statement.cash + ledger.dividends,
            statement.time,
            statement.finished,
        )

    def _line(
        self, mark: Mark, account: Account, sessions: tuple[date, ...], before: date, portfolio: str
    ) -> PositionLine:
        session, symbol = sessions[-1], mark.symbol
        unsettled = sum(
            shares
            for day, shares in account.bought_on
            if unsettled_since(self._settlement, symbol.market, day, sessions)
        )
        names: Mapping[str, str] = self._style.names or {}
        return PositionLine(
            symbol,
            account.quantity,
            name=names.get(symbol, symbol.ticker),
            average_price=account.average_price if account.quantity else None,
            open_commissions=account.open_commissions,
            realized=account.realized,
            realized_round=account.realized_round,
            commissions=account.commissions,
            commissions_round=account.commissions_round,
            dividends=account.dividends,
            dividends_round=account.dividends_round,
            borrow_cost=mark.borrow_cost,
            resting_buys=mark.open_buys,
            resting_sells=mark.open_sells,
            # The oldest shares are sold first, so the newest purchases are those still held.
            uncleared=min(max(account.quantity, 0), unsettled),
            price=mark.price,
            previous_close=mark.previous_close,
            opening_quantity=account.start_of(session),
            today=account.traded_in(session, before),
            portfolio_id=portfolio,
        )


def by_market(market: Market, traded: date) -> int:
    """Return how many sessions after a trade it settles, by the market's rule on that date.

    Examples
    --------
    >>> by_market(Market.USA, date(2024, 5, 24)), by_market(Market.USA, date(2024, 5, 28)), by_market(Market.HKEX, date.max)
    (2, 1, 2)
    """
    return next(sessions for since, sessions in _RULES.get(market, _ELSEWHERE) if traded >= since)


def settlement_of(given: int | None) -> Settlement:
    """Return the rule for a setting: None for each market's own, a number for all markets.

    Raises
    ------
    InvalidInputError
        Not a whole number from 0 to 5.
    """
    if given is None:
        return by_market
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= 5:
        raise InvalidInputError(
            "settlement", given, "be None or a whole number of sessions from 0 to 5"
        )
    return lambda market, traded: given


def unsettled_since(
    rule: Settlement, market: Market, traded: date, sessions: Sequence[date]
) -> bool:
    """Say whether a trade is still unsettled at the end of the last of `sessions`.

    Examples
    --------
    >>> days = [date(2024, 6, 3), date(2024, 6, 4)]
    >>> [unsettled_since(by_market, Market.USA, day, days) for day in days]
    [False, True]
    """
    return sum(session > traded for session in sessions) < rule(market, traded)
