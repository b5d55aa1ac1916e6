"""Volatility models: kept for the user to read; nothing here depends on one."""

from __future__ import annotations

from typing import Any, ClassVar

from shortable.lean.names import LeanObject

__all__ = ["NullVolatilityModel", "VolatilityModel"]


class NullVolatilityModel(LeanObject):
    """Knows of no volatility.

    Attributes
    ----------
    volatility : float
    """

    volatility = 0.0

    def update(self, security: Any, data: Any) -> None:
        """Do nothing."""


class VolatilityModel(LeanObject):
    """Where the model that knows of no volatility is found: ``VolatilityModel.NULL``."""

    NULL: ClassVar[NullVolatilityModel] = NullVolatilityModel()
    Null: ClassVar[NullVolatilityModel] = NULL
