"""`PriceSource`: what a run reads prices, universes and corporate events from; two kinds of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from shortable.lean.data.base_data import BaseData
from shortable.lean.data.day_bars import DayBars
from shortable.lean.data.fundamental import Fundamental
from shortable.lean.data.hours import ExchangeHours
from shortable.lean.enums import DataNormalizationMode, Resolution, TickType
from shortable.lean.symbols import Symbol

__all__ = ["FOREVER", "PriceSource", "SymbolRow"]

FOREVER = date(2050, 12, 31)
"""LEAN's date for what has no end."""


@dataclass(frozen=True, slots=True)
class SymbolRow:
    """What trading a symbol is like; the defaults are LEAN's for a US equity."""

    description: str = ""
    quote_currency: str = "USD"
    contract_multiplier: Decimal = Decimal(1)
    minimum_price_variation: Decimal = Decimal("0.01")
    """Dollars; LEAN's equities below one dollar step by 0.0001 whatever stands here."""
    lot_size: Decimal = Decimal(1)
    market_ticker: str = ""
    minimum_order_size: Decimal | None = None


class PriceSource(Protocol):
    """Where a run's data come from; dates and times are naive, New York."""

    notes: list[str]
    """What was left out while reading, for people."""

    @property
    def name(self) -> str:
        """Where the prices come from, for people."""
        ...

    @property
    def folder(self) -> Path | None:
        """The LEAN data folder, None where there is none."""
        ...

    @property
    def made_up(self) -> bool:
        """Whether the source says that its numbers are made up."""
        ...

    @property
    def hours(self) -> ExchangeHours:
        """When the market is open."""
        ...

    def first_ticker(self, ticker: str, on: date | None) -> tuple[str, datetime] | None:
        """Return first ticker and first day of the security that had a ticker on a day; None where not known."""
        ...

    def resolve(self, ticker: str, on: date | None = None) -> Symbol:
        """Return the symbol that a ticker meant on a day; None is the latest day."""
        ...

    def ticker_at(self, symbol: Symbol, day: date) -> str:
        """Return the ticker of a symbol on a day, upper case."""
        ...

    def first_date(self, symbol: Symbol) -> date | None:
        """Return the first day of trading, None where not known."""
        ...

    def delisting_date(self, symbol: Symbol) -> date:
        """Return the last day of trading; `FOREVER` where there is none."""
        ...

    def day(
        self, symbol: Symbol, resolution: Resolution, tick_type: TickType, day: date
    ) -> DayBars | None:
        """Return the raw bars that begin on a date, extended hours included; None where there are none.

        Raises
        ------
        InvalidInputError
            The resolution is tick or second.
        MarketDataError
            The file that holds them is damaged.
        """
        ...

    def factor(
        self, symbol: Symbol, day: date, mode: DataNormalizationMode, end: date | None = None
    ) -> Decimal:
        """Return what raw prices of a day are multiplied by; `end` is what scaled raw prices are scaled to."""
        ...

    def events(self, symbol: Symbol, day: date, last_raw_price: float = 0.0) -> list[BaseData]:
        """Return what LEAN reports of a symbol as a trading day begins.

        A renaming, the split and the dividend of that day, the warning of a split of the next session, and the
        delisting, in that order and each at midnight. LEAN reports none on the first day of a subscription whose cause
        lies before it, and scales none of them: the feed knows when it began.

        Parameters
        ----------
        symbol : Symbol
        day : date
            A day with a session.
        last_raw_price : float
            The last unadjusted price seen before: reference where the factor file states none.
        """
        ...

    def coarse(self, day: date) -> list[Fundamental]:
        """Return the universe of one day, as LEAN knows it from midnight after that day on.

        The file is named for its day. LEAN reads a file for every trading day and gives it to the selection
        at its end time, the next midnight: Friday's is selected from on Saturday at 00:00, and Monday's first
        bar sees what was chosen then (Common/Data/Fundamental/FundamentalUniverse.cs, whose data end a day after
        they begin).
        """
        ...

    def interest_rate(self, day: date) -> Decimal:
        """Return the risk-free rate of a day, an annual fraction."""
        ...

    def symbol_properties(self, symbol: Symbol) -> SymbolRow:
        """Return lot size and price steps."""
        ...

    def trading_days(self, start: date, end: date) -> list[date]:
        """Return the dates with a session, both ends included."""
        ...
