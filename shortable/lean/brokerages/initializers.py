"""Security initializers and seeders (LEAN: Common/Securities/BrokerageModelSecurityInitializer.cs, SecuritySeeder.cs)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from shortable.lean.models import method, with_or_without
from shortable.lean.names import LeanObject

if TYPE_CHECKING:
    from shortable.lean.securities.security import Security

__all__ = [
    "BrokerageModelSecurityInitializer",
    "CompositeSecurityInitializer",
    "FuncSecurityInitializer",
    "FuncSecuritySeeder",
    "ISecurityInitializer",
    "ISecuritySeeder",
    "SecurityInitializer",
    "SecuritySeeder",
]


class ISecuritySeeder(LeanObject):
    """Gives a new security its first price."""

    def seed_security(self, security: Security) -> bool:
        """Seed it; return whether it has a price then."""
        return True


class _NullSeeder(ISecuritySeeder):
    """Seeds nothing."""


class SecuritySeeder(LeanObject):
    """Where the seeder that does nothing is found: ``SecuritySeeder.NULL``."""

    NULL: ClassVar[ISecuritySeeder] = _NullSeeder()
    Null: ClassVar[ISecuritySeeder] = NULL


class FuncSecuritySeeder(ISecuritySeeder):
    """Seeds by a function of a security that returns data, or a list of them.

    Parameters
    ----------
    seed : callable
        ``self.get_last_known_price`` or ``self.get_last_known_prices``.
    """

    def __init__(self, seed: Callable[[Any], Any]) -> None:
        self._seed = seed

    def seed_security(self, security: Security) -> bool:
        """Set the security's price by what the function returns."""
        found = self._seed(security)
        data: Iterable[Any] = (
            found if isinstance(found, Iterable) and not hasattr(found, "end_time") else [found]
        )
        seeded = False
        for point in data:
            if point is not None:
                security.set_market_price(point)
                seeded = True
        return seeded


class ISecurityInitializer(LeanObject):
    """Sets a new security's models."""

    def initialize(self, security: Security) -> None:
        """Set them."""


class FuncSecurityInitializer(ISecurityInitializer):
    """Sets models by a function of a security."""

    def __init__(self, initializer: Callable[[Any], Any]) -> None:
        self._initializer = initializer

    def initialize(self, security: Security) -> None:
        """Call the function."""
        self._initializer(security)


class CompositeSecurityInitializer(ISecurityInitializer):
    """Runs one initializer after another."""

    def __init__(self, *initializers: Any) -> None:
        self.initializers = list(initializers)

    def initialize(self, security: Security) -> None:
        """Run them all."""
        for one in self.initializers:
            method(one, "initialize")(security)


class BrokerageModelSecurityInitializer(ISecurityInitializer):
    """Sets the models that the broker's model names, then seeds the price.

    Parameters
    ----------
    brokerage_model : DefaultBrokerageModel, optional
    security_seeder : ISecuritySeeder, optional
    """

    def __init__(self, brokerage_model: Any = None, security_seeder: Any = None) -> None:
        if brokerage_model is None:
            from shortable.lean.brokerages.models import DefaultBrokerageModel

            brokerage_model = DefaultBrokerageModel()
        self._model = brokerage_model
        if callable(security_seeder):
            security_seeder = FuncSecuritySeeder(security_seeder)
        self._seeder = SecuritySeeder.NULL if security_seeder is None else security_seeder

    def initialize(self, security: Security) -> None:
        """Set fill, fee, slippage, settlement, buying power and interest models, the provider, and the first price."""
        model = self._model
        security.set_fill_model(method(model, "get_fill_model")(security))
        security.set_fee_model(method(model, "get_fee_model")(security))
        security.set_slippage_model(method(model, "get_slippage_model")(security))
        security.set_settlement_model(method(model, "get_settlement_model")(security))
        security.set_buying_power_model(method(model, "get_buying_power_model")(security))
        security.set_margin_interest_rate_model(
            method(model, "get_margin_interest_rate_model")(security)
        )
        security.set_leverage(method(model, "get_leverage")(security))
        security.set_shortable_provider(
            with_or_without(method(model, "get_shortable_provider"), security)
        )
        method(self._seeder, "seed_security")(security)


class SecurityInitializer(LeanObject):
    """Where the initializer that does nothing is found: ``SecurityInitializer.NULL``."""

    NULL: ClassVar[ISecurityInitializer] = ISecurityInitializer()
    Null: ClassVar[ISecurityInitializer] = NULL
