"""Studies of what could be borrowed: figures that can be compared with print, each saying what it rests on.

``shortable study NAME`` runs one on data of yours; the notebooks whose names begin with 1 show them on real files.
"""

from shortable.studies.borrow_market import borrow_market
from shortable.studies.daily_limits import daily_limits
from shortable.studies.leveraged_pairs import leveraged_pairs
from shortable.studies.study import Study, snapshot_times

__all__ = ["Study", "borrow_market", "daily_limits", "leveraged_pairs", "snapshot_times"]
