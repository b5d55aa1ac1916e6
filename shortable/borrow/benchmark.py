"""Money that a short earns on its proceeds, tied to a series of benchmark rates."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from shortable.arguments import check_kind
from shortable.borrow.market_value import FeeOnMarketValue
from shortable.borrow.model import (
    BorrowFeeModel,
    EndsWithCover,
    NightCharge,
    RateKind,
    check_day_count,
)
from shortable.clock import LocalTime, as_datetime, day_of
from shortable.errors import InvalidInputError
from shortable.symbol import Symbol

__all__ = ["FeeAndInterest", "RateSeries", "RebateAgainstBenchmark"]


@dataclass(frozen=True, slots=True)
class RateSeries:
    """Annual rates by the day from which each holds, such as a central bank's overnight rate.

    Attributes
    ----------
    days : tuple of date
        Ascending.
    rates : tuple of float
        Annual fractions (0.0525 is 5.25 %), may be negative.

    Examples
    --------
    >>> fed = RateSeries.of({"2024-09-19": 0.0483, "2024-11-08": 0.0458})
    >>> fed.at(date(2024, 11, 7)), fed.at(date(2024, 11, 8))
    (0.0483, 0.0458)
    """

    days: tuple[date, ...]
    rates: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("days", "rates"):
            check_kind(name, getattr(self, name), tuple, "be a tuple", "RateSeries.of takes more.")
        if not self.days or len(self.days) != len(self.rates):
            raise InvalidInputError(
                "benchmark",
                f"{len(self.days)} days and {len(self.rates)} rates",
                "be one rate a day",
            )
        for day in self.days:
            check_kind("benchmark", day, date, "hold dates")
        if any(a >= b for a, b in zip(self.days, self.days[1:], strict=False)):
            raise InvalidInputError("benchmark", "its days", "ascend, each once")
        for day, rate in zip(self.days, self.rates, strict=True):
            if not isinstance(rate, (int, float)) or not -1 < rate < 1:
                raise InvalidInputError(
                    "benchmark",
                    rate,
                    f"be an annual fraction between -1 and 1 on {day}",
                    "Divide by 100 if these are percent.",
                )

    @classmethod
    def of(cls, given: RateSeries | float | Mapping[Any, float] | pd.Series) -> RateSeries:
        """Make one of a number for all days, a mapping or Series of days to rates, or a series itself.

        Raises
        ------
        InvalidInputError
            A day is none, or a rate no annual fraction.
        """
        if isinstance(given, RateSeries):
            return given
        if isinstance(given, (int, float)) and not isinstance(given, bool):
            return cls((date.min,), (float(given),))
        if not isinstance(given, (Mapping, pd.Series)):
            raise InvalidInputError(
                "benchmark", given, "be a rate, or a mapping or Series of days to rates"
            )
        days = given.index if isinstance(given, pd.Series) else given
        rows = sorted((_day(day), float(given[day])) for day in days)
        return cls(tuple(day for day, _ in rows), tuple(rate for _, rate in rows))

    def at(self, day: date) -> float:
        """Return the rate that holds on a day.

        Raises
        ------
        InvalidInputError
            The series begins later: what is not known is not 0.
        """
        when = day if type(day) is date else as_datetime(day, "day").date()
        at = bisect_right(self.days, when) - 1
        if at < 0:
            raise InvalidInputError(
                "benchmark", f"a series from {self.days[0]}", f"hold a rate for {day}"
            )
        return self.rates[at]


def _day(day: LocalTime | str) -> date:
    try:
        return day_of(day)
    except (TypeError, ValueError):
        raise InvalidInputError("benchmark", day, "have days as its keys") from None


@dataclass(frozen=True, slots=True)
class RebateAgainstBenchmark:
    """Rebate on the proceeds, where the provider knows the fee alone: value × (benchmark − spread − fee) × days / year.

    The rebate contains the fee, so this convention takes the place of the one that charges it. A night whose fee is not
    known costs nothing and earns nothing.

    Attributes
    ----------
    benchmark : RateSeries
        Or anything that `RateSeries.of` takes.
    spread : float
        Annual fraction that the broker keeps of the benchmark.
    day_count : int
        360 or 365.

    Examples
    --------
    100 short at 50.00 over one night, benchmark 5.4 %, fee 1.8 %: 5,000 × 0.036 / 360 = 0.50 is received.

    >>> course = RebateAgainstBenchmark(0.054).course(Symbol.create("SPY"))
    >>> round(course.night(date(2024, 1, 2), date(2024, 1, 3), 100, 50.0, 0.018).cost, 10)
    -0.5
    """

    benchmark: RateSeries
    spread: float = 0.0
    day_count: int = 360

    def __post_init__(self) -> None:
        check_day_count(self.day_count)
        object.__setattr__(self, "benchmark", RateSeries.of(self.benchmark))

    @property
    def rate_kind(self) -> RateKind:
        """Asks for the fee rate."""
        return "fee"

    @property
    def charges_after_cover(self) -> bool:
        """False: the night of the cover is the last."""
        return False

    def course(self, symbol: Symbol) -> _RebateCourse:
        """Begin to follow a symbol."""
        return _RebateCourse(self)


@dataclass(frozen=True, slots=True)
class _RebateCourse(EndsWithCover):
    terms: RebateAgainstBenchmark

    def night(
        self, session: date, next_session: date, shares: float, close: float, rate: float
    ) -> NightCharge:
        if rate != rate:
            return NightCharge(0.0, rate)
        rebate = self.terms.benchmark.at(session) - self.terms.spread - rate
        days = (next_session - session).days
        received = shares * close * rebate * days / self.terms.day_count
        return NightCharge(-received, rate, rebate=received)


@dataclass(frozen=True, slots=True)
class FeeAndInterest:
    """A fee, and beside it interest on the proceeds: value × max(benchmark − spread, 0) × days / year is received.

    A rebate contains that interest already, so a convention that charges the rebate is refused.

    Attributes
    ----------
    interest : RateSeries
        Or anything that `RateSeries.of` takes.
    spread : float
        Annual fraction that the broker keeps.
    fee : BorrowFeeModel
        Of the fee rate; default `FeeOnMarketValue`.
    day_count : int
        Of the interest: 360 or 365.

    Examples
    --------
    100 short at 50.00 over one night, interest 5.4 % less 1.8 %, fee 7.2 %: 1.00 is paid and 0.50 received.

    >>> course = FeeAndInterest(0.054, spread=0.018).course(Symbol.create("SPY"))
    >>> round(course.night(date(2024, 1, 2), date(2024, 1, 3), 100, 50.0, 0.072).cost, 10)
    0.5
    """

    interest: RateSeries
    spread: float = 0.0
    fee: BorrowFeeModel = FeeOnMarketValue()  # noqa: RUF009  frozen
    day_count: int = 360

    def __post_init__(self) -> None:
        check_day_count(self.day_count)
        object.__setattr__(self, "interest", RateSeries.of(self.interest))
        if not isinstance(self.fee, BorrowFeeModel) or self.fee.rate_kind != "fee":
            raise InvalidInputError(
                "fee",
                self.fee,
                "charge the fee rate by the night",
                "A rebate contains the interest on the proceeds already.",
            )

    @property
    def rate_kind(self) -> RateKind:
        """Asks for the fee rate."""
        return "fee"

    @property
    def charges_after_cover(self) -> bool:
        """False: the night of the cover is the last."""
        return False

    def course(self, symbol: Symbol) -> _InterestCourse:
        """Begin to follow a symbol."""
        return _InterestCourse(self)


@dataclass(frozen=True, slots=True)
class _InterestCourse(EndsWithCover):
    terms: FeeAndInterest

    def night(
        self, session: date, next_session: date, shares: float, close: float, rate: float
    ) -> NightCharge:
        terms, days = self.terms, float((next_session - session).days)
        paid = terms.fee.cost(shares, close, 0.0 if rate != rate else rate, days)
        earned = max(terms.interest.at(session) - terms.spread, 0.0)
        interest = shares * close * earned * days / terms.day_count
        return NightCharge(paid - interest, rate, interest=interest)
