"""`Result`: lazy tables, copies, pickles, and how it shows itself. Its figures are in tests/engine/test_result.py."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pandas as pd
import pytest

from shortable.errors import InvalidInputError
from shortable.results import TABLES, Result, RunInfo
from shortable.results.schema import empty

from ..engine.scenario import Shares, flat, play
from ..plots.runs import run

INFO = RunInfo("Mine", "by hand", "2024-01-02", "USD", 100.0, limited=False)


def test_tables_are_made_when_they_are_looked_at_and_once() -> None:
    made = []

    def fills() -> pd.DataFrame:
        made.append("fills")
        return empty("fills")

    result = Result({"fills": fills}, INFO)
    assert made == []
    assert result.fills is result.table("fills")
    assert made == ["fills"]
    assert (result.has_table("fills"), result.has_table("orders")) == (True, False)


def test_s6_an_unknown_table_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="tables='rejections' must be among orders, fills"):
        Result({"rejections": empty("refusals")}, INFO)
    with pytest.raises(InvalidInputError, match="name='rejections' must be one of orders"):
        Result({}, INFO).table("rejections")


def same(one: Result, other: Result) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(one.table(name), other.table(name))
    assert one.summary() == other.summary()


@pytest.mark.parametrize("of", [copy.copy, copy.deepcopy, lambda r: pickle.loads(pickle.dumps(r))])
def test_copies_have_the_same_tables_and_no_algorithm(of: Any) -> None:
    result = run(3)
    again = of(result)
    assert (type(again), again.algorithm) == (Result, None)
    assert result.algorithm is not None
    same(again, result)
    same(of(again), result)  # a copy can be copied


def _three(_: int) -> Result:
    return run(3)


@pytest.mark.slow
def test_results_come_back_from_other_processes() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        same(next(iter(pool.map(_three, [0]))), run(3))


def test_a_notebook_shows_headline_figures_and_first_refusals() -> None:
    result = run(200)
    html = result._repr_html_()
    assert result.summary()["headline"] in html
    assert f"and {len(result.refusals) - 5:,} more" in html
    assert html.count("<tr") == 6  # the header and five refusals
    assert "S000" in html


def test_a_notebook_shows_a_run_of_nothing_and_escapes_names() -> None:
    html = Result({}, RunInfo("<b>", "x", "", "USD", 1.0, limited=False))._repr_html_()
    assert "&lt;b&gt;" in html
    assert "Shorts were not limited" in html


def test_a_run_without_a_provider_says_so() -> None:
    for result in (run(3, limited=False), play(flat(2), {})):
        assert repr(result).endswith("shorts not limited>")
        assert str(result.summary()).startswith("Shorts were not limited")
    assert "not limited" not in repr(play(flat(2), {}, provider=Shares(5)))


def test_assumptions_name_every_model() -> None:
    rows = dict(run(3).assumptions.to_numpy().tolist())
    assert rows["on_exceed"] == "reject"
    assert rows["borrow_fee_convention"] == "FeeOnMarketValue(day_count=360)"
    assert {"engine", "prices", "availability", "look_up", "commission_model"} <= set(rows)
    assert "opening_book" not in rows
