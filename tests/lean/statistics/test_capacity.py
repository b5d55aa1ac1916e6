"""The estimate of capacity, worked out by hand on a few bars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from shortable.lean.enums import OrderStatus, Resolution
from shortable.lean.statistics.capacity import CapacityEstimate

START, END = datetime(2013, 10, 7), datetime(2013, 10, 11, 23, 59, 59)
OPEN = datetime(2013, 10, 7, 13, 30)  # UTC
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def security(name: str, resolution: Resolution, held: float = 0) -> Any:
    return SimpleNamespace(
        symbol=Named(name),
        holdings=SimpleNamespace(quantity=held),
        subscriptions=[
            SimpleNamespace(resolution=resolution, is_internal_feed=False),
            SimpleNamespace(resolution=Resolution.MINUTE, is_internal_feed=True),
        ],
    )


def filled(of: Any, utc: datetime, price: float, quantity: float) -> Any:
    return SimpleNamespace(
        symbol=of.symbol,
        utc_time=utc,
        fill_price=price,
        fill_quantity=quantity,
        status=OrderStatus.FILLED,
    )


@dataclass(frozen=True)
class Named:
    id: str


class Data:
    def __init__(
        self, *rows: tuple[Any, float, float], quotes: dict[Any, Any] | None = None
    ) -> None:
        self.bars = {
            of.symbol: SimpleNamespace(close=close, volume=volume) for of, close, volume in rows
        }
        self.quote_bars = quotes or {}


def make(*securities: Any, reserved: Decimal = Decimal(0), end: datetime = END) -> CapacityEstimate:
    known = {s.symbol: s for s in securities}
    return CapacityEstimate(START, end, known.__getitem__, lambda of: reserved)


def test_minutes_after_a_fill_count_until_enough_was_traded() -> None:
    spy = security("SPY R735QTJ8XC3X", Resolution.MINUTE)
    estimate = make(spy)
    estimate.on_order_event(filled(spy, OPEN, 100.0, -10))
    # 100,000 shares at 100 a minute: 10 million; of the second bar on it is (100,000 + 100,000) * 100 a minute, more than
    # 6 million, so one minute after the fill is enough: the bars at the fill and a minute later count, not the third.
    for n in range(4):
        estimate.update(OPEN + n * MINUTE, Data((spy, 100.0, 100_000)), lambda: Decimal(100_000))
    estimate.update(OPEN + 5 * MINUTE, Data(), lambda: Decimal(100_000), force=True)
    # 2 bars of 10 million, a fifth of it: 4 million, all of the strategy's trades are in it
    assert (estimate.value, estimate.lowest) == (Decimal("4000000.00"), "SPY R735QTJ8XC3X")


def test_an_hours_bar_counts_when_the_fill_was_in_it() -> None:
    spy = security("SPY", Resolution.HOUR)
    estimate = make(spy)
    estimate.on_order_event(filled(spy, OPEN, 100.0, 10))
    for end in (OPEN + HOUR / 2, OPEN + 1.5 * HOUR):
        estimate.update(end, Data((spy, 100.0, 50_000)), lambda: Decimal(100_000))
    estimate.update(OPEN + 6 * HOUR, None, lambda: Decimal(100_000), force=True)
    # 14:00 UTC is the fill's hour rounded up: 5 million, of which a twentieth
    assert estimate.value == Decimal("250000.00")


def test_what_is_held_scales_the_estimate_too() -> None:
    spy = security("SPY", Resolution.DAILY, held=10)
    estimate = make(spy, reserved=Decimal(200_000))
    estimate.on_order_event(filled(spy, OPEN, 100.0, 10))
    estimate.update(datetime(2013, 10, 8), Data((spy, 100.0, 50_000)), lambda: Decimal(100_000))
    estimate.update(datetime(2013, 10, 8), None, lambda: Decimal(100_000), force=True)
    # 5 million, of which a fiftieth, over twice the portfolio's value: 50,000
    assert estimate.value == Decimal("50000.00")


def test_fills_in_quick_succession_count_their_volume_in_part() -> None:
    spy = security("SPY", Resolution.MINUTE)
    estimate = make(spy)
    estimate.on_order_event(filled(spy, OPEN, 100.0, 10))
    estimate.on_order_event(filled(spy, OPEN + 78 * MINUTE, 100.0, -10))  # 2 * 78 / 390 = 0.4
    estimate.update(OPEN + 78 * MINUTE, Data((spy, 100.0, 100_000)), lambda: Decimal(100_000))
    estimate.update(OPEN + 90 * MINUTE, None, lambda: Decimal(100_000), force=True)
    # 10 million * 0.4 * 0.2 over two trades
    assert estimate.value == Decimal("400000.00")


def test_the_smallest_asset_bounds_and_later_snapshots_weigh_a_third() -> None:
    large, small = security("LARGE", Resolution.MINUTE), security("SMALL", Resolution.MINUTE)
    estimate = make(large, small, end=datetime(2013, 10, 31))
    for day in (0, 7):
        at = OPEN + day * DAY
        estimate.on_order_event(filled(large, at, 100.0, 30))
        estimate.on_order_event(filled(small, at, 10.0, 100))
        estimate.update(
            at, Data((large, 100.0, 100_000), (small, 10.0, 30_000 * (1 + day))), lambda: Decimal(1)
        )
        estimate.update(datetime(2013, 10, 14) + day * DAY, None, lambda: Decimal(1_000_000))
    # first: 300,000 * 0.2 = 60,000 over a quarter of the turnover: 240,000; then 2.4 million * 0.2 = 480,000, over the
    # large one's 10 million * 0.2 still the smaller, over a quarter: 1,920,000; 0.33 * 1,920,000 + 0.66 * 240,000
    assert estimate.value == Decimal("792000.00")
    assert estimate.lowest == "SMALL"


def test_quotes_stand_in_for_trades_and_bars_without_volume_are_passed_over() -> None:
    spy = security("SPY", Resolution.MINUTE)
    estimate = make(spy)
    estimate.on_order_event(filled(spy, OPEN, 100.0, 10))
    quote = SimpleNamespace(close=100.0, last_bid_size=300, last_ask_size=100)
    estimate.update(OPEN, Data((spy, 100.0, 0)), lambda: Decimal(1))
    assert estimate.value == 0
    estimate.update(OPEN, Data(quotes={spy.symbol: quote}), lambda: Decimal(1))
    estimate.update(OPEN + HOUR, None, lambda: Decimal(100_000), force=True)
    assert estimate.value == Decimal("4000.00")  # 200 shares at 100, a fifth of it


@pytest.mark.parametrize(
    "status", [OrderStatus.SUBMITTED, OrderStatus.INVALID, OrderStatus.CANCELED]
)
def test_only_fills_count(status: OrderStatus) -> None:
    spy = security("SPY", Resolution.MINUTE)
    estimate = make(spy)
    event = filled(spy, OPEN, 100.0, 10)
    event.status = status
    estimate.on_order_event(event)
    estimate.update(OPEN, Data((spy, 100.0, 100_000)), lambda: Decimal(1), force=True)
    assert (estimate.value, estimate.lowest) == (0, "")
