"""A result read back from the folder that it was written to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from shortable.errors import InvalidInputError
from shortable.report.lean_folder import is_lean_summary, lean_summary, lean_tables

__all__ = ["SavedResult", "read_result"]

_NEEDED = ("orders", "fills", "rejections", "equity", "borrow_fees", "checks_without_data")
_SINCE = {
    "availability": ("date", "symbol", "available", "known", "fee_rate"),
    "opening": ("symbol", "quantity", "average_price", "price"),
}
"""Tables that folders of older versions do not have, and their columns."""


@dataclass(frozen=True, slots=True)
class SavedResult:
    """The tables of a `Result`, by the same names; enum members and symbols are text."""

    folder: Path
    """Where it was read."""
    orders: pd.DataFrame
    """Every order."""
    fills: pd.DataFrame
    """Every fill."""
    rejections: pd.DataFrame
    """Every order or update that a check refused, cut, warned of or cancelled."""
    equity: pd.DataFrame
    """The account at each session's close, by date."""
    borrow_fees: pd.DataFrame
    """Every night's fee by symbol."""
    checks_without_data: pd.DataFrame
    """Every check that no snapshot could answer."""
    availability: pd.DataFrame
    """What could be borrowed, session by session."""
    opening: pd.DataFrame
    """What was held before the first bar."""
    figures: dict[str, Any] = field(default_factory=dict)
    """The summary."""
    lean: bool = False
    """It is the run of an algorithm written for LEAN: its folder has neither borrow fees nor availability."""

    def summary(self) -> dict[str, Any]:
        """Return the run in figures, as a result does."""
        return dict(self.figures)


def read_result(folder: str | Path) -> SavedResult:
    """Read what `Result.to_parquet`, or ``shortable run --out``, wrote.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    SavedResult

    Raises
    ------
    InvalidInputError
        It is no such folder, or a table of it is missing or cannot be read.
    """
    path = Path(folder)
    try:
        summary = json.loads((path / "summary.json").read_text(encoding="utf-8"))
        if is_lean_summary(summary):
            tables: dict[str, Any] = lean_tables(path)
            return SavedResult(
                path, **tables, figures=lean_summary(path, summary, tables), lean=True
            )
        found: dict[str, Any] = {
            name: pd.read_parquet(path / f"{name}.parquet") for name in _NEEDED
        }
        for name, columns in _SINCE.items():
            file = path / f"{name}.parquet"
            found[name] = (
                pd.read_parquet(file)
                if file.exists()
                else pd.DataFrame({column: [] for column in columns})
            )
        return SavedResult(path, **found, figures=dict(summary))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(
            "result",
            str(folder),
            f"be a folder that shortable run --out or Result.to_parquet wrote ({error})",
            "Write one: shortable run short_availability --out FOLDER.",
        ) from error
