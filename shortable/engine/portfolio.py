"""Holdings by symbol, in any spelling, and the account's totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, Protocol, TypeVar, overload

from shortable.desk import ShortDesk
from shortable.engine.account import Account, SecurityHolding
from shortable.errors import EngineError, SymbolError
from shortable.symbol import Symbol

__all__ = ["BySymbol", "HasSymbol", "SecurityPortfolioManager", "SymbolLike"]

V = TypeVar("V")
_Default = TypeVar("_Default")


class HasSymbol(Protocol):
    """A security, holding, bar, order or whatever else is of one symbol."""

    @property
    def symbol(self) -> Symbol:
        """Its symbol."""
        ...


SymbolLike = Symbol | str | HasSymbol
"""A symbol in any spelling, or what has one."""


class BySymbol(dict[Symbol, V]):
    """A dict by symbol that also finds other spellings (``"spy"``, ``"BRK/B"``) and securities; read-only for users.

    A key in the canonical spelling is found by the dict itself, at its speed. A company's other tickers find it too.

    Attributes
    ----------
    aliases : dict of Symbol to Symbol
        Tickers under which a value is found that has another one here.
    """

    __slots__ = ("aliases",)

    def __init__(self) -> None:
        super().__init__()
        self.aliases: dict[Symbol, Symbol] = {}

    def __missing__(self, key: object) -> V:
        symbol = self._known(key)
        if symbol is not None:
            return dict.__getitem__(self, symbol)
        subscribed = ", ".join(sorted(self)) or "none"
        raise EngineError(
            f"{key!r} is not subscribed (subscribed: {subscribed}); call add_equity({str(key)!r}) in initialize"
        )

    if TYPE_CHECKING:
        # At run time dict's own, which is quicker.
        def __getitem__(self, key: object) -> V: ...

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self, key) or self._known(key) is not None

    contains_key = __contains__

    @overload
    def get(self, key: object, default: None = None) -> V | None: ...
    @overload
    def get(self, key: object, default: V) -> V: ...
    @overload
    def get(self, key: object, default: _Default) -> V | _Default: ...
    def get(self, key: object, default: object = None) -> object:
        """Return the value of a symbol in any spelling, or `default`."""
        if key in self:
            return self[key]
        return default

    def put(self, symbol: Symbol, value: V) -> None:
        """Add a value; called by the engine."""
        dict.__setitem__(self, symbol, value)

    def _known(self, key: object) -> Symbol | None:
        """Return the symbol under which a key's value is kept."""
        symbol = _symbol_of(key)
        if symbol is None or dict.__contains__(self, symbol):
            return symbol
        return self.aliases.get(symbol)

    def __setitem__(self, key: object, value: object) -> NoReturn:
        raise EngineError(f"{type(self).__name__} is filled by add_equity; {key!r} cannot be set")

    def __delitem__(self, key: object) -> NoReturn:
        raise EngineError(
            f"{type(self).__name__} is filled by add_equity; {key!r} cannot be deleted"
        )


def _symbol_of(key: object) -> Symbol | None:
    text = getattr(key, "symbol", key)
    try:
        return Symbol.create(text) if isinstance(text, str) else None
    except SymbolError:
        return None


class SecurityPortfolioManager(BySymbol[SecurityHolding]):
    """Holdings by symbol (every subscribed security has one), and the account's totals.

    Money is in the account's currency; market values use last closes. The proceeds of a short sale are in
    `cash`, and the shares owed count against them in `total_portfolio_value`.
    """

    __slots__ = ("_account", "_short_desk", "starting_cash")

    def __init__(self, account: Account, short_desk: ShortDesk[Any]) -> None:
        super().__init__()
        self._account = account
        self._short_desk = short_desk
        self.starting_cash = account.cash

    def __bool__(self) -> bool:
        return True

    @property
    def invested(self) -> bool:
        """Whether any shares are held or owed."""
        return self._account.positions > 0

    hold_stock = invested

    @property
    def cash(self) -> float:
        """Cash, short sale proceeds included."""
        return self._account.cash

    @property
    def total_portfolio_value(self) -> float:
        """Cash plus the value of all shares, shorts negative: the equity."""
        return self._account.value()

    @property
    def total_holdings_value(self) -> float:
        """Value of all positions, longs and shorts both counted above 0, as in LEAN."""
        return sum((abs(h.holdings_value) for h in self.values()), 0.0)

    total_absolute_holdings_value = total_holdings_value

    @property
    def total_unrealized_profit(self) -> float:
        """What closing everything at the last closes would earn, before commissions."""
        return sum((h.unrealized_profit for h in self.values()), 0.0)

    @property
    def total_profit(self) -> float:
        """Realised by trades that closed shares, before commissions and borrow costs."""
        return sum((h.profit for h in self.values()), 0.0)

    @property
    def total_fees(self) -> float:
        """Commissions paid; LEAN's name for them."""
        return self._account.commissions

    @property
    def total_borrow_costs(self) -> float:
        """Borrow costs paid."""
        return self._short_desk.total_borrow_cost

    @property
    def total_dividends(self) -> float:
        """Dividends received, less those owed on shorts."""
        return sum((h.total_dividends for h in self.values()), 0.0)

    @property
    def total_net_profit(self) -> float:
        """Realised profit and dividends, less commissions and borrow costs."""
        earned = self.total_profit + self.total_dividends
        return earned - self.total_fees - self.total_borrow_costs

    @property
    def total_margin_used(self) -> float:
        """Initial margin of what is held and of what the resting orders can lead to."""
        self._account.value()
        return self._account.margin

    @property
    def margin_remaining(self) -> float:
        """Equity less the margin in use: what further orders may add."""
        return self._account.value() - self._account.margin

    def __repr__(self) -> str:
        return f"<SecurityPortfolioManager equity {self.total_portfolio_value:,.2f} cash {self.cash:,.2f}>"
