"""Cash, holdings, fees and profit: figures worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import EngineError, InvalidInputError
from shortable.lean.brokerages.models import DefaultBrokerageModel
from shortable.lean.data import Dividend, Split
from shortable.lean.enums import AccountType, DataNormalizationMode, OrderStatus
from shortable.lean.orders.fees import AxosFeeModel, ConstantFeeModel
from shortable.lean.securities.settlement import ScanSettlementModelParameters
from tests.lean.desk import DAY, MONDAY, Desk, at

RAW = DataNormalizationMode.RAW


@pytest.mark.parametrize(
    ("price", "quantity", "fee"),
    [
        (100.0, 100, 1.0),  # 0.50 is below the minimum
        (100.0, 1000, 5.0),  # 0.005 a share
        (0.5, 1000, 2.5),  # capped at 0.5 % of 500
        (0.1, 300, 0.15),  # 300 x 0.005 = 1.50 is at least 1, so the cap of 0.5 % of 30 holds
        (5.0, 10, 1.0),  # the minimum beats the cap of 0.25
    ],
)
def test_interactive_brokers_fees(price: float, quantity: int, fee: float) -> None:
    desk = Desk()
    spy = desk.add("SPY", price=price)
    assert desk.market(spy, -quantity).order_events[-1].order_fee.value.amount == pytest.approx(fee)
    assert desk.portfolio.total_fees == pytest.approx(fee)


def test_a_round_trip_short() -> None:
    # Sell 1,000 at 100 (fee 5), buy back 400 at 90 (fee 2) and 600 at 110 (fee 3).
    desk = Desk()
    spy = desk.add("SPY", price=100.0)
    desk.market(spy, -1000)
    held = spy.holdings
    assert (held.quantity, held.average_price, held.holdings_value) == (-1000.0, 100.0, -100_000.0)
    assert desk.portfolio.cash == 199_995.0
    desk.trade(spy, 90.0)
    # closing would earn 1,000 x 10, less the fee of 5
    assert held.unrealized_profit == desk.portfolio.total_unrealised_profit == 9995.0
    assert held.unrealized_profit_percent == pytest.approx(0.09995)
    desk.market(spy, 400)
    assert (held.profit, held.last_trade_profit, held.average_price) == (4000.0, 4000.0, 100.0)
    desk.trade(spy, 110.0)
    desk.market(spy, 600)
    assert (held.quantity, held.average_price, held.invested) == (0.0, 0.0, False)
    assert (held.profit, held.total_fees, held.net_profit) == (-2000.0, 10.0, -2010.0)
    assert desk.portfolio.total_portfolio_value == desk.portfolio.cash == 97_990.0
    assert held.total_sale_volume == 100_000.0 + 36_000.0 + 66_000.0
    # each closing fill less its fee twice: 4,000 - 4 and -6,000 - 6, a millisecond apart
    assert list(desk.transactions.transaction_record.values()) == [Decimal(3996), Decimal(-6006)]
    assert (desk.transactions.win_count, desk.transactions.loss_count) == (1, 1)


def test_crossing_zero_begins_anew_at_the_fills_price() -> None:
    desk = Desk()
    spy = desk.add("SPY", price=100.0)
    desk.market(spy, 100)
    desk.market(spy, 100)
    desk.trade(spy, 106.0)
    desk.market(spy, -300)
    assert (spy.holdings.quantity, spy.holdings.average_price, spy.holdings.profit) == (
        -100.0,
        106.0,
        1200.0,
    )


@given(
    st.lists(
        st.tuples(st.integers(-50, 50).filter(bool), st.integers(1, 400)), min_size=1, max_size=12
    )
)
def test_property_cash_holdings_and_profit_agree(fills: list[tuple[int, int]]) -> None:
    desk = Desk(10_000_000)
    spy = desk.add("SPY")
    spy.set_fee_model(ConstantFeeModel(0))
    cash = Decimal(10_000_000)
    for quantity, price in fills:
        desk.trade(spy, float(price))
        assert desk.market(spy, quantity).status == OrderStatus.FILLED
        cash -= quantity * price
    held = spy.holdings
    assert desk.portfolio.cash_book["USD"].exact_amount == cash
    assert held.quantity == sum(quantity for quantity, _ in fills)
    gained = desk.portfolio.exact_total_value - 10_000_000
    open_profit = held.exact_quantity * (Decimal(fills[-1][1]) - held.exact_average_price)
    assert float(held.exact_profit + open_profit) == pytest.approx(float(gained), abs=1e-9)
    # Trades are paired first in, first out, and holdings by average price: they agree once everything is closed.
    if not held.invested:
        assert sum(t.exact_profit_loss for t in desk.trade_builder.closed_trades) == gained


def test_trades_first_in_first_out() -> None:
    # Buy 100 at 10 and 100 at 12; sell 150 at 15: 100 x 5 and 50 x 3; then 100 at 8: 50 x -4, and 50 short at 8.
    desk = Desk()
    spy = desk.add("SPY")
    for price, quantity in ((10.0, 100), (12.0, 100), (15.0, -150), (8.0, -100)):
        desk.trade(spy, price)
        desk.market(spy, quantity)
    trades = desk.trade_builder.closed_trades
    assert [(t.quantity, t.entry_price, t.exit_price, t.profit_loss) for t in trades] == [
        (100.0, 10.0, 15.0, 500.0),
        (50.0, 12.0, 15.0, 150.0),
        (50.0, 12.0, 8.0, -200.0),
    ]
    # fees: each fill 1.00; the second purchase's went with the part that closed first
    assert [t.total_fees for t in trades] == [2.0, 1.0, 1.0]
    assert [(t.mae, t.mfe) for t in trades] == [(0.0, 500.0), (-100.0, 150.0), (-200.0, 150.0)]
    assert desk.trade_builder.has_open_position(spy.symbol)


def test_users_see_holdings_by_symbol_and_ticker_as_pairs() -> None:
    desk = Desk()
    spy = desk.add("SPY", price=100.0)
    desk.market(spy, 10)
    portfolio = desk.portfolio
    assert portfolio["SPY"] is portfolio[spy.symbol] is spy.holdings
    assert [(str(pair.Key), pair.value.Quantity) for pair in portfolio] == [("SPY", 10.0)]
    assert (
        portfolio.Invested,
        portfolio.ContainsKey("SPY"),
        "QQQ" in portfolio,
        len(portfolio),
    ) == (True, True, False, 1)
    assert [h.quantity for h in portfolio.values] == [10.0]
    assert portfolio.total_holdings_value == 1000.0
    with pytest.raises(KeyError, match="QQQ"):
        portfolio["QQQ"]
    with pytest.raises(EngineError):
        portfolio["SPY"] = spy.holdings


def test_dividends_are_paid_in_raw_mode_only_and_shorts_owe_them() -> None:
    desk = Desk()
    spy = desk.add("SPY", price=100.0, mode=RAW)
    desk.market(spy, -1000)
    dividend = Dividend(spy.symbol, MONDAY, 0.5, 100.0)
    desk.portfolio.apply_dividend(dividend, False, DataNormalizationMode.ADJUSTED)
    assert desk.portfolio.cash == 199_995.0
    desk.portfolio.apply_dividend(dividend, False, RAW)
    assert (desk.portfolio.cash, spy.holdings.total_dividends) == (199_495.0, -500.0)


def test_a_split_keeps_the_value_and_pays_out_the_fraction() -> None:
    # One for two: 101 shares become 50 and a half, which is paid out at the new price of 180.
    desk = Desk()
    spy = desk.add("SPY", price=90.0, mode=RAW)
    desk.market(spy, 101)
    before = desk.portfolio.total_portfolio_value
    desk.portfolio.apply_split(Split(spy.symbol, MONDAY, 90.0, 2.0), spy, False, RAW)
    assert (spy.holdings.quantity, spy.holdings.average_price, spy.price) == (50.0, 180.0, 180.0)
    assert desk.portfolio.cash == 100_000 - 9090 - 1 + 90.0  # half a share at 180
    assert desk.portfolio.total_portfolio_value == before


def test_cash_accounts_wait_for_the_proceeds_of_a_sale() -> None:
    desk = Desk(model=DefaultBrokerageModel(AccountType.CASH))
    spy = desk.add("SPY", price=100.0)
    assert spy.leverage == 1
    desk.market(spy, 500)
    desk.market(spy, -500)
    assert (desk.portfolio.cash, desk.portfolio.unsettled_cash) == (
        100_000 - 50_000 - 2.5 - 2.5,
        50_000.0,
    )
    assert desk.portfolio.total_portfolio_value == 99_995.0
    assert desk.market(spy, 600).status == OrderStatus.INVALID  # 60,000 are not there yet
    for time, settled in ((at("5:59", MONDAY + DAY), False), (at("6:00", MONDAY + DAY), True)):
        desk.clock(time)
        spy.settlement_model.scan(ScanSettlementModelParameters(desk.portfolio, spy, desk.utc_time))
        assert (desk.portfolio.unsettled_cash == 0) is settled


def test_other_currencies_are_out_of_scope() -> None:
    with pytest.raises(InvalidInputError, match="account_currency='EUR' must be 'USD'"):
        Desk().portfolio.set_account_currency("EUR")


def test_axos_takes_a_rate_per_share() -> None:
    desk = Desk()
    spy = desk.add("SPY", price=100.0)
    spy.set_fee_model(AxosFeeModel())
    assert desk.market(spy, 1000).order_events[-1].order_fee.value.amount == 3.5


def test_what_was_traded_at_market_prices_has_their_places() -> None:
    # LEAN's prices have four places and its reports write them all: 100,000 - 10 x 145.3000 - 1.
    desk = Desk()
    spy = desk.add("SPY", price=145.3)
    assert str(desk.portfolio.exact_total_value) == "100000"
    desk.market(spy, 10)
    assert str(desk.portfolio.exact_total_value) == "99999.0000"
    assert str(desk.portfolio.cash_book["USD"].exact_amount) == "98546.0000"
