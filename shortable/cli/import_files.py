"""``shortable import``: vendors' files into the store, and what became of every row."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortable.cli.options import (
    AsJson,
    WrittenPath,
    broker_names,
    market_names,
    market_of,
    source_names,
)
from shortable.cli.terminal import Bar, count, json_document, minute, say, table, to_error, utc_of
from shortable.clock import parse_time, published_instant, zone
from shortable.errors import InvalidInputError

if TYPE_CHECKING:
    from shortable.importers import ImportReport

__all__ = ["import_files"]

_LONGBRIDGE = "longbridge"
_PUBLISHED = ("finra", "sfc", _LONGBRIDGE)
"""Sources of short interest: ``--time`` says when the file was published (or fetched), in place of the schedule."""
_SHOWN = 6
"""Snapshots and rejects that are shown: the report fits a screen of 24 lines."""


def import_files(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="Availability: ibkr (short stock files or their archive), lean or table. "
            "Short interest: finra, sfc or longbridge (saved JSON).",
            autocompletion=source_names,
        ),
    ],
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Files; for lean its folder.", show_default=False),
    ],
    broker: Annotated[
        str | None,
        typer.Option(
            "--broker",
            "-b",
            metavar="NAME",
            help="Whose availability, such as interactivebrokers; not for short interest.",
            show_default=False,
            autocompletion=broker_names,
        ),
    ] = None,
    market: Annotated[
        str | None,
        typer.Option(
            "--market",
            "-m",
            metavar="MARKET",
            help="Market of the files. Default: usa.",
            show_default=False,
            autocompletion=market_names,
        ),
    ] = None,
    data: WrittenPath = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a different snapshot of the same time.")
    ] = False,
    time: Annotated[
        str | None,
        typer.Option(
            "--time",
            metavar="TIME",
            help="When files without a time of their own were published; short interest: in place of the schedule.",
        ),
    ] = None,
    time_zone: Annotated[
        str | None,
        typer.Option("--time-zone", metavar="ZONE", help="IANA zone of times without an offset."),
    ] = None,
    allow_truncated: Annotated[
        bool,
        typer.Option("--allow-truncated", help="ibkr: take a file that was cut off as partial."),
    ] = False,
    time_column: Annotated[
        str | None,
        typer.Option("--time-column", metavar="COLUMN", help="ibkr: column of an archive's times."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="FIELD=COLUMN",
            help="table: which column is which; may be repeated.",
        ),
    ] = None,
    percent: Annotated[
        bool, typer.Option("--percent", help="table: rates are percent, not fractions.")
    ] = False,
    complete: Annotated[
        bool,
        typer.Option("--complete", help="table: each snapshot lists all that can be borrowed."),
    ] = False,
    lag: Annotated[
        int | None,
        typer.Option(
            "--lag",
            metavar="DAYS",
            help="finra, sfc: from settlement to publication; business days (8), for sfc calendar days (7).",
            show_default=False,
        ),
    ] = None,
    symbol: Annotated[
        str | None,
        typer.Option(
            "--symbol",
            metavar="SYMBOL",
            help="longbridge: whose positions, where the response does not say it.",
            show_default=False,
        ),
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option("--rejects", metavar="FILE.csv", help="Write all rejected rows there."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import availability or short interest from vendors' files into the data folder.

    All files are read before anything is stored: if one cannot be used, the store stays as it was.
    Importing the same file again changes nothing.
    """
    from shortable.importers import import_source
    from shortable.importers.registry import SOURCES
    from shortable.store import writable_folder

    options: dict[str, Any] = {
        "market": None if market is None else market_of(market),
        "time": _time(source, time, time_zone),
        "time_zone": time_zone,
        "allow_truncated": allow_truncated or None,
        "time_column": time_column,
        "columns": _columns(column),
        "rates": "percent" if percent else None,
        "complete": complete or None,
        "lag": lag,
        "symbol": symbol,
    }
    if source in _PUBLISHED:
        options["published"] = options.pop("time")
        if time is not None:
            del options["time_zone"]  # the time is an instant by now
    kinds = [*SOURCES, _LONGBRIDGE]
    if source not in kinds:
        raise InvalidInputError("source", source, f"be one of {', '.join(kinds)}")
    if broker is None and source in SOURCES and SOURCES[source].of_broker:
        raise InvalidInputError(
            "--broker", None, "be given", "Whose availability is it, such as interactivebrokers?"
        )
    if rejects is not None and not rejects.absolute().parent.is_dir():
        raise InvalidInputError("--rejects", str(rejects), "be a file in a folder that exists")
    with Bar(quiet=as_json) as bar:
        more: dict[str, Any] = {"data_folder": data, "replace": replace, "progress": bar}
        if source == _LONGBRIDGE:
            report = _longbridge(files, broker, options, more)
        else:
            report = import_source(source, files, broker=broker, **more, **options)
    if rejects is not None:
        report.rejects.to_csv(rejects, index=False)
    if as_json:
        json_document(report.to_dict() | {"data_folder": str(writable_folder(data))})
    else:
        _show(report, writable_folder(data), rejects)


def _longbridge(
    files: list[Path], broker: str | None, options: dict[str, Any], more: dict[str, Any]
) -> ImportReport:
    """Import saved responses, which live a room above the importers."""
    from shortable.short_interest.saved_responses import import_longbridge

    fetched, symbol = options.pop("published"), options.pop("symbol")
    for name, value in {"broker": broker, **options}.items():
        if value is not None:
            raise InvalidInputError(
                name, value, f"be left out for {_LONGBRIDGE!r}", "It takes symbol, time."
            )
    return import_longbridge([*files], symbol=symbol, fetched=fetched, **more)


def _time(source: str, text: str | None, time_zone: str | None) -> datetime | str | None:
    """Return ``--time`` as the importer takes it: its text, or the instant where a zone says which."""
    if time_zone is not None:
        zone(time_zone)
    if text is None:
        return None
    moment = parse_time(text, parameter="--time")
    if (
        time_zone is None or source == "table"
    ):  # a table reads a bare date as the market's midnight (S2)
        return text
    return datetime.fromisoformat(utc_of(published_instant(moment, time_zone=time_zone)))


def _columns(given: list[str] | None) -> dict[str, str | None] | None:
    """Read ``--column FIELD=COLUMN``; an empty column says that the table does not have the field."""
    if not given:
        return None
    columns: dict[str, str | None] = {}
    for text in given:
        field, sign, name = text.partition("=")
        if not sign or not field:
            raise InvalidInputError(
                "--column", text, "read FIELD=COLUMN, such as quantity=AVAILABLE"
            )
        columns[field.strip()] = name or None
    return columns


def _show(report: ImportReport, folder: Path, rejects_file: Path | None) -> None:
    names = report.source.split(", ")
    source = (
        names[0] if len(names) == 1 else f"{names[0]} … {names[-1]} ({count(len(names))} files)"
    )
    say(f"{source} → {report.broker}, in {folder}", style="bold")
    parts = [f"{count(report.rows_stored)} stored"]
    if report.rows_unchanged:
        parts.append(f"{count(report.rows_unchanged)} stored before, unchanged")
    parts.append(f"{count(len(report.rejected))} rejected")
    parts += [f"{count(rows)} {kind}" for kind, rows in report.passed_over.items()]
    say(f"{count(report.rows_read)} rows read: {', '.join(parts)}")
    say()
    _show_snapshots(report)
    if report.rejected:
        _show_rejects(report, rejects_file)
    for note in report.notes:
        to_error("Note", note, "bold")


def _show_snapshots(report: ImportReport) -> None:
    shown = report.snapshots
    if len(shown) > _SHOWN:
        shown = (*shown[: _SHOWN // 2], *shown[-(_SHOWN // 2) :])
    rows: list[tuple[str, ...]] = [
        (
            s.market.value,
            minute(s.local_time),
            minute(s.utc_time),
            count(s.rows),
            "complete" if s.complete else "partial",
            s.state,
        )
        for s in shown
    ]
    if len(shown) < len(report.snapshots):
        rows.insert(
            _SHOWN // 2, ("…", f"{count(len(report.snapshots) - len(shown))} more", "", "", "", "")
        )
    heads = {
        "market": "left",
        "local time": "left",
        "UTC": "left",
        "rows": "right",
        "kind": "left",
        "state": "left",
    }
    table(heads, rows)


def _show_rejects(report: ImportReport, rejects_file: Path | None) -> None:
    total, many = len(report.rejected), len({r.source for r in report.rejected}) > 1
    say()
    say(f"Rejected rows ({count(total)})", style="bold")
    heads = ({"file": "left"} if many else {}) | {"line": "right", "reason": "left", "row": "left"}
    table(
        heads,
        [
            (*((r.source,) if many else ()), count(r.line), r.reason, r.text[:32])
            for r in report.rejected[:_SHOWN]
        ],
        fold="reason",
    )
    if rejects_file is not None:
        say(f"All are in {rejects_file}.")
    elif total > _SHOWN:
        say(f"… and {count(total - _SHOWN)} more; --rejects FILE.csv writes them all.")
