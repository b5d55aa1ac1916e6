"""Longbridge's responses, saved as JSON files, into the store."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from shortable.clock import parse_time
from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers import ImportReport
from shortable.importers.base import Progress, read_source, source_name
from shortable.importers.short_interest import ParsedShortInterest, save_short_interest
from shortable.short_interest.longbridge import SOURCE, from_json, to_table

__all__ = ["import_longbridge"]


def import_longbridge(
    files: str | Path | list[str | Path],
    *,
    symbol: str | None = None,
    fetched: datetime | str | None = None,
    data_folder: str | Path | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import responses in the documented form or the wire's; all are parsed before the store is touched.

    Parameters
    ----------
    files : path or list of paths
        JSON files of one market, each of one security.
    symbol : str, optional
        The security, where a response does not name it: the documented form does not.
    fetched : datetime or text, optional
        When they were fetched, aware or exchange-local: the latest that their rows were known.
    data_folder : path, optional
        Default: the environment's ``SHORTABLE_DATA``, else ``./data``.
    replace : bool, default False
        Let rows that contradict stored ones of the same publication take their place.
    progress : callable, optional
        Called with ("read" or "write", done, total).

    Raises
    ------
    ImportRefusedError
        A file is no JSON, an error response, of another market than the first, or has a row that cannot be read;
        the message begins with its name, and nothing was stored.
    SnapshotConflictError
        A row differs from the stored one of the same publication.
    """
    given = [files] if isinstance(files, (str, Path, bytes)) else list(files)
    if not given:
        raise ImportRefusedError("no file was given; nothing was imported")
    moment = parse_time(fetched, parameter="fetched") if isinstance(fetched, str) else fetched
    parsed: list[ParsedShortInterest] = []
    for done, file in enumerate(given):
        if progress is not None:
            progress("read", done, len(given))
        one = _parse(file, symbol, moment)
        if parsed and one.market is not parsed[0].market:
            raise ImportRefusedError(
                f"{one.source}: is of {one.market.value}, and {parsed[0].source} of {parsed[0].market.value}; "
                "import one market at a time"
            )
        parsed.append(one)
    if progress is not None:
        progress("read", len(given), len(given))
    return save_short_interest(
        parsed, SOURCE, data_folder=data_folder, replace=replace, progress=progress
    )


def _parse(file: str | Path, symbol: str | None, fetched: datetime | None) -> ParsedShortInterest:
    name = source_name(file)
    try:
        document = json.loads(read_source(file))
    except ValueError:
        raise ImportRefusedError(f"{name}: is no JSON; nothing was imported") from None
    try:
        positions = from_json(document, symbol)
    except InvalidInputError as error:
        raise ImportRefusedError(f"{name}: {error}") from None
    return ParsedShortInterest(name, positions.market, len(positions), to_table(positions, fetched))
