"""What shortable's own answers look like, for the OpenAPI document: plain dataclasses, nothing is built from them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "Availabilities",
    "Availability",
    "AvailabilityAt",
    "AvailabilityHistory",
    "BrokerList",
    "BrokerMarket",
    "Health",
    "OwnError",
    "ShortInterestAt",
    "ShortInterestHistory",
]


@dataclass
class Health:
    """The server answers."""

    status: str
    version: str


@dataclass
class BrokerMarket:
    """One market of one broker's store; times are UTC, null where there is no snapshot."""

    broker: str
    market: str
    currency: str
    time_zone: str
    snapshots: int
    first: str | None
    last: str | None
    made_up: bool


@dataclass
class BrokerList:
    """Whose availability there is, and whether there is short interest and a book of positions."""

    data_is_sample: bool
    brokers: list[BrokerMarket]


@dataclass
class Availability:
    """What could be borrowed of one symbol: shares (null: no restriction known), annual fractions (null: unknown)."""

    symbol: str
    currency: str
    quantity: int | None
    quantity_is_floor: bool
    fee_rate: float | None
    rebate_rate: float | None
    as_of: str | None


@dataclass
class Availabilities:
    """A market at a time: `total` symbols, of which those from `offset` on."""

    broker: str
    market: str
    time_zone: str
    local_time: str
    utc_time: str
    total: int
    offset: int
    made_up: bool
    symbols: list[Availability]


@dataclass
class AvailabilityAt:
    """What was known from `local_time` on, until the next row."""

    local_time: str
    utc_time: str
    quantity: int | None
    quantity_is_floor: bool
    fee_rate: float | None
    rebate_rate: float | None
    as_of: str | None
    rests_on_data: bool
    left_out: bool


@dataclass
class AvailabilityHistory:
    """A symbol over time, oldest first: the newest of `total` rows."""

    broker: str
    symbol: str
    ticker: str
    market: str
    currency: str
    time_zone: str
    max_age_days: float | None
    total: int
    made_up: bool
    rows: list[AvailabilityAt]


@dataclass
class ShortInterestAt:
    """Short interest at one settlement date; `rate` is a fraction of the shares outstanding, `value` in `currency`."""

    settlement_date: str
    known_at: str | None
    shares_short: int
    avg_daily_volume: int | None
    days_to_cover: float | None
    rate: float | None
    close: float | None
    value: float | None


@dataclass
class ShortInterestHistory:
    """Short interest over time, oldest first: the newest of `total` rows."""

    symbol: str
    ticker: str
    market: str
    currency: str
    time_zone: str
    sources: list[str]
    note: str
    total: int
    made_up: bool
    rows: list[ShortInterestAt]


@dataclass
class OwnError:
    """An error in shortable's own words."""

    error: str
    message: str
    trace_id: str
