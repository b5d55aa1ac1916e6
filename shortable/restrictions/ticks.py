"""Rules on the price of a short sale: the US rule 201 after a fall of 10 %, and a tick rule that always holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time

import numpy as np
import pandas as pd

from shortable.calendars import session_after
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.restrictions.restriction import Restriction, ShortSale
from shortable.symbol import Symbol

__all__ = ["Rule201", "TickRule"]

_IN_FORCE = date(2011, 2, 28)


class Rule201(Restriction):
    """The alternative uptick rule: after a fall of 10 % below the close before, shorts sell above the bid alone.

    In force since 28 February 2011, for the rest of the day of the trigger and the next session. Without quotes the bid is not
    known, so market and stop orders are refused, and limit orders fill only above their limit. The rest of the trigger's day
    counts only where the time of the trigger is known; else the rule holds in the next session. Source: 17 CFR 242.201.

    Parameters
    ----------
    triggers : iterable of (symbol, date, time or None)
        The day of each trigger, and its time where it is known, exchange-local.

    Raises
    ------
    InvalidInputError
        A trigger lies before the rule.

    Examples
    --------
    >>> rule = Rule201([("GME", date(2021, 1, 28), time(10, 5))])
    >>> at = lambda hour, day=28: ShortSale(Symbol.create("GME"), datetime(2021, 1, day, hour), "market")
    >>> [rule.refusal(at(hour)) is not None for hour in (10, 11)], rule.refusal(at(10, 29))
    ([False, True], 'Short sale of GME refused: rule 201 is in force until 2021-01-29; a limit order may be sent')
    """

    def __init__(self, triggers: Iterable[tuple[str, date, time | None]]) -> None:
        self._spans: dict[Symbol, list[tuple[datetime, date]]] = {}
        for name, day, moment in triggers:
            if day < _IN_FORCE:
                raise InvalidInputError("triggers", str(day), f"not lie before {_IN_FORCE}")
            following = session_after(day, Market.USA)
            begins = (
                datetime.combine(following, time.min)
                if moment is None
                else datetime.combine(day, moment)
            )
            self._spans.setdefault(Symbol.create(name), []).append((begins, following))

    @classmethod
    def of_prices(cls, lows: pd.DataFrame, closes: pd.DataFrame) -> Rule201:
        """Find the triggers of daily bars: a low of at most 0.9 times the close of the row before.

        Parameters
        ----------
        lows, closes : DataFrame, sessions × symbols
            Unadjusted for dividends. Rows before 28 February 2011 trigger nothing.
        """
        if not (lows.index.equals(closes.index) and lows.columns.equals(closes.columns)):
            raise InvalidInputError("closes", "other labels", "have the index and columns of lows")
        low, before = lows.to_numpy(np.float64), closes.shift(1).to_numpy(np.float64)
        with np.errstate(invalid="ignore"):
            # In tenths, so that 9.00 after 10.00 is exactly at 0.9; binary 0.9 * 10 would do, 0.9 * 7 would not.
            fell = np.round(low * 10 - before * 9, 9) <= 0
        rows, columns = np.nonzero(fell)
        days = pd.DatetimeIndex(lows.index)
        found = [
            (lows.columns[column], days[row].date(), None)
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
            if days[row].date() >= _IN_FORCE
        ]
        return cls(found)

    def in_force(self, symbol: Symbol, moment: datetime) -> date | None:
        """Return the last session of the restriction that holds at a time, None where none does."""
        ends = [
            last
            for begins, last in self._spans.get(symbol, ())
            if begins < moment and moment.date() <= last
        ]
        return max(ends, default=None)

    def refusal(self, sale: ShortSale) -> str | None:
        """Refuse market and stop orders while the rule is in force."""
        last = self.in_force(sale.symbol, sale.time)
        if last is None or sale.kind == "limit":
            return None
        return f"Short sale of {sale.symbol.ticker} refused: rule 201 is in force until {last}; a limit order may be sent"

    def fills_only_above(self, symbol: Symbol, time: datetime) -> bool:
        """Return whether the rule is in force."""
        return self.in_force(symbol, time) is not None

    def __repr__(self) -> str:
        return f"Rule201({sum(map(len, self._spans.values())):,} triggers)"


class TickRule(Restriction):
    """A tick rule that always holds, as Hong Kong's: no short sale below the best ask.

    Without quotes the ask is not known: market and stop orders are refused, as is a limit below the last price; limit orders
    fill only above their limit. Market makers' exemptions are not modelled. Source: HKEX, Rules of the Exchange, Eleventh
    Schedule, paragraph 15.

    Parameters
    ----------
    market : Market
        Whose symbols it binds; default Hong Kong.
    """

    def __init__(self, market: Market = Market.HKEX) -> None:
        self.market = Market.of(market)

    def refusal(self, sale: ShortSale) -> str | None:
        """Refuse what could sell below the ask."""
        if sale.symbol.market is not self.market:
            return None
        ticker = sale.symbol.ticker
        if sale.kind != "limit" or sale.limit_price is None:
            return f"Short sale of {ticker} refused: the tick rule asks for a limit order"
        if sale.last_price is not None and sale.limit_price < sale.last_price:
            return f"Short sale of {ticker} refused: the tick rule asks for a limit of at least {sale.last_price:g}, the last price"
        return None

    def fills_only_above(self, symbol: Symbol, time: datetime) -> bool:
        """Return whether the symbol is of the rule's market."""
        return symbol.market is self.market

    def __repr__(self) -> str:
        return f"TickRule({self.market.value!r})"
