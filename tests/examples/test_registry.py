"""The registry: what can be run by name."""

from __future__ import annotations

import pkgutil

import pytest

import shortable.examples
from shortable.engine import Algorithm, Backtest
from shortable.examples import EXAMPLES


def test_every_strategy_file_is_registered_under_its_name() -> None:
    files = {m.name for m in pkgutil.iter_modules(shortable.examples.__path__)} - {"registry"}
    assert files == set(EXAMPLES)
    for name, example in EXAMPLES.items():
        assert example.name == name
        assert (example.algorithm is None) == (example.lean_file is not None)
        if example.algorithm is None:
            assert (example.lean_file.stem, example.lean_file.is_file()) == (name, True)
        else:
            assert example.algorithm.__module__ == f"shortable.examples.{name}"
            assert issubclass(example.algorithm, Algorithm)
        assert 10 < len(example.title) < 100


@pytest.mark.parametrize(
    "name", [name for name, example in EXAMPLES.items() if example.lean_file is None]
)
def test_s10_every_example_runs_on_the_sample_twice_the_same(name: str) -> None:
    """S10: the same inputs give the same result to the last bit."""
    example = EXAMPLES[name]
    results = [Backtest(example.algorithm, example.data()).run() for _ in range(2)]
    assert results[0].summary() == results[1].summary()
    assert results[0].equity.equals(results[1].equity)
    assert len(results[0].refusals) > 0
    assert len(results[0].fills) > 0
    assert results[0].summary()["prices"].startswith("made-up sample data")
