"""S30: forced covers by date, of declared positions alone: the table by hand and from a real closure, and in the engine."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable.engine import Backtest, MarketData
from shortable.errors import InvalidInputError
from shortable.recall import (
    ForcedCovers,
    LentPosition,
    NullRecall,
    book_closure_suspensions,
)
from shortable.restrictions import SuspendedShortSales

from .scenario import Scripted, play
from .test_ledger import sums_to_the_equity

# Sessions of Taiwan: Monday 3 June 2024 to Friday the 7th, and from Tuesday the 11th on; the 10th is a holiday.
DAYS = [f"2024-06-{day:02d}" for day in (3, 4, 5, 6, 7, 11, 12, 13, 14, 17)]
TSMC, HON_HAI = "2330.TW", "2317.TW"
CLOSURES = pd.DataFrame({"symbol": [TSMC], "date": ["2024-06-17"]})
TABLE = book_closure_suspensions(CLOSURES)


def prices(closes: list[float] | None = None) -> MarketData:
    index = pd.DatetimeIndex(DAYS)
    frame = pd.DataFrame({"close": closes or [100.0 + n for n in range(len(DAYS))]}, index)
    return MarketData.from_frames({TSMC: frame, HON_HAI: frame})


class Hears(Scripted):
    def initialize(self) -> None:
        super().initialize()
        self.heard: list[Any] = []

    def on_borrow_recalled(self, recalls: Any) -> None:
        for one in recalls:
            assert one.due_after is None
            self.heard.append((f"{self.time:%m-%d}", one.symbol.ticker, one.shares, one.last_day))

    def on_buy_in(self, buy_ins: Any) -> None:
        for one in buy_ins:
            self.heard.append((f"{self.time:%m-%d}", one.symbol.ticker, one.shares, one.price))


def short(*shares: tuple[str, int]) -> Any:
    return lambda a: [a.market_order(symbol, -count) for symbol, count in shares]


def test_s30_taiwan_s_last_day_is_the_sixth_business_day_before_the_closure() -> None:
    # Before Monday 17 June 2024: 14, 13, 12, 11, 7 and, sixth, 6 June, as the 10th is a holiday. Suspended for four business
    # days from it: 6, 7, 11, 12 June.
    assert TABLE.values.tolist() == [[TSMC, date(2024, 6, 6), date(2024, 6, 12)]]
    # TSMC's closure from 7 April 2018: the press named 28 March as the last day. The exchange held a make-up session on
    # Saturday 31 March, which no weekday rule knows, and was closed from 4 to 6 April: 3, 2, 31, 30, 29, 28.
    sessions = [date(2018, 3, day) for day in (26, 27, 28, 29, 30, 31)]
    sessions += [date(2018, 4, day) for day in (2, 3, 9)]
    closure = pd.DataFrame({"symbol": [TSMC], "date": ["2018-04-07"]})
    assert book_closure_suspensions(closure, sessions)["date"].tolist() == [date(2018, 3, 28)]
    assert book_closure_suspensions(closure)["date"].tolist() == [date(2018, 3, 27)]
    with pytest.raises(InvalidInputError, match="at least 6 before each closure"):
        book_closure_suspensions(closure, sessions[-3:])
    with pytest.raises(InvalidInputError, match="columns symbol, date"):
        book_closure_suspensions(pd.DataFrame({"symbol": [TSMC]}))


def test_s30_a_margin_short_is_bought_in_after_the_last_day_and_a_borrowed_one_stays() -> None:
    result = play(
        prices(),
        {0: short((TSMC, 500), (HON_HAI, 500))},
        kind=Hears,
        recall=ForcedCovers(
            pd.concat([TABLE, TABLE.assign(symbol=HON_HAI)]),
            positions=[TSMC],
            notice=1,
            penalty=0.01,
        ),
    )
    # Told a business day before 6 June; bought in at the open of the 7th, 104.00.
    last = date(2024, 6, 6)
    assert result.algorithm.heard == [("06-05", "2330", 500, last), ("06-07", "2330", 500, 104.0)]
    ends = result.borrows.set_index("symbol")["end"].to_dict()
    assert ends == {TSMC: "bought in", HON_HAI: "open"}
    assert result.orders["tag"].tolist()[-1] == (
        "Bought in: 500 recalled shares of 2330 were not returned by 2024-06-06"
    )
    assert result.attribution["buy_in_penalty"].sum() == pytest.approx(-500 * 104 * 0.01)
    assert "ForcedCovers(2 dates, 1 positions)" in result.summary()["recall"]
    sums_to_the_equity(result)


def test_s30_a_cover_on_the_last_day_is_in_time() -> None:
    # Sent at the close of the 5th, filled at the open of the 6th, the last day.
    result = play(
        prices(),
        {0: short((TSMC, 500)), 2: lambda a: a.market_order(TSMC, 500)},
        kind=Hears,
        recall=ForcedCovers(TABLE, positions=[TSMC], notice=2),
    )
    assert [told[0] for told in result.algorithm.heard] == ["06-05"]
    assert result.borrows["end"].tolist() == ["recalled"]


def test_s30_a_closure_is_not_known_before_it_is_announced() -> None:
    announced = book_closure_suspensions(CLOSURES.assign(announced="2024-06-06"))
    result = play(
        prices(),
        {0: short((TSMC, 500))},
        kind=Hears,
        recall=ForcedCovers(announced, positions=[TSMC], notice=10),
    )
    assert [told[0] for told in result.algorithm.heard] == ["06-06", "06-07"]


def test_s30_what_is_sold_while_it_is_suspended_is_refused_or_bought_in() -> None:
    # Sent on the 6th, filled on the 7th: recalled and bought in on the 11th, at 105.00. Sent on the 12th it fills on the
    # 13th, after the suspension, and stands.
    steps = {3: short((TSMC, 500)), 6: short((TSMC, 300))}
    covers = ForcedCovers(TABLE, positions=[TSMC])
    result = play(prices(), steps, kind=Hears, recall=covers)
    last = date(2024, 6, 6)
    assert result.algorithm.heard == [("06-11", "2330", 500, last), ("06-11", "2330", 500, 105.0)]
    assert result.algorithm.portfolio[TSMC].quantity == -300
    refused = play(
        prices(), steps, recall=covers, restriction=SuspendedShortSales(TABLE, positions=[TSMC])
    )
    assert refused.refusals["tag"].tolist() == [
        "Short sale of 2330 refused: suspended on 2024-06-06",
        "Short sale of 2330 refused: suspended on 2024-06-12",
    ]
    assert SuspendedShortSales(TABLE).dated() == date(2024, 6, 12)


def test_s30_what_is_no_table_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="columns symbol, date, until"):
        ForcedCovers(CLOSURES, positions=[TSMC])
    with pytest.raises(InvalidInputError, match="not lie before 2024-06-06"):
        ForcedCovers(TABLE.assign(until="2024-06-05"), positions=[TSMC])
    with pytest.raises(InvalidInputError, match="notice=-1"):
        ForcedCovers(TABLE, positions=[TSMC], notice=-1)
    forever = ForcedCovers(TABLE.assign(until=None), positions=[TSMC])
    later = LentPosition(next(iter(forever.positions)), date(2030, 1, 2), 5, None, 0.0)
    assert forever.recalled(later) == 5


@settings(deadline=None, max_examples=40)
@given(
    orders=st.lists(
        st.tuples(st.integers(0, 8), st.sampled_from([TSMC, HON_HAI]), st.integers(-300, 300)),
        max_size=12,
    ),
    notice=st.integers(0, 5),
)
def test_s30_no_declared_short_stands_over_the_closure_and_no_other_is_touched(
    orders: list[tuple[int, str, int]], notice: int
) -> None:
    steps: dict[int, Any] = {}
    for row in range(len(DAYS)):
        todays = [(symbol, shares) for at, symbol, shares in orders if at == row and shares]
        steps[row] = lambda a, todays=todays: [a.market_order(s, n) for s, n in todays]

    class Watches(Scripted):
        def on_end_of_day(self, symbol: Any) -> None:
            self.held = {**getattr(self, "held", {}), (self.row, symbol): self.portfolio[symbol]}
            self.held[self.row, symbol] = self.portfolio[symbol].quantity

    def run(recall: Any) -> Any:
        data = prices()
        return Backtest(
            lambda: Watches(steps, None, False, data.resolutions[0]), data, recall=recall
        ).run()

    bound = run(ForcedCovers(TABLE, positions=[TSMC], notice=notice))
    free = run(NullRecall())
    held = bound.algorithm.held
    for (row, symbol), shares in free.algorithm.held.items():
        if symbol == HON_HAI:
            assert held[row, symbol] == shares
        elif date(2024, 6, 6) < date.fromisoformat(DAYS[row]) <= date(2024, 6, 12):
            # Only what was sold in that very session is short at its close.
            sold = sum(max(-n, 0) for at, name, n in orders if at == row - 1 and name == TSMC)
            assert max(-held[row, symbol], 0) <= sold
    sums_to_the_equity(bound)
