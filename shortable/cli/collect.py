"""``shortable collect``: a source fetched once, or for years, into the store."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shortable.cli.options import WrittenPath, broker_names, market_names, market_of
from shortable.cli.terminal import count, json_document, minute, plain, say, table
from shortable.errors import CollectError, InvalidInputError

if TYPE_CHECKING:
    from shortable.collect import CycleReport, FileOutcome, Job

__all__ = ["collect"]


def _sources(incomplete: str) -> list[str]:
    from shortable.collect import COLLECTORS

    return [name for name in COLLECTORS if name.startswith(incomplete)]


def collect(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[SOURCE]",
            help="What to collect; without it the sources are listed, with their publishers' terms.",
            autocompletion=_sources,
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        str | None, typer.Option("--every", metavar="15m", help="Go on: a pass every so often.")
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at",
            metavar="HH:MM",
            help="Go on: a pass every day at that time; may be repeated.",
            show_default=False,
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="One pass, for cron.")] = False,
    time_zone: Annotated[
        str | None,
        typer.Option(
            "--time-zone",
            metavar="ZONE",
            help="Of --at. Default: the publisher's.",
            show_default=False,
        ),
    ] = None,
    market: Annotated[
        list[str] | None,
        typer.Option(
            "--market",
            "-m",
            metavar="MARKET",
            help="Which market's file; may be repeated. Default: the source's usual ones.",
            autocompletion=market_names,
            show_default=False,
        ),
    ] = None,
    symbol: Annotated[
        list[str] | None,
        typer.Option(
            "--symbol",
            metavar="SYMBOL",
            help="Which symbol's file, where each has its own; may be repeated.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="DATE",
            help="First day, where each has its own file. Default: ten days ago.",
            show_default=False,
        ),
    ] = None,
    broker: Annotated[
        str | None,
        typer.Option(
            "--broker",
            "-b",
            metavar="NAME",
            help="Store of availability. Default: the source's own.",
            autocompletion=broker_names,
            show_default=False,
        ),
    ] = None,
    data: WrittenPath = None,
    keep_raw: Annotated[
        bool, typer.Option("--keep-raw", help="Keep every file as it was fetched, gzipped.")
    ] = False,
    url: Annotated[
        str | None,
        typer.Option(
            "--url",
            metavar="URL",
            help="Address of the file, or, ending in /, of the host's root, in place of the usual one.",
            show_default=False,
        ),
    ] = None,
    hosts: Annotated[
        Path | None,
        typer.Option(
            "--hosts",
            metavar="FILE.toml",
            help="Addresses over the usual ones. Default: $SHORTABLE_HOSTS.",
            show_default=False,
        ),
    ] = None,
    user_agent: Annotated[
        str | None,
        typer.Option(
            "--user-agent",
            metavar="TEXT",
            help="What requests call themselves; some publishers ask for a name and an address.",
            show_default=False,
        ),
    ] = None,
    attempts: Annotated[
        int, typer.Option("--attempts", metavar="N", help="Tries of one file in one pass.")
    ] = 5,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print one JSON document a pass; of several, each on a line."),
    ] = False,
) -> None:
    """Fetch what a source publishes, once or for years, and import what is new.

    What was fetched whole is never lost: it is in the store, or waits for the next pass, or lies in collect/SOURCE/refused.
    """
    from shortable.collect import COLLECTORS, Job, Patience, read_at, read_every, watch
    from shortable.collect import collect as collect_once

    if source is None:
        _list(as_json)
        return
    # What stamina would say of every try; the outcome says it once.
    logging.getLogger("stamina").addHandler(logging.NullHandler())
    given = [name for name, value in (("--once", once), ("--every", every), ("--at", at)) if value]
    if source in COLLECTORS and len(given) != 1:
        suggested = COLLECTORS[source].suggested
        raise InvalidInputError(
            "--once, --every or --at",
            ", ".join(given) or None,
            "be one of the three",
            f"For {source}: {suggested}, or --once.",
        )
    job = Job(
        source=source,
        data_folder=data,
        broker=broker,
        markets=tuple(dict.fromkeys(market_of(name) for name in market or ())),
        symbols=tuple(dict.fromkeys(symbol or ())),
        since=_day(since),
        url=url,
        hosts=hosts,
        keep_raw=keep_raw,
        user_agent=user_agent,
        patience=Patience(attempts=attempts),
    )
    if once:
        report = collect_once(job, tell=_reporter(job, quiet=as_json))
        if as_json:
            json_document(_document(report))
        if report.bad:
            first = report.bad[0]
            more = f", and {count(len(report.bad) - 1)} more" if len(report.bad) > 1 else ""
            raise CollectError(f"{first.key}: {first.outcome}: {first.detail}{more}")
        return
    schedule = (
        read_every(every)
        if every is not None
        else read_at(at or [], time_zone or job.collector.time_zone)
    )
    watch(job, schedule, tell=_reporter(job, quiet=as_json), passed=_line if as_json else _nothing)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInputError("--since", text, "be a date such as 2025-01-31") from None


def _reporter(job: Job, *, quiet: bool) -> Callable[[FileOutcome], None]:
    def report(outcome: FileOutcome) -> None:
        if not quiet:
            at = minute(job.clock.now().replace(tzinfo=None, microsecond=0))
            # Unattended, this goes to a log: every line is to be there when it was written.
            typer.echo(f"{at}Z  {outcome.key}  {outcome.outcome}: {outcome.detail}".rstrip(": "))

    return report


def _nothing(report: CycleReport) -> None:
    return


def _line(report: CycleReport) -> None:
    typer.echo(json.dumps(plain(_document(report))))


def _document(report: CycleReport) -> dict[str, object]:
    return {
        "source": report.source,
        "started": report.started,
        "files": [
            {
                "file": f.key,
                "outcome": f.outcome,
                "detail": f.detail,
                "rows": f.rows,
                "rejected": f.rejected,
            }
            for f in report.files
        ],
    }


def _list(as_json: bool) -> None:
    from shortable.collect import COLLECTORS, read_hosts
    from shortable.importers import SOURCES

    hosts = read_hosts()
    if as_json:
        json_document(
            [
                {
                    "source": row.source,
                    "about": SOURCES[row.source].about,
                    "host": hosts[row.host].base,
                    "suggested": row.suggested,
                    "time_zone": row.time_zone,
                    "terms": row.terms,
                }
                for row in COLLECTORS.values()
            ]
        )
        return
    table(
        {"source": "left", "suggested": "left", "host": "left", "what": "left"},
        [
            (row.source, row.suggested, hosts[row.host].base, SOURCES[row.source].about)
            for row in COLLECTORS.values()
        ],
        fold="what",
    )
    say()
    say("Terms of use", style="bold")
    table(
        {"source": "left", "terms": "left"},
        [(row.source, row.terms) for row in COLLECTORS.values()],
        fold="terms",
    )
