"""The rule (S4, S5) and its vectorised twin."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import InvalidInputError
from shortable.rule import (
    EXCEEDS_SHORTABLE_QUANTITY,
    check_choice,
    exceeds_tag,
    may_sell,
    may_sell_array,
    may_sell_netted,
    sell_capacity,
    sell_capacity_array,
)
from shortable.shares import MAX_SHARES

shares = st.integers(0, 10**9)
signed = st.integers(-(10**9), 10**9)
available = st.none() | shares


def borrowed_after(held: int, open_sells: int, quantity: int) -> int:
    """Count share by share what would have to be borrowed once all sells are filled."""
    return max(-(held - open_sells - quantity), 0)


@pytest.mark.parametrize(
    ("held", "open_sells", "quantity", "lent", "accepted"),
    [
        # Document 004 and issue 3: 1,000 available, none held.
        (0, 0, 1001, 1000, False),  # 0 - 0 - 1001 = -1001 < -1000
        (0, 0, 1000, 1000, True),  # -1000 >= -1000
        (0, 1000, 10, 1000, False),  # 0 - 1000 - 10 = -1010
        (0, 0, 1001, 1001, True),
        (0, 0, 1, 0, False),  # 0 means none
        (0, 0, 10**12, None, True),  # None means no restriction known
        (100, 0, 100, 0, True),  # a long is sold first: 100 - 100 = 0 >= 0
        (100, 0, 101, 0, False),
        (100, 60, 40, 0, True),
        (100, 60, 41, 0, False),
        (-300, 0, 200, 500, True),  # a short on consumes: -300 - 200 = -500
        (-300, 0, 201, 500, False),
        (-300, 0, 1, 200, False),  # availability fell below the short: kept, never enlarged
    ],
)
def test_s4_by_hand(
    held: int, open_sells: int, quantity: int, lent: int | None, accepted: bool
) -> None:
    assert may_sell(held, open_sells, quantity, lent) is accepted


@given(signed, shares, shares, available)
def test_s4_accepts_exactly_what_needs_no_more_than_is_available(
    held: int, open_sells: int, quantity: int, lent: int | None
) -> None:
    enough = lent is None or borrowed_after(held, open_sells, quantity) <= lent
    assert may_sell(held, open_sells, quantity, lent) is enough


@given(signed, shares, available)
def test_s4_capacity_is_the_largest_accepted_sell(
    held: int, open_sells: int, lent: int | None
) -> None:
    room = sell_capacity(held, open_sells, lent)
    if room is None:
        assert lent is None
        return
    assert room == 0 or may_sell(held, open_sells, room, lent)
    assert not may_sell(held, open_sells, room + 1, lent)


@given(st.lists(st.tuples(signed, shares, shares, available), max_size=30))
def test_the_vectorised_twin_says_the_same(rows: list[tuple[int, int, int, int | None]]) -> None:
    held, sells, quantity, lent = (
        (np.array(c, dtype=object) for c in zip(*rows, strict=True)) if rows else ([],) * 4
    )
    coded = np.array([-1 if n is None else n for n in lent], dtype=np.int64)
    assert may_sell_array(held, sells, quantity, coded).tolist() == [may_sell(*row) for row in rows]
    room = [
        np.iinfo(np.int64).max if n is None else n
        for n in (sell_capacity(h, o, n) for h, o, _, n in rows)
    ]
    assert sell_capacity_array(held, sells, coded).tolist() == room


def test_s5_tag_and_code_are_the_documents() -> None:
    wording = "Order exceeds maximum shortable quantity for Symbol SPY (requested short: 1001)"
    assert exceeds_tag("SPY", -1001) == exceeds_tag("SPY", 1001) == wording
    assert EXCEEDS_SHORTABLE_QUANTITY == -31


def test_a_choice_outside_the_list_names_parameter_value_and_bound() -> None:
    with pytest.raises(
        InvalidInputError, match=r"on_exceed='maybe' must be one of 'reject', 'clip', 'warn'"
    ):
        check_choice("on_exceed", "maybe", ("reject", "clip", "warn"))


@pytest.mark.parametrize(
    ("held", "open_orders", "quantity", "available", "accepted"),
    [
        # QCAlgorithm.Shortable: held + open orders > -available, and that less the quantity >= -available
        (0, 0, 1000, 1000, True),
        (0, 0, 1001, 1000, False),
        (0, 500, 1500, 1000, True),  # a resting buy of 500 frees 500
        (0, 500, 1501, 1000, False),
        (100, -100, 1000, 1000, True),
        (-1000, 0, 0, 1000, False),  # nothing is left: not even nothing may be sold
        (0, 0, 0, 0, False),
        (-5000, -5000, 5000, None, True),
    ],
)
def test_leans_netting(
    held: int, open_orders: int, quantity: int, available: int | None, accepted: bool
) -> None:
    assert may_sell_netted(held, open_orders, quantity, available) is accepted
    assert may_sell_netted(held, open_orders, -quantity, available) is accepted
    exact = [Decimal(n) for n in (held, open_orders, quantity)]
    assert may_sell_netted(*exact, available) is accepted


@given(st.integers(-2000, 2000), st.integers(0, 2000), st.integers(1, 2000), st.integers(0, 2000))
def test_property_without_resting_buys_leans_netting_is_ours(
    held: int, open_sells: int, quantity: int, available: int
) -> None:
    ours = may_sell(held, open_sells, quantity, available)
    assert may_sell_netted(held, -open_sells, quantity, available) is ours


ANY_SHARES = st.one_of(shares, st.sampled_from([2**62, 2**62 + 1, 2**63 - 2, MAX_SHARES]))
ANY_POSITION = st.one_of(signed, st.sampled_from([-(2**62), 2**62, -MAX_SHARES, MAX_SHARES]))


@given(st.tuples(ANY_POSITION, ANY_SHARES, ANY_SHARES, st.none() | ANY_SHARES))
def test_the_vectorised_twin_does_not_overflow(row: tuple[int, int, int, int | None]) -> None:
    held, open_sells, quantity, lendable = row
    if abs(held - open_sells) > MAX_SHARES:
        return  # no position, however many sells rest
    stated = -1 if lendable is None else lendable
    capacity = sell_capacity(held, open_sells, lendable)
    expected = MAX_SHARES if capacity is None else min(capacity, MAX_SHARES)
    assert sell_capacity_array(held, open_sells, stated) == expected
    assert may_sell_array(held, open_sells, quantity, stated) == may_sell(*row)
