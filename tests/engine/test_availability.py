"""S4 and S5 at the order desk: the cases that the issue spells out."""

from __future__ import annotations

from typing import Any

from shortable.engine import OrderResponseErrorCode, OrderStatus

from .scenario import Shares, flat, play


def tag(shares: int, ticker: str = "SPY") -> str:
    return f"Order exceeds maximum shortable quantity for Symbol {ticker} (requested short: {shares})"


def test_s4_the_issues_sequence_with_1000_available() -> None:
    seen: dict[str, Any] = {}

    def first(a: Any) -> None:
        refused = a.limit_order("SPY", -1001, 100.0)
        assert (refused.status, refused.tag) == (OrderStatus.INVALID, tag(1001))
        assert refused.error_code == OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY == -31
        accepted = a.limit_order("SPY", -1000, 100.0)
        assert accepted.status == OrderStatus.SUBMITTED
        further = a.limit_order("SPY", -10, 100.0)
        assert (further.status, further.tag) == (OrderStatus.INVALID, tag(10))
        assert accepted.update_quantity(-999).is_success
        answer = accepted.update_quantity(-1001)
        assert (answer.is_error, answer.error_code) == (True, -31)
        assert answer.error_message == tag(1001)
        assert (accepted.quantity, accepted.status.is_open()) == (-999, True)
        assert accepted.cancel().is_success
        assert a.market_order("SPY", -1000).status == OrderStatus.SUBMITTED

    def second(a: Any) -> None:
        seen["held"] = a.portfolio["SPY"].quantity
        seen["one more"] = a.market_order("SPY", -1)

    result = play(flat(4), {0: first, 1: second}, shortable_provider=Shares(1000))
    assert seen["held"] == -1000
    assert (seen["one more"].status, seen["one more"].tag) == (OrderStatus.INVALID, tag(1))
    assert result.summary()["refused_for_availability"] == 3
    assert result.summary()["updates_refused_for_availability"] == 1


def test_s4_with_1001_available_1001_pass() -> None:
    result = play(flat(3), {0: lambda a: a.limit_order("SPY", -1001, 10.0)}, shortable_provider=Shares(1001))
    assert result.algorithm.portfolio["SPY"].quantity == -1001
