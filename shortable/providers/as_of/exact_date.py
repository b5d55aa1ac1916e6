"""LEAN's look-up in a broker's store: the snapshot of that very date, or no restriction (S3's one exception)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np

from shortable.arrays import Bools, Floats, Ints, Times
from shortable.clock import LocalTime, as_datetime, from_instant, to_local
from shortable.provider import BorrowQuote, Pairs
from shortable.providers.as_of.history import FEE, QUANTITY, REBATE, utc
from shortable.providers.as_of.lookup import AsOfLookup
from shortable.providers.as_of.stored_history import StoredHistory
from shortable.store import Store
from shortable.symbol import Symbol

__all__ = ["ExactDateLookup"]

_COLUMNS = [QUANTITY, FEE, REBATE]


class _Row(NamedTuple):
    instant: int
    """When the snapshot was made, microseconds UTC."""
    day: date
    """The same on the exchange's calendar."""
    quantity: int | None
    fee_rate: float | None
    rebate_rate: float | None


class ExactDateLookup(AsOfLookup):
    """The look-up of ``match="exact_date"``: a row answers on its own date only.

    Of several snapshots of a date the newest known at the time answers. A symbol that a complete snapshot leaves out
    is not restricted, as LEAN has it.

    Examples
    --------
    >>> from shortable import LocalDiskShortableProvider
    >>> from shortable.store import append, make_snapshot
    >>> from shortable.clock import published_instant
    >>> folder = getfixture("tmp_path")
    >>> snapshot = make_snapshot(published_instant(datetime(2024, 1, 2)), {"symbol": ["SPY"], "quantity": [500]},
    ...                          complete=True)
    >>> _ = append("axos", [snapshot], data_folder=folder)
    >>> provider = LocalDiskShortableProvider("axos", data_folder=folder, match="exact_date")
    >>> [provider.shortable_quantity("SPY", datetime(2024, 1, day)) for day in (1, 2, 3)]
    [None, 500, None]
    >>> provider.shortable_quantity("GME", datetime(2024, 1, 2)) is None
    True
    """

    @property
    def policy(self) -> str:
        """Which snapshots answer, and what happens where none does, in words."""
        return "LEAN's: the snapshot of that very date; what it does not name is not restricted"

    def _make_caches(self) -> None:
        super()._make_caches()
        self._kept: dict[Symbol, tuple[list[int], list[_Row]]] = {}

    def _remember(self, *_: object) -> None:
        """Keep no tracks: they answer as-of."""

    def _rows(self, symbol: Symbol) -> tuple[list[int], list[_Row]]:
        known = self._kept.get(symbol)
        if known is None:
            history = self.histories[QUANTITY].get(symbol.market)
            rows = _read(history.store, symbol) if isinstance(history, StoredHistory) else []
            known = self._kept[symbol] = [row.instant for row in rows], rows
        return known

    def _row(self, symbol: Symbol | str, local_time: LocalTime) -> _Row | None:
        key, moment = Symbol.create(symbol), as_datetime(local_time)
        instants, rows = self._rows(key)
        at = bisect_right(instants, self.clock(key.market).instant(moment)) - 1
        if at < 0:
            return None
        row = rows[at]
        return row if row.day == (to_local(moment, key.market) - self.lag).date() else None

    def quantity(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        """Return the shares that a snapshot of that date states, else None."""
        row = self._row(symbol, local_time)
        return None if row is None else row.quantity

    def stated(self, column: str, symbol: Symbol | str, local_time: LocalTime) -> float | None:
        """Return what a snapshot of that date states, else None."""
        row = self._row(symbol, local_time)
        stated: float | None = None if row is None else getattr(row, column)
        return stated

    def quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        """Return everything that is known about a symbol at a time."""
        row, local = self._row(symbol, moment), to_local(moment, symbol.market)
        if row is None:
            note = f"no snapshot of {(local - self.lag).date()} names {symbol}"
            return BorrowQuote(symbol, local, None, has_data=False, note=note)
        return BorrowQuote(
            symbol,
            local,
            row.quantity,
            fee_rate=row.fee_rate,
            rebate_rate=row.rebate_rate,
            as_of=utc(row.instant),
            has_data=row.quantity is not None,
        )

    def quantities(self, pairs: Pairs) -> Ints:
        """Return `quantity` of many pairs, −1 for None."""
        found = (self.quantity(symbol, moment) for symbol, moment in pairs.moments())
        return np.fromiter((-1 if n is None else n for n in found), np.int64, len(pairs))

    def have_data(self, pairs: Pairs) -> Bools:
        """Return of many pairs whether a snapshot of that date states a quantity."""
        return self.quantities(pairs) >= 0

    def share_days(self, pairs: Pairs) -> Times:
        """Return the day of each pair less the lag: a row answers on its own date only."""
        return pairs.lagged(self.lag).days()

    def rates(self, column: str, pairs: Pairs) -> Floats:
        """Return the rates of many pairs, NaN where none is stated."""
        found = (self.stated(column, symbol, moment) for symbol, moment in pairs.moments())
        return np.fromiter((np.nan if r is None else r for r in found), np.float64, len(pairs))

    def change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        """Return naive wall times at which answers about some symbols may change."""
        # A row answers from its snapshot to the end of its date.
        found = super().change_times(symbols, start, end)
        midnight = datetime(start.year, start.month, start.day) + timedelta(days=1)
        while midnight <= end.replace(tzinfo=None):
            found.add(midnight)
            midnight += timedelta(days=1)
        return found


def _read(store: Store, symbol: Symbol) -> list[_Row]:
    rows: list[_Row] = []
    for part in range(store.n_parts):
        found = store.read_symbol(part, symbol.ticker, symbol.currency, _COLUMNS)
        columns = [found[name].tolist() for name in ("as_of", *_COLUMNS)]
        for instant, shares, fee, rebate in zip(*columns, strict=True):
            day = from_instant(instant, symbol.market).date()
            quantity = shares if shares >= 0 else None
            rows.append(
                _Row(instant, day, quantity, *(None if r != r else r for r in (fee, rebate)))
            )
    return sorted(rows, key=lambda row: row.instant)
