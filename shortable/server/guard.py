"""What every request passes before it is answered: its size, its rate, the name it calls the server by, its credentials."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from time import monotonic
from typing import Any

from shortable.server.apis import OPEN_PATHS, api_of
from shortable.server.auth import SIGNATURE_CODE, Call, Refusal, headers_of
from shortable.server.nonces import Nonces
from shortable.server.settings import Settings

__all__ = ["MAX_BODY", "MAX_HEADERS", "MAX_QUERY", "TRACE", "Guard", "RateLimit", "log"]

MAX_BODY = 64 << 10
"""Bytes of a request's body; no answer here needs one."""
MAX_HEADERS = 32 << 10
"""Bytes of all headers together, names among them."""
MAX_QUERY = 16 << 10
"""Bytes of path and query together."""

_BURST_SECONDS = 2.0
_CALLERS_KEPT = 10_000


class RateLimit:
    """A bucket of tokens for each caller: one request takes one, and they come back at a steady rate.

    Parameters
    ----------
    rate : float or None
        Requests a second; None is no limit.
    burst : float, optional
        Requests that may come at once after a pause, at least 1; default those of two seconds.
    clock : callable
        Seconds that never go back.

    Examples
    --------
    >>> now = [0.0]
    >>> limit = RateLimit(2.0, 1.0, lambda: now[0])
    >>> limit.wait("a"), limit.wait("a"), limit.wait("b")
    (0.0, 0.5, 0.0)
    """

    def __init__(
        self, rate: float | None, burst: float | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        self._rate, self._clock = rate, clock
        self._burst = max(1.0, (rate or 0.0) * _BURST_SECONDS if burst is None else burst)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, caller: str) -> float:
        """Take a token; return 0.0, or the seconds after which there is one, where there is none now."""
        if self._rate is None:
            return 0.0
        now = self._clock()
        tokens, since = self._buckets.pop(caller, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._rate)
        granted = tokens >= 1.0
        self._buckets[caller] = (tokens - 1.0 if granted else tokens, now)
        if (
            len(self._buckets) > _CALLERS_KEPT
        ):  # the one that has asked nothing for longest has a full bucket anyway
            self._buckets.popitem(last=False)
        return 0.0 if granted else (1.0 - tokens) / self._rate


Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

TRACE = "shortable.trace"
"""Key of the request's trace id in the ASGI scope."""
log = logging.getLogger("shortable.server")

_BODY_SECONDS = 10.0  # a body of at most 64 KiB that takes longer is being held back
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
)


class Guard:
    """ASGI middleware around the application.

    Parameters
    ----------
    app : ASGI application
    settings : Settings
    clock : callable
        Unix time in seconds, for signatures.
    limit : RateLimit
    """

    def __init__(
        self, app: App, settings: Settings, clock: Callable[[], float], limit: RateLimit
    ) -> None:
        self._app, self._settings, self._clock, self._limit = app, settings, clock, limit
        self._nonces = Nonces()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection event; anything but HTTP goes through (there are no websockets behind)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = scope[TRACE] = uuid.uuid4().hex
        started = False

        head = scope["method"] == "HEAD"  # answered as GET is, without the body

        async def answer(message: Message) -> None:
            nonlocal started
            if head and message["type"] == "http.response.body":
                message["body"] = b""
            if message["type"] == "http.response.start":
                started = True
                there = {name for name, _ in message.get("headers", ())}
                extra = [pair for pair in _HEADERS if pair[0] not in there]
                message["headers"] = [
                    *message.get("headers", ()),
                    *extra,
                    (b"x-trace-id", trace.encode()),
                ]
            await send(message)

        call, refusal = await self._admit(scope, receive)
        if call is None and refusal is None:
            return  # the caller went away
        if refusal is not None:
            await _refuse(scope, refusal, trace, answer)
            return
        assert call is not None
        try:
            await self._app(
                {**scope, "method": "GET"} if head else scope, _replay(call.body, receive), answer
            )
        except Exception:
            log.exception("request %s failed: %s %s", trace, call.method, call.path)
            if not started:
                await _refuse(scope, Refusal(500, "internal error"), trace, answer)

    async def _admit(self, scope: Scope, receive: Receive) -> tuple[Call | None, Refusal | None]:
        """Return the whole request, or why it is refused; neither where the caller went away."""
        headers = headers_of(scope["headers"])
        refusal = self._of_place(headers) or _of_size(scope, headers) or self._of_rate(scope)
        if refusal is not None:
            return None, refusal
        body = await _body(receive)
        if not isinstance(body, bytes):
            return None, body
        raw = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
        call = Call(
            scope["method"],
            raw.decode("latin-1"),
            scope["query_string"].decode("latin-1"),
            headers,
            body,
        )
        credentials = self._settings.credentials
        if credentials and scope["path"] not in OPEN_PATHS:
            api, now = api_of(scope["path"]), self._clock()
            refusal = api.check(call, credentials, now)
            if refusal is None and (nonce := api.nonce(call)) is not None:
                refusal = self._of_replay(*nonce, now)
        return call, refusal

    def _of_replay(self, nonce: str, until: float, now: float) -> Refusal | None:
        state = self._nonces.take(nonce, until=until, now=now)
        if state == "used":
            why = "Invalid signature: a request with it was answered before"
            return Refusal(401, why, SIGNATURE_CODE)
        if state == "full":
            return Refusal(429, "too many signed requests: try again in 60 s", retry_after=60)
        return None

    def _of_place(self, headers: dict[str, str]) -> Refusal | None:
        names = self._settings.names
        if names is None or _name(headers.get("host", "")) in names:
            return None
        return Refusal(421, "this server answers to localhost only")

    def _of_rate(self, scope: Scope) -> Refusal | None:
        wait = self._limit.wait(scope["client"][0] if scope.get("client") else "")
        if not wait:
            return None
        seconds = math.ceil(wait)
        return Refusal(429, f"too many requests: try again in {seconds} s", retry_after=seconds)


def _name(host: str) -> str:
    """Return the name in a ``Host`` header, without the port."""
    return host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0].lower()


def _of_size(scope: Scope, headers: dict[str, str]) -> Refusal | None:
    if len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"]) > MAX_QUERY:
        return Refusal(414, f"path and query must be at most {MAX_QUERY:,} bytes")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
        return Refusal(431, f"headers must be at most {MAX_HEADERS:,} bytes")
    stated = headers.get("content-length", "0")
    if stated.isdecimal() and int(stated[:20]) > MAX_BODY:
        return _too_large()
    return None


def _too_large() -> Refusal:
    return Refusal(413, f"a request's body must be at most {MAX_BODY:,} bytes")


async def _body(receive: Receive) -> bytes | Refusal | None:
    """Read a request's body; None where the caller went away."""
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                body += message.get("body", b"")
                if len(body) > MAX_BODY:
                    return _too_large()
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        return Refusal(408, f"the request's body did not come within {_BODY_SECONDS:g} s")


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body that was read already, then what comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _refuse(scope: Scope, refusal: Refusal, trace: str, send: Send) -> None:
    """Answer with an error in the envelope of the path's api."""
    body = json.dumps(api_of(scope["path"]).word(refusal, trace)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if refusal.retry_after is not None:
        headers.append((b"retry-after", str(refusal.retry_after).encode()))
    if refusal.status in (408, 413):  # what is left of the body is not read
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
