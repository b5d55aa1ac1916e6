"""The common workload on the engine, against the reference that knows no host."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from shortable.errors import InvalidInputError
from shortable.testing.hosts import engine
from shortable.testing.reference import expected
from shortable.testing.workload import KINDS, make_workload


@pytest.mark.parametrize("kind", KINDS)
def test_the_engine_gives_what_the_rules_say(kind):
    work = make_workload(kind, sessions=120, symbols=9)
    outcome, rules = engine.run(work), expected(work)
    assert outcome.refused == rules.refused
    assert (outcome.orders, outcome.filled) == (rules.orders, rules.filled)
    assert outcome.total_fee == pytest.approx(rules.total_fee, abs=0.005)
    assert 0 < len(outcome.refused) < outcome.orders
    assert outcome.total_fee > 0


def test_kinds_differ_and_repeat():
    first, second = (expected(make_workload("intraday", sessions=60, symbols=5)) for _ in range(2))
    assert first == second
    assert (
        len({len(expected(make_workload(kind, sessions=60, symbols=5)).refused) for kind in KINDS})
        > 1
    )


def test_when_an_intraday_table_is_looked_up_matters():
    """Else the kind would not tell a host that asks at the wrong time."""
    import dataclasses

    work = make_workload("intraday", sessions=60, symbols=5)
    assert expected(work).refused != expected(dataclasses.replace(work, look_up="open")).refused


def test_one_line_of_json():
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "shortable.testing.workload",
            "engine",
            "--json",
            "--sessions",
            "40",
            "--symbols",
            "3",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    assert set(json.loads(line)) == {"orders", "refused", "filled", "total_fee"}


@pytest.mark.parametrize("arguments", [["engine", "--sessions", "3"], ["quantopian"]])
def test_misuse_is_exit_code_2_without_a_traceback(arguments):
    done = subprocess.run(
        [sys.executable, "-m", "shortable.testing.workload", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_unknown_kind():
    with pytest.raises(InvalidInputError, match="kind"):
        make_workload("weekly")
