"""Availability as bounds of an optimiser's weights, in the forms that the common ones take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.errors import InvalidInputError
from shortable.provider import IShortableProvider, Pairs, as_provider
from shortable.symbol import Symbol

__all__ = ["ShortBounds", "short_bounds"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ShortBounds:
    """The most negative weights that could be borrowed at one time, and what they cost."""

    symbols: list[Symbol]
    """The N assets."""
    lower: Floats
    """Shape (N,): −shares available × price / nav, not below minus `max_short`; 0 where none can be borrowed."""
    upper: Floats
    """Shape (N,): `max_long`."""
    fee_rate: Floats
    """Shape (N,): annual fraction paid on a short's value, NaN where none is known."""

    def pairs(self) -> list[tuple[float, float]]:
        """Return (lower, upper) for each asset: ``weight_bounds`` of PyPortfolioOpt, ``bounds`` of scipy."""
        return [(float(low), float(high)) for low, high in zip(self.lower, self.upper, strict=True)]

    def cvxpy(self, weights: Any) -> list[Any]:
        """Return the constraints on a ``cvxpy.Variable(N)``."""
        return [weights >= self.lower, weights <= self.upper]

    def borrow_cost(self, weights: Any) -> Any:
        """Return the annual borrow fee of a ``cvxpy.Variable(N)`` as a convex expression, a fraction of nav.

        An unknown fee counts as 0 (S7).
        """
        import cvxpy

        return np.nan_to_num(self.fee_rate) @ cvxpy.neg(weights)

    def skfolio(self) -> dict[str, dict[str, float]]:
        """Return ``min_weights`` and ``max_weights`` of skfolio's optimisers, by asset."""
        names = [str(s) for s in self.symbols]
        return {
            "min_weights": dict(zip(names, self.lower.tolist(), strict=True)),
            "max_weights": dict(zip(names, self.upper.tolist(), strict=True)),
        }

    def riskfolio(self) -> tuple[Floats, Floats]:
        """Return (A, B) of ``Portfolio.ainequality`` and ``binequality`` of Riskfolio-Lib: A @ w <= B.

        Shapes (2N, N) and (2N, 1): −w ≤ −lower, then w ≤ upper. Set ``sht=True`` and its own limits wide enough:
        ``uppersht`` bounds one short, ``budgetsht`` their sum.
        """
        eye = np.eye(len(self.symbols))
        return np.vstack([-eye, eye]), np.concatenate([-self.lower, self.upper])[:, None]

    def to_frame(self) -> pd.DataFrame:
        """Return lower, upper and fee_rate by symbol."""
        index = pd.Index(self.symbols, dtype=object, name="symbol")
        return pd.DataFrame(
            {"lower": self.lower, "upper": self.upper, "fee_rate": self.fee_rate}, index=index
        )


def short_bounds(
    provider: IShortableProvider,
    time: datetime,
    symbols: Sequence[Any],
    nav: float,
    prices: Any,
    *,
    max_short: float = 1.0,
    max_long: float = 1.0,
) -> ShortBounds:
    """Turn what could be borrowed at a time into bounds on portfolio weights.

    Parameters
    ----------
    provider : IShortableProvider
        Or anything that `as_provider` takes.
    time : datetime
        Exchange-local where naive.
    symbols : sequence
        The N assets, in the optimiser's order.
    nav : float
        What weights are fractions of, in the prices' currency, above 0.
    prices : Series, mapping or array-like, shape (N,)
        Above 0.
    max_short, max_long : float
        The widest weights where borrowing does not bind, at least 0; a short for which no restriction is known
        gets minus `max_short`.

    Returns
    -------
    ShortBounds

    Raises
    ------
    InvalidInputError
        A price is missing or not above 0, or `nav` or a limit is out of bounds.

    Examples
    --------
    >>> from shortable import CustomShortableProvider
    >>> lent = CustomShortableProvider({"SPY": 100, "GME": 0, "IBM": None}, fee_rate={"SPY": 0.0025})
    >>> short_bounds(lent, datetime(2024, 1, 2), ["SPY", "GME", "IBM"], 100_000.0, [400.0, 20.0, 160.0]).lower.tolist()
    [-0.4, 0.0, -1.0]
    """
    view, names = as_provider(provider), [Symbol.create(s) for s in symbols]
    if not (isinstance(nav, (int, float)) and np.isfinite(nav) and nav > 0):
        raise InvalidInputError("nav", nav, "be finite and above 0")
    for name, limit in (("max_short", max_short), ("max_long", max_long)):
        if not (isinstance(limit, (int, float)) and np.isfinite(limit) and limit >= 0):
            raise InvalidInputError(name, limit, "be finite and at least 0")
    price = _by_symbol(prices, names)
    pairs = Pairs.of(names, time)
    lent = view.shortable_quantities(pairs)
    worth = np.where(lent < 0, np.inf, lent * price / nav)
    lower = -np.minimum(worth, max_short)
    return ShortBounds(
        names, lower + 0.0, np.full(len(names), float(max_long)), view.fee_rates(pairs)
    )


def _by_symbol(prices: Any, names: list[Symbol]) -> Floats:
    if hasattr(prices, "items"):
        known = {Symbol.create(s): p for s, p in prices.items()}
        prices = [known.get(s, np.nan) for s in names]
    price = np.asarray(prices, dtype=np.float64)
    if price.shape != (len(names),):
        raise InvalidInputError(
            "prices", f"shape {price.shape}", f"be one for each of {len(names)} symbols"
        )
    bad = ~(np.isfinite(price) & (price > 0))
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise InvalidInputError("prices", f"{price[at]} for {names[at]}", "be finite and above 0")
    return price
