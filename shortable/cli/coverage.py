"""``shortable coverage``: which snapshots a store has, and where it has none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shortable.cli.files import check_target, write_whole
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

    from shortable.store import Churn, Coverage

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
    calendar: Annotated[
        str,
        typer.Option(
            "--calendar",
            metavar="NAME",
            help="Whose days are sessions: weekdays, exchange (the market's own), or one of exchange_calendars "
            "such as XNYS.",
        ),
    ] = "weekdays",
    max_age: MaxAge = "7",
    jump: Annotated[
        float,
        typer.Option(
            "--jump", metavar="FRACTION", help="From which change the number of rows has jumped."
        ),
    ] = 0.2,
    symbols: Annotated[
        bool,
        typer.Option(
            "--symbols", help="Also say which symbols come and go; reads every row of the store."
        ),
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot",
            metavar="FILE.png",
            help="Write a heat map of snapshots by day there (png, svg or pdf).",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show every row of every table.")
    ] = False,
    data: DataPath = None,
    as_json: AsJson = False,
) -> None:
    """Say which snapshots a broker's store has, which repeat an older one, and where it is silent.

    With --calendar weekdays a holiday counts as missing.
    """
    from shortable.store import churn, open_store, stored_identities
    from shortable.store import coverage as find

    check_target("--plot", plot, (".png", ".svg", ".pdf"))
    if _show_balances(broker, market, data, as_json):
        return
    found = find(
        broker,
        market=market_of(market),
        data_folder=data,
        start=time_of(start, "--start"),
        end=_last(time_of(end, "--end")),
        calendar=calendar,
        max_age=max_age_of(max_age),
        jump=jump,
    )
    moving = (
        churn(open_store(found.broker, market=found.market, data_folder=data)) if symbols else None
    )
    # A source that states balances beside availability has one name for both.
    identities = stored_identities(found.path.parents[3], found.market, found.broker)
    if plot is not None:
        _draw(found, plot)
    limit = None if everything else _SHOWN
    if as_json:
        checks = {"identities": [check.to_dict() for check in identities]}
        json_document(_document(found) | checks | (_moving_document(moving) if moving else {}))
        return
    _show(found, limit)
    if identities:
        say()
        say("Identities", style="bold")
        for check in identities:
            say(str(check))
    if moving is not None:
        _show_moving(moving, found.market.time_zone, limit)
    if plot is not None:
        say()
        say(f"Heat map: {plot}")


def _show_balances(broker: str, market: str, data: Path | None, as_json: bool) -> bool:
    """Show what a source has that states balances and no availability; say whether it is one."""
    from shortable.store import SHORT_BALANCES, brokers, check_broker, is_remote, stored_identities
    from shortable.store import data_folder as find_folder

    name, home = check_broker(broker), market_of(market)
    if is_remote(find_folder(data, holds=SHORT_BALANCES.sources, remote=True).path):
        return False  # balances lie on disk
    folder = SHORT_BALANCES.data_folder(data).path
    if name in brokers(folder, home) or name not in SHORT_BALANCES.files(folder, home):
        return False
    path = SHORT_BALANCES.path(folder, home, name)
    identities = stored_identities(folder, home, name)
    if as_json:
        checks = [check.to_dict() for check in identities]
        json_document(
            {"source": name, "market": home.value, "path": str(path), "identities": checks}
        )
        return True
    say(f"{name} · {home.value} · balances, no availability", style="bold")
    fields({"store": str(path)})
    say()
    say("Identities", style="bold")
    for check in identities:
        say(str(check))
    return True


def _draw(found: Coverage, path: Path) -> None:
    from shortable.plots import plot_coverage
    from shortable.plots.style import figure_of

    figure = figure_of(plot_coverage(found))
    write_whole(path, lambda temporary: figure.savefig(temporary, bbox_inches="tight"))


def _last(end: datetime | None) -> date | datetime | None:
    """Return a bare date as a date, which includes the whole day."""
    return end.date() if end is not None and end == datetime(end.year, end.month, end.day) else end


def _show(found: Coverage, limit: int | None) -> None:
    from shortable.store import uri_of

    rows, zone = found.snapshots, found.market.time_zone
    say(f"{found.broker} · {found.market.value} · {zone}", style="bold")
    partial, stated = int((~rows["complete"]).sum()), int(rows["rows"].sum())
    overall = f"{count(len(rows))} ({count(partial)} partial), {count(stated)} rows"
    if len(rows):
        overall += (
            f", {minute(rows['local_time'].iloc[0])} to {minute(rows['local_time'].iloc[-1])}"
        )
    overview = {
        "store": uri_of(found.path),
        "snapshots": overall,
        "stale repeats": count(len(found.repeats)),
        "sessions": "weekdays, holidays among them"
        if found.calendar == "weekdays"
        else f"of the calendar {found.calendar}",
    }
    what = "weekday" if found.calendar == "weekdays" else "session"
    overview["missing"] = _missing([day.date() for day in found.missing["session"]], limit, what)
    longest = "" if found.max_age is None else f" longer than {age(found.max_age)}"
    overview["gaps"] = f"{count(len(found.gaps))}{longest}"
    overview["jumps"] = (
        f"{count(len(found.jumps))} of at least {found.jump:.0%} in the number of rows"
    )
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
    jumps = [
        (minute(r["local_time"]), count(r["rows"]), f"{r['change']:+.1%}")
        for r in found.jumps.to_dict("records")
    ]
    heads = {"local time": "left", "rows": "right", "change": "right"}
    _section("Jumps in the number of rows", heads, jumps, limit)
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


def _local(utc: pd.Timestamp, zone: str) -> str:
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


def _show_moving(moving: Churn, zone: str, limit: int | None) -> None:
    """Print which symbols come and go: those that returned most, and the snapshots with the most of them."""
    steps = moving.snapshots.sort_values(["came", "went"], ascending=False, kind="stable")
    steps = steps[(steps["came"] > 0) | (steps["went"] > 0)]
    rows = [
        (_local(r["as_of"], zone), count(r["came"]), count(r["went"]))
        for r in steps.to_dict("records")
    ]
    heads = {"local time": "left", "came": "right", "went": "right"}
    _section("Snapshots in which symbols come and go", heads, rows, limit)
    of = len(moving.snapshots)
    symbols = [
        (
            r["symbol"],
            f"{count(r['named'])} of {count(of)}",
            count(r["returns"]),
            _local(r["first"], zone),
            _local(r["last"], zone),
        )
        for r in moving.symbols.to_dict("records")
    ]
    heads = {
        "symbol": "left",
        "named in": "right",
        "returns": "right",
        "first": "left",
        "last": "left",
    }
    _section("Symbols that come and go", heads, symbols, limit)


def _moving_document(moving: Churn) -> dict[str, object]:
    return {
        "changes": moving.snapshots.to_dict("records"),
        "symbols": moving.symbols.to_dict("records"),
    }


def _missing(days: Sequence[date], limit: int | None, what: str = "weekday") -> str:
    """Say which days have no snapshot, neighbours as one range.

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
    return counted(len(days), what) + (f": {', '.join(texts)}" if texts else "")


def _document(found: Coverage) -> dict[str, object]:
    from shortable.store import uri_of

    snapshots = found.snapshots
    return {
        "broker": found.broker,
        "market": found.market.value,
        "time_zone": found.market.time_zone,
        "path": uri_of(found.path),
        "made_up": bool(snapshots["made_up"].any()),
        "calendar": found.calendar,
        "jump": found.jump,
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
