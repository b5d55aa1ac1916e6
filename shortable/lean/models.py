"""Models that users write: with or without a base of ours, in either spelling."""

from __future__ import annotations

from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.names import pascal_case

__all__ = ["check_model", "method"]


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
        raise InvalidInputError(parameter, model.__name__, "be an instance", f"Pass {model.__name__}(...).")
    for name in names:
        if not callable(getattr(model, name, None)) and not callable(getattr(model, pascal_case(name), None)):
            raise InvalidInputError(parameter, type(model).__name__, f"have a method {name}")
    return model
