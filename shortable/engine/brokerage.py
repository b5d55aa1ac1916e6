"""Which models and provider a security gets by default: brokerage models, and the initializers that apply them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable

from shortable.engine.models import (
    BuyingPowerModel,
    FeeModel,
    InteractiveBrokersFeeModel,
    RegTBuyingPower,
)
from shortable.engine.security import Security
from shortable.errors import InvalidInputError
from shortable.provider import ProviderLike, ShortableProvider
from shortable.providers import NullShortableProvider
from shortable.symbol import Market

__all__ = [
    "AccountType",
    "AxosClearingBrokerageModel",
    "BrokerageModel",
    "BrokerageModelSecurityInitializer",
    "BrokerageName",
    "DefaultBrokerageModel",
    "Initializer",
    "InteractiveBrokersBrokerageModel",
    "SecurityInitializer",
    "SecuritySeeder",
    "as_initializer",
    "brokerage_model",
]


class AccountType(StrEnum):
    """Kind of account; shares can only be borrowed on margin."""

    MARGIN = "margin"


class BrokerageName(StrEnum):
    """Brokerages that have a model here, with LEAN's names."""

    DEFAULT = "default"
    AXOS = "axos"
    INTERACTIVE_BROKERS_BROKERAGE = "interactive_brokers"


class BrokerageModel(Protocol):
    """What a brokerage sets on each security for which you have set nothing."""

    def get_shortable_provider(self, security: Security) -> ProviderLike:
        """Return the provider that says what can be borrowed."""
        ...

    def get_fee_model(self, security: Security) -> FeeModel:
        """Return the commission model."""
        ...

    def get_buying_power_model(self, security: Security) -> BuyingPowerModel:
        """Return the margin model."""
        ...


# Interactive Brokers' fixed pricing in Canada, from the page that InteractiveBrokersFeeModel names.
_CANADA = InteractiveBrokersFeeModel(per_share=0.01, minimum=1.0, maximum_fraction=0.005)


class DefaultBrokerageModel:
    """No restriction on shorts, Interactive Brokers' fixed commissions (LEAN's default too), Regulation T.

    The commission is the Canadian schedule for Canada and the US schedule everywhere else, in the market's currency.

    Parameters
    ----------
    shortable_provider : object, optional
        Says what can be borrowed; default `NullShortableProvider`: no restriction.
    """

    def __init__(self, shortable_provider: ProviderLike | None = None) -> None:
        self._provider = (
            NullShortableProvider() if shortable_provider is None else shortable_provider
        )

    def get_shortable_provider(self, security: Security) -> ProviderLike:
        """Return the provider that says what can be borrowed."""
        return self._provider

    def get_fee_model(self, security: Security) -> FeeModel:
        """Return Interactive Brokers' fixed pricing."""
        return _CANADA if security.symbol.market is Market.CANADA else InteractiveBrokersFeeModel()

    def get_buying_power_model(self, security: Security) -> BuyingPowerModel:
        """Return Regulation T."""
        return RegTBuyingPower()


class AxosClearingBrokerageModel(DefaultBrokerageModel):
    """`DefaultBrokerageModel` with the availability of the broker ``axos`` in the data folder.

    Parameters
    ----------
    data_folder : str or Path, optional
        As in `LocalDiskShortableProvider`.
    """

    def __init__(self, data_folder: str | Path | None = None) -> None:
        super().__init__(_local_disk("axos", data_folder))


class InteractiveBrokersBrokerageModel(DefaultBrokerageModel):
    """`DefaultBrokerageModel` with the availability of the broker ``interactivebrokers`` in the data folder.

    Parameters
    ----------
    data_folder : str or Path, optional
        As in `InteractiveBrokersShortableProvider`.
    """

    def __init__(self, data_folder: str | Path | None = None) -> None:
        super().__init__(_local_disk("interactivebrokers", data_folder))


def _local_disk(broker: str, data_folder: str | Path | None) -> ShortableProvider:
    # The store behind it costs an import that a backtest without it need not pay.
    from shortable.providers import LocalDiskShortableProvider

    return LocalDiskShortableProvider(broker, data_folder)


def brokerage_model(brokerage: str | BrokerageModel, default: BrokerageModel) -> BrokerageModel:
    """Return the model that a name means; a model is returned as it is.

    Parameters
    ----------
    brokerage : BrokerageName, str or BrokerageModel
    default : BrokerageModel
        What ``BrokerageName.DEFAULT`` means.

    Raises
    ------
    InvalidInputError
        Neither a known name nor a model.
    """
    if isinstance(brokerage, str):
        try:
            name = BrokerageName(brokerage)
        except ValueError:
            known = ", ".join(f"BrokerageName.{n.name}" for n in BrokerageName)
            raise InvalidInputError(
                "brokerage", brokerage, f"be one of {known}, or a brokerage model"
            ) from None
        if name is BrokerageName.AXOS:
            return AxosClearingBrokerageModel()
        return default if name is BrokerageName.DEFAULT else InteractiveBrokersBrokerageModel()
    methods = ("get_shortable_provider", "get_fee_model", "get_buying_power_model")
    missing = [m for m in methods if not callable(getattr(brokerage, m, None))]
    if missing or isinstance(brokerage, type):
        raise InvalidInputError(
            "brokerage",
            brokerage,
            "be a BrokerageName or an instance of a brokerage model",
            f"It has no {', '.join(missing)}." if missing else "Call the class.",
        )
    return brokerage


class SecuritySeeder(Protocol):
    """What prepares a security after its models are set; LEAN's name for it."""

    def seed_security(self, security: Security) -> object:
        """Prepare it."""
        ...


@runtime_checkable
class SecurityInitializer(Protocol):
    """What is done to each security that an algorithm adds, as an object."""

    def initialize(self, security: Security) -> None:
        """Set the security up."""
        ...


Initializer = Callable[[Security], None] | SecurityInitializer
"""What is done to each security that an algorithm adds."""


class BrokerageModelSecurityInitializer:
    """Sets the brokerage model's models on a security; derive from it to set more.

    Parameters
    ----------
    brokerage_model : BrokerageModel
        Usually ``self.brokerage_model``.
    security_seeder : object, optional
        With a method ``seed_security(security)``, which is called last.

    Examples
    --------
    >>> class Mine(BrokerageModelSecurityInitializer):
    ...     def initialize(self, security):
    ...         super().initialize(security)
    ...         security.set_leverage(4)
    """

    def __init__(
        self, brokerage_model: BrokerageModel, security_seeder: SecuritySeeder | None = None
    ) -> None:
        self.brokerage_model = brokerage_model
        self.security_seeder = security_seeder

    def initialize(self, security: Security) -> None:
        """Set commission, buying power and, unless you have set one, the shortable provider."""
        model = self.brokerage_model
        security.set_fee_model(model.get_fee_model(security))
        security.set_buying_power_model(model.get_buying_power_model(security))
        security.set_default_provider(model.get_shortable_provider(security))
        if self.security_seeder is not None:
            self.security_seeder.seed_security(security)


def as_initializer(security_initializer: Initializer) -> Callable[[Security], None]:
    """Return the function behind an initializer: a callable, or an object with ``initialize(security)``.

    Raises
    ------
    InvalidInputError
        It is neither.
    """
    if not isinstance(security_initializer, type):
        if isinstance(security_initializer, SecurityInitializer):
            return security_initializer.initialize
        if callable(security_initializer):
            return security_initializer
    raise InvalidInputError(
        "security_initializer",
        security_initializer,
        "be a function of one security, or an object with initialize(security)",
    )
