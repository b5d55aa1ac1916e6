"""Random streams: bars, availability and requests from a seed, for the model and for what is tested."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

import pandas as pd

from shortable import FrameShortableProvider, actions
from shortable.borrow import LocateFee
from shortable.calendars import session_after
from shortable.engine import FinraMaintenance, MarketData
from shortable.recall import NullRecall, RecallOnShortfall, Recalls, RecallTerms
from shortable.restrictions import (
    ListedDays,
    NullRestriction,
    Rule201,
    ShortSaleBan,
    ThresholdSecurities,
    TickRule,
)
from shortable.symbol import Market
from tests.oracle.engine import Bar, Dividend, Request, Split
from tests.oracle.lending import Lender, Snapshot, published
from tests.oracle.shorting import NO_RULES, Flows, LenderTerms, Rules

TICKERS = ("AMC", "GME", "KOSS")
KINDS = (
    "market", "market", "limit", "stop_market", "stop_limit", "trailing_stop", "market_on_open", "market_on_close",
)  # fmt: skip
#: Bars of a session: when each ends, by resolution.
ENDS = {
    "daily": [time(16)],
    "hour": [time(hour, 30) for hour in range(10, 16)],
    "minute": [time(9, 31), time(9, 32), time(9, 33), time(12), time(15, 59), time(16)],
}
MOST_ORDERS = 50
LENGTH = {"hour": timedelta(hours=1), "minute": timedelta(minutes=1)}


@dataclass(frozen=True)
class Asked:
    """A provider as a user writes one: it can only be asked, one question at a time."""

    lender: Lender

    def shortable_quantity(self, symbol: Any, local_time: datetime) -> int | None:
        return self.lender.answer(symbol.ticker, local_time)[0]

    def all_shortable_symbols(self, local_time: datetime) -> dict[str, int]:
        return self.lender.everything(list(TICKERS), local_time)

    def has_quantity(self, symbol: Any, local_time: datetime) -> bool:
        return self.lender.answer(symbol.ticker, local_time)[1]

    def fee_rate(self, symbol: Any, local_time: datetime) -> float | None:
        rate = self.lender.fee(symbol.ticker, local_time)
        return None if rate is None else float(rate)

    @property
    def availability_kind(self) -> str:
        return "daily_flow" if isinstance(self.lender, Flows) else "pool"


@dataclass(frozen=True)
class Stream:
    """What one seed gives."""

    seed: int
    days: list[date]
    resolutions: dict[str, str]
    bars: list[Bar]
    requests: list[Request]
    lender: Lender
    provider: Any
    on_exceed: str
    recheck: str
    cash: int
    splits: tuple[Split, ...] = ()
    dividends: tuple[Dividend, ...] = ()
    delistings: tuple[tuple[str, date, Fraction | None], ...] = ()
    own_use: str = "included"
    share: Fraction = Fraction(1)
    falls: tuple[tuple[str, datetime], ...] = ()
    rules: Rules = NO_RULES
    locate: tuple[Fraction, Fraction] | None = None
    recall: tuple[LenderTerms, ...] = ()
    maintenance: tuple[Fraction, Fraction] | None = None

    def backtest(self) -> dict[str, Any]:
        """Return the settings of a backtest."""
        found: dict[str, Any] = {
            "provider": self.provider, "on_exceed": self.on_exceed, "recheck": self.recheck, "actions": self.actions(),
            "own_use": self.own_use, "share": float(self.share), "restriction": self.restriction(),
        }  # fmt: skip
        if self.locate is not None:
            found["locate"] = LocateFee(*map(float, self.locate))
        recall: Recalls = NullRecall()
        for sessions, due_after, at, penalty in self.recall:
            terms = RecallTerms(due_after, at, float(penalty))  # type: ignore[arg-type]  # one of two
            recall |= RecallOnShortfall(sessions, terms, self.own_use)  # type: ignore[arg-type]  # one of two
        found["recall"] = recall
        if self.maintenance is not None:
            found["maintenance"] = FinraMaintenance(*map(float, self.maintenance))
        return found

    def restriction(self) -> Any:
        """Return the rules on short sales as the engine takes them."""
        rules: Any = NullRestriction()
        for symbol, first, last in self.rules.bans:
            rules |= ShortSaleBan([(first, last)], [symbol])
        if self.rules.listed:
            columns = zip(*self.rules.listed, strict=True)
            table = pd.DataFrame(dict(zip(("symbol", "date", "until"), columns, strict=True)))
            rules |= ThresholdSecurities(ListedDays(table))
        if self.falls:
            rules |= Rule201([(symbol, at.date(), at.time()) for symbol, at in self.falls])
        return rules | TickRule(Market.USA) if self.rules.ticks else rules

    def actions(self) -> list[Any]:
        """Return splits, dividends and delistings as the engine takes them."""
        return [
            *(
                actions.Split(s.symbol, s.day, s.ratio.numerator, s.ratio.denominator)
                for s in self.splits
            ),
            *(actions.Dividend(d.symbol, d.day, float(d.amount), "raw") for d in self.dividends),
            *(
                actions.Delisting(t, day, None if p is None else float(p))
                for t, day, p in self.delistings
            ),
        ]

    def data(self) -> MarketData:
        """Return the bars as the engine takes them."""
        frames = {}
        for ticker, resolution in self.resolutions.items():
            own = [bar for bar in self.bars if bar.symbol == ticker]
            names = ("close",) if own[0].close_only else ("open", "high", "low", "close")
            table = {name: [float(getattr(bar, name)) for bar in own] for name in names}
            ends = [bar.end if resolution != "daily" else bar.end.replace(hour=0) for bar in own]
            frames[ticker] = pd.DataFrame(table, index=pd.DatetimeIndex(ends))
        return MarketData.from_frames(frames)


def make(seed: int) -> Stream:
    """Return the stream of a seed."""
    rng = random.Random(seed)
    days = list(some_days(rng))
    tickers = TICKERS[: rng.choice((1, 2, 2, 3))]
    one = rng.choice(("daily", "daily", "hour", "minute", ""))
    resolutions = {ticker: one or rng.choice(("daily", "hour", "minute")) for ticker in tickers}
    splits, dividends, delistings = _actions(rng, days, tickers)
    step = 24 if splits or rng.random() < 0.8 else 600  # The latter ruins accounts.
    traded = dict.fromkeys(tickers, days) | {
        t: days[: days.index(day) + 1] for t, day, _ in delistings
    }
    bars = [bar for t in tickers for bar in _bars(rng, t, traded[t], resolutions[t], splits, step)]
    if rng.random() < 0.2 and len(tickers) > 1:  # A series that breaks off without a word.
        bars = [bar for bar in bars if bar.symbol != tickers[0] or bar.end.date() <= days[-3]]
    lender, provider = lending(rng, days, tickers, splits)
    share = Fraction(1)
    if rng.random() < 0.2:
        share = rng.choice((Fraction(1), Fraction(1, 4)))
        lender = Flows(
            lender.snapshots, lender.rates, missing=lender.missing, max_age=lender.max_age, lag=lender.lag,
            limits={(t, day): rng.choice((0, 10, 50, 100, 500)) for t in tickers for day in days if rng.random() < 0.9},
        )  # fmt: skip
        provider = Asked(lender)
    return Stream(
        seed, days, resolutions, bars, list(_requests(rng, bars, tickers)), lender, provider,
        rng.choice(("reject", "reject", "clip", "warn")), rng.choice(("submission", "daily", "fill")),
        rng.choice((1_000_000, 1_000_000, 5_000, 500)), splits, dividends, delistings,
        share=share, **_limits(rng, days, tickers),
    )  # fmt: skip


def _limits(rng: random.Random, days: list[date], tickers: tuple[str, ...]) -> dict[str, Any]:
    """Return what limits shorts beside availability (S16, S23, S25 to S27): most streams have a thing or two of it."""

    def spans(likely: float) -> tuple[tuple[str, date, date], ...]:
        return tuple(
            (t, min(span), max(span))
            for t in tickers
            if rng.random() < likely and (span := rng.sample(days, 2))
        )

    found: dict[str, Any] = {}
    if rng.random() < 0.25:
        found["own_use"] = "excluded"
    if rng.random() < 0.25:
        found["falls"] = falls = tuple(
            (t, datetime.combine(rng.choice(days), time(10, 5)))
            for t in tickers
            if rng.random() < 0.3
        )
        found["rules"] = Rules(
            bans=spans(0.3),
            falls=tuple((t, at, session_after(at.date())) for t, at in falls),
            ticks=rng.random() < 0.2,
            listed=spans(0.3),
        )
    if rng.random() < 0.25:
        found["locate"] = Fraction(rng.choice((1, 8)), 64), Fraction(rng.choice((0, 1)))
    if rng.random() < 0.35:
        found["recall"] = (_recall_terms(rng),)
    if rng.random() < 0.25:
        found["maintenance"] = rng.choice(
            ((Fraction(1, 4), Fraction(3, 8)), (Fraction(3, 4), Fraction(5, 4)))
        )
    if "recall" in found and rng.random() < 0.5:
        found["recall"] += (_recall_terms(rng),)
    return found


def _recall_terms(rng: random.Random) -> LenderTerms:
    return (
        rng.choice((1, 1, 2, 3)), rng.choice((1, 1, 2, 3)), rng.choice(("open", "close")),
        Fraction(rng.choice((0, 1)), 64),
    )  # fmt: skip


def _actions(
    rng: random.Random, days: list[date], tickers: tuple[str, ...]
) -> tuple[Any, Any, Any]:
    """Return splits, by powers of two since both sides hold those exactly, dividends, and delistings."""
    if rng.random() < 0.6:
        return (), (), ()
    between = days[1:-1]
    ratios = (Fraction(2), Fraction(4), Fraction(1, 2), Fraction(1, 4))
    splits = tuple(
        Split(t, rng.choice(between), rng.choice(ratios)) for t in tickers if rng.random() < 0.6
    )
    on = {split.symbol: split.day for split in splits}
    dividends = tuple(
        Dividend(t, day, Fraction(rng.randint(1, 32), 64))
        for t in tickers
        if rng.random() < 0.6 and (day := rng.choice(days)) != on.get(t)
    )
    ended = [t for t in tickers[1:] if rng.random() < 0.3]
    prices = (None, Fraction(9), Fraction(1, 4))
    return splits, dividends, tuple((t, rng.choice(days[-3:-1]), rng.choice(prices)) for t in ended)


def some_days(rng: random.Random) -> Iterator[date]:
    """Yield sessions: weekdays, with holidays, in winter or around a weekend on which the clock jumps."""
    day = rng.choice((date(2024, 1, 4), date(2024, 3, 6), date(2024, 10, 30)))
    for _ in range(rng.randint(4, 10)):
        yield day
        day += timedelta(days=rng.choice((1, 1, 1, 1, 2)))
        while day.weekday() > 4:
            day += timedelta(days=1)


def _bars(
    rng: random.Random,
    ticker: str,
    days: list[date],
    resolution: str,
    splits: tuple[Split, ...],
    step: int,
) -> Iterator[Bar]:
    """Yield a symbol's bars; prices are 64ths of a dollar, which both sides hold exactly."""
    price, close_only, gap = rng.randint(320, 1280), rng.random() < 0.15, rng.random() < 0.3
    ends = [[datetime.combine(day, end) for end in ENDS[resolution]] for day in days]
    for session in ends[1:]:
        if gap:
            session[:] = [end for end in session if rng.random() > 0.15]
    before = datetime.min
    for day, session in zip(days, ends, strict=True):
        for split in splits:
            if split.symbol == ticker and split.day == day:
                price = max(int(price / split.ratio), 64)
        for end in session:
            path = [max(price + rng.randint(-step, step), 64) for _ in range(4)]
            price = path[-1]
            if close_only:
                path = [price] * 4
            begin = datetime.combine(day, time(9, 30))
            if resolution != "daily":
                begin = max(end - LENGTH[resolution], before)
            before = end
            yield Bar(
                ticker, begin, end, Fraction(path[0], 64), Fraction(max(path), 64), Fraction(min(path), 64),
                Fraction(price, 64), end == session[0], end == session[-1], close_only,
            )  # fmt: skip


def lending(
    rng: random.Random, days: list[date], tickers: tuple[str, ...], splits: tuple[Split, ...] = ()
) -> tuple[Lender, Any]:
    """Return what can be borrowed, as the model and as a frame have it: each cell is a partial snapshot of its own."""
    times = [
        datetime.combine(day + timedelta(days=shift), at)
        for day in days
        for at in (time(8), time(9, 30), time(12), time(16))
        for shift in (-1, 0)
        if rng.random() < 0.3
    ] or [datetime.combine(days[0], time(8))]
    times = sorted(set(times))
    missing = rng.choice(("unavailable", "unavailable", "unrestricted"))
    max_age = rng.choice((timedelta(days=7), timedelta(days=1), timedelta(hours=6), None))
    lag = rng.choice((timedelta(0), timedelta(0), timedelta(minutes=30)))
    shares = {
        t: [rng.choice((None, 0, 10, 20, 50, 100, 500, 10**9)) for _ in times] for t in tickers
    }
    rates = {t: [rng.choice((None, 0, 9, 36, 900)) for _ in times] for t in tickers}
    if len(tickers) > 1 and rng.random() < 0.2:
        del shares[tickers[-1]]  # A ticker of which the frame knows nothing.
    lender = Lender(missing=missing, max_age=max_age, lag=lag)
    for i, wall in enumerate(times):
        rows = {t: column[i] for t, column in shares.items() if column[i] is not None}
        lender.snapshots.append(Snapshot(published(wall), rows, complete=False))
        fees = {
            t: Fraction(column[i], 1000) for t, column in rates.items() if column[i] is not None
        }
        lender.rates.append((published(wall), fees))
    if rng.random() < 0.5:
        return lender, Asked(lender)
    lender.splits = [(split.symbol, split.day, split.ratio) for split in splits]
    index = pd.DatetimeIndex(times)
    order = rng.sample(range(len(times)), len(times))
    provider = FrameShortableProvider(
        pd.DataFrame(shares, index, dtype="Int64").iloc[order],
        pd.DataFrame({t: [None if r is None else r / 1000 for r in c] for t, c in rates.items()}, index, dtype=float),
        missing=missing, max_age=max_age, lag=lag,
    )  # fmt: skip
    return lender, provider


def _requests(rng: random.Random, bars: list[Bar], tickers: tuple[str, ...]) -> Iterator[Request]:
    """Yield what the algorithm asks for, at times at which a bar ends."""
    sent = 0
    busy = rng.choice((0.3, 0.6, 0.8))
    price: Callable[[str], Fraction]
    last: dict[str, Fraction] = {}
    ends: dict[datetime, list[Bar]] = {}
    for bar in bars:
        ends.setdefault(bar.end, []).append(bar)
    for now in sorted(ends):
        last.update({bar.symbol: bar.close for bar in ends[now]})
        while sent < MOST_ORDERS and rng.random() < busy:
            ticker = rng.choice(tickers)
            near = last.get(ticker, Fraction(10))

            def price(near: Fraction = near) -> Fraction:
                return max(near + Fraction(rng.randint(-32, 32), 64), Fraction(1, 2))

            shares = rng.choice((5, 10, 10, 20, 50, 100, 200)) * rng.choice((-1, -1, 1))
            if sent and rng.random() < 0.25:
                order = rng.randint(max(1, sent - 5), sent)
                if rng.random() < 0.4:
                    yield Request(now, "cancel", order=order)
                else:
                    yield Request(
                        now, "update", quantity=rng.choice((0, abs(shares))), order=order,
                        limit=rng.choice((None, price())), stop=rng.choice((None, price())),
                    )  # fmt: skip
                continue
            kind = rng.choice(KINDS)
            sent += 1
            trail, percentage = rng.choice(
                (
                    (Fraction(1, 4), False),
                    (Fraction(1), False),
                    (Fraction(1, 32), True),
                    (Fraction(1, 8), True),
                )
            )
            trailing = kind == "trailing_stop"
            own_stop = kind in ("stop_market", "stop_limit") or (trailing and rng.random() < 0.3)
            yield Request(
                now, kind, ticker, shares,
                limit=price() if kind in ("limit", "stop_limit") else None,
                stop=price() if own_stop else None,
                trail=trail if trailing else None, percentage=trailing and percentage,
                day=rng.random() < 0.3,
            )  # fmt: skip
