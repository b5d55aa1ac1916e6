"""LEAN's factor files: what splits and dividends do to prices, and the splits and dividends themselves.

Sources: Common/Data/Auxiliary/CorporateFactorRow.cs, CorporateFactorProvider.cs, PriceScalingExtensions.cs,
Common/Data/Market/Dividend.cs.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from shortable.errors import MarketDataError
from shortable.lean.enums import DataNormalizationMode
from shortable.lean.numbers import DECIMALS, rounded

__all__ = ["ONE", "FactorFile", "parse_factors"]

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class FactorFile:
    """Factors of one security; each row is in force up to and with its day."""

    days: tuple[date, ...] = ()
    """Last days of the rows, ascending."""
    price: tuple[Decimal, ...] = ()
    """What dividends leave of a price."""
    split: tuple[Decimal, ...] = ()
    """What splits leave of a price."""
    reference: tuple[Decimal, ...] = ()
    """Close of the row's day, dollars a share, unadjusted; 0 where not stated."""

    @property
    def minimum_date(self) -> date | None:
        """First day for which LEAN reads prices: the day before the first usable row."""
        return self.days[0] - timedelta(days=1) if self.days else None

    def factor(self, day: date, mode: DataNormalizationMode, end: date | None = None) -> Decimal:
        """Return what a raw price of a day is multiplied by.

        Parameters
        ----------
        day : date
        mode : DataNormalizationMode
            Raw has 1, adjusted has price × split factor, split-adjusted and total return the split factor alone (to
            total return the sum of the dividends paid so far is added by the feed), scaled raw the adjusted factor
            divided by that of `end`.
        """
        if mode == DataNormalizationMode.SCALED_RAW:
            base = self.factor(day if end is None else end, DataNormalizationMode.ADJUSTED)
            return DECIMALS.divide(self.factor(day, DataNormalizationMode.ADJUSTED), base)
        at = bisect_left(self.days, day)
        if mode == DataNormalizationMode.RAW or at == len(self.days):
            return ONE
        if mode in (DataNormalizationMode.SPLIT_ADJUSTED, DataNormalizationMode.TOTAL_RETURN):
            return self.split[at]
        return DECIMALS.multiply(self.price[at], self.split[at])

    def split_after(self, day: date) -> tuple[Decimal, Decimal] | None:
        """Return split factor and reference price, where the session after `day` is the first of new shares."""
        at = self._row(day)
        if at is None or self.split[at] == self.split[at + 1]:
            return None
        return DECIMALS.divide(self.split[at], self.split[at + 1]), self.reference[at]

    def dividend_after(self, day: date) -> tuple[Decimal, Decimal] | None:
        """Return ratio of the price factors and reference price, where the session after `day` is an ex-date."""
        at = self._row(day)
        if at is None or self.price[at] == self.price[at + 1]:
            return None
        return DECIMALS.divide(self.price[at], self.price[at + 1]), self.reference[at]

    def _row(self, day: date) -> int | None:
        """Position of the row of exactly that day, if another follows."""
        at = bisect_left(self.days, day)
        return at if at < len(self.days) - 1 and self.days[at] == day else None


def distribution(close: Decimal, ratio: Decimal) -> Decimal:
    """Return a dividend: what of the close the ratio takes away, rounded to cents, ties to even as LEAN does.

    Examples
    --------
    >>> distribution(Decimal("100"), Decimal("0.9950"))
    Decimal('0.50')
    """
    return rounded(DECIMALS.subtract(close, DECIMALS.multiply(close, ratio)), 2)


def parse_factors(lines: list[str], where: str) -> FactorFile:
    """Read the lines of a factor file as LEAN does.

    Repeated lines count once, of two rows of one day the first; rows with ``inf`` or an exponent (too many splits to
    be exact) and rows whose factor is not above zero are left out.

    Raises
    ------
    MarketDataError
        A line is none of a factor file; the message names file and line.
    """
    rows: dict[date, tuple[Decimal, Decimal, Decimal]] = {}
    for number, line in enumerate(lines, 1):
        if "inf" in line or "e+" in line:
            continue
        cells = line.split(",")
        try:
            day = datetime.strptime(cells[0].strip(), "%Y%m%d").date()
            price, split = Decimal(cells[1].strip()), Decimal(cells[2].strip())
            reference = (
                Decimal(cells[3].strip()) if len(cells) > 3 and cells[3].strip() else Decimal(0)
            )
        except (ValueError, IndexError, InvalidOperation):
            raise MarketDataError(
                f"{where}, line {number}",
                line,
                "read yyyyMMdd,price factor,split factor[,reference price]",
            ) from None
        if price * split > 0:
            rows.setdefault(day, (price, split, reference))
    days = sorted(rows)
    columns = [tuple(rows[day][i] for day in days) for i in range(3)]
    return FactorFile(tuple(days), *columns)
