"""The store behind an answer: which snapshots there are, and whether they are made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shortable.cli.formats import age, local_and_utc
from shortable.errors import StoreError
from shortable.market import Market
from shortable.symbol import Symbol

if TYPE_CHECKING:
    from shortable.store import Store

__all__ = ["instant_of", "is_made_up", "leaves_out", "newest", "silence", "store_or_none", "to_utc"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def store_or_none(broker: str, market: Market, data: Path | None) -> Store | None:
    """Open one market of a broker; None where the broker has others only.

    Raises
    ------
    UnknownBrokerError
        The broker has no store at all; the message names those that exist.
    """
    from shortable.store import brokers, data_folder, open_store

    if broker not in brokers(data_folder(data).path, market) and broker in brokers(
        data_folder(data).path
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
    """Say that no snapshot speaks at an instant, and when the nearest ones are."""
    if store is None or not len(store.as_of):
        return f"{broker} has no snapshot of {market.value}"
    at = int(np.searchsorted(store.as_of, instant, side="right"))
    parts = ["no snapshot speaks at that time"]
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
