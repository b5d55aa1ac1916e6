"""``shortable study``: figures that can be compared with print, on data of your own."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from shortable.cli.files import check_target, read_prices, write_whole
from shortable.cli.options import AsJson, DataPath, MarketName, market_of
from shortable.cli.terminal import json_document, say, table
from shortable.errors import InvalidInputError

if TYPE_CHECKING:
    from shortable.studies import Study

__all__ = ["study"]

NAMES = ("borrow-market", "leveraged-pairs", "daily-limits")


def study(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"One of {', '.join(NAMES)}.")],
    broker: Annotated[
        str | None,
        typer.Option(
            "--broker",
            "-b",
            metavar="NAME",
            help="Whose availability. Default: interactivebrokers, and twse for daily-limits.",
            show_default=False,
        ),
    ] = None,
    market: MarketName = "usa",
    prices: Annotated[
        Path | None,
        typer.Option(
            "--prices", metavar="PATH", help="Closes for leveraged-pairs.", show_default=False
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--start", metavar="DATE", help="Default: the first snapshot.", show_default=False
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(
            "--end", metavar="DATE", help="Default: the last snapshot.", show_default=False
        ),
    ] = None,
    draws: Annotated[
        int,
        typer.Option(
            "--draws", metavar="N", help="Of the estimate in leveraged-pairs; 0 leaves it out."
        ),
    ] = 20,
    data: DataPath = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot",
            metavar="FILE.png",
            help="Write the picture there (png, svg or pdf).",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a study on availability that you have imported; it says what it rests on."""
    if name not in NAMES:
        raise InvalidInputError("name", name, f"be one of {', '.join(NAMES)}")
    check_target("--plot", plot, (".png", ".svg", ".pdf"))
    found = _run(name, broker, market, prices, start, end, draws, data)
    if plot is not None:
        _save(found, plot)
    if as_json:
        json_document(_document(found))
        return
    say(found.title, "bold")
    for sentence in found.rests_on:
        say(sentence)
    for caption, figures in found.tables.items():
        say()
        say(caption)
        columns = {str(figures.index.name or ""): "left"} | {
            str(c): "right" for c in figures.columns
        }
        table(columns, [[str(label), *map(_text, row)] for label, *row in figures.itertuples()])
    say()
    for sentence in found.findings:
        say(f"- {sentence}")


def _run(
    name: str,
    broker: str | None,
    market: str,
    prices: Path | None,
    start: str | None,
    end: str | None,
    draws: int,
    data: Path | None,
) -> Study:
    from shortable.providers import LocalDiskShortableProvider
    from shortable.studies import borrow_market, daily_limits, leveraged_pairs, snapshot_times

    limits = name == "daily-limits"
    whose = broker or ("twse" if limits else "interactivebrokers")
    of = market_of("taiwan" if limits and market == "usa" else market)
    provider = LocalDiskShortableProvider(whose, data)
    times = snapshot_times(whose, of, data_folder=data, start=start, end=end)
    if name == "borrow-market":
        return borrow_market(provider, times)
    if limits:
        return daily_limits(provider, _sessions(times))
    from shortable.market_data import MarketData

    closes = MarketData.sample() if prices is None else read_prices(prices)
    return leveraged_pairs(closes, provider, times, start=start, end=end, draws=draws)


def _sessions(published: list[datetime]) -> list[datetime]:
    """Return nine o'clock of each weekday on which a list can answer: a holiday may lie before its session."""
    first, last = min(published).date(), max(published).date() + timedelta(days=14)
    return [day.to_pydatetime() for day in pd.bdate_range(first, last) + pd.Timedelta(hours=9)]


def _save(found: Study, file: Path) -> None:
    from shortable.plots.style import figure_of

    figure = figure_of(found.plot())
    write_whole(file, lambda temporary: figure.savefig(temporary, dpi=150))


def _document(found: Study) -> dict[str, object]:
    return {
        "title": found.title,
        "rests_on": list(found.rests_on),
        "tables": {
            caption: {
                str(label): {str(c): None if pd.isna(v) else v for c, v in row.items()}
                for label, row in figures.iterrows()
            }
            for caption, figures in found.tables.items()
        },
        "findings": list(found.findings),
    }


def _text(value: float) -> str:
    if pd.isna(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.4f}"
