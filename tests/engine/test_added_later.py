"""S32: a security that is added after `initialize` is one that was added last in it, traded from then on."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import FrameShortableProvider
from shortable.actions import Delisting, Dividend, Split
from shortable.borrow import FeeOnMarketValue, InteractiveBrokersSettledFee
from shortable.engine import Algorithm, Backtest, FinraMaintenance, MarketData, Resolution, Slice
from shortable.errors import CorporateActionError, EngineError

from .scenario import bars
from .test_ledger import sums_to_the_equity

DAYS = pd.bdate_range("2024-01-02", periods=9)
LATER, SECOND = "GME", "AMC"


class AddsLater(Algorithm):
    """Trades AMC from the beginning, and GME from a row on, at which it adds it unless it was added in `initialize`."""

    at, first = 0, False
    orders: tuple[tuple[int, str, int], ...] = ()

    def initialize(self) -> None:
        self.set_cash(50_000)
        self.row = -1
        self.kept: list[Slice] = []
        self.add_equity(SECOND)
        if self.first:
            self.add_equity(LATER)

    def on_data(self, slice: Slice) -> None:
        self.row += 1
        self.kept.append(slice)
        if self.row == self.at and not self.first:
            security = self.add_equity(LATER)
            assert security is self.securities[LATER]
            assert self.add_equity(LATER) is security
        for row, ticker, shares in self.orders:
            if row == self.row and (ticker == SECOND or row >= self.at):
                if shares % 3:
                    self.market_order(ticker, shares)
                else:
                    self.limit_order(ticker, shares, self.securities[ticker].price or 1.0)


def run(data: MarketData, at: int, orders: Any, *, first: bool, **backtest: Any) -> Any:
    class Trades(AddsLater):
        pass

    Trades.at, Trades.first, Trades.orders = at, first, tuple(orders)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jumps that look like splits, and are none
        return Backtest(Trades, data, **backtest).run()


TABLES = ["orders", "fills", "refusals", "equity", "borrow_costs", "attribution", "borrows"]
TABLES += ["borrow_events", "order_events", "holdings", "availability", "checks_without_data"]
STEP = st.sampled_from([-1.0, -0.5, 0.0, 0.5, 2.0])


@settings(deadline=None, max_examples=30)
@given(
    moves=st.tuples(*(st.lists(STEP, min_size=9, max_size=9) for _ in range(2))),
    span=st.tuples(st.integers(0, 3), st.integers(4, 8)),
    at=st.integers(0, 8),
    orders=st.lists(
        st.tuples(
            st.integers(0, 8),
            st.sampled_from([SECOND, LATER, LATER]),
            st.integers(-300, 300).filter(bool),
        ),
        max_size=12,
    ),
    split=st.none() | st.tuples(st.integers(1, 8), st.sampled_from([(2, 1), (1, 2)])),
    dividend=st.none() | st.integers(1, 8),
    gone=st.booleans(),
    basis=st.sampled_from(["raw", "split_adjusted"]),
    fee=st.sampled_from([FeeOnMarketValue(), InteractiveBrokersSettledFee()]),
    maintenance=st.sampled_from([None, FinraMaintenance()]),
)
def test_s32_it_is_the_run_in_which_it_was_added_last_in_initialize(
    moves: Any,
    span: tuple[int, int],
    at: int,
    orders: Any,
    split: Any,
    dividend: Any,
    gone: bool,
    basis: Any,
    fee: Any,
    maintenance: Any,
) -> None:
    own = slice(span[0], span[1] + 1)
    second, later = (20 + np.cumsum(steps) for steps in moves)
    if split is not None and basis == "raw":
        later[: split[0]] *= split[1][0] / split[1][1]
    data = MarketData.from_frames(
        {
            SECOND: pd.DataFrame({"close": second}, DAYS),
            LATER: pd.DataFrame({"close": later[own]}, DAYS[own]),
        },
        basis=basis,
    )
    actions: list[Any] = []
    if split is not None and span[0] < split[0] <= span[1]:
        actions.append(Split(LATER, DAYS[split[0]], *split[1]))
    if dividend is not None:
        actions.append(Dividend(LATER, DAYS[dividend], 0.5, "raw"))
    if gone:
        actions.append(Delisting(LATER, DAYS[span[1]], 5.0))
    lent = FrameShortableProvider(
        pd.DataFrame({SECOND: 200, LATER: 150}, DAYS), pd.DataFrame({SECOND: 0.4, LATER: 2.0}, DAYS)
    )
    given = {"provider": lent, "actions": actions, "borrow_fee": fee}
    if maintenance is not None:
        given["maintenance"] = maintenance
    late, first = (run(data, at, orders, first=first, **given) for first in (False, True))
    for name in TABLES:
        pd.testing.assert_frame_equal(late.table(name), first.table(name), check_exact=True)
    pd.testing.assert_frame_equal(
        *(
            table[table["time"] > DAYS[at] + pd.Timedelta("12h")].reset_index(drop=True)
            for table in (late.table("corporate_actions"), first.table("corporate_actions"))
        )
    )
    assert dict(late.summary()) == dict(first.summary())
    sums_to_the_equity(late)
    assert [LATER in kept for kept in late.algorithm.kept[: at + 1]] == [False] * (at + 1)
    assert [set(k) for k in late.algorithm.kept[at + 1 :]] == [
        set(k) for k in first.algorithm.kept[at + 1 :]
    ]


def test_s32_its_price_is_known_at_once_and_its_bars_come_with_the_next_slice() -> None:
    seen: list[Any] = []

    class Adds(Algorithm):
        def initialize(self) -> None:
            self.add_equity("AMC")
            self.row = -1

        def on_data(self, slice: Slice) -> None:
            self.row += 1
            if self.row == 1:
                gme = self.add_equity("gme")
                seen.append((gme.price, "GME" in slice, len(slice)))
                self.market_order("GME", -10)
            elif self.row == 2:
                seen.append((slice["GME"].close, len(slice), self.portfolio["GME"].quantity))

    result = Backtest(Adds, bars({"AMC": [1, 2, 3], "GME": [10, 11, 12]})).run()
    assert seen == [(11.0, False, 1), (12.0, 2, -10)]
    assert result.fills["price"].tolist() == [12.0]


def test_s32_a_split_without_a_bar_restates_the_price_that_is_carried_on() -> None:
    # Raw: 40.00 on the first day, then two for one on the third, of which there is no bar: the last close is 20.00 a share.
    data = bars({"AMC": [1.0] * 5, "GME": [40.0, None, None, None, 21.0]}, basis="raw")
    seen: list[float] = []

    class Adds(Algorithm):
        def initialize(self) -> None:
            self.add_equity("AMC")
            self.row = -1

        def on_data(self, slice: Slice) -> None:
            self.row += 1
            if self.row == 3:
                seen.append(self.add_equity("GME").price)

    Backtest(Adds, data, actions=[Split("GME", "2024-01-04", 2, 1)]).run()
    assert seen == [20.0]


def test_s32_on_adjusted_prices_commissions_are_of_the_day_s_own_shares() -> None:
    # 1,000 adjusted shares are 500 of the days before two for one: 500 x 0.005 = 2.50, and not 5.00.
    data = bars({"AMC": [1.0] * 5, "GME": [10.0] * 5}, basis="split_adjusted")

    class Adds(Algorithm):
        def initialize(self) -> None:
            self.add_equity("AMC")
            self.row = -1

        def on_data(self, slice: Slice) -> None:
            self.row += 1
            if self.row == 1:
                self.add_equity("GME")
                self.market_order("GME", -1_000)

    result = Backtest(Adds, data, actions=[Split("GME", "2024-01-08", 2, 1)]).run()
    assert result.fills["commission"].tolist() == [2.5]


def test_s32_where_the_run_has_no_row_for_its_bars_it_is_refused_and_nothing_changes() -> None:
    daily = bars({"AMC": [1.0, 2.0, 3.0]})
    minutes = bars({"GME": [10.0] * 9}, minutes=3)
    data = MarketData(daily._bars | minutes._bars, source="two sources")

    class Adds(Algorithm):
        def initialize(self) -> None:
            self.add_equity("AMC")

        def on_data(self, slice: Slice) -> None:
            with pytest.raises(EngineError, match="has a bar at 2024-01-02 09:31:00"):
                self.add_equity("GME", Resolution.MINUTE)
            assert list(self.securities) == list(self._run_state.account.feed.symbols) == ["AMC"]

    assert Backtest(Adds, data).run().status == "COMPLETED"


def test_s32_a_dividend_in_another_currency_changes_nothing() -> None:
    class Adds(Algorithm):
        def initialize(self) -> None:
            self.add_equity("AMC")

        def on_data(self, slice: Slice) -> None:
            with pytest.raises(CorporateActionError, match="be in the account's currency"):
                self.add_equity("GME")
            state = self._run_state
            assert len(state.by_column) == len(state.account.shares) == 1
            assert state.account.feed.close.shape[1] == 1

    data = bars({"AMC": [1.0, 2.0, 3.0], "GME": [10.0] * 3})
    paid = [Dividend("GME", "2024-01-03", 1.0, "raw", "EUR")]
    assert Backtest(Adds, data, actions=paid).run().status == "COMPLETED"
