"""Files that are damaged on purpose, and what every parser owes them: an error of ours, or every row accounted for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from shortable.errors import ShortableError
from shortable.importers import Source
from shortable.importers.source import Parsed

CELLS = (
    "",
    "0",
    "-1",
    "1.5",
    "12,345",
    "1e400",
    "999999999999999999999",
    "NaN",
    "None",
    "true",
    "NA",
    "－",
    "１２",
    '"',
    '="0050"',
    "2021-02-30",
    "99/99/9999",
    "00000000",
    "\x00",
    "\ud7ff",
    "<html>",
    "A" * 40,
    ".",
    ";",
    "|",
)
"""Cells that vendors' files have held, or could."""


@st.composite
def damaged(draw: st.DrawFn, text: bytes, *, separators: str = ",|;\t") -> bytes:
    """Return a file with up to four damages: lines cut, doubled, lost or swapped, cells replaced or lost, bytes flipped."""
    data = text
    for _ in range(draw(st.integers(1, 4))):
        lines = data.split(b"\n")
        at = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.integers(0, 6))
        if kind == 0:
            data = data[: draw(st.integers(0, len(data)))]
            continue
        if kind == 1:
            lines.insert(at, lines[at])
        elif kind == 2:
            del lines[at]
        elif kind == 3:
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        elif kind in (4, 5):
            found = [s.encode() for s in separators if s.encode() in lines[at]]
            by = draw(st.sampled_from(found)) if found else b","
            cells = lines[at].split(by)
            cell = draw(st.integers(0, len(cells) - 1))
            if kind == 4:
                cells[cell] = draw(st.sampled_from(CELLS)).encode("utf-8", "surrogatepass")
            else:
                del cells[cell]
            lines[at] = by.join(cells)
        elif data:
            place = draw(st.integers(0, len(data) - 1))
            data = data[:place] + bytes([draw(st.integers(0, 255))]) + data[place + 1 :]
            continue
        data = b"\n".join(lines)
    return data


@st.composite
def damaged_json(draw: st.DrawFn, document: Any) -> Any:
    """Return a document in which up to three values are replaced, lost or doubled, at any depth."""
    for _ in range(draw(st.integers(1, 3))):
        document = _damage(draw, document)
    return document


def _damage(draw: st.DrawFn, value: Any) -> Any:
    odd = st.sampled_from([None, True, 0, -1, 1.5, 1e300, "", "x", [], {}, [[]], [None], *CELLS])
    if not value or not isinstance(value, (dict, list)) or draw(st.integers(0, 9)) == 0:
        return draw(odd)
    if isinstance(value, dict):
        key = draw(st.sampled_from(sorted(value)))
        if draw(st.integers(0, 5)) == 0:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: _damage(draw, value[key])}
    at = draw(st.integers(0, len(value) - 1))
    if draw(st.integers(0, 5)) == 0:
        return value[:at] + value[at + 1 :]
    if draw(st.integers(0, 5)) == 0:
        return [*value, value[at]]
    return [*value[:at], _damage(draw, value[at]), *value[at + 1 :]]


def rows_of(parsed: Parsed) -> list[dict[str, Any]]:
    """Return every row that would be stored, with its market, and its instant where it is availability."""
    stored = [
        {"market": market.value, "as_of": snapshot.as_of, **row}
        for market, snapshot in parsed.snapshots
        for row in snapshot.table.to_pylist()
    ]
    return stored + [
        {"market": market.value, "dataset": dataset.name, **row}
        for dataset, market, table in parsed.figures
        for row in table.to_pylist()
    ]


def read_or_refused(
    source: Source, data: bytes, known: Callable[[dict[str, Any]], bool], **options: Any
) -> Parsed | None:
    """Parse a file: an error of ours, or every row counted once and every stored row `known`.

    Parameters
    ----------
    source : Source
    data : bytes
        The file.
    known : callable
        Says of a stored row whether the file states it, by a reading of its own.
    """
    try:
        parsed = source.parse(data, **dict.fromkeys(source.needs), **options)
    except ShortableError:
        return None
    rows = rows_of(parsed)
    assert parsed.rows_read == len(rows) + len(parsed.rejects) + sum(parsed.passed_over.values())
    assert rows or parsed.also, "a file that states nothing is refused"
    for row in rows:
        assert known(row), row
    return parsed
