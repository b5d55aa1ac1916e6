"""Squeezes and haircuts, one by one and in bulk, against the provider inside."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import FrameShortableProvider, Symbol, lagged
from shortable.engine import Backtest, MarketData
from shortable.errors import InvalidInputError
from shortable.examples.fade_the_pump import FadeThePump
from shortable.providers import haircut, squeeze
from shortable.results import break_even_fee

DAYS = pd.bdate_range("2024-01-02", periods=8)
START = DAYS[3].to_pydatetime()


@given(
    st.lists(st.none() | st.integers(0, 500), min_size=8, max_size=8),
    st.lists(st.none() | st.floats(0, 2), min_size=8, max_size=8),
    st.integers(0, 300),
    st.none() | st.floats(0, 2),
    st.lists(st.integers(0, 24 * 9), min_size=1, max_size=12),
)
def test_a_squeeze_leaves_at_most_the_floor_at_no_less_than_the_fee(
    shares, fees, floor, fee, hours
) -> None:
    table = pd.DataFrame({"GME": shares, "SPY": [100] * 8}, index=DAYS, dtype="Int64")
    rates = pd.DataFrame({"GME": fees}, index=DAYS, dtype=float)
    inner = FrameShortableProvider(table, rates, missing="unrestricted", max_age=timedelta(days=2))
    tight = squeeze(inner, "GME", START, floor, fee)
    times = [DAYS[0].to_pydatetime() + timedelta(hours=h) for h in hours]
    for at in times:
        was, has = inner.shortable_quantity("GME", at), inner.has_quantity("GME", at)
        rate = inner.fee_rate("GME", at)
        if at < START:
            expected, paid = was, rate
        else:
            expected = min(was, floor) if has and was is not None else floor
            paid = rate if fee is None else max(rate, fee)
        assert tight.shortable_quantity("GME", at) == expected
        assert tight.fee_rate("GME", at) == paid
        assert tight.shortable_quantity("SPY", at) == inner.shortable_quantity("SPY", at)
        assert tight.all_shortable_symbols(at).get(Symbol.create("GME"), 0) == (
            (expected or 0)
            if at >= START
            else inner.all_shortable_symbols(at).get(Symbol.create("GME"), 0)
        )
        quote = tight.quote("GME", at)
        assert (quote.quantity, quote.has_data) == (expected, at >= START or has)
    bulk = tight.shortable_quantities("GME", times).tolist()
    assert bulk == [-1 if (n := tight.shortable_quantity("GME", at)) is None else n for at in times]
    known = [tight.has_fee_rate("GME", at) for at in times]
    assert (~np.isnan(tight.fee_rates("GME", times))).tolist() == known
    assert tight.has_quantities("GME", times).tolist() == [
        tight.has_quantity("GME", at) for at in times
    ]


def test_a_squeeze_is_named_keeps_its_start_under_a_lag_and_is_bounded() -> None:
    inner = FrameShortableProvider(pd.DataFrame({"GME": [500] * 8}, index=DAYS))
    tight = squeeze(inner, "GME", START, 10, 0.5)
    assert "squeeze(" in tight.name
    assert "'GME'" in tight.name
    assert tight.quote("GME", START).note == "squeezed, a stress test"
    assert START in tight.change_times("GME", DAYS[0], DAYS[-1])
    assert lagged(tight, timedelta(days=1)).shortable_quantity("GME", START) == 10
    assert haircut(tight, 0.5).shortable_quantity("GME", datetime(2024, 1, 2)) == 250
    for wrong in ({"floor": -1}, {"fee": -0.1}, {"fee": float("inf")}):
        with pytest.raises(InvalidInputError):
            squeeze(inner, "GME", START, **wrong)
    for cut in (-0.1, 1.1, True, "half"):
        with pytest.raises(InvalidInputError, match="be from 0 to 1"):
            haircut(inner, cut)  # type: ignore[arg-type]


def test_at_the_break_even_fee_the_profit_is_eaten() -> None:
    result = Backtest(FadeThePump, MarketData.sample()).run()
    table = break_even_fee(result)
    nights = result.borrow_costs
    for symbol, row in table.iterrows():
        mine = nights[nights["symbol"].astype(str) == symbol]
        # profit - fee x sum(shares x close x days / 360) = 0
        eaten = (mine["shares"] * mine["close"] * row["break_even_fee"] * mine["days"] / 360).sum()
        assert eaten == pytest.approx(row["profit"])
        assert row["paid"] == pytest.approx(mine["cost"].sum())
    made = result.attribution["total"].sum()
    assert set(table.columns) == {"profit", "value_years", "paid", "average_fee", "break_even_fee"}
    others = result.attribution[~result.attribution["symbol"].astype(str).isin(table.index)]
    assert (table["profit"] - table["paid"]).sum() + others["total"].sum() == pytest.approx(made)
