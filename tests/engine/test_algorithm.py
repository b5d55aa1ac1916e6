"""What an algorithm may say and ask, and when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pytest

from shortable import NullShortableProvider, Symbol
from shortable.engine import Algorithm, Backtest, MarketData, OrderStatus, Resolution
from shortable.errors import (
    AlgorithmError,
    EngineError,
    InvalidInputError,
    ShortableError,
    SymbolError,
    TimeError,
)

from .scenario import Scripted, Shares, bars, flat, play

BAR = (10.0, 12.0, 9.0, 11.0)


def initialized(initialize: Any, data: MarketData | None = None, **backtest: Any) -> Algorithm:
    """Run an algorithm whose `initialize` is the given function."""
    kind = type("Mine", (Algorithm,), {"initialize": initialize})
    return Backtest(kind, data or flat(5), **backtest).run().algorithm


def test_dates_can_be_said_in_three_ways_and_both_ends_are_run() -> None:
    for said in [(2024, 1, 3), (date(2024, 1, 3),), (datetime(2024, 1, 3, 12),), ("2024-01-03",)]:

        def initialize(a: Any, said: Any = said) -> None:
            a.set_start_date(*said)
            a.set_end_date(2024, 1, 4)
            a.add_equity("SPY")

        kind = type("Mine", (Algorithm,), {"initialize": initialize})
        result = Backtest(kind, flat(5)).run()
        assert [d.day for d in result.equity.index] == [3, 4]
        assert (result.algorithm.start_date, result.algorithm.end_date) == (
            date(2024, 1, 3),
            date(2024, 1, 4),
        )


def test_backtests_own_dates_and_cash_go_first() -> None:
    def initialize(a: Any) -> None:
        a.set_start_date(2024, 1, 2)
        a.set_end_date(2024, 1, 8)
        a.set_cash(5)
        a.add_equity("SPY")

    kind = type("Mine", (Algorithm,), {"initialize": initialize})
    result = Backtest(kind, flat(5), start="2024-01-03", end=date(2024, 1, 3), cash=77).run()
    assert (len(result.equity), result.algorithm.portfolio.cash) == (1, 77.0)


def test_the_clock_reads_the_sessions_close_and_an_hours_end() -> None:
    seen = play(flat(2), {n: lambda a: a.time for n in range(2)}).algorithm.returned
    assert seen == {0: datetime(2024, 1, 2, 16), 1: datetime(2024, 1, 3, 16)}
    hours = play(
        bars({"SPY": [10, 10]}, hourly=True),
        {n: lambda a: a.time for n in range(2)},
        resolution=Resolution.HOUR,
    )
    assert hours.algorithm.returned == {0: datetime(2024, 1, 2, 11), 1: datetime(2024, 1, 2, 12)}


def test_any_spelling_and_the_security_itself_name_a_symbol() -> None:
    def first(a: Any) -> list[int]:
        security = a.securities["BRK.B"]
        names = ["BRK.B", "brk b", "BRK/B", Symbol.create("BRK.B"), security]
        for name in names:
            a.market_order(name, 1)
            assert a.portfolio[name] is a.securities[name].holdings
            assert name in a.portfolio
            assert name in a.securities
        return [o.absolute_quantity for o in a.transactions.get_open_orders("brk-b")]

    result = play(flat(2, "BRK.B"), {0: first})
    assert result.algorithm.returned[0] == [1] * 5
    assert result.algorithm.portfolio.get("TSLA") is None
    assert "TSLA" not in result.algorithm.portfolio
    assert 5 not in result.algorithm.portfolio


def test_users_attributes_and_an_init_that_does_not_call_ours() -> None:
    class Mine(Algorithm):
        def __init__(self) -> None:
            self.mine = [self.get_parameter("depth", 3)]

        def initialize(self) -> None:
            security = self.add_equity("SPY")
            security.bbands = "a user's own"  # type: ignore[attr-defined]

    algorithm = Backtest(Mine, flat(1), parameters={"depth": "4"}).run().algorithm
    assert (algorithm.mine, algorithm.securities["SPY"].bbands) == ([4], "a user's own")


def test_buy_sell_liquidate_and_set_holdings() -> None:
    def first(a: Any) -> None:
        a.buy("AMC", 100)
        a.sell("GME", 50)
        a.limit_order("GME", -1, 1_000.0)

    def second(a: Any) -> Any:
        assert (a.portfolio["AMC"].quantity, a.portfolio["GME"].quantity) == (100, -50)
        return a.liquidate()

    def third(a: Any) -> Any:
        assert not a.portfolio.invested
        assert a.transactions.get_open_orders() == []
        assert a.set_holdings("AMC", 0) is None
        return a.set_holdings("AMC", 0.25), a.set_holdings("GME", -0.5)

    def fourth(a: Any) -> Any:
        # A quarter of 1,000,000 at 10 is 25,000 shares; short half is 50,000.
        assert (a.portfolio["AMC"].quantity, a.portfolio["GME"].quantity) == (25_000, -50_000)
        assert a.calculate_order_quantity("GME", -0.5) == 0
        assert a.calculate_order_quantity("GME", 0.1) == 60_000
        return a.set_holdings("AMC", 0.1, liquidate_existing_holdings=True, tag="turn")

    result = play(flat(6, "AMC", "GME"), {0: first, 1: second, 2: third, 3: fourth})
    account = result.algorithm.portfolio
    assert (account["AMC"].quantity, account["GME"].quantity) == (10_000, 0)
    assert [t.quantity for t in result.algorithm.returned[1]] == [-100, 50]
    assert result.algorithm.returned[3].tag == "turn"
    assert result.orders["tag"].tolist()[2:5] == ["Liquidated"] * 3


def test_the_target_is_rounded_towards_zero() -> None:
    # 1,000 at 3 a share: 333.3 shares
    result = play(
        flat(1, price=3.0),
        {
            0: lambda a: (
                a.calculate_order_quantity("SPY", 1),
                a.calculate_order_quantity("SPY", -1),
            )
        },
        cash=1_000,
    )
    assert result.algorithm.returned[0] == (333, -333)


def test_the_transactions() -> None:
    def first(a: Any) -> Any:
        one, two, three = (
            a.limit_order("AMC", 1, 5.0),
            a.limit_order("GME", -2, 50.0),
            a.limit_order("GME", 4, 5.0),
        )
        book = a.transactions
        assert book.orders_count == 3
        assert [o.id for o in book.get_open_orders()] == [1, 2, 3]
        assert book.get_open_order_tickets("GME") == [two, three]
        assert book.get_open_orders_remaining_quantity("GME") == 2
        assert book.get_order_by_id(2).quantity == -2
        assert (book.get_order_by_id(0), book.get_order_by_id(4), book.get_order_ticket(-1)) == (
            None,
            None,
            None,
        )
        assert book.get_order_tickets(lambda t: t.quantity > 0) == [one, three]
        assert [o.id for o in book.get_orders(lambda o: o.symbol == "GME")] == [2, 3]
        assert book.cancel_open_orders("GME", "done") == [two, three]
        assert [t.id for t in book.get_open_orders()] == [1]
        assert book.get_order_tickets() == [one, two, three]
        return two.tag

    assert play(flat(1, "AMC", "GME"), {0: first}).algorithm.returned[0] == "done"


def test_the_account() -> None:
    steps = {0: lambda a: (a.market_order("AMC", 100), a.market_order("GME", -50))}
    result = play(
        bars({"AMC": [10, (10, 12, 10, 12)], "GME": [20, (20, 20, 16, 16)]}), steps, cash=10_000
    )
    account = result.algorithm.portfolio
    # Cash 10,000 − 1,000 + 1,000; a long of 1,200 and a short of 800
    assert (account.cash, account.total_portfolio_value, account.total_holdings_value) == (
        10_000,
        10_400,
        2_000,
    )
    assert (account.total_unrealized_profit, account.total_profit, account.total_net_profit) == (
        400,
        0,
        0,
    )
    assert (account.total_margin_used, account.margin_remaining) == (1_000, 9_400)
    assert (account.invested, account.hold_stock, bool(account), len(account)) == (
        True,
        True,
        True,
        2,
    )
    assert repr(account) == "<SecurityPortfolioManager equity 10,400.00 cash 10,000.00>"
    security = result.algorithm.securities["GME"]
    assert (security.price, security.close, security.bid_price, security.ask_price) == (
        16,
        16,
        16,
        16,
    )
    assert (security.invested, security.has_data, repr(security)) == (
        True,
        True,
        "<Security GME daily>",
    )
    assert security.get_last_data().low == 16


def test_before_its_first_bar_a_security_has_no_price_and_orders_are_invalid() -> None:
    data = bars({"SPY": [10, 10], "GME": [None, 5]})

    def first(a: Any) -> Any:
        security = a.securities["GME"]
        assert (security.price, security.has_data, security.get_last_data()) == (0.0, False, None)
        assert a.calculate_order_quantity("GME", 1.0) == 0
        return a.market_order("GME", -5)

    ticket = play(data, {0: first}, provider=Shares(1)).algorithm.returned[0]
    assert (ticket.status, ticket.error_code) == (OrderStatus.INVALID, -16)
    assert ticket.tag == "GME has no price yet: it has had no bar up to 2024-01-02 16:00:00"


def test_log_and_quit() -> None:
    def second(a: Any) -> None:
        a.log("one")
        a.debug(2)
        a.error("three")
        a.quit("enough")

    result = play(flat(5), {1: second})
    at = datetime(2024, 1, 3, 16)
    assert result.algorithm.log_lines == [
        (at, "log", "one"),
        (at, "debug", "2"),
        (at, "error", "three"),
        (at, "quit", "enough"),
    ]
    assert len(result.equity) == 2


def test_quitting_inside_a_session_values_the_account_then() -> None:
    result = play(
        bars({"SPY": [10, 11, 12, 13]}, hourly=True),
        {0: lambda a: a.market_order("SPY", 10), 2: lambda a: a.quit()},
        resolution=Resolution.HOUR,
    )
    assert result.equity["equity"].tolist() == [1_000_000 - 110 + 120]


def test_parameters_take_the_type_of_their_default() -> None:
    given = {"n": "20", "x": "0.5", "s": 7, "f": 3}
    algorithm: Any = initialized(lambda a: a.add_equity("SPY"), parameters=given)
    assert (
        algorithm.get_parameter("n", 1),
        algorithm.get_parameter("x", 1.0),
        algorithm.get_parameter("f", 1.0),
    ) == (20, 0.5, 3.0)
    assert (
        algorithm.get_parameter("s"),
        algorithm.get_parameter("none"),
        algorithm.get_parameter("none", "d"),
    ) == (7, None, "d")
    with pytest.raises(InvalidInputError, match="be readable as int"):
        algorithm.get_parameter("x", 1)


def test_callbacks_come_in_their_order() -> None:
    heard: list[Any] = []

    class Listens(Scripted):
        def on_data(self, slice: Any) -> None:
            heard.append(("data", self.time.day, self.portfolio["SPY"].quantity))
            super().on_data(slice)

        def on_order_event(self, event: Any) -> None:
            heard.append((event.status.name, self.time.day, self.portfolio["SPY"].quantity))

        def on_end_of_day(self, symbol: Any) -> None:
            heard.append(("close", symbol))

        def on_end_of_algorithm(self) -> None:
            heard.append("end")

    play(flat(2), {0: lambda a: a.market_order("SPY", 5)}, kind=Listens)
    assert heard == [
        ("data", 2, 0),
        ("SUBMITTED", 2, 0),
        ("close", "SPY"),
        ("FILLED", 3, 5),
        ("data", 3, 5),
        ("close", "SPY"),
        "end",
    ]


def test_the_same_equity_twice_is_one_security() -> None:
    algorithm = initialized(lambda a: (a.add_equity("SPY"), a.add_equity("spy")))
    assert list(algorithm.securities) == ["SPY"]


MISUSE: list[tuple[Any, type[ShortableError], str]] = [
    (
        lambda a: a.market_order("SPY", 0),
        InvalidInputError,
        "quantity=0 must be a whole number of shares other than 0",
    ),
    (lambda a: a.market_order("SPY", 1.5), InvalidInputError, "quantity=1.5 must"),
    (lambda a: a.market_order("SPY", float("nan")), InvalidInputError, "quantity=nan must"),
    (lambda a: a.market_order("SPY", float("inf")), InvalidInputError, "quantity=inf must"),
    (lambda a: a.market_order("SPY", "5"), InvalidInputError, "quantity='5' must"),
    (lambda a: a.market_order("SPY", True), InvalidInputError, "quantity=True must"),
    (lambda a: a.market_order("SPY", None), InvalidInputError, "quantity=None must"),
    (lambda a: a.buy("SPY", 0), InvalidInputError, "quantity=0 must"),
    (
        lambda a: a.limit_order("SPY", 1, float("nan")),
        InvalidInputError,
        "limit_price=nan must be a finite number above 0",
    ),
    (lambda a: a.limit_order("SPY", 1, 0), InvalidInputError, "limit_price=0 must"),
    (lambda a: a.limit_order("SPY", 1, None), InvalidInputError, "limit_price=None must"),
    (lambda a: a.stop_market_order("SPY", 1, "12"), InvalidInputError, "stop_price='12' must"),
    (lambda a: a.market_order("SPY", 1, tag=5), InvalidInputError, "tag=5 must be a string"),
    (
        lambda a: a.market_order("SPY", 1, time_in_force="day"),
        InvalidInputError,
        "time_in_force='day' must be TimeInForce",
    ),
    (
        lambda a: a.market_order("TSLA", 1),
        EngineError,
        r"'TSLA' is not subscribed \(subscribed: SPY\)",
    ),
    (lambda a: a.portfolio["TSLA"], EngineError, "'TSLA' is not subscribed"),
    (lambda a: a.shortable_quantity(None), EngineError, "None is not subscribed"),
    (lambda a: a.shortable("SPY", 1.5), InvalidInputError, "quantity=1.5 must"),
    (lambda a: a.shortable("SPY", "all"), InvalidInputError, "quantity='all' must"),
    (lambda a: a.set_holdings("SPY", float("nan")), InvalidInputError, "target=nan must"),
    (lambda a: a.calculate_order_quantity("SPY", "half"), InvalidInputError, "target='half' must"),
    (lambda a: a.set_cash(5), EngineError, "set_cash can be called in initialize only"),
    (
        lambda a: a.set_start_date(2024, 1, 2),
        EngineError,
        "set_start_date can be called in initialize only",
    ),
    (lambda a: a.portfolio.__setitem__("SPY", 1), EngineError, "cannot be set"),
    (lambda a: a.securities.__delitem__("SPY"), EngineError, "cannot be deleted"),
]


@pytest.mark.parametrize(("step", "error", "message"), MISUSE)
def test_s6_misuse_raises_an_error_of_ours_that_names_what_and_where(
    step: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        play(flat(2), {1: step})
    assert caught.value.__notes__ == ["in Scripted.on_data at 2024-01-03 16:00:00"]


@pytest.mark.parametrize(
    ("initialize", "error", "message"),
    [
        (
            lambda a: a.add_equity("SPY") and a.market_order("SPY", 1),
            EngineError,
            "no order can be sent in initialize",
        ),
        (lambda a: None, EngineError, "trades nothing: call add_equity"),
        (
            lambda a: a.add_equity("SPX"),
            InvalidInputError,
            "ticker='SPX' must have daily bars in frames. Near: SPY",
        ),
        (
            lambda a: a.add_equity("SPY", Resolution.HOUR),
            InvalidInputError,
            "It has Resolution.DAILY",
        ),
        (lambda a: a.add_equity("SPY", "weekly"), ShortableError, "resolution='weekly'"),
        (lambda a: a.add_equity("???"), SymbolError, "ticker"),
        (
            lambda a: a.set_start_date(2024, 2, 30),
            TimeError,
            r"start_date=\(2024, 2, 30\) must be a date that exists",
        ),
        (lambda a: a.set_end_date("tomorrow"), TimeError, "end_date='tomorrow' must be a date"),
        (
            lambda a: a.set_cash(float("nan")),
            InvalidInputError,
            "cash=nan must be a finite amount above 0",
        ),
        (lambda a: a.set_cash("rich"), InvalidInputError, "cash='rich' must"),
        (
            lambda a: (a.add_equity("SPY"), a.set_start_date(2030, 1, 1)),
            EngineError,
            "the data runs from 2024-01-02 to 2024-01-08",
        ),
        (
            lambda a: (
                a.add_equity("SPY"),
                a.set_start_date(2024, 1, 5),
                a.set_end_date(2024, 1, 3),
            ),
            TimeError,
            "not lie before start_date=2024-01-05",
        ),
    ],
)
def test_s6_misuse_in_initialize(initialize: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        initialized(initialize)


def test_s6_an_account_has_one_currency() -> None:
    frame = flat(2).frame("SPY", "daily")
    data = MarketData.from_frames({"SPY": frame, "700.HK": frame})
    with pytest.raises(
        EngineError, match=r"700\.HK is in HKD and SPY in USD; an account has one currency"
    ):
        initialized(lambda a: (a.add_equity("SPY"), a.add_equity("700.HK")), data)


def test_two_markets_of_one_currency_and_clock_run_together_and_of_two_clocks_not() -> None:
    frame = flat(2).frame("SPY", "daily")
    euro = MarketData.from_frames({"SAP.DE": frame, "AIR.FR": frame})
    algorithm = initialized(lambda a: (a.add_equity("SAP.DE"), a.add_equity("AIR.FR")), euro)
    assert list(algorithm.securities) == ["SAP.DE", "AIR.FR"]
    dollars = MarketData.from_frames({"SPY": frame, "700.HK@USD": frame})
    with pytest.raises(EngineError, match="on different clocks"):
        initialized(lambda a: (a.add_equity("SPY"), a.add_equity("700.HK@USD")), dollars)


def test_one_resolution_a_symbol() -> None:
    hours = bars({"SPY": [10] * 12}, hourly=True).frame("SPY", "hour")
    both = MarketData.from_frames({"SPY": hours, "GME": flat(2).frame("SPY", "daily")})
    with pytest.raises(EngineError, match="SPY is subscribed with hour bars already"):
        initialized(lambda a: (a.add_equity("SPY", Resolution.HOUR), a.add_equity("SPY")), both)


def test_an_exception_of_the_users_names_the_callback_and_the_time() -> None:
    def boom(a: Any) -> None:
        raise ZeroDivisionError("by nothing")

    with pytest.raises(
        AlgorithmError,
        match=r"ZeroDivisionError in Scripted\.on_data at 2024-01-03 16:00:00: by nothing",
    ) as caught:
        play(flat(2), {1: boom})
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    with pytest.raises(
        AlgorithmError, match=r"ZeroDivisionError in Scripted\.initialize: by nothing"
    ):
        play(flat(2), {}, setup=boom)

    class Listens(Scripted):
        def on_order_event(self, event: Any) -> None:
            raise ValueError("heard")

    with pytest.raises(
        AlgorithmError, match=r"ValueError in Listens.on_order_event at 2024-01-02 16:00:00: heard"
    ):
        play(flat(2), {0: lambda a: a.market_order("SPY", 1)}, kind=Listens)

    class Ends(Scripted):
        def on_end_of_algorithm(self) -> None:
            raise KeyError("end")

    with pytest.raises(AlgorithmError, match=r"KeyError in Ends.on_end_of_algorithm"):
        play(flat(2), {}, kind=Ends)


def test_numpy_numbers_are_numbers() -> None:
    def first(a: Any) -> Any:
        return (
            a.market_order("SPY", np.int64(-5)).quantity,
            a.market_order("SPY", -3.0).quantity,
            a.limit_order("SPY", np.float64(2), np.float64(9.5)).limit_price,
        )

    quantity, whole, limit = play(flat(1), {0: first}).algorithm.returned[0]
    assert (quantity, whole, limit, type(quantity), type(limit)) == (-5, -3, 9.5, int, float)


def test_leans_positional_arguments() -> None:
    def first(a: Any) -> Any:
        return (
            a.market_order("SPY", 1, False, "tag").tag,
            a.limit_order("SPY", 1, 9.0, "tag").tag,
            a.stop_market_order("SPY", 1, 12.0, True).tag,
        )

    assert play(flat(1), {0: first}).algorithm.returned[0] == ("tag", "tag", "")


def test_an_algorithm_outside_a_backtest_says_so() -> None:
    with pytest.raises(EngineError, match="add_equity has no effect outside a run"):
        Algorithm().add_equity("SPY")
    assert Algorithm().get_parameter("x", 1) == 1
    assert type(Algorithm().brokerage_model.get_shortable_provider(None)) is NullShortableProvider
