"""For which session an evening's limits are: the next one, which no file names and holidays put up to twelve days off.

By default it is the next session of the exchange's calendar. Other files say better: one of a Saturday proves a session that
the calendar does not have; and where a session of the calendar has a file without rows, or balances go on from one file to
a later one in every row of hundreds that traded, there was no session between (a typhoon).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace as changed
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from shortable.calendars import session_after
from shortable.errors import UnknownBrokerError
from shortable.importers.source import Parsed
from shortable.importers.taiwan.evening import Evening
from shortable.market import Market
from shortable.store import SHORT_BALANCES, check_balances, open_store, writable_folder

__all__ = ["settle_sessions"]

ENOUGH = 100
"""Rows with sales or returns that must go on from one file to the next before they prove that no session lay between."""


def settle_sessions(
    parsed: Sequence[Parsed], name: str, data_folder: str | Path | None, replace: bool
) -> None:
    """Set the session of every list's limits, now that all files of an import are read.

    Parameters
    ----------
    parsed : sequence of Parsed
        The files; those that are evening lists are changed in place.
    name : str
        Name of the store.
    data_folder : path, optional
        Where they will be stored: what is stored there says which days had a session. A list that is stored already
        keeps its session.
    replace : bool
        Lists that are stored already are to be replaced.
    """
    lists = [one for one in parsed if isinstance(one, Evening)]
    if not lists:
        return
    folder = writable_folder(data_folder)
    stored = {} if replace else _stored_sessions(name, folder)
    source = lists[0].exchange.lower()
    books = _Balances(
        [*_stored_balances(source, folder), *(t for one in lists for _, _, t in one.also)]
    )
    closed = {one.day for one in lists if not one.snapshots}
    for one in lists:
        if one.session_stated or not one.snapshots:
            continue
        ((market, snapshot),) = one.snapshots
        session = stored.get(snapshot.as_of) or _next_session(one.day, books, closed)
        one.snapshots = [(market, changed(snapshot, session=session))]


class _Balances:
    """The balances at hand, by day."""

    def __init__(self, tables: Iterable[pa.Table]) -> None:
        whole = pa.concat_tables([SHORT_BALANCES.schema.empty_table(), *tables])
        self._borrowed = whole.filter(pc.equal(whole["book"], "borrowed"))
        self.days: list[date] = sorted(pc.unique(self._borrowed["date"]).to_pylist())

    def go_on(self, day: date, later: date) -> bool:
        """Return whether the balances of one day are those that a later one begins with, in rows enough to prove it."""
        two = pa.array([day, later], pa.date32())
        table = self._borrowed.filter(pc.is_in(self._borrowed["date"], value_set=two))
        after = table.filter(pc.equal(table["date"], pa.scalar(later, pa.date32())))
        traded = pc.or_(pc.greater(after["sold"], 0), pc.greater(after["covered"], 0))
        if (pc.sum(traded).as_py() or 0) < ENOUGH:
            return False
        return all(not check.broken and not check.unproven for check in check_balances([table]))


def _next_session(day: date, books: _Balances, closed: set[date]) -> date:
    by_calendar = session_after(day, Market.TAIWAN)
    later = next((other for other in books.days if other > day), None)
    if later is None or later <= by_calendar:
        return later or by_calendar
    between = by_calendar
    while between in closed and between < later:
        between = session_after(between, Market.TAIWAN)
    return later if between >= later or books.go_on(day, later) else by_calendar


def _stored_sessions(name: str, folder: Path) -> Mapping[int, date | None]:
    try:
        store = open_store(name, market=Market.TAIWAN, data_folder=folder)
    except UnknownBrokerError:
        return {}
    return {snapshot.as_of: snapshot.session for snapshot in store.snapshots}


def _stored_balances(source: str, folder: Path) -> list[pa.Table]:
    if source not in SHORT_BALANCES.files(folder, Market.TAIWAN):
        return []
    return [SHORT_BALANCES.open(folder, Market.TAIWAN, source).table()]
