"""The public API as text: ``python -m tests.trust.public`` writes it anew; the diff of `public_api.txt` is what a change does to users."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).with_name("public_api.txt")
#: Packages whose names users import. The others are parts of the house, and of LEAN's API, which is LEAN's.
PACKAGES = (
    "shortable", "shortable.actions", "shortable.borrow", "shortable.calendars", "shortable.engine", "shortable.errors", "shortable.market_data",
    "shortable.positions", "shortable.providers", "shortable.report", "shortable.research", "shortable.results",
    "shortable.short_interest", "shortable.store",
)  # fmt: skip


def names() -> Iterator[tuple[str, Any]]:
    """Yield every public name and what it is."""
    for package in PACKAGES:
        module = importlib.import_module(package)
        for name in sorted(module.__all__):
            yield f"{package}.{name}", getattr(module, name)


def signature(thing: Any) -> str:
    """Return the parameters of a callable: names, kinds, and which have a default; types belong to mypy."""
    if inspect.isclass(thing) and issubclass(thing, Enum):
        return "(value)"  # whose other parameters are Python's, and differ from one version to the next
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return ""
    plain = [p.replace(annotation=p.empty, default=p.empty) for p in parameters]
    texts = [
        f"{new}=" if old.default is not old.empty else str(new)
        for new, old in zip(plain, parameters, strict=True)
    ]
    kinds = [p.kind for p in plain]
    if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        texts.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    return f"({', '.join(texts)})"


def lines() -> Iterator[str]:
    """Yield a line for each public name, and for each public member of a class."""
    for name, thing in names():
        if not callable(thing) or not hasattr(thing, "__module__"):
            yield name
            continue
        yield name + signature(thing)
        if not inspect.isclass(thing):
            continue
        for member in sorted(dir(thing)):
            if member.startswith("_") or member in dir(type) or hasattr(Exception, member):
                continue
            owner = next((c for c in thing.__mro__ if member in vars(c)), thing)
            if not owner.__module__.startswith("shortable"):
                continue
            value = inspect.getattr_static(thing, member)
            value = getattr(value, "__func__", value)
            yield f"{name}.{member}" + (signature(value) if inspect.isfunction(value) else "")


def text() -> str:
    """Return the whole file."""
    return re.sub(r" at 0x[0-9a-f]+", "", "\n".join(lines())) + "\n"


if __name__ == "__main__":
    GOLDEN.write_text(text(), encoding="utf-8", newline="\n")
