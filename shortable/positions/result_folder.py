"""Read the account of a finished backtest from the folder that `Result.to_parquet` wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from shortable.engine.opening import OpeningHolding
from shortable.engine.statement import Fill, Mark, Statement
from shortable.errors import InvalidInputError
from shortable.symbol import Symbol

__all__ = ["is_result_folder", "statement_in"]

_TABLES = ("equity", "fills", "holdings", "opening")
_SUMMARY = "summary.json"
# As many as a statement of a running backtest tells.
_SESSIONS = 10


def is_result_folder(folder: Path) -> bool:
    """Whether the folder holds a result's summary."""
    return (folder / _SUMMARY).is_file()


def statement_in(folder: Path) -> Statement:
    """Return the account that a result's folder tells.

    Raises
    ------
    InvalidInputError
        A table is missing or cannot be read, as in folders that an older shortable wrote.
    """
    try:
        summary: dict[str, Any] = json.loads((folder / _SUMMARY).read_text(encoding="utf-8"))
        equity, fills, holdings, opening = (
            pd.read_parquet(folder / f"{name}.parquet") for name in _TABLES
        )
        sessions = [moment.date() for moment in equity.index]
        return Statement(
            algorithm=summary["algorithm"],
            currency=summary["currency"],
            time=holdings["time"].iloc[0].to_pydatetime(),
            finished=True,
            cash=float(equity["cash"].iloc[-1]),
            first=sessions[0],
            sessions=tuple(sessions[-_SESSIONS:]),
            opening=tuple(
                OpeningHolding(*row)
                for row in _rows(opening, "symbol", "quantity", "average_price", "price")
            ),
            fills=tuple(
                Fill(Symbol(symbol), time.date(), quantity, price, fee)
                for symbol, time, quantity, price, fee in _rows(
                    fills, "symbol", "time", "quantity", "price", "fee"
                )
            ),
            events=len(fills),
            marks=tuple(_marks(holdings)),
        )
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise InvalidInputError(
            "folder",
            str(folder),
            f"hold the tables of a result ({error})",
            "Write it with Result.to_parquet of this version.",
        ) from error


def _marks(holdings: pd.DataFrame) -> list[Mark]:
    names = ("symbol", "close", "previous_close", "open_buys", "open_sells", "borrow_fee")
    return [
        Mark(Symbol(symbol), _known(close), _known(before), buys, sells, fee)
        for symbol, close, before, buys, sells, fee in _rows(holdings, *names)
    ]


def _rows(table: pd.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name].tolist() for name in names), strict=True))


def _known(price: float) -> float | None:
    return None if price != price else price
