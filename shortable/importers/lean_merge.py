"""Rows of a LEAN folder's two layouts, brought together day by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shortable.importers.base import Parsed, Reject
from shortable.importers.lean_file import LeanFile, text_lines

__all__ = ["DayRows", "file_name", "merge"]

_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class DayRows:
    """Rows with their day, all of shape (n,), and where each stands.

    Attributes
    ----------
    ticker : pa.Array of string
        Canonical tickers.
    day : ndarray of int64
        Days since 1970-01-01.
    quantity, floor, fee_rate, rebate_rate
        As in `LeanFile`.
    line, file : ndarray of int64
        Line number, and position in `paths`.
    paths : tuple of Path
        Files that the rows come from.
    """

    ticker: pa.Array
    day: _Ints
    quantity: _Ints
    floor: npt.NDArray[np.bool_]
    fee_rate: npt.NDArray[np.float64]
    rebate_rate: npt.NDArray[np.float64]
    line: _Ints
    file: _Ints
    paths: tuple[Path, ...]

    @classmethod
    def of(cls, file: LeanFile, day: _Ints, ticker: pa.Array, path: Path) -> DayRows:
        """Return one file's rows."""
        return cls(
            ticker,
            day,
            file.quantity,
            file.floor,
            file.fee_rate,
            file.rebate_rate,
            file.lines,
            np.zeros(len(day), dtype=np.int64),
            (path,),
        )

    @classmethod
    def concat(cls, parts: Sequence[DayRows]) -> DayRows:
        """Return the rows of several, in order."""
        if not parts:
            none, rates = np.zeros(0, dtype=np.int64), np.zeros(0)
            return cls(
                pa.array([], pa.string()),
                none,
                none,
                np.zeros(0, dtype=bool),
                rates,
                rates,
                none,
                none,
                (),
            )

        def joined(name: str) -> Any:
            return np.concatenate([getattr(part, name) for part in parts])

        paths: dict[Path, int] = {}
        numbers = [[paths.setdefault(path, len(paths)) for path in part.paths] for part in parts]
        file = np.concatenate(
            [np.array(n, dtype=np.int64)[p.file] for n, p in zip(numbers, parts, strict=True)]
        )
        ticker = pa.concat_arrays([part.ticker for part in parts])
        return cls(
            ticker,
            joined("day"),
            joined("quantity"),
            joined("floor"),
            joined("fee_rate"),
            joined("rebate_rate"),
            joined("line"),
            file,
            tuple(paths),
        )

    def take(self, rows: npt.NDArray[Any]) -> DayRows:
        """Return some rows, by position or by mask."""
        at = np.flatnonzero(rows) if rows.dtype == bool else rows
        return DayRows(
            self.ticker.take(pa.array(at)),
            self.day[at],
            self.quantity[at],
            self.floor[at],
            self.fee_rate[at],
            self.rebate_rate[at],
            self.line[at],
            self.file[at],
            self.paths,
        )

    def without(self, bad: Mapping[int, str], parsed: Parsed) -> DayRows:
        """Return the rows that have no reason against them; the others become rejects."""
        if not bad:
            return self
        keep = np.ones(len(self.day), dtype=bool)
        keep[list(bad)] = False
        # Rows keep their line number, not their text: only the few that are rejected need it.
        texts: dict[Path, list[str]] = {}
        for row, reason in sorted(bad.items()):
            path, line = self.paths[int(self.file[row])], int(self.line[row])
            if path not in texts:
                texts[path] = text_lines(path.read_bytes())
            parsed.rejects.append(Reject(file_name(path), line, texts[path][line - 1], reason))
        return self.take(keep)

    def where(self, row: int) -> str:
        """Say where a row stands."""
        return f"line {self.line[row]} of {file_name(self.paths[int(self.file[row])])}"

    def table(self) -> pa.Table:
        """Return the rows as the store takes them."""
        return pa.table(
            {
                "symbol": self.ticker,
                "quantity": pa.array(self.quantity, mask=self.quantity < 0),
                "quantity_is_floor": pa.array(self.floor),
                "fee_rate": pa.array(self.fee_rate, mask=np.isnan(self.fee_rate)),
                "rebate_rate": pa.array(self.rebate_rate, mask=np.isnan(self.rebate_rate)),
            }
        )


def file_name(path: Path) -> str:
    """Return how messages call a file of the folder."""
    return f"{path.parent.name}/{path.name}"


def merge(
    dates: Sequence[DayRows], symbols: Sequence[DayRows], parsed: Parsed
) -> tuple[dict[int, DayRows], dict[int, DayRows]]:
    """Bring the two layouts together.

    Parameters
    ----------
    dates, symbols : sequence of DayRows
        One a file of ``dates/`` and ``symbols/``.
    parsed : Parsed
        Takes the rejects, the rows that repeat others, and the notes.

    Returns
    -------
    complete, partial : dict of day to DayRows
        Days of ``dates/`` with the symbols that only ``symbols/`` names, and the other days of ``symbols/``.
    """
    listed, single = DayRows.concat(dates), DayRows.concat(symbols)
    both = pa.concat_arrays([listed.ticker, single.ticker]).dictionary_encode()
    code = np.array(both.indices, dtype=np.int64)
    size = max(len(both.dictionary), 1)
    listed, listed_key = _distinct(listed, listed.day * size + code[: len(listed.day)], parsed)
    single, single_key = _distinct(
        single, single.day * size + code[len(code) - len(single.day) :], parsed
    )
    at = np.searchsorted(listed_key, single_key)
    at[at == len(listed_key)] = 0
    stated = (
        listed_key[at] == single_key if len(listed_key) else np.zeros(len(single_key), dtype=bool)
    )
    same = np.zeros(len(single_key), dtype=bool)
    same[stated] = _equal(single.take(stated), listed.take(at[stated]))
    parsed.pass_over("repeated in symbols/", int(same.sum()))
    against = {
        row: f"{listed.where(int(at[row]))} says otherwise"
        for row in np.flatnonzero(stated & ~same).tolist()
    }
    single.without(against, parsed)
    new = single.take(~stated)
    fills = np.isin(new.day, listed.day)
    if fills.any():
        parsed.notes.append(
            f"{int(fills.sum()):,} rows of symbols/ name symbols that the dates/ file of their day leaves out; "
            "they are part of that day's snapshot"
        )
    return _by_day(DayRows.concat([listed, new.take(fills)])), _by_day(new.take(~fills))


def _distinct(rows: DayRows, key: _Ints, parsed: Parsed) -> tuple[DayRows, _Ints]:
    """Sort by day and ticker; second rows for one of them become rejects."""
    order = np.argsort(key, kind="stable")
    rows, key = rows.take(order), key[order]
    first = np.ones(len(key), dtype=bool)
    first[1:] = key[1:] != key[:-1]
    if first.all():
        return rows, key
    firsts = np.maximum.accumulate(np.where(first, np.arange(len(key)), 0))
    again = {
        row: f"duplicate of {rows.where(int(firsts[row]))}"
        for row in np.flatnonzero(~first).tolist()
    }
    return rows.without(again, parsed), key[first]


def _equal(one: DayRows, other: DayRows) -> npt.NDArray[np.bool_]:
    same: npt.NDArray[np.bool_] = (one.quantity == other.quantity) & (one.floor == other.floor)
    for a, b in ((one.fee_rate, other.fee_rate), (one.rebate_rate, other.rebate_rate)):
        same &= (a == b) | (np.isnan(a) & np.isnan(b))
    return same


def _by_day(rows: DayRows) -> dict[int, DayRows]:
    order = np.argsort(rows.day, kind="stable")
    day = rows.day[order]
    starts = np.flatnonzero(np.diff(day, prepend=day[:1] - 1))
    return {
        int(day[group[0]]): rows.take(order[group])
        for group in np.split(np.arange(len(day)), starts)[1:]
    }
