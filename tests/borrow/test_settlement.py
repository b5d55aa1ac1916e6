"""Settlement dates where a market's cycle grew shorter: two days' trades settle on one day."""

from __future__ import annotations

from datetime import date

import pytest

from shortable import Market
from shortable.borrow.settlement import settlement_date, settlement_lag

EUROPE = (
    Market.UK, Market.FRANCE, Market.ITALY, Market.NETHERLANDS, Market.BELGIUM, Market.AUSTRIA, Market.SWITZERLAND,
)  # fmt: skip


@pytest.mark.parametrize(
    ("market", "last", "first", "lags", "settles"),
    [
        # Friday + 3: Tuesday, Wednesday, Thursday, as Monday is Labor Day; Tuesday + 2: Thursday.
        (Market.USA, date(2017, 9, 1), date(2017, 9, 5), (3, 2), date(2017, 9, 7)),
        # Friday + 2: Tuesday, Wednesday, as Monday is Memorial Day; Tuesday + 1: Wednesday.
        (Market.USA, date(2024, 5, 24), date(2024, 5, 28), (2, 1), date(2024, 5, 29)),
        # Friday + 2: Monday, Tuesday; Monday + 1: Tuesday.
        (Market.CANADA, date(2024, 5, 24), date(2024, 5, 27), (2, 1), date(2024, 5, 28)),
        # Friday + 3: Monday, Tuesday, Wednesday; Monday + 2: Wednesday.
        *((one, date(2014, 10, 3), date(2014, 10, 6), (3, 2), date(2014, 10, 8)) for one in EUROPE),
        (Market.SPAIN, date(2016, 9, 30), date(2016, 10, 3), (3, 2), date(2016, 10, 5)),
    ],
)
def test_the_last_trades_of_one_cycle_settle_with_the_first_of_the_next(
    market: Market, last: date, first: date, lags: tuple[int, int], settles: date
) -> None:
    assert (settlement_lag(last, market), settlement_lag(first, market)) == lags
    assert settlement_date(last, market) == settlement_date(first, market) == settles
