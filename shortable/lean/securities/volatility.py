"""Volatility models: kept for the user to read; nothing here depends on one."""

from __future__ import annotations

from typing import Any

from shortable.lean.names import LeanObject

__all__ = ["NullVolatilityModel"]


class NullVolatilityModel(LeanObject):
    """Knows of no volatility.

    Attributes
    ----------
    volatility : float
    """

    volatility = 0.0

    def update(self, security: Any, data: Any) -> None:
        """Do nothing."""
