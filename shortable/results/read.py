"""Read results from the folders that `Result.to_parquet` wrote, of this version and of earlier ones."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shortable.arguments import path_of
from shortable.arrays import Times
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.results import schema
from shortable.results.folder import SUMMARY
from shortable.results.result import Result
from shortable.results.summary import MADE_UP, RunInfo, Summary, headline, summarize
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY

__all__ = ["read_result"]

_NEEDED = ("orders", "fills", "refusals", "equity", "borrow_costs", "checks_without_data")
_ASSUMPTIONS = (
    "prices",
    "availability",
    "opening_book",
    "look_up",
    "on_exceed",
    "recheck",
    "own_use",
    "slippage_model",
    "restriction",
    "locate",
    "recall",
    "share_of_daily_flow",
    "borrow_fee_convention",
    "commission_model",
    "buying_power_model",
    "fill_model",
    "brokerage_model",
)
# What tables and columns were called before the package `results` existed.
_OLD_TABLES = {"rejections": "refusals", "borrow_fees": "borrow_costs"}
_OLD_COLUMNS = {
    "orders": {"fee": "commission"},
    "fills": {"fee": "commission"},
    "refusals": {"rests_on_data": "has_data"},
    "borrow_costs": {"fee": "cost"},
    "availability": {"known": "has_data"},
    "order_events": {"order_fee": "commission"},
    "holdings": {"fee": "commission", "borrow_fee": "borrow_cost"},
}
_TAG = "Order exceeds maximum shortable quantity"


def read_result(folder: str | Path) -> Result:
    """Read what `Result.to_parquet`, or ``shortable run --out``, wrote.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    Result
        With the tables that the folder holds; `Result.has_table` says which. Folders of versions that named tables and
        columns differently are read too, those of runs of LEAN's rules included.

    Raises
    ------
    InvalidInputError
        It is no such folder, or a table of it is missing or cannot be read.
    """
    path = path_of("folder", folder)
    try:
        summary = json.loads((path / SUMMARY).read_text(encoding="utf-8"))
        if "algorithm" not in summary and "Total Orders" in summary:
            return _old_lean(path, summary)
        if (path / "rejections.parquet").exists():
            return _old(path, summary)
        return Result.restored(_tables(path, {}), summary, path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(
            "folder",
            str(folder),
            f"be a folder that shortable run --out or Result.to_parquet wrote ({error})",
            "Write one: shortable run short_availability --out FOLDER.",
        ) from error


def _tables(path: Path, old_names: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Read every table that the folder holds; `old_names` has the file's name where it is another."""
    found = {}
    for name in schema.TABLES:
        file = path / f"{old_names.get(name, name)}.parquet"
        if file.exists() or name in _NEEDED:
            frame = pd.read_parquet(file)
            if old_names:
                frame = frame.rename(columns=_OLD_COLUMNS.get(name, {}))
                if name == "refusals":
                    frame["error_code"] = [_code(value) for value in frame["error_code"]]
            found[name] = schema.conform(name, frame)
    return found


def _old(path: Path, summary: dict[str, Any]) -> Result:
    """Read a folder of the first version."""
    tables = _tables(path, {new: old for old, new in _OLD_TABLES.items()})
    figures = {("borrow_costs" if n == "borrow_fees" else n): v for n, v in summary.items()}
    figures["made_up"] = [
        n for n in ("prices", "availability") if MADE_UP in str(summary.get(n, ""))
    ]
    figures["limited"] = summary.get("availability") != "NullShortableProvider()"
    figures = {"headline": headline(Summary(figures)), "engine": "shortable", **figures}
    rows = [(n, str(summary[n])) for n in _ASSUMPTIONS if summary.get(n)]
    tables["assumptions"] = schema.of_tuples("assumptions", rows)
    return Result.restored(tables, figures, path)


def _old_lean(path: Path, statistics: Mapping[str, str]) -> Result:
    """Read a folder of a run of LEAN's rules of the first version: orders, events and equity, times in UTC."""
    orders, events, equity = (
        pd.read_parquet(path / f"{name}.parquet") for name in ("orders", "order_events", "equity")
    )
    run = path / "run.parquet"
    source: dict[Hashable, object] = pd.read_parquet(run).iloc[0].to_dict() if run.exists() else {}
    for frame in (orders, events):
        if len(frame):
            frame["time"] = _local(frame["time"])
            frame["status"] = frame["status"].map(_upper)
    if len(orders):
        orders["type"] = orders["type"].map(_upper)
        refused = orders["tag"].astype(str).str.startswith(_TAG).to_numpy(dtype=bool)
        orders["error_code"] = refused * EXCEEDS_SHORTABLE_QUANTITY
        orders["fill_price"] = orders["price"]
        orders["last_time"] = orders["time"]
    else:
        refused = np.zeros(0, dtype=bool)
    events = events.rename(columns={"fee": "commission"})
    filled = events[events["fill_quantity"] != 0] if len(events) else events
    fills = (
        filled[["order_id", "time", "symbol", "commission"]].assign(
            quantity=filled["fill_quantity"], price=filled["fill_price"]
        )
        if len(filled)
        else filled
    )
    short = orders[refused] if len(orders) else orders
    refusals = short.rename(columns={"id": "order_id", "quantity": "requested"}).assign(
        kind="SUBMISSION",
        allowed=0,
        has_data=True,  # LEAN refuses only where a quantity is known
    )
    tables = {
        "orders": schema.conform("orders", orders),
        "order_events": schema.conform("order_events", events),
        "fills": schema.conform("fills", fills),
        "refusals": schema.conform("refusals", refusals),
        "equity": schema.conform("equity", _closes(equity)),
    }
    start = float(statistics["Start Equity"])
    info = RunInfo(
        algorithm=str(source.get("algorithm", path.name)),
        engine="LEAN's rules",
        start=f"{tables['equity'].index[0]:%Y-%m-%d}" if len(tables["equity"]) else "",
        currency="USD",
        start_equity=start,
        prices=str(source.get("prices", "")),
        made_up=("prices",) if source.get("made_up") else (),
        statistics=statistics,
    )
    others = {name: schema.empty(name) for name in ("borrow_costs", "checks_without_data")}
    summary = dict(summarize(tables | others, info))
    for name in ("borrow_costs", "nights_short", "nights_without_rate"):
        del summary[name]  # the folder does not tell
    end = float(statistics["End Equity"])
    summary |= {"end_equity": end, "net_profit": end - start}
    summary["net_profit_percent"] = 100 * (end / start - 1) if start else 0.0
    total = statistics.get("Total Fees", "$0").replace("$", "").replace(",", "")
    summary["commissions"] = float(total)
    return Result.restored(tables, summary, path)


def _closes(equity: pd.DataFrame) -> pd.DataFrame:
    """Return the last sample of each date; LEAN's second sample, at midnight, repeats the evening before."""
    if not len(equity):
        return equity.drop(columns="time", errors="ignore").set_axis(pd.DatetimeIndex([]))
    times = pd.DatetimeIndex(_local(equity["time"]))
    values = pd.Series(equity["equity"].to_numpy(), index=times)
    within = values[times != times.normalize()]
    chosen = within if len(within) else values
    return chosen.groupby(pd.DatetimeIndex(chosen.index).normalize()).last().to_frame("equity")


def _local(times: pd.Series) -> Times:
    zone = Market.USA.time_zone
    return pd.to_datetime(times, utc=True).dt.tz_convert(zone).dt.tz_localize(None).to_numpy()


def _upper(member: object) -> str:
    """Return LEAN's CamelCase name of a member in capitals."""
    return "".join(f"_{c}" if c.isupper() and i else c for i, c in enumerate(str(member))).upper()


def _code(value: str | float) -> int:
    """Read an error code: a number, or the name that the first folders held."""
    if isinstance(value, str):
        return EXCEEDS_SHORTABLE_QUANTITY if value == "EXCEEDS_SHORTABLE_QUANTITY" else 0
    return int(value)
