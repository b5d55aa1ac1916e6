"""A backtest that starts from a book: its shorts count, are charged, and are worth what they are worth (S4, S8)."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from shortable.engine import (
    Algorithm,
    Backtest,
    MarketData,
    OpeningBook,
    OpeningHolding,
    OpeningOrder,
    OrderStatus,
)
from shortable.errors import EngineError, InvalidInputError
from shortable.rule import exceeds_tag

from .scenario import Shares, bars, flat, play

SHORT_100 = OpeningBook([OpeningHolding("SPY", -100, 12.0)], cash=101_200)


def test_s4_shorts_already_on_consume_availability() -> None:
    lent = Shares(150)
    steps = {0: lambda a: (a.market_order("SPY", -51), a.market_order("SPY", -50))}
    result = play(flat(3), steps, provider=lent, opening_book=SHORT_100)
    refused, accepted = result.algorithm.returned[0]
    assert (refused.status, refused.tag) == (OrderStatus.INVALID, exceeds_tag("SPY", -51))
    assert accepted.status is OrderStatus.FILLED
    (line,) = result.refusals.to_dict("records")
    assert (line["held"], line["available"]) == (-100, 150)
    assert result.algorithm.portfolio["SPY"].quantity == -150


def test_a_long_already_on_is_sold_first() -> None:
    lent = Shares(0)
    opening = OpeningBook([OpeningHolding("SPY", 100, 8.0)])
    steps = {0: lambda a: (a.market_order("SPY", -100), a.market_order("SPY", -1))}
    result = play(flat(3), steps, provider=lent, opening_book=opening)
    sold, refused = result.algorithm.returned[0]
    assert (sold.status, refused.status) == (OrderStatus.FILLED, OrderStatus.INVALID)
    # bought at 8.00, sold at 10.00
    assert result.algorithm.portfolio["SPY"].profit == 200.0


def test_s8_the_first_night_charged_is_the_one_after_the_first_session() -> None:
    # Closes 10, 11, 12 from Tuesday on; rate 0.36: Tuesday night 100 × 10 × 0.36 / 360 = 1.00, Wednesday night 1.10.
    data = bars({"SPY": [10, 11, 12]})
    result = play(data, {}, provider=Shares(1_000, fee_rate=0.36), opening_book=SHORT_100)
    fees = result.borrow_costs
    assert fees["cost"].round(10).tolist() == [1.0, 1.1]
    assert fees["date"].dt.strftime("%Y-%m-%d").tolist() == ["2024-01-03", "2024-01-04"]
    assert result.equity["cash"].round(10).tolist() == [101_200, 101_199, 101_197.9]


def test_equity_counts_the_shares_from_before_the_first_bar() -> None:
    # The close of Tuesday, before the first session, is 10.00: 101,200 − 1,000 = 100,200. Then 11.00 and 12.00.
    result = play(bars({"SPY": [10, 11, 12]}), {}, start="2024-01-03", opening_book=SHORT_100)
    assert result.equity["equity"].tolist() == [100_100, 100_000]
    summary = result.summary()
    assert (summary["start_equity"], summary["net_profit"]) == (100_200.0, -200.0)
    assert result.returns.tolist() == pytest.approx([-100 / 100_200, -100 / 100_100])
    assert summary["opening_book"] == "1 holdings, 1 of them short; 0 resting orders"
    assert result.algorithm.portfolio["SPY"].unrealized_profit == 0.0  # sold at 12.00
    assert result.opening.to_dict("records") == [
        {"symbol": "SPY", "quantity": -100, "average_price": 12.0, "price": 10.0}
    ]


def test_a_backtest_without_a_book_says_nothing_of_one() -> None:
    result = play(flat(2), {})
    assert "opening_book" not in result.summary()
    assert len(result.opening) == 0


def test_a_security_without_a_bar_is_worth_what_the_book_says_until_it_has_one() -> None:
    data = bars({"SPY": [10, 10, 10], "GME": [None, None, 30]})
    for given_price, mark in ((25.0, 25.0), (None, 20.0)):
        opening = OpeningBook([OpeningHolding("GME", -10, 20.0, given_price)], cash=1_000)
        result = play(data, {}, opening_book=opening)
        assert result.summary()["start_equity"] == 1_000 - 10 * mark
        assert result.equity["equity"].tolist() == [1_000 - 10 * mark, 1_000 - 10 * mark, 700]
    play(data, {})  # the data itself is as it was
    assert MarketData.symbols(data) == ["GME", "SPY"]
    with pytest.raises(InvalidInputError, match="'GME' must say a price"):
        play(data, {}, opening_book=OpeningBook([OpeningHolding("GME", 10)]))


def test_the_data_is_left_as_it_was() -> None:
    data = bars({"SPY": [10, 10, 10], "GME": [None, None, 30]})
    seen = {0: lambda a: a.securities["GME"].price}
    opening = OpeningBook([OpeningHolding("GME", -10, 20.0)], cash=1_000)
    assert play(data, seen, opening_book=opening).algorithm.returned[0] == 20.0
    assert play(data, seen).algorithm.returned[0] == 0.0


def test_an_average_price_that_is_not_known_is_the_price_at_the_start() -> None:
    result = play(
        bars({"SPY": [10, 11]}),
        {},
        start="2024-01-03",
        opening_book=OpeningBook([OpeningHolding("SPY", 5)]),
    )
    assert result.algorithm.portfolio["SPY"].average_price == 10.0


def test_whose_cash_goes_before_whose() -> None:
    def cash(**given: Any) -> float:
        return float(play(flat(2), {}, **given).equity["cash"].iloc[0])

    book = OpeningBook([OpeningHolding("SPY", 10, 10.0)], cash=500)
    assert (
        cash(opening_book=OpeningBook([OpeningHolding("SPY", 10, 10.0)])) == 1_000_000
    )  # the algorithm's set_cash
    assert cash(opening_book=book) == 500
    assert cash(opening_book=book, cash=700) == 700


def test_borrowed_cash_is_no_fault_but_an_account_worth_nothing_is() -> None:
    margin = OpeningBook([OpeningHolding("SPY", 100, 10.0)], cash=-400)
    assert play(flat(2), {}, opening_book=margin).summary()["start_equity"] == 600
    with pytest.raises(
        InvalidInputError, match=r"must be worth more than 0\. Its cash is -1,000\.00"
    ):
        play(flat(2), {}, opening_book=OpeningBook([OpeningHolding("SPY", 100, 10.0)], cash=-1_000))


def test_the_securities_must_be_added_and_the_error_names_those_that_are_not() -> None:
    class OnlySpy(Algorithm):
        def initialize(self) -> None:
            self.add_equity("SPY")

    opening = OpeningBook(
        [OpeningHolding("GME", -1, 10.0), OpeningHolding("SPY", 1, 10.0)],
        [OpeningOrder("AMC", 5, 3.0)],
    )
    with pytest.raises(
        EngineError, match=r"holds GME, AMC, to which OnlySpy is not subscribed: call add_equity"
    ):
        Backtest(OnlySpy, flat(2), opening_book=opening).run()


def test_orders_that_rest_already_fill_in_the_first_bar_and_consume_availability() -> None:
    data = bars({"SPY": [(10, 10.6, 10, 10), 10, 10]})
    opening = OpeningBook(
        [], [OpeningOrder("SPY", -30, limit_price=10.5, tag="old"), OpeningOrder("SPY", -60, 11.0)]
    )
    steps = {
        0: lambda a: (
            a.portfolio["SPY"].quantity,
            a.market_order("SPY", -11),
            a.market_order("SPY", -10),
        ),
        1: lambda a: a.transactions.get_open_orders(),
    }
    result = play(data, steps, provider=Shares(100), opening_book=opening)
    held, refused, accepted = result.algorithm.returned[0]
    assert (held, refused.status, accepted.status) == (-30, OrderStatus.INVALID, OrderStatus.FILLED)
    (resting,) = result.algorithm.returned[1]
    assert (resting.id, resting.quantity, resting.limit_price) == (2, -60, 11.0)
    first = result.orders.iloc[0]
    assert (first.tag, str(first.time), first.status) == (
        "old",
        "2024-01-02 09:30:00",
        OrderStatus.FILLED,
    )
    assert result.summary()["opening_book"] == "0 holdings, 0 of them short; 2 resting orders"


def test_a_resting_order_of_the_book_can_be_cancelled() -> None:
    opening = OpeningBook([], [OpeningOrder("SPY", 5, stop_price=20.0)])
    result = play(
        flat(2), {0: lambda a: a.transactions.cancel_open_orders("SPY")}, opening_book=opening
    )
    assert result.orders["status"].tolist() == [OrderStatus.CANCELED]
    assert result.algorithm.securities["SPY"].open_buys == 0


def test_s10_the_book_is_not_used_up() -> None:
    backtest = Backtest(
        _Sells, flat(4), opening_book=OpeningBook([OpeningHolding("SPY", -7, 10.0)])
    )
    first, second = backtest.run(), backtest.run()
    assert first.equity.equals(second.equity)
    assert first.summary() == second.summary()


class _Sells(Algorithm):
    def initialize(self) -> None:
        self.add_equity("SPY")

    def on_data(self, slice: Any) -> None:
        self.sell("SPY", 3)


QUANTITIES = st.lists(st.integers(-60, 60), min_size=8, max_size=8)
CLOSES = st.lists(st.integers(32, 48).map(lambda n: n / 4), min_size=8, max_size=8)


@settings(max_examples=40)
@given(QUANTITIES, CLOSES, st.integers(2, 6), st.integers(0, 80))
def test_a_backtest_cut_in_two_is_the_whole(
    quantities: list[int], closes: list[float], cut: int, lent: int
) -> None:
    """What the first part holds is what the second starts from; only the night between them is charged by neither."""
    data = bars({"SPY": closes})

    def steps(low: int, high: int) -> dict[int, Any]:
        # No order at a part's last bar: it would fill after the part's end.
        return {
            i - low: _order(quantities[i])
            for i in range(low, high)
            if quantities[i] and i not in (cut - 1, 7)
        }

    given_: dict[str, Any] = {"provider": Shares(lent), "cash": 10_000}
    whole = play(data, steps(0, 8), **given_)
    day = [f"{d:%Y-%m-%d}" for d in whole.equity.index]
    first = play(data, steps(0, cut), end=day[cut - 1], **given_)
    holding, held = first.algorithm.portfolio["SPY"], first.algorithm.portfolio.cash
    kept = (
        [OpeningHolding("SPY", holding.quantity, holding.average_price)] if holding.quantity else []
    )
    second = play(
        data,
        steps(cut, 8),
        start=day[cut],
        provider=Shares(lent),
        opening_book=OpeningBook(kept, cash=held),
    )
    assert second.equity.equals(whole.equity.iloc[cut:])
    assert (
        second.algorithm.portfolio["SPY"].average_price
        == whole.algorithm.portfolio["SPY"].average_price
    )
    assert first.summary()["end_equity"] == second.summary()["start_equity"]
    refused = len(first.refusals) + len(second.refusals)
    assert refused == len(whole.refusals)


def _order(quantity: int) -> Any:
    return lambda a: a.market_order("SPY", quantity)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: OpeningHolding("SPY", 0, 1.0),
            "quantity=0 must be a whole number of shares other than 0",
        ),
        (lambda: OpeningHolding("SPY", 1.5, 1.0), "quantity=1.5 must be a whole number"),
        (
            lambda: OpeningHolding("SPY", 1, float("nan")),
            "average_price=nan must be a finite number",
        ),
        (lambda: OpeningHolding("SPY", 1, 1.0, -1.0), "price=-1.0 must be a finite number above 0"),
        (
            lambda: OpeningOrder("SPY", 1),
            "limit_price=None must be given, or stop_price, and not both",
        ),
        (
            lambda: OpeningOrder("SPY", 1, 1.0, 2.0),
            "limit_price=1.0 must be given, or stop_price, and not both",
        ),
        (
            lambda: OpeningBook([OpeningHolding("SPY", 1), OpeningHolding("spy", 2)]),
            "name each security once",
        ),
        (lambda: OpeningBook(["SPY"]), "holdings='SPY' must hold nothing but OpeningHolding"),
        (lambda: OpeningBook(5), "holdings=5 must be a sequence of OpeningHolding"),
        (lambda: OpeningBook(cash="much"), "cash='much' must be a finite number"),
        (lambda: Backtest(_Sells, flat(2), opening_book={"SPY": 1}), "must be an OpeningBook"),
        (
            lambda: Backtest(_Sells, flat(2), watch=5),
            "watch=5 must be a function of one Simulation",
        ),
    ],
)
def test_s6_misuse_names_the_bound(make: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        make()


def test_a_watcher_sees_each_sessions_end_and_the_end() -> None:
    seen: list[tuple[int, bool, int]] = []
    result = play(
        bars({"SPY": [10.0] * 12}, hourly=True),
        {},
        resolution="hour",
        watch=lambda s: seen.append((s.row, s.finished, len(s.equity))),
    )
    assert seen == [(6, False, 1), (12, True, 2)]
    assert len(result.equity) == 2
