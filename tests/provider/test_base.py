"""as_provider: one door, every spelling, no silent wrong answers."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import IShortableProvider, SupportsBorrowRates, Symbol, as_provider
from shortable.errors import InvalidInputError, ProviderContractError
from shortable.provider import Pairs, ShortableProvider
from shortable.shares import check_quantity

NOON = datetime(2024, 1, 2, 12)


class Native(ShortableProvider):
    """Stands for shortable's own providers; its module pretends to be ours."""

    def all_shortable_symbols(self, local_time: Any) -> dict[Symbol, int]:
        return {}

    def shortable_quantity(self, symbol: Any, local_time: Any) -> int | None:
        return None

    def fee_rate(self, symbol: Any, local_time: Any) -> float:
        return 0.0


Native.__module__ = "shortable.tests_only"


class Snake:
    def shortable_quantity(self, symbol, local_time):
        return 10

    def all_shortable_symbols(self, local_time):
        return {Symbol.create("AAPL"): 10}


class Pascal:
    def ShortableQuantity(self, symbol, localTime):
        return 10000

    def AllShortableSymbols(self, localTime):
        return {Symbol.create("SPY"): 0, Symbol.create("AAPL"): 10}


class PascalOnNative(Native):
    """As document 004 has it: the base is the Null provider, the overrides are PascalCase."""

    def ShortableQuantity(self, symbol, localTime) -> float:
        return 10000

    def AllShortableSymbols(self, localTime):
        return {Symbol.create("SPY"): 0, Symbol.create("AAPL"): 10}


class SnakeOnPascal(Pascal):
    def shortable_quantity(self, symbol, local_time):
        return 7


class PascalOnSnake(Snake):
    def ShortableQuantity(self, symbol, localTime):
        return 8


class NewerLean:
    def ShortableQuantity(self, symbol, localTime):
        return 5

    def FeeRate(self, symbol, localTime):
        return 0.25

    def RebateRate(self, symbol, localTime):
        return -0.1


@pytest.mark.parametrize(
    ("provider", "quantity"),
    [
        (Snake(), 10),
        (Pascal(), 10000),
        (PascalOnNative(), 10000),
        (SnakeOnPascal(), 7),
        (PascalOnSnake(), 8),
        (NewerLean(), 5),
        (SimpleNamespace(shortable_quantity=lambda s, t: 3), 3),
    ],
)
def test_the_most_derived_override_wins_in_either_spelling(provider: object, quantity: int) -> None:
    contract = as_provider(provider)
    assert isinstance(contract, IShortableProvider)
    assert contract.shortable_quantity("SPY", NOON) == quantity
    assert as_provider(contract) is contract


def test_shortables_own_pass_as_they_are_and_their_subclasses_are_checked() -> None:
    own = Native()
    assert as_provider(own) is own
    assert as_provider(PascalOnNative()).all_shortable_symbols(NOON) == {"SPY": 0, "AAPL": 10}


def test_rates_are_optional_and_read_as_zero_where_missing() -> None:
    assert as_provider(Snake()).fee_rate("SPY", NOON) == 0.0
    lean = as_provider(NewerLean())
    assert isinstance(lean, SupportsBorrowRates)
    assert (lean.fee_rate("SPY", NOON), lean.rebate_rate("SPY", NOON)) == (0.25, -0.1)
    missing = as_provider(
        SimpleNamespace(shortable_quantity=lambda s, t: 1, fee_rate=lambda s, t: float("nan"))
    )
    assert missing.fee_rate("SPY", NOON) == 0.0
    assert missing.has_fee_rate("SPY", NOON) is False
    assert lean.has_fee_rate("SPY", NOON) is True


def test_without_a_list_of_all_symbols_only_asking_for_it_is_refused() -> None:
    with pytest.raises(ProviderContractError, match="NewerLean has no list of all symbols"):
        as_provider(NewerLean()).all_shortable_symbols(NOON)


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        (None, "NoneType is not a shortable provider"),
        (5, "no method shortable_quantity"),
        ({"SPY": 10}, "CustomShortableProvider"),
        (lambda s, t: 10, "CustomShortableProvider"),
        (Snake, "Snake is a class; pass an instance"),
        (SimpleNamespace(shortable_quantity=5), "no method shortable_quantity"),
    ],
)
def test_what_is_no_provider_is_refused_with_what_is_missing(obj: object, message: str) -> None:
    with pytest.raises(ProviderContractError, match=message):
        as_provider(obj)


def test_a_bare_subclass_of_the_protocol_is_refused() -> None:
    class Empty(IShortableProvider):
        pass

    with pytest.raises(ProviderContractError, match="no method shortable_quantity"):
        as_provider(Empty())


def answering(value: object) -> IShortableProvider:
    return as_provider(
        SimpleNamespace(
            shortable_quantity=lambda s, t: value, all_shortable_symbols=lambda t: {"SPY": value}
        )
    )


@given(st.integers(0, 10**12))
def test_s1_whole_numbers_and_integral_floats_become_int(n: int) -> None:
    for value in (n, float(n) if n < 2**53 else n, np.int64(n), Decimal(n)):
        answer = answering(value).shortable_quantity("SPY", NOON)
        assert answer == n
        assert type(answer) is int


@pytest.mark.parametrize(
    "bad",
    [
        -1,
        0.5,
        -0.5,
        float("nan"),
        float("inf"),
        "10",
        True,
        object(),
        np.float64(2.5),
        [10],
        2**63,
        10**30,
        1e300,
    ],
)
def test_s1_other_answers_are_refused_naming_who_answered(bad: object) -> None:
    with pytest.raises(
        ProviderContractError,
        match=r"SimpleNamespace.shortable_quantity\(Symbol\('SPY'\), 2024-01-02 12:00:00\)",
    ):
        answering(bad).shortable_quantity("SPY", NOON)
    with pytest.raises(ProviderContractError, match="all_shortable_symbols"):
        answering(bad).all_shortable_symbols(NOON)


def test_s1_none_and_zero_stay_what_they_are() -> None:
    assert answering(None).shortable_quantity("SPY", NOON) is None
    assert answering(0).shortable_quantity("SPY", NOON) == 0
    assert answering(None).all_shortable_symbols(NOON) == {}


@pytest.mark.parametrize(
    "moment",
    [
        NOON,
        pd.Timestamp(NOON),
        np.datetime64(NOON),
        datetime(2024, 1, 2, 17, tzinfo=UTC),
        pd.Timestamp("2024-01-02 18:00", tz="Europe/Berlin"),
    ],
)
def test_users_see_a_symbol_and_naive_exchange_time(moment: Any) -> None:
    seen: list[tuple[Any, ...]] = []
    as_provider(SimpleNamespace(shortable_quantity=lambda *a: seen.append(a))).shortable_quantity(
        "tsla.us", moment
    )
    assert seen == [(Symbol("TSLA"), NOON)]
    assert type(seen[0][0]) is Symbol
    assert type(seen[0][1]) is datetime


def test_a_date_means_its_midnight() -> None:
    seen: list[datetime] = []
    as_provider(SimpleNamespace(shortable_quantity=lambda s, t: seen.append(t))).shortable_quantity(
        "SPY", date(2024, 1, 2)
    )
    assert seen == [datetime(2024, 1, 2)]


def test_rates_that_are_no_numbers_are_refused() -> None:
    for bad in ("3 %", float("inf")):
        provider = as_provider(
            SimpleNamespace(shortable_quantity=lambda s, t: 1, fee_rate=lambda s, t, bad=bad: bad)
        )
        with pytest.raises(ProviderContractError, match="fee_rate answered"):
            provider.fee_rate("SPY", NOON)


def test_the_checked_view_pickles_with_its_provider() -> None:
    again = pickle.loads(pickle.dumps(as_provider(Snake())))
    assert again.shortable_quantity("SPY", NOON) == 10


def test_arguments_are_checked_as_input() -> None:
    assert check_quantity("quantity", 3.0) == 3
    with pytest.raises(
        InvalidInputError, match=r"quantity=2\.5 must be a whole number of shares, at least 0"
    ):
        check_quantity("quantity", 2.5)


def test_has_quantity_is_asked_of_every_provider_alone_and_in_bulk() -> None:
    told = {"AAA": 5, "BBB": 0, "CCC": None}

    class Plain:
        def shortable_quantity(self, symbol, local_time):
            return told[symbol]

    class Knowing(Plain):
        def has_quantity(self, symbol, local_time):
            return symbol == "AAA"

    # None is no restriction known: no data, unless the provider says otherwise.
    for obj, expected in ((Plain(), [True, True, False]), (Knowing(), [True, False, False])):
        view = as_provider(obj)
        assert [view.has_quantity(s, NOON) for s in told] == expected
        assert view.has_quantities(list(told), NOON).tolist() == expected
        assert [view.quote(s, NOON).has_data for s in told] == expected


def test_bulk_forms_take_pairs_as_well() -> None:
    view = as_provider(NewerLean())
    pairs = Pairs.of(["AAA", "BBB"], NOON)
    assert view.shortable_quantities(pairs).tolist() == [5, 5]
    assert view.fee_rates(pairs).tolist() == [0.25, 0.25]
    assert view.rebate_rates(pairs).tolist() == [-0.1, -0.1]
    assert view.has_fee_rates(pairs).tolist() == [True, True]
    with pytest.raises(InvalidInputError, match="left out beside Pairs"):
        view.fee_rates(pairs, NOON)


def test_what_a_provider_says_of_itself_comes_through() -> None:
    class Mine(Snake):
        policy = "what I was told"

        def made_up(self, start, end):
            return start is None

    view = as_provider(Mine())
    assert (view.policy, view.made_up(), view.made_up(NOON), view.wrapped.__class__) == (
        "what I was told",
        True,
        False,
        Mine,
    )
    plain = as_provider(Snake())
    assert (plain.policy, plain.made_up(), plain.availability_kind) == (
        "Snake's own",
        False,
        "pool",
    )
