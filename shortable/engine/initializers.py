"""Security initializers: what is done to each security when it is added."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shortable.engine.brokerage import BrokerageModel
from shortable.engine.security import Security
from shortable.errors import InvalidInputError

__all__ = ["BrokerageModelSecurityInitializer", "as_initializer"]


class BrokerageModelSecurityInitializer:
    """Give a security the brokerage model's own models; derive from it to add to them.

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

    def __init__(self, brokerage_model: BrokerageModel, security_seeder: Any = None) -> None:
        self.brokerage_model = brokerage_model
        self.security_seeder = security_seeder

    def initialize(self, security: Security) -> None:
        """Set commission, buying power and, where the user has set none, shortable provider."""
        model = self.brokerage_model
        security.set_fee_model(model.get_fee_model(security))
        security.set_buying_power_model(model.get_buying_power_model(security))
        security.set_default_provider(model.get_shortable_provider(security))
        if self.security_seeder is not None:
            self.security_seeder.seed_security(security)


def as_initializer(security_initializer: Any) -> Callable[[Security], None]:
    """Return the function behind an initializer: a callable, or an object with ``initialize(security)``.

    Raises
    ------
    InvalidInputError
        It is neither.
    """
    method = getattr(security_initializer, "initialize", None)
    if callable(method) and not isinstance(security_initializer, type):
        return method  # type: ignore[no-any-return]
    if callable(security_initializer) and not isinstance(security_initializer, type):
        return security_initializer  # type: ignore[no-any-return]
    raise InvalidInputError(
        "security_initializer",
        security_initializer,
        "be a function of one security, or an object with initialize(security)",
    )
