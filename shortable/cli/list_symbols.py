"""``shortable list``: every symbol that could be borrowed at one time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortable.cli.formats import count, counted, minute, percent, utc_of
from shortable.cli.market_store import (
    instant_of,
    is_made_up,
    newest,
    silence,
    store_or_none,
    to_utc,
)
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
from shortable.cli.output import json_document, say, table, warn
from shortable.clock import from_instant, to_instant
from shortable.symbol import Symbol

if TYPE_CHECKING:
    from shortable.provider import BorrowQuote
    from shortable.providers import LocalDiskShortableProvider

__all__ = ["list_symbols"]


class SortBy(StrEnum):
    """What the list is sorted by."""

    SYMBOL = "symbol"
    QUANTITY = "quantity"
    FEE = "fee"


def list_symbols(
    broker: Broker,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="On the exchange's clock, or with an offset. Default: the newest snapshot's time.",
            show_default=False,
        ),
    ] = None,
    market: MarketName = "usa",
    sort: Annotated[
        SortBy, typer.Option("--sort", help="Ties stand by symbol, unknown fees last.")
    ] = SortBy.SYMBOL,
    descending: Annotated[bool, typer.Option("--desc", help="Largest first.")] = False,
    min_quantity: Annotated[
        int,
        typer.Option(
            "--min-quantity", metavar="SHARES", min=0, help="Leave out symbols with fewer shares."
        ),
    ] = 0,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", metavar="N", min=1, help="Show the first N only.", show_default=False
        ),
    ] = None,
    data: DataPath = None,
    max_age: MaxAge = "7",
    as_json: AsJson = False,
) -> None:
    """List the symbols of a market that could be borrowed at a time: shares, fee, rebate."""
    from shortable.providers import LocalDiskShortableProvider

    where, given, oldest = market_of(market), time_of(at, "--at"), max_age_of(max_age)
    provider = LocalDiskShortableProvider(broker, data_folder=data, max_age=oldest)
    store = store_or_none(broker, where, data)
    moment = newest(store, broker, where) if given is None else given
    instant = to_instant(moment, where)
    moment = to_utc(instant)  # the same instant, which a quote finds faster than a wall time
    available = {
        symbol: shares
        for symbol, shares in provider.all_shortable_symbols(moment).items()
        if symbol.market is where and shares >= min_quantity
    }
    symbols = _sorted(available, provider, moment, sort, descending)
    quotes, total = [provider.quote(symbol, moment) for symbol in symbols[:limit]], len(symbols)
    spoke = {instant_of(q.as_of) for q in quotes if q.as_of is not None}
    made_up = any(is_made_up(store, one) for one in spoke)
    if as_json:
        json_document(
            {
                "broker": broker,
                "market": where.value,
                "utc_time": utc_of(instant),
                "time_given": given is not None,
                "total": total,
                "made_up": made_up,
                "symbols": [_row(q) for q in quotes],
            }
        )
        return
    note = "" if given is not None else " (the newest snapshot's)"
    local = minute(from_instant(instant, where))
    say(f"{broker} · {where.value} · {local} {where.time_zone}{note}", style="bold")
    heads = {
        "symbol": "left",
        "shares": "right",
        "fee, % a year": "right",
        "rebate, % a year": "right",
    }
    if quotes:
        table(heads, (_cells(q) for q in quotes))
    shown = f"the first {count(len(quotes))} of " if len(quotes) < total else ""
    invented = "; made-up sample data" if made_up else ""
    say(f"{shown}{counted(total, 'symbol')} that can be borrowed{invented}")
    if not total:
        warn(silence(broker, where, instant, store, oldest))


def _sorted(
    available: Mapping[Symbol, int],
    provider: LocalDiskShortableProvider,
    moment: datetime,
    by: SortBy,
    descending: bool,
) -> list[Symbol]:
    """Sort by one figure, ties by symbol in both directions, unknown figures last in both."""
    if by is SortBy.SYMBOL:
        return sorted(available, reverse=descending)
    symbols = sorted(available)
    if by is SortBy.QUANTITY:
        return sorted(symbols, key=available.__getitem__, reverse=descending)
    rates = provider.fee_rates(symbols, moment).tolist()
    known = [(rate, symbol) for rate, symbol in zip(rates, symbols, strict=True) if rate == rate]
    unknown = [symbol for rate, symbol in zip(rates, symbols, strict=True) if rate != rate]
    return [symbol for _, symbol in sorted(known, key=itemgetter(0), reverse=descending)] + unknown


def _cells(quote: BorrowQuote) -> tuple[str, ...]:
    shares = count(quote.quantity or 0)
    return (
        quote.symbol,
        f"≥ {shares}" if quote.quantity_is_floor else shares,
        percent(quote.fee_rate, aligned=True),
        percent(quote.rebate_rate, aligned=True),
    )


def _row(quote: BorrowQuote) -> dict[str, Any]:
    return {
        "symbol": str(quote.symbol),
        "currency": quote.symbol.currency,
        "quantity": quote.quantity,
        "quantity_is_floor": quote.quantity_is_floor,
        "fee_rate": quote.fee_rate,
        "rebate_rate": quote.rebate_rate,
        "as_of": quote.as_of,
    }
