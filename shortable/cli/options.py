"""Options that several commands share: how their texts are read, and what a shell offers for them where TAB is pressed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, TypedDict, cast, get_args

import typer

from shortable.clock import parse_time
from shortable.errors import InvalidInputError, ShortableError
from shortable.market import Market
from shortable.rule import OwnUse, check_choice, check_share

__all__ = [
    "AsJson",
    "At",
    "Broker",
    "DataPath",
    "MarketName",
    "MaxAge",
    "OfMarket",
    "OptionalBroker",
    "OwnUseName",
    "ShareOfFlow",
    "WrittenPath",
    "broker_names",
    "example_names",
    "market_names",
    "market_of",
    "max_age_of",
    "time_of",
    "use_of",
]


def example_names(incomplete: str) -> list[str]:
    """Return the examples that begin so."""
    from shortable.examples import EXAMPLES

    return _beginning(EXAMPLES, incomplete)


def market_names(incomplete: str) -> list[str]:
    """Return the markets that begin so."""
    from shortable.market import Market

    return _beginning([market.value for market in Market], incomplete)


def broker_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the brokers that begin so, of the folder that ``--data`` names before, else of the usual one.

    A folder that cannot be read offers nothing: a shell that is asked to complete a word has no use for an error.
    """
    from shortable.store import brokers, data_folder

    given = ctx.params.get("data")
    try:
        return _beginning(
            brokers(data_folder(Path(given) if given else None, remote=True).path), incomplete
        )
    except (ShortableError, OSError):
        return []


def _beginning(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


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
OptionalBroker = Annotated[
    str | None,
    typer.Option(
        "--broker",
        "-b",
        metavar="NAME",
        help="Whose availability, such as interactivebrokers.",
        show_default=False,
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
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help="On the exchange's clock, or with an offset. Default: the newest snapshot's time.",
        show_default=False,
    ),
]
OfMarket = Annotated[
    str | None,
    typer.Option(
        "--market",
        "-m",
        metavar="MARKET",
        help="Market of the symbol. Default: what its spelling says, else usa.",
        show_default=False,
        autocompletion=market_names,
    ),
]
MaxAge = Annotated[
    str,
    typer.Option(
        "--max-age", metavar="DAYS", help="Days for which a snapshot counts; none: for ever."
    ),
]
OwnUseName = Annotated[
    str | None,
    typer.Option(
        "--own-use",
        metavar="USE",
        help="Your own shorts in what is available. included: it was recorded while you held none; excluded: it already "
        "lacks your shares, and only new shorts count. Default: included.",
        show_default=False,
    ),
]
ShareOfFlow = Annotated[
    float | None,
    typer.Option(
        "--share",
        metavar="FRACTION",
        help="Of a daily flow, which is the whole market's limit: the share that you may take, such as 0.1. Default: 1.",
        show_default=False,
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


class Use(TypedDict, total=False):
    """How much of what is available an account may use: arguments of `audit` and `Backtest`."""

    own_use: OwnUse
    share: float


def use_of(own_use: str | None, share: float | None) -> Use:
    """Return ``--own-use`` and ``--share`` as the arguments that `audit` and `Backtest` take; those not given are left out.

    Examples
    --------
    >>> use_of("excluded", None), use_of(None, 0.1)
    ({'own_use': 'excluded'}, {'share': 0.1})
    """
    given = Use()
    if own_use is not None:
        given["own_use"] = cast("OwnUse", check_choice("own_use", own_use, get_args(OwnUse)))
    if share is not None:
        check_share(share)
        given["share"] = share
    return given
