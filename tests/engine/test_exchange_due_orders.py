"""Orders that sleep until a bar reaches them fill as if they had been held against every bar."""

from __future__ import annotations

from functools import partial
from typing import Any
from unittest.mock import patch

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given, settings

from shortable.engine import Resolution
from shortable.engine.exchange import DueOrders

from .scenario import bars, play

QUIET = (10.0, 10.2, 9.8, 10.0)
ROWS = 1_400  # past two looks ahead of 512 rows


def fills(result: Any) -> list[tuple[int, int, float]]:
    index = {t: n for n, t in enumerate(result.algorithm._run_state.account.feed.times)}
    return [(f.order_id, index[f.time.to_pydatetime()], f.price) for f in result.fills.itertuples()]


def test_orders_far_from_the_price_fill_in_the_first_bar_that_reaches_them() -> None:
    # Row 600 dips to 9.00, row 1,100 rises to 11.00, row 1,300 dips to 8.00; all else is quiet.
    rows: list[Any] = [QUIET] * ROWS
    rows[600], rows[1_100], rows[1_300] = (
        (10.0, 10.2, 9.0, 10.0),
        (10.0, 11.0, 9.8, 10.0),
        (10.0, 10.2, 8.0, 10.0),
    )

    def first(a: Any) -> None:
        a.limit_order("SPY", 1, 9.0)  # 1: row 600
        a.limit_order("SPY", -1, 11.0)  # 2: row 1,100
        a.stop_market_order("SPY", -1, 8.0)  # 3: row 1,300
        a.stop_market_order("SPY", 1, 10.5)  # 4: row 1,100
        a.stop_limit_order(
            "SPY", -1, 9.5, 10.9
        )  # 5: its stop is reached in row 600, its limit in row 1,100
        a.limit_order("SPY", 1, 1.0)  # 6: never

    result = play(bars({"SPY": rows}, minutes=390), {0: first}, resolution=Resolution.MINUTE)
    assert fills(result) == [
        (1, 600, 9.0),
        (2, 1_100, 11.0),
        (4, 1_100, 10.5),
        (5, 1_100, 10.9),
        (3, 1_300, 8.0),
    ]


@pytest.mark.parametrize(("quantity", "stop", "limit"), [(-1, 9.5, 10.9), (1, 10.5, 9.1)])
def test_a_stop_limit_order_sleeps_first_for_its_stop_and_then_for_its_limit(
    quantity: int, stop: float, limit: float
) -> None:
    # Row 600 reaches the stop, which the limit does not allow; no bar reaches the stop again, row 1,100 the limit.
    low, high = (10.0, 10.2, 9.0, 10.0), (10.0, 11.0, 9.8, 10.0)
    rows: list[Any] = [QUIET] * ROWS
    rows[600], rows[1_100] = (low, high) if quantity < 0 else (high, low)
    data = bars({"SPY": rows}, minutes=390)
    steps = {0: lambda a: a.stop_limit_order("SPY", quantity, stop, limit)}
    assert fills(play(data, steps, resolution=Resolution.MINUTE)) == [(1, 1_100, limit)]


def test_a_trailing_stop_among_them_stays_awake() -> None:
    # It follows the high of row 700 to 10.5 − 1.2 = 9.3, which row 900 reaches with its low of 9.2.
    rows: list[Any] = [QUIET] * 1_000
    rows[700], rows[900] = (10.0, 10.5, 9.8, 10.0), (10.0, 10.2, 9.2, 10.0)

    def first(a: Any) -> None:
        a.limit_order("SPY", 1, 5.0)
        a.trailing_stop_order("SPY", -1, 1.2, False)

    assert fills(
        play(bars({"SPY": rows}, minutes=390), {0: first}, resolution=Resolution.MINUTE)
    ) == [(2, 900, 9.3)]


def test_a_sleeping_order_wakes_for_its_owner() -> None:
    # Updated in row 300 to a price that row 301 reaches; cancelled in row 500, before row 600 would have reached it.
    rows: list[Any] = [QUIET] * 700
    rows[600] = (10.0, 10.2, 5.0, 10.0)

    def first(a: Any) -> None:
        a.limit_order("SPY", 1, 8.0)
        a.limit_order("SPY", 1, 8.0)

    steps = {
        0: first,
        300: lambda a: a.transactions.get_order_ticket(1).update_limit_price(9.8),
        500: lambda a: a.transactions.get_order_ticket(2).cancel(),
    }
    assert fills(play(bars({"SPY": rows}, minutes=390), steps, resolution=Resolution.MINUTE)) == [
        (1, 301, 9.8)
    ]


PRICE = st.integers(16, 24).map(lambda n: n / 2)
BAR = st.none() | st.tuples(PRICE, PRICE, PRICE, PRICE).map(lambda p: (p[0], max(p), min(p), p[3]))
ORDER = st.tuples(
    st.integers(0, 30),
    st.sampled_from(["limit", "stop", "stop limit", "trailing"]),
    st.booleans(),
    PRICE,
    PRICE,
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(BAR, min_size=40, max_size=60),
    orders=st.lists(ORDER, max_size=6),
    ahead=st.integers(1, 9),
)
def test_sleeping_changes_nothing(rows: list[Any], orders: list[Any], ahead: int) -> None:
    steps: dict[int, Any] = {}
    for at in {o[0] for o in orders}:

        def send(a: Any, at: int = at) -> None:
            for _, kind, selling, price, other in (o for o in orders if o[0] == at):
                quantity = -1 if selling else 1
                if kind == "limit":
                    a.limit_order("GME", quantity, price)
                elif kind == "stop":
                    a.stop_market_order("GME", quantity, price)
                elif kind == "stop limit":
                    a.stop_limit_order("GME", quantity, price, other)
                else:
                    a.trailing_stop_order("GME", quantity, 1.5, False)

        steps[at] = send
    data = bars({"GME": [10.0, *rows], "SPY": [1.0] * (1 + len(rows))}, minutes=20)
    found = []
    for patience in (1, 3, 10**9):
        with patch(
            "shortable.engine.exchange.DueOrders",
            partial(DueOrders, patience=patience, rows_ahead=ahead),
        ):
            found.append(play(data, steps, resolution=Resolution.MINUTE))
    for result in found[1:]:
        pd.testing.assert_frame_equal(result.orders, found[0].orders)
