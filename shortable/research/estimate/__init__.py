"""Estimated availability and fees, for study periods of which nobody kept a history: draws from a model, never data.

`fit_borrow_model` learns from snapshots that one has; its `EstimatedShortableProvider` answers with one seeded draw, so
that a study reports a band over seeds instead of a number; `check_borrow_model` measures the model on what it was not
shown, beside two baselines.
"""

from shortable.research.estimate.band import estimate_band
from shortable.research.estimate.baselines import general_collateral, last_known
from shortable.research.estimate.check import check_borrow_model
from shortable.research.estimate.draws import EstimatedShortableProvider
from shortable.research.estimate.model import BorrowModel, fit_borrow_model

__all__ = [
    "BorrowModel",
    "EstimatedShortableProvider",
    "check_borrow_model",
    "estimate_band",
    "fit_borrow_model",
    "general_collateral",
    "last_known",
]
