"""One day out of a history: found at once, or by the table of all days."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from shortable.lean.data.day_bars import TradeBars


def history(*times: str) -> TradeBars:
    column = np.arange(len(times), dtype=float)
    return TradeBars(np.array(times, dtype="datetime64[us]"), timedelta(hours=1), *[column] * 5)


@pytest.mark.parametrize(
    "times",
    [
        (),
        ("2024-01-02T09:00",),
        ("2024-01-02T09:00", "2024-01-02T23:59", "2024-01-03T00:00", "2024-01-05T15:00"),
    ],
)
def test_both_ways_find_the_same_bars(times):
    bars = history(*times)
    table = bars.rows_by_day()
    for day in (date(2024, 1, 1) + timedelta(days=i) for i in range(6)):
        found, rows = bars.on(day), table.get(day)
        assert (found is None) == (rows is None)
        assert found is None or found.close.tolist() == bars.take(rows).close.tolist()
    assert len(table) == len({time[:10] for time in times})
