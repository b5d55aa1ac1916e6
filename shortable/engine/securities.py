"""Look up securities and holdings by symbol, in any spelling."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from shortable.errors import EngineError, SymbolError
from shortable.symbol import Symbol

__all__ = ["BySymbol", "SecurityManager"]

V = TypeVar("V")


class BySymbol(dict[Symbol, V]):
    """A dict by symbol that also finds other spellings (``"spy"``, ``"BRK/B"``) and securities; read-only for users.

    A key that is the canonical spelling is found by the dict itself, at its speed.
    """

    __slots__ = ()

    def __missing__(self, key: Any) -> V:
        symbol = _symbol(key)
        if symbol is not None and (value := dict.get(self, symbol)) is not None:
            return value
        have = ", ".join(sorted(self)) or "none"
        raise EngineError(
            f"{key!r} is not subscribed (subscribed: {have}); call add_equity({str(key)!r}) in initialize"
        )

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self, key) or (
            (symbol := _symbol(key)) is not None and dict.__contains__(self, symbol)
        )

    contains_key = __contains__

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the value of a symbol in any spelling, or `default`."""
        if key in self:
            return self[key]
        return default

    def put(self, symbol: Symbol, value: V) -> None:
        """Add a value; for the engine."""
        dict.__setitem__(self, symbol, value)

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        raise EngineError(f"{type(self).__name__} is filled by add_equity; {key!r} cannot be set")

    def __delitem__(self, key: Any) -> NoReturn:
        raise EngineError(
            f"{type(self).__name__} is filled by add_equity; {key!r} cannot be deleted"
        )


class SecurityManager(BySymbol[Any]):
    """The subscribed securities by symbol, in the order in which they were added."""

    __slots__ = ()


def _symbol(key: Any) -> Symbol | None:
    key = getattr(key, "symbol", key)
    if isinstance(key, Symbol):
        return key
    try:
        return Symbol.create(key)
    except SymbolError:
        return None
