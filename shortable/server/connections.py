"""Connections: how many there may be, and how long each may keep the server waiting.

uvicorn holds a connection whose request does not come for ever. Here every connection has a deadline for its request's
headers, and one for its answer to be taken; and where there are too many, the one that has kept the server waiting longest
makes room.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

from shortable.server.guard import App, Receive, Scope, Send

__all__ = ["Connections", "room_for"]

_Peer = tuple[str, int]

_RESERVED = 40
"""File handles for what is no connection: the store, the log, the interpreter."""
_BURST = 128
"""Most connections that are accepted before the first of them is looked at."""
_TURNS = 4
"""Turns of the event loop from accepting a connection to having closed the one that makes room for it: accepted, made
known, aborted, closed; each turn accepts as many again."""


def room_for(wanted: int) -> tuple[int, int]:
    """Return how many connections the process's file handles allow, at most `wanted`, and how many may come at once.

    asyncio accepts as many as may come at once before it looks at one of them, so that they need handles beside the others.

    Examples
    --------
    >>> most, at_once = room_for(100)
    >>> 1 <= most <= 100, 1 <= at_once <= 128
    (True, True)
    """
    if sys.platform == "win32":
        return wanted, _BURST
    import resource

    handles = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if handles == resource.RLIM_INFINITY:
        return wanted, _BURST
    free = max(handles - _RESERVED, 2)
    at_once = max(1, min(_BURST, free // (2 * _TURNS)))
    return max(1, min(wanted, free - _TURNS * at_once)), at_once


class Connections:
    """The connections of one server, used on its event loop alone.

    Parameters
    ----------
    most : int
        How many there may be.
    header_seconds : float
        For a request's headers, from the connection's beginning or the answer before.
    answer_seconds : float
        For a request's body and its answer together, which a client may be slow to take.
    """

    def __init__(self, most: int, header_seconds: float, answer_seconds: float) -> None:
        self._most, self._header, self._answer = most, header_seconds, answer_seconds
        self._open: dict[_Peer, asyncio.Transport] = {}
        self._timers: dict[_Peer, asyncio.TimerHandle] = {}
        self._waiting: dict[_Peer, None] = {}  # in the order in which they began to keep us waiting

    def __len__(self) -> int:
        return len(self._open)

    def bounding(self, protocol: type[asyncio.Protocol]) -> type[asyncio.Protocol]:
        """Return a class of protocols whose connections are these."""
        connections = self

        class Bounded(protocol):  # type: ignore[misc,valid-type]  # its base is chosen by uvicorn
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                super().connection_made(transport)
                self.bounded = cast(asyncio.Transport, transport)
                connections.opened(self.bounded)

            def connection_lost(self, exc: Exception | None) -> None:
                connections.closed(self.bounded)
                super().connection_lost(exc)

        return Bounded

    def watching(self, app: App) -> App:
        """Return an application that notes when a request's headers are whole, and when it is answered."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            client = scope.get("client")
            if scope["type"] != "http" or client is None:
                await app(scope, receive, send)
                return
            peer = (str(client[0]), int(client[1]))
            self._begin(peer, waiting=False)
            try:
                await app(scope, receive, send)
            finally:
                self._begin(peer, waiting=True)

        return watched

    def opened(self, transport: asyncio.Transport) -> None:
        """Take a connection; where there are too many, close the one that has kept the server waiting longest."""
        peer = _peer_of(transport)
        self._open[peer] = transport
        self._begin(peer, waiting=True)
        if len(self._open) > self._most:
            self._end(next(iter(self._waiting)))

    def closed(self, transport: asyncio.Transport) -> None:
        """Forget a connection; its caller may have come again from the same port."""
        peer = _peer_of(transport)
        if self._open.get(peer) is transport:
            self._forget(peer)

    def _forget(self, peer: _Peer) -> None:
        self._open.pop(peer, None)
        self._waiting.pop(peer, None)
        if (timer := self._timers.pop(peer, None)) is not None:
            timer.cancel()

    def _begin(self, peer: _Peer, *, waiting: bool) -> None:
        """Begin to wait for a request, or for its answer to be taken."""
        if peer not in self._open:
            return
        if (timer := self._timers.pop(peer, None)) is not None:
            timer.cancel()
        self._waiting.pop(peer, None)
        if waiting:
            self._waiting[peer] = None
        seconds = self._header if waiting else self._answer
        self._timers[peer] = asyncio.get_running_loop().call_later(seconds, self._end, peer)

    def _end(self, peer: _Peer) -> None:
        transport = self._open.get(peer)
        if transport is not None:
            self._forget(peer)
            transport.abort()  # what it would not take is not waited for


def _peer_of(transport: asyncio.Transport) -> _Peer:
    name = transport.get_extra_info("peername") or ("", id(transport))
    return str(name[0]), int(name[1])
