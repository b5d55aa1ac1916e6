"""Values worked out by hand, or by pandas where it has the same definition."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable.errors import InvalidInputError
from shortable.lean import indicators as lean
from shortable.lean.data import IndicatorDataPoint, TradeBar
from shortable.lean.enums import MovingAverageType
from shortable.lean.symbols import Symbol

START = datetime(2024, 1, 2, 16)
PRICES = st.lists(st.integers(1, 100_000).map(lambda cents: cents / 100), min_size=12, max_size=40)


def day(n: int) -> datetime:
    return START + timedelta(days=n)


def fed(indicator: Any, values: list[float]) -> list[float]:
    """Return the indicator's value after each input."""
    out = []
    for n, value in enumerate(values):
        indicator.update(day(n), value)
        out.append(indicator.current.value)
    return out


def bars(rows: list[tuple[float, ...]]) -> list[TradeBar]:
    """Bars of (open, high, low, close[, volume]), a day each."""
    span = timedelta(days=1)
    return [
        TradeBar(day(n), Symbol.empty, *row[:4], row[4] if len(row) > 4 else 1.0, span)
        for n, row in enumerate(rows)
    ]


def through(indicator: Any, rows: list[tuple[float, ...]]) -> list[float]:
    out = []
    for bar in bars(rows):
        indicator.update(bar)
        out.append(indicator.current.value)
    return out


@settings(max_examples=40, deadline=None)
@given(PRICES)
def test_mean_and_deviation_are_those_of_pandas(prices: list[float]) -> None:
    window = pd.Series(prices).rolling(5)
    assert fed(lean.SimpleMovingAverage(5), prices)[4:] == pytest.approx(window.mean()[4:].tolist())
    ours = fed(lean.StandardDeviation(5), prices)[4:]
    assert ours == pytest.approx(window.std(ddof=0)[4:].tolist(), abs=1e-6)
    assert fed(lean.Maximum(5), prices)[4:] == window.max()[4:].tolist()
    assert fed(lean.Minimum(5), prices)[4:] == window.min()[4:].tolist()


@settings(max_examples=40, deadline=None)
@given(PRICES)
def test_bands_are_k_deviations_from_the_middle(prices: list[float]) -> None:
    bands = lean.BollingerBands(4, 2.5)
    for n, price in enumerate(prices):
        ready = bands.update(day(n), price)
        assert ready == (n >= 3) == bands.is_ready
    mean, deviation = pd.Series(prices[-4:]).mean(), pd.Series(prices[-4:]).std(ddof=0)
    assert bands.middle_band.current.value == pytest.approx(mean)
    assert bands.upper_band.current.value == pytest.approx(mean + 2.5 * deviation, abs=1e-5)
    assert bands.lower_band.current.value == pytest.approx(mean - 2.5 * deviation, abs=1e-5)
    assert bands.current.value == prices[-1]
    assert bands.upper_band.current.time == day(len(prices) - 1)


def test_exponential_average_begins_with_a_mean() -> None:
    # factor 2 / (3 + 1) = 0.5; mean of 1 2 3 is 2; then 6 * 0.5 + 2 * 0.5 = 4; 5 * 0.5 + 4 * 0.5 = 4.5
    assert fed(lean.ExponentialMovingAverage(3), [1, 2, 3, 6, 5]) == [0, 0, 2, 4, 4.5]


def test_wilders_average_is_a_mean_until_ready() -> None:
    # means 1, 1.5; then 5 * 0.5 + 1.5 * 0.5 = 3.25
    assert fed(lean.WilderMovingAverage(2), [1, 2, 5]) == [1, 1.5, 3.25]


def test_linear_weights() -> None:
    # (3 * 5 + 2 * 2 + 1 * 1) / 6 = 20 / 6
    assert fed(lean.LinearWeightedMovingAverage(3), [1, 2, 5]) == [1, 2, pytest.approx(20 / 6)]


@pytest.mark.parametrize(
    ("make", "values"),
    [
        (lean.RateOfChange, [0, 0.5, 1.0, -0.5]),
        (lean.RateOfChangePercent, [0, 50, 100, -50]),
        (lean.RateOfChangeRatio, [1, 1.5, 2.0, 0.5]),
        (lean.Momentum, [0, 1, 2, -1.5]),
        (lean.Delay, [2, 2, 2, 3]),
    ],
)
def test_changes_over_two_inputs(make: Any, values: list[float]) -> None:
    # inputs 2 3 4 1.5: before the third there is nothing two inputs back, so the oldest stands in: 2
    indicator = make(2)
    ready = [indicator.update(day(n), price) for n, price in enumerate([2, 3, 4, 1.5])]
    assert ready == [False, False, True, True]
    assert indicator.warm_up_period == 3
    assert fed(make(2), [2, 3, 4, 1.5]) == pytest.approx(values)


def test_relative_strength() -> None:
    # Wilder, period 2: changes +1, +1 -> gains 1 1, no loss: 100; then -2: gain 0.5, loss 1: 100 - 100 / 1.5
    values = fed(lean.RelativeStrengthIndex(2), [1, 2, 3, 1])
    assert values == [100, 100, 100, pytest.approx(100 - 100 / 1.5)]


def test_macd_signal_waits_for_both_averages() -> None:
    macd = lean.MovingAverageConvergenceDivergence(1, 2, 2, MovingAverageType.SIMPLE)
    # fast 1 3 2 6; slow 1 2 2.5 4; macd 0 1 -0.5 2; signal from the second on: 1, 0.25, 0.75
    assert fed(macd, [1, 3, 2, 6]) == [0, 1, -0.5, 2]
    assert macd.signal.current.value == 0.75
    assert macd.histogram.current.value == 1.25
    assert macd.warm_up_period == 3


def test_true_range_and_its_average() -> None:
    rows = [(10, 11, 9, 10), (12, 14, 12, 13), (13, 13.5, 13, 13)]
    # ranges 2; max(2, |14-10|, |12-10|) = 4; max(.5, |13.5-13|, 0) = .5
    assert through(lean.TrueRange(), rows) == [0, 4, 0.5]
    assert through(lean.AverageTrueRange(2, MovingAverageType.SIMPLE), rows) == [2, 3, 2.25]
    assert through(lean.AverageTrueRange(2), rows) == [2, 3, 1.75]  # Wilder: 0.5 / 2 + 3 / 2


def test_stochastic() -> None:
    rows = [(1, 3, 1, 2), (2, 5, 2, 4), (4, 6, 3, 3)]
    # fast, period 2: (4 - 1) / (5 - 1) = 75 %; (3 - 2) / (6 - 2) = 25 %; mean of two: 50 %
    stochastic = lean.Stochastic(2, 2, 1)
    assert through(stochastic, rows) == [0, 75, 25]
    assert (stochastic.stoch_k.current.value, stochastic.stoch_d.current.value) == (50, 50)
    assert stochastic.is_ready
    assert stochastic.warm_up_period == 3


def test_donchian_looks_at_the_bars_before() -> None:
    channel = lean.DonchianChannel(2)
    through(channel, [(1, 3, 1, 2), (2, 5, 2, 4), (4, 9, 0.5, 3)])
    assert (
        channel.upper_band.current.value,
        channel.lower_band.current.value,
        channel.current.value,
    ) == (5, 1, 3)


def test_aroon() -> None:
    # of the last three bars the highest high is two bars old (0 of 2), the lowest low is the newest (2 of 2)
    aroon = lean.AroonOscillator(2, 2)
    assert through(aroon, [(5, 9, 4, 5), (5, 8, 3, 5), (5, 7, 2, 5)])[-1] == -100
    assert (aroon.aroon_up.current.value, aroon.aroon_down.current.value, aroon.warm_up_period) == (
        0,
        100,
        3,
    )


def test_keltner() -> None:
    channel = lean.KeltnerChannels(2, 1.5)
    through(channel, [(1, 3, 1, 2), (2, 5, 2, 5)])
    # typical 2 and 4: middle 3; ranges 2 and 3: mean 2.5; bands 3 ± 3.75
    values = [channel.middle_band, channel.upper_band, channel.lower_band]
    assert [v.current.value for v in values] == [3, 6.75, -0.75]


def test_commodity_channel() -> None:
    # typical prices 1, 2, 6: mean 3, mean deviation (2 + 1 + 3) / 3 = 2: (6 - 3) / (0.015 * 2) = 100
    assert (
        through(lean.CommodityChannelIndex(3), [(1, 1, 1, 1), (2, 2, 2, 2), (6, 6, 6, 6)])[-1]
        == 100
    )


def test_volume() -> None:
    rows = [(1, 1, 1, 1, 10), (2, 2, 2, 2, 20), (1, 1, 1, 1, 5), (1, 1, 1, 1, 7)]
    assert through(lean.OnBalanceVolume(), rows) == [10, 30, 25, 25]
    # flows 10+ 40+ 5- 7: of the last two: 0 of 5; of the second and third: 40 / 45
    assert through(lean.MoneyFlowIndex(2), rows) == [100, 100, pytest.approx(4000 / 45), 0]
    # values 10 40 5 7 over volumes 10 20 5 7
    assert through(lean.VolumeWeightedAveragePriceIndicator(2), rows)[1:] == [
        pytest.approx(50 / 30),
        pytest.approx(45 / 25),
        1,
    ]


def test_the_day_of_an_intraday_vwap_ends_at_midnight() -> None:
    vwap = lean.IntradayVwap("vwap")
    for hour, price in ((10, 1.0), (11, 4.0), (34, 9.0)):
        bar = TradeBar(
            datetime(2024, 1, 2) + timedelta(hours=hour),
            Symbol.empty,
            price,
            price,
            price,
            price,
            price,
        )
        vwap.update(bar)
        if hour == 11:
            assert vwap.current.value == pytest.approx(17 / 5)
    assert vwap.current.value == 9


def test_directional_index_of_a_straight_line_is_full() -> None:
    adx = lean.AverageDirectionalIndex(3)
    values = through(adx, [(n, n + 1, n, n + 0.5) for n in range(1, 9)])
    assert values[-1] == 100
    assert adx.is_ready
    assert adx.negative_directional_index.current.value == 0
    # each step rises by 1 with a true range of 1.5 (high to the close before): Wilder sums of three and on
    assert adx.positive_directional_index.current.value == pytest.approx(100 / 1.5)


def test_t3_kaufman_and_other_averages() -> None:
    flat = [5.0] * 40
    for kind in (
        MovingAverageType.T3,
        MovingAverageType.HULL,
        MovingAverageType.TRIANGULAR,
        MovingAverageType.DOUBLE_EXPONENTIAL,
        MovingAverageType.TRIPLE_EXPONENTIAL,
    ):
        bands = lean.BollingerBands(4, 2, kind)
        fed(bands, flat)
        assert bands.middle_band.current.value == pytest.approx(5), kind
    with pytest.raises(InvalidInputError, match="moving_average_type='Kama'"):
        lean.BollingerBands(4, 2, MovingAverageType.KAMA)


def test_double_exponential_by_hand() -> None:
    # EMA(2), factor 2/3: -, 1.5, 2.5, 5.5 (0.5 + 5) -> EMA of those from the second on: -, mean(1.5, 2.5) = 2, then
    # 5.5 * 2/3 + 2 / 3 = 13 / 3; the input 7 gives EMA 7 * 2/3 + 2.5 / 3 = 5.5: 2 * 5.5 - 13 / 3
    assert fed(lean.DoubleExponentialMovingAverage(2), [1, 2, 3, 7]) == [
        0,
        0,
        3,
        pytest.approx(11 - 13 / 3),
    ]


def test_deviation_of_equal_prices_is_nothing() -> None:
    assert fed(lean.StandardDeviation(3), [0.1, 0.1, 0.1, 0.1]) == [0, 0, 0, 0]
    assert math.copysign(1, lean.StandardDeviation(3).current.value) == 1


@settings(max_examples=30, deadline=None)
@given(PRICES, st.sampled_from(["sma", "ema", "bb", "rsi", "roc", "macd", "std", "hull"]))
def test_a_reset_indicator_is_as_new(prices: list[float], which: str) -> None:
    make = {
        "sma": lambda: lean.SimpleMovingAverage(3),
        "ema": lambda: lean.ExponentialMovingAverage(3),
        "bb": lambda: lean.BollingerBands(3, 2),
        "rsi": lambda: lean.RelativeStrengthIndex(3),
        "roc": lambda: lean.RateOfChange(3),
        "std": lambda: lean.StandardDeviation(3),
        "macd": lambda: lean.MovingAverageConvergenceDivergence(2, 3, 2),
        "hull": lambda: lean.HullMovingAverage(4),
    }[which]
    used, new = make(), make()
    fed(used, prices[::-1])
    used.reset()
    assert (used.samples, used.is_ready, used.current.value, used.window.count) == (0, False, 0, 0)
    assert fed(used, prices) == fed(new, prices)


def test_points_and_bars_give_their_value() -> None:
    average = lean.SimpleMovingAverage(2)
    average.update(IndicatorDataPoint(Symbol.empty, day(0), 1.0))
    average.update(bars([(1, 5, 1, 3)])[0])
    assert average.current.value == 2


def test_band_width_and_percent_b() -> None:
    bands = lean.BollingerBands(2, 2)
    fed(bands, [1, 3])
    # middle 2, deviation 1: bands 0 and 4; width 4 / 2 = 200 %; the close of 3 lies at 3/4
    assert (bands.band_width.current.value, bands.percent_b.current.value) == (200, 0.75)
    bands.update(day(2), 3)  # no deviation: no place between the bands, and the last one stays
    assert (bands.band_width.current.value, bands.percent_b.current.value) == (0, 0.75)
