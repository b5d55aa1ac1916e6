"""MarketData: the prices of a backtest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import pandas as pd

from shortable.actions import CorporateActions
from shortable.arguments import check_kind
from shortable.errors import MarketDataError
from shortable.market_data.bar_times import Resolution
from shortable.market_data.bars import COLUMNS, Checked, SymbolBars
from shortable.market_data.basis import Basis, basis_of, check_basis, check_share_basis
from shortable.market_data.files import bars_of_tables, read_files
from shortable.market_data.market_cap import check_market_cap, market_cap_of_tables
from shortable.market_data.panel import BarPanel, build_panel
from shortable.market_data.price_table import PriceTable, actions_of
from shortable.market_data.shapes import Frame, read_frames
from shortable.symbol import Market, Symbol

__all__ = ["MarketData"]


class MarketData:
    """Bars of many symbols, checked once; made by `from_frames`, `from_parquet`, `from_csv` or `sample`.

    A daily bar is known at its session's close. An intraday bar is labelled by its end and known then; yfinance
    labels intraday bars by their beginning, so what has its shape is moved (see `labels` of `from_frames`).

    Attributes
    ----------
    basis : {"raw", "split_adjusted", "total_return"}
        Whose shares the prices are for (S11).
    assumptions : tuple of str
        What was assumed because the source does not state it, such as the basis; a result repeats it.
    made_up : bool
        True where the source says that its numbers are made up, as the sample does.
    source : str
        Where the bars come from, for people.
    market_cap : DataFrame or None
        Market capitalisation, dates × tickers, in the market's currency, as it stood at that date's close;
        NaN where not stated.
    notes : tuple of str
        What was left out while reading: rows without a price, exact repeats, names that are no tickers.
    actions : CorporateActions
        Dividends and splits that stand beside the prices, as yfinance has them; usually none.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-02", "2024-01-03"])
    >>> data = MarketData.from_frames({"SPY": pd.DataFrame({"Close": [472.65, 468.79]}, index=days)})
    >>> panel = data.panel(data.symbols(), Resolution.DAILY)
    >>> panel.times[0], panel.close[:, 0].tolist(), panel.has_open
    (datetime.datetime(2024, 1, 2, 16, 0), [472.65, 468.79], (False,))
    """

    def __init__(
        self,
        bars: Checked,
        *,
        source: str,
        made_up: bool = False,
        market_cap: pd.DataFrame | None = None,
        notes: Sequence[str] = (),
        basis: Basis = "raw",
        assumptions: Sequence[str] = (),
        actions: CorporateActions = CorporateActions(),  # noqa: B008  it never changes
    ) -> None:
        self._bars = bars
        self.source, self.made_up, self.market_cap = source, made_up, market_cap
        self.basis: Basis = basis
        self.notes, self.assumptions = tuple(notes), tuple(assumptions)
        self.actions = actions

    def __repr__(self) -> str:
        held = ", ".join(f"{len(self.symbols(r))} {r.value}" for r in self.resolutions)
        return f"<MarketData of {self.source}: {held} symbols>"

    @classmethod
    def from_frames(
        cls,
        frames: Frame | Mapping[str, Frame],
        *,
        resolution: Resolution | str | None = None,
        market: Market | str | None = None,
        market_cap: pd.DataFrame | None = None,
        basis: Basis | None = None,
        currency: str | None = None,
        labels: Literal["end", "start"] | None = None,
    ) -> MarketData:
        """Take prices from DataFrames, or from tables of other libraries (polars, DuckDB, pyarrow).

        Parameters
        ----------
        frames : mapping of str to frame, or one frame
            One frame a ticker, ``{"SPY": frame}``; or all tickers in one: columns of two levels as yfinance downloads
            them, tickers above prices or below; long, with a column symbol or ticker; or wide, dates × tickers,
            closes alone. Columns are open, high, low, close, volume in any case, of which only close is required;
            other columns are ignored. Times are the DatetimeIndex or a column date, time, datetime or timestamp:
            naive ones exchange-local, aware ones converted. Rows may be in any order.
        resolution : Resolution, optional
            Default: read off each frame's labels. Midnight, or no two on one day, is daily; else the commonest
            step within a day decides, a minute or an hour.
        market : Market, optional
            Of tickers that name no country; default what the spelling says (``VOD.L`` is of the UK), else the USA.
        market_cap : DataFrame, optional
            Dates × tickers, for universes.
        basis : {"raw", "split_adjusted", "total_return"}, optional
            Whose shares the prices are for (S11). Default: split-adjusted where a column Adj Close stands beside
            Close and no split factors (or Sharadar's closeunadj does), total return where yfinance's shape has none, else raw, and `assumptions` says so.
        currency : str, optional
            In which the prices are quoted; default the market's own. A column currency takes precedence. Prices in
            pence (``GBp``, ``GBX``) become pounds.
        labels : {"end", "start"}, optional
            Whether intraday bars are labelled by their end or their beginning; the latter are moved to their end.
            Default ``"start"`` for the shapes of yfinance, Polygon, Alpaca and Interactive Brokers, and where bars of
            the regular session stand at its open and never at its close; else ``"end"``.

        Raises
        ------
        MarketDataError
            Naming ticker, column, time and value: a price that is missing, zero, negative or infinite, a high below
            the low, an open or close outside them, two different rows of one time, two daily bars of one date.
        SymbolError
            A ticker with the suffix of a market that shortable does not know.
        """
        home = None if market is None else Market.of(market)
        tables = read_frames(frames, home)
        caps = None if market_cap is None else check_market_cap(market_cap, home)
        return cls._from_tables(tables, "frames", resolution, home, basis, currency, labels, caps)

    @classmethod
    def from_parquet(
        cls,
        path: str | Path,
        *,
        resolution: Resolution | str | None = None,
        market: Market | str | None = None,
        basis: Basis | None = None,
        currency: str | None = None,
        labels: Literal["end", "start"] | None = None,
    ) -> MarketData:
        """Read prices from a Parquet file or a folder of them.

        Parameters
        ----------
        path : str or Path
            A long file has columns symbol (or ticker), date (or time, datetime, timestamp; text will do) and close,
            perhaps open, high, low, volume. A file without symbols holds the ticker that it is named for. Files of
            columns of two levels and wide files of closes are read as `from_frames` reads them.
            A long file with market_cap and no close gives the market capitalisations.
        resolution, market, basis, currency, labels
            As in `from_frames`.

        Raises
        ------
        MarketDataError
            No such files, wrong columns, or prices as `from_frames` refuses them.
        """
        tables = read_files(path, ".parquet")
        home = None if market is None else Market.of(market)
        caps = market_cap_of_tables(tables, home)
        return cls._from_tables(tables, str(path), resolution, home, basis, currency, labels, caps)

    @classmethod
    def from_csv(
        cls,
        folder: str | Path,
        *,
        resolution: Resolution | str | None = None,
        market: Market | str | None = None,
        basis: Basis | None = None,
        currency: str | None = None,
        labels: Literal["end", "start"] | None = None,
    ) -> MarketData:
        """Read prices from a folder of CSV files, one a ticker (``SPY.csv``), or from long or wide ones.

        Columns as in `from_parquet`; the three header lines that yfinance's frames are saved with are read too.
        Tickers are read as text: ``NA.csv`` and ``TRUE.csv`` are NA and TRUE.
        """
        tables = read_files(folder, ".csv")
        home = None if market is None else Market.of(market)
        caps = market_cap_of_tables(tables, home)
        return cls._from_tables(
            tables, str(folder), resolution, home, basis, currency, labels, caps
        )

    @classmethod
    def sample(cls) -> MarketData:
        """Return the prices that ship with shortable; the numbers are made up (``made_up`` is True).

        Daily bars of 30 symbols over 2023 and 2024, hourly bars of penny stocks over the first quarter of 2024, and
        market capitalisations.
        """
        from shortable.store import sample_folder

        data = cls.from_parquet(sample_folder() / "equity" / Market.USA.value, basis="raw")
        data.source = "MarketData.sample()"
        return data

    @classmethod
    def _from_tables(
        cls,
        tables: Sequence[PriceTable],
        source: str,
        resolution: Resolution | str | None,
        market: Market | None,
        basis: Basis | None,
        currency: str | None,
        labels: Literal["end", "start"] | None,
        market_cap: pd.DataFrame | None,
    ) -> MarketData:
        if currency is not None:
            check_kind("currency", currency, str, "be an ISO code")
        if labels is not None and not (isinstance(labels, str) and labels in ("end", "start")):
            raise MarketDataError("labels", labels, "be 'end' or 'start'")
        starts = None if labels is None else labels == "start"
        found, assumed = basis_of(tables, check_basis(basis))
        bars, notes = bars_of_tables(tables, _resolution(resolution), market, currency, starts)
        return cls(
            bars,
            source=source,
            made_up=any(t.made_up for t in tables),
            market_cap=market_cap,
            notes=notes,
            basis=found,
            assumptions=[assumed] if assumed else [],
            actions=CorporateActions(a for t in tables for a in actions_of(t, market, currency)),
        )

    def check_share_basis(self) -> None:
        """Refuse prices that cannot be compared with shares (S11): quantities, fees and orders need such prices.

        Raises
        ------
        MarketDataError
            The prices are total return; the message says how to get others.
        """
        check_share_basis(self.basis, self.source)

    @property
    def description(self) -> str:
        """Where the prices come from and on which share basis they are, for a result.

        Examples
        --------
        >>> frame = pd.DataFrame({"Close": [9.0]}, index=pd.to_datetime(["2024-01-02"]))
        >>> MarketData.from_frames({"SPY": frame}).description
        'frames, assumed raw (as traded)'
        """
        named = {"raw": "raw (as traded)", "split_adjusted": "adjusted for splits"}
        basis = named.get(self.basis, "adjusted for splits and dividends")
        if self.assumptions:
            return f"{self.source}, assumed {basis}"
        return self.source if self.basis == "raw" else f"{self.source}, {basis}"

    @property
    def resolutions(self) -> list[Resolution]:
        """The resolutions of which there are bars."""
        held = {resolution for _, resolution in self._bars}
        return [r for r in Resolution if r in held]

    def resolutions_of(self, symbol: Symbol | str) -> list[Resolution]:
        """Return the resolutions of a symbol's bars, the longest first; empty where it has none."""
        key = Symbol.create(symbol)
        return [r for r in Resolution if (key, r) in self._bars]

    def symbols(self, resolution: Resolution | str | None = None) -> list[Symbol]:
        """Return the symbols that have bars, sorted."""
        wanted = _resolution(resolution)
        return sorted({s for s, r in self._bars if wanted is None or r is wanted})

    def last_day(self, symbol: Symbol | str) -> date:
        """Return the date of a symbol's last bar: the day on which its name means the company that it is.

        Raises
        ------
        MarketDataError
            The symbol has no bars.
        """
        key = Symbol.create(symbol)
        held = self.resolutions_of(key) or [Resolution.DAILY]  # of which it has none: refused
        last: datetime = max(self._find(key, r).labels[-1] for r in held).item()
        return last.date()

    def panel(self, symbols: Sequence[Symbol | str], resolution: Resolution | str) -> BarPanel:
        """Lay several symbols' bars on one timeline.

        Parameters
        ----------
        symbols : sequence of Symbol or str
            Columns of the panel, in this order; all of one market.
        resolution : Resolution
            Of the bars.

        Raises
        ------
        MarketDataError
            A symbol has no such bars, stands there twice, or the symbols are of several markets.
        """
        wanted, keys = Resolution.of(resolution), [Symbol.create(s) for s in symbols]
        if len(set(keys)) < len(keys):
            raise MarketDataError("symbols", [str(k) for k in keys], "name each symbol once")
        if len(markets := {k.market for k in keys}) > 1:
            raise MarketDataError(
                "symbols",
                sorted(m.value for m in markets),
                "be of one market",
                "One backtest runs on one exchange's clock.",
            )
        return build_panel([self._find(key, wanted) for key in keys])

    def frame(self, symbol: Symbol | str, resolution: Resolution | str) -> pd.DataFrame:
        """Return one symbol's bars: open, high, low, close, volume by the time at which they are known.

        Raises
        ------
        MarketDataError
            The symbol has no such bars.
        """
        bars = self._find(Symbol.create(symbol), Resolution.of(resolution))
        return pd.DataFrame(
            {name: getattr(bars, name).copy() for name in COLUMNS},
            index=pd.DatetimeIndex(bars.labels.copy(), name="time"),
        )

    def bars_of(self, symbol: Symbol, resolution: Resolution) -> SymbolBars | None:
        """Return one symbol's checked bars, or None where it has none of that length."""
        return self._bars.get((symbol, resolution))

    def with_bars(self, bars: Checked) -> MarketData:
        """Return the same prices with some series put in, those of the same symbol and length replaced."""
        return MarketData(
            {**self._bars, **bars},
            source=self.source,
            made_up=self.made_up,
            market_cap=self.market_cap,
            notes=self.notes,
            basis=self.basis,
            assumptions=self.assumptions,
            actions=self.actions,
        )

    def _find(self, symbol: Symbol, resolution: Resolution) -> SymbolBars:
        bars = self._bars.get((symbol, resolution))
        if bars is not None:
            return bars
        others = [r.value for r in Resolution if (symbol, r) in self._bars]
        have = self.symbols(resolution)
        hint = (
            f"It has {' and '.join(others)} bars."
            if others
            else f"{self.source} has {len(have)} symbols with them: {', '.join(have[:8])}{', …' if len(have) > 8 else ''}."
        )
        raise MarketDataError("symbol", str(symbol), f"have {resolution.value} bars", hint)


def _resolution(given: Resolution | str | None) -> Resolution | None:
    return None if given is None else Resolution.of(given)
