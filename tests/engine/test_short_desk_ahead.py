"""Asking ahead gives what asking one by one gives: S1, S2, S3 and S7 do not depend on how the engine asks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shortable import FrameShortableProvider
from shortable.engine import Resolution, short_desk
from shortable.engine.short_desk import PAYS_AFTER
from shortable.errors import NoDataError

from .scenario import Shares, bars, flat, play

SESSIONS = 60


def lent(**kwargs: Any) -> FrameShortableProvider:
    """Say something of two symbols now and then, with a month of silence, and nothing of a third."""
    rng = np.random.default_rng(5)
    index = pd.bdate_range("2024-01-04", periods=SESSIONS) + pd.Timedelta(hours=15, minutes=59)
    index = index.delete(slice(15, 35))
    shares = pd.DataFrame(
        rng.choice([0.0, 50.0, 150.0, np.nan], (len(index), 2)), index=index, columns=["AMC", "GME"]
    )
    rates = pd.DataFrame(
        rng.choice([0.0, 0.3, np.nan], (len(index), 2)), index=index, columns=["AMC", "GME"]
    )
    return FrameShortableProvider(shares, fee_rates=rates, **kwargs)


class OneByOne:
    """A user's class around a provider: the engine may not ask it ahead."""

    def __init__(self, provider: Any) -> None:
        self.provider, self.asked = provider, 0

    def shortable_quantity(self, symbol: Any, local_time: datetime) -> int | None:
        self.asked += 1
        return self.provider.shortable_quantity(symbol, local_time)  # type: ignore[no-any-return]

    def fee_rate(self, symbol: Any, local_time: datetime) -> float | None:
        return (
            self.provider.fee_rate(symbol, local_time)
            if self.provider.has_fee_rate(symbol, local_time)
            else None
        )

    def has_quantity(self, symbol: Any, local_time: datetime) -> bool:
        return bool(self.provider.has_quantity(symbol, local_time))


def trade(a: Any) -> None:
    for i, ticker in enumerate(("AMC", "GME", "KOSS")):
        if (a.row + i) % 7 == 5:
            a.liquidate(ticker)
        else:
            a.market_order(ticker, -20 - a.row % 30)


@pytest.mark.parametrize("missing", ["unavailable", "unrestricted"])
@pytest.mark.parametrize("max_age", [timedelta(days=2), timedelta(days=7), None])
def test_the_result_is_the_same_to_the_last_bit(missing: str, max_age: timedelta | None) -> None:
    data, steps = flat(SESSIONS, "AMC", "GME", "KOSS"), dict.fromkeys(range(SESSIONS), trade)
    provider = lent(missing=missing, max_age=max_age)
    one_by_one = OneByOne(provider)
    ahead, asked = (play(data, steps, provider=p) for p in (provider, one_by_one))
    assert one_by_one.asked > 3 * PAYS_AFTER
    for name in ("orders", "refusals", "equity", "borrow_costs", "checks_without_data"):
        pd.testing.assert_frame_equal(getattr(ahead, name), getattr(asked, name), check_exact=True)
    figures = (
        "availability_checks",
        "checks_without_data",
        "nights_without_rate",
        "refused_for_availability",
    )
    assert [ahead.summary()[f] for f in figures] == [asked.summary()[f] for f in figures]
    assert ahead.summary()["checks_without_data"] > 0
    assert len(ahead.fills) > PAYS_AFTER
    assert len(ahead.borrow_costs) > PAYS_AFTER


def counted(monkeypatch: pytest.MonkeyPatch) -> list[range]:
    """Keep which rows are asked about at once."""
    pieces: list[range] = []
    ask_at_once = short_desk.answers_ahead

    def ask(securities: Any, feed: Any, rows: range) -> Any:
        pieces.append(rows)
        return ask_at_once(securities, feed, rows)

    monkeypatch.setattr(short_desk, "answers_ahead", ask)
    return pieces


@pytest.mark.parametrize("rows_at_once", [13, 5, 1])
def test_piece_by_piece_too(monkeypatch: pytest.MonkeyPatch, rows_at_once: int) -> None:
    monkeypatch.setattr(short_desk, "ROWS_AT_ONCE", rows_at_once)
    monkeypatch.setattr(short_desk, "PAYS_AFTER", 2)
    pieces = counted(monkeypatch)
    data, steps = flat(SESSIONS, "AMC", "GME", "KOSS"), dict.fromkeys(range(SESSIONS), trade)
    ahead, asked = (play(data, steps, provider=p) for p in (lent(), OneByOne(lent())))
    for name in ("orders", "refusals", "equity", "borrow_costs", "checks_without_data"):
        pd.testing.assert_frame_equal(getattr(ahead, name), getattr(asked, name), check_exact=True)
    assert ahead.summary()["availability_checks"] == asked.summary()["availability_checks"]
    assert len(pieces) > 3
    assert max(map(len, pieces)) == rows_at_once


@pytest.mark.parametrize(
    ("every", "pieces"),
    [
        # The eighth question, in row 7, asks about 2,000 rows. Row 2,007 is the next one's first question and row 2,014
        # its eighth; so 4,021 is the third's, of which 979 rows are left.
        (1, [range(7, 2_007), range(2_014, 4_014), range(4_021, 5_000)]),
        (
            36,
            [range(252, 2_252), range(2_520, 4_520)],
        ),  # 8 questions in 7 × 36 = 252 rows, at most 8 × 32 = 256
        (37, []),  # 7 × 37 = 259 rows
    ],
)
def test_of_many_rows_some_are_asked_about_at_once_and_only_if_questions_are_dense(
    monkeypatch: pytest.MonkeyPatch, every: int, pieces: list[range]
) -> None:
    monkeypatch.setattr(short_desk, "ROWS_AT_ONCE", 2_000)
    found = counted(monkeypatch)
    provider = FrameShortableProvider(
        pd.DataFrame({"AMC": [10**6]}, index=pd.to_datetime(["2024-01-02"])), max_age=None
    )
    # The sparse ones stop before the last 2,000 rows, where the rest is asked about however dense they are.
    steps = dict.fromkeys(
        range(0, 5_000 if every == 1 else 2_900, every), lambda a: a.market_order("AMC", -1)
    )
    result = play(
        bars({"AMC": [10.0] * 5_000}, minutes=390),
        steps,
        resolution=Resolution.MINUTE,
        provider=provider,
    )
    assert result.summary()["availability_checks"] == len(steps)
    assert found == pieces


def test_a_provider_that_raises_without_data_raises_only_where_it_is_asked() -> None:
    steps = {n: lambda a: a.market_order("AMC", -1) for n in range(SESSIONS - 30)}

    def run(first: int) -> Any:
        return play(
            flat(SESSIONS, "AMC"),
            {n: s for n, s in steps.items() if n >= first},
            provider=lent(missing="raise", max_age=timedelta(days=4)),
            end="2024-01-24",
        )

    assert run(2).summary()["availability_checks"] > PAYS_AFTER
    with pytest.raises(NoDataError):
        run(1)  # Wednesday the 3rd: nothing is known before the 4th


def test_a_new_provider_is_asked_itself() -> None:
    provider, mine = lent(max_age=None), Shares(7)
    steps: dict[int, Any] = {n: lambda a: a.market_order("AMC", -1) for n in range(5, SESSIONS)}
    steps[40] = lambda a: (
        a.securities["AMC"].set_shortable_provider(mine),
        a.market_order("AMC", -1_000).status,
    )
    result = play(flat(SESSIONS, "AMC"), steps, provider=provider)
    assert len(mine.asked) == SESSIONS - 40
    assert result.algorithm.returned[40][1].name == "INVALID"
