"""``shortable status``: how collecting goes, and what a data folder holds."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from shortable.cli.options import AsJson, DataPath, MaxAge, max_age_of
from shortable.cli.terminal import age, count, json_document, minute, say, table, warn

if TYPE_CHECKING:
    from shortable.collect import Status

__all__ = ["status"]


def status(
    data: DataPath = None,
    calendar: Annotated[
        str,
        typer.Option(
            "--calendar",
            metavar="NAME",
            help="Whose days are sessions: weekdays, or exchange for each market's own calendar.",
        ),
    ] = "weekdays",
    max_age: MaxAge = "7",
    as_json: AsJson = False,
) -> None:
    """Say how each collector goes, and of each store the newest snapshot, gaps, stale repeats and identities.

    A session is missing if no snapshot became known on its date, from the store's first one to yesterday.
    """
    from shortable.collect import status as find

    chosen = cast(Literal["weekdays", "exchange"], calendar)
    found = find(data, calendar=chosen, max_age=max_age_of(max_age))
    if as_json:
        json_document(_document(found))
        return
    now = datetime.now(UTC)
    say(f"{found.folder}", style="bold")
    if found.made_up_fallback:
        warn("no data folder was named: this is the made-up sample")
    _collectors(found, now)
    _stores(found, now)
    _figures(found, now)


def _collectors(found: Status, now: datetime) -> None:
    say()
    if not found.collectors:
        say("Nothing is collected into this folder; shortable collect lists the sources.")
        return
    say("Collectors", style="bold")
    heads = {
        "source": "left",
        "last pass": "left",
        "last new": "left",
        "files": "right",
        "failing": "right",
        "failed": "right",
        "refused": "right",
        "waiting": "right",
        "rows": "right",
        "rejected": "right",
    }
    table(
        heads,
        [
            (
                c.source,
                _ago(c.last_pass, now),
                _ago(c.last_stored, now),
                *map(
                    count, (c.files, c.failing, c.failed, c.refused, c.waiting, c.rows, c.rejected)
                ),
            )
            for c in found.collectors
        ],
    )
    for c in found.collectors:
        if c.error:
            say(f"{c.source}: {c.error}")


def _stores(found: Status, now: datetime) -> None:
    if not found.stores:
        return
    say()
    say(f"Availability; sessions are {_sessions(found.calendar)}", style="bold")
    heads = {
        "broker": "left",
        "market": "left",
        "newest (UTC)": "left",
        "age": "right",
        "snapshots": "right",
        "missing": "right",
        "gaps": "right",
        "repeats": "right",
        "partial": "right",
        "jumps": "right",
        "notes": "left",
    }
    rows = []
    for s in found.stores:
        if s.error or s.newest is None:
            rows.append((s.broker, s.market.value, *[""] * 8, s.error))
            continue
        numbers = (s.snapshots, s.missing, s.gaps, s.repeats, s.partial, s.jumps)
        notes = ["silent"] * bool(s.silent) + ["made-up"] * s.made_up
        rows.append(
            (
                s.broker,
                s.market.value,
                minute(s.newest.replace(tzinfo=None, microsecond=0)),
                age(max(now - s.newest, timedelta(0))),
                *(count(n or 0) for n in numbers),
                ", ".join(notes),
            )
        )
    table(heads, rows)


def _figures(found: Status, now: datetime) -> None:
    if not found.figures:
        return
    say()
    say("Other figures", style="bold")
    heads = {
        "dataset": "left",
        "source": "left",
        "market": "left",
        "newest": "left",
        "public": "left",
        "dates": "right",
        "missing": "right",
        "rows": "right",
        "notes": "left",
    }
    table(
        heads,
        [
            (
                f.dataset,
                f.source,
                f.market.value,
                f.newest_date,
                _ago(f.newest, now),
                *("" if n is None else count(n) for n in (f.dates, f.missing, f.rows)),
                f.error,
            )
            for f in found.figures
        ],
    )
    checks = [(f, check) for f in found.figures for check in f.identities]
    if checks:
        say()
        say("Identities", style="bold")
        for figures, check in checks:
            say(f"{figures.source} {figures.market.value}: {check}")


def _sessions(calendar: str) -> str:
    return "weekdays" if calendar == "weekdays" else "those of each market's own calendar"


def _ago(moment: datetime | None, now: datetime) -> str:
    return "never" if moment is None else f"{age(max(now - moment, timedelta(0)))} ago"


def _document(found: Status) -> dict[str, object]:
    return {
        "data_folder": str(found.folder),
        "made_up": found.made_up_fallback,
        "calendar": found.calendar,
        "collectors": [asdict(one) for one in found.collectors],
        "stores": [asdict(one) for one in found.stores],
        "figures": [
            asdict(one) | {"identities": [check.to_dict() for check in one.identities]}
            for one in found.figures
        ],
    }
