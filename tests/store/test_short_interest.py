"""When short interest was public: by rule, by table, with another lag."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.calendars import business_day_after
from shortable.clock import from_instant, to_instant
from shortable.errors import InvalidInputError, TimeError
from shortable.market import Market
from shortable.store import check_lag, check_published, known_at, known_by_rule


@pytest.mark.parametrize(
    ("settled", "local"),
    [
        # Business days after Friday 15 January 2021: 19, 20, 21, 22, 25, 26, 27, 28 (the 18th is a holiday); the next
        # session is the 29th.
        (date(2021, 1, 15), datetime(2021, 1, 29, 9, 30)),
        # After Friday the 29th: 1 to 5, 8, 9, 10 February; then the 11th.
        (date(2021, 1, 29), datetime(2021, 2, 11, 9, 30)),
        # 28 February 2024: 29 (1), 1 March (2), 4 to 8 (7), 11 (8); the next session, in summer time, is the 12th.
        (date(2024, 2, 28), datetime(2024, 3, 12, 9, 30)),
    ],
)
def test_finra_is_known_from_the_session_after_the_eighth_business_day(
    settled: date, local: datetime
) -> None:
    instant = known_by_rule(settled, Market.USA)
    assert from_instant(instant) == local
    assert instant == to_instant(local)


def test_the_sfc_is_known_seven_days_later() -> None:
    """The first figures, of 2012-08-31, were published on 2012-09-07."""
    assert from_instant(known_by_rule(date(2012, 8, 31), Market.HKEX), Market.HKEX) == datetime(
        2012, 9, 7
    )


def test_another_lag() -> None:
    assert from_instant(known_by_rule(date(2021, 1, 15), Market.USA, 7)) == datetime(
        2021, 1, 28, 9, 30
    )
    assert from_instant(known_by_rule(date(2022, 12, 2), Market.HKEX, 10), Market.HKEX) == datetime(
        2022, 12, 12
    )


def test_a_date_of_publication_counts_from_the_next_session_and_a_time_as_it_is() -> None:
    assert from_instant(known_at(date(2021, 2, 12), Market.USA)) == datetime(
        2021, 2, 16, 9, 30
    )  # Presidents' Day
    assert from_instant(known_at(datetime(2021, 2, 9, 18), Market.USA)) == datetime(2021, 2, 9, 18)
    aware = datetime(2021, 2, 9, 23, tzinfo=UTC)
    assert from_instant(known_at(aware, Market.USA)) == datetime(2021, 2, 9, 18)
    assert from_instant(known_at(date(2022, 12, 9), Market.HKEX), Market.HKEX) == datetime(
        2022, 12, 9
    )


@pytest.mark.parametrize(
    "midnight", [pd.Timestamp("2021-02-09"), np.datetime64("2021-02-09"), datetime(2021, 2, 9)]
)
def test_a_column_of_dates_means_dates(midnight: object) -> None:
    """Read as midnight it would be known before it was published."""
    assert check_published({pd.Timestamp("2021-01-29"): midnight}) == {
        date(2021, 1, 29): date(2021, 2, 9)
    }


@given(st.dates(date(2001, 1, 1), date(2090, 1, 1)), st.integers(0, 30))
def test_s2_the_rule_never_looks_ahead_and_never_turns_back(settled: date, lag: int) -> None:
    """S2: known after the lag has run, and a later settlement date is never known earlier."""
    instant = known_by_rule(settled, Market.USA, lag)
    assert from_instant(instant).date() > business_day_after(settled, lag) >= settled or lag == 0
    assert instant <= known_by_rule(date.fromordinal(settled.toordinal() + 1), Market.USA, lag)


@pytest.mark.parametrize("lag", [-1, 367, 1.5, True, "8"])
def test_lags_out_of_bounds(lag: object) -> None:
    with pytest.raises(
        InvalidInputError, match=r"lag=.* must be a whole number of days from 0 to 366"
    ):
        check_lag(lag)


def test_tables_that_cannot_be_read() -> None:
    with pytest.raises(InvalidInputError, match="must be a mapping"):
        check_published([date(2021, 1, 15)])
    with pytest.raises(InvalidInputError, match="not lie before the settlement date"):
        check_published({date(2021, 1, 15): date(2021, 1, 14)})
    with pytest.raises(TimeError):
        check_published({"2021-01-15": date(2021, 1, 27)})
    with pytest.raises(TimeError):
        check_published({date(2021, 1, 15): pd.NaT})
