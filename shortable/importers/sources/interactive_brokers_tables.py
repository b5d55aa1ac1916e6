"""Archives of many Interactive Brokers short stock files in one table: the file's columns as text, and a time.

Such an archive keeps each file's ``#EOF`` line as a row, by whose count the snapshot is checked.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shortable.clock import from_instant, zone
from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers.source import Parsed, Steps
from shortable.importers.sources.interactive_brokers_rows import (
    COLUMNS,
    find_columns,
    snapshot_rows,
)
from shortable.importers.tables import Table, TableSource, open_table
from shortable.importers.times import coded_times, read_instant
from shortable.market import Market

__all__ = ["parse_archive"]

_TRAILER = "#EOF"


def parse_archive(
    source: TableSource,
    /,
    *,
    market: Market | str = Market.USA,
    time_column: str = "retrieved_utc",
    time_zone: str = "UTC",
    allow_truncated: bool = False,
    steps: Steps | None = None,
) -> Parsed:
    """Parse an archive of short stock files of one market; nothing is stored.

    Parameters
    ----------
    source : path, bytes, DataFrame or pa.Table
        Parquet or CSV. Columns, in any order and case: sym, cur, rebaterate, feerate (percent a year),
        available, all as the text of the vendor's file, and the time; others are not read.
    market : Market or str, default USA
        Market of the archive.
    time_column : str, default "retrieved_utc"
        When the snapshot that a row belongs to was fetched, and so known.
    time_zone : str, default "UTC"
        Zone of that column where it is naive.
    allow_truncated : bool, default False
        Take a snapshot whose ``#EOF`` row is missing or states another count as a partial one.
    steps : callable, optional
        Called with the numbers of snapshots read and of all.

    Returns
    -------
    Parsed
        The ``#EOF`` rows are counted as trailers. Its notes name where the ticker ``NA``, which pandas takes
        for a missing value, was restored.

    Raises
    ------
    ImportRefusedError
        The archive is not one, or a snapshot in it is not whole.
    """
    market = Market(market)
    zone(time_zone)
    archive = open_table(source)
    where = find_columns(archive.names, archive.name)
    if time_column not in archive.names:
        raise InvalidInputError(
            "time_column",
            time_column,
            f"be a column of {archive.name}",
            f"It has {', '.join(archive.names)}.",
        )
    text = {name: archive.cells(archive.names[at]) for name, at in where.items()}
    table = pa.table(text)
    parsed = Parsed(archive.name, rows_read=archive.n_rows)
    if archive.text is not None and archive.text.malformed:
        line, _ = archive.text.malformed[0]
        raise ImportRefusedError(f"{archive.name}: line {line} does not have the header's cells")
    groups = _groups(archive, time_column, time_zone, market)
    trailer = np.array(
        pc.starts_with(pc.utf8_upper(pc.utf8_trim_whitespace(text["sym"])), _TRAILER)
    )
    restored = 0
    for done, (as_of, rows) in enumerate(groups):
        if steps is not None:
            steps(done, len(groups))
        restored += _add_snapshot(
            parsed, archive, table, rows, trailer[rows], as_of, market, allow_truncated
        )
    if steps is not None:
        steps(len(groups), len(groups))
    if restored:
        parsed.notes.append(
            f"the one empty symbol of {restored} snapshot{'s' * (restored > 1)} was read as NA, "
            "the ticker that pandas takes for a missing value"
        )
    if not parsed.snapshots:
        raise ImportRefusedError(f"{archive.name}: no row can be used; {parsed.rejects[0].reason}")
    return parsed


def _groups(
    archive: Table, time_column: str, time_zone: str, market: Market
) -> list[tuple[int, npt.NDArray[np.int64]]]:
    """Return each snapshot's instant and its rows in the archive's order, by time."""
    values, indices = coded_times(archive.values(time_column))
    if indices.null_count:
        row = int(np.flatnonzero(np.array(indices.is_null()))[0])
        raise ImportRefusedError(
            f"{archive.name}: row {archive.locate(row)[0]} has no {time_column}"
        )
    instants = [read_instant(value, market, time_zone) for value in values]
    for instant in instants:
        if isinstance(instant, str):
            raise ImportRefusedError(f"{archive.name}: column {time_column!r}: {instant}")
    of_row = np.array(instants, dtype=np.int64)[np.array(indices)]
    order = np.argsort(of_row, kind="stable")
    starts = np.flatnonzero(np.diff(of_row[order], prepend=of_row[order[0]] - 1))
    return [(int(of_row[rows[0]]), rows) for rows in np.split(order, starts[1:])]


def _add_snapshot(
    parsed: Parsed,
    archive: Table,
    table: pa.Table,
    rows: npt.NDArray[np.int64],
    trailer: npt.NDArray[np.bool_],
    as_of: int,
    market: Market,
    allow_truncated: bool,
) -> bool:
    """Check one snapshot against its trailer and parse it; True where the ticker NA was restored."""
    parsed.pass_over("trailers", int(trailer.sum()))
    counts = table["cur"].take(pa.array(rows[trailer])).to_pylist()
    rows = rows[~trailer]
    when = f"the snapshot of {from_instant(as_of, market).isoformat(sep=' ')} ({market.time_zone})"
    fault = _fault(counts, len(rows))
    if fault and not allow_truncated:
        raise ImportRefusedError(
            f"{archive.name}: {when} was cut off: {fault}. Nothing was imported; allow truncated files "
            "to take such a snapshot as partial"
        )
    if not len(rows):
        raise ImportRefusedError(f"{archive.name}: {when} holds no rows; nothing was imported")
    part = table.take(pa.array(rows))
    part, restored = _restore_na(part)
    snapshot, rejects = snapshot_rows(
        part,
        as_of=as_of,
        complete=not fault,
        market=market,
        source=archive.name,
        locate=lambda row: archive.locate(int(rows[row])),
    )
    parsed.rejects += rejects
    if snapshot is not None:
        parsed.snapshots.append((market, snapshot))
    if fault:
        parsed.notes.append(f"{when} was cut off ({fault}): stored as a partial snapshot")
    return restored


def _fault(counts: list[Any], n_rows: int) -> str:
    if not counts:
        return f"its #EOF row is missing after {n_rows:,} rows"
    if len(counts) > 1:
        return f"it has {len(counts)} #EOF rows, so several files share its time"
    count = str(counts[0]).strip()
    # Archives made with pandas may show the count as 18797.0.
    stated = count.removesuffix(".0")
    if not stated.isdecimal() or int(stated) != n_rows:
        return f"its #EOF row counts {count!r} rows, and {n_rows:,} are there"
    return ""


def _restore_na(part: pa.Table) -> tuple[pa.Table, bool]:
    """Name the one empty symbol NA, unless a row of that name is there."""
    symbol = part["sym"].combine_chunks()
    bare = pc.utf8_trim_whitespace(symbol)
    empty = pc.equal(bare, "")
    if pc.sum(empty).as_py() != 1 or pc.any(pc.equal(pc.utf8_upper(bare), "NA")).as_py():
        return part, False
    named = pc.replace_with_mask(symbol, empty, pa.array(["NA"]))
    return part.set_column(COLUMNS.index("sym"), "sym", named), True
