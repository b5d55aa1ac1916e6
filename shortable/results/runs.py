"""The runs of a sweep, kept as one Parquet dataset: a row for each run, its parameters and its figures."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from shortable.arguments import path_of
from shortable.errors import InvalidInputError
from shortable.results import schema
from shortable.results.folder import storable
from shortable.results.result import Result

__all__ = [
    "FIGURES",
    "RUNS",
    "SWEEP",
    "Value",
    "compare",
    "finished_runs",
    "read_sweep",
    "row_of",
    "table_of",
    "write_part",
]

SWEEP = "sweep.json"
"""The file of a sweep's folder that says what was swept."""
RUNS = "runs"
"""The dataset with a row for each run."""
Value = int | float | str | bool
"""What a parameter may be."""
Status = Literal["done", "failed"]

_PREFIX = "param_"  # so that a parameter may have the name of a figure
_TEXTS = ("start", "end", "currency", "made_up", "headline")
_COUNTS = (
    "sessions",
    "orders",
    "filled",
    "refused_for_availability",
    "refused_without_data",
    "refused_otherwise",
    "updates_refused_for_availability",
    "canceled_on_recheck",
    "clipped_or_warned",
    "canceled",
    "open",
    "availability_checks",
    "checks_without_data",
    "nights_short",
    "nights_without_rate",
)
_AMOUNTS = (
    "start_equity",
    "end_equity",
    "net_profit",
    "net_profit_percent",
    "max_drawdown_percent",
    "commissions",
    "borrow_costs",
)
FIGURES: Mapping[str, pa.DataType] = {
    **dict.fromkeys(_AMOUNTS, pa.float64()),
    **dict.fromkeys(_COUNTS, pa.int64()),
    **dict.fromkeys(_TEXTS, pa.string()),
}
"""Figures of a run's summary that have a column of their own; a run without one has null there."""


def row_of(
    run: int, parameters: Mapping[str, Value], result: Result | None, error: str = ""
) -> pa.Table:
    """Return a run's row: its number, its parameters, whether it failed and why, its figures, its whole summary.

    Parameters
    ----------
    run : int
        From 0, in the order of the grid.
    parameters : mapping of str to int, float, str or bool
    result : Result or None
        None for a run that failed.
    error : str
        Why it failed.
    """
    summary: Mapping[str, Any] = {} if result is None else result.summary()
    status: Status = "failed" if result is None else "done"
    columns: dict[str, tuple[Value | None, pa.DataType]] = {"run": (run, pa.int64())}
    columns |= {_PREFIX + name: (value, _type(value)) for name, value in parameters.items()}
    columns |= {"status": (status, pa.string()), "error": (error, pa.string())}
    figures = {**summary, "made_up": ", ".join(summary["made_up"])} if summary else {}
    columns |= {name: (figures.get(name), kind) for name, kind in FIGURES.items()}
    text = json.dumps(summary, ensure_ascii=False) if summary else None
    columns["summary"] = (text, pa.string())
    arrays = [pa.array([value], kind) for value, kind in columns.values()]
    return pa.Table.from_arrays(arrays, names=list(columns))


def table_of(run: int, name: str, result: Result) -> pa.Table:
    """Return a table of a run's result, the number of the run in front, symbols and enumerations as text."""
    if name not in schema.TABLES:
        raise InvalidInputError("tables", name, f"be among {', '.join(schema.TABLES)}")
    frame = storable(result.table(name))
    frame = frame if frame.index.name is None else frame.reset_index()
    columns = {"run": pa.array([run] * len(frame), pa.int64())}
    for column in frame.columns:
        values = frame[column]
        # An empty column of texts does not tell what it would hold.
        kind = pa.string() if pd.api.types.is_string_dtype(values.dtype) else None
        columns[str(column)] = pa.array(values, kind, from_pandas=True)
    return pa.table(columns)


def write_part(folder: Path, dataset: str, run: int, table: pa.Table) -> None:
    """Write a run's rows of a dataset, whole or not at all; the same rows give the same bytes."""
    import pyarrow.parquet as pq

    path = _part(folder, dataset, run)
    path.parent.mkdir(exist_ok=True)
    made = path.with_name(f".{path.name}.tmp")
    pq.write_table(table, made, store_schema=False, write_statistics=False)
    made.replace(path)


def finished_runs(folder: Path) -> set[int]:
    """Return the numbers of the runs that are done; those that failed or cannot be read are not among them.

    Files that a stopped sweep left half written are removed.
    """
    for left in folder.glob("*/.run-*.tmp"):
        left.unlink(missing_ok=True)
    done = set()
    for path, table in _parts(folder, ["run", "status"]):
        if table is not None and table["status"].to_pylist() == ["done"]:
            (run,) = table["run"].to_pylist()
            if _part(folder, RUNS, run) == path:
                done.add(run)
    return done


def compare(folder: str | Path) -> pd.DataFrame:
    """Return the runs of a sweep side by side.

    Parameters
    ----------
    folder : str or Path
        What `shortable.research.sweep`, or ``shortable sweep --out``, wrote; the sweep may still be running.

    Returns
    -------
    DataFrame
        A row for each run that has ended, in the order of the grid, by its parameters (a MultiIndex, where there are
        several). Parameters that all read as numbers are numbers. Columns: run, status ("done" or "failed"), error,
        then the figures of `Result.summary`: profit and costs in the account's currency, counts, shorts refused for
        availability. A failed run has none.

    Raises
    ------
    InvalidInputError
        It is no such folder, or no run has ended yet.

    Examples
    --------
    >>> from shortable.results import RunInfo
    >>> from shortable.results.runs import row_of, write_part
    >>> folder = getfixture("tmp_path")
    >>> _ = (folder / "sweep.json").write_text('{"grid": {"days": [5, 10]}}')
    >>> info = RunInfo("Mine", "by hand", "2024-01-02", "USD", 100.0)
    >>> for run, days in enumerate((5, 10)):
    ...     write_part(folder, "runs", run, row_of(run, {"days": days}, Result({}, info)))
    >>> compare(folder)["refused_for_availability"].to_dict()
    {5: 0, 10: 0}
    """
    path = path_of("folder", folder)
    grid = read_sweep(path)["grid"]
    tables = []
    for file, table in _parts(path, None):
        if table is None:
            raise InvalidInputError(
                "folder", str(folder), f"hold whole files; {file.name} cannot be read", _AGAIN
            )
        tables.append(table)
    if not tables:
        raise InvalidInputError("folder", str(folder), "hold a run that has ended", _AGAIN)
    frame: pd.DataFrame = pa.concat_tables(tables).to_pandas(
        integer_object_nulls=False, types_mapper=_nullable
    )
    frame = frame.drop(columns="summary").sort_values("run", ignore_index=True)
    names = [_PREFIX + name for name in grid]
    levels = [_numbers(frame[name]).rename(name.removeprefix(_PREFIX)) for name in names]
    frame = frame.drop(columns=names)
    frame.index = pd.MultiIndex.from_arrays(levels) if len(levels) > 1 else pd.Index(levels[0])
    return frame


_AGAIN = "Call the sweep again: it does what is missing."


def read_sweep(folder: Path) -> dict[str, Any]:
    """Read what a folder's sweep is of.

    Raises
    ------
    InvalidInputError
        It is not the folder of a sweep.
    """
    try:
        found = json.loads((folder / SWEEP).read_text(encoding="utf-8"))
        if not isinstance(found["grid"], dict):
            raise TypeError("no grid")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(
            "folder",
            str(folder),
            f"be a folder that shortable sweep --out wrote ({error})",
            "Write one: shortable sweep FILE --grid NAME=VALUE,VALUE --out FOLDER.",
        ) from error
    return dict(found)


def _part(folder: Path, dataset: str, run: int) -> Path:
    return folder / dataset / f"run-{run:06d}.parquet"


def _parts(folder: Path, columns: Sequence[str] | None) -> Iterator[tuple[Path, pa.Table | None]]:
    """Yield each run's file and its row, None where it cannot be read."""
    import pyarrow.parquet as pq  # who has no sweep does not wait for it

    for path in sorted((folder / RUNS).glob("run-*.parquet")):
        try:
            yield path, pq.read_table(path, columns=columns)
        except (OSError, pa.ArrowException):
            yield path, None


def _type(value: Value) -> pa.DataType:
    if isinstance(value, bool):
        return pa.bool_()
    if isinstance(value, int):
        return pa.int64()
    return pa.float64() if isinstance(value, float) else pa.string()


def _nullable(kind: pa.DataType) -> pd.Int64Dtype | None:
    return pd.Int64Dtype() if kind == pa.int64() else None


def _numbers(column: pd.Series) -> pd.Series:
    """Return texts as numbers where all of them are, as those of the command line."""
    if isinstance(column.dtype, pd.Int64Dtype):
        return column.astype("int64")
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return column
    numbers = [_number(text) for text in column]
    return column if None in numbers else pd.Series(numbers, index=column.index)


def _number(text: str) -> int | float | None:
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        return number if math.isfinite(number) else None
    return None
