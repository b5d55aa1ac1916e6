"""nautilus_trader: strategies whose sells keep to what could be borrowed, and a venue module that charges for the nights.

Two lines: ``short = shortable.adapters.nautilus.limit_shorts(provider)``, then ``short.strategy(MyStrategy)(config)`` in place of
``MyStrategy(config)`` and ``engine.add_venue(..., modules=[short.module])``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Unpack

from shortable.adapters.host import DeskOptions, HostDesk, host_module
from shortable.clock import to_local
from shortable.provider import ProviderLike

__all__ = ["LimitedShorts", "limit_shorts"]


def limit_shorts(
    provider: ProviderLike,
    *,
    daily: bool = True,
    clock: Callable[[Any], datetime] | None = None,
    **options: Unpack[DeskOptions],
) -> LimitedShorts:
    """Make the parts that keep a nautilus_trader backtest to what could be borrowed.

    The host's risk engine cannot be replaced, so strategies deny their own orders: a refused order gets an
    ``OrderDenied`` event with the tag as its reason. The orders of every strategy that rest or are in flight count;
    of linked orders the largest. The borrow fee of a night is taken from the venue's account with the first data of
    the next session, before its fills (S8); the host rounds each charge to the currency's smallest unit, the desk
    does not.

    Parameters
    ----------
    provider : IShortableProvider
        Whatever `as_provider` takes.
    daily : bool
        Whether bars are sessions; their orders look up at `look_up`, others at the host's clock.
    clock : callable, optional
        ``clock(strategy)`` gives the time at which an order is sent; default ``strategy.clock.utc_now()``.
    **options
        Of `HostDesk`: ``on_exceed`` ("reject" or "warn": the host's orders keep their quantity), ``look_up``,
        ``borrow_fee``, ``own_use``, ``share``, ``actions``, ``basis``, ``symbols`` (an ``InstrumentId`` to a symbol; default its
        own symbol). ``recheck`` is "submission": a module's cancellation would come after the bar's fills.

    Returns
    -------
    LimitedShorts

    Raises
    ------
    InvalidInputError
        A setting that the host cannot carry out.
    MissingDependencyError
        nautilus_trader is not installed.
    """
    desk = HostDesk.of_options(
        "nautilus_trader",
        provider,
        {"symbols": lambda instrument: instrument.symbol.value, **options},
        on_exceed=("reject", "warn"),
        recheck=("submission",),
        reason="A nautilus_trader order keeps the quantity it was made with, and fills before a module could cancel it.",
    )
    return LimitedShorts(desk, daily, clock)


class LimitedShorts:
    """What a backtest needs, and the desk.

    Attributes
    ----------
    desk : HostDesk
        ``desk.report()``, ``desk.refusals``, ``desk.total_borrow_cost``.
    module : nautilus_trader.backtest.modules.SimulationModule
        For ``add_venue(modules=[...])``.
    """

    def __init__(
        self, desk: HostDesk, daily: bool, clock: Callable[[Any], datetime] | None
    ) -> None:
        self.desk, self.daily = desk, daily
        self.clock = clock or (lambda strategy: strategy.clock.utc_now())
        self.module = _module(desk)

    def strategy(self, base: type) -> type:
        """Return a subclass of a ``Strategy`` class whose sells are limited.

        Parameters
        ----------
        base : type
            Its config and its ``on_…`` methods stay as they are.
        """
        desk, daily, clock = self.desk, self.daily, self.clock

        class Limited(base):  # type: ignore[misc]  # the host's class is known when it runs
            def submit_order(self, order: Any, *args: object, **kwargs: object) -> None:
                if _admits(self, order, order.quantity, desk, clock(self), daily):
                    super().submit_order(order, *args, **kwargs)
                else:
                    _deny(self, order, desk.last_tag)

            def submit_order_list(self, order_list: Any, *args: object, **kwargs: object) -> None:
                # A leg that waits for its parent closes what the parent opens.
                heads = [o for o in order_list.orders if o.parent_order_id is None]
                if all(_admits(self, o, o.quantity, desk, clock(self), daily) for o in heads):
                    super().submit_order_list(order_list, *args, **kwargs)
                else:
                    for order in order_list.orders:
                        desk.cancelled(order.instrument_id, order.client_order_id.value)
                        _deny(self, order, desk.last_tag)

            def modify_order(
                self, order: Any, quantity: Any = None, *args: object, **kwargs: object
            ) -> None:
                changes = quantity is not None and quantity != order.quantity
                if not changes or _admits(self, order, quantity, desk, clock(self), daily):
                    super().modify_order(order, quantity, *args, **kwargs)
                else:
                    self.log.warning(desk.last_tag)

            def handle_event(self, event: Any) -> None:
                name = getattr(event, "client_order_id", None)
                order = None if name is None else self.cache.order(name)
                if order is not None and order.is_closed and not order.filled_qty > 0:
                    desk.cancelled(order.instrument_id, order.client_order_id.value)
                super().handle_event(event)

        Limited.__name__, Limited.__qualname__ = base.__name__, base.__qualname__
        return Limited


def _admits(
    strategy: Any, order: Any, quantity: Any, desk: HostDesk, now: datetime, daily: bool
) -> bool:
    """Ask the desk about an order with the quantity that it is to have, unless it rests already and shrinks."""
    if not order.is_sell:
        return True
    instrument, name = order.instrument_id, order.client_order_id.value
    held = _shares(strategy.portfolio.net_position(instrument))
    wanted = _shares(quantity) - _shares(order.filled_qty)
    sells = sum(_open_sells(strategy.cache, instrument, order).values())
    rests = _shares(order.leaves_qty) if strategy.cache.order_exists(order.client_order_id) else 0
    at = desk.look_up_time(instrument, now, daily=daily)
    if wanted > rests:
        allowed = desk.allowed(instrument, at, wanted, held, sells, floor=rests, order_id=name)
        if allowed != wanted:
            return False
    if wanted > 0:
        desk.sent(instrument, at, wanted, held, sells, name)
    return True


def _shares(quantity: Any) -> float | int:
    """Return a host's quantity as a number, whole where it is whole."""
    number = float(quantity)
    return int(number) if number.is_integer() else number


def _open_sells(cache: Any, instrument: Any, but: Any = None) -> dict[str, float | int]:
    """Return what is left of resting sells, oldest first; of those that cancel or shrink one another the largest's."""
    largest: dict[Hashable, tuple[str, float | int]] = {}
    orders = {
        o.client_order_id: o
        for part in (cache.orders_open, cache.orders_inflight, cache.orders_emulated)
        for o in part(instrument_id=instrument)
    }
    for name, order in sorted(orders.items(), key=lambda item: item[1].ts_init):
        parent = None if order.parent_order_id is None else cache.order(order.parent_order_id)
        waits = parent is not None and not parent.filled_qty > 0
        other = but is None or name != but.client_order_id
        if order.is_sell and other and not waits:
            key = order.order_list_id if parent is not None or order.linked_order_ids else name
            left = _shares(order.leaves_qty)
            if key not in largest or left > largest[key][1]:
                largest[key] = (name.value, left)
    return dict(largest.values())


def _deny(strategy: Any, order: Any, reason: str) -> None:
    """Do what a strategy does itself when it denies an order, which it does not let Python call."""
    events = host_module("nautilus_trader.model.events", "nautilus")
    core = host_module("nautilus_trader.core.uuid", "nautilus")
    strategy.log.warning(f"Order denied: {reason}")
    if not strategy.cache.order_exists(order.client_order_id):
        strategy.cache.add_order(order)
    event = events.OrderDenied(
        order.trader_id,
        order.strategy_id,
        order.instrument_id,
        order.client_order_id,
        reason,
        core.UUID4(),
        strategy.clock.timestamp_ns(),
    )
    order.apply(event)
    strategy.cache.update_order(order)
    strategy.msgbus.publish(topic=f"events.order.{order.strategy_id}", msg=event)


def _module(desk: HostDesk) -> Any:
    host = _module_class()
    config = host_module("nautilus_trader.backtest.config", "nautilus").SimulationModuleConfig()
    made = host(config)
    made.desk = desk
    return made


@cache
def _module_class() -> type:
    modules = host_module("nautilus_trader.backtest.modules", "nautilus")
    money = host_module("nautilus_trader.model.objects", "nautilus").Money

    class BorrowFeeModule(modules.SimulationModule):  # type: ignore[misc,name-defined]  # the host's class is known when it runs
        """Charges the night with the first data of a session; ``process`` would run after its fills."""

        desk: HostDesk

        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self._session: date | None = None
            self._prices: dict[Hashable, float] = {}

        def pre_process(self, data: Any) -> None:
            instrument = _instrument_of(data)
            if instrument is None:
                return
            today = _local_date(self.desk, instrument, data.ts_init)
            if self._session is not None and today > self._session:
                self._begin_session(self._session, today)
            self._session = today
            price = _price_of(data)
            if price is not None:
                self._prices[instrument] = price

        def _begin_session(self, before: date, today: date) -> None:
            cache = self.exchange.cache
            shares: dict[Hashable, float] = defaultdict(float)
            for position in cache.positions_open(self.exchange.id):
                shares[position.instrument_id] += position.signed_qty
            for instrument in self.exchange.instruments if self.desk.is_flow(None) else ():
                resting = list(_open_sells(cache, instrument).items())
                self.desk.begin_session(instrument, today, shares.get(instrument, 0), resting)
            for instrument, held in shares.items():
                if held < 0 and instrument in self._prices:
                    fee = self.desk.charge(
                        instrument, -held, self._prices[instrument], before, today
                    )
                    currency = (
                        self.exchange.base_currency
                        or self.exchange.instruments[instrument].quote_currency
                    )
                    if fee:
                        self.exchange.adjust_account(money(-fee, currency))

        def process(self, ts_now: int) -> None:
            """Nothing: fills are over by then."""

        def log_diagnostics(self, logger: Any) -> None:
            logger.info(repr(self.desk))

        def reset(self) -> None:
            self._session = None
            self._prices.clear()

    return BorrowFeeModule


def _instrument_of(data: Any) -> Any:
    bar_type = getattr(data, "bar_type", None)
    return getattr(data, "instrument_id", None) if bar_type is None else bar_type.instrument_id


def _price_of(data: Any) -> float | None:
    """Return the price in a datum: a bar's close, a trade's price, the middle of a quote; None for a book."""
    for name in ("close", "price"):
        value = getattr(data, name, None)
        if value is not None:
            return float(value)
    if hasattr(data, "bid_price"):
        return (float(data.bid_price) + float(data.ask_price)) / 2
    return None


def _local_date(desk: HostDesk, instrument: Any, nanoseconds: int) -> date:
    moment = datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC)
    return to_local(moment, desk.symbol_of(instrument).market).date()
