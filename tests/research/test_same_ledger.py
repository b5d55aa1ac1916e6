"""S13: engine, `constrain`, `audit` and every host give the same borrow ledger for the same positions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import CustomShortableProvider
from shortable.actions import Dividend, Split
from shortable.borrow import FeeAndInterest, InteractiveBrokersSettledFee, RebateAgainstBenchmark
from shortable.errors import InvalidInputError
from shortable.research import audit, constrain, constrain_weights, read_trades
from shortable.research.trade_lists import Trades
from shortable.results import CashKind, Ledger, ledger_of
from shortable.testing.hosts.names import HOSTS
from shortable.testing.workload import Workload
from tests.hosts import host_named

COSTS = [str(kind) for kind in CashKind]
COLUMNS = ["symbol", "end", "greatest_shares", "average_price", "nights", *COSTS, "total"]


@dataclass(frozen=True, slots=True)
class TwoShorts(Workload):
    """AAA is sold twice and bought back, then sold once more; BBB is sold while AAA is short, and bought back later."""

    def orders(self, session: int, column: int, held: int) -> list[int]:
        """Return what is sent at a session's close; it fills in the next session."""
        sells = {0: {0: [-100, -50], 5: [-70]}, 1: {1: [-30]}}[column]
        if session in ({3, 7} if column == 0 else {6}):
            return [-held] if held < 0 else []
        return sells.get(session, [])


DAYS = [date(2024, 1, day) for day in (2, 3, 4, 5, 8, 9, 10, 11, 12)]
INDEX = pd.DatetimeIndex(DAYS)
CLOSES = pd.DataFrame(
    {
        "AAA": [20.0, 20.0, 22.0, 21.0, 18.0, 19.0, 25.0, 24.0, 23.0],
        "BBB": [8.0, 8.0, 8.5, 9.0, 9.5, 9.25, 9.0, 7.5, 7.0],
    },
    INDEX,
)
# Held after each session's fills, which come in the session after the order.
POSITIONS = pd.DataFrame(
    {"AAA": [0, -150, -150, -150, 0, 0, -70, -70, 0], "BBB": [0, 0, -30, -30, -30, -30, -30, 0, 0]},
    INDEX,
)
PROVIDER = CustomShortableProvider(
    {"AAA": 1_000, "BBB": 1_000}, fee_rate={"AAA": 0.36, "BBB": 0.72}
)


def same(found: Any, expected: Any) -> None:
    """Compare two ledgers: every borrow with all its figures, and what each session made of each symbol."""
    pd.testing.assert_frame_equal(
        *(
            table[COLUMNS].assign(symbol=table["symbol"].map(str), end=table["end"].map(str))
            for table in (found.borrows, expected.borrows)
        ),
        check_dtype=False,
    )
    names = ["event", "shares", "short", "price"]
    assert (
        found.borrow_events[names].values.tolist() == expected.borrow_events[names].values.tolist()
    )
    sums = [
        table.assign(symbol=table["symbol"].map(str))
        .groupby(["date", "symbol"])[[*COSTS, "total"]]
        .sum()
        for table in (found.attribution, expected.attribution)
    ]
    pd.testing.assert_frame_equal(*(table[(table != 0).any(axis=1)] for table in sums))


def wanted() -> Any:
    return constrain(POSITIONS, PROVIDER, CLOSES)


def test_s13_the_ledger_of_targets_worked_out_by_hand() -> None:
    first, second, third = wanted().borrows.itertuples()
    # AAA: 150 sold at 20.00, bought at 18.00 on the 8th; 150 × 0.36 / 360 × (20 + 22 + 3 × 21) = 0.15 × 105
    assert (first.price, first.borrow_fee, first.nights) == (300, pytest.approx(-15.75), 3)
    # BBB: 30 sold at 8.50, bought at 7.50 on the 11th; 30 × 0.72 / 360 × (8.5 + 3 × 9 + 9.5 + 9.25 + 9) = 0.06 × 63.25
    assert (second.price, second.borrow_fee, second.nights) == (30, pytest.approx(-3.795), 5)
    # AAA: 70 sold at 25.00, bought at 23.00 on the 12th; 70 × 0.36 / 360 × (25 + 24) = 0.07 × 49
    assert (third.price, third.borrow_fee, third.total) == (
        140,
        pytest.approx(-3.43),
        pytest.approx(136.57),
    )
    assert wanted().borrow_events["event"].tolist() == [
        "opened",
        "opened",
        "covered",
        "opened",
        "covered",
        "covered",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTS)
def test_s13_every_host_s_fills_and_nights_give_the_ledger_of_the_same_targets(
    name: str, tmp_path: Any
) -> None:
    host = host_named(name)
    prices = CLOSES.to_numpy()
    work = TwoShorts("custom", DAYS, ["AAA", "BBB"], prices, prices, PROVIDER, "close")
    outcome = host.run(work)
    assert outcome.trades is not None and outcome.borrow_costs is not None  # noqa: PT018
    outcome.trades.to_csv(tmp_path / "trades.csv")
    trades = read_trades(tmp_path / "trades.csv").trades
    fills = pd.DataFrame(
        {
            "time": pd.DatetimeIndex(trades.times).normalize(),
            "symbol": trades.symbols,
            "quantity": trades.quantities,
            "price": trades.prices,
        }
    )
    # Two orders of one session are one change of a target.
    fills = fills.groupby(["time", "symbol", "price"], as_index=False)["quantity"].sum()
    found = ledger_of(fills, outcome.borrow_costs, CLOSES)
    same(found, wanted())
    listed = Trades.of(fills["time"], fills["symbol"].tolist(), fills["quantity"], fills["price"])
    same(audit(listed, PROVIDER, CLOSES), wanted())


TARGETS = st.lists(st.tuples(st.integers(-60, 40), st.integers(-60, 40)), min_size=7, max_size=7)


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(
    TARGETS,
    st.sampled_from([None, (2, 1), (1, 2), (3, 2)]),
    st.integers(1, 5),
    st.sampled_from([None, FeeAndInterest(0.05), RebateAgainstBenchmark(0.05)]),
)
def test_s13_targets_and_their_trades_audited_have_one_ledger(
    targets: list[tuple[int, int]], ratio: Any, day: int, fee: Any
) -> None:
    index = pd.bdate_range("2024-01-02", periods=8)
    positions = pd.DataFrame([*targets, (0, 0)], index, ["AAA", "BBB"])
    closes = pd.DataFrame(
        {"AAA": [20, 22, 19, 25, 24, 23, 21, 20], "BBB": [10, 9, 12, 14, 11, 10, 13, 12]},
        index,
        dtype=float,
    )
    actions = [] if ratio is None else [Split("AAA", index[day], *ratio)]
    found = constrain(positions, PROVIDER, closes, actions=actions, borrow_fee=fee)
    before = found.positions.shift(1, fill_value=0).to_numpy().copy()
    if ratio is not None:
        before[day, 0] = np.trunc(round(before[day, 0] * ratio[0] / ratio[1], 9))
    change = found.positions.to_numpy() - before
    rows, columns = np.nonzero(change)
    if not len(rows):
        return
    listed = Trades.of(
        index[rows],
        [positions.columns[c] for c in columns],
        change[rows, columns],
        closes.to_numpy()[rows, columns],
    )
    judged = audit(listed, PROVIDER, closes, actions=actions, borrow_fee=fee)
    same(found, judged)
    assert found.attribution["total"].sum() == pytest.approx(judged.summary()["pnl_after_fees"])
    nights = found.attribution[["borrow_fee", "rebate", "interest"]].sum().sum()
    assert -nights == pytest.approx(found.total_borrow_cost)


WEIGHTS = st.lists(st.tuples(*[st.floats(-0.9, 0.6)] * 2), min_size=8, max_size=8)


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(
    WEIGHTS,
    st.lists(st.tuples(*[st.integers(2, 30)] * 2), min_size=8, max_size=8),
    st.sampled_from([None, (2, 1), (1, 2), (3, 2)]),
    st.integers(1, 6),
    st.sampled_from([None, FeeAndInterest(0.05), InteractiveBrokersSettledFee()]),
)
def test_s13_weights_keep_the_ledger_of_their_positions_and_it_sums_to_the_nav(
    weights: Any, prices: Any, ratio: Any, day: int, fee: Any
) -> None:
    index = pd.bdate_range("2024-01-02", periods=8)
    closes = pd.DataFrame(prices, index, ["AAA", "BBB"], dtype=float)
    actions: list[Any] = [Dividend("AAA", index[day + 1], 0.25, "raw")]
    if ratio is not None:
        actions.append(Split("AAA", index[day], *ratio))
        closes.iloc[:day, 0] *= ratio[0] / ratio[1]
    wanted = pd.DataFrame(weights, index, ["AAA", "BBB"])
    lent = CustomShortableProvider({"AAA": 200, "BBB": 900}, fee_rate={"AAA": 0.9, "BBB": 0.4})
    _, found = constrain_weights(wanted, lent, closes, 1e4, borrow_fee=fee, actions=actions)
    by_day = found.attribution.groupby("date")["total"].sum().reindex(index, fill_value=0.0)
    np.testing.assert_allclose(by_day, found.nav.diff().fillna(found.nav.iloc[0] - 1e4), atol=1e-6)
    if found.ruined_on is not None:
        assert set(found.borrows.query("ended == @found.ruined_on")["end"]) <= {"ruined"}
        return
    same(found, constrain(found.positions, lent, closes, borrow_fee=fee, actions=actions))


def test_s14_weights_that_ruin_end_their_borrows_so() -> None:
    # −1.5 of 10,000 at 10.00: 1,500 short; at 17.00 they have lost 10,500, and the night at 36 % cost 15.00.
    index = pd.bdate_range("2024-01-02", periods=3)
    provider = CustomShortableProvider({"AAA": 9_000}, fee_rate={"AAA": 0.36})
    weights = pd.DataFrame({"AAA": [-1.5, -1.5, -1.5]}, index)
    closes = pd.DataFrame({"AAA": [10.0, 17.0, 5.0]}, index)
    _, found = constrain_weights(weights, provider, closes, 1e4)
    assert found.borrows[["end", "price", "borrow_fee"]].values.tolist() == [
        ["ruined", -10_500.0, -15.0]
    ]
    assert found.nav.tolist() == [10_000.0, -515.0, -515.0]


def test_a_ledger_needs_prices_sessions_and_columns() -> None:
    with pytest.raises(InvalidInputError, match="prices=None must be given to constrain"):
        _ = constrain(POSITIONS, PROVIDER).borrows
    fills = pd.DataFrame({"time": INDEX[:1], "symbol": "AAA", "quantity": [-1], "price": [20.0]})
    nights = pd.DataFrame({"date": INDEX[:0], "symbol": [], "cost": []})
    with pytest.raises(
        InvalidInputError, match="fills='2024-01-02 00:00:00' must be in a session of closes"
    ):
        ledger_of(fills, nights, CLOSES.iloc[1:])
    with pytest.raises(InvalidInputError, match="fills='AAA' must have a column in closes"):
        ledger_of(fills, nights, CLOSES[["BBB"]])
    assert isinstance(ledger_of(fills.iloc[:0], nights, CLOSES), Ledger)
