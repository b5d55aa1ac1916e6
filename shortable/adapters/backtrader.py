"""backtrader: a broker that lends only what could be borrowed.

One line: ``cerebro.broker = shortable.adapters.backtrader.broker(provider)``.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

from shortable.adapters.desk import ShortDesk
from shortable.adapters.host import host_module

__all__ = ["broker"]


def broker(
    provider: Any,
    *,
    cash: float = 10_000.0,
    broker_options: dict[str, Any] | None = None,
    **options: Any,
) -> Any:
    """Return a ``backtrader.brokers.BackBroker`` that refuses what could not be borrowed, and charges the nights.

    A refused order has the status ``Rejected`` and carries the tag as ``order.info.tag``. Resting sells count with what is left of
    them, of one-cancels-other groups the largest; the sells of a bracket are looked at when its buy has filled. The
    borrow fee of a night leaves the cash before the fills of the next session (S8); leave backtrader's own
    ``interest`` at 0.

    Parameters
    ----------
    provider : object
        Whatever `as_provider` takes.
    cash : float
        Starting cash.
    broker_options : dict, optional
        Parameters of ``BackBroker``.
    **options
        Of `ShortDesk`: ``on_exceed``, ``look_up`` (for daily feeds; others look up at the feed's time, which is
        taken as exchange-local), ``recheck``, ``borrow_fee``, ``symbols`` (``data._name`` to a symbol).

    Returns
    -------
    backtrader.brokers.BackBroker
        Its ``desk`` has the report: ``desk.refusals()``, ``desk.fees()``, ``desk.total_fee``.

    Raises
    ------
    MissingDependencyError
        backtrader is not installed.
    """
    made = _broker_class()(**{"cash": cash, **(broker_options or {})})
    made.desk = ShortDesk(provider, **options)
    return made


@cache
def _broker_class() -> Any:
    bt = host_module("backtrader", "backtrader")

    class ShortableBroker(bt.brokers.BackBroker):  # type: ignore[misc,name-defined]
        """See `broker`."""

        desk: ShortDesk

        def init(self) -> None:
            super().init()
            self._charged: dict[Any, int] = {}
            self._rechecked: Any = None

        def submit(self, order: Any, check: bool = True) -> Any:
            waits = (
                getattr(order.parent, "ref", order.ref) != order.ref
            )  # a bracket's leg, until its parent has filled
            if not order.isbuy() and not waits and not self._admits(order):
                return order
            return super().submit(order, check)

        def next(self) -> None:
            self._charge()
            if self.desk.recheck == "daily":
                self._recheck_session()
            for order in list(self._toactivate):
                if not order.isbuy() and not self._admits(order):
                    self._toactivate.remove(order)
            super().next()

        def _try_exec(self, order: Any) -> None:
            if self.desk.recheck == "fill" and not order.isbuy():
                self._recheck(order.data)
                if not order.alive():
                    return
            super()._try_exec(order)

        def _admits(self, order: Any) -> bool:
            """Ask the desk about a sell; refuse or cut it, and say whether it may go on."""
            data, wanted = order.data, abs(order.executed.remsize)
            sells = _largest_of_groups(self._resting(data, but=order), self._ocos)
            allowed = self.desk.allowed(
                data._name,
                data.datetime.datetime(0),
                wanted,
                self.positions[data].size,
                sells,
                daily=_daily(bt, data),
                order=order.ref,
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
            """Return the data's resting sells, the oldest first; legs that wait for their bracket's parent do not rest yet."""
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
            now = data.datetime.datetime(0)
            for order in self.desk.excess(
                data._name, now, self.positions[data].size, resting, daily=_daily(bt, data)
            ):
                order.addinfo(tag=self.desk.tag_of(order))
                self.cancel(order)

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


def _daily(bt: Any, data: Any) -> bool:
    return bool(data._timeframe >= bt.TimeFrame.Days)


def _largest_of_groups(orders: list[Any], groups: dict[Any, Any]) -> float:
    """Add up what is left of resting sells; of those that cancel one another only one can fill."""
    largest: dict[Any, float] = defaultdict(float)
    for order in orders:
        parent = getattr(order.parent, "ref", None)
        group = groups.get(order.ref, order.ref) if parent is None else ("bracket", parent)
        largest[group] = max(largest[group], abs(order.executed.remsize))
    return sum(largest.values())
