"""shortable's own answers about availability, as plain documents: brokers, a market at a time, a symbol's history."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from shortable.clock import from_instant, to_instant
from shortable.errors import InvalidInputError, TimeError, UnknownBrokerError
from shortable.market import Market
from shortable.server.reopening import Mark, Reopening, mark_of
from shortable.store import Store, brokers, check_broker, markets_of, open_store, watched_paths
from shortable.symbol import Symbol

if TYPE_CHECKING:
    from shortable.provider import BorrowQuote
    from shortable.providers import LocalDiskShortableProvider

__all__ = ["FIRST_YEAR", "LAST_YEAR", "AvailabilityAnswers", "utc"]

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Times outside are refused: at the ends of the calendar no clock can be converted."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Broker:
    """One broker, opened."""

    provider: LocalDiskShortableProvider
    stores: dict[Market, Store]
    lock: threading.Lock
    """Providers keep caches that one thread at a time may fill."""


class AvailabilityAnswers:
    """Answers about every broker in a data folder.

    Parameters
    ----------
    folder : Path
        The data folder.
    max_age : timedelta or None
        How long a snapshot counts (S2).
    """

    def __init__(self, folder: Path, max_age: timedelta | None) -> None:
        self._folder, self._max_age = folder, max_age
        self._opened: dict[str, Reopening[_Broker]] = {}
        self._lock = threading.Lock()

    def brokers(self) -> list[dict[str, int | str | None]]:
        """Return one row for each market of each broker: what it holds, and from when to when."""
        rows = []
        for name in brokers(self._folder):
            for market, store in self._broker(name).stores.items():
                ends = (
                    [utc(int(store.as_of[at])) for at in (0, -1)]
                    if len(store.as_of)
                    else [None, None]
                )
                rows.append(
                    {
                        "broker": name,
                        "market": market.value,
                        "currency": market.currency,
                        "time_zone": market.time_zone,
                        "snapshots": len(store.as_of),
                        "first": ends[0],
                        "last": ends[1],
                        "made_up": bool(store.made_up.any()),
                    }
                )
        return rows

    def at(
        self, broker: str, market: Market, time: datetime | None, offset: int, limit: int
    ) -> dict[str, object]:
        """Return what could be borrowed in a market at a time: symbols `offset` to `offset` + `limit`, by name.

        Parameters
        ----------
        broker : str
        market : Market
        time : datetime, optional
            Exchange-local where naive; default the newest snapshot's. No clock is read.
        offset, limit : int

        Raises
        ------
        UnknownBrokerError, TimeError, StoreError
        """
        opened = self._broker(broker)
        store = _store_of(opened, broker, market)
        instant = _instant(time, "time", market, int(store.as_of[-1]) if len(store.as_of) else 0)
        moment = _aware(instant)
        with opened.lock:
            provider = opened.provider
            listed = sorted(s for s in provider.all_shortable_symbols(moment) if s.market is market)
            quotes = [provider.quote(symbol, moment) for symbol in listed[offset : offset + limit]]
        snapshots = {q.as_of for q in quotes if q.as_of is not None}
        return {
            "broker": broker,
            "market": market.value,
            "time_zone": market.time_zone,
            "local_time": from_instant(instant, market).isoformat(),
            "utc_time": utc(instant),
            "total": len(listed),
            "offset": offset,
            "made_up": _made_up(store, {_microseconds(t) for t in snapshots}),
            "symbols": [
                {"symbol": str(q.symbol), "currency": q.symbol.currency, **_figures(q)}
                for q in quotes
            ],
        }

    def history(
        self, broker: str, symbol: Symbol, start: datetime | None, end: datetime | None, limit: int
    ) -> dict[str, object]:
        """Return what was known of a symbol from time to time: a row for each moment at which that may have changed.

        Parameters
        ----------
        broker : str
        symbol : Symbol
        start, end : datetime, optional
            Exchange-local where naive, both included; default the first and the last snapshot of its market.
        limit : int
            The newest so many rows.

        Raises
        ------
        UnknownBrokerError, TimeError, StoreError, InvalidInputError
        """
        opened = self._broker(broker)
        market = symbol.market
        store = _store_of(opened, broker, market)
        bounds = [int(store.as_of[at]) for at in (0, -1)] if len(store.as_of) else [0, 0]
        first, last = (
            _instant(start, "start", market, bounds[0]),
            _instant(end, "end", market, bounds[1]),
        )
        if start is None:
            first = min(
                first, last
            )  # before the first snapshot nothing was known, which is an answer
        if last < first:
            raise InvalidInputError(
                "end",
                _text(end, last, market),
                f"not lie before start={_text(start, first, market)}",
            )
        with opened.lock:
            provider = opened.provider
            walls = [from_instant(instant, market) for instant in (first, last)]
            times: list[datetime] = []
            if len(store.as_of):
                times = (
                    pd.DatetimeIndex(provider.panel([symbol], *walls).index)
                    .to_pydatetime()
                    .tolist()
                )
            quotes = [provider.quote(symbol, moment) for moment in times[-limit:]]
            left_out = self._left_out(store, symbol, quotes)
        snapshots = {_microseconds(q.as_of) for q in quotes if q.as_of is not None}
        return {
            "broker": broker,
            "symbol": str(symbol),
            "ticker": symbol.ticker,
            "market": market.value,
            "currency": symbol.currency,
            "time_zone": market.time_zone,
            "max_age_days": None if self._max_age is None else self._max_age / timedelta(days=1),
            "total": len(times),
            "made_up": _made_up(store, snapshots),
            "rows": [
                {
                    "local_time": q.local_time.isoformat(),
                    "utc_time": utc(to_instant(q.local_time, market)),
                    **_figures(q),
                    "has_data": q.as_of is not None,
                    "left_out": out,
                }
                for q, out in zip(quotes, left_out, strict=True)
            ],
        }

    def _left_out(self, store: Store, symbol: Symbol, quotes: list[BorrowQuote]) -> list[bool]:
        """Say where the snapshot that answers does not name the symbol, so that none could be borrowed (S3)."""
        named: set[int] = set()
        if any(q.as_of is not None and q.quantity == 0 for q in quotes):
            for part in range(store.n_parts):
                rows = store.read_symbol(part, symbol.ticker, symbol.currency, ())
                named.update(rows["as_of"].tolist())
        return [
            q.as_of is not None and q.quantity == 0 and _microseconds(q.as_of) not in named
            for q in quotes
        ]

    def _broker(self, name: str) -> _Broker:
        check_broker(name)
        with self._lock:
            held = self._opened.get(name)
        if held is None:
            if name not in brokers(self._folder):
                raise UnknownBrokerError(_unknown(name, brokers(self._folder)))
            with self._lock:
                held = self._opened.setdefault(
                    name, Reopening(self._watch(name), lambda: self._open(name))
                )
        return held.get()

    def _watch(self, name: str) -> Callable[[], Mark]:
        watched = watched_paths(self._folder, name)
        return lambda: mark_of(watched)

    def _open(self, name: str) -> _Broker:
        from shortable.providers import LocalDiskShortableProvider

        there = markets_of(name, self._folder)
        if not there:
            raise UnknownBrokerError(_unknown(name, brokers(self._folder)))
        stores = {
            market: open_store(name, market=market, data_folder=self._folder) for market in there
        }
        provider = LocalDiskShortableProvider(name, self._folder, max_age=self._max_age)
        return _Broker(provider, stores, threading.Lock())


def utc(instant: int) -> str:
    """Return an instant as ISO 8601 in UTC.

    Examples
    --------
    >>> utc(0)
    '1970-01-01T00:00:00Z'
    """
    return _aware(instant).isoformat().replace("+00:00", "Z")


def _figures(quote: BorrowQuote) -> dict[str, object]:
    return {
        "quantity": quote.quantity,
        "quantity_is_floor": quote.quantity_is_floor,
        "fee_rate": quote.fee_rate,
        "rebate_rate": quote.rebate_rate,
        "as_of": None if quote.as_of is None else utc(_microseconds(quote.as_of)),
    }


def _store_of(opened: _Broker, broker: str, market: Market) -> Store:
    if market in opened.stores:
        return opened.stores[market]
    there = ", ".join(m.value for m in opened.stores)
    raise UnknownBrokerError(
        f"no availability of broker {broker!r} in market {market.value!r}; there is: {there}"
    )


def _unknown(name: str, there: list[str]) -> str:
    known = ", ".join(there) if there else "none; import a file first"
    return f"no availability of broker {name!r}; there are: {known}"


def _instant(time: datetime | None, parameter: str, market: Market, default: int) -> int:
    if time is None:
        return default
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise TimeError(
            parameter, time.isoformat(), f"lie in the years {FIRST_YEAR} to {LAST_YEAR}"
        )
    return to_instant(time, market)


def _text(given: datetime | None, instant: int, market: Market) -> str:
    return (from_instant(instant, market) if given is None else given).isoformat()


def _aware(instant: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)


def _microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _made_up(store: Store, instants: set[int]) -> bool:
    return bool(instants) and bool(store.made_up[np.isin(store.as_of, sorted(instants))].any())
