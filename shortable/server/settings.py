"""What a server serves, where, and to whom: one value, read once; keys come from the environment or a file."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from shortable.errors import InvalidInputError
from shortable.server.auth import Credentials

__all__ = ["KEY", "SECRET", "TOKEN", "Settings", "credentials_from", "is_loopback"]

KEY, SECRET, TOKEN = "SHORTABLE_API_KEY", "SHORTABLE_API_SECRET", "SHORTABLE_API_TOKEN"
"""Names in the environment and in a file of keys."""

_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_OPEN_RATE = 50.0
_KEY_TEXT = re.compile(r"[!-~]{1,4096}")
_HIDDEN = "…"


@dataclass(frozen=True, slots=True)
class Settings:
    """How one server is set up.

    Raises
    ------
    InvalidInputError
        An address that other machines can reach, and no credentials; or a figure out of its bounds.
    """

    data_folder: Path | None = None
    """Availability and short interest; None: as `shortable.store.data_folder` finds it."""
    result_folder: Path | None = None
    """Of a backtest, finished or running, whose positions are served; None: there are none."""
    account: str | None = None
    """Account id that Futu's path must name; None: any."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = 8000
    """0 takes a free one."""
    credentials: Credentials = field(default_factory=Credentials)
    """Without any, everybody on this machine may ask, and nobody else can."""
    rate: float | None = None
    """Requests a second from one address; None: no limit on loopback, where one address is all clients, else 50."""
    max_age: timedelta | None = timedelta(days=7)
    """How long a snapshot of availability counts (S2); None for ever."""
    stop_seconds: int = 10
    """How long requests under way may take to end once the server is asked to stop."""
    connections: int = 512
    """How many connections there may be at once; fewer where the process may open fewer files. One more closes the one that
    has kept the server waiting longest."""
    header_seconds: float = 10.0
    """How long a request's headers may take to come."""
    answer_seconds: float = 60.0
    """How long a request's body and its answer together may take, which a client may be slow to read."""

    def __post_init__(self) -> None:
        if not is_loopback(self.host) and not self.credentials:
            raise InvalidInputError(
                "host",
                self.host,
                "be a loopback address such as 127.0.0.1 where there are no keys",
                f"Set {KEY} and {SECRET}, or {TOKEN}, in the environment or a file of keys.",
            )
        if isinstance(self.port, bool) or not 0 <= self.port <= 65535:
            raise InvalidInputError("port", self.port, "be from 0 to 65535")
        if self.rate is not None and not 0 < self.rate < float("inf"):
            raise InvalidInputError("rate", self.rate, "be a number of requests a second above 0")
        if isinstance(self.connections, bool) or self.connections < 1:
            raise InvalidInputError("connections", self.connections, "be at least 1")
        for name in ("header_seconds", "answer_seconds"):
            if not 0 < getattr(self, name) < float("inf"):
                raise InvalidInputError(name, getattr(self, name), "be a number of seconds above 0")
        if self.stop_seconds < 0:
            raise InvalidInputError("stop_seconds", self.stop_seconds, "be at least 0")

    @property
    def requests_a_second(self) -> float | None:
        """The rate that holds; None is no limit."""
        if self.rate is not None:
            return self.rate
        return None if is_loopback(self.host) else _OPEN_RATE

    @property
    def names(self) -> tuple[str, ...] | None:
        """Names by which a request may call the server; None: any.

        On loopback a browser must not be led here under a foreign name (DNS rebinding).
        """
        return (*_LOCAL_NAMES, self.host) if is_loopback(self.host) else None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "192.168.1.5", "example.org")]
    [True, True, True, False, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def credentials_from(
    file: Path | None = None, environment: Mapping[str, str] | None = None
) -> Credentials:
    """Read the keys from a file, else from the environment.

    Parameters
    ----------
    file : Path, optional
        Lines ``SHORTABLE_API_KEY=…``, ``SHORTABLE_API_SECRET=…``, ``SHORTABLE_API_TOKEN=…``; ``#`` begins a
        comment. Where it is given, the environment is not looked at.
    environment : mapping, optional
        Default: the process's.

    Raises
    ------
    InvalidInputError
        The file cannot be read or holds something else; a key without its secret; a blank in a key. The message
        never shows a key.
    """
    found = (
        dict(os.environ if environment is None else environment) if file is None else _lines(file)
    )
    values = {name: found.get(name) or None for name in (KEY, SECRET, TOKEN)}
    for name, value in values.items():
        if value is not None and not _KEY_TEXT.fullmatch(value):
            raise InvalidInputError(
                name, _HIDDEN, "be visible ASCII characters without blanks, at most 4,096"
            )
    if (values[KEY] is None) != (values[SECRET] is None):
        given, other = (KEY, SECRET) if values[SECRET] is None else (SECRET, KEY)
        raise InvalidInputError(
            given, _HIDDEN, f"go together with {other}", "Requests are signed with both."
        )
    return Credentials(values[KEY], values[SECRET], values[TOKEN])


def _lines(file: Path) -> dict[str, str]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InvalidInputError("keys", str(file), "be a file that can be read", str(why)) from None
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        name, mark, value = stripped.partition("=")
        if not mark or name.strip() not in (KEY, SECRET, TOKEN):
            raise InvalidInputError(
                "keys",
                str(file),
                f"hold lines {KEY}=…, {SECRET}=… or {TOKEN}=…",
                f"Line {number} is none.",
            )
        found[name.strip()] = value.strip().strip("'\"")
    if not any(found.values()):
        raise InvalidInputError("keys", str(file), "hold at least one key")
    return found
