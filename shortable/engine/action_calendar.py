"""What happens to a run's securities from outside, and when: splits, dividends, renames, and the ends of series (S20, S21)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import inf
from typing import Literal

import numpy as np

from shortable.actions import CorporateActions, Dividend, Rename, Split
from shortable.engine.feed import Feed
from shortable.errors import CorporateActionError, InvalidInputError
from shortable.market_data import MarketData, suspected_splits
from shortable.shares import positive_price
from shortable.symbol import Symbol

__all__ = ["ActionCalendar", "Due", "Ending", "OnDelisting", "calendar_of", "check_on_delisting"]

OnDelisting = Literal["last_price", "error"] | float | Mapping[Symbol, float] | Mapping[str, float]
"""What becomes of a position whose security ends: see `Backtest`."""

_A_DAY = timedelta(days=1)
# From that ratio of an open to the close before, either way, the prices are asked whether it looks like a split.
_JUMP = 1.8
_ORDER = (Split, Dividend, Rename)


@dataclass(frozen=True, slots=True)
class Due:
    """An action that is in force from a session on, before its first order."""

    column: int
    """Whose."""
    action: Split | Dividend | Rename
    """What happens."""
    amount: float = 0.0
    """Of a dividend: cash for each share as the run counts them, in the account's currency."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A security's end, at the close of a session."""

    column: int
    """Whose."""
    last_day: date
    """The last day on which it could be traded."""
    price: float | None
    """What a delisted share was paid out at; None where nothing says so."""
    delisted: bool
    """False where only its data end."""
    text: str
    """The same for people."""


@dataclass(slots=True)
class ActionCalendar:
    """The actions of a run by session, and each security's own shares."""

    due: dict[int, list[Due]] = field(default_factory=dict)
    """Index of the session before whose first order they are in force, to what is due, in order."""
    endings: dict[int, list[Ending]] = field(default_factory=dict)
    """Index of the session at whose close they take effect."""
    resuming: dict[int, list[int]] = field(default_factory=dict)
    """Index of the session from which columns trade again that had ended: another company's under the same ticker."""
    ended_before: dict[int, str] = field(default_factory=dict)
    """Columns that had ended before the first session, and how."""
    own: dict[int, list[Fraction]] = field(default_factory=dict)
    """By column: in each session, the run's shares for one share of the day; columns without splits have none."""
    notes: tuple[str, ...] = ()
    """What the prices leave in doubt, for people."""


def check_on_delisting(value: OnDelisting) -> OnDelisting:
    """Return the policy for the end of a series, prices by `Symbol`.

    Raises
    ------
    InvalidInputError
        It is none.
    """
    if isinstance(value, str) and value in ("last_price", "error"):
        return value
    if isinstance(value, Mapping):
        return {Symbol.create(symbol): _payout(price) for symbol, price in value.items()}
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _payout(value)
    raise InvalidInputError(
        "on_delisting",
        value,
        "be 'last_price', 'error', a price, or a mapping of symbols to prices",
    )


def _payout(price: float) -> float:
    return 0.0 if price == 0 else positive_price("on_delisting", price)


def calendar_of(
    data: MarketData,
    actions: CorporateActions,
    feed: Feed,
    sessions: Sequence[int],
) -> ActionCalendar:
    """Find what happens to the securities of a feed.

    Parameters
    ----------
    data : MarketData
        Whose bars the feed runs.
    actions : CorporateActions
    feed : Feed
    sessions : sequence of int
        Proleptic ordinals of its sessions.

    Raises
    ------
    CorporateActionError
        A dividend is in another currency than the account.
    """
    calendar = ActionCalendar()
    first, last = feed.day_before, date.fromordinal(sessions[-1])
    foreign: list[str] = []
    later: list[str] = []
    for column, symbol in enumerate(feed.symbols):
        if not len(actions):
            break
        named_on = data.last_day(symbol)
        splits = actions.splits_of(symbol, first, last, named_on=named_on)
        found: list[Due] = []
        if data.basis == "raw":
            found += [Due(column, split) for split in splits]
        else:
            own = _own_shares(actions, symbol, named_on, sessions)
            if any(factor != 1 for factor in own):
                calendar.own[column] = own
            after = actions.splits_of(symbol, named_on, None, named_on=named_on)
            later += [str(split) for split in after]
        for dividend in actions.dividends_of(symbol, first, last, named_on=named_on):
            if dividend.currency != symbol.currency:
                foreign.append(str(dividend))
            found.append(Due(column, dividend, _amount(data, actions, symbol, dividend, named_on)))
        names = {n.symbol for n in actions.identity(symbol, named_on).names}
        found += [
            Due(column, rename)
            for rename in actions.renames
            if rename.new_symbol in names and rename.symbol in names and first < rename.date <= last
        ]
        found.sort(key=lambda due: (due.action.date, _ORDER.index(type(due.action))))
        for due in found:
            calendar.due.setdefault(bisect_left(sessions, due.action.date.toordinal()), []).append(
                due
            )
        _delist(calendar, actions, feed, column, names | {symbol}, sessions)
    if foreign:
        raise CorporateActionError(
            "dividends",
            "; ".join(foreign[:5]) + ("; …" if len(foreign) > 5 else ""),
            f"be in the account's currency, {feed.symbols[0].currency}",
            "Restate their amounts, or leave them out of the table.",
        )
    _end_with_data(calendar, data, actions, feed, sessions)
    notes = []
    if later:
        shown = "; ".join(later[:5]) + ("; …" if len(later) > 5 else "")
        notes.append(
            f"prices are taken to be adjusted for splits after their last bar, too: {shown}"
        )
    calendar.notes = (*notes, *_suspected(data, actions, feed))
    return calendar


def _own_shares(
    actions: CorporateActions, symbol: Symbol, named_on: date, sessions: Sequence[int]
) -> list[Fraction]:
    """Return the run's shares for one share of each session's day."""
    splits = actions.splits_of(symbol, None, None, named_on=named_on)
    factors = [Fraction(1)] * len(sessions)
    for split in splits:
        until = bisect_left(sessions, split.ex_date.toordinal())
        factors[:until] = [factor * split.ratio for factor in factors[:until]]
    return factors


def _amount(
    data: MarketData,
    actions: CorporateActions,
    symbol: Symbol,
    dividend: Dividend,
    named_on: date,
) -> float:
    """Return a dividend for each share as the run counts them."""
    amount = actions.raw_amount(dividend)
    if data.basis == "raw":
        return amount
    factor = actions.split_factor(symbol, dividend.ex_date, None, named_on=named_on)
    return amount * factor.denominator / factor.numerator


def _delist(
    calendar: ActionCalendar,
    actions: CorporateActions,
    feed: Feed,
    column: int,
    names: set[Symbol],
    sessions: Sequence[int],
) -> None:
    """Note the delistings of a ticker, and from when it trades again where it does."""
    for delisting in actions.delistings:
        if delisting.symbol not in names:
            continue
        session = bisect_right(sessions, delisting.last_day.toordinal()) - 1
        rows = feed.own_rows(column)
        begin = 0 if session < 0 else int(feed.closing_rows[session]) + 1
        after = bisect_left(rows, begin)
        if session < 0:
            if after == len(rows):
                calendar.ended_before[column] = str(delisting)
            continue
        if sessions[session] == sessions[-1] and delisting.last_day > date.fromordinal(
            sessions[-1]
        ):
            continue  # after the run
        calendar.endings.setdefault(session, []).append(
            Ending(column, delisting.last_day, delisting.price, True, str(delisting))
        )
        if after < len(rows):
            again = int(np.searchsorted(feed.closing_rows, rows[after]))
            calendar.resuming.setdefault(again, []).append(column)


def _end_with_data(
    calendar: ActionCalendar,
    data: MarketData,
    actions: CorporateActions,
    feed: Feed,
    sessions: Sequence[int],
) -> None:
    """Note the securities whose bars end while those of others go on."""
    if len(sessions) < 2:
        return
    last_session = int(feed.closing_rows[-2]) + 1
    missing = np.isnan(feed.close[last_session:]).all(axis=0)
    for column in np.flatnonzero(missing).tolist():
        symbol, rows = feed.symbols[column], feed.own_rows(column)
        if not len(rows) or data.last_day(symbol).toordinal() > sessions[-1]:
            continue  # it has not begun, or goes on after the run
        session = int(np.searchsorted(feed.closing_rows, rows[-1]))
        delisting = actions.delisting_of(symbol, named_on=data.last_day(symbol))
        if delisting is not None and delisting.last_day.toordinal() >= sessions[session]:
            continue  # it ends then
        day = date.fromordinal(sessions[session])
        text = f"the prices of {symbol} end on {day}"
        successor = next(
            (r for r in actions.renames if r.symbol == symbol and abs((r.date - day).days) <= 7),
            None,
        )
        if successor is not None:
            text += f"; it was {successor}, of which there are no prices"
        calendar.endings.setdefault(session, []).append(Ending(column, day, None, False, text))


def _suspected(data: MarketData, actions: CorporateActions, feed: Feed) -> Iterable[str]:
    """Say which jumps of what is traded look like splits that no table states (S11)."""
    if data.basis != "raw" or len(feed.closing_rows) < 2:
        return ()
    closing = feed.closing_rows[:-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        jumps = feed.open[closing + 1] / feed.last_close[closing]
        wild = ((jumps > _JUMP) | (jumps < 1 / _JUMP)) & (jumps > 0) & (jumps < inf)
    columns = np.flatnonzero(wild.any(axis=0)).tolist()
    if not columns:
        return ()
    first, last = date.fromordinal(feed.sessions[0]), date.fromordinal(feed.sessions[-1])
    symbols = [feed.symbols[column] for column in columns]
    return [
        str(one) for one in suspected_splits(data, actions, symbols) if first < one.date <= last
    ]
