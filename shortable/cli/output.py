"""Where text goes: tables and sentences to stdout, warnings and errors to stderr, JSON alone on stdout."""

from __future__ import annotations

import json
import os
import re
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from shortable.cli.formats import plain

__all__ = [
    "console",
    "field_lines",
    "fields",
    "json_document",
    "readable",
    "say",
    "table",
    "to_error",
    "warn",
    "wrapped",
]

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
    sys.stdout.flush()  # what was said before comes before
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


def json_document(document: Any) -> None:
    """Print the one JSON document of a command to stdout."""
    sys.stdout.write(json.dumps(plain(document), indent=2, allow_nan=False) + "\n")
