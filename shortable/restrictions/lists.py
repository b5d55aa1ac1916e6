"""Rules that are lists of symbols by day: Regulation SHO's threshold securities, Hong Kong's designated securities."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal

import pandas as pd

from shortable.clock import day_of
from shortable.errors import InvalidInputError
from shortable.restrictions.restriction import Restriction, ShortSale
from shortable.rule import check_choice
from shortable.symbol import Symbol

__all__ = ["DesignatedSecurities", "ListedDays", "SuspendedShortSales", "ThresholdSecurities"]

_FOREVER = date.max


class ListedDays:
    """On which days which symbols are listed, and on which days anything is known.

    Parameters
    ----------
    table : DataFrame
        Columns symbol, date and until: in force from `date` to `until`, both included; a missing `until` is until further
        notice. A row of the symbol ``"*"`` says that the list of those days is whole, so that a symbol without a row is known
        not to be listed (S3). The columns are those of the store's dataset ``restrictions``.

    Raises
    ------
    InvalidInputError
        A column is missing, or a row ends before it begins.

    Examples
    --------
    >>> days = ListedDays(pd.DataFrame({"symbol": ["*", "GME"], "date": ["2021-01-28"] * 2, "until": ["2021-01-28"] * 2}))
    >>> gme, amc = Symbol.create("GME"), Symbol.create("AMC")
    >>> [days.listed(s, date(2021, 1, 28)) for s in (gme, amc)], days.listed(gme, date(2021, 1, 29))
    ([True, False], None)
    """

    def __init__(self, table: pd.DataFrame) -> None:
        missing = [n for n in ("symbol", "date", "until") if n not in getattr(table, "columns", ())]
        if missing:
            raise InvalidInputError(
                "table", type(table).__name__, "be a DataFrame with the columns symbol, date, until"
            )
        self._whole: list[tuple[date, date]] = []
        self._spans: dict[Symbol, list[tuple[date, date]]] = {}
        for name, first, until in zip(table["symbol"], table["date"], table["until"], strict=True):
            begin, end = day_of(first), _FOREVER if pd.isna(until) else day_of(until)
            if end < begin:
                raise InvalidInputError("until", str(end), f"not lie before {begin}")
            spans = self._whole if name == "*" else self._spans.setdefault(Symbol.create(name), [])
            spans.append((begin, end))
        self.first = min(begin for begin, _ in self._all()) if len(table) else None
        self.last = max(end for _, end in self._all()) if len(table) else None

    def listed(self, symbol: Symbol, day: date) -> bool | None:
        """Return whether a symbol is on the list of a day; None where that is not known."""
        if _within(self._spans.get(symbol, ()), day):
            return True
        return False if _within(self._whole, day) else None

    def _all(self) -> Iterable[tuple[date, date]]:
        yield from self._whole
        for spans in self._spans.values():
            yield from spans

    def __repr__(self) -> str:
        return f"<ListedDays {len(self._spans):,} symbols, {self.first} to {self.last}>"


def _within(spans: Iterable[tuple[date, date]], day: date) -> bool:
    return any(begin <= day <= end for begin, end in spans)


class _OnList(Restriction):
    """A rule that binds on listed days."""

    def __init__(self, days: ListedDays | pd.DataFrame) -> None:
        self.days = days if isinstance(days, ListedDays) else ListedDays(days)

    def dated(self) -> date | None:
        """Return the last day of the lists."""
        return self.days.last

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.days!r})"


class ThresholdSecurities(_OnList):
    """Regulation SHO's threshold securities: no new short of one without a locate. Nothing is closed by force.

    The close-out of rule 203(b)(3) binds clearing members whose fails have lasted 13 settlement days, and not an account's
    shorts. Source: 17 CFR 242.203; the lists are the exchanges' daily ones. On a day of which no list is known nothing is
    refused.

    Parameters
    ----------
    days : ListedDays or DataFrame
    """

    def refusal(self, sale: ShortSale) -> str | None:
        """Refuse a sale of a listed security that was not located."""
        if sale.located or not self.days.listed(sale.symbol, sale.time.date()):
            return None
        return f"Short sale of {sale.symbol.ticker} refused: Regulation SHO threshold security without a locate"


class SuspendedShortSales(_OnList):
    """No short sale of a symbol on the days on which it is listed, as Taiwan's margin shorts before a book closure.

    Parameters
    ----------
    days : ListedDays or DataFrame
        Such as `shortable.recall.book_closure_suspensions` makes. On a day of which nothing is known nothing is refused.
    positions : iterable, optional
        Symbols whose shorts are of the kind that is suspended; default all.

    Examples
    --------
    >>> from datetime import datetime
    >>> days = pd.DataFrame({"symbol": ["2330.TW"], "date": ["2024-06-06"], "until": ["2024-06-12"]})
    >>> sale = ShortSale(Symbol.create("2330.TW"), datetime(2024, 6, 7, 10), "limit")
    >>> SuspendedShortSales(days).refusal(sale), SuspendedShortSales(days, positions=["2317.TW"]).refusal(sale)
    ('Short sale of 2330 refused: suspended on 2024-06-07', None)
    """

    def __init__(
        self, days: ListedDays | pd.DataFrame, positions: Iterable[str] | None = None
    ) -> None:
        super().__init__(days)
        self._only = None if positions is None else frozenset(map(Symbol.create, positions))

    def refusal(self, sale: ShortSale) -> str | None:
        """Refuse a sale of what is listed on that day."""
        symbol, day = sale.symbol, sale.time.date()
        if (self._only is not None and symbol not in self._only) or not self.days.listed(
            symbol, day
        ):
            return None
        return f"Short sale of {symbol.ticker} refused: suspended on {day}"


class DesignatedSecurities(_OnList):
    """Hong Kong's list: only designated securities may be sold short.

    Source: HKEX, Rules of the Exchange, Eleventh Schedule; the list changes over time.

    Parameters
    ----------
    days : ListedDays or DataFrame
        Each list with a row of ``"*"``, which stands until the next.
    unknown : {"refuse", "allow"}
        What happens on a day of which no list is known; default: unknown is not allowed.
    """

    def __init__(
        self,
        days: ListedDays | pd.DataFrame,
        *,
        unknown: Literal["refuse", "allow"] = "refuse",
    ) -> None:
        super().__init__(days)
        self.unknown = check_choice("unknown", unknown, ("refuse", "allow"))

    def refusal(self, sale: ShortSale) -> str | None:
        """Refuse a sale of what is not designated, or of which that is not known."""
        listed = self.days.listed(sale.symbol, sale.time.date())
        ticker = sale.symbol.ticker
        if listed is None and self.unknown == "refuse":
            return f"Short sale of {ticker} refused: no list of designated securities is known for {sale.time.date()}"
        return (
            f"Short sale of {ticker} refused: no designated security" if listed is False else None
        )
