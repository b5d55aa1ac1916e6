"""Short interest read from a file's columns: which rows can be used, and from when each was known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa

from shortable.clock import parse_time
from shortable.importers.delimited import DelimitedText
from shortable.importers.figures import PUBLISHED, Known, Published, parsed_figures
from shortable.importers.report import Reject
from shortable.importers.source import Parsed
from shortable.importers.tables import Table
from shortable.market import Market
from shortable.store import SHORT_INTEREST, check_lag, check_published, known_at, known_by_rule

__all__ = ["PUBLISHED", "Published", "short_interest_of"]


def short_interest_of(
    values: Mapping[str, pa.Array],
    bad: Mapping[int, str],
    rows: DelimitedText | Table,
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
    rows : DelimitedText or Table
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
    days = values["settlement_date"].to_pylist()
    n_cells = len(rows.names) if isinstance(rows, Table) else rows.n_cells
    usable = {day for row, day in enumerate(days) if day is not None and row not in bad}
    known, ruled = _publications(usable, market, lag, published)
    return parsed_figures(
        SHORT_INTEREST,
        market,
        name,
        values,
        bad,
        Known(
            np.array([known.get(day, 0) for day in days], dtype=np.int64),
            np.array([ruled.get(day, True) for day in days], dtype=np.bool_),
        ),
        rows,
        [
            Reject(name, line, text, f"the row does not have the header's {n_cells} cells")
            for line, text in rows.malformed
        ],
    )


def _publications(
    days: set[date], market: Market, lag: int | None, published: Published | str | date | None
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
