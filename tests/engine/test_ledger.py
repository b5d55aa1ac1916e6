"""S13, S24: borrows, their events, and the attribution, which sums to the change in equity to the cent, always."""

from __future__ import annotations

import warnings
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import FrameShortableProvider
from shortable.actions import CorporateActions, Delisting, Dividend, Split
from shortable.borrow import (
    BrazilianLoanFee,
    FeeAndInterest,
    FeeOnMarketValue,
    InteractiveBrokersBorrowFee,
    InteractiveBrokersSettledFee,
    LocateFee,
    NullBorrowFee,
    NullLocate,
    RebateAgainstBenchmark,
    RebateOnMarketValue,
)
from shortable.engine import (
    Algorithm,
    Backtest,
    FinraMaintenance,
    FractionSlippage,
    NullSlippage,
    OpeningBook,
    OpeningHolding,
)
from shortable.errors import MarketDataError
from shortable.market_data import MarketData, check_splits
from shortable.recall import (
    ForcedCovers,
    NullRecall,
    RecallHazard,
    RecallOnShortfall,
    RecallTerms,
)
from shortable.restrictions import NullRestriction, Rule201
from shortable.results import BorrowEnd, CashKind, Result, read_result

from .scenario import Shares, bars, play

COSTS = [str(kind) for kind in CashKind]


def short(shares: int, ticker: str = "AMC") -> Any:
    return lambda a: a.sell(ticker, shares)


def cover(shares: int, ticker: str = "AMC") -> Any:
    return lambda a: a.buy(ticker, shares)


class Half:
    """Half a dollar an order."""

    def get_order_fee(self, order: Any, price: float) -> float:
        return 0.5


def half(a: Any) -> None:
    for security in a.securities.values():
        security.set_fee_model(Half())


def story() -> Result:
    """Sessions: Tue 2, Wed 3, Thu 4, Fri 5, Mon 8, Tue 9 January 2024."""
    return play(
        bars({"AMC": [20, 20, 21, 22, 18, 19]}),
        {0: short(100), 1: short(50), 2: cover(60), 3: cover(140), 4: short(100)},
        setup=half,
        provider=Shares(None, fee_rate=0.36),
        actions=[Dividend("AMC", "2024-01-05", 0.25, "raw")],
    )


def test_s13_the_life_of_a_borrow_worked_out_by_hand() -> None:
    result = story()
    first, second = result.borrows.itertuples()
    assert (first.symbol, first.opened, first.ended, first.end) == (
        "AMC",
        datetime(2024, 1, 3, 9, 30),
        datetime(2024, 1, 8, 9, 30),
        "covered",
    )
    # 100 at 20.00 and 50 at 21.00: 3,050 / 150
    assert (first.greatest_shares, first.average_price, first.nights) == (
        150,
        pytest.approx(61 / 3),
        3,
    )
    # 2,000 + 1,050 − 60 × 22 − 90 × 18
    assert first.price == pytest.approx(110)
    # Three whole orders, and 90 of the 140 that also open a long
    assert first.commission == pytest.approx(-1.5 - 0.5 * 90 / 140)
    # 100 × 20 × 0.001 = 2.00; 150 × 21 × 0.001 = 3.15; 90 × 22 × 0.001 × 3 = 5.94
    assert first.borrow_fee == pytest.approx(-11.09)
    # Short 150 at the close before the ex-date, the 60 are covered at its open
    assert first.dividends == pytest.approx(-37.5)
    assert first.total == pytest.approx(110 - 1.5 - 45 / 140 - 11.09 - 37.5)
    # 50 long, 100 sold at 19.00: 50 are short, worth 19.00 at the end
    assert (second.end, second.greatest_shares, second.nights, second.price) == ("open", 50, 0, 0)
    assert second.commission == pytest.approx(-0.25)
    assert pd.isna(second.ended)
    events = result.borrow_events
    assert events[["borrow", "event", "shares", "short", "price"]].values.tolist() == [
        [1, "opened", 100, 100, 20.0],
        [1, "added", 50, 150, 21.0],
        [1, "covered in part", -60, 90, 22.0],
        [1, "covered", -90, 0, 18.0],
        [2, "opened", 50, 50, 19.0],
    ]
    assert events["order_id"].tolist() == [1, 2, 3, 4, 5]


def test_s13_the_attribution_of_a_session_worked_out_by_hand() -> None:
    table = story().attribution.set_index("date")
    # On the 5th: 150 short from 21.00 to 22.00, but 60 of them bought at 22.00 as well; the night cost 3.15.
    row = table.loc["2024-01-05"]
    assert row[["price", "commission", "borrow_fee", "dividends"]].tolist() == pytest.approx(
        [-150, -0.5, -3.15, -37.5]
    )
    # On the 8th: 90 short bought back at 18.00 against 22.00, 50 bought at 18.00 and worth that.
    assert table.loc["2024-01-08", ["price", "borrow_fee"]].tolist() == pytest.approx([360, -5.94])
    sums_to_the_equity(story())


def test_s13_a_split_and_an_end_are_events_of_a_borrow() -> None:
    result = play(
        bars({"AMC": [5, 5, 50, 40, None], "SPY": [1] * 5}),
        {0: short(1_005)},
        actions=[Split("AMC", "2024-01-04", 1, 10), Delisting("AMC", "2024-01-05", 30.0)],
    )
    (borrow,) = result.borrows.itertuples()
    # 5,025 − half a share at 50.00 − 100 × 30; averages in the shares of the end
    assert (borrow.end, borrow.price, borrow.greatest_shares) == ("delisted", 2_000.0, 100)
    assert borrow.average_price == pytest.approx(5_025 / 100)
    events = result.borrow_events[["event", "shares", "short"]].values.tolist()
    assert events == [["opened", 1_005, 1_005], ["split", -905, 100], ["delisted", -100, 0]]


def test_s13_a_short_that_is_carried_in_counts_from_what_it_is_worth_then() -> None:
    opening = OpeningBook((OpeningHolding("AMC", -100, 30.0),), cash=50_000.0)
    result = play(
        bars({"AMC": [20, 22, 21]}), {1: cover(100)}, opening_book=opening, start="2024-01-03"
    )
    (borrow,) = result.borrows.itertuples()
    assert (borrow.opened, borrow.price, borrow.end) == (datetime(2024, 1, 3, 9, 30), -100, "open")
    assert result.borrow_events["event"].tolist() == ["carried in"]


def test_s13_ruin_ends_a_borrow() -> None:
    result = play(bars({"AMC": [10, 10, 20, 40]}), {0: short(1_900)}, cash=10_000)
    assert result.borrows["end"].tolist() == ["ruined"]
    assert result.borrows["total"].tolist() == [-19_000]
    sums_to_the_equity(result)


def test_s13_payments_and_recalls_of_other_models_reach_the_borrow_and_the_attribution() -> None:
    """What a locate, a penalty, interest and a recall model book by `Account.pay`, `force` and `recalls`."""

    def book(a: Any, kind: CashKind, amount: float) -> None:
        a._run_state.account.pay(0, kind, amount)

    def recall(a: Any) -> None:
        account = a._run_state.account
        account.recalls.append((len(account.events), a.time, 0, 40))
        state = a._run_state
        state.order_desk.force(state.by_column[0], 100, "bought in", BorrowEnd.BOUGHT_IN)

    def sell(a: Any) -> None:
        book(
            a, CashKind.LOCATE_FEE, -1.0
        )  # of an order that does not open a borrow in this session
        a.sell("AMC", 100)

    result = play(
        bars({"AMC": [20, 20, 20, 20, 20]}),
        {
            0: sell,
            1: lambda a: book(a, CashKind.INTEREST, 2.0),
            2: recall,
            3: lambda a: book(a, CashKind.BUY_IN_PENALTY, -8.0),
        },
    )
    (borrow,) = result.borrows.itertuples()
    assert (
        borrow.end,
        borrow.locate_fee,
        borrow.interest,
        borrow.buy_in_penalty,
        borrow.total,
    ) == (
        "bought in",
        0.0,
        2.0,
        -8.0,
        -6.0,
    )
    assert result.attribution[["locate_fee", "interest", "buy_in_penalty"]].sum().tolist() == [
        -1,
        2,
        -8,
    ]
    assert result.borrow_events[["event", "shares"]].values.tolist() == [
        ["opened", 100],
        ["recalled", 40],
        ["bought in", -100],
    ]
    sums_to_the_equity(result)


def test_s13_rebates_stand_in_a_column_of_their_own() -> None:
    class Rebates(Shares):
        def rebate_rate(self, symbol: Any, local_time: Any) -> float:
            return 0.036

    result = play(
        bars({"AMC": [10] * 3}),
        {0: short(1_000)},
        provider=Rebates(None, fee_rate=0.1),
        borrow_fee=RebateOnMarketValue(),
    )
    assert result.attribution["rebate"].sum() == pytest.approx(1.0)  # 10,000 × 0.036 / 360
    assert result.borrows[["rebate", "borrow_fee"]].values.tolist() == [[pytest.approx(1.0), 0.0]]


def test_ledgers_are_saved_and_read_and_older_folders_have_none(tmp_path: Any) -> None:
    result = story()
    folder = result.to_parquet(tmp_path / "out")
    again = read_result(folder)
    for name in ("borrows", "borrow_events", "attribution"):
        pd.testing.assert_frame_equal(again.table(name), result.table(name))
        (folder / f"{name}.parquet").unlink()
    older = read_result(folder)
    assert [len(older.borrows), len(older.borrow_events), len(older.attribution)] == [0, 0, 0]
    assert not older.has_table("borrows")


def sums_to_the_equity(result: Result) -> None:
    equity = result.equity["equity"]
    changes = np.diff(equity.to_numpy(), prepend=result.summary()["start_equity"])
    by_day = result.attribution.groupby("date")["total"].sum().reindex(equity.index, fill_value=0.0)
    assert by_day.to_numpy() == pytest.approx(changes, abs=1e-6)
    table = result.attribution
    assert table[COSTS].sum(axis=1).to_numpy() == pytest.approx(table["total"].to_numpy(), abs=1e-6)


# -- every combination ------------------------------------------------------------------------------------
TICKERS = ("AMC", "GME")
DAYS = pd.bdate_range("2024-01-02", periods=9)
STEP = st.sampled_from([-2.0, -0.5, 0.0, 0.5, 3.0, 9.0])
ORDER = st.tuples(
    st.integers(0, 7),
    st.sampled_from(TICKERS),
    st.sampled_from(["market", "limit", "close"]),
    st.integers(-300, 300).filter(bool),
)


COVERS = ForcedCovers(pd.DataFrame({"symbol": TICKERS, "date": DAYS[3], "until": DAYS[5]}), ["AMC"])


@given(
    moves=st.tuples(*(st.lists(STEP, min_size=9, max_size=9) for _ in TICKERS)),
    ends=st.none() | st.integers(3, 7),
    orders=st.lists(ORDER, max_size=14),
    splits=st.dictionaries(
        st.sampled_from(TICKERS),
        st.tuples(st.integers(1, 8), st.sampled_from([(2, 1), (1, 3), (3, 2)])),
    ),
    dividends=st.lists(
        st.tuples(st.sampled_from(TICKERS), st.integers(1, 8)), max_size=3, unique=True
    ),
    carried=st.sampled_from([0, -37, 50]),
    fee=st.sampled_from(
        [
            FeeOnMarketValue(),
            InteractiveBrokersBorrowFee(),
            InteractiveBrokersSettledFee(),
            RebateOnMarketValue(),
            BrazilianLoanFee(),
            FeeAndInterest(0.9),
            RebateAgainstBenchmark(0.05),
            NullBorrowFee(),
        ]
    ),
    recall=st.sampled_from(
        [
            NullRecall(),
            RecallOnShortfall(1, RecallTerms(1, "close", 0.05)),
            RecallHazard(3),
            COVERS,
            RecallOnShortfall(1, RecallTerms(3, "open", 0.02)) | COVERS | RecallHazard(3),
        ]
    ),
    locate=st.sampled_from([NullLocate(), LocateFee(0.03)]),
    restriction=st.sampled_from([NullRestriction(), Rule201([("GME", DAYS[2].date(), None)])]),
    slippage=st.sampled_from([NullSlippage(), FractionSlippage(0.01)]),
    maintenance=st.sampled_from([None, FinraMaintenance()]),
    cash=st.sampled_from([1_500.0, 8_000.0, 200_000.0]),
    basis=st.sampled_from(["raw", "split_adjusted"]),
    on_delisting=st.sampled_from(["last_price", 0.0, 60.0]),
)
def test_s13_attribution_sums_under_every_combination(
    moves: Any,
    ends: int | None,
    orders: list[Any],
    splits: Any,
    dividends: Any,
    carried: int,
    fee: Any,
    recall: Any,
    locate: Any,
    restriction: Any,
    slippage: Any,
    maintenance: Any,
    cash: float,
    basis: Any,
    on_delisting: Any,
) -> None:
    frames = {}
    ratios = {}
    for ticker, own in zip(TICKERS, moves, strict=True):
        closes = np.maximum(20 + np.cumsum(own), 0.5)
        if basis == "raw" and ticker in splits:
            day, (new, old) = splits[ticker]
            closes[:day] *= new / old
            ratios[ticker] = splits[ticker]
        index = DAYS if ticker == "AMC" or ends is None else DAYS[: ends + 1]
        frames[ticker] = pd.DataFrame({"close": closes[: len(index)]}, index)
    actions = [
        *(Split(t, DAYS[day], new, old) for t, (day, (new, old)) in ratios.items()),
        *(Dividend(t, DAYS[day], 0.5, "raw") for t, day in dividends),
    ]
    lent = FrameShortableProvider(
        pd.DataFrame({"AMC": [1000] * 4 + [100] * 5, "GME": 1000}, DAYS),
        fee_rates=pd.DataFrame({"AMC": 0.7, "GME": 3.0}, DAYS),
    )

    class Trades(Algorithm):
        def initialize(self) -> None:
            self.row = -1
            for t in TICKERS:
                self.add_equity(t).set_slippage_model(slippage)

        def on_data(self, slice: Any) -> None:
            self.row += 1
            for day, ticker, kind, quantity in orders:
                if day == self.row and self.securities[ticker].price:
                    if kind == "market":
                        self.market_order(ticker, quantity)
                    elif kind == "limit":
                        self.limit_order(ticker, quantity, self.securities[ticker].price)
                    else:
                        self.market_on_close_order(ticker, quantity)

    held = (OpeningHolding("AMC", carried, 20.0),) if carried else ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jumps that look like splits, and are none
        result = Backtest(
            Trades,
            MarketData.from_frames(frames, basis=basis),
            provider=lent,
            borrow_fee=fee,
            actions=actions if not _hidden(frames, actions) else [],
            on_delisting=on_delisting,
            opening_book=OpeningBook(held, cash=cash),
            recall=recall,
            locate=locate,
            restriction=restriction,
            **({} if maintenance is None else {"maintenance": maintenance}),
        ).run()
    sums_to_the_equity(result)
    table, borrows = result.attribution, result.borrows
    # Only shorts pay and receive these.
    for column in ("borrow_fee", "rebate", "interest", "buy_in_penalty"):
        assert borrows[column].sum() == pytest.approx(table[column].sum(), abs=1e-6)
    nights = table[["borrow_fee", "rebate", "interest"]].sum().sum()
    assert nights == pytest.approx(-result.borrow_costs["cost"].sum(), abs=1e-6)
    assert borrows[COSTS].sum(axis=1).tolist() == pytest.approx(borrows["total"].tolist())
    left = result.holdings.query("quantity < 0")["symbol"].tolist()
    assert sorted(borrows.query("end == 'open'")["symbol"].tolist()) == sorted(left)
    lasts = result.borrow_events.groupby("borrow")["short"].last()
    assert (lasts == 0).tolist() == (borrows["end"] != "open").tolist()


def _hidden(frames: Any, actions: list[Any]) -> bool:
    """Whether wild moves hide a split, which would be refused."""
    try:
        check_splits(MarketData.from_frames(frames, basis="raw"), CorporateActions(actions))
    except MarketDataError:
        return True
    return False
