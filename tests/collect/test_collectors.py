"""The table of collectors: each row has its importer, its host, its terms and an address."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.clock import zone
from shortable.collect import COLLECTORS, read_hosts
from shortable.collect.wanted import Ask, fridays, half_months, settlement_dates, weekdays
from shortable.importers import SOURCES


@pytest.mark.parametrize("name", list(COLLECTORS))
def test_every_row_is_whole(name: str) -> None:
    row = COLLECTORS[name]
    assert name in SOURCES
    assert row.terms
    assert row.suggested.startswith("--")
    zone(row.time_zone)
    host = read_hosts()[row.host]
    assert urlsplit(host.base).scheme in ("ftp", "https")
    symbols = ("GME",) if "--symbol" in row.suggested else ()
    files = list(row.files(Ask(datetime(2025, 3, 5, 23, tzinfo=UTC), symbols=symbols)))
    assert files
    assert len({file.key for file in files}) == len(files)
    options = {option.name for option in SOURCES[name].options}
    for file in files:
        assert "{" not in file.key + file.path
        assert "/" not in file.key
        assert {*file.options, *row.options} <= options
    assert row.retrieved_as in options | {""}


def test_no_package_index_is_a_host() -> None:
    for host in read_hosts().values():
        name = urlsplit(host.base).hostname or ""
        assert not any(word in name for word in ("pypi", "pythonhosted", "conda", "npm"))


def test_days_by_hand() -> None:
    assert half_months(date(2024, 2, 1), date(2024, 3, 15)) == [
        date(2024, 2, 15),
        date(2024, 2, 29),
        date(2024, 3, 15),
    ]
    assert fridays(date(2022, 11, 26), date(2022, 12, 9)) == [date(2022, 12, 2), date(2022, 12, 9)]
    assert weekdays(date(2024, 1, 5), date(2024, 1, 8)) == [date(2024, 1, 5), date(2024, 1, 8)]
    # FINRA's settlement dates of 2021, by its schedule: 15 and 29 January, 12 and 26 February (15 February is a holiday).
    found = settlement_dates(date(2021, 1, 1), date(2021, 2, 28))
    assert {date(2021, 1, 15), date(2021, 1, 29), date(2021, 2, 12), date(2021, 2, 26)} <= set(
        found
    )
    assert len(found) <= 8


@given(st.dates(date(1999, 1, 1), date(2030, 1, 1)), st.integers(0, 100))
def test_days_lie_between_their_ends_and_ascend(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    for days in (weekdays, fridays, half_months, settlement_dates):
        found = list(days(first, last))
        assert found == sorted(set(found))
        assert all(first <= day <= last for day in found)
