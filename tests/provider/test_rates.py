"""Rates are annual fractions (S7), and a warning says where they look like percent."""

from __future__ import annotations

import warnings
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shortable import CustomShortableProvider, FrameShortableProvider, as_provider
from shortable.errors import RateUnitWarning
from shortable.provider.rates import warn_of_percent

NOON = datetime(2024, 1, 2, 12)
NAMES = [f"A{letter}" for letter in "ABCDEFGH"]
FRACTIONS = [0.0025, 0.0025, 0.003, 0.01, 0.05, 0.4, 1.2, np.nan]
PERCENT = [100 * rate for rate in FRACTIONS]


class Mine:
    def __init__(self, rates: list[float]) -> None:
        self.rates = dict(zip(NAMES, rates, strict=False))

    def shortable_quantity(self, symbol: Any, local_time: Any) -> int:
        return 1

    def fee_rate(self, symbol: Any, local_time: Any) -> float:
        return self.rates[symbol]


def frame(rates: list[float]) -> Any:
    names = NAMES[: len(rates)]
    return pd.DataFrame([rates], index=[NOON], columns=names)


def ask_one_by_one(provider: Any, count: int) -> None:
    for _ in range(2):
        for name in NAMES[:count]:
            provider.fee_rate(name, NOON)


WAYS = [
    lambda rates: FrameShortableProvider(frame(rates).fillna(1) * 0 + 1, frame(rates)),
    lambda rates: CustomShortableProvider({}, fee_rate=Mine(rates).rates),
    lambda rates: ask_one_by_one(as_provider(Mine(rates)), len(rates)),
    lambda rates: as_provider(Mine(rates)).fee_rates(NAMES[: len(rates)], NOON),
    lambda rates: ask_one_by_one(
        CustomShortableProvider({}, fee_rate=Mine(rates).fee_rate), len(rates)
    ),
]


@pytest.mark.parametrize("ask", WAYS)
@pytest.mark.parametrize("rates", [PERCENT, [18.5], [25.0, 40.0]])
def test_percent_is_warned_of_once(ask: Any, rates: list[float]) -> None:
    with pytest.warns(RateUnitWarning, match="annual fractions, 0.0025 for 0.25 %") as caught:
        ask(rates)
    assert len(caught) == 1


@pytest.mark.parametrize("ask", WAYS)
@pytest.mark.parametrize("rates", [FRACTIONS, [0.185], [0.25, 0.9], [0.0, 0.0], [np.nan]])
def test_fractions_are_not(ask: Any, rates: list[float]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ask(rates)


def test_of_a_few_names_only_what_is_beyond_200_percent_a_year_counts() -> None:
    # Four hard-to-borrow names at 30 % to 150 % a year are no mistake; five with such a median are a list.
    assert not warn_of_percent([0.3, 0.9, 1.5, 1.5], 4, "fee_rates")
    with pytest.warns(RateUnitWarning, match="median of 0.9, which is 90% a year"):
        assert warn_of_percent([0.3, 0.9, 0.9, 1.5, 1.5], 5, "fee_rates")
