"""Moments of a sample as MathNet.Numerics counts them, which LEAN's statistics use."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["average", "covariance", "kurtosis", "normal_cdf", "skewness", "variance"]


def average(values: Sequence[float]) -> float:
    """Return the mean of at least one number."""
    return sum(values) / len(values)


def variance(values: Sequence[float]) -> float:
    """Return the sample variance (n - 1); not a number for fewer than two.

    One pass, in MathNet's order of operations.
    """
    if len(values) < 2:
        return math.nan
    total, squares = values[0], 0.0
    for n, value in enumerate(values[1:], 2):
        total += value
        difference = n * value - total
        squares += difference * difference / (n * (n - 1))
    return squares / (len(values) - 1)


def covariance(left: Sequence[float], right: Sequence[float]) -> float:
    """Return the sample covariance (n - 1) of two samples of one length."""
    if len(left) < 2:
        return math.nan
    mean_left = mean_right = products = 0.0
    for n, (x, y) in enumerate(zip(left, right, strict=True), 1):
        before = mean_right
        mean_left += (x - mean_left) / n
        mean_right += (y - mean_right) / n
        products += (x - mean_left) * (y - before)
    return products / (len(left) - 1)


def skewness(values: Sequence[float]) -> float:
    """Return the unbiased sample skewness; not a number for fewer than three, or without variance."""
    n = len(values)
    m2, m3 = _central(values, 2), _central(values, 3)
    if n < 3 or m2 == 0:
        return math.nan
    return n * m3 * math.sqrt(m2 / (n - 1)) / (m2 * m2 * (n - 2)) * (n - 1)


def kurtosis(values: Sequence[float]) -> float:
    """Return the unbiased excess kurtosis; not a number for fewer than four, or without variance."""
    n = len(values)
    m2, m4 = _central(values, 2), _central(values, 4)
    if n < 4 or m2 == 0:
        return math.nan
    return (n * n - 1) / ((n - 2) * (n - 3)) * (n * m4 / (m2 * m2) - 3 + 6 / (n + 1))


def normal_cdf(value: float) -> float:
    """Return the probability that a standard normal number is at most `value`."""
    return 0.5 * math.erfc(-value / math.sqrt(2))


def _central(values: Sequence[float], power: int) -> float:
    """Return the sum of powers of deviations from the mean."""
    mean = average(values) if values else math.nan
    return math.fsum((v - mean) ** power for v in values)
