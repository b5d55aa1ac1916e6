"""Bytes in Arrow's memory: those that are handed to its readers, and those of a column of text.

A reader of Arrow's may still hold the last reference to its input, or to a callback, when it has returned. Where that is a
Python object, the thread that drops it waits for the interpreter's lock; if the process ends at that moment, Python ends the
thread and C++ the process, with "terminate called without an active exception" and exit code 134.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["arrow_reader", "letters_of"]


def arrow_reader(data: bytes) -> pa.BufferReader:
    """Return a reader of a copy of some bytes that belongs to Arrow alone.

    Examples
    --------
    >>> arrow_reader(b"text").read()
    b'text'
    """
    buffer = pa.allocate_buffer(len(data))
    memoryview(buffer).cast("B")[:] = data
    return pa.BufferReader(buffer)


def letters_of(column: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """Return the bytes of all cells of a column of text, one after the other, and where each cell begins and the last ends.

    Examples
    --------
    >>> letters, begins = letters_of(pa.array(["AB", "", "C"]))
    >>> letters.tobytes(), begins.tolist()
    (b'ABC', [0, 2, 2, 3])
    >>> letters, begins = letters_of(pa.array(["AB", None, "CD", "E"]).slice(2))
    >>> letters.tobytes(), begins.tolist()
    (b'CDE', [0, 2, 3])
    """
    if not len(column):
        return np.empty(0, np.uint8), np.zeros(1, np.int32)
    text = column.cast(pa.string())
    _, offsets, data = text.buffers()
    begins = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
    letters = np.frombuffer(data or b"", np.uint8)[begins[0] : begins[-1]]
    return letters, begins - begins[0]
