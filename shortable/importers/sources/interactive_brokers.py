"""Interactive Brokers' short stock file (``usa.txt``, ``canada.txt``, …): one snapshot of one market.

::

    #BOF|2022.08.06|22:30:03
    #SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|
    A|USD|AGILENT TECHNOLOGIES INC|1715006|XXXXXXXU1016|1.9119|0.4081|>10000000|
    #EOF|1

The file is a complete list: a symbol that cannot be borrowed is left out. Its time is US Eastern for every
country, its rates are percent a year, and its last line states how many rows it has.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from datetime import time as time_of_day

import pyarrow as pa
import pyarrow.compute as pc

from shortable.clock import published_instant
from shortable.errors import ImportRefusedError, TimeError
from shortable.importers.delimited import DelimitedText, read_delimited
from shortable.importers.files import File, read_file
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.report import Reject
from shortable.importers.source import DAY_TIMES, MARKET, TIME_ZONE, Option, Parsed, Source, Steps
from shortable.importers.sources.interactive_brokers_rows import (
    COLUMNS,
    RATES,
    VENDOR_ZONE,
    find_columns,
    has_columns,
    restore_na,
    restored_note,
    snapshot_rows,
    time_stated,
)
from shortable.importers.sources.interactive_brokers_tables import SavedTable
from shortable.importers.tables import TableSource, open_table
from shortable.importers.times import LIKELY_YEARS, DayTime, read_time_of_day
from shortable.market import Market

__all__ = ["SOURCE", "parse_file", "parse_interactive_brokers"]

_BOF = re.compile(
    r"#BOF[|,;\t](\d{4})\.(\d{1,2})\.(\d{1,2})[|,;\t](\d{1,2}):(\d{2}):(\d{2})[|,;\t]*\s*",
    re.IGNORECASE,
)
_EOF = re.compile(rb"#EOF[|,;\t](\d{1,9})[|,;\t]*\s*")
_ENDS = re.compile(rb"[\r\n]#EOF[|,;\t]\d{1,9}[|,;\t]*\s*\Z")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_PARQUET = b"PAR1"
_NO_TIME = (
    f"the file has no BOF line and so no time of its own: give {keyword('time')}, when it was published (US Eastern wall "
    "time, or a time with an offset)"
)


def parse_interactive_brokers(
    file: TableSource,
    /,
    *,
    market: Market | str = Market.USA,
    symbol: str | None = None,
    time: datetime | str | None = None,
    time_zone: str | None = None,
    complete: bool = False,
    allow_truncated: bool = False,
    time_column: str | None = None,
    publish_at: time_of_day | str | None = None,
    start_of_day: bool = False,
    steps: Steps | None = None,
) -> Parsed:
    """Parse one raw file, a table of its columns however it was saved, or polls of one symbol; nothing is stored.

    Parameters
    ----------
    file : path, bytes, DataFrame or pa.Table
        A raw file; or a table that has the file's columns in any order and case, of one file or of many stacked with
        a column of times; or polls, whose columns are DT, TM, REBATE, FEE and AVAIL.
    market : Market or str, default USA
        Market of the file, which does not state it.
    symbol : str, optional
        The symbol of polls; default what the file's name states.
    time : datetime or str, optional
        When a file without a BOF line or a column of times was published: naive means US Eastern wall time, or that
        of `time_zone`.
    time_zone : str, optional
        Zone of times without an offset; default US Eastern, and UTC for a column whose name has the word.
    complete : bool, default False
        A list without an EOF line is whole: a symbol that it leaves out cannot be borrowed.
    allow_truncated : bool, default False
        Take a file that was cut off as a partial snapshot.
    time_column : str, optional
        Column of the times of stacked files; default the one that is it by its name.
    publish_at : datetime.time or str, optional
        Time of day of a column of dates without a time.
    start_of_day : bool, default False
        A column of dates without a time counts from midnight on the market's clock.
    steps : callable, optional
        Called with the numbers of snapshots read and of all.

    Returns
    -------
    Parsed
        The ``#EOF`` rows of stacked files are counted as trailers. The notes name where the ticker ``NA``, which pandas
        takes for a missing value, was restored.

    Raises
    ------
    NeedsError
        The file leaves open when it was published, or whether it is whole.
    ImportRefusedError
        The file is empty, cut off, or something else.
    """
    market = Market.of(market)
    if isinstance(file, File):
        file = read_file(file)
        if _is_raw(file.data):
            if steps is not None:
                steps(0, 1)
            parsed = parse_file(
                file,
                time=time,
                time_zone=time_zone or VENDOR_ZONE,
                complete=complete,
                allow_truncated=allow_truncated,
                market=market,
            )
            if steps is not None:
                steps(1, 1)
            return parsed
    saved = SavedTable(
        open_table(file),
        market,
        time=time,
        time_zone=time_zone,
        time_column=time_column,
        day_time=DayTime(read_time_of_day(publish_at), start_of_day, time_zone or VENDOR_ZONE),
    )
    if saved.is_poll:
        return saved.polls(symbol)
    return saved.snapshots(complete=complete, allow_truncated=allow_truncated, steps=steps)


def _is_raw(data: bytes) -> bool:
    """Return whether a file is one of the vendor's own, whose rows have the header's delimiter and no quotes."""
    if data.startswith(_PARQUET):
        return False
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:4].upper() == b"#BOF" or _ENDS.search(data):
        return True
    header = _line(start, 0)[0]
    return "|" in header and has_columns(header.split("|"))


def parse_file(
    file: File,
    /,
    *,
    time: datetime | str | None = None,
    time_zone: str = VENDOR_ZONE,
    complete: bool = False,
    allow_truncated: bool = False,
    market: Market | str = Market.USA,
) -> Parsed:
    """Parse one raw file; nothing is stored. See `parse_interactive_brokers` for parameters and errors.

    Examples
    --------
    >>> text = b"#BOF|2021.04.23|19:00:02\\n#SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|\\n"
    >>> text += b"GME|USD|GAMESTOP|36285627|X|-0.8|0.9|350000|\\nGME|USD|AGAIN|1|X|0|0|1|\\n#EOF|2\\n"
    >>> parsed = parse_file(text)
    >>> parsed.rows_read, parsed.rejects[0].line, parsed.rejects[0].reason
    (2, 4, 'duplicate of line 3: GME in USD')
    """
    market, opened = Market.of(market), read_file(file)
    name = opened.name
    frame = split_file(opened.data, name)
    rows = read_delimited(
        frame.body,
        [f"#{i}" for i in range(frame.n_cells)],
        [f"#{at}" for at in frame.columns.values()],
        delimiter=frame.delimiter,
        first_line=frame.first_line,
        quoted=frame.delimiter != "|",
        numbers=[f"#{frame.columns[rate]}" for rate in RATES],
        name=name,
    )
    fault = _fault(frame, rows, name, complete=complete)
    _refuse_open(frame, name, fault, time, allow_truncated=allow_truncated)
    as_of = _published(frame.stamp, time, time_zone, name)
    if not rows.n_lines:
        raise ImportRefusedError(f"{name}: the file holds no rows; nothing was imported")
    table = rows.table.rename_columns(list(COLUMNS))
    parsed = Parsed(name, rows_read=rows.n_lines)
    if frame.stamp is None:  # not as the vendor wrote it
        table, restored = restore_na(table)
        if restored:
            parsed.notes.append(restored_note(1))
    cut_row = table.num_rows - 1 if fault and frame.ends_inside_a_row(rows) else None
    if cut_row is not None:
        table = table.slice(0, cut_row)
        parsed.rejects.append(Reject(name, *rows.locate(cut_row), "the file ends in this row"))
    snapshot, rejects = snapshot_rows(
        table,
        as_of=as_of,
        complete=not fault,
        market=market,
        source=name,
        locate=rows.locate,
        lost=[frame.symbol_of(text) for _, text in rows.malformed],
    )
    parsed.rejects += rejects
    parsed.rejects += [
        Reject(
            name,
            line,
            text,
            f"the row does not have the header's {frame.n_cells - frame.trailing} cells",
        )
        for line, text in rows.malformed
    ]
    parsed.rejects.sort(key=lambda reject: reject.line)
    if snapshot is None:
        first = parsed.rejects[0]
        raise ImportRefusedError(f"{name}: no row can be used; line {first.line}: {first.reason}")
    parsed.snapshots.append((market, snapshot))
    if stranger := _foreign_currency(snapshot.table, market):
        parsed.notes.append(
            f"most rows are in {stranger} and not in {market.currency}: is it the file of another market than "
            f"{market.value!r}?"
        )
    if fault:
        parsed.notes.append(
            f"the file was cut off ({fault}): stored as a partial snapshot, "
            "so a symbol that is not in it may still be shortable"
        )
    return parsed


def _foreign_currency(table: pa.Table, market: Market) -> str | None:
    """Return the currency of most rows where it is not the market's own: the file does not name its market."""
    own = pc.sum(pc.equal(table["currency"], market.currency)).as_py()
    if 2 * own >= table.num_rows:
        return None
    code, _ = Counter(table["currency"].to_pylist()).most_common(1)[0]
    return None if code == market.currency else str(code)


def _refuse_open(
    frame: Frame,
    name: str,
    fault: str,
    time: datetime | str | None,
    *,
    allow_truncated: bool,
) -> None:
    """Refuse a file that leaves open when it was published or whether it is whole, with all that settles it."""
    needs = []
    if frame.stamp is None and time is None:
        needs.append(_NO_TIME)
    whole = f"{keyword('complete', True)} if it is whole, or {keyword('allow_truncated', True)}"
    if fault and not allow_truncated:
        if frame.stamp is not None or frame.counted is not None:
            raise ImportRefusedError(
                f"{name}: the file was cut off: {fault}. The store is as before; fetch the file again, "
                f"or give {whole} to take its rows as a partial snapshot"
            )
        needs.append(f"{fault}: give {whole} to take its rows as a partial snapshot")
    if needs:
        raise NeedsError(name, needs)


def _published(
    stamp: datetime | None, time: datetime | str | None, time_zone: str, name: str
) -> int:
    given = time_stated(time)
    try:
        if given is not None and stamp is None:
            return published_instant(given, time_zone=time_zone)
        if stamp is None:
            raise NeedsError(name, [_NO_TIME])
        as_of = published_instant(stamp, time_zone=VENDOR_ZONE)
        if given is not None and published_instant(given, time_zone=time_zone) != as_of:
            raise ImportRefusedError(
                f"{name}: time={given.isoformat(sep=' ')} contradicts the file's own time, "
                f"{stamp.isoformat(sep=' ')} US Eastern; leave {keyword('time')} out"
            )
    except TimeError as error:
        raise ImportRefusedError(f"{name}: {error}") from None
    return as_of


def _fault(frame: Frame, rows: DelimitedText, name: str, *, complete: bool) -> str:
    """Return why the file is not whole; empty where it is, or the caller states so."""
    if any(text.startswith("#EOF") for _, text in rows.malformed):
        raise ImportRefusedError(
            f"{name}: rows follow an #EOF line; were two files joined? Import them one by one"
        )
    if frame.counted is None:
        missing = f"its closing #EOF line with the row count is missing after {rows.n_lines:,} rows"
        return "" if complete else missing
    if frame.counted != rows.n_lines:
        return f"its #EOF line counts {frame.counted:,} rows, and {rows.n_lines:,} are there"
    return ""


@dataclass(frozen=True, slots=True)
class Frame:
    """A file split into what its first and last lines state, and the lines between.

    Attributes
    ----------
    stamp : datetime or None
        Time of the BOF line, US Eastern wall time.
    columns : dict of str to int
        Where each column stands that is read.
    n_cells : int
        Cells of a row, with the empty one after a closing delimiter.
    trailing : bool
        Whether rows end with the delimiter.
    body : bytes
        The rows.
    first_line : int
        Line number of the first of them.
    counted : int or None
        Rows that the EOF line counts; None without a readable one.
    delimiter : str
        What separates cells: ``|``, or what it was saved with.
    """

    stamp: datetime | None
    columns: dict[str, int]
    n_cells: int
    trailing: bool
    body: bytes
    first_line: int
    counted: int | None
    delimiter: str

    def symbol_of(self, line: str) -> str:
        """Return the symbol of a row that does not have the header's cells, empty where it has none."""
        cells, at = line.split(self.delimiter), self.columns["sym"]
        return cells[at] if at < len(cells) else ""

    def ends_inside_a_row(self, rows: DelimitedText) -> bool:
        """Whether the last row may be cut though it has all its cells."""
        cut = self.counted is None and not self.body.endswith((b"\n", b"\r"))
        last_malformed = rows.malformed[-1][0] if rows.malformed else 0
        return (
            cut
            and rows.table.num_rows > 0
            and rows.locate(rows.table.num_rows - 1)[0] > last_malformed
        )


def split_file(data: bytes, name: str) -> Frame:
    """Split a raw file.

    Raises
    ------
    ImportRefusedError
        The file is no text, or has no header or one of something else.
    """
    if b"\0" in data:
        raise ImportRefusedError(
            f"{name}: not a text file, so not an Interactive Brokers short stock file"
        )
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
            raise ImportRefusedError(
                f"{name}: the file was cut off before its header; nothing was imported"
            )
    delimiter = max("|,;\t", key=text.count)
    header = text.rstrip(" \r\n").split(delimiter)
    columns = find_columns(header, name)
    body, counted = _end(data, at)
    # Rows end with the delimiter, but archives exist that took it off the header or off the rows.
    trailing = (
        _line(body, 0)[0].rstrip(" ").endswith(delimiter)
        if body and not body.isspace()
        else not header[-1].strip()
    )
    n_cells = len(header) - (not header[-1].strip()) + trailing
    return Frame(stamp, columns, n_cells, trailing, body, line + 1, counted, delimiter)


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
        if match is None or int(match[1]) not in LIKELY_YEARS:
            raise ValueError
        return datetime(*(int(part) for part in match.groups()))  # type: ignore[arg-type]  # six numbers at most, no time zone
    except ValueError:
        raise ImportRefusedError(
            f"{name}: its first line {text[:80]!r} holds no time; one reads #BOF|2022.08.06|22:30:03"
        ) from None


SOURCE = Source(
    name="ibkr",
    about="Interactive Brokers' short stock files (usa.txt), however they were saved, and polls of one symbol",
    states=("availability",),
    parse=parse_interactive_brokers,
    columns={
        "SYM": "ticker",
        "CUR": "ISO 4217 currency",
        "REBATERATE": "percent a year on the proceeds; NA: not stated",
        "FEERATE": "percent a year; NA: not stated",
        "AVAILABLE": "shares; >10000000: at least that many",
        "DT, TM, REBATE, FEE, AVAIL": "the same in polls of one symbol",
    },
    market=None,
    time_zone=VENDOR_ZONE,
    complete="a file with its #EOF line lists all that can be borrowed; one without it where --complete states so",
    published="the time in the file's first line, or in its column of times",
    options=(
        MARKET,
        Option("symbol", "The symbol of polls.", metavar="SYMBOL"),
        Option(
            "time",
            "When a file without a BOF line was published: US Eastern.",
            kind=datetime,
            metavar="TIME",
        ),
        TIME_ZONE,
        Option("complete", "A list without an #EOF line is whole.", kind=bool),
        Option("allow_truncated", "Take a file that was cut off as partial.", kind=bool),
        Option("time_column", "Column of times of stacked files.", metavar="COLUMN"),
        *DAY_TIMES,
    ),
    default_broker="interactivebrokers",
    needs=("steps",),
)
