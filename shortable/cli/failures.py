"""Which failure ends with which message and exit code."""

from __future__ import annotations

import os
import re
import sys
import warnings
from typing import Any, TextIO

import typer
from typer.core import TyperGroup

from shortable.cli.terminal import to_error, warn
from shortable.errors import MadeUpDataWarning, ShortableError, ShortableWarning

__all__ = ["ALGORITHM_RAISED", "BAD_INPUT", "INTERRUPTED", "Frame", "in_options"]

_OPTIONS = (
    (re.compile(r"\bthe argument data_folder\b"), "--data"),
    (re.compile(r"\bdata_folder(?==)"), "--data"),
    (re.compile(r"\bpass data_folder\b"), "pass --data FOLDER"),
    (re.compile(r"\bPass replace=True\b"), "Pass --replace"),
    (re.compile(r"\ballow (a truncated file|truncated files)\b"), r"allow \1 (--allow-truncated)"),
    (re.compile(r"`(time)`"), r"--\1"),
    (
        re.compile(
            r"(?<!--column )(?<!-)\b(time_zone|time_column|allow_truncated|max_age|missing|market|broker|start|end|cash|time|lag|count|host|port|rate|keys|on_exceed|own_use|share)(?==)"
        ),
        None,
    ),
    (re.compile(r"\bcolumns(?=\[|=)"), "--column"),
    (re.compile(r"\bpublished(?=\[|=)"), "--time"),
)


def in_options(message: str) -> str:
    """Return a message of shortable's with arguments spelled as options.

    Examples
    --------
    >>> in_options("time_zone='Mars' must be an IANA time zone")
    "--time-zone='Mars' must be an IANA time zone"
    >>> in_options("--broker='axos' must be left out.")
    "--broker='axos' must be left out."
    >>> in_options("Pass replace=True to put the new one in its place.")
    'Pass --replace to put the new one in its place.'
    """
    for pattern, option in _OPTIONS:
        message = pattern.sub(option or (lambda found: "--" + found[0].replace("_", "-")), message)
    return message


ALGORITHM_RAISED, BAD_INPUT, INTERRUPTED = 1, 2, 130
_BROKEN_PIPE = 141  # what a shell reports for a program that SIGPIPE ended


class Frame(TyperGroup):
    """A group of commands in which bad input is one message on stderr, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a reader of stdout that went away is no error."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except BrokenPipeError:
            raise typer.Exit(_abandon_stdout()) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """Run the command line and end the process with its exit code."""
        code = self._run(*args, **extra)
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            code = _abandon_stdout()
        if standalone_mode:
            sys.exit(code)
        return code

    def _run(self, *args: Any, **extra: Any) -> int:
        main: Any = super().main  # its signature differs between versions of typer
        try:
            with warnings.catch_warnings():
                # Commands say so themselves, on their own lines.
                warnings.simplefilter("ignore", MadeUpDataWarning)
                warnings.showwarning = _show_warning
                result = main(*args, standalone_mode=False, **extra)
        except (KeyboardInterrupt, typer.Abort):
            result = INTERRUPTED
        except SystemExit as error:
            if not isinstance(
                error.__context__, BrokenPipeError
            ):  # typer's own answer to it is exit code 1
                raise
            result = _abandon_stdout()
        except ShortableError as error:
            to_error("Error", in_options(str(error)))
            return BAD_INPUT
        except OSError as error:
            to_error("Error", _os_error(error))
            return BAD_INPUT
        except Exception as error:
            if not hasattr(
                error, "format_message"
            ):  # typer's own usage errors have it, in every version
                raise
            _usage_error(error)
            return BAD_INPUT
        if result == INTERRUPTED:
            print("Interrupted", file=sys.stderr)
        return result if isinstance(result, int) else 0


_show_in_full = warnings.showwarning


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Show our own warnings as the command's, without the line of code that gave them."""
    if issubclass(category, ShortableWarning):
        warn(in_options(str(message)))
    else:
        _show_in_full(message, category, filename, lineno, file, line)


def _usage_error(error: Any) -> None:
    to_error("Error", error.format_message())
    if (ctx := getattr(error, "ctx", None)) is not None:
        to_error("Usage", ctx.get_usage().removeprefix("Usage: "), style="bold")
        to_error("Help", f"{ctx.command_path} --help", style="bold")


def _os_error(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename is not None else ""
    return f"{where}{error.strerror or error}"


def _abandon_stdout() -> int:
    """Point stdout at nothing, so that the interpreter's last flush stays quiet too."""
    sys.stdout = sys.__stdout__ or sys.stdout
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _BROKEN_PIPE
