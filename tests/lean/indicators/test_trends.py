"""Lines, oscillators and stops, worked out by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shortable.lean import indicators as lean
from shortable.lean.data import TradeBar
from shortable.lean.symbols import Symbol

START = datetime(2024, 1, 2)


def fed(indicator, *values):
    shown = []
    for i, value in enumerate(values):
        indicator.update(START + timedelta(days=i), value)
        shown.append(indicator.current.value)
    return shown


def test_the_end_of_a_line_through_the_last_values():
    line = lean.LeastSquaresMovingAverage(3)
    # through (1, 1), (2, 2), (3, 4): slope 3 / 2, at the third place 7/3 + 1.5
    assert fed(line, 1.0, 2.0, 4.0) == pytest.approx([1, 2, 23 / 6])
    assert line.slope.current.value == pytest.approx(1.5)
    assert line.intercept.current.value == pytest.approx(7 / 3 - 3)
    assert line.is_ready


def test_channels_beside_it():
    channel = lean.RegressionChannel(3, 2)
    fed(channel, 1.0, 2.0, 4.0)
    deviation = (14 / 9) ** 0.5  # squares' mean 7, mean's square 49 / 9
    assert channel.is_ready
    assert channel.UpperChannel.Current.Value == pytest.approx(23 / 6 + 2 * deviation)
    assert channel.lower_channel.current.value == pytest.approx(23 / 6 - 2 * deviation)
    assert channel.linear_regression.current.value == channel.current.value == pytest.approx(23 / 6)
    assert channel.slope.current.value == pytest.approx(1.5)


def test_a_fast_average_against_a_slow_one():
    dollars, percent = lean.AbsolutePriceOscillator(1, 2), lean.PercentagePriceOscillator(1, 2)
    assert fed(dollars, 10.0, 12.0, 14.0)[1:] == [1, 1]
    assert fed(percent, 10.0, 12.0, 14.0)[1:] == pytest.approx([100 / 11, 100 / 13])
    assert dollars.is_ready


def test_a_stop_that_follows_and_changes_sides():
    stop, shown = lean.ParabolicStopAndReverse(), []
    for i, (high, low, close) in enumerate(
        [(10, 9, 9.5), (11, 10, 10.8), (12, 11, 11.5), (11, 9, 9.2), (10, 8, 8.5), (9, 7, 7.5)]
    ):
        day = START + timedelta(days=i)
        stop.update(TradeBar(day, Symbol.empty, close, high, low, close, 1, timedelta(days=1)))
        shown.append(stop.current.value)
    # long from the first low; 9 + 0.04 x (12 - 9) = 9.12 is touched, so the stop is the last high;
    # then 12 - 0.02 x 3 lies inside the bars, and 12 + 0.04 x (8 - 12) = 11.84 outside
    assert shown == [0, 9, 9, 12, 12, 11.84]
