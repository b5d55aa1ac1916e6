"""`LeanResult`: what came of a run, in LEAN's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from shortable.lean.statistics import TradeStatistics
from shortable.results import write_folder

__all__ = ["LeanResult"]


@dataclass(slots=True)
class LeanResult:
    """A finished run, or one that its algorithm ended by raising."""

    name: str
    """Name of the algorithm."""
    statistics: dict[str, str]
    """LEAN's table, by its keys and in its formatting; empty where the algorithm raised."""
    orders: list[Any]
    """All orders, refused ones included, in order of their numbers."""
    order_events: list[Any]
    """Everything that happened to them."""
    messages: list[Any]
    """The log: time, level, text."""
    equity: list[tuple[datetime, Any]]
    """Samples of the portfolio's value, UTC."""
    start: datetime
    """First moment, naive New York."""
    end: datetime
    """Last moment asked for."""
    algorithm: Any
    """The algorithm itself."""
    source: str
    """Where the prices come from."""
    made_up: bool
    """Whether the source says that its numbers are made up."""
    error: BaseException | None = None
    """What the algorithm raised."""
    tickets: list[Any] = field(default_factory=list)
    """All tickets, by their orders' numbers."""

    @property
    def exit_code(self) -> int:
        """0, or 1 where the algorithm raised."""
        return 0 if self.error is None else 1

    def trade_statistics(self) -> TradeStatistics:
        """Return figures of the closed trades (LEAN's ``TradeStatistics``)."""
        return TradeStatistics(self.algorithm.trade_builder.closed_trades)

    def equity_frame(self) -> pd.DataFrame:
        """Return the portfolio's value by time.

        Returns
        -------
        pandas.DataFrame
            Index ``time`` (UTC), column ``equity`` in dollars.
        """
        index = pd.DatetimeIndex([moment for moment, _ in self.equity], name="time")
        return pd.DataFrame({"equity": [float(value) for _, value in self.equity]}, index=index)

    def to_parquet(self, folder: str | Path) -> Path:
        """Write orders, events, equity and log into a new folder, with LEAN's statistics in ``summary.json``.

        Parameters
        ----------
        folder : str or Path
            Must not exist; its parent must.

        Returns
        -------
        Path

        Raises
        ------
        InvalidInputError
            The folder exists, or its parent does not.
        """
        events = [
            {
                "time": e.utc_time,
                "order_id": e.order_id,
                "symbol": str(e.symbol),
                "status": str(e.status),
                "fill_quantity": e.fill_quantity,
                "fill_price": e.fill_price,
                "fee": e.order_fee.value.amount,
                "message": e.message,
            }
            for e in self.order_events
        ]
        tables = {
            "orders": self.orders_frame(),
            "order_events": pd.DataFrame(events),
            "equity": self.equity_frame().reset_index(),
            "log": pd.DataFrame([m._asdict() for m in self.messages]),
            # LEAN's statistics have no place for it, and made-up prices must not pass for real ones.
            "run": pd.DataFrame(
                {"algorithm": [self.name], "prices": [self.source], "made_up": [self.made_up]}
            ),
        }
        return write_folder(tables, self.statistics, folder)

    def orders_frame(self) -> pd.DataFrame:
        """Return the orders.

        Returns
        -------
        pandas.DataFrame
            One row an order: id, time (UTC), symbol, type, quantity (shares, signed), price (of the last fill, dollars),
            status, tag.
        """
        rows = [
            {
                "id": order.id,
                "time": order.time,
                "symbol": str(order.symbol),
                "type": str(order.type),
                "quantity": order.quantity,
                "price": order.price,
                "status": str(order.status),
                "tag": order.tag,
            }
            for order in self.orders
        ]
        columns = ["id", "time", "symbol", "type", "quantity", "price", "status", "tag"]
        return pd.DataFrame(rows, columns=columns)
