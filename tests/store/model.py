"""The slow, obvious store: a dict of dicts, to hold the real one against."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shortable.store import SnapshotRows, Store

COLUMNS = ("quantity", "quantity_is_floor", "fee_rate", "rebate_rate")
Key = tuple[str, str]
Values = tuple[int | None, bool, float | None, float | None]


def statements(snapshot: SnapshotRows) -> dict[Key, Values]:
    """What a snapshot says: (ticker, currency) -> values."""
    return {
        (row["symbol"], row["currency"]): tuple(row[name] for name in COLUMNS)
        for row in snapshot.table.to_pylist()
    }


@dataclass
class Model:
    """Instant -> what stands there, and the snapshots that said so."""

    said: dict[int, dict[Key, Values]] = field(default_factory=dict)
    heard: dict[int, list[tuple[bool, dict[Key, Values]]]] = field(default_factory=dict)

    def append(self, snapshots: list[SnapshotRows]) -> str:
        """'ok' or 'conflict'; a conflict changes nothing."""
        said = {t: dict(v) for t, v in self.said.items()}
        heard = {t: list(v) for t, v in self.heard.items()}
        for one in snapshots:
            new, entry = statements(one), (one.complete, statements(one))
            if entry in heard.get(one.as_of, []):
                continue
            if one.complete and any(complete for complete, _ in heard.get(one.as_of, [])):
                return "conflict"
            there = said.setdefault(one.as_of, {})
            if any(there.get(key, value) != value for key, value in new.items()):
                return "conflict"
            there.update(new)
            heard.setdefault(one.as_of, []).append(entry)
        self.said, self.heard = said, heard
        return "ok"

    def symbol(self, key: Key) -> list[tuple[int, Values]]:
        """All that was ever said of a symbol, by time."""
        return [(t, self.said[t][key]) for t in sorted(self.said) if key in self.said[t]]


def plain(arrays: dict[str, np.ndarray], at: int) -> Values:
    """One row of arrays as the model has it."""
    quantity, floor = int(arrays["quantity"][at]), bool(arrays["quantity_is_floor"][at])
    fee, rebate = float(arrays["fee_rate"][at]), float(arrays["rebate_rate"][at])
    return (
        None if quantity == -1 else quantity,
        floor,
        None if math.isnan(fee) else fee,
        None if math.isnan(rebate) else rebate,
    )


def read_symbols(store: Store) -> dict[Key, list[tuple[int, Values]]]:
    """Everything in a store, by `read_symbol`."""
    found: dict[Key, list[tuple[int, Values]]] = {}
    every = store.keys()
    for key in every:
        rows = []
        for part in range(store.n_parts):
            arrays = store.read_symbol(part, *key, COLUMNS)
            times = arrays["as_of"].tolist()
            assert times == sorted(set(times))
            rows += [(t, plain(arrays, i)) for i, t in enumerate(times)]
        found[key] = sorted(rows, key=lambda row: row[0])
    return found


def read_parts(store: Store) -> dict[Key, list[tuple[int, Values]]]:
    """Everything in a store, by `read_part`; each instant lies in the part that `part_of` says."""
    found: dict[Key, list[tuple[int, Values]]] = {}
    for part in range(store.n_parts):
        whole: Any = store.read_part(part, COLUMNS)
        assert set(whole.as_of.tolist()) <= set(store.as_of[store.part_of == part].tolist())
        assert (np.diff(whole.codes) >= 0).all()
        for i, (code, t) in enumerate(zip(whole.codes.tolist(), whole.as_of.tolist(), strict=True)):
            key = whole.tickers[code], whole.currencies[code]
            found.setdefault(key, []).append((t, plain(whole.columns, i)))
    return {key: sorted(rows, key=lambda row: row[0]) for key, rows in sorted(found.items())}


def contents(store: Store) -> tuple[Any, ...]:
    """Everything a store answers that does not depend on how it is laid out."""
    return (
        store.snapshots,
        store.as_of.tolist(),
        store.complete.tolist(),
        store.made_up.tolist(),
        store.keys(),
        read_symbols(store),
    )
