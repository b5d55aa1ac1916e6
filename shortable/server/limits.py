"""How much one caller may ask: requests a second, and the size of one request."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

__all__ = ["MAX_BODY", "MAX_HEADERS", "MAX_QUERY", "RateLimit"]

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
