"""The short availability example: three ways to set the provider, one refusal and one acceptance each."""

from __future__ import annotations

from datetime import datetime

import pytest

from shortable import LocalDiskShortableProvider
from shortable.engine import Backtest, MarketData, OrderStatus, Result
from shortable.examples.short_availability import ShortAvailability


@pytest.fixture(scope="module")
def result() -> Result:
    return Backtest(ShortAvailability, MarketData.sample()).run()


def test_each_way_gives_the_brokers_provider(result: Result) -> None:
    ways = result.algorithm.ways
    assert [str(s.symbol) for s in ways.values()] == ["SPY", "AAPL", "IBM"]
    for security in ways.values():
        assert isinstance(security.shortable_provider, LocalDiskShortableProvider)
        assert security.shortable_provider.broker == "axos"


@pytest.mark.parametrize("ticker", ["SPY", "AAPL", "IBM"])
def test_one_share_too_many_is_refused_and_what_there_is_is_accepted(
    result: Result, ticker: str
) -> None:
    available = LocalDiskShortableProvider("axos").shortable_quantity(
        ticker, datetime(2024, 1, 2, 16)
    )
    assert available
    orders = result.orders[result.orders["symbol"] == ticker]
    refused, accepted, bought_back = orders.itertuples()
    assert refused.status is OrderStatus.INVALID
    assert refused.tag == (
        f"Order exceeds maximum shortable quantity for Symbol {ticker} (requested short: {available + 1})"
    )
    assert accepted.status is OrderStatus.FILLED
    assert (accepted.quantity, bought_back.quantity) == (-available, available)


def test_the_log_says_the_way_the_numbers_and_the_answer(result: Result) -> None:
    # Availability of the made-up sample on 2 January 2024: SPY 2,000, AAPL 4,000, IBM 1,000.
    assert [text for _, _, text in result.algorithm.log_lines] == [
        "SPY 2,001 refused, 2,000 accepted (security)",
        "AAPL 4,001 refused, 4,000 accepted (initializer)",
        "IBM 1,001 refused, 1,000 accepted (brokerage)",
    ]
