"""The table of corporate actions: what happened to a symbol's shares between two days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import groupby, pairwise
from math import isclose
from typing import TypeVar

from shortable.actions.identity import Identities, Identity
from shortable.actions.records import Action, Delisting, Dividend, Listing, Rename, Split, as_day
from shortable.arguments import check_kind
from shortable.errors import CorporateActionError
from shortable.symbol import Symbol

__all__ = ["CorporateActions", "restated_shares"]

_ONE = Fraction(1)
_SAME_SPLIT = (
    7  # days within which two equal splits of one symbol are one that two sources date differently
)
_SAME_DELISTING = 30  # days within which a ticker is not delisted twice
_SAME_AMOUNT = 0.005  # sources round dividends to 2 to 6 digits
_KINDS = (Split, Dividend, Rename, Delisting, Listing)

_A = TypeVar("_A", Split, Dividend, Delisting)
_R = TypeVar("_R", Split, Rename, Delisting)


class CorporateActions:
    """Splits, dividends, renames, delistings and listings of many symbols, checked once; it never changes.

    Symbols are those of the day; questions about a symbol follow its renames. Where two companies used one
    ticker, `named_on` (or the end of the period asked for) says which one is meant.

    Parameters
    ----------
    records : iterable of Split, Dividend, Rename, Delisting or Listing
        In any order; exact repeats count once, except dividends with the same amount and different pay dates.
    notes : sequence of str
        What was left out while reading, for people.

    Raises
    ------
    CorporateActionError
        Two records contradict each other; the message names symbol, date and both.

    Examples
    --------
    >>> actions = CorporateActions([Split("AMC", "2023-08-24", 1, 10), Split("NVDA", "2024-06-10", 10, 1)])
    >>> actions.split_factor("AMC", date(2023, 8, 1), date(2023, 9, 1))
    Fraction(1, 10)
    >>> actions.split_factor("AMC", date(2023, 8, 24), date(2023, 9, 1))
    Fraction(1, 1)
    """

    def __init__(self, records: Iterable[Action] = (), *, notes: Sequence[str] = ()) -> None:
        listed = list(records) if isinstance(records, Iterable) else [records]
        for record in listed:
            if not isinstance(record, _KINDS):
                raise CorporateActionError(
                    "records", record, "be Split, Dividend, Rename, Delisting or Listing"
                )
        if isinstance(notes, str) or not isinstance(notes, Iterable):
            raise CorporateActionError("notes", notes, "be texts")
        kept = _checked(sorted(dict.fromkeys(listed), key=_order))
        self._records = tuple(kept)
        self._known = frozenset(kept)
        self.notes = tuple(notes)
        self.splits = tuple(r for r in kept if isinstance(r, Split))
        self.dividends = tuple(r for r in kept if isinstance(r, Dividend))
        self.renames = tuple(r for r in kept if isinstance(r, Rename))
        self.delistings = tuple(r for r in kept if isinstance(r, Delisting))
        self.listings = tuple(r for r in kept if isinstance(r, Listing))
        self._identities = Identities((*self.renames, *self.delistings, *self.listings))
        self._splits = self._by_identity(self.splits)
        self._dividends = self._by_identity(self.dividends)
        self._delistings = self._by_identity(self.delistings)

    def __iter__(self) -> Iterator[Action]:
        """Every record, by date, then symbol."""
        return iter(self._records)

    def __contains__(self, record: object) -> bool:
        return record in self._known

    def __len__(self) -> int:
        return len(self._records)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CorporateActions) and self._records == other._records

    def __hash__(self) -> int:
        return hash(self._records)

    def __repr__(self) -> str:
        counts = [
            f"{len(of)} {name}"
            for name, of in (
                ("splits", self.splits),
                ("dividends", self.dividends),
                ("renames", self.renames),
                ("delistings", self.delistings),
                ("listings", self.listings),
            )
            if of
        ]
        return f"<CorporateActions: {', '.join(counts) or 'none'}>"

    @property
    def unconfirmed(self) -> tuple[Split, ...]:
        """Splits whose ex-date may be the next session, because the source states evenings and ex-dates alike."""
        return tuple(s for s in self.splits if not s.confirmed)

    def symbols(self) -> list[Symbol]:
        """Return every symbol that a record names, sorted."""
        named = {r.symbol for r in self._records} | {r.new_symbol for r in self.renames}
        return sorted(named)

    def between(self, start: date | None, end: date | None) -> tuple[Action, ...]:
        """Return the records with ``start < date <= end``; None leaves a side open."""
        start, end = _day(start, "start"), _day(end, "end")
        return tuple(
            r
            for r in self._records
            if (start is None or start < r.date) and (end is None or r.date <= end)
        )

    def until(self, day: date | str) -> CorporateActions:
        """Return the table as it stood at the end of a day: later records are left out.

        Use it where prices were adjusted on a certain day, for splits after that day are not in them.
        """
        return CorporateActions(self.between(None, as_day(day, "day")), notes=self.notes)

    def identity(self, symbol: Symbol | str, on: date | None = None) -> Identity:
        """Return the company that a ticker means on a day; None is the newest that used it (see `Identities.of`)."""
        return self._identities.of(symbol, on)

    def symbol_on(self, symbol: Symbol | str, day: date, named_on: date | None = None) -> Symbol:
        """Return the ticker, on a day, of the company that `symbol` means on `named_on`.

        Parameters
        ----------
        symbol : Symbol or str
            A name of today, such as that of a price series, or the day's own with ``named_on=day``.
        day : date
            Of which the ticker is wanted: the name that a store of that day uses.
        named_on : date, optional
            When `symbol` means the company; default the newest use of the ticker.

        Examples
        --------
        >>> CorporateActions([Rename("FB", "2022-06-09", "META")]).symbol_on("META", date(2021, 4, 23))
        Symbol('FB')
        """
        return self.identity(symbol, named_on).symbol_on(day)

    def splits_of(
        self,
        symbol: Symbol | str,
        start: date | None = None,
        end: date | None = None,
        *,
        named_on: date | None = None,
    ) -> tuple[Split, ...]:
        """Return a company's splits with ``start < ex_date <= end``, by ex-date, under all its tickers.

        Parameters
        ----------
        symbol : Symbol or str
        start, end : date, optional
            None leaves a side open.
        named_on : date, optional
            When `symbol` means the company; default `end`.
        """
        return self._of(self._splits, symbol, start, end, named_on)

    def dividends_of(
        self,
        symbol: Symbol | str,
        start: date | None = None,
        end: date | None = None,
        *,
        named_on: date | None = None,
    ) -> tuple[Dividend, ...]:
        """Return a company's dividends with ``start < ex_date <= end``, as `splits_of` does."""
        return self._of(self._dividends, symbol, start, end, named_on)

    def delisting_of(
        self, symbol: Symbol | str, *, named_on: date | None = None
    ) -> Delisting | None:
        """Return the company's delisting, or None where the table has none."""
        found = self._of(self._delistings, symbol, None, None, named_on)
        return found[-1] if found else None

    def split_factor(
        self,
        symbol: Symbol | str,
        start: date | None,
        end: date | None = None,
        *,
        named_on: date | None = None,
    ) -> Fraction:
        """Return how many shares one share of `start` has become by `end`, exactly.

        The product of new for old over the splits with ``start < ex_date <= end``: n shares of `start` are
        ``restated_shares(n, factor)`` shares of `end`, and a price of `start` is ``price / factor``.

        Parameters
        ----------
        symbol : Symbol or str
        start : date or None
            Day whose shares are restated; a share of an ex-date is a new one. None: before every split.
        end : date, optional
            Day on whose shares; default after every split in the table, the basis of split-adjusted prices.
        named_on : date, optional
            When `symbol` means the company; default `end`.

        Raises
        ------
        CorporateActionError
            `end` is before `start`.
        """
        start, end = _day(start, "start"), _day(end, "end")
        if start is not None and end is not None and end < start:
            raise CorporateActionError("end", str(end), f"not be before the start, {start}")
        factor = _ONE
        for split in self.splits_of(symbol, start, end, named_on=named_on):
            factor *= split.ratio
        return factor

    def raw_amount(self, dividend: Dividend) -> float:
        """Return a dividend's amount a share of its own day, whichever share its record is for."""
        check_kind("dividend", dividend, Dividend, "be a Dividend")
        if dividend.basis == "raw":
            return dividend.amount
        later = self.splits_of(dividend.symbol, dividend.date, None, named_on=dividend.date)
        factor = _ONE
        for split in later:
            factor *= split.ratio
        return dividend.amount * factor.numerator / factor.denominator

    def merged(self, *others: CorporateActions) -> CorporateActions:
        """Return one table of several sources.

        What two sources agree on counts once: a split that one of them dates by its evening takes the other's
        confirmed ex-date, and dividends of one ex-date with the same sum are the first source's.

        Raises
        ------
        CorporateActionError
            Two sources contradict each other: another ratio or sum on one date, or the same split on two dates.
        """
        known = self
        for other in others:
            check_kind("others", other, CorporateActions, "be CorporateActions")
            rest = (r for r in other if not isinstance(r, Dividend))
            known = CorporateActions(
                (*known, *rest, *_new_dividends(known, other)),
                notes=tuple(dict.fromkeys((*known.notes, *other.notes))),
            )
        return known

    def replaced(self, other: CorporateActions) -> CorporateActions:
        """Return the table with another one put in: what `other` states takes the place of what contradicts it.

        Records of the same kind and symbol give way where they lie within a week of a new one; dividends where they
        have the same ex-date.
        """
        check_kind("other", other, CorporateActions, "be CorporateActions")
        new: dict[tuple[type[Action], Symbol], list[date]] = {}
        for record in other:
            new.setdefault((type(record), record.symbol), []).append(record.date)

        def gives_way(record: Action) -> bool:
            apart = 0 if isinstance(record, Dividend) else _SAME_SPLIT
            days = new.get((type(record), record.symbol), ())
            return any(abs((record.date - day).days) <= apart for day in days)

        kept = (r for r in self if r in other or not gives_way(r))
        return CorporateActions((*kept, *other), notes=(*self.notes, *other.notes))

    def with_splits(self, splits: Mapping[Split, Split]) -> CorporateActions:
        """Return the table with some of its splits replaced, such as those whose ex-date has been found."""
        check_kind("splits", splits, Mapping, "be a mapping of splits")
        return CorporateActions(
            (splits.get(r, r) if isinstance(r, Split) else r for r in self._records),
            notes=self.notes,
        )

    def _by_identity(self, records: Iterable[_A]) -> dict[Identity, list[_A]]:
        found: dict[Identity, list[_A]] = {}
        for record in records:
            found.setdefault(self._identities.of(record.symbol, record.date), []).append(record)
        return found

    def _of(
        self,
        records: Mapping[Identity, Sequence[_A]],
        symbol: Symbol | str,
        start: date | None,
        end: date | None,
        named_on: date | None,
    ) -> tuple[_A, ...]:
        if not records:
            return ()
        start, end = _day(start, "start"), _day(end, "end")
        company = self._identities.of(symbol, end if named_on is None else named_on)
        return tuple(
            r
            for r in records.get(company, ())
            if (start is None or start < r.date) and (end is None or r.date <= end)
        )


def restated_shares(shares: int, factor: Fraction) -> int:
    """Return shares on another day's basis, rounded down (S11).

    Examples
    --------
    >>> restated_shares(1_005, Fraction(1, 10))
    100
    """
    if not isinstance(factor, (Fraction, int)):
        raise CorporateActionError("factor", factor, "be a Fraction: new shares for each old one")
    check_kind("shares", shares, int, "be a whole number")
    return shares * factor.numerator // factor.denominator


def _day(given: date | None, name: str) -> date | None:
    return given if given is None or type(given) is date else as_day(given, name)


def _order(record: Action) -> tuple[date, Symbol, int]:
    return record.date, record.symbol, _KINDS.index(type(record))


def _checked(records: list[Action]) -> list[Action]:
    """Drop what is stated twice and refuse what contradicts itself."""
    left_out: set[Action] = set()
    for split, next_split in _neighbours(records, Split):
        left_out |= _repeated_split(split, next_split)
    for delisting, next_delisting in _neighbours(records, Delisting):
        left_out |= _repeated_delisting(delisting, next_delisting)
    for first, again in _neighbours(records, Rename):
        same = first.new_symbol == again.new_symbol
        if first.date == again.date or (same and _days(first, again) <= _SAME_SPLIT):
            raise CorporateActionError("renames", str(again), f"agree with the other: {first}")
    return [r for r in records if r not in left_out]


def _neighbours(records: Iterable[Action], kind: type[_R]) -> list[tuple[_R, _R]]:
    """Each record of a kind with the next one of its symbol."""
    of_kind = sorted((r for r in records if isinstance(r, kind)), key=lambda r: (r.symbol, r.date))
    pairs = pairwise(of_kind)
    return [(a, b) for a, b in pairs if a.symbol == b.symbol]


def _days(earlier: Action, later: Action) -> int:
    return (later.date - earlier.date).days


def _repeated_split(earlier: Split, later: Split) -> set[Action]:
    """Return which of two successive splits repeats the other."""
    apart = _days(earlier, later)
    if apart > _SAME_SPLIT:
        return set()
    if earlier.ratio != later.ratio:
        if apart:
            return set()
        raise CorporateActionError(
            f"splits of {earlier.symbol} on {earlier.ex_date}",
            f"{earlier.new} for {earlier.old}",
            f"agree with the other one, {later.new} for {later.old}",
        )
    if apart and earlier.confirmed and later.confirmed:
        raise CorporateActionError(
            f"splits of {earlier.symbol}",
            f"{earlier.new} for {earlier.old} on {earlier.ex_date} and on {later.ex_date}",
            "be stated once",
        )
    return {later} if earlier.confirmed else {earlier}


def _repeated_delisting(earlier: Delisting, later: Delisting) -> set[Action]:
    """Return which of two successive delistings of a ticker repeats the other."""
    if _days(earlier, later) > _SAME_DELISTING:
        return set()
    agree = earlier.price is None or later.price is None or earlier.price == later.price
    if earlier.last_day != later.last_day or not agree:
        raise CorporateActionError("delistings", str(later), f"agree with the other: {earlier}")
    return {earlier} if earlier.price is None else {later}


def _new_dividends(known: CorporateActions, other: CorporateActions) -> list[Dividend]:
    """Return another source's dividends of the dates on which none is known, checking those of the others."""
    splits = CorporateActions([*known.splits, *other.splits])
    have: dict[tuple[Symbol, date], list[Dividend]] = {}
    for dividend in known.dividends:
        have.setdefault((dividend.symbol, dividend.ex_date), []).append(dividend)
    new = []
    for (symbol, day), group in groupby(other.dividends, key=lambda d: (d.symbol, d.ex_date)):
        theirs, ours = list(group), have.get((symbol, day))
        if ours is None:
            new += theirs
            continue
        sums: list[dict[str, float]] = []
        for part in (ours, theirs):
            by_currency: dict[str, float] = {}
            for d in part:
                by_currency[d.currency] = by_currency.get(d.currency, 0.0) + splits.raw_amount(d)
            sums.append(by_currency)
        if sums[0].keys() != sums[1].keys() or not all(
            isclose(sums[0][c], sums[1][c], rel_tol=_SAME_AMOUNT) for c in sums[0]
        ):
            shown = [
                " + ".join(f"{d.amount:g} {d.currency}" for d in part) for part in (ours, theirs)
            ]
            raise CorporateActionError(
                f"dividends of {symbol} on {day}",
                shown[1],
                f"agree with the other source, {shown[0]}",
            )
    return new
