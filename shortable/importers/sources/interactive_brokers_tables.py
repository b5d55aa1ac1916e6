"""The columns of Interactive Brokers' short stock files in tables of another make.

Such a table is one file that was saved again, many files stacked with a column of times, or polls of one symbol. Stacked
files may keep each file's ``#EOF`` line as a row, by whose count the snapshot is checked.
"""

from __future__ import annotations

import re
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shortable.clock import from_instant, published_instant, zone
from shortable.errors import ImportRefusedError, InvalidInputError, TimeError
from shortable.importers import values
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.rows import (
    Stamps,
    add_snapshots,
    coded_stamps,
    one_symbol,
    read_instants,
)
from shortable.importers.source import Parsed, Steps
from shortable.importers.sources.interactive_brokers_rows import (
    VENDOR_ZONE,
    find_columns,
    restore_na,
    restored_note,
    snapshot_rows,
    time_stated,
)
from shortable.importers.tables import Table
from shortable.importers.times import DayTime, dates_of_midnights, only_dates, parse_stamps
from shortable.market import Market
from shortable.symbol import Symbol

__all__ = ["SavedTable"]

_TRAILER = "#EOF"
_TIMES = (
    "retrieved_utc", "retrieved", "time", "tm", "timestamp", "datetime", "as_of", "bof", "file_time", "snapshot",
    "date", "dt",
)  # fmt: skip
_DAYS = ("date", "dt", "day")
_POLL = ("dt", "tm", "rebate", "fee", "avail")


class SavedTable:
    """A table of the vendor's columns.

    Parameters
    ----------
    table : Table
        The rows.
    market : Market
        Market of the rows.
    time : datetime or str, optional
        When a table without a column of times was published.
    time_zone : str, optional
        Zone of times without an offset; default US Eastern, and UTC for a column whose name has the word.
    time_column : str, optional
        Column of times; default the one that is it by its name.
    day_time : DayTime
        From which time of its day a date without a time counts.
    """

    def __init__(
        self,
        table: Table,
        market: Market,
        *,
        time: datetime | str | None,
        time_zone: str | None,
        time_column: str | None,
        day_time: DayTime,
    ) -> None:
        self.table, self.market, self.day_time = table, market, day_time
        self.time, self.time_zone, self.time_column = time, time_zone, time_column
        self.needs: list[str] = []
        self.parsed = Parsed(table.name)
        if time_zone is not None:
            zone(time_zone)
        if time_column is not None and time_column not in table.names:
            raise InvalidInputError(
                "time_column",
                time_column,
                f"be a column of {table.name}",
                f"It has {', '.join(table.names)}.",
            )
        self._names = {name.strip().lstrip("#").strip().lower(): name for name in table.names}

    @property
    def is_poll(self) -> bool:
        """Whether the table is polls of one symbol, which is in no column."""
        return set(_POLL) <= set(self._names) and "sym" not in self._names

    def polls(self, symbol: str | None) -> Parsed:
        """Return one partial snapshot of one symbol for each row.

        Raises
        ------
        NeedsError
            Nothing states the symbol.
        """
        if symbol is None:
            self.needs.append(
                f"polls have the symbol in no column: give {keyword('symbol', 'TICKER')}"
            )
        stamps = self._stamps(self._names["tm"], self._names["dt"])
        if self.needs or symbol is None:
            raise NeedsError(self.table.name, self.needs)
        cells = {name: self.table.cells(self._names[name]) for name in _POLL}
        symbols = one_symbol(Symbol.create(symbol, market=self.market), self.table.n_rows)
        add_snapshots(
            self.parsed,
            self.table,
            symbols,
            read_instants(stamps, symbols),
            values.quantities(cells["avail"], name="AVAIL"),
            values.rates(cells["fee"], name="FEE", per_unit=100),
            values.rates(cells["rebate"], name="REBATE", per_unit=100),
            complete=False,
        )
        return self.parsed

    def snapshots(self, *, complete: bool, allow_truncated: bool, steps: Steps | None) -> Parsed:
        """Return a snapshot for each time.

        Parameters
        ----------
        complete : bool
            Lists without an ``#EOF`` row are whole.
        allow_truncated : bool
            Take a list whose ``#EOF`` row is missing or states another count as partial.
        steps : callable, optional
            Called with the numbers of snapshots read and of all.

        Raises
        ------
        NeedsError
            Nothing states when the rows were known.
        ImportRefusedError
            The table lacks a column, or a snapshot in it is not whole.
        """
        table, parsed = self.table, self.parsed
        where = find_columns(table.names, table.name)
        text = pa.table({name: table.cells(table.names[at]) for name, at in where.items()})
        if table.malformed:
            line, _ = table.malformed[0]
            raise ImportRefusedError(f"{table.name}: line {line} does not have the header's cells")
        parsed.rows_read = table.n_rows
        groups = self._groups()
        is_trailer = np.array(
            pc.starts_with(pc.utf8_upper(pc.utf8_trim_whitespace(text["sym"])), _TRAILER)
        )
        has_trailers = bool(is_trailer.any())
        if not has_trailers and not complete:
            parsed.notes.append(
                f"the list has no #EOF row: stored as partial, so a symbol that is not in it may still be shortable; "
                f"give {keyword('complete', True)} if it is whole"
            )
        restored = 0
        for done, (as_of, rows) in enumerate(groups):
            if steps is not None:
                steps(done, len(groups))
            trailers = rows[is_trailer[rows]]
            counts = text["cur"].take(pa.array(trailers)).to_pylist()
            rows = rows[~is_trailer[rows]]
            parsed.pass_over("trailers", len(trailers))
            fault = "" if complete and not counts else "partial"
            if has_trailers and fault:
                fault = self._fault(as_of, counts, len(rows), allow_truncated=allow_truncated)
            restored += self._add(text, rows, as_of, complete=not fault)
        if steps is not None:
            steps(len(groups), len(groups))
        if restored:
            parsed.notes.append(restored_note(restored))
        if not parsed.snapshots:
            raise ImportRefusedError(
                f"{table.name}: no row can be used; {parsed.rejects[0].reason}"
            )
        return parsed

    def _groups(self) -> list[tuple[int, npt.NDArray[np.int64]]]:
        """Return each snapshot's instant and its rows in the table's order, by time."""
        table = self.table
        column = self.time_column or next(
            (self._names[n] for n in _TIMES if n in self._names), None
        )
        if column is None:
            return [(self._one_time(), np.arange(table.n_rows))]
        if self.time is not None:
            raise InvalidInputError(
                "time", self.time, "be left out", f"{table.name} has its own times in {column!r}."
            )
        days = [self._names[name] for name in _DAYS if self._names.get(name, column) != column]
        stamps = self._stamps(column, days[0] if days else None)
        if self.needs:
            raise NeedsError(table.name, self.needs)
        instants = [stamps.instant(code, self.market) for code in range(len(stamps.different))]
        read = np.array([at if isinstance(at, int) else 0 for at in instants], dtype=np.int64)
        wrong = np.array([isinstance(at, str) for at in instants])
        if (bad := np.flatnonzero(wrong[stamps.of_row])).size:
            row = int(bad[0])
            code = int(stamps.of_row[row])
            if stamps.different[code] is None:
                line, _ = table.locate(row)
                raise ImportRefusedError(f"{table.name}: row {line} has no {column}")
            raise ImportRefusedError(f"{table.name}: column {column!r}: {instants[code]}")
        of_row = read[stamps.of_row]
        order = np.argsort(of_row, kind="stable")
        starts = np.flatnonzero(np.diff(of_row[order], prepend=of_row[order[0]] - 1))
        return [(int(of_row[rows[0]]), rows) for rows in np.split(order, starts[1:])]

    def _one_time(self) -> int:
        given = time_stated(self.time)
        if given is None:
            raise NeedsError(
                self.table.name,
                [
                    f"the list has neither a BOF line nor a column of times: give {keyword('time')}, when it was "
                    f"published (US Eastern wall time, or a time with an offset), and {keyword('complete', True)} if "
                    "it is whole"
                ],
            )
        try:
            return published_instant(given, time_zone=self.time_zone or VENDOR_ZONE)
        except TimeError as error:
            raise ImportRefusedError(f"{self.table.name}: {error}") from None

    def _stamps(self, column: str, date_column: str | None) -> Stamps:
        """Return when the rows were known; the needs get what that leaves open."""
        written, codes, lack_day = coded_stamps(self.table, column, date_column)
        if lack_day:
            self.needs.append(f"column {column!r} has times of day without a date")
        stamps = dates_of_midnights(parse_stamps(written))
        if only_dates(stamps) and not self.day_time.stated:
            self.needs.append(
                f"the dates in {column!r} have no time of day: give {keyword('publish_at', 'HH:MM')} or "
                f"{keyword('start_of_day', True)}"
            )
        time_zone = self.time_zone or ("UTC" if "utc" in column.lower() else VENDOR_ZONE)
        return Stamps(stamps, codes, time_zone, self.day_time)

    def _fault(
        self, as_of: int, counts: list[object], n_rows: int, *, allow_truncated: bool
    ) -> str:
        """Return why a snapshot is not whole, empty where it is; refuse it unless truncated ones are allowed."""
        fault = _count_fault(counts, n_rows)
        if not fault:
            return ""
        when = self._when(as_of)
        if not allow_truncated:
            raise ImportRefusedError(
                f"{self.table.name}: {when} was cut off: {fault}. Nothing was imported; allow truncated files "
                "to take such a snapshot as partial"
            )
        self.parsed.notes.append(f"{when} was cut off ({fault}): stored as a partial snapshot")
        return fault

    def _add(
        self, text: pa.Table, rows: npt.NDArray[np.int64], as_of: int, *, complete: bool
    ) -> bool:
        """Add one snapshot; True where the ticker NA was restored."""
        table = self.table
        if not len(rows):
            raise ImportRefusedError(
                f"{table.name}: {self._when(as_of)} holds no rows; nothing was imported"
            )
        part, restored = restore_na(text.take(pa.array(rows)))
        snapshot, rejects = snapshot_rows(
            part,
            as_of=as_of,
            complete=complete,
            market=self.market,
            source=table.name,
            locate=lambda row: table.locate(int(rows[row])),
        )
        self.parsed.rejects += rejects
        if snapshot is not None:
            self.parsed.snapshots.append((self.market, snapshot))
        return restored

    def _when(self, as_of: int) -> str:
        local = from_instant(as_of, self.market).isoformat(sep=" ")
        return f"the snapshot of {local} ({self.market.time_zone})"


def _count_fault(counts: list[object], n_rows: int) -> str:
    if not counts:
        return f"its #EOF row is missing after {n_rows:,} rows"
    if len(counts) > 1:
        return f"it has {len(counts)} #EOF rows, so several files share its time"
    count = str(counts[0]).strip()
    # Archives made with pandas may show the count as 18797.0.
    stated = count.removesuffix(".0")
    if not re.fullmatch(r"\d{1,18}", stated) or int(stated) != n_rows:
        return f"its #EOF row counts {count!r} rows, and {n_rows:,} are there"
    return ""
