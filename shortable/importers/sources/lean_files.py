"""One file of a LEAN short-availability folder: lines of two to four cells, with or without a header."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import pyarrow as pa

from shortable.errors import ImportRefusedError
from shortable.importers import values
from shortable.importers.report import Reject
from shortable.importers.times import LIKELY_YEARS
from shortable.lean_files import VALUES, data_lines

__all__ = ["day_number", "read_lean_file"]

_DAY = re.compile(r"[0-9]{8}")


def read_lean_file(data: bytes, name: str, key: str) -> tuple[pa.Table, int, list[Reject]]:
    """Read one file.

    Parameters
    ----------
    data : bytes
        Content of the file.
    name : str
        What messages call it.
    key : "SYM" or "DATE"
        What the first cell is.

    Returns
    -------
    pa.Table, int, list of Reject
        The rows that can be used, how many rows there are in all, and the others. Columns: ``key`` (a ticker in a
        ``dates/`` file, a day in a ``symbols/`` file), ``quantity`` (shares, null where not stated),
        ``quantity_is_floor``, ``fee_rate`` and ``rebate_rate`` (annual fractions, null where not stated), ``line``
        (from 1).

    Raises
    ------
    ImportRefusedError
        The file is not text, or its header lacks a column.

    Examples
    --------
    >>> rows, n_rows, rejects = read_lean_file(b"aapl,2000,5.07,0.25\\nbac,200\\nx,-1,,", "20201221.csv", "SYM")
    >>> rows["key"].to_pylist(), rows["quantity"].to_pylist(), rows["fee_rate"].to_pylist()
    (['aapl', 'bac'], [2000, 200], [0.0025, None])
    >>> rejects[0].line, rejects[0].reason
    (3, 'AVAILABLE -1 is negative')
    """
    if b"\0" in data:
        raise ImportRefusedError(f"{name}: not a text file; nothing was imported")
    lines, order = data_lines(data, name, key)
    width = max(4, 1 + max(order.values()))
    split = [line.split(",") for _, line in lines]
    rejects = [
        Reject(name, *line, f"the row has {len(row)} cells; 2 to {width} are read")
        for line, row in zip(lines, split, strict=True)
        if not 2 <= len(row) <= width
    ]
    kept = lines
    if rejects:
        kept = [line for line, row in zip(lines, split, strict=True) if 2 <= len(row) <= width]
        split = [row for row in split if 2 <= len(row) <= width]
    padded = [row if len(row) == width else row + [""] * (width - len(row)) for row in split]
    present = list(zip(*padded, strict=True)) if padded else [()] * width
    # A column that the header does not name is empty.
    nothing = ("",) * len(kept)
    columns = [
        pa.array(present[order[field]] if field in order else nothing, pa.string())
        for field in (key, *VALUES)
    ]
    shares = values.quantities(columns[1], empty=None)
    rebate = values.rates(columns[2], name="REBATERATE", per_unit=100)
    fee = values.rates(columns[3], name="FEERATE", per_unit=100)
    rows = pa.table(
        {
            "key": columns[0],
            "quantity": shares.array(),
            "quantity_is_floor": pa.array(shares.floor),
            "fee_rate": fee.array(),
            "rebate_rate": rebate.array(),
            "line": pa.array([number for number, _ in kept], pa.int64()),
        }
    )
    if bad := values.reasons(shares, rebate, fee):
        rejects += [Reject(name, *kept[row], reason) for row, reason in bad.items()]
        rejects.sort(key=lambda reject: reject.line)
        good = np.ones(len(kept), dtype=bool)
        good[list(bad)] = False
        rows = rows.filter(pa.array(good))
    return rows, len(lines), rejects


@lru_cache(maxsize=1 << 14)
def day_number(text: str) -> int | None:
    """Return the day of a ``yyyyMMdd`` text from 1980 on, counted as `datetime64` counts days, or None where it is none.

    Examples
    --------
    >>> day_number("19800101"), day_number("20210230"), day_number("aapl")  # 10 years, two of them leap years
    (3652, None, None)
    """
    text = text.strip()
    if not _DAY.fullmatch(text) or int(text[:4]) not in LIKELY_YEARS:
        return None
    try:
        return int(np.datetime64(f"{text[:4]}-{text[4:6]}-{text[6:]}", "D").astype(np.int64))
    except ValueError:
        return None
