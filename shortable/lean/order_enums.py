"""LEAN's enumerations about orders and brokers, with its numbers."""

from __future__ import annotations

from shortable.lean.names import LeanEnum
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY as _EXCEEDS

__all__ = [
    "BrokerageName",
    "OrderDirection",
    "OrderField",
    "OrderPosition",
    "OrderRequestStatus",
    "OrderRequestType",
    "OrderResponseErrorCode",
    "OrderStatus",
    "OrderType",
]


class OrderType(LeanEnum):
    """How an order fills."""

    MARKET = 0
    LIMIT = 1
    STOP_MARKET = 2
    STOP_LIMIT = 3
    MARKET_ON_OPEN = 4
    MARKET_ON_CLOSE = 5
    OPTION_EXERCISE = 6
    LIMIT_IF_TOUCHED = 7
    COMBO_MARKET = 8
    COMBO_LIMIT = 9
    COMBO_LEG_LIMIT = 10
    TRAILING_STOP = 11


class OrderDirection(LeanEnum):
    """Which way an order goes."""

    BUY = 0
    SELL = 1
    HOLD = 2


class OrderPosition(LeanEnum):
    """What an order does to a position."""

    BUY_TO_OPEN = 0
    BUY_TO_CLOSE = 1
    SELL_TO_OPEN = 2
    SELL_TO_CLOSE = 3


class OrderStatus(LeanEnum):
    """Where an order stands."""

    NEW = 0
    SUBMITTED = 1
    PARTIALLY_FILLED = 2
    FILLED = 3
    CANCELED = 5
    NONE = 6
    INVALID = 7
    CANCEL_PENDING = 8
    UPDATE_SUBMITTED = 9

    def is_closed(self) -> bool:
        """Whether nothing more can happen to the order.

        Examples
        --------
        >>> OrderStatus.INVALID.is_closed(), OrderStatus.Submitted.is_closed()
        (True, False)
        """
        return self in (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.INVALID)

    def is_open(self) -> bool:
        """Whether the order may still fill."""
        return not self.is_closed()

    def is_fill(self) -> bool:
        """Whether shares changed hands."""
        return self in (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED)


class OrderField(LeanEnum):
    """What `OrderTicket.get` can be asked for."""

    LIMIT_PRICE = 0
    STOP_PRICE = 1
    TRIGGER_PRICE = 2
    TRAILING_AMOUNT = 3
    TRAILING_AS_PERCENTAGE = 4


class OrderRequestType(LeanEnum):
    """Kinds of request."""

    SUBMIT = 0
    UPDATE = 1
    CANCEL = 2


class OrderRequestStatus(LeanEnum):
    """Where a request stands."""

    UNPROCESSED = 0
    PROCESSING = 1
    PROCESSED = 2
    ERROR = 3


class OrderResponseErrorCode(LeanEnum):
    """Why a request was refused."""

    NONE = 0
    PROCESSING_ERROR = -1
    ORDER_ALREADY_EXISTS = -2
    INSUFFICIENT_BUYING_POWER = -3
    BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER = -4
    BROKERAGE_FAILED_TO_SUBMIT_ORDER = -5
    BROKERAGE_FAILED_TO_UPDATE_ORDER = -6
    BROKERAGE_HANDLER_REFUSED_TO_UPDATE_ORDER = -7
    BROKERAGE_FAILED_TO_CANCEL_ORDER = -8
    INVALID_ORDER_STATUS = -9
    UNABLE_TO_FIND_ORDER = -10
    ORDER_QUANTITY_ZERO = -11
    UNSUPPORTED_REQUEST_TYPE = -12
    PRE_ORDER_CHECKS_ERROR = -13
    MISSING_SECURITY = -14
    EXCHANGE_NOT_OPEN = -15
    SECURITY_PRICE_ZERO = -16
    FOREX_BASE_AND_QUOTE_CURRENCIES_REQUIRED = -17
    FOREX_CONVERSION_RATE_ZERO = -18
    SECURITY_HAS_NO_DATA = -19
    EXCEEDED_MAXIMUM_ORDERS = -20
    MARKET_ON_CLOSE_ORDER_TOO_LATE = -21
    INVALID_REQUEST = -22
    REQUEST_CANCELED = -23
    ALGORITHM_WARMING_UP = -24
    BROKERAGE_MODEL_REFUSED_TO_UPDATE_ORDER = -25
    QUOTE_CURRENCY_REQUIRED = -26
    CONVERSION_RATE_ZERO = -27
    NON_TRADABLE_SECURITY = -28
    NON_EXERCISABLE_SECURITY = -29
    ORDER_QUANTITY_LESS_THAN_LOT_SIZE = -30
    ORDER_QUANTITY_LESS_THAN_LOTE_SIZE = -30  # as older LEAN spells it
    EXCEEDS_SHORTABLE_QUANTITY = _EXCEEDS
    INVALID_NEW_ORDER_STATUS = -32
    EUROPEAN_OPTION_NOT_EXPIRED_ON_EXERCISE = -33
    OPTION_ORDER_ON_STOCK_SPLIT = -34
    MARKET_ON_OPEN_NOT_ALLOWED_DURING_REGULAR_HOURS = -35


class BrokerageName(LeanEnum):
    """LEAN's names of brokers."""

    DEFAULT = 0
    QUANT_CONNECT_BROKERAGE = 0
    INTERACTIVE_BROKERS_BROKERAGE = 1
    TRADIER_BROKERAGE = 2
    OANDA_BROKERAGE = 3
    FXCM_BROKERAGE = 4
    BITFINEX = 5
    BINANCE = 6
    GDAX = 12
    ALPACA = 13
    ALPHA_STREAMS = 14
    ZERODHA = 15
    SAMCO = 16
    ATREYU = 17
    TRADING_TECHNOLOGIES = 18
    KRAKEN = 19
    FTX = 20
    FTXUS = 21
    EXANTE = 22
    BINANCE_US = 23
    WOLVERINE = 24
    TD_AMERITRADE = 25
    BINANCE_FUTURES = 26
    BINANCE_COIN_FUTURES = 27
    RBI = 28
    BYBIT = 29
    EZE = 30
    AXOS = 31
    COINBASE = 32
    TRADE_STATION = 33
    TERMINAL_LINK = 34
    CHARLES_SCHWAB = 35
    TASTYTRADE = 36
    INTERACTIVE_BROKERS_FIX = 37
    DYDX = 38
    KALSHI = 39
