"""Documents of brokers: text or mapping in, rows checked one by one and their faults reported together."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from shortable.errors import InvalidInputError
from shortable.positions.line import PositionLine

__all__ = ["document_of", "rows_in"]


def document_of(given: Any) -> Mapping[str, Any]:
    """Return a JSON object given as a mapping or as text.

    Raises
    ------
    InvalidInputError
        It is neither, or no JSON.
    """
    if isinstance(given, (str, bytes, bytearray)):
        try:
            given = json.loads(given)
        except ValueError as error:
            raise InvalidInputError("document", given, f"be JSON ({error})") from None
    if not isinstance(given, Mapping):
        raise InvalidInputError("document", given, "be a JSON object, as mapping or text")
    return given


def rows_in(
    rows: Any, name: str, read: Callable[[Mapping[str, Any]], PositionLine]
) -> tuple[PositionLine, ...]:
    """Read every row of a list.

    Raises
    ------
    InvalidInputError
        It is no list of objects, or rows have faults: all of them are in the message.
    """
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise InvalidInputError(name, rows, "be a list of positions")
    lines, faults = [], []
    for number, row in enumerate(rows):
        try:
            lines.append(read(row))
        except InvalidInputError as error:
            faults.append(f"{name}[{number}]: {error}")
    if faults:
        raise InvalidInputError(name, f"{len(rows)} positions", "be readable: " + "; ".join(faults))
    return tuple(lines)
