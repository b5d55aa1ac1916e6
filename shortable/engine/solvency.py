"""What becomes of an account that its equity no longer carries: margin calls, and ruin (S22, S23)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from shortable.engine.account import Account
from shortable.engine.maintenance import MaintenanceModel, NullMaintenance
from shortable.engine.order_desk import OrderDesk
from shortable.engine.own_shares import OwnShares
from shortable.engine.security import Security
from shortable.engine.tickets import OrderTicket
from shortable.results import BorrowEnd

__all__ = ["Ruin", "Solvency"]


class Ruin(NamedTuple):
    """When and how an account was stopped."""

    session: int
    """Index of the session."""
    time: datetime
    """At whose close, exchange-local."""
    equity: float
    """What was left: 0 or less."""


class _Position(NamedTuple):
    requirement: float
    symbol: str
    security: Security
    shares: int


class Solvency:
    """Looks at the equity at each bar's close.

    Parameters
    ----------
    account : Account
    orders : OrderDesk
    securities : list of Security
    maintenance : MaintenanceModel
    own : OwnShares
        In which requirements are computed.
    on_margin_call : callable or None
        The algorithm's, where it has one: called with the tickets of the closing orders.

    Attributes
    ----------
    ruin : Ruin or None
    margin_calls : int
        Bars at whose close there was one.
    """

    def __init__(
        self,
        account: Account,
        orders: OrderDesk,
        securities: list[Security],
        maintenance: MaintenanceModel,
        own: OwnShares,
        on_margin_call: Callable[[Sequence[OrderTicket]], None] | None,
    ) -> None:
        self.ruin: Ruin | None = None
        self.margin_calls = 0
        self._account, self._orders, self._securities = account, orders, securities
        self._own, self._on_margin_call = own, on_margin_call
        self._maintenance = None if type(maintenance) is NullMaintenance else maintenance

    def check(self, session: int) -> None:
        """Call for margin, or stop the account, at the close of a bar of that session."""
        account = self._account
        equity = account.value() if account.positions else account.cash
        if equity <= 0:
            self._stop(session, equity)
        elif self._maintenance is not None and account.positions:
            self._call(self._maintenance, session, equity)

    def _stop(self, session: int, equity: float) -> None:
        account = self._account
        self.ruin = Ruin(session, account.time, equity)
        text = f"the account is ruined: its equity is {equity:,.2f}"
        account.handler = None  # the algorithm is not called any more
        self._orders.cancel_where(lambda order: True, text)
        for security in self._securities:
            if security.holdings.quantity:
                self._orders.close_out(security, security.price, text, BorrowEnd.RUINED)

    def _call(self, model: MaintenanceModel, session: int, equity: float) -> None:
        positions = self._positions(model, session)
        missing = sum(p.requirement for p in positions) - equity
        if missing <= 0:
            return
        self.margin_calls += 1
        total = equity + missing
        text = f"margin call: equity {equity:,.2f} below the maintenance margin of {total:,.2f}"
        self._orders.cancel_where(lambda order: order.id not in self._orders.forced, text)
        tickets = []
        for position in sorted(positions, key=lambda p: (-p.requirement, p.symbol)):
            if missing <= 0 or not position.requirement:
                break
            shares = abs(position.shares)
            if position.requirement > missing:
                shares = ceil(shares * missing / position.requirement)
            quantity = shares if position.shares < 0 else -shares
            tickets.append(self._orders.force(position.security, quantity, text))
            missing -= position.requirement * shares / abs(position.shares)
        if self._on_margin_call is not None:
            self._on_margin_call(tickets)

    def _positions(self, model: MaintenanceModel, session: int) -> list[_Position]:
        """Return what is held beyond what is being closed by earlier calls, and what it asks for."""
        closing = self._orders.forced_shares()
        positions = []
        for security in self._securities:
            shares = security.holdings.quantity + closing.get(security.column, 0)
            if shares:
                one = Fraction(1)
                if security.column in self._own:
                    one = self._own[security.column][session]
                of_the_day = shares if one == 1 else float(shares / one)
                price = security.price if one == 1 else float(security.price * one)
                asked = model.requirement(security.symbol, of_the_day, price)
                positions.append(_Position(asked, security.symbol, security, shares))
        return positions
