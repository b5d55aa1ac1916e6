"""backtesting.py: a backtest that shorts only what could be borrowed.

One line: ``shortable.adapters.backtesting.limit_shorts(backtest, provider, symbol="GME")``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any, Unpack

from shortable.adapters.host import DeskOptions, HostDesk, host_module
from shortable.clock import local_times
from shortable.errors import InvalidInputError
from shortable.market_data.bar_times import at_midnight
from shortable.provider import ProviderLike
from shortable.symbol import Symbol

__all__ = ["desk_of", "limit_shorts"]


def limit_shorts(
    backtest: Any, provider: ProviderLike, symbol: Symbol | str, **options: Unpack[DeskOptions]
) -> Any:
    """Make a ``backtesting.Backtest`` refuse what could not be borrowed, and charge for the nights.

    A refused order never enters the queue; ``Strategy.sell`` returns it with the tag as its ``tag``. An order
    whose size is a fraction of the equity has no share count before it fills: it is checked then, at the session's
    open, and what it would open beyond what is available is left out. Stop-loss and take-profit orders of one trade count
    once. With ``exclusive_orders`` a new order is checked as if the position were closed, which the host does
    first. ``FractionalBacktest`` trades in units of a fraction of a share: the desk counts shares. The borrow fee of a night leaves the cash before the fills of the next session (S8).

    Parameters
    ----------
    backtest : backtesting.Backtest
        With a DatetimeIndex; changed in place.
    provider : IShortableProvider
        Whatever `as_provider` takes.
    symbol : Symbol or str
        The instrument whose prices the data hold.
    **options
        Of `HostDesk`: ``on_exceed``, ``look_up`` (for daily data; other bars look up at their label, taken as
        exchange-local where naive), ``recheck``, ``borrow_fee``, ``own_use``, ``share``, ``actions``, ``basis``.

    Returns
    -------
    backtesting.Backtest
        The same object; `desk_of` returns the desk of its last run.

    Raises
    ------
    InvalidInputError
        The data have no times.
    MissingDependencyError
        backtesting.py is not installed.
    """
    import pandas as pd

    if not isinstance(backtest._data.index, pd.DatetimeIndex):
        raise InvalidInputError(
            "backtest",
            "data without times",
            "have a DatetimeIndex",
            "Availability is looked up by time.",
        )
    make_desk = partial(HostDesk.of_options, "backtesting.py", provider, options)
    desk = make_desk()  # so that wrong options are refused here, not in the run
    host, library = backtest._broker, host_module("backtesting.lib", "backtesting")
    fractional = isinstance(backtest, library.FractionalBacktest)
    unit = float(backtest._fractional_unit) if fractional else 1.0
    backtest._broker = partial(
        _broker_class(),
        *host.args,
        **host.keywords,
        limit=_Limit(make_desk, desk.symbol_of(symbol), unit, desk),
    )
    return backtest


def desk_of(backtest: Any) -> HostDesk:
    """Return the desk of a backtest's last run: ``report()``, ``refusals``, ``total_borrow_cost``."""
    limit: _Limit = backtest._broker.keywords["limit"]
    return limit.desk


@dataclass(slots=True)
class _Limit:
    """What each run's broker is made with, and where it leaves its desk."""

    make_desk: Callable[[], HostDesk]
    symbol: Symbol
    unit: float
    """Shares in one unit of the host's sizes."""
    desk: HostDesk


@cache
def _broker_class() -> type:
    host = host_module("backtesting.backtesting", "backtesting")

    class ShortableBroker(host._Broker):  # type: ignore[misc,name-defined]  # the host's class is known when it runs
        """See `limit_shorts`."""

        def __init__(self, *, limit: _Limit, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self._symbol, self._unit = limit.symbol, limit.unit
            self.desk = limit.desk = limit.make_desk()
            self._labels = local_times(kwargs["index"], self._symbol.market)
            self._daily = at_midnight(self._labels)
            self.orders = _Queue(self._left)
            self._numbers: dict[Hashable, int] = {}
            self._traded = False

        def new_order(
            self,
            size: float,
            limit: float | None = None,
            stop: float | None = None,
            sl: float | None = None,
            tp: float | None = None,
            tag: object = None,
            *,
            trade: Any = None,
        ) -> Any:
            whole = abs(size) >= 1
            if size < 0 and trade is None and whole:
                held, sells = (
                    (0, 0) if self._exclusive_orders else (self._position_size, self._open_sells())
                )
                at = self._now()
                allowed = self._allowed(-size, held, sells, at)
                if allowed != -size:
                    tag = self.desk.last_tag
                    if not allowed:
                        return host.Order(self, float(size), tag=tag)
                    size = -allowed
                order = super().new_order(size, limit, stop, sl, tp, tag)
                self._numbers[order] = len(self._numbers) + 1
                self._sent(-size, held, sells, at, self._numbers[order])
                return order
            return super().new_order(size, limit, stop, sl, tp, tag, trade=trade)

        def next(self) -> None:
            bar = len(self._data) - 1
            if bar and self._labels[bar - 1].astype("datetime64[D]") < self._labels[bar].astype(
                "datetime64[D]"
            ):
                self._new_session(bar)
            super().next()

        def _new_session(self, bar: int) -> None:
            short = -self._position_size
            if short > 0:
                before, today = (self._labels[at].item().date() for at in (bar - 1, bar))
                close = float(self._data.Close[-2]) / self._unit
                self._cash -= self.desk.charge(
                    self._symbol, self._shares(short), close, before, today
                )
            day = self._labels[bar].item().date()
            # A long is first what closes it: stops, targets and closes of its trades.
            held = self._position_size - self._open_sells(closing=True)
            resting = [(self._numbers[o], self._shares(-o.size)) for o in self._resting()]
            self.desk.begin_session(self._symbol, day, self._shares(held), resting)
            if self.desk.recheck == "daily":
                self._recheck()

        def _process_orders(self) -> None:
            if self.desk.recheck == "fill":
                self._recheck()
            super()._process_orders()
            self._traded = False

        def _open_trade(
            self,
            price: float,
            size: float,
            sl: float | None,
            tp: float | None,
            time_index: int,
            tag: object,
        ) -> None:
            if self._size_priced is not None and -1 < self._size_priced < 0:
                at, held, sells = (
                    self._now(before_fills=True),
                    self._position_size,
                    self._open_sells(),
                )
                allowed = self._allowed(-size, held, sells, at)
                if not allowed:
                    return
                self._sent(allowed, held, sells, at, "")  # it fills at once
                size = -allowed
            self._traded = True
            super()._open_trade(price, size, sl, tp, time_index, tag)

        def _close_trade(self, *args: object) -> None:
            self._traded = True
            super()._close_trade(*args)

        def _adjusted_price(self, size: float | None = None, price: float | None = None) -> Any:
            # The host asks for each order that it fills, just before it trades.
            self._size_priced, self._traded = size, False
            return super()._adjusted_price(size, price)

        def _left(self, order: Any) -> None:
            """Give back what an order took that leaves the queue without a trade."""
            if not self._traded and order in self._numbers:
                self.desk.cancelled(self._symbol, self._numbers[order])

        def _resting(self) -> list[Any]:
            """Return resting sells that open a position, oldest first."""
            return [o for o in self.orders if o.size <= -1 and not o.parent_trade]

        def _recheck(self) -> None:
            resting = [(o, self._shares(-o.size)) for o in self._resting()]
            before = len(self.desk.refusals)
            cancelled = self.desk.excess(
                self._symbol,
                self._now(before_fills=True),
                self._shares(self._position_size),
                resting,
                self._numbers.__getitem__,
            )
            for order, refusal in zip(cancelled, self.desk.refusals[before:], strict=False):
                order._replace(tag=refusal.tag)
                order.cancel()

        def _shares(self, size: float) -> float:
            """Return the host's units as shares."""
            return size if self._unit == 1.0 else round(size * self._unit, 9)

        def _allowed(self, size: float, held: float, sells: float, at: datetime) -> float:
            """Ask the desk about a sale; all in the host's units."""
            wanted = self._shares(size)
            allowed = self.desk.allowed(
                self._symbol, at, wanted, self._shares(held), self._shares(sells)
            )
            if allowed == wanted:
                return size
            return allowed if self._unit == 1.0 else int(allowed / self._unit + 1e-6)

        def _sent(
            self, size: float, held: float, sells: float, at: datetime, number: int | str
        ) -> None:
            """Tell the desk about a sale that was accepted; all in the host's units."""
            shares = self._shares
            self.desk.sent(self._symbol, at, shares(size), shares(held), shares(sells), number)

        def _now(self, *, before_fills: bool = False) -> datetime:
            label = self._labels[len(self._data) - 1].item()
            time = self.desk.time_before_fills if before_fills else self.desk.look_up_time
            return time(self._symbol, label, daily=self._daily)

        def _open_sells(self, *, closing: bool = False) -> float:
            """Add up resting sells, or those alone that close a trade; of its stop loss and target only one can fill."""
            largest: dict[Hashable, float] = defaultdict(float)
            for order in self.orders:
                if order.size <= -1 and (order.parent_trade or not closing):
                    key = id(order.parent_trade or order)
                    largest[key] = max(largest[key], abs(order.size))
            return sum(largest.values())

    ShortableBroker.__qualname__ = "ShortableBroker"  # optimize() pickles it: see __getattr__
    return ShortableBroker


class _Queue(list[Any]):
    """The host's queue of orders, which says when one has left it."""

    def __init__(self, left: Callable[[Any], None]) -> None:
        super().__init__()
        self._left = left

    def remove(self, order: Any) -> None:
        super().remove(order)
        self._left(order)


def __getattr__(name: str) -> object:
    if name == "ShortableBroker":
        return _broker_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
