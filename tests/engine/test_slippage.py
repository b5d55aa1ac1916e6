"""S28: fills at the market are worse by what the model says; limits hold, and the Null changes nothing."""

from __future__ import annotations

import pandas as pd
import pytest

from shortable.engine import (
    Backtest,
    FractionSlippage,
    MarketData,
    NullSlippage,
    VolumeShareSlippage,
)
from shortable.errors import AlgorithmError, EngineError, InvalidInputError
from shortable.examples.fade_the_pump import FadeThePump
from tests.engine.scenario import bars, play

BARS = {"SPY": [(10, 10, 10, 10), (10, 12, 8, 11), (11, 11, 11, 11)]}


def sends(algorithm):
    algorithm.market_order("SPY", 100)
    algorithm.market_order("SPY", -50)
    algorithm.stop_market_order("SPY", 10, 11.0)
    algorithm.limit_order("SPY", -10, 12.0)
    algorithm.market_on_close_order("SPY", -10)


def test_s28_a_fraction_of_the_price_against_the_order_and_limits_hold() -> None:
    free = play(bars(BARS), {0: sends})
    slipped = play(
        bars(BARS),
        {0: sends},
        setup=lambda a: a.securities["SPY"].set_slippage_model(FractionSlippage(0.01)),
    )
    assert free.fills["price"].tolist() == [10.0, 10.0, 11.0, 12.0, 11.0]
    # 10 x 1.01; 10 x 0.99; 11 x 1.01; the limit of 12 holds; 11 x 0.99.
    assert slipped.fills["price"].tolist() == pytest.approx([10.1, 9.9, 11.11, 12.0, 10.89])
    assert slipped.fills["time"].tolist() == free.fills["time"].tolist()
    assert slipped.summary()["slippage_model"] == "FractionSlippage(fraction=0.01)"


def test_s28_the_square_of_the_share_of_the_volume() -> None:
    frame = pd.DataFrame(
        {"open": 10.0, "high": 10.0, "low": 10.0, "close": 10.0, "volume": 1000.0},
        index=pd.bdate_range("2024-01-02", periods=3),
    )
    result = play(
        MarketData.from_frames({"SPY": frame}),
        {0: lambda a: a.market_order("SPY", -100)},
        setup=lambda a: a.securities["SPY"].set_slippage_model(VolumeShareSlippage(0.1)),
    )
    # A tenth of the volume: 10 x 0.1 x 0.01 = 0.01.
    assert result.fills["price"].tolist() == pytest.approx([9.99])
    with pytest.raises((EngineError, AlgorithmError), match="needs the volume"):
        play(
            MarketData.from_frames({"SPY": frame.assign(volume=0.0)}),
            {0: lambda a: a.market_order("SPY", -100)},
            setup=lambda a: a.securities["SPY"].set_slippage_model(VolumeShareSlippage()),
        )


def test_s28_the_null_is_the_plain_engine_to_the_last_bit_and_wrong_models_are_refused() -> None:
    class Nulled(FadeThePump):
        def initialize(self) -> None:
            super().initialize()
            for stock in self.closes:
                stock.set_slippage_model(NullSlippage())

    plain, nulled = (Backtest(c, MarketData.sample()).run() for c in (FadeThePump, Nulled))
    for name in ("fills", "equity", "attribution"):
        pd.testing.assert_frame_equal(plain.table(name), nulled.table(name), check_exact=True)

    class Free:
        def slippage(self, order, price, volume):
            return -1.0

    with pytest.raises(EngineError, match=r"answered -1\.0 for order 1"):
        play(bars(BARS), {0: sends}, setup=lambda a: a.securities["SPY"].set_slippage_model(Free()))
    for wrong in (NullSlippage, 0.01):
        with pytest.raises(InvalidInputError, match="slippage_model"):
            play(bars(BARS), {}, setup=lambda a, w=wrong: a.securities["SPY"].set_slippage_model(w))
    for value in (-0.1, 1.0, float("nan")):
        with pytest.raises(InvalidInputError, match="at least 0 and below 1"):
            FractionSlippage(value)
