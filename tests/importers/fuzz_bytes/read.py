"""The small files of each source, and what a source owes whatever it is given.

That is one of two things: an error of ours, or rows that its declaration permits, with every row of the file accounted for.
"""

from __future__ import annotations

import math
import random
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from shortable.clock import from_instant
from shortable.errors import ShortableError
from shortable.importers.source import Parsed, Source
from tests.importers.fuzz import CELLS

SEEDS = Path(__file__).parent / "seeds"
"""A folder of each source: files, or a folder of LEAN's with files deep in it."""
_ASKED = {"time": "2026-07-24T10:00-04:00"}
OPTIONS: Mapping[str, Mapping[str, object]] = {
    "lean": {"broker": "axos"},
    "table/loans.csv": {"rates": "fraction", "start_of_day": True},
    "alpaca": _ASKED,
    "futu": _ASKED,
    "schwab": {**_ASKED, "rates": "percent"},
    "tiger": _ASKED,
    "tradier": _ASKED,
    "twse/open_data.json": {"session": "2025-03-04"},
    "longbridge": {"symbol": "700.HK"},
    "nse/positions.csv": {"day": "2026-09-18"},
    "asic/day.csv": {"date": "2024-01-10"},
    "netshort": {"market": "uk", "rates": "percent"},
    "china-margin/szse.csv": {"date": "2024-01-10"},
    "china-eligible/szse.csv": {"date": "2024-01-10"},
    "actions/yahoo.csv": {"symbol": "GME"},
}
"""What the seeds of a source, or one of them, leave open."""
SIGNED = re.compile("adjusted|change|limit|(fee|rebate|lender)_rate.*|fee_per_share.*|fees")
"""Columns that may lie below 0: corrections, changes, quotas that overflowed at their publisher, and what a loan costs."""
YEARS = range(1980, 2202)
"""In which dates and times lie; a source may count from some days after the last."""
ODD = (*CELLS, '"\\ud800"', "4\x1c", "9" * 5_000, "[" * 5_000, "0024-05-06")
"""Cells that a file may hold; the last ones ended in Python's own errors, or in a list of the year 24."""


class WrongRowsError(AssertionError):
    """A file was read as something that its source may not state."""


@dataclass(frozen=True)
class Asked:
    """How a reader is asked for a file."""

    place: Path | None
    """Where in a folder of LEAN's it lies; None: it is given as bytes."""
    options: Mapping[str, object]
    """The options that are given with it."""


def seeds(source: str) -> list[tuple[Asked, bytes]]:
    """Return the small files of a source, each with how it is asked for."""
    found = []
    for path in sorted(path for path in (SEEDS / source).rglob("*") if path.is_file()):
        place = path.relative_to(SEEDS / source)
        options = {**OPTIONS.get(source, {}), **OPTIONS.get(f"{source}/{path.name}", {})}
        found.append((Asked(place if place.parts[1:] else None, options), path.read_bytes()))
    return found


def read(source: Source, data: bytes, asked: Asked) -> Parsed | None:
    """Read one input and hold what comes out against the declaration; None: it was refused with an error of ours."""
    with tempfile.TemporaryDirectory() if asked.place else nullcontext("") as folder:
        file: bytes | Path = data
        if asked.place is not None:
            file = Path(folder)
            (file / asked.place).parent.mkdir(parents=True)
            (file / asked.place).write_bytes(data)
        try:
            parsed = source.parse(file, **dict.fromkeys(source.needs) | asked.options)
        except ShortableError:
            return None
    if wrong := next(faults(source, parsed), None):
        raise WrongRowsError(wrong)
    return parsed


def faults(source: Source, parsed: Parsed) -> Iterator[str]:
    """Say what of a file that was read the declaration of its source does not permit."""
    figures = [*parsed.figures, *parsed.also]
    stated = {dataset.name.replace("_", " ") for dataset, _, _ in figures}
    stated |= {"availability"} if parsed.snapshots else set()
    stated |= {"corporate actions"} if len(parsed.actions) else set()
    if not (stated or parsed.notes) or not stated <= set(
        source.states
    ):  # a note: a closed day's list
        yield f"it states {sorted(stated)}, not {source.states}"
    markets = {market for market, _ in parsed.snapshots} | {market for _, market, _ in figures}
    if source.market is not None and not markets <= {source.market}:
        yield f"it is of {sorted(markets)}, not {source.market}"
    rows = sum(snapshot.rows for _, snapshot in parsed.snapshots) + len(parsed.actions)
    rows += sum(table.num_rows for _, _, table in parsed.figures)
    if parsed.rows_read != rows + len(parsed.rejects) + sum(parsed.passed_over.values()):
        yield f"rows: {parsed.rows_read} were read, {rows} are stored, {len(parsed.rejects)} rejected, {parsed.passed_over}"
    for _, snapshot in parsed.snapshots:
        if not _may_be("as_of", from_instant(snapshot.as_of)):
            yield f"as_of is {from_instant(snapshot.as_of)}"
        yield from _wrong_cells(snapshot.table.to_pylist())
    for dataset, _, table in figures:
        if table.schema != dataset.schema:
            yield f"the columns of {dataset.name} are {table.schema}"
        listed = table.to_pylist()
        yield from _wrong_cells(listed)
        keys = {tuple(row[name] for name in (*dataset.key_names, "known_at")) for row in listed}
        if len(keys) < len(listed):
            yield f"two rows of {dataset.name} have one key"


def _wrong_cells(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        symbol = row["symbol"]
        if not symbol or not symbol.isprintable() or symbol != symbol.strip():
            yield f"the symbol {symbol!r}"
        for name, cell in row.items():
            if not _may_be(name, cell):
                yield f"{name} of {symbol} is {cell}"


def _may_be(name: str, cell: object) -> bool:
    """Whether a column of that name may hold it: a finite number, negative in few columns only; a date of our time."""
    match cell:
        case float() | int():
            return math.isfinite(cell) and (cell >= 0 or SIGNED.fullmatch(name) is not None)
        case date():
            return cell.year in YEARS
    return True


def spoiled(data: bytes, chance: random.Random) -> bytes:
    """Cut a file at one of its separators, and replace, lose, double or move a piece: what a change of bytes seldom hits on."""
    by = chance.choice([mark for mark in b'\n,|;\t":' if mark in data] or [10])
    pieces = data.split(bytes([by]))
    at, other = chance.randrange(len(pieces)), chance.randrange(len(pieces))
    piece = pieces.pop(at)
    match chance.randrange(4):
        case 0:
            pieces.insert(at, chance.choice(ODD).encode("utf-8", "surrogatepass"))
        case 1:
            pieces[at:at] = [piece, piece]
        case 2:
            pieces.insert(other, piece)
    return bytes([by]).join(pieces)
