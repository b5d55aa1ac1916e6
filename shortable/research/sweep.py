"""Sweeps: one run for each point of a grid of parameters, over any executor, kept as one dataset that can be gone on with."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from shortable.arguments import check_kind, mapping_of, path_of
from shortable.errors import InvalidInputError
from shortable.research.attempts import PASSING, TRIES, Died, attempts, executor_for
from shortable.results import TABLES, Result, compare
from shortable.results.runs import (
    RUNS,
    SWEEP,
    Value,
    finished_runs,
    read_sweep,
    row_of,
    table_of,
    write_part,
)

__all__ = ["Run", "sweep"]

Run = Callable[[Mapping[str, Value]], Result]
"""Makes the run of one point: its parameters in, a result out."""
Progress = Callable[[int, int], None]


def sweep(
    run: Run,
    grid: Mapping[str, Sequence[Value]],
    folder: str | Path,
    *,
    executor: Executor | Callable[[], Executor] | None = None,
    workers: int | None = None,
    tables: Sequence[str] = (),
    identity: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Run every point of a grid of parameters, and keep what came of each in a folder.

    Which engine makes a run is the function's affair: a `Backtest` of `shortable.engine`, `shortable.lean.run_algorithm`,
    or a host's adapter. A worker process calls it, and there it opens its store and prices itself; nothing but the
    function and the parameters is sent to it.

    A sweep that was stopped goes on when the same call is made again: what is done stays, what failed is tried once more.
    The folder's bytes do not depend on the executor, nor on the order in which the runs end.

    Parameters
    ----------
    run : callable
        Called with a point's parameters by name; returns a `Result`. Worker processes import it by its name, so it
        stands in a module, and not in a notebook's cell. What it needs again and again it may keep
        (`functools.cache`); what one run changes, the next must not see.
    grid : mapping of str to sequence
        Values by parameter: whole numbers, floats, texts or flags, of one kind each. All combinations are run, the last
        parameter's values taking turns fastest.
    folder : str or Path
        New, or of a sweep that has been stopped; its parent must exist. It holds ``sweep.json``, the dataset ``runs``
        (a Parquet file for each run) and one for each of `tables`.
    executor : Executor or callable, optional
        A ``concurrent.futures.Executor`` of any kind, such as ``Client(...).get_executor()`` of a Dask cluster, which is left open;
        or a function that makes one, and a new one when a dead worker has broken it. Default: processes on this machine.
    workers : int, optional
        Processes, at least 1; with 1, the runs are made in this one. Default: one a core.
    tables : sequence of str
        Tables of each result that are kept beside its figures, by the names of `shortable.results.TABLES`.
    identity : mapping of str to str, optional
        What else the results rest on, such as a version of the data: a stopped sweep goes on only where it is the same.
    progress : callable, optional
        Called with runs ended and runs in all, at the start and after each.

    Returns
    -------
    DataFrame
        `shortable.results.compare` of the folder.

    Raises
    ------
    InvalidInputError
        The grid is empty or mixed, the folder holds something else, or another sweep than this one, or `run` cannot be
        sent to a worker.
    SweepError
        The executor that was given broke.

    Notes
    -----
    A run that raises is kept as failed, with what it raised; so is one that ended its worker three times (one that was
    killed for want of memory, say), the third time with nothing beside it. Errors of files and networks are passing
    ones, and tried again as well.

    Examples
    --------
    >>> from shortable.engine import Backtest, MarketData
    >>> from shortable.examples.fade_the_pump import FadeThePump
    >>> def fade(parameters):
    ...     return Backtest(FadeThePump, MarketData.sample(), cash=parameters["cash"]).run()
    >>> found = sweep(fade, {"cash": [50_000, 100_000]}, getfixture("tmp_path") / "fade", workers=1)
    >>> (found["refused_for_availability"] > 0).to_dict()
    {50000: True, 100000: True}
    """
    if progress is not None and not callable(progress):
        raise InvalidInputError("progress", progress, "be a function of two numbers")
    check_kind("tables", tables, Sequence, "be a sequence of names")
    points, what = _points(grid), _identity(run, grid, tables, mapping_of("identity", identity))
    if not callable(run):
        raise InvalidInputError("run", run, "be a function of a point's parameters")
    pool, at_once = executor_for("run", run, executor, workers)
    place = _opened(path_of("folder", folder), what)
    done = finished_runs(place)
    missing = [(n, point) for n, point in enumerate(points) if n not in done]
    report = progress or (lambda ended, total: None)
    ended = len(points) - len(missing)
    report(ended, len(points))
    work = partial(_run, run, tuple(tables))
    for (number, point), answer in attempts(
        work, missing, pool, at_once=at_once, tries=TRIES, again=_passing
    ):
        rows = _died(number, point, answer) if isinstance(answer, Died) else answer.rows
        for name in (*tables, RUNS):  # its row comes last: it says that the run is done
            if name in rows:
                write_part(place, name, number, rows[name])
        ended += 1
        report(ended, len(points))
    return compare(place)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a run."""

    rows: Mapping[str, pa.Table]
    """By dataset."""
    passing: bool = False
    """It failed for a reason that another try may not meet."""


def _run(
    run: Run, tables: tuple[str, ...], task: tuple[int, dict[str, Value]], _try: int
) -> _Answer:
    """Make one run; this is what a worker does. `_try` tells a scheduler that this is not what it knows already."""
    number, parameters = task
    try:
        result = run(dict(parameters))
        if not isinstance(result, Result):
            raise InvalidInputError("run", type(result).__name__, "return a Result")
        rows = {name: table_of(number, name, result) for name in tables}
        return _Answer(rows | {RUNS: row_of(number, parameters, result)})
    except (Exception, SystemExit) as error:
        notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
        text = f"{type(error).__name__}: {error}{notes}"
        row = row_of(number, parameters, None, text)
        return _Answer({RUNS: row}, passing=isinstance(error, PASSING))


def _passing(answer: _Answer) -> bool:
    return answer.passing


def _died(number: int, parameters: Mapping[str, Value], died: Died) -> dict[str, pa.Table]:
    text = f"ended its worker {died.tries} times ({type(died.error).__name__}: {died.error})"
    return {RUNS: row_of(number, parameters, None, text)}


def _points(grid: Mapping[str, Sequence[Value]]) -> list[dict[str, Value]]:
    if not isinstance(grid, Mapping) or not grid:
        raise InvalidInputError("grid", grid, "name at least one parameter and its values")
    axes = {name: _values(name, values) for name, values in grid.items()}
    return [dict(zip(axes, point, strict=True)) for point in itertools.product(*axes.values())]


def _values(name: str, given: Sequence[Value]) -> list[Value]:
    """Return a parameter's values as plain ones of one kind."""
    if not isinstance(name, str) or not name:
        raise InvalidInputError("grid", name, "name parameters with text")
    where = f"grid[{name!r}]"
    if isinstance(given, str) or not hasattr(given, "__iter__"):
        raise InvalidInputError(where, given, "be a sequence of values")
    values = [_plain(value) for value in given]
    kinds = {bool if isinstance(v, bool) else type(v) for v in values}
    if kinds == {int, float}:
        values, kinds = [float(v) for v in values], {float}
    if len(kinds) != 1 or not kinds <= {int, float, str, bool}:
        raise InvalidInputError(
            where, given, "hold values of one kind: whole numbers, floats, texts or flags"
        )
    if kinds == {float} and not all(isinstance(v, float) and math.isfinite(v) for v in values):
        raise InvalidInputError(where, given, "be finite")
    if len(set(values)) < len(values):
        raise InvalidInputError(where, given, "hold each value once")
    return values


def _plain(value: Value | np.generic) -> Value:
    """Return a value without NumPy's wrapping."""
    plain: Value = value.item() if isinstance(value, np.generic) else value
    return plain


def _identity(
    run: Run,
    grid: Mapping[str, Sequence[Value]],
    tables: Sequence[str],
    given: Mapping[str, str] | None,
) -> dict[str, object]:
    """Return what the sweep is of, as ``sweep.json`` says it."""
    if isinstance(tables, str) or not set(tables) <= set(TABLES):
        raise InvalidInputError("tables", tables, f"be among {', '.join(TABLES)}")
    function = run.func if isinstance(run, partial) else run
    name = getattr(function, "__qualname__", type(function).__name__)
    return {
        "grid": {name: _values(name, values) for name, values in grid.items()},
        "tables": list(tables),
        "run": f"{getattr(function, '__module__', '')}.{name}",
        "identity": {str(key): str(value) for key, value in (given or {}).items()},
    }


def _opened(folder: Path, what: Mapping[str, object]) -> Path:
    """Return the sweep's folder, made if need be; one that holds something else is refused."""
    if not folder.absolute().parent.is_dir():
        raise InvalidInputError("folder", str(folder), "be inside a folder that exists")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        known = read_sweep(folder)
        other = [key for key in what if known.get(key) != what[key]]
        if other:
            differences = "; ".join(
                f"{key}: {known.get(key)} there, {what[key]} here" for key in other
            )
            raise InvalidInputError(
                "folder", str(folder), f"hold the same sweep ({differences})", "Take a new folder."
            )
        return folder
    folder.mkdir(exist_ok=True)
    made = folder / f".{SWEEP}"
    made.write_text(
        json.dumps(what, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n"
    )
    made.replace(folder / SWEEP)
    return folder
