"""The tables of a `ShortDesk`'s record, and the report and `Result` made of them: for adapters and research."""

from __future__ import annotations

from typing import TypeVar

import pandas as pd

from shortable.desk import ShortDesk
from shortable.results.result import Result
from shortable.results.schema import of_records, of_tuples
from shortable.results.summary import RunInfo

_Instrument = TypeVar("_Instrument")

__all__ = ["report_of", "result_of", "tables_of"]

_REPORT = ["time", "symbol", "what", "shares", "available", "has_data", "rate", "cost", "tag"]


def tables_of(desk: ShortDesk[_Instrument]) -> dict[str, pd.DataFrame]:
    """Return a desk's record as the tables `refusals`, `borrow_costs` and `checks_without_data`."""
    return {
        "refusals": of_records("refusals", desk.refusals),
        "borrow_costs": of_records("borrow_costs", desk.borrow_costs),
        "checks_without_data": of_tuples("checks_without_data", desk.checks_without_data),
    }


def report_of(desk: ShortDesk[_Instrument]) -> pd.DataFrame:
    """Return refusals and borrow costs of a desk in one table, oldest first.

    Returns
    -------
    DataFrame
        time, symbol, what (a refusal's kind, or "borrow cost"), shares (asked for or short, negative), available,
        has_data, rate (annual fraction), cost, tag.
    """
    tables = tables_of(desk)
    refusals, costs = tables["refusals"], tables["borrow_costs"]
    first = refusals.rename(columns={"kind": "what", "requested": "shares"})
    second = costs.rename(columns={"date": "time"}).assign(
        what="borrow cost", shares=-costs["shares"]
    )
    parts = [part for part in (first, second) if len(part)] or [first]
    # Only columns that a table has: pandas warns of those that are empty.
    both = pd.concat(
        [part[[name for name in _REPORT if name in part]] for part in parts], ignore_index=True
    )
    return both.reindex(columns=_REPORT).sort_values("time", kind="stable", ignore_index=True)


def result_of(desk: ShortDesk[_Instrument], info: RunInfo) -> Result:
    """Return a desk's record as a `Result`; orders, fills and equity stay in the host's own tables."""
    return Result(tables_of(desk), info)
