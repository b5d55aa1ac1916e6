"""S16: availability that already lacks your own shorts counts only what is shorted under a snapshot."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import CustomShortableProvider, FrameShortableProvider, Symbol
from shortable.desk import ShortDesk
from shortable.engine import OrderStatus
from shortable.errors import InvalidInputError
from shortable.research import audit, constrain
from shortable.research.trade_lists import Trades
from tests.engine.scenario import flat, play

SPY = Symbol.create("SPY")
DAYS = pd.bdate_range("2024-01-02", periods=6)


def snapshots(*shares: float) -> FrameShortableProvider:
    return FrameShortableProvider(
        pd.DataFrame({"SPY": list(shares)}, index=DAYS[: len(shares)]), max_age=timedelta(days=30)
    )


def at(day: int) -> datetime:
    return DAYS[day].to_pydatetime().replace(hour=16)


def test_s16_by_hand() -> None:
    included = ShortDesk(snapshots(1000, 600))
    excluded = ShortDesk(snapshots(1000, 600), own_use="excluded")
    for desk, monday, tuesday in ((included, 400, 0), (excluded, 400, 600)):
        desk.on_exceed = "clip"
        assert desk.allowed(SPY, at(0), 600, 0, 0) == 600
        # 600 are short under the first snapshot: of its 1,000, 400 are left, whoever counts.
        assert desk.allowed(SPY, at(0), 900, -600, 0) == monday
        # The second says 600. Included, my 600 use them up; excluded, it is 600 more than mine.
        assert desk.allowed(SPY, at(1), 900, -600, 0) == tuesday
    # The same snapshot is not lent twice: 600 went, nothing is left.
    assert excluded.allowed(SPY, at(1), 1, -1200, 0) == 0


def test_s16_a_provider_without_snapshots_answers_anew_each_time() -> None:
    desk = ShortDesk(CustomShortableProvider({"SPY": 100}), own_use="excluded")
    assert desk.allowed(SPY, at(0), 100, 0, 0) == 100
    assert desk.allowed(SPY, at(0), 100, -100, 0) == 100
    assert desk.allowed(SPY, at(0), 101, -100, 0) == 0
    assert desk.allowed(SPY, at(0), 100, -100, 1) == 0  # what rests grows the short too


def test_s16_a_fall_below_what_is_borrowed_is_no_recall_and_a_fall_to_none_is() -> None:
    wanted = pd.DataFrame({"SPY": [-600] * 4}, index=DAYS[:4])
    provider = snapshots(1000, 100, 0, 500)
    kept = constrain(wanted, provider, own_use="excluded", on_shortfall="buy_in")
    assert kept.positions["SPY"].tolist() == [-600, -600, 0, 0]
    bought = constrain(wanted, provider, on_shortfall="buy_in")
    assert bought.positions["SPY"].tolist() == [-600, -100, 0, 0]


@settings(deadline=None)
@given(
    st.lists(st.integers(-60, 60), min_size=5, max_size=5),
    st.lists(st.integers(0, 80), min_size=5, max_size=5),
    st.sampled_from(["reject", "clip"]),
)
def test_s16_engine_constrain_and_audit_decide_alike(
    targets: list[int], shares: list[int], on_exceed: str
) -> None:
    provider = snapshots(*shares)
    wanted = pd.DataFrame({"SPY": targets}, index=DAYS[:5])
    options = {"own_use": "excluded", "on_exceed": on_exceed}
    found = constrain(wanted, provider, look_up="close", **options)  # type: ignore[arg-type]
    # Each day has a snapshot of its own: a sale may enlarge the short by what it says.
    held, expected = 0, []
    for target, available in zip(targets, shares, strict=True):
        growth = max(-target, 0) - max(-held, 0)
        if growth > available:
            held = (-max(-held, 0) - available) if on_exceed == "clip" else held
        else:
            held = target
        expected.append(held)
    assert found.positions["SPY"].tolist() == expected

    def trade(algorithm, target):
        order = target - algorithm.portfolio["SPY"].quantity
        if order:
            algorithm.market_order("SPY", order)

    result = play(
        flat(6),
        {day: lambda a, t=t: trade(a, t) for day, t in enumerate(targets)},
        setup=lambda a: a.securities["SPY"].set_leverage(1000),
        provider=provider,
        **options,
    )
    assert result.algorithm.portfolio["SPY"].quantity == expected[-1]
    assert result.summary()["own_use"] == "excluded"
    # What the engine let through, the audit lets through: orders are looked up at the close of the day before.
    filled = [
        o for o in result.algorithm.transactions.get_orders() if o.status is OrderStatus.FILLED
    ]
    if filled:
        quantities = [o.quantity for o in filled]
        trades = Trades.of([o.time for o in filled], "SPY", quantities, [10.0] * len(filled))
        judged = audit(trades, provider, **options)  # type: ignore[arg-type]
        assert judged.trades["allowed"].tolist() == quantities


def test_s16_is_named_where_it_is_wrong() -> None:
    with pytest.raises(
        InvalidInputError, match="own_use='mine' must be one of 'included', 'excluded'"
    ):
        ShortDesk(own_use="mine")  # type: ignore[arg-type]
