"""backtrader: a broker that sells short only what could be borrowed.

One line: ``cerebro.broker = shortable.adapters.backtrader.broker(provider)``.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from functools import cache
from typing import Any, Unpack

from shortable.adapters.host import DeskOptions, HostDesk, host_module
from shortable.provider import ProviderLike

__all__ = ["broker"]


def broker(
    provider: ProviderLike,
    *,
    cash: float = 10_000.0,
    broker_options: dict[str, object] | None = None,
    **options: Unpack[DeskOptions],
) -> Any:
    """Return a ``backtrader.brokers.BackBroker`` that refuses what could not be borrowed, and charges for the nights.

    A refused order has the status ``Rejected`` and carries the tag as ``order.info.tag``. Resting sells count with
    their unfilled shares, of one-cancels-other groups the largest; the sells of a bracket are checked when its buy
    has filled. The borrow fee of a night leaves the cash before the fills of the next session (S8); leave
    backtrader's own ``interest`` at 0.

    Parameters
    ----------
    provider : IShortableProvider
        Whatever `as_provider` takes.
    cash : float
        Starting cash.
    broker_options : dict, optional
        Parameters of ``BackBroker``.
    **options
        Of `HostDesk`: ``on_exceed``, ``look_up`` (for daily feeds; others look up at the feed's time, which is
        taken as exchange-local), ``recheck``, ``borrow_fee``, ``own_use``, ``share``, ``actions``, ``basis``, ``symbols``
        (``data._name`` to a symbol).

    Returns
    -------
    backtrader.brokers.BackBroker
        Its ``desk`` has what was done: ``desk.report()``, ``desk.refusals``, ``desk.total_borrow_cost``.

    Raises
    ------
    MissingDependencyError
        backtrader is not installed.
    """
    limited = _broker_class()(**{"cash": cash, **(broker_options or {})})
    limited.desk = HostDesk.of_options("backtrader", provider, options)
    return limited


@cache
def _broker_class() -> type:
    bt = host_module("backtrader", "backtrader")

    class ShortableBroker(bt.brokers.BackBroker):  # type: ignore[misc,name-defined]  # the host's class is known when it runs
        """See `broker`."""

        desk: HostDesk

        def init(self) -> None:
            super().init()
            self._bars: dict[Hashable, int] = {}

        def submit(self, order: Any, check: bool = True) -> Any:
            waits = (
                getattr(order.parent, "ref", order.ref) != order.ref
            )  # a bracket's leg, until its parent has filled
            if not order.isbuy() and not waits and not self._admits(order, self._now(order.data)):
                return order
            return super().submit(order, check)

        def next(self) -> None:
            for data in self._new_sessions():
                self._begin_session(data)
            for order in list(self._toactivate):
                if order.isbuy():
                    continue
                at = self._now(
                    order.data, before_fills=True
                )  # a bracket's leg, which can fill in this bar
                if not self._admits(order, at):
                    self._toactivate.remove(order)
            super().next()

        def notify(self, order: Any) -> None:
            ended = (order.Canceled, order.Expired, order.Margin, order.Rejected)
            if order.status in ended and not order.isbuy() and not order.executed.size:
                self.desk.cancelled(order.data._name, order.ref)
            super().notify(order)

        def _try_exec(self, order: Any) -> None:
            if self.desk.recheck == "fill" and not order.isbuy():
                self._recheck(order.data)
                if not order.alive():
                    return
            super()._try_exec(order)

        def _admits(self, order: Any, at: datetime) -> bool:
            """Ask the desk about a sell; refuse or cut it, and say whether it stands."""
            data, wanted = order.data, abs(order.executed.remsize)
            name, held = data._name, self.positions[data].size
            sells = sum(self._shares_resting(data, but=order).values())
            allowed = self.desk.allowed(name, at, wanted, held, sells, order_id=order.ref)
            if allowed:
                self.desk.sent(name, at, allowed, held, sells, order.ref)
            if allowed == wanted:
                return True
            order.addinfo(tag=self.desk.last_tag)
            if not allowed:
                order.reject(self)
                self.notify(order)
                return False
            for part in (order.created, order.executed):
                part.remsize = -allowed
            order.created.size = order.size = -allowed
            return True

        def _resting(self, data: Any, but: Any = None) -> list[Any]:
            """Return the data's resting sells, oldest first, without the legs that wait for their bracket's parent."""
            queued = [*self.submitted, *self.pending]
            return sorted(
                (
                    o
                    for o in queued
                    if o is not None
                    and o is not but
                    and o.data is data
                    and not o.isbuy()
                    and o.alive()
                    and o.active()
                ),
                key=lambda o: o.ref,
            )

        def _shares_resting(self, data: Any, but: Any = None) -> dict[int, float]:
            """Return the shares that resting sells can sell, by order; of those that cancel one another the largest's."""
            return _largest_of_groups(self._resting(data, but), self._ocos)

        def _new_sessions(self) -> list[Any]:
            """Return the feeds whose bar begins a session; one that did not move is seen again with the same bar."""
            moved = [d for d in self.cerebro.datas if len(d) > 1 and self._bars.get(d) != len(d)]
            self._bars.update((data, len(data)) for data in moved)
            return [d for d in moved if d.datetime.date(-1) < d.datetime.date(0)]

        def _begin_session(self, data: Any) -> None:
            """Charge the night: the position, its last close and that day's rate; then look at what rests."""
            name, held = data._name, self.positions[data].size
            before, today = data.datetime.date(-1), data.datetime.date(0)
            if held < 0:
                self.cash -= self.desk.charge(name, -held, data.close[-1], before, today)
            resting = list(self._shares_resting(data).items())
            self.desk.begin_session(name, today, held, resting)
            if self.desk.recheck == "daily":
                self._recheck(data)

        def _recheck(self, data: Any) -> None:
            resting = [(o, abs(o.executed.remsize)) for o in self._resting(data)]
            at, held = self._now(data, before_fills=True), self.positions[data].size
            for order in self.desk.excess(data._name, at, held, resting, lambda o: o.ref):
                order.addinfo(tag=self.desk.tag_of(order.ref))
                self.cancel(order)

        def _now(self, data: Any, *, before_fills: bool = False) -> datetime:
            daily = data._timeframe >= bt.TimeFrame.Days
            time = self.desk.time_before_fills if before_fills else self.desk.look_up_time
            return time(data._name, data.datetime.datetime(0), daily=daily)

    ShortableBroker.__qualname__ = "ShortableBroker"  # optstrategy pickles it: see __getattr__
    return ShortableBroker


def __getattr__(name: str) -> object:
    if name == "ShortableBroker":
        return _broker_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _largest_of_groups(orders: list[Any], groups: dict[Any, Any]) -> dict[int, float]:
    """Return what is left of resting sells, by order; of those that cancel one another only one can fill."""
    largest: dict[Hashable, tuple[int, float]] = {}
    for order in orders:
        parent = getattr(order.parent, "ref", None)
        group = groups.get(order.ref, order.ref) if parent is None else ("bracket", parent)
        left = abs(order.executed.remsize)
        if group not in largest or left > largest[group][1]:
            largest[group] = (order.ref, left)
    return dict(largest.values())
