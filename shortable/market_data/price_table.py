"""One table of prices as it was read, its columns named by what they hold, and the bars in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.actions import Action, read_yahoo
from shortable.arrays import Times
from shortable.errors import MarketDataError, SymbolError
from shortable.market_data.bar_times import at_midnight, commonest_step, read_labels
from shortable.market_data.bars import COLUMNS, PRICES, LongBars, by_symbol_and_time
from shortable.symbol import PENCE, Market, Symbol, currency_code

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "PriceTable",
    "actions_of",
    "find_columns",
    "has_role",
    "long_bars",
    "numbers",
    "role_of",
    "spelled_out",
    "symbol_of",
    "symbols_of_rows",
    "times_of",
]

_ROLES = {
    "open": ("open",),
    "high": ("high",),
    "low": ("low",),
    "close": ("close",),
    "adj_close": (
        "adj close",
        "adj_close",
        "adjclose",
        "adjusted close",
        "adjusted_close",
        "closeadj",
    ),
    "raw_close": ("closeunadj", "close_unadj", "unadjusted close", "unadjusted_close"),
    "split_factor": ("splitfactor", "split_factor", "split_coefficient", "split coefficient"),
    "volume": ("volume",),
    "time": ("date", "time", "datetime", "timestamp", "window_start"),
    "symbol": ("symbol", "ticker"),
    "currency": ("currency",),
    "dividends": ("dividends",),
    "splits": ("stock splits", "stock_splits"),
    "market_cap": ("market_cap", "marketcap", "market cap"),
}
# Polygon's aggregates, and what else only bars have that their vendors label by their beginning (Polygon, Alpaca, IB).
_POLYGON = {"t": "window_start", "o": "open", "h": "high", "l": "low", "c": "close", "v": "volume"}
_BY_BEGINNING = (
    {"window_start"},
    {"timestamp", "vwap", "trade_count"},
    {"timestamp", "vwap", "transactions"},
    {"date", "average", "barcount"},
)
_ROLE_OF = {spelling: role for role, spellings in _ROLES.items() for spelling in spellings}
_UNNAMED = ("", "unnamed: 0", "index", "level_0")  # how an index without a name is saved
_US_PER_MINUTE = 60_000_000


PriceColumn: TypeAlias = "pd.Series | pd.DatetimeIndex | pa.ChunkedArray"
"""A column of prices or times, as pandas or Arrow has it."""


@dataclass(frozen=True, slots=True)
class PriceTable:
    """One table: a file, a DataFrame, or one ticker's columns of a wider one."""

    name: str
    """For messages: the file's name, or the ticker."""
    columns: dict[str, PriceColumn]
    """By role (`find_columns`): Series, DatetimeIndex or Arrow columns of one length."""
    ticker: str | Symbol | None = None
    """Whose prices they are where there is no column of symbols."""
    from_yahoo: bool = False
    """Whether it has a shape that yfinance alone gives."""
    made_up: bool = False
    """Whether the source says that its numbers are made up."""
    notes: list[str] = field(default_factory=list)
    """What was left out while reading."""
    by_beginning: bool = False
    """Whether it has a shape of which the vendor labels intraday bars by their beginning."""

    @property
    def adjusted_beside(self) -> bool:
        """Whether the close is adjusted for splits alone, as what stands beside it tells.

        Yahoo's is, beside an adjusted close, and Sharadar's, beside an unadjusted one. Tiingo's and Alpha Vantage's
        is raw, and the splits that separate it from the adjusted one stand beside it.
        """
        beside = self.columns.keys()
        adjusted = "adj_close" in beside and "split_factor" not in beside
        return "close" in beside and (adjusted or "raw_close" in beside)


def role_of(name: object) -> str | None:
    """Return what a column of that name holds, whatever its capitals; None for anything else."""
    return _ROLE_OF.get(name.strip().lower()) if isinstance(name, str) else None


def spelled_out(names: Iterable[object]) -> tuple[list[Any], bool]:
    """Return columns' names, Polygon's letters as words, and whether the vendor labels bars by their beginning.

    Examples
    --------
    >>> spelled_out(["t", "o", "h", "l", "c"])
    (['window_start', 'open', 'high', 'low', 'close'], True)
    >>> spelled_out(["Date", "T", "O", "C"])
    (['Date', 'T', 'O', 'C'], False)
    """
    given = list(names)
    if _POLYGON.keys() - {"v"} <= set(given):
        given = [_POLYGON.get(name, name) if isinstance(name, str) else name for name in given]
    words = {name.strip().lower() for name in given if isinstance(name, str)}
    return given, any(shape <= words for shape in _BY_BEGINNING)


def has_role(names: Iterable[object], role: str) -> bool:
    """Whether one of the columns holds that."""
    return any(role_of(name) == role for name in names)


def find_columns(names: Iterable[object], source: str) -> dict[str, str]:
    """Map roles to the names of the columns that fill them; other columns are ignored.

    A table without a close may hold market capitalisations instead.

    Parameters
    ----------
    names : iterable
        Column names as the source has them.
    source : str
        What they are the columns of, for the message.

    Returns
    -------
    dict of str to str
        Role (``open``, ``high``, ``low``, ``close``, ``adj_close``, ``volume``, ``time``, ``symbol``, ``currency``,
        ``dividends``, ``splits``, ``market_cap``) to column name.

    Raises
    ------
    MarketDataError
        There is no close, or two columns claim one role.

    Examples
    --------
    >>> find_columns(["Date", "Close", "Adj Close", "Trades"], "SPY")
    {'time': 'Date', 'close': 'Close', 'adj_close': 'Adj Close'}
    """
    given = [name for name in names if isinstance(name, str)]
    found: dict[str, str] = {}
    for name in given:
        role = role_of(name)
        if role is None:
            continue
        if role in found:
            raise MarketDataError(
                f"columns of {source}", [found[role], name], f"name one {role} column"
            )
        found[role] = name
    if "time" not in found and given and given[0].strip().lower() in _UNNAMED:
        found["time"] = given[0]
    if "close" not in found and "market_cap" not in found:
        raise MarketDataError(
            f"columns of {source}",
            given,
            "hold a close",
            "Known are symbol or ticker, date, time, datetime or timestamp, open, high, low, "
            "close, volume, in any case.",
        )
    return found


def symbol_of(
    ticker: str, market: Market | None, currency: str | None = None
) -> tuple[Symbol, float]:
    """Return the symbol of a ticker, and what its prices are multiplied by: 0.01 where they are pence.

    Parameters
    ----------
    ticker : str or Symbol
    market : Market, optional
        Of tickers that name no country; default what the spelling says (``VOD.L``), else the USA.
    currency : str, optional
        In which the prices are quoted; default the market's own.
    """
    if isinstance(ticker, Symbol):
        symbol = ticker
    else:
        try:
            symbol = Symbol.create(ticker, market=market)
        except SymbolError:
            if market is None:
                raise
            symbol = Symbol.create(ticker)  # it names a country of its own
    quoted = symbol.currency if currency is None else currency_code(currency)
    scale = 1.0
    if quoted == PENCE:
        quoted, scale = "GBP", 0.01
    return Symbol.create(symbol.ticker, market=symbol.market, currency=quoted), scale


def numbers(values: PriceColumn, place: str) -> npt.NDArray[np.float64]:
    """Return a column as float64, missing values as NaN.

    Raises
    ------
    MarketDataError
        A value is no number.
    """
    series = _series(values)
    try:
        return series.to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError):
        text = pd.to_numeric(series, errors="coerce").isna() & series.notna()
        first = series[text].iloc[0] if text.any() else series.iloc[0]
        raise MarketDataError(place, first, "be a number") from None


def _series(values: PriceColumn) -> pd.Series:
    if isinstance(values, pd.Series):
        return values
    import pyarrow as pa

    return values.to_pandas() if isinstance(values, pa.ChunkedArray) else pd.Series(values)


def times_of(table: PriceTable) -> pd.Series | pd.DatetimeIndex:
    """Return the column of times, in a form that `read_labels` reads."""
    if "time" not in table.columns:
        raise MarketDataError(
            f"columns of {table.name}", list(table.columns), "hold a date or time"
        )
    column = table.columns["time"]
    if isinstance(column, (pd.DatetimeIndex, pd.Series)):
        return column
    import pyarrow as pa

    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("us"))
    return pd.Series(column.to_pandas())


def long_bars(
    table: PriceTable, market: Market | None, currency: str | None, starts: bool | None
) -> LongBars:
    """Return a table's bars, unchecked: prices in the symbol's currency, labels on the exchange's clock.

    Parameters
    ----------
    table : PriceTable
        With a close.
    market, currency
        As in `symbol_of`; a column of currencies takes precedence.
    starts : bool, optional
        Whether intraday labels are the bars' beginnings; default of tables whose vendor labels so (yfinance, Polygon,
        Alpaca, Interactive Brokers), and where bars of the regular session stand at its open and never at its close.
    """
    symbols, scales, codes, rows, notes = symbols_of_rows(table, market, currency)
    home = symbols[0].market
    labels = read_labels(times_of(table)[rows], home, table.name)
    scale = None if all(s == 1 for s in scales) else np.array(scales)[codes]
    columns = {}
    for name in COLUMNS:
        if name in table.columns:
            values = numbers(table.columns[name], f"{table.name}.{name}")[rows]
            columns[name] = values if scale is None or name not in PRICES else values * scale
    bars = LongBars(symbols, codes, labels, columns, [*table.notes, *notes])
    if starts is None:
        starts = table.from_yahoo or table.by_beginning or _begin_at_the_open(bars.labels, home)
    if starts:
        bars.labels = _ends(bars, home)
    return bars


def _begin_at_the_open(labels: Times, market: Market) -> bool:
    """Whether labels of the regular session stand at its open on most days and never at its close.

    No bar of the regular session ends when it opens, and the last one ends when it closes.
    """
    if at_midnight(labels):
        return False
    minutes = labels.view(np.int64) // _US_PER_MINUTE
    days, of_day = np.divmod(minutes, 24 * 60)
    opens, closes = (at.hour * 60 + at.minute for at in (market.opens, market.closes))
    if of_day.min() < opens or of_day.max() >= closes:
        return False
    n_days = len(np.unique(days))
    several = len(minutes) > n_days  # one bar a day is a daily bar, whatever its hour
    return several and 2 * len(np.unique(days[of_day == opens])) > n_days


def _ends(bars: LongBars, market: Market) -> npt.NDArray[np.datetime64]:
    """Return when intraday bars that are labelled by their beginning end, at the close at the latest."""
    if at_midnight(bars.labels):
        return bars.labels
    order = by_symbol_and_time(bars)
    step = commonest_step(bars.labels[order], bars.codes[order])
    if not step:
        return bars.labels
    begin = bars.labels.view(np.int64)
    closes = (market.closes.hour * 60 + market.closes.minute) * _US_PER_MINUTE
    close = bars.labels.astype("datetime64[D]").astype("datetime64[us]").view(np.int64) + closes
    end = begin + step * _US_PER_MINUTE
    end = np.where(begin < close, np.minimum(end, close), end)
    bars.notes.append(f"bars labelled by their beginning moved to their end, {step} minutes later")
    return end.view("datetime64[us]")


def symbols_of_rows(
    table: PriceTable, market: Market | None, currency: str | None = None
) -> tuple[
    list[Symbol], list[float], npt.NDArray[np.int64], npt.NDArray[np.int64] | slice, list[str]
]:
    """Return the symbols, the scale of each one's prices, each kept row's symbol, the rows kept, and notes.

    Long price files hold more than equities (^VIX); rows of names that no ticker can have are left out with a note.
    """
    length = len(next(iter(table.columns.values())))
    if "symbol" not in table.columns:
        if table.ticker is None:
            raise MarketDataError(f"columns of {table.name}", list(table.columns), "hold a symbol")
        quoted = _only_currency(table, currency)
        symbol, scale = symbol_of(table.ticker, market, quoted)
        return [symbol], [scale], np.zeros(length, dtype=np.int64), slice(None), []
    texts, text_of_row = _coded(table, "symbol")
    currencies: list[str | None] = [currency]
    if "currency" in table.columns:
        named, currency_of_row = _coded(table, "currency")
        currencies, pair = [*named], text_of_row * len(named) + currency_of_row
    else:
        pair = text_of_row
    distinct, pair_of_row = np.unique(pair, return_inverse=True)
    position: dict[Symbol, int] = {}
    scales: list[float] = []
    code_of = np.full(len(distinct), -1, dtype=np.int64)
    for i, both in enumerate(distinct.tolist()):
        text, quoted = texts[both // len(currencies)], currencies[both % len(currencies)]
        try:
            symbol, scale = symbol_of(text, market, quoted)
        except SymbolError as error:
            if error.parameter == "currency" or _is_suffix_error(text):
                raise
            continue
        code_of[i] = position.setdefault(symbol, len(position))
        if code_of[i] == len(scales):
            scales.append(scale)
        elif scales[code_of[i]] != scale:
            raise MarketDataError(
                f"{table.name}.currency", quoted, f"be one for all rows of {symbol}"
            )
    codes = code_of[pair_of_row]
    strange = list(
        dict.fromkeys(
            texts[both // len(currencies)]
            for both, code in zip(distinct.tolist(), code_of.tolist(), strict=True)
            if code < 0
        )
    )
    if not strange:
        return list(position), scales, codes, slice(None), []
    kept = np.flatnonzero(codes >= 0)
    shown = ", ".join(strange[:8]) + (", …" if len(strange) > 8 else "")
    note = f"{length - len(kept)} rows of names that are no tickers left out ({shown})"
    if not len(kept):
        raise MarketDataError(f"{table.name}.symbol", strange[0], "be a ticker", note)
    return list(position), scales, codes[kept], kept, [note]


def actions_of(
    table: PriceTable, market: Market | None, currency: str | None = None
) -> list[Action]:
    """Return the dividends and splits that come beside Yahoo's prices; empty for any other table."""
    if "splits" not in table.columns and not (table.from_yahoo and "dividends" in table.columns):
        return []
    symbols, scales, codes, rows, _ = symbols_of_rows(table, market, currency)
    labels = read_labels(times_of(table)[rows], symbols[0].market, table.name)
    columns = {"dividends": "Dividends", "splits": "Stock Splits"}
    frame = pd.DataFrame(
        {
            name: numbers(table.columns[role], f"{table.name}.{role}")[rows]
            for role, name in columns.items()
            if role in table.columns
        },
        index=pd.DatetimeIndex(labels),
    )
    if "Dividends" in frame:
        frame["Dividends"] *= np.array(scales)[codes]
    stated = np.flatnonzero((frame.fillna(0.0) != 0).any(axis=1).to_numpy())
    found: list[Action] = []
    for code in np.unique(codes[stated]).tolist():
        own = frame.iloc[stated[codes[stated] == code]]
        found += read_yahoo(own, symbols[code]).records
    return found


def _is_suffix_error(text: str) -> bool:
    """Whether a text is a ticker, of a market that is not known: that is refused, not left out."""
    try:
        Symbol.create(text, market=Market.USA)
    except SymbolError:
        return False
    return True


def _only_currency(table: PriceTable, currency: str | None) -> str | None:
    if "currency" not in table.columns:
        return currency
    named, _ = _coded(table, "currency")
    if len(named) > 1:
        raise MarketDataError(f"{table.name}.currency", named, "be one for all rows")
    return named[0]


def _coded(table: PriceTable, role: str) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return the distinct texts of a column and each row's position among them."""
    import pyarrow as pa

    column = table.columns[role]
    if not isinstance(column, pa.ChunkedArray):
        column = pa.chunked_array([pa.array(column, from_pandas=True)])
    if column.null_count:
        raise MarketDataError(
            f"{table.name}.{role}",
            None,
            "be stated in every row",
            f"{column.null_count} rows have none.",
        )
    plain = column if pa.types.is_dictionary(column.type) else column.cast(pa.string())
    encoded: pa.DictionaryArray = plain.dictionary_encode().combine_chunks()
    texts = [str(text) for text in encoded.dictionary.to_pylist()]
    return texts, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
