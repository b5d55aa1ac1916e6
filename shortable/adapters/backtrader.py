"""backtrader: a broker that sells short only what could be borrowed.

One line: ``cerebro.broker = shortable.adapters.backtrader.broker(provider)``.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

from shortable.adapters.host import HostDesk, host_module

__all__ = ["broker"]


def broker(
    provider: Any,
    *,
    cash: float = 10_000.0,
    broker_options: dict[str, Any] | None = None,
    **options: Any,
) -> Any:
    """Return a ``backtrader.brokers.BackBroker`` that refuses what could not be borrowed, and charges for the nights.

    A refused order has the status ``Rejected`` and carries the tag as ``order.info.tag``. Resting sells count with
    their unfilled shares, of one-cancels-other groups the largest; the sells of a bracket are checked when its buy
    has filled. The borrow fee of a night leaves the cash before the fills of the next session (S8); leave
    backtrader's own ``interest`` at 0.

    Parameters
    ----------
    provider : object
        Whatever `as_provider` takes.
    cash : float
        Starting cash.
    broker_options : dict, optional
        Parameters of ``BackBroker``.
    **options
        Of `HostDesk`: ``on_exceed``, ``look_up`` (for daily feeds; others look up at the feed's time, which is
        taken as exchange-local), ``recheck``, ``borrow_fee``, ``actions``, ``basis``, ``symbols`` (``data._name`` to a
        symbol).

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
def _broker_class() -> Any:
    bt = host_module("backtrader", "backtrader")

    class ShortableBroker(bt.brokers.BackBroker):  # type: ignore[misc,name-defined]
        """See `broker`."""

        desk: HostDesk

        def init(self) -> None:
            super().init()
            self._charged: dict[Any, int] = {}
            self._rechecked: Any = None

        def submit(self, order: Any, check: bool = True) -> Any:
            waits = (
                getattr(order.parent, "ref", order.ref) != order.ref
            )  # a bracket's leg, until its parent has filled
            if not order.isbuy() and not waits and not self._admits(order, self._now(order.data)):
                return order
            return super().submit(order, check)

        def next(self) -> None:
            self._charge()
            if self.desk.recheck == "daily":
                self._recheck_session()
            for order in list(self._toactivate):
                if order.isbuy():
                    continue
                at = self._now(
                    order.data, before_fills=True
                )  # a bracket's leg, which can fill in this bar
                if not self._admits(order, at):
                    self._toactivate.remove(order)
            super().next()

        def _try_exec(self, order: Any) -> None:
            if self.desk.recheck == "fill" and not order.isbuy():
                self._recheck(order.data)
                if not order.alive():
                    return
            super()._try_exec(order)

        def _admits(self, order: Any, at: Any) -> bool:
            """Ask the desk about a sell; refuse or cut it, and say whether it stands."""
            data, wanted = order.data, abs(order.executed.remsize)
            sells = _largest_of_groups(self._resting(data, but=order), self._ocos)
            allowed = self.desk.allowed(
                data._name,
                at,
                wanted,
                self.positions[data].size,
                sells,
                order_id=order.ref,
            )
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

        def _recheck_session(self) -> None:
            for data in {
                o.data for o in [*self.submitted, *self.pending] if o is not None and not o.isbuy()
            }:
                if len(data) > 1 and data.datetime.date(-1) < data.datetime.date(0):
                    self._recheck(data)

        def _recheck(self, data: Any) -> None:
            resting = [(o, abs(o.executed.remsize)) for o in self._resting(data)]
            at, held = self._now(data, before_fills=True), self.positions[data].size
            for order in self.desk.excess(data._name, at, held, resting, lambda o: o.ref):
                order.addinfo(tag=self.desk.tag_of(order.ref))
                self.cancel(order)

        def _now(self, data: Any, *, before_fills: bool = False) -> Any:
            daily = data._timeframe >= bt.TimeFrame.Days
            time = self.desk.time_before_fills if before_fills else self.desk.look_up_time
            return time(data._name, data.datetime.datetime(0), daily=daily)

        def _charge(self) -> None:
            """Charge the night before a new session's fills: the position, its last close and that day's rate."""
            for data, position in self.positions.items():
                bars = len(data)
                if position.size >= 0 or bars < 2 or self._charged.get(data) == bars:
                    continue
                self._charged[data] = (
                    bars  # a feed that did not move is seen again with the same bar
                )
                before, today = data.datetime.date(-1), data.datetime.date(0)
                if before < today:
                    self.cash -= self.desk.charge(
                        data._name, -position.size, data.close[-1], before, today
                    )

    ShortableBroker.__qualname__ = "ShortableBroker"  # optstrategy pickles it: see __getattr__
    return ShortableBroker


def __getattr__(name: str) -> Any:
    if name == "ShortableBroker":
        return _broker_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _largest_of_groups(orders: list[Any], groups: dict[Any, Any]) -> float:
    """Add up what is left of resting sells; of those that cancel one another only one can fill."""
    largest: dict[Any, float] = defaultdict(float)
    for order in orders:
        parent = getattr(order.parent, "ref", None)
        group = groups.get(order.ref, order.ref) if parent is None else ("bracket", parent)
        largest[group] = max(largest[group], abs(order.executed.remsize))
    return sum(largest.values())
