"""Net short positions that EU and UK regulators publish: one row a holder, of at least half a percent of the capital.

Their sum by ISIN is a lower bound of what is short, for smaller positions are not published; it is never availability. A
position is published by half past three on the next trading day (Regulation (EU) 236/2012, articles 6 and 9); here it counts
from the midnight that ends the next weekday that is a holiday nowhere in Europe.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from shortable.importers import numbers, values
from shortable.importers.figures import PUBLISHED, Published, known_from, parsed_figures
from shortable.importers.headers import find_columns, malformed_rejects, plain_header
from shortable.importers.holidays import business_day, european_holidays
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.numbers import PER_UNIT, RateUnit
from shortable.importers.publishers import days, isins, percents
from shortable.importers.source import Option, Parsed, Source
from shortable.importers.tables import Table, TableSource, open_table
from shortable.market import Market
from shortable.store import NET_SHORT

__all__ = ["SOURCE", "parse_netshort"]


class _Form(NamedTuple):
    """How one regulator's header tells what it is."""

    header: str  # a column that only it has
    market: Market
    unit: RateUnit | None


_FORMS = (
    _Form("Name of Share Issuer", Market.UK, None),
    _Form("Positionsinhaber", Market.GERMANY, "percent"),
    _Form("Detenteur de la position courte nette", Market.FRANCE, "percent"),
    _Form("Innehavare av positionen", Market.SWEDEN, "percent"),
    _Form("Detentore", Market.ITALY, None),
)
_WANTED = {
    "holder": (
        "Position Holder",
        "Positionsinhaber",
        "Detenteur de la position courte nette",
        "Innehavare av positionen",
        "Detentore",
        "Net Short Position Holder",
        "Positie houder",
        "Positiehouder",
        "Titular",
        "Titular de la posición",
        "Holder",
    ),
    "isin": ("ISIN", "ISIN code", "code ISIN", "ISIN-Code"),
    "position": (
        "Net Short Position (%)",
        "Net Short Position",
        "Position",
        "Ratio",
        "Position i procent",
        "Percentuale posizione netta corta",
        "Posizione netta corta (%)",
        "Netto Shortpositie",
        "Nettoshortpositie",
        "Posición corta (%)",
        "Posición corta neta (%)",
        "Position in per cent",
        "Net Short Position %",
        "%",
    ),
    "date": (
        "Position Date",
        "Datum",
        "Date de debut position",
        "Datum för positionen",
        "Data della posizione",
        "Date of Position",
        "Positiedatum",
        "Fecha",
        "Fecha de la posición",
        "Date",
    ),
}
_LEAST = 0.004
"""Fraction of the capital that the largest position of a file must have. They are published from 0.005 on, and once more when
they fall below it, so a smaller one says that the unit is another."""


def published_by_rule(day: date) -> datetime:
    """Return from when a position of a day counts.

    Examples
    --------
    >>> published_by_rule(date(2024, 1, 12)).isoformat()  # a Friday
    '2024-01-16T00:00:00'
    """
    published = business_day(day, 1, european_holidays)
    return datetime.combine(published + timedelta(days=1), datetime.min.time())


def parse_netshort(
    file: TableSource,
    /,
    *,
    market: Market | str | None = None,
    rates: RateUnit | None = None,
    published: Published = None,
) -> Parsed:
    """Parse one table; nothing is stored.

    Parameters
    ----------
    file : path, bytes, DataFrame or pa.Table
        Columns of holder, ISIN, position and date, in English or as a regulator names them; dates are day first where the
        year stands last.
    market : Market or str, optional
        Market whose regulator publishes it; default what the header says.
    rates : "percent", "fraction" or "bps", optional
        Unit of the positions; default what the header or the cells state. Ireland's column of percent holds fractions,
        so positions below a tenth of a percent throughout are asked for their unit all the same.
    published : date, datetime, text or mapping, optional
        When the positions were published, in place of the end of the next business day.

    Raises
    ------
    NeedsError
        The table leaves market or unit open.
    ImportRefusedError
        It is another table, or no row can be used.

    Examples
    --------
    >>> text = b"Position Holder,Name of Share Issuer,ISIN,Net Short Position (%),Position Date\\n"
    >>> text += b"ALPHA LLP,BP PLC,GB0007980591,0.51,12/01/2024\\nBETA LP,BP PLC,GB0007980591,0.60,12/01/2024\\n"
    >>> ((market, _, table),) = [(m, d, t) for d, m, t in parse_netshort(text).figures]
    >>> market.value, table["holder"].to_pylist(), table["fraction"].to_pylist()
    ('uk', ['ALPHA LLP', 'BETA LP'], [0.0051, 0.006])
    """
    table = open_table(file)
    found = find_columns(table, _WANTED, {}, "table of net short positions")
    headers = {plain_header(name) for name in table.names}
    form = next((one for one in _FORMS if plain_header(one.header) in headers), None)
    cells = {role: table.cells(name) for role, name in found.items()}
    below = [text.strip().startswith("<") for text in cells["position"].to_pylist()]
    stated = pa.array(
        [
            "0" if small else text
            for text, small in zip(cells["position"].to_pylist(), below, strict=True)
        ],
        pa.string(),
    )
    unit = rates or _unit(found["position"], form)
    needs = []
    if market is None and form is None:
        needs.append(f"no column says whose regulator published it: give {keyword('market', 'uk')}")
    if need := _unit_need(stated, unit, rates, found["position"]):
        needs.append(need)
    if needs:
        raise NeedsError(table.name, needs)
    home = Market.of(market) if market is not None else form.market if form else Market.UK
    position = percents(stated, name=found["position"], unit=unit or "percent")
    for row in np.flatnonzero(np.isnan(position.values)).tolist():
        position.bad.setdefault(row, f"{found['position']} is empty")
    holders = _holders(cells["holder"], found["holder"])
    codes = isins(cells["isin"])
    dated = days(cells["date"], name=found["date"], order="dmy")
    note = "below the threshold of publication"
    parsed = parsed_figures(
        NET_SHORT,
        home,
        table.name,
        {
            "symbol": codes.values,
            "date": dated.values,
            "holder": holders.values,
            "fraction": position.array(),
            "note": pa.array([note if small else None for small in below], pa.string()),
        },
        values.reasons(holders, codes, position, dated),
        known_from(dated.values.to_pylist(), home, published_by_rule, published),
        table,
        malformed_rejects(table),
    )
    parsed.notes += _ends_not_read(table)
    return parsed


def _unit(column: str, form: _Form | None) -> RateUnit | None:
    """Return the unit that a header states."""
    if form is not None and form.unit is not None:
        return form.unit
    plain = plain_header(column)
    return "percent" if "%" in plain or "percent" in plain or "procent" in plain else None


def _unit_need(
    column: pa.Array, unit: RateUnit | None, given: RateUnit | None, name: str
) -> str | None:
    """Return what to ask for where the unit is open, or where no position is as large as those that are published."""
    sign, _ = numbers.find_decimal(None, [column])
    read = numbers.read_rates(column, sign or ".", name=name)
    units = ", ".join(keyword("rates", one) for one in ("percent", "fraction"))
    if unit is None and read.needs_unit().any():
        return f"column {name!r} has no unit: give {units}"
    if given is not None or unit is None:
        return None
    sizes = read.numbers[read.needs_unit()] / PER_UNIT[unit]
    if len(sizes) and float(np.max(sizes)) < _LEAST:
        return (
            f"column {name!r} says {unit}, but its largest position would be {np.max(sizes):.4%} of the capital, below "
            f"what is published: give {units}"
        )
    return None


def _holders(column: pa.Array, name: str) -> values.Texts:
    """Return holders without odd spaces; the empty name is that of all holders together."""
    texts = [" ".join(text.split()) for text in column.to_pylist()]
    bad = {row: f"{name} is empty" for row, text in enumerate(texts) if not text}
    return values.Texts(pa.array(texts, pa.string()), bad)


def _ends_not_read(table: Table) -> list[str]:
    """Say that a column of ends is not read: a position ends with a row of its own."""
    ends = [name for name in table.names if "defindepublication" in plain_header(name)]
    return [
        f"column {name!r} was not read: a position stands until the next row of its holder"
        for name in ends
    ]


SOURCE = Source(
    name="netshort",
    about="net short positions by holder, as EU and UK regulators publish them",
    states=("net short positions",),
    parse=parse_netshort,
    columns={
        "Position Holder": "who holds it",
        "ISIN": "of the share",
        "Net Short Position (%)": "percent of the issued capital; 0, or below the threshold, ends it",
        "Position Date": "day of the position; day first where the year stands last",
    },
    market=None,
    time_zone="that of the market",
    complete="positions below half a percent are not published: sums are lower bounds",
    published="the midnight that ends the next business day after the position's date, holidays of all Europe left out",
    options=(
        Option(
            "market",
            "Market whose regulator publishes it, where the header does not tell.",
            metavar="MARKET",
        ),
        Option("rates", "Unit of the positions.", choices=("percent", "fraction", "bps")),
        PUBLISHED,
    ),
)
