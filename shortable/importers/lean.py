"""LEAN's short-availability folders: ``dates/<yyyyMMdd>.csv`` and ``symbols/<ticker>.csv``.

A ``dates/`` file lists all that could be borrowed on its day, so it is a complete snapshot. A ``symbols/``
file knows one symbol only: its rows become partial snapshots of the days that have no ``dates/`` file, and
fill in symbols that the ``dates/`` file of their day leaves out. A day counts from its local midnight (S2).
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from shortable.clock import to_instant
from shortable.errors import ImportRefusedError
from shortable.importers import cells
from shortable.importers.base import Parsed, Progress, save
from shortable.importers.lean_file import LeanFile, day_number, read_lean_file
from shortable.importers.lean_merge import DayRows, file_name, merge
from shortable.importers.report import ImportReport
from shortable.market import Market
from shortable.store import SnapshotRows, check_broker, make_snapshot

__all__ = ["import_lean", "parse_lean"]

_EPOCH = date(1970, 1, 1)


def import_lean(
    folder: str | Path,
    *,
    broker: str,
    market: Market | str = Market.USA,
    data_folder: str | Path | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a LEAN short-availability folder.

    Parameters
    ----------
    folder : path
        LEAN's data folder, which holds ``equity/<market>/shortable/<broker>``, or the broker's folder itself.
    broker : str
        Store to write, and the broker's name in LEAN's data folder.
    market : Market or str, default USA
        Market of the folder.
    data_folder : path, optional
        Where to write. Default: the environment's ``SHORTABLE_DATA``, else ``./data``.
    replace : bool, default False
        Replace different snapshots of the same days instead of refusing.
    progress : callable, optional
        Called with ("read" or "write", done, total), counted in files.

    Returns
    -------
    ImportReport
        Rows of ``symbols/`` that say what the ``dates/`` file of their day says are counted as "repeated in
        symbols/"; those that say something else are rejected.

    Raises
    ------
    ImportRefusedError
        There is no such folder, a file in it cannot be read, or no row can be used; nothing was stored.
    SnapshotConflictError
        The store holds a different snapshot of one of the days.
    """
    check_broker(broker)
    parsed = parse_lean(folder, broker=broker, market=market, progress=progress)
    return save([parsed], broker, data_folder=data_folder, replace=replace, progress=progress)


def parse_lean(
    folder: str | Path,
    *,
    broker: str,
    market: Market | str = Market.USA,
    progress: Progress | None = None,
) -> Parsed:
    """Parse a LEAN short-availability folder; nothing is stored. See `import_lean`."""
    market = Market(market)
    place = _broker_folder(Path(folder), broker, market)
    by_date, by_symbol = _files(place / "dates"), _files(place / "symbols")
    if not by_date and not by_symbol:
        raise ImportRefusedError(f"{place}: there are no .csv files in dates/ or symbols/")
    parsed = Parsed(f"LEAN folder {place.name}")
    total = len(by_date) + len(by_symbol)
    days: list[DayRows] = []
    series: list[DayRows] = []
    for done, path in enumerate([*by_date, *by_symbol]):
        if progress is not None:
            progress("read", done, total)
        if done < len(by_date):
            days.append(_dates_file(path, market, parsed))
        else:
            series.append(_symbols_file(path, market, parsed))
    if progress is not None:
        progress("read", total, total)
    complete, partial = merge(days, series, parsed)
    for is_complete, groups in ((True, complete), (False, partial)):
        for day, rows in groups.items():
            parsed.snapshots.append((market, _snapshot(day, rows, is_complete, market)))
    parsed.snapshots.sort(key=lambda entry: entry[1].as_of)
    if not parsed.snapshots:
        first = parsed.rejects[0] if parsed.rejects else None
        why = f"; {first.source} line {first.line}: {first.reason}" if first else ""
        raise ImportRefusedError(f"{place}: no row can be used{why}")
    return parsed


def _broker_folder(folder: Path, broker: str, market: Market) -> Path:
    room = folder / "equity" / market.value / "shortable"
    for place in (folder, room / broker):
        if (place / "dates").is_dir() or (place / "symbols").is_dir():
            return place
    if not folder.is_dir():
        raise ImportRefusedError(f"{folder}: no such folder")
    there = (
        sorted(entry.name for entry in room.iterdir() if entry.is_dir()) if room.is_dir() else []
    )
    raise ImportRefusedError(
        f"{folder}: neither a LEAN data folder with equity/{market.value}/shortable/{broker} nor a folder with "
        "dates/ or symbols/ in it" + (f"; it has the brokers {', '.join(there)}" if there else "")
    )


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path for path in folder.iterdir() if path.suffix.lower() == ".csv" and path.name[0] != "."
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImportRefusedError(
            f"{file_name(path)}: cannot be read ({error.strerror or error})"
        ) from None


def _dates_file(path: Path, market: Market, parsed: Parsed) -> DayRows:
    file = _read_file(path, "SYM", parsed)
    n_rows = len(file.keys)
    read = cells.tickers(pa.array(file.keys, pa.string()), market)
    day = day_number(path.stem)
    bad = read.bad
    if day is None:
        bad = dict.fromkeys(range(n_rows), f"the name of {file_name(path)} is not a day (yyyyMMdd)")
    return DayRows.of(file, np.full(n_rows, day or 0, dtype=np.int64), read.values, path).without(
        bad, parsed
    )


def _symbols_file(path: Path, market: Market, parsed: Parsed) -> DayRows:
    file = _read_file(path, "DATE", parsed)
    ticker = cells.tickers(pa.array([path.stem], pa.string()), market)
    numbers = [day_number(text) for text in file.keys]
    bad = {
        row: f"DATE {text!r} is not a day (yyyyMMdd)"
        for row, (text, day) in enumerate(zip(file.keys, numbers, strict=True))
        if day is None
    }
    if ticker.bad:
        bad = dict.fromkeys(
            range(len(numbers)), f"the name of {file_name(path)} is no ticker: {ticker.bad[0]}"
        )
    days = np.array([day or 0 for day in numbers], dtype=np.int64)
    tickers = pa.array([ticker.values[0].as_py()] * len(numbers), pa.string())
    return DayRows.of(file, days, tickers, path).without(bad, parsed)


def _read_file(path: Path, key: str, parsed: Parsed) -> LeanFile:
    name = file_name(path)
    file, n_rows, rejects = read_lean_file(_read(path), name, key)
    parsed.rows_read += n_rows
    parsed.rejects += rejects
    if not n_rows:
        # An empty dates/ file would say that nothing could be borrowed; one that was cut off looks the same.
        parsed.notes.append(f"{name} holds no rows and was passed over")
    return file


def _snapshot(day: int, rows: DayRows, complete: bool, market: Market) -> SnapshotRows:
    as_of = to_instant(_EPOCH + timedelta(days=day), market)
    return make_snapshot(as_of, rows.table(), complete=complete, market=market)
