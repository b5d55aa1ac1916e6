"""Average price, realised and unrealised profit, to the cent; and a slow model over random trades."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from shortable import Symbol
from shortable.engine.account import Account, SecurityHolding

from .scenario import Shares, bars, play


def holding(*fills: tuple[int, float], price: float = 0.0) -> SecurityHolding:
    account = Account(0.0)
    held = account.add(Symbol.create("SPY"))
    account.prices = [price]
    for quantity, at in fills:
        held.fill(quantity, at, 1.0)
    return held


@pytest.mark.parametrize(
    ("fills", "quantity", "average", "profit"),
    [
        ([(-100, 50.0)], -100, 50.0, 0.0),
        ([(-100, 50.0), (-100, 40.0)], -200, 45.0, 0.0),
        ([(-100, 50.0), (100, 40.0)], 0, 0.0, 1_000.0),  # sold at 50, bought back at 40
        ([(-100, 50.0), (60, 55.0)], -40, 50.0, -300.0),  # 60 × (50 − 55)
        (
            [(-100, 50.0), (150, 40.0)],
            50,
            40.0,
            1_000.0,
        ),  # through zero: the rest is a long from 40
        ([(100, 50.0), (-150, 60.0)], -50, 60.0, 1_000.0),
        ([(100, 50.0), (-40, 45.0), (-60, 55.0)], 0, 0.0, 100.0),  # −200 + 300
        ([(100, 10.0), (300, 20.0), (-200, 20.0)], 200, 17.5, 500.0),  # average 17.50; 200 × 2.50
    ],
)
def test_golden_trades(
    fills: list[tuple[int, float]], quantity: int, average: float, profit: float
) -> None:
    held = holding(*fills)
    assert (held.quantity, held.average_price, held.profit) == (quantity, average, profit)
    assert held.total_fees == len(fills)
    assert held.net_profit == profit - len(fills)


def test_a_short_as_the_user_reads_it() -> None:
    held = holding((-200, 45.0), price=36.0)
    assert (held.is_short, held.is_long, held.invested, held.absolute_quantity) == (
        True,
        False,
        True,
        200,
    )
    assert (held.holdings_cost, held.absolute_holdings_cost) == (-9_000.0, 9_000.0)
    assert (held.holdings_value, held.absolute_holdings_value) == (-7_200.0, 7_200.0)
    assert (held.unrealized_profit, held.unrealized_profit_percent) == (1_800.0, 0.2)
    assert (held.price, held.symbol, held.total_sale_volume) == (36.0, "SPY", 9_000.0)
    assert repr(held) == "<SecurityHolding -200 SPY at 45>"
    assert holding().unrealized_profit_percent == 0.0
    assert holding((-10, 5.0), (10, 4.0)).last_trade_profit == 10.0


@given(
    st.lists(
        st.tuples(st.integers(-50, 50).filter(bool), st.integers(1, 400).map(lambda n: n / 4)),
        max_size=12,
    )
)
def test_profit_is_what_the_cash_says(fills: list[tuple[int, float]]) -> None:
    """Cash in less cash out, plus what is held at its own cost, is the profit, whatever the path through zero."""
    held = holding(*fills)
    cash = -sum(quantity * price for quantity, price in fills)
    assert held.quantity == sum(quantity for quantity, _ in fills)
    assert held.profit == pytest.approx(cash + held.quantity * held.average_price, abs=1e-6)
    assert (held.average_price > 0) is (held.quantity != 0)


def test_a_short_round_trip_to_the_cent() -> None:
    # Short 1,000 at 50.00, open of the 3rd; cover at 47.25, open of the 5th (a Friday).
    #   proceeds 50,000.00 − 5.00 commission; cover 47,250.00 + 5.00
    #   fee, night of the 3rd to the 4th: 1,000 × 49.00 × 0.036 × 1 / 360 = 4.90
    #   fee, night of the 4th to the 5th: 1,000 × 48.00 × 0.036 × 1 / 360 = 4.80
    #   profit 2,750.00 − 10.00 − 9.70 = 2,730.30
    data = bars({"GME": [51, (50, 51, 48, 49), (48, 49, 47, 48), (47.25, 48, 47, 48)]})
    result = play(
        data,
        {0: lambda a: a.market_order("GME", -1000), 2: lambda a: a.market_order("GME", 1000)},
        fees=True,
        provider=Shares(1000, fee_rate=0.036),
        cash=100_000.0,
    )
    account = result.algorithm.portfolio
    assert result.equity["equity"].round(2).tolist() == [
        100_000.00,
        100_995.00,  # 149,995 cash − 49,000 owed
        101_990.10,  # less 4.90; 48,000 owed
        102_730.30,
    ]
    assert round(account.cash, 2) == 102_730.30
    assert (
        account["GME"].profit,
        account["GME"].net_profit,
        round(account.total_net_profit, 2),
    ) == (
        2750.0,
        2740.0,
        2730.3,
    )
    assert (round(result.algorithm.portfolio.total_borrow_costs, 2), account.total_fees) == (
        9.70,
        10.0,
    )
