"""Checks of arguments whose misuse would otherwise end in Python's own error (S6)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shortable.errors import InvalidInputError

__all__ = ["check_kind", "mapping_of", "path_of", "whole_of"]


def check_kind(
    parameter: str, given: object, kind: type | tuple[type, ...], bound: str, hint: str = ""
) -> None:
    """Refuse an argument that is not of a kind.

    Examples
    --------
    >>> check_kind("replace", 1, bool, "be True or False")
    Traceback (most recent call last):
    shortable.errors.InvalidInputError: replace=1 must be True or False
    """
    if not isinstance(given, kind):
        raise InvalidInputError(parameter, given, bound, hint)


def mapping_of(parameter: str, given: object) -> Mapping[Any, Any]:
    """Return a mapping, empty for None."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InvalidInputError(parameter, given, "be a mapping, such as a dict")
    return given


def path_of(parameter: str, given: object) -> Path:
    """Return a path of a text or a path; neither may be empty or hold a NUL.

    Examples
    --------
    >>> path_of("folder", "")
    Traceback (most recent call last):
    shortable.errors.InvalidInputError: folder='' must be a path
    """
    if isinstance(given, (str, os.PathLike)):
        path = os.fspath(given)
        if isinstance(path, str) and path and "\0" not in path:
            return Path(given)
    raise InvalidInputError(parameter, given, "be a path")


def whole_of(parameter: str, given: object, least: int, most: int) -> int:
    """Return a whole number within bounds, both included.

    Examples
    --------
    >>> whole_of("n", True, 0, 9)
    Traceback (most recent call last):
    shortable.errors.InvalidInputError: n=True must be a whole number from 0 to 9
    """
    if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
        raise InvalidInputError(parameter, given, f"be a whole number from {least:,} to {most:,}")
    return given
