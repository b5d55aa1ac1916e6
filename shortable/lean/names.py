"""LEAN's two spellings of every name: ``set_start_date`` and ``SetStartDate`` are one method."""

from __future__ import annotations

import functools
import inspect
import sys
from types import FunctionType
from typing import Any

from shortable.names import near, pascal_case, snake_case

__all__ = ["Fields", "LeanObject"]

_LIBRARY = __name__.rpartition(".")[0]


class _UnknownNameError(AttributeError):
    """Words its message when it is read: ``getattr(x, name, default)`` throws most of them away."""

    def __str__(self) -> str:
        owner: Any = self.obj
        return str(owner._unknown(self.name))

    def __repr__(self) -> str:
        return f"AttributeError({str(self)!r})"


_UnknownNameError.__name__ = _UnknownNameError.__qualname__ = (
    "AttributeError"  # what users are shown
)


_RENAMED = {
    "fill_data_forward": "fill_forward"
}  # C# parameters that had another name in older LEAN


def _in_camel_case(function: Any) -> Any:
    """Return a function that takes named arguments as C# spells them too: ``liquidateExistingHoldings=True``."""
    if isinstance(function, (staticmethod, classmethod)):
        return type(function)(_in_camel_case(function.__func__))
    if not isinstance(function, FunctionType) or hasattr(function, "__wrapped__"):
        return function
    parameters = inspect.signature(function).parameters.values()
    if not any(
        "_" in p.name.strip("_") or p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters
    ):
        return function

    @functools.wraps(function)
    def spelled(*arguments: Any, **named: Any) -> Any:
        if named:
            snake = ((snake_case(name), value) for name, value in named.items())
            named = {_RENAMED.get(name, name): value for name, value in snake}
        return function(*arguments, **named)

    return spelled


def _described(value: Any) -> bool:
    """Whether a class attribute stands for a method or property; a plain default is not to be copied."""
    return isinstance(value, (staticmethod, classmethod)) or hasattr(type(value), "__get__")


class LeanObject:
    """Base of everything that an algorithm written for LEAN may touch.

    Every method and property answers to both spellings, and a subclass overrides it in either: the most derived
    definition wins; in C#'s spelling it takes named arguments in C#'s spelling. An attribute that does not exist is an
    `AttributeError` that names what is near.

    Examples
    --------
    >>> class Model(LeanObject):
    ...     def get_rate(self): return 1
    >>> class Theirs(Model):
    ...     def GetRate(self): return super().GetRate() + 1
    >>> Theirs().get_rate(), Theirs().GetRate()
    (2, 2)
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        ours = cls.__module__.startswith(_LIBRARY)
        for name, value in list(cls.__dict__.items()):
            if name.startswith("_"):
                continue
            twin = pascal_case(name) if name == name.lower() else snake_case(name)
            # A user's plain value may stand for a property of ours: ``DefaultMarkets = {...}``.
            if not _described(value) and not isinstance(getattr(cls, twin, None), property):
                continue
            if twin != name and twin not in cls.__dict__ and (ours or hasattr(cls, twin)):
                setattr(cls, twin, _in_camel_case(value) if ours else value)
        if ours and "__init__" in cls.__dict__:
            cls.__init__ = _in_camel_case(cls.__dict__["__init__"])  # type: ignore[method-assign]

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            if hasattr(
                type(self), name
            ):  # a property raised: its own error, not that it is missing
                return object.__getattribute__(self, name)
            if (
                name[:4] in ("get_", "set_") and name[4:5].isupper()
            ):  # .NET's own names of a property's two halves
                what = snake_case(name[4:])
                if hasattr(self, what):
                    return (
                        (lambda: getattr(self, what))
                        if name[0] == "g"
                        else (lambda v: setattr(self, what, v))
                    )
            snake = snake_case(name)
            if snake != name:
                try:
                    return getattr(self, snake)
                except AttributeError as error:
                    if getattr(error, "name", None) != snake:
                        raise
        raise _UnknownNameError(name=name, obj=self)

    def __setattr__(self, name: str, value: Any) -> None:
        if "A" <= name[0] <= "Z":
            snake = snake_case(name)
            if hasattr(type(self), snake) or snake in getattr(self, "__dict__", ()):
                name = snake
        object.__setattr__(self, name, value)

    def to_string(self) -> str:
        """Return the object as text, as every .NET object does."""
        return str(self)

    ToString = to_string

    def _unknown(self, name: str) -> str:
        """Return the message for a name that this object does not have."""
        known = near(name, dir(self))
        hint = f"; near: {known}" if known else ""
        return f"{type(self).__name__} has no {name!r} in shortable.lean{hint}"


class Fields(LeanObject):
    """Base of what is but a list of fields: setting one that is not there is an error, as a misspelt one would go unseen.

    Examples
    --------
    >>> class Wishes(Fields):
    ...     def __init__(self): self.price = 0.0
    >>> try:
    ...     Wishes().Prize = 3
    ... except AttributeError as error:
    ...     print(error)
    Wishes has no 'Prize' in shortable.lean; near: price
    """

    def __setattr__(self, name: str, value: Any) -> None:
        unknown = not name.startswith("_") and not hasattr(self, snake_case(name))
        if unknown and sys._getframe(1).f_code.co_name != "__init__":
            raise _UnknownNameError(name=name, obj=self)
        super().__setattr__(name, value)
