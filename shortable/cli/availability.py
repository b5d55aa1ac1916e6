"""``shortable quote`` and ``shortable list``: what could be borrowed at one time, of one symbol and of a whole market."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import numpy as np
import typer

from shortable.cli.failures import in_options
from shortable.cli.options import (
    AsJson,
    At,
    Broker,
    DataPath,
    MarketName,
    MaxAge,
    OfMarket,
    market_of,
    max_age_of,
    time_of,
)
from shortable.cli.terminal import (
    age,
    availability,
    count,
    counted,
    fields,
    json_document,
    local_and_utc,
    minute,
    percent,
    say,
    table,
    utc_of,
    warn,
)
from shortable.clock import from_instant, to_instant
from shortable.errors import StoreError
from shortable.market import Market
from shortable.symbol import Symbol

if TYPE_CHECKING:
    from shortable.provider import BorrowQuote
    from shortable.providers import LocalDiskShortableProvider, Missing
    from shortable.store import Store

__all__ = [
    "instant_of",
    "is_made_up",
    "leaves_out",
    "list_symbols",
    "newest",
    "quote",
    "silence",
    "store_or_none",
    "to_utc",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def store_or_none(broker: str, market: Market, data: Path | None) -> Store | None:
    """Open one market of a broker; None where the broker has others only.

    Raises
    ------
    UnknownBrokerError
        The broker has no store at all; the message names those that exist.
    """
    from shortable.store import brokers, data_folder, open_store

    if broker not in brokers(data_folder(data, remote=True).path, market) and broker in brokers(
        data_folder(data, remote=True).path
    ):
        return None
    return open_store(broker, market=market, data_folder=data)


def newest(store: Store | None, broker: str, market: Market) -> datetime:
    """Return when the newest snapshot was known, UTC.

    Raises
    ------
    StoreError
        There is none.
    """
    if store is None or not len(store.as_of):
        raise StoreError(
            f"{broker} has no snapshot of {market.value}; import one with `shortable import`"
        )
    return to_utc(int(store.as_of[-1]))


def silence(
    broker: str, market: Market, instant: int, store: Store | None, oldest: timedelta | None
) -> str:
    """Say that no snapshot answers at an instant, and when the nearest ones are."""
    if store is None or not len(store.as_of):
        return f"{broker} has no snapshot of {market.value}"
    at = int(np.searchsorted(store.as_of, instant, side="right"))
    parts = ["no snapshot answers at that time"]
    if at:
        before = int(store.as_of[at - 1])
        gap = age(timedelta(microseconds=instant - before))
        days = (
            "" if oldest is None else f", and --max-age is {oldest.total_seconds() / 86_400:g} days"
        )
        parts.append(f"the last one before it is {gap} old ({local_and_utc(before, market)}){days}")
    else:
        parts.append("there is none before it")
    if at < len(store.as_of):
        parts.append(f"the first one after it is of {local_and_utc(int(store.as_of[at]), market)}")
    else:
        parts.append("there is none after it")
    return "; ".join(parts)


def leaves_out(store: Store | None, symbol: Symbol, instant: int) -> bool:
    """Say whether the snapshots of that instant do not name a symbol, so that it could not be borrowed (S3)."""
    if store is None:
        return False
    parts = np.unique(store.part_of[store.as_of == instant]).tolist()
    named = (store.read_symbol(part, symbol.ticker, symbol.currency, ()) for part in parts)
    return all(instant not in rows["as_of"] for rows in named)


def is_made_up(store: Store | None, instant: int) -> bool:
    """Say whether a snapshot of that instant is made-up sample data."""
    return store is not None and bool(store.made_up[store.as_of == instant].any())


def to_utc(instant: int) -> datetime:
    """Return an instant as an aware time."""
    return _EPOCH + timedelta(microseconds=instant)


def instant_of(moment: datetime) -> int:
    """Return an aware time as an instant."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def quote(
    symbol: Annotated[
        str, typer.Argument(metavar="SYMBOL", help="In any spelling: SPY, BRK.B, 700.HK, HK.00700.")
    ],
    broker: Broker,
    at: At = None,
    market: OfMarket = None,
    data: DataPath = None,
    missing: Annotated[
        str,
        typer.Option(
            "--missing",
            metavar="POLICY",
            help="No snapshot answers: unavailable, unrestricted or raise.",
        ),
    ] = "unavailable",
    max_age: MaxAge = "7",
    as_json: AsJson = False,
) -> None:
    """Say how many shares of a symbol could be borrowed at a time, and at what fee."""
    from shortable.providers import LocalDiskShortableProvider
    from shortable.store import data_folder, markets_of

    key = Symbol.create(symbol, market=None if market is None else market_of(market))
    given, oldest = time_of(at, "--at"), max_age_of(max_age)
    provider = LocalDiskShortableProvider(
        broker, data, cast("Missing", missing), oldest
    )  # which checks them
    store = store_or_none(broker, key.market, data)
    moment = newest(store, broker, key.market) if given is None else given
    answer = provider.quote(key, moment)
    instant = to_instant(moment, key.market)
    source = None if answer.as_of is None else instant_of(answer.as_of)
    made_up = source is not None and is_made_up(store, source)
    left_out = source is not None and answer.quantity == 0 and leaves_out(store, key, source)
    if as_json:
        more = {"made_up": made_up, "left_out": left_out, "time_given": given is not None}
        json_document(_document(broker, answer, instant) | more)
        return
    _show(
        broker,
        answer,
        instant,
        source,
        because=": the snapshot lists all that can be, and not this" if left_out else "",
        note="" if given else " (the newest snapshot's; no clock is read)",
        limits=answer.note if provider.availability_kind == "daily_flow" else "",
    )
    if made_up:
        say("made-up sample data", style="yellow")
    if not answer.has_data:
        warn(f"no data, so the answer is the policy --missing {missing}: {in_options(answer.note)}")
        if store is None and market is None:
            others = markets_of(broker, data_folder(data, remote=True).path)
            warn(
                f"{symbol} was read as of {key.market.value}; {broker} has availability of "
                f"{', '.join(one.value for one in others)}: name it with --market"
            )
    elif answer.note and provider.availability_kind == "pool":
        warn(answer.note)


def _show(
    broker: str,
    answer: BorrowQuote,
    instant: int,
    source: int | None,
    *,
    because: str,
    note: str,
    limits: str,
) -> None:
    market = answer.symbol.market
    say(f"{answer.symbol} · {market.value} · {answer.symbol.currency} · {broker}", style="bold")
    rows = {
        "at": f"{minute(answer.local_time)} {market.time_zone}{note}",
        "available": ("" if answer.has_data else "no data; by the policy: ")
        + availability(answer.quantity, is_floor=answer.quantity_is_floor)
        + because,
        "fee": _rate(answer.fee_rate),
        "rebate": _rate(answer.rebate_rate),
    }
    if limits and answer.has_data:
        rows["what it is"] = limits
    if source is not None:
        rows["snapshot"] = local_and_utc(source, market)
        rows["its age"] = age(timedelta(microseconds=instant - source))
    fields(rows)


def _rate(rate: float | None) -> str:
    return percent(rate) + ("" if rate is None else " a year")


def _document(broker: str, answer: BorrowQuote, instant: int) -> dict[str, object]:
    return {
        "symbol": str(answer.symbol),
        "ticker": answer.symbol.ticker,
        "market": answer.symbol.market.value,
        "currency": answer.symbol.currency,
        "broker": broker,
        "local_time": answer.local_time,
        "time_zone": answer.symbol.market.time_zone,
        "utc_time": utc_of(instant),
        "quantity": answer.quantity,
        "quantity_is_floor": answer.quantity_is_floor,
        "fee_rate": answer.fee_rate,
        "rebate_rate": answer.rebate_rate,
        "as_of": answer.as_of,
        "has_data": answer.has_data,
        "note": answer.note,
        "listed_as": [str(symbol) for symbol in answer.listed_as],
    }


class SortBy(StrEnum):
    """What the list is sorted by."""

    SYMBOL = "symbol"
    QUANTITY = "quantity"
    FEE = "fee"


def list_symbols(
    broker: Broker,
    at: At = None,
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
    snapshots = {instant_of(q.as_of) for q in quotes if q.as_of is not None}
    made_up = any(is_made_up(store, snapshot) for snapshot in snapshots)
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


def _row(quote: BorrowQuote) -> dict[str, object]:
    return {
        "symbol": str(quote.symbol),
        "currency": quote.symbol.currency,
        "quantity": quote.quantity,
        "quantity_is_floor": quote.quantity_is_floor,
        "fee_rate": quote.fee_rate,
        "rebate_rate": quote.rebate_rate,
        "as_of": quote.as_of,
    }
