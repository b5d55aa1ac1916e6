"""S12, S13: dividends and the borrow ledger of an audited trade list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from shortable import CustomShortableProvider, FrameShortableProvider
from shortable.actions import Delisting, Dividend, Split
from shortable.borrow import FeeOnMarketValue, NullBorrowFee
from shortable.engine import Algorithm, Backtest, MarketData, NullFeeModel
from shortable.errors import CorporateActionError
from shortable.recall import RecallOnShortfall, RecallTerms
from shortable.research import Trades, audit
from shortable.results import CashKind

DAYS = pd.bdate_range("2024-01-02", periods=7)
COSTS = [str(kind) for kind in CashKind]
LENT = CustomShortableProvider({"AMC": 1_000, "GME": 1_000}, fee_rate={"AMC": 0.36, "GME": 0.36})


def closes(**prices: list[float]) -> pd.DataFrame:
    return pd.DataFrame(prices, DAYS[: len(next(iter(prices.values())))])


@pytest.mark.parametrize("basis", ["raw", "split_adjusted"])
def test_s12_a_dividend_is_owed_on_what_was_short_at_the_close_before(basis: Any) -> None:
    # 0.50 a share of the 4th, 4 for 1 from the 5th. Short 100 own shares; covered on the ex-date.
    unit = 1 if basis == "raw" else 4
    done = Trades.of(
        [DAYS[0], DAYS[2], DAYS[4]],
        "AMC",
        [-100 * unit, 100 * unit, -4],
        [40 / unit, 40 / unit, 10],
    )
    actions = [Dividend("AMC", DAYS[2], 0.5, "raw"), Split("AMC", DAYS[3], 4, 1)]
    provider = CustomShortableProvider({"AMC": 1_000})
    found = audit(done, provider, actions=actions, basis=basis, borrow_fee=NullBorrowFee())
    assert found.daily["pnl_before"].tolist() == [0, 0, -50, -50, -50]
    assert found.summary()["pnl_after_fees"] == -50
    assert "AMC dividend of 0.5 USD" in found.notes[-1]
    (first, second) = found.borrows.itertuples()
    assert (first.dividends, first.end, second.dividends, second.end) == (-50, "covered", 0, "open")


def test_s12_what_was_not_borrowable_owes_no_dividend() -> None:
    done = Trades.of([DAYS[0], DAYS[2]], "AMC", [-5_000, 5_000], [40, 40])
    found = audit(done, LENT, actions=[Dividend("AMC", DAYS[1], 0.5, "raw")])
    assert found.summary()["pnl_before"] == -2_500
    assert (found.summary()["pnl_after"], len(found.borrows)) == (0, 0)


def test_s12_a_long_that_was_carried_in_is_paid() -> None:
    done = Trades.of([DAYS[0]], "AMC", [-100], [10])
    found = audit(done, LENT, actions=[Dividend("AMC", DAYS[0], 0.5, "raw")], opening={"AMC": 100})
    assert found.summary()["pnl_after_fees"] == 50


def test_dividends_in_another_currency_are_refused() -> None:
    done = Trades.of([DAYS[0], DAYS[2]], "AMC", [-5, 5], [40, 40])
    with pytest.raises(CorporateActionError, match="currency of the share"):
        audit(done, LENT, actions=[Dividend("AMC", DAYS[1], 0.5, "raw", "CAD")])


def test_s13_a_borrow_worked_out_by_hand() -> None:
    done = Trades.of(
        [DAYS[0], DAYS[1], DAYS[3]], "AMC", [-100, -50, 200], [20, 21, 18], [0.5, 0.5, 0.8]
    )
    found = audit(done, LENT, closes(AMC=[20, 21, 22, 18]))
    (borrow,) = found.borrows.itertuples()
    # 2,000 + 1,050 − 150 × 18; 150 of the 200 bought close the short
    assert (borrow.price, borrow.commission) == (350, pytest.approx(-1.6))
    # 100 × 20 × 0.001 + 150 × 21 × 0.001 + 150 × 22 × 0.001 = 2.00 + 3.15 + 3.30
    assert (borrow.borrow_fee, borrow.nights) == (pytest.approx(-8.45), 3)
    assert (borrow.opened, borrow.ended) == (datetime(2024, 1, 2), datetime(2024, 1, 5))
    assert found.borrow_events[["event", "shares", "order_id"]].values.tolist() == [
        ["opened", 100, 0],
        ["added", 50, 1],
        ["covered", -150, 2],
    ]


def test_s13_ends_by_delisting_and_by_ruin() -> None:
    gone = audit(
        Trades.of([DAYS[0], DAYS[4]], ["AMC", "GME"], [-1_005, 1], [5, 20]),
        CustomShortableProvider({"AMC": 2_000}),
        actions=[Split("AMC", DAYS[1], 1, 10), Delisting("AMC", DAYS[2], 30.0)],
    )
    (borrow,) = gone.borrows.itertuples()
    # 5,025 − half a share at 50.00 − 100 × 30
    assert (borrow.end, borrow.price) == ("delisted", 2_000)
    ruined = audit(
        Trades.of([DAYS[0], DAYS[5]], "AMC", [-900, 900], [10, 10]),
        LENT,
        closes(AMC=[10, 10, 25, 10, 10, 10]),
        cash=10_000,
        borrow_fee=NullBorrowFee(),
    )
    assert (ruined.borrows["end"].tolist(), ruined.borrows["total"].tolist()) == (
        ["ruined"],
        [-13_500],
    )
    assert ruined.attribution["total"].sum() == -13_500
    assert ruined.returns.tolist() == [0, 0, -1, 0, 0, 0]


SPLITS = st.lists(
    st.tuples(
        st.sampled_from(["AMC", "GME"]),
        st.integers(1, 4),  # GME ends on day 5
        st.sampled_from([(2, 1), (1, 3), (3, 2), (7, 5)]),
    ),
    max_size=3,
    # The same split twice within days is refused as one that is stated twice.
    unique_by=(lambda split: split[:2], lambda split: (split[0], split[2])),
)
LINES = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.sampled_from(["AMC", "GME"]),
        st.integers(-600, 600).filter(bool),
        st.integers(8, 30),
    ),
    min_size=1,
    max_size=15,
).map(lambda lines: sorted(lines, key=lambda line: line[0]))


@given(
    LINES,
    st.booleans(),
    st.sampled_from([None, 2_000.0, 1e6]),
    SPLITS,
    st.integers(1, 6),
    st.sampled_from([{}, {"AMC": -30}, {"GME": 25}]),
    st.sampled_from(["reject", "clip"]),
)
def test_s13_attribution_sums_to_the_pnl_and_borrows_to_their_costs(
    lines: Any, priced: bool, cash: Any, splits: Any, day: int, opening: Any, on_exceed: Any
) -> None:
    done = Trades.of(
        DAYS[[d for d, *_ in lines]],
        [s for _, s, *_ in lines],
        [q for *_, q, _ in lines],
        [p for *_, p in lines],
        [0.5] * len(lines),
    )
    prices = closes(AMC=[20, 22, 19, 25, 24, 23, 21], GME=[10, 9, 12, 14, 11, 10, 13])
    actions: list[Any] = [Dividend("AMC", DAYS[day], 0.25, "raw"), Delisting("GME", DAYS[5], 8.0)]
    actions += [Split(ticker, DAYS[at], *ratio) for ticker, at, ratio in splits]
    kept = [line for line in lines if line[1] != "GME" or line[0] < 6]
    if len(kept) < len(lines):
        actions = [a for a in actions if not isinstance(a, Delisting)]
    found = audit(
        done,
        LENT,
        prices if priced else None,
        actions=actions,
        cash=cash,
        opening=opening,
        on_exceed=on_exceed,
    )
    changes = np.diff(found.daily["pnl_after_fees"].to_numpy(), prepend=0.0)
    table, borrows = found.attribution, found.borrows
    by_day = table.groupby("date")["total"].sum().reindex(found.daily.index, fill_value=0.0)
    assert by_day.to_numpy() == pytest.approx(changes, abs=1e-6)
    assert -table["borrow_fee"].sum() == pytest.approx(found.summary()["borrow_fee"])
    assert borrows["borrow_fee"].sum() == pytest.approx(table["borrow_fee"].sum())
    assert borrows[COSTS].sum(axis=1).tolist() == pytest.approx(borrows["total"].tolist())


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5), st.sampled_from(["AMC", "GME"]), st.integers(-200, 200).filter(bool)
        ),
        min_size=1,
        max_size=10,
        unique_by=lambda line: line[:2],
    ).map(sorted),
    st.integers(1, 6),
)
def test_s13_engine_and_audit_keep_the_same_ledger(lines: Any, day: int) -> None:
    """The engine's own fills, audited: the same borrows and the same attribution."""
    prices = closes(AMC=[20, 22, 19, 25, 24, 23, 21], GME=[10, 9, 12, 14, 11, 10, 13])
    actions = [Dividend("AMC", DAYS[day], 0.25, "raw")]

    class Trader(Algorithm):
        def initialize(self) -> None:
            self.row = -1
            for ticker in ("AMC", "GME"):
                self.add_equity(ticker).set_fee_model(NullFeeModel())

        def on_data(self, slice: Any) -> None:
            self.row += 1
            for at, ticker, shares in lines:
                if at == self.row:
                    self.market_order(ticker, shares)

    data = MarketData.from_frames(
        {t: prices[[t]].set_axis(["close"], axis=1) for t in prices}, basis="raw"
    )
    result = Backtest(Trader, data, provider=LENT, cash=1e9, actions=actions).run()
    fills = result.fills
    done = Trades.of(
        fills["time"].dt.normalize(), fills["symbol"].tolist(), fills["quantity"], fills["price"]
    )
    found = audit(done, LENT, prices, actions=actions, borrow_fee=FeeOnMarketValue())
    columns = ["symbol", "end", "greatest_shares", "average_price", "nights", *COSTS, "total"]
    ours, theirs = result.borrows[columns], found.borrows[columns]
    # The audit ends with the last trade where nothing is left open.
    pd.testing.assert_frame_equal(
        ours.sort_values(["symbol", "price"], ignore_index=True),
        theirs.sort_values(["symbol", "price"], ignore_index=True),
        check_dtype=False,
    )
    sums = [
        table.groupby("symbol")[COSTS].sum() for table in (result.attribution, found.attribution)
    ]
    pd.testing.assert_frame_equal(*sums)


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(st.integers(1, 7), st.integers(-300, 200).filter(bool)),
        max_size=6,
        unique_by=lambda line: line[0],
    ).map(lambda lines: [(0, -200), *sorted(lines)]),
    st.lists(st.sampled_from([0, 40, 150, 1_000]), min_size=8, max_size=8),
    st.sampled_from([(2, 1), (1, 2), (3, 2), (1, 3)]),
    st.integers(2, 7),
    st.integers(1, 2),
)
def test_s13_a_list_of_recalls_buy_ins_and_a_split_is_attributed_as_in_the_engine(
    lines: Any, lent: Any, ratio: Any, day: int, due_after: int
) -> None:
    """What was bought in stands in the trade list as any purchase: prices, fees and dividends are the engine's own."""
    days = pd.bdate_range("2024-01-02", periods=9)
    new, old = ratio
    # 24.00 divides by 2, 3 and 3 / 2.
    raw = [24.0 + 6 * (at % 3) for at in range(9)]
    prices = pd.DataFrame(
        {"AMC": [p if at < day else p * old / new for at, p in enumerate(raw)]}, days
    )
    actions = [Split("AMC", days[day], new, old), Dividend("AMC", days[day - 1], 0.25, "raw")]

    class Trader(Algorithm):
        def initialize(self) -> None:
            self.row = -1
            self.add_equity("AMC").set_fee_model(NullFeeModel())

        def on_data(self, slice: Any) -> None:
            self.row += 1
            for at, shares in lines:
                if at == self.row:
                    self.market_order("AMC", shares)

    frames = {"AMC": prices.set_axis(["close"], axis=1)}
    fees = pd.DataFrame({"AMC": 0.36}, days)
    result = Backtest(
        Trader,
        MarketData.from_frames(frames, basis="raw"),
        provider=FrameShortableProvider(pd.DataFrame({"AMC": [1_000, *lent]}, days), fees),
        cash=1e9,
        actions=actions,
        recall=RecallOnShortfall(sessions=1, terms=RecallTerms(due_after=due_after, penalty=0.01)),
    ).run()
    fills = result.fills
    event("bought in" if "bought in" in result.borrows["end"].tolist() else "not bought in")
    done = Trades.of(
        fills["time"].dt.normalize(), fills["symbol"].tolist(), fills["quantity"], fills["price"]
    )
    found = audit(
        done,
        CustomShortableProvider({"AMC": 10**6}, fee_rate={"AMC": 0.36}),
        prices,
        actions=actions,
    )
    kinds = ["price", "borrow_fee", "dividends"]
    ours, theirs = result.attribution[kinds].sum(), found.attribution[kinds].sum()
    assert theirs.tolist() == pytest.approx(ours.tolist(), abs=1e-6)
    assert found.attribution["total"].sum() == pytest.approx(found.summary()["pnl_after_fees"])
    # The penalty is the broker's, and is in no price.
    gained = result.equity["equity"].iloc[-1] - 1e9
    penalty = result.attribution["buy_in_penalty"].sum()
    assert found.summary()["pnl_after_fees"] == pytest.approx(gained - penalty, abs=1e-6)
