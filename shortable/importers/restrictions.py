"""Lists of a rule as rows of restrictions: who is listed, from when to when, and that a list was whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pyarrow as pa

from shortable.clock import published_instant
from shortable.importers.figures import Known, figures_table, refuse_without_rows
from shortable.importers.files import SourceFile
from shortable.importers.report import Reject
from shortable.importers.source import Parsed
from shortable.importers.tables import Table
from shortable.market import Market
from shortable.store import RESTRICTIONS, WHOLE_LIST

__all__ = ["Listed", "Whole", "below_prose", "parsed_restrictions"]


@dataclass(frozen=True, slots=True)
class Whole:
    """That a rule's list of a day was whole, so that what it leaves out was not listed (S3)."""

    day: date
    """First day in force."""
    rule: str
    """Which list."""
    known: datetime
    """From when it was known; naive: on the market's clock."""
    until: date | None = None
    """Last day in force; None: until the next list."""
    by_rule: bool = False
    """Whether `known` follows the publisher's schedule."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows of a list; one entry a row, None where it cannot be read."""

    symbols: pa.Array
    days: pa.Array
    rules: pa.Array
    until: pa.Array
    notes: pa.Array


def parsed_restrictions(
    market: Market,
    table: Table,
    listed: Listed,
    bad: dict[int, str],
    known: Known,
    *,
    wholes: Iterable[Whole] = (),
    malformed: Sequence[Reject] = (),
) -> Parsed:
    """Return a list as it was parsed.

    Parameters
    ----------
    market : Market
        Of the rule.
    table : Table
        The rows of the file.
    listed : Listed
        What they state.
    bad : dict of int to str
        The reason of every row that cannot be used.
    known : Known
        From when each row was known.
    wholes : iterable of Whole
        The lists that are whole. None of them is where a row cannot be read: that symbol may have been listed.
    malformed : sequence of Reject
        Lines that are no rows.

    Raises
    ------
    ImportRefusedError
        No row can be used, and no list is whole.
    """
    columns = {
        "symbol": listed.symbols,
        "date": listed.days,
        "rule": listed.rules,
        "until": listed.until,
        "note": listed.notes,
    }
    rows, reasons = figures_table(RESTRICTIONS, columns, bad, known, table)
    parsed = Parsed(table.name, rows_read=table.n_rows + len(malformed))
    parsed.rejects = [
        Reject(table.name, *table.locate(row), reason) for row, reason in reasons.items()
    ]
    parsed.rejects = sorted([*parsed.rejects, *malformed], key=lambda reject: reject.line)
    unread = [r for r in parsed.rejects if not r.reason.startswith("duplicate of")]
    stated = [] if unread else list(wholes)
    if unread and wholes:
        parsed.notes.append(
            "a row could not be read, so nothing says that what the list leaves out is not listed"
        )
    refuse_without_rows(parsed, rows.num_rows + len(stated))
    parsed.figures.append((RESTRICTIONS, market, rows))
    if stated:
        parsed.also.append((RESTRICTIONS, market, _whole_rows(stated, market)))
    return parsed


def _whole_rows(wholes: Sequence[Whole], market: Market) -> pa.Table:
    count = len(wholes)
    instants = [published_instant(whole.known, market) for whole in wholes]
    columns = {
        "symbol": pa.array([WHOLE_LIST] * count, pa.string()),
        "date": pa.array([whole.day for whole in wholes], pa.date32()),
        "rule": pa.array([whole.rule for whole in wholes], pa.string()),
        "until": pa.array([whole.until for whole in wholes], pa.date32()),
    }
    known = Known(
        np.array(instants, dtype=np.int64), np.array([whole.by_rule for whole in wholes], np.bool_)
    )
    table, _ = figures_table(RESTRICTIONS, columns, {}, known, _NoLines())
    return table


class _NoLines:
    """The rows that say that a list is whole have no line in the file."""

    def locate(self, row: int) -> tuple[int, str]:
        """Return no line."""
        return 0, ""


def below_prose(file: SourceFile, word: str) -> tuple[SourceFile, list[str]]:
    """Return a file whose lines above its header are blank, so that lines keep their numbers, and those lines.

    Parameters
    ----------
    file : SourceFile
        UTF-8.
    word : str
        What the header holds, in any case.
    """
    lines = file.data.decode("utf-8-sig", errors="replace").splitlines()
    at = next((n for n, line in enumerate(lines[:50]) if word.lower() in line.lower()), None)
    if at is None:
        return file, lines[:50]
    text = "\n".join([*[""] * at, *lines[at:]]) + "\n"
    return SourceFile(file.name, text.encode()), lines[:at]
