"""What knows which security a ticker means: the map files of the run's data folder, and none elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import Protocol

__all__ = ["TickerResolver", "first_ticker", "resolving_with"]


class TickerResolver(Protocol):
    """Knows tickers' histories."""

    def first_ticker(self, ticker: str, on: date | None) -> tuple[str, datetime] | None:
        """Return first ticker and first day of the security that had `ticker` on a day, None where not known.

        None for `on` means the latest day.
        """
        ...


_CURRENT: ContextVar[TickerResolver | None] = ContextVar("ticker_resolver", default=None)


@contextmanager
def resolving_with(resolver: TickerResolver) -> Iterator[None]:
    """Let ``Symbol.create`` and ``SecurityIdentifier.generate_equity`` ask this resolver while a run lasts."""
    token = _CURRENT.set(resolver)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def first_ticker(ticker: str, on: date | None) -> tuple[str, datetime] | None:
    """Ask the resolver in force; None where there is none or it does not know the ticker."""
    resolver = _CURRENT.get()
    return None if resolver is None else resolver.first_ticker(ticker, on)
