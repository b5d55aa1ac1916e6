"""S6: whatever is passed for a quantity or a price is a whole number or a price, or is refused by name."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from shortable.engine.orders import text_of
from shortable.errors import InvalidInputError
from shortable.shares import positive_price, traded_quantity

from .scenario import flat, play

ANYTHING = st.one_of(
    st.integers(),
    st.floats(),
    st.booleans(),
    st.text(max_size=4),
    st.none(),
    st.decimals(),
    st.fractions(),
    st.lists(st.integers(), max_size=2),
    st.complex_numbers(),
)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal, Fraction)) and not isinstance(value, bool)


@given(ANYTHING)
def test_s6_a_quantity_is_whole_and_not_zero_or_refused(value: Any) -> None:
    try:
        good = is_number(value) and value == int(value) and value != 0
    except (ValueError, OverflowError):  # NaN and infinity
        good = False
    if good:
        assert traded_quantity(value) == value
        assert type(traded_quantity(value)) is int
    else:
        with pytest.raises(InvalidInputError, match="quantity=") as caught:
            traded_quantity(value)
        assert caught.value.parameter == "quantity"


@given(ANYTHING)
def test_s6_a_price_is_finite_and_above_zero_or_refused(value: Any) -> None:
    # What rounds to no float, or to infinity or zero as a float, is no price either.
    try:
        good = is_number(value) and 0 < float(value) < math.inf
    except (ValueError, OverflowError):
        good = False
    if good:
        assert positive_price("limit_price", value) == float(value)
    else:
        with pytest.raises(InvalidInputError, match="limit_price="):
            positive_price("limit_price", value)


def test_s6_a_text_is_a_text() -> None:
    assert text_of("tag", "x") == "x"
    with pytest.raises(InvalidInputError, match="tag=None must be a string"):
        text_of("tag", None)


@pytest.mark.parametrize("order", ["market_order", "limit_order", "stop_market_order"])
@pytest.mark.parametrize("quantity", [0, 0.5, float("nan"), "10", None])
def test_s6_misuse_changes_nothing(order: str, quantity: Any) -> None:
    def first(a: Any) -> Any:
        prices = [] if order == "market_order" else [10.0]
        with pytest.raises(InvalidInputError):
            getattr(a, order)("SPY", quantity, *prices)
        return a.transactions.orders_count, a.portfolio.total_margin_used

    assert play(flat(1), {0: first}).algorithm.returned[0] == (0, 0.0)
