"""``shortable examples``: the example algorithms."""

from __future__ import annotations

from shortable.cli.options import AsJson
from shortable.cli.output import json_document, say, table

__all__ = ["examples"]


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
