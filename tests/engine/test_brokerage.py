"""Who gives a security its models: brokerage, initializers, the user; and which of them wins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shortable import (
    InteractiveBrokersShortableProvider,
    LocalDiskShortableProvider,
    NullShortableProvider,
)
from shortable.engine import (
    AccountType,
    AxosClearingBrokerageModel,
    BrokerageModelSecurityInitializer,
    BrokerageName,
    DefaultBrokerageModel,
    InteractiveBrokersBrokerageModel,
    InteractiveBrokersFeeModel,
    NullBuyingPower,
    NullFeeModel,
    RegTBuyingPower,
)
from shortable.errors import InvalidInputError, ProviderContractError, UnknownBrokerError
from shortable.market_data import MarketData

from .scenario import Scripted, Shares, flat, play


class Bare(Scripted):
    """Adds nothing by itself."""

    def initialize(self) -> None:
        self.setup(self)  # type: ignore[misc]


def provider_after(setup: Any, **backtest: Any) -> Any:
    """Return SPY's provider after `setup`."""
    result = play(flat(2, "SPY", "GME"), {}, setup=setup, kind=Bare, **backtest)
    found = result.algorithm.securities["SPY"].shortable_provider
    return getattr(found, "wrapped", found)


def test_by_default_there_is_no_restriction_interactive_brokers_commission_and_regulation_t() -> (
    None
):
    result = play(flat(1), {}, setup=lambda a: a.add_equity("SPY"), kind=Bare)
    security = result.algorithm.securities["SPY"]
    assert type(security.shortable_provider) is NullShortableProvider
    assert security.fee_model == InteractiveBrokersFeeModel()
    assert security.buying_power_model == RegTBuyingPower(0.5)
    assert type(result.algorithm.brokerage_model) is DefaultBrokerageModel


def test_canada_has_its_own_schedule() -> None:
    data = MarketData.from_frames({"RY.CA": flat(1).frame("SPY", "daily")}, resolution="daily")
    result = play(data, {}, setup=lambda a: a.add_equity("RY.CA"), kind=Bare)
    assert result.algorithm.securities["RY.CA"].fee_model == InteractiveBrokersFeeModel(
        0.01, 1.0, 0.005
    )


def test_brokerage_models_attach_their_brokers_availability() -> None:
    for brokerage, kind, broker in [
        (BrokerageName.AXOS, LocalDiskShortableProvider, "axos"),
        (AxosClearingBrokerageModel(), LocalDiskShortableProvider, "axos"),
        (
            BrokerageName.INTERACTIVE_BROKERS_BROKERAGE,
            LocalDiskShortableProvider,
            "interactivebrokers",
        ),
        (InteractiveBrokersBrokerageModel(), LocalDiskShortableProvider, "interactivebrokers"),
    ]:

        def setup(a: Any, brokerage: Any = brokerage) -> None:
            a.set_brokerage_model(brokerage, AccountType.MARGIN)
            a.add_equity("SPY")

        provider = provider_after(setup)
        assert isinstance(provider, kind)
        assert provider.broker == broker


def test_all_securities_of_a_brokerage_share_one_provider() -> None:
    def setup(a: Any) -> None:
        a.set_brokerage_model(BrokerageName.AXOS)
        one, other = a.add_equity("SPY"), a.add_equity("GME")
        assert one.shortable_provider is other.shortable_provider

    assert isinstance(provider_after(setup), LocalDiskShortableProvider)


def test_a_brokerage_without_data_names_those_that_have_some(tmp_path: Path) -> None:
    with pytest.raises(UnknownBrokerError, match="axos"):
        play(
            flat(1),
            {},
            setup=lambda a: a.set_brokerage_model(AxosClearingBrokerageModel(tmp_path)),
            kind=Bare,
        )


def test_a_brokerage_set_after_the_securities_reaches_them_but_not_what_the_user_set() -> None:
    mine = Shares(5)

    def setup(a: Any) -> None:
        a.add_equity("GME").set_shortable_provider(mine)
        a.add_equity("SPY")
        a.set_brokerage_model(BrokerageName.AXOS)
        assert a.securities["GME"].shortable_provider.wrapped is mine

    assert isinstance(provider_after(setup), LocalDiskShortableProvider)


def test_the_backtests_provider_is_for_securities_that_nobody_set() -> None:
    default, mine = Shares(1), Shares(2)

    def setup(a: Any) -> None:
        a.add_equity("SPY")
        a.add_equity("GME").set_shortable_provider(mine)
        assert a.securities["GME"].shortable_provider.wrapped is mine

    assert provider_after(setup, provider=default) is default

    def with_brokerage(a: Any) -> None:
        a.set_brokerage_model(BrokerageName.AXOS)
        a.add_equity("SPY")

    assert isinstance(provider_after(with_brokerage, provider=default), LocalDiskShortableProvider)

    def named_default(a: Any) -> None:
        a.set_brokerage_model(BrokerageName.DEFAULT)
        a.add_equity("SPY")

    assert provider_after(named_default, provider=default) is default


def test_an_initializer_may_be_a_function() -> None:
    mine = Shares(3)

    def setup(a: Any) -> None:
        a.set_security_initializer(lambda security: security.set_shortable_provider(mine))
        a.add_equity("SPY")

    assert provider_after(setup) is mine


def test_a_replaced_initializer_leaves_the_defaults_of_what_it_does_not_set() -> None:
    default = Shares(3)

    def setup(a: Any) -> None:
        a.set_security_initializer(lambda security: security.set_fee_model(NullFeeModel()))
        security = a.add_equity("SPY")
        assert (type(security.fee_model), security.buying_power_model) == (
            NullFeeModel,
            RegTBuyingPower(),
        )

    assert provider_after(setup, provider=default) is default


def test_a_replaced_initializer_keeps_a_later_brokerage_out() -> None:
    mine = Shares(3)

    def setup(a: Any) -> None:
        a.set_security_initializer(lambda security: security.set_shortable_provider(mine))
        a.set_brokerage_model(BrokerageName.AXOS)
        a.add_equity("SPY")

    assert provider_after(setup) is mine


def test_a_brokerage_models_initializer_can_be_extended() -> None:
    seeded: list[Any] = []

    class Seeder:
        def seed_security(self, security: Any) -> None:
            seeded.append(security.symbol)

    class Mine(BrokerageModelSecurityInitializer):
        def initialize(self, security: Any) -> None:
            super().initialize(security)
            security.set_buying_power_model(NullBuyingPower())

    def setup(a: Any) -> None:
        a.set_brokerage_model(BrokerageName.AXOS)
        a.set_security_initializer(Mine(a.brokerage_model, Seeder()))
        assert a.add_equity("SPY").buying_power_model == NullBuyingPower()

    assert isinstance(provider_after(setup), LocalDiskShortableProvider)
    assert seeded == ["SPY"]


def test_several_initializers_run_in_the_order_in_which_they_were_added() -> None:
    done: list[int] = []

    def setup(a: Any) -> None:
        a.add_security_initializer(lambda security: done.append(1))
        a.add_security_initializer(lambda security: done.append(2))
        a.add_equity("SPY")
        a.set_security_initializer(lambda security: done.append(3))  # replaces all of them
        a.add_equity("GME")

    provider_after(setup)
    assert done == [1, 2, 3]


def test_a_users_brokerage_model_needs_no_base() -> None:
    class House:
        def get_shortable_provider(self, security: Any) -> Any:
            return Shares(len(security.symbol))

        def get_fee_model(self, security: Any) -> Any:
            return NullFeeModel()

        def get_buying_power_model(self, security: Any) -> Any:
            return NullBuyingPower()

    def setup(a: Any) -> None:
        a.set_brokerage_model(House())
        assert a.add_equity("SPY").fee_model == NullFeeModel()

    assert provider_after(setup).quantity == 3


@pytest.mark.parametrize(
    ("setup", "error", "message"),
    [
        (lambda a: a.set_brokerage_model("robinhood"), InvalidInputError, "BrokerageName.AXOS"),
        (lambda a: a.set_brokerage_model(object()), InvalidInputError, "get_shortable_provider"),
        (
            lambda a: a.set_brokerage_model(DefaultBrokerageModel),
            InvalidInputError,
            "Call the class",
        ),
        (
            lambda a: a.set_brokerage_model(BrokerageName.AXOS, "cash"),
            InvalidInputError,
            "cannot sell short",
        ),
        (lambda a: a.set_security_initializer(5), InvalidInputError, "security_initializer=5"),
        (
            lambda a: a.add_security_initializer(BrokerageModelSecurityInitializer),
            InvalidInputError,
            "security_initializer",
        ),
        (
            lambda a: a.add_equity("SPY").set_shortable_provider(Shares),
            ProviderContractError,
            "Shares is a class",
        ),
        (
            lambda a: a.add_equity("SPY").set_shortable_provider(5),
            ProviderContractError,
            "no method shortable_quantity",
        ),
    ],
)
def test_s6_what_is_no_model_is_refused(setup: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        play(flat(1), {}, setup=setup, kind=Bare)


def test_interactive_brokers_provider_is_the_local_disk_one_of_its_broker() -> None:
    assert InteractiveBrokersShortableProvider().broker == "interactivebrokers"
