"""Research: which of the positions that a study wants could have been held, and what the borrow would have cost."""

from shortable.research.audit import Audit, audit
from shortable.research.bounds import ShortBounds, short_bounds
from shortable.research.constrain import Constrained, constrain
from shortable.research.trade_lists import TradeList, Trades, read_trades
from shortable.research.weights import constrain_weights

__all__ = [
    "Audit",
    "Constrained",
    "ShortBounds",
    "TradeList",
    "Trades",
    "audit",
    "constrain",
    "constrain_weights",
    "read_trades",
    "short_bounds",
]
