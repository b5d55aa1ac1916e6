"""What nights cost by a convention (S7, S8): whole tables at once, or each symbol's in turn where the convention asks for it."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import numpy.typing as npt

from shortable.arrays import Floats
from shortable.borrow import BorrowCourse, Convention, CourseBorrowFee, NightCharge
from shortable.errors import InvalidInputError
from shortable.provider import Pairs, ShortableProvider
from shortable.symbol import Symbol

__all__ = [
    "NightCourses",
    "night_costs",
    "night_rates",
    "rebates_in",
    "refuse_courses",
    "refuse_late_charges",
]

_SHARED = 10_000
"""Elements above which BLAS shares a product among threads, which wait for one another where others work too."""


def night_rates(model: Convention, provider: ShortableProvider, pairs: Pairs) -> Floats:
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
    model: Convention,
    shares: Floats,
    close: Floats,
    rates: Floats,
    days: npt.ArrayLike,
) -> Floats:
    """Return what shorts cost over a night by a convention (S8).

    Parameters
    ----------
    model : BorrowFeeModel
        One that prices each night by itself.
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
    # Not isinstance: a protocol's takes as long as pricing the night does (3 µs), and the engine prices thousands.
    price = getattr(model, "cost", None)
    if price is None:
        raise InvalidInputError(
            "borrow_fee", model, "price each night by itself here", "Follow it with NightCourses."
        )
    if not _all_finite(rates):
        rates = np.where(np.isnan(rates), 0.0, rates)
    costs = np.asarray(price(shares, close, rates, np.asarray(days, dtype=np.float64)))
    if costs.shape != shares.shape or not _all_finite(costs):
        raise InvalidInputError(
            "borrow_fee",
            f"{model!r}, whose cost answered {costs!r} for shares={shares!r}",
            "answer one finite cost for each short",
        )
    return costs


def rebates_in(model: Convention, costs: Floats) -> Floats:
    """Return what of the costs of nights was received as a rebate, by a convention that prices each night by itself."""
    return -costs if model.rate_kind == "rebate" else np.zeros_like(costs)


def _all_finite(values: Floats) -> bool:
    if values.size > _SHARED:
        return bool(np.isfinite(values).all())
    # An array's product with itself is NaN or infinite if any element is, which takes a third of the time of testing
    # each; the engine charges thousands of nights.
    return math.isfinite(np.vdot(values, values))


class NightCourses:
    """The courses of one run's borrows, where its convention follows each of them; else it is false.

    Parameters
    ----------
    model : BorrowFeeModel or CourseBorrowFee

    Examples
    --------
    >>> from shortable.borrow import FeeAndInterest, FeeOnMarketValue
    >>> bool(NightCourses(FeeOnMarketValue())), bool(NightCourses(FeeAndInterest(0.05)))
    (False, True)
    """

    def __init__(self, model: Convention) -> None:
        self._model = model if isinstance(model, CourseBorrowFee) else None
        self._courses: dict[Symbol, BorrowCourse] = {}

    def __bool__(self) -> bool:
        return self._model is not None

    def night(
        self,
        symbol: Symbol,
        session: date,
        next_session: date,
        shares: float,
        close: float,
        rate: float,
    ) -> NightCharge:
        """Charge one night of one symbol, see `shortable.borrow.BorrowCourse.night`.

        Raises
        ------
        InvalidInputError
            The convention's answer is not finite.
        """
        charge = self._course(symbol).night(session, next_session, shares, close, rate)
        if not math.isfinite(charge.cost):
            raise InvalidInputError(
                "borrow_fee", self._model, "answer a finite cost for each night"
            )
        return charge

    def outstanding(self, symbol: Symbol) -> bool:
        """Return whether a symbol's nights are charged though nothing may be short any more."""
        course = self._courses.get(symbol)
        return course is not None and course.outstanding

    def restate(self, symbol: Symbol, ratio: float) -> None:
        """Restate the shares of a symbol's earlier nights for a split, new shares for each old one; forget them at 0."""
        if not ratio:
            self._courses.pop(symbol, None)
        elif symbol in self._courses:
            self._courses[symbol].restate(ratio)

    def accrued(
        self, symbol: Symbol, last_session: date, shares: float, close: float, rate: float
    ) -> float:
        """Return what is still to be charged after the last session."""
        return self._course(symbol).accrued(last_session, shares, close, rate)

    def _course(self, symbol: Symbol) -> BorrowCourse:
        known = self._courses.get(symbol)
        if known is None:
            assert self._model is not None
            known = self._courses[symbol] = self._model.course(symbol)
        return known


def refuse_courses(model: Convention, who: str) -> None:
    """Refuse a convention that follows each borrow, where nights are priced ahead.

    Raises
    ------
    InvalidInputError
    """
    if isinstance(model, CourseBorrowFee):
        raise InvalidInputError(
            "borrow_fee",
            model,
            f"price each night by itself for {who}",
            "Use shortable's engine, constrain or audit for it.",
        )


def refuse_late_charges(model: Convention, who: str) -> None:
    """Refuse a convention that charges between a cover and its settlement, where nobody asks about covered shorts.

    Raises
    ------
    InvalidInputError
    """
    if isinstance(model, CourseBorrowFee) and model.charges_after_cover:
        raise InvalidInputError(
            "borrow_fee",
            model,
            f"end with the cover for {who}",
            "Backtest, constrain and audit charge it to the cover's settlement; InteractiveBrokersBorrowFee() is the nearest "
            "here.",
        )
