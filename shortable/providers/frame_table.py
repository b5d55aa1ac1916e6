"""A wide DataFrame, times × tickers, checked and brought to arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.clock import as_datetime, instants, published_instant, transition_days
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.symbol import Symbol

__all__ = ["WideTable"]

_EPOCH_DAY = 719_163  # date(1970, 1, 1).toordinal()
_DAY = 86_400_000_000
_LARGEST = 2.0**63


@dataclass(frozen=True, slots=True, eq=False)
class WideTable:
    """What became known when, sorted by time."""

    market: Market
    """Whose symbols they are."""
    symbols: list[Symbol]
    """Of shape (n,), in the frame's order."""
    instants: npt.NDArray[np.int64]
    """Microseconds since 1970-01-01T00:00Z, strictly ascending, of shape (t,)."""
    values: npt.NDArray[Any]
    """Of shape (t, n): shares as int64, −1 not stated; or rates as float64, NaN not stated."""

    @classmethod
    def of(cls, frame: pd.DataFrame, parameter: str, market: Market, shares: bool) -> WideTable:
        """Check a frame.

        Parameters
        ----------
        frame : DataFrame
        parameter : str
            Name shown in errors.
        market : Market
        shares : bool
            Whether the values are shares, or else rates.

        Raises
        ------
        InvalidInputError
            It is no frame; a label is no ticker or names a symbol again; an index value is no time or stands
            twice; a value is no whole number of shares of at least 0, or no finite rate.
        """
        if not isinstance(frame, pd.DataFrame):
            raise InvalidInputError(parameter, frame, "be a DataFrame of times × tickers")
        symbols: dict[Symbol, Any] = {}
        for label in frame.columns:
            symbol = Symbol.create(label, market=market)
            if symbol in symbols:
                raise InvalidInputError(f"{parameter}.columns", label, f"name each symbol once; {symbols[symbol]!r} "
                                        f"is {symbol} too")  # fmt: skip
            symbols[symbol] = label
        times = _known_from(frame.index, parameter, market)
        order = np.argsort(times, kind="stable")
        times = times[order]
        again = np.flatnonzero(times[1:] == times[:-1])
        if len(again):
            raise InvalidInputError(f"{parameter}.index", frame.index[order[again[0]]], "hold each time once")
        columns = [_column(frame, parameter, i, shares) for i in range(len(symbols))]
        values = np.column_stack(columns) if columns else np.empty((len(times), 0), np.int64 if shares else np.float64)
        if shares and (not values.size or values.max() <= np.iinfo(np.int32).max):
            values = values.astype(np.int32)
        return cls(market, list(symbols), times, values[order])


def _known_from(index: Any, parameter: str, market: Market) -> npt.NDArray[np.int64]:
    """Return the instants from which rows count: published, so never read too early."""
    if not isinstance(index, pd.DatetimeIndex):
        name = f"{parameter}.index"
        index = pd.DatetimeIndex([as_datetime(time, name) for time in index]) if len(index) else pd.DatetimeIndex([])
    found = instants(index, market)
    if index.tz is None and len(found):
        days = index.to_numpy().astype("datetime64[us]").view(np.int64) // _DAY + _EPOCH_DAY
        jumps = transition_days(market, int(days.min()), int(days.max()))
        for at in np.flatnonzero(np.isin(days, jumps)).tolist():
            found[at] = published_instant(index[at], market)
    return found


def _column(frame: pd.DataFrame, parameter: str, number: int, shares: bool) -> npt.NDArray[Any]:
    column = frame.iloc[:, number]
    kind = column.dtype
    bound = "be a whole number of shares, at least 0, or NaN" if shares else "be a finite annual fraction, or NaN"
    if pd.api.types.is_bool_dtype(kind) or isinstance(kind, pd.StringDtype) or kind.kind not in "iufO":
        raise InvalidInputError(f"{parameter}[{frame.columns[number]!r}]", str(kind), "hold numbers")
    missing = column.isna().to_numpy()
    if shares and kind.kind in "iu":
        whole = column.to_numpy(dtype=np.int64, na_value=0) if missing.any() else column.to_numpy()
        bad = (whole < 0) | (whole > np.iinfo(np.int64).max) & ~missing
        if not bad.any():
            return np.where(missing, np.int64(-1), whole.astype(np.int64))
    values = np.array([_number(v) for v in column], np.float64) if kind.kind == "O" else column.to_numpy(np.float64, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        bad = ~np.isfinite(values)
        if shares:
            bad |= (values < 0) | (values >= _LARGEST) | (values != np.floor(values))
    bad &= ~missing
    if bad.any():
        at = int(bad.argmax())
        where = f"{parameter}[{frame.columns[number]!r}] at {frame.index[at]}"
        value = column.iloc[at]
        raise InvalidInputError(where, value.item() if isinstance(value, np.generic) else value, bound)
    return np.where(missing, -1, values).astype(np.int64) if shares else values


def _number(value: Any) -> float:
    """Return a number out of a column of objects; infinity, which is refused, for what is none."""
    if value is None or value is pd.NA or value != value:
        return np.nan
    if isinstance(value, (bool, np.bool_, str)):
        return np.inf
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.inf
