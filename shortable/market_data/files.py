"""Prices from CSV and Parquet files, and from tables of any kind to checked bars."""

from __future__ import annotations

import ast
import csv
import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shortable.actions.storage import ACTIONS_FILE
from shortable.arguments import path_of
from shortable.errors import MarketDataError
from shortable.market_data.bar_times import Resolution, at_midnight, commonest_step
from shortable.market_data.bars import Checked, LongBars, by_symbol_and_time, check_bars, join
from shortable.market_data.price_table import (
    PriceTable,
    find_columns,
    long_bars,
    role_of,
    spelled_out,
)
from shortable.market_data.shapes import Columns, tables_of_columns
from shortable.symbol import Market

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["bars_of_tables", "read_files"]

# Missing numbers as exports of spreadsheets and pandas write them.
_NO_NUMBER = ["", "NaN", "nan", "NA", "N/A", "null", "None", "-"]
_DELIMITERS = ",;\t"
_OTHERWISE = (
    "Numbers have no thousands separators, and rows one delimiter; for anything else read it with pandas, such as "
    "pd.read_csv(path, sep=';', decimal=',', thousands='.'), and give the frame to MarketData.from_frames."
)
_TEXT = ("symbol", "time", "currency")
# First cells of the lines above a CSV file of columns of two levels.
_LEVEL_NAMES = {"price", "ticker", "attributes", "symbols", ""}


def read_files(path: str | Path, suffix: str) -> list[PriceTable]:
    """Read a file, or every file of that suffix in a folder, in the order of their names.

    Parameters
    ----------
    path : str or Path
        A file, or a folder; the folders in it are not looked into.
    suffix : {".parquet", ".csv"}

    Raises
    ------
    MarketDataError
        Nothing is there, nothing of that suffix is there, or a file cannot be read as what it claims to be.
    """
    place = path_of("path", path)
    if place.is_dir():
        files = sorted(
            f
            for f in place.iterdir()
            if f.suffix.lower() == suffix and not f.name.startswith(".") and f.name != ACTIONS_FILE
        )
        if not files:
            others = sorted({f.suffix for f in place.iterdir() if f.suffix})
            raise MarketDataError(
                "path",
                str(place),
                f"hold {suffix} files",
                f"It holds {', '.join(others)} files." if others else "It is empty.",
            )
    elif place.is_file():
        files = [place]
    else:
        raise MarketDataError(
            "path", str(place), f"be a {suffix} file or a folder of them; nothing is there"
        )
    read = _read_parquet if suffix == ".parquet" else _read_csv
    return [table for file in files for table in read(file)]


def _read_parquet(file: Path) -> list[PriceTable]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as opened:
            schema = opened.schema_arrow
            names, levels = _pandas_names(schema)
            names, by_beginning = spelled_out(names)
            wanted = _wanted(names, schema)
            table = opened.read(columns=[schema.names[i] for i in wanted])
    except (pa.ArrowException, OSError) as error:
        raise MarketDataError("path", file.name, "be a readable Parquet file", str(error)) from None
    if table.num_rows == 0:
        find_columns(names, file.name)
        raise MarketDataError("path", file.name, "hold at least one row")
    columns = Columns(
        [names[i] for i in wanted], table.columns, levels=levels, by_beginning=by_beginning
    )
    made_up = b"made_up" in (schema.metadata or {})
    return [replace(t, made_up=made_up) for t in tables_of_columns(columns, file.name, file.stem)]


def _pandas_names(schema: pa.Schema) -> tuple[list[Any], tuple[str, ...]]:
    """Return the columns' names as pandas had them, and the names of their levels."""
    names: list[Any] = list(schema.names)
    levels: tuple[str, ...] = ()
    described = (schema.metadata or {}).get(b"pandas")
    if described:
        index = json.loads(described).get("column_indexes", [])
        levels = tuple(str(i["name"]).lower() for i in index if i.get("name") is not None)
    for i, name in enumerate(names):
        if name.startswith("('"):
            names[i] = ast.literal_eval(name)
        elif name == "__index_level_0__" and _is_time(schema.field(i)):  # an index without a name
            names[i] = "time"
    if any(isinstance(name, tuple) for name in names):
        names = [n if isinstance(n, tuple) else (n, "") for n in names]
    return names, levels


def _is_time(field: pa.Field) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_timestamp(field.type) or pa.types.is_date(field.type))


def _wanted(names: Sequence[object], schema: pa.Schema) -> list[int]:
    """Return the columns to read: all of a wide table, the known ones of any other."""
    known = [i for i, name in enumerate(names) if isinstance(name, tuple) or role_of(name)]
    closes = [i for i in known if isinstance(names[i], tuple) or role_of(names[i]) != "time"]
    return known if closes else list(range(len(schema.names)))


def _read_csv(file: Path) -> list[PriceTable]:
    import pyarrow as pa

    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            text = list(itertools.islice(lines, 4))  # headers, and one more
        delimiter = next((d for d in _DELIMITERS if d in "".join(text[:1])), ",")
        head = list(csv.reader(text, delimiter=delimiter))
        names, levels, skipped = _csv_names(head)
        names, by_beginning = spelled_out(names)
        if len(head) <= skipped:
            find_columns(names, file.name)
            raise MarketDataError("path", file.name, "hold at least one row")
        decimal = "." if delimiter == "," else _decimal_of(head[skipped], file.name)
        read, table = _parse_csv(file, names, skipped, delimiter, decimal)
    except (pa.ArrowException, OSError, UnicodeDecodeError, csv.Error) as error:
        raise MarketDataError(
            "path", file.name, "be a readable CSV file", f"{error}. {_OTHERWISE}"
        ) from None
    columns = Columns(read, table.columns, levels=levels, by_beginning=by_beginning)
    return tables_of_columns(columns, file.name, file.stem)


def _decimal_of(row: Sequence[str], name: str) -> str:
    """Return the decimal sign of a row that commas do not separate.

    Raises
    ------
    MarketDataError
        Its commas may be decimal or separate thousands: 1,472 is 1472 or 1.472.
    """
    commas = [cell for cell in row if "," in cell]
    if commas and all(re.fullmatch(r"\s*[1-9]\d{0,2},\d{3}\s*", cell) for cell in commas):
        raise MarketDataError(
            "path", name, f"leave no doubt about the comma in {commas[0].strip()!r}", _OTHERWISE
        )
    return "," if commas else "."


def _csv_names(head: Sequence[list[str]]) -> tuple[list[Any], tuple[str, ...], int]:
    """Return the columns' names, the names of their levels, and how many lines they take.

    yfinance's columns of two levels are saved as a line of prices, a line of tickers (or the other way round) and a
    line that names the index alone.
    """
    first: list[Any] = head[0] if head else []
    if len(head) < 2 or len(first) != len(head[1]) or not first:
        return first, (), 1
    corners = first[0].strip().lower(), head[1][0].strip().lower()
    if not set(corners) <= _LEVEL_NAMES or not all(
        cell.strip() for cell in first[1:] + head[1][1:]
    ):
        return first, (), 1
    named_index = len(head) > 2 and not any(cell.strip() for cell in head[2][1:])
    pairs = [("time", ""), *zip(first[1:], head[1][1:], strict=True)]
    return pairs, tuple(corner for corner in corners if corner), 3 if named_index else 2


def _parse_csv(
    file: Path, names: Sequence[Any], skipped: int, delimiter: str, decimal: str
) -> tuple[list[Any], pa.Table]:
    """Return the names that are of use, and their columns: all of a wide table, the known ones of any other."""
    import pyarrow as pa
    import pyarrow.csv as pc

    known = [i for i, name in enumerate(names) if isinstance(name, tuple) or role_of(name)]
    wide = not any(isinstance(names[i], tuple) or role_of(names[i]) != "time" for i in known)
    used = list(range(len(names))) if wide else sorted({0, *known})
    roles = [role_of(name[0] if isinstance(name, tuple) else name) for name in names]
    # Text stays text: NA, TRUE and CON are tickers, and 00700 keeps its zeros until it is read as a symbol.
    types = {
        str(i): pa.string() if roles[i] in _TEXT or (i == 0 and roles[0] is None) else pa.float64()
        for i in used
    }
    table = pc.read_csv(
        file,
        read_options=pc.ReadOptions(
            column_names=[str(i) for i in range(len(names))], skip_rows=skipped
        ),
        parse_options=pc.ParseOptions(delimiter=delimiter),
        convert_options=pc.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=_NO_NUMBER,
            decimal_point=decimal,
        ),
    )
    return [names[i] for i in used], table


def bars_of_tables(
    tables: Sequence[PriceTable],
    resolution: Resolution | None,
    market: Market | None,
    currency: str | None,
    starts: bool | None,
) -> tuple[Checked, list[str]]:
    """Check the bars of all tables that hold a close.

    Tables whose labels all stand at midnight are one daily source; of the others those whose rows are a minute
    apart are one source and the rest is another. So a folder may hold several resolutions of a symbol, and
    several files of one.

    Raises
    ------
    MarketDataError
        No table holds a close, or a price is refused (see `check_bars`).
    """
    parts = [long_bars(t, market, currency, starts) for t in tables if "close" in t.columns]
    if not parts:
        raise MarketDataError("path", [t.name for t in tables], "hold prices: a column close")
    groups: dict[str, tuple[list[LongBars], Resolution | None]] = {}
    for part in parts:
        kind, known = ("given", resolution) if resolution is not None else _kind(part)
        groups.setdefault(kind, ([], known))[0].append(part)
    checked: Checked = {}
    notes: list[str] = []
    for group, known in groups.values():
        found, more = check_bars(join(group), known)
        for symbol, of in found.keys() & checked.keys():
            raise MarketDataError(
                "path", [t.name for t in tables], f"hold the {of} bars of {symbol} once"
            )
        checked |= found
        notes += more
    return checked, notes


def _kind(part: LongBars) -> tuple[str, Resolution | None]:
    """Return to which source a table belongs, and its resolution where that holds for all its symbols.

    What trades twice a day looks hourly by itself; a file of minutes says that it is not.
    """
    if at_midnight(part.labels):
        return "daily", Resolution.DAILY
    order = by_symbol_and_time(part)
    if commonest_step(part.labels[order], part.codes[order]) == 1:
        return "minute", Resolution.MINUTE
    return "intraday", None
