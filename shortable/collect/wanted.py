"""Which files a pass asks for: one a market, one a symbol, one a day, or one alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from urllib.parse import quote

from shortable.clock import zone
from shortable.errors import InvalidInputError
from shortable.market import Market

__all__ = [
    "Ask",
    "File",
    "Files",
    "Remote",
    "by_day",
    "by_market",
    "by_symbol",
    "fixed",
    "fridays",
    "half_months",
    "settlement_dates",
    "weekdays",
]

_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+=^*&_-]{0,31}")
_DAYS_BACK = 10


@dataclass(frozen=True, slots=True)
class Ask:
    """What the caller asks for."""

    now: datetime
    """Wall time, aware."""
    markets: tuple[Market, ...] = ()
    """Markets; empty: the collector's usual ones."""
    symbols: tuple[str, ...] = ()
    """Symbols, where the source has a file for each."""
    since: date | None = None
    """First day, where the source has a file for each day; None: those of the last ten days."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A file on a host, or one for each day or symbol."""

    key: str
    """Its name here."""
    path: str
    """Its path on the host, with the query."""
    post: str = ""
    """JSON that is posted to have it; empty: it is simply got."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that is to be collected."""

    key: str
    """Its name, which tells it from the source's other files, and which the importer is shown."""
    path: str
    """Its path on the host."""
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """Options of the importer for this file."""
    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """What a ``{name}`` in an address of the user's stands for."""
    day: date | None = None
    """The day that it is of; such a file is collected once, and does not change after its day."""
    post: bytes = b""
    """JSON that is posted to have it; empty: it is simply got."""


Files = Callable[[Ask], Iterable[File]]
"""Returns the files that a pass asks for."""


def by_market(files: Mapping[Market, str], usual: tuple[Market, ...]) -> Files:
    """Return one file for each market, by its name on the host; the importer is given the market.

    Examples
    --------
    >>> files = by_market({Market.USA: "usa.txt"}, (Market.USA,))
    >>> [file.key for file in files(Ask(datetime(2024, 1, 2, tzinfo=UTC)))]
    ['usa.txt']
    """

    def wanted(ask: Ask) -> list[File]:
        _refuse("symbols", ask.symbols, "has no file for each symbol")
        _refuse("since", ask.since, "has no file for each day")
        unknown = [market.value for market in ask.markets if market not in files]
        if unknown:
            names = ", ".join(market.value for market in files)
            raise InvalidInputError("market", ", ".join(unknown), f"be one of {names}")
        return [
            File(
                files[market],
                files[market],
                {"market": market},
                {"market": market.value, "file": files[market]},
            )
            for market in ask.markets or usual
        ]

    return wanted


def by_symbol(remote: Remote) -> Files:
    """Return one file for each symbol that is asked for, ``{symbol}`` in path and key; the importer is given the symbol."""

    def wanted(ask: Ask) -> list[File]:
        _refuse("market", ask.markets, "is of one market")
        _refuse("since", ask.since, "has no file for each day")
        if not ask.symbols:
            raise InvalidInputError(
                "symbol", None, "be given", "This source has a file for each symbol."
            )
        for symbol in ask.symbols:
            if not _SYMBOL.fullmatch(symbol):
                raise InvalidInputError("symbol", symbol, "be a ticker such as BRK.B")
        return [
            File(
                remote.key.format(symbol=symbol),
                remote.path.format(symbol=quote(symbol, safe="")),
                {"symbol": symbol},
                fields={"symbol": quote(symbol, safe="")},
            )
            for symbol in dict.fromkeys(ask.symbols)
        ]

    return wanted


def fixed(*remotes: Remote) -> Files:
    """Return files that are always the same, and replaced from time to time."""

    def wanted(ask: Ask) -> list[File]:
        _refuse("market", ask.markets, "is of one market")
        _refuse("symbols", ask.symbols, "has no file for each symbol")
        _refuse("since", ask.since, "has no file for each day")
        return [File(one.key, one.path, fields={"file": one.key}) for one in remotes]

    return wanted


def by_day(
    *remotes: Remote,
    time_zone: str,
    days: Callable[[date, date], Iterable[date]],
    ready: time = time(0),
    after: int = 0,
) -> Files:
    """Return files for each day, oldest first, from the moment at which the day's are final.

    Parameters
    ----------
    *remotes : Remote
        ``{day:%Y%m%d}`` in path and key is the day, as `datetime.strftime` writes it, and ``{half}`` a or b, the half of its
        month; in what is posted ``%Y-%m-%d`` and the like alone.
    time_zone : str
        Zone in which days begin.
    days : callable
        Returns the days that have a file, given the first and the last.
    ready : datetime.time
        Time of day from which the file is final: what is fetched before can be incomplete.
    after : int
        How many days after its own day that is.
    """

    def wanted(ask: Ask) -> list[File]:
        _refuse("market", ask.markets, "is of one market")
        _refuse("symbols", ask.symbols, "has no file for each symbol")
        clock = zone(time_zone)
        today = ask.now.astimezone(clock).date()
        first = ask.since if ask.since is not None else today - timedelta(days=after + _DAYS_BACK)
        if first > today:
            raise InvalidInputError("since", first, f"not be after today, {today}")
        found = []
        for day in days(first, today):
            final = datetime.combine(day + timedelta(days=after), ready, clock)
            if ask.now.astimezone(UTC) < final.astimezone(UTC):
                continue
            fields = {"day": day, "half": "a" if day.day <= 15 else "b"}
            for one in remotes:
                key = one.key.format(**fields)
                path = one.path.format(**fields)
                post = day.strftime(one.post)
                found.append(
                    File(key, path, fields=fields | {"file": key}, day=day, post=post.encode())
                )
        return found

    return wanted


def weekdays(first: date, last: date) -> list[date]:
    """Return Mondays to Fridays; a holiday's file is not there, or is empty."""
    return [day for day in _days(first, last) if day.weekday() < 5]


def fridays(first: date, last: date) -> list[date]:
    """Return the Fridays."""
    return [day for day in _days(first, last) if day.weekday() == 4]


def half_months(first: date, last: date) -> list[date]:
    """Return the last day of each half of a month: the 15th, and the month's last."""
    return [
        day for day in _days(first, last) if day.day == 15 or (day + timedelta(days=1)).day == 1
    ]


def settlement_dates(first: date, last: date) -> list[date]:
    """Return the weekdays on or next before the 15th and the end of each month, and the ones before those.

    FINRA's settlement date is the 15th or the month's last business day; where that is a holiday, the one before it.
    """
    found = set()
    for end in half_months(first, last + timedelta(days=3)):
        day, taken = end, 0
        while taken < 2:
            if day.weekday() < 5:
                found.add(day)
                taken += 1
            day -= timedelta(days=1)
    return sorted(day for day in found if first <= day <= last)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _refuse(option: str, given: object, why: str) -> None:
    if given:
        raise InvalidInputError(option, given, f"be left out: this source {why}")
