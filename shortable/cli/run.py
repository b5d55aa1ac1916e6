"""``shortable run`` and ``shortable examples``: an example or a user's algorithm, and what came of it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from shortable.cli.algorithm_file import UserCodeError, users_line
from shortable.cli.failures import ALGORITHM_RAISED
from shortable.cli.job import (
    Span,
    actions_of,
    data_folder_named,
    job_of,
    lean_file,
    parameters_of,
    prices_of,
    sample_hint,
)
from shortable.cli.options import (
    AsJson,
    OwnUseName,
    ShareOfFlow,
    broker_names,
    example_names,
    use_of,
)
from shortable.cli.run_lean import (
    LeanJob,
    is_lean_folder,
    refuse_for_lean,
    run_lean,
    show_lean,
)
from shortable.cli.run_summary import result_document, show_result
from shortable.cli.terminal import Bar, json_document, say, table, to_error, warn
from shortable.errors import AlgorithmError, InvalidInputError

__all__ = ["examples", "run"]


def examples(as_json: AsJson = False) -> None:
    """List the examples that `shortable run NAME` runs."""
    from shortable.examples import EXAMPLES

    if as_json:
        json_document([{"name": e.name, "title": e.title} for e in EXAMPLES.values()])
        return
    table(
        {"name": "left", "what it shows": "left"},
        [(e.name, e.title) for e in EXAMPLES.values()],
        fold="what it shows",
    )
    say()
    say("Run one: shortable run short_availability")


def run(
    what: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE.py",
            help="An example (see `shortable examples`) or your own file; one written for LEAN too.",
            autocompletion=example_names,
        ),
    ],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="FOLDER",
            help="Data folder, ours or LEAN's. Default: $SHORTABLE_DATA, else ./data, else the made-up sample.",
            show_default=False,
        ),
    ] = None,
    prices: Annotated[
        Path | None,
        typer.Option(
            "--prices",
            metavar="PATH",
            help="Parquet or CSV file, or folder of them. Default: the made-up sample.",
            show_default=False,
        ),
    ] = None,
    basis: Annotated[
        str | None,
        typer.Option(
            "--basis",
            metavar="BASIS",
            help="Whose shares --prices are for: raw (as traded) or split_adjusted. Default: by their shape.",
            show_default=False,
        ),
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option(
            "--currency",
            metavar="CODE",
            help="In which --prices are quoted; GBp is pence. Default: the market's own.",
            show_default=False,
        ),
    ] = None,
    actions: Annotated[
        Path | None,
        typer.Option(
            "--actions",
            metavar="PATH",
            help="Splits, dividends, renames and delistings. Default: those beside the prices, else those imported into the data folder.",
            show_default=False,
        ),
    ] = None,
    broker: Annotated[
        str | None,
        typer.Option(
            "--broker",
            "-b",
            metavar="NAME",
            help="For securities to which the algorithm gives no provider.",
            autocompletion=broker_names,
        ),
    ] = None,
    own_use: OwnUseName = None,
    share: ShareOfFlow = None,
    start: Annotated[
        str | None,
        typer.Option("--start", metavar="DATE", help="Overrides the algorithm's start date."),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(
            "--end", metavar="DATE", help="Overrides the algorithm's end date, which is still run."
        ),
    ] = None,
    cash: Annotated[
        float | None,
        typer.Option("--cash", metavar="AMOUNT", help="Overrides the algorithm's starting cash."),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            "-p",
            metavar="NAME=VALUE",
            help="For the algorithm's get_parameter; may be repeated.",
        ),
    ] = None,
    class_name: Annotated[
        str | None,
        typer.Option(
            "--class", metavar="NAME", help="Which algorithm of a file that defines several."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FOLDER", help="Write every table of the result there, as Parquet."
        ),
    ] = None,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare",
            help="Run it once more without limits and borrow costs, and show both; with --out, the second result is FOLDER_without_limits.",
        ),
    ] = False,
    publish: Annotated[
        Path | None,
        typer.Option(
            "--publish",
            metavar="FOLDER",
            help="Keep the account's positions there while it runs, for `shortable serve --result FOLDER`.",
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print no progress and no summary.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run an algorithm over prices, with shorts limited to what could be borrowed."""
    from shortable.engine import Backtest
    from shortable.positions import Publisher
    from shortable.providers import LocalDiskShortableProvider

    if out is not None and (out.exists() or not out.absolute().parent.is_dir()):
        raise InvalidInputError("--out", str(out), "be a new folder in a folder that exists")
    if publish is not None and publish.exists() and not publish.is_dir():
        raise InvalidInputError("--publish", str(publish), "be a folder, not a file")
    second = None if out is None else out.with_name(f"{out.name}_without_limits")
    if compare and second is not None and second.exists():
        raise InvalidInputError("--out", str(out), f"leave room for {second}, which exists")
    parameters, file, use = parameters_of(parameter), Path(what), use_of(own_use, share)
    # What the algorithm prints must not mix with the JSON document.
    elsewhere = contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext()
    lean = lean_file(file)
    if lean is not None:
        refuse_for_lean(
            {
                "--broker": broker,
                "--publish": publish,
                "--compare": compare or None,
                "--actions": actions,
                "--own-use": own_use,
                "--share": share,
            }
        )
        span = Span(start=start, end=end, cash=cash)
        given = prices_of(prices, basis, currency)
        # A LEAN folder holds its own availability; any other is where providers read.
        folder = contextlib.nullcontext() if is_lean_folder(data) else data_folder_named(data)
        with folder, elsewhere, _users_errors(lean), Bar(quiet=quiet or as_json) as bar:
            of_lean = run_lean(
                LeanJob(lean, data, given, class_name, span, parameters), out, partial(bar, "run")
            )
        if as_json:
            json_document(of_lean)
        elif not quiet:
            show_lean(of_lean, what)
        return
    with data_folder_named(data), elsewhere, _users_errors(file), sample_hint(what, data):
        job = job_of(file, class_name, prices_of(prices, basis, currency), start)
        provider = None if broker is None else LocalDiskShortableProvider(broker)
        with Bar(quiet=quiet or as_json) as bar:
            backtest = Backtest(
                job.algorithm,
                job.prices,
                start=start,
                end=end,
                cash=cash,
                provider=provider,
                actions=actions_of(actions, job.prices),
                parameters=parameters,
                progress=partial(bar, "run"),
                watch=None if publish is None else Publisher(publish),
                **use,
                **job.models,
            )
            result = backtest.run()
            free = backtest.without_limits().run() if compare else None
        if out is not None:
            result.to_parquet(out)
        if second is not None and free is not None:
            free.to_parquet(second)
        # Summing up asks the providers, which may be the user's.
        document = result_document(result, out, free)
    if as_json:
        json_document(document)
    elif not quiet:
        show_result(document, job.title)
    if provider is not None and all(
        s.shortable_provider is not provider for s in result.algorithm.securities.values()
    ):
        warn(
            f"--broker {broker} was not used: {type(result.algorithm).__name__} sets its own providers"
        )


@contextlib.contextmanager
def _users_errors(file: Path) -> Iterator[None]:
    """Turn what the user's code raised into its message, file and line, and exit code 1."""
    try:
        yield
    except (AlgorithmError, UserCodeError) as error:
        cause = error.__cause__ or error
        message = (
            f"{type(cause).__name__}: {cause}" if isinstance(error, UserCodeError) else str(error)
        )
        _blame(message, users_line(cause, file.parent))
    except Exception as error:
        # Ours or not: where it passed through the user's lines, these are what the user can mend.
        line = users_line(error, file.parent) if file.suffix == ".py" else None
        if line is None:
            raise
        notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
        _blame(f"{type(error).__name__}: {error}{notes}", line)


def _blame(message: str, line: str | None) -> NoReturn:
    to_error("Error", "the algorithm raised " + message + (f"\n  {line}" if line else ""))
    raise typer.Exit(ALGORITHM_RAISED) from None
