"""LEAN's ``market-hours/market-hours-database.json``, of which the hours of US equities are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from shortable.errors import MarketDataError
from shortable.lean.data.hours import ExchangeHours, Session

__all__ = ["read_hours"]

_ENTRY = "Equity-usa-[*]"
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_hours(folder: Path) -> ExchangeHours:
    """Read the database of a LEAN data folder; without one, the exchange's own rules.

    An entry that lists no weekday (some tools write stubs) has the usual sessions.

    Raises
    ------
    MarketDataError
        The file is not what LEAN writes; the message names it and what is wrong.
    """
    path = folder / "market-hours" / "market-hours-database.json"
    if not path.is_file():
        return ExchangeHours()
    try:
        entries = json.loads(path.read_text(encoding="utf-8-sig"))["entries"]
        found = [name for name in entries if name.lower() == _ENTRY.lower()]
        if not found:
            return ExchangeHours()
        entry = entries[found[0]]
        return ExchangeHours(
            _week(entry),
            [_day(text) for text in entry.get("holidays", ())],
            {
                _day(text): time.fromisoformat(at)
                for text, at in (entry.get("earlyCloses") or {}).items()
            },
            {
                _day(text): time.fromisoformat(at)
                for text, at in (entry.get("lateOpens") or {}).items()
            },
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MarketDataError(
            str(path),
            f"{type(error).__name__}: {error}",
            f"hold LEAN's entry {_ENTRY!r}",
            "Restore the file, or remove it to use the exchange's own rules.",
        ) from None


def _week(entry: Mapping[str, Any]) -> dict[int, Session] | None:
    if not any(day in entry for day in _WEEK):
        return None
    week = {}
    for number, name in enumerate(_WEEK):
        spans = {
            state: [
                (_time(s["start"]), _time(s["end"]))
                for s in entry.get(name) or ()
                if s["state"] == state
            ]
            for state in ("premarket", "market", "postmarket")
        }
        if spans["market"]:
            opens, closes = min(s for s, _ in spans["market"]), max(e for _, e in spans["market"])
            begins = min((s for s, _ in spans["premarket"]), default=opens)
            week[number] = (
                begins,
                opens,
                closes,
                max((e for _, e in spans["postmarket"]), default=closes),
            )
    return week


def _time(text: str) -> time:
    return time.max if text.startswith(("24:", "1.")) else time.fromisoformat(text)


def _day(text: str) -> date:
    """Read ``M/d/yyyy``, or ISO 8601."""
    return (
        datetime.strptime(text, "%m/%d/%Y").date() if "/" in text else date.fromisoformat(text[:10])
    )
