"""LEAN's look-up in a broker's store: the snapshot of that very date, or no restriction (S3's one exception)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from shortable.clock import as_datetime, from_instant, to_local
from shortable.provider import BorrowQuote
from shortable.providers.history import FEE, QUANTITY, REBATE, utc
from shortable.providers.local_disk import LocalDiskShortableProvider
from shortable.providers.pairs import Pairs
from shortable.symbol import Symbol

__all__ = ["ExactDateProvider"]

_COLUMNS = [QUANTITY, FEE, REBATE]


class _Row(NamedTuple):
    instant: int
    """When the snapshot was made, microseconds UTC."""
    day: date
    """The same on the exchange's calendar."""
    quantity: int | None
    fee_rate: float | None
    rebate_rate: float | None


class ExactDateProvider(LocalDiskShortableProvider):
    """`LocalDiskShortableProvider` with ``lookup="lean"``: a row speaks on its own date only.

    Of several snapshots of a date the newest known at the time speaks. A symbol that a complete snapshot leaves out is
    not restricted, as LEAN has it.

    Examples
    --------
    >>> from shortable.store import append, make_snapshot
    >>> from shortable.clock import published_instant
    >>> folder = getfixture("tmp_path")
    >>> snapshot = make_snapshot(published_instant(datetime(2024, 1, 2)), {"symbol": ["SPY"], "quantity": [500]},
    ...                          complete=True)
    >>> _ = append("axos", [snapshot], data_folder=folder)
    >>> lean = LocalDiskShortableProvider("axos", data_folder=folder, lookup="lean")
    >>> [lean.shortable_quantity("SPY", datetime(2024, 1, day)) for day in (1, 2, 3)]
    [None, 500, None]
    >>> lean.shortable_quantity("GME", datetime(2024, 1, 2)) is None
    True
    """

    @property
    def policy(self) -> str:
        """How it answers, in words."""
        return "LEAN's: the snapshot of that very date; what it does not name is not restricted"

    def _forget(self) -> None:
        super()._forget()
        self._dated: dict[Symbol, tuple[list[int], list[_Row]]] = {}

    def _rows(self, symbol: Symbol) -> tuple[list[int], list[_Row]]:
        known = self._dated.get(symbol)
        if known is None:
            history: Any = self._histories[QUANTITY].get(symbol.market)
            found = [] if history is None else self._read(history.store, symbol)
            known = self._dated[symbol] = [row.instant for row in found], found
        return known

    def _read(self, store: Any, symbol: Symbol) -> list[_Row]:
        rows: list[_Row] = []
        for part in range(store.n_parts):
            said = store.read_symbol(part, symbol.ticker, symbol.currency, _COLUMNS)
            columns = [said["as_of"].tolist(), *(said[name].tolist() for name in _COLUMNS)]
            for instant, shares, fee, rebate in zip(*columns, strict=True):
                day = from_instant(instant, symbol.market).date()
                quantity = shares if shares >= 0 else None
                rows.append(
                    _Row(instant, day, quantity, *(None if r != r else r for r in (fee, rebate)))
                )
        return sorted(rows)

    def _row(self, symbol: Any, local_time: Any) -> _Row | None:
        key, moment = Symbol.create(symbol), as_datetime(local_time)
        instants, rows = self._rows(key)
        at = bisect_right(instants, self._clock(key.market).instant(moment)) - 1
        if at < 0:
            return None
        row = rows[at]
        return row if row.day == (to_local(moment, key.market) - self._lag).date() else None

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int | None:
        """Return the shares that a snapshot of that date states, else None."""
        row = self._row(symbol, local_time)
        return None if row is None else row.quantity

    def fee_rate(self, symbol: Symbol, local_time: datetime) -> float:
        """Return the fee rate of a snapshot of that date, else 0.0."""
        row = self._row(symbol, local_time)
        return (row and row.fee_rate) or 0.0

    def rebate_rate(self, symbol: Symbol, local_time: datetime) -> float:
        """Return the rebate rate of a snapshot of that date, else 0.0."""
        row = self._row(symbol, local_time)
        return (row and row.rebate_rate) or 0.0

    def has_quantity(self, symbol: Symbol, local_time: datetime) -> bool:
        """Return whether a snapshot of that date states a quantity."""
        return self.shortable_quantity(symbol, local_time) is not None

    def has_fee_rate(self, symbol: Symbol, local_time: datetime) -> bool:
        """Return whether a snapshot of that date states a fee rate."""
        row = self._row(symbol, local_time)
        return row is not None and row.fee_rate is not None

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        row, local = self._row(symbol, moment), to_local(moment, symbol.market)
        if row is None:
            return BorrowQuote(symbol, local, None)
        return BorrowQuote(
            symbol,
            local,
            row.quantity,
            fee_rate=row.fee_rate,
            rebate_rate=row.rebate_rate,
            as_of=utc(row.instant),
        )

    def _quantities(self, pairs: Pairs) -> npt.NDArray[np.int64]:
        found = (self.shortable_quantity(symbol, moment) for symbol, moment in pairs.moments())
        return np.fromiter((-1 if n is None else n for n in found), np.int64, len(pairs))

    def _fee_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        found = ((self._row(symbol, moment)) for symbol, moment in pairs.moments())
        rates = (np.nan if row is None or row.fee_rate is None else row.fee_rate for row in found)
        return np.fromiter(rates, np.float64, len(pairs))

    def _change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        # A row speaks from its snapshot to the end of its date.
        found = super()._change_times(symbols, start, end)
        midnight = datetime(start.year, start.month, start.day) + timedelta(days=1)
        while midnight <= end.replace(tzinfo=None):
            found.add(midnight)
            midnight += timedelta(days=1)
        return found
