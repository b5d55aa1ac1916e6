"""`LeanDataFolder`: a folder in LEAN's own layout, read in place."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from shortable.errors import InvalidInputError
from shortable.lean.data.base_data import BaseData
from shortable.lean.data.day_bars import DayBars
from shortable.lean.data.events import events_of
from shortable.lean.data.factor_files import FactorFile, parse_factors
from shortable.lean.data.fundamental import Fundamental
from shortable.lean.data.hours import ExchangeHours
from shortable.lean.data.hours_file import read_hours
from shortable.lean.data.map_files import MapFile, MapFiles
from shortable.lean.data.price_files import PERIODS, PriceFiles
from shortable.lean.data.source import FOREVER, SymbolRow
from shortable.lean.data.tables import (
    InterestRates,
    read_coarse,
    read_interest_rates,
    read_symbol_properties,
)
from shortable.lean.data.text_files import TextFolder
from shortable.lean.enums import DataNormalizationMode, Resolution, TickType
from shortable.lean.symbols import SecurityIdentifier, Symbol

__all__ = ["LeanDataFolder"]

_COARSE_DAYS = 8  # days of the universe kept in memory: a few thousand rows each


class LeanDataFolder:
    """LEAN's data: minute, hour and daily bars of US equities, map and factor files, universes, interest rates.

    A file that is not there is no data; a file that is damaged is an error that names it and the line.

    Parameters
    ----------
    path : str or Path
        The folder that holds ``equity/usa``.

    Raises
    ------
    InvalidInputError
        There is no such folder, or no ``equity/usa`` in it.
    """

    made_up = False

    def __init__(self, path: str | Path) -> None:
        self.folder = Path(path)
        self.notes: list[str] = []
        self._equity = self.folder / "equity" / "usa"
        if not self._equity.is_dir():
            raise InvalidInputError(
                "path",
                str(path),
                "be a LEAN data folder",
                "It holds equity/usa with minute, hour or daily zips.",
            )
        self._prices = PriceFiles(self._equity)
        self._factor_folder = TextFolder(self._equity / "factor_files")
        self._maps = MapFiles(TextFolder(self._equity / "map_files"))
        self._before: dict[date, date] = {}
        self._map_of: dict[SecurityIdentifier, MapFile | None] = {}
        self._factors_of: dict[SecurityIdentifier, FactorFile] = {}
        self._coarse: OrderedDict[date, list[Fundamental]] = OrderedDict()

    @staticmethod
    def recognises(path: str | Path) -> bool:
        """Whether a folder is laid out as LEAN's data are: zips of prices, map files, factor files or coarse universes.

        A store of ours, which holds Parquet files, is none.
        """
        equity = Path(path) / "equity" / "usa"
        patterns = (
            "minute/*/*.zip",
            "hour/*.zip",
            "daily/*.zip",
            "map_files/*.csv",
            "map_files/*.zip",
            "factor_files/*.csv",
            "fundamental/coarse/*.csv",
        )
        return any(next(equity.glob(pattern), None) is not None for pattern in patterns)

    @property
    def name(self) -> str:
        """Where the prices come from, for people."""
        return str(self.folder)

    @cached_property
    def hours(self) -> ExchangeHours:
        """The hours of the folder's database, else the exchange's own rules."""
        return read_hours(self.folder)

    # -- names ----------------------------------------------------------------------------------------------------
    def first_ticker(self, ticker: str, on: date | None) -> tuple[str, datetime] | None:
        """Return first ticker and first day of the security that had a ticker on a day; None where not known."""
        return self._maps.first_ticker(ticker, on)

    def resolve(self, ticker: str, on: date | None = None) -> Symbol:
        """Return the symbol that a ticker meant on a day; None is the latest day."""
        return self._maps.resolve(ticker, on)

    def _map(self, symbol: Symbol) -> MapFile | None:
        if symbol.id not in self._map_of:
            self._map_of[symbol.id] = self._maps.of(symbol)
        return self._map_of[symbol.id]

    def ticker_at(self, symbol: Symbol, day: date) -> str:
        """Return the ticker of a symbol on a day, upper case."""
        file = self._map(symbol)
        return symbol.value if file is None else file.ticker_at(day, symbol.value)

    def first_date(self, symbol: Symbol) -> date | None:
        """Return the first day of trading, None where there is no map file."""
        file = self._map(symbol)
        return None if file is None else file.first_date

    def delisting_date(self, symbol: Symbol) -> date:
        """Return the last day of trading; `FOREVER` where there is none."""
        file = self._map(symbol)
        return FOREVER if file is None else file.delisting_date

    def last_day(self, symbols: Iterable[Symbol]) -> date | None:
        """Return the last day for which there are prices of any of the symbols, or a universe; None where there are none."""
        coarse = self._equity / "fundamental" / "coarse"
        found = [file.stem for file in coarse.glob("[0-9]" * 8 + ".csv")]
        for symbol in symbols:
            ticker = self.ticker_at(symbol, self.delisting_date(symbol)).lower()
            minutes = (self._equity / "minute" / ticker).glob("[0-9]" * 8 + "_*.zip")
            found += [file.name[:8] for file in minutes]
            for resolution in (Resolution.HOUR, Resolution.DAILY):
                bars = self._prices.history(ticker, resolution, TickType.TRADE)
                if bars is not None and len(bars):
                    found.append(f"{bars.times[-1].item():%Y%m%d}")
        return datetime.strptime(max(found), "%Y%m%d").date() if found else None

    # -- prices ---------------------------------------------------------------------------------------------------
    def day(
        self, symbol: Symbol, resolution: Resolution, tick_type: TickType, day: date
    ) -> DayBars | None:
        """Return the raw bars that begin on a date, extended hours included; None where there are none.

        The file is that of the ticker in force on the day; none is read outside the time in which the security traded.
        """
        if resolution not in PERIODS:
            raise InvalidInputError(
                "resolution",
                str(Resolution(resolution)),
                "be minute, hour or daily",
                "shortable.lean has no ticks and no seconds.",
            )
        file, minimum = self._map(symbol), self._factors(symbol).minimum_date
        if (file is not None and not file.has_data(day)) or (minimum is not None and day < minimum):
            return None
        return self._prices.day(self.ticker_at(symbol, day), resolution, tick_type, day)

    # -- corporate actions ----------------------------------------------------------------------------------------
    def _factors(self, symbol: Symbol) -> FactorFile:
        if symbol.id not in self._factors_of:
            file = self._map(symbol)
            name = (symbol.value if file is None else file.permtick).lower()
            self._factors_of[symbol.id] = parse_factors(
                self._factor_folder.lines(name), self._factor_folder.where(name)
            )
        return self._factors_of[symbol.id]

    def factor(
        self, symbol: Symbol, day: date, mode: DataNormalizationMode, end: date | None = None
    ) -> Decimal:
        """Return what raw prices of a day are multiplied by; `end` is what scaled raw prices are scaled to."""
        return self._factors(symbol).factor(day, mode, end)

    def events(self, symbol: Symbol, day: date, last_raw_price: float = 0.0) -> list[BaseData]:
        """Return what LEAN reports of a symbol as a trading day begins; see `PriceSource.events`."""
        previous = self._before.get(day)
        if previous is None:
            previous = self._before[day] = self.hours.get_previous_trading_day(day).date()
        return events_of(
            symbol, day, previous, self._map(symbol), self._factors(symbol), last_raw_price
        )

    # -- tables ---------------------------------------------------------------------------------------------------
    def coarse(self, day: date) -> list[Fundamental]:
        """Return the universe of one day, as known from midnight after it on; see `PriceSource.coarse`."""
        if day not in self._coarse:
            path = self._equity / "fundamental" / "coarse" / f"{day:%Y%m%d}.csv"
            self._coarse[day] = read_coarse(path, day, self.notes)
            if len(self._coarse) > _COARSE_DAYS:
                self._coarse.popitem(last=False)
        return list(self._coarse[day])

    @cached_property
    def _rates(self) -> InterestRates:
        return read_interest_rates(
            self.folder / "alternative" / "interest-rate" / "usa" / "interest-rate.csv"
        )

    def interest_rate(self, day: date) -> Decimal:
        """Return the risk-free rate of a day, an annual fraction; LEAN's 1 % where the folder has none."""
        return self._rates.at(day)

    @cached_property
    def _properties(self) -> dict[str, SymbolRow]:
        return read_symbol_properties(
            self.folder / "symbol-properties" / "symbol-properties-database.csv"
        )

    def symbol_properties(self, symbol: Symbol) -> SymbolRow:
        """Return lot size and price steps; LEAN's defaults where the folder states none."""
        rows = self._properties
        return rows.get(symbol.value) or rows.get("[*]") or SymbolRow()

    def trading_days(self, start: date, end: date) -> list[date]:
        """Return the dates with a session, both ends included."""
        return self.hours.trading_days(start, end)
