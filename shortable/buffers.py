"""Bytes handed to Arrow, copied so that its threads never need Python's lock to let go of them.

A reader of Arrow's may still hold the last reference to its input, or to a callback, when it has returned. Where that is a
Python object, the thread that drops it waits for the interpreter's lock; if the process ends at that moment, Python ends the
thread and C++ the process, with "terminate called without an active exception" and exit code 134.
"""

from __future__ import annotations

import pyarrow as pa

__all__ = ["arrow_reader"]


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
