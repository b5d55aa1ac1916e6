"""What whole tables of nights cost by a convention (S7, S8)."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from shortable.borrow import BorrowFeeModel
from shortable.errors import InvalidInputError
from shortable.provider import Pairs, ShortableProvider

__all__ = ["night_costs", "night_rates"]

Floats = npt.NDArray[np.float64]


def night_rates(model: BorrowFeeModel, provider: ShortableProvider, pairs: Pairs) -> Floats:
    """Return the annual fractions that a convention charges by, NaN where none is known (S7).

    Parameters
    ----------
    model : BorrowFeeModel
        Whose ``rate_kind`` is not None.
    provider : ShortableProvider
    pairs : Pairs
        Symbols and the times of the closes after which they are short, of shape (n,).
    """
    return provider.fee_rates(pairs) if model.rate_kind == "fee" else provider.rebate_rates(pairs)


def night_costs(
    model: BorrowFeeModel,
    shares: Floats,
    close: Floats,
    rates: Floats,
    days: npt.ArrayLike,
) -> Floats:
    """Return what shorts cost over a night by a convention (S8).

    Parameters
    ----------
    model : BorrowFeeModel
    shares : ndarray of float64
        Shares short at the session's close, at least 0.
    close : ndarray of float64
        That close, per share.
    rates : ndarray of float64
        Annual fractions known at that close; NaN, where none is, reads as 0 (S7).
    days : array-like
        Calendar days to the next session.

    Returns
    -------
    ndarray of float64
        Of the shape of `shares`; negative where the short receives.

    Raises
    ------
    InvalidInputError
        The convention's answer is not one finite cost for each short.

    Examples
    --------
    1,000 short at 20.00 from Friday to Monday at 36 % a year: 20,000 × 0.36 × 3 / 360 = 60.00; without a rate 0.

    >>> from shortable.borrow import FeeOnMarketValue
    >>> night_costs(FeeOnMarketValue(), np.array([1000.0, 50.0]), np.array([20.0, 8.0]), np.array([0.36, np.nan]), 3)
    array([60.,  0.])
    """
    # An array's product with itself is NaN or infinite if any element is, which takes a third of the time of testing
    # each; the engine charges thousands of nights.
    if math.isnan(np.vdot(rates, rates)):
        rates = np.where(np.isnan(rates), 0.0, rates)
    costs = np.asarray(model.cost(shares, close, rates, np.asarray(days, dtype=np.float64)))
    if costs.shape != shares.shape or not math.isfinite(np.vdot(costs, costs)):
        raise InvalidInputError(
            "borrow_fee",
            f"{model!r}, whose cost answered {costs!r} for shares={shares!r}",
            "answer one finite cost for each short",
        )
    return costs
