"""``shortable run FILE.py`` of an algorithm written for LEAN: its run, its summary, its JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from shortable.cli.algorithm_file import users_line
from shortable.cli.failures import ALGORITHM_RAISED
from shortable.cli.terminal import count, counted, fields, money, say, table, to_error, wrapped
from shortable.errors import InvalidInputError
from shortable.results import MADE_UP
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY

if TYPE_CHECKING:
    from shortable.lean.result import LeanResult
    from shortable.market_data import MarketData

__all__ = [
    "LeanJob",
    "is_lean_folder",
    "lean_document",
    "lean_file",
    "refuse_for_lean",
    "run_lean",
    "show_lean",
]

_REFUSALS = 5
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
    """A LEAN data folder, or a folder of ours that providers read."""
    prices: MarketData | None
    """Prices of ours; None: those of the LEAN folder, else the sample."""
    class_name: str | None
    settings: Mapping[str, Any]
    """start, end, cash and parameters."""


def lean_file(what: Path) -> Path | None:
    """Return the file of an algorithm written for LEAN: the one named, or an example's; else None."""
    from shortable.examples import EXAMPLES
    from shortable.lean.imports import is_lean_file

    example = EXAMPLES.get(str(what))
    if example is not None:
        return example.lean_file
    return what if what.suffix == ".py" and what.is_file() and is_lean_file(what) else None


def refuse_for_lean(options: Mapping[str, Any]) -> None:
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
                "An algorithm written for LEAN names its providers itself.",
            )


def is_lean_folder(path: Path | None) -> bool:
    """Whether a folder is laid out as LEAN's data are."""
    from shortable.lean.data.folder_source import LeanDataFolder

    return path is not None and LeanDataFolder.recognises(path)


def run_lean(
    job: LeanJob, out: Path | None, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Run the algorithm; where it raised, say so and end with exit code 1."""
    from shortable.lean.run import run_algorithm, source_of

    if job.prices is not None:
        prices: Any = source_of(job.prices)
    else:
        prices = source_of(job.data) if is_lean_folder(job.data) else None
    result = run_algorithm(
        job.file, prices, class_name=job.class_name, progress=progress, **job.settings
    )
    if result.error is not None:
        line = users_line(result.error, job.file.parent)
        notes = "".join(f" ({note})" for note in getattr(result.error, "__notes__", ()))
        said = f"the algorithm raised {type(result.error).__name__}: {result.error}{notes}"
        to_error("Error", said + (f"\n  {line}" if line else ""))
        raise typer.Exit(ALGORITHM_RAISED)
    if out is not None:
        result.to_parquet(out)
    return lean_document(result, out)


def lean_document(result: LeanResult, written: Path | None = None) -> dict[str, Any]:
    """Return a run's statistics by LEAN's keys, its orders and its log, for JSON.

    Times are naive, in the algorithm's time zone, or UTC where they say so; quantities are signed.
    """
    return {
        "algorithm": result.name,
        "start": result.start.date().isoformat(),
        "end": result.end.date().isoformat(),
        "prices": result.source,
        "made_up": result.made_up,
        "daily_bars_end": "close"
        if result.algorithm.settings.daily_precise_end_time
        else "midnight",
        "statistics": dict(result.statistics),
        "orders": result.orders_frame().to_dict("records"),
        "short_interest": _short_interest(result),
        "refusals": _refusals(result),
        "log": [{"time": m.time, "level": m.level, "text": m.text} for m in result.messages],
        "folder": None if written is None else str(written),
    }


def _short_interest(result: LeanResult) -> float | None:
    """Return what shorts paid and longs earned, in dollars; None where no security has LEAN's model of it."""
    models = [s.margin_interest_rate_model for s in result.algorithm._lean.securities.total]
    amounts = [float(model.amount) for model in models if hasattr(model, "amount")]
    return sum(amounts) if amounts else None


def _refusals(result: LeanResult) -> list[dict[str, Any]]:
    """Return the orders that were refused, and the updates, with LEAN's error code."""
    rows = []
    for ticket in result.tickets:
        for kind, request in (
            ("submission", ticket.submit_request),
            *(("update", u) for u in ticket.update_requests),
        ):
            answer = request.response
            if not answer.is_error:
                continue
            quantity = request.quantity if request.quantity is not None else ticket.quantity
            rows.append(
                {
                    "time": request.time,
                    "kind": kind,
                    "order_id": ticket.order_id,
                    "symbol": str(ticket.symbol),
                    "requested": abs(quantity),
                    "error_code": int(answer.error_code),
                    "tag": answer.error_message,
                }
            )
    return sorted(rows, key=lambda row: (row["time"], row["order_id"]))


def show_lean(document: Mapping[str, Any], title: str) -> None:
    """Print what came of the run on one screen."""
    statistics = document["statistics"]
    say(f"{title} · {document['start']} to {document['end']}", style="bold")
    ends = {"daily bars": _MIDNIGHT} if document["daily_bars_end"] == "midnight" else {}
    fields({"prices": MADE_UP if document["made_up"] else document["prices"], **ends})
    say()
    short = [r for r in document["refusals"] if r["error_code"] == EXCEEDS_SHORTABLE_QUANTITY]
    if short:
        say(f"Shorts over what could be borrowed ({count(len(short))})", style="bold")
        shown = short[:_REFUSALS]
        cells = [
            (f"{r['time']:%Y-%m-%d %H:%M} UTC", r["symbol"], count(int(r["requested"])), _what(r))
            for r in shown
        ]
        if len(short) > len(shown):
            cells.append((f"… {count(len(short) - len(shown))} more", "", "", ""))
        table({"time": "left", "symbol": "left", "requested": "right", "what": "left"}, cells)
        say(shown[0]["tag"])
    else:
        say("No short was refused for want of shares", style="bold")
    say()
    other = len(document["refusals"]) - len(short)
    orders = f"{statistics.get('Total Orders', '0')}, of which {count(len(short))} requests refused for availability"
    rows = {"orders": orders + (f" and {counted(other, 'request')} otherwise" if other else "")}
    rows |= {name.lower(): _amount(name, statistics[name]) for name in _SHOWN if name in statistics}
    interest = document["short_interest"]
    rows["borrow fees"] = (
        "none: no security has ShortMarginInterestRateModel"
        if interest is None
        else (f"{money(-interest)} USD, rebates on longs taken off")
    )
    if log := document["log"]:
        rows["log"] = f"{counted(len(log), 'line')}, the last: {wrapped(log[-1]['text'])[0][:60]}"
    if document["folder"] is not None:
        rows["written to"] = document["folder"]
    fields(rows)


def _what(refusal: Mapping[str, Any]) -> str:
    return "update refused" if refusal["kind"] == "update" else "refused"


def _amount(name: str, text: str) -> str:
    return money(float(text)) if name.endswith("Equity") else text
