"""`MarketDataSource`: our own price frames and the sample, seen as LEAN sees its folder."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.errors import InvalidInputError
from shortable.lean.data.base_data import BaseData
from shortable.lean.data.day_bars import DayBars, TradeBars
from shortable.lean.data.factor_files import ONE
from shortable.lean.data.fundamental import Fundamental
from shortable.lean.data.hours import ExchangeHours
from shortable.lean.data.price_files import PERIODS
from shortable.lean.data.source import FOREVER, SymbolRow
from shortable.lean.data.tables import DEFAULT_RATE
from shortable.lean.enums import DataNormalizationMode, Resolution, TickType
from shortable.lean.symbols import SecurityIdentifier, Symbol
from shortable.lean.symbols.dates import DEFAULT_DATE
from shortable.market_data import MarketData
from shortable.market_data import Resolution as OurResolution
from shortable.symbol import Market
from shortable.symbol import Symbol as OurSymbol

__all__ = ["MarketDataSource"]

_OURS = {
    Resolution.MINUTE: OurResolution.MINUTE,
    Resolution.HOUR: OurResolution.HOUR,
    Resolution.DAILY: OurResolution.DAILY,
}
_DAY = timedelta(days=1)


class MarketDataSource:
    """Prices of `shortable.market_data.MarketData` for algorithms written for LEAN.

    Symbols keep their tickers for ever, and prices are taken as they are: there are no map and factor files, so every
    normalisation gives the same. There are trades and no quotes. A symbol without daily bars has those that its hourly
    or minute bars add up to. The universe of a day holds all symbols with a bar that day; market capitalisation is that
    date's, 0 where not stated.

    Parameters
    ----------
    data : MarketData
        Securities of other markets than the USA's are passed over.
    """

    folder: Path | None = None

    def __init__(self, data: MarketData) -> None:
        self._data = data
        self.made_up, self.name, self.notes = data.made_up, data.source, list(data.notes)
        self.hours = ExchangeHours()
        self._symbols = {
            ours.ticker: self._make(ours.ticker)
            for ours in data.symbols()
            if ours.market is Market.USA and ours.currency == Market.USA.currency
        }
        self._held = {
            resolution: frozenset(data.symbols(ours)) for resolution, ours in _OURS.items()
        }
        self._bars: dict[tuple[str, Resolution], TradeBars | None] = {}

    @staticmethod
    def _make(ticker: str) -> Symbol:
        return Symbol(SecurityIdentifier.generate_equity(DEFAULT_DATE, ticker, "usa"), ticker)

    @property
    def symbols(self) -> list[Symbol]:
        """All securities, by ticker."""
        return [self._symbols[ticker] for ticker in sorted(self._symbols)]

    def holds(self, symbol: Symbol, resolution: Resolution) -> bool:
        """Whether there are bars of a security in a resolution."""
        return self._whole(symbol, resolution) is not None

    # -- names ----------------------------------------------------------------------------------------------------
    def first_ticker(self, ticker: str, on: date | None) -> tuple[str, datetime] | None:
        """Return None: no ticker has a history."""
        return None

    def resolve(self, ticker: str, on: date | None = None) -> Symbol:
        """Return the symbol of a ticker."""
        return self._symbols.get(ticker.upper()) or self._make(ticker)

    def ticker_at(self, symbol: Symbol, day: date) -> str:
        """Return the ticker, which never changes."""
        return symbol.value

    def first_date(self, symbol: Symbol) -> date | None:
        """Return the date of the first bar of any resolution, None where there is none."""
        starts = [
            bars.times[0].item().date()
            for r in PERIODS
            if (bars := self._whole(symbol, r)) is not None
        ]
        return min(starts, default=None)

    def delisting_date(self, symbol: Symbol) -> date:
        """Return `FOREVER`: the end of prices says nothing of a delisting."""
        return FOREVER

    # -- prices ---------------------------------------------------------------------------------------------------
    def day(
        self, symbol: Symbol, resolution: Resolution, tick_type: TickType, day: date
    ) -> DayBars | None:
        """Return the bars that begin on a date; None where there are none, and for quotes."""
        if resolution not in PERIODS:
            raise InvalidInputError(
                "resolution",
                str(Resolution(resolution)),
                "be minute, hour or daily",
                "shortable.lean has no ticks and no seconds.",
            )
        bars = self._whole(symbol, resolution) if tick_type == TickType.TRADE else None
        return None if bars is None else bars.on(day)

    def _whole(self, symbol: Symbol, resolution: Resolution) -> TradeBars | None:
        key = (symbol.value, resolution)
        if key not in self._bars:
            self._bars[key] = self._read(symbol, resolution)
        return self._bars[key]

    def _read(self, symbol: Symbol, resolution: Resolution) -> TradeBars | None:
        if symbol.value not in self._symbols:
            return None
        ours = OurSymbol.create(symbol.value, market=Market.USA)
        if ours not in self._held[resolution]:
            return self._added_up(symbol) if resolution == Resolution.DAILY else None
        frame, period = self._data.frame(ours, _OURS[resolution]), PERIODS[resolution]
        known = frame.index.to_numpy().astype("datetime64[us]")
        if resolution == Resolution.DAILY:
            starts = known.astype("datetime64[D]").astype("datetime64[us]")
        else:
            starts = known - np.timedelta64(period)
        return _trades(starts, period, frame)

    def _added_up(self, symbol: Symbol) -> TradeBars | None:
        """Daily bars of a symbol's regular sessions, from what shorter bars there are."""
        bars = self._whole(symbol, Resolution.HOUR) or self._whole(symbol, Resolution.MINUTE)
        if bars is None:
            return None
        frame = pd.DataFrame(
            {c: getattr(bars, c) for c in ("open", "high", "low", "close", "volume")}
        )
        days = pd.Index(bars.times.astype("datetime64[D]").astype("datetime64[us]"))
        how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
        whole = frame.groupby(days, sort=True).agg(how)
        return _trades(whole.index.to_numpy().astype("datetime64[us]"), _DAY, whole)

    # -- corporate actions and tables -----------------------------------------------------------------------------
    def factor(
        self, symbol: Symbol, day: date, mode: DataNormalizationMode, end: date | None = None
    ) -> Decimal:
        """Return 1: prices are taken as they are."""
        return ONE

    def events(self, symbol: Symbol, day: date, last_raw_price: float = 0.0) -> list[BaseData]:
        """Return nothing: no corporate action is known."""
        return []

    def coarse(self, day: date) -> list[Fundamental]:
        """Return all symbols with a bar on a day."""
        midnight, caps, symbols = datetime.combine(day, time()), self._caps(day), self.symbols
        days, codes, closes, volumes = self._by_day
        first, last = np.searchsorted(days, [np.datetime64(day), np.datetime64(day + _DAY)])
        rows = []
        for at in range(int(first), int(last)):
            symbol, close, volume = symbols[int(codes[at])], float(closes[at]), int(volumes[at])
            cap = caps.get(symbol.value)
            rows.append(
                Fundamental(
                    symbol, midnight, close, volume, close * volume, cap is not None, market_cap=cap
                )
            )
        return rows

    @cached_property
    def _by_day(self) -> tuple[npt.NDArray[Any], ...]:
        """Days, positions in `symbols`, closes and volumes of all daily bars, by day and then by symbol."""
        found = [self._whole(symbol, Resolution.DAILY) for symbol in self.symbols]
        held = [(code, bars) for code, bars in enumerate(found) if bars is not None]
        if not held:
            return (np.array([], "datetime64[us]"), *(np.array([]) for _ in range(3)))
        days = np.concatenate([bars.times for _, bars in held])
        order = np.argsort(days, kind="stable")
        columns = (
            [np.full(len(bars), code) for code, bars in held],
            [bars.close for _, bars in held],
            [bars.volume for _, bars in held],
        )
        return (days[order], *(np.concatenate(column)[order] for column in columns))

    def _caps(self, day: date) -> dict[str, float]:
        table = self._data.market_cap
        if table is None or (stamp := pd.Timestamp(day)) not in table.index:
            return {}
        row = pd.Series(table.loc[stamp]).dropna()
        return dict(zip(row.index.astype(str), row.astype(float).tolist(), strict=True))

    def interest_rate(self, day: date) -> Decimal:
        """Return LEAN's 1 % for where no rates are given."""
        return DEFAULT_RATE

    def symbol_properties(self, symbol: Symbol) -> SymbolRow:
        """Return LEAN's defaults for a US equity."""
        return SymbolRow()

    def trading_days(self, start: date, end: date) -> list[date]:
        """Return the dates with a session, both ends included."""
        return self.hours.trading_days(start, end)


def _trades(
    starts: npt.NDArray[np.datetime64], period: timedelta, frame: pd.DataFrame
) -> TradeBars:
    columns = {
        name: frame[name].to_numpy(dtype=np.float64) for name in ("open", "high", "low", "close")
    }
    return TradeBars(
        starts, period, **columns, volume=np.nan_to_num(frame["volume"].to_numpy(dtype=np.float64))
    )
