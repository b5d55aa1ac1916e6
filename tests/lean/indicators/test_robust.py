"""Whatever prices come, no indicator breaks, and each is ready when it says it will be."""

from __future__ import annotations

import inspect
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable.lean import indicators as lean
from shortable.lean.data import TradeBar
from shortable.lean.indicators.base import BarIndicator, Indicator, IndicatorBase
from shortable.lean.symbols import Symbol

START = datetime(2024, 1, 2)
_PERIODS = {
    "MovingAverageConvergenceDivergence": (2, 4, 3),
    "Stochastic": (4, 2, 3),
    "BollingerBands": (4, 2),
    "KeltnerChannels": (4, 2),
    "RegressionChannel": (4, 2),
    "AbsolutePriceOscillator": (2, 4),
    "PercentagePriceOscillator": (2, 4),
    "DonchianChannel": (4, 3),
    "AroonOscillator": (3, 4),
}
_NOT_MADE_OF_DATA = {
    "CompositeIndicator",
    "ConstantIndicator",
    "FunctionalIndicator",
    "PythonIndicator",
}
_BASES = {Indicator, IndicatorBase, BarIndicator, lean.TradeBarIndicator, lean.WindowIndicator}
KINDS = sorted(
    (
        kind
        for kind in vars(lean).values()
        if inspect.isclass(kind)
        and issubclass(kind, IndicatorBase)
        and kind not in _BASES
        and kind.__name__ not in _NOT_MADE_OF_DATA
    ),
    key=lambda kind: kind.__name__,
)


def make(kind: type[Any]) -> Any:
    if "period" not in str(inspect.signature(kind)):
        return kind()
    return kind(*_PERIODS.get(kind.__name__, (4,)))


def bar(n: int, prices: tuple[float, float, float], volume: float) -> TradeBar:
    low, middle, high = sorted(prices)
    return TradeBar(
        START + timedelta(days=n),
        Symbol.empty,
        middle,
        high,
        low,
        middle,
        volume,
        timedelta(days=1),
    )


def test_all_of_them_are_here() -> None:
    assert len(KINDS) > 35


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_ready_with_the_last_input_of_the_warm_up(kind: type[Any]) -> None:
    indicator = make(kind)
    assert indicator.warm_up_period > 0
    for n in range(indicator.warm_up_period):
        assert not indicator.is_ready, n
        indicator.update(bar(n, (10 + n, 11 + n * 1.5, 12 + 2 * n), 100 + n))
    assert indicator.is_ready
    assert indicator.samples == indicator.warm_up_period
    assert indicator.name


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=15)
@given(
    data=st.lists(
        st.tuples(
            st.tuples(*[st.sampled_from([0.0, 0.0001, 1.0, 99.5])] * 3),
            st.sampled_from([0, 1, 500]),
        )
    )
)
def test_flat_empty_and_zero_bars_break_nothing(kind: type[Any], data: list[Any]) -> None:
    indicator = make(kind)
    for n, (prices, volume) in enumerate(data):
        indicator.update(bar(n, prices, volume))
    assert indicator.current.value == indicator.current.value  # is a number
    assert str(indicator)
