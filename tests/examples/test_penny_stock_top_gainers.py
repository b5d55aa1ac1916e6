"""Document 003's shorting example: on the sample, and with made-up availability on real small caps."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import pairwise

from shortable.examples import EXAMPLES
from shortable.lean.enums import OrderStatus
from shortable.lean.result import LeanResult
from shortable.lean.run import run_algorithm
from shortable.market_data import MarketData

EXAMPLE = EXAMPLES["penny_stock_top_gainers"]


@cache
def on_the_sample() -> LeanResult:
    return run_algorithm(EXAMPLE.lean_file, EXAMPLE.data(), end="2024-01-31", raising=True)


def positions(result: LeanResult) -> dict[str, list[float]]:
    """Shares held of each symbol after each fill."""
    held: dict[str, list[float]] = defaultdict(lambda: [0])
    for event in result.objects.order_events:
        if event.fill_quantity:
            held[str(event.symbol)].append(held[str(event.symbol)][-1] + event.fill_quantity)
    return held


def test_shorts_are_refused_accepted_and_closed_on_the_sample() -> None:
    result = on_the_sample()
    assert result.made_up
    refused = [o for o in result.objects.orders if o.status == OrderStatus.INVALID]
    assert refused
    tag = f"Order exceeds maximum shortable quantity for Symbol {refused[0].symbol.value} (requested short: "
    assert refused[0].tag == f"{tag}{-int(refused[0].quantity)})"
    held = positions(result)
    assert min(min(path) for path in held.values()) < 0
    closed = [symbol for symbol, path in held.items() if min(path) < 0 and 0 in path[1:]]
    assert len(closed) >= 3
    assert max(max(path) for path in held.values()) <= 0, "a short covered twice"
    assert result.statistics["Total Orders"] == str(len(result.objects.orders))
    trades = result.trade_statistics()
    assert trades.total_number_of_trades >= len(closed)
    assert (
        trades.number_of_winning_trades + trades.number_of_losing_trades
        == trades.total_number_of_trades
    )


def test_the_market_is_followed_by_its_daily_bars_where_there_are_no_hours() -> None:
    assert float(on_the_sample().statistics["Beta"]) != 0


def test_a_refused_request_is_followed_by_what_there_is() -> None:
    orders = on_the_sample().objects.orders
    for refused, next_one in pairwise(orders):
        if refused.status == OrderStatus.INVALID:
            assert next_one.symbol == refused.symbol
            assert refused.quantity < next_one.quantity < 0


def test_the_same_run_twice_is_the_same() -> None:
    again = run_algorithm(EXAMPLE.lean_file, EXAMPLE.data(), end="2024-01-31", raising=True)
    assert again.statistics == on_the_sample().statistics
    assert [str(e) for e in again.objects.order_events] == [
        str(e) for e in on_the_sample().objects.order_events
    ]


def test_without_the_naive_request_nothing_is_refused() -> None:
    result = run_algorithm(
        EXAMPLE.lean_file, EXAMPLE.data(), end="2024-01-31", parameters={"naive": "0"}, raising=True
    )
    assert result.objects.orders
    assert all(o.status != OrderStatus.INVALID for o in result.objects.orders)


def test_daily_bars_of_real_small_caps_with_made_up_availability(real_data) -> None:
    prices = MarketData.from_csv(real_data / "prices" / "us_small_cap_daily")
    result = run_algorithm(
        EXAMPLE.lean_file,
        prices,
        start="2020-12-01",
        end="2021-02-26",
        raising=True,
        parameters={"resolution": "daily", "market_cap": "inf", "provider": "made_up"},
    )
    assert not result.made_up
    assert any("availability is made up" in message.text for message in result.objects.messages)
    statuses = [o.status for o in result.objects.orders]
    assert OrderStatus.FILLED in statuses
    assert OrderStatus.INVALID in statuses
    assert min(min(path) for path in positions(result).values()) < 0


def test_every_option_is_in_the_docstring() -> None:
    text = EXAMPLE.lean_file.read_text(encoding="utf-8")
    told = text[: text.index('"""', 3)]
    asked = [
        line.split('get_parameter("')[1].split('"')[0]
        for line in text.splitlines()
        if "get_parameter(" in line
    ]
    assert len(asked) == 5
    assert [name for name in asked if f"``{name}``" not in told] == []
