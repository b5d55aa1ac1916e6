"""Providers: who says, point in time, what can be borrowed and at what fee."""

from __future__ import annotations

from shortable.providers.adjust import lagged, scaled
from shortable.providers.combine import first_of, sum_of
from shortable.providers.custom import CustomShortableProvider
from shortable.providers.frame import FrameShortableProvider
from shortable.providers.interactive_brokers import InteractiveBrokersShortableProvider
from shortable.providers.local_disk import LocalDiskShortableProvider
from shortable.providers.null import NullShortableProvider

__all__ = [
    "CustomShortableProvider",
    "FrameShortableProvider",
    "InteractiveBrokersShortableProvider",
    "LocalDiskShortableProvider",
    "NullShortableProvider",
    "first_of",
    "lagged",
    "scaled",
    "sum_of",
]
