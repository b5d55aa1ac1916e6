"""Weights that compound after refusals and borrow costs; neutral books; ruin (S14); splits (S11)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import CustomShortableProvider, FrameShortableProvider
from shortable.actions import CorporateActions, Dividend, Split
from shortable.errors import InvalidInputError
from shortable.research import constrain, constrain_weights

DAYS = pd.bdate_range("2024-01-02", periods=6)  # Tuesday to Tuesday
NAMES = ["GME", "SPY"]

paths = st.lists(
    st.tuples(*[st.integers(500, 2_000)] * 2), min_size=6, max_size=6
).map(lambda rows: pd.DataFrame(np.array(rows) / 100.0, DAYS, NAMES))  # fmt: skip
targets = st.lists(
    st.tuples(*[st.integers(-15, 15)] * 2), min_size=6, max_size=6
).map(lambda rows: pd.DataFrame(np.array(rows) / 10.0, DAYS, NAMES))  # fmt: skip
lending = st.lists(st.tuples(*[st.integers(0, 900)] * 2), min_size=6, max_size=6)


def provider_of(rows):
    day = {d.date(): dict(zip(NAMES, row, strict=True)) for d, row in zip(DAYS, rows, strict=True)}
    return CustomShortableProvider(
        lambda symbol, now: day[now.date()][symbol.ticker], fee_rate={"GME": 0.36, "SPY": 0.003}
    )


def test_golden_returns():
    """-0.5 of 10,000 at 20 are 250 short; of 200 lent, clipped, 200.

    Wednesday at 19: 200 x 1 less 200 x 20 x 0.36 / 360 = 4.00 make 196, and 10,196.
    """
    wanted = pd.DataFrame({"GME": [-0.5, -0.5]}, DAYS[:2])
    prices = pd.DataFrame({"GME": [20.0, 19.0]}, DAYS[:2])
    lent = CustomShortableProvider({"GME": 200}, fee_rate={"GME": 0.36})
    _, found = constrain_weights(wanted, lent, prices, 10_000.0, on_exceed="clip")
    assert found.nav.tolist() == pytest.approx([10_000.0, 10_196.0])
    assert found.returns.tolist() == pytest.approx([0.0, 0.0196])
    assert found.positions["GME"].tolist() == [-200, -200]
    # Refused whole, nothing is earned.
    assert constrain_weights(wanted, lent, prices, 10_000.0)[1].nav.tolist() == [10_000.0] * 2
    assert found.nights_without_rate == 0
    silent = CustomShortableProvider({"GME": 200})
    assert (
        constrain_weights(wanted, silent, prices, 1e4, on_exceed="clip")[1].nights_without_rate == 1
    )


@given(targets, paths, lending, st.sampled_from(["reject", "clip"]), st.sampled_from(["none", "scale_longs"]))  # fmt: skip
def test_nav_is_what_was_earned_less_what_was_paid(weights, prices, lent, on_exceed, rebalance):
    _, found = constrain_weights(
        weights, provider_of(lent), prices, 10_000.0, on_exceed=on_exceed, rebalance=rebalance
    )
    earned = (found.positions.shift(1) * prices.diff()).sum(axis=1).cumsum()
    paid = found.borrow_cost_by_time.sum(axis=1).cumsum()
    assert found.nav.to_numpy() == pytest.approx((10_000.0 + earned - paid).to_numpy())
    growth = (1.0 + found.returns).cumprod()
    if found.ruined_on is None:
        assert found.nav.to_numpy() == pytest.approx(10_000.0 * growth.to_numpy())
    else:
        assert growth.iloc[-1] == 0.0
        assert found.nav.iloc[-1] <= 0.0
        after = found.ruined_on <= DAYS
        assert not found.positions.to_numpy()[after].any()
        assert not found.returns.to_numpy()[found.ruined_on < DAYS].any()


@given(targets, paths, lending, st.sampled_from(["reject", "clip"]))
def test_scaling_never_makes_the_book_less_neutral_and_never_a_long_larger(weights, prices, lent, on_exceed):  # fmt: skip
    """Of the first row, on which both begin with nothing; a whole share is the limit of precision."""
    provider, first = provider_of(lent), slice(0, 1)
    plain, scaled = (
        constrain_weights(
            weights[first], provider, prices[first], 10_000.0, on_exceed=on_exceed, rebalance=rebalance
        )
        for rebalance in ("none", "scale_longs")
    )  # fmt: skip
    net = float(weights.iloc[0].sum())
    share = prices.iloc[0].sum() / 10_000.0
    assert abs(scaled[0].iloc[0].sum() - net) <= abs(plain[0].iloc[0].sum() - net) + share
    assert (scaled[1].positions <= plain[1].positions.clip(lower=0) + plain[1].positions.clip(upper=0)).all(axis=None)  # fmt: skip
    assert scaled[1].long_scale.between(0.0, 1.0).all()


def test_a_neutral_book_stays_neutral():
    """Half of the short can be had, so half of the long is bought; refused whole, nothing is."""
    wanted = pd.DataFrame({"GME": [-0.5], "SPY": [0.5]}, DAYS[:1])
    prices = pd.DataFrame({"GME": [20.0], "SPY": [400.0]}, DAYS[:1])
    lent = CustomShortableProvider({"GME": 2_000})
    options = {"nav": 160_000.0, "rebalance": "scale_longs"}
    weights, found = constrain_weights(wanted, lent, prices, on_exceed="clip", **options)
    assert weights.iloc[0].tolist() == [-0.25, 0.25]
    assert found.long_scale.tolist() == [0.5]
    assert constrain_weights(wanted, lent, prices, **options)[0].iloc[0].tolist() == [0.0, 0.0]
    assert constrain_weights(wanted, lent, prices, nav=160_000.0)[0].iloc[0].tolist() == [0.0, 0.5]


def test_a_ruined_portfolio_stops():
    """1,900 short at 10 on 10,000: at 20 it is worth 10,000 - 1,900 x 10 = -9,000, before and after."""
    wanted = pd.DataFrame({"GME": [-1.9] + [np.nan] * 5}, DAYS)
    prices = pd.DataFrame({"GME": [10.0, 10.0, 20.0, 40.0, 60.0, 90.0]}, DAYS)
    _, found = constrain_weights(wanted, CustomShortableProvider({"GME": 5_000}), prices, 10_000.0)
    assert found.positions["GME"].tolist() == [-1900, -1900, 0, 0, 0, 0]
    assert found.nav.tolist() == [10_000.0, 10_000.0] + [-9_000.0] * 4
    assert found.returns.tolist() == [0.0, 0.0, -1.0, 0.0, 0.0, 0.0]
    assert found.ruined_on == DAYS[2]


def test_a_worth_that_is_known_from_elsewhere_does_not_compound():
    wanted = pd.DataFrame({"GME": [-0.5, -0.5]}, DAYS[:2])
    prices = pd.DataFrame({"GME": [20.0, 10.0]}, DAYS[:2])
    _, found = constrain_weights(
        wanted, CustomShortableProvider({"GME": 5_000}), prices, nav=[10_000.0, 20_000.0]
    )
    assert found.positions["GME"].tolist() == [-250, -1000]
    assert found.nav.tolist() == [10_000.0, 20_000.0]
    assert found.returns.tolist() == [0.0, 0.25]  # 250 x 10 / 10,000
    with pytest.raises(InvalidInputError, match="nav"):
        constrain_weights(wanted, CustomShortableProvider({}), prices, nav=[1.0])


AMC = CorporateActions([Split("AMC", "2023-08-24", 1, 10)])
AUGUST = pd.to_datetime(["2023-08-22", "2023-08-23", "2023-08-24", "2023-08-25"])
# Lists of the 22nd (old shares) and of the 25th (new ones).
LENT = FrameShortableProvider(
    pd.DataFrame({"AMC": [9_000, 500]}, AUGUST[[0, 3]]),
    pd.DataFrame({"AMC": [3.6, 3.6]}, AUGUST[[0, 3]]),
)


def test_a_split_gives_the_same_refusals_and_costs_on_raw_and_on_adjusted_prices():
    """8,000 old shares are 800 new ones; 900 can be had on the 24th, by the list of the 22nd, and 500 on the 25th."""
    raw = pd.DataFrame({"AMC": [-8_000, -9_010, -900, -910]}, AUGUST)
    raw_prices = pd.DataFrame({"AMC": [3.0, 3.1, 29.0, 14.0]}, AUGUST)
    unit = np.array([[0.1], [0.1], [1.0], [1.0]])
    on_raw = constrain(raw, LENT, raw_prices, actions=AMC)
    adjusted = constrain(raw * unit, LENT, raw_prices / unit, actions=AMC, basis="split_adjusted")
    assert on_raw.positions["AMC"].tolist() == [-8_000, -8_000, -900, -900]
    assert (on_raw.positions * unit).equals(adjusted.positions.astype(float))
    assert on_raw.refusals["time"].tolist() == adjusted.refusals["time"].tolist()
    assert on_raw.refusals["available"].tolist() == [9_000, 500]
    assert adjusted.refusals["available"].tolist() == [900, 500]
    assert on_raw.borrow_costs["cost"].tolist() == pytest.approx(
        adjusted.borrow_costs["cost"].tolist()
    )
    weights = pd.DataFrame({"AMC": [-0.5, -0.5, -0.5, -0.5]}, AUGUST)
    navs = [
        constrain_weights(weights, LENT, prices, 30_000.0, actions=AMC, basis=basis)[1].nav
        for prices, basis in ((raw_prices, "raw"), (raw_prices / unit, "split_adjusted"))
    ]
    # A whole old share is a tenth of a new one.
    assert navs[0].to_numpy() == pytest.approx(navs[1].to_numpy(), abs=60.0)


@pytest.mark.parametrize("basis", ["raw", "split_adjusted"])
def test_s12_a_short_owes_dividends_and_a_long_is_paid(basis):
    """0.50 and 0.20 a share of the 4th, on the 100 short and the 50 long of the 3rd; GME is 2 for 1 from the 5th."""
    days = pd.to_datetime(["2024-01-03", "2024-01-04", "2024-01-05"])
    raw = basis == "raw"
    prices = pd.DataFrame({"GME": [20, 20, 10] if raw else [10, 10, 10], "SPY": [40.0] * 3}, days)
    wanted = pd.DataFrame({"GME": [-0.2, np.nan, np.nan], "SPY": [0.2, np.nan, np.nan]}, days)
    actions = [
        Dividend("GME", "2024-01-04", 0.5, "raw"),
        Dividend("SPY", "2024-01-04", 0.2, "raw"),
        Split("GME", "2024-01-05", 2, 1),
    ]
    lent = CustomShortableProvider({"GME": 1_000})
    _, found = constrain_weights(wanted, lent, prices, 10_000.0, actions=actions, basis=basis)
    # −100 × 0.50 + 50 × 0.20
    assert found.nav.tolist() == [10_000, 9_960, 9_960]
    assert found.returns.tolist() == [0, pytest.approx(-0.004), 0]
