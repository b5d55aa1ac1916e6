"""LEAN's small tables: the coarse universe of a day, interest rates, symbol properties."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path

from shortable.errors import MarketDataError, SymbolError
from shortable.lean.data.fundamental import Fundamental
from shortable.lean.data.source import SymbolRow
from shortable.lean.data.text_files import read_lines
from shortable.lean.symbols import SecurityIdentifier, Symbol

__all__ = ["InterestRates", "read_coarse", "read_interest_rates", "read_symbol_properties"]

DEFAULT_RATE = Decimal("0.01")  # Common/Data/InterestRateProvider.cs, DefaultRiskFreeRate


@lru_cache(maxsize=1 << 16)
def _symbol(identifier: str, ticker: str) -> Symbol:
    """One object a security, because the same thousands come back every day."""
    return Symbol(SecurityIdentifier.parse(identifier), ticker)


def read_coarse(path: Path, day: date, notes: list[str]) -> list[Fundamental]:
    """Read ``fundamental/coarse/<yyyyMMdd>.csv``; no rows where there is no file.

    Columns: identifier, ticker, close, volume, dollar volume, and in newer files whether there are fundamentals, price
    factor, split factor. LEAN passes over lines that it cannot read; so does this, and says so in `notes`.
    """
    rows, bad = [], []
    midnight = datetime.combine(day, time())
    for number, line in enumerate(read_lines(path), 1):
        cells = line.split(",")
        try:
            symbol = _symbol(cells[0], cells[1])
            known = len(cells) > 5 and cells[5].strip().lower() == "true"
            price_factor, split_factor = (
                (float(cells[6]), float(cells[7])) if len(cells) > 7 else (1.0, 1.0)
            )
            rows.append(
                Fundamental(
                    symbol,
                    midnight,
                    float(cells[2]),
                    int(cells[3]),
                    float(cells[4]),
                    known,
                    price_factor,
                    split_factor,
                )
            )
        except (ValueError, IndexError, SymbolError):
            bad.append(number)
    if bad:
        notes.append(
            f"{path}: {len(bad)} of {len(rows) + len(bad)} lines cannot be read, the first is line {bad[0]}"
        )
    return rows


@dataclass(frozen=True, slots=True)
class InterestRates:
    """Rates, each in force from its day on."""

    days: tuple[date, ...] = ()
    """Ascending."""
    rates: tuple[Decimal, ...] = ()
    """Annual fractions."""

    def at(self, day: date) -> Decimal:
        """Return the rate of a day: before the first one that one, without any LEAN's 1 %."""
        if not self.days:
            return DEFAULT_RATE
        return self.rates[max(bisect_right(self.days, day) - 1, 0)]


def read_interest_rates(path: Path) -> InterestRates:
    """Read ``alternative/interest-rate/usa/interest-rate.csv``: a header, then ``yyyy-MM-dd,percent``.

    Files of LEAN's from before 2023 write the day as ``d/M/yyyy``.

    Raises
    ------
    MarketDataError
        A line is neither; the message names file and line.
    """
    found: dict[date, Decimal] = {}
    for number, line in enumerate(read_lines(path), 1):
        if number == 1 or line.startswith("#"):
            continue
        cells = line.split(",")
        try:
            found[_day(cells[0].strip())] = Decimal(cells[1].strip()) / 100
        except (ValueError, IndexError, InvalidOperation):
            raise MarketDataError(
                f"{path}, line {number}", line, "read yyyy-MM-dd,percent a year"
            ) from None
    days = sorted(found)
    return InterestRates(tuple(days), tuple(found[day] for day in days))


def _day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date() if "/" in text else date.fromisoformat(text)


def read_symbol_properties(path: Path) -> dict[str, SymbolRow]:
    """Read ``symbol-properties/symbol-properties-database.csv``: US equities by ticker, ``[*]`` for all others.

    Raises
    ------
    MarketDataError
        A row of a US equity holds something that is no number; the message names file and line.
    """
    rows = {}
    for number, line in enumerate(read_lines(path), 1):
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) < 8 or [cells[0].lower(), cells[2].lower()] != ["usa", "equity"]:
            continue
        cells += [""] * (10 - len(cells))
        try:
            rows[cells[1].upper()] = SymbolRow(
                cells[3],
                cells[4],
                Decimal(cells[5]),
                Decimal(cells[6]),
                Decimal(cells[7]),
                cells[8],
                Decimal(cells[9]) if cells[9] else None,
            )
        except InvalidOperation:
            raise MarketDataError(
                f"{path}, line {number}",
                line,
                "state multiplier, price variation and lot size as numbers",
            ) from None
    return rows
