"""`LeanResult`: what came of a run, in the tables of every result and in LEAN's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from shortable.errors import EngineError
from shortable.lean.statistics import TradeStatistics
from shortable.results import Result, RunInfo
from shortable.results.result import Source

if TYPE_CHECKING:
    from shortable.lean.algorithm.journal import Message
    from shortable.lean.orders.events import OrderEvent
    from shortable.lean.orders.order import Order
    from shortable.lean.orders.ticket import OrderTicket

__all__ = ["LeanObjects", "LeanResult"]


@dataclass(frozen=True, slots=True)
class LeanObjects:
    """LEAN's own objects, as the run left them."""

    orders: list[Order] = field(default_factory=list)
    """All orders, refused ones included, in order of their numbers."""
    tickets: list[OrderTicket] = field(default_factory=list)
    """All tickets, by their orders' numbers."""
    order_events: list[OrderEvent] = field(default_factory=list)
    """Everything that happened to orders, oldest first."""
    messages: list[Message] = field(default_factory=list)
    """The log: time, level, text."""
    equity: list[tuple[datetime, Any]] = field(default_factory=list)
    """Samples of the portfolio's value, UTC."""


class LeanResult(Result):
    """A finished run, or one that its algorithm ended by raising.

    Beside the tables and figures of every `Result` it has LEAN's statistics and LEAN's own objects.

    Attributes
    ----------
    name : str
        Name of the algorithm.
    start, end : datetime
        First and last moment asked for, naive New York.
    statistics : dict of str to str
        LEAN's table, by its keys and in its formatting; empty where the algorithm raised.
    short_interest : float or None
        What longs received less what shorts paid, in dollars; None where no security has
        ``ShortMarginInterestRateModel``. The table `borrow_costs` has the shorts' nights.
    daily_bars_end : {"close", "midnight"}
        By ``settings.daily_precise_end_time``.
    error : BaseException or None
        What the algorithm raised; in a copy an `EngineError` of the same text.
    objects : LeanObjects
        LEAN's orders, tickets, events, messages and equity samples; none in a copy.
    """

    def __init__(
        self,
        tables: Mapping[str, Source],
        info: RunInfo,
        *,
        algorithm: Any,
        objects: LeanObjects,
        start: datetime,
        end: datetime,
        short_interest: float | None,
        daily_bars_end: Literal["close", "midnight"],
        error: BaseException | None = None,
    ) -> None:
        super().__init__(tables, info, algorithm=algorithm)
        self.name = info.algorithm
        self.start, self.end = start, end
        self.statistics = dict(info.statistics)
        self.short_interest = short_interest
        self.daily_bars_end = daily_bars_end
        self.error = error
        self.objects = objects

    @property
    def exit_code(self) -> int:
        """0, or 1 where the algorithm raised."""
        return 0 if self.error is None else 1

    def trade_statistics(self) -> TradeStatistics:
        """Return figures of the closed trades (LEAN's ``TradeStatistics``).

        Raises
        ------
        EngineError
            The result is a copy, which has left the algorithm behind.
        """
        if self.algorithm is None:
            raise EngineError(
                "A copied result has no closed trades; ask the one that the run returned."
            )
        return TradeStatistics(self.algorithm.trade_builder.closed_trades)

    def __getstate__(self) -> dict[str, Any]:
        error = self.error
        own = {
            "name": self.name,
            "start": self.start,
            "end": self.end,
            "statistics": self.statistics,
            "short_interest": self.short_interest,
            "daily_bars_end": self.daily_bars_end,
            "error": None if error is None else EngineError(f"{type(error).__name__}: {error}"),
        }
        return super().__getstate__() | {"lean": own}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.__dict__.update(state["lean"])
        self.objects = LeanObjects()
