"""Draw up the book of a backtest: of its result, or while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from shortable.engine.statement import statement_of
from shortable.errors import InvalidInputError
from shortable.positions.account import Account
from shortable.positions.book import PositionsBook
from shortable.positions.dividends import Dividend, dividends_of
from shortable.positions.ledger import Ledger
from shortable.positions.line import PositionLine
from shortable.positions.settlement import settlement_of, unsettled_since
from shortable.results import Mark, Result, Statement
from shortable.symbol import Symbol

if TYPE_CHECKING:
    import pandas as pd

    from shortable.engine import Algorithm
    from shortable.engine.simulation import Simulation

__all__ = ["Bookkeeper", "Style", "book_of"]

_ID_LENGTH = 50  # HabitTrade's limit


@dataclass(frozen=True, slots=True)
class Style:
    """What a book is given besides the account.

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
        object.__setattr__(
            self, "names", {Symbol.create(s): str(n) for s, n in (self.names or {}).items()}
        )
        if self.portfolio_id is not None and len(self.portfolio_id) > _ID_LENGTH:
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
    """Draw up the book of a backtest, as it stands.

    Parameters
    ----------
    run : Result, Simulation, Algorithm or Statement
        Ended, or still running: a `Simulation` between two steps. A `Statement` is an account told in plain rows, by
        whatever ran it.
    names : mapping of str to str, optional
        Names of securities by symbol; default: the ticker.
    settlement : int, optional
        Sessions from trade to settlement (1 is T+1); default: the market's rule on the day of the trade.
    dividends : iterable of Dividend, or DataFrame with columns symbol, ex_date, amount; optional
        The engine pays none, so these come on top of its cash; only for prices that are not adjusted for them.
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
    """Draws up one book after the other of the same backtest, going through its fills once."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._settlement = settlement_of(style.settlement)
        self._ledger: Ledger | None = None
        self.events = 0

    def book(self, statement: Statement) -> PositionsBook:
        """Carry the ledger on by a statement's fills and draw up the book.

        Parameters
        ----------
        statement : Statement
            Taken with ``since=bookkeeper.events``.
        """
        if self._ledger is None:
            self._ledger = Ledger(statement.opening, statement.first, self._style.dividends)
        ledger, session = self._ledger, statement.sessions[-1]
        ledger.book(statement.fills)
        ledger.close(session)
        self.events = statement.events
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
            borrow_fees=mark.borrow_cost,
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
