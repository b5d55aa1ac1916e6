"""LEAN's map files: which tickers a security has had, and which security a ticker meant on a day.

Sources: Common/Data/Auxiliary/MapFile.cs, MapFileRow.cs, MapFileResolver.cs.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property

from shortable.errors import MarketDataError
from shortable.lean.data.text_files import TextFolder
from shortable.lean.symbols import SecurityIdentifier, Symbol
from shortable.lean.symbols.dates import DEFAULT_DATE

__all__ = ["MapFile", "MapFiles"]

_UNKNOWN = DEFAULT_DATE.date()


@dataclass(frozen=True, slots=True)
class MapFile:
    """Tickers of one security."""

    permtick: str
    """Name of the file, upper case: the last ticker, with ``.1`` and so on where several securities had it."""
    rows: tuple[tuple[date, str], ...]
    """Last day of each ticker (upper case), ascending; the first row is the first day of trading."""

    @property
    def first_date(self) -> date:
        """First day of trading."""
        return self.rows[0][0]

    @property
    def delisting_date(self) -> date:
        """Last day of trading; in 2050 for what still trades."""
        return self.rows[-1][0]

    @property
    def first_ticker(self) -> str:
        """The first ticker, without the ``.1`` that tells namesakes apart."""
        ticker, dot, number = self.rows[0][1].rpartition(".")
        return ticker if dot and number.isdigit() else self.rows[0][1]

    def ticker_at(self, day: date, default: str) -> str:
        """Return the ticker in force on a day."""
        for last, ticker in self.rows:
            if last >= day:
                return ticker
        return default

    def has_data(self, day: date) -> bool:
        """Whether the security traded in that time."""
        return self.first_date <= day <= self.delisting_date


class MapFiles:
    """All map files of a data folder, read when the first is asked for."""

    def __init__(self, folder: TextFolder) -> None:
        self._folder = folder
        self._damaged: dict[str, MarketDataError] = {}

    @cached_property
    def _files(self) -> dict[str, MapFile]:
        files = {}
        for name, lines in sorted(self._folder.many(self._folder.names()).items()):
            try:
                if lines:
                    files[name.upper()] = self._parse(name, lines)
            except (
                MarketDataError
            ) as error:  # is raised when that security is asked for, and stops no other one
                self._damaged[name.upper()] = error
        return files

    @cached_property
    def _by_ticker(self) -> dict[str, list[tuple[date, str]]]:
        """Ticker -> (last day, permtick), ascending; of two files that say the same the first one counts."""
        found: dict[str, dict[date, str]] = {}
        for permtick, file in self._files.items():
            for last, ticker in file.rows:
                found.setdefault(ticker, {}).setdefault(last, permtick)
        return {ticker: sorted(rows.items()) for ticker, rows in found.items()}

    def find(self, ticker: str, on: date | None) -> MapFile | None:
        """Return the file of the security that had a ticker on a day; None for `on` is the latest day.

        After the last day of a ticker its last bearer is meant, before its first day the first one, if it already
        traded: LEAN's rule.

        Raises
        ------
        MarketDataError
            That security's file is damaged; the message names file and line.
        """
        files, name = self._files, ticker.upper()
        entries = [] if name in self._damaged else self._by_ticker.get(name)
        if entries:
            at = (
                len(entries) if on is None else bisect_left(entries, on, key=lambda entry: entry[0])
            )
            name = entries[min(at, len(entries) - 1)][1]
        file = files.get(name)
        if file is None and name in self._damaged:
            raise self._damaged[name]
        return (
            None if file is None or (on not in (None, _UNKNOWN) and file.first_date > on) else file
        )

    def of(self, symbol: Symbol) -> MapFile | None:
        """Return the file of a symbol, found by its first ticker on its first day."""
        return self.find(symbol.id.symbol, symbol.id.date.date())

    def first_ticker(self, ticker: str, on: date | None) -> tuple[str, datetime] | None:
        """Return first ticker and first day of the security that had a ticker on a day."""
        file = self.find(ticker, on)
        return (
            None if file is None else (file.first_ticker, datetime.combine(file.first_date, time()))
        )

    def resolve(self, ticker: str, on: date | None) -> Symbol:
        """Return the symbol of a ticker on a day; a ticker without a file is taken as it is."""
        first, since = self.first_ticker(ticker, on) or (ticker, DEFAULT_DATE)
        return Symbol(SecurityIdentifier.generate_equity(since, first, "usa"), ticker)

    def _parse(self, name: str, lines: list[str]) -> MapFile:
        rows: dict[tuple[date, str], None] = {}
        for number, line in enumerate(lines, 1):
            cells = line.split(",")
            try:
                rows[
                    datetime.strptime(cells[0].strip(), "%Y%m%d").date(), cells[1].strip().upper()
                ] = None
            except (ValueError, IndexError):
                raise MarketDataError(
                    f"{self._folder.where(name)}, line {number}",
                    line,
                    "read yyyyMMdd,ticker[,exchange]",
                ) from None
        return MapFile(name.upper(), tuple(sorted(rows, key=lambda row: row[0])))
