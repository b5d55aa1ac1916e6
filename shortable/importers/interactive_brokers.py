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

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from shortable.clock import parse_time, published_instant
from shortable.errors import ImportRefusedError, InvalidInputError, TimeError
from shortable.importers.base import Parsed, Progress, Reject, read_source, save, source_name
from shortable.importers.delimited import Delimited, read_delimited
from shortable.importers.interactive_brokers_frame import Frame, split_file
from shortable.importers.interactive_brokers_history import is_history, parse_history
from shortable.importers.interactive_brokers_rows import COLUMNS, VENDOR_ZONE, snapshot_rows
from shortable.importers.report import ImportReport
from shortable.market import Market
from shortable.store import check_broker

__all__ = ["import_interactive_brokers", "parse_file", "parse_source"]


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
    time_zone: str | None = None,
) -> Parsed:
    """Parse one raw file, or a Parquet archive of many; nothing is stored.

    Parameters are those of `import_interactive_brokers` and, for an archive, of `import_history`. `time_zone` is that
    of a naive `time` (default US Eastern), or of an archive's time column (default UTC).
    """
    if not is_history(file):
        zone_of_time = time_zone or VENDOR_ZONE
        return parse_file(
            file, time=time, time_zone=zone_of_time, allow_truncated=allow_truncated, market=market
        )
    if time is not None:
        raise InvalidInputError(
            "time", time, f"be left out for {source_name(file)}", "An archive has its own times."
        )
    return parse_history(
        file,
        market=market,
        allow_truncated=allow_truncated,
        time_column=time_column,
        time_zone=time_zone or "UTC",
    )


def parse_file(
    file: str | Path | bytes,
    *,
    time: datetime | str | None = None,
    time_zone: str = VENDOR_ZONE,
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
    frame = split_file(read_source(file), name)
    as_of = _published(frame.stamp, time, time_zone, name)
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


def _published(
    stamp: datetime | None, time: datetime | str | None, time_zone: str, name: str
) -> int:
    given = parse_time(time) if isinstance(time, str) else time
    try:
        if stamp is None:
            if given is None:
                raise ImportRefusedError(
                    f"{name}: the file has no BOF line and so no time of its own; give `time`, when it was "
                    "published (US Eastern wall time, or an aware datetime)"
                )
            return published_instant(given, time_zone=time_zone)
        as_of = published_instant(stamp, time_zone=VENDOR_ZONE)
        if given is not None and published_instant(given, time_zone=time_zone) != as_of:
            raise ImportRefusedError(
                f"{name}: time={given.isoformat(sep=' ')} contradicts the file's own time, "
                f"{stamp.isoformat(sep=' ')} US Eastern; leave `time` out"
            )
    except TimeError as error:
        raise ImportRefusedError(f"{name}: {error}") from None
    return as_of


def _fault(frame: Frame, rows: Delimited, name: str) -> str:
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
