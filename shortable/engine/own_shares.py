"""A security's own shares of each day, on prices that are adjusted for splits (S11).

What is computed a share, as a minimum, a mark or a floor is, is computed on the shares and the price of the day.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from shortable.arrays import Floats
from shortable.engine.models import FeeModel
from shortable.engine.orders import Order

__all__ = ["OwnShares"]


class OwnShares(dict[int, list[Fraction]]):
    """By column, in each session, the run's shares for one share of the day; columns without splits have none.

    Parameters
    ----------
    factors : mapping of int to list of Fraction
    sessions : sequence of int
        Proleptic ordinals of the sessions.
    """

    def __init__(self, factors: Mapping[int, list[Fraction]], sessions: Sequence[int]) -> None:
        super().__init__(factors)
        self._session = {day: number for number, day in enumerate(sessions)}
        self._columns = np.array(sorted(self), dtype=np.int64)

    def widen(self, column: int, factors: list[Fraction]) -> None:
        """Take in a security that comes later."""
        self[column] = factors
        self._columns = np.append(self._columns, column)

    def commission(self, model: FeeModel, order: Order, price: float, day: int) -> float:
        """Return the commission of filling an order at a price, on the shares of a session given as an ordinal."""
        factor = self[order.column][self._session[day]]
        if factor == 1:
            return model.get_order_fee(order, price)
        own = copy.copy(order)
        shares = order.quantity / factor
        own.quantity = int(shares) if shares.denominator == 1 else float(shares)  # type: ignore[assignment]  # a fraction
        return model.get_order_fee(own, float(price * factor))

    def night(
        self, session: int, columns: npt.NDArray[np.int64], shares: Floats, close: Floats
    ) -> tuple[Floats, Floats]:
        """Return shares and closes of a session in the day's own shares; `columns` says whose they are."""
        if not np.isin(columns, self._columns).any():
            return shares, close
        factors = np.array(
            [float(self[c][session]) if c in self else 1.0 for c in columns.tolist()]
        )
        return shares / factors, close * factors
