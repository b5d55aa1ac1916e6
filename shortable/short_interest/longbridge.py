"""Longbridge as a source: its securities, its JSON both ways, and its real SDK where that is installed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from shortable.errors import InvalidInputError, MissingDependencyError, StoreError
from shortable.short_interest.positions import ShortPositions, to_table
from shortable.short_interest.reader import MAX_COUNT
from shortable.short_interest.symbols import Security, parse_security
from shortable.short_interest.wire import from_json, to_wire
from shortable.store import SHORT_INTEREST

__all__ = [
    "SOURCE",
    "Security",
    "fetch",
    "fetch_async",
    "from_json",
    "parse_security",
    "store_positions",
    "to_wire",
]

SOURCE = "longbridge"
"""Name of the store's file of what was fetched."""
_FIELDS = (
    "timestamp",
    "current_shares_short",
    "avg_daily_share_volume",
    "days_to_cover",
    "rate",
    "close",
    "amount",
    "balance",
    "cost",
)


def fetch(symbol: str, count: int = 20, config: object = None) -> ShortPositions:
    """Ask Longbridge through its own SDK (extra ``longbridge``).

    Parameters
    ----------
    symbol : str
        What `parse_security` reads.
    count : int
        Records, 1 to 100.
    config : longbridge.openapi.Config, optional
        Default: the SDK's ``Config.from_apikey_env()``.

    Returns
    -------
    ShortPositions
        Oldest first. `store_positions` keeps them.

    Raises
    ------
    MissingDependencyError
        The SDK is not installed.
    InvalidInputError
        `symbol` or `count` is out of bounds, or the SDK has no configuration.
    StoreError
        Longbridge refused; the message has its code and words.
    """
    api, security = _api(), _checked(symbol, count)
    try:
        answer = api.QuoteContext(_config(api, config)).short_positions(security.text, count)
    except api.OpenApiException as error:
        raise _refused(security, error) from None
    return _read(answer, security)


async def fetch_async(symbol: str, count: int = 20, config: object = None) -> ShortPositions:
    """Ask as `fetch` does, without holding up the event loop."""
    api, security = _api(), _checked(symbol, count)
    try:
        answer = await api.AsyncQuoteContext.create(_config(api, config)).short_positions(
            security.text, count
        )
    except api.OpenApiException as error:
        raise _refused(security, error) from None
    return _read(answer, security)


def store_positions(
    positions: ShortPositions,
    *,
    fetched: datetime | None = None,
    data_folder: str | Path | None = None,
    replace: bool = False,
) -> int:
    """Keep what was fetched, as the source ``longbridge``.

    Parameters
    ----------
    positions : ShortPositions
    fetched : datetime, optional
        When they were fetched: aware, or exchange-local. A row was known then at the latest, and so was a revision,
        which is kept beside what was known before. Without it all rows count by the publisher's schedule.
    data_folder : str or Path, optional
        Default ``SHORTABLE_DATA``, else ``./data``; made if need be.
    replace : bool
        Let rows that contradict stored ones of the same publication take their place.

    Returns
    -------
    int
        Rows with something new.

    Raises
    ------
    SnapshotConflictError
        A row differs from the stored one and neither `fetched` nor `replace` says which counts when.
    """
    table = to_table(positions, fetched)
    if not table.num_rows:
        return 0
    new, _ = SHORT_INTEREST.append(
        SOURCE, [table], market=positions.market, data_folder=data_folder, replace=replace
    )
    return int(new[0].sum())


def _api() -> Any:
    try:
        from longbridge import openapi
    except ModuleNotFoundError:
        raise MissingDependencyError("Longbridge as a source", "longbridge") from None
    return openapi


def _config(api: Any, config: object) -> object:
    if config is not None:
        return config
    try:
        return api.Config.from_apikey_env()
    except api.OpenApiException as error:
        raise InvalidInputError(
            "config", None, "be given, or stand in the environment", str(error)
        ) from None


def _checked(symbol: str, count: int) -> Security:
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_COUNT:
        raise InvalidInputError("count", count, f"be a whole number from 1 to {MAX_COUNT}")
    return parse_security(symbol)


def _refused(security: Security, error: Exception) -> StoreError:
    code, message = getattr(error, "code", None), getattr(error, "message", str(error))
    return StoreError(
        f"Longbridge gave no short positions of {security.text}: {message} (code {code})"
    )


def _read(answer: Any, security: Security) -> ShortPositions:
    """Read the SDK's answer, whose items have a field for every column of either market."""
    rows = [{name: getattr(item, name, "") for name in _FIELDS} for item in answer.data]
    return from_json({"data": rows}, security.text)
