"""SecurityHolding: the shares held of one security, what they cost and what they have earned."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shortable.engine.security import Security
    from shortable.symbol import Symbol

__all__ = ["SecurityHolding"]


class SecurityHolding:
    """Shares of one security, negative for a short.

    Money is in the account's currency; market values use the last known close.

    Attributes
    ----------
    quantity : int
        Shares held, negative for a short.
    average_price : float
        What the shares held were bought or sold short at, commissions left out; 0.0 without shares.
    profit : float
        Realised by trades that closed shares, before commissions and borrow fees.
    total_fees : float
        Commissions.
    total_sale_volume : float
        Value of all fills, bought and sold.
    last_trade_profit : float
        Realised by the last trade that closed shares.
    """

    __slots__ = (
        "average_price",
        "last_trade_profit",
        "profit",
        "quantity",
        "security",
        "total_fees",
        "total_sale_volume",
    )

    def __init__(self, security: Security) -> None:
        self.security = security
        self.quantity = 0
        self.average_price = self.profit = self.total_fees = 0.0
        self.total_sale_volume = self.last_trade_profit = 0.0

    def fill(self, quantity: int, price: float, fee: float) -> None:
        """Book a fill: `quantity` shares, signed, at `price` a share, and its commission."""
        held = self.quantity
        after = held + quantity
        if held == 0:
            self.average_price = price
        elif (held > 0) is (quantity > 0):
            self.average_price = (self.average_price * held + price * quantity) / after
        else:
            gone = after == 0 or (after > 0) is not (
                held > 0
            )  # nothing of the old position is left
            self.last_trade_profit = (price - self.average_price) * (held if gone else -quantity)
            self.profit += self.last_trade_profit
            if gone:
                self.average_price = price if after else 0.0
        self.quantity = after
        self.total_fees += fee
        self.total_sale_volume += abs(quantity) * price

    @property
    def symbol(self) -> Symbol:
        """What is held."""
        return self.security.symbol

    @property
    def price(self) -> float:
        """Last known close, 0.0 before the first bar."""
        return self.security.price

    @property
    def absolute_quantity(self) -> int:
        """Shares, without sign."""
        return abs(self.quantity)

    @property
    def is_long(self) -> bool:
        """Whether shares are owned."""
        return self.quantity > 0

    @property
    def is_short(self) -> bool:
        """Whether shares are owed."""
        return self.quantity < 0

    @property
    def invested(self) -> bool:
        """Whether the position is not flat."""
        return self.quantity != 0

    hold_stock = invested

    @property
    def holdings_cost(self) -> float:
        """Shares × average price, negative for a short."""
        return self.quantity * self.average_price

    @property
    def absolute_holdings_cost(self) -> float:
        """The same without sign."""
        return abs(self.holdings_cost)

    @property
    def holdings_value(self) -> float:
        """Shares × last close, negative for a short."""
        return self.quantity * self.security.price

    @property
    def absolute_holdings_value(self) -> float:
        """The same without sign."""
        return abs(self.holdings_value)

    @property
    def unrealized_profit(self) -> float:
        """What closing at the last close would earn, before commissions."""
        return (self.security.price - self.average_price) * self.quantity

    @property
    def unrealized_profit_percent(self) -> float:
        """Unrealised profit as a fraction of the position's cost (0.1 is 10 %), 0.0 without shares."""
        cost = self.absolute_holdings_cost
        return self.unrealized_profit / cost if cost else 0.0

    @property
    def net_profit(self) -> float:
        """Realised profit less commissions."""
        return self.profit - self.total_fees

    def __repr__(self) -> str:
        return f"<SecurityHolding {self.quantity:+d} {self.symbol} at {self.average_price:g}>"
