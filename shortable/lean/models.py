"""Models that users write: with or without a base of ours, in either spelling."""

from __future__ import annotations

from inspect import Parameter, signature
from typing import Any

from shortable.errors import InvalidInputError
from shortable.names import pascal_case

__all__ = ["check_model", "method", "model_answer", "with_or_without"]

_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def method(model: Any, name: str) -> Any:
    """Return a model's method by its snake_case name, in whichever spelling the model has it.

    Raises
    ------
    InvalidInputError
        It has none.
    """
    found = getattr(model, name, None)
    if found is None:
        found = getattr(model, pascal_case(name), None)
    if not callable(found):
        raise InvalidInputError("model", model, f"have a method {name}")
    return found


def check_model(parameter: str, model: Any, *names: str) -> Any:
    """Return a model that has the methods named.

    Raises
    ------
    InvalidInputError
        It lacks one, or it is a class and not an instance.
    """
    if isinstance(model, type):
        raise InvalidInputError(
            parameter, model.__name__, "be an instance", f"Pass {model.__name__}(...)."
        )
    for name in names:
        if not callable(getattr(model, name, None)) and not callable(
            getattr(model, pascal_case(name), None)
        ):
            raise InvalidInputError(parameter, type(model).__name__, f"have a method {name}")
    return model


def with_or_without(ask: Any, *arguments: Any) -> Any:
    """Call a method that took fewer arguments in older LEAN: with as many of these as it takes."""
    parameters = signature(ask).parameters.values()
    if any(p.kind is Parameter.VAR_POSITIONAL for p in parameters):
        return ask(*arguments)
    return ask(*arguments[: sum(p.kind in _POSITIONAL for p in parameters)])


def model_answer(ask: Any, *arguments: Any) -> tuple[bool, Any]:
    """Return whether a broker takes something, and its message; users' methods have a place for the message or none."""
    found = with_or_without(ask, *arguments, None)
    return (bool(found[0]), found[1]) if isinstance(found, tuple) else (bool(found), None)
