"""The array types that shortable's signatures name."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Bools", "Floats", "Indices", "Ints", "Numbers", "Times"]

Floats = npt.NDArray[np.float64]
"""Prices, rates, money; NaN is missing."""

Ints = npt.NDArray[np.int64]
"""Whole shares, instants in microseconds."""

Bools = npt.NDArray[np.bool_]
"""A mask."""

Times = npt.NDArray[np.datetime64]
"""Exchange-local wall times, or days; NaT is missing."""

Indices = npt.NDArray[np.integer]
"""Positions within another array, of any width: what pandas' codes and numpy's searches are."""

Numbers = npt.NDArray[np.number | np.bool_]
"""Whole numbers, floats or flags, as the column has them: shares, rates, whether a quantity is a floor."""

Array = npt.NDArray[np.generic]
"""An array of any element type."""
