"""Dividends and splits as Yahoo has them: the columns ``Dividends`` and ``Stock Splits``.

They come with yfinance's ``Ticker.actions``, ``Ticker.history()`` and ``download(actions=True)``. Dates are ex-dates.
Amounts are restated for all later splits, and so is what Yahoo calls ``Capital Gains``, which funds pay like dividends.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pandas as pd

from shortable.actions.ratio import plain_decimal
from shortable.actions.reading import ActionsRead
from shortable.actions.records import Action, Dividend, Split, as_day
from shortable.actions.table import read_ratio
from shortable.arguments import check_kind
from shortable.errors import CorporateActionError
from shortable.market import Market
from shortable.symbol import Symbol

__all__ = ["has_symbols", "is_yahoo", "read_yahoo"]

_DIVIDENDS, _SPLITS, _GAINS = "dividends", "stock splits", "capital gains"
_COLUMNS = (_DIVIDENDS, _SPLITS, _GAINS)
_SYMBOLS = ("ticker", "symbol")
_NOTHING = {"", "-", "na", "n/a", "nan", "none", "null"}


def is_yahoo(names: Iterable[object]) -> bool:
    """Whether columns are Yahoo's: a column of stock splits, or of dividends beside prices or alone."""
    words = {
        _word(part) for name in names for part in (name if isinstance(name, tuple) else (name,))
    }
    return _SPLITS in words or (_DIVIDENDS in words and not words & {"amount", "basis", *_SYMBOLS})


def has_symbols(table: pd.DataFrame) -> bool:
    """Whether a column says whose actions the rows are."""
    return any(_word(name) in _SYMBOLS for name in table.columns)


def read_yahoo(
    frame: pd.DataFrame | pd.Series,
    symbol: str | None = None,
    *,
    market: Market | None = None,
    currency: str | None = None,
) -> ActionsRead:
    """Read yfinance's actions of one ticker, or of the tickers of a download.

    Parameters
    ----------
    frame : DataFrame or Series
        By ex-date: columns ``Dividends`` and ``Stock Splits``, alone or beside prices; with tickers as a second level
        of columns, or in a column (or level of the index) ``Ticker``; or one of the two as a Series with its name.
    symbol : str, optional
        Whose they are, where the columns do not say it.
    market : Market, optional
        Of tickers that name no country; default what the spelling says, else the USA.
    currency : str, optional
        Of the amounts; default the symbol's own.

    Raises
    ------
    CorporateActionError
        No such columns, no dates, or no symbol.
    """
    table = frame.to_frame() if isinstance(frame, pd.Series) else frame
    check_kind("frame", table, pd.DataFrame, "be a DataFrame or a Series by ex-date")
    if isinstance(table.index, pd.MultiIndex):
        table = table.reset_index()
    if table.columns.has_duplicates:
        twice = table.columns[table.columns.duplicated()][0]
        raise CorporateActionError("frame", str(twice), "be the name of one column, not of several")
    if not isinstance(table.index, pd.DatetimeIndex):
        table = _by_date(table)
    read = ActionsRead("yfinance's actions")
    named = next((name for name in table.columns if _word(name) in _SYMBOLS), None)
    if named is None:
        _read_wide(read, table, list(range(1, len(table) + 1)), symbol, market, currency)
        return read
    tickers = [str(text).strip() for text in table[named]]
    for ticker in dict.fromkeys(tickers):
        at = [row for row, text in enumerate(tickers) if text == ticker]
        _read_wide(read, table.iloc[at], [row + 1 for row in at], ticker, market, currency)
    return read


def _read_wide(
    read: ActionsRead,
    table: pd.DataFrame,
    rows: list[int],
    symbol: str | None,
    market: Market | None,
    currency: str | None,
) -> None:
    """Read a table whose rows are days; `rows` are their numbers in the source."""
    index = pd.DatetimeIndex(table.index).tz_localize(None)
    if index.hasnans:
        raise CorporateActionError("frame", "NaT", "have a date in every row")
    days = [time.date() for time in index]
    columns = _columns(table, symbol)
    if not columns:
        raise CorporateActionError(
            "frame", [str(c) for c in table.columns], "have a column Dividends or Stock Splits"
        )
    for ticker, word, values in columns:
        if ticker is None:
            raise CorporateActionError(
                "symbol", None, "be given: whose actions are they? Nothing in the table says it"
            )
        key = Symbol.create(ticker, market=market)
        for row, day, value in zip(rows, days, values.tolist(), strict=True):
            read.rows += 1
            try:
                action = _action(key, day, word, value, currency)
            except CorporateActionError as error:
                read.reject(row, f"{day}|{word}|{value}", error)
                continue
            if action is None:
                read.pass_over("days without an action")
                continue
            read.used += 1
            read.records.append(action)


def _action(
    symbol: Symbol, day: date, word: str, value: object, currency: str | None
) -> Action | None:
    """Return what a cell states; None for a day without an action, whose cell is 0 or empty."""
    if value is None or value is pd.NA or value != value or str(value).strip().lower() in _NOTHING:
        return None
    place = f"{word.title()} of {symbol} on {day}"
    if word == _SPLITS:
        ratio = read_ratio(value)
        if ratio is None or ratio == 1:
            return None
        return Split(symbol, day, ratio.numerator, ratio.denominator)
    amount = _amount(value, place)
    return Dividend(symbol, day, amount, "split_adjusted", currency or "") if amount else None


def _amount(value: object, place: str) -> float:
    text = plain_decimal(str(value), place)
    try:
        return float(text)
    except ValueError:
        raise CorporateActionError(place, value, "be a number") from None


def _word(name: object) -> str:
    return str(name).strip().lower().replace("_", " ")


def _by_date(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table by its column of dates."""
    name = next((c for c in table.columns if _word(c) in ("date", "datetime", "ex date")), None)
    if name is None:
        raise CorporateActionError(
            "frame", type(table.index).__name__, "be indexed by dates, or have a column Date"
        )
    # Dates with the offset of their own zone: midnight there is the date, whatever it is elsewhere.
    days = [as_day(str(day) if isinstance(day, int) else day, str(name)) for day in table[name]]
    return table.drop(columns=[name]).set_axis(pd.DatetimeIndex(days), axis=0)


def _columns(table: pd.DataFrame, symbol: str | None) -> list[tuple[str | None, str, pd.Series]]:
    """Return ticker, what it is, and values of every column of actions."""
    found: list[tuple[str | None, str, pd.Series]] = []
    for at, name in enumerate(table.columns):
        if isinstance(name, tuple):
            words = [_word(part) for part in name]
            at_word = next((i for i, word in enumerate(words) if word in _COLUMNS), None)
            if at_word is not None:
                ticker = str(name[1 - at_word]) if len(name) == 2 else None
                found.append((ticker or symbol, words[at_word], table.iloc[:, at]))
        elif (word := _word(name)) in _COLUMNS:
            found.append((symbol, word, table.iloc[:, at]))
    return found
