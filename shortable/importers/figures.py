"""Rows of a dataset, read from a file's columns: which can be used, and from when each was known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shortable.clock import as_datetime, parse_time, published_instant
from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers.report import Reject
from shortable.importers.source import Option, Parsed
from shortable.market import Market
from shortable.store import Dataset

__all__ = [
    "PUBLISHED",
    "Known",
    "Lines",
    "Published",
    "Schedule",
    "at_time_of_day",
    "figures_table",
    "known_from",
    "midnight_after",
    "parsed_figures",
    "refuse_without_rows",
]

Published = Mapping[date, date | datetime] | date | str | None
"""When figures were published: one date or time for a whole file, or one for each date of figures."""
Schedule = Callable[[date], datetime]
"""From a date of figures to the naive exchange-local time at which its source publishes them."""

PUBLISHED = Option(
    "published",
    "When the files were published, in place of the publisher's schedule.",
    kind=datetime,
    metavar="TIME",
    flag="--time",
)


class Lines(Protocol):
    """What can say in which line a row stands."""

    def locate(self, row: int) -> tuple[int, str]:
        """Return the line number and the text of a row."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """From when each row was known; arrays of shape (rows,)."""

    instants: npt.NDArray[np.int64]
    """Microseconds since the epoch; 0 where the row has no date."""
    by_rule: npt.NDArray[np.bool_]
    """Whether by the publisher's schedule."""
    bad: dict[int, str] = field(default_factory=dict)
    """The reason of each row whose date lies outside the calendar."""


def at_time_of_day(clock: time, *, days_after: int = 0) -> Schedule:
    """Return the schedule of a source that publishes at a time of day, so many calendar days after the figures' date."""
    return lambda day: datetime.combine(day + timedelta(days=days_after), clock)


def midnight_after(day: date) -> datetime:
    """Return the midnight that ends a day: for a source of which it is only known that it publishes after the close."""
    return datetime.combine(day + timedelta(days=1), time(0))


def known_from(
    days: Sequence[date | None], market: Market, schedule: Schedule, published: Published = None
) -> Known:
    """Return from when rows of some dates were known.

    Parameters
    ----------
    days : sequence of date or None
        Date of each row's figures.
    market : Market
        Whose clock `schedule` and naive times are on.
    schedule : callable
        When the source publishes.
    published : date, datetime, str or mapping of date to them, optional
        In place of the schedule: a time; or a date, which has the schedule's time of day.

    Raises
    ------
    InvalidInputError
        A publication lies before the date of its figures, or is no time.
    """
    stated = (
        parse_time(published, parameter="published") if isinstance(published, str) else published
    )
    found: dict[date | None, tuple[int, bool]] = {None: (0, True)}
    outside: set[date | None] = set()
    for day in {day for day in days if day is not None}:
        given = stated.get(day) if isinstance(stated, Mapping) else stated
        try:
            moment = schedule(day)
        except OverflowError:
            outside.add(day)
            continue
        if given is not None:
            moment = _stated(given, day, moment)
        found[day] = (published_instant(moment, market), given is None)
    pairs = [found.get(day, (0, True)) for day in days]
    return Known(
        np.array([instant for instant, _ in pairs], dtype=np.int64),
        np.array([ruled for _, ruled in pairs], dtype=np.bool_),
        {row: f"date {day} is out of range" for row, day in enumerate(days) if day in outside},
    )


def _stated(given: date | datetime, day: date, scheduled: datetime) -> datetime:
    moment = as_datetime(given, "published")
    if moment.tzinfo is None and moment.time() == time(0):
        moment = datetime.combine(moment.date(), scheduled.time())
    if moment.date() < day:
        raise InvalidInputError("published", str(given), f"not lie before the figures' date {day}")
    return moment


def figures_table(
    dataset: Dataset,
    columns: Mapping[str, pa.Array | Sequence[object]],
    bad: Mapping[int, str],
    known: Known,
    lines: Lines,
) -> tuple[pa.Table, dict[int, str]]:
    """Return the rows that can be used as a table of a dataset, and why the others cannot.

    Parameters
    ----------
    dataset : Dataset
        Of which the rows are.
    columns : mapping of str to pa.Array
        One value a row; columns that are left out are null, or False where the dataset has no null.
    bad : mapping of int to str
        The reason of every row that cannot be used so far.
    known : Known
        From when each row was known.
    lines : Lines
        Where the rows stand, for the reason of one that repeats the key of another: the first one counts.
    """
    arrays = {name: _array(values) for name, values in columns.items()}
    count = len(known.instants)
    reasons = {**known.bad, **bad}
    first: dict[tuple[object, ...], int] = {}
    keys = zip(*(arrays[column.name].to_pylist() for column in dataset.key), strict=True)
    for row, key in enumerate(keys):
        if row not in reasons and first.setdefault(key, row) != row:
            line, _ = lines.locate(first[key])
            rest = "".join(f" {part}" for part in key[2:] if part)
            reasons[row] = f"duplicate of line {line}: {key[0]} at {key[1]}{rest}"
    good = np.ones(count, dtype=np.bool_)
    good[list(reasons)] = False
    arrays["known_at"] = pa.array(known.instants).cast(pa.timestamp("us", "UTC"))
    arrays["by_rule"] = pa.array(known.by_rule)
    mask = pa.array(good)
    table = pa.Table.from_arrays(
        [_column(arrays.get(field.name), field, mask, int(good.sum())) for field in dataset.schema],
        schema=dataset.schema,
    )
    return table, dict(sorted(reasons.items()))


def parsed_figures(
    dataset: Dataset,
    market: Market,
    name: str,
    columns: Mapping[str, pa.Array | Sequence[object]],
    bad: Mapping[int, str],
    known: Known,
    lines: Lines,
    malformed: Sequence[Reject] = (),
) -> Parsed:
    """Return a file of one dataset as it was parsed; parameters as in `figures_table`.

    Parameters
    ----------
    dataset, columns, bad, known, lines
        As in `figures_table`.
    market : Market
        What the figures are of.
    name : str
        Name of the file.
    malformed : sequence of Reject
        Lines that are no rows.

    Raises
    ------
    ImportRefusedError
        No row can be used.
    """
    table, reasons = figures_table(dataset, columns, bad, known, lines)
    parsed = Parsed(name, rows_read=len(known.instants) + len(malformed))
    parsed.rejects = [Reject(name, *lines.locate(row), reason) for row, reason in reasons.items()]
    parsed.rejects = sorted([*parsed.rejects, *malformed], key=lambda reject: reject.line)
    refuse_without_rows(parsed, table.num_rows)
    parsed.figures.append((dataset, market, table))
    return parsed


def refuse_without_rows(parsed: Parsed, rows: int) -> None:
    """Refuse a file of which no row can be used.

    Raises
    ------
    ImportRefusedError
        `rows` is 0.
    """
    if not rows:
        first = parsed.rejects[0] if parsed.rejects else None
        why = f"; line {first.line}: {first.reason}" if first else " (it holds none)"
        raise ImportRefusedError(f"{parsed.source}: no row can be used{why}")


def _array(values: pa.Array | Sequence[object]) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values)


def _column(given: pa.Array | None, wanted: pa.Field, mask: pa.Array, count: int) -> pa.Array:
    if given is not None:
        return given.filter(mask).cast(wanted.type)
    if wanted.nullable:
        return pa.nulls(count, wanted.type)
    return pa.array([False] * count, wanted.type)
