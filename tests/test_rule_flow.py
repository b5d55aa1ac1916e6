"""The rule of a daily flow (S15), scalar and vectorised, against a count share by share."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import InvalidInputError
from shortable.rule import (
    allowed_shares,
    check_share,
    flow_capacity,
    flow_capacity_array,
    flow_limit,
    may_sell_flow,
    short_part,
    short_part_array,
)
from shortable.shares import MAX_SHARES

few = st.integers(0, 40)
signed = st.integers(-40, 40)


def short_shares(held: int, open_sells: int, quantity: int) -> int:
    """Sell share by share: first what the other resting sells sell, then this order's; count those without a long."""
    left, short = held, 0
    for number in range(open_sells + quantity):
        if left <= 0 and number >= open_sells:
            short += 1
        left -= 1
    return short


@given(signed, few, few)
def test_s15_the_short_part_is_what_no_long_covers(
    held: int, open_sells: int, quantity: int
) -> None:
    expected = short_shares(held, open_sells, quantity)
    assert short_part(held, open_sells, quantity) == expected
    assert short_part_array([held], open_sells, [quantity]).tolist() == [expected]
    assert short_part_array([held], open_sells, [-quantity]).tolist() == [0]


@given(signed, few, few, few, st.none() | few)
def test_s15_accepted_iff_the_short_parts_of_the_session_stay_within_the_limit(
    held: int, open_sells: int, quantity: int, used: int, limit: int | None
) -> None:
    part = short_shares(held, open_sells, quantity)
    accepted = limit is None or part == 0 or used + part <= limit
    assert may_sell_flow(held, open_sells, quantity, used, limit) is accepted
    room = flow_capacity(held, open_sells, used, limit)
    assert (room is None) is (limit is None)
    if room is not None:
        assert (quantity <= room) is accepted
        assert may_sell_flow(held, open_sells, int(room), used, limit)
        assert not may_sell_flow(held, open_sells, int(room) + 1, used, limit)
        cut = allowed_shares(quantity, room, clip=True) if quantity else 0
        assert may_sell_flow(held, open_sells, int(cut), used, limit)


@given(st.lists(st.tuples(signed, few, few, st.none() | few), max_size=20))
def test_s15_arrays_and_numbers_agree(rows: list[tuple[int, int, int, int | None]]) -> None:
    columns = [np.array([row[at] for row in rows], np.int64) for at in range(3)]
    limit = np.array([-1 if row[3] is None else row[3] for row in rows], np.int64)
    found = flow_capacity_array(*columns, limit).tolist()
    assert found == [MAX_SHARES if (room := flow_capacity(*row)) is None else room for row in rows]


def test_s15_a_share_of_the_limit_is_exact_and_rounded_down() -> None:
    # 0.29 of 100 is 29, though 0.29 * 100 is 28.999999999999996 in binary.
    assert flow_limit(100, check_share(0.29)) == 29
    assert flow_limit(3_399_967, check_share(0.1)) == 339_996
    assert flow_limit(7, check_share(1)) == 7
    assert flow_limit(None, Fraction(1, 2)) is None
    for share in (0, -0.1, 1.01, float("nan"), float("inf"), "half", True, None):
        with pytest.raises(InvalidInputError, match="lie above 0 and at most at 1"):
            check_share(share)


def test_unsigned_shares_do_not_wrap() -> None:
    """Limit 500, nothing sent yet: flat with 1 share resting 500 are left; of a long of 100 with 1 resting 599."""
    resting, none = np.array([1, 1], np.uint8), np.array([0, 0], np.uint8)
    assert flow_capacity_array([0, 100], resting, none, 500).tolist() == [500, 599]
