"""Closed trades: fill by fill, or from flat to flat."""

from __future__ import annotations

import pytest

from shortable.errors import InvalidInputError
from shortable.lean.enums import FillGroupingMethod
from shortable.lean.securities.trade_builder import TradeBuilder, TradeDirection

from ..desk import Desk


def test_from_flat_to_flat_is_one_trade() -> None:
    # bought 10 at 100 and 10 at 110, sold 30 at 120: 20 bought at 105 on average earn 300, and 10 are short from then on;
    # bought back at 115 they earn 50. The fee of the turn, 1 dollar like each, counts with the trade that it closed.
    desk, builder = Desk(), TradeBuilder(FillGroupingMethod.FLAT_TO_FLAT)
    desk.trade_builder = builder
    spy = desk.add("SPY", price=100.0)
    for price, quantity in ((100.0, 10), (110.0, 10), (120.0, -30), (115.0, 10)):
        desk.trade(spy, price)
        desk.market(spy, quantity)
    long, short = builder.closed_trades
    assert (long.direction, long.quantity, long.entry_price, long.exit_price) == (
        TradeDirection.LONG,
        20.0,
        105.0,
        120.0,
    )
    assert (long.profit_loss, long.total_fees, long.mae, long.mfe) == (300.0, 3.0, -100.0, 300.0)
    assert (short.direction, short.quantity, short.entry_price, short.exit_price) == (
        TradeDirection.SHORT,
        10.0,
        120.0,
        115.0,
    )
    assert (short.profit_loss, short.total_fees) == (50.0, 1.0)
    assert not builder.has_open_position(spy.symbol)


def test_other_groupings_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="FLAT_TO_FLAT"):
        TradeBuilder(FillGroupingMethod.FLAT_TO_REDUCED)
