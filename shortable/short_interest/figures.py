"""From stored rows to records: when each was known, and the rate and close that the source may not state."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from shortable.market import Market
from shortable.short_interest.history import Figure
from shortable.short_interest.positions import (
    HKShortPosition,
    ShortPosition,
    USShortPosition,
    midnight,
)
from shortable.store import closes, known_at, known_by_rule, shares_outstanding
from shortable.symbol import Symbol

__all__ = ["FigureMaker", "References"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_midnight = lru_cache(maxsize=1 << 12)(midnight)
_by_rule = lru_cache(maxsize=1 << 12)(known_by_rule)


class References:
    """Closes and shares outstanding of one symbol, read when they are first asked for."""

    def __init__(self, folder: Path, symbol: Symbol, prices: Any = None) -> None:
        self._folder, self._symbol, self._prices = folder, symbol, prices
        self._closes: dict[date, float] | None = None
        self._shares: list[tuple[date, int]] | None = None

    def close(self, day: date) -> float | None:
        """Return the closing price of that very day."""
        if self._closes is None:
            self._closes = (
                self._given_closes() if self._prices is not None else self._stored_closes()
            )
        return self._closes.get(day)

    def _stored_closes(self) -> dict[date, float]:
        return closes(self._folder, self._symbol)

    def _given_closes(self) -> dict[date, float]:
        if self._symbol not in set(self._prices.symbols("daily")):
            return {}
        closes = self._prices.frame(self._symbol, "daily")["close"]
        return {time.date(): float(value) for time, value in closes.items()}

    def shares_outstanding(self, day: date) -> int | None:
        """Return the newest count of a date at or before that day."""
        if self._shares is None:
            self._shares = shares_outstanding(self._folder, self._symbol)
        at = bisect.bisect_right(self._shares, day, key=lambda row: row[0])
        return self._shares[at - 1][1] if at else None


class FigureMaker:
    """Makes records of one source's rows.

    Parameters
    ----------
    market : Market
    source : str
    rank : int
        Of the source among those of its market.
    lag : int or None
        Days for rows that are known by the publisher's schedule; None is the schedule as it was at their import.
    published : mapping
        Settlement date → publication, for the same rows.
    """

    def __init__(
        self,
        market: Market,
        source: str,
        rank: int,
        lag: int | None,
        published: Mapping[date, date | datetime],
    ) -> None:
        self._market, self._source, self._rank = market, source, rank
        self._lag, self._published = lag, published

    def __call__(self, row: Mapping[str, Any], references: References | None = None) -> Figure:
        """Make the record of one row; without references it has the rate and close that the row states."""
        known, day = self._known(row), row["settlement_date"]
        make = _hk if self._market is Market.HKEX else _us
        return Figure(
            (known - _EPOCH) // timedelta(microseconds=1),
            self._rank,
            day,
            make(row, _midnight(day, self._market), known, references),
            self._source,
        )

    def _known(self, row: Mapping[str, Any]) -> datetime:
        stated: datetime = row["known_at"]
        if not row["by_rule"]:
            return stated
        moved = self.known_by_rule(row["settlement_date"])
        return stated.astimezone(UTC) if moved is None else _EPOCH + timedelta(microseconds=moved)

    def known_by_rule(self, day: date) -> int | None:
        """Return from when a settlement date's figures by rule count, None where that is as it was at their import."""
        if day in self._published:
            return known_at(self._published[day], self._market)
        return None if self._lag is None else _by_rule(day, self._market, self._lag)


def _us(
    row: Mapping[str, Any], start: datetime, known: datetime, references: References | None
) -> ShortPosition:
    close = row["close"]
    if close is None and references is not None:
        close = references.close(row["settlement_date"])
    return USShortPosition(
        start,
        row["shares_short"],
        row["avg_daily_volume"],
        row["days_to_cover"],
        _rate(row, references),
        close,
        known,
        row["previous"],
        row["revised"],
        row["split"],
    )


def _hk(
    row: Mapping[str, Any], start: datetime, known: datetime, references: References | None
) -> ShortPosition:
    close = row["close"]
    if close is None and references is not None:
        close = references.close(row["settlement_date"])
    return HKShortPosition(
        start, row["shares_short"], row["value"], close, _rate(row, references), known
    )


def _rate(row: Mapping[str, Any], references: References | None) -> float | None:
    if row["rate"] is not None:
        return float(row["rate"])
    outstanding = row["shares_outstanding"]
    if outstanding is None and references is not None:
        outstanding = references.shares_outstanding(row["settlement_date"])
    return row["shares_short"] / outstanding if outstanding else None
