"""What answers look like, for the OpenAPI document: plain dataclasses; nothing is built from them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "Availabilities",
    "Availability",
    "AvailabilityAt",
    "AvailabilityHistory",
    "BrokerList",
    "BrokerMarket",
    "FutuError",
    "FutuPosition",
    "FutuPositions",
    "HabitTradeError",
    "HabitTradePage",
    "HabitTradePosition",
    "HabitTradePositions",
    "Health",
    "LongbridgeChannel",
    "LongbridgeChannels",
    "LongbridgeError",
    "LongbridgeShortPositionsHK",
    "LongbridgeShortPositionsUS",
    "LongbridgeStock",
    "LongbridgeStockPositions",
    "OwnError",
    "ShortInterestAt",
    "ShortInterestHistory",
    "ShortPositionHK",
    "ShortPositionUS",
    "ShortPositionsHK",
    "ShortPositionsUS",
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
    has_data: bool
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


@dataclass
class LongbridgeError:
    """An error as Longbridge has it; `code` is not 0."""

    code: int
    message: str


@dataclass
class FutuError:
    """An error as Futu has it."""

    s: str
    errcode: int
    errmsg: str


@dataclass
class HabitTradeError:
    """An error as HabitTrade has it."""

    code: int
    message: str
    details: str | None = None


@dataclass
class ShortPositionUS:
    """One settlement date of a US security; all values are text, empty where missing."""

    timestamp: str
    current_shares_short: str
    avg_daily_share_volume: str
    days_to_cover: str
    rate: str
    close: str


@dataclass
class ShortPositionHK:
    """One date of a Hong Kong security; all values are text, empty where missing."""

    timestamp: str
    amount: str
    balance: str
    cost: str
    rate: str


@dataclass
class ShortPositionsUS:
    """Rows oldest first."""

    counter_id: str
    data: list[ShortPositionUS]


@dataclass
class ShortPositionsHK:
    """Rows oldest first."""

    counter_id: str
    data: list[ShortPositionHK]


@dataclass
class LongbridgeShortPositionsUS:
    """Short positions of a US security."""

    code: int
    message: str
    data: ShortPositionsUS


@dataclass
class LongbridgeShortPositionsHK:
    """Short positions of a Hong Kong security."""

    code: int
    message: str
    data: ShortPositionsHK


@dataclass
class LongbridgeStock:
    """One holding; a short has a negative quantity."""

    symbol: str
    symbol_name: str
    quantity: str
    available_quantity: str
    currency: str
    cost_price: str
    market: str
    init_quantity: str


@dataclass
class LongbridgeChannel:
    """Holdings of one account channel."""

    account_channel: str
    stock_info: list[LongbridgeStock]


@dataclass
class LongbridgeChannels:
    """All channels."""

    list: list[LongbridgeChannel]


@dataclass
class LongbridgeStockPositions:
    """Stock positions."""

    code: int
    message: str
    data: LongbridgeChannels


@dataclass
class FutuPosition:
    """One position; all numbers are text."""

    position_side: str
    code: str
    stock_name: str
    qty: str
    can_sell_qty: str
    currency: str
    nominal_price: str
    cost_price: str
    cost_price_valid: bool
    market_val: str
    pl_ratio: str
    pl_ratio_valid: bool
    pl_val: str
    pl_val_valid: bool
    today_pl_val: str
    today_trd_val: str
    today_buy_qty: str
    today_buy_val: str
    today_sell_qty: str
    today_sell_val: str
    unrealized_pl: str
    realized_pl: str


@dataclass
class FutuPositions:
    """Positions of an account."""

    s: str
    d: list[FutuPosition]


@dataclass
class HabitTradePosition:
    """One position; a short has a negative `qty`, which is shortable's extension."""

    market: str
    product_code: str
    product_name: str
    qty: int
    os_sell_qty: int
    avail_qty: int
    avail_sell_qty: int
    uncleared_qty: int
    base_currency: str
    avg_cost: float | None
    avg_price: float | None
    prev_price: float | None
    prev_market_value: float | None
    pending_deposit_qty: int
    pending_withdrawal_qty: int
    approved_deposit_qty: int
    approved_withdrawal_qty: int
    security_type: str
    contract_time: int | str | None
    portfolio_id: str | None


@dataclass
class HabitTradePage:
    """One page of positions."""

    total_records: int
    page: int
    page_size: int
    positions: list[HabitTradePosition]


@dataclass
class HabitTradePositions:
    """Positions, by page."""

    code: int
    data: HabitTradePage
