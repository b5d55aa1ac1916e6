"""Ranks and normal scores without SciPy: the normal distribution function and its inverse, by table."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from shortable.arrays import Floats

__all__ = ["normal_rank", "normal_score", "scores"]


_X: Floats = np.linspace(-6, 6, 4_801)
_P: Floats = np.array([NormalDist().cdf(x) for x in _X.tolist()])


def normal_rank(score: Floats) -> Floats:
    """Return the share of a standard normal distribution below each score; right to about 1e-7."""
    return np.interp(score, _X, _P)


def normal_score(rank: Floats) -> Floats:
    """Return the score below which a share of a standard normal distribution lies; within ±6."""
    return np.interp(rank, _P, _X)


def scores(values: Floats) -> Floats:
    """Return the normal scores of values by their ranks, equal values alike; NaN where a value is.

    Examples
    --------
    >>> scores(np.array([10.0, np.nan, 20.0, 15.0])).round(2).tolist()
    [-0.97, nan, 0.97, 0.0]
    """
    found = np.full(values.shape, np.nan)
    known = ~np.isnan(values)
    _, which, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - counts / 2
    found[known] = normal_score(middle[which] / max(int(known.sum()), 1))
    return found
