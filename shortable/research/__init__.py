"""Research: which of the positions that a study wants could have been held, and what the borrow would have cost."""

from shortable.research.audit import Audit, audit
from shortable.research.borrow_statement import (
    BorrowStatement,
    audit_borrow_statement,
    holds_borrow_fees,
    read_borrow_statement,
)
from shortable.research.bounds import BorrowFrames, ShortBounds, borrow_frames, short_bounds
from shortable.research.constrain import Constrained, constrain
from shortable.research.estimate import (
    BorrowModel,
    EstimatedShortableProvider,
    check_borrow_model,
    estimate_band,
    fit_borrow_model,
    general_collateral,
    last_known,
)
from shortable.research.in_parts import InParts, in_parts
from shortable.research.sweep import sweep
from shortable.research.trade_lists import TradeList, Trades, read_trades
from shortable.research.weights import constrain_weights

__all__ = [
    "Audit",
    "BorrowFrames",
    "BorrowModel",
    "BorrowStatement",
    "Constrained",
    "EstimatedShortableProvider",
    "InParts",
    "ShortBounds",
    "TradeList",
    "Trades",
    "audit",
    "audit_borrow_statement",
    "borrow_frames",
    "check_borrow_model",
    "constrain",
    "constrain_weights",
    "estimate_band",
    "fit_borrow_model",
    "general_collateral",
    "holds_borrow_fees",
    "in_parts",
    "last_known",
    "read_borrow_statement",
    "read_trades",
    "short_bounds",
    "sweep",
]


def __dir__() -> list[str]:
    return sorted(__all__)
