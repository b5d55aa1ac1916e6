"""``shortable coverage``: which snapshots a store has, and where it has none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortable.cli.options import (
    AsJson,
    Broker,
    DataPath,
    MarketName,
    MaxAge,
    market_of,
    max_age_of,
    time_of,
)
from shortable.cli.terminal import age, count, counted, fields, json_document, minute, say, table

if TYPE_CHECKING:
    import pandas as pd

    from shortable.store import Coverage

__all__ = ["coverage"]

_SHOWN = 4
"""Rows of each table that are shown: what there is to see fits a screen of 24 lines."""


def coverage(
    broker: Broker,
    market: MarketName = "usa",
    start: Annotated[
        str | None,
        typer.Option(
            "--start", metavar="DATE", help="Default: the first snapshot.", show_default=False
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(
            "--end", metavar="DATE", help="Default: the last snapshot.", show_default=False
        ),
    ] = None,
    max_age: MaxAge = "7",
    everything: Annotated[
        bool, typer.Option("--all", help="Show every row of every table.")
    ] = False,
    data: DataPath = None,
    as_json: AsJson = False,
) -> None:
    """Say which snapshots a broker's store has, which repeat an older one, and where it is silent.

    Sessions are the weekdays: a holiday counts as missing.
    """
    from shortable.store import coverage as find

    found = find(
        broker,
        market=market_of(market),
        data_folder=data,
        start=time_of(start, "--start"),
        end=_last(time_of(end, "--end")),
        max_age=max_age_of(max_age),
    )
    if as_json:
        json_document(_document(found))
    else:
        _show(found, None if everything else _SHOWN)


def _last(end: datetime | None) -> date | datetime | None:
    """Return a bare date as a date, which includes the whole day."""
    return end.date() if end is not None and end == datetime(end.year, end.month, end.day) else end


def _show(found: Coverage, limit: int | None) -> None:
    rows, zone = found.snapshots, found.market.time_zone
    say(f"{found.broker} · {found.market.value} · {zone}", style="bold")
    partial, stated = int((~rows["complete"]).sum()), int(rows["rows"].sum())
    overall = f"{count(len(rows))} ({count(partial)} partial), {count(stated)} rows"
    if len(rows):
        overall += (
            f", {minute(rows['local_time'].iloc[0])} to {minute(rows['local_time'].iloc[-1])}"
        )
    overview = {
        "store": str(found.path),
        "snapshots": overall,
        "stale repeats": count(len(found.repeats)),
    }
    overview["missing"] = _missing([day.date() for day in found.missing["session"]], limit)
    longest = "" if found.max_age is None else f" longer than {age(found.max_age)}"
    overview["gaps"] = f"{count(len(found.gaps))}{longest}"
    if bool(rows["made_up"].any()):
        overview["made up"] = (
            f"{counted(int(rows['made_up'].sum()), 'snapshot')} of made-up sample data"
        )
    fields(overview)
    heads = {"local time": "left", "UTC": "left", "rows": "right", "kind": "left"}
    _section("Snapshots", heads, _snapshots(rows), limit)
    repeats = [
        (minute(r["local_time"]), _local(r["repeats"], zone))
        for r in found.repeats.to_dict("records")
    ]
    _section("Stale repeats", {"local time": "left", "repeats": "left"}, repeats, limit)
    heads = {"from": "left", "to": "left", "length": "right", "silent from": "left"}
    gaps = [
        (
            minute(g["from_local"]),
            minute(g["to_local"]),
            age(g["length"]),
            minute(g["silent_from_local"]),
        )
        for g in found.gaps.to_dict("records")
    ]
    _section("Gaps", heads, gaps, limit)


def _snapshots(rows: pd.DataFrame) -> list[tuple[str, ...]]:
    return [
        (
            minute(r["local_time"]),
            minute(r["as_of"]),
            count(r["rows"]),
            "complete" if r["complete"] else "partial",
        )
        for r in rows.to_dict("records")
    ]


def _local(utc: Any, zone: str) -> str:
    return minute(utc.tz_convert(zone).to_pydatetime())


def _section(
    title: str, heads: dict[str, str], rows: Sequence[tuple[str, ...]], limit: int | None
) -> None:
    """Print a table, its middle left out where it has more rows than `limit`."""
    if not rows:
        return
    say()
    hidden = 0 if limit is None else len(rows) - limit
    say(
        f"{title} ({count(len(rows))}{'; --all shows every one' if hidden > 0 else ''})",
        style="bold",
    )
    if limit is not None and hidden > 0:
        gap = (f"… {count(hidden)} more", *[""] * (len(heads) - 1))
        rows = [*rows[: limit // 2], gap, *rows[-(limit // 2) :]]
    table(heads, rows)


def _missing(days: Sequence[date], limit: int | None) -> str:
    """Say which weekdays have no snapshot, neighbours as one range.

    Examples
    --------
    >>> _missing([date(2024, 1, 1), date(2024, 1, 5), date(2024, 1, 8)], None)
    '3 weekdays: 2024-01-01, 2024-01-05 to 2024-01-08'
    """
    runs: list[list[date]] = []
    for day in days:
        weekend = timedelta(days=3 if day.weekday() == 0 else 1)
        if runs and runs[-1][-1] >= day - weekend:
            runs[-1].append(day)
        else:
            runs.append([day])
    texts = [str(r[0]) if len(r) == 1 else f"{r[0]} to {r[-1]}" for r in runs]
    if limit is not None and len(texts) > limit:
        texts = [*texts[:limit], f"… and {count(len(texts) - limit)} more stretches"]
    return counted(len(days), "weekday") + (f": {', '.join(texts)}" if texts else "")


def _document(found: Coverage) -> dict[str, Any]:
    snapshots = found.snapshots
    return {
        "broker": found.broker,
        "market": found.market.value,
        "time_zone": found.market.time_zone,
        "path": str(found.path),
        "made_up": bool(snapshots["made_up"].any()),
        "max_age_days": None if found.max_age is None else found.max_age / timedelta(days=1),
        "snapshots": snapshots.to_dict("records"),
        "missing_sessions": [str(day.date()) for day in found.missing["session"]],
        "gaps": [
            {
                "from_local": gap["from_local"],
                "to_local": gap["to_local"],
                "days": gap["length"] / timedelta(days=1),
                "silent_from_local": gap["silent_from_local"],
            }
            for gap in found.gaps.to_dict("records")
        ],
    }
