"""The command line: thin. Each command parses its arguments, calls the package that does the work, and prints.

Exit codes: 0 done; 1 an algorithm raised; 2 bad input, with one message on stderr; 130 interrupted.
`main` imports typer and rich, which the extra ``cli`` brings, only when it is called.
"""

from __future__ import annotations

import sys

from shortable.errors import MissingDependencyError

__all__ = ["main"]


def main() -> None:
    """Run the console script ``shortable``; ends the process with the command's exit code."""
    try:
        import rich  # noqa: F401
        import typer  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name not in ("rich", "typer"):
            raise
        print(f"Error: {MissingDependencyError('the command line', 'cli')}", file=sys.stderr)
        sys.exit(2)
    from shortable.cli.app import app

    app(prog_name="shortable")
