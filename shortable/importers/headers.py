"""Columns found by what their headers say, in any of the spellings that a publisher has used."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from shortable.errors import ImportRefusedError
from shortable.importers.report import Reject
from shortable.importers.tables import Table

__all__ = ["find_columns", "malformed_rejects", "plain_header"]


def plain_header(text: str) -> str:
    """Return a header without case, spaces and punctuation.

    Examples
    --------
    >>> plain_header("Net Short Position (%)"), plain_header("融券余量"), plain_header("NET_SHORT_POSITION")
    ('netshortposition%', '融券余量', 'netshortposition')
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[^\w%]|_", "", plain)


def find_columns(
    table: Table,
    wanted: Mapping[str, Sequence[str]],
    optional: Mapping[str, Sequence[str]],
    what: str,
) -> dict[str, str]:
    """Return the columns of a table by role.

    Parameters
    ----------
    table : Table
        Whose header is looked at.
    wanted, optional : mapping of str to sequence of str
        The spellings of each role, without case and punctuation; a table must have one of each that is wanted.
    what : str
        What the file should be, for the error.

    Raises
    ------
    ImportRefusedError
        A column is missing; the message names all that are.
    """
    headers: dict[str, str] = {}
    for name in table.names:
        if plain := plain_header(name):
            headers.setdefault(plain, name)
    found: dict[str, str] = {}
    for role, spellings in (*wanted.items(), *optional.items()):
        name = next((headers[s] for s in map(plain_header, spellings) if s in headers), "")
        if name:
            found[role] = name
    if missing := [spellings[0] for role, spellings in wanted.items() if role not in found]:
        raise ImportRefusedError(f"{table.name}: it lacks {', '.join(missing)}; this is no {what}")
    return found


def malformed_rejects(table: Table) -> list[Reject]:
    """Return a reject for every line that does not have the header's cells."""
    fault = f"the row does not have the header's {len(table.names)} cells"
    return [Reject(table.name, line, text, fault) for line, text in table.malformed]
