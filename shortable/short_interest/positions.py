"""Short positions as Longbridge's API has them: one record a settlement date, for the USA and for Hong Kong.

Fields have the API's names. Its documentation calls ``amount`` an amount in HKD; in its own example 53,677,721 × 379.8
is 20,386,798,436, so ``amount`` is shares and ``balance`` is their value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import pandas as pd
import pyarrow as pa

from shortable.arrays import Array
from shortable.clock import published_instant, to_instant, to_local
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.store import SHORT_INTEREST, known_by_rule
from shortable.symbol import Symbol

__all__ = [
    "HKShortPosition",
    "ShortPosition",
    "ShortPositions",
    "USShortPosition",
    "midnight",
    "to_table",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def midnight(day: date, market: Market) -> datetime:
    """Return the instant, as an aware time in UTC, at which a day begins on the clock of a market's exchange.

    Examples
    --------
    >>> midnight(date(2024, 6, 14), Market.HKEX).isoformat()
    '2024-06-13T16:00:00+00:00'
    """
    return _EPOCH + timedelta(microseconds=to_instant(day, market))


@dataclass(frozen=True, slots=True)
class USShortPosition:
    """Short interest of one US security at one settlement date, as FINRA publishes it twice a month."""

    market: ClassVar[Market] = Market.USA

    timestamp: datetime
    """Midnight in New York that begins the settlement date, aware, in UTC."""
    current_shares_short: int
    """Shares short over all firms, at the settlement date."""
    avg_daily_share_volume: int | None
    """Shares traded a day, on average since the settlement date before; None where not stated."""
    days_to_cover: float | None
    """Shares short ÷ average daily volume, in days, never between 0 and 1 as FINRA rounds it; None where nothing was
    traded or the vendor has no number for it (FINRA's 999.99)."""
    rate: float | None = None
    """Shares short ÷ shares outstanding, a fraction (0.0068 is 0.68 %); None where the latter is not known."""
    close: float | None = None
    """Closing price at the settlement date, in USD; None where not known."""
    known_at: datetime | None = None
    """Instant from which the figure was public, aware, in UTC; None for one that has not been through the store."""
    previous_shares_short: int | None = None
    """What this publication says of the settlement date before; not adjusted for splits."""
    revised: bool = False
    """The vendor flags the previous figure as revised."""
    split: bool = False
    """The vendor flags a stock split since the settlement date before."""

    @property
    def settlement_date(self) -> date:
        """The settlement date, on the exchange's calendar."""
        return to_local(self.timestamp, self.market).date()


@dataclass(frozen=True, slots=True)
class HKShortPosition:
    """Reportable short positions in one Hong Kong security at one date, as the SFC publishes them once a week."""

    market: ClassVar[Market] = Market.HKEX

    timestamp: datetime
    """Midnight in Hong Kong that begins the date, aware, in UTC."""
    amount: int
    """Shares short, summed over the positions that had to be reported; 0 says that none had to be."""
    balance: float | None
    """Value of those shares at the closing price, in HKD."""
    cost: float | None
    """Closing price, in HKD (for an RMB counter converted); None where there is no position to read it off."""
    rate: float | None = None
    """Shares short ÷ shares outstanding, a fraction; None where the latter is not known."""
    known_at: datetime | None = None
    """Instant from which the figure was public, aware, in UTC; None for one that has not been through the store."""

    @property
    def settlement_date(self) -> date:
        """The date of the positions, on the exchange's calendar."""
        return to_local(self.timestamp, self.market).date()


ShortPosition = USShortPosition | HKShortPosition
"""One record of either market."""

_WHOLE = {"current_shares_short", "avg_daily_share_volume", "previous_shares_short", "amount"}
_REAL = {"days_to_cover", "rate", "close", "balance", "cost"}


@dataclass(frozen=True, slots=True)
class ShortPositions:
    """Short positions of one security.

    Examples
    --------
    >>> row = USShortPosition(midnight(date(2022, 3, 15), Market.USA), 111286790, 95077016, 1.17, 0.0068)
    >>> positions = ShortPositions(Symbol.create("TSLA.US"), (row,))
    >>> len(positions), positions.rows[0].settlement_date.isoformat()
    (1, '2022-03-15')
    """

    symbol: Symbol
    """The security that was asked for."""
    rows: tuple[ShortPosition, ...]
    """One a settlement date, oldest first."""
    made_up: bool = False
    """The rows are made-up sample data."""
    sources: tuple[str, ...] = ()
    """Where the rows come from: ``finra``, ``sfc``, ``longbridge``."""
    note: str = ""
    """What the reader should know, such as why there are no rows; mostly empty."""

    @property
    def market(self) -> Market:
        """Market of the security, from its suffix."""
        return self.symbol.market

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[ShortPosition]:
        return iter(self.rows)

    def to_frame(self) -> pd.DataFrame:
        """Return the rows as a DataFrame, oldest first.

        Returns
        -------
        DataFrame
            Index ``settlement_date`` (naive, exchange-local); columns are the record's fields: times are UTC, share
            counts Int64, the rest float64 and bool.
        """
        kind = HKShortPosition if self.market is Market.HKEX else USShortPosition
        columns: dict[str, Array | pd.DatetimeIndex | pd.api.extensions.ExtensionArray] = {}
        for field in fields(kind):
            values = [getattr(row, field.name) for row in self.rows]
            if field.name in _WHOLE:
                columns[field.name] = pd.array(values, dtype="Int64")
            elif field.name in _REAL:
                columns[field.name] = pd.Series(values, dtype="float64").to_numpy()
            elif field.name in ("timestamp", "known_at"):
                columns[field.name] = pd.DatetimeIndex(pd.to_datetime(values, utc=True)).as_unit(
                    "us"
                )
            else:
                columns[field.name] = pd.Series(values, dtype="bool").to_numpy()
        days = pd.DatetimeIndex(
            [row.settlement_date for row in self.rows], name="settlement_date"
        ).as_unit("us")
        return pd.DataFrame(columns, index=days)


def to_table(positions: ShortPositions, fetched: datetime | None = None) -> pa.Table:
    """Return positions as the store has them.

    Parameters
    ----------
    positions : ShortPositions
        Of the USA or Hong Kong.
    fetched : datetime, optional
        When they were fetched, aware or exchange-local: a row was known then at the latest.

    Raises
    ------
    InvalidInputError
        They are of another market.
    """
    market = positions.market
    if market not in (Market.USA, Market.HKEX):
        raise InvalidInputError("positions", str(positions.symbol), "be of the USA or Hong Kong")
    latest = None if fetched is None else published_instant(fetched, market)
    return pa.Table.from_pylist(
        [_stored(row, positions, latest) for row in positions], schema=SHORT_INTEREST.schema
    )


def _stored(
    position: ShortPosition, positions: ShortPositions, latest: int | None
) -> dict[str, object]:
    day = position.settlement_date
    scheduled = known_by_rule(day, positions.market)
    known = scheduled if latest is None else min(scheduled, latest)
    row: dict[str, object] = {
        "symbol": positions.symbol.ticker,
        "settlement_date": day,
        "known_at": _EPOCH + timedelta(microseconds=known),
        "by_rule": known == scheduled,
        "rate": position.rate,
        "revised": False,
        "split": False,
    }
    if isinstance(position, HKShortPosition):
        return row | {
            "shares_short": position.amount,
            "value": position.balance,
            "close": position.cost,
        }
    return row | {
        "shares_short": position.current_shares_short,
        "avg_daily_volume": position.avg_daily_share_volume,
        "days_to_cover": position.days_to_cover,
        "close": position.close,
    }
