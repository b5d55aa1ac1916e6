"""``shortable sweep``: an algorithm at every point of a grid of parameters, on many processes or a cluster."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import shortable
from shortable.cli.failures import ALGORITHM_RAISED
from shortable.cli.job import parameters_of
from shortable.cli.options import (
    AsJson,
    OwnUseName,
    ShareOfFlow,
    broker_names,
    example_names,
    use_of,
)
from shortable.cli.sweep_run import AlgorithmRun
from shortable.cli.terminal import (
    Bar,
    age,
    count,
    counted,
    json_document,
    money,
    say,
    table,
    to_error,
)
from shortable.errors import InvalidInputError, MissingDependencyError
from shortable.market import Market
from shortable.store import brokers, data_folder, is_remote, open_store, uri_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["progress_of", "sweep"]

_SHOWN = 40
"""Runs that the table shows at most."""
_EVERY = 30.0
"""Seconds between two lines of progress where stderr is a file."""


def sweep(
    what: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE.py",
            help="An example (see `shortable examples`) or your own file; one written for LEAN too.",
            autocompletion=example_names,
        ),
    ],
    grid: Annotated[
        list[str],
        typer.Option(
            "--grid",
            "-g",
            metavar="NAME=VALUE,…",
            help="A parameter and its values, for the algorithm's get_parameter; repeat it, and all combinations are run.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="FOLDER",
            help="Where the results go; the folder of a sweep that was stopped is gone on with.",
        ),
    ],
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            "-w",
            metavar="N",
            min=1,
            help="Processes. Default: one a core.",
            show_default=False,
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Of a Dask cluster, such as tcp://10.0.0.5:8786, which makes the runs instead.",
        ),
    ] = None,
    table_name: Annotated[
        list[str] | None,
        typer.Option(
            "--table",
            metavar="NAME",
            help="Keep this table of each result too, such as equity or refusals; may be repeated.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="FOLDER", help="As of `shortable run`.", show_default=False),
    ] = None,
    prices: Annotated[
        Path | None,
        typer.Option("--prices", metavar="PATH", help="As of `shortable run`.", show_default=False),
    ] = None,
    actions: Annotated[
        Path | None,
        typer.Option(
            "--actions", metavar="PATH", help="As of `shortable run`.", show_default=False
        ),
    ] = None,
    basis: Annotated[
        str | None, typer.Option("--basis", metavar="BASIS", help="As of `shortable run`.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", metavar="CODE", help="As of `shortable run`.")
    ] = None,
    broker: Annotated[
        str | None,
        typer.Option(
            "--broker",
            "-b",
            metavar="NAME",
            help="As of `shortable run`.",
            autocompletion=broker_names,
        ),
    ] = None,
    own_use: OwnUseName = None,
    share: ShareOfFlow = None,
    start: Annotated[
        str | None, typer.Option("--start", metavar="DATE", help="As of `shortable run`.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--end", metavar="DATE", help="As of `shortable run`.")
    ] = None,
    cash: Annotated[
        float | None, typer.Option("--cash", metavar="AMOUNT", help="As of `shortable run`.")
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter", "-p", metavar="NAME=VALUE", help="The same at every point of the grid."
        ),
    ] = None,
    class_name: Annotated[
        str | None, typer.Option("--class", metavar="NAME", help="As of `shortable run`.")
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print no progress and no table.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run an algorithm at every point of a grid of parameters, and keep what came of each run."""
    from shortable.research import sweep as run_all

    axes, fixed = _grid(grid), parameters_of(parameter)
    twice = sorted(axes.keys() & fixed.keys())
    if twice:
        raise InvalidInputError("--parameter", ", ".join(twice), "not be in --grid as well")
    if scheduler is not None and workers is not None:
        raise InvalidInputError("--workers", workers, "be left out with --scheduler")
    run = AlgorithmRun(
        _named(what),
        data=data if data is None or is_remote(data) else data.absolute(),
        prices=None if prices is None else prices.absolute(),
        actions=None if actions is None else actions.absolute(),
        basis=basis,
        currency=currency,
        broker=broker,
        use=tuple(use_of(own_use, share).items()),
        start=start,
        end=end,
        cash=cash,
        parameters=tuple(fixed.items()),
        class_name=class_name,
    )
    run.check()
    with Bar(quiet=quiet or as_json) as bar:
        found = run_all(
            run,
            axes,
            out,
            workers=workers,
            executor=None if scheduler is None else _cluster(scheduler),
            tables=table_name or (),
            identity=_identity(run),
            progress=progress_of(bar, quiet=quiet or as_json),
        )
    failed = found[found["status"] == "failed"]
    if as_json:
        rows = found.reset_index().astype(object)
        json_document(
            {"folder": str(out), "runs": rows.where(rows.notna(), None).to_dict("records")}
        )
    elif not quiet:
        _show(found, list(axes), what, out)
    if len(failed):
        point = ", ".join(
            f"{name}={value}"
            for name, value in zip(axes, _point(failed.index[0], len(axes)), strict=True)
        )
        to_error(
            "Error",
            f"{counted(len(failed), 'run')} failed, the first at {point}: {failed['error'].iloc[0]}",
        )
        raise typer.Exit(ALGORITHM_RAISED)


def _grid(given: list[str]) -> dict[str, list[str]]:
    axes: dict[str, list[str]] = {}
    for text in given:
        name, sign, values = text.partition("=")
        name = name.strip()
        if not name or not sign or name in axes:
            raise InvalidInputError("--grid", text, "read NAME=VALUE,VALUE,…, each name once")
        axes[name] = [value.strip() for value in values.split(",")]
        if "" in axes[name] or len(set(axes[name])) < len(axes[name]):
            raise InvalidInputError("--grid", text, "have values, each once")
    return axes


def _named(what: str) -> str:
    """Return an example's name, or a file by its whole path: a worker may begin in another folder."""
    from shortable.examples import EXAMPLES

    return what if what in EXAMPLES else str(Path(what).absolute())


def _cluster(address: str) -> Executor:
    try:
        from distributed import Client
    except ImportError:
        raise MissingDependencyError("a Dask cluster", "distributed") from None
    try:
        executor: Executor = Client(address).get_executor()
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            "--scheduler", address, f"be a scheduler that answers ({error})"
        ) from None
    return executor


def _identity(run: AlgorithmRun) -> dict[str, str]:
    """Return what else the results rest on: settings, and the state of files, so that none is mixed with another's."""
    file = Path(run.what)
    folder = data_folder(run.data, remote=True).path
    settings = {
        "algorithm": file.name,
        "file": hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "",
        "class": run.class_name,
        "data": f"{uri_of(folder)}, state {_state(folder)}",
        "prices": None if run.prices is None else f"{run.prices}, state {_state(run.prices)}",
        "actions": None if run.actions is None else f"{run.actions}, state {_state(run.actions)}",
        "basis": run.basis,
        "currency": run.currency,
        "broker": run.broker,
        **dict(run.use),
        "start": run.start,
        "end": run.end,
        "cash": run.cash,
        **{f"parameter {name}": value for name, value in run.parameters},
        "shortable": shortable.__version__,
    }
    return {name: str(value) for name, value in settings.items() if value not in (None, "")}


def _state(path: Path) -> str:
    """Return a digest of names, sizes and times of change of a file, or of all files below a folder.

    Of a folder in object storage: of the snapshots that its stores list.
    """
    if is_remote(path):
        listed = {
            (market.value, broker): open_store(broker, market=market, data_folder=path).entries
            for market in Market
            for broker in brokers(path, market)
        }
        return hashlib.sha256(repr(listed).encode()).hexdigest()[:16]
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        known = file.stat()
        digest.update(f"{file.relative_to(path)}\0{known.st_size}\0{known.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def progress_of(bar: Bar, *, quiet: bool) -> Callable[[int, int], None]:
    """Return what draws the bar, or writes a line now and then where stderr is a file, as a batch system's is."""
    if quiet or sys.stderr.isatty():
        return partial(bar, "sweep")
    begun = last = time.monotonic()
    already: int | None = None

    def report(done: int, total: int) -> None:
        nonlocal last, already
        now = time.monotonic()
        if already is None:
            already = done
        elif now - last >= _EVERY and done < total:
            last = now
            left = (now - begun) / max(done - already, 1) * (total - done)
            print(
                f"{count(done)} of {counted(total, 'run')}, about {_span(left)} left",
                file=sys.stderr,
            )

    return report


def _span(seconds: float) -> str:
    from datetime import timedelta

    return age(timedelta(seconds=seconds)) if seconds >= 60 else f"{seconds:.0f} s"


def _point(label: Hashable, axes: int) -> tuple[Hashable, ...]:
    return label if isinstance(label, tuple) and axes > 1 else (label,)


def _show(found: pd.DataFrame, names: list[str], what: str, out: Path) -> None:
    """Print the runs as a table: all, or those with the highest profit."""
    shown, title = found, "in the order of the grid"
    if len(found) > _SHOWN:
        shown = found.sort_values("net_profit", ascending=False, kind="stable").head(_SHOWN)
        title = f"the {_SHOWN} with the highest profit"
    say(f"{what} · {counted(len(found), 'run')}, {title}", style="bold")
    made_up = next((text for text in found["made_up"] if isinstance(text, str) and text), "")
    if made_up:
        say(f"made-up sample data: {made_up}", style="yellow")
    say()
    rows = []
    for label, row in zip(shown.index, shown.to_dict("records"), strict=True):
        point = [str(value) for value in _point(label, len(names))]
        if row["status"] == "failed":
            rows.append([*point, "failed", None, None, None])
            continue
        refused = row["refused_for_availability"]
        figures = [money(row["net_profit"], signed=True), money(row["max_drawdown_percent"])]
        rows.append(
            [
                *point,
                *figures,
                f"{count(refused)} of {count(row['orders'])}",
                money(row["borrow_costs"]),
            ]
        )
    heads = ("net profit", "drawdown %", "orders refused", "borrow costs")
    table({**dict.fromkeys(names, "right"), **dict.fromkeys(heads, "right")}, rows)
    say()
    say(f"written to {out}: shortable.results.compare reads it")
