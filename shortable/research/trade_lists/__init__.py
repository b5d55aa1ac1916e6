"""Trade lists that backtesters, platforms and brokers export: each known by its header, all brought to one form."""

from shortable.research.trade_lists.numbers import Decimal
from shortable.research.trade_lists.order import RowOrder
from shortable.research.trade_lists.read import TradeList, read_trades
from shortable.research.trade_lists.trades import Trades

__all__ = ["Decimal", "RowOrder", "TradeList", "Trades", "read_trades"]
