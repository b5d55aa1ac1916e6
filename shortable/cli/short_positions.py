"""``shortable short-positions``: short interest of one US or Hong Kong security, as Longbridge's command prints it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from shortable.cli.options import AsJson, DataPath, time_of
from shortable.cli.terminal import count as thousands
from shortable.cli.terminal import json_document, say, table, warn
from shortable.market import Market

if TYPE_CHECKING:
    from shortable.short_interest import HKShortPosition, ShortPosition, USShortPosition

__all__ = ["short_positions"]

_US = ("date", "rate%", "short_shares", "avg_daily_vol", "days_cover", "close")
_HK = ("date", "short_shares", "balance(HKD)", "cost", "rate%")
_MISSING = "-"


class Format(StrEnum):
    """How the records are printed."""

    TABLE = "table"
    JSON = "json"


def short_positions(
    symbol: Annotated[
        str,
        typer.Argument(
            metavar="SYMBOL", help="Such as TSLA.US or 700.HK; the suffix says the market."
        ),
    ],
    count: Annotated[
        int, typer.Option("--count", metavar="N", help="Records, from the newest on: 1 to 100.")
    ] = 20,
    form: Annotated[
        Format, typer.Option("--format", help="A table, or one JSON document.")
    ] = Format.TABLE,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="What was public then: on the exchange's clock, or with an offset. Default: all that is stored.",
            show_default=False,
        ),
    ] = None,
    lag: Annotated[
        int | None,
        typer.Option(
            "--lag",
            metavar="DAYS",
            help="From settlement to publication, for --at: business days (8), in Hong Kong calendar days (7).",
            show_default=False,
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="NAME",
            help="finra, sfc or longbridge alone. Default: all.",
            show_default=False,
        ),
    ] = None,
    data: DataPath = None,
    as_json: AsJson = False,
) -> None:
    """Show short interest: FINRA's twice a month for the USA, the SFC's weekly positions for Hong Kong."""
    from shortable.short_interest.reader import MAX_COUNT, ShortInterest
    from shortable.short_interest.symbols import parse_security
    from shortable.short_interest.wire import to_documented

    security, moment = parse_security(symbol), time_of(at, "--at")
    reader = ShortInterest(data, lag, source=source)
    found = reader.short_positions(security.symbol, min(max(count, 1), MAX_COUNT), moment)
    if form is Format.JSON or as_json:
        more = {"symbol": security.text, "sources": list(found.sources), "made_up": found.made_up}
        json_document(to_documented(found) | more)
    elif not found.rows:
        say(f"No short selling data found for {security.text}.")
    else:
        say(f"Short Positions — {security.text}", style="bold")
        hk = security.market is Market.HKEX
        heads = dict.fromkeys(_HK if hk else _US, "right") | {"date": "left"}
        table(heads, [_cells(row) for row in reversed(found.rows)])
        if found.made_up:
            say("made-up sample data", style="yellow")
    if found.note:
        warn(found.note)


def _cells(row: ShortPosition) -> tuple[str, ...]:
    from shortable.short_interest import HKShortPosition

    return _hk(row) if isinstance(row, HKShortPosition) else _us(row)


def _us(row: USShortPosition) -> tuple[str, ...]:
    return (
        row.settlement_date.isoformat(),
        _percent(row.rate),
        thousands(row.current_shares_short),
        _MISSING if row.avg_daily_share_volume is None else thousands(row.avg_daily_share_volume),
        _decimal(row.days_to_cover, 2),
        _decimal(row.close, 2),
    )


def _hk(row: HKShortPosition) -> tuple[str, ...]:
    return (
        row.settlement_date.isoformat(),
        thousands(row.amount),
        _decimal(row.balance, 0),
        _decimal(row.cost, 3),
        _percent(row.rate),
    )


def _percent(rate: float | None) -> str:
    return _MISSING if rate is None else f"{rate * 100:,.2f}"


def _decimal(value: float | None, decimals: int) -> str:
    return _MISSING if value is None else f"{value:,.{decimals}f}"
