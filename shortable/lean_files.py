"""LEAN's short-availability files: where they lie in a data folder, and which cells a line of them has.

A broker's folder holds ``symbols/<ticker>.csv``, one line a day, and ``dates/<yyyyMMdd>.csv``, one line a symbol.
`shortable.importers` reads them into a store, `shortable.lean` in place.
Source: QuantConnect/Lean, ``Common/Data/Shortable/LocalDiskShortableProvider.cs``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from shortable.errors import ImportRefusedError

__all__ = ["VALUES", "broker_folder", "data_lines", "holds_files", "text_lines"]

VALUES = ("AVAILABLE", "REBATERATE", "FEERATE")
"""What follows the key of a line (a day or a ticker): shares, and two annual rates in percent. Each may be empty."""


def broker_folder(data_folder: str | Path, market: str, broker: str) -> Path:
    """Return where a LEAN data folder has a broker's files.

    Examples
    --------
    >>> broker_folder("Data", "usa", "axos").as_posix()
    'Data/equity/usa/shortable/axos'
    """
    return Path(data_folder) / "equity" / market / "shortable" / broker


def holds_files(folder: Path) -> bool:
    """Whether a broker's folder holds LEAN's files; the parts of a store may lie in a folder of the same place."""
    return (folder / "symbols").is_dir() or (folder / "dates").is_dir()


def text_lines(data: bytes) -> list[str]:
    """Return the lines of a file, whatever ends them; bytes that are no text become replacement characters."""
    return re.split(
        r"\r\n|\n|\r", data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
    )


def data_lines(data: bytes, name: str, key: str) -> tuple[list[tuple[int, str]], Mapping[str, int]]:
    """Return a file's lines of data, and which cell of them is what.

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
    list of (int, str)
        Line numbers, from 1, and lines; without those that are blank or comments, and without the header.
    mapping of str to int
        Positions of the key and of `VALUES` in a line: the header's, else in that order. A column that the header
        does not name is not in it.

    Raises
    ------
    ImportRefusedError
        The header lacks AVAILABLE.

    Examples
    --------
    >>> data_lines(b"#SYM,AVAILABLE\\naapl,2000\\n\\nbac,200\\n", "20201221.csv", "SYM")
    ([(2, 'aapl,2000'), (4, 'bac,200')], {'SYM': 0, 'AVAILABLE': 1})
    """
    lines = [(number, line) for number, line in enumerate(text_lines(data), 1) if line.strip()]
    order: Mapping[str, int] = {key: 0, **{value: at for at, value in enumerate(VALUES, 1)}}
    if lines and (header := _header(lines[0][1])) is not None:
        order = _order(header, key, name)
        del lines[0]
    return [(number, line) for number, line in lines if not line.startswith("#")], order


def _header(line: str) -> list[str] | None:
    """Return the names of a header line; None for a first line of data (SYM and DATE may be tickers)."""
    names = [cell.strip().upper() for cell in line.strip().lstrip("#").split(",")]
    return names if line.strip().startswith("#") or "AVAILABLE" in names[1:] else None


def _order(header: list[str], key: str, name: str) -> dict[str, int]:
    order = {text: at for at, text in enumerate(header)}
    # The first cell is the key whatever a vendor calls it (SYM, SYMBOL, TICKER), unless the key has a name.
    order.setdefault(key, 0)
    if "AVAILABLE" not in order:
        raise ImportRefusedError(
            f"{name}: its header {','.join(header)!r} lacks AVAILABLE; one reads #{key},AVAILABLE,REBATERATE,FEERATE"
        )
    return order
