"""`CircularQueue`: LEAN's queue that begins anew after its last item (LEAN: Common/Util/CircularQueue.cs)."""

from __future__ import annotations

from collections import deque
from typing import Any

from shortable.lean.indicators.event import Event
from shortable.lean.names import LeanObject

__all__ = ["CircularQueue"]


class CircularQueue(LeanObject):
    """Items that come round again.

    Examples
    --------
    >>> queue = CircularQueue([1, 2])
    >>> [queue.dequeue() for _ in range(3)]
    [1, 2, 1]
    """

    def __init__(self, *items: Any) -> None:
        many = items[0] if len(items) == 1 and isinstance(items[0], (list, tuple)) else items
        self._items = deque(many)
        self._round = len(self._items)
        self._left = self._round
        self.circle_completed = Event()

    def __class_getitem__(cls, item: Any) -> Any:
        return cls

    def dequeue(self) -> Any:
        """Return the next item; after the last the handlers of ``circle_completed`` are called."""
        item = self._items[0]
        self._items.rotate(-1)
        self._left -= 1
        if self._left == 0:
            self._left = self._round
            self.circle_completed(self, None)
        return item
