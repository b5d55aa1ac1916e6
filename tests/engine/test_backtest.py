"""Backtest: what it takes, S10, and the code that the issue spells out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shortable import FrameShortableProvider
from shortable.engine import Algorithm, Backtest, MarketData, OrderStatus, Resolution, Result
from shortable.errors import (
    AlgorithmError,
    EngineError,
    InvalidInputError,
    NoDataError,
    ProviderContractError,
    TimeError,
)

from .scenario import Scripted, Shares, flat, play

AS_WRITTEN = """
from datetime import datetime
from shortable import LocalDiskShortableProvider, NullShortableProvider, Symbol
from shortable.engine import Algorithm, Backtest, MarketData, Resolution, OrderStatus

class ShortSpy(Algorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2); self.set_end_date(2024, 1, 31); self.set_cash(1_000_000)
        self.spy = self.add_equity("SPY", Resolution.DAILY)
        self.spy.set_shortable_provider(LocalDiskShortableProvider("axos"))
    def on_data(self, slice):
        if not self.portfolio.invested:
            self.ticket = self.market_order(self.spy.symbol, -self.shortable_quantity("SPY") - 1)

result = Backtest(ShortSpy, data=MarketData.sample()).run()
assert result.orders.iloc[0].status == OrderStatus.INVALID
assert result.orders.iloc[0].tag.startswith("Order exceeds maximum shortable quantity for Symbol SPY (requested short: ")

class TenShares:                                   # a custom provider needs no base class
    def shortable_quantity(self, symbol, local_time): return 10
    def all_shortable_symbols(self, local_time): return {Symbol.create("AAPL"): 10}
"""


def test_the_issues_code_as_written() -> None:
    names: dict[str, Any] = {"__name__": "as_written"}
    exec(AS_WRITTEN, names)
    result = names["result"]
    assert result.algorithm.ticket.tag == result.orders.iloc[-1].tag
    assert len(result.orders) > 10  # it tries again on every session of the month
    assert "made-up sample data" in str(result.summary())
    assert "made-up sample data" in repr(result)

    def first(a: Any) -> Any:
        return (
            a.market_order("AAPL", -10).status,
            a.market_order("AAPL", -1).status,
            a.all_shortable_symbols(),
        )

    result = play(flat(2, "AAPL"), {0: first}, provider=names["TenShares"]())
    assert result.algorithm.returned[0] == (
        OrderStatus.SUBMITTED,
        OrderStatus.INVALID,
        {"AAPL": 10},
    )


def busy(seed: int = 3) -> tuple[MarketData, FrameShortableProvider]:
    """Make 60 sessions of 4 symbols, with what was lent and at what rate."""
    rng = np.random.default_rng(seed)
    index, tickers = pd.bdate_range("2024-01-02", periods=60), ["AMC", "GME", "KOSS", "SPY"]
    frames = {}
    for ticker in tickers:
        close = 20 * np.exp(rng.normal(0, 0.05, 60).cumsum())
        open_ = close * np.exp(rng.normal(0, 0.02, 60))
        frames[ticker] = pd.DataFrame(
            {
                "open": open_,
                "high": np.maximum(open_, close) * 1.01,
                "low": np.minimum(open_, close) * 0.99,
                "close": close,
            },
            index=index,
        )
    lent = pd.DataFrame(rng.choice([0, 50, 150, 10_000], (60, 4)), index=index, columns=tickers)
    rates = pd.DataFrame(rng.choice([0.0025, 0.3, np.nan], (60, 4)), index=index, columns=tickers)
    return MarketData.from_frames(frames), FrameShortableProvider(lent, fee_rates=rates)


class Busy(Algorithm):
    """Sends all kinds of orders, from a generator of its own."""

    def initialize(self) -> None:
        self.rng = np.random.default_rng(11)
        self.names = [self.add_equity(t).symbol for t in ("GME", "AMC", "SPY", "KOSS")]

    def on_data(self, slice: Any) -> None:
        for name in self.names:
            shares, price = int(self.rng.integers(-100, 80)), slice[name].close
            kind = self.rng.integers(0, 4)
            if shares and kind == 0:
                self.market_order(name, shares)
            elif shares and kind == 1:
                self.limit_order(name, shares, price * (1.01 if shares < 0 else 0.99))
            elif shares and kind == 2:
                self.stop_market_order(name, shares, price * (0.99 if shares < 0 else 1.01))
            elif tickets := self.transactions.get_open_order_tickets(name):
                tickets[0].update_quantity(tickets[0].quantity * 2)


def same(one: Result, other: Result) -> None:
    for name in (
        "orders",
        "fills",
        "refusals",
        "order_events",
        "equity",
        "borrow_costs",
        "checks_without_data",
    ):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    assert one.returns.to_numpy().tobytes() == other.returns.to_numpy().tobytes()
    assert one.summary() == other.summary()


@pytest.mark.parametrize("recheck", ["submission", "daily", "fill"])
@pytest.mark.parametrize("on_exceed", ["reject", "clip", "warn"])
def test_s10_twice_the_same_to_the_last_bit(on_exceed: Any, recheck: Any) -> None:
    data, lent = busy()
    backtest = Backtest(Busy, data, provider=lent, on_exceed=on_exceed, recheck=recheck)
    one, other = backtest.run(), backtest.run()
    same(one, other)
    assert one.algorithm is not other.algorithm
    assert len(one.fills) > 50
    assert len(one.refusals) > 5
    assert one.summary()["borrow_costs"] > 0


def test_s10_the_order_of_frames_and_columns_does_not_matter() -> None:
    data, lent = busy()
    names = ["SPY", "KOSS", "GME", "AMC"]
    shuffled = MarketData.from_frames(
        {n: data.frame(n, "daily").iloc[::-1] for n in names}, resolution="daily"
    )
    one = Backtest(Busy, data, provider=lent).run()
    same(one, Backtest(Busy, shuffled, provider=lent).run())


def test_s10_an_instance_runs_as_a_copy_and_a_function_is_called_anew() -> None:
    class Counts(Scripted):
        def on_data(self, slice: Any) -> None:
            self.returned[len(self.returned)] = self.time

    instance = Counts({}, None, False, Resolution.DAILY)
    for given in (instance, lambda: Counts({}, None, False, Resolution.DAILY)):
        backtest = Backtest(given, flat(3))
        one, other = backtest.run(), backtest.run()
        assert len(one.algorithm.returned) == len(other.algorithm.returned) == 3  # type: ignore[attr-defined]
    assert instance.returned == {}


def test_nothing_is_asked_of_the_wall_clock_or_of_the_collectors_settings() -> None:
    import gc

    before = gc.get_threshold()
    with pytest.raises(AlgorithmError):
        play(flat(2), {0: lambda a: 1 / 0})
    assert gc.get_threshold() == before


def test_progress_is_told_and_ends_at_the_end() -> None:
    told: list[tuple[int, int]] = []
    play(flat(250), {}, progress=lambda done, rows: told.append((done, rows)))
    assert told[-1] == (250, 250)
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert 90 <= len(told) <= 130


def test_a_provider_that_cannot_answer_stops_the_run_and_says_where() -> None:
    lent = FrameShortableProvider(
        pd.DataFrame({"SPY": [5]}, index=pd.to_datetime(["2023-01-02"])), missing="raise"
    )
    with pytest.raises(NoDataError) as caught:
        play(flat(2), {1: lambda a: a.market_order("SPY", -1)}, provider=lent)
    assert caught.value.__notes__ == ["in Scripted.on_data at 2024-01-03 16:00:00"]
    with pytest.raises(ProviderContractError, match=r"answered 0\.5"):
        play(flat(2), {0: lambda a: a.market_order("SPY", -1)}, provider=Shares(0.5))


class NeedsArguments(Algorithm):
    def __init__(self, size: int) -> None:
        self.size = size


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"algorithm": 5}, InvalidInputError, "algorithm=5 must be an Algorithm subclass"),
        ({"algorithm": dict}, InvalidInputError, "must derive from shortable.engine.Algorithm"),
        ({"algorithm": NeedsArguments}, InvalidInputError, "must need no arguments"),
        ({"data": {"SPY": 5}}, InvalidInputError, "MarketData.from_frames"),
        ({"start": "soon"}, TimeError, "start='soon'"),
        (
            {"start": "2024-01-05", "end": "2024-01-04"},
            TimeError,
            "end='2024-01-04' must not lie before start=2024-01-05",
        ),
        ({"cash": -5}, InvalidInputError, "cash=-5"),
        ({"cash": True}, InvalidInputError, "cash=True"),
        ({"provider": 5}, ProviderContractError, "is not a shortable provider"),
        ({"borrow_fee": 0.01}, InvalidInputError, "borrow_fee=0.01 must be a fee convention"),
        (
            {"on_exceed": "ignore"},
            InvalidInputError,
            "on_exceed='ignore' must be one of 'reject', 'clip', 'warn'",
        ),
        ({"recheck": "hourly"}, InvalidInputError, "recheck='hourly'"),
        ({"parameters": [1]}, InvalidInputError, "parameters="),
    ],
)
def test_s6_arguments(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message.replace("(", r"\(")):
        Backtest(**{"algorithm": Busy, "data": flat(1), **arguments})


def test_s6_a_function_must_make_an_algorithm_and_an_instance_must_be_copyable() -> None:
    with pytest.raises(InvalidInputError, match="must make an Algorithm"):
        Backtest(lambda: 5, flat(1)).run()  # type: ignore[arg-type,return-value]
    instance = Scripted({}, None, False, Resolution.DAILY)
    instance.stream = (n for n in range(3))  # type: ignore[attr-defined]
    with pytest.raises(EngineError, match="cannot be copied for a run"):
        Backtest(instance, flat(1)).run()

    class Fails(Algorithm):
        def __init__(self) -> None:
            raise ValueError("no")

    with pytest.raises(AlgorithmError, match=r"ValueError in Fails\.__init__: no"):
        Backtest(Fails, flat(1)).run()


def test_the_second_occurrence_of_nothing() -> None:
    """An algorithm that does nothing keeps its cash, bar by bar."""
    result = play(flat(4), {})
    assert result.equity["equity"].tolist() == [1_000_000.0] * 4
    assert result.equity.index[0] == datetime(2024, 1, 2)
