"""What an algorithm may override: the handlers that the loop calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shortable.lean.algorithm.base import AlgorithmPart

__all__ = ["EventsPart"]


class EventsPart(AlgorithmPart):
    """Handlers that do nothing until they are overridden, in either spelling."""

    def initialize(self) -> None:
        """Set the algorithm up."""

    def post_initialize(self) -> None:
        """Finish setting up."""

    def on_data(self, slice: Any) -> None:
        """Take in a time slice."""

    def on_securities_changed(self, changes: Any) -> None:
        """Take note of securities that came and went."""

    def on_order_event(self, order_event: Any) -> None:
        """Take note of what happened to an order."""

    def on_assignment_order_event(self, assignment_event: Any) -> None:
        """Take note of an option's assignment: never called."""

    def on_margin_call(self, requests: Any) -> Sequence[Any] | None:
        """Amend the orders of a margin call, in place or by returning others."""
        return requests  # type: ignore[no-any-return]

    def on_margin_call_warning(self) -> None:
        """Take note that little margin remains."""

    def on_dividends(self, dividends: Any) -> None:
        """Take note of dividends."""

    def on_splits(self, splits: Any) -> None:
        """Take note of splits."""

    def on_delistings(self, delistings: Any) -> None:
        """Take note of delistings."""

    def on_symbol_changed_events(self, symbols_changed: Any) -> None:
        """Take note of renamings."""

    def on_end_of_day(self, symbol: Any = None) -> None:
        """Take note that a security's session ends soon, ten minutes before its close."""

    def on_end_of_time_step(self) -> None:
        """Take note that a time slice is done with."""

    def on_warmup_finished(self) -> None:
        """Take note that the warm-up is over."""

    def on_end_of_algorithm(self) -> None:
        """Take note that the run is over."""

    def on_brokerage_message(self, message_event: Any) -> None:
        """Take note of a broker's message: never called in a backtest."""

    def on_brokerage_disconnect(self) -> None:
        """Take note of a lost connection: never called in a backtest."""

    def on_brokerage_reconnect(self) -> None:
        """Take note of a connection: never called in a backtest."""

    def on_command(self, data: Any) -> Any:
        """Take a command: never called in a backtest."""
        return None
