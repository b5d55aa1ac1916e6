"""What fetching is: an address, what is known of it, what came, and why it did not.

::

    FetchError (CollectError)
    ├── TransientError      worth another try, after a while
    │   ├── UnreachableError   refused, timed out, stalled, or cut off; what came is kept, to go on from there
    │   ├── BusyError          the server asks for patience (429, 5xx)
    │   ├── DamagedError       what came is not what the server says it is (length, MD5)
    │   └── NotDataError       a page for people instead of the file
    ├── AbsentError         the server has no such file, or not yet
    └── DeniedError         the server will not give it
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shortable.errors import CollectError

__all__ = [
    "AbsentError",
    "Body",
    "BusyError",
    "DamagedError",
    "DeniedError",
    "FetchError",
    "Known",
    "Limits",
    "NotDataError",
    "Partial",
    "Transfer",
    "TransientError",
    "UnreachableError",
    "check_is_data",
]


class FetchError(CollectError):
    """A file could not be fetched."""


class TransientError(FetchError):
    """It may go better after a while."""


class UnreachableError(TransientError):
    """The server cannot be reached, or does not go on."""


class BusyError(TransientError):
    """The server asks for patience.

    Parameters
    ----------
    message : str
        What it answered.
    retry_after : float, optional
        Seconds for which it wants to be left alone, where it says so.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DamagedError(TransientError):
    """What came is not what the server says it is."""


class NotDataError(TransientError):
    """A page for people came instead of the file."""


class AbsentError(FetchError):
    """There is no such file, or not yet."""


class DeniedError(FetchError):
    """The server will not give it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of a file when it was last fetched; empty where nothing is."""

    etag: str = ""
    """ETag that the server gave."""
    modified: str = ""
    """Last-Modified that the server gave, as it wrote it."""
    md5: str = ""
    """MD5 that stood beside the file, hex."""


@dataclass(frozen=True, slots=True)
class Body:
    """A whole file, checked against what the server says of it."""

    data: bytes = field(repr=False)
    """Its bytes as they are served."""
    known: Known
    """By what the next request recognises it."""
    notes: tuple[str, ...] = ()
    """What could not be checked."""

    @property
    def digest(self) -> str:
        """SHA-256, hex."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(slots=True)
class Partial:
    """What came of a file before its transfer was cut off, kept from one try to the next."""

    validator: str = ""
    """What must not have changed for the rest to fit: a strong ETag, a date of change, an MD5."""
    data: bytearray = field(default_factory=bytearray, repr=False)
    """The bytes."""

    def begin(self, validator: str) -> int:
        """Return from which byte to go on: 0 where what came is of another file, or cannot be told apart."""
        if not validator or validator != self.validator:
            self.drop()
        self.validator = validator
        return len(self.data)

    def drop(self) -> None:
        """Forget what came."""
        self.validator = ""
        self.data.clear()


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one transfer."""

    stall: float = 30.0
    """Seconds without a byte after which a server counts as gone."""
    whole: float = 600.0
    """Seconds that one file may take."""
    size: int = 1 << 28
    """Bytes that a file may have."""
    user_agent: str = ""
    """What HTTP requests call themselves."""
    states_its_end: bool = False
    """The importer sees by the file itself whether it is whole, so that the server need not state a length."""
    html: bool = False
    """The file is a page for people."""
    now: Callable[[], datetime] | None = None
    """Wall time, for dates that a server asks to be left alone until."""


class Transfer(Protocol):
    """Fetches one file by one protocol; called again after a transient error, with what came kept."""

    def attempt(self) -> Body | None:
        """Return the file; None where it is what `Known` says, and was not sent again."""


def check_is_data(data: bytes, limits: Limits, what: str) -> None:
    """Refuse a page for people in place of a file.

    Raises
    ------
    NotDataError
        The bytes begin as HTML does.
    """
    start = data[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not limits.html and start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        raise NotDataError(f"{what}: the server sent a web page instead of the file")
