"""JSON documents, once they are read."""

from __future__ import annotations

from typing import TypeAlias

__all__ = ["Json", "records_of"]

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""What `json.loads` makes of a document."""


def records_of(document: Json) -> list[dict[str, Json]] | None:
    """Return a document that is a list of objects; None for any other.

    Examples
    --------
    >>> records_of([{"symbol": "GME"}]), records_of({"symbol": "GME"}), records_of([1])
    ([{'symbol': 'GME'}], None, None)
    """
    if not isinstance(document, list):
        return None
    found = [one for one in document if isinstance(one, dict)]
    return found if len(found) == len(document) else None
