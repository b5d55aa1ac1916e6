"""bt: algos that keep target weights to what could be borrowed, and charge for the nights.

One line: ``bt.Strategy("name", shortable.adapters.bt.limit_shorts([RunMonthly(), ..., Rebalance()], provider))``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from typing import Any, Unpack

from shortable.adapters.host import DeskOptions, HostDesk, host_module
from shortable.clock import to_local
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.market_data.bar_times import at_midnight
from shortable.provider import ProviderLike

__all__ = ["desk_of", "limit_shorts", "limiter"]

_REBALANCE = ("Rebalance", "RebalanceOverTime")


def limit_shorts(
    algos: Iterable[Any],
    provider: ProviderLike,
    *,
    clock: Callable[[Any], datetime] | None = None,
    **options: Unpack[DeskOptions],
) -> list[Any]:
    """Put the limit before each ``Rebalance`` of a list of algos, and the borrow fee before them all.

    bt trades at once, at the price of the bar, so there are no resting orders. Each rebalancing's change of a
    position is one order: by default it is refused whole where it exceeds what is available, and the position
    stays; with ``on_exceed="clip"`` it is cut. Weights drift with prices, so that a short at its limit asks for a
    little more at every rebalancing. The fee of a night leaves the capital before the bar's trades (S8) and shows
    in bt's own fees.

    Parameters
    ----------
    algos : iterable of bt.Algo
        With at least one ``Rebalance`` or ``RebalanceOverTime``, or a `limiter`.
    provider : IShortableProvider
        Whatever `as_provider` takes.
    clock : callable, optional
        ``clock(target)`` gives the time at which a bar's trades were decided; default ``target.now``.
    **options
        Of `HostDesk`: ``on_exceed``, ``look_up`` (for daily bars; others look up at their label, taken as
        exchange-local where naive), ``borrow_fee``, ``actions``, ``basis``, ``symbols``.

    Returns
    -------
    list of bt.Algo
        bt copies a strategy for each backtest, and its desk with it: get the copy's with `desk_of`.

    Raises
    ------
    InvalidInputError
        There is nothing to put the limit before.
    MissingDependencyError
        bt is not installed.
    """
    fee_class, limit_class = _algo_classes()
    desk = HostDesk.of_options(
        "bt",
        provider,
        options,
        recheck=("submission",),
        reason="bt has no resting orders.",
    )
    given = list(algos)
    places = [at for at, algo in enumerate(given) if type(algo).__name__ in _REBALANCE]
    limits = [algo for algo in given if isinstance(algo, limit_class)]
    if not places and not limits:
        raise InvalidInputError(
            "algos",
            [type(a).__name__ for a in given],
            "hold a Rebalance",
            "The limit comes before it.",
        )
    for limit in limits:
        limit.desk, limit.clock = desk, clock
    for at in reversed(places):
        given.insert(at, limit_class(desk, clock))
    return [fee_class(desk), *given]


def desk_of(backtest: Any) -> HostDesk:
    """Return the desk of a ``bt.Backtest`` that has run: ``report()``, ``refusals``, ``total_borrow_cost``.

    Raises
    ------
    InvalidInputError
        Its strategy was made without `limit_shorts`.
    """
    fee_class, _ = _algo_classes()
    for algo in backtest.strategy.stack.algos:
        if isinstance(algo, fee_class):
            desk: HostDesk = algo.desk
            return desk
    raise InvalidInputError("backtest", backtest.name, "have a strategy of limit_shorts algos")


def limiter() -> Any:
    """Return an algo for a strategy that trades shares itself: ``limiter.transact(target, name, quantity)``.

    Hand it to `limit_shorts` among the other algos, which gives it its provider.
    """
    _, limit_class = _algo_classes()
    return limit_class(None, None)


@cache
def _algo_classes() -> tuple[type[Any], type[Any]]:
    host = host_module("bt", "bt")

    class BorrowFee(host.Algo):  # type: ignore[misc,name-defined]  # the host's class is known when it runs
        """Charges the night, first of all algos, so that no other can keep it from running."""

        def __init__(self, desk: HostDesk) -> None:
            super().__init__()
            self.desk = desk
            self._before: datetime | None = None

        def __call__(self, target: Any) -> bool:
            now = target.now
            if self._before is not None and self._before.date() < now.date():
                for name, child in target.children.items():
                    if hasattr(child, "position") and child.position < 0:
                        close = float(target.universe[name].iloc[:-1].ffill().iloc[-1])
                        fee = self.desk.charge(
                            name,
                            -child.position * child.multiplier,
                            close,
                            self._before.date(),
                            now.date(),
                        )
                        if fee:
                            target.adjust(-fee, flow=False, fee=fee)
            self._before = now
            return True

    class LimitShorts(host.Algo):  # type: ignore[misc,name-defined]  # the host's class is known when it runs
        """Edits ``target.temp["weights"]``, so that the ``Rebalance`` after it sells no more than could be borrowed."""

        def __init__(self, desk: Any, clock: Callable[[Any], datetime] | None) -> None:
            super().__init__()
            self.desk, self.clock = desk, clock

        def __call__(self, target: Any) -> bool:
            weights = target.temp.get("weights")
            if weights is None:
                return True
            scale = 1.0 - target.temp.get("cash", 0.0)
            edited = dict(weights.items())
            for name, weight in edited.items():
                amount = self._limited(target, name, weight * scale)
                if amount is not None:
                    edited[name] = (_weight(target, name) + amount / target.value) / scale
            target.temp["weights"] = edited
            return True

        def transact(self, target: Any, name: str, quantity: float) -> float:
            """Trade shares of a child at once, as far as they could be borrowed; return the shares traded."""
            child = _child(target, name)
            if quantity < 0:
                quantity = -self._ask(target, name, -quantity, child.position)
            if quantity:
                child.transact(quantity)
            return quantity

        def _ask(self, target: Any, name: str, quantity: float, held: float) -> float:
            now = target.now if self.clock is None else self.clock(target)
            daily = _daily(target, self.desk.symbol_of(name).market)
            at = self.desk.look_up_time(name, now, daily=daily)
            allowed: float = self.desk.allowed(name, at, quantity, held, 0)
            if allowed:
                self.desk.sent(name, at, allowed, held, 0)
            return allowed

        def _limited(self, target: Any, name: str, weight: float) -> float | None:
            """Return the amount to trade in place of what the weight asks for, None where that may stand."""
            price = float(target.universe[name].iloc[-1])
            amount = (weight - _weight(target, name)) * target.value
            child = target.children.get(name)
            held = 0.0 if child is None else child.position
            if (
                not amount < 0
                or not price > 0
                or (child is not None and not hasattr(child, "position"))
            ):
                return None
            whole = target.integer_positions
            wanted = -amount / (price * (1 if child is None else child.multiplier))
            if whole:  # as bt rounds a sale
                wanted = math.ceil(wanted) if held > 0 else math.floor(wanted)
            if not wanted > 0:
                return None
            allowed = self._ask(target, name, wanted, held)
            if allowed == wanted:
                return None
            return _amount_for(_child(target, name), allowed, price, whole)

    return BorrowFee, LimitShorts


def _child(target: Any, name: str) -> Any:
    target._create_child_if_needed(name)
    return target.children[name]


def _weight(target: Any, name: str) -> float:
    child = target.children.get(name)
    return 0.0 if child is None else float(child.weight)


def _amount_for(child: Any, shares: float, price: float, whole: bool) -> float:
    """Return the amount of money, commission and all, for which bt sells so many shares and not one more.

    bt sells at least what raises the amount, so with whole shares the amount lies half a share below.
    """
    if not whole:
        return float(child.outlay(-shares)[0]) if shares else 0.0
    if not shares:  # rounded to none: towards zero from either side
        return (-0.5 if child.position < 0 else 0.5) * price * float(child.multiplier)
    return float(child.outlay(-shares)[0] + child.outlay(-shares + 1)[0]) / 2


def _daily(target: Any, market: Market) -> bool:
    # bt puts a row of its own before the first.
    import numpy as np

    return at_midnight(
        np.array([to_local(t, market) for t in target.universe.index[-2:]], dtype="datetime64[us]")
    )
