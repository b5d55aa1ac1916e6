"""Research: which of the positions that a study wants could have been held, and what the borrow would have cost."""

from shortable.research.audit import Audit, audit
from shortable.research.bounds import BorrowFrames, ShortBounds, borrow_frames, short_bounds
from shortable.research.constrain import Constrained, constrain
from shortable.research.sweep import sweep
from shortable.research.trade_lists import TradeList, Trades, read_trades
from shortable.research.weights import constrain_weights

__all__ = [
    "Audit",
    "BorrowFrames",
    "Constrained",
    "ShortBounds",
    "TradeList",
    "Trades",
    "audit",
    "borrow_frames",
    "constrain",
    "constrain_weights",
    "read_trades",
    "short_bounds",
    "sweep",
]
