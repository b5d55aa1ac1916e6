"""What users keep on a security, by name (LEAN: Common/Securities/Security.cs, its dynamic properties)."""

from __future__ import annotations

from typing import Any

from shortable.lean.generics import generic
from shortable.lean.names import LeanObject

__all__ = ["OwnProperties"]


class OwnProperties(LeanObject):
    """Base of `Security`: ``security.ema = …`` is also ``security.add("ema", …)`` and ``security["ema"]``."""

    def add(self, key: str, value: Any) -> None:
        """Keep something."""
        setattr(self, key, value)

    @generic
    def get(self, key: str, kind: Any = None) -> Any:
        """Return what is kept."""
        return self[key]

    @generic
    def try_get(self, key: str, kind: Any = None) -> tuple[bool, Any]:
        """Return whether something is kept, and what."""
        found = vars(self).get(key)
        return found is not None, found

    def remove(self, key: str) -> bool:
        """Forget; return whether there was something."""
        return vars(self).pop(key, None) is not None

    def __getitem__(self, name: str) -> Any:
        try:
            return getattr(self, name)
        except AttributeError:
            raise KeyError(name) from None

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self, name, value)
