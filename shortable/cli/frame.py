"""The frame around every command: which failure ends with which message and exit code."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from shortable.cli.output import to_error
from shortable.cli.wording import in_options
from shortable.errors import ShortableError

__all__ = ["ALGORITHM_RAISED", "BAD_INPUT", "INTERRUPTED", "Frame"]

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
