"""What the terminal shows: numbers, times and rates as text; tables, sentences, warnings and progress; JSON documents."""

from __future__ import annotations

import json
import math
import os
import re
import sys
import textwrap
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from types import TracebackType
from typing import IO, TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from shortable.json_types import Json
from shortable.market import Market

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = [
    "Bar",
    "age",
    "availability",
    "console",
    "count",
    "counted",
    "field_lines",
    "fields",
    "json_document",
    "local_and_utc",
    "minute",
    "money",
    "percent",
    "plain",
    "readable",
    "say",
    "table",
    "to_error",
    "utc_of",
    "warn",
    "wrapped",
]


def count(number: int) -> str:
    """Return a whole number with thousands separators.

    Examples
    --------
    >>> count(13313)
    '13,313'
    """
    return f"{int(number):,}"


def counted(number: int, what: str) -> str:
    """Return a number of things, in the plural where it is one.

    Examples
    --------
    >>> counted(1, "symbol"), counted(1500, "share"), counted(0, "line")
    ('1 symbol', '1,500 shares', '0 lines')
    """
    return f"{count(number)} {what}{'' if number == 1 else 's'}"


def money(amount: float, *, signed: bool = False) -> str:
    """Return an amount with thousands separators and cents, never as minus zero.

    Examples
    --------
    >>> money(-1234.5), money(0.004, signed=True), money(-0.001)
    ('-1,234.50', '0.00', '0.00')
    """
    cents = round(float(amount), 2)
    if cents == 0:
        return "0.00"
    return f"{cents:+,.2f}" if signed else f"{cents:,.2f}"


def percent(rate: float | None, *, aligned: bool = False) -> str:
    """Return an annual fraction as percent, to the vendors' four decimals (S7).

    Parameters
    ----------
    rate : float or None
        Annual fraction; None and NaN are unknown.
    aligned : bool
        For a column whose header has the unit: four decimals always, no sign of the unit.

    Examples
    --------
    >>> percent(0.004081), percent(0.0025), percent(12.345), percent(-0.5), percent(None)
    ('0.4081 %', '0.25 %', '1,234.50 %', '-50.00 %', 'unknown')
    >>> percent(0.0025, aligned=True)
    '0.2500'
    """
    if rate is None or math.isnan(rate):
        return "unknown"
    number = round(rate * 100, 4) + 0.0  # + 0.0: no minus zero
    text = f"{number:,.4f}"
    if aligned:
        return text
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')} %"


def availability(quantity: int | None, *, is_floor: bool = False) -> str:
    """Say in words what a quantity means (S1, S9).

    Examples
    --------
    >>> [availability(n) for n in (None, 0, 1500)]
    ['no restriction known', 'none can be borrowed', '1,500 shares']
    >>> availability(10_000_000, is_floor=True)
    '≥ 10,000,000 shares (floor)'
    """
    if quantity is None:
        return "no restriction known"
    if quantity == 0:
        return "none can be borrowed"
    shares = counted(quantity, "share")
    return f"≥ {shares} (floor)" if is_floor else shares


def minute(moment: datetime) -> str:
    """Return a wall time to the minute, with seconds only where it has some.

    Examples
    --------
    >>> minute(datetime(2024, 1, 2, 16)), minute(datetime(2022, 8, 6, 22, 30, 3))
    ('2024-01-02 16:00', '2022-08-06 22:30:03')
    """
    return moment.strftime("%Y-%m-%d %H:%M:%S" if moment.second else "%Y-%m-%d %H:%M")


def local_and_utc(instant: int, market: Market) -> str:
    """Return an instant on the market's clock and in UTC.

    Examples
    --------
    >>> from shortable.clock import to_instant
    >>> local_and_utc(to_instant(datetime(2024, 7, 1, 16)), Market.USA)
    '2024-07-01 16:00 America/New_York (2024-07-01 20:00 UTC)'
    """
    from shortable.clock import from_instant

    utc = datetime.fromisoformat(utc_of(instant)).replace(tzinfo=None)
    return f"{minute(from_instant(instant, market))} {market.time_zone} ({minute(utc)} UTC)"


def utc_of(instant: int) -> str:
    """Return an instant as ISO 8601 in UTC.

    Examples
    --------
    >>> utc_of(0)
    '1970-01-01T00:00:00Z'
    """
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(instant))
    return moment.isoformat().replace("+00:00", "Z")


def age(span: timedelta) -> str:
    """Return a time span in its two largest units.

    Examples
    --------
    >>> age(timedelta(days=3, hours=4, minutes=5)), age(timedelta(minutes=90)), age(timedelta(0))
    ('3 d 4 h', '1 h 30 min', '0 min')
    """
    minutes = int(span.total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (rest, "min")) if n]
    return " ".join(parts[:2]) or "0 min"


def plain(value: object) -> Json:
    """Turn a value into what JSON knows: times as ISO 8601, missing and infinite numbers as null.

    Examples
    --------
    >>> plain({"at": datetime(2024, 1, 2), "rate": float("nan"), "n": 3})
    {'at': '2024-01-02T00:00:00', 'rate': None, 'n': 3}
    """
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):  # a numpy scalar
        value = value.item()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, (datetime, date)):
        text = value.isoformat() if value == value else None  # NaT is a datetime that is not itself
        return text if text is None else text.replace("+00:00", "Z")
    return str(value)


_NATURAL_WIDTH = 10_000
"""Columns assumed where no terminal bounds them, so that a pipe gets whole lines."""
_NARROWEST = 16
"""Columns that a wrapping column keeps, however narrow the terminal."""

# C0 and C1 controls: a vendor's file must not be able to steer the reader's terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ASCII = str.maketrans({"≥": ">=", "→": "->", "…": "...", "·": "-", "─": "-", "−": "-", "—": "-"})


def console(stream: IO[str] | None = None) -> Console:
    """Return a console on `stream` (stdout by default): plain where it is piped or NO_COLOR is set.

    Its width is the terminal's or COLUMNS; without either, lines are as long as they are.
    """
    stream = sys.stdout if stream is None else stream
    columns = os.environ.get("COLUMNS", "")
    bounded = columns.isdecimal() and int(columns) > 0
    width = None if bounded or stream.isatty() else _NATURAL_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def readable(text: object, stream: IO[str] | None = None) -> str:
    """Return text as `stream` can show it: control characters made visible, signs that its encoding lacks spelled out.

    Examples
    --------
    >>> readable("A\\x1b[2J")
    'A\\\\x1b[2J'
    """
    shown = _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", str(text))
    if shown.isascii():
        return shown
    encoding = getattr(stream or sys.stdout, "encoding", None) or "ascii"
    try:
        shown.encode(encoding)
        return shown
    except UnicodeEncodeError:
        return shown.translate(_ASCII).encode(encoding, errors="replace").decode(encoding)


def say(text: str = "", style: str = "") -> None:
    """Print a line to stdout."""
    console().print(Text(readable(text), style=style))


def warn(text: str) -> None:
    """Print a warning to stderr."""
    to_error("Warning", text, "yellow")


def to_error(label: str, text: str, style: str = "bold red") -> None:
    """Print a labelled message to stderr."""
    sys.stdout.flush()  # earlier output stays above the message
    # Left to the terminal to wrap: a path stays whole, and a line that a program reads is one line.
    console(sys.stderr).print(
        Text.assemble((f"{label}: ", style), readable(text, sys.stderr)), soft_wrap=True
    )


def wrapped(text: str, front: str = "") -> list[str]:
    """Return text as the lines that stdout's width makes of it, the first behind `front`, the others beside it."""
    room = max(console().width - _width(front), _NARROWEST)
    lines = []
    for part in textwrap.wrap(readable(text), room, break_on_hyphens=False) or [""]:
        lines.append((front + part).rstrip())
        front = " " * _width(front)
    return lines


def field_lines(rows: Mapping[str, str]) -> list[str]:
    """Return labelled values as lines, the values aligned and wrapped beside their labels."""
    left = max(map(len, rows)) + 2
    return [line for label, value in rows.items() for line in wrapped(value, label.ljust(left))]


def fields(rows: Mapping[str, str]) -> None:
    """Print labelled values to stdout; those of made-up data stand out."""
    left = max(map(len, rows)) + 2
    for label, value in rows.items():
        lines = wrapped(value, label.ljust(left))
        if "made-up" in value:
            for line in lines:
                _print(line, "yellow")
        else:
            _write(lines)


def table(
    columns: Mapping[str, str], rows: Iterable[Sequence[object]], *, fold: str | None = None
) -> None:
    """Print a table to stdout; one of 17,000 rows takes a fraction of a second, where rich's own takes many.

    Parameters
    ----------
    columns : mapping of header to ``"left"`` or ``"right"``
    rows : iterable of sequences
        Cells as text; None is an empty cell.
    fold : str, optional
        The last column, where it wraps when the terminal is too narrow; the others are shown whole.
    """
    cells = [["" if cell is None else readable(cell) for cell in row] for row in rows]
    heads = [readable(head) for head in columns]
    widths = [max(map(_width, column)) for column in zip(heads, *cells, strict=True)]
    right = [side == "right" for side in columns.values()]

    def line(row: Sequence[str]) -> list[str]:
        return [
            " " * (width - _width(cell)) + cell if at_right else cell + " " * (width - _width(cell))
            for cell, width, at_right in zip(row, widths, right, strict=True)
        ]

    left = sum(widths[:-1]) + 2 * len(widths[:-1])
    room = max(console().width - left, _NARROWEST) if fold is not None else widths[-1]
    rule = [
        "─" * min(width, room if at == len(widths) - 1 else width)
        for at, width in enumerate(widths)
    ]
    _print("  ".join(line(heads)).rstrip(), "bold")
    _write([readable("  ".join(rule))])
    if fold is None:
        _write("  ".join(line(row)).rstrip() for row in cells)
        return
    for row in cells:
        _write(wrapped(row[-1], "".join(f"{cell}  " for cell in line(row)[:-1])))


def _print(line: str, style: str) -> None:
    """Write a line as it is, in a style."""
    console().print(Text(line, style=style, overflow="ignore", no_wrap=True), soft_wrap=True)


def _write(lines: Iterable[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def json_document(document: object) -> None:
    """Print the one JSON document of a command to stdout."""
    sys.stdout.write(json.dumps(plain(document), indent=2, allow_nan=False) + "\n")


_PATIENCE = 1.0
"""Seconds before the bar shows: what is over sooner needs none."""
_EVERY = 0.05
"""Seconds between two updates: a caller may report every bar of a long run."""


class Bar:
    """A context that draws ``bar(stage, done, total)`` on stderr where that is a terminal, and cleans up after itself."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._wanted = not quiet and sys.stderr.isatty()
        self._progress: Progress | None = None
        self._begun = self._drawn = 0.0

    def __enter__(self) -> Bar:
        self._begun = time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say how much of a stage is done."""
        now = time.monotonic()
        if (
            not self._wanted
            or now - self._begun < _PATIENCE
            or (now - self._drawn < _EVERY and done < total)
        ):
            return
        self._drawn = now
        if self._progress is None:
            self._progress = _progress()
            self._progress.start()
        known = {task.description: task.id for task in self._progress.tasks}
        task = known.get(stage)
        if task is None:
            task = self._progress.add_task(stage, total=total)
        self._progress.update(task, completed=done, total=total)


def _progress() -> Progress:
    from rich import progress  # a twentieth of the time that `shortable --help` takes

    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TaskProgressColumn(),
        progress.TimeRemainingColumn(),
        console=console(sys.stderr),
        transient=True,
    )
