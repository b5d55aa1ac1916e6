"""The point-in-time reader of short interest."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from shortable.clock import LocalTime, to_instant
from shortable.errors import InvalidInputError, StoreError
from shortable.market import Market
from shortable.short_interest.history import (
    DailyPrices,
    Figure,
    FigureMaker,
    History,
    Newest,
    References,
    StoredRow,
)
from shortable.short_interest.positions import ShortPosition, ShortPositions
from shortable.short_interest.symbols import parse_security, ticker_in
from shortable.store import SHORT_INTEREST, DatasetFile, check_lag, check_published, reference_marks
from shortable.symbol import Symbol

__all__ = ["MAX_COUNT", "ShortInterest"]

MAX_COUNT = 100
"""Most records that Longbridge's documented call returns."""
# Which source counts where several have a figure of one date: the publisher, then who passes it on.
_ORDER = {"finra": 0, "sfc": 0, "longbridge": 1}


class _Opened:
    """The files of one market in one state, and what was read of them."""

    def __init__(self, files: Mapping[str, DatasetFile], state: object) -> None:
        ranked = sorted(files, key=lambda source: (_ORDER.get(source, 2), source))
        # Made-up figures never fill the gaps of real ones.
        real = [source for source in ranked if not files[source].made_up]
        self.files = {source: files[source] for source in real or ranked}
        self.made_up = bool(self.files) and not real
        self.state = state
        self.histories: dict[Symbol, History] = {}
        self.newest: list[Newest] | None = None


class _Rows:
    """One file's rows by ticker, each read once."""

    def __init__(self, file: DatasetFile) -> None:
        self._file = file
        self._read: dict[str, list[StoredRow]] = {}

    def of(self, ticker: str) -> list[StoredRow]:
        if ticker not in self._read:
            self._read[ticker] = self._file.symbol(ticker).to_pylist()
        return self._read[ticker]

    def latest(self, ticker: str) -> StoredRow | None:
        return self.of(ticker)[-1] if self.of(ticker) else None


class ShortInterest:
    """Short interest of US and Hong Kong securities as it was known at a time.

    Parameters
    ----------
    data_folder : str or Path, optional
        Default: the environment's ``SHORTABLE_DATA``; else ``./data`` if it holds short interest; else the packaged
        sample, whose numbers are made up.
    lag : int, optional
        Days from settlement to publication for figures whose publication was not stated at their import: business
        days in the USA (default 8), calendar days in Hong Kong (default 7).
    published : mapping of date to date or datetime, optional
        Settlement date → publication, in place of that rule. A date is, in the USA, the open of the next session;
        in Hong Kong its midnight.
    source : str, optional
        Read this one alone (``finra``, ``sfc``, ``longbridge``). Default: all; of several figures of one date the
        publisher's counts.
    prices : object, optional
        With ``frame(symbol, "daily")`` as `MarketData` has it: closes for records that have none. Default: the data
        folder's ``equity/<market>/daily.parquet``.

    Raises
    ------
    InvalidInputError
        A lag, a table of publications or a source's name that cannot be read.

    Notes
    -----
    ``rate`` is what the source states, else shares short ÷ shares outstanding where the folder holds a table of the
    latter (`store_shares_outstanding`), else None. Files are looked at before each answer and read again when an
    import has changed them. An instance may be shared by threads.

    Examples
    --------
    >>> from shortable.store import sample_folder
    >>> interest = ShortInterest(sample_folder())
    >>> len(interest.short_positions("AAPL.US", 5)), interest.at("AAPL", datetime(2023, 1, 3)) is None
    (5, True)
    """

    def __init__(
        self,
        data_folder: str | Path | None = None,
        lag: int | None = None,
        *,
        published: Mapping[date, date | datetime] | None = None,
        source: str | None = None,
        prices: DailyPrices | None = None,
    ) -> None:
        self._folder = SHORT_INTEREST.data_folder(data_folder).path
        self._lag, self._published = check_lag(lag), check_published(published)
        if source is not None and not isinstance(source, str):
            raise InvalidInputError("source", source, "be a name such as 'finra'")
        self._source, self._prices = source, prices
        self._markets: dict[Market, _Opened] = {}
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._folder)!r})"

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name != "_lock"} | {
            "_markets": {}
        }

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self._lock = threading.RLock()

    def short_positions(
        self, symbol: str, count: int | None = 20, as_of: LocalTime | None = None
    ) -> ShortPositions:
        """Return the newest records of a security.

        Parameters
        ----------
        symbol : str or Symbol
            ``TSLA.US``, ``700.HK``, or any spelling that `parse_security` reads; the suffix says the market.
        count : int or None
            How many, 1 to 100, counted from the newest; None is all.
        as_of : datetime, optional
            What was known then: aware, or exchange-local. Default: all that is stored.

        Returns
        -------
        ShortPositions
            Oldest first; empty where the security has none, or where its spelling may mean another (`note` says so).

        Raises
        ------
        SymbolError
            The symbol cannot be read or is of another market.
        InvalidInputError
            `count` is out of bounds.
        StoreError
            The data folder has no short interest of that market at all.
        """
        security = parse_security(symbol)
        if count is not None and (
            isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_COUNT
        ):
            raise InvalidInputError(
                "count", count, f"be a whole number from 1 to {MAX_COUNT}, or None for all"
            )
        key = security.symbol
        instant = None if as_of is None else to_instant(as_of, key.market)
        with self._lock:
            opened = self._open(key.market)
            history = self._history(opened, key)
        figures = history.known(instant)
        chosen = figures if count is None else figures[-count:]
        return ShortPositions(
            key,
            tuple(figure.position for figure in chosen),
            made_up=opened.made_up,
            sources=tuple(sorted({figure.source for figure in chosen})),
            note=history.note,
        )

    async def short_positions_async(
        self, symbol: str, count: int | None = 20, as_of: LocalTime | None = None
    ) -> ShortPositions:
        """Return what `short_positions` does; the file is read in a thread, and the event loop runs on."""
        return await asyncio.to_thread(self.short_positions, symbol, count, as_of)

    def at(self, symbol: str, local_time: LocalTime) -> ShortPosition | None:
        """Return the record of the newest settlement date that was known at a time, or None.

        Parameters
        ----------
        symbol : str or Symbol
        local_time : datetime, date, pd.Timestamp or np.datetime64
            Aware, or exchange-local.
        """
        key = parse_security(symbol).symbol
        return self.history(key).at(to_instant(local_time, key.market))

    def all(
        self, local_time: LocalTime, market: Market | str = Market.USA
    ) -> dict[Symbol, ShortPosition]:
        """Return, for every security of a market that has one, the record that `at` would.

        Parameters
        ----------
        local_time : datetime, date, pd.Timestamp or np.datetime64
            Aware, or exchange-local.
        market : Market
            The USA or Hong Kong.

        Returns
        -------
        dict of Symbol to record
            Symbols as the source spells them (FINRA's ``BRKB``). A record may be of any age, and has ``rate`` and
            closing price only where the source states them.
        """
        home = Market.of(market)
        instant = to_instant(local_time, home)
        found: dict[Symbol, Figure] = {}
        with self._lock:
            opened = self._open(home)
            if opened.newest is None:
                opened.newest = [
                    Newest(file, self._maker(home, source, rank), home)
                    for rank, (source, file) in enumerate(opened.files.items())
                ]
            for newest in opened.newest:  # in order of rank
                for symbol, figure in newest.at(instant).items():
                    if symbol not in found or figure.day > found[symbol].day:
                        found[symbol] = figure
        return {symbol: figure.position for symbol, figure in found.items()}

    def history(self, symbol: Symbol | str) -> History:
        """Return everything that is stored of a symbol, in the order in which it became known."""
        with self._lock:
            read = Symbol.create(symbol)
            return self._history(self._open(read.market), read)

    def made_up(self, market: Market | str = Market.USA) -> bool:
        """Return whether a market's records are made-up sample data."""
        with self._lock:
            return self._open(Market.of(market)).made_up

    def _history(self, opened: _Opened, symbol: Symbol) -> History:
        if symbol not in opened.histories:
            figures: list[Figure] = []
            notes = []
            references = References(self._folder, symbol, self._prices)
            for rank, (source, file) in enumerate(opened.files.items()):
                rows = _Rows(file)
                ticker, note = ticker_in(rows.latest, symbol)
                notes.append(note)
                if ticker is not None:
                    make = self._maker(symbol.market, source, rank)
                    figures += _in_order([make(row, references) for row in rows.of(ticker)])
            opened.histories[symbol] = History(
                figures, "" if figures else "; ".join(filter(None, notes))
            )
        return opened.histories[symbol]

    def _maker(self, market: Market, source: str, rank: int) -> FigureMaker:
        return FigureMaker(market, source, rank, self._lag, self._published)

    def _open(self, market: Market) -> _Opened:
        marks = SHORT_INTEREST.files(self._folder, market)
        if self._source is not None:
            marks = {source: mark for source, mark in marks.items() if source == self._source}
        state = (marks, reference_marks(self._folder, market))
        opened = self._markets.get(market)
        if opened is None or opened.state != state:
            files = {source: SHORT_INTEREST.open(self._folder, market, source) for source in marks}
            opened = self._markets[market] = _Opened(files, state)
        if not opened.files:
            kind = "sfc" if market is Market.HKEX else "finra"
            wanted = (
                "short interest" if self._source is None else f"short interest by {self._source!r}"
            )
            raise StoreError(
                f"no {wanted} of {market.value} in {self._folder}: import it with `shortable import {kind} FILE`"
            )
        return opened


def _in_order(figures: list[Figure]) -> list[Figure]:
    """Leave out what a lag would make known only after its own revision; the figures are sorted by date."""
    following = [*figures[1:], None]
    return [
        figure
        for figure, after in zip(figures, following, strict=True)
        if after is None or after.day != figure.day or figure.known_at < after.known_at
    ]
