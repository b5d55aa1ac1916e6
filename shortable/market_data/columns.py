"""Which column of a source is what, whatever its capitals."""

from __future__ import annotations

from collections.abc import Iterable

from shortable.errors import MarketDataError

__all__ = ["find_columns"]

_ROLES = {
    "open": ("open",),
    "high": ("high",),
    "low": ("low",),
    "close": ("close",),
    "volume": ("volume",),
    "time": ("date", "time", "datetime", "timestamp"),
    "symbol": ("symbol", "ticker"),
    "market_cap": ("market_cap", "marketcap", "market cap"),
}


def find_columns(names: Iterable[object], source: str) -> dict[str, str]:
    """Map roles to the names of the columns that fill them; other columns (``Adj Close``) are ignored.

    A table without a close may hold market capitalisations instead.

    Parameters
    ----------
    names : iterable
        Column names as the source has them.
    source : str
        What they are the columns of, for the message.

    Returns
    -------
    dict of str to str
        Role (``open``, ``high``, ``low``, ``close``, ``volume``, ``time``, ``symbol``, ``market_cap``) to column
        name.

    Raises
    ------
    MarketDataError
        There is no close, or two columns claim one role.

    Examples
    --------
    >>> find_columns(["Date", "Close", "Adj Close"], "SPY")
    {'close': 'Close', 'time': 'Date'}
    """
    given = [name for name in names if isinstance(name, str)]
    found: dict[str, str] = {}
    for role, spellings in _ROLES.items():
        fitting = [name for name in given if name.strip().lower() in spellings]
        if len(fitting) > 1:
            raise MarketDataError(f"columns of {source}", fitting, f"name one {role} column")
        if fitting:
            found[role] = fitting[0]
    if "close" not in found and "market_cap" not in found:
        raise MarketDataError(
            f"columns of {source}",
            given,
            "hold a close",
            "Known are symbol or ticker, date, time, datetime or timestamp, open, high, low, "
            "close, volume, in any case.",
        )
    return found
