"""Tasks over any executor, as they end; one whose worker dies is tried again on another."""

from __future__ import annotations

import multiprocessing
import os
import pickle  # nosec B403  # written here to measure and to send, and read by nobody here
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from functools import partial
from typing import NamedTuple, ParamSpec, TypeVar

from shortable.errors import InvalidInputError, SweepError

__all__ = ["PASSING", "TRIES", "Died", "Here", "attempts", "executor_for", "processes"]

_Task = TypeVar("_Task")
_Answer = TypeVar("_Answer")
_Given = ParamSpec("_Given")

TRIES = 3
"""How often a task is begun at most."""
PASSING = (OSError, MemoryError)
"""Errors that another worker, or another moment, may not have."""
_LARGEST = 1 << 20
"""Bytes that may be sent to a worker with each task: a function and its settings, not data."""


class Died(NamedTuple):
    """What is known of a task that no worker lived to answer."""

    tries: int
    """How often it was begun."""
    error: BaseException
    """The executor's message the last time."""


class Here(Executor):
    """Does each task at once, in this process."""

    def submit(
        self, fn: Callable[_Given, _Answer], /, *args: _Given.args, **kwargs: _Given.kwargs
    ) -> Future[_Answer]:
        """Do it now."""
        future: Future[_Answer] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def processes(workers: int, preload: Sequence[str] = ()) -> ProcessPoolExecutor:
    """Return worker processes that begin empty, so that all platforms do the same.

    Parameters
    ----------
    workers : int
        At least 1.
    preload : sequence of str
        Modules that all of them need; where there is a fork server, it imports them once.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods() or sys.platform == "darwin":
        return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
    # A fork server that runs already would hand on the environment in which it was started.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", *preload])
    return ProcessPoolExecutor(workers, context, _take_environment, (dict(os.environ),))


def _take_environment(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)


def executor_for(
    name: str,
    work: Callable[..., object],
    executor: Executor | Callable[[], Executor] | None,
    workers: int | None,
) -> tuple[Executor | Callable[[], Executor], int | None]:
    """Return what does the work, as `attempts` takes it, and how many tasks it is given at a time.

    Parameters
    ----------
    name : str
        The user's name of `work`, for messages.
    work : callable
        The user's function, which is sent to workers.
    executor : Executor or callable or None
        The user's own, or processes on this machine.
    workers : int or None
        How many of these; None for one a core, and 1 for none: the work is done here.

    Raises
    ------
    InvalidInputError
        Both are given, one is not of its kind, or the function cannot be sent to a worker, or carries data with it.
    """
    if workers is not None and (not isinstance(workers, int) or workers < 1):
        raise InvalidInputError("workers", workers, "be a whole number, at least 1")
    if executor is not None:
        if workers is not None:
            raise InvalidInputError("workers", workers, "be left out where an executor is given")
        _check_size(name, work)
        if not isinstance(executor, Executor) and not callable(executor):
            raise InvalidInputError(
                "executor",
                executor,
                "be a concurrent.futures.Executor, or a function that makes one",
            )
        return executor, None
    workers = workers or os.cpu_count() or 1
    if workers == 1:
        return Here(), 1
    try:
        sent = pickle.dumps(work)
    except Exception as error:
        sent = b""
        why = str(error)
    else:
        why = "it stands in a notebook or a shell"
    interactive = not hasattr(sys.modules["__main__"], "__file__")
    if not sent or (interactive and b"__main__" in sent):
        raise InvalidInputError(
            name,
            work,
            f"be known to worker processes by its name ({why})",
            "Put it into a file; or workers=1.",
        )
    _check_size(name, work)
    # One more than there are workers waits at hand, so that none of them stands idle.
    return partial(processes, workers, ("shortable.research", "shortable.engine")), workers + 1


def _check_size(name: str, work: Callable[..., object]) -> None:
    try:
        size = len(pickle.dumps(work))
    except Exception:  # a cluster may send what pickle cannot
        return
    if size > _LARGEST:
        raise InvalidInputError(
            name,
            f"{size:,} bytes",
            f"be at most {_LARGEST:,} bytes when it is sent to a worker",
            "Let it open its data itself: workers share a store, and do not receive it.",
        )


def attempts(
    work: Callable[[_Task, int], _Answer],
    tasks: Sequence[_Task],
    executor: Executor | Callable[[], Executor],
    *,
    at_once: int | None,
    tries: int,
    again: Callable[[_Answer], bool],
) -> Iterator[tuple[_Task, _Answer | Died]]:
    """Yield each task and its answer, in the order in which they end.

    Parameters
    ----------
    work : callable
        Called with a task and the number of the try, from 1. What it raises counts as the death of its worker.
    tasks : sequence
    executor : Executor or callable
        A callable makes an executor, and a new one when that breaks: a pool of processes ends with the first of them
        that is killed. An executor that is given is used as it is, and left open.
    at_once : int or None
        Tasks that the executor has at a time; None for all.
    tries : int
        How often a task is begun at most; at least 2. The last time nothing else runs beside it.
    again : callable
        Whether an answer is worth another try.

    Raises
    ------
    SweepError
        An executor that was given broke.
    """
    waiting = deque((task, 1) for task in tasks)
    while waiting:
        pool = executor if isinstance(executor, Executor) else executor()
        running: dict[Future[_Answer], tuple[_Task, int]] = {}
        begun = broken = False
        try:
            while running or (waiting and not broken):
                while waiting and not broken and _room(waiting[0][1], running, at_once, tries):
                    task, number = waiting.popleft()
                    try:
                        running[pool.submit(work, task, number)] = task, number
                    except BrokenExecutor:
                        if not begun:
                            raise
                        waiting.appendleft((task, number))
                        broken = True
                    begun = True
                for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                    task, number = running.pop(future)
                    error = future.exception()
                    broken = broken or isinstance(error, BrokenExecutor)
                    if number < tries and (error is not None or again(future.result())):
                        waiting.append((task, number + 1))
                    else:
                        yield task, future.result() if error is None else Died(number, error)
        finally:
            for future in running:
                future.cancel()
            if pool is not executor:
                pool.shutdown(cancel_futures=True)
        if broken and pool is executor and waiting:
            raise SweepError(
                "a worker died, and with it the executor that was given; give a function that makes one, and what "
                "it was doing is tried again; a sweep that is called again does what is missing"
            )


def _room(
    number: int,
    running: Mapping[Future[_Answer], tuple[_Task, int]],
    at_once: int | None,
    tries: int,
) -> bool:
    """Return whether a task may be begun now, at its try of that number.

    A pool that breaks does not say which of its tasks broke it. So the last try is made alone: what dies then is to blame.
    """
    if number == tries or any(other == tries for _, other in running.values()):
        return not running
    return at_once is None or len(running) < at_once
