"""The program ``shortable``: its commands, ``--version`` and ``--help``.

A command's module is imported when the command is called: `shortable --help` and completion load neither pandas nor a store.
"""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer

import shortable
from shortable.cli.failures import Frame

__all__ = ["COMMANDS", "app", "command"]


class Place(NamedTuple):
    """Where a command is, and what the list of commands says of it."""

    where: str
    """Module in `shortable.cli` and name: a function, or a Typer app of further commands."""
    summary: str
    """The first paragraph of its help."""
    example: str


COMMANDS = {
    "run": Place(
        "run:run",
        "Run an algorithm over prices, with shorts limited to what could be borrowed.",
        "shortable run short_availability",
    ),
    "sweep": Place(
        "sweep:sweep",
        "Run an algorithm at every point of a grid of parameters, and keep what came of each run.",
        "shortable sweep fade_the_pump --grid jump=0.3,0.5 --grid hold=14,28 --out swept",
    ),
    "import": Place(
        "import_files:import_app",
        "Import availability, balances and flows, lists of rules or corporate actions from files into the data folder.",
        "shortable import ibkr usa.txt --broker interactivebrokers",
    ),
    "collect": Place(
        "collect:collect",
        "Fetch what a source publishes, once or for years, and import what is new.",
        "shortable collect ibkr --every 15m --data borrow",
    ),
    "status": Place(
        "status:status",
        "Say how each collector goes, and of each store the newest snapshot, gaps, stale repeats and identities.",
        "shortable status --data borrow",
    ),
    "quote": Place(
        "availability:quote",
        "Say how many shares of a symbol could be borrowed at a time, and at what fee.",
        'shortable quote GME --at "2021-04-23 20:00" --broker interactivebrokers',
    ),
    "list": Place(
        "availability:list_symbols",
        "List the symbols of a market that could be borrowed at a time: shares, fee, rebate.",
        "shortable list --broker axos --at 2024-01-05 --sort fee --desc --limit 20",
    ),
    "compact": Place(
        "compact:compact",
        "Rewrite a broker's store in few, dense parts: smaller, and faster to read whole. No answer changes.",
        "shortable compact --broker interactivebrokers",
    ),
    "coverage": Place(
        "coverage:coverage",
        "Say which snapshots a broker's store has, which repeat an older one, and where it is silent.",
        "shortable coverage --broker interactivebrokers",
    ),
    "audit": Place(
        "audit:audit",
        "Audit a finished trade list: which shorts could not have been borrowed, and what the borrow would have cost.",
        "shortable audit trades.csv --broker interactivebrokers --html audit.html",
    ),
    "report": Place(
        "report:report",
        "Write a backtest as one page: its figures, drawings, refusals, costs, data and assumptions; it needs no network.",
        "shortable report result --html report.html",
    ),
    "study": Place(
        "study:study",
        "Run a study on availability that you have imported; it says what it rests on.",
        "shortable study borrow-market --data borrow",
    ),
    "examples": Place(
        "run:examples",
        "List the examples that `shortable run NAME` runs.",
        "shortable examples",
    ),
    "serve": Place(
        "serve:serve",
        "Serve availability, short interest and positions over HTTP until interrupted, with a page at /.",
        "shortable serve --data borrow --port 8000",
    ),
    "short-positions": Place(
        "short_positions:short_positions",
        "Show short interest: FINRA's twice a month for the USA, the SFC's weekly positions for Hong Kong.",
        "shortable short-positions TSLA.US --count 50",
    ),
}
_APP: dict[str, Any] = {
    "context_settings": {"help_option_names": ["-h", "--help"]},
    "pretty_exceptions_enable": False,
    "rich_markup_mode": "rich",
}


def command(name: str) -> Any:
    """Import a command, and return it as what parses its arguments."""
    module, member = COMMANDS[name].where.split(":")
    found = getattr(import_module(f"shortable.cli.{module}"), member)
    if isinstance(found, typer.Typer):
        return typer.main.get_group(found)
    alone = typer.Typer(add_completion=False, **_APP)
    alone.command(name, epilog=f"Example: {COMMANDS[name].example}")(found)
    return typer.main.get_command(alone)


class _Commands(Frame):
    """The list of commands, each of which is imported once it is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that the arguments name."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, name and command(name), rest


app = typer.Typer(
    name="shortable",
    cls=_Commands,
    help="Backtests that can only short what could actually have been borrowed.",
    epilog="Start with: shortable run short_availability",
    **_APP,
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


for _name, _place in COMMANDS.items():
    app.command(_name, help=_place.summary)(lambda: None)
