"""Null and custom providers; a user's subclass of either is heard."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shortable import (
    CustomShortableProvider,
    FrameShortableProvider,
    IShortableProvider,
    NullShortableProvider,
    SupportsBorrowRates,
    Symbol,
    as_provider,
)
from shortable.errors import (
    InvalidInputError,
    NoSymbolListError,
    ProviderContractError,
    SymbolError,
    TimeError,
)

NOON = datetime(2024, 1, 2, 12)


def test_s1_null_knows_no_restriction() -> None:
    null = NullShortableProvider()
    assert isinstance(null, IShortableProvider)
    assert isinstance(null, SupportsBorrowRates)
    assert as_provider(null) is null
    assert null.shortable_quantity(Symbol.create("SPY"), NOON) is None
    assert null.all_shortable_symbols(NOON) == {}
    assert (null.fee_rate("SPY", NOON), null.rebate_rate("SPY", NOON)) == (0.0, 0.0)
    # None is no restriction known: nothing stands behind it.
    assert not null.has_quantity("SPY", NOON)
    assert null.has_quantities(["SPY", "GME"], NOON).tolist() == [False, False]
    assert not null.has_fee_rate("SPY", NOON)
    quote = null.quote("TSLA.US", NOON)
    assert (quote.symbol, quote.quantity, quote.fee_rate, quote.as_of) == ("TSLA", None, None, None)
    assert null.shortable_quantities(["SPY", "GME"], NOON).tolist() == [-1, -1]
    assert np.isnan(null.fee_rates("SPY", NOON)).all()
    panel = null.panel(["SPY", "GME"], datetime(2024, 1, 2), datetime(2024, 3, 1))
    assert panel.shape == (1, 2)
    assert panel.isna().all(axis=None)
    assert (panel.dtypes == "Int64").all()


@pytest.mark.parametrize(
    "question",
    ["shortable_quantity", "fee_rate", "rebate_rate", "has_quantity", "has_fee_rate", "quote"],
)
@pytest.mark.parametrize(
    "provider",
    [
        NullShortableProvider(),
        CustomShortableProvider({"SPY": 1}),
        FrameShortableProvider(pd.DataFrame({"SPY": [1]}, index=[NOON])),
    ],
)
def test_no_symbol_and_no_time_is_refused_by_every_question(provider: Any, question: str) -> None:
    for bad in ("no ticker!", 5, None, "", ["SPY"]):
        with pytest.raises(SymbolError):
            getattr(provider, question)(bad, NOON)
    for bad in ("2024-01-02", None, pd.NaT, 20240102, np.datetime64("NaT", "us")):
        with pytest.raises(TimeError, match="local_time"):
            getattr(provider, question)("SPY", bad)
        with pytest.raises(TimeError, match="local_time"):
            provider.all_shortable_symbols(bad)


def test_a_mapping_is_the_same_at_all_times_and_what_it_lacks_is_0() -> None:
    given = {"TSLA.US": 500.0, "GME": None, "HK.00700": 0}
    provider = CustomShortableProvider(
        given, fee_rate={"TSLA": 0.01, "GME": float("nan")}, rebate_rate=pd.Series({"TSLA": -0.02})
    )
    given["TSLA.US"] = 7
    asked = ["TSLA", "GME", "700.HK", "SPY"]
    assert [provider.shortable_quantity(s, NOON) for s in asked] == [500, None, 0, 0]
    assert provider.shortable_quantities(asked, NOON).tolist() == [500, -1, 0, 0]
    assert provider.all_shortable_symbols(NOON) == {"TSLA": 500}
    assert [provider.fee_rate(s, NOON) for s in asked] == [0.01, 0.0, 0.0, 0.0]
    assert [provider.has_fee_rate(s, NOON) for s in asked] == [True, False, False, False]
    assert provider.rebate_rate("TSLA", NOON) == -0.02
    assert provider.quote("TSLA", NOON).rebate_rate == -0.02
    assert provider.panel("TSLA", NOON, datetime(2024, 2, 1)).to_numpy().tolist() == [[500]]


def test_functions_get_a_symbol_and_naive_exchange_time() -> None:
    seen: list[Any] = []

    def quantity(symbol: Symbol, local_time: datetime) -> Any:
        seen.append((type(symbol), symbol.market, local_time))
        return np.int64(10)

    provider = CustomShortableProvider(
        quantity,
        all_symbols=lambda t: {"SPY": 3.0, "GME": 0, "AMC": None},
        fee_rate=lambda s, t: None,
        rebate_rate=lambda s, t: 0.5,
    )
    # 17:00 UTC is noon in New York and 01:00 of the next day in Hong Kong.
    assert provider.shortable_quantity("SPY", NOON.replace(hour=17, tzinfo=UTC)) == 10
    assert provider.shortable_quantity("700.HK", NOON.replace(hour=17, tzinfo=UTC)) == 10
    assert seen == [(Symbol, "usa", NOON), (Symbol, "hkex", datetime(2024, 1, 3, 1))]
    assert provider.all_shortable_symbols(NOON) == {"SPY": 3}
    assert type(provider.all_shortable_symbols(NOON)["SPY"]) is int
    assert (provider.has_fee_rate("SPY", NOON), provider.rebate_rate("SPY", NOON)) == (False, 0.5)


@pytest.mark.parametrize("answer", [-1, 1.5, float("nan"), "7", True, float("inf")])
def test_s1_an_answer_that_is_no_share_count_is_refused(answer: Any) -> None:
    provider = CustomShortableProvider(lambda s, t: answer, all_symbols=lambda t: {"SPY": answer})
    with pytest.raises(ProviderContractError, match="quantity"):
        provider.shortable_quantity("SPY", NOON)
    with pytest.raises(ProviderContractError, match="all_symbols"):
        provider.all_shortable_symbols(NOON)
    with pytest.raises(InvalidInputError, match="SPY"):
        CustomShortableProvider({"SPY": answer})


def test_what_no_provider_can_be_made_of_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="function or a mapping"):
        CustomShortableProvider(5)
    with pytest.raises(InvalidInputError, match="only once"):
        CustomShortableProvider({"TSLA": 1, "TSLA.US": 2})
    with pytest.raises(InvalidInputError, match=r"fee_rate.*finite"):
        CustomShortableProvider({}, fee_rate={"SPY": float("inf")})
    for name in ("fee_rate", "rebate_rate"):
        provider: Any = CustomShortableProvider({}, **{name: lambda s, t: "x"})
        with pytest.raises(ProviderContractError, match=rf"^{name}\(.*'x'; it must .*finite"):
            getattr(provider, name)("SPY", NOON)
    with pytest.raises(NoSymbolListError, match="all_symbols="):
        CustomShortableProvider(lambda s, t: 1).all_shortable_symbols(NOON)
    with pytest.raises(ProviderContractError, match="mapping"):
        CustomShortableProvider({}, all_symbols=lambda t: [1]).all_shortable_symbols(NOON)


class SnakeCase(NullShortableProvider):
    def shortable_quantity(self, symbol: Any, local_time: Any) -> Any:
        return 7

    def fee_rate(self, symbol: Any, local_time: Any) -> Any:
        return 0.25


class PascalCase(NullShortableProvider):
    def ShortableQuantity(self, symbol: Any, localTime: Any) -> Any:
        return 7.0

    def FeeRate(self, symbol: Any, localTime: Any) -> Any:
        return 0.25

    def HasFeeRate(self, symbol: Any, localTime: Any) -> Any:
        return True


@pytest.mark.parametrize("made", [SnakeCase, PascalCase])
def test_a_subclass_is_heard_in_every_form_of_a_question(made: Any) -> None:
    provider = made()
    assert as_provider(provider).shortable_quantity("SPY", NOON) == 7
    assert provider.shortable_quantities(["SPY", "GME"], NOON).tolist() == [7, 7]
    assert provider.quote("SPY", NOON).quantity == 7
    assert provider.panel("SPY", datetime(2024, 1, 2), datetime(2024, 1, 3))["SPY"].tolist() == [
        7,
        7,
    ]
    assert as_provider(provider).fee_rate("SPY", NOON) == 0.25
    # What the base knows (nothing) says nothing of the class that overrides it.
    view = as_provider(provider)
    assert view.has_quantity("SPY", NOON)
    assert view.has_quantities(["SPY", "GME"], NOON).tolist() == [True, True]
    assert view.has_fee_rate("SPY", NOON)
    assert provider.fee_rates("SPY", NOON).tolist() == [0.25]


@pytest.mark.parametrize(
    "provider",
    [NullShortableProvider(), CustomShortableProvider({"SPY": 5}, fee_rate={"SPY": 0.1})],
)
def test_copies_answer_alike(provider: Any) -> None:
    for twin in (
        copy.copy(provider),
        copy.deepcopy(provider),
        pickle.loads(pickle.dumps(provider)),
    ):
        assert twin.quote("SPY", NOON) == provider.quote("SPY", NOON)
        assert repr(twin) == repr(provider)


def test_a_panel_ends_after_it_starts() -> None:
    with pytest.raises(InvalidInputError, match=r"end.*start=2024-01-02"):
        NullShortableProvider().panel("SPY", datetime(2024, 1, 2), datetime(2024, 1, 1))
    with pytest.raises(InvalidInputError, match="several markets"):
        NullShortableProvider().panel(["SPY", "700.HK"], NOON.replace(tzinfo=UTC), NOON)
    panel = NullShortableProvider().panel(
        "700.HK", NOON.replace(tzinfo=UTC), NOON.replace(tzinfo=UTC)
    )
    assert panel.index.tolist() == [pd.Timestamp("2024-01-02 20:00")]
