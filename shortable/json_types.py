"""JSON documents: read from whatever bytes are given, and what they hold."""

from __future__ import annotations

import json
import re
from typing import TypeAlias

__all__ = ["Json", "load_json", "records_of"]

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""What `json.loads` makes of a document."""
_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_HALF = re.compile("[\ud800-\udfff]")


def load_json(given: str | bytes, *, numbers_as_text: bool = False) -> Json:
    """Read a document; half a surrogate pair, which JSON can escape and no text can hold, becomes U+FFFD.

    Parameters
    ----------
    given : str or bytes
        The document; bytes are UTF-8, with or without its mark.
    numbers_as_text : bool, default False
        Keep numbers as they are written, to the last digit.

    Raises
    ------
    ValueError
        It is no JSON, or nested too deeply.

    Examples
    --------
    >>> load_json(b'{"fee": 0.250, "name": "\\\\ud83d"}', numbers_as_text=True)
    {'fee': '0.250', 'name': '\ufffd'}
    """
    text = given if isinstance(given, str) else given.decode("utf-8-sig")
    try:
        document = _loads(text, numbers_as_text)
        if _ESCAPED_HALF.search(text):
            document = _loads(
                _HALF.sub("\ufffd", json.dumps(document, ensure_ascii=False)), numbers_as_text
            )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return document


def _loads(text: str, numbers_as_text: bool) -> Json:
    read = str if numbers_as_text else None
    document: Json = json.loads(text, parse_int=read, parse_float=read, parse_constant=read)
    return document


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
