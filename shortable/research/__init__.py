"""Research: which of the positions that a study wants could have been held, and what the borrow would have cost."""

from shortable.research.audit import Audit, audit
from shortable.research.bounds import ShortBounds, short_bounds
from shortable.research.constrain import Constrained, constrain
from shortable.research.trades import Trades
from shortable.research.weights import constrain_weights

__all__ = ["Audit", "Constrained", "ShortBounds", "Trades", "audit", "constrain", "constrain_weights", "short_bounds"]
