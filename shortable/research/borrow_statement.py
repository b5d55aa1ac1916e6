"""A broker's statement of borrow fees, recomputed day by day: which charges are the rule's, and what a backtest would have charged."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shortable.arguments import path_of
from shortable.borrow import collateral_mark
from shortable.errors import InvalidInputError
from shortable.research.fee_rows import FeeRow, fee_rows, has_fee_rows
from shortable.symbol import Symbol

__all__ = [
    "BorrowStatement",
    "ChargedDay",
    "audit_borrow_statement",
    "holds_borrow_fees",
    "read_borrow_statement",
]

_CENT = Decimal("0.01")
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")


@dataclass(frozen=True, slots=True)
class ChargedDay:
    """One row of a statement: what was charged for one symbol on one calendar day."""

    symbol: Symbol
    """In its market's spelling."""
    currency: str
    """Of price and charge."""
    value_date: date
    """The calendar day."""
    shares: Decimal
    """Settled shares short, above 0 (the broker writes them with either sign)."""
    mark: Decimal
    """What a share was marked at: the close of the session before with the broker's mark-up."""
    rate: Decimal
    """Annual fraction; the file's percent / 100."""
    charged: Decimal
    """Paid, so above 0 where the file has a fee below 0; a credit is below 0."""


@dataclass(frozen=True, slots=True)
class BorrowStatement:
    """A statement's charges, recomputed by Interactive Brokers' rule (S8)."""

    days: pd.DataFrame
    """A line for each charged day: date, symbol, currency, shares, mark, rate, charged, recomputed, difference (charged −
    recomputed), agrees (to the cent). With closes also close (of the session before), mark_by_rule, and market_value_fee:
    what the default convention of a backtest charges for the day, NaN where there is no close."""
    skipped: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Rows that could not be read: row (of CSV its line, else 1 is the first), reason."""

    def summary(self) -> dict[str, Any]:
        """Return the statement in figures, by currency where they are money."""
        days = self.days
        by_currency = {
            currency: {
                "charged": _sum(part["charged"]),
                "recomputed": _sum(part["recomputed"]),
                "difference": _sum(part["difference"]),
                "interactive_brokers_borrow_fee": _sum(part["unrounded"]),
                "fee_on_market_value": (
                    None
                    if "market_value_fee" not in part or part["market_value_fee"].isna().any()
                    else _sum(part["market_value_fee"])
                ),
            }
            for currency, part in days.groupby("currency", sort=True)
        }
        marks = days["mark_by_rule"] if "mark_by_rule" in days else pd.Series(dtype=float)
        return {
            "charged_days": len(days),
            "agree": int(days["agrees"].sum()),
            "differ": int((~days["agrees"]).sum()),
            "marks_checked": int(marks.notna().sum()),
            "marks_that_differ": int((marks.notna() & (marks != days["mark"])).sum())
            if len(marks)
            else 0,
            "skipped": len(self.skipped),
            "currencies": by_currency,
        }


def _sum(values: pd.Series) -> float:
    return round(float(values.sum()), 2)


def holds_borrow_fees(path: str | Path) -> bool:
    """Say whether a file is a statement of Interactive Brokers with borrow fee details."""
    return has_fee_rows(path_of("path", path))


def read_borrow_statement(path: str | Path) -> tuple[list[ChargedDay], pd.DataFrame]:
    """Read the borrow fee details of an Interactive Brokers statement.

    Parameters
    ----------
    path : str or Path
        A Flex statement: XML with ``HardToBorrowDetail`` elements, or the older ``BorrowFeesDetail``; or an activity statement
        in English: CSV with the section "Borrow Fee Details". Rates are percent in both.

    Returns
    -------
    days : list of ChargedDay
        As the file has them.
    skipped : DataFrame
        Rows that could not be read: row (of CSV its line, of XML 1 is the first such element), reason.

    Raises
    ------
    InvalidInputError
        The file is neither, or has no such rows.
    """
    days: list[ChargedDay] = []
    faults: list[tuple[int, str]] = []
    for row in fee_rows(path_of("path", path)):
        try:
            days.append(_charged_day(row))
        except ValueError as error:
            faults.append((row.number, str(error)))
    return days, pd.DataFrame(faults, columns=["row", "reason"])


def _charged_day(row: FeeRow) -> ChargedDay:
    values, labels = row.values, row.labels
    missing = [label for name, label in labels.items() if not values.get(name)]
    if missing:
        raise ValueError(f"it lacks {', '.join(missing)}")
    found = _DAY.fullmatch(values["valueDate"].split(";")[0].strip())
    if found is None:
        raise ValueError(f"{labels['valueDate']} {values['valueDate']!r} is no date")
    day = date(*map(int, found.groups()))
    shares, mark = abs(_number(row, "quantity")), _number(row, "price")
    if mark <= 0:
        raise ValueError(f"{labels['price']} {values['price']!r} is not above 0")
    return ChargedDay(
        Symbol.create(values["symbol"], currency=values["currency"]),
        values["currency"],
        day,
        shares,
        mark,
        _number(row, "borrowFeeRate") / 100,
        -_number(row, "borrowFee"),
    )


def _number(row: FeeRow, name: str) -> Decimal:
    text = row.values[name]
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"{row.labels[name]} {text!r} is no number")
    return number


def audit_borrow_statement(path: str | Path, closes: pd.DataFrame | None = None) -> BorrowStatement:
    """Recompute every charged day of a statement: shares × mark × rate / 360, half a cent away from zero (S8).

    Parameters
    ----------
    path : str or Path
        As in `read_borrow_statement`.
    closes : DataFrame, sessions × symbols, optional
        Unadjusted closes. With them the mark is checked too, and the fee on market value is given.

    Returns
    -------
    BorrowStatement

    Raises
    ------
    InvalidInputError
        The file is no such statement.
    """
    charged, skipped = read_borrow_statement(path)
    if not charged:
        raise InvalidInputError(
            "statement",
            Path(path).name,
            f"hold a row that can be read; of {len(skipped)} none can, the first one: {skipped['reason'].iloc[0]}",
        )
    before = _closes_before(charged, closes)
    rows = []
    for day in charged:
        exact = day.shares * day.mark * day.rate / 360
        recomputed = exact.quantize(_CENT, ROUND_HALF_UP)
        rows.append(
            {
                "date": pd.Timestamp(day.value_date),
                "symbol": str(day.symbol),
                "currency": day.currency,
                "shares": float(day.shares),
                "mark": float(day.mark),
                "rate": float(day.rate),
                "charged": float(day.charged),
                "recomputed": float(recomputed),
                "difference": float(day.charged - recomputed),
                "agrees": day.charged == recomputed,
                "unrounded": float(exact),
            }
        )
    table = pd.DataFrame(rows)
    if closes is not None:
        table["close"] = before
        table["mark_by_rule"] = [
            _mark(close, day.currency) for day, close in zip(charged, before, strict=True)
        ]
        table["market_value_fee"] = table["shares"] * table["close"] * table["rate"] / 360
    return BorrowStatement(table, skipped)


def _mark(close: float, currency: str) -> float:
    if close != close:
        return np.nan
    try:
        return float(collateral_mark(close, currency))
    except InvalidInputError:
        return np.nan  # the currency's mark is not published


def _closes_before(days: list[ChargedDay], closes: pd.DataFrame | None) -> list[float]:
    """Return the close behind each charge: of the session before it, and on days without a session of the one before that."""
    if closes is None:
        return [np.nan] * len(days)
    table = closes.sort_index()
    sessions = pd.DatetimeIndex(table.index).normalize()
    columns = {Symbol.create(label): number for number, label in enumerate(table.columns)}
    values = table.ffill().to_numpy(np.float64)
    found = []
    for day in days:
        column = columns.get(day.symbol)
        # A day without a session repeats the last session's day, whose close is that of the session before it.
        last = int(sessions.searchsorted(pd.Timestamp(day.value_date), side="right")) - 1
        found.append(values[last - 1, column] if column is not None and last >= 1 else np.nan)
    return found
