"""The folder of a run of an algorithm written for LEAN, as a result's tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from shortable.market import Market
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY

__all__ = ["is_lean_summary", "lean_summary", "lean_tables"]

_TAG = "Order exceeds maximum shortable quantity"


def is_lean_summary(summary: Any) -> bool:
    """Whether a summary is LEAN's table of statistics."""
    return isinstance(summary, dict) and "algorithm" not in summary and "Total Orders" in summary


def lean_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Return a run's tables by a result's names and columns; times become New York's.

    What LEAN's folder does not hold is missing: shares held and available at a refusal, borrow fees, availability.
    """
    orders, events, equity = (
        pd.read_parquet(folder / f"{name}.parquet") for name in ("orders", "order_events", "equity")
    )
    orders["time"] = _local(orders["time"])
    fills = _fills(events)
    tags = orders["tag"].astype(str) if len(orders) else pd.Series(dtype=str)
    refused = orders[tags.str.startswith(_TAG).to_numpy(dtype=bool)] if len(orders) else orders
    rejections = pd.DataFrame(
        {
            "order_id": refused["id"],
            "time": refused["time"],
            "symbol": refused["symbol"],
            "kind": "SUBMISSION",
            "requested": refused["quantity"],
            "allowed": 0.0,
            "held": float("nan"),
            "open_sells": float("nan"),
            "available": pd.array([pd.NA] * len(refused), dtype="Int64"),
            "rests_on_data": True,
            "error_code": EXCEEDS_SHORTABLE_QUANTITY,
            "tag": refused["tag"],
        }
    )
    return {
        "orders": orders.set_index("id"),
        "fills": fills,
        "rejections": rejections,
        "equity": _closes(equity),
        "borrow_fees": pd.DataFrame(
            {
                n: pd.Series(dtype=t)
                for n, t in (
                    ("date", "datetime64[ns]"),
                    ("symbol", object),
                    ("shares", float),
                    ("close", float),
                    ("rate", float),
                    ("days", float),
                    ("fee", float),
                )
            }
        ),
        "checks_without_data": pd.DataFrame(
            {"time": pd.Series(dtype="datetime64[ns]"), "symbol": pd.Series(dtype=object)}
        ),
        "availability": pd.DataFrame(
            {
                "date": pd.Series(dtype="datetime64[ns]"),
                "symbol": pd.Series(dtype=object),
                "available": pd.array([], dtype="Int64"),
                "known": pd.Series(dtype=bool),
                "fee_rate": pd.Series(dtype=float),
            }
        ),
        "opening": pd.DataFrame(
            {"symbol": pd.Series(dtype=object), "quantity": pd.Series(dtype=float)}
        ),
    }


def lean_summary(
    folder: Path, statistics: Mapping[str, str], tables: Mapping[str, pd.DataFrame]
) -> dict[str, Any]:
    """Return a run's figures by a result's names, as far as LEAN's statistics tell them, and those beside them."""
    run = folder / "run.parquet"
    said: dict[Any, Any] = pd.read_parquet(run).iloc[0].to_dict() if run.exists() else {}
    equity, orders = tables["equity"]["equity"], tables["orders"]
    start, end = (float(statistics[name]) for name in ("Start Equity", "End Equity"))
    status = orders["status"].value_counts()
    return {
        "algorithm": said.get("algorithm", folder.name),
        "start": f"{equity.index[0]:%Y-%m-%d}" if len(equity) else "",
        "end": f"{equity.index[-1]:%Y-%m-%d}" if len(equity) else "",
        "sessions": len(equity),
        **({"prices": said["prices"], "made_up": bool(said["made_up"])} if said else {}),
        "orders": len(orders),
        "filled": int(status.get("Filled", 0)),
        "refused_for_availability": len(tables["rejections"]),
        "start_equity": start,
        "end_equity": end,
        "net_profit": end - start,
        "net_profit_percent": 100 * (end / start - 1) if start else 0.0,
        "commissions": float(statistics.get("Total Fees", "$0").replace("$", "").replace(",", "")),
        "currency": "USD",
        "statistics": dict(statistics),
    }


def _fills(events: pd.DataFrame) -> pd.DataFrame:
    if not len(events):
        return pd.DataFrame(
            {
                "order_id": [],
                "time": pd.Series(dtype="datetime64[ns]"),
                "symbol": [],
                "quantity": [],
                "price": [],
                "fee": [],
            }
        )
    some = events[events["fill_quantity"] != 0]
    return pd.DataFrame(
        {
            "order_id": some["order_id"],
            "time": _local(some["time"]),
            "symbol": some["symbol"],
            "quantity": some["fill_quantity"],
            "price": some["fill_price"],
            "fee": some["fee"],
        }
    )


def _closes(equity: pd.DataFrame) -> pd.DataFrame:
    """Return the last sample of each date; LEAN's second sample, at midnight, is the evening before once more."""
    if not len(equity):
        return pd.DataFrame(
            {"equity": pd.Series(dtype=float)}, index=pd.DatetimeIndex([], name="date")
        )
    times = pd.DatetimeIndex(_local(equity["time"]))
    values = pd.Series(equity["equity"].to_numpy(), index=times)
    inside = values[times != times.normalize()]
    chosen = inside if len(inside) else values
    closes = chosen.groupby(pd.DatetimeIndex(chosen.index).normalize()).last()
    closes.index.name = "date"
    return closes.to_frame("equity")


def _local(times: pd.Series) -> Any:
    return (
        pd.to_datetime(times, utc=True)
        .dt.tz_convert(Market.USA.time_zone)
        .dt.tz_localize(None)
        .to_numpy()
    )
