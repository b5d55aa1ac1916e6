"""`PortfolioTarget` and `PortfolioTargetCollection`: how much of each security there should be, and in which order to get there.

LEAN: Common/Algorithm/Framework/Portfolio/PortfolioTarget.cs and PortfolioTargetCollection.cs, Common/Extensions.cs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any, Protocol

from shortable.lean.collections import LeanDictionary
from shortable.lean.context import AlgorithmContext
from shortable.lean.feed.keys import BySymbol, as_symbol
from shortable.lean.models import method
from shortable.lean.names import LeanObject
from shortable.lean.numbers import DECIMALS, ZERO, decimal_of, given_number
from shortable.lean.orders.refusals import zero_price
from shortable.lean.securities.buying_power_types import (
    GetMaximumOrderQuantityForTargetBuyingPowerParameters,
)
from shortable.lean.securities.order_sizing import adjusted_by_lot_size

if TYPE_CHECKING:
    from shortable.lean.orders.transactions import SecurityTransactionManager
    from shortable.lean.securities.portfolio import SecurityPortfolioManager

__all__ = [
    "IPortfolioTarget",
    "PortfolioTarget",
    "PortfolioTargetCollection",
    "by_margin_impact",
    "order_for",
]


class _Run(AlgorithmContext, Protocol):
    """What a target asks of the run."""

    @property
    def portfolio(self) -> SecurityPortfolioManager: ...

    @property
    def transactions(self) -> SecurityTransactionManager: ...


def order_for(kernel: _Run, symbol: Any, target: Any) -> Decimal | None:
    """Return the order that makes a position a share of the portfolio; None where it cannot be told, which is logged."""
    percent = given_number("target", target)
    limits = kernel.settings
    if abs(percent) > decimal_of(limits.max_absolute_portfolio_target_percentage) or (
        percent and abs(percent) < decimal_of(limits.min_absolute_portfolio_target_percentage)
    ):
        kernel.error(
            f"The portfolio target percent: {percent}, does not comply with the current 'Algorithm.Settings' "
            f"'MaxAbsolutePortfolioTargetPercentage': {limits.max_absolute_portfolio_target_percentage:g} or "
            f"'MinAbsolutePortfolioTargetPercentage': {limits.min_absolute_portfolio_target_percentage:g}. Skipping"
        )
        return None
    security = kernel.securities.get(symbol)
    if security is None:
        kernel.error(
            f"{symbol} not found in portfolio. Request this data when initializing the algorithm."
        )
        return None
    if security.price == 0:
        kernel.error(zero_price(security.symbol))
        return None
    with localcontext(DECIMALS):
        total = kernel.portfolio.exact_total_value
        adjusted = percent * kernel.portfolio.exact_total_value_less_free_buffer / total
        margin = adjusted / security.exact_leverage
        answer = method(
            security.buying_power_model, "get_maximum_order_quantity_for_target_buying_power"
        )(
            GetMaximumOrderQuantityForTargetBuyingPowerParameters(
                kernel.portfolio,
                security,
                margin,
                decimal_of(limits.minimum_order_margin_portfolio_percentage),
            )
        )
    if answer.is_error:
        kernel.error(
            f"Unable to compute order quantity of {security.symbol}. Reason: {answer.reason} Returning null."
        )
        return None
    return decimal_of(getattr(answer, "exact_quantity", answer.quantity))


def by_margin_impact(kernel: _Run, targets: Iterable[Any], *, delta: bool = False) -> list[Any]:
    """Return targets in the order in which they are sent: what makes positions smaller first, then the largest.

    None while the algorithm warms up, and none of securities without data, that do not trade, or that are there already
    with what is on order (Common/Extensions.cs, OrderTargetsByMarginImpact). `delta` says that the quantities are
    orders, not positions.
    """
    found = []
    for target in () if kernel.is_warming_up else targets:
        security = kernel.securities[target.symbol]
        wanted = adjusted_by_lot_size(security, decimal_of(target.quantity))
        held = security.holdings.exact_quantity + kernel.transactions.exact_open_quantity(
            security.symbol
        )
        change, after = (wanted, wanted + held) if delta else (wanted - held, wanted)
        if (
            security.has_data
            and security.is_tradable
            and abs(change) >= security.symbol_properties.exact_lot_size
        ):
            reduces = held != 0 and abs(after) < abs(held)
            found.append((not reduces, -abs(change * decimal_of(security.price)), target))
    return [target for *_, target in sorted(found, key=lambda one: one[:2])]


class PortfolioTarget(LeanObject):
    """A symbol and how much of it there should be."""

    minimum_order_margin_percentage_warning_sent: bool | None = None

    def __init__(self, symbol: Any, quantity: float | Decimal, tag: str = "") -> None:
        self.symbol, self.quantity, self.tag = as_symbol(symbol) or symbol, float(quantity), tag

    @staticmethod
    def percent(
        algorithm: Any,
        symbol: Any,
        percent: float,
        return_delta_quantity: bool = False,
        tag: str = "",
    ) -> Any:
        """Return the target of a share of the portfolio, in shares; None where it cannot be told."""
        quantity = order_for(algorithm._lean, symbol, percent)
        if quantity is None:
            return None
        security = algorithm.securities[symbol]
        held = ZERO if return_delta_quantity else security.holdings.exact_quantity
        return PortfolioTarget(security.symbol, float(quantity + held), tag)

    def __str__(self) -> str:
        return f"{self.symbol}: {self.quantity:g}" + (f" ({self.tag})" if self.tag else "")


IPortfolioTarget = PortfolioTarget


class PortfolioTargetCollection(BySymbol[Any]):
    """One target for each symbol, the newest; iterates as targets.

    Examples
    --------
    >>> targets = PortfolioTargetCollection()
    >>> targets.count, targets.is_empty, list(targets)
    (0, True, [])
    """

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._items.values()))

    @property
    def is_empty(self) -> bool:
        """Whether there is no target."""
        return not self._items

    def add(self, key: Any, value: Any = None) -> None:
        """Take a target in: ``add(target)`` or ``add(symbol, target)``."""
        target = key if value is None else value
        if target is not None:
            self._items[target.symbol] = target

    def add_range(self, targets: Iterable[Any]) -> None:
        """Take targets in."""
        for target in targets:
            self.add(target)

    def __contains__(self, key: object) -> bool:
        return super().__contains__(getattr(key, "symbol", key))

    def remove(self, key: Any) -> bool:
        """Let a symbol's target go, or a target if it is the one that is there; return whether it did."""
        if hasattr(key, "quantity"):
            return self.get(key.symbol) is key and LeanDictionary.remove(self, key.symbol)
        return LeanDictionary.remove(self, key)

    def clear_fulfilled(self, algorithm: Any) -> None:
        """Let targets go whose position is there, whatever is on order."""
        for target in self:
            security = algorithm.securities[target.symbol]
            missing = abs(decimal_of(target.quantity) - security.holdings.exact_quantity)
            if missing < security.symbol_properties.exact_lot_size:
                self.remove(target.symbol)

    def order_by_margin_impact(self, algorithm: Any) -> list[Any]:
        """Return the targets that are still to be ordered: what makes positions smaller first, then the largest."""
        return by_margin_impact(algorithm._lean, self)
