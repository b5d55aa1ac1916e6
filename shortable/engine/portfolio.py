"""The account as the algorithm sees it: cash, what it is worth, and the holdings by symbol."""

from __future__ import annotations

from shortable.engine.book import Book
from shortable.engine.holdings import SecurityHolding
from shortable.engine.securities import BySymbol

__all__ = ["SecurityPortfolioManager"]


class SecurityPortfolioManager(BySymbol[SecurityHolding]):
    """Holdings by symbol (every subscribed security has one), and the account's totals.

    Money is in the account's currency; market values use last closes. The proceeds of a short sale are in
    `cash`, and the shares owed count against them in `total_portfolio_value`.
    """

    __slots__ = ("_book", "starting_cash")

    def __init__(self, book: Book) -> None:
        super().__init__()
        self._book = book
        self.starting_cash = book.cash

    def __bool__(self) -> bool:
        return True

    @property
    def invested(self) -> bool:
        """Whether any shares are held or owed."""
        return self._book.positions > 0

    hold_stock = invested

    @property
    def cash(self) -> float:
        """Cash, short sale proceeds included."""
        return self._book.cash

    @property
    def total_portfolio_value(self) -> float:
        """Cash plus the value of all shares, shorts negative: the equity."""
        return self._book.value()

    @property
    def total_holdings_value(self) -> float:
        """Value of all positions, longs and shorts both counted above 0, as LEAN has it."""
        return sum((abs(h.holdings_value) for h in self.values()), 0.0)

    total_absolute_holdings_value = total_holdings_value

    @property
    def total_unrealized_profit(self) -> float:
        """What closing everything at the last closes would earn, before commissions."""
        return sum((h.unrealized_profit for h in self.values()), 0.0)

    @property
    def total_profit(self) -> float:
        """Realised by trades that closed shares, before commissions and borrow fees."""
        return sum((h.profit for h in self.values()), 0.0)

    @property
    def total_fees(self) -> float:
        """Commissions paid."""
        return self._book.fees

    @property
    def total_borrow_fees(self) -> float:
        """Borrow fees paid."""
        return self._book.borrow_fees

    @property
    def total_net_profit(self) -> float:
        """Realised profit less commissions and borrow fees."""
        return self.total_profit - self._book.fees - self._book.borrow_fees

    @property
    def total_margin_used(self) -> float:
        """Initial margin of what is held and of what the resting orders can lead to."""
        self._book.value()
        return self._book.margin

    @property
    def margin_remaining(self) -> float:
        """Equity less the margin in use: what further orders may add."""
        return self._book.value() - self._book.margin

    def __repr__(self) -> str:
        return f"<SecurityPortfolioManager equity {self.total_portfolio_value:,.2f} cash {self.cash:,.2f}>"
