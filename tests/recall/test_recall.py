"""Recalls by hand and against a slow model; the hazard is seeded, fitted interval-censored, and the data's."""

from __future__ import annotations

import math
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import Symbol
from shortable.borrow import LocateBook, LocateFee, NullLocate
from shortable.errors import InvalidInputError
from shortable.recall import (
    HAZARD_2026,
    BuyIn,
    HazardTable,
    NullRecall,
    Recall,
    RecallBook,
    RecallHazard,
    RecallOnShortfall,
    RecallTerms,
)
from shortable.recall.fit import fit_hazards, hazard_of, pairs_of_snapshots

GME = Symbol.create("GME")
DAYS = [day.date() for day in pd.bdate_range("2024-01-02", periods=40)]


def story(model, shorts, available, fee=0.1):
    """Return by session what happened, as (kind, shares)."""
    book = RecallBook(model)
    found = []
    for day, short, shares in zip(DAYS, shorts, available, strict=False):
        events = book.session("gme", GME, day, short, shares, fee)
        found.append([(type(e).__name__, e.shares) for e in events])
    return found


def test_a_shortfall_recalls_after_n_sessions_in_a_row_and_is_bought_in_when_due() -> None:
    model = RecallOnShortfall(sessions=2, terms=RecallTerms(due_after=2))
    # 500 short, 300 left: the second session in a row recalls 200, due two sessions later.
    assert story(model, [500] * 5, [300, 300, 300, 300, 300]) == [
        [], [("Recall", 200)], [], [("BuyIn", 200)], [],
    ]  # fmt: skip
    # A session in between in which there is enough begins the count anew; one without data does not.
    assert story(model, [500] * 3, [300, 500, 300]) == [[], [], []]
    assert story(model, [500] * 3, [300, None, 300]) == [[], [], [("Recall", 200)]]


def test_a_cover_before_the_due_date_returns_the_oldest_recall_first() -> None:
    model = RecallOnShortfall(sessions=1, terms=RecallTerms(due_after=3))
    # 200 recalled on day 0 and 100 more on day 1 (300 free, 200 left); a cover of 250 returns 200 and 50.
    assert story(model, [500, 500, 250, 250, 250], [300, 200, 200, 200, 200]) == [
        [("Recall", 200)], [("Recall", 100)], [], [], [("BuyIn", 50)],
    ]  # fmt: skip
    # Covered whole: nothing is left of it, and a new short begins anew.
    assert story(model, [500, 0, 500], [300, 300, 600]) == [[("Recall", 200)], [], []]


def test_s16_availability_that_lacks_the_short_recalls_only_at_none() -> None:
    model = RecallOnShortfall(sessions=1, own_use="excluded")
    assert story(model, [500, 500, 500], [300, 1, 0]) == [[], [], [("Recall", 500)]]


def test_a_buy_in_carries_the_terms_and_is_no_cover_of_what_is_due_later() -> None:
    book = RecallBook(RecallOnShortfall(1, RecallTerms(due_after=1, at="close", penalty=0.02)))
    assert book.session("gme", GME, DAYS[0], 500, 400, 0.1) == [Recall("gme", DAYS[0], 100)]
    events = book.session("gme", GME, DAYS[1], 500, 350, 0.1)
    assert events == [BuyIn("gme", DAYS[1], 100, "close", 0.02), Recall("gme", DAYS[1], 50)]
    # The buy-in has brought the short to 400; the 50 recalled on that day are still due.
    assert book.session("gme", GME, DAYS[2], 400, 350, 0.1) == [
        BuyIn("gme", DAYS[2], 50, "close", 0.02)
    ]
    book.session("gme", GME, DAYS[3], 350, 300, 0.1)
    book.restate("gme", Fraction(2))
    assert book.outstanding("gme") == 100


@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.none() | st.integers(0, 300)), min_size=1, max_size=30
    ),
    st.integers(1, 3),
    st.integers(1, 4),
)
def test_recalls_never_ask_for_more_than_is_short_and_end_in_covers_or_buy_ins(
    rows: list[tuple[int, int | None]], sessions: int, due: int
) -> None:
    book = RecallBook(RecallOnShortfall(sessions, RecallTerms(due_after=due)))
    recalled = bought = covered = 0.0
    before = 0.0
    for day, (short, available) in zip(DAYS, rows, strict=False):
        outstanding = book.outstanding("gme")
        covered += min(max(before - short, 0), outstanding)
        events = book.session("gme", GME, day, short, available, 0.1)
        for event in events:
            assert 0 < event.shares <= short
            if isinstance(event, Recall):
                recalled += event.shares
            else:
                bought += event.shares
        before = short - sum(e.shares for e in events if isinstance(e, BuyIn))
        assert book.outstanding("gme") <= max(before, 0)
        if short == 0:
            assert not events
            assert book.outstanding("gme") == 0
    assert recalled == pytest.approx(bought + covered + book.outstanding("gme"))


@given(st.lists(st.tuples(st.integers(0, 300), st.none() | st.integers(0, 300)), max_size=30))
def test_the_null_recalls_nothing(rows: list[tuple[int, int | None]]) -> None:
    book = RecallBook(NullRecall())
    for day, (short, available) in zip(DAYS, rows, strict=False):
        assert book.session("gme", GME, day, short, available, 0.1) == []


def test_the_hazard_is_seeded_by_symbol_and_session_alone() -> None:
    model = RecallHazard(7)
    draws = [model.draw(GME, day) for day in DAYS]
    assert draws == [RecallHazard(7).draw(GME, day) for day in DAYS]
    assert draws != [RecallHazard(8).draw(GME, day) for day in DAYS]
    assert draws != [model.draw(Symbol.create("AMC"), day) for day in DAYS]
    assert all(0 <= draw < 1 for draw in draws)
    # Over 2,000 sessions its share of recalls is what the table says: 1 - exp(-0.05 * 1.4) = 0.0676.
    table = HazardTable((), (), ((0.05,),), "made up")
    many = [date(2000, 1, 1) + timedelta(days=n) for n in range(20_000)]
    hits = sum(RecallHazard(1, table).recalled(GME, day, 100, 500, 0.1, 0) > 0 for day in many)
    assert hits / len(many) == pytest.approx(1 - math.exp(-0.07), abs=0.006)
    assert RecallHazard(1, table, recalled_share=0.0).recalled(GME, DAYS[0], 100, 5, 0.1, 0) == 0
    assert RecallHazard(1, table).recalled(GME, DAYS[0], 100, None, 0.1, 0) == 0


def test_the_table_is_read_by_its_bounds() -> None:
    table = HazardTable((500,), (0.01,), ((0.1, 0.2), (0.3, 0.4)), "made up")
    assert [table.at(q, f) for q, f in ((500, 0.01), (500, 0.02), (501, 0.0), (501, 9.0))] == [
        0.1, 0.2, 0.3, 0.4,
    ]  # fmt: skip
    assert table.at(0, float("nan")) == 0.1
    for wrong in (((0.1,),), ((0.1, -1.0), (0.3, 0.4)), ((0.1, float("nan")), (0.3, 0.4))):
        with pytest.raises(InvalidInputError):
            HazardTable((500,), (0.01,), wrong, "made up")
    with pytest.raises(InvalidInputError, match="ascend"):
        HazardTable((500, 400), (), ((0.1,),) * 3, "made up")


def test_the_fit_weighs_gaps_of_different_length() -> None:
    # Two gaps of 1 and 3 days, hazard 0.2: 1 - exp(-0.2) = 18.127 % and 1 - exp(-0.6) = 45.119 % leave.
    gaps = np.repeat([1.0, 3.0], 100_000)
    left = np.zeros(200_000, np.bool_)
    left[:18_127] = left[100_000:145_119] = True
    assert hazard_of(gaps, left) == pytest.approx(0.2, abs=1e-4)
    # Taking the next snapshot for a day would say 31.6 % a pair, a hazard of 0.38.
    assert hazard_of(np.ones(200_000), left) == pytest.approx(0.38, abs=0.01)
    assert hazard_of(np.ones(3), np.zeros(3, np.bool_)) == 0.0


def test_snapshots_are_paired_and_a_stale_one_is_dropped() -> None:
    times = pd.to_datetime(["2026-04-16", "2026-04-21", "2026-04-22"])
    rows = pd.DataFrame(
        {
            "time": times.repeat([3, 3, 1]),
            "symbol": ["A", "B", "C", "A", "B", "C", "A"],
            "quantity": [100, 1000, 9, 100, 1000, 9, 50],
            "fee_rate": [0.5, 0.001, None, 0.5, 0.001, None, 0.5],
        }
    )
    pairs = pairs_of_snapshots(rows, drop=["2026-04-21"])
    assert pairs["gap"].tolist() == [6.0] * 3
    assert pairs["left"].tolist() == [False, True, True]
    table = fit_hazards(pairs, (500,), (0.01,), "made up")
    # C, without a fee, counts as the lowest: alone in its cell and gone.
    assert table.hazards[0][1] == 0.0
    assert table.hazards[0][0] > 1
    with pytest.raises(InvalidInputError, match="at least two"):
        pairs_of_snapshots(rows, drop=["2026-04-21", "2026-04-22"])


@pytest.mark.slow
def test_the_default_table_is_what_the_real_snapshots_say(real_data) -> None:
    raw = pd.read_parquet(real_data / "ibkr" / "usa_history_20260323_20260511.parquet")
    raw = raw[raw["cur"] == "USD"]
    rows = pd.DataFrame(
        {
            "time": raw["retrieved_utc"],
            "symbol": raw["sym"],
            "quantity": raw["available"].astype(str).str.lstrip(">").astype(float),
            "fee_rate": pd.to_numeric(raw["feerate"], errors="coerce") / 100,
        }
    )
    pairs = pairs_of_snapshots(rows, drop=["2026-04-21"])
    table = fit_hazards(pairs, HAZARD_2026.shares, HAZARD_2026.fees, "")
    assert np.round(table.hazards, 6).tolist() == [list(row) for row in HAZARD_2026.hazards]


def test_terms_and_models_are_bounded() -> None:
    for wrong in ({"due_after": 0}, {"at": "noon"}, {"penalty": -0.1}, {"penalty": float("inf")}):
        with pytest.raises(InvalidInputError):
            RecallTerms(**wrong)
    with pytest.raises(InvalidInputError):
        RecallOnShortfall(sessions=0)
    with pytest.raises(InvalidInputError):
        RecallHazard(1, recalled_share=1.1)


def test_locates_are_good_for_the_day() -> None:
    book = LocateBook(LocateFee(0.02, minimum=1.0))
    # 40 x 0.02 = 0.80, at least 1.00; 500 in all: 460 x 0.02 = 9.20; the next day all 500 again: 10.00.
    day, tomorrow = DAYS[:2]
    assert book.need("gme", GME, day, 40, 20.0) == 1.0
    assert book.need("gme", GME, day, 500, 20.0) == pytest.approx(9.2)
    assert book.need("gme", GME, day, 300, 20.0) == 0.0
    assert book.need("gme", GME, tomorrow, 500, 20.0) == 10.0
    assert LocateBook(NullLocate()).need("gme", GME, day, 500, 20.0) == 0.0
    with pytest.raises(InvalidInputError, match="per_share=-1"):
        LocateFee(-1)
