"""LEAN's enumerations, with its numbers; those about orders are `shortable.orders`' and are found here too."""

from __future__ import annotations

from shortable.names import LeanEnum
from shortable.orders import (
    OrderDirection,
    OrderField,
    OrderRequestStatus,
    OrderRequestType,
    OrderResponseErrorCode,
    OrderStatus,
    OrderType,
)

__all__ = [
    "AccountType",
    "AlgorithmMode",
    "AlgorithmStatus",
    "BrokerageName",
    "DataFeedEndpoint",
    "DataMappingMode",
    "DataNormalizationMode",
    "DelistingType",
    "DeploymentTarget",
    "FileFormat",
    "FillGroupingMethod",
    "FillMatchingMethod",
    "IndicatorStatus",
    "MarketDataType",
    "MovingAverageType",
    "OptionRight",
    "OptionStyle",
    "OrderDirection",
    "OrderField",
    "OrderPosition",
    "OrderRequestStatus",
    "OrderRequestType",
    "OrderResponseErrorCode",
    "OrderStatus",
    "OrderType",
    "PositionSide",
    "Resolution",
    "ScatterMarkerSymbol",
    "SecurityType",
    "SeriesType",
    "SplitType",
    "SubscriptionTransportMedium",
    "TickType",
]


class SecurityType(LeanEnum):
    """Kinds of security, of which `shortable.lean` runs equities only."""

    BASE = 0
    EQUITY = 1
    OPTION = 2
    COMMODITY = 3
    FOREX = 4
    FUTURE = 5
    CFD = 6
    CRYPTO = 7
    FUTURE_OPTION = 8
    INDEX = 9
    INDEX_OPTION = 10
    CRYPTO_FUTURE = 11


class Resolution(LeanEnum):
    """How long a bar is; `shortable.lean` has minute, hour and daily bars."""

    TICK = 0
    SECOND = 1
    MINUTE = 2
    HOUR = 3
    DAILY = 4


class DataNormalizationMode(LeanEnum):
    """What of splits and dividends is in the prices."""

    RAW = 0
    ADJUSTED = 1
    SPLIT_ADJUSTED = 2
    TOTAL_RETURN = 3
    FORWARD_PANAMA_CANAL = 4
    BACKWARDS_PANAMA_CANAL = 5
    BACKWARDS_RATIO = 6
    SCALED_RAW = 7


class DataMappingMode(LeanEnum):
    """When a continuous future rolls; equities have no use for it."""

    LAST_TRADING_DAY = 0
    FIRST_DAY_MONTH = 1
    OPEN_INTEREST = 2
    OPEN_INTEREST_ANNUAL = 3


class TickType(LeanEnum):
    """Trades or quotes."""

    TRADE = 0
    QUOTE = 1
    OPEN_INTEREST = 2


class MarketDataType(LeanEnum):
    """Kinds of data."""

    BASE = 0
    TRADE_BAR = 1
    TICK = 2
    AUXILIARY = 3
    QUOTE_BAR = 4
    OPTION_CHAIN = 5
    FUTURES_CHAIN = 6


class AccountType(LeanEnum):
    """Whether the account may borrow."""

    MARGIN = 0
    CASH = 1


class DelistingType(LeanEnum):
    """A delisting is announced on its last day of trading and done the day after."""

    WARNING = 0
    DELISTED = 1


class SplitType(LeanEnum):
    """A split is announced the session before and done."""

    WARNING = 0
    SPLIT_OCCURRED = 1


class PositionSide(LeanEnum):
    """Side of a position."""

    SHORT = -1
    NONE = 0
    LONG = 1


class OptionRight(LeanEnum):
    """Call or put."""

    CALL = 0
    PUT = 1


class OptionStyle(LeanEnum):
    """American or European."""

    AMERICAN = 0
    EUROPEAN = 1


class AlgorithmStatus(LeanEnum):
    """What state an algorithm is in."""

    DEPLOY_ERROR = 0
    IN_QUEUE = 1
    RUNNING = 2
    STOPPED = 3
    LIQUIDATED = 4
    DELETED = 5
    COMPLETED = 6
    RUNTIME_ERROR = 7
    INVALID = 8
    LOGGING_IN = 9
    INITIALIZING = 10
    HISTORY = 11


class AlgorithmMode(LeanEnum):
    """What an algorithm runs as; here always a backtest."""

    LIVE = 0
    OPTIMIZATION = 1
    BACKTESTING = 2
    RESEARCH = 3


class DeploymentTarget(LeanEnum):
    """Where an algorithm runs; here always on this machine."""

    CLOUD_PLATFORM = 0
    LOCAL_PLATFORM = 1
    PRIVATE_CLOUD_PLATFORM = 2


class SubscriptionTransportMedium(LeanEnum):
    """Where custom data come from."""

    LOCAL_FILE = 0
    REMOTE_FILE = 1
    REST = 2
    STREAMING = 3
    OBJECT_STORE = 4


class FileFormat(LeanEnum):
    """How custom data are laid out."""

    CSV = 0
    BINARY = 1
    ZIP_ENTRY_NAME = 2
    UNFOLDING_COLLECTION = 3
    INDEX = 4
    FOLDING_COLLECTION = 5


class DataFeedEndpoint(LeanEnum):
    """What feeds an algorithm."""

    BACKTESTING = 0
    FILE_SYSTEM = 1
    LIVE_TRADING = 2
    DATABASE = 3


class FillGroupingMethod(LeanEnum):
    """What counts as one trade."""

    FILL_TO_FILL = 0
    FLAT_TO_FLAT = 1
    FLAT_TO_REDUCED = 2


class FillMatchingMethod(LeanEnum):
    """Which of several entries an exit closes first."""

    FIFO = 0
    LIFO = 1


class IndicatorStatus(LeanEnum):
    """How an indicator's computation went."""

    SUCCESS = 0
    INVALID_INPUT = 1
    MATH_ERROR = 2
    VALUE_NOT_READY = 3


class MovingAverageType(LeanEnum):
    """Kinds of moving average."""

    SIMPLE = 0
    EXPONENTIAL = 1
    WILDERS = 2
    LINEAR_WEIGHTED_MOVING_AVERAGE = 3
    DOUBLE_EXPONENTIAL = 4
    TRIPLE_EXPONENTIAL = 5
    TRIANGULAR = 6
    T3 = 7
    KAMA = 8
    HULL = 9
    ALMA = 10


class SeriesType(LeanEnum):
    """How a chart draws a series."""

    LINE = 0
    SCATTER = 1
    CANDLE = 2
    BAR = 3
    FLAG = 4
    STACKED_AREA = 5
    PIE = 6
    TREEMAP = 7
    HEATMAP = 9
    SCATTER_3D = 10
    SCATTER3D = 10


class ScatterMarkerSymbol(LeanEnum):
    """Marks of a scatter series."""

    NONE = 0
    CIRCLE = 1
    SQUARE = 2
    DIAMOND = 3
    TRIANGLE = 4
    TRIANGLE_DOWN = 5


class OrderPosition(LeanEnum):
    """What an order does to a position."""

    BUY_TO_OPEN = 0
    BUY_TO_CLOSE = 1
    SELL_TO_OPEN = 2
    SELL_TO_CLOSE = 3


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
