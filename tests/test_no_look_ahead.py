"""No look-ahead (S2, S10): cutting all data after a time changes nothing that any public call returns up to that time."""

from __future__ import annotations

import pickle
import random
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import first_of, lagged, scaled, sum_of
from shortable.actions import CorporateActions, Dividend, Rename, Split
from shortable.calendars import nyse_early_closes, nyse_holidays
from shortable.clock import from_instant, to_instant
from shortable.engine import Result
from shortable.errors import RateUnitWarning
from shortable.providers import FrameShortableProvider, LocalDiskShortableProvider
from shortable.research import (
    EstimatedShortableProvider,
    Trades,
    audit,
    constrain,
    fit_borrow_model,
)
from shortable.short_interest import DaysToCoverProvider, ShortInterest
from shortable.store import DATASETS, Dataset, Figures, coverage
from tests.oracle.lending import NEW_YORK, Lender
from tests.oracle.streams import Stream, make
from tests.oracle.test_engine import backtest_of
from tests.providers.model import LAGS, MAX_AGES, TICKERS, WEEKS, Said, histories, stored
from tests.research.estimate.test_estimate import DAYS, FEES, NAMES, QUANTITIES
from tests.store.datasets.test_figures import put

pytestmark = pytest.mark.slow

SEEDS = st.integers(0, 10**6)


@pytest.fixture(autouse=True)
def _rates_that_look_like_percent_are_meant() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RateUnitWarning)
        yield


def answers(provider: Any, times: list[datetime]) -> list[Any]:
    """Return everything that a provider says of some times."""
    found: list[Any] = []
    for at in times:
        found.append(sorted((str(s), q) for s, q in provider.all_shortable_symbols(at).items()))
        for ticker in TICKERS:
            # A quote's note is for people: of an empty answer it may say when the first snapshot came.
            quote = replace(provider.quote(ticker, at), note="")
            found.append(
                (
                    ticker,
                    at,
                    quote,
                    provider.has_quantity(ticker, at),
                    provider.has_fee_rate(ticker, at),
                )
            )
    pairs: tuple[Any, Any] = (
        [t for t in TICKERS for _ in times],
        pd.DatetimeIndex(times * len(TICKERS)),
    )
    for bulk in (
        "shortable_quantities",
        "fee_rates",
        "rebate_rates",
        "has_quantities",
        "has_fee_rates",
    ):
        found.append(repr(getattr(provider, bulk)(*pairs).tolist()))
    first, last = min(times), max(times)
    found.append(provider.panel(list(TICKERS), first, last).to_csv())
    found.append(sorted(provider.change_times(list(TICKERS), first, last)))
    return found


@settings(max_examples=40)
@given(histories(), st.integers(0, 24 * 14), st.booleans(), st.sampled_from(LAGS), st.sampled_from(MAX_AGES), st.booleans(),
       st.sampled_from(WEEKS))  # fmt: skip
def test_a_store_and_all_that_stands_on_it(
    history: list[Said],
    hours: int,
    just_before: bool,
    lag: timedelta,
    max_age: timedelta | None,
    parts: bool,
    week: datetime,
) -> None:
    now = week + timedelta(hours=hours)
    if just_before and history:  # where an answer a minute early would show
        now = from_instant(history[hours % len(history)].as_of) - timedelta(minutes=1)
    times = [now - timedelta(hours=back) for back in (0, 1, 7, 24, 100)]
    known = [said for said in history if said.as_of <= to_instant(now)]
    if not known:
        return
    found = []
    for past in (history, known):
        with tempfile.TemporaryDirectory() as folder:
            stored(past, folder, parts=parts)
            one = LocalDiskShortableProvider("b", data_folder=folder, lag=lag, max_age=max_age)
            other = LocalDiskShortableProvider("b", data_folder=folder, missing="unrestricted")
            combined = (
                first_of(other, one),
                sum_of(one, other),
                scaled(one, 0.5),
                lagged(other, LAGS[-1]),
            )
            found.append([answers(provider, times) for provider in (one, other, *combined)])
            seen = coverage("b", data_folder=folder, start=times[-1], end=now)
            found[-1].append([repr(seen).replace(folder, "")])
    assert found[0] == found[1]


def known_at(lender: Lender, end: datetime = datetime.max) -> FrameShortableProvider:
    """Return a frame of what a lender had said up to a time."""

    def table(said: list[tuple[Any, dict[str, Any]]]) -> pd.DataFrame:
        walls = [known.astimezone(NEW_YORK).replace(tzinfo=None) for known, _ in said]
        return pd.DataFrame([row for _, row in said], pd.DatetimeIndex(walls), dtype=float)[
            [wall <= end for wall in walls]
        ]

    shares = table([(one.known, one.rows) for one in lender.snapshots])
    rates = table([(known, {t: float(r) for t, r in row.items()}) for known, row in lender.rates])
    return FrameShortableProvider(
        shares, rates, missing=lender.missing, max_age=lender.max_age, lag=lender.lag
    )


def cut(stream: Stream, day: date) -> Stream:
    """Return a stream without anything that came after a day's close."""
    end = datetime.combine(day, time(16))
    return replace(
        stream,
        days=[d for d in stream.days if d <= day],
        bars=[bar for bar in stream.bars if bar.end <= end],
        requests=[request for request in stream.requests if request.time <= end],
        splits=tuple(s for s in stream.splits if s.day <= day),
        dividends=tuple(d for d in stream.dividends if d.day <= day),
        delistings=tuple(d for d in stream.delistings if d[1] <= day),
        provider=known_at(stream.lender, end),
    )


def until(result: Result, end: datetime) -> dict[str, str]:
    """Return every table of a result, of the rows up to a time."""
    found = {}
    for name in ("order_events", "fills", "refusals", "checks_without_data", "corporate_actions"):
        table = result.table(name)
        when = table["time"] if "time" in table else pd.to_datetime(table["date"])
        found[name] = table[when <= end].to_csv(index=False)
    found["borrow_costs"] = result.borrow_costs[result.borrow_costs["date"] <= end].to_csv(
        index=False
    )
    for name, table in (("equity", result.equity), ("returns", result.returns)):
        closes = table.index + pd.Timedelta("16h")
        found[name] = table[closes <= end].to_csv()
    return found


def sound(stream: Stream, day: date) -> bool:
    """Whether every security trades on a day and later, or has ended before: else the cut moves an end (S21)."""
    last = {bar.symbol: bar.end.date() for bar in stream.bars}
    traded = {bar.symbol for bar in stream.bars if bar.end.date() == day}
    return all(end < day or (end > day and ticker in traded) for ticker, end in last.items())


@settings(max_examples=60)
@given(SEEDS, st.integers(1, 8))
def test_a_run_of_the_engine(seed: int, kept: int) -> None:
    stream = make(seed)
    day = stream.days[min(kept, len(stream.days) - 2)]
    if not sound(stream, day):
        return
    end = datetime.combine(day, time(16))
    whole = backtest_of(replace(stream, provider=known_at(stream.lender))).run()
    part = backtest_of(cut(stream, day)).run()
    assert until(whole, end) == until(part, end), f"seed {seed}, cut after {day}"
    # What is charged and checked in the morning rests on what was known then.
    morning = datetime.combine(day, time(9, 30))
    early = backtest_of(replace(cut(stream, day), provider=known_at(stream.lender, morning))).run()
    assert until(whole, morning) == until(early, morning), (
        f"seed {seed}, cut in the morning of {day}"
    )


@settings(max_examples=60)
@given(SEEDS, st.integers(2, 8))
def test_constrain(seed: int, kept: int) -> None:
    stream = make(seed)
    rng = random.Random(seed)
    index = pd.DatetimeIndex(stream.days)
    wanted, prices = (
        pd.DataFrame({t: [draw() for _ in index] for t in stream.resolutions}, index)
        for draw in (lambda: rng.randint(-30, 10) * 10, lambda: rng.randint(500, 900) / 64)
    )
    kept = min(kept, len(index))
    known = known_at(stream.lender, datetime.combine(index[kept - 1].date(), time(16)))
    whole = constrain(wanted, known_at(stream.lender), prices)
    part = constrain(wanted.iloc[:kept], known, prices.iloc[:kept])
    pd.testing.assert_frame_equal(whole.positions.iloc[:kept], part.positions)
    last = part.positions.index[-1] + timedelta(days=1)
    early = [
        t[t[c] < last].to_csv(index=False)
        for t, c in ((whole.refusals, "time"), (whole.borrow_costs, "date"))
    ]
    assert early == [part.refusals.to_csv(index=False), part.borrow_costs.to_csv(index=False)]


@settings(max_examples=60)
@given(SEEDS)
def test_corporate_actions(seed: int) -> None:
    rng = random.Random(seed)
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(40)]
    names = iter(("BBB", "CCC", "DDD"))
    records: list[Any] = []
    ticker = "AAA"
    for day in sorted(rng.sample(days[::8], 5)):
        what = rng.choice((Split, Split, Dividend, Rename))
        if what is Split:
            records.append(Split(ticker, day, *rng.choice(((2, 1), (1, 10), (3, 2)))))
        elif what is Dividend:
            records.append(Dividend(ticker, day, 0.25, "raw"))
        elif (new := next(names, None)) is not None:
            records.append(Rename(ticker, day, new))
            ticker = new
    now = rng.choice(days)
    whole = CorporateActions(records)
    for part in (CorporateActions([r for r in records if r.date <= now]), whole.until(now)):
        for start in days[::7]:
            if start > now:
                continue
            symbol = whole.symbol_on("AAA", start, days[0])
            assert part.symbol_on("AAA", start, days[0]) == symbol
            assert part.split_factor(symbol, start, now, named_on=start) == whole.split_factor(
                symbol, start, now, named_on=start
            )
            for of in ("splits_of", "dividends_of"):
                assert getattr(part, of)(symbol, start, now, named_on=start) == getattr(whole, of)(
                    symbol, start, now, named_on=start
                )
            assert part.between(start, now) == whole.between(start, now)


def published(rng: random.Random, dataset: Dataset, column: str) -> list[dict[str, Any]]:
    """Return figures of some dates, each published some days later and perhaps revised."""
    rows = []
    for ticker in ("2330", "2317"):
        for n in range(rng.randint(1, 5)):
            day = date(2025, 1, 6) + timedelta(days=n)
            known = datetime.combine(day, time(22)) + timedelta(days=rng.randint(0, 3))
            for _ in range(rng.choice((1, 1, 2, 3))):
                said = date(2025, 2, rng.randint(1, 9)) if column == "until" else rng.randint(0, 9)
                rows.append({"symbol": ticker, dataset.date: day, "known": known, column: said})
                known += timedelta(hours=rng.randint(1, 60))
    return rows


#: A column of each dataset; short interest has a test of its own below, by its own reader.
COLUMNS = {
    "short_balances": "balance", "short_volume": "short_volume", "lending": "fee_rate", "fails_to_deliver": "shares",
    "net_short_positions": "fraction", "restrictions": "until",
}  # fmt: skip


def test_every_dataset_is_tried() -> None:
    assert COLUMNS.keys() | {"short_interest"} == DATASETS.keys()


@pytest.mark.parametrize("name", COLUMNS)
@settings(max_examples=15)
@given(SEEDS)
def test_figures_of_a_dataset(name: str, seed: int) -> None:
    rng = random.Random(seed)
    dataset, column = DATASETS[name], COLUMNS[name]
    rows = published(rng, dataset, column)
    now = datetime(2025, 1, 5) + timedelta(hours=rng.randint(24, 24 * 9))
    times = [now - timedelta(hours=back) for back in (0, 5, 30, 70)]
    known = [row for row in rows if row["known"] <= now]
    if not known:
        return
    found = []
    for past in (rows, known):
        with tempfile.TemporaryDirectory() as folder:
            put(Path(folder), *past, dataset=dataset)
            figures = Figures(name, data_folder=folder)
            symbols = [t + ".TW" for t in ("2330", "2317") for _ in times]
            said = [sorted(figures.change_times(symbols, times[-1], now))]
            if column != "until":
                said += [repr(figures.values(column, symbols, times * 2).tolist())]
                said += [figures.panel(column, symbols, times[-1], now).to_csv()]
            for at in times:
                said += [repr(figures.all(column, at, "taiwan"))]
                said += [figures.frame("taiwan", at).to_csv()]
                for symbol in ("2330.TW", "2317.TW"):
                    said += [repr(figures.rows(symbol, at)), figures.history(symbol, at).to_csv()]
            found.append(said)
    assert found[0] == found[1]


@given(st.integers(1998, 2098), st.integers(1, 30))
def test_calendars(year: int, more: int) -> None:
    """A year's closings are the same whatever is known of later years."""
    for closings in (nyse_holidays, nyse_early_closes):
        later = closings(min(year + more, 2099))
        assert {day for day in later if day.year <= year} == closings(year)


@settings(max_examples=5)
@given(SEEDS, st.integers(6, len(DAYS) - 1))
def test_an_estimate(seed: int, kept: int) -> None:
    names, days = NAMES[:20], DAYS[:kept]
    market, part = (
        FrameShortableProvider(QUANTITIES[names].iloc[:end], FEES[names].iloc[:end])
        for end in (None, kept)
    )
    model = fit_borrow_model(part, days, names)
    assert pickle.dumps(fit_borrow_model(market, days, names)) == pickle.dumps(model)
    # Drawn for more days, or with more known of the market, the days that were there before are the same.
    whole, cut = (
        EstimatedShortableProvider(model, names[:4], times, seed, known=known, known_at=days[0])
        for times, known in ((DAYS, market), (days, part))
    )
    for bulk in ("shortable_quantities", "fee_rates"):
        each = (names[:4] * kept, days.repeat(4))
        assert getattr(whole, bulk)(*each).tolist() == getattr(cut, bulk)(*each).tolist()


@settings(max_examples=20)
@given(SEEDS, st.integers(2, 8), st.sampled_from(("open", "close")))
def test_audit(seed: int, kept: int, look_up: Literal["open", "close"]) -> None:
    stream, rng = make(seed), random.Random(seed)
    kept = min(kept, len(stream.days))
    index = pd.DatetimeIndex(stream.days)
    rows = [
        (day + timedelta(hours=10), ticker, rng.choice((-300, -100, 100)), rng.randint(5, 9))
        for day in index for ticker in stream.resolutions if rng.random() < 0.6
    ]  # fmt: skip
    prices = pd.DataFrame({t: [rng.randint(5, 9) for _ in index] for t in stream.resolutions}, index, dtype=float)  # fmt: skip
    end = index[kept - 1] + timedelta(hours=16)
    known = [row for row in rows if row[0] <= end]
    if not known:
        return
    whole, part = (
        audit(Trades.of(*zip(*traded, strict=True)), provider, closes, look_up=look_up)
        for traded, provider, closes in (
            (rows, known_at(stream.lender), prices),
            (known, known_at(stream.lender, end), prices.iloc[:kept]),
        )
    )
    for name in ("trades", "refusals", "checks_without_data", "borrow_costs"):
        table = getattr(whole, name)
        until_then = table[table["date" if name == "borrow_costs" else "time"] <= end]
        assert until_then.to_csv(index=False) == getattr(part, name).to_csv(index=False), name
    # An audit's days end with the session in which its last trade leaves nothing open.
    assert whole.daily.loc[: part.daily.index[-1]].to_csv() == part.daily.to_csv()


@settings(max_examples=30)
@given(SEEDS)
def test_short_interest_and_what_is_derived_from_it(seed: int) -> None:
    from shortable.importers import import_source
    from tests.short_interest.conftest import finra

    rng = random.Random(seed)
    settled = [date(2021, 1, 15), date(2021, 1, 29), date(2021, 2, 12)]
    files = []
    for day in settled:
        known = datetime.combine(day, time(18)) + timedelta(days=rng.randint(8, 12))
        for _ in range(rng.choice((1, 2))):
            rows = [
                (t, rng.randint(0, 10**6), 10_000, "1.00")
                for t in ("AA", "B")
                if rng.random() < 0.8
            ]
            files.append((day, known, rows or [("AA", 5, 10, "1.00")]))
            known += timedelta(days=rng.randint(1, 9))
    now = datetime(2021, 1, 20) + timedelta(days=rng.randint(3, 40))
    known_files = [file for file in files if file[1] <= now]
    if not known_files:
        return
    found = []
    for past in (files, known_files):
        with tempfile.TemporaryDirectory() as folder:
            for day, known, rows in past:
                import_source(
                    "finra", finra(str(day), *rows), published=known, data_folder=Path(folder)
                )
            interest, days_to_cover = (
                ShortInterest(folder),
                DaysToCoverProvider(ShortInterest(folder)),
            )
            seen: list[Any] = []
            for at in (now, now - timedelta(days=1), now - timedelta(days=9)):
                seen.append(sorted((str(s), repr(p)) for s, p in interest.all(at).items()))
                for ticker in ("AA", "B"):
                    seen.append(repr(interest.at(f"{ticker}.US", at)))
                    seen.append(repr(interest.short_positions(f"{ticker}.US", 20, at)))
                    seen.append(
                        (
                            days_to_cover.shortable_quantity(ticker, at),
                            days_to_cover.fee_rate(ticker, at),
                        )
                    )
                seen.append(
                    sorted((str(s), q) for s, q in days_to_cover.all_shortable_symbols(at).items())
                )
            found.append(seen)
    assert found[0] == found[1]
