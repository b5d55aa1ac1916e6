"""S12, S20, S21: splits, dividends, renames, delistings and the ends of series, on raw and on split-adjusted prices."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

from shortable import FrameShortableProvider
from shortable.actions import (
    Action,
    CorporateActions,
    Delisting,
    Dividend,
    Listing,
    Rename,
    Split,
)
from shortable.borrow import InteractiveBrokersBorrowFee
from shortable.engine import (
    InteractiveBrokersFeeModel,
    OpeningBook,
    OpeningHolding,
    OrderStatus,
    Resolution,
)
from shortable.errors import (
    CorporateActionError,
    EngineError,
    InvalidInputError,
    MarketDataError,
    ShortableWarning,
)
from shortable.market_data import MarketData

from .scenario import Scripted, Shares, bars, flat, play

# Sessions of `bars`: Tue 2, Wed 3, Thu 4, Fri 5, Mon 8, Tue 9 January 2024.


def short(shares: int, ticker: str = "AMC") -> Any:
    return lambda a: a.sell(ticker, shares)


def cover(shares: int, ticker: str = "AMC") -> Any:
    return lambda a: a.buy(ticker, shares)


def equity(result: Any) -> list[float]:
    return result.equity["equity"].round(6).tolist()


def test_s12_a_split_on_raw_prices_restates_the_short_and_what_is_left_of_a_share_is_paid() -> None:
    # 1 for 10 on the 4th. 1,005 short at 5.00: 100 short at 50.00, and half a share at the last close restated, 50.00.
    data = bars({"AMC": [5, 5, 50, 60]})
    result = play(data, {0: short(1_005)}, actions=[Split("AMC", "2024-01-04", 1, 10)])
    holding = result.algorithm.portfolio["AMC"]
    assert (holding.quantity, holding.average_price) == (-100, 50.0)
    # 1,000,000 + 1,005 × 5 = 1,005,025; less 0.5 × 50 = 1,005,000; less 100 × 60
    assert equity(result) == [1_000_000, 1_000_000, 1_000_000, 999_000]
    assert result.equity["cash"].tolist() == [1_000_000, 1_005_025, 1_005_000, 1_005_000]
    booked = result.table("corporate_actions")
    assert booked[["kind", "shares_before", "shares_after", "price", "cash"]].values.tolist() == [
        ["split", -1005, -100, 50.0, -25.0]
    ]


def test_s12_on_split_adjusted_prices_a_split_is_skipped() -> None:
    data = bars({"AMC": [50, 50, 50, 60]}, basis="split_adjusted")
    result = play(data, {0: short(100)}, actions=[Split("AMC", "2024-01-04", 1, 10)])
    assert equity(result) == [1_000_000, 1_000_000, 1_000_000, 999_000]
    assert result.algorithm.portfolio["AMC"].quantity == -100
    assert len(result.table("corporate_actions")) == 0


def amc(basis: str) -> tuple[MarketData, int]:
    """AMC around its 1 for 10 of 2023-08-24, prices rounded; and what one share of today was then."""
    days = pd.bdate_range("2023-08-22", periods=5)
    raw = [3.0, 2.0, 14.0, 13.0, 12.0]
    adjusted = [30.0, 20.0, 14.0, 13.0, 12.0]
    closes = raw if basis == "raw" else adjusted
    return MarketData.from_frames({"AMC": pd.DataFrame({"close": closes}, days)}, basis=basis), (
        10 if basis == "raw" else 1
    )


@pytest.mark.parametrize("basis", ["raw", "split_adjusted"])
def test_s11_amcs_split_gives_the_same_refusals_on_both_bases(basis: str) -> None:
    """35,000 raw shares are lent before the split and not stated again after it: 3,500 new ones."""
    data, unit = amc(basis)
    days = [data.frame("AMC", "daily").index[0].normalize()]
    lent = FrameShortableProvider(
        pd.DataFrame({"AMC": [35_000]}, days), fee_rates=pd.DataFrame({"AMC": [0.36]}, days)
    )
    steps = {
        0: short(20_000 // 10 * unit),
        1: short(15_010 // 10 * unit),  # 10 raw shares more than is left
        2: short(1_501),  # on the new shares on both: one more than is left
        3: short(1_500),
    }
    result = play(data, steps, provider=lent, actions=[Split("AMC", "2023-08-24", 1, 10)])
    refused = result.refusals[["order_id", "requested", "available"]].values.tolist()
    assert refused == [[2, -1_501 * unit, 3_500 * unit], [3, -1_501, 3_500]]
    # 20,000 × 2.00 × 0.36 / 360 = 40.00; 2,000 × 14 × 0.001 = 28.00; 2,000 × 13 × 0.001 × 3 = 78.00 over a weekend
    assert result.borrow_costs["cost"].round(9).tolist() == [40.0, 28.0, 78.0]
    # sold at 2.00 and 12.00: 1,000,000 + 40,000 + 18,000 − 146 − 3,500 × 12
    assert equity(result)[-1] == 1_000_000 + 40_000 + 18_000 - 146 - 42_000


def test_s12_a_forward_split_while_an_order_rests_restates_its_shares_and_its_prices() -> None:
    data = bars({"AMC": [40, 40, (10, 10.5, 9.5, 10), 10]})
    steps = {
        0: lambda a: (
            a.limit_order("AMC", -100, 42.0),  # 400 at 10.50: reached on the day of the split
            a.stop_market_order("AMC", 50, 60.0),
            a.trailing_stop_order("AMC", 10, 4.0, False),
            a.trailing_stop_order("AMC", 10, 0.25, True),
        )
    }
    result = play(data, steps, actions=[Split("AMC", "2024-01-04", 4, 1)])
    orders = result.orders
    assert orders["quantity"].tolist() == [-400, 200, 40, 40]
    assert orders.loc[1, ["status", "fill_price"]].tolist() == [OrderStatus.FILLED, 10.5]
    # Stops at 44 and at 40 × 1.25 = 50 when they were sent, 11.00 and 12.50 on new shares; the low of 9.50 moves them to
    # 9.50 + 1.00 and to 9.50 × 1.25.
    assert orders["stop_price"].tolist()[1:] == [15.0, 10.5, 11.875]
    assert orders["trailing_amount"].tolist()[2:] == [1.0, 0.25]
    update = result.order_events.query("order_id == 1 and message != ''").iloc[0]
    assert (update["time"], update["status"], update["message"]) == (
        datetime(2024, 1, 4, 9, 30),
        OrderStatus.UPDATE_SUBMITTED,
        "AMC split 4 for 1 on 2024-01-04",
    )
    asked = result.algorithm.transactions.get_order_ticket(1).submit_request
    assert (asked.quantity, asked.limit_price) == (-100, 42.0)


def test_s20_an_order_that_is_left_without_a_share_is_cancelled() -> None:
    data = bars({"AMC": [5, 5, 50, 50]})
    result = play(
        data,
        {0: lambda a: (a.limit_order("AMC", -9, 9.0), a.limit_order("AMC", -19, 9.0))},
        actions=[Split("AMC", "2024-01-04", 1, 10)],
    )
    assert result.orders["status"].tolist()[0] is OrderStatus.CANCELED
    assert result.orders[["quantity", "limit_price"]].values.tolist()[1] == [-1, 90.0]
    assert (
        "no whole share is left" in result.order_events.query("order_id == 1")["message"].iloc[-1]
    )
    assert result.algorithm.securities["AMC"].open_sells == 1


def test_s12_two_splits_in_one_run_and_a_symbol_without_a_bar_on_the_ex_date() -> None:
    # 2 for 1 on the 3rd, 3 for 1 on the 5th, on which AMC has no bar: its last close is one of the old shares.
    data = bars({"SPY": [10] * 6, "AMC": [60, 30, 30, None, 10, 9]})
    splits = [Split("AMC", "2024-01-03", 2, 1), Split("AMC", "2024-01-05", 3, 1)]
    result = play(data, {0: short(10)}, actions=splits)
    # The order of 10 becomes 20 before it fills at 30.00; 60 at 10.00 from the 5th on.
    assert result.fills[["quantity", "price"]].values.tolist() == [[-20, 30.0]]
    assert equity(result) == [1_000_000] * 5 + [1_000_060]
    assert result.algorithm.portfolio["AMC"].quantity == -60


def test_s12_a_split_on_the_first_and_on_the_last_day() -> None:
    data = bars({"AMC": [5, 50, 50, 25]})
    opening = OpeningBook((OpeningHolding("AMC", -1_000, 6.0),), cash=100_000.0)
    splits = [Split("AMC", "2024-01-03", 1, 10), Split("AMC", "2024-01-05", 2, 1)]
    result = play(data, {}, actions=splits, opening_book=opening, start="2024-01-03")
    # 100,000 − 1,000 × 5 before the first bar
    assert result.summary()["start_equity"] == 95_000
    assert equity(result) == [95_000, 95_000, 95_000]
    assert result.holdings[["quantity", "average_price", "previous_close"]].values.tolist() == [
        [-200, 30.0, 25.0]
    ]


def test_s12_night_costs_and_commissions_are_computed_on_the_days_own_shares() -> None:
    """Interactive Brokers' mark is rounded up to the dollar, and its commission has a minimum and a cap."""
    # 1 for 10 on the 8th. 300 own shares at 0.25: cap 0.75; 30 adjusted at 2.50 would cost 0.75 as well, 3,000 at 0.25
    # 7.50 by the cap, 15.00 by the share; so 300 own shares are sold at 2.10: 1.50 by the share.
    raw = bars({"AMC": [2.1, 2.1, 2.1, 2.1, 21, 21]})
    adjusted = bars({"AMC": [21.0] * 6}, basis="split_adjusted")
    results = [
        play(
            data,
            {0: short(shares)},
            fees=True,
            provider=Shares(None, fee_rate=0.36),
            borrow_fee=InteractiveBrokersBorrowFee(),
            actions=[Split("AMC", "2024-01-08", 1, 10)],
        )
        for data, shares in ((raw, 300), (adjusted, 30))
    ]
    for result in results:
        assert result.fills["commission"].round(9).tolist() == [1.5]
        # 2.10 × 1.02 = 2.142, up to 3.00; 300 × 3 × 0.001 = 0.90 a night, a night and three over the weekend; then
        # 21 × 1.02 = 21.42, up to 22: 30 × 22 × 0.001 = 0.66
        assert result.borrow_costs["cost"].round(9).tolist() == [0.9, 0.9, 2.7, 0.66]
    assert equity(results[0]) == equity(results[1])
    assert isinstance(results[0].algorithm.securities["AMC"].fee_model, InteractiveBrokersFeeModel)


@pytest.mark.parametrize("basis", ["raw", "split_adjusted"])
@pytest.mark.parametrize("stated", ["raw", "split_adjusted"])
def test_s12_dividends_on_both_bases(basis: str, stated: Any) -> None:
    """0.50 a share on the 3rd, of shares that are 4 for 1 from the 5th on: 0.125 a share of today."""
    raw = basis == "raw"
    data = bars({"AMC": [40, 40, 40, 10] if raw else [10] * 4}, basis=basis)
    dividend = Dividend("AMC", "2024-01-04", 0.5 if stated == "raw" else 0.125, stated)
    heard: list[Any] = []

    class Hears(Scripted):
        def on_dividends(self, dividends: Sequence[Dividend]) -> None:
            heard.append((self.row, list(dividends)))

    result = play(
        data,
        {0: short(100 if raw else 400), 1: cover(100 if raw else 400)},
        kind=Hears,
        actions=[dividend, Split("AMC", "2024-01-05", 4, 1)],
    )
    # Short at the close before the ex-date, covered at the open of the ex-date: owed all the same.
    assert equity(result) == [1_000_000, 1_000_000, 999_950, 999_950]
    assert result.algorithm.portfolio["AMC"].total_dividends == -50
    assert heard == [(1, [dividend])]  # before that session's on_data


def test_s12_a_long_is_paid_and_who_sells_short_on_the_ex_date_owes_nothing() -> None:
    data = flat(4, "AMC", "GME")
    paid = [Dividend(t, "2024-01-04", 0.25, "raw") for t in ("AMC", "GME")]
    result = play(data, {0: lambda a: a.buy("AMC", 40), 1: short(40, "GME")}, actions=paid)
    assert equity(result) == [1_000_000, 1_000_000, 1_000_010, 1_000_010]
    assert result.algorithm.portfolio.total_net_profit == 10


def test_s20_a_dividend_with_a_split_of_the_same_ex_date_is_one_of_the_new_share() -> None:
    data = bars({"AMC": [20, 20, 10, 10]})
    actions = [Split("AMC", "2024-01-04", 2, 1), Dividend("AMC", "2024-01-04", 0.5, "raw")]
    result = play(data, {0: short(100)}, actions=actions)
    assert equity(result)[-1] == 1_000_000 - 200 * 0.5


def test_dividends_in_another_currency_are_refused() -> None:
    with pytest.raises(CorporateActionError, match="be in the account's currency, USD"):
        play(flat(3, "AMC"), {}, actions=[Dividend("AMC", "2024-01-03", 0.5, "raw", "CAD")])


def test_actions_beside_the_prices_are_the_default() -> None:
    days = pd.bdate_range("2024-01-02", periods=4)
    frame = pd.DataFrame(
        {"Close": 10.0, "Adj Close": 9.0, "Dividends": [0, 0, 0.5, 0], "Stock Splits": 0.0}, days
    )
    data = MarketData.from_frames({"AMC": frame})
    assert equity(play(data, {0: short(100)}))[-1] == 999_950
    assert equity(play(data, {0: short(100)}, actions=[]))[-1] == 1_000_000


@pytest.mark.parametrize("subscribed", [["FB"], ["META"], ["FB", "META"]])
def test_s12_a_rename_keeps_position_orders_and_history(subscribed: list[str]) -> None:
    data = bars({"FB": [190, 190, None, None], "META": [None, None, 180, 170], "SPY": [1] * 4})
    heard: list[Any] = []

    class Company(Scripted):
        def initialize(self) -> None:
            self.own = [self.add_equity(ticker) for ticker in subscribed]
            self.add_equity("SPY")

        def on_symbol_changed_events(self, symbols_changed: Sequence[Rename]) -> None:
            heard.append((self.row, list(symbols_changed)))

    rename = Rename("FB", "2024-01-04", "META")
    days = pd.bdate_range("2024-01-02", periods=4)
    lent = FrameShortableProvider(
        pd.DataFrame({"FB": [150, 150, None, None], "META": [None, None, 120, 120]}, days),
        max_age=None,
    )
    steps = {
        0: lambda a: (a.sell("FB", 100), a.limit_order("META", 100, 175.0)),
        1: lambda a: (a.portfolio["META"].quantity, a.sell("FB", 51)),
        2: lambda a: (a.portfolio["FB"].quantity, a.sell("META", 21)),
        3: lambda a: a.portfolio["FB"].quantity,
    }
    result = play(data, steps, kind=Company, actions=[rename], provider=lent)
    returned = result.algorithm.returned
    assert (returned[1][0], returned[2][0], returned[3]) == (-100, -100, 0)
    assert len({id(s) for s in result.algorithm.own}) == 1
    # Each day's list is read under the ticker of the day: 150 of FB, then 120 of META.
    assert result.refusals["available"].tolist() == [150, 120]
    assert result.fills[["quantity", "price"]].values.tolist()[:1] == [[-100, 190.0]]
    assert result.orders.loc[2, ["status", "fill_price"]].tolist() == [OrderStatus.FILLED, 170.0]
    assert set(result.orders["symbol"]) == {subscribed[0]}
    assert heard == [(1, [rename])]
    assert "FB renamed META" in result.table("corporate_actions")["text"].iloc[0]


def test_a_slice_knows_both_tickers() -> None:
    data = bars({"FB": [190, None], "META": [None, 180]})

    class Company(Scripted):
        def initialize(self) -> None:
            self.add_equity("FB")

        def on_data(self, slice: Any) -> None:
            self.returned[len(self.returned)] = ("META" in slice, slice["META"].close, list(slice))

    result = play(data, {}, kind=Company, actions=[Rename("FB", "2024-01-03", "META")])
    assert result.algorithm.returned == {0: (True, 190.0, ["FB"]), 1: (True, 180.0, ["FB"])}


GONE = bars({"SPY": [1] * 5, "AMC": [10, 10, 12, None, None]})


@pytest.mark.parametrize(
    ("policy", "actions", "price", "text"),
    [
        ("last_price", [], 12.0, "the prices of AMC end on 2024-01-04"),
        (8, [], 8.0, "the prices of AMC end on 2024-01-04"),
        ({"amc": 0}, [], 0.0, "the prices of AMC end on 2024-01-04"),
        ({"GME": 3.0}, [], 12.0, "the prices of AMC end on 2024-01-04"),
        ("last_price", [Delisting("AMC", "2024-01-04", 11.5)], 11.5, "AMC delisted after 2024-01-04 at 11.5"),
        ({"AMC": 9.0}, [Delisting("AMC", "2024-01-04", 11.5)], 9.0, "AMC delisted after 2024-01-04 at 11.5"),
        ("last_price", [Delisting("AMC", "2024-01-04")], 12.0, "AMC delisted after 2024-01-04"),
    ],
)  # fmt: skip
def test_s21_a_short_whose_security_ends_is_closed_under_the_policy(
    policy: Any, actions: list[Action], price: float, text: str
) -> None:
    heard: list[Any] = []

    class Hears(Scripted):
        def on_delistings(self, delistings: Sequence[Delisting]) -> None:
            heard.append((self.row, list(delistings), self.portfolio["AMC"].quantity))

    result = play(
        GONE,
        {
            0: short(100),
            1: lambda a: a.limit_order("AMC", 100, 1.0),
            3: lambda a: a.market_order("AMC", -5),
        },
        kind=Hears,
        provider=Shares(None, fee_rate=0.36),
        on_delisting=policy,
        actions=actions,
    )
    assert heard == [(2, [Delisting("AMC", "2024-01-04", price)], 0)]
    # One night, from the 3rd to the 4th: 100 × 10 × 0.001 = 1.00; none after the end.
    assert result.borrow_costs["cost"].round(9).tolist() == [1.0]
    assert equity(result)[-1] == 1_000_000 + 100 * (10 - price) - 1
    closing = result.orders.loc[3]
    assert (closing["quantity"], closing["fill_price"], closing["commission"]) == (100, price, 0.0)
    assert closing["tag"] == f"{text}: closed at {price:g}"
    assert closing["last_time"] == datetime(2024, 1, 4, 16)
    assert result.orders.loc[2, "status"] is OrderStatus.CANCELED
    assert result.order_events.query("order_id == 2")["message"].iloc[-1] == text
    late = result.orders.loc[4]
    assert (late["status"], late["error_code"]) == (OrderStatus.INVALID, -28)
    assert late["tag"] == f"AMC can no longer be traded: {text}"
    assert result.summary()["closed_with_their_security"] == 1


def test_s21_error_stops_the_run_only_where_something_is_held() -> None:
    with pytest.raises(
        EngineError, match="-100 AMC are held, and the prices of AMC end on 2024-01-04"
    ):
        play(GONE, {0: short(100)}, on_delisting="error")
    result = play(GONE, {0: short(100), 1: cover(100)}, on_delisting="error")
    assert result.summary()["closed_with_their_security"] == 0


def test_s21_what_goes_on_after_the_run_has_not_ended() -> None:
    data = bars({"SPY": [1] * 5, "AMC": [10, 10, 12, None, 13]})
    result = play(data, {0: short(100)}, end="2024-01-05")
    assert result.holdings.set_index("symbol").loc["AMC", "quantity"] == -100


def test_s21_a_ticker_that_another_company_takes_trades_again() -> None:
    data = bars({"SPY": [1] * 5, "AMC": [10, 10, None, 30, 31]})
    actions = [Delisting("AMC", "2024-01-03", 9.0), Listing("AMC", "2024-01-05")]
    steps = {0: short(100), 2: short(5), 3: short(5)}
    result = play(data, steps, actions=actions)
    assert result.orders["status"].tolist() == [
        OrderStatus.FILLED,
        OrderStatus.FILLED,
        OrderStatus.INVALID,
        OrderStatus.FILLED,
    ]
    # 100 × (10 − 9), and the new company's 5 sold at 31
    assert equity(result)[-1] == 1_000_100


def test_s21_nothing_happens_to_a_security_after_its_end() -> None:
    # AMC's prices end at 12.00 on the 4th; what the table says of later days changes nothing.
    heard: list[Any] = []

    class Hears(Scripted):
        def on_splits(self, splits: Sequence[Split]) -> None:
            heard.extend(splits)

        def on_dividends(self, dividends: Sequence[Dividend]) -> None:
            heard.extend(dividends)

    later = [Split("AMC", "2024-01-05", 1, 2), Dividend("AMC", "2024-01-08", 1.0, "raw")]
    steps = {
        0: short(100),
        4: lambda a: (
            a.securities["AMC"].price,
            a.trailing_stop_order("AMC", 100, 3.0, False).status,
        ),
    }
    result = play(GONE, steps, kind=Hears, actions=later)
    assert result.algorithm.returned[4] == (12.0, OrderStatus.INVALID)
    assert result.table("corporate_actions")["kind"].tolist() == ["end of data"]
    assert heard == []
    assert equity(result)[-1] == 1_000_000 - 100 * 2


def test_s21_until_its_delisting_a_security_without_bars_is_held_charged_and_split() -> None:
    # Last bar at 12.00 on Thursday the 4th, 1 for 2 on Friday, delisted on Monday the 8th: 50 at 24.00 are closed then.
    table = [Split("AMC", "2024-01-05", 1, 2), Delisting("AMC", "2024-01-08")]
    steps = {0: short(100), 2: lambda a: a.limit_order("AMC", 100, 1.0)}
    result = play(GONE, steps, provider=Shares(None, fee_rate=0.36), actions=table)
    # Nights: 100 × 10 × 0.001; 100 × 12 × 0.001; over the weekend 50 × 24 × 0.003.
    assert result.borrow_costs["cost"].round(9).tolist() == [1.0, 1.2, 3.6]
    assert equity(result)[-1] == 1_000_000 - 200 - 5.8
    orders = result.orders
    assert orders.loc[2, ["quantity", "limit_price", "status"]].tolist() == [
        50,
        2.0,
        OrderStatus.CANCELED,
    ]
    assert orders.loc[2, "last_time"] == datetime(2024, 1, 8, 16)
    assert orders.loc[3, ["quantity", "fill_price"]].tolist() == [50, 24.0]


def test_s21_a_delisting_after_the_run_is_not_of_the_run() -> None:
    # Both series end on Friday the 5th, and AMC is delisted on the Saturday: what is held and what rests stays.
    data = bars({"SPY": [1] * 4, "AMC": [10, 10, 12, None]})
    steps = {0: short(100), 1: lambda a: a.limit_order("AMC", 100, 1.0)}
    result = play(data, steps, actions=[Delisting("AMC", "2024-01-06", 0.5)])
    assert result.holdings.set_index("symbol").loc["AMC", "quantity"] == -100
    assert result.orders.loc[2, "status"] is OrderStatus.SUBMITTED
    assert result.summary()["closed_with_their_security"] == 0


def test_s21_another_company_may_take_a_ticker_in_the_very_next_session() -> None:
    data = bars({"SPY": [1] * 4, "AMC": [10, 10, 30, 31]})
    actions = [Delisting("AMC", "2024-01-03", 9.0), Listing("AMC", "2024-01-04")]
    result = play(data, {0: short(100), 2: short(5)}, actions=actions)
    # 100 at 10 are closed at 9; 5 of the new company are sold at 31.
    assert result.fills[["quantity", "price"]].values.tolist() == [
        [-100, 10.0],
        [100, 9.0],
        [-5, 31.0],
    ]


def test_s21_a_rename_without_the_new_tickers_prices_is_named_in_the_end() -> None:
    data = bars({"SPY": [1] * 4, "FB": [190, 190, None, None]})
    result = play(data, {0: short(1, "FB")}, actions=[Rename("FB", "2024-01-04", "META")])
    tag = result.orders["tag"].iloc[-1]
    assert "it was FB renamed META on 2024-01-04, of which there are no prices" in tag


@pytest.mark.parametrize("value", ["first_price", -1.0, {"AMC": -1}, True, None])
def test_on_delisting_takes_nothing_else(value: Any) -> None:
    with pytest.raises(InvalidInputError, match="on_delisting"):
        play(GONE, {}, on_delisting=value)


def test_s11_a_split_that_the_prices_contradict_is_an_error() -> None:
    with pytest.raises(MarketDataError, match=r"splits of AMC on 2024-01-04='1 for 10' must agree"):
        play(flat(5, "AMC"), {}, actions=[Split("AMC", "2024-01-04", 1, 10)])
    # Of what is not traded nobody is asked.
    data = MarketData.from_frames(
        {t: flat(5, "AMC").frame("AMC", "daily") for t in ("AMC", "GME")}, basis="raw"
    )

    class One(Scripted):
        def initialize(self) -> None:
            self.add_equity("GME")

    play(data, {}, kind=One, actions=[Split("AMC", "2024-01-04", 1, 10)])


def test_s11_a_jump_that_looks_like_a_split_without_a_table_is_warned_of_and_stands_in_the_result() -> (
    None
):
    data = bars({"AMC": [40, 40, 10, 10]})
    with pytest.warns(ShortableWarning, match="looks like a split of 4 for 1"):
        result = play(data, {0: short(1)})
    assert (
        "looks like a split of 4 for 1"
        in result.assumptions.set_index("name").loc["in_doubt", "value"]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        play(data, {}, actions=[Split("AMC", "2024-01-04", 4, 1)])
        play(bars({"AMC": [40, 40, 10, 10]}, basis="split_adjusted"), {})


def test_s12_an_unconfirmed_split_is_dated_by_the_prices() -> None:
    data = bars({"AMC": [40, 40, 10, 10]})
    table = CorporateActions([Split("AMC", "2024-01-03", 4, 1, confirmed=False)])
    result = play(data, {0: short(100)}, actions=table)
    assert equity(result) == [1_000_000] * 4
    assert result.algorithm.portfolio["AMC"].quantity == -400


def test_s11_splits_after_the_last_bar_are_a_stated_assumption() -> None:
    data = bars({"AMC": [10] * 3}, basis="split_adjusted")
    result = play(data, {0: short(1)}, actions=[Split("AMC", "2025-01-02", 4, 1)])
    assert (
        "taken to be adjusted for splits after their last bar"
        in result.assumptions.set_index("name").loc["in_doubt", "value"]
    )


def test_an_error_in_a_callback_names_it() -> None:
    class Breaks(Scripted):
        def on_splits(self, splits: Any) -> None:
            raise ValueError("no")

    with pytest.raises(
        EngineError, match=r"ValueError in Breaks\.on_splits at 2024-01-04 16:00:00"
    ):
        play(
            bars({"AMC": [5, 5, 50]}), {}, kind=Breaks, actions=[Split("AMC", "2024-01-04", 1, 10)]
        )


def test_the_result_says_which_actions_were_given() -> None:
    given = play(
        bars({"AMC": [5, 5, 50]}), {}, actions=[Split("AMC", "2024-01-04", 1, 10)]
    ).assumptions.set_index("name")["value"]
    none = play(flat(2, "AMC"), {}).assumptions.set_index("name")["value"]
    assert given["corporate_actions"] == "1 splits"
    assert (none["corporate_actions"], none["on_delisting"]) == ("none given", "last_price")
    assert date(2024, 1, 4) == Split("AMC", "2024-01-04", 1, 10).date


def test_s20_a_split_is_in_force_before_the_first_of_a_sessions_hours() -> None:
    # Six hours a session; 1 for 10 on the second. Sent at its last hour, the order fills at the next open on new shares.
    hours = [5.0] * 6 + [50.0] * 5 + [52.0]
    result = play(
        bars({"AMC": hours}, hourly=True),
        {0: short(1_000), 5: cover(500), 6: lambda a: a.portfolio["AMC"].quantity},
        provider=Shares(None, fee_rate=0.36),
        actions=[Split("AMC", "2024-01-03", 1, 10)],
        resolution=Resolution.HOUR,
    )
    assert result.fills[["quantity", "price"]].values.tolist() == [[-1_000, 5.0], [50, 50.0]]
    assert result.algorithm.returned[6] == -50
    # 1,000 × 5 × 0.001 = 5.00 on the old shares; 1,000,000 + 5,000 − 2,500 − 5 − 50 × 52
    assert equity(result) == [1_000_000, 999_895]


def test_s21_a_series_that_ends_within_a_session_ends_with_that_session() -> None:
    data = bars({"SPY": [1.0] * 12, "AMC": [10.0, 10.0, 11.0, *[None] * 9]}, hourly=True)
    steps = {0: short(10), 4: lambda a: a.portfolio["AMC"].quantity}
    result = play(data, steps, resolution=Resolution.HOUR)
    assert result.algorithm.returned[4] == -10
    assert result.orders["last_time"].iloc[-1] == datetime(2024, 1, 2, 16)
    assert equity(result) == [999_990, 999_990]
