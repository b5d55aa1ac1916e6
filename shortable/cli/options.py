"""The options that several commands share, and how their texts are read."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from shortable.cli.completion import broker_names, market_names
from shortable.clock import parse_time
from shortable.errors import InvalidInputError
from shortable.market import Market

__all__ = [
    "AsJson",
    "Broker",
    "DataPath",
    "MarketName",
    "MaxAge",
    "WrittenPath",
    "market_of",
    "max_age_of",
    "time_of",
]

Broker = Annotated[
    str,
    typer.Option(
        "--broker",
        "-b",
        metavar="NAME",
        help="Whose availability, such as interactivebrokers.",
        autocompletion=broker_names,
    ),
]
MarketName = Annotated[
    str,
    typer.Option(
        "--market",
        "-m",
        metavar="MARKET",
        help="Market, such as usa, canada or hkex.",
        autocompletion=market_names,
    ),
]
DataPath = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="FOLDER",
        help="Data folder. Default: $SHORTABLE_DATA, else ./data, else the made-up sample.",
        show_default=False,
    ),
]
WrittenPath = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="FOLDER",
        help="Data folder, made if need be. Default: $SHORTABLE_DATA, else ./data.",
        show_default=False,
    ),
]
MaxAge = Annotated[
    str,
    typer.Option(
        "--max-age", metavar="DAYS", help="Days for which a snapshot speaks; none: for ever."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]


def market_of(name: str) -> Market:
    """Return the market of that name or alias; an unknown one is an error that names them all."""
    return Market(name.strip().lower())


def max_age_of(text: str) -> timedelta | None:
    """Read ``--max-age``: days, or ``none``.

    Examples
    --------
    >>> max_age_of("7"), max_age_of("none")
    (datetime.timedelta(days=7), None)
    """
    if text.strip().lower() == "none":
        return None
    try:
        span = timedelta(days=float(text))
    except (ValueError, OverflowError):
        span = timedelta(days=-1)
    if span < timedelta(0):
        raise InvalidInputError("--max-age", text, "be a number of days, at least 0, or 'none'")
    return span


def time_of(text: str | None, parameter: str) -> datetime | None:
    """Read a time as a person types it; None stays None."""
    return None if text is None else parse_time(text, parameter=parameter)
