"""Combinators by DESIGN section 4: each question of each of them, alone and in bulk."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import (
    CustomShortableProvider,
    FrameShortableProvider,
    NullShortableProvider,
    SupportsAvailabilityKind,
    as_provider,
    first_of,
    lagged,
    scaled,
    sum_of,
)
from shortable.errors import InvalidInputError, ProviderContractError, SymbolError, TimeError
from shortable.shares import MAX_SHARES

NOON = datetime(2024, 1, 2, 12)
SYMBOLS = ("AAA", "BBB", "700.HK")

SHARES = st.one_of(st.none(), st.sampled_from([0, 1, 2, 33, 100, 10_000_000]))
RATE = st.one_of(st.none(), st.sampled_from([0.0, 0.0025, 0.07, 11.5]))
CAST = st.sampled_from(["custom", "function", "user"])


class UsersOwn:
    """A provider without a base, which lists symbols that cannot be borrowed too."""

    def __init__(self, shares: Any, fees: Any) -> None:
        self.shares, self.fees = shares, fees

    def shortable_quantity(self, symbol: Any, local_time: Any) -> Any:
        return self.shares.get(symbol, 0)

    def all_shortable_symbols(self, local_time: Any) -> Any:
        return self.shares

    def fee_rate(self, symbol: Any, local_time: Any) -> Any:
        return self.fees.get(symbol)


@st.composite
def members(draw: Callable[..., Any]) -> tuple[Any, dict[str, int | None], dict[str, float | None]]:
    """A provider, and what it says of each of `SYMBOLS`."""
    shares, fees = {s: draw(SHARES) for s in SYMBOLS}, {s: draw(RATE) for s in SYMBOLS}
    kind = draw(CAST)
    if kind == "user":
        return UsersOwn(shares, fees), shares, fees
    if kind == "custom":
        return CustomShortableProvider(shares, fee_rate=fees, rebate_rate=fees), shares, fees
    listed = {s: n for s, n in shares.items() if n}
    made = CustomShortableProvider(
        lambda s, t: shares[s], lambda t: listed, lambda s, t: fees[s], lambda s, t: fees[s]
    )
    return made, shares, fees


def check(provider: Any, shares: dict[str, int | None], fees: dict[str, float | None]) -> None:
    """Every question, in every form."""
    for symbol in SYMBOLS:
        answer = provider.shortable_quantity(symbol, NOON)
        assert answer == shares[symbol]
        assert type(answer) is type(shares[symbol])
        assert provider.fee_rate(symbol, NOON) == pytest.approx(fees[symbol] or 0.0, abs=1e-15)
        assert provider.has_fee_rate(symbol, NOON) is (fees[symbol] is not None)
        quote = provider.quote(symbol, NOON)
        assert (quote.symbol, quote.local_time, quote.quantity) == (symbol, NOON, shares[symbol])
        assert quote.fee_rate == (None if fees[symbol] is None else provider.fee_rate(symbol, NOON))
    assert provider.all_shortable_symbols(NOON) == {s: n for s, n in shares.items() if n}
    found = provider.shortable_quantities(SYMBOLS, NOON)
    assert found.tolist() == [-1 if shares[s] is None else shares[s] for s in SYMBOLS]
    rates = provider.fee_rates(SYMBOLS, NOON)
    # To the last bit, alone or in bulk (S10).
    assert [None if math.isnan(r) else r for r in rates] == [
        provider.quote(s, NOON).fee_rate for s in SYMBOLS
    ]
    panel = provider.panel(SYMBOLS, NOON, NOON)
    assert [None if pd.isna(v) else v for v in panel.iloc[0]] == [shares[s] for s in SYMBOLS]


@settings(max_examples=60)
@given(st.lists(members(), min_size=1, max_size=4))
def test_first_of_takes_the_first_answer_that_is_not_none(cast: Any) -> None:
    shares, fees = {}, {}
    for symbol in SYMBOLS:
        who = next((m for m in cast if m[1][symbol] is not None), None)
        who = who or next((m for m in cast if m[2][symbol] is not None), cast[0])
        shares[symbol], fees[symbol] = who[1][symbol], who[2][symbol]
    provider = first_of(*(m[0] for m in cast))
    check(provider, shares, fees)
    assert provider.has_quantity("AAA", NOON) is (shares["AAA"] is not None)
    assert provider.has_quantities(SYMBOLS, NOON).tolist() == [
        n is not None for n in shares.values()
    ]


def average(pairs: list[tuple[int | None, float | None]]) -> float | None:
    """The rate of the first that lends without restriction, else the mean weighted by shares, else the mean."""
    known = [(n, r) for n, r in pairs if r is not None]
    for shares, rate in known:
        if shares is None:
            return rate
    if not known:
        return None
    total = sum(n or 0 for n, _ in known)
    if total:
        return float(sum(Fraction(n or 0) * Fraction(r) for n, r in known) / total)
    return float(sum(Fraction(r) for _, r in known) / len(known))


@settings(max_examples=60)
@given(st.lists(members(), min_size=1, max_size=4))
def test_sum_of_is_none_if_any_is_none(cast: Any) -> None:
    shares: dict[str, int | None] = {}
    for symbol in SYMBOLS:
        said = [m[1][symbol] for m in cast]
        shares[symbol] = None if None in said else sum(said)
    fees = {s: average([(m[1][s], m[2][s]) for m in cast]) for s in SYMBOLS}
    check(sum_of(*(m[0] for m in cast)), shares, fees)


@settings(max_examples=60)
@given(
    members(), st.decimals(0, 3, places=4), st.sampled_from([float, Decimal, Fraction, np.float64])
)
def test_scaled_rounds_down_the_exact_product_and_keeps_none(
    member: Any, factor: Decimal, kind: Any
) -> None:
    inner, shares, fees = member
    expected = {
        s: None if n is None else math.floor(n * Fraction(factor)) for s, n in shares.items()
    }
    check(scaled(inner, kind(factor)), expected, fees)


@pytest.mark.parametrize(
    ("shares", "factor", "expected"),
    [
        (100, 0.29, 29),  # 0.29 * 100 is 28.999999999999996 in binary
        (30, 0.1, 3),
        (3, Fraction(1, 3), 1),
        (10, 1 / 3, 3),
        (10_000_000, 0.7, 7_000_000),
        (7, 0, 0),
        (2**60, 0.123456789012345, 2**60 * 123456789012345 // 10**15),
        (5, 1e-300, 0),
        (2**62, 3, 3 * 2**62),
    ],
)
def test_scaled_is_exact(shares: int, factor: Any, expected: int) -> None:
    provider = scaled(CustomShortableProvider({"SPY": shares}), factor)
    assert expected == math.floor(shares * Fraction(str(factor)))
    # No count of shares is above MAX_SHARES, alone or in an array.
    assert provider.shortable_quantity("SPY", NOON) == min(expected, MAX_SHARES)
    assert provider.shortable_quantities("SPY", NOON).tolist() == [min(expected, MAX_SHARES)]


@pytest.mark.parametrize(
    "factor",
    [-0.1, float("nan"), float("inf"), "0.5", True, None, 1j, Fraction(-1, 9), Decimal("NaN")],
)
def test_a_factor_out_of_its_bounds_is_refused(factor: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"factor.*finite number of at least 0"):
        scaled(NullShortableProvider(), factor)


@pytest.mark.parametrize("lag", [timedelta(microseconds=-1), 5, None, "1 day"])
def test_a_lag_out_of_its_bounds_is_refused(lag: Any) -> None:
    with pytest.raises(InvalidInputError, match="lag"):
        lagged(NullShortableProvider(), lag)


def test_what_is_no_provider_is_refused() -> None:
    for combine in (first_of, sum_of):
        with pytest.raises(InvalidInputError, match="at least one"):
            combine()
        with pytest.raises(ProviderContractError, match="int is not a shortable provider"):
            combine(5)
    with pytest.raises(ProviderContractError, match="NullShortableProvider is a class"):
        scaled(NullShortableProvider, 1)
    with pytest.raises(ProviderContractError, match="dict is not a shortable provider"):
        lagged({}, timedelta(1))


CLOCK = CustomShortableProvider(
    lambda s, t: t.hour,
    lambda t: {"AAA": t.hour, "ZZZ": 0},
    lambda s, t: t.day / 100,
    lambda s, t: -t.day / 100,
)


def test_s2_lagged_asks_about_an_earlier_time() -> None:
    late = lagged(CLOCK, timedelta(hours=3))
    quote = late.quote("AAA", NOON)
    assert (late.shortable_quantity("AAA", NOON), quote.quantity, quote.local_time) == (9, 9, NOON)
    assert late.all_shortable_symbols(NOON) == {"AAA": 9}
    midnight = datetime(2024, 1, 2, 1)
    assert (late.fee_rate("AAA", midnight), late.rebate_rate("AAA", midnight)) == (0.01, -0.01)
    assert late.has_fee_rate("AAA", midnight)
    assert late.has_quantity("AAA", midnight)
    assert late.shortable_quantities(["AAA", "700.HK"], NOON).tolist() == [9, 9]
    assert late.fee_rates("AAA", midnight).tolist() == [0.01]
    # 17:00 UTC is noon in New York and 01:00 in Hong Kong, less three hours 22:00.
    utc = NOON.replace(hour=17, tzinfo=UTC)
    assert [late.shortable_quantity(s, utc) for s in ("AAA", "700.HK")] == [9, 22]
    assert late.shortable_quantities(["AAA", "700.HK"], utc).tolist() == [9, 22]
    assert lagged(late, timedelta(hours=2)).shortable_quantity("AAA", NOON) == 7
    assert late.shortable_quantity("AAA", datetime.min) == 0


def test_without_a_lag_an_aware_time_is_read_to_the_instant() -> None:
    # 2024-11-03 06:30 UTC is 01:30 in New York for the second time.
    frame = pd.DataFrame({"AAA": [5]}, index=pd.DatetimeIndex(["2024-11-03 06:00"], tz="UTC"))
    user = UsersOwn({"AAA": 1}, {})
    inner = FrameShortableProvider(frame)
    for provider in (lagged(inner, timedelta(0)), lagged(first_of(inner, user), timedelta(0))):
        assert provider.shortable_quantity("AAA", datetime(2024, 11, 3, 6, 30, tzinfo=UTC)) == 5
        assert provider.shortable_quantity("AAA", datetime(2024, 11, 3, 5, 30, tzinfo=UTC)) == 0
    assert (
        lagged(user, timedelta(0)).shortable_quantity(
            "AAA", datetime(2024, 11, 3, 6, 30, tzinfo=UTC)
        )
        == 1
    )


TABLE = pd.DataFrame(
    {"AAA": [5, 7], "BBB": [9, None]}, index=pd.to_datetime(["2024-01-01", "2024-01-03"])
)


@pytest.mark.parametrize(
    "made",
    [
        lambda inner: first_of(NullShortableProvider(), inner),
        lambda inner: sum_of(inner, inner),
        lambda inner: scaled(inner, 0.5),
        lambda inner: first_of(scaled(sum_of(inner, CLOCK), 2), UsersOwn({}, {})),
    ],
)
def test_s2_a_lag_goes_through_every_combination(made: Any) -> None:
    lag = timedelta(hours=30)
    inner = FrameShortableProvider(TABLE, TABLE / 100, missing="unrestricted")
    late, plain = lagged(made(inner), lag), made(inner)
    for hour in range(0, 24 * 6, 5):
        moment = datetime(2023, 12, 31) + timedelta(hours=hour)
        assert late.shortable_quantity("AAA", moment) == plain.shortable_quantity(
            "AAA", moment - lag
        )
        assert late.fee_rate("AAA", moment) == plain.fee_rate("AAA", moment - lag)
        assert late.has_quantity("BBB", moment) is plain.has_quantity("BBB", moment - lag)
        assert late.all_shortable_symbols(moment) == plain.all_shortable_symbols(moment - lag)
    shown = late.panel(["AAA", "BBB"], datetime(2024, 1, 1), datetime(2024, 1, 6))
    shifted = plain.panel(["AAA", "BBB"], datetime(2024, 1, 1) - lag, datetime(2024, 1, 6) - lag)
    both = shown.index.intersection(shifted.index + lag)
    assert len(both) >= 3
    pd.testing.assert_frame_equal(
        shown.loc[both], shifted.set_axis(shifted.index + lag).rename_axis("local_time").loc[both]
    )


def test_has_quantity_is_that_of_what_was_used() -> None:
    silent = FrameShortableProvider(TABLE, missing="unrestricted")
    zero = FrameShortableProvider(TABLE)
    before = datetime(2023, 1, 1)
    assert not first_of(silent).has_quantity("AAA", before)
    assert not first_of(silent, NullShortableProvider()).has_quantity("AAA", before)
    assert not first_of(zero, NullShortableProvider()).has_quantity("AAA", before)
    assert not sum_of(zero, NullShortableProvider()).has_quantity("AAA", before)
    assert not sum_of(zero, NullShortableProvider()).has_quantity("AAA", datetime(2024, 1, 4))
    assert not scaled(zero, 1).has_quantity("AAA", before)


def test_a_quote_carries_floor_and_time_of_what_was_used() -> None:
    frame = FrameShortableProvider(TABLE)
    moment = datetime(2024, 1, 4)
    as_of = datetime(2024, 1, 3, 5, tzinfo=UTC)  # midnight in New York
    for provider in (
        first_of(frame),
        sum_of(frame, CustomShortableProvider({"AAA": 1})),
        scaled(frame, 0.5),
    ):
        assert provider.quote("AAA", moment).as_of == as_of
    assert sum_of(frame, frame).rebate_rate("AAA", moment) == 0.0
    assert (
        first_of(CLOCK).rebate_rate("AAA", NOON)
        == scaled(CLOCK, 2).rebate_rate("AAA", NOON)
        == -0.02
    )
    assert sum_of(CLOCK, CLOCK).rebate_rate("AAA", NOON) == -0.02


def test_a_users_subclass_is_heard_inside_a_combination() -> None:
    class Capped(FrameShortableProvider):
        def shortable_quantity(self, symbol: Any, local_time: Any) -> Any:
            return min(super().shortable_quantity(symbol, local_time), 6)

    capped = Capped(TABLE)
    moment = datetime(2024, 1, 4)
    assert sum_of(capped, capped).shortable_quantities("AAA", moment).tolist() == [12]
    assert lagged(capped, timedelta(0)).quote("AAA", moment).quantity == 6
    assert capped.shortable_quantities(["AAA", "BBB"], moment).tolist() == [6, 6]
    assert as_provider(capped) is not capped


@pytest.mark.parametrize(
    "made", [first_of, sum_of, lambda p: scaled(p, 0.5), lambda p: lagged(p, timedelta(1))]
)
def test_copies_answer_alike_and_arguments_are_checked(made: Any) -> None:
    provider = made(FrameShortableProvider(TABLE))
    moment = datetime(2024, 1, 4)
    for twin in (copy.deepcopy(provider), pickle.loads(pickle.dumps(provider))):
        assert twin.quote("AAA", moment) == provider.quote("AAA", moment)
        assert repr(twin) == repr(provider)
    for bad in ("", 5, None):
        with pytest.raises(SymbolError):
            provider.shortable_quantity(bad, moment)
        with pytest.raises(TimeError):
            provider.shortable_quantity("AAA", bad)


@pytest.mark.parametrize(
    ("shares", "total"),
    [
        ((2**62, 2**62), MAX_SHARES),
        ((MAX_SHARES, 1, 1), MAX_SHARES),
        ((2**62, 2**62 - 1), 2**63 - 1),
        ((0, MAX_SHARES), MAX_SHARES),
    ],
)
def test_a_sum_of_shares_is_held_at_the_most_there_can_be(shares: Any, total: int) -> None:
    both = sum_of(*(CustomShortableProvider({"AAA": n}) for n in shares))
    assert both.shortable_quantity("AAA", NOON) == total
    assert both.shortable_quantities(["AAA", "AAA"], NOON).tolist() == [total, total]
    assert both.all_shortable_symbols(NOON) == {"AAA": total}
    assert both.quote("AAA", NOON).quantity == total
    wider = scaled(both, 3)
    assert wider.shortable_quantity("AAA", NOON) == min(3 * total, MAX_SHARES)
    assert wider.shortable_quantities("AAA", NOON).tolist() == [min(3 * total, MAX_SHARES)]


class DailyLimit:
    availability_kind = "daily_flow"

    def shortable_quantity(self, symbol: Any, local_time: Any) -> int:
        return 700


def test_s15_pools_and_daily_flows_do_not_mix() -> None:
    limit, pool = DailyLimit(), CustomShortableProvider({"AAA": 1})
    assert isinstance(limit, SupportsAvailabilityKind)
    for kind, provider in (("daily_flow", limit), ("pool", pool)):
        for made in (first_of, sum_of, lambda p: scaled(p, 2), lambda p: lagged(p, timedelta(1))):
            assert as_provider(made(provider)).availability_kind == kind
    for made in (first_of, sum_of):
        assert made(limit, limit).availability_kind == "daily_flow"
        with pytest.raises(InvalidInputError, match="all be a pool or all a daily flow"):
            made(pool, limit)
    limit.availability_kind = "weekly"
    with pytest.raises(ProviderContractError, match="'weekly'; it must be 'pool' or 'daily_flow'"):
        sum_of(limit)


def test_data_at_rest_and_names_go_through_combinations() -> None:
    frame, own = FrameShortableProvider(TABLE), UsersOwn({}, {})
    assert sum_of(frame, scaled(NullShortableProvider(), 1)).at_rest
    assert lagged(first_of(frame), timedelta(1)).at_rest
    assert not first_of(frame, own).at_rest
    assert not as_provider(own).at_rest
    assert scaled(sum_of(frame, frame), 2).name == repr(scaled(sum_of(frame, frame), 2))
    assert as_provider(own).name == "UsersOwn"


class MadeUpInJanuary(CustomShortableProvider):
    """One's own provider, which says when its answers are made up."""

    def made_up(self, start: Any = None, end: Any = None) -> bool:
        return (start is None or start < datetime(2024, 2, 1)) and (
            end is None or end >= datetime(2024, 1, 1)
        )


def test_a_lagged_provider_is_made_up_when_what_it_sees_is() -> None:
    late = lagged(MadeUpInJanuary({"AAA": 1}), timedelta(days=2))
    assert not late.made_up(datetime(2023, 12, 1), datetime(2024, 1, 2))  # sees up to 31 December
    assert late.made_up(datetime(2023, 12, 1), datetime(2024, 1, 3))
    assert late.made_up(datetime(2024, 2, 2), datetime(2024, 2, 9))  # sees 31 January
    assert not late.made_up(datetime(2024, 2, 3), datetime(2024, 2, 9))
    assert late.made_up()
