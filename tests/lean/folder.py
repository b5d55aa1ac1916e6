"""A data folder in LEAN's own layout, written file by file: what every test of `shortable.lean` runs on.

    folder = LeanFolder(tmp_path)
    folder.map_file("SPY").factor_file("SPY")
    folder.session("SPY", "2024-01-02", 100.0)                     # 390 flat minutes, trades and quotes
    folder.minute("SPY", "2024-01-03", trades=[("09:30", 100, 101, 99, 100.5, 1000)])
    folder.daily("SPY", [("2024-01-02", 100, 101, 99, 100.5, 1_000_000)])
    folder.coarse("2024-01-02", [("SPY", 100.5, 1_000_000)])
    folder.shortable("testbrokerage", "SPY", [("2024-01-02", 1000, 5.07, 0.25)])
    folder.path                                                     # for --data and LeanDataFolder

Times of bars are their beginnings, New York. Prices are dollars. A second call for a file writes it anew.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from shortable.lean.symbols import SecurityIdentifier, Symbol

Day = str | date
Prices = Sequence[float]

FIRST_DAY = "1998-01-02"
FOREVER = "2050-12-31"


def as_day(day: Day) -> date:
    """Return a date from text, date or datetime."""
    if isinstance(day, datetime):
        return day.date()
    return date.fromisoformat(day) if isinstance(day, str) else day


def stamp(day: Day) -> str:
    """Return ``yyyyMMdd``."""
    return f"{as_day(day):%Y%m%d}"


def milliseconds(when: str | time | datetime) -> int:
    """Return the milliseconds since midnight of a wall time."""
    if isinstance(when, str):
        when = time.fromisoformat(when)
    return ((when.hour * 60 + when.minute) * 60 + when.second) * 1000


def scaled(price: float) -> str:
    """Return a price as LEAN's files hold it: ten thousandths of a dollar, whole where it is."""
    number = Decimal(str(price)) * 10_000
    return str(int(number)) if number == int(number) else str(number)


class LeanFolder:
    """Writes files under ``<path>/equity/usa`` and beside it; every method returns the folder."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.equity = self.path / "equity" / "usa"
        self.equity.mkdir(parents=True, exist_ok=True)

    # -- prices ---------------------------------------------------------------------------------------------------
    def minute(
        self,
        ticker: str,
        day: Day,
        trades: Iterable[Sequence[Any]] | None = None,
        quotes: Iterable[Sequence[Any]] | None = None,
    ) -> LeanFolder:
        """Write one day's minutes.

        trades: (time, open, high, low, close, volume). quotes: (time, bid, bid size, ask, ask size), a side being
        (open, high, low, close), one price for all four, or None where there was none.
        """
        if trades is not None:
            lines = [
                ",".join([str(milliseconds(t)), *(scaled(p) for p in (o, h, low, c)), str(v)])
                for t, o, h, low, c, v in trades
            ]
            self._minute_zip(ticker, day, "trade", lines)
        if quotes is not None:
            lines = [
                ",".join(
                    [
                        str(milliseconds(t)),
                        *_side(bid),
                        _size(bid, bid_size),
                        *_side(ask),
                        _size(ask, ask_size),
                    ]
                )
                for t, bid, bid_size, ask, ask_size in quotes
            ]
            self._minute_zip(ticker, day, "quote", lines)
        return self

    def session(
        self,
        ticker: str,
        day: Day,
        price: float | Callable[[int], float],
        *,
        spread: float | None = 0.02,
        volume: float = 1000,
        size: float = 100,
        begins: str = "09:30",
        ends: str = "16:00",
    ) -> LeanFolder:
        """Write a minute bar for every minute: flat at `price`, or at ``price(i)`` for the i-th minute.

        Quotes lie half of `spread` below and above; None writes none.
        """
        first, last = milliseconds(begins) // 60_000, milliseconds(ends) // 60_000
        at = price if callable(price) else lambda _: price
        times = [time(m // 60, m % 60) for m in range(first, last)]
        prices = [Decimal(str(at(i))) for i in range(len(times))]
        self.minute(
            ticker,
            day,
            trades=[(t, p, p, p, p, volume) for t, p in zip(times, prices, strict=True)],
        )
        if spread is not None:
            half = Decimal(str(spread)) / 2
            quotes = [
                (t, p - half, size, p + half, size) for t, p in zip(times, prices, strict=True)
            ]
            self.minute(ticker, day, quotes=quotes)
        return self

    def daily(self, ticker: str, rows: Iterable[Sequence[Any]]) -> LeanFolder:
        """Write a ticker's whole daily history: (day, open, high, low, close, volume)."""
        return self._history(
            ticker, "daily", [(datetime.combine(as_day(d), time()), *rest) for d, *rest in rows]
        )

    def hour(self, ticker: str, rows: Iterable[Sequence[Any]]) -> LeanFolder:
        """Write a ticker's whole hourly history: (datetime or "yyyy-MM-dd HH:mm" of the beginning, o, h, l, c, v)."""
        return self._history(
            ticker,
            "hour",
            [(datetime.fromisoformat(t) if isinstance(t, str) else t, *rest) for t, *rest in rows],
        )

    # -- what happened to a security ------------------------------------------------------------------------------
    def map_file(self, ticker: str, rows: Iterable[Sequence[Any]] | None = None) -> LeanFolder:
        """Write (last day, ticker, exchange); by default the ticker never changes, from 1998-01-02."""
        if rows is None:
            rows = [(FIRST_DAY, ticker, "P"), (FOREVER, ticker, "P")]
        lines = [",".join([stamp(d), t.lower(), *exchange]) for d, t, *exchange in rows]
        return self._text(self.equity / "map_files" / f"{ticker.lower()}.csv", lines)

    def factor_file(self, ticker: str, rows: Iterable[Sequence[Any]] | None = None) -> LeanFolder:
        """Write (last day, price factor, split factor, reference price); by default nothing ever happened."""
        if rows is None:
            rows = [(FIRST_DAY, 1, 1, 1), (FOREVER, 1, 1, 0)]
        lines = [",".join([stamp(d), *(str(v) for v in values)]) for d, *values in rows]
        return self._text(self.equity / "factor_files" / f"{ticker.lower()}.csv", lines)

    def coarse(self, day: Day, rows: Iterable[Sequence[Any]]) -> LeanFolder:
        """Write a day's universe: (ticker or Symbol, close, volume[, has fundamentals[, price factor[, split factor]]]).

        A ticker stands for the security that had it since 1998-01-02.
        """
        lines = []
        for who, close, volume, *rest in rows:
            fundamentals, price_factor, split_factor = [*rest, *(True, 1, 1)[len(rest) :]]
            sid = str(who.id) if isinstance(who, Symbol) else self.sid(who)
            ticker = who.value if isinstance(who, Symbol) else who.upper()
            dollars = Decimal(str(close)) * volume
            lines.append(
                f"{sid},{ticker},{close},{volume},{dollars},{fundamentals},{price_factor},{split_factor}"
            )
        return self._text(self.equity / "fundamental" / "coarse" / f"{stamp(day)}.csv", lines)

    @staticmethod
    def sid(ticker: str, first_day: Day = FIRST_DAY) -> str:
        """Return the identifier of a security that was first traded on a day as `ticker`."""
        return str(SecurityIdentifier.generate_equity(as_day(first_day), ticker, "usa"))

    # -- availability ---------------------------------------------------------------------------------------------
    def shortable(
        self, broker: str, ticker: str, rows: Iterable[Sequence[Any]], *, header: bool = False
    ) -> LeanFolder:
        """Write a ticker's availability: (day, shares[, rebate percent[, fee percent]]), None for an empty cell.

        Like LEAN's own test files it has no header and no newline at its end; `header` writes both.
        """
        first = "#DATE,AVAILABLE,REBATERATE,FEERATE" if header else ""
        return self._availability(
            broker, "symbols", ticker.lower(), first, [(stamp(d), *rest) for d, *rest in rows]
        )

    def shortable_dates(
        self, broker: str, day: Day, rows: Iterable[Sequence[Any]], *, header: bool = False
    ) -> LeanFolder:
        """Write a day's list: (ticker, shares[, rebate percent[, fee percent]]); header as in `shortable`."""
        first = "#SYM,AVAILABLE,REBATERATE,FEERATE" if header else ""
        return self._availability(
            broker, "dates", stamp(day), first, [(t.upper(), *rest) for t, *rest in rows]
        )

    # -- the rest -------------------------------------------------------------------------------------------------
    def interest_rates(self, rows: Iterable[Sequence[Any]]) -> LeanFolder:
        """Write (day, percent a year), each in force from that day."""
        lines = ["Date,Interest Rate (%)", *(f"{as_day(d):%Y-%m-%d},{rate}" for d, rate in rows)]
        return self._text(
            self.path / "alternative" / "interest-rate" / "usa" / "interest-rate.csv", lines
        )

    def market_hours(
        self,
        holidays: Iterable[Day] = (),
        early_closes: dict[Day, str] | None = None,
        late_opens: dict[Day, str] | None = None,
        bank_holidays: Iterable[Day] = (),
    ) -> LeanFolder:
        """Write the hours of the US market with these exceptions, in place of the computed calendar."""
        session = [
            {"start": "04:00:00", "end": "09:30:00", "state": "premarket"},
            {"start": "09:30:00", "end": "16:00:00", "state": "market"},
            {"start": "16:00:00", "end": "20:00:00", "state": "postmarket"},
        ]
        week = ["monday", "tuesday", "wednesday", "thursday", "friday"]
        entry = {
            "dataTimeZone": "America/New_York",
            "exchangeTimeZone": "America/New_York",
            "sunday": [],
            **dict.fromkeys(week, session),
            "saturday": [],
            "holidays": [_slashed(d) for d in holidays],
            "earlyCloses": {_slashed(d): f"{t}:00" for d, t in (early_closes or {}).items()},
            "lateOpens": {_slashed(d): f"{t}:00" for d, t in (late_opens or {}).items()},
            "bankHolidays": [_slashed(d) for d in bank_holidays],
        }
        target = self.path / "market-hours" / "market-hours-database.json"
        return self._text(target, [json.dumps({"entries": {"Equity-usa-[*]": entry}}, indent=1)])

    def symbol_properties(self, rows: Iterable[str]) -> LeanFolder:
        """Write lines of the table of lot sizes and ticks as they are, below its header."""
        header = (
            "market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size,"
            "market_ticker,minimum_order_size,price_magnifier,strike_multiplier"
        )
        return self._text(
            self.path / "symbol-properties" / "symbol-properties-database.csv", [header, *rows]
        )

    # -- files ----------------------------------------------------------------------------------------------------
    def _availability(
        self, broker: str, kind: str, name: str, first: str, rows: list[tuple[Any, ...]]
    ) -> LeanFolder:
        lines = [first] if first else []
        lines += [
            ",".join([key, *("" if v is None else str(v) for v in values)]) for key, *values in rows
        ]
        return self._text(
            self.equity / "shortable" / broker / kind / f"{name}.csv", lines, "\n" if first else ""
        )

    def _minute_zip(self, ticker: str, day: Day, kind: str, lines: list[str]) -> None:
        name, on = ticker.lower(), stamp(day)
        self._zip(
            self.equity / "minute" / name / f"{on}_{kind}.zip",
            f"{on}_{name}_minute_{kind}.csv",
            lines,
        )

    def _history(self, ticker: str, resolution: str, rows: list[tuple[Any, ...]]) -> LeanFolder:
        lines = [
            ",".join([f"{t:%Y%m%d %H:%M}", *(scaled(p) for p in (o, h, low, c)), str(v)])
            for t, o, h, low, c, v in rows
        ]
        self._zip(
            self.equity / resolution / f"{ticker.lower()}.zip", f"{ticker.lower()}.csv", lines
        )
        return self

    def _zip(self, target: Path, entry: str, lines: list[str]) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(entry, "\n".join(lines) + "\n")

    def _text(self, target: Path, lines: list[str], end: str = "\n") -> LeanFolder:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(lines) + end, encoding="utf-8")
        return self


def weekdays(first: Day, last: Day) -> list[date]:
    """Return the days from Monday to Friday in a range, both ends included."""
    start, end = as_day(first), as_day(last)
    days = [start + timedelta(days=i) for i in range((end - start).days + 1)]
    return [d for d in days if d.weekday() < 5]


def _slashed(day: Day) -> str:
    on = as_day(day)
    return f"{on.month}/{on.day}/{on.year}"


def _side(prices: Any) -> list[str]:
    if prices is None:
        return ["", "", "", ""]
    if isinstance(prices, (int, float, Decimal)):
        prices = (prices,) * 4
    return [scaled(p) for p in prices]


def _size(prices: Any, size: Any) -> str:
    return "" if prices is None else str(size)
