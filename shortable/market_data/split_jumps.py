"""What prices themselves say about splits: a split without a jump, a jump without a split, and which day it was.

On raw prices a 4 for 1 shows as a fall to a quarter from one session to the next; on prices adjusted for splits it does
not show. Ratios that a day's ordinary moves could hide (21 for 20) decide nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import exp, log

import numpy as np
import numpy.typing as npt

from shortable.actions import CorporateActions, Split, as_actions
from shortable.errors import InvalidInputError, MarketDataError
from shortable.market_data.market_data import MarketData
from shortable.symbol import Symbol

__all__ = ["SuspectedSplit", "check_splits", "dated_splits", "suspected_splits"]

_WINDOW = timedelta(
    days=14
)  # from a stated evening to the ex-date: the longest in a public list is 12 days
_WILD = 6.0  # a move of so many of a symbol's ordinary ones is no ordinary move
_LEAST = 0.15  # of a logarithm: an ordinary move is never taken to be larger than that
_OTHER_RATIO = log(1.6)  # a jump so far off the stated ratio is one of another ratio
_QUIET = 0.01  # ordinary daily move that is assumed at least
# Ratios that a jump without a split is held against: falls to a half and less, rises to four times and more.
_FORWARD, _REVERSE = (
    (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 50),
    (4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50, 100),
)
# A price may halve overnight by itself, and hardly ever falls to a quarter.
_NARROW, _WIDE = 0.06, 0.12


@dataclass(frozen=True, slots=True)
class SuspectedSplit:
    """A jump from one session to the next that looks like a split which no table states."""

    symbol: Symbol
    date: date
    """Session that opened at the new price."""
    ratio: Fraction
    """New shares for each old one that would explain it."""
    jump: float
    """Price after ÷ price before."""

    def __str__(self) -> str:
        r = self.ratio
        return (
            f"{self.symbol} on {self.date}: the price went to {self.jump:.3g} times the one before, which looks "
            f"like a split of {r.numerator} for {r.denominator}"
        )


@dataclass(frozen=True, slots=True)
class _Sessions:
    """One symbol's sessions."""

    days: list[date]
    moves: npt.NDArray[np.float64]
    """Logarithm of the first price of a session ÷ the close before, shape (days,); NaN for the first."""
    ordinary: float
    """Size of an ordinary move."""

    def after(self, day: date) -> int | None:
        """Return the first session from a day on, where a session stands before it."""
        at = bisect_left(self.days, day)
        return at if 0 < at < len(self.days) else None

    @property
    def wild(self) -> float:
        """Size from which a move is none of the ordinary ones."""
        return max(_LEAST, _WILD * self.ordinary)


def check_splits(
    prices: MarketData, actions: CorporateActions, symbols: Iterable[Symbol] | None = None
) -> None:
    """Refuse a table of splits that the prices contradict (S11).

    Parameters
    ----------
    prices : MarketData
    actions : CorporateActions
    symbols : iterable of Symbol, optional
        Whose splits are looked at; default: of all that have bars.

    Raises
    ------
    MarketDataError
        Naming symbol, date, the ratio of the table and that of the prices: on raw prices a split shows no jump or one
        of another ratio, on split-adjusted prices it shows one.
    """
    actions = as_actions(actions)
    for symbol in _looked_at(prices, symbols):
        splits = actions.splits_of(symbol, named_on=prices.last_day(symbol))
        sessions = _sessions(prices, symbol) if splits else None
        if sessions is None:
            continue
        for split in splits:
            _check(split, sessions, list(_jumps(split, sessions)), prices)


def _looked_at(prices: MarketData, symbols: Iterable[Symbol] | None) -> list[Symbol]:
    """Return the symbols to look at, of prices that are some."""
    if not isinstance(prices, MarketData):
        raise InvalidInputError("prices", prices, "be a MarketData")
    if symbols is None:
        return list(prices.symbols())
    if isinstance(symbols, str) or not isinstance(symbols, Iterable):
        raise InvalidInputError("symbols", symbols, "be a list of symbols")
    return [Symbol.create(symbol) for symbol in symbols]


def _jumps(split: Split, sessions: _Sessions) -> Iterator[tuple[int, float]]:
    """The sessions that can be a split's first, with their moves: one, or all of its window while it is unconfirmed."""
    first = sessions.after(split.ex_date)
    if first is None:
        return
    last = split.ex_date if split.confirmed else split.ex_date + _WINDOW
    at = first
    while at < len(sessions.days) and (at == first or sessions.days[at] <= last):
        yield at, float(sessions.moves[at])
        at += 1


def _check(
    split: Split, sessions: _Sessions, found: list[tuple[int, float]], prices: MarketData
) -> None:
    expected = -log(split.ratio)
    if not found or abs(expected) <= sessions.wild:
        return
    at, move = min(found, key=lambda jump: abs(jump[1] - expected))
    off, day = abs(move - expected), sessions.days[at]
    shows = off < abs(move)
    if prices.basis == "raw" and not shows:
        hint = (
            "If they are adjusted for splits, say basis='split_adjusted'; else correct the table."
        )
        raise _contradiction(split, day, move, "no split", hint)
    if prices.basis == "raw" and off > max(_OTHER_RATIO, 8 * sessions.ordinary):
        hint = "Correct the table, or the prices."
        raise _contradiction(split, day, move, f"about {_simple(move)}", hint)
    if prices.basis != "raw" and shows:
        hint = f"The prices count as {prices.basis}; if they are as traded, say basis='raw'."
        raise _contradiction(split, day, move, f"about {_simple(move)}", hint)


def _contradiction(split: Split, day: date, move: float, shown: str, hint: str) -> MarketDataError:
    return MarketDataError(
        f"splits of {split.symbol} on {split.ex_date}",
        f"{split.new} for {split.old}",
        f"agree with the prices, which show {shown}: on {day} the price went to {exp(move):.3g} times the one "
        f"before, and would have gone to about {float(1 / split.ratio):.3g} times",
        hint,
    )


def _simple(move: float) -> str:
    """Return the plainest ratio near that of a jump, as ``4 for 1``."""
    ratio = exp(-move)
    if ratio >= 1:
        near = Fraction(round(ratio)) if ratio > 1.75 else Fraction(ratio).limit_denominator(4)
    else:
        near = 1 / (
            Fraction(round(1 / ratio)) if ratio < 0.57 else Fraction(1 / ratio).limit_denominator(4)
        )
    return f"{near.numerator} for {near.denominator}"


def dated_splits(
    prices: MarketData, actions: CorporateActions
) -> tuple[CorporateActions, tuple[str, ...]]:
    """Settle the ex-dates of unconfirmed splits by the jumps of raw prices.

    Parameters
    ----------
    prices : MarketData
    actions : CorporateActions
        Some of whose splits may be dated by the evening before the ex-date.

    Returns
    -------
    actions : CorporateActions
        With the ex-dates that the prices show.
    notes : tuple of str
        Which splits stay undecided, and why.
    """
    actions = as_actions(actions)
    settled: dict[Split, Split] = {}
    open_: list[Split] = []
    for split in actions.unconfirmed:
        ex_date = _ex_date(prices, actions, split)
        if ex_date is None:
            open_.append(split)
        else:
            settled[split] = Split(split.symbol, ex_date, split.new, split.old)
    notes: tuple[str, ...] = ()
    if open_:
        shown = ", ".join(f"{s.symbol} {s.ex_date}" for s in open_[:8])
        more = ", …" if len(open_) > 8 else ""
        notes = (
            f"{len(open_)} splits may be dated by the evening before their ex-date, and the prices do not decide it: "
            f"{shown}{more}",
        )
    return actions.with_splits(settled) if settled else actions, notes


def _ex_date(prices: MarketData, actions: CorporateActions, split: Split) -> date | None:
    """Return the one session of a split's window whose move is that of the split."""
    if prices.basis != "raw":
        return None
    identity = actions.identity(split.symbol, split.ex_date)
    for symbol in dict.fromkeys((split.symbol, *(name.symbol for name in identity.names))):
        sessions = _sessions(prices, symbol)
        expected = -log(split.ratio)
        if sessions is None or abs(expected) <= sessions.wild:
            continue
        near = [
            at
            for at, move in _jumps(split, sessions)
            if abs(move - expected) < min(abs(move), max(_OTHER_RATIO, sessions.wild))
        ]
        if len(near) == 1:
            return sessions.days[near[0]]
    return None


def suspected_splits(
    prices: MarketData,
    actions: CorporateActions | None = None,
    symbols: Iterable[Symbol] | None = None,
) -> list[SuspectedSplit]:
    """Return the jumps of prices that look like splits and are in no table.

    News can move a price as far: of 206 symbols over five years, eight such jumps were none. Say "looks like", and
    ask only of what is traded.

    Parameters
    ----------
    prices : MarketData
        On prices that are adjusted for splits nothing is suspected.
    actions : CorporateActions, optional
        Splits that are known.
    symbols : iterable of Symbol, optional
        Which to look at; default: all that have bars.
    """
    looked_at = _looked_at(prices, symbols)
    if prices.basis != "raw":
        return []
    known = as_actions(actions)
    found = []
    for symbol in looked_at:
        sessions = _sessions(prices, symbol)
        if sessions is None:
            continue
        for at in np.flatnonzero(np.abs(sessions.moves) > log(1.8)).tolist():
            move, day = float(sessions.moves[at]), sessions.days[at]
            ratio = _suspected(move)
            before = sessions.days[at - 1]
            stated = known.splits_of(
                symbol, before - _WINDOW, day, named_on=prices.last_day(symbol)
            )
            if ratio is not None and abs(move) > sessions.wild and not stated:
                found.append(SuspectedSplit(symbol, day, ratio, exp(move)))
    return found


def _suspected(move: float) -> Fraction | None:
    choices = [(Fraction(n), _NARROW if n < 4 else _WIDE) for n in _FORWARD]
    choices += [(Fraction(1, n), _WIDE) for n in _REVERSE]
    near = [
        (abs(move + log(ratio)), ratio) for ratio, most in choices if abs(move + log(ratio)) <= most
    ]
    return min(near)[1] if near else None


def _sessions(prices: MarketData, symbol: Symbol) -> _Sessions | None:
    """Return a symbol's sessions, of its longest bars; None where it has fewer than two."""
    resolutions = prices.resolutions_of(symbol)
    if not resolutions:
        return None
    bars = prices.frame(symbol, resolutions[0])
    labels = bars.index.to_numpy().astype("datetime64[D]")
    firsts = np.flatnonzero(np.concatenate(([True], labels[1:] != labels[:-1])))
    if len(firsts) < 2:
        return None
    # A close-only bar repeats its close as open: the move is then from close to close.
    opens = bars["open"].to_numpy()[firsts]
    closes = bars["close"].to_numpy()[np.concatenate((firsts[1:] - 1, [len(labels) - 1]))]
    moves = np.concatenate(([np.nan], np.log(opens[1:] / closes[:-1])))
    ordinary = 1.4826 * float(np.nanmedian(np.abs(np.diff(np.log(closes)))))
    return _Sessions(labels[firsts].tolist(), moves, max(ordinary, _QUIET))
