"""``shortable quote``: what is known about borrowing one symbol at one time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from shortable.cli.completion import market_names
from shortable.cli.formats import age, availability, local_and_utc, minute, percent, utc_of
from shortable.cli.market_store import (
    instant_of,
    is_made_up,
    leaves_out,
    newest,
    silence,
    store_or_none,
)
from shortable.cli.options import AsJson, Broker, DataPath, MaxAge, market_of, max_age_of, time_of
from shortable.cli.output import fields, json_document, say, warn
from shortable.clock import to_instant
from shortable.symbol import Symbol

if TYPE_CHECKING:
    from shortable.provider import BorrowQuote
    from shortable.providers.exact import Missing

__all__ = ["quote"]


def quote(
    symbol: Annotated[
        str, typer.Argument(metavar="SYMBOL", help="In any spelling: SPY, BRK.B, 700.HK, HK.00700.")
    ],
    broker: Broker,
    time: Annotated[
        str | None,
        typer.Argument(
            metavar="[TIME]",
            help="On the exchange's clock, or with an offset. Default: the newest snapshot's time.",
            show_default=False,
        ),
    ] = None,
    market: Annotated[
        str | None,
        typer.Option(
            "--market",
            "-m",
            metavar="MARKET",
            help="Default: what the spelling says, else usa.",
            show_default=False,
            autocompletion=market_names,
        ),
    ] = None,
    data: DataPath = None,
    missing: Annotated[
        str,
        typer.Option(
            "--missing",
            metavar="POLICY",
            help="No snapshot speaks: unavailable, unrestricted or raise.",
        ),
    ] = "unavailable",
    max_age: MaxAge = "7",
    as_json: AsJson = False,
) -> None:
    """Say how many shares of a symbol could be borrowed at a time, and at what fee."""
    from shortable.providers import LocalDiskShortableProvider

    key = Symbol.create(symbol, market=None if market is None else market_of(market))
    given, oldest = time_of(time, "TIME"), max_age_of(max_age)
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
    )
    if made_up:
        say("made-up sample data", style="yellow")
    if not provider.has_quantity(key, moment):
        said = silence(broker, key.market, instant, store, oldest)
        warn(f"the answer is the policy --missing {missing}: {said}")


def _show(
    broker: str, answer: BorrowQuote, instant: int, source: int | None, *, because: str, note: str
) -> None:
    market = answer.symbol.market
    say(f"{answer.symbol} · {market.value} · {answer.symbol.currency} · {broker}", style="bold")
    rows = {
        "at": f"{minute(answer.local_time)} {market.time_zone}{note}",
        "available": availability(answer.quantity, is_floor=answer.quantity_is_floor) + because,
        "fee": _rate(answer.fee_rate),
        "rebate": _rate(answer.rebate_rate),
    }
    if source is not None:
        rows["snapshot"] = local_and_utc(source, market)
        rows["its age"] = age(timedelta(microseconds=instant - source))
    fields(rows)


def _rate(rate: float | None) -> str:
    return percent(rate) + ("" if rate is None else " a year")


def _document(broker: str, answer: BorrowQuote, instant: int) -> dict[str, Any]:
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
        "rests_on_data": answer.as_of is not None,
    }
