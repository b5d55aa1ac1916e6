"""The benchmark's own parts, as far as they need no environment of a peer's."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from shortable import LocalDiskShortableProvider
from shortable.store import append
from tests.benchmarks import engine_w1, parse_rows, stores, w1
from tests.benchmarks.answers import WrongAnswerError, agree
from tests.benchmarks.change_model import BUCKETS, FLOOR, snapshots
from tests.benchmarks.markets import QUICK_DAILY, QUICK_MONTH, history, tickers
from tests.benchmarks.reference import Outcome, simulate
from tests.benchmarks.report import Row, to_json, to_table
from tests.benchmarks.timing import interleaved


@pytest.fixture
def small_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SHORTABLE_BENCH_CACHE", str(tmp_path))
    history.cache_clear()
    yield tmp_path
    history.cache_clear()


def changes(first, second, absent=-1):
    both = (first != absent) & (second != absent)
    return (first != second)[both].mean()


def test_w1_has_the_size_that_the_issue_gives():
    workload = w1.make()
    assert workload.close.shape == (2_520, 50)  # 126,000 bars
    assert set(np.unique(workload.availability)) == {0, 50, 150, 10_000}
    assert (workload.low <= np.minimum(workload.open, workload.close)).all()
    assert (workload.high >= np.maximum(workload.open, workload.close)).all()
    assert workload.close.min() > 1


def test_w1_is_the_same_for_the_same_seed_only():
    assert w1.make(60, 4).digest() == w1.make(60, 4).digest()
    assert w1.make(60, 4).digest() != w1.make(60, 4, seed=1).digest()


def test_w1_file_gives_back_what_was_saved(tmp_path):
    workload = w1.make(60, 4)
    loaded = np.load(workload.save(tmp_path))
    assert loaded["symbols"].tolist() == workload.symbols
    np.testing.assert_array_equal(loaded["fee_rate"], workload.fee_rate)
    np.testing.assert_array_equal(loaded["dates"].astype("datetime64[D]"), workload.dates)


def test_w1_refuses_a_tenth_of_about_25_000_orders():
    outcome = simulate(w1.make())
    assert 22_000 <= outcome.orders <= 26_000
    assert 0.08 <= outcome.refused / outcome.orders <= 0.12
    assert outcome.filled == outcome.orders - outcome.refused
    assert outcome.fees > 0


def flat(available):
    """One symbol, 17 sessions from Thursday 2014-01-02, close 36 dollars, fee 10 % a year."""
    shape = (17, 1)
    return replace(
        w1.make(17, 1),
        close=np.full(shape, 36.0),
        fee_rate=np.full(shape, 0.10),
        availability=np.full(shape, available),
    )


def test_reference_by_hand():
    # Symbol 0 is shorted after bar 10, filled at the open of bar 11 (Friday 2014-01-17), covered after bar 15 and
    # filled at the open of bar 16 (Friday 2014-01-24): 7 nights x 100 shares x 36 x 0.10 / 360 = 7 dollars.
    # The cover that would be due after bar 5 meets no position and is not sent.
    outcome = simulate(flat(100))
    assert (outcome.orders, outcome.refused, outcome.filled) == (2, 0, 2)
    assert outcome.fees == pytest.approx(7.0)


def test_reference_refuses_at_one_share_less():
    assert simulate(flat(99)) == Outcome(orders=1, refused=1, filled=0, fees=0.0)


def test_snapshots_change_as_the_real_ones_do():
    taken = list(snapshots(20_000, 24, seed=3, absences=True))
    pairs = list(pairwise(taken))
    assert np.mean([changes(a.quantity, b.quantity) for a, b in pairs]) == pytest.approx(
        0.36, abs=0.01
    )
    assert np.mean([changes(a.fee, b.fee) for a, b in pairs]) == pytest.approx(0.38, abs=0.01)
    absent = np.mean([(s.quantity < 0).mean() for s in taken])
    assert absent == pytest.approx(0.07, abs=0.01)
    ever = np.any([s.quantity < 0 for s in taken], axis=0).mean()
    assert 0.15 <= ever <= 0.22  # a fifth of all symbols


def test_quantities_stand_in_buckets_and_reach_the_floor():
    taken = list(snapshots(5_000, 5, seed=3, absences=False))
    seen = np.unique(np.concatenate([s.quantity for s in taken]))
    assert np.isin(seen, BUCKETS).all()
    assert seen[-1] == FLOOR
    assert seen[0] > 0


def test_history_is_deterministic_and_complete(small_cache, tmp_path_factory, monkeypatch):
    first = {shape.name: np.array(history(shape).quantity) for shape in (QUICK_DAILY, QUICK_MONTH)}
    history.cache_clear()
    monkeypatch.setenv("SHORTABLE_BENCH_CACHE", str(tmp_path_factory.mktemp("other")))
    for shape in (QUICK_DAILY, QUICK_MONTH):
        again = history(shape)
        np.testing.assert_array_equal(first[shape.name], again.quantity)
        assert again.quantity.shape == (shape.symbols, shape.snapshots)
        assert (np.diff(again.instants) > 0).all()
        assert [str(symbol) for symbol in again.symbols] == sorted(set(tickers(shape.symbols)))
    assert (first[QUICK_DAILY.name] > 0).all()
    assert (first[QUICK_MONTH.name] < 0).any()


def test_daily_instants_follow_the_clock_of_new_york(small_cache):
    h = history(QUICK_DAILY)
    march = [i for i, day in enumerate(h.local) if (day.month, day.day) in ((3, 11), (3, 14))]
    # clocks went forward on Sunday 2016-03-13: midnight is 05:00 UTC on the Friday before, 04:00 on the Monday after
    hours = [int(h.instants[i] // 3_600_000_000 % 24) for i in march]
    assert hours == [5, 4]


def test_interleaved_runs_take_turns():
    order = []
    times = interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 2)
    assert order == ["a", "b", "a", "b", "b", "a"]
    assert [len(values) for values in times.values()] == [2, 2]


def test_row_takes_the_loop_off_both_and_shows_the_minima():
    # medians: (5 - 1) / 2 = 2 against (3 - 1) / 2 = 1; minima: (4 - 1) / (2 - 1) = 3
    row = Row.of("x", [4.0, 5.0, 9.0], [2.0, 3.0, 8.0], 4.0, loop=[1.0, 1.0, 1.0], per=2)
    assert (row.ours, row.baseline, row.ratio) == (2.0, 1.0, 2.0)
    assert row.extra["ratio_of_minima"] == 3.0


def test_report_says_what_is_met():
    rows = [Row("x / y", 3.0, 1.0, 4.0), Row("p / q", 5.0, 1.0, 4.0), Row("r / s", 5.0, 1.0, None)]
    parsed = json.loads(to_json(rows))
    assert [(row["name"], row["ratio"], row["target"], row["met"]) for row in parsed] == [
        ("x / y", 3.0, 4.0, True),
        ("p / q", 5.0, 4.0, False),
        ("r / s", 5.0, None, None),
    ]
    table = to_table(rows).splitlines()
    assert table[1].endswith("met")
    assert table[2].endswith("MISSED")


def test_a_ratio_too_good_to_be_true_is_not_met():
    row = Row.of("check / null", [0.3, 0.3], [1.1, 1.1], 1.1, plausible=0.9)
    assert (row.met, row.suspect) == (False, True)
    assert to_table([row]).endswith("SUSPECT")
    assert Row.of("check / null", [1.05], [1.0], 1.1, plausible=0.9).met is True


def test_the_engine_comes_to_the_counts_and_fees_of_the_reference():
    workload = w1.make(252, 10)
    expected = simulate(workload)
    data = engine_w1.MarketData.from_frames(workload.frames())
    result = engine_w1.Backtest(
        engine_w1.algorithm(workload, engine_w1.limited(workload)), data=data
    ).run()
    counts = engine_w1.outcome(result)
    assert (counts["orders"], counts["refused"], counts["filled"]) == (
        expected.orders,
        expected.refused,
        expected.filled,
    )
    assert counts["refused"] > 0
    assert counts["fees"] == pytest.approx(expected.fees, abs=0.005)


def test_a_written_store_answers_as_the_history_does(small_cache, tmp_path):
    h = history(QUICK_MONTH)
    append("month-quick", stores.Stream(h), data_folder=tmp_path)
    provider = LocalDiskShortableProvider("month-quick", data_folder=tmp_path)
    for row in (0, 17, 599):
        answers = [provider.shortable_quantity(h.symbols[row], time) for time in h.local]
        assert answers == np.maximum(h.quantity[row], 0).tolist()


def test_a_made_up_vendor_file_is_parsed_without_rejects():
    parsed = parse_rows.parse_file(parse_rows.made_up_file(500))
    assert parsed.rows_read > 400
    assert not parsed.rejects
    assert parse_rows.bare(parse_rows.made_up_file(500)).num_rows == parsed.rows_read


def test_wrong_answers_are_not_timed():
    with pytest.raises(WrongAnswerError, match="look-up: 1 is not the baseline's 2"):
        agree("look-up", 1, 2)
