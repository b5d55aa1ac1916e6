"""What trading code may ask of the algorithm that it works for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from shortable.lean.brokerages.models import DefaultBrokerageModel
    from shortable.lean.orders.events import OrderEvent
    from shortable.lean.orders.requests import SubmitOrderRequest
    from shortable.lean.orders.transactions import SecurityTransactionManager
    from shortable.lean.securities.manager import SecurityManager
    from shortable.lean.securities.portfolio import SecurityPortfolioManager
    from shortable.lean.securities.trade_builder import TradeBuilder

__all__ = ["AlgorithmContext"]


class AlgorithmContext(Protocol):
    """The algorithm as orders, securities and the portfolio see it.

    Whoever runs an algorithm (`shortable.lean.algorithm`) keeps it; trading code keeps a reference and asks.
    """

    @property
    def exchange_time(self) -> datetime:
        """The clock: naive, New York. Users may see another zone; trading code never does."""
        ...

    @property
    def utc_time(self) -> datetime:
        """The same instant as users see it: UTC, with its time zone, as LEAN's Python has it."""
        ...

    @property
    def securities(self) -> SecurityManager:
        """All securities, by symbol."""
        ...

    @property
    def portfolio(self) -> SecurityPortfolioManager:
        """Cash, holdings and margin."""
        ...

    @property
    def transactions(self) -> SecurityTransactionManager:
        """Orders and tickets."""
        ...

    @property
    def trade_builder(self) -> TradeBuilder:
        """Pairs fills into closed trades."""
        ...

    @property
    def brokerage_model(self) -> DefaultBrokerageModel:
        """The models that a new security is given, and which orders the broker takes."""
        ...

    @property
    def settings(self) -> Any:
        """Algorithm settings: ``stale_price_time_span`` and ``minimum_order_margin_portfolio_percentage`` are read."""
        ...

    @property
    def source(self) -> Any:
        """Where prices come from (`shortable.lean.data.source.PriceSource`): hours, interest rates, data folder."""
        ...

    @property
    def is_warming_up(self) -> bool:
        """Whether the algorithm has not begun to trade."""
        ...

    def on_order_event(self, event: OrderEvent) -> None:
        """Hand an event to the user's ``on_order_event``; after the portfolio and the ticket know it."""
        ...

    def on_margin_call(self, requests: list[SubmitOrderRequest]) -> Sequence[SubmitOrderRequest]:
        """Let the user amend the orders of a margin call; returns what to submit."""
        ...

    def on_margin_call_warning(self) -> None:
        """Tell the user that little margin remains."""
        ...

    def debug(self, message: str) -> None:
        """Tell the user."""
        ...

    def log(self, message: str) -> None:
        """Write to the log."""
        ...

    def error(self, message: str) -> None:
        """Tell the user that something was refused."""
        ...
