"""Indicators go by a name that may be left out."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from shortable.names import snake_case

__all__ = ["named"]


def named(template: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a constructor of (name, …) be called without the name, as LEAN's overloads allow."""

    def decorate(init: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(init)

        @functools.wraps(init)
        def wrapper(self: Any, *arguments: Any, **keywords: Any) -> None:
            keywords = {snake_case(k): v for k, v in keywords.items()}
            if "name" in keywords or (arguments and isinstance(arguments[0], str)):
                init(self, *arguments, **keywords)
                return
            bound = signature.bind(self, "", *arguments, **keywords)
            bound.apply_defaults()
            bound.arguments["name"] = template.format(**bound.arguments)
            init(*bound.args, **bound.kwargs)

        return wrapper

    return decorate
