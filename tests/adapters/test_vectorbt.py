"""vectorbt's own traps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shortable import CustomShortableProvider, FrameShortableProvider, NullShortableProvider
from shortable.borrow import BorrowFeeModel
from shortable.errors import InvalidInputError

vbt = pytest.importorskip(
    "vectorbt",
    reason="vectorbt is not installed: python -m pip install -e '.[vectorbt]'",
    exc_type=ImportError,
)

DAYS = pd.bdate_range("2024-01-02", periods=5)  # Tuesday to Monday
CLOSE = pd.DataFrame({"GME": [10.0, 10.0, 10.0, 10.0, 10.0], "SPY": [20.0] * 5}, index=DAYS)


def sizes(gme, spy=()):
    return pd.DataFrame(
        {"GME": [*gme] + [np.nan] * (5 - len(gme)), "SPY": [*spy] + [np.nan] * (5 - len(spy))},
        index=DAYS,
    )


def run(size, provider, **options):
    from shortable.adapters.vectorbt import from_orders

    return from_orders(CLOSE, size, provider, init_cash=1e6, freq="D", **options)


def test_a_cover_passes_though_nothing_is_available_any_more():
    lent = FrameShortableProvider(pd.DataFrame({"GME": [500, 0, 0, 0, 0]}, index=DAYS))
    held = run(sizes([-400, np.nan, 400]), lent)
    assert held.portfolio.assets()["GME"].tolist() == [-400, -400, 0, 0, 0]
    assert held.desk.refusals == []


def test_the_second_order_of_a_bar_counts_the_first():
    held = run([sizes([-400]), sizes([-400])], CustomShortableProvider({"GME": 500}))
    assert held.portfolio.assets()["GME"].iloc[-1] == -400
    assert held.desk.last_tag.endswith("GME (requested short: 400)")
    cut = run(
        [sizes([-400]), sizes([-400])], CustomShortableProvider({"GME": 500}), on_exceed="clip"
    )
    assert cut.portfolio.assets()["GME"].iloc[-1] == -500


def test_fees_reach_the_value_though_the_host_s_cash_moves_with_orders_only():
    """1,000 short at 10, 36 % a year: 10.00 a night, over the weekend 30.00; 60.00 to Monday, of which 20.00 are paid with Thursday's order."""
    lent = CustomShortableProvider({"GME": 1000}, fee_rate={"GME": 0.36})
    held = run(sizes([-1000, np.nan, 500]), lent)
    assert held.desk.report().borrow_costs["cost"].tolist() == pytest.approx(
        [10.0, 10.0, 5.0, 15.0]
    )
    assert held.portfolio.orders.records["fees"].tolist() == pytest.approx([0.0, 20.0])
    assert held.outstanding["GME"].tolist() == pytest.approx([0.0, 10.0, 0.0, 5.0, 20.0])
    assert held.value()["GME"].tolist() == pytest.approx(
        [1e6, 1e6 - 10, 1e6 - 20, 1e6 - 25, 1e6 - 40]
    )


def test_grouped_value_takes_its_columns_fees():
    lent = CustomShortableProvider({"GME": 1000, "SPY": 1000}, fee_rate={"GME": 0.36, "SPY": 0.36})
    held = run(sizes([-1000], [-500]), lent, group_by=True, cash_sharing=True)
    # 10.00 a night each, 1 + 1 + 1 + 3 days.
    assert float(held.value().iloc[-1]) == pytest.approx(1e6 - 2 * 60.0)


def test_targets_and_amounts():
    held = run(
        sizes([-300, -600, 0]),
        CustomShortableProvider({"GME": 500}),
        size_type="target",
        on_exceed="clip",
    )
    assert held.portfolio.assets()["GME"].tolist() == [-300, -500, 0, 0, 0]


def test_its_own_null_run_is_not_changed():
    size = sizes([-300, 100, -50, 400], [10, -20])
    held = run(size, NullShortableProvider(), fees=0.001, slippage=0.002)
    own = vbt.Portfolio.from_orders(
        CLOSE, size, init_cash=1e6, fees=0.001, slippage=0.002, freq="D"
    )
    assert held.portfolio.value().to_numpy() == pytest.approx(own.value().to_numpy())
    assert held.value().to_numpy() == pytest.approx(own.value().to_numpy())


def test_a_fee_model_that_is_not_proportional_is_refused():
    class AtLeast:
        rate_kind = "fee"

        def cost(self, shares, close, rate, days):
            return np.maximum(shares * close * rate, 5.0)

    assert isinstance(AtLeast(), BorrowFeeModel)
    with pytest.raises(InvalidInputError, match="twice"):
        run(
            sizes([-1]),
            CustomShortableProvider({"GME": 1}, fee_rate={"GME": 0.1}),
            borrow_fee=AtLeast(),
        )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"size_type": "percent"}, "size_type"),
        ({"size_type": ["amount", "target"]}, "size_type"),
        ({"look_up": DAYS[:2]}, "look_up"),
    ],
)
def test_misuse_is_named(options, says):
    with pytest.raises(InvalidInputError, match=says):
        run(sizes([-1]), NullShortableProvider(), **options)
