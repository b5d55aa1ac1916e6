"""The program ``shortable``: its commands, ``--version`` and ``--help``."""

from __future__ import annotations

from typing import Annotated

import typer

import shortable
from shortable.cli.audit import audit
from shortable.cli.availability import list_symbols, quote
from shortable.cli.collect import collect
from shortable.cli.compact import compact
from shortable.cli.coverage import coverage
from shortable.cli.failures import Frame
from shortable.cli.import_files import import_app
from shortable.cli.report import report
from shortable.cli.run import examples, run
from shortable.cli.serve import serve
from shortable.cli.short_positions import short_positions
from shortable.cli.status import status
from shortable.cli.study import study
from shortable.cli.sweep import sweep

__all__ = ["app"]

app = typer.Typer(
    name="shortable",
    cls=Frame,
    help="Backtests that can only short what could actually have been borrowed.",
    epilog="Start with: shortable run short_availability",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"shortable {shortable.__version__}")
        raise typer.Exit(0)


@app.callback(invoke_without_command=True)
def _start(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help(), nl=False)


app.command("run", epilog="Example: shortable run short_availability")(run)
app.command(
    "sweep",
    epilog="Example: shortable sweep fade_the_pump --grid jump=0.3,0.5 --grid hold=14,28 --out swept",
)(sweep)
app.add_typer(import_app)
app.command("collect", epilog="Example: shortable collect ibkr --every 15m --data borrow")(collect)
app.command("status", epilog="Example: shortable status --data borrow")(status)
app.command(
    "quote",
    epilog='Example: shortable quote GME --at "2021-04-23 20:00" --broker interactivebrokers',
)(quote)
app.command(
    "list",
    epilog="Example: shortable list --broker axos --at 2024-01-05 --sort fee --desc --limit 20",
)(list_symbols)
app.command("compact", epilog="Example: shortable compact --broker interactivebrokers")(compact)
app.command("coverage", epilog="Example: shortable coverage --broker interactivebrokers")(coverage)
app.command(
    "audit",
    epilog="Example: shortable audit trades.csv --broker interactivebrokers --html audit.html",
)(audit)
app.command("report", epilog="Example: shortable report result --html report.html")(report)
app.command("study", epilog="Example: shortable study borrow-market --data borrow")(study)
app.command("examples", epilog="Example: shortable examples")(examples)
app.command("serve", epilog="Example: shortable serve --data borrow --port 8000")(serve)
app.command("short-positions", epilog="Example: shortable short-positions TSLA.US --count 50")(
    short_positions
)
