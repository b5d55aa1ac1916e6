"""Split ratios are exact, however their source rounds them."""

from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.actions.ratio import exact_ratio, simplest_between
from shortable.errors import CorporateActionError


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        (4, F(4)),
        ("4", F(4)),
        ("4.0", F(4)),
        (0.1, F(1, 10)),
        (1.5, F(3, 2)),
        (1.05, F(21, 20)),
        (0.95, F(19, 20)),
        (0.98, F(49, 50)),
        (0.16, F(4, 25)),
        (1.281, F(1281, 1000)),  # a spin-off as Yahoo states it
        (1 / 3, F(1, 3)),
        ("0.33", F(1, 3)),
        ("0.0333", F(1, 30)),
        ("0.066667", F(1, 15)),
        ("0.142857", F(1, 7)),
        ("0.6667", F(2, 3)),
        (float(np.float32(1 / 3)), F(1, 3)),
        (1 / 150, F(1, 150)),
        (F(19, 20), F(19, 20)),
        ("1e2", F(100)),
    ],
)
def test_what_a_number_means(stated: object, meant: F) -> None:
    assert exact_ratio(stated) == meant


@pytest.mark.parametrize("wrong", [0, -1, "0", "x", "", None, float("nan"), float("inf"), True])
def test_what_is_no_ratio(wrong: object) -> None:
    with pytest.raises(CorporateActionError, match="above 0"):
        exact_ratio(wrong)


counts = st.integers(1, 1000)


@given(counts, st.integers(1, 50))
def test_doubles_of_real_ratios_come_back(new: int, old: int) -> None:
    assert exact_ratio(new / old) == F(new, old)


@given(st.integers(1, 200))
def test_reverse_splits_come_back_from_six_digits(old: int) -> None:
    assert exact_ratio(f"{1 / old:.6f}") == F(1, old)


@given(counts, counts, counts, counts)
def test_the_simplest_fraction_between(a: int, b: int, c: int, d: int) -> None:
    low, high = sorted((F(a, b), F(c, d)))
    found = simplest_between(low, high)
    assert low <= found <= high
    smaller = range(1, min(found.denominator, 60))
    assert not any(low <= F(-(-low.numerator * q // low.denominator), q) <= high for q in smaller)
