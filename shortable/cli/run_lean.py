"""``shortable run FILE.py`` of an algorithm written for LEAN: its run, its summary, its JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from shortable.cli.algorithm_file import users_line
from shortable.cli.failures import ALGORITHM_RAISED
from shortable.cli.job import Span
from shortable.cli.run_summary import refusal_rows, show_refused
from shortable.cli.terminal import count, counted, fields, money, say, to_error, wrapped
from shortable.errors import InvalidInputError
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY

if TYPE_CHECKING:
    from shortable.lean import LeanResult
    from shortable.market_data import MarketData

__all__ = [
    "LeanJob",
    "is_lean_folder",
    "lean_document",
    "refuse_for_lean",
    "run_lean",
    "show_lean",
]

_ROOM = 10
"""Lines that refusals may take."""
_MIDNIGHT = "end at midnight: the algorithm sets settings.daily_precise_end_time to False"
_SHOWN = (
    "Start Equity",
    "End Equity",
    "Net Profit",
    "Drawdown",
    "Total Fees",
    "Portfolio Turnover",
    "Sharpe Ratio",
)


@dataclass(frozen=True, slots=True)
class LeanJob:
    """What is to be run, on what."""

    file: Path
    data: Path | None
    """A LEAN data folder, or a data folder of shortable's, which providers read."""
    prices: MarketData | None
    """Prices in shortable's own form; None: those of the LEAN folder, else the sample."""
    class_name: str | None
    span: Span
    parameters: Mapping[str, str]
    """For ``get_parameter``."""


def refuse_for_lean(options: Mapping[str, object]) -> None:
    """Refuse options that only algorithms of our own take.

    Raises
    ------
    InvalidInputError
        One of them was given.
    """
    for name, value in options.items():
        if value is not None:
            raise InvalidInputError(
                name,
                str(value),
                "be left out",
                "An algorithm written for LEAN names its providers itself, and LEAN's rule decides.",
            )


def is_lean_folder(path: Path | None) -> bool:
    """Whether a folder is laid out as LEAN's data are."""
    from shortable.lean import LeanDataFolder

    return path is not None and LeanDataFolder.recognises(path)


def run_lean(
    job: LeanJob, out: Path | None, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Run the algorithm; where it raised, report that and end with exit code 1."""
    from shortable.lean import run_algorithm

    prices: MarketData | Path | None = job.prices
    if prices is None and is_lean_folder(job.data):
        prices = job.data
    result = run_algorithm(
        job.file,
        prices,
        class_name=job.class_name,
        progress=progress,
        parameters=job.parameters,
        **job.span,
    )
    if result.error is not None:
        line = users_line(result.error, job.file.parent)
        notes = "".join(f" ({note})" for note in getattr(result.error, "__notes__", ()))
        message = f"the algorithm raised {type(result.error).__name__}: {result.error}{notes}"
        to_error("Error", message + (f"\n  {line}" if line else ""))
        raise typer.Exit(ALGORITHM_RAISED)
    if out is not None:
        result.to_parquet(out)
    return lean_document(result, out)


def lean_document(result: LeanResult, written: Path | None = None) -> dict[str, Any]:
    """Return a run's statistics by LEAN's keys, its orders, refusals and log, for JSON.

    Times are exchange-local, those of the log in the algorithm's time zone; quantities of orders are signed.
    """
    figures = result.summary()
    return {
        "algorithm": result.name,
        "headline": figures["headline"],
        "start": result.start.date().isoformat(),
        "end": result.end.date().isoformat(),
        "prices": figures["prices"],
        "made_up": result.made_up,
        "daily_bars_end": result.daily_bars_end,
        "statistics": result.statistics,
        "orders": _order_rows(result),
        "short_interest": result.short_interest,
        "refusals": refusal_rows(result),
        "checks": figures["availability_checks"],
        "checks_without_data": result.checks_without_data.to_dict("records"),
        "log": result.log.to_dict("records"),
        "folder": None if written is None else str(written),
    }


def _order_rows(result: LeanResult) -> list[dict[str, Any]]:
    orders = result.orders.reset_index()
    for name in ("type", "time_in_force", "status"):
        orders[name] = [getattr(member, "name", member) for member in orders[name]]
    plain = orders.assign(symbol=orders["symbol"].map(str))
    return [{str(k): v for k, v in row.items()} for row in plain.to_dict("records")]


def show_lean(document: Mapping[str, Any], title: str) -> None:
    """Print what came of the run on one screen."""
    statistics, refusals = document["statistics"], document["refusals"]
    say(f"{title} · {document['start']} to {document['end']}", style="bold")
    ends = {"daily bars": _MIDNIGHT} if document["daily_bars_end"] == "midnight" else {}
    fields({"prices": document["prices"], **ends})
    say()
    show_refused(refusals, document["headline"], _ROOM)
    say()
    short = sum(r["error_code"] == EXCEEDS_SHORTABLE_QUANTITY for r in refusals)
    other = len(refusals) - short
    orders = f"{statistics.get('Total Orders', '0')}, of which {count(short)} requests refused for availability"
    rows = {"orders": orders + (f" and {counted(other, 'request')} otherwise" if other else "")}
    rows |= {name.lower(): _amount(name, statistics[name]) for name in _SHOWN if name in statistics}
    interest = document["short_interest"]
    rows["borrow costs"] = (
        "none: no security has ShortMarginInterestRateModel"
        if interest is None
        else (f"{money(-interest)} USD, rebates on longs taken off")
    )
    if log := document["log"]:
        rows["log"] = f"{counted(len(log), 'line')}, the last: {wrapped(log[-1]['text'])[0][:60]}"
    if document["folder"] is not None:
        rows["written to"] = document["folder"]
    fields(rows)


def _amount(name: str, text: str) -> str:
    return money(float(text)) if name.endswith("Equity") else text
