"""Coverage of a store: sessions without a snapshot, repeats, jumps in the number of rows, gaps longer than `max_age`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import import_module
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arguments import check_kind
from shortable.clock import LocalTime, as_datetime, from_instant, to_instant
from shortable.errors import InvalidInputError, MissingDependencyError, TimeError
from shortable.market import Market
from shortable.store.read import Store, open_store

__all__ = ["Coverage", "coverage", "expected_sessions"]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """Result of `coverage`. Times named local are naive wall time of the market's exchange."""

    broker: str
    """The broker."""
    market: Market
    """The market."""
    path: Path
    """The store."""
    made_up_fallback: bool
    """It is the packaged sample, because no data folder was named."""
    max_age: timedelta | None
    """How long a snapshot counts; None for ever."""
    calendar: str
    """What says which days are sessions: the name of an exchange calendar such as ``"XNYS"``, ``"weekdays"``, or
    ``"given"`` where the caller listed them."""
    jump: float
    """From which change of the number of rows a complete snapshot is a jump: 0.2 is a fifth more or less."""
    snapshots: pd.DataFrame
    """One row a snapshot: as_of (UTC), local_time, complete, rows, made_up, repeats (UTC time of the oldest snapshot
    that states the same, NaT where it states something new), change (rows of a complete snapshot over those of the
    complete one of its venue before it, less 1; NaN where there is none)."""
    missing: pd.DataFrame
    """One row for each session without a snapshot: session (its date, midnight)."""
    gaps: pd.DataFrame
    """One row for each stretch between complete snapshots (in a store without any: between snapshots) that is longer
    than `max_age`: from_local, to_local (of the snapshots before and after it), length, silent_from_local (from when
    the earlier snapshot no longer counts)."""

    @property
    def repeats(self) -> pd.DataFrame:
        """The snapshots that repeat an older one."""
        return self.snapshots[self.snapshots["repeats"].notna()]

    @property
    def partial(self) -> pd.DataFrame:
        """The snapshots that are not complete."""
        return self.snapshots[~self.snapshots["complete"]]

    @property
    def jumps(self) -> pd.DataFrame:
        """The complete snapshots whose number of rows changed by at least `jump`."""
        return self.snapshots[self.snapshots["change"].abs() >= self.jump]


def coverage(
    broker: str,
    *,
    market: Market | str = Market.USA,
    data_folder: str | Path | None = None,
    start: date | datetime | None = None,
    end: date | datetime | None = None,
    sessions: Iterable[LocalTime] | None = None,
    calendar: str | None = None,
    max_age: timedelta | None = timedelta(days=7),
    jump: float = 0.2,
) -> Coverage:
    """Return what a broker's store covers in one market.

    Parameters
    ----------
    broker : str
    market : Market
    data_folder : str or Path, optional
        As `shortable.store.data_folder` finds it.
    start, end : date or datetime, optional
        First and last local time to look at, both included; a date as `end` means the whole day. Default: the
        first and the last snapshot.
    sessions : iterable of dates, optional
        The market's sessions. Default: every weekday, so that holidays count as missing.
    calendar : str, optional
        Instead of `sessions`: name of an exchange calendar such as ``"XNYS"``, or ``"exchange"`` for the market's
        own (`Market.calendar`); needs the extra ``calendars``. ``"weekdays"`` is the default.
    max_age : timedelta or None
        How long a snapshot counts (S2).
    jump : float
        From which change of the number of rows, as a fraction above 0, a complete snapshot is listed as a jump.

    Returns
    -------
    Coverage
        A session has a snapshot if one, complete or not, became known on its local date.

    Raises
    ------
    UnknownBrokerError, CorruptStoreError, SchemaVersionError
        As `open_store`.
    InvalidInputError
        Both `sessions` and `calendar`, an unknown calendar or one that does not know those years, `start` after
        `end`, a `max_age` or `jump` that is not positive.
    MissingDependencyError
        `calendar` without the package exchange_calendars.
    """
    if sessions is not None and calendar is not None:
        raise InvalidInputError("calendar", calendar, "not be given together with sessions")
    if calendar is not None:
        check_kind("calendar", calendar, str, "be the name of a calendar")
    if max_age is not None and not (isinstance(max_age, timedelta) and max_age > timedelta(0)):
        raise InvalidInputError("max_age", max_age, "be a positive timedelta, or None for ever")
    if isinstance(jump, bool) or not isinstance(jump, (int, float)) or not jump > 0:
        raise InvalidInputError("jump", jump, "be a fraction above 0, such as 0.2 for a fifth")
    store = open_store(broker, market=market, data_folder=data_folder)
    market = store.market
    named = market.calendar if calendar == "exchange" else calendar or "weekdays"
    low, high = _window(store, start, end)
    inside = (store.as_of >= low) & (store.as_of <= high)
    table = _table(store)[inside].reset_index(drop=True)
    days = _sessions(
        from_instant(low, market).date(), from_instant(high, market).date(), sessions, named
    )
    seen = pd.DatetimeIndex(table["local_time"]).normalize()
    return Coverage(
        store.broker,
        market,
        store.path,
        store.made_up_fallback,
        max_age,
        named if sessions is None else "given",
        float(jump),
        table,
        pd.DataFrame({"session": days[~days.isin(seen)]}),
        _gaps(store, low, high, max_age),
    )


def _window(
    store: Store, start: date | datetime | None, end: date | datetime | None
) -> tuple[int, int]:
    low = int(store.as_of[0]) if start is None else to_instant(_bound("start", start), store.market)
    if end is None:
        high = int(store.as_of[-1])
    elif isinstance(end, date) and not isinstance(end, datetime):
        high = to_instant(_bound("end", end) + _DAY, store.market) - 1
    else:
        high = to_instant(_bound("end", end), store.market)
    if start is not None and end is not None and low > high:
        raise TimeError("start", start, f"not be after end={end!r}")
    return low, high


def _bound(name: str, given: date | datetime) -> datetime:
    moment = as_datetime(given, name)
    if not 1900 <= moment.year <= 2200:  # a day and a time zone are added
        raise TimeError(name, given, "be of a year from 1900 to 2200")
    return moment


def _table(store: Store) -> pd.DataFrame:
    first: dict[tuple[bytes, bool], int] = {}
    repeats = []
    for entry in store.entries():
        oldest = first.setdefault((entry.digest, entry.complete), entry.as_of)
        repeats.append(oldest if oldest < entry.as_of else None)
    older = np.array(
        [np.iinfo(np.int64).min if r is None else r for r in repeats], dtype=np.int64
    )  # NaT
    return pd.DataFrame(
        {
            "as_of": _utc(store.as_of),
            "local_time": _local(store.as_of, store.market),
            "complete": store.complete,
            "rows": store.rows_of,
            "made_up": store.made_up,
            "repeats": _utc(older),
            "change": _changes(store),
        }
    )


def _changes(store: Store) -> npt.NDArray[np.float64]:
    """Return by how much the rows of each complete snapshot differ from the one of its venue before it."""
    venues, before = store.venues, dict[str, int]()
    found = np.full(len(store.as_of), np.nan)
    for at in np.flatnonzero(store.complete).tolist():
        rows, venue = int(store.rows_of[at]), venues.get(at, "")
        if before.get(venue):
            found[at] = rows / before[venue] - 1
        before[venue] = rows
    return found


def _utc(instants: npt.NDArray[np.int64]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(instants.view("datetime64[us]")).tz_localize("UTC")


def _local(instants: npt.NDArray[np.int64], market: Market) -> npt.NDArray[np.datetime64]:
    return np.array([from_instant(t, market) for t in instants.tolist()], dtype="datetime64[us]")


def expected_sessions(
    market: Market | str, first: date, last: date, calendar: str = "weekdays"
) -> pd.DatetimeIndex:
    """Return a market's sessions between two days, both included.

    Parameters
    ----------
    market : Market
    first, last : date
    calendar : str
        ``"weekdays"``, ``"exchange"`` for the market's own calendar, or the name of one of exchange_calendars.

    Raises
    ------
    InvalidInputError
        There is no such calendar, or it does not know those years.
    MissingDependencyError
        The extra ``calendars`` is not installed.

    Examples
    --------
    >>> expected_sessions(Market.USA, date(2024, 1, 12), date(2024, 1, 16)).day.tolist()
    [12, 15, 16]
    """
    home = Market.of(market)
    low, high = as_datetime(first, "first").date(), as_datetime(last, "last").date()
    check_kind("calendar", calendar, str, "be the name of a calendar")
    return _sessions(low, high, None, home.calendar if calendar == "exchange" else calendar)


def _sessions(
    first: date, last: date, sessions: Iterable[LocalTime] | None, calendar: str
) -> pd.DatetimeIndex:
    if sessions is None and calendar == "weekdays":
        return pd.bdate_range(first, last).as_unit("us")
    if sessions is None:
        return _calendar_sessions(calendar, first, last)
    check_kind("sessions", sessions, Iterable, "be a sequence of dates")
    given = np.array(
        [as_datetime(day, "sessions").date() for day in sessions], dtype="datetime64[us]"
    )
    days = pd.DatetimeIndex(np.unique(given))
    return days[(days >= pd.Timestamp(first)) & (days <= pd.Timestamp(last))]


def _calendar_sessions(name: str, first: date, last: date) -> pd.DatetimeIndex:
    try:
        # By name, because nothing in the core may import what is optional.
        calendars = import_module("exchange_calendars")
    except ImportError:
        raise MissingDependencyError(f"calendar={name!r}", "calendars") from None
    try:
        found = calendars.get_calendar(name, start=first - 7 * _DAY, end=last + 7 * _DAY)
    except calendars.errors.InvalidCalendarName:
        raise InvalidInputError(
            "calendar", name, "be a calendar of exchange_calendars such as 'XNYS'"
        ) from None
    except ValueError as error:
        raise InvalidInputError(
            "calendar", name, f"know the sessions from {first} to {last}", str(error)
        ) from None
    days: pd.DatetimeIndex = found.sessions_in_range(pd.Timestamp(first), pd.Timestamp(last))
    return days.as_unit("us")


def _gaps(store: Store, low: int, high: int, max_age: timedelta | None) -> pd.DataFrame:
    instants = store.as_of[store.complete] if store.complete.any() else store.as_of
    limit = np.iinfo(np.int64).max if max_age is None else max_age // timedelta(microseconds=1)
    before, after = instants[:-1], instants[1:]
    silent = (after - before > limit) & (after >= low) & (before <= high)
    before, after = before[silent], after[silent]
    return pd.DataFrame(
        {
            "from_local": _local(before, store.market),
            "to_local": _local(after, store.market),
            "length": (after - before).astype("timedelta64[us]"),
            "silent_from_local": _local(before + limit, store.market)
            if len(before)
            else _local(before, store.market),
        }
    )
