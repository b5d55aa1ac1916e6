"""What could be borrowed, session by session, against asking one by one (S1, S2, S3)."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import FrameShortableProvider

from .scenario import flat, play

SESSIONS = 15
DAYS = pd.bdate_range("2024-01-02", periods=SESSIONS)
cells = st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=SESSIONS, max_size=SESSIONS)
rates = st.lists(
    st.one_of(st.none(), st.sampled_from([0.0, 0.1, 0.2])), min_size=SESSIONS, max_size=SESSIONS
)


@given(cells, rates, st.sampled_from(["unavailable", "unrestricted"]), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_rows_hold_until_the_next_and_each_differs_from_the_one_before(
    shares: list[int | None], fees: list[float | None], missing: Any, age: int
) -> None:
    provider = FrameShortableProvider(
        pd.DataFrame({"GME": pd.Series(shares, index=DAYS, dtype=float)}),
        pd.DataFrame({"GME": pd.Series(fees, index=DAYS, dtype=float)}),
        missing=missing,
        max_age=timedelta(days=age),
    )
    # 10 more than there ever are: refused where a number is known, so that the symbol is in the table; else short.
    result = play(
        flat(SESSIONS, "GME"),
        {0: lambda a: a.market_order("GME", -10)},
        provider=provider,
    )
    table = result.availability
    told = {
        row.date: (
            None if row.available is pd.NA else row.available,
            row.has_data,
            None if row.fee_rate != row.fee_rate else row.fee_rate,
        )
        for row in table.itertuples()
    }
    assert len(told) == len(table)
    rows = list(told.values())
    assert all(before != after for before, after in pairwise(rows))
    last = None
    for day in DAYS:
        last = told.get(day, last)
        close = day + pd.Timedelta(hours=16)
        spoke = provider.has_quantity("GME", close)
        fee = provider.fee_rate("GME", close) if provider.has_fee_rate("GME", close) else None
        assert last == (provider.shortable_quantity("GME", close), spoke, fee)
