"""S33: in a bar no more fills than its volume allows, whole orders in turn; by hand and against a slow model."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable.engine import (
    Backtest,
    MarketData,
    NullVolumeLimit,
    OrderStatus,
    VolumeLimit,
)
from shortable.errors import EngineError, InvalidInputError
from shortable.examples.fade_the_pump import FadeThePump

from .scenario import bars, play


def traded(*volumes: float) -> MarketData:
    index = pd.bdate_range("2024-01-02", periods=len(volumes))
    prices = dict.fromkeys(("open", "high", "low", "close"), 10.0)
    return MarketData.from_frames({"GME": pd.DataFrame({**prices, "volume": volumes}, index)})


def limit(share: float) -> Any:
    return lambda a: a.securities["GME"].set_volume_limit(VolumeLimit(share))


def test_s33_orders_that_do_not_fit_rest_and_later_smaller_ones_fill() -> None:
    # A tenth of 1,000 a bar. Of 60, 50 and 40 the first and the last fit: 100; the 50 fill in the next bar. 101 never do.
    def send(algorithm: Any) -> None:
        for shares in (60, 50, -40, 101):
            algorithm.market_order("GME", shares)

    result = play(traded(1000, 1000, 1000, 1000), {0: send}, setup=limit(0.1))
    days = [time.date().isoformat() for time in result.fills["time"]]
    assert list(zip(days, result.fills["quantity"], strict=True)) == [
        ("2024-01-03", 60),
        ("2024-01-03", -40),
        ("2024-01-04", 50),
    ]
    assert result.orders["status"].tolist()[3] is OrderStatus.SUBMITTED
    assert result.summary()["volume_limit"] == "VolumeLimit(share=0.1)"
    # 0.29 x 100 is 28.999999999999996 in binary.
    assert VolumeLimit(0.29).fillable(100.0) == 29
    assert VolumeLimit(0.1).fillable(19.0) == 1  # of 1.9 no second share fits


def test_s33_a_stop_that_did_not_fit_must_be_reached_again() -> None:
    index = pd.bdate_range("2024-01-02", periods=4)
    frame = pd.DataFrame(
        [(10, 10, 10, 10, 9e9), (10, 12, 10, 10, 50), (10, 10, 10, 10, 9e9), (10, 12, 10, 10, 9e9)],
        index,
        columns=["open", "high", "low", "close", "volume"],
        dtype=float,
    )
    result = play(
        MarketData.from_frames({"GME": frame}),
        {0: lambda a: a.stop_market_order("GME", 100, 11.0)},
        setup=limit(1.0),
    )
    assert result.fills["time"].dt.date.tolist() == [index[3].date()]


def test_s33_the_broker_s_orders_are_not_limited() -> None:
    # A margin of which the price asks for more than there is: the call's order fills in a bar without any volume.
    class AsksForMore:
        def requirement(self, symbol: Any, shares: float, price: float) -> float:
            return 0.0 if price < 11 else 1e9

    index = pd.bdate_range("2024-01-02", periods=4)
    frame = pd.DataFrame({"close": [10.0, 10.0, 12.0, 12.0], "volume": [9e9, 9e9, 0, 0]}, index)
    result = play(
        MarketData.from_frames({"GME": frame}),
        {0: lambda a: a.market_order("GME", -100)},
        setup=limit(0.1),
        maintenance=AsksForMore(),
    )
    assert result.fills["quantity"].tolist() == [-100, 100]


def test_s33_the_null_and_a_limit_that_never_binds_are_the_plain_engine_to_the_last_bit() -> None:
    class AnyNumber:
        def fillable(self, volume: float) -> float:
            return 1e12

    class Limited(FadeThePump):
        model: Any = NullVolumeLimit()

        def initialize(self) -> None:
            super().initialize()
            for stock in self.securities.values():
                stock.set_volume_limit(self.model)

    class Ample(Limited):
        model = AnyNumber()

    data = MarketData.sample()
    plain, nulled, ample = (Backtest(c, data).run() for c in (FadeThePump, Limited, Ample))
    for other in (nulled, ample):
        for name in ("orders", "fills", "equity", "attribution"):
            pd.testing.assert_frame_equal(plain.table(name), other.table(name), check_exact=True)
    # But for the name of the class.
    assert {k for k, v in plain.summary().items() if nulled.summary()[k] != v} == {"algorithm"}
    assert set(nulled.summary()) == set(plain.summary())


def test_s33_what_is_no_limit_and_prices_without_volume_are_refused() -> None:
    for wrong in (0, 1.5, "10%", float("nan")):
        with pytest.raises(InvalidInputError, match="share="):
            VolumeLimit(wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="have a method fillable"):
        play(traded(1), {}, setup=lambda a: a.securities["GME"].set_volume_limit(VolumeLimit))
    with pytest.raises(EngineError, match="needs the volume of every bar"):
        play(bars({"GME": [10, 10]}), {0: lambda a: a.market_order("GME", 1)}, setup=limit(0.1))


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.integers(0, 400), min_size=4, max_size=30),
    st.lists(st.tuples(st.integers(0, 29), st.integers(-60, 60).filter(bool)), max_size=15),
    st.sampled_from([0.1, 0.25, 1.0]),
)
def test_s33_each_bar_fills_what_fits_in_the_order_of_the_numbers(
    volumes: list[int], orders: list[tuple[int, int]], share: float
) -> None:
    steps: dict[int, Any] = {}
    for row in range(len(volumes)):
        sizes = [shares for at, shares in orders if at == row]
        steps[row] = lambda a, sizes=sizes: [a.market_order("GME", n) for n in sizes]
    result = play(traded(*volumes), steps, setup=limit(share))
    resting: list[int] = []
    expected: list[tuple[int, int]] = []
    for row, volume in enumerate(volumes):
        left = volume // round(1 / share)
        for shares in list(resting):
            if abs(shares) <= left:
                left -= abs(shares)
                resting.remove(shares)
                expected.append((row, shares))
        resting += [shares for at, shares in orders if at == row]
    days = pd.bdate_range("2024-01-02", periods=len(volumes)).date.tolist()
    found = [
        (days.index(time.date()), shares)
        for time, shares in zip(result.fills["time"], result.fills["quantity"], strict=True)
    ]
    assert found == expected
