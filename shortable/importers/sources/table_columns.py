"""Which column of a plain table is which: what the caller says, else the names that people use."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from shortable.errors import InvalidInputError

__all__ = ["FIELDS", "find_fields"]

FIELDS: Mapping[str, tuple[str, ...]] = {
    "symbol": ("ticker", "sym", "code", "symbol_code"),
    "time": ("as_of", "date", "datetime", "timestamp", "local_time", "retrieved_utc"),
    "quantity": (
        "available",
        "shortable_quantity",
        "quantity_available",
        "shares",
        "shares_available",
        "available_shares",
        "availability",
        "qty",
    ),
    "currency": ("cur", "ccy"),
    "fee_rate": ("feerate", "fee", "borrow_fee", "borrow_fee_rate", "borrow_rate"),
    "rebate_rate": ("rebaterate", "rebate"),
    "quantity_is_floor": ("is_floor", "floor"),
    "market": (),
}
"""Fields of a plain table, and the names under which each is found if no column has the field's own."""

_REQUIRED = ("symbol", "time", "quantity")


def find_fields(
    names: Sequence[str], given: Mapping[str, str | None] | None, *, source: str, has_time: bool
) -> dict[str, str]:
    """Return the column of every field that the table has.

    Parameters
    ----------
    names : sequence of str
        The table's columns.
    given : mapping of field to column, optional
        What the caller says; a column of None means that the table does not have the field.
    source : str
        What messages call the table.
    has_time : bool
        Whether the caller gave one time for all rows, so that no column is needed.

    Raises
    ------
    InvalidInputError
        An unknown field or column, a field that has to be there and is not found, or one that several
        columns could be.

    Examples
    --------
    >>> find_fields(["Ticker", "Date", "Available", "Note"], None, source="t.csv", has_time=False)
    {'symbol': 'Ticker', 'time': 'Date', 'quantity': 'Available'}
    """
    said = dict(given or {})
    listed = ", ".join(names)
    for field, column in said.items():
        if field not in FIELDS:
            raise InvalidInputError("columns", field, f"name fields out of {', '.join(FIELDS)}")
        if column is not None and column not in names:
            raise InvalidInputError(
                f"columns[{field!r}]", column, f"be a column of {source}", f"It has {listed}."
            )
    found: dict[str, str] = {}
    spelled: dict[str, list[str]] = {}
    for name in names:
        if name not in said.values():
            spelled.setdefault(_plain(name), []).append(name)
    for field, aliases in FIELDS.items():
        if field in said or (field == "time" and has_time):
            columns = [said[field]] if said.get(field) else []
        else:
            own = spelled.get(field, [])
            columns = [*own] or [name for alias in aliases for name in spelled.get(alias, [])]
        if len(columns) > 1:
            raise InvalidInputError(
                "columns",
                None,
                f"say which column of {source} is the {field}",
                f"It may be any of {', '.join(map(str, columns))}.",
            )
        if columns and columns[0] is not None:
            found[field] = columns[0]
        elif field in _REQUIRED and not (field == "time" and has_time):
            raise InvalidInputError(
                "columns",
                given,
                f"say which column of {source} is the {field}",
                f"None has a name that says so; it has {listed}."
                + (" One time for all rows is given by `time`." if field == "time" else ""),
            )
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")
