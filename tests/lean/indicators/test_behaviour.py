"""Windows, events, comparisons, compositions and the short names."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import InvalidInputError
from shortable.lean import indicators as lean
from shortable.lean.data import QuoteBar, TradeBar
from shortable.lean.enums import MovingAverageType, Resolution
from shortable.lean.indicators.factory import IndicatorMixin
from shortable.lean.indicators.field import Field, selected
from shortable.lean.names import LeanObject
from shortable.lean.symbols import Symbol

NOON = datetime(2024, 1, 2, 12)
MINUTE = timedelta(minutes=1)


@given(st.integers(1, 6), st.lists(st.integers()))
def test_a_window_is_a_bounded_queue(size: int, values: list[int]) -> None:
    window: Any = lean.RollingWindow(size)
    model: deque[int] = deque(maxlen=size)
    for value in values:
        fallen = model[-1] if len(model) == size else None
        window.add(value)
        model.appendleft(value)
        if fallen is not None:
            assert window.most_recently_removed == fallen
    assert list(window) == list(model)
    assert (window.count, window.size, window.samples) == (len(model), size, len(values))
    assert window.is_ready == (len(values) >= size)


def test_a_window_grows_when_asked_beyond_its_size() -> None:
    window = lean.RollingWindow[int](2)
    window.add(1)
    assert (window[0], window[1], window[4], window.size) == (1, None, None, 5)
    with pytest.raises(InvalidInputError, match="index=-1"):
        window[-1]
    with pytest.raises(InvalidInputError, match="size=0"):
        lean.RollingWindow(0)


def test_an_indicator_keeps_its_last_two_values() -> None:
    identity = lean.Identity("price")
    for n in range(3):
        identity.update(NOON + n * MINUTE, float(n))
    assert (identity[0].value, identity[1].value, identity.previous.value, identity.Samples) == (
        2,
        1,
        1,
        3,
    )


def test_handlers_hear_the_indicator_and_the_point_after_it_is_current() -> None:
    heard = []
    average = lean.SimpleMovingAverage(2)
    average.updated += lambda sender, point: heard.append(
        (sender is average, point.value, sender.current.value)
    )
    average.Updated += lambda sender, point: heard.append(point.end_time)
    average.update(NOON, 3)
    assert heard == [(True, 3.0, 3.0), NOON]


def test_a_handler_that_was_taken_off_hears_no_more() -> None:
    heard: list[float] = []

    def handler(sender: object, point: Any) -> None:
        heard.append(point.value)

    identity = lean.Identity("price")
    identity.updated += handler
    identity.update(NOON, 1)
    identity.updated -= handler
    identity.update(NOON + MINUTE, 2)
    assert heard == [1]


def test_older_data_and_the_same_object_again_are_passed_over() -> None:
    average = lean.SimpleMovingAverage(3)
    bar = TradeBar(NOON, Symbol.empty, 1, 1, 1, 1, 1)
    average.update(bar)
    average.update(bar)
    average.update(NOON - MINUTE, 9)
    assert (average.samples, average.current.value) == (1, 1)
    average.update(NOON + MINUTE, 2)  # the same moment as the bar's end is not older
    assert average.samples == 2


def test_comparisons_are_by_value_and_identity_by_object() -> None:
    low, high = lean.Identity("a"), lean.Identity("a")
    low.update(NOON, 1)
    high.update(NOON, 2)
    assert low < high
    assert low == 1
    assert low != 2
    assert low <= 1.0
    assert (high > 1.5, low + high, 3 - low, high / 4, 2 * low) == (True, 3, 2, 0.5, 2)
    assert low != high
    assert {low: "x"}[low] == "x"  # a key of a dictionary, as document 003 has it


def test_a_composition_renews_itself_when_both_sides_have() -> None:
    left, right = lean.Identity("l"), lean.Identity("r")
    difference = left.minus(right)
    left.update(NOON, 5)
    assert difference.samples == 0
    right.update(NOON + MINUTE, 3)
    assert (difference.samples, difference.current.value, difference.current.time) == (
        1,
        2,
        NOON + MINUTE,
    )
    left.update(NOON + 2 * MINUTE, 9)
    assert difference.current.value == 2


def test_division_by_zero_leaves_the_last_value() -> None:
    left, right = lean.Identity("l"), lean.Identity("r")
    ratio = lean.IndicatorExtensions.Over(left, right)
    for n, (a, b) in enumerate([(6, 3), (6, 0), (6, 4)]):
        left.update(NOON + n * MINUTE, a)
        right.update(NOON + n * MINUTE, b)
        assert ratio.current.value == [2, 2, 1.5][n]


def test_an_average_of_an_indicator_waits_until_that_is_ready() -> None:
    change = lean.RateOfChange(1)
    average = lean.IndicatorExtensions.sma(change, 2)
    for n, price in enumerate([1, 2, 3]):
        change.update(NOON + n * MINUTE, price)
    assert average.current.value == 0.75  # of 1 and 0.5; the first, which is not ready, is left out


def test_a_bar_indicator_says_what_it_takes() -> None:
    with pytest.raises(
        InvalidInputError, match=r"AverageTrueRange does not take update\(time, value\)"
    ):
        lean.AverageTrueRange(2).update(NOON, 1.0)
    with pytest.raises(InvalidInputError, match="volume"):
        lean.OnBalanceVolume().update(QuoteBar(NOON, Symbol.empty))


class Algorithm(IndicatorMixin, LeanObject):
    def __init__(self, warm: bool = False) -> None:
        self.settings = SimpleNamespace(automatic_indicator_warm_up=warm)
        self.calls: list[tuple[Any, ...]] = []

    def _feed(self, *arguments: Any) -> None:
        self.calls.append(("register", *arguments))

    def warm_up_indicator(self, *arguments: Any) -> None:
        self.calls.append(("warm", *arguments))


def test_short_names_register_and_warm_up() -> None:
    algorithm = Algorithm(warm=True)
    bands = algorithm.bb("SPY", 20, 2, resolution=Resolution.HOUR)
    assert bands.name == "BB(20,2,SPY_hr)"
    assert algorithm.calls == [
        ("register", "SPY", bands, Resolution.HOUR, None),
        ("warm", "SPY", bands, Resolution.HOUR, None),
    ]
    assert Algorithm().SMA("SPY", 5).name == "SMA(5,SPY)"


@pytest.mark.parametrize(
    ("call", "kind", "warm_up"),
    [
        (lambda a: a.sma("SPY", 20, Resolution.DAILY), lean.SimpleMovingAverage, 20),
        (lambda a: a.EMA("SPY", 20, Resolution.Daily), lean.ExponentialMovingAverage, 20),
        (lambda a: a.ema("SPY", 20, 0.5), lean.ExponentialMovingAverage, 20),
        (
            lambda a: a.rsi("SPY", 14, MovingAverageType.SIMPLE, Resolution.DAILY),
            lean.RelativeStrengthIndex,
            15,
        ),
        (
            lambda a: a.RSI("SPY", 14, movingAverageType=MovingAverageType.Wilders),
            lean.RelativeStrengthIndex,
            15,
        ),
        (lambda a: a.macd("SPY", 12, 26, 9), lean.MovingAverageConvergenceDivergence, 34),
        (
            lambda a: a.bb("SPY", 20, 2, MovingAverageType.SIMPLE, Resolution.DAILY),
            lean.BollingerBands,
            20,
        ),
        (lambda a: a.atr("SPY", 14), lean.AverageTrueRange, 14),
        (lambda a: a.adx("SPY", 14), lean.AverageDirectionalIndex, 28),
        (lambda a: a.sto("SPY", 14), lean.Stochastic, 40),
        (lambda a: a.sto("SPY", 14, 3, 3, Resolution.DAILY), lean.Stochastic, 18),
        (lambda a: a.dch("SPY", 20, Resolution.DAILY), lean.DonchianChannel, 21),
        (lambda a: a.dch("SPY", 20, 10), lean.DonchianChannel, 21),
        (lambda a: a.vwap("SPY"), lean.IntradayVwap, 1),
        (lambda a: a.vwap("SPY", 7), lean.VolumeWeightedAveragePriceIndicator, 7),
        (lambda a: a.obv("SPY", timedelta(minutes=5)), lean.OnBalanceVolume, 2),
        (lambda a: a.identity("SPY"), lean.Identity, 1),
        (lambda a: a.std("SPY", 5), lean.StandardDeviation, 5),
        (lambda a: a.mom("SPY", 5), lean.Momentum, 6),
        (lambda a: a.kch("SPY", 5, 1.5), lean.KeltnerChannels, 5),
        (lambda a: a.mfi("SPY", 5), lean.MoneyFlowIndex, 5),
        (lambda a: a.cci("SPY", 5), lean.CommodityChannelIndex, 5),
    ],
)
def test_overloads_of_short_names(call: Any, kind: type, warm_up: int) -> None:
    made = call(Algorithm())
    assert type(made) is kind
    assert made.warm_up_period == warm_up


def test_a_smoothing_factor_is_used() -> None:
    average = Algorithm().ema("SPY", 2, 0.9)
    for n, price in enumerate([1, 3, 12]):
        average.update(NOON + n * MINUTE, price)
    assert average.current.value == pytest.approx(12 * 0.9 + 2 * 0.1)


def test_highs_and_lows_are_read_from_the_bars() -> None:
    algorithm = Algorithm()
    algorithm.max("SPY", 5)
    algorithm.min("SPY", 5)
    bar = TradeBar(NOON, Symbol.empty, 2, 4, 1, 3, 100)
    assert [call[4](bar) for call in algorithm.calls] == [4, 1]


def test_misuse_of_a_short_name_says_what_it_takes() -> None:
    with pytest.raises(InvalidInputError, match=r"period.*be given: sma\(symbol, period"):
        Algorithm().sma("SPY")
    with pytest.raises(InvalidInputError, match="be one of period, resolution, selector"):
        Algorithm().sma("SPY", 5, lenght=3)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field.OPEN, 2),
        (Field.High, 4),
        (Field.LOW, 1),
        (Field.CLOSE, 3),
        (Field.VOLUME, 100),
        (Field.MEDIAN, 2.5),
        (Field.AVERAGE, 2.5),
        (Field.TYPICAL, 8 / 3),
        (Field.WEIGHTED, 2.75),
        (Field.BID_CLOSE, 0),
    ],
)
def test_fields(field: Any, value: float) -> None:
    assert field(TradeBar(NOON, Symbol.empty, 2, 4, 1, 3, 100)) == pytest.approx(value)


def test_data_go_in_through_the_selector() -> None:
    bar = TradeBar(NOON, Symbol.empty, 2, 4, 1, 3, 100)
    average, span = lean.SimpleMovingAverage(1), lean.TrueRange()
    selected(average, bar, Field.HIGH)
    selected(span, bar)
    assert (average.current.value, average.current.end_time, span.samples) == (4, NOON + MINUTE, 1)


def test_a_users_indicator_counts_and_tells() -> None:
    class Mine(lean.PythonIndicator):
        def __init__(self, period: int) -> None:  # without calling ours, as older examples do
            self.name = "mine"
            self.value = 0.0
            self.queue: deque[float] = deque(maxlen=period)

        def update(self, point: Any) -> bool:
            self.queue.appendleft(point.value)
            self.value = sum(self.queue) / len(self.queue)
            return len(self.queue) == self.queue.maxlen

    mine = Mine(2)
    for n, price in enumerate([1.0, 2.0]):
        bar = TradeBar(NOON + n * MINUTE, Symbol.empty, price, price, price, price, 1)
        assert selected(mine, bar) == (n == 1)
    assert (mine.current.value, mine.is_ready, mine.samples, mine.name) == (1.5, True, 2, "mine")
