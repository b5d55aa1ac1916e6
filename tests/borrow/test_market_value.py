"""Borrow conventions (S7, S8): golden numbers worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.borrow import (
    BorrowFeeModel,
    FeeOnMarketValue,
    InteractiveBrokersBorrowFee,
    LeanBorrowFee,
    NullBorrowFee,
    RebateOnMarketValue,
)
from shortable.errors import InvalidInputError

MODELS = (
    FeeOnMarketValue(),
    FeeOnMarketValue(365),
    RebateOnMarketValue(),
    InteractiveBrokersBorrowFee(),
    NullBorrowFee(),
    LeanBorrowFee(),
)


def test_s8_default_by_hand() -> None:
    # 1,000 x 20.00 = 20,000; x 0.18 = 3,600 a year; / 360 = 10 a day; Friday to Monday 3 days = 30.
    assert FeeOnMarketValue().cost(1000, 20.0, 0.18, 3) == pytest.approx(30.0, abs=1e-12)
    # The same over 365: 3,600 / 365 x 3 = 29.5890...
    assert FeeOnMarketValue(365).cost(1000, 20.0, 0.18, 3) == pytest.approx(10800 / 365, abs=1e-12)


def test_a_night_without_rate_or_days_costs_nothing() -> None:
    assert FeeOnMarketValue().cost(1000, 20.0, 0.0, 3) == 0.0
    assert FeeOnMarketValue().cost(1000, 20.0, 0.18, 0) == 0.0


def test_rebate_by_hand() -> None:
    # 20,000 x 0.036 / 360 = 2 a day received; a negative rebate of the same size is paid.
    assert RebateOnMarketValue().cost(1000, 20.0, 0.036, 1) == pytest.approx(-2.0)
    assert RebateOnMarketValue().cost(1000, 20.0, -0.036, 1) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("close", "mark"),
    [
        (10.05, 11.0),  # 10.05 x 1.02 = 10.251 -> 11
        (
            50.0,
            51.0,
        ),  # 50 x 1.02 = 51 exactly: not 52, although binary floats say 51.00000000000001
        (0.5, 1.0),  # 0.51 -> 1
        (0.25, 1.0),  # Interactive Brokers' own example: 0.255 -> 1
        (100.0, 102.0),
        (100.01, 103.0),  # 102.0102 -> 103
    ],
)
def test_interactive_brokers_mark_rounds_up_to_the_dollar(close: float, mark: float) -> None:
    assert InteractiveBrokersBorrowFee().cost(360.0, close, 1.0, 1.0) == pytest.approx(mark)


def test_interactive_brokers_marks_other_currencies_at_105_percent_up_to_the_cent() -> None:
    # 10.03 x 1.05 = 10.5315 -> 10.54; x 360 shares x 100 % / 360 = 10.54.
    assert InteractiveBrokersBorrowFee("EUR").cost(360.0, 10.03, 1.0, 1.0) == pytest.approx(10.54)
    with pytest.raises(InvalidInputError, match="currency='JPY' must be one of USD, CAD"):
        InteractiveBrokersBorrowFee("JPY")


@given(
    st.sampled_from(MODELS),
    st.lists(
        st.tuples(
            st.integers(0, 10**7), st.floats(0.01, 1e5), st.floats(-2, 12), st.integers(1, 10)
        ),
        min_size=1,
        max_size=20,
    ),
)
def test_vectorised_equals_scalar(
    model: BorrowFeeModel, rows: list[tuple[int, float, float, int]]
) -> None:
    columns = [np.array(c, dtype=np.float64) for c in zip(*rows, strict=True)]
    one_by_one = [model.cost(float(n), p, r, float(d)) for n, p, r, d in rows]
    np.testing.assert_array_equal(model.cost(*columns), one_by_one)


def test_each_model_keeps_the_protocol_and_charges_one_rate_only() -> None:
    kinds = [m.rate_kind for m in MODELS]
    assert kinds == ["fee", "fee", "rebate", "fee", None, "fee"]
    assert all(isinstance(m, BorrowFeeModel) for m in MODELS)


def test_day_count_is_bounded() -> None:
    with pytest.raises(InvalidInputError, match="day_count=252 must be 360 or 365"):
        FeeOnMarketValue(252)


def test_lean_by_hand() -> None:
    # 71,000 x 0.0025 = 177.50 a year; / 360 x 3 = 1.4791666...; a short's value is negative, so it pays.
    assert LeanBorrowFee().cost(500, 142.0, 0.0025, 3) == pytest.approx(177.5 / 120, abs=1e-12)
    assert LeanBorrowFee().amount(Decimal(-71_000), Decimal("0.0025"), 3).quantize(
        Decimal("1e-6")
    ) == Decimal("-1.479167")
    # A long of the same value at a rebate of 5.07 %: 3,599.70 a year, / 360 x 1 = 9.999166... received.
    assert LeanBorrowFee().amount(Decimal(71_000), Decimal("0.0507"), 1).quantize(
        Decimal("1e-6")
    ) == Decimal("9.999167")
