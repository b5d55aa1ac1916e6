"""Short interest read from a file's columns: which rows can be used, and from when each was known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.clock import parse_time
from shortable.importers import values as cells
from shortable.importers.delimited import DelimitedText
from shortable.importers.figures import PUBLISHED, Known, Published, parsed_figures
from shortable.importers.report import Reject
from shortable.importers.source import Option, Parsed
from shortable.importers.tables import Table
from shortable.importers.times import read_dates
from shortable.market import Market
from shortable.store import SHORT_INTEREST, check_lag, check_published, known_at, known_by_rule

__all__ = ["LAG", "PUBLISHED", "Published", "short_interest_of", "us_short_interest"]

LAG = Option(
    "lag",
    "Business days from the settlement date to publication. Default: 8.",
    kind=int,
    metavar="DAYS",
)
_NO_NUMBER = 999.99
"""FINRA's days to cover where nothing was traded, or where there are more of them."""


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


def us_short_interest(
    columns: Mapping[str, pa.Array],
    wanted: Mapping[str, str],
    rows: DelimitedText | Table,
    name: str,
    *,
    lag: int | None,
    published: Published,
) -> Parsed:
    """Return FINRA's figures, whoever passes them on.

    Parameters
    ----------
    columns : mapping of role to pa.Array
        symbol, date (ISO), short, volume, cover; and previous, revision, split, venue, name where the file has them.
    wanted : mapping of role to str
        What the file calls them, for the reasons.
    rows, name, lag, published
        As in `short_interest_of`.

    Raises
    ------
    ImportRefusedError
        No row can be used.
    """
    nothing = pa.array([""] * len(columns["symbol"]), pa.string())
    symbols = cells.tickers(pc.utf8_trim_whitespace(columns["symbol"]), Market.USA)
    settled = read_dates(columns["date"], wanted["date"], "%Y-%m-%d")
    short = cells.quantities(columns["short"], name=wanted["short"])
    volume = cells.quantities(columns["volume"], name=wanted["volume"], empty=None)
    previous = cells.quantities(
        columns.get("previous", nothing), name=wanted.get("previous", ""), empty=None
    )
    cover = cells.amounts(columns["cover"], name=wanted["cover"], empty=None)
    traded = volume.given & (volume.shares > 0)
    stated = traded & ~np.isnan(cover.values) & (cover.values != _NO_NUMBER)
    bad = cells.reasons(symbols, settled, short, volume, cover, previous)
    figures = {
        "symbol": symbols.values,
        "settlement_date": settled.values,
        "shares_short": short.array(),
        "avg_daily_volume": volume.array(),
        "days_to_cover": pa.array(cover.values, mask=~stated),
        "previous": previous.array(),
        "revised": pc.equal(pc.utf8_trim_whitespace(columns.get("revision", nothing)), "R"),
        "split": pc.equal(pc.utf8_trim_whitespace(columns.get("split", nothing)), "S"),
        "venue": pc.utf8_trim_whitespace(columns.get("venue", nothing)),
        "name": pc.utf8_trim_whitespace(columns.get("name", nothing)),
    }
    return short_interest_of(figures, bad, rows, name, Market.USA, lag=lag, published=published)
