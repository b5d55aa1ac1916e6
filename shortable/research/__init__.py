"""Research: which of the positions that a study wants could have been held, and what the borrow would have cost."""

from shortable.research.bounds import ShortBounds, short_bounds
from shortable.research.constrain import Constrained, constrain
from shortable.research.weights import constrain_weights

__all__ = ["Constrained", "ShortBounds", "constrain", "constrain_weights", "short_bounds"]
