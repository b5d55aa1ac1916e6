"""Interactive Brokers' short stock file (``usa.txt``, ``canada.txt``, …): one snapshot of one market.

::

    #BOF|2022.08.06|22:30:03
    #SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|
    A|USD|AGILENT TECHNOLOGIES INC|1715006|XXXXXXXU1016|1.9119|0.4081|>10000000|
    #EOF|1

The file is a complete list: a symbol that cannot be borrowed is left out. Its time is US Eastern for every
country, its rates are percent a year, and its last line says how many rows it has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shortable.clock import parse_time, published_instant
from shortable.errors import ImportRefusedError, InvalidInputError, TimeError
from shortable.importers.base import Parsed, Progress, Reject, read_source, save, source_name
from shortable.importers.delimited import Delimited, read_delimited
from shortable.importers.interactive_brokers_history import is_history, parse_history
from shortable.importers.interactive_brokers_rows import COLUMNS, VENDOR_ZONE, find_columns, snapshot_rows
from shortable.importers.report import ImportReport
from shortable.market import Market
from shortable.store.paths import check_broker

__all__ = ["import_interactive_brokers", "parse_file", "parse_source"]

_BOF = re.compile(r"#BOF\|(\d{4})\.(\d{1,2})\.(\d{1,2})\|(\d{1,2}):(\d{2}):(\d{2})\|?\s*", re.IGNORECASE)
_EOF = re.compile(rb"#EOF\|(\d{1,9})\|?\s*")
_LINE_END = re.compile(rb"\r\n|\n|\r")


def import_interactive_brokers(
    files: str | Path | bytes | Sequence[str | Path | bytes],
    *,
    broker: str = "interactivebrokers",
    market: Market | str = Market.USA,
    time: datetime | str | None = None,
    allow_truncated: bool = False,
    data_folder: str | Path | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import short stock files of one market.

    Every file is read before the store is touched; one that is refused leaves it as it was.

    Parameters
    ----------
    files : path, bytes, or a sequence of them
        Raw files, or Parquet archives of many of them (see `import_history`).
    broker : str, default "interactivebrokers"
        Store to write.
    market : Market or str, default USA
        Market that the files are of; the file does not say it.
    time : datetime or str, optional
        When a file without a BOF line was published: naive means US Eastern wall time.
    allow_truncated : bool, default False
        Take a file that was cut off as a partial snapshot.
    data_folder : path, optional
        Default: the environment's ``SHORTABLE_DATA``, else ``./data``.
    replace : bool, default False
        Replace a different snapshot of the same time instead of refusing.
    progress : callable, optional
        Called with ("read" or "write", done, total).

    Returns
    -------
    ImportReport

    Raises
    ------
    ImportRefusedError
        A file is empty, no such file, cut off, without a time, or something else; nothing was stored.
    SnapshotConflictError
        The store holds a different snapshot of that time.
    """
    check_broker(broker)
    given = [files] if isinstance(files, (str, Path, bytes)) else list(files)
    if not given:
        raise ImportRefusedError("files: none was given; name at least one short stock file")
    parsed = []
    for done, file in enumerate(given):
        if progress is not None:
            progress("read", done, len(given))
        parsed.append(parse_source(file, time=time, allow_truncated=allow_truncated, market=market))
    if progress is not None:
        progress("read", len(given), len(given))
    return save(parsed, broker, data_folder=data_folder, replace=replace, progress=progress)


def parse_source(
    file: str | Path | bytes,
    *,
    time: datetime | str | None = None,
    allow_truncated: bool = False,
    market: Market | str = Market.USA,
    time_column: str = "retrieved_utc",
    time_zone: str = "UTC",
) -> Parsed:
    """Parse one raw file, or a Parquet archive of many; nothing is stored.

    Parameters are those of `import_interactive_brokers` and, for an archive, of `import_history`.
    """
    if not is_history(file):
        return parse_file(file, time=time, allow_truncated=allow_truncated, market=market)
    if time is not None:
        raise InvalidInputError(
            "time", time, f"be left out for {source_name(file)}", "An archive has its own times."
        )
    return parse_history(
        file, market=market, allow_truncated=allow_truncated, time_column=time_column, time_zone=time_zone
    )


def parse_file(
    file: str | Path | bytes,
    *,
    time: datetime | str | None = None,
    allow_truncated: bool = False,
    market: Market | str = Market.USA,
) -> Parsed:
    """Parse one raw file; nothing is stored. See `import_interactive_brokers` for parameters and errors.

    Examples
    --------
    >>> text = b"#BOF|2021.04.23|19:00:02\\n#SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|\\n"
    >>> text += b"GME|USD|GAMESTOP|36285627|X|-0.8|0.9|350000|\\nGME|USD|AGAIN|1|X|0|0|1|\\n#EOF|2\\n"
    >>> parsed = parse_file(text)
    >>> parsed.rows_read, parsed.rejects[0].line, parsed.rejects[0].reason
    (2, 4, 'duplicate of line 3: GME in USD')
    """
    market, name = Market(market), source_name(file)
    frame = _split(read_source(file), name)
    as_of = _published(frame.stamp, time, name)
    rows = read_delimited(
        frame.body,
        [f"#{i}" for i in range(frame.n_cells)],
        [f"#{at}" for at in frame.columns.values()],
        delimiter="|",
        first_line=frame.first_line,
        quoted=False,
    )
    fault = _fault(frame, rows, name)
    if fault and not allow_truncated:
        raise ImportRefusedError(
            f"{name}: the file was cut off: {fault}. The store is as before; fetch the file again, "
            "or allow a truncated file to take its rows as a partial snapshot"
        )
    if not rows.n_lines:
        raise ImportRefusedError(f"{name}: the file holds no rows; nothing was imported")
    table = rows.table.rename_columns(list(COLUMNS))
    parsed = Parsed(name, rows_read=rows.n_lines)
    cut_row = table.num_rows - 1 if fault and frame.ends_inside_a_row(rows) else None
    if cut_row is not None:
        table = table.slice(0, cut_row)
        parsed.rejects.append(Reject(name, *rows.locate(cut_row), "the file ends in this row"))
    snapshot, rejects = snapshot_rows(
        table, as_of=as_of, complete=not fault, market=market, source=name, locate=rows.locate
    )
    parsed.rejects += rejects
    parsed.rejects += [
        Reject(name, line, text, f"the row does not have the header's {frame.n_cells - frame.trailing} cells")
        for line, text in rows.malformed
    ]
    parsed.rejects.sort(key=lambda reject: reject.line)
    if snapshot is None:
        first = parsed.rejects[0]
        raise ImportRefusedError(f"{name}: no row can be used; line {first.line}: {first.reason}")
    parsed.snapshots.append((market, snapshot))
    if fault:
        parsed.notes.append(
            f"the file was cut off ({fault}): stored as a partial snapshot, "
            "so a symbol that is not in it may still be shortable"
        )
    return parsed


@dataclass(frozen=True, slots=True)
class _Frame:
    """A file taken apart: what its first and last lines say, and the lines between."""

    stamp: datetime | None
    columns: dict[str, int]
    n_cells: int
    trailing: bool
    body: bytes
    first_line: int
    counted: int | None

    def ends_inside_a_row(self, rows: Delimited) -> bool:
        """Whether the last row may be cut though it has all its cells."""
        cut = self.counted is None and not self.body.endswith((b"\n", b"\r"))
        last_malformed = rows.malformed[-1][0] if rows.malformed else 0
        return cut and rows.table.num_rows > 0 and rows.locate(rows.table.num_rows - 1)[0] > last_malformed


def _split(data: bytes, name: str) -> _Frame:
    if b"\0" in data:
        raise ImportRefusedError(f"{name}: not a text file, so not an Interactive Brokers short stock file")
    data = data.removeprefix(b"\xef\xbb\xbf")
    stamp: datetime | None = None
    at, line = 0, 0
    while True:
        text, at = _line(data, at)
        line += 1
        if text.upper().startswith("#BOF"):
            stamp = _stamp(text, name)
        elif text.strip():
            break
        if at >= len(data):
            raise ImportRefusedError(f"{name}: the file was cut off before its header; nothing was imported")
    header = text.rstrip().split("|")
    columns = find_columns(header, name)
    body, counted = _end(data, at)
    # Rows end with the delimiter, but archives exist that took it off the header or off the rows.
    trailing = (
        _line(body, 0)[0].rstrip().endswith("|") if body and not body.isspace() else not header[-1].strip()
    )
    n_cells = len(header) - (not header[-1].strip()) + trailing
    return _Frame(stamp, columns, n_cells, trailing, body, line + 1, counted)


def _line(data: bytes, at: int) -> tuple[str, int]:
    """Return the line that begins at `at` and where the next one begins."""
    end = _LINE_END.search(data, at)
    stop, after = (end.start(), end.end()) if end else (len(data), len(data))
    return data[at:stop].decode("utf-8", errors="replace"), after


def _end(data: bytes, start: int) -> tuple[bytes, int | None]:
    """Return the rows and the count that the EOF line states, None without a readable one."""
    at = data.rfind(b"\n#EOF", start - 1)
    if at < 0:
        return data[start:], None
    counted = _EOF.fullmatch(data[at + 1 :])
    return data[start : at + 1], int(counted[1]) if counted else None


def _stamp(text: str, name: str) -> datetime:
    match = _BOF.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        return datetime(*(int(part) for part in match.groups()))  # type: ignore[arg-type]
    except ValueError:
        raise ImportRefusedError(
            f"{name}: its first line {text[:80]!r} holds no time; one reads #BOF|2022.08.06|22:30:03"
        ) from None


def _published(stamp: datetime | None, time: datetime | str | None, name: str) -> int:
    given = parse_time(time) if isinstance(time, str) else time
    try:
        if stamp is None:
            if given is None:
                raise ImportRefusedError(
                    f"{name}: the file has no BOF line and so no time of its own; give `time`, when it was "
                    "published (US Eastern wall time, or an aware datetime)"
                )
            return published_instant(given, time_zone=VENDOR_ZONE)
        as_of = published_instant(stamp, time_zone=VENDOR_ZONE)
        if given is not None and published_instant(given, time_zone=VENDOR_ZONE) != as_of:
            raise ImportRefusedError(
                f"{name}: time={given.isoformat(sep=' ')} contradicts the file's own time, "
                f"{stamp.isoformat(sep=' ')} US Eastern; leave `time` out"
            )
    except TimeError as error:
        raise ImportRefusedError(f"{name}: {error}") from None
    return as_of


def _fault(frame: _Frame, rows: Delimited, name: str) -> str:
    """Say why the file is not whole; empty where it is."""
    if any(text.startswith("#EOF") for _, text in rows.malformed):
        raise ImportRefusedError(
            f"{name}: rows follow an #EOF line; were two files joined? Import them one by one"
        )
    if frame.counted is None:
        return f"its closing #EOF line with the row count is missing after {rows.n_lines:,} rows"
    if frame.counted != rows.n_lines:
        return f"its #EOF line counts {frame.counted:,} rows, and {rows.n_lines:,} are there"
    return ""
