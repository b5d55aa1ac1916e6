"""How numbers, rates and times look on a screen, and how they go into JSON."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shortable.clock import from_instant
from shortable.market import Market

__all__ = [
    "age",
    "availability",
    "count",
    "counted",
    "local_and_utc",
    "minute",
    "money",
    "percent",
    "plain",
    "utc_of",
]


def count(number: int) -> str:
    """Return a whole number with thousands separators.

    Examples
    --------
    >>> count(13313)
    '13,313'
    """
    return f"{int(number):,}"


def counted(number: int, what: str) -> str:
    """Return a number of things, in the plural where it is one.

    Examples
    --------
    >>> counted(1, "symbol"), counted(1500, "share"), counted(0, "line")
    ('1 symbol', '1,500 shares', '0 lines')
    """
    return f"{count(number)} {what}{'' if number == 1 else 's'}"


def money(amount: float, *, signed: bool = False) -> str:
    """Return an amount with thousands separators and cents, never as minus zero.

    Examples
    --------
    >>> money(-1234.5), money(0.004, signed=True), money(-0.001)
    ('-1,234.50', '0.00', '0.00')
    """
    cents = round(float(amount), 2)
    if cents == 0:
        return "0.00"
    return f"{cents:+,.2f}" if signed else f"{cents:,.2f}"


def percent(rate: float | None, *, aligned: bool = False) -> str:
    """Return an annual fraction as percent, to the vendors' four decimals (S7).

    Parameters
    ----------
    rate : float or None
        Annual fraction; None and NaN are unknown.
    aligned : bool
        For a column whose header has the unit: four decimals always, no sign of the unit.

    Examples
    --------
    >>> percent(0.004081), percent(0.0025), percent(12.345), percent(-0.5), percent(None)
    ('0.4081 %', '0.25 %', '1,234.50 %', '-50.00 %', 'unknown')
    >>> percent(0.0025, aligned=True)
    '0.2500'
    """
    if rate is None or math.isnan(rate):
        return "unknown"
    number = round(rate * 100, 4) + 0.0  # + 0.0: no minus zero
    text = f"{number:,.4f}"
    if aligned:
        return text
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')} %"


def availability(quantity: int | None, *, is_floor: bool = False) -> str:
    """Say in words what a quantity means (S1, S9).

    Examples
    --------
    >>> [availability(n) for n in (None, 0, 1500)]
    ['no restriction known', 'none can be borrowed', '1,500 shares']
    >>> availability(10_000_000, is_floor=True)
    '≥ 10,000,000 shares (floor)'
    """
    if quantity is None:
        return "no restriction known"
    if quantity == 0:
        return "none can be borrowed"
    shares = counted(quantity, "share")
    return f"≥ {shares} (floor)" if is_floor else shares


def minute(moment: datetime) -> str:
    """Return a wall time to the minute, with seconds only where it has some.

    Examples
    --------
    >>> minute(datetime(2024, 1, 2, 16)), minute(datetime(2022, 8, 6, 22, 30, 3))
    ('2024-01-02 16:00', '2022-08-06 22:30:03')
    """
    return moment.strftime("%Y-%m-%d %H:%M:%S" if moment.second else "%Y-%m-%d %H:%M")


def local_and_utc(instant: int, market: Market) -> str:
    """Return an instant on the market's clock and in UTC.

    Examples
    --------
    >>> from shortable.clock import to_instant
    >>> local_and_utc(to_instant(datetime(2024, 7, 1, 16)), Market.USA)
    '2024-07-01 16:00 America/New_York (2024-07-01 20:00 UTC)'
    """
    utc = datetime.fromisoformat(utc_of(instant)).replace(tzinfo=None)
    return f"{minute(from_instant(instant, market))} {market.time_zone} ({minute(utc)} UTC)"


def utc_of(instant: int) -> str:
    """Return an instant as ISO 8601 in UTC.

    Examples
    --------
    >>> utc_of(0)
    '1970-01-01T00:00:00Z'
    """
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(instant))
    return moment.isoformat().replace("+00:00", "Z")


def age(span: timedelta) -> str:
    """Return a time span in its two largest units.

    Examples
    --------
    >>> age(timedelta(days=3, hours=4, minutes=5)), age(timedelta(minutes=90)), age(timedelta(0))
    ('3 d 4 h', '1 h 30 min', '0 min')
    """
    minutes = int(span.total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (rest, "min")) if n]
    return " ".join(parts[:2]) or "0 min"


def plain(value: Any) -> Any:
    """Turn a value into what JSON knows: times as ISO 8601, missing and infinite numbers as null.

    Examples
    --------
    >>> plain({"at": datetime(2024, 1, 2), "rate": float("nan"), "n": 3})
    {'at': '2024-01-02T00:00:00', 'rate': None, 'n': 3}
    """
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):  # a numpy scalar
        value = value.item()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, (datetime, date)):
        text = value.isoformat() if value == value else None  # NaT is a datetime that is not itself
        return text if text is None else text.replace("+00:00", "Z")
    return str(value)
