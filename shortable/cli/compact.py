"""``shortable compact``: a store's many small parts become few, dense ones."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from shortable.cli.options import AsJson, Broker, DataPath, MarketName, market_of
from shortable.cli.terminal import count, fields, json_document, say

if TYPE_CHECKING:
    from shortable.store import CompactReport

__all__ = ["compact"]


def compact(
    broker: Broker, market: MarketName = "usa", data: DataPath = None, as_json: AsJson = False
) -> None:
    """Rewrite a broker's store in few, dense parts: smaller, and faster to read whole. No answer changes.

    Imports leave small parts behind, so that each costs only what it brings; run this now and then. Readers and the
    next import may go on meanwhile.
    """
    from shortable.store import compact as run
    from shortable.store import uri_of

    report = run(broker, market=market_of(market), data_folder=data)
    if as_json:
        json_document(asdict(report) | {"path": uri_of(report.path)})
    else:
        _show(report)


def _show(report: CompactReport) -> None:
    from shortable.store import uri_of

    rows = max(report.rows, 1)
    say(uri_of(report.path), style="bold")
    fields(
        {
            "rows": count(report.rows),
            "parts": f"{count(report.parts_before)} before, {count(report.parts_after)} now",
            "bytes": f"{count(report.bytes_before)} before, {count(report.bytes_after)} now "
            f"({report.bytes_before / rows:.1f} and {report.bytes_after / rows:.1f} a row)",
        }
    )
