"""What a request says about who sends it, apart from any web framework; and how a request is refused."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["WINDOW", "Call", "Credentials", "Refusal", "headers_of", "same", "seconds_apart"]

WINDOW = 300.0
"""Seconds by which a signed request's time may differ from the server's: HabitTrade's ±5 minutes, used for all."""

_WHOLE = re.compile(r"[0-9]{1,16}")
_DECIMAL = re.compile(r"[0-9]{1,16}(\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a caller must prove to know; no part of it is ever printed."""

    key: str | None = field(default=None, repr=False)
    """Public half of the signing pair; goes with `secret`."""
    secret: str | None = field(default=None, repr=False)
    """Secret half, with which requests are signed."""
    token: str | None = field(default=None, repr=False)
    """Bearer token; Longbridge's API-key scheme sends it beside the signature."""

    def __bool__(self) -> bool:
        return self.secret is not None or self.token is not None


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as it came over the wire."""

    method: str
    """``GET``, in capitals."""
    path: str
    """As sent: percent signs are not decoded."""
    query: str
    """As sent, without ``?``."""
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name; see `headers_of`."""
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered."""

    status: int
    """HTTP status."""
    message: str
    """For the caller: what is wrong, nothing about the server."""
    code: int | None = None
    """The broker's own error code, where it has one for this."""
    retry_after: int | None = None
    """Whole seconds after which the same request may be answered."""


def headers_of(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by lower-case name; one that is sent twice has both values, so that no check passes on one.

    Examples
    --------
    >>> headers_of([(b"X-Api-Key", b"k"), (b"x-api-key", b"other")])
    {'x-api-key': 'k, other'}
    """
    found: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def same(given: str, wanted: str) -> bool:
    """Compare two secrets in a time that does not tell how much of them agrees."""
    return hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), wanted.encode("utf-8", "surrogatepass")
    )


def seconds_apart(stamp: str, now: float, *, milliseconds: bool = False) -> float | None:
    """Return how far a request's time lies from the server's, in seconds, at least 0; None where it is no time.

    Parameters
    ----------
    stamp : str
        Unix time: seconds, which may have decimals, or whole milliseconds.
    now : float
        Unix time of the server, in seconds.
    milliseconds : bool
        What `stamp` counts.

    Examples
    --------
    >>> seconds_apart("1700000000", 1700000010.0), seconds_apart("1700000000000", 1700000010.0, milliseconds=True)
    (10.0, 10.0)
    """
    if not (_WHOLE if milliseconds else _DECIMAL).fullmatch(stamp):
        return None
    return abs(now - (int(stamp) / 1000 if milliseconds else float(stamp)))
