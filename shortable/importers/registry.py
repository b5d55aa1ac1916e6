"""Importers by the name that the command line knows them by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers.base import Progress, save
from shortable.importers.finra import parse_finra
from shortable.importers.interactive_brokers import parse_source
from shortable.importers.lean import parse_lean
from shortable.importers.report import ImportReport
from shortable.importers.sfc import parse_sfc
from shortable.importers.short_interest import save_short_interest
from shortable.importers.table import parse_table
from shortable.store import check_broker

__all__ = ["SOURCES", "import_source"]


@dataclass(frozen=True, slots=True)
class _Source:
    """A kind of source: what parses one path of it, and which options it takes."""

    parse: Callable[..., Any]
    options: tuple[str, ...]
    about: str
    of_broker: bool = True
    """Availability, which is some broker's; short interest is the publisher's own."""


SOURCES: Mapping[str, _Source] = {
    "ibkr": _Source(
        parse_source,
        ("market", "time", "allow_truncated", "time_column", "time_zone"),
        "Interactive Brokers short stock files (usa.txt), or a Parquet archive of them",
    ),
    "lean": _Source(parse_lean, ("market",), "a LEAN short-availability folder"),
    "table": _Source(
        parse_table,
        ("columns", "market", "time", "time_zone", "rates", "complete", "delimiter"),
        "a CSV or Parquet table with one row for each symbol and time",
    ),
    "finra": _Source(
        parse_finra,
        ("lag", "published"),
        "FINRA's short interest (shrt20210115.csv)",
        of_broker=False,
    ),
    "sfc": _Source(
        parse_sfc,
        ("lag", "published"),
        "the SFC's aggregated short positions of Hong Kong",
        of_broker=False,
    ),
}
"""What `import_source` can import."""


def import_source(
    kind: str,
    paths: str | Path | Sequence[str | Path],
    *,
    broker: str | None = None,
    data_folder: str | Path | None = None,
    replace: bool = False,
    progress: Progress | None = None,
    **options: Any,
) -> ImportReport:
    """Import files of one kind; all are parsed before the store is touched.

    Parameters
    ----------
    kind : "ibkr", "lean", "table", "finra" or "sfc"
        What they are.
    paths : path or sequence of paths
        Files; folders for ``"lean"``.
    broker : str, optional
        Store to write; needed for availability, and left out for short interest (``"finra"`` and ``"sfc"``).
    data_folder : path, optional
        Default: the environment's ``SHORTABLE_DATA``, else ``./data``.
    replace : bool, default False
        Replace different snapshots of the same times instead of refusing.
    progress : callable, optional
        Called with ("read" or "write", done, total).
    **options
        Of the kind's own importer; None means that it was not given.

    Raises
    ------
    InvalidInputError
        An unknown kind, no broker where one is needed, or an option that the kind does not have.
    ImportRefusedError
        A file cannot be used; the message begins with its name and nothing was stored.
    """
    if kind not in SOURCES:
        raise InvalidInputError("source", kind, f"be one of {', '.join(SOURCES)}")
    source = SOURCES[kind]
    if source.of_broker:
        check_broker(broker)
    elif broker is not None:
        raise InvalidInputError(
            "broker", broker, f"be left out for {kind!r}", "Its figures are no broker's."
        )
    given = {name: value for name, value in options.items() if value is not None}
    for name, value in given.items():
        if name not in source.options:
            raise InvalidInputError(
                name, value, f"be left out for {kind!r}", f"It takes {', '.join(source.options)}."
            )
    if kind == "lean":
        given["broker"] = broker
    files = [paths] if isinstance(paths, (str, Path)) else list(paths)
    if not files:
        raise ImportRefusedError("no file was given; nothing was imported")
    parsed = []
    for done, path in enumerate(files):
        if progress is not None:
            progress("read", done, len(files))
        parsed.append(source.parse(path, **given))
    if progress is not None:
        progress("read", len(files), len(files))
    write = save if broker is not None else save_short_interest
    return write(
        parsed, broker or kind, data_folder=data_folder, replace=replace, progress=progress
    )
