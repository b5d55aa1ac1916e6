"""LEAN's two spellings of a name, ``market_on_open`` and ``MarketOnOpen``, and enumerations that answer to both."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from enum import Enum, EnumMeta, IntEnum

__all__ = ["LeanEnum", "near", "pascal_case", "snake_case"]

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """Return LEAN's Python spelling of one of its C# names; a name in that spelling is returned as it is.

    Examples
    --------
    >>> [snake_case(n) for n in ("SetSecurityInitializer", "BB", "RSIValue", "on_data", "ID")]
    ['set_security_initializer', 'bb', 'rsi_value', 'on_data', 'id']
    """
    return _WORD.sub("_", name).lower()


def pascal_case(name: str) -> str:
    """Return the C# spelling of a snake_case name; capital letters in a row cannot be told and come back as words.

    Examples
    --------
    >>> [pascal_case(n) for n in ("set_security_initializer", "on_data", "id", "ON_DATA")]
    ['SetSecurityInitializer', 'OnData', 'Id', 'OnData']
    """
    return "".join(part[:1].upper() + part[1:].lower() for part in name.split("_"))


def near(name: str, known: Iterable[str]) -> str:
    """Return the known names that resemble one that is not, as ``a, b``, or an empty text."""
    spelled = {snake_case(k): k for k in known if not k.startswith("_")}
    return ", ".join(
        spelled[k] for k in difflib.get_close_matches(snake_case(name), spelled, 3, 0.6)
    )


class _LeanEnumMeta(EnumMeta):
    def __getattr__(cls, name: str) -> Enum:
        if not name.startswith("_"):
            member = cls.__members__.get(snake_case(name).upper())
            if member is not None:
                return member
        raise AttributeError(
            f"{cls.__name__} has no {name!r}; it has {', '.join(cls.__members__)}",
            name=name,
        )


class LeanEnum(IntEnum, metaclass=_LeanEnumMeta):
    """An enumeration with LEAN's numbers whose members answer to both spellings.

    Examples
    --------
    >>> class Resolution(LeanEnum):
    ...     MINUTE = 2
    >>> Resolution.Minute is Resolution.MINUTE, str(Resolution.MINUTE)
    (True, 'Minute')
    """

    def to_string(self) -> str:
        """Return the member's C# name."""
        return str(self)

    ToString = to_string

    def __str__(self) -> str:
        return pascal_case(self.name)
