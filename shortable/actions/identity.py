"""Which company a ticker meant on a day: renames followed, and a ticker that two companies used kept apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from shortable.actions.records import Delisting, Listing, Rename
from shortable.symbol import Symbol

__all__ = ["Identities", "Identity", "Name"]


@dataclass(frozen=True, slots=True)
class Name:
    """A ticker, and when a company used it."""

    symbol: Symbol
    first: date | None
    """First day; None where it has no known beginning."""
    end: date | None
    """First day without it; None where it has no known end."""

    def covers(self, day: date) -> bool:
        """Whether the company used the ticker on that day."""
        return (self.first is None or self.first <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Identity:
    """One company's share through all its tickers."""

    names: tuple[Name, ...]
    """The tickers in the order of their use, at least one."""

    def symbol_on(self, day: date) -> Symbol:
        """Return its ticker on a day; before the first known day the first, after the last the last."""
        for name in self.names:
            if name.end is None or day < name.end:
                return name.symbol
        return self.names[-1].symbol

    @property
    def last_symbol(self) -> Symbol:
        """The newest ticker."""
        return self.names[-1].symbol


@dataclass(slots=True)
class _Use:
    """One company's use of one ticker, while the table is read."""

    company: int
    symbol: Symbol
    first: date | None
    end: date | None = None
    delisted: bool = False


class Identities:
    """Every company of a table of renames, delistings and listings.

    Parameters
    ----------
    events : iterable of Rename, Delisting or Listing
        In any order.

    Examples
    --------
    A fund had the ticker META before Facebook took it.

    >>> known = Identities([Rename("META", "2022-01-31", "METV"), Rename("FB", "2022-06-09", "META")])
    >>> known.of("META", date(2023, 1, 3)).symbol_on(date(2021, 4, 23))
    Symbol('FB')
    >>> known.of("META", date(2021, 12, 1)).symbol_on(date(2023, 1, 3))
    Symbol('METV')
    """

    def __init__(self, events: Iterable[Rename | Delisting | Listing] = ()) -> None:
        uses = _uses(events)
        by_company: dict[int, list[_Use]] = {}
        for use in uses:
            by_company.setdefault(use.company, []).append(use)
        companies = {
            company: Identity(tuple(Name(u.symbol, u.first, u.end) for u in used))
            for company, used in by_company.items()
        }
        self._of_symbol: dict[Symbol, list[tuple[_Use, Identity]]] = {}
        for use in uses:
            self._of_symbol.setdefault(use.symbol, []).append((use, companies[use.company]))

    def of(self, symbol: Symbol | str, on: date | None = None) -> Identity:
        """Return the company that a ticker means on a day.

        Where no company is known to use the ticker on that day, the one that gave it up last is meant
        (``FB`` in 2023 is Meta), unless it was delisted, for then another company has it; failing that, the one
        that took it up next (``META`` in 2021 is Facebook).

        Parameters
        ----------
        symbol : Symbol or str
        on : date, optional
            Default: the newest company that is known to have used the ticker.
        """
        key = Symbol.create(symbol)
        used = self._of_symbol.get(key)
        if not used:
            return Identity((Name(key, None, None),))
        if on is None:
            return used[-1][1]
        before: tuple[_Use, Identity] | None = None
        for use, company in used:
            if use.first is not None and on < use.first:
                return company if before is None else self._after(*before)
            if use.end is None or on < use.end:
                return company
            before = use, company
        assert before is not None  # every use ended on or before the day
        return self._after(*before)

    @staticmethod
    def _after(use: _Use, company: Identity) -> Identity:
        return Identity((Name(use.symbol, use.end, None),)) if use.delisted else company


def _uses(events: Iterable[Rename | Delisting | Listing]) -> list[_Use]:
    """Follow the events in the order of their days; who leaves a ticker leaves it before another takes it."""
    uses: list[_Use] = []
    current: dict[Symbol, _Use] = {}
    companies = 0

    def begin(symbol: Symbol, first: date | None, company: int | None = None) -> _Use:
        nonlocal companies
        if company is None:
            company, companies = companies, companies + 1
        use = _Use(company, symbol, first)
        uses.append(use)
        current[symbol] = use
        return use

    def leave(symbol: Symbol, end: date, *, delisted: bool = False) -> _Use:
        use = current.pop(symbol, None)
        if use is None:  # not named before: whoever used the ticker since its last user left it
            ended = [u.end for u in uses if u.symbol == symbol]
            use = begin(symbol, ended[-1] if ended else None)
            del current[symbol]
        use.end, use.delisted = end, delisted
        return use

    by_day: dict[date, list[Rename | Delisting | Listing]] = {}
    for event in events:
        # The day from which the event is in force: a delisted share still trades on its last day.
        day = event.last_day + timedelta(days=1) if isinstance(event, Delisting) else event.date
        by_day.setdefault(day, []).append(event)
    for day in sorted(by_day):
        todays = sorted(by_day[day], key=lambda e: (e.symbol, type(e).__name__))
        for event in todays:
            if isinstance(event, Delisting):
                leave(event.symbol, day, delisted=True)
        arrivals = [
            (event.new_symbol, leave(event.symbol, day).company)
            for event in todays
            if isinstance(event, Rename)
        ]
        for symbol, company in arrivals:
            if symbol in current:
                leave(symbol, day)
            begin(symbol, day, company)
        for event in todays:
            if isinstance(event, Listing):
                if event.symbol in current and current[event.symbol].first != day:
                    leave(event.symbol, day)
                if event.symbol not in current:
                    begin(event.symbol, day)
    return uses
