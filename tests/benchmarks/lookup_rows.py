"""Warm look-ups: one at a time, in bulk, and a whole market at once."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from shortable import LocalDiskShortableProvider, Symbol

from .answers import agree
from .markets import History, history
from .report import Row
from .sizes import Sizes
from .timing import interleaved, medians

Pairs = list[tuple[Symbol, datetime]]
SEED = 7
WHOLE_MARKETS = 16  # instants for which the whole market is asked in one timed run


def chosen(h: History, count: int) -> list[int]:
    """Rows of `count` seeded symbols."""
    return random.Random(SEED).sample(range(len(h.symbols)), count)


def shares(h: History, row: int) -> list[int]:
    """One symbol's quantities as Python ints: 0 where it is absent from a complete snapshot (S3)."""
    return np.maximum(h.quantity[row], 0).tolist()


def loop_empty(pairs: Pairs) -> None:
    """The loop alone, to be taken off."""
    for _symbol, _time in pairs:
        pass


def loop_provider(lookup: Callable[[Symbol, datetime], int | None], pairs: Pairs) -> None:
    """One look-up a pair."""
    for symbol, time in pairs:
        lookup(symbol, time)


def loop_nested(table: dict[Symbol, dict[datetime, int]], pairs: Pairs) -> None:
    """Nested dict."""
    for symbol, time in pairs:
        table[symbol][time]


def loop_bisect(table: dict[Symbol, tuple[list[datetime], list[int]]], pairs: Pairs) -> None:
    """Dict get, then bisect."""
    for symbol, time in pairs:
        times, values = table[symbol]
        values[bisect_right(times, time) - 1]


def loop_at(frame: pd.DataFrame, pairs: Pairs) -> None:
    """Pandas `.at`."""
    at = frame.at
    for symbol, time in pairs:
        at[time, symbol]


def point_rows(title: str, h: History, folder: Path, sizes: Sizes, *, as_of: bool) -> list[Row]:
    """Point look-ups against the floor, and against `.at`.

    The times of the exact look-ups are the very objects that the nested dict has as keys, the dict's best case.
    As-of look-ups fall anywhere in the history, to the second; `.at` knows only exact labels, so there both
    sides are asked for the snapshots' own times.
    """
    rng = random.Random(SEED)
    rows = chosen(h, sizes.symbols)
    exact: Pairs = [(h.symbols[rng.choice(rows)], rng.choice(h.local)) for _ in range(sizes.pairs)]
    pairs = exact
    values = {h.symbols[row]: shares(h, row) for row in rows}
    lookup = LocalDiskShortableProvider(h.shape.name, data_folder=folder).shortable_quantity
    floor: Callable[[], None]
    if as_of:
        span = int((h.local[-1] - h.local[0]).total_seconds())
        pairs = [(symbol, h.local[0] + timedelta(seconds=rng.randrange(span))) for symbol, _ in exact]
        steps = {symbol: (h.local, quantities) for symbol, quantities in values.items()}
        expected = [steps[s][1][bisect_right(h.local, t) - 1] for s, t in pairs]
        name, floor = "dict get + bisect", lambda: loop_bisect(steps, pairs)
    else:
        nested = {symbol: dict(zip(h.local, quantities, strict=True)) for symbol, quantities in values.items()}
        expected = [nested[s][t] for s, t in pairs]
        name, floor = "nested dict", lambda: loop_nested(nested, pairs)
    agree(f"{title} point look-up", [lookup(s, t) for s, t in pairs], expected)
    times = medians(interleaved({"empty": lambda: loop_empty(pairs),
                                 "ours": lambda: loop_provider(lookup, pairs), "floor": floor}, sizes.rounds))
    ours, base = ((times[key] - times["empty"]) / len(pairs) for key in ("ours", "floor"))
    few = exact[:sizes.at_pairs]
    frame = pd.DataFrame(values, index=pd.DatetimeIndex(h.local))
    agree(f"{title} .at", [lookup(s, t) for s, t in few], [frame.at[t, s] for s, t in few])
    at = medians(interleaved({"empty": lambda: loop_empty(few), "ours": lambda: loop_provider(lookup, few),
                              "at": lambda: loop_at(frame, few)}, min(sizes.rounds, 5)))
    ours_at, base_at = ((at[key] - at["empty"]) / len(few) for key in ("ours", "at"))
    return [Row(f"point look-up, {title}, warm / {name}", ours, base, 4.0),
            Row(f"point look-up, {title}, warm / pandas .at", ours_at, base_at, 1 / 20)]


def bulk_row(title: str, h: History, folder: Path, sizes: Sizes, target: float | None) -> Row:
    """A million look-ups in one call against fancy indexing whose indices are ready."""
    rng = np.random.default_rng(SEED)
    rows = chosen(h, sizes.symbols)
    codes = rng.integers(0, len(rows), sizes.bulk)
    columns = rng.integers(0, len(h.local), sizes.bulk)
    symbols = pd.Categorical.from_codes(codes, categories=pd.Index([str(h.symbols[row]) for row in rows]))
    times = pd.DatetimeIndex(h.local)[columns]
    dense = np.array([shares(h, row) for row in rows], dtype=np.int64)
    provider = LocalDiskShortableProvider(h.shape.name, data_folder=folder)
    agree(f"{title} bulk", provider.shortable_quantities(symbols, times).tolist(), dense[codes, columns].tolist())
    found = medians(interleaved({"ours": lambda: provider.shortable_quantities(symbols, times),
                                 "numpy": lambda: dense[codes, columns]}, sizes.rounds))
    return Row(f"{sizes.bulk:,} bulk look-ups, {title} / NumPy fancy indexing", found["ours"], found["numpy"], target)


def market_rows(title: str, h: History, folder: Path, sizes: Sizes) -> list[Row]:
    """All shortable symbols, warm: at instants asked before (the target's), and at ones never asked before."""
    provider = LocalDiskShortableProvider(h.shape.name, data_folder=folder)
    count = min(WHOLE_MARKETS, len(h.local) // (sizes.rounds + 2))
    columns = random.Random(SEED).sample(range(len(h.local)), count * (sizes.rounds + 2))

    def lists(part: list[int]) -> list[tuple[list[Symbol], list[int]]]:
        found = []
        for column in part:
            quantity = np.asarray(h.quantity[:, column])
            rows = np.flatnonzero(quantity > 0)
            found.append(([h.symbols[row] for row in rows], quantity[rows].tolist()))
        return found

    again = columns[:count]
    ready = lists(again)
    for column, (symbols, quantities) in zip(again, ready, strict=True):
        agree(f"{title} all_shortable_symbols", provider.all_shortable_symbols(h.local[column]),
              dict(zip(symbols, quantities, strict=True)))

    def ask(part: list[int]) -> None:
        for column in part:
            provider.all_shortable_symbols(h.local[column])

    def build(part: list[tuple[list[Symbol], list[int]]]) -> None:
        for symbols, quantities in part:
            dict(zip(symbols, quantities))  # noqa: B905  the issue's floor, as written

    warm = medians(interleaved({"ours": lambda: ask(again), "zip": lambda: build(ready)}, sizes.rounds))
    fresh = _parts(columns[count:], count)
    built = [lists(part) for part in _parts(columns[count:], count)]
    turns = iter(built)
    new = medians(interleaved({"ours": lambda: ask(next(fresh)), "zip": lambda: build(next(turns))}, sizes.rounds))
    return [
        Row(f"all_shortable_symbols, {title}, warm / dict(zip)", warm["ours"] / count, warm["zip"] / count, 1.5),
        Row(f"all_shortable_symbols, {title}, at instants not asked before / dict(zip)",
            new["ours"] / count, new["zip"] / count, None),
    ]


def _parts(columns: list[int], count: int) -> Iterator[list[int]]:
    return (columns[start:start + count] for start in range(0, len(columns), count))


def rows(sizes: Sizes, folder: Path) -> list[Row]:
    """All warm rows, on both histories."""
    daily, month = history(sizes.daily), history(sizes.month)
    return [
        *point_rows("daily", daily, folder, sizes, as_of=False),
        *point_rows("15-minute as-of", month, folder, sizes, as_of=True),
        *market_rows("daily", daily, folder, sizes),
        *market_rows("15-minute", month, folder, sizes),
        bulk_row("daily", daily, folder, sizes, 4.0),
        bulk_row("15-minute", month, folder, sizes, None),
    ]
