"""The book of a backtest against the engine that made it: ended, running, and read back from its folder."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given, settings

from shortable.actions import Split
from shortable.engine import Algorithm, Backtest, OpeningBook, OpeningHolding, OrderStatus, Result
from shortable.errors import EngineError, InvalidInputError
from shortable.positions import Dividend, PositionsBook, Publisher, book_of, load_book, read, render
from shortable.results import read_result

from ..engine.scenario import Shares, bars, flat, play

TICKERS = ["AMC", "GME", "SPY"]
ROWS = 6
PRICES = st.lists(st.integers(32, 48).map(lambda n: n / 4), min_size=ROWS, max_size=ROWS)
ORDERS = st.lists(
    st.tuples(
        st.integers(0, ROWS - 1),
        st.sampled_from(TICKERS),
        st.integers(-90, 90).filter(bool),
        st.none() | st.integers(32, 48).map(lambda n: n / 4),
    ),
    max_size=12,
)
OPENING = st.dictionaries(st.sampled_from(TICKERS), st.integers(-80, 80).filter(bool), max_size=3)


def run(
    closes: list[list[float]], orders: list[Any], opening: dict[str, int], **more: Any
) -> Result:
    steps = {row: _sends([o for o in orders if o[0] == row]) for row in range(ROWS)}
    book = OpeningBook([OpeningHolding(s, q, 9.5) for s, q in sorted(opening.items())])
    return play(
        bars(dict(zip(TICKERS, closes, strict=True))),
        steps,
        fees=True,
        opening_book=book,
        provider=Shares(100, fee_rate=0.36),
        **more,
    )


def _sends(orders: list[Any]) -> Any:
    def send(a: Any) -> None:
        for _, ticker, quantity, limit in orders:
            if limit is None:
                a.market_order(ticker, quantity)
            else:
                a.limit_order(ticker, quantity, limit)

    return send


def assert_is_the_engines(book: PositionsBook, algorithm: Algorithm) -> None:
    lines = {line.symbol: line for line in book.lines}
    for symbol, holding in algorithm.portfolio.items():
        security = algorithm.securities[symbol]
        line = lines.get(symbol)
        if line is None:
            assert (
                holding.quantity,
                holding.total_sale_volume,
                security.open_buys,
                security.open_sells,
            ) == (0, 0, 0, 0)
            continue
        assert (line.quantity, line.average_price or 0.0) == (
            holding.quantity,
            holding.average_price,
        )
        assert (line.realized, line.resting_buys, line.resting_sells) == (
            holding.profit,
            security.open_buys,
            security.open_sells,
        )
        assert line.commissions == pytest.approx(holding.total_fees, abs=1e-9)
        assert line.price == security.price
        if holding.quantity:
            assert line.unrealized == pytest.approx(holding.unrealized_profit, abs=1e-9)
    assert book.cash == algorithm.portfolio.cash
    assert book.equity == pytest.approx(algorithm.portfolio.total_portfolio_value, abs=1e-6)
    assert sum(line.borrow_cost for line in book.lines) == pytest.approx(
        algorithm.portfolio.total_borrow_costs, abs=1e-9
    )


@settings(max_examples=60)
@given(st.lists(PRICES, min_size=3, max_size=3), ORDERS, OPENING)
def test_the_book_is_the_engines_at_every_sessions_end(
    closes: list[list[float]], orders: list[Any], opening: dict[str, int]
) -> None:
    seen: list[PositionsBook] = []

    def look(simulation: Any) -> None:
        book = book_of(simulation)
        assert book == book_of(simulation.algorithm)
        assert_is_the_engines(book, simulation.algorithm)
        assert (book.time, book.finished) == (simulation.algorithm.time, simulation.finished)
        seen.append(book)

    result = run(closes, orders, opening, watch=look)
    assert seen[-1] == book_of(result)
    assert len(seen) == ROWS
    # Yesterday's shares are what today began with, yesterday's price the close before.
    for before, after in pairwise(seen):
        held = {line.symbol: line for line in before.lines}
        for line in after.lines:
            if line.symbol in held:
                assert line.opening_quantity == held[line.symbol].quantity
                assert line.previous_close == held[line.symbol].price


@pytest.mark.slow
@settings(max_examples=25)
@given(st.lists(PRICES, min_size=3, max_size=3), ORDERS, OPENING)
def test_a_saved_result_tells_the_same_book(
    closes: list[list[float]], orders: list[Any], opening: dict[str, int]
) -> None:
    result = run(closes, orders, opening)
    with TemporaryDirectory() as folder:
        saved = result.to_parquet(Path(folder) / "out")
        assert load_book(saved) == book_of(result)
        style: dict[str, Any] = {
            "names": {"GME": "GameStop"},
            "settlement": 2,
            "portfolio_id": "mine",
        }
        assert load_book(saved, **style) == book_of(result, **style)


def test_a_saved_result_of_many_sessions_tells_the_same_book(tmp_path: Path) -> None:
    steps = {0: lambda a: a.market_order("SPY", 9), 11: lambda a: a.market_order("SPY", 5)}
    result = play(flat(14), steps)
    book = load_book(result.to_parquet(tmp_path / "out"))
    assert book == book_of(result)
    # The 5 were bought in the session before the last, under T+2 of January 2024
    assert (
        book.lines[0].uncleared,
        book.lines[0].opening_quantity,
        book.lines[0].today.bought,
    ) == (5, 14, 0)


@settings(max_examples=40)
@given(
    st.lists(PRICES, min_size=3, max_size=3),
    ORDERS,
    st.sampled_from(["futu", "habittrade", "longbridge"]),
)
def test_a_backtest_starts_from_what_a_broker_answers_of_another(
    closes: list[list[float]], orders: list[Any], schema: str
) -> None:
    first = book_of(run(closes, orders, {}))
    opening = read(render(first, schema), schema=schema)
    second = run(closes, [], {h.symbol: h.quantity for h in opening.holdings})
    again = book_of(second)
    assert {x.symbol: x.quantity for x in again.held} == {x.symbol: x.quantity for x in first.held}


def test_a_running_backtest_can_be_looked_at_between_any_two_bars() -> None:
    def sell(a: Any) -> None:
        a.market_order("SPY", -10)
        a.limit_order("SPY", -5, 30.0)

    data = bars({"SPY": [10.0, (11, 11, 9, 9), 8.0, 7.0]}, hourly=True)
    simulation = Backtest(lambda: _Steps({0: sell}), data).simulation()
    before = book_of(simulation)
    assert (before.lines, before.cash, f"{before.time:%H:%M}") == ((), 100_000.0, "09:30")
    simulation.step()
    (resting,) = book_of(simulation).lines
    assert (resting.quantity, resting.resting_sells, resting.price) == (0, 15, 10.0)
    simulation.step()
    (line,) = book_of(simulation).lines
    assert (line.quantity, line.resting_sells, line.price, line.today.sold_value) == (
        -10,
        5,
        9.0,
        110.0,
    )
    assert line.previous_close is None  # the first session: nothing is known of the day before
    assert not book_of(simulation).finished
    (row,) = render(book_of(simulation), "futu")["d"]
    assert (row["today_pl_val"], row["pl_val"]) == ("20.00", "20.00")
    (other,) = render(book_of(simulation), "habittrade")["data"]["positions"]
    assert (other["prev_price"], other["prev_market_value"]) == (None, None)


def test_the_close_before_the_first_session_is_known_where_the_data_has_it() -> None:
    data = bars({"SPY": [10.0, 11.0]})
    steps = {0: lambda a: a.limit_order("SPY", 1, 1.0)}
    (line,) = book_of(play(data, steps, start="2024-01-03")).lines
    assert (line.previous_close, line.price) == (10.0, 11.0)


def test_an_account_that_did_nothing_has_no_lines() -> None:
    book = book_of(play(flat(2), {}))
    assert (book.lines, book.cash, book.equity, book.currency) == ((), 1_000_000, 1_000_000, "USD")
    assert render(book, "futu") == {"s": "ok", "d": []}
    assert render(book, "habittrade")["data"]["total_records"] == 0


def test_a_refused_order_leaves_no_line() -> None:
    result = play(flat(3), {0: lambda a: a.market_order("SPY", -1)}, provider=Shares(0))
    assert result.orders["status"].tolist() == [OrderStatus.INVALID]
    assert book_of(result).lines == ()


def test_dividends_come_on_top_of_the_engines_cash() -> None:
    result = play(flat(4), {0: lambda a: a.market_order("SPY", -100)})
    table = pd.DataFrame(
        {"symbol": ["SPY", "SPY"], "ex_date": ["2024-01-04", "2024-01-09"], "amount": [0.25, 9.0]}
    )
    book = book_of(result, dividends=table)
    assert (book.lines[0].dividends, book.cash) == (-25.0, 1_001_000 - 25)
    assert book == book_of(
        result, dividends=[Dividend("SPY", pd.Timestamp("2024-01-04"), 0.25, "raw")]
    )


def test_the_portfolio_is_named_for_the_algorithm_unless_told() -> None:
    result = play(flat(3), {0: lambda a: a.market_order("SPY", 1)})
    assert book_of(result).lines[0].portfolio_id == "Scripted"
    assert book_of(result, portfolio_id="").lines[0].portfolio_id == ""


class _Steps(Algorithm):
    def __init__(self, steps: dict[int, Any]) -> None:
        self.steps, self.row = steps, -1

    def initialize(self) -> None:
        self.add_equity("SPY", "hour")

    def on_data(self, slice: Any) -> None:
        self.row += 1
        if self.row in self.steps:
            self.steps[self.row](self)


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"settlement": 9}, "settlement=9 must be None or a whole number of sessions from 0 to 5"),
        ({"settlement": True}, "settlement=True must be"),
        ({"portfolio_id": "x" * 51}, "must have at most 50 characters"),
        ({"dividends": [0.5]}, "dividends=0.5 must be a Dividend"),
        ({"dividends": pd.DataFrame({"symbol": []})}, "must have the columns ex_date, amount"),
    ],
)
def test_s6_misuse_names_the_bound(settings_: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        book_of(play(flat(2), {}), **settings_)


def test_s6_dividends_that_are_none() -> None:
    with pytest.raises(InvalidInputError, match="amount=0 must be a finite amount above 0"):
        Dividend("SPY", "2024-01-02", 0, "raw")
    with pytest.raises(InvalidInputError, match="ex_date='soon'"):
        Dividend("SPY", "soon", 1.0, "raw")


def test_an_algorithm_that_never_ran_has_no_account() -> None:
    with pytest.raises(EngineError, match="_Steps has no account yet"):
        book_of(_Steps({}))


def test_s12_the_runs_own_splits_and_dividends_are_in_the_book(tmp_path: Any) -> None:
    """105 short at 5.00; 1 for 10 on the 4th; 0.25 a new share on the 5th: 10 are short then, half a share was paid."""
    actions = [Split("AMC", "2024-01-04", 1, 10), Dividend("AMC", "2024-01-05", 0.25, "raw")]
    data = bars({"AMC": [5, 5, 50, 60, 60]})
    steps = {0: lambda a: a.market_order("AMC", -105), 3: lambda a: a.market_order("AMC", 4)}
    publisher = Publisher(tmp_path / "book", every=0.0)
    result = play(data, steps, actions=actions, watch=publisher)
    book = book_of(result)
    (line,) = book.lines
    held = result.algorithm.portfolio["AMC"]
    assert (line.quantity, line.average_price, line.realized, line.dividends) == (
        -6,
        held.average_price,
        held.profit,
        -2.5,
    )
    # 1,000,000 + 525 − 25 − 2.5 − 4 × 60
    assert book.cash == result.equity["cash"].iloc[-1] == 1_000_257.5
    assert load_book(tmp_path / "book") == book
    assert book_of(read_result(result.to_parquet(tmp_path / "run"))) == book
    with pytest.raises(
        InvalidInputError, match="the run has booked one itself, of AMC on 2024-01-05"
    ):
        book_of(result, dividends=[Dividend("AMC", "2024-01-05", 0.25, "raw")])
