"""An Interactive Brokers short stock file taken apart: its time, its header, its rows and its row count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from shortable.errors import ImportRefusedError
from shortable.importers.delimited import Delimited
from shortable.importers.interactive_brokers_rows import find_columns

__all__ = ["Frame", "split_file"]

_BOF = re.compile(
    r"#BOF\|(\d{4})\.(\d{1,2})\.(\d{1,2})\|(\d{1,2}):(\d{2}):(\d{2})\|?\s*", re.IGNORECASE
)
_EOF = re.compile(rb"#EOF\|(\d{1,9})\|?\s*")
_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Frame:
    """A file taken apart: what its first and last lines say, and the lines between.

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
    """

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
        return (
            cut
            and rows.table.num_rows > 0
            and rows.locate(rows.table.num_rows - 1)[0] > last_malformed
        )


def split_file(data: bytes, name: str) -> Frame:
    """Take a raw file apart.

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
    header = text.rstrip().split("|")
    columns = find_columns(header, name)
    body, counted = _end(data, at)
    # Rows end with the delimiter, but archives exist that took it off the header or off the rows.
    trailing = (
        _line(body, 0)[0].rstrip().endswith("|")
        if body and not body.isspace()
        else not header[-1].strip()
    )
    n_cells = len(header) - (not header[-1].strip()) + trailing
    return Frame(stamp, columns, n_cells, trailing, body, line + 1, counted)


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
