"""Tasks over executors: each is answered once, and what kills its worker is found out by making it alone."""

from __future__ import annotations

import os
import threading
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.research.attempts import Died, Here, attempts, processes


class Fragile(Executor):
    """Breaks, with all that it has, as soon as it has a killer; else answers the oldest of two or more that it has."""

    def __init__(self) -> None:
        self.held: list[tuple[Future[Any], Any]] = []
        self.broken = False

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self.broken:
            raise BrokenExecutor("broken")
        future: Future[Any] = Future()
        self.held.append((future, lambda: fn(*args, **kwargs)))
        threading.Timer(0.001, self._work).start()
        return future

    def _work(self) -> None:
        held, self.held = self.held, []
        for at, (future, do) in enumerate(held):
            try:
                future.set_result(do())
            except SystemExit:
                self.broken = True
                for other, _ in held[at:]:
                    other.set_exception(BrokenExecutor("broken"))
                return


@given(
    killers=st.sets(st.integers(0, 7)),
    at_once=st.sampled_from([1, 3, None]),
    tries=st.integers(2, 4),
)
def test_killers_die_and_all_others_are_answered(
    killers: set[int], at_once: int | None, tries: int
) -> None:
    begun: dict[int, int] = {}

    def work(task: int, number: int) -> int:
        begun[task] = number
        if task in killers:
            raise SystemExit
        return task * task

    found = dict(
        attempts(work, range(8), Fragile, at_once=at_once, tries=tries, again=lambda answer: False)
    )
    assert {task for task, answer in found.items() if isinstance(answer, Died)} == killers
    assert all(found[task] == task * task for task in found.keys() - killers)
    assert all(begun[task] == tries for task in killers)
    assert found.keys() == set(range(8))


def test_an_answer_that_is_worth_another_try_gets_it_and_the_last_one_counts() -> None:
    for executor in (Here(), ThreadPoolExecutor(2)):
        with executor:
            found = dict(
                attempts(
                    lambda task, number: (task, number),
                    ["a", "b"],
                    executor,
                    at_once=None,
                    tries=3,
                    again=lambda answer: answer[0] == "b",
                )
            )
        assert found == {"a": ("a", 1), "b": ("b", 3)}


@pytest.mark.slow
def test_worker_processes_see_the_environment_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("first", "second"):  # the fork server runs already at the second
        monkeypatch.setenv("SHORTABLE_TEST_MARK", value)
        with processes(1) as pool:
            assert pool.submit(os.getenv, "SHORTABLE_TEST_MARK").result() == value


def test_no_more_than_asked_are_under_way() -> None:
    most = 0
    under_way: set[int] = set()
    lock = threading.Lock()

    def work(task: int, number: int) -> int:
        nonlocal most
        with lock:
            under_way.add(task)
            most = max(most, len(under_way))
        with lock:
            under_way.discard(task)
        return task

    with ThreadPoolExecutor(8) as pool:
        found = attempts(work, range(50), pool, at_once=2, tries=2, again=lambda answer: False)
        assert sorted(task for task, _ in found) == list(range(50))
    assert most <= 2
