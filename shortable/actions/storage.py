"""Corporate actions as one table, and that table on disk beside a market's prices.

``<data folder>/equity/<market>/corporate_actions.parquet`` holds one row an action. Columns that a kind of
action does not have are null.

======================  =============================================================================
column                  meaning
======================  =============================================================================
kind                    ``split``, ``dividend``, ``rename``, ``delisting`` or ``listing``
symbol                  the day's ticker, in its canonical spelling
date                    ex-date; first day under the new ticker; last day of a delisted share; first day
                        of a listing
new, old                shares after and before a split
confirmed               of a split: whether `date` is certainly the ex-date
amount, currency        of a dividend, gross a share
basis                   of a dividend: ``raw`` or ``split_adjusted``
pay_date                of a dividend, where known
new_symbol              the ticker after a rename
price                   what a delisted share was paid out at, where known
======================  =============================================================================
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shortable.actions.corporate_actions import CorporateActions
from shortable.actions.records import Action, Delisting, Dividend, Listing, Rename, Split
from shortable.arguments import check_kind
from shortable.errors import CorporateActionError
from shortable.market import Market

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "ACTIONS_FILE",
    "AddedActions",
    "actions_path",
    "add_actions",
    "from_table",
    "load_actions",
    "read_stored",
    "to_table",
    "write_actions",
]

ACTIONS_FILE = "corporate_actions.parquet"
"""Name of the file in a market's folder."""

_FORMAT = b"shortable_actions"
_VERSION = b"1"
_KINDS: dict[str, type[Action]] = {
    "split": Split,
    "dividend": Dividend,
    "rename": Rename,
    "delisting": Delisting,
    "listing": Listing,
}
# Each kind's fields by the table's column; all of them have a symbol.
_FIELDS: dict[type[Action], dict[str, str]] = {
    Split: {"date": "ex_date", "new": "new", "old": "old", "confirmed": "confirmed"},
    Dividend: {
        "date": "ex_date",
        "amount": "amount",
        "currency": "currency",
        "basis": "basis",
        "pay_date": "pay_date",
    },
    Rename: {"date": "date", "new_symbol": "new_symbol"},
    Delisting: {"date": "last_day", "price": "price"},
    Listing: {"date": "date"},
}


def _schema() -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        [
            ("kind", pa.string()),
            ("symbol", pa.string()),
            ("date", pa.date32()),
            ("new", pa.int64()),
            ("old", pa.int64()),
            ("confirmed", pa.bool_()),
            ("amount", pa.float64()),
            ("currency", pa.string()),
            ("basis", pa.string()),
            ("pay_date", pa.date32()),
            ("new_symbol", pa.string()),
            ("price", pa.float64()),
        ],
        metadata={_FORMAT: _VERSION},
    )


def to_table(actions: Iterable[Action]) -> pa.Table:
    """Return the actions as an Arrow table, one row each, in their order; the columns are the module's."""
    import pyarrow as pa

    schema = _schema()
    names = {kind: name for name, kind in _KINDS.items()}
    rows = []
    for action in actions:
        fields = _FIELDS[type(action)]
        row: dict[str, object] = {c: getattr(action, field) for c, field in fields.items()}
        rows.append(row | {"kind": names[type(action)], "symbol": action.symbol})
    columns = [
        pa.array(
            [str(v) if isinstance(v := row.get(field.name), str) else v for row in rows],
            type=field.type,
        )
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def from_table(table: pa.Table, source: str = "table") -> CorporateActions:
    """Return the actions of a table as `to_table` makes it.

    Raises
    ------
    CorporateActionError
        A column is missing, or a row states no action; the message has the row's number.
    """
    missing = [c for c in ("kind", "symbol", "date") if c not in table.column_names]
    if missing:
        raise CorporateActionError(
            f"columns of {source}", table.column_names, f"hold {', '.join(missing)}"
        )
    records = []
    for number, row in enumerate(table.to_pylist(), start=1):
        kind = _KINDS.get(row["kind"])
        if kind is None:
            raise CorporateActionError(
                f"{source}, row {number}: kind", row["kind"], f"be one of {', '.join(_KINDS)}"
            )
        given = {f: row[c] for c, f in _FIELDS[kind].items() if row.get(c) is not None}
        try:
            records.append(kind(symbol=row["symbol"], **given))
        except TypeError:
            raise CorporateActionError(
                f"{source}, row {number}", row["kind"], f"have {', '.join(_FIELDS[kind])}"
            ) from None
    return CorporateActions(records)


def write_actions(actions: CorporateActions, path: str | Path) -> None:
    """Write the actions to a Parquet file; a reader sees the old file or the new one, never half of it."""
    import pyarrow.parquet as pq

    place = Path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    new = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        pq.write_table(to_table(actions), new)
        new.replace(place)
    finally:
        new.unlink(missing_ok=True)


def read_stored(path: str | Path) -> CorporateActions:
    """Return the actions of a file that `write_actions` wrote.

    Raises
    ------
    CorporateActionError
        There is no such file, it is no Parquet file, or it was written by a newer shortable.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    place = Path(path)
    try:
        table = pq.read_table(place)
    except (pa.ArrowException, OSError) as error:
        raise CorporateActionError(
            "path", str(place), "be a readable Parquet file", str(error)
        ) from None
    version = (table.schema.metadata or {}).get(_FORMAT, _VERSION)
    if version != _VERSION:
        raise CorporateActionError(
            "path",
            str(place),
            f"be of version {_VERSION.decode()}",
            f"It is of version {version.decode()}: upgrade shortable.",
        )
    return from_table(table, place.name)


def actions_path(data_folder: str | Path, market: Market | str) -> Path:
    """Return where a data folder keeps a market's actions; nothing need be there."""
    if not isinstance(data_folder, (str, os.PathLike)) or "\0" in str(data_folder):
        raise CorporateActionError("data_folder", data_folder, "be a path")
    return Path(data_folder) / "equity" / Market.of(market).value / ACTIONS_FILE


def load_actions(data_folder: str | Path, market: Market | str = Market.USA) -> CorporateActions:
    """Return a market's actions from a data folder; an empty table where it has none."""
    path = actions_path(data_folder, market)
    return read_stored(path) if path.exists() else CorporateActions()


@dataclass(frozen=True, slots=True)
class AddedActions:
    """What became of one market's actions that were added to a data folder."""

    market: Market
    path: Path
    """The market's file."""
    added: tuple[Action, ...]
    """Actions that it did not hold."""
    unchanged: tuple[Action, ...]
    """Actions that it held before, or that say the same as one that it holds."""


def add_actions(
    data_folder: str | Path, actions: CorporateActions, *, replace: bool = False
) -> list[AddedActions]:
    """Add actions to a data folder, those of each market to its own file.

    Parameters
    ----------
    data_folder : str or Path
    actions : CorporateActions
        Merged with what is there (see `CorporateActions.merged`): adding the same actions twice changes nothing.
    replace : bool, default False
        Let the new ones replace those that contradict them.

    Returns
    -------
    list of AddedActions
        One a market.

    Raises
    ------
    CorporateActionError
        An action contradicts one that is there, and `replace` is False; no file is changed.
    """
    if not isinstance(actions, CorporateActions):
        actions = CorporateActions(actions)
    check_kind("replace", replace, bool, "be True or False")
    merged = []
    for market in sorted({a.symbol.market for a in actions}):
        own = CorporateActions(a for a in actions if a.symbol.market is market)
        there = load_actions(data_folder, market)
        merged.append((market, own, there, there.replaced(own) if replace else there.merged(own)))
    result = []
    for market, own, there, after in merged:
        path = actions_path(data_folder, market)
        if after != there:
            write_actions(after, path)
        new = set(after) - set(there)
        added = tuple(a for a in own if a in new)
        result.append(AddedActions(market, path, added, tuple(a for a in own if a not in new)))
    return result
