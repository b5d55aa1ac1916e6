"""The vocabulary of orders: numbers and names are LEAN's, both spellings, one class for both engines."""

from __future__ import annotations

import pytest

import shortable.engine
from shortable import orders
from shortable.lean import enums
from shortable.orders import (
    OrderDirection,
    OrderField,
    OrderRequestStatus,
    OrderRequestType,
    OrderResponseErrorCode,
    OrderStatus,
    OrderType,
)
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY


def test_numbers_are_leans() -> None:
    # QuantConnect/Lean, Common/Orders: OrderTypes.cs, OrderField.cs, OrderRequestStatus.cs, OrderRequestType.cs and
    # OrderResponseErrorCode.cs, as LEAN's own Python stubs (quantconnect-stubs 18211) spell them.
    assert {s.name: int(s) for s in OrderStatus} == {
        "NEW": 0,
        "SUBMITTED": 1,
        "PARTIALLY_FILLED": 2,
        "FILLED": 3,
        "CANCELED": 5,
        "NONE": 6,
        "INVALID": 7,
        "CANCEL_PENDING": 8,
        "UPDATE_SUBMITTED": 9,
    }
    assert {t.name: int(t) for t in OrderType} == {
        "MARKET": 0,
        "LIMIT": 1,
        "STOP_MARKET": 2,
        "STOP_LIMIT": 3,
        "MARKET_ON_OPEN": 4,
        "MARKET_ON_CLOSE": 5,
        "OPTION_EXERCISE": 6,
        "LIMIT_IF_TOUCHED": 7,
        "COMBO_MARKET": 8,
        "COMBO_LIMIT": 9,
        "COMBO_LEG_LIMIT": 10,
        "TRAILING_STOP": 11,
    }
    assert {f.name: int(f) for f in OrderField} == {
        "LIMIT_PRICE": 0,
        "STOP_PRICE": 1,
        "TRIGGER_PRICE": 2,
        "TRAILING_AMOUNT": 3,
        "TRAILING_AS_PERCENTAGE": 4,
    }
    assert {d.name: int(d) for d in OrderDirection} == {"BUY": 0, "SELL": 1, "HOLD": 2}
    assert {r.name: int(r) for r in OrderRequestType} == {"SUBMIT": 0, "UPDATE": 1, "CANCEL": 2}
    assert {s.name: int(s) for s in OrderRequestStatus} == {
        "UNPROCESSED": 0,
        "PROCESSING": 1,
        "PROCESSED": 2,
        "ERROR": 3,
    }
    # Every number from 0 to -35 once; the names of those that the mini engine answers, and of the last.
    numbered = {int(c): c.name for c in OrderResponseErrorCode}
    assert sorted(numbered, reverse=True) == list(range(0, -36, -1))
    assert {n: numbered[n] for n in (0, -3, -9, -10, -11, -16, -21, -31, -32, -35)} == {
        0: "NONE",
        -3: "INSUFFICIENT_BUYING_POWER",
        -9: "INVALID_ORDER_STATUS",
        -10: "UNABLE_TO_FIND_ORDER",
        -11: "ORDER_QUANTITY_ZERO",
        -16: "SECURITY_PRICE_ZERO",
        -21: "MARKET_ON_CLOSE_ORDER_TOO_LATE",
        -31: "EXCEEDS_SHORTABLE_QUANTITY",
        -32: "INVALID_NEW_ORDER_STATUS",
        -35: "MARKET_ON_OPEN_NOT_ALLOWED_DURING_REGULAR_HOURS",
    }
    assert OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY == EXCEEDS_SHORTABLE_QUANTITY


@pytest.mark.parametrize("status", list(OrderStatus))
def test_an_order_is_open_until_it_is_filled_cancelled_or_invalid(status: OrderStatus) -> None:
    closed = status in (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.INVALID)
    assert status.is_closed() is closed
    assert status.is_open() is not closed  # OrderExtensions.cs: IsOpen is !IsClosed, NONE included
    assert status.is_fill() is (status in (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED))


# LEAN's TimeInForce is a class with properties, and no enumeration.
@pytest.mark.parametrize("name", sorted(set(orders.__all__) - {"TimeInForce"}))
def test_both_engines_have_the_same_class(name: str) -> None:
    assert getattr(orders, name) is getattr(enums, name) is getattr(shortable.engine, name)


def test_members_answer_to_both_spellings() -> None:
    assert OrderType.MarketOnOpen is OrderType.MARKET_ON_OPEN
    assert (str(OrderStatus.CANCELED), int(OrderStatus.Canceled)) == ("Canceled", 5)
