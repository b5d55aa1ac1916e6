"""LEAN's short-availability folders: ``dates/<yyyyMMdd>.csv`` and ``symbols/<ticker>.csv``.

A ``dates/`` file lists all that could be borrowed on its day, so it is a complete snapshot. A ``symbols/``
file is of one symbol only: its rows become partial snapshots of the days that have no ``dates/`` file, and
fill in symbols that the ``dates/`` file of their day leaves out. A day counts from its local midnight, as in LEAN.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shortable.clock import to_instant
from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers import values
from shortable.importers.files import File
from shortable.importers.report import Reject
from shortable.importers.source import MARKET, Parsed, Source, Steps
from shortable.importers.sources.lean_files import day_number, read_lean_file
from shortable.lean_files import broker_folder, holds_files, text_lines
from shortable.market import Market
from shortable.store import SnapshotRows, make_snapshot

__all__ = ["SOURCE", "parse_lean"]

_EPOCH = date(1970, 1, 1)
_STATED = ("quantity", "quantity_is_floor", "fee_rate", "rebate_rate")
_ROWS = pa.schema(
    [
        pa.field("symbol", pa.string()),
        pa.field("day", pa.int64()),  # since 1970-01-01
        pa.field("quantity", pa.int64()),
        pa.field("quantity_is_floor", pa.bool_()),
        pa.field("fee_rate", pa.float64()),
        pa.field("rebate_rate", pa.float64()),
        pa.field("line", pa.int64()),
        pa.field("file", pa.int64()),  # position in the folder's list of files
    ]
)


def parse_lean(
    folder: File,
    /,
    *,
    broker: str,
    market: Market | str = Market.USA,
    steps: Steps | None = None,
) -> Parsed:
    """Parse a LEAN short-availability folder; nothing is stored.

    Rows of ``symbols/`` that repeat the ``dates/`` file of their day are counted as "repeated in symbols/"; those that
    contradict it are rejected.

    Parameters
    ----------
    folder : path
        LEAN's data folder, which holds ``equity/<market>/shortable/<broker>``, or the broker's folder itself.
    broker : str
        The broker's name in LEAN's data folder.
    market : Market or str, default USA
        Market of the folder.
    steps : callable, optional
        Called with the numbers of files read and of all.

    Raises
    ------
    ImportRefusedError
        There is no such folder, a file in it cannot be read, or no row can be used.
    """
    if not isinstance(folder, (str, Path)):
        raise InvalidInputError("files", folder, "be the path of a LEAN folder")
    market = Market.of(market)
    place = _broker_folder(Path(folder), broker, market)
    dates, symbols = _csv_files(place / "dates"), _csv_files(place / "symbols")
    if not dates and not symbols:
        raise ImportRefusedError(f"{place}: there are no .csv files in dates/ or symbols/")
    reading = _Folder([*dates, *symbols], Parsed(f"LEAN folder {place.name}"), market)
    tables = []
    for at in range(len(reading.files)):
        if steps is not None:
            steps(at, len(reading.files))
        tables.append(reading.dates_file(at) if at < len(dates) else reading.symbols_file(at))
    if steps is not None:
        steps(len(reading.files), len(reading.files))
    complete, partial = reading.merge(tables[: len(dates)], tables[len(dates) :])
    parsed = reading.parsed
    for is_complete, rows in ((True, complete), (False, partial)):
        for day, group in _by_day(rows):
            parsed.snapshots.append((market, _snapshot(day, group, is_complete, market)))
    parsed.snapshots.sort(key=lambda entry: entry[1].as_of)
    if not parsed.snapshots:
        first = parsed.rejects[0] if parsed.rejects else None
        why = f"; {first.source} line {first.line}: {first.reason}" if first else ""
        raise ImportRefusedError(f"{place}: no row can be used{why}")
    return parsed


def _broker_folder(folder: Path, broker: str, market: Market) -> Path:
    own = broker_folder(folder, market.value, broker)
    brokers = own.parent
    for place in (folder, own):
        if holds_files(place):
            return place
    if not folder.is_dir():
        raise ImportRefusedError(f"{folder}: no such folder")
    found = (
        sorted(entry.name for entry in brokers.iterdir() if entry.is_dir())
        if brokers.is_dir()
        else []
    )
    raise ImportRefusedError(
        f"{folder}: neither a LEAN data folder with equity/{market.value}/shortable/{broker} nor a folder with "
        "dates/ or symbols/ in it" + (f"; it has the brokers {', '.join(found)}" if found else "")
    )


def _csv_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path for path in folder.iterdir() if path.suffix.lower() == ".csv" and path.name[0] != "."
    )


class _Folder:
    """The files of a folder, read one by one into tables of `_ROWS` and brought together day by day."""

    def __init__(self, files: list[Path], parsed: Parsed, market: Market) -> None:
        self.files, self.parsed, self.market = files, parsed, market

    def dates_file(self, at: int) -> pa.Table:
        """Return the rows of one file of ``dates/``."""
        rows = self._read(at, "SYM")
        day = day_number(self.files[at].stem)
        read = values.tickers(rows["key"].combine_chunks(), self.market)
        bad = read.bad
        if day is None:
            bad = dict.fromkeys(
                range(rows.num_rows), f"the name of {self._name(at)} is not a day (yyyyMMdd)"
            )
        days = pa.array(np.full(rows.num_rows, day or 0, dtype=np.int64))
        return self._without(bad, self._rows(rows, read.values, days, at))

    def symbols_file(self, at: int) -> pa.Table:
        """Return the rows of one file of ``symbols/``."""
        rows = self._read(at, "DATE")
        ticker = values.tickers(pa.array([self.files[at].stem], pa.string()), self.market)
        texts = rows["key"].to_pylist()
        numbers = [day_number(text) for text in texts]
        bad = {
            row: f"DATE {text!r} is not a day (yyyyMMdd)"
            for row, (text, day) in enumerate(zip(texts, numbers, strict=True))
            if day is None
        }
        if ticker.bad:
            reason = f"the name of {self._name(at)} is no ticker: {ticker.bad[0]}"
            bad = dict.fromkeys(range(len(texts)), reason)
        days = pa.array([day or 0 for day in numbers], pa.int64())
        tickers = pa.array([ticker.values[0].as_py()] * len(texts), pa.string())
        return self._without(bad, self._rows(rows, tickers, days, at))

    def merge(self, dates: list[pa.Table], symbols: list[pa.Table]) -> tuple[pa.Table, pa.Table]:
        """Bring the two layouts together.

        Returns
        -------
        complete, partial : pa.Table
            Days of ``dates/`` with the symbols that only ``symbols/`` names, and the other days of ``symbols/``.
        """
        listed, single = (
            pa.concat_tables([_ROWS.empty_table(), *tables]).combine_chunks()
            for tables in (dates, symbols)
        )
        both = pa.concat_tables([listed, single])["symbol"].combine_chunks().dictionary_encode()
        code = np.array(both.indices, dtype=np.int64)
        size = max(len(both.dictionary), 1)
        listed_code, single_code = np.split(code, [listed.num_rows])
        listed, listed_key = self._distinct(listed, _numbers(listed, "day") * size + listed_code)
        single, single_key = self._distinct(single, _numbers(single, "day") * size + single_code)
        at = np.searchsorted(listed_key, single_key)
        at[at == len(listed_key)] = 0
        stated = (
            listed_key[at] == single_key
            if len(listed_key)
            else np.zeros(len(single_key), dtype=bool)
        )
        same = np.zeros(len(single_key), dtype=bool)
        same[stated] = _equal(single.filter(pa.array(stated)), listed.take(pa.array(at[stated])))
        self.parsed.pass_over("repeated in symbols/", int(same.sum()))
        contradict = {
            row: f"{self._where(listed, int(at[row]))} states something else"
            for row in np.flatnonzero(stated & ~same).tolist()
        }
        self._without(contradict, single)
        new = single.filter(pa.array(~stated))
        fills = np.isin(_numbers(new, "day"), _numbers(listed, "day"))
        if fills.any():
            self.parsed.notes.append(
                f"{int(fills.sum()):,} rows of symbols/ name symbols that the dates/ file of their day leaves out; "
                "they are part of that day's snapshot"
            )
        return pa.concat_tables([listed, new.filter(pa.array(fills))]), new.filter(pa.array(~fills))

    def _read(self, at: int, key: str) -> pa.Table:
        name = self._name(at)
        try:
            data = self.files[at].read_bytes()
        except OSError as error:
            raise ImportRefusedError(
                f"{name}: cannot be read ({error.strerror or error})"
            ) from None
        rows, n_rows, rejects = read_lean_file(data, name, key)
        self.parsed.rows_read += n_rows
        self.parsed.rejects += rejects
        if not n_rows:
            # An empty dates/ file would mean that nothing could be borrowed; one that was cut off looks the same.
            self.parsed.notes.append(f"{name} holds no rows and was passed over")
        return rows

    def _rows(self, rows: pa.Table, symbols: pa.Array, days: pa.Array, at: int) -> pa.Table:
        columns = {
            "symbol": symbols,
            "day": days,
            **{name: rows[name] for name in (*_STATED, "line")},
            "file": pa.array(np.full(rows.num_rows, at, dtype=np.int64)),
        }
        return pa.table(columns, schema=_ROWS)

    def _distinct(
        self, rows: pa.Table, key: npt.NDArray[np.int64]
    ) -> tuple[pa.Table, npt.NDArray[np.int64]]:
        """Sort by day and ticker; second rows for one of them become rejects."""
        order = np.argsort(key, kind="stable")
        rows, key = rows.take(pa.array(order)), key[order]
        first = np.ones(len(key), dtype=bool)
        first[1:] = key[1:] != key[:-1]
        if first.all():
            return rows, key
        firsts = np.maximum.accumulate(np.where(first, np.arange(len(key)), 0))
        again = {
            row: f"duplicate of {self._where(rows, int(firsts[row]))}"
            for row in np.flatnonzero(~first).tolist()
        }
        return self._without(again, rows), key[first]

    def _without(self, bad: Mapping[int, str], rows: pa.Table) -> pa.Table:
        """Return the rows without those that have a reason; these become rejects."""
        if not bad:
            return rows
        # Rows keep their line number, not their text: only rejects need it.
        texts: dict[int, list[str]] = {}
        for row, reason in sorted(bad.items()):
            at, line = rows["file"][row].as_py(), rows["line"][row].as_py()
            if at not in texts:
                texts[at] = text_lines(self.files[at].read_bytes())
            self.parsed.rejects.append(Reject(self._name(at), line, texts[at][line - 1], reason))
        keep = np.ones(rows.num_rows, dtype=bool)
        keep[list(bad)] = False
        return rows.filter(pa.array(keep))

    def _name(self, at: int) -> str:
        return f"{self.files[at].parent.name}/{self.files[at].name}"

    def _where(self, rows: pa.Table, row: int) -> str:
        return f"line {rows['line'][row].as_py()} of {self._name(rows['file'][row].as_py())}"


def _numbers(rows: pa.Table, column: str) -> npt.NDArray[np.int64]:
    numbers: npt.NDArray[np.int64] = rows[column].to_numpy()
    return numbers


def _equal(one: pa.Table, other: pa.Table) -> npt.NDArray[np.bool_]:
    """Return where two tables state the same; nulls are equal."""
    same = np.ones(one.num_rows, dtype=bool)
    for name in _STATED:
        a, b = one[name], other[name]
        both_null = pc.and_(pc.is_null(a), pc.is_null(b))
        same &= pc.or_(pc.fill_null(pc.equal(a, b), False), both_null).to_numpy()
    return same


def _by_day(rows: pa.Table) -> list[tuple[int, pa.Table]]:
    order = np.argsort(_numbers(rows, "day"), kind="stable")
    day = _numbers(rows, "day")[order]
    starts = np.flatnonzero(np.diff(day, prepend=day[:1] - 1))
    return [
        (int(day[group[0]]), rows.take(pa.array(order[group])))
        for group in np.split(np.arange(len(day)), starts)[1:]
    ]


def _snapshot(day: int, rows: pa.Table, complete: bool, market: Market) -> SnapshotRows:
    as_of = to_instant(_EPOCH + timedelta(days=day), market)
    return make_snapshot(
        as_of,
        rows.select(["symbol", *_STATED]).combine_chunks(),
        complete=complete,
        market=market,
    )


SOURCE = Source(
    name="lean",
    about="a LEAN short-availability folder (dates/ and symbols/)",
    states=("availability",),
    parse=parse_lean,
    columns={
        "SYM, DATE": "ticker in dates/, day (yyyyMMdd) in symbols/",
        "AVAILABLE": "shares; empty: not stated",
        "REBATERATE": "percent a year",
        "FEERATE": "percent a year",
    },
    market=None,
    time_zone="the market's",
    complete="a file of dates/ lists all that could be borrowed, one of symbols/ does not",
    published="midnight of its day on the market's clock, as in LEAN",
    options=(MARKET,),
    files="FOLDER",
    needs=("broker", "steps"),
)
