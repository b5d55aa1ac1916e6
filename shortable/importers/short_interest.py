"""Short interest read from a file's columns: which rows can be used, and from when each was known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.clock import parse_time
from shortable.errors import ImportRefusedError
from shortable.importers.report import Reject
from shortable.importers.source import Option, Parsed
from shortable.importers.tables import DelimitedText
from shortable.market import Market
from shortable.store import SHORT_INTEREST, check_lag, check_published, known_at, known_by_rule

__all__ = ["PUBLISHED", "Published", "short_interest_of"]

Published = Mapping[date, date | datetime] | date | str | None
"""When figures were published: one date or time for a whole file, or one for each settlement date."""

PUBLISHED = Option(
    "published",
    "When the files were published, in place of the publisher's schedule.",
    kind=datetime,
    metavar="TIME",
    flag="--time",
)


def short_interest_of(
    values: Mapping[str, pa.Array],
    bad: Mapping[int, str],
    rows: DelimitedText,
    name: str,
    market: Market,
    *,
    lag: int | None,
    published: Published,
) -> Parsed:
    """Return the rows that can be used, each with the instant from which it was known.

    Parameters
    ----------
    values : mapping of str to pa.Array
        Columns of `shortable.store.SHORT_INTEREST`; those that are left out are null.
    bad : mapping of int to str
        The reason of every row that cannot be used.
    rows : DelimitedText
        The lines of the file, for the rejects.
    name : str
        Name of the file.
    market : Market
        What its figures are of.
    lag : int or None
        Days from the settlement date to publication, None for the publisher's schedule.
    published : Published
        When the file was published, in place of that rule.

    Raises
    ------
    ImportRefusedError
        No row can be used.
    """
    n_rows = rows.table.num_rows
    reasons = dict(bad) | _repeats(values["symbol"], values["settlement_date"], bad, rows)
    good = np.ones(n_rows, dtype=np.bool_)
    good[list(reasons)] = False
    parsed = Parsed(name, rows_read=rows.n_lines)
    parsed.rejects = [Reject(name, *rows.locate(row), reason) for row, reason in reasons.items()]
    parsed.rejects += [
        Reject(name, line, text, f"the row does not have the header's {rows.n_cells} cells")
        for line, text in rows.malformed
    ]
    parsed.rejects.sort(key=lambda reject: reject.line)
    if not good.any():
        first = parsed.rejects[0] if parsed.rejects else None
        why = f"; line {first.line}: {first.reason}" if first else " (it holds none)"
        raise ImportRefusedError(f"{name}: no row can be used{why}")
    days = values["settlement_date"].filter(pa.array(good))
    known, ruled = _publications(pc.unique(days).to_pylist(), market, lag, published)
    columns = {column: array.filter(pa.array(good)) for column, array in values.items()}
    instants = [known[day] for day in days.to_pylist()]
    columns["known_at"] = pa.array(instants, pa.int64()).cast(pa.timestamp("us", "UTC"))
    columns["by_rule"] = pa.array([ruled[day] for day in days.to_pylist()])
    arrays = [_column(columns.get(f.name), f, len(days)) for f in SHORT_INTEREST.schema]
    table = pa.Table.from_arrays(arrays, schema=SHORT_INTEREST.schema)
    parsed.figures.append((SHORT_INTEREST, market, table))
    return parsed


def _column(given: pa.Array | None, wanted: pa.Field, count: int) -> pa.Array:
    if given is not None:
        return given.cast(wanted.type)
    return (
        pa.nulls(count, wanted.type) if wanted.nullable else pa.array([False] * count, wanted.type)
    )


def _repeats(
    symbols: pa.Array, days: pa.Array, bad: Mapping[int, str], rows: DelimitedText
) -> dict[int, str]:
    """Find rows that state a symbol and date again: the first one counts."""
    first: dict[tuple[str, date], int] = {}
    found = {}
    for row, key in enumerate(zip(symbols.to_pylist(), days.to_pylist(), strict=True)):
        if row not in bad and first.setdefault(key, row) != row:
            found[row] = f"duplicate of line {rows.locate(first[key])[0]}: {key[0]} at {key[1]}"
    return found


def _publications(
    days: list[date], market: Market, lag: int | None, published: Any
) -> tuple[dict[date, int], dict[date, bool]]:
    """Return from when each settlement date's figures were known, and whether by the rule."""
    lag = check_lag(lag)
    if isinstance(published, str):
        published = parse_time(published, parameter="published")
    if isinstance(published, date):
        published = dict.fromkeys(days, published)
    stated = check_published(published)
    known = {
        day: known_at(stated[day], market) if day in stated else known_by_rule(day, market, lag)
        for day in days
    }
    return known, {day: day not in stated for day in days}
