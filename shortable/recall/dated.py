"""Forced covers by date: shorts of a kind that may not stand over a book closure, as Taiwan's margin shorts (S30)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from operator import itemgetter
from typing import NamedTuple

import pandas as pd

from shortable.calendars import session_before
from shortable.clock import day_of
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.recall.model import LentPosition, RecallModel, RecallTerms
from shortable.symbol import Symbol

__all__ = ["ForcedCovers", "book_closure_suspensions"]

_BEFORE_CLOSURE = 6
_SUSPENDED = 4


class _Cover(NamedTuple):
    announced_on: date
    """From when it is known."""
    last: date
    """Last day on which shorts may be covered."""
    until: date
    """Last day on which none may stand."""


class ForcedCovers(RecallModel):
    """Shorts of a kind must be covered by a date; a recall model for `Backtest` (S30).

    Parameters
    ----------
    table : DataFrame
        Columns symbol, date (the last day to cover) and until (the last day on which no short may stand, on or after `date`;
        missing: until further notice); optionally announced, from when that is known. Rows of the store's dataset ``restrictions`` of the rule
        ``tw_margin_short_suspension`` are such a table, as is what `book_closure_suspensions` makes.
    positions : iterable
        Symbols whose shorts are of the kind that is bound, such as margin shorts (融券); others are left alone.
    notice : int
        Business days before the last day from which a short is recalled, at least 0. 10 is a guess: closures are announced
        weeks before.
    penalty : float
        Beside the price of a buy-in, as a fraction of it.

    Raises
    ------
    InvalidInputError
        A column is missing, or a row ends before it begins.

    Examples
    --------
    >>> table = pd.DataFrame({"symbol": ["2330.TW"], "date": ["2024-06-06"], "until": ["2024-06-12"]})
    >>> covers = ForcedCovers(table, positions=["2330.TW"])
    >>> tsmc = LentPosition(Symbol.create("2330.TW"), date(2024, 6, 3), 5000, available=None, fee_rate=0.0)
    >>> covers.recalled(tsmc), covers.last_day(tsmc).isoformat()
    (5000, '2024-06-06')
    """

    def __init__(
        self,
        table: pd.DataFrame,
        positions: Iterable[str],
        *,
        notice: int = 10,
        penalty: float = 0.0,
    ) -> None:
        if not isinstance(notice, int) or notice < 0:
            raise InvalidInputError("notice", notice, "be a number of business days, at least 0")
        self.positions = frozenset(map(Symbol.create, positions))
        self._terms = RecallTerms(penalty=penalty)
        self._covers: dict[Symbol, list[_Cover]] = {}
        for name, last, until, announced in sorted(_rows(table), key=itemgetter(1)):
            symbol = Symbol.create(name)
            announced_on = session_before(last, notice, symbol.market)
            if announced is not None:
                announced_on = max(announced_on, announced)
            self._covers.setdefault(symbol, []).append(_Cover(announced_on, last, until))

    @property
    def terms(self) -> RecallTerms:
        """The penalty; a buy-in is at the open of the first session after the last day."""
        return self._terms

    def recalled(self, position: LentPosition) -> float:
        """Return all of the short of a declared position from the notice on, to the last day on which none may stand."""
        return 0.0 if self._cover(position) is None else position.shares

    def last_day(self, position: LentPosition) -> date | None:
        """Return the last day on which what is recalled in a session may be covered; None where nothing is."""
        cover = self._cover(position)
        return None if cover is None else cover.last

    def _cover(self, position: LentPosition) -> _Cover | None:
        if position.symbol not in self.positions:
            return None
        covers, session = self._covers.get(position.symbol, ()), position.session
        return next((one for one in covers if one.announced_on <= session <= one.until), None)

    def __repr__(self) -> str:
        covers = sum(map(len, self._covers.values()))
        return f"ForcedCovers({covers:,} dates, {len(self.positions):,} positions)"


def book_closure_suspensions(
    closures: pd.DataFrame, sessions: Iterable[date] | None = None
) -> pd.DataFrame:
    """Return by when Taiwan's margin shorts must be covered before book closures, and until when new ones are suspended.

    Covered by the sixth business day before the first day of the closure; suspended for four business days from it. Source:
    Taipei Exchange, "Margin Trading Suspension Report", note 1, in force since 14 March 2015; the Taiwan Stock Exchange
    suspends alike, and brokers buy in from the day after (Central News Agency, 26 March 2014).

    Parameters
    ----------
    closures : DataFrame
        Columns symbol and date, the first day on which the book is closed; optionally announced.
    sessions : iterable of date, optional
        The exchange's sessions. Default: its calendar since 2005, which lacks the make-up sessions on Saturdays that were
        held until 2018.

    Returns
    -------
    DataFrame
        Columns symbol, date, until and, where it was given, announced.

    Raises
    ------
    InvalidInputError
        A column is missing, or `sessions` does not reach far enough back.

    Examples
    --------
    The book closes on Monday 17 June 2024, and on the 10th the exchange is closed.

    >>> book_closure_suspensions(pd.DataFrame({"symbol": ["2330.TW"], "date": ["2024-06-17"]})).values.tolist()
    [['2330.TW', datetime.date(2024, 6, 6), datetime.date(2024, 6, 12)]]
    """
    _check_columns("closures", closures, ("symbol", "date"))
    known = None if sessions is None else sorted(set(sessions))
    found = closures[[name for name in ("symbol", "announced") if name in closures]].copy()
    closed = [day_of(value) for value in closures["date"]]
    for at, name, before in (
        (1, "date", _BEFORE_CLOSURE),
        (2, "until", _BEFORE_CLOSURE - _SUSPENDED + 1),
    ):
        found.insert(at, name, [_before(day, before, known) for day in closed])
    return found


def _before(day: date, n: int, sessions: list[date] | None) -> date:
    if sessions is None:
        return session_before(day, n, Market.TAIWAN)
    earlier = [session for session in sessions if session < day]
    if len(earlier) < n:
        raise InvalidInputError(
            "sessions", f"{len(earlier)} before {day}", f"hold at least {n} before each closure"
        )
    return earlier[-n]


def _rows(table: pd.DataFrame) -> Iterable[tuple[str, date, date, date | None]]:
    _check_columns("table", table, ("symbol", "date", "until"))
    announced = table["announced"] if "announced" in table else [None] * len(table)
    for name, last, until, announced_on in zip(
        table["symbol"], table["date"], table["until"], announced, strict=True
    ):
        first, end = day_of(last), date.max if pd.isna(until) else day_of(until)
        if end < first:
            raise InvalidInputError("until", str(end), f"not lie before {first}")
        yield (
            name,
            first,
            end,
            None if announced_on is None or pd.isna(announced_on) else day_of(announced_on),
        )


def _check_columns(parameter: str, table: pd.DataFrame, names: tuple[str, ...]) -> None:
    if not isinstance(table, pd.DataFrame) or any(name not in table.columns for name in names):
        raise InvalidInputError(
            parameter, type(table).__name__, f"be a DataFrame with the columns {', '.join(names)}"
        )
