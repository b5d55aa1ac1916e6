"""Providers: what could be borrowed, point in time, and at what fee."""

from __future__ import annotations

from shortable.providers.adjust import lagged, scaled
from shortable.providers.as_of import Missing
from shortable.providers.combine import first_of, sum_of
from shortable.providers.custom import CustomShortableProvider
from shortable.providers.flat_rate import with_flat_rate
from shortable.providers.frame import FrameShortableProvider
from shortable.providers.interactive_brokers import InteractiveBrokersShortableProvider
from shortable.providers.local_disk import LocalDiskShortableProvider, Match
from shortable.providers.null import NullShortableProvider
from shortable.providers.split_basis import ShareBasis, on_split_basis
from shortable.providers.stress import haircut, squeeze

__all__ = [
    "CustomShortableProvider",
    "FrameShortableProvider",
    "InteractiveBrokersShortableProvider",
    "LocalDiskShortableProvider",
    "Match",
    "Missing",
    "NullShortableProvider",
    "ShareBasis",
    "first_of",
    "haircut",
    "lagged",
    "on_split_basis",
    "scaled",
    "squeeze",
    "sum_of",
    "with_flat_rate",
]


def __dir__() -> list[str]:
    return sorted(__all__)
