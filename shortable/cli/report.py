"""``shortable report``: a saved backtest as one page that can be sent to someone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shortable.cli.files import check_target, write_whole
from shortable.cli.options import AsJson
from shortable.cli.terminal import counted, fields, json_document, money, say, warn

__all__ = ["report"]


def report(
    result: Annotated[
        Path,
        typer.Argument(
            metavar="RESULT", help="Folder that shortable run --out, or Result.to_parquet, wrote."
        ),
    ],
    html: Annotated[
        Path,
        typer.Option(
            "--html", metavar="FILE.html", help="Where to write the page.", show_default=False
        ),
    ],
    without: Annotated[
        Path | None,
        typer.Option(
            "--without",
            metavar="RESULT",
            help="The same backtest without limits on shorts, to compare with.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a backtest as one page: its figures, drawings, refusals, costs, data and assumptions; it needs no network."""
    from shortable.report import report_html
    from shortable.results import read_result

    check_target("--html", html, (".html", ".htm"))
    saved = read_result(result)
    other = None if without is None else read_result(without)
    page = report_html(saved, other)
    write_whole(html, lambda path: path.write_text(page, encoding="utf-8", newline="\n"))
    figures = saved.summary()
    made_up = bool(figures["made_up"])
    if as_json:
        json_document(
            {
                "result": str(result),
                "without": None if without is None else str(without),
                "html": str(html),
                "bytes": len(page.encode()),
                "made_up": made_up,
                "summary": figures,
            }
        )
    else:
        say(
            f"{figures['algorithm']} · {figures['start']} to {figures['end']}, {counted(figures['sessions'], 'session')}",
            style="bold",
        )
        rows = {
            "orders": f"{figures['orders']:,}, {figures['refused_for_availability']:,} of them refused for availability",
            "P&L": f"{money(figures['net_profit'], signed=True)} {figures['currency']}",
        }
        if other is not None:
            rows["without limits"] = (
                f"{money(other.summary()['net_profit'], signed=True)} {other.summary()['currency']}"
            )
        fields(rows | {"written to": f"{html}, {len(page.encode()) / 1000:,.0f} kB"})
    if made_up:
        warn("the backtest rests on made-up sample data")
    if "<svg" not in page:
        warn(
            'without matplotlib the page has no drawings: python -m pip install "shortable-provider[plot]"'
        )
