"""Availability as bounds of an optimiser's weights, in the forms that the common ones take."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.actions import ActionsLike
from shortable.actions.read import as_actions
from shortable.arrays import Floats
from shortable.clock import LookUp
from shortable.errors import InvalidInputError
from shortable.provider import Pairs, ProviderLike, ShortableProvider
from shortable.providers import ShareBasis
from shortable.research.grid import read_rows
from shortable.research.share_basis import Carried, provider_on, splits_on
from shortable.symbol import Symbol

__all__ = ["BorrowFrames", "ShortBounds", "borrow_frames", "short_bounds"]

_CELLS = 1 << 18
"""Cells of a block of sessions: what is worked on beside the result."""


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
    provider: ProviderLike,
    time: datetime,
    symbols: Sequence[str],
    nav: float,
    prices: npt.ArrayLike | Mapping[str, float] | pd.Series,
    *,
    max_short: float = 1.0,
    max_long: float = 1.0,
    actions: ActionsLike | None = None,
    basis: ShareBasis = "raw",
) -> ShortBounds:
    """Return what could be borrowed at a time as bounds on portfolio weights.

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
    actions : CorporateActions, records, table or path, optional
        Splits restate what is available; renames are followed (S11).
    basis : {"raw", "split_adjusted"}
        Whether prices are per share of their day, or restated for the splits of `actions`.

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
    >>> provider = CustomShortableProvider({"SPY": 100, "GME": 0, "IBM": None}, fee_rate={"SPY": 0.0025})
    >>> short_bounds(provider, datetime(2024, 1, 2), ["SPY", "GME", "IBM"], 100_000.0, [400.0, 20.0, 160.0]).lower.tolist()
    [-0.4, 0.0, -1.0]
    """
    if not isinstance(symbols, Iterable):
        raise InvalidInputError("symbols", symbols, "be a sequence of symbols")
    view, names = (
        _pool(provider_on(provider, as_actions(actions), basis)),
        [Symbol.create(s) for s in symbols],
    )
    _check_limits(nav=nav, max_short=max_short, max_long=max_long)
    price = _by_symbol(prices, names)
    pairs = Pairs.of(names, time)
    lower = _lower(view.shortable_quantities(pairs), price, nav, max_short)
    upper = np.full(len(names), float(max_long))
    return ShortBounds(names, lower, upper, view.fee_rates(pairs))


@dataclass(frozen=True, slots=True)
class BorrowFrames:
    """What could be borrowed at each time of a backtest, and at what fee, as cvxportfolio takes it.

    ``cvxportfolio.HoldingCost(short_fees=frames.short_fees)`` belongs into the objective and, as another instance, into
    the simulator's ``costs``; ``cvxportfolio.MinWeights(frames.min_weights)`` into the policy's constraints.
    """

    min_weights: pd.DataFrame
    """The most negative weights, T × N: −shares available × price / nav, not below minus `max_short`."""
    short_fees: pd.DataFrame
    """Fees on shorts, T × N, in **percent** a year, as cvxportfolio wants them; 0 where none is known (S7)."""
    unknown_fees: int
    """Cells of `short_fees` that are 0 because none is known."""


def borrow_frames(
    provider: ProviderLike,
    prices: pd.DataFrame,
    nav: float,
    *,
    max_short: float = 1.0,
    look_up: LookUp = "open",
    actions: ActionsLike | None = None,
    basis: ShareBasis = "raw",
) -> BorrowFrames:
    """Return what could be borrowed and at what fee, at each time and of each symbol of a table of prices.

    Parameters
    ----------
    provider : IShortableProvider
        Or anything that `as_provider` takes.
    prices : DataFrame, shape (T, N)
        By time and symbol, above 0; NaN carries the last one forward, and before the first nothing can be shorted.
    nav : float
        What weights are fractions of, in the prices' currency, above 0. A portfolio that grows beyond it can short a
        smaller fraction than the frames say, and one that shrinks a larger one.
    max_short : float
        The most negative weight where borrowing does not bind, at least 0.
    look_up : {"open", "close", "label"} or datetime.time
        When a daily row looks up what is available; intraday rows do so at their label.
    actions, basis
        As in `short_bounds`.

    Returns
    -------
    BorrowFrames
        With the index and columns of `prices`.

    Examples
    --------
    >>> from shortable import CustomShortableProvider
    >>> prices = pd.DataFrame({"GME": [20.0, 25.0]}, index=pd.to_datetime(["2024-01-02", "2024-01-03"]))
    >>> frames = borrow_frames(CustomShortableProvider({"GME": 100}, fee_rate={"GME": 0.36}), prices, 10_000.0)
    >>> frames.min_weights["GME"].tolist(), frames.short_fees["GME"].tolist()
    ([-0.2, -0.25], [36.0, 36.0])
    """
    view = _pool(provider_on(provider, as_actions(actions), basis))
    _check_limits(nav=nav, max_short=max_short)
    grid, prices_of = read_rows("prices", prices, None, None)
    carried = Carried(splits_on(grid, as_actions(actions), basis))
    times = grid.times(look_up).view(np.int64)
    shape = len(times), len(grid.symbols)
    lower, fees, unknown = np.empty(shape), np.empty(shape), 0
    for start, stop in grid.blocks(_CELLS):
        values = prices_of.part(start, stop)
        if not (np.isnan(values) | (np.isfinite(values) & (values > 0))).all():
            raise InvalidInputError("prices", "not above 0", "be finite and above 0, or NaN")
        price = np.nan_to_num(carried.forward(start, values))
        codes = np.tile(np.arange(shape[1]), stop - start)
        pairs = Pairs(grid.symbols, codes, np.repeat(times[start:stop], shape[1]), False)
        available = view.shortable_quantities(pairs).reshape(values.shape)
        bounds = _lower(available, price, nav, max_short)
        lower[start:stop] = np.where(price > 0, bounds, 0.0)
        rates = view.fee_rates(pairs).reshape(values.shape)
        unknown += int(np.isnan(rates).sum())
        fees[start:stop] = 100.0 * np.nan_to_num(rates)
    return BorrowFrames(grid.frame(lower), grid.frame(fees), unknown)


def _pool(provider: ShortableProvider) -> ShortableProvider:
    """Return a provider of shares that can be held.

    Raises
    ------
    InvalidInputError
        It limits what may be sold in a session, which is no bound of a position.
    """
    if provider.availability_kind != "pool":
        raise InvalidInputError(
            "provider",
            provider.name,
            "be a pool",
            "A daily flow bounds a session's sales and no position (S15); constrain takes one.",
        )
    return provider


def _check_limits(**limits: float) -> None:
    for name, limit in limits.items():
        good = isinstance(limit, (int, float)) and math.isfinite(limit)
        if not good or limit < 0 or (name == "nav" and limit == 0):
            bound = "above 0" if name == "nav" else "at least 0"
            raise InvalidInputError(name, limit, f"be finite and {bound}")


def _lower(available: npt.NDArray[np.int64], price: Floats, nav: float, max_short: float) -> Floats:
    """Return the most negative weights; −1 in `available` stands for no known restriction."""
    worth = np.where(available < 0, np.inf, available * price / nav)
    return -np.minimum(worth, max_short) + 0.0


def _by_symbol(
    prices: npt.ArrayLike | Mapping[str, float] | pd.Series, names: list[Symbol]
) -> Floats:
    if isinstance(prices, (Mapping, pd.Series)):
        labels = prices.index if isinstance(prices, pd.Series) else prices
        known = {Symbol.create(label): prices[label] for label in labels}
        prices = [known.get(s, np.nan) for s in names]
    try:
        price = np.asarray(prices, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInputError("prices", prices, "be numbers above 0, or NaN") from None
    if price.shape != (len(names),):
        raise InvalidInputError(
            "prices", f"shape {price.shape}", f"be one for each of {len(names)} symbols"
        )
    bad = ~(np.isfinite(price) & (price > 0))
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise InvalidInputError("prices", f"{price[at]} for {names[at]}", "be finite and above 0")
    return price
