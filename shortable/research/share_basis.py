"""A trade list's companies and sessions: renames followed, splits and delistings between its trades, prices (S11, S12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.actions import CorporateActions
from shortable.arrays import Floats, Indices, Times
from shortable.errors import CorporateActionError, InvalidInputError
from shortable.provider import ProviderLike, ShortableProvider, as_provider
from shortable.providers import ShareBasis, on_split_basis
from shortable.research.grid import Grid, carried_forward, read_rows
from shortable.research.marks import Factors, Marks, Traded
from shortable.research.opening import Held
from shortable.research.trade_lists import Trades
from shortable.rule import check_choice
from shortable.symbol import Symbol

__all__ = [
    "Book",
    "Carried",
    "Event",
    "Paid",
    "Splits",
    "book_of",
    "dividends_on",
    "provider_on",
    "splits_on",
]


@dataclass(frozen=True, slots=True)
class Event:
    """A split or a delisting of one company."""

    day: date
    """First day on the new shares, or without any."""
    ratio: Fraction | None
    """New shares for each old one; None for a delisting."""
    price: float | None
    """What a delisted share was paid out at; None for its last price."""
    text: str
    """The same for people."""


@dataclass(frozen=True, slots=True)
class Paid:
    """A dividend of one company: received by a long, owed by a short, on what was held at the close before."""

    code: int
    """The company."""
    row: int
    """The session from which the share trades without it."""
    amount: float
    """For each last share, in the currency of the prices."""
    text: str
    """The same for people."""


@dataclass(frozen=True, slots=True)
class Book:
    """A trade list, its companies (N of them) and its sessions (T of them).

    "Last shares" are those after every split up to the last session: in them, positions and prices do not change at a
    split.
    """

    trades: Trades
    """The list, M trades."""
    codes: npt.NDArray[np.intp]
    """Shape (M,): each trade's company."""
    rows: npt.NDArray[np.intp]
    """Shape (M,): each trade's session."""
    grid: Grid
    """Sessions × companies, each under its last ticker."""
    events: list[list[Event]]
    """Shape (N,): splits and delistings, by day."""
    dividends: list[Paid]
    """By session."""
    opening: list[Held]
    """Shape (N,): what was held before the first trade, 0 shares where nothing was."""
    factors: Factors
    """Last shares for each share of a session."""
    units: Floats
    """Shape (M,): the same at each trade."""
    marks: Marks
    """Closes per last share."""
    marked_at_trades: bool
    """No prices were given: closes are the last traded prices."""


def provider_on(
    provider: ProviderLike, actions: CorporateActions, basis: ShareBasis
) -> ShortableProvider:
    """Return a provider that answers in the shares of a basis.

    Raises
    ------
    InvalidInputError
        `basis` is none.
    """
    check_choice("basis", basis, ("raw", "split_adjusted"))
    return on_split_basis(provider, actions, basis) if len(actions) else as_provider(provider)


def book_of(
    trades: Trades,
    listed: tuple[list[Symbol], Indices],
    actions: CorporateActions,
    opening: Mapping[Symbol, Held],
    prices: pd.DataFrame | None,
    basis: ShareBasis,
) -> Book:
    """Bring a trade list, what was held before it, corporate actions and prices together.

    Parameters
    ----------
    trades : Trades
    listed : list of Symbol, ndarray of int
        The symbols of the list, and each trade's among them, as `symbol_codes` gives them.
    actions, opening, prices, basis
        As in `audit`, read.

    Raises
    ------
    InvalidInputError
        Prices lack a company, or the opening book is of another market.
    """
    days = trades.times.astype("datetime64[D]")
    first = days[0].item()
    codes, symbols, named_on = _companies(trades, listed, actions, days)
    held = _opening(opening, actions, symbols, first, trades)
    named_on += [first] * (len(symbols) - len(named_on))
    ends_open = _ends_open(trades, codes, held)
    # The days ascend, and most of them repeat the one before.
    starts = np.flatnonzero(np.append(True, days[1:] != days[:-1]))
    sessions = _sessions(days[starts], prices, ends_open=ends_open)
    lengths = np.diff(np.append(starts, len(days)))
    rows = np.repeat(np.searchsorted(sessions, days[starts]), lengths)
    last = sessions[-1].item()
    events = [
        _events(actions, symbol, named, first, last, basis) if len(actions) else []
        for symbol, named in zip(symbols, named_on, strict=True)
    ]
    factors = Factors(
        (int(np.searchsorted(sessions, np.datetime64(event.day))), code, float(event.ratio))
        for code, of_company in enumerate(events)
        for event in of_company
        if event.ratio is not None
    )
    index = pd.DatetimeIndex(sessions, name="date")
    labels = sessions.astype("datetime64[us]")
    grid = Grid(symbols, pd.Index(symbols, dtype=object), index, labels, trades.market)
    marks = Marks(
        grid,
        None if prices is None else grid.prices_of(prices),
        Traded(rows, codes, trades.prices),
        np.array([one.price if one.quantity else 0.0 for one in held]),
        factors,
    )
    paid = _dividends(actions, symbols, named_on, sessions, factors, basis)
    units = factors.of(rows, codes)
    at_trades = prices is None
    return Book(trades, codes, rows, grid, events, paid, held, factors, units, marks, at_trades)


def _companies(
    trades: Trades,
    listed: tuple[list[Symbol], Indices],
    actions: CorporateActions,
    days: Times,
) -> tuple[npt.NDArray[np.intp], list[Symbol], list[date]]:
    """Return each trade's company, and each company's last ticker in the list and the last day on which it names it."""
    if not len(actions):
        names, found = listed
        return found.astype(np.intp, copy=False), list(names), []
    known: dict[object, int] = {}
    codes = np.empty(len(trades), dtype=np.intp)
    symbols: list[Symbol] = []
    named_on: list[date] = []
    for at, (symbol, day) in enumerate(zip(trades.symbols.tolist(), days.tolist(), strict=True)):
        company = actions.identity(symbol, day)
        code = known.setdefault(company, len(known))
        if code == len(symbols):
            symbols.append(symbol)
            named_on.append(day)
        symbols[code], named_on[code] = symbol, day
        codes[at] = code
    return codes, symbols, named_on


def _opening(
    opening: Mapping[Symbol, Held],
    actions: CorporateActions,
    symbols: list[Symbol],
    first: date,
    trades: Trades,
) -> list[Held]:
    """Return what was held of each company; companies that are only held are added."""
    now = {symbol: code for code, symbol in enumerate(symbols)}
    held = [Held(0.0, float("nan"))] * len(symbols)
    for symbol, one in opening.items():
        if symbol.market != trades.market:
            raise InvalidInputError(
                "opening", str(symbol), f"be of the trades' market, {trades.market.value}"
            )
        names = {symbol, *(n.symbol for n in actions.identity(symbol, first).names)}
        code = next((now[name] for name in names if name in now), len(symbols))
        if code == len(symbols):
            symbols.append(symbol)
            held.append(one)
        held[code] = one
    return held


def _ends_open(trades: Trades, codes: npt.NDArray[np.intp], held: list[Held]) -> bool:
    left = np.bincount(codes, trades.quantities, minlength=len(held))
    return bool((np.abs(left + np.array([one.quantity for one in held])) > 1e-9).any())


def _sessions(days: Times, prices: pd.DataFrame | None, *, ends_open: bool) -> Times:
    """Return the sessions: those of the prices, beyond the last trade where something is still held; else weekdays.

    `days` are those of the trades, each once.
    """
    if prices is None:
        weekdays = pd.bdate_range(days[0], days[-1]).to_numpy().astype("datetime64[D]")
        return np.union1d(days, weekdays)
    given, _ = read_rows("prices", prices, None, None)
    dates = given.labels.astype("datetime64[D]")
    within = (dates >= days[0]) & (ends_open | (dates <= days[-1]))
    return np.union1d(dates[within], days)


def _events(
    actions: CorporateActions,
    symbol: Symbol,
    named_on: date,
    first: date,
    last: date,
    basis: ShareBasis,
) -> list[Event]:
    events = []
    if basis == "raw":
        for split in actions.splits_of(symbol, first, last, named_on=named_on):
            events.append(Event(split.ex_date, split.ratio, None, str(split)))
    gone = actions.delisting_of(symbol, named_on=named_on)
    if gone is not None and first <= gone.last_day < last:
        day = gone.last_day + timedelta(days=1)
        events.append(Event(day, None, gone.price, str(gone)))
    return sorted(events, key=lambda event: event.day)


def _dividends(
    actions: CorporateActions,
    symbols: list[Symbol],
    named_on: list[date],
    sessions: Times,
    factors: Factors,
    basis: ShareBasis,
) -> list[Paid]:
    """Return the dividends of all companies.

    Raises
    ------
    CorporateActionError
        One is in another currency than the share.
    """
    before, last = sessions[0].item() - timedelta(days=1), sessions[-1].item()
    found: list[Paid] = []
    foreign: list[str] = []
    known = zip(symbols, named_on, strict=True) if len(actions.dividends) else ()
    for code, (symbol, named) in enumerate(known):
        for dividend in actions.dividends_of(symbol, before, last, named_on=named):
            if dividend.currency != symbol.currency:
                foreign.append(str(dividend))
            row = int(np.searchsorted(sessions, np.datetime64(dividend.ex_date)))
            unit = factors.at(row, code)
            if basis == "split_adjusted":
                unit = float(actions.split_factor(symbol, dividend.ex_date, named_on=named))
            found.append(Paid(code, row, actions.raw_amount(dividend) / unit, str(dividend)))
    if foreign:
        raise CorporateActionError(
            "dividends",
            "; ".join(foreign[:5]) + ("; …" if len(foreign) > 5 else ""),
            "be in the currency of the share",
            "Restate their amounts, or leave them out of the table.",
        )
    return sorted(found, key=lambda paid: (paid.row, paid.code))


@dataclass(frozen=True, slots=True)
class Splits:
    """What splits do to the shares of a grid's columns; nothing where its numbers are in last shares already."""

    ratios: Mapping[int, Floats]
    """Row to new shares for each old one, shape (N,): before what is done at that row."""
    changes: tuple[tuple[int, int, float], ...]
    """The same as row, column and ratio, in the order of the columns."""

    def restate(self, row: int, held: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return whole shares as a row begins; a fraction is paid in cash."""
        ratio = self.ratios.get(row)
        return held if ratio is None else np.trunc(np.round(held * ratio, 9)).astype(np.int64)

    def carried_forward(self, prices: Floats) -> Floats:
        """Return prices in which NaN takes the last one of its column, in the shares of its own day."""
        return Carried(self).forward(0, prices)


class Carried:
    """Prices carried forward block by block; every block begins where the one before it ended."""

    def __init__(self, splits: Splits) -> None:
        self._splits = splits
        self._last: Floats | None = None

    def forward(self, start: int, prices: Floats) -> Floats:
        """Return prices of the rows from `start` on in which NaN takes the last one of its column."""
        if not self._splits.changes:
            found = carried_forward(prices, self._last)
            self._last = found[-1]
            return found
        factors = np.ones(prices.shape)  # last shares for each share of the row's day
        for row, column, ratio in self._splits.changes:
            factors[: max(row - start, 0), column] *= ratio
        found = carried_forward(prices / factors, self._last)
        self._last = found[-1]
        return found * factors


def _named_on(actions: CorporateActions, symbol: Symbol, first: date, last: date) -> date:
    """Return the day on which a column's ticker means its company.

    One that is delisted in between is meant, and not who takes its ticker up afterwards.
    """
    gone = [d.date for d in actions.delistings if d.symbol == symbol and first <= d.date]
    return min([last, *gone])


def dividends_on(grid: Grid, actions: CorporateActions, basis: ShareBasis) -> dict[int, Floats]:
    """Return dividends by the row from which shares trade without them, shape (N,): for each share of that row.

    Raises
    ------
    CorporateActionError
        One is in another currency than the share.
    """
    days = grid.labels.astype("datetime64[D]")
    paid: dict[int, Floats] = {}
    for column, symbol in enumerate(grid.symbols if len(actions.dividends) else ()):
        first, last = days[0].item(), days[-1].item()
        named_on = _named_on(actions, symbol, first, last)
        for dividend in actions.dividends_of(symbol, first, last, named_on=named_on):
            if dividend.currency != symbol.currency:
                raise CorporateActionError(
                    "dividends", str(dividend), "be in the currency of the share"
                )
            row = int(np.searchsorted(days, np.datetime64(dividend.ex_date)))
            amount = actions.raw_amount(dividend)
            if basis == "split_adjusted":
                amount /= float(actions.split_factor(symbol, dividend.ex_date, named_on=named_on))
            paid.setdefault(row, np.zeros(len(grid.symbols)))[column] += amount
    return paid


def splits_on(grid: Grid, actions: CorporateActions, basis: ShareBasis) -> Splits:
    """Return what splits do between the rows of a grid."""
    days = grid.labels.astype("datetime64[D]")
    changes: list[tuple[int, int, float]] = []
    ratios: dict[int, Floats] = {}
    if basis == "raw" and len(actions):
        for column, symbol in enumerate(grid.symbols):
            first, last = days[0].item(), days[-1].item()
            named_on = _named_on(actions, symbol, first, last)
            for split in actions.splits_of(symbol, first, last, named_on=named_on):
                row = int(np.searchsorted(days, np.datetime64(split.ex_date)))
                changes.append((row, column, float(split.ratio)))
                ratios.setdefault(row, np.ones(len(grid.symbols)))[column] *= float(split.ratio)
    return Splits(ratios, tuple(changes))
