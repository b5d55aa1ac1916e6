"""Days to cover: short a list of names, and the smaller the more crowded each one is.

Days to cover, shares short over the average daily volume, say how long the shorts would need to buy back through one
door. A name is shorted to its full share of the equity while they are few, and to less in proportion where they are
many: share × equity × min(1, calm / days). Each name is sized anew when a new figure is published, about twice a
month, and never before it was public. What can be borrowed comes from the same figures (`DaysToCoverProvider`): a
crowded short is scarce. So the algorithm asks for its size, and takes what there is where that is refused.
"""

from __future__ import annotations

from datetime import datetime

from shortable.engine import Algorithm, OrderStatus, Resolution, Security, Slice
from shortable.errors import InvalidInputError
from shortable.short_interest import DaysToCoverProvider, ShortInterest, USShortPosition
from shortable.symbol import Symbol

__all__ = ["NAMES", "DaysToCover"]

NAMES = "AMC BYND COIN F GME IBM PLTR SNDL SPCE TSLA TLRY"
"""Shares that a crowd has been short of; those that the prices hold are used."""


class DaysToCover(Algorithm):
    """Shorts names, sized by days to cover.

    Parameters (`Backtest`'s ``parameters``)
    ----------------------------------------
    symbols : str
        Tickers, separated by spaces; default those of `NAMES` that the prices hold.
    share : float
        Of the equity, for a name that is not crowded.
    calm : float
        Days to cover up to which a name gets its full share.
    data_folder : str
        Of the short interest; default as in `ShortInterest`.
    """

    def initialize(self) -> None:
        """Subscribe to the names, with what short interest says of them."""
        self.set_cash(10_000_000)
        self.share, self.calm = self.get_parameter("share", 0.10), self.get_parameter("calm", 2.0)
        if not self.calm > 0:
            raise InvalidInputError("calm", self.calm, "be a number of days above 0")
        self.interest = ShortInterest(self.get_parameter("data_folder"))
        provider = DaysToCoverProvider(self.interest)
        self.known: dict[Symbol, datetime | None] = {}
        self.names: list[Security] = []
        chosen = self.get_parameter("symbols")
        for ticker in (chosen or NAMES).split():
            try:
                security = self.add_equity(ticker, Resolution.DAILY)
            except InvalidInputError:
                if chosen:
                    raise
                continue
            security.set_shortable_provider(provider)
            self.names.append(security)

    def on_data(self, slice: Slice) -> None:
        """Size each name of which a new figure is public."""
        for security in self.names:
            figure = self.interest.at(security.symbol, self.time)
            if figure is None or security.symbol not in slice:
                continue
            if isinstance(figure, USShortPosition) and figure.known_at != self.known.get(
                security.symbol
            ):
                self.known[security.symbol] = figure.known_at
                self.short(security, self.size(figure.days_to_cover))

    def size(self, days: float | None) -> float:
        """Return the dollars to be short of a name; nothing where nobody knows how long covering takes."""
        full = self.share * self.portfolio.total_portfolio_value
        return 0.0 if days is None else full * min(1.0, self.calm / days)

    def short(self, name: Security, dollars: float) -> None:
        """Bring a name to a short of so many dollars, or as near as can be borrowed."""
        held, target = name.holdings.quantity, -int(dollars / name.price)
        if target > held:
            self.market_order(name.symbol, target - held)
        elif target < held and not self.sold(name, held - target):
            available = self.shortable_quantity(name.symbol)
            if available is not None and -available < held:
                self.sold(name, held + available)

    def sold(self, name: Security, shares: int) -> bool:
        """Order to sell; say whether the order was accepted."""
        return self.market_order(name.symbol, -shares).status is not OrderStatus.INVALID
