"""Rates are annual fractions (S7): one answer checked, and a warning where many of them look like percent."""

from __future__ import annotations

import math
import warnings
from collections.abc import Hashable
from typing import SupportsFloat

import numpy as np
import numpy.typing as npt

from shortable.errors import RateUnitWarning

__all__ = ["RateWatch", "annual_fraction", "warn_of_percent"]

# A list of many symbols holds general collateral, whose 0.25 % a year is 0.0025 as a fraction; a median of 25 % and more
# is rare there. Of a few hard-to-borrow names it is not; fees above 200 % a year are.
_MANY, _MEDIAN_OF_MANY, _MEDIAN_OF_FEW = 5, 0.25, 2.0


def annual_fraction(answer: object) -> float | None:
    """Return a rate as a float, None where it is not stated (None or NaN).

    Raises
    ------
    ValueError
        It is infinite, text or no number.
    """
    if answer is None or answer != answer:
        return None
    if not isinstance(answer, (float, int, SupportsFloat)):
        raise ValueError
    rate = float(answer)
    if math.isinf(rate):
        raise ValueError
    return rate


def warn_of_percent(rates: npt.ArrayLike, symbols: int, where: str, *, stacklevel: int = 2) -> bool:
    """Warn where the median of rates says that they are percent; return whether it does.

    Parameters
    ----------
    rates : array-like
        NaN and 0 do not count.
    symbols : int
        Number of symbols that they belong to.
    where : str
        What holds them, for the message.
    stacklevel : int
        As `warnings.warn` has it, from the caller.
    """
    sizes = np.abs(np.asarray(rates, np.float64).ravel())
    sizes = sizes[sizes > 0]
    if not len(sizes):
        return False
    median = float(np.median(sizes))
    if median < (_MEDIAN_OF_MANY if symbols >= _MANY else _MEDIAN_OF_FEW):
        return False
    warnings.warn(
        f"{where} has a median of {median:g}, which is {median:.0%} a year: rates are annual fractions, 0.0025 for "
        "0.25 %. Divide by 100 if these are percent.",
        RateUnitWarning,
        stacklevel=stacklevel + 1,
    )
    return True


class RateWatch:
    """Looks at the first rates that a provider answers, and warns once if they look like percent.

    Parameters
    ----------
    where : str
        Name of the provider, for the message.
    """

    _ENOUGH = 32  # answers; the warning comes with one of them, or not at all

    def __init__(self, where: str) -> None:
        self._where = where
        self._newest: dict[Hashable, float] | None = {}
        self._answers = 0

    def see(self, symbol: Hashable, rate: float) -> None:
        """Take note of one answer."""
        if self._newest is None or not rate:
            return
        self._answers += 1
        self._newest[symbol] = rate
        found = list(self._newest.values())
        warned = warn_of_percent(found, len(found), self._where, stacklevel=4)
        if warned or self._answers >= self._ENOUGH:
            self._newest = None
