"""Recalls by hand and against a slow model; the hazard is seeded, fitted interval-censored, and the data's."""

from __future__ import annotations

import math
from datetime import date, timedelta
from fractions import Fraction
from functools import reduce
from operator import or_

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
    ForcedCovers,
    HazardTable,
    LentPosition,
    NullRecall,
    Recall,
    RecallBook,
    RecallHazard,
    RecallModel,
    RecallOnShortfall,
    RecallTerms,
)
from shortable.recall.fit import fit_hazards, hazard_of, pairs_of_snapshots

GME = Symbol.create("GME")
DAYS = [day.date() for day in pd.bdate_range("2024-01-02", periods=40)]


def lent(day, short, available, fee=0.1):
    """Return GME as its lender sees it."""
    return LentPosition(GME, day, short, available, fee)


def story(model, shorts, available, fee=0.1):
    """Return by session what happened, as (kind, shares)."""
    book = RecallBook(model)
    found = []
    for day, short, shares in zip(DAYS, shorts, available, strict=False):
        events = book.session("gme", lent(day, short, shares, fee))
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
    assert book.session("gme", lent(DAYS[0], 500, 400)) == [Recall("gme", DAYS[0], 100, 1)]
    events = book.session("gme", lent(DAYS[1], 500, 350))
    assert events == [BuyIn("gme", DAYS[1], 100, "close", 0.02), Recall("gme", DAYS[1], 50, 1)]
    # The buy-in has brought the short to 400; the 50 recalled on that day are still due.
    assert book.session("gme", lent(DAYS[2], 400, 350)) == [
        BuyIn("gme", DAYS[2], 50, "close", 0.02)
    ]
    book.session("gme", lent(DAYS[3], 350, 300))
    book.restate("gme", Fraction(2))
    assert book.outstanding("gme") == 100


GOES = pd.DataFrame({"symbol": ["GME"], "date": ["2024-01-04"], "until": ["2024-01-10"]})


def test_s27_two_models_recall_by_their_own_terms_and_a_cover_returns_what_is_due_first() -> None:
    # Sessions: Tue 2, Wed 3, Thu 4, Fri 5, Mon 8 January 2024; 500 short, 300 left.
    # The 2nd: 200 are missing, due four sessions later, on the 8th.
    # The 3rd, a business day before the last day, the 4th: the other 300, bought in on the 5th.
    # 100 covered on the 3rd are of those 300, as the 5th comes first though the 200 were recalled before them.
    shortfall = RecallOnShortfall(1, RecallTerms(due_after=4, at="close", penalty=0.01))
    book = RecallBook(shortfall | ForcedCovers(GOES, ["GME"], notice=1, penalty=0.05))
    last = date(2024, 1, 4)
    found = [
        book.session("gme", lent(day, short, 300))
        for day, short in zip(DAYS, (500, 500, 400, 400, 200, 0), strict=False)
    ]
    assert found == [
        [Recall("gme", DAYS[0], 200, 4)],
        [Recall("gme", DAYS[1], 300, None, last)],
        [],
        [BuyIn("gme", DAYS[3], 200, "open", 0.05, last)],
        [BuyIn("gme", DAYS[4], 200, "close", 0.01)],
        [],
    ]


def test_s27_each_model_counts_its_own_sessions_below() -> None:
    # 500 short, 400 left. The one model recalls the 100 in the second session, so that nothing is missing for the other,
    # whose row is broken. With 350 left of 400 both begin anew, and the one recalls 50 in the second session.
    soon, late = (RecallOnShortfall(n, RecallTerms(due_after=9)) for n in (2, 3))
    available = [400, 400, 400, 350, 350]
    assert story(soon | late, [500] * 5, available) == [
        [], [("Recall", 100)], [], [], [("Recall", 50)],
    ]  # fmt: skip
    # Asked first, the other has counted two sessions by then; the third, in which nothing is missing, breaks its row.
    assert story(late | soon, [500] * 5, available) == story(soon | late, [500] * 5, available)
    assert story(late, [500] * 3, available) == [[], [], [("Recall", 100)]]


def test_nulls_drop_out_of_what_is_combined() -> None:
    one, other = RecallOnShortfall(1), RecallHazard(1)
    assert NullRecall() | one is one
    assert one | NullRecall() is one
    assert NullRecall() | NullRecall() == NullRecall()
    assert (one | (other | NullRecall())).models() == (one, other)
    assert repr(one | other) == f"{one!r} | {other!r}"


MODELS = st.sampled_from(
    [
        RecallOnShortfall(1, RecallTerms(1)),
        RecallOnShortfall(2, RecallTerms(4, "close", 0.1)),
        RecallHazard(3, HazardTable((), (), ((0.3,),), "made up"), terms=RecallTerms(2)),
        ForcedCovers(GOES.assign(date="2024-01-12", until="2024-01-19"), ["GME"], notice=3),
    ]
)
SHORTS = st.lists(
    st.tuples(st.integers(0, 300), st.none() | st.integers(0, 300)), min_size=1, max_size=30
)


@given(SHORTS, st.lists(MODELS, min_size=1, max_size=3))
def test_s27_no_share_is_recalled_twice_and_each_is_covered_or_bought_in_by_its_terms(
    rows: list[tuple[int, int | None]], models: list[RecallModel]
) -> None:
    book = RecallBook(reduce(or_, models, NullRecall()))
    terms = {(model.terms.at, model.terms.penalty) for model in models}
    recalled = bought = covered = before = 0.0
    for day, (short, available) in zip(DAYS, rows, strict=False):
        covered += min(max(before - short, 0), book.outstanding("gme"))
        events = book.session("gme", lent(day, short, available))
        buy_ins = [event for event in events if isinstance(event, BuyIn)]
        assert {(event.at, event.penalty) for event in buy_ins} <= terms
        recalled += sum(event.shares for event in events if isinstance(event, Recall))
        bought += sum(event.shares for event in buy_ins)
        before = short - sum(event.shares for event in buy_ins)
        assert 0 <= book.outstanding("gme") <= max(before, 0)
    assert recalled == pytest.approx(bought + covered + book.outstanding("gme"))


@given(SHORTS, MODELS, st.booleans())
def test_s27_beside_a_model_that_recalls_nothing_a_model_does_what_it_does_alone(
    rows: list[tuple[int, int | None]], model: RecallModel, first: bool
) -> None:
    silent = RecallHazard(1, recalled_share=0.0)
    both = silent | model if first else model | silent
    assert story(both, *zip(*rows, strict=True)) == story(model, *zip(*rows, strict=True))


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
        events = book.session("gme", lent(day, short, available))
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
        assert book.session("gme", lent(day, short, available)) == []


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
    hits = sum(RecallHazard(1, table).recalled(lent(day, 100, 500)) > 0 for day in many)
    assert hits / len(many) == pytest.approx(1 - math.exp(-0.07), abs=0.006)
    assert RecallHazard(1, table, recalled_share=0.0).recalled(lent(DAYS[0], 100, 5)) == 0
    assert RecallHazard(1, table).recalled(lent(DAYS[0], 100, None)) == 0


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
