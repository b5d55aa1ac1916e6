"""``shortable import``: vendors' files into the store, and what became of every row.

Each source is a command of its own, whose options are those of its declaration in `shortable.importers`.
"""

from __future__ import annotations

import ast
import re
import shlex
from dataclasses import make_dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from shortable.cli.options import AsJson, WrittenPath, broker_names, market_names, market_of
from shortable.cli.terminal import Bar, count, json_document, minute, say, table, to_error
from shortable.clock import parse_time, zone
from shortable.errors import ImportRefusedError, InvalidInputError, ShortableError

if TYPE_CHECKING:
    from shortable.importers import ImportReport, Option, Source

__all__ = ["import_app"]

_SHOWN = 6
"""Snapshots and rejects that are shown: the report fits a screen of 24 lines."""


class _Sources(TyperGroup):
    """The sources as commands, made when one is used: declarations load pandas, and ``--help`` need not wait for it."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the sources."""
        return list(self._made())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of a source.

        Raises
        ------
        InvalidInputError
            There is no such source.
        """
        made = self._made()
        if cmd_name not in made and not ctx.resilient_parsing:
            raise InvalidInputError("source", cmd_name, f"be one of {', '.join(made)}")
        return made.get(cmd_name)

    def _made(self) -> dict[str, Any]:
        if not self.commands:
            self.commands = _commands()
        return dict(self.commands)


import_app = typer.Typer(
    name="import",
    cls=_Sources,
    help="Import availability, balances and flows, lists of rules or corporate actions from files into the data folder.\n\n"
    "All files are read before anything is stored: if one cannot be used, the store stays as it was. "
    "Importing the same file again changes nothing.",
    epilog="Example: shortable import ibkr usa.txt --broker interactivebrokers",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _commands() -> dict[str, Any]:
    """Return a command for each source."""
    from shortable.importers import SOURCES

    app = typer.Typer(context_settings={"help_option_names": ["-h", "--help"]})
    for source in SOURCES.values():
        app.command(
            source.name, help=_help(source), short_help=source.about, epilog=_example(source)
        )(_command(source))
    made = typer.main.get_command(app)
    assert isinstance(made, TyperGroup)
    return dict(made.commands)


def _help(source: Source) -> str:
    """Return what the declaration states, as paragraphs."""
    facts = {
        "Columns": "; ".join(f"{name}: {unit}" for name, unit in source.columns.items()),
        "Complete": source.complete,
        "Counts from": source.published,
        "Times": source.time_zone,
        "Market": "see --market" if source.market is None else source.market.value,
    }
    about = f"{source.about[0].upper()}{source.about[1:]}."
    return "\n\n".join([about, *(f"{label}: {text}." for label, text in facts.items())])


def _example(source: Source) -> str:
    named = source.has_broker and source.default_broker is None
    return f"Example: shortable import {source.name} {source.files}" + " --broker acme" * named


def _command(source: Source) -> type:
    """Return a class whose constructor has the command's parameters, as typer reads them, and runs the import."""
    files = typer.Argument(metavar=f"{source.files}...", show_default=False)
    optional: list[tuple[str, object, object]] = []
    if source.has_broker:
        optional.append(("broker", _broker(source), None))
    optional.append(("data", WrittenPath, None))
    optional += [_option(option) for option in source.options]
    optional += [
        ("replace", Annotated[bool, typer.Option("--replace", help=_REPLACE)], False),
        ("rejects", Annotated[Path | None, _REJECTS], None),
        ("as_json", AsJson, False),
    ]

    def run(command: object) -> None:
        _run(source, **vars(command))

    return make_dataclass(
        f"import_{source.name}",
        [("files", Annotated[list[Path], files]), *optional],
        namespace={"__post_init__": run},
    )


_REPLACE = "Replace what the store holds of the same time, where it differs."
_REJECTS = typer.Option(
    "--rejects", metavar="FILE.csv", help="Write all rejected rows there.", show_default=False
)


def _broker(source: Source) -> object:
    default = source.default_broker
    return Annotated[
        str | None,
        typer.Option(
            "--broker",
            "-b",
            metavar="NAME",
            help="Whose availability, such as interactivebrokers."
            + (f" Default: {default}." if default else ""),
            show_default=False,
            autocompletion=broker_names,
        ),
    ]


def _option(option: Option) -> tuple[str, object, object]:
    """Return an option of a source as a parameter: its name, its type for typer, its default."""
    names = [option.spelled, "-m"] if option.name == "market" else [option.spelled]
    complete = market_names if option.name == "market" else None
    if option.choices:
        metavar: str | None = "|".join(option.choices)
    else:
        metavar = None if option.kind is bool else option.metavar
    declared = typer.Option(
        *names,
        metavar=metavar,
        help=option.help,
        show_default=False,
        autocompletion=complete,
    )
    if option.kind is bool:
        return option.name, Annotated[bool, declared], False
    if option.kind is dict:
        return option.name, Annotated[list[str] | None, declared], None
    if option.kind is int:
        return option.name, Annotated[int | None, declared], None
    return option.name, Annotated[str | None, declared], None


def _run(
    source: Source,
    *,
    files: list[Path],
    data: Path | None,
    replace: bool,
    rejects: Path | None,
    as_json: bool,
    broker: str | None = None,
    **given: Any,
) -> None:
    """Import, and show what became of every row."""
    from shortable.importers import import_source
    from shortable.store import uri_of, writable_folder

    if rejects is not None and not rejects.absolute().parent.is_dir():
        raise InvalidInputError("--rejects", str(rejects), "be a file in a folder that exists")
    options = {o.name: _value(o, given[o.name]) for o in source.options}
    with Bar(quiet=as_json) as bar:
        try:
            report = import_source(
                source.name,
                files,
                broker=broker,
                data_folder=data,
                replace=replace,
                progress=bar,
                **options,
            )
        except ShortableError as error:
            raise ImportRefusedError(_in_options(str(error), source)) from None
    if rejects is not None:
        report.rejects.to_csv(rejects, index=False)
    folder = uri_of(writable_folder(data, remote=True))
    if as_json:
        json_document(report.to_dict() | {"data_folder": folder})
    else:
        _show(report, source, folder, rejects)


def _value(option: Option, given: Any) -> Any:
    """Return what was typed as the importer takes it; None where it was not."""
    if option.kind is dict:
        return dict(_pair(option, text) for text in given) if given else None
    if option.name == "market" and given is not None:
        return market_of(given)
    if option.kind is datetime and given is not None:
        parse_time(given, parameter=option.spelled)
    if option.name == "time_zone" and given is not None:
        zone(given)
    return given or None if option.kind is bool else given


def _pair(option: Option, text: str) -> tuple[str, str | None]:
    """Read ``FIELD=COLUMN``; an empty column means that the table does not have the field."""
    field, sign, name = text.partition("=")
    if not sign or not field:
        raise InvalidInputError(
            option.spelled, text, f"read {option.metavar}, such as quantity=AVAILABLE"
        )
    return field.strip(), name or None


def _in_options(message: str, source: Source) -> str:
    """Return a message with Python's keywords spelled as options: ``--rates percent`` for ```rates='percent'```."""
    options = {option.name: option.spelled for option in source.options} | {"broker": "--broker"}

    def quoted(match: re.Match[str]) -> str:
        name, value = match[1], match[2]
        if name not in options:
            return match[0]
        if value is None or value == "True":
            return options[name]
        given = ast.literal_eval(value)
        if isinstance(given, dict):
            given = "=".join(*given.items())
        return f"{options[name]} {shlex.quote(given)}"

    for name, option in options.items():
        bare = rf"(?<![\w'`-]){name}"
        message = re.sub(rf"{bare}=None must be given", f"{option} must be given", message)
        message = re.sub(rf"{bare}(?=\[|=)", option, message)
    message = re.sub(r"`(\w+)=?`", r"`\1`", message)
    return re.sub(r"`(\w+)(?:=([^`]+))?`", quoted, message)


def _show(report: ImportReport, source: Source, folder: str, rejects_file: Path | None) -> None:
    names = report.source.split(", ")
    read = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]} ({count(len(names))} files)"
    say(f"{read} → {report.broker}, in {folder}", style="bold")
    parts = [f"{count(report.rows_stored)} stored"]
    if report.rows_unchanged:
        parts.append(f"{count(report.rows_unchanged)} stored before, unchanged")
    parts.append(f"{count(len(report.rejected))} rejected")
    parts += [f"{count(rows)} {kind}" for kind, rows in report.passed_over.items()]
    say(f"{count(report.rows_read)} rows read: {', '.join(parts)}")
    say()
    if report.actions:
        _show_actions(report)
    else:
        _show_snapshots(report)
    if report.identities:
        say()
        say("Identities", style="bold")
        for check in report.identities:
            say(str(check))
    if report.rejected:
        _show_rejects(report, rejects_file)
    for note in report.notes:
        to_error("Note", _in_options(note, source), "bold")


def _show_snapshots(report: ImportReport) -> None:
    shown = report.snapshots
    if len(shown) > _SHOWN:
        shown = (*shown[: _SHOWN // 2], *shown[-(_SHOWN // 2) :])
    rows: list[tuple[str, ...]] = [
        (
            s.market.value,
            minute(s.local_time),
            minute(s.utc_time),
            count(s.rows),
            s.dataset.replace("_", " ") if s.also else "complete" if s.complete else "partial",
            s.state,
        )
        for s in shown
    ]
    if len(shown) < len(report.snapshots):
        rows.insert(
            _SHOWN // 2, ("…", f"{count(len(report.snapshots) - len(shown))} more", "", "", "", "")
        )
    heads = {
        "market": "left",
        "local time": "left",
        "UTC": "left",
        "rows": "right",
        "kind": "left",
        "state": "left",
    }
    table(heads, rows)


def _show_actions(report: ImportReport) -> None:
    heads = {
        "market": "left",
        "kind": "left",
        "number": "right",
        "first": "left",
        "last": "left",
        "state": "left",
    }
    table(
        heads,
        [
            (a.market.value, a.kind, count(a.rows), str(a.first), str(a.last), a.state)
            for a in report.actions
        ],
    )


def _show_rejects(report: ImportReport, rejects_file: Path | None) -> None:
    total, many = len(report.rejected), len({r.source for r in report.rejected}) > 1
    say()
    say(f"Rejected rows ({count(total)})", style="bold")
    heads = ({"file": "left"} if many else {}) | {"line": "right", "reason": "left", "row": "left"}
    table(
        heads,
        [
            (*((r.source,) if many else ()), count(r.line), r.reason, r.text[:32])
            for r in report.rejected[:_SHOWN]
        ],
        fold="reason",
    )
    if rejects_file is not None:
        say(f"All are in {rejects_file}.")
    elif total > _SHOWN:
        say(f"… and {count(total - _SHOWN)} more; --rejects FILE.csv writes them all.")
