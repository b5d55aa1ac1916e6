"""Users' own models of the risk-free rate (LEAN: Common/Data/ConstantRiskFreeRateInterestRateModel.cs and its kin)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from shortable.lean.names import LeanObject

__all__ = ["ConstantRiskFreeRateInterestRateModel", "FuncRiskFreeRateInterestRateModel"]


class FuncRiskFreeRateInterestRateModel(LeanObject):
    """A rate by a function of the time.

    Parameters
    ----------
    get_interest_rate_func : callable
        Gets the time, returns the rate a year as a fraction.
    """

    def __init__(self, get_interest_rate_func: Callable[[datetime], float]) -> None:
        self._rate = get_interest_rate_func

    def get_interest_rate(self, date: datetime) -> float:
        """Return the rate of a date, a fraction a year."""
        return self._rate(date)


class ConstantRiskFreeRateInterestRateModel(FuncRiskFreeRateInterestRateModel):
    """One rate for ever.

    Examples
    --------
    >>> ConstantRiskFreeRateInterestRateModel(0.01).get_interest_rate(datetime(2013, 10, 7))
    0.01
    """

    def __init__(self, risk_free_rate: float) -> None:
        super().__init__(lambda date: risk_free_rate)
