"""Schwab's quotes (``GET /marketdata/v1/quotes``): the part ``reference`` says what may be sold short.

``htbQuantity`` and ``htbRate`` are of what is hard to borrow. The documentation gives the rate no unit, and answers have
been seen in which it is 0.0 for what is hard to borrow and for what is not: a rate of 0 is stored as not stated. The wire
writes −1 for a quantity that there is none of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import numpy as np
import pyarrow as pa

from shortable.arrays import Bools
from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers import values
from shortable.importers.asked import (
    ASKED,
    TIME_NEED,
    asked_at,
    one_instant,
    permitted,
    yes_note,
)
from shortable.importers.files import File, read_file
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.numbers import PER_UNIT, RateUnit
from shortable.importers.rows import add_snapshots, read_symbols
from shortable.importers.source import Option, Parsed, Source
from shortable.importers.tables import Table, TableSource, open_table, read_json, records_table
from shortable.json_types import Json
from shortable.market import Market

__all__ = ["SOURCE", "parse_schwab"]

_FIELDS = ("isShortable", "isHardToBorrow", "htbQuantity", "htbRate")


def parse_schwab(
    file: TableSource,
    /,
    *,
    time: datetime | str | None = None,
    time_zone: str | None = None,
    rates: RateUnit | None = None,
) -> Parsed:
    """Parse one answer; nothing is stored.

    Parameters
    ----------
    file : path, bytes, DataFrame or pa.Table
        JSON as the API answers, a list of its quotes, or a table of their fields (``reference.isShortable``, …).
    time : datetime or str
        When it was asked for; naive: New York, or `time_zone`.
    time_zone : str, optional
        Zone of a naive `time`.
    rates : "fraction", "percent" or "bps", optional
        Unit of ``htbRate``, needed where one is not 0.

    Raises
    ------
    NeedsError
        No time is given, or no unit where one is needed.
    ImportRefusedError
        The file holds no quotes of shares, or no row can be used.

    Examples
    --------
    >>> text = b'{"GME": {"assetMainType": "EQUITY", "symbol": "GME", "reference": {"isShortable": true, '
    >>> text += b'"isHardToBorrow": true, "htbQuantity": 1200, "htbRate": 4.5}}}'
    >>> ((_, snapshot),) = parse_schwab(text, time="2026-07-24 10:00", rates="percent").snapshots
    >>> snapshot.table["quantity"].to_pylist(), snapshot.table["fee_rate"].to_pylist()
    ([1200], [0.045])
    """
    if rates is not None and rates not in PER_UNIT:
        raise InvalidInputError("rates", rates, "be 'fraction', 'percent' or 'bps'")
    parsed = Parsed("")
    table = _opened(file, parsed)
    parsed.source = table.name
    if missing := [name for name in ("symbol", *_FIELDS[:2]) if name not in table.names]:
        raise ImportRefusedError(
            f"{table.name}: it lacks {', '.join(missing)}; these are no quotes of Schwab's with their reference"
        )
    hard = values.flags(table.cells("isHardToBorrow"), name="isHardToBorrow", empty=None)
    fee = _column(table, "htbRate")
    read = values.rates(fee, name="htbRate", per_unit=1)
    stated = hard.values & (read.values != 0) & ~np.isnan(read.values)
    needs = [] if time is not None else [TIME_NEED]
    if stated.any() and rates is None:
        needs.append(
            "htbRate has no unit: give "
            + ", ".join(keyword("rates", unit) for unit in ("percent", "fraction"))
            + f" ({fee[int(np.flatnonzero(stated)[0])].as_py()} is one of them)"
        )
    if needs:
        raise NeedsError(table.name, needs)
    symbols = read_symbols(table, {"symbol": "symbol"}, Market.USA)
    as_of, notes = asked_at(time, time_zone, symbols, table.name)
    shares = _quantities(table, hard.values)
    quantities = permitted(values.flags(table.cells("isShortable"), name="isShortable"), shares)
    quantities.bad |= hard.bad
    parsed.notes += [*notes, *yes_note(quantities)]
    fractions = np.where(
        stated, values.fractions(read.values, PER_UNIT[rates or "fraction"]), np.nan
    )
    if zeros := int(np.count_nonzero(hard.values & (read.values == 0))):
        parsed.notes.append(
            f"{zeros:,} symbols are hard to borrow with an htbRate of 0: stored as not stated"
        )
    add_snapshots(
        parsed,
        table,
        symbols,
        one_instant(as_of, table.n_rows),
        quantities,
        values.Rates(fractions, read.bad),
        values.Rates(np.full(table.n_rows, np.nan)),
        complete=False,
    )
    return parsed


def _column(table: Table, name: str) -> pa.Array:
    """Return a column as text, empty where the answer does not have it."""
    if name in table.names:
        return table.cells(name)
    return pa.array([""] * table.n_rows, pa.string())


def _quantities(table: Table, hard: Bools) -> values.Quantities:
    """Read ``htbQuantity`` of what is hard to borrow; −1 is none stated, and of the rest it says nothing."""
    texts = [
        text if is_hard and text.strip() not in ("-1", "-1.0") else ""
        for text, is_hard in zip(
            _column(table, "htbQuantity").to_pylist(), hard.tolist(), strict=True
        )
    ]
    return values.quantities(pa.array(texts, pa.string()), name="htbQuantity", empty=None)


def _opened(file: TableSource, parsed: Parsed) -> Table:
    if isinstance(file, File):
        file = read_file(file)
        if file.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
            document = read_json(file.data, file.name)
            records = list(_quotes(document, parsed))
            if not records:
                raise ImportRefusedError(
                    f"{file.name}: JSON without quotes of shares; this is no answer of Schwab's /quotes"
                )
            return records_table(records, file.name)
    table = open_table(file)
    names = [name.removeprefix("reference.") for name in table.names]
    columns = {name: table.values(given) for name, given in zip(names, table.names, strict=True)}
    return Table(table.name, names, columns, table.n_rows, table.text, table.made_of)


def _quotes(document: Json, parsed: Parsed) -> Iterator[Mapping[str, Json]]:
    """Yield symbol and reference of each quote of a share."""
    quotes: list[Json] = document if isinstance(document, list) else []
    if isinstance(document, dict):
        quotes = [document] if "reference" in document else list(document.values())
    for quote in quotes:
        if not isinstance(quote, dict):
            continue
        kind = quote.get("assetMainType", "EQUITY")
        reference = quote.get("reference")
        if kind != "EQUITY" or not isinstance(reference, dict):
            parsed.pass_over("answers that are no quotes of shares", 1)
            parsed.rows_read += 1
            continue
        yield {"symbol": quote.get("symbol"), **{name: reference.get(name) for name in _FIELDS}}


SOURCE = Source(
    name="schwab",
    about="Schwab's quotes, whose reference says what may be sold short (saved JSON)",
    states=("availability",),
    parse=parse_schwab,
    columns={
        "symbol": "ticker",
        "isShortable": "false: none can be borrowed",
        "isHardToBorrow": "true: htbQuantity and htbRate apply; false: yes, without a number",
        "htbQuantity": "shares of what is hard to borrow; -1: not stated",
        "htbRate": "annual rate in the unit of --rates; 0: not stated",
    },
    market=Market.USA,
    time_zone="that of --time; naive: America/New_York",
    complete="an answer has the symbols that were asked for, so its snapshots are partial",
    published="the time that is given",
    options=(
        *ASKED,
        Option("rates", "Unit of htbRate.", choices=("percent", "fraction", "bps")),
    ),
    default_broker="schwab",
)
