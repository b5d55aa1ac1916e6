"""SIGTERM: it ends a wait or a transfer at once, and waits for the end of an import.

The exception that interrupts a wait can be lost where Python may not raise (a generator's end, a finalizer), so that the loop
also asks `Stopper.check`. pyarrow takes SIGTERM for itself while it reads, and may keep it: it is told not to.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pyarrow as pa

__all__ = ["StoppedError", "Stopper"]


class StoppedError(BaseException):
    """The process was asked to stop. No `Exception`, so that nothing takes it for a fault and goes on."""


class Stopper:
    """Turns SIGTERM into `StoppedError`, at once or at the end of the block that must not be interrupted."""

    def __init__(self) -> None:
        self._asked = False
        self._shields = 0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen to SIGTERM while the block runs; in another thread than the main one Python cannot."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGTERM, self._ask)
        pa.enable_signal_handlers(False)
        try:
            yield
        finally:
            pa.enable_signal_handlers(True)
            signal.signal(signal.SIGTERM, before)

    def check(self) -> None:
        """Stop where the process was asked to.

        Raises
        ------
        StoppedError
            It was.
        """
        if self._asked:
            raise StoppedError

    @contextmanager
    def shield(self) -> Iterator[None]:
        """Let a block end before the process stops.

        Raises
        ------
        StoppedError
            After the block, where the process was asked to stop meanwhile.
        """
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        if not self._shields:
            self.check()

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
        if not self._shields:
            raise StoppedError
