"""`constrain`, `audit`, the desk and bulk look-ups against the slow model, over random streams (S1 to S8)."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from shortable import LocalDiskShortableProvider, Symbol
from shortable.desk import ShortDesk
from shortable.errors import RateUnitWarning
from shortable.research import Trades, audit, constrain
from shortable.store import Layout, append, make_snapshot
from tests.oracle.lending import (
    Lender,
    Snapshot,
    allowed,
    audited,
    constrained,
    nights,
    published,
    too_many,
)
from tests.oracle.plan import pieces
from tests.oracle.streams import TICKERS, lending, some_days

LOOK_UPS: tuple[Any, ...] = ("open", "close", "label", time(10, 15))


@pytest.fixture(autouse=True)
def _rates_of_900_percent_are_meant() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RateUnitWarning)
        yield


def looked_up(day: date, look_up: Any) -> datetime:
    """Return when a row of a date looks up what is available."""
    at = {"open": time(9, 30), "close": time(16), "label": time(0)}
    return datetime.combine(day, look_up if isinstance(look_up, time) else at[look_up])


def shares_of(rng: random.Random) -> int:
    return rng.choice((0, 5, 10, 20, 50, 100, 200)) * rng.choice((-1, -1, 1))


def as_rows(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return nights, to compare."""
    rows = zip(table["date"], table["symbol"], table["shares"], table["cost"], strict=True)
    return sorted((day.date(), str(symbol), shares, cost) for day, symbol, shares, cost in rows)


def expected_rows(found: list[Any]) -> list[tuple[Any, ...]]:
    return [
        (n.session, n.symbol, n.shares, pytest.approx(float(n.cost), abs=1e-9))
        for n in sorted(found, key=lambda n: (n.session, n.symbol))
    ]


def check_constrain(seed: int) -> None:
    rng = random.Random(seed)
    days, tickers = list(some_days(rng)), TICKERS[: rng.randint(1, 3)]
    lender, provider = lending(rng, days, tickers)
    look_up, on_exceed = rng.choice(LOOK_UPS), rng.choice(("reject", "clip", "warn"))
    buy_in = rng.random() < 0.3
    wanted = {
        t: [rng.choice((None, shares_of(rng), shares_of(rng))) for _ in days] for t in tickers
    }
    closes = {t: [Fraction(rng.randint(64, 640), 64) for _ in days] for t in tickers}
    index = pd.DatetimeIndex(days)
    found = constrain(
        pd.DataFrame(wanted, index, dtype=float), provider,
        pd.DataFrame({t: [float(c) for c in column] for t, column in closes.items()}, index),
        look_up=look_up, on_exceed=on_exceed, on_shortfall="buy_in" if buy_in else "keep",
    )  # fmt: skip
    costs = []
    for t in tickers:
        available = [lender.answer(t, looked_up(day, look_up))[0] for day in days]
        held = constrained(wanted[t], available, on_exceed, buy_in)
        assert found.positions[t].tolist() == held, f"seed {seed} {t} {wanted[t]} {available}"
        costs += nights(lender, t, days, held, closes[t])
    assert as_rows(found.borrow_costs) == expected_rows(costs), f"seed {seed}"


def check_audit(seed: int) -> None:
    rng = random.Random(seed)
    days, tickers = list(some_days(rng)), TICKERS[: rng.randint(1, 3)]
    lender, provider = lending(rng, days, tickers)
    look_up, on_exceed = rng.choice(LOOK_UPS), rng.choice(("reject", "clip"))
    with_times = rng.random() < 0.5
    closes = {t: [Fraction(rng.randint(64, 640), 64) for _ in days] for t in tickers}
    rows = []
    for day in days:
        for at in (time(10), time(11), time(15, 59)):
            if rng.random() < 0.6 and (quantity := shares_of(rng)):
                moment = datetime.combine(day, at) if with_times else day
                rows.append(
                    (moment, rng.choice(tickers), quantity, Fraction(rng.randint(64, 640), 64))
                )
    if not rows:
        return
    moments, symbols, quantities, prices = zip(*rows, strict=True)
    found = audit(
        Trades.of([str(m) for m in moments], list(symbols), list(quantities), [float(p) for p in prices]), provider,
        pd.DataFrame({t: [float(c) for c in column] for t, column in closes.items()}, pd.DatetimeIndex(days)),
        look_up=look_up, on_exceed=on_exceed,
    )  # fmt: skip
    costs, verdicts, cash = [], {}, dict.fromkeys(days, Fraction(0))
    for t in tickers:
        own = [i for i, symbol in enumerate(symbols) if symbol == t]
        asked = [moments[i] if with_times else looked_up(moments[i], look_up) for i in own]
        judged = audited(
            [quantities[i] for i in own], [lender.answer(t, at) for at in asked], on_exceed
        )
        held, at_close = 0, []
        for day, close in zip(days, closes[t], strict=True):
            for i, (stands, after, verdict) in zip(own, judged, strict=True):
                if (moments[i].date() if with_times else moments[i]) == day:
                    held, verdicts[i] = after, (stands, verdict)
                    for later in days[days.index(day) :]:
                        cash[later] -= stands * prices[i]
            at_close.append(held)
            cash[day] += held * close
        costs += nights(lender, t, days, at_close, closes[t])
    listed = list(zip(found.trades["allowed"], found.trades["verdict"], strict=True))
    assert listed == [verdicts[i] for i in range(len(rows))], f"seed {seed}"
    paid = expected_rows([n for n in costs if n.session >= days[0]])
    assert as_rows(found.borrow_costs) == paid, f"seed {seed}"
    pnl = dict(
        zip((day.date() for day in found.daily.index), found.daily["pnl_after"], strict=True)
    )
    assert pnl == {day: pytest.approx(float(cash[day]), abs=1e-6) for day in pnl}, f"seed {seed}"


def check_desk(seed: int) -> None:
    rng = random.Random(seed)
    days = list(some_days(rng))
    lender, provider = lending(rng, days, TICKERS)
    on_exceed = rng.choice(("reject", "clip", "warn"))
    desk = ShortDesk(provider, on_exceed=on_exceed)
    for _ in range(20):
        ticker, at = (
            rng.choice(TICKERS),
            datetime.combine(rng.choice(days), rng.choice((time(9), time(16)))),
        )
        symbol, available = Symbol.create(ticker), lender.answer(ticker, at)[0]
        held, others, quantity = (
            shares_of(rng),
            rng.choice((0, 0, 10, 100)),
            abs(shares_of(rng)) + 1,
        )
        floor = rng.choice((0, 0, quantity // 2))
        answer = desk.allowed(symbol, at, quantity, held, others, floor=floor)
        assert answer == allowed(quantity, held, others, available, on_exceed, floor)[0], (
            f"seed {seed}"
        )
        resting = [(f"{n}", rng.choice((5, 10, 50))) for n in range(rng.randint(0, 4))]
        gone = desk.excess(symbol, at, held, resting)
        expected = too_many(held, [shares for _, shares in resting], available)
        if held >= sum(shares for _, shares in resting) or on_exceed == "warn":
            expected = []
        assert gone == [f"{i}" for i in expected], f"seed {seed}"


def check_bulk(seed: int, folder: Path) -> None:
    """A store of complete and partial snapshots, with rows that could not be read, asked in every way (S2, S3)."""
    rng = random.Random(seed)
    days = list(some_days(rng))
    missing, max_age = rng.choice(("unavailable", "unrestricted")), rng.choice((7, 2, 0.25, None))
    lender = Lender(missing=missing, max_age=None if max_age is None else timedelta(days=max_age))
    stored = []
    for wall in {
        datetime.combine(rng.choice(days), rng.choice((time(8), time(12)))) for _ in range(6)
    }:
        rows: dict[str, int | None] = {
            t: rng.choice((0, 10, 100, 2**40)) for t in TICKERS if rng.random() < 0.6
        }
        unreadable = [t for t in TICKERS if t not in rows and rng.random() < 0.2]
        complete = rng.random() < 0.6
        if not complete:
            unreadable = []
        lender.snapshots.append(
            Snapshot(published(wall), rows | dict.fromkeys(unreadable), complete)
        )
        as_of = int(published(wall).timestamp()) * 1_000_000
        table = {"symbol": list(rows), "quantity": pd.array(list(rows.values()), dtype="Int64")}
        stored.append(make_snapshot(as_of, table if rows else {"symbol": pd.array([], dtype="str").astype(object)},
                                    complete=complete, unreadable=unreadable))  # fmt: skip
    layout = rng.choice((None, Layout(single_file_rows=0, part_rows=3, fan=2)))
    append("b", stored, data_folder=folder, layout=layout)
    provider = LocalDiskShortableProvider(
        "b", data_folder=folder, missing=missing, max_age=lender.max_age
    )
    times = [
        datetime.combine(
            rng.choice(days) + timedelta(days=rng.randint(-1, 9)), rng.choice((time(8), time(16)))
        )
        for _ in range(12)
    ]
    pairs = [(t, at) for t in TICKERS for at in times]
    answers = [lender.answer(*pair) for pair in pairs]
    asked: Any = ([t for t, _ in pairs], pd.DatetimeIndex([at for _, at in pairs]))
    bulk = provider.shortable_quantities(*asked).tolist()
    single = [(provider.shortable_quantity(*pair), provider.has_quantity(*pair)) for pair in pairs]
    assert single == answers, f"seed {seed}"
    assert bulk == [-1 if shares is None else shares for shares, _ in answers], f"seed {seed}"
    assert provider.has_quantities(*asked).tolist() == [data for _, data in answers], f"seed {seed}"
    for at in times:
        everything = {str(s): shares for s, shares in provider.all_shortable_symbols(at).items()}
        assert everything == lender.everything(list(TICKERS), at), f"seed {seed} {at}"


@pieces(quick=25, usual=150)
def test_research_and_the_desk_do_what_the_slow_model_does(piece: range) -> None:
    for seed in piece:
        check_constrain(seed)
        check_audit(seed)
        check_desk(seed)


@pieces(quick=25, usual=75)
def test_a_store_answers_what_the_slow_model_answers(piece: range, tmp_path: Path) -> None:
    for seed in piece:
        check_bulk(seed, tmp_path / str(seed))
