"""LEAN's enumerations: its numbers and both spellings."""

from __future__ import annotations

import pytest

from shortable.lean import enums
from shortable.lean.market import Currencies, Market


@pytest.mark.parametrize(
    ("member", "number", "text"),
    [
        # Common/Global.cs, Common/Orders/OrderTypes.cs, OrderResponseErrorCode.cs, Common/Brokerages/BrokerageName.cs
        (enums.Resolution.Daily, 4, "Daily"),
        (enums.Resolution.MINUTE, 2, "Minute"),
        (enums.SecurityType.Equity, 1, "Equity"),
        (enums.DataNormalizationMode.SplitAdjusted, 2, "SplitAdjusted"),
        (enums.OrderType.MarketOnOpen, 4, "MarketOnOpen"),
        (enums.OrderType.TRAILING_STOP, 11, "TrailingStop"),
        (enums.OrderStatus.UpdateSubmitted, 9, "UpdateSubmitted"),
        (enums.OrderResponseErrorCode.ExceedsShortableQuantity, -31, "ExceedsShortableQuantity"),
        (
            enums.OrderResponseErrorCode.MARKET_ON_CLOSE_ORDER_TOO_LATE,
            -21,
            "MarketOnCloseOrderTooLate",
        ),
        (enums.OrderField.LimitPrice, 0, "LimitPrice"),
        (enums.OrderRequestStatus.ERROR, 3, "Error"),
        (enums.BrokerageName.InteractiveBrokersBrokerage, 1, "InteractiveBrokersBrokerage"),
        (enums.BrokerageName.TDAmeritrade, 25, "TdAmeritrade"),
        (enums.BrokerageName.AXOS, 31, "Axos"),
        (enums.PositionSide.Short, -1, "Short"),
        (enums.MarketDataType.QuoteBar, 4, "QuoteBar"),
        (enums.SeriesType.Scatter3d, 10, "Scatter3d"),
    ],
)
def test_numbers_and_spellings(member, number, text):
    assert (int(member), str(member)) == (number, text)


def test_closed_orders():
    closed = [status for status in enums.OrderStatus if status.is_closed()]
    assert closed == [
        enums.OrderStatus.FILLED,
        enums.OrderStatus.CANCELED,
        enums.OrderStatus.INVALID,
    ]
    assert enums.OrderStatus.PartiallyFilled.is_fill()
    assert enums.OrderStatus.NEW.is_open()


def test_two_names_of_the_default_broker():
    assert enums.BrokerageName.QuantConnectBrokerage is enums.BrokerageName.DEFAULT


def test_a_member_that_there_is_not_names_those_that_are():
    with pytest.raises(AttributeError, match="MINUTE, HOUR, DAILY"):
        _ = enums.Resolution.WEEKLY


def test_markets_are_texts():
    assert (Market.USA, Market.Oanda, Currencies.USD) == ("usa", "oanda", "USD")
    assert [Market.encode(m) for m in ("usa", "INDIA", "mars")] == [1, 11, None]
    assert Currencies.get_currency_symbol("USD") == "$"
