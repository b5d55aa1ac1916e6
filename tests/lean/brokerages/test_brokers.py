"""Brokers' models, initializers and seeders."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from shortable.errors import InvalidInputError
from shortable.lean.brokerages.brokers import (
    MODELS,
    AlpacaBrokerageModel,
    AxosClearingBrokerageModel,
    InteractiveBrokersBrokerageModel,
    TradierBrokerageModel,
    brokerage_model,
)
from shortable.lean.brokerages.initializers import (
    BrokerageModelSecurityInitializer,
    CompositeSecurityInitializer,
    FuncSecurityInitializer,
    FuncSecuritySeeder,
    SecuritySeeder,
)
from shortable.lean.brokerages.messages import BrokerageMessageEvent, BrokerageMessageType
from shortable.lean.brokerages.models import DefaultBrokerageModel
from shortable.lean.data import Split, TradeBar
from shortable.lean.enums import (
    AccountType,
    BrokerageName,
    DataNormalizationMode,
    OrderResponseErrorCode,
    OrderStatus,
    OrderType,
    SecurityType,
)
from shortable.lean.market import Market
from shortable.lean.orders.fees import (
    ConstantFeeModel,
    InteractiveBrokersFeeModel,
    TradeStationFeeModel,
)
from shortable.lean.orders.properties import OrderProperties, TimeInForce
from shortable.lean.providers import LocalDiskShortableProvider, NullShortableProvider
from tests.lean.desk import MONDAY, Desk, Shares, at


def test_leans_interactive_brokers_attaches_no_availability_and_axos_its_files() -> None:
    assert isinstance(
        InteractiveBrokersBrokerageModel().get_shortable_provider(None), NullShortableProvider
    )
    axos = AxosClearingBrokerageModel().GetShortableProvider(None)
    assert isinstance(axos, LocalDiskShortableProvider)
    assert axos.brokerage == "axos"


def test_every_model_serves_margin_and_cash_accounts() -> None:
    for name in MODELS:
        desk = Desk(model=brokerage_model(name))
        assert desk.add("SPY", price=100.0).leverage == 2, name
        expected = 2 if name == BrokerageName.ALPACA else 1  # Alpaca's accounts are margin accounts
        assert (
            Desk(model=brokerage_model(name, AccountType.CASH)).add("SPY", price=100.0).leverage
            == expected
        ), name


def test_a_broker_that_is_not_modelled_is_refused_by_name() -> None:
    with pytest.raises(InvalidInputError, match="must be one of"):
        brokerage_model(BrokerageName.KRAKEN)
    with pytest.raises(InvalidInputError, match="get_fee_model"):
        brokerage_model(object())


def test_a_users_model_need_not_call_its_bases_init_and_may_use_either_spelling() -> None:
    class Theirs(DefaultBrokerageModel):
        def __init__(self, provider: Any) -> None:
            self.shortable_provider = provider

        def GetShortableProvider(self, security: Any) -> Any:
            return self.shortable_provider

    provider = Shares(5)
    desk = Desk(model=brokerage_model(Theirs(provider)))
    spy = desk.add("SPY", price=100.0)
    assert spy.shortable_provider == provider
    assert desk.market(spy, -6).status == OrderStatus.INVALID
    assert desk.market(spy, -5).status == OrderStatus.FILLED


def test_orders_that_the_broker_does_not_take() -> None:
    desk = Desk(model=AxosClearingBrokerageModel())
    spy = desk.add("SPY", price=100.0)
    ticket = desk.send(OrderType.STOP_MARKET, spy, 1, stop=110.0)
    assert ticket.status == OrderStatus.INVALID
    code = OrderResponseErrorCode.BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER
    assert ticket.submit_request.response.error_code == code
    assert "does not support StopMarket order type" in desk.errors[-1]


@pytest.mark.parametrize(
    "answer", [False, (False, BrokerageMessageEvent(code="No", message="not today"))]
)
def test_users_models_answer_with_or_without_a_message(answer: Any) -> None:
    class Closed(DefaultBrokerageModel):
        def can_submit_order(self, security: Any, order: Any, message: Any) -> Any:
            return answer

        def CanUpdateOrder(self, security: Any, order: Any, request: Any, message: Any) -> Any:
            return answer

    class Later(Closed):
        def can_submit_order(self, security: Any, order: Any) -> bool:  # type: ignore[override]
            return True

    desk = Desk(model=Closed())
    assert desk.market(desk.add("SPY", price=100.0), 1).status == OrderStatus.INVALID
    desk = Desk(model=Later())
    ticket = desk.limit(desk.add("SPY", price=100.0), 1, 50.0)
    ticket.update_limit_price(60.0)
    desk.step()
    code = OrderResponseErrorCode.BROKERAGE_MODEL_REFUSED_TO_UPDATE_ORDER
    assert ticket.update_requests[0].response.error_code == code
    assert ticket.get(0) == 50.0


def test_initializers_run_in_order_and_seeders_give_the_first_price() -> None:
    desk = Desk()
    spy = desk.add("SPY")
    bar = TradeBar(MONDAY, spy.symbol, 1.0, 1.0, 1.0, 42.0, 10)
    seeder = FuncSecuritySeeder(lambda security: [bar])

    class Mine(BrokerageModelSecurityInitializer):
        def __init__(self, model: Any, seeder: Any) -> None:
            super().__init__(model, seeder)

        def Initialize(self, security: Any) -> None:
            super().Initialize(security)
            security.SetShortableProvider(Shares(3))

    last = FuncSecurityInitializer(lambda security: security.set_fee_model(ConstantFeeModel(2)))
    CompositeSecurityInitializer(Mine(desk.brokerage_model, seeder), last).initialize(spy)
    assert (spy.price, spy.availability.shortable_quantity(spy.symbol, MONDAY)) == (42.0, 3)
    assert isinstance(spy.fee_model, ConstantFeeModel)
    BrokerageModelSecurityInitializer().initialize(spy)
    assert isinstance(spy.fee_model, InteractiveBrokersFeeModel)
    assert SecuritySeeder.NULL.seed_security(spy)


def test_splits_keep_open_orders_value() -> None:
    desk = Desk()
    spy = desk.add("SPY", price=100.0, mode=DataNormalizationMode.RAW)
    ticket = desk.limit(spy, 101, 90.0)
    desk.brokerage_model.apply_split([ticket], Split(spy.symbol, MONDAY, 100.0, 0.5))
    desk.step()
    assert (ticket.quantity, ticket.get(0)) == (202.0, 45.0)


def test_a_model_needs_its_methods() -> None:
    spy = Desk().add("SPY", price=100.0)
    with pytest.raises(InvalidInputError, match="have a method get_order_fee"):
        spy.set_fee_model(SimpleNamespace())
    with pytest.raises(InvalidInputError, match="be an instance"):
        spy.set_fee_model(ConstantFeeModel)


def test_tradier_shorts_by_the_day_and_from_five_dollars() -> None:
    day = OrderProperties()
    day.time_in_force = TimeInForce.DAY
    desk = Desk(model=TradierBrokerageModel())
    spy, penny = desk.add("SPY", price=100.0), desk.add("PNNY", price=4.99)
    assert desk.market(spy, -10).status == OrderStatus.INVALID
    assert "GTC" in desk.errors[-1]
    short = desk.market(spy, -10, properties=day)
    assert (short.status, short.order_events[-1].order_fee.value.amount) == (
        OrderStatus.FILLED,
        0.0,
    )
    assert desk.market(penny, -10, properties=day).status == OrderStatus.INVALID
    assert "below $5" in desk.errors[-1]
    resting = desk.limit(spy, 5, 50.0, properties=day)
    resting.update_quantity(6)
    desk.step()
    assert (resting.quantity, "quantities" in desk.errors[-1]) == (5.0, True)
    TradierBrokerageModel().apply_split([resting], Split(spy.symbol, MONDAY, 100.0, 2.0))
    desk.step()
    assert resting.status == OrderStatus.CANCELED


def test_alpaca_takes_on_open_orders_in_the_evening() -> None:
    desk = Desk(model=AlpacaBrokerageModel())
    spy = desk.add("SPY", price=100.0)
    for time, taken in (("17:00", False), ("19:00", True), ("9:28", True), ("9:29", False)):
        desk.clock(at(time))
        ticket = desk.send(OrderType.MARKET_ON_OPEN, spy, 1)
        assert (ticket.status == OrderStatus.SUBMITTED) is taken, time


def test_an_older_providers_method_without_a_security() -> None:
    class Older(DefaultBrokerageModel):
        def GetShortableProvider(self) -> Any:  # type: ignore[override]
            return Shares(5)

    spy = Desk(model=Older()).add("SPY", price=100.0)
    assert spy.availability.shortable_quantity(spy.symbol, MONDAY) == 5


def test_an_older_models_attribute_is_its_provider() -> None:
    class Older(DefaultBrokerageModel):
        def __init__(self) -> None:
            self.ShortableProvider = Shares(5)

    model = Older()
    assert model.ShortableProvider is model.GetShortableProvider(None)
    spy = Desk(model=model).add("SPY", price=100.0)
    assert spy.availability.shortable_quantity(spy.symbol, MONDAY) == 5


@pytest.mark.parametrize("spelling", ["default_markets", "DefaultMarkets"])
def test_a_users_model_names_its_markets_by_a_plain_value_in_either_spelling(spelling: str) -> None:
    model: Any = type(
        "Theirs", (DefaultBrokerageModel,), {spelling: {SecurityType.CRYPTO: Market.BINANCE}}
    )()
    assert model.default_markets == model.DefaultMarkets == {SecurityType.CRYPTO: Market.BINANCE}
    ours = DefaultBrokerageModel().default_markets
    assert (ours[SecurityType.EQUITY], ours[SecurityType.CRYPTO]) == (Market.USA, Market.COINBASE)


def test_what_a_broker_says_is_worded_as_in_lean() -> None:
    said = BrokerageMessageEvent(
        BrokerageMessageType.Information, "", "Symbol AIG can not be submitted"
    )
    assert str(said) == "Information - Code:  - Symbol AIG can not be submitted"

    class Choosy(DefaultBrokerageModel):
        def can_submit_order(self, security: Any, order: Any, message: Any = None) -> Any:
            return False, said

        def can_update_order(
            self, security: Any, order: Any, request: Any, message: Any = None
        ) -> Any:
            return False, said

    desk = Desk(model=Choosy())
    ticket = desk.market(desk.add("SPY", price=100.0), 1)
    assert ticket.status == OrderStatus.INVALID
    assert ticket.submit_request.response.error_message == (
        "BrokerageModel declared unable to submit order: [1] Information - Code:  - Symbol AIG can not be submitted"
    )


def test_tradestation_does_not_update_the_quantity_of_what_turns_a_position_round() -> None:
    desk = Desk(model=brokerage_model(BrokerageName.TRADE_STATION))
    spy = desk.add("SPY", price=100.0)
    desk.market(spy, 10)
    turning = desk.limit(spy, -15, 200.0)
    turning.update_quantity(-16)
    turning.update_limit_price(210.0)
    desk.step()
    assert (turning.quantity, turning.get(0)) == (-15.0, 210.0)
    assert "Cross Zero Orders" in desk.errors[-1]
    closing = desk.limit(spy, -10, 200.0)
    closing.update_quantity(-9)
    desk.step()
    assert closing.quantity == -9.0
    assert desk.send(OrderType.LIMIT_IF_TOUCHED, spy, -1, limit=200.0).status == OrderStatus.INVALID


@pytest.mark.parametrize(
    "name", [BrokerageName.TRADE_STATION, BrokerageName.TASTYTRADE, BrokerageName.CHARLES_SCHWAB]
)
def test_these_brokers_take_nothing_for_shares(name: BrokerageName) -> None:
    desk = Desk(model=brokerage_model(name))
    spy = desk.add("SPY", price=100.0)
    assert desk.market(spy, -10).order_events[-1].order_fee.value.amount == 0.0


def test_who_does_not_live_in_the_united_states_pays_tradestation_five_dollars() -> None:
    desk = Desk()
    spy = desk.add("SPY", price=100.0)
    abroad = TradeStationFeeModel()
    abroad.USResident = False
    spy.set_fee_model(abroad)
    assert desk.market(spy, -10).order_events[-1].order_fee.value.amount == 5.0


def test_interactive_brokers_compares_with_nothing() -> None:
    # InteractiveBrokersBrokerageModel.cs: "Equivalent to no benchmark"
    for name in (
        BrokerageName.INTERACTIVE_BROKERS_BROKERAGE,
        BrokerageName.INTERACTIVE_BROKERS_FIX,
    ):
        assert brokerage_model(name).get_benchmark(None).evaluate(MONDAY) == 0
    assert brokerage_model(BrokerageName.AXOS).get_benchmark(None) is None
