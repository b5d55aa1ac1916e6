"""The headline: three verdicts (available, none, no data), and no claim where there was no data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.results import headline

RUN = {"orders": 9, "availability_checks": 6}


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"limited": False, "orders": 9}, "Shorts were not limited: the run had no availability provider."),
        ({"orders": 0}, "The algorithm sent no order."),
        (RUN, "None of 9 orders asked for more than could be borrowed."),
        (RUN | {"checks_without_data": 2}, "None of 9 orders asked for more than could be borrowed. 2 of 6 availability checks had no data."),
        (RUN | {"checks_without_data": 6}, "There was no data on what could be borrowed: none of 6 availability checks had any."),
        ({"orders": 9, "availability_checks": 0}, "No order needed shares to be borrowed."),
        (RUN | {"refused_for_availability": 3}, "3 of 9 orders asked for more than could be borrowed, and were refused."),
        (RUN | {"refused_for_availability": 3, "refused_without_data": 1, "checks_without_data": 1}, "3 of 9 orders were refused for availability, 1 of them because there was no data. 1 of 6 availability checks had no data."),
        (RUN | {"canceled_on_recheck": 2}, "0 of 9 orders asked for more than could be borrowed, and were refused. 2 resting orders were cancelled."),
        (RUN | {"made_up": ["prices"]}, "None of 9 orders asked for more than could be borrowed. Made-up sample data: prices."),
    ],
)  # fmt: skip
def test_the_headline(figures: dict[str, Any], expected: str) -> None:
    assert headline(figures) == expected


@given(st.integers(1, 50), st.integers(0, 50), st.data())
def test_s3_nothing_is_said_to_be_available_where_no_check_had_data(
    orders: int, checks: int, data: st.DataObject
) -> None:
    silent = data.draw(st.integers(0, checks))
    text = headline(
        {"orders": orders, "availability_checks": checks, "checks_without_data": silent}
    )
    if silent == checks:
        assert "could be borrowed." not in text
    assert ("no data" in text) == (silent > 0)
