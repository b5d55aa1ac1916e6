"""Files that a person names on the command line: prices to read, documents to write."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from shortable.errors import InvalidInputError, MarketDataError
from shortable.market_data import MarketData
from shortable.market_data.basis import check_basis

__all__ = ["check_target", "read_prices", "write_whole"]


def read_prices(path: Path, *, basis: str | None = None, currency: str | None = None) -> MarketData:
    """Read prices by what is there: Parquet where there is any, else CSV.

    Parameters
    ----------
    path : Path
        A file or a folder.
    basis, currency : str, optional
        As in `MarketData.from_frames`.

    Raises
    ------
    MarketDataError
        They cannot be read, or cannot be compared with shares (S11); the message names options.
    """
    if path.is_dir():
        parquet = any(file.suffix.lower() == ".parquet" for file in path.iterdir())
    else:
        parquet = path.suffix.lower() != ".csv"
    read = MarketData.from_parquet if parquet else MarketData.from_csv
    try:
        prices = read(path, basis=check_basis(basis), currency=currency)
        prices.check_share_basis()
    except MarketDataError as error:
        hint = re.sub(r"\bbasis='(\w+)'", r"--basis \1", error.hint)
        raise MarketDataError(error.parameter, error.value, error.bound, hint) from None
    return prices


def check_target(option: str, path: Path | None, endings: Sequence[str]) -> None:
    """Refuse a file that cannot be written, before any work is done for it.

    Raises
    ------
    InvalidInputError
        Its ending is none of `endings`, its folder does not exist, or it is a folder.
    """
    if path is None:
        return
    if path.suffix.lower() not in endings or not path.absolute().parent.is_dir() or path.is_dir():
        raise InvalidInputError(
            option,
            str(path),
            f"be a file ending in {' or '.join(endings)}, in a folder that exists",
        )


def write_whole(path: Path, make: Callable[[Path], object]) -> None:
    """Write a file whole or not at all: `make` writes it elsewhere first."""
    with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=f".{path.name}.") as folder:
        made = Path(folder) / path.name
        make(made)
        made.replace(path)
