"""Answers of brokers' APIs: they hold no time, so the caller states when they were asked for, and yes or no are words.

A yes is no number of shares. It is stored as "available, number unknown": a null quantity that is a floor. Providers then have
no data and answer by ``missing=``, whatever number an older snapshot states (S3). A no is 0.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt

from shortable.clock import published_instant, zone
from shortable.errors import InvalidInputError
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.rows import Instants, Symbols
from shortable.importers.source import TIME_ZONE, Option
from shortable.importers.times import parse_stamps
from shortable.importers.values import Flags, Quantities
from shortable.market import Market

__all__ = ["ASKED", "TIME_NEED", "asked_at", "one_instant", "permitted", "yes_note"]

ASKED = (
    Option("time", "When it was asked for.", kind=datetime, metavar="TIME"),
    TIME_ZONE,
)
"""The options of a source whose files hold no time."""
TIME_NEED = f"no column has a time: give {keyword('time')}, when it was asked for"


def asked_at(
    time: datetime | str | None, time_zone: str | None, symbols: Symbols, name: str
) -> tuple[int, list[str]]:
    """Return the one instant of all rows, and how a time that does not state it was read.

    Parameters
    ----------
    time : datetime or str
        When it was asked for. Without an offset and without `time_zone`: the latest that the clocks of the markets of
        `symbols` make of it, so that nothing is known too early.
    time_zone : str, optional
        Zone of a naive `time`.
    symbols : Symbols
        The symbols of the rows.
    name : str
        What messages call the file.

    Raises
    ------
    NeedsError
        No time is given.
    InvalidInputError
        The time is none, or has no time of day.
    """
    if time is None:
        raise NeedsError(name, [TIME_NEED])
    (stamp,) = parse_stamps([time])
    if not isinstance(stamp, datetime):
        raise InvalidInputError("time", time, "be a date and time such as '2021-04-23 20:00'")
    if time_zone is not None:
        zone(time_zone)
    markets = list(dict.fromkeys(symbol.market for symbol in symbols.named)) or [Market.USA]
    if stamp.tzinfo is not None or time_zone is not None:
        return published_instant(stamp, time_zone=time_zone), []
    at = {published_instant(stamp, market): market for market in markets}
    latest = max(at)
    if len(at) == 1:
        return latest, []
    return latest, [
        f"the time was read on the clock of {at[latest].time_zone}, the latest of the markets in it; give "
        f"{keyword('time_zone', 'ZONE')} or a time with an offset to state another"
    ]


def one_instant(as_of: int, rows: int) -> Instants:
    """Return the instants of rows that are all of one."""
    return Instants(np.full(rows, as_of, dtype=np.int64))


def permitted(
    may: Flags, shares: Quantities | None = None, *, none: npt.NDArray[np.bool_] | None = None
) -> Quantities:
    """Return share counts of rows that say whether a symbol may be sold short.

    Parameters
    ----------
    may : Flags
        Whether it may. A no is 0 shares, whatever else the row states.
    shares : Quantities, optional
        How many, where the row states it; a yes without it is a quantity that is not given and a floor.
    none : ndarray of bool, optional
        Further rows of which none can be borrowed.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from shortable.importers.values import flags
    >>> read = permitted(flags(pa.array(["true", "False", "?"]), name="shortable"))
    >>> read.array().to_pylist(), read.floor.tolist()
    ([None, 0, None], [True, False, False])
    """
    count = len(may.values)
    nothing = np.zeros(count, dtype=np.int64)
    unsaid = np.zeros(count, dtype=np.bool_)
    read = shares or Quantities(nothing, unsaid.copy(), unsaid.copy())
    refused = may.given & ~may.values
    if none is not None:
        refused |= none
    for row in np.flatnonzero(refused).tolist():
        read.bad.pop(row, None)
    read.shares[refused], read.given[refused], read.floor[refused] = 0, True, False
    read.floor |= may.given & ~read.given
    for row, reason in may.bad.items():
        read.bad[row] = reason
    return read


def yes_note(quantities: Quantities) -> list[str]:
    """Return what the reader of the report should know of rows that say yes without a number."""
    count = int(np.count_nonzero(~quantities.given)) - sum(
        1 for row in quantities.bad if not quantities.given[row]
    )
    if not count:
        return []
    return [
        f"{count:,} symbols may be sold short, but how many shares is not stated: their number is unknown, which "
        "providers answer by missing= ('unrestricted' takes yes as no known limit), whatever number was stated before"
    ]
