"""What a shell offers where TAB is pressed: the names that an argument may take."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import typer

from shortable.errors import ShortableError

__all__ = ["broker_names", "example_names", "market_names", "source_names"]


def example_names(incomplete: str) -> list[str]:
    """Return the examples that begin so."""
    from shortable.examples import EXAMPLES

    return _beginning(EXAMPLES, incomplete)


def source_names(incomplete: str) -> list[str]:
    """Return the kinds of source that begin so."""
    from shortable.importers.registry import SOURCES

    # Longbridge's saved responses are read a room above the importers.
    return _beginning([*SOURCES, "longbridge"], incomplete)


def market_names(incomplete: str) -> list[str]:
    """Return the markets that begin so."""
    from shortable.market import Market

    return _beginning([market.value for market in Market], incomplete)


def broker_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the brokers that begin so, of the folder that ``--data`` names before, else of the usual one.

    A folder that cannot be read offers nothing: a shell that is asked to complete a word has no use for an error.
    """
    from shortable.store import brokers, data_folder

    given = ctx.params.get("data")
    try:
        return _beginning(brokers(data_folder(Path(given) if given else None).path), incomplete)
    except (ShortableError, OSError):
        return []


def _beginning(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
