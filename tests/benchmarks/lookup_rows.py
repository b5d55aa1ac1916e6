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
from .timing import interleaved

Pairs = list[tuple[Symbol, datetime]]
Lookup = Callable[[Symbol, datetime], int | None]
SEED = 7
IN_CACHE = 5  # symbols whose look-ups stay in the processor's cache
WHOLE_MARKETS = 16  # instants for which the whole market is asked in one timed run


def chosen(h: History, count: int) -> list[int]:
    """Rows of `count` seeded symbols."""
    return random.Random(SEED).sample(range(len(h.symbols)), count)


def shares(h: History, row: int) -> list[int]:
    """One symbol's quantities as Python ints: 0 where it is absent from a complete snapshot (S3)."""
    return np.maximum(h.quantity[row], 0).tolist()


def shared_shares(h: History, rows: list[int]) -> dict[Symbol, list[int]]:
    """Quantities by symbol, equal ones the same object: a million ints of their own would only fill the cache."""
    one: dict[int, int] = {}
    return {
        h.symbols[row]: [one.setdefault(value, value) for value in shares(h, row)] for row in rows
    }


def loop_empty(pairs: Pairs) -> None:
    """The loop alone, to be taken off."""
    for _symbol, _time in pairs:
        pass


def loop_provider(lookup: Lookup, pairs: Pairs) -> None:
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
    """Point look-ups against the floor and against `.at`, over the issue's symbols and over a handful.

    Look-ups over 500 symbols wait for memory, ours and the floor's alike, and that hides what a look-up itself
    costs; over a handful both stay in the processor's cache. The target is held against each.
    """
    rows = chosen(h, sizes.symbols)
    lookup = LocalDiskShortableProvider(h.shape.name, data_folder=folder).shortable_quantity
    found = [
        _floor_row(
            f"point look-up, {title}, warm, {len(some)} symbols{note}",
            h,
            some,
            lookup,
            sizes,
            as_of=as_of,
        )
        for some, note in ((rows, ""), (rows[:IN_CACHE], " (in cache)"))
    ]
    return found + _at_rows(title, h, rows, lookup, sizes)


def _floor_row(
    name: str, h: History, rows: list[int], lookup: Lookup, sizes: Sizes, *, as_of: bool
) -> Row:
    """Against the floor in its best case: it holds the very key objects, and equal quantities are one object.

    The nested dict holds just the keys that are asked. As-of look-ups fall anywhere in the history, to the second.
    """
    rng = random.Random(SEED)
    values = shared_shares(h, rows)
    pairs: Pairs = [(h.symbols[rng.choice(rows)], rng.choice(h.local)) for _ in range(sizes.pairs)]
    floor: Callable[[], None]
    if as_of:
        span = int((h.local[-1] - h.local[0]).total_seconds())
        pairs = [
            (symbol, h.local[0] + timedelta(seconds=rng.randrange(span))) for symbol, _ in pairs
        ]
        steps = {symbol: (h.local, quantities) for symbol, quantities in values.items()}
        expected = [steps[s][1][bisect_right(h.local, t) - 1] for s, t in pairs]
        name, floor = f"{name} / dict get + bisect", lambda: loop_bisect(steps, pairs)
    else:
        column = {time: i for i, time in enumerate(h.local)}
        nested: dict[Symbol, dict[datetime, int]] = {symbol: {} for symbol in values}
        for symbol, time in pairs:
            nested[symbol][time] = values[symbol][column[time]]
        expected = [nested[s][t] for s, t in pairs]
        name, floor = f"{name} / nested dict", lambda: loop_nested(nested, pairs)
    agree(name, [lookup(s, t) for s, t in pairs], expected)
    times = interleaved(
        {
            "loop": lambda: loop_empty(pairs),
            "ours": lambda: loop_provider(lookup, pairs),
            "floor": floor,
        },
        sizes.rounds,
    )
    # No method that ends in a dict get beats the dict; bisection can be beaten by whoever remembers times.
    return Row.of(
        name,
        times["ours"],
        times["floor"],
        2.0 if as_of else 4.0 if len(rows) <= IN_CACHE else 1.5,
        loop=times["loop"],
        per=len(pairs),
        plausible=0.0 if as_of else 1.0,
    )


def _at_rows(title: str, h: History, rows: list[int], lookup: Lookup, sizes: Sizes) -> list[Row]:
    """Against `.at`, which knows only exact labels: with the labels that pandas chooses, and with its fastest ones."""
    rng = random.Random(SEED)
    pairs: Pairs = [
        (h.symbols[rng.choice(rows)], rng.choice(h.local)) for _ in range(sizes.at_pairs)
    ]
    values = shared_shares(h, rows)
    plain = pd.DataFrame(values, index=pd.DatetimeIndex(h.local))
    objects = pd.DataFrame(
        plain.to_numpy(),
        index=pd.Index(h.local, dtype=object),
        columns=pd.Index(list(values), dtype=object),
    )
    expected = [lookup(s, t) for s, t in pairs]
    for frame in (plain, objects):
        agree(f"{title} .at", expected, [frame.at[t, s] for s, t in pairs])
    times = interleaved(
        {
            "loop": lambda: loop_empty(pairs),
            "ours": lambda: loop_provider(lookup, pairs),
            "plain": lambda: loop_at(plain, pairs),
            "objects": lambda: loop_at(objects, pairs),
        },
        min(sizes.rounds, 5),
    )
    return [
        Row.of(
            f"point look-up, {title}, warm / pandas .at, {labels}",
            times["ours"],
            times[key],
            1 / 30,
            loop=times["loop"],
            per=len(pairs),
        )
        for key, labels in (("plain", "default labels"), ("objects", "object labels (its fastest)"))
    ]


def bulk_row(title: str, h: History, folder: Path, sizes: Sizes, target: float | None) -> Row:
    """A million look-ups in one call against fancy indexing whose indices are ready."""
    rng = np.random.default_rng(SEED)
    rows = chosen(h, sizes.symbols)
    codes = rng.integers(0, len(rows), sizes.bulk)
    columns = rng.integers(0, len(h.local), sizes.bulk)
    symbols = pd.Categorical.from_codes(
        codes, categories=pd.Index([str(h.symbols[row]) for row in rows])
    )
    times = pd.DatetimeIndex(h.local)[columns]
    dense = np.array([shares(h, row) for row in rows], dtype=np.int64)
    provider = LocalDiskShortableProvider(h.shape.name, data_folder=folder)
    agree(
        f"{title} bulk",
        provider.shortable_quantities(symbols, times).tolist(),
        dense[codes, columns].tolist(),
    )
    found = interleaved(
        {
            "ours": lambda: provider.shortable_quantities(symbols, times),
            "numpy": lambda: dense[codes, columns],
        },
        sizes.rounds,
    )
    return Row.of(
        f"{sizes.bulk:,} bulk look-ups, {title} / NumPy fancy indexing",
        found["ours"],
        found["numpy"],
        target,
    )


def market_rows(title: str, h: History, folder: Path, sizes: Sizes) -> list[Row]:
    """All shortable symbols of a provider that holds its data, at instants asked before and at ones never asked.

    The first says what a remembered answer costs; a backtest that moves forward meets the second.
    """
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
        agree(
            f"{title} all_shortable_symbols",
            provider.all_shortable_symbols(h.local[column]),
            dict(zip(symbols, quantities, strict=True)),
        )

    def ask(part: list[int]) -> None:
        for column in part:
            provider.all_shortable_symbols(h.local[column])

    def build(part: list[tuple[list[Symbol], list[int]]]) -> None:
        for symbols, quantities in part:
            dict(zip(symbols, quantities))  # noqa: B905  the issue's floor, as written

    warm = interleaved({"ours": lambda: ask(again), "zip": lambda: build(ready)}, sizes.rounds)
    fresh = _parts(columns[count:], count)
    turns = iter([lists(part) for part in _parts(columns[count:], count)])
    new = interleaved(
        {"ours": lambda: ask(next(fresh)), "zip": lambda: build(next(turns))}, sizes.rounds
    )
    return [
        Row.of(
            f"all_shortable_symbols, {title}, warm, {instants} / dict(zip)",
            times["ours"],
            times["zip"],
            target,
            per=count,
        )
        for instants, times, target in (
            ("instants asked before", warm, 0.2),
            ("instants never asked before", new, 1.2),
        )
    ]


def _parts(columns: list[int], count: int) -> Iterator[list[int]]:
    return (columns[start : start + count] for start in range(0, len(columns), count))


def rows(sizes: Sizes, folder: Path) -> list[Row]:
    """All warm rows, on both histories."""
    daily, month = history(sizes.daily), history(sizes.month)
    return [
        *point_rows("daily", daily, folder, sizes, as_of=False),
        *point_rows("15-minute as-of", month, folder, sizes, as_of=True),
        *market_rows("daily", daily, folder, sizes),
        *market_rows("15-minute", month, folder, sizes),
        bulk_row("daily", daily, folder, sizes, 1.0),
        bulk_row("15-minute", month, folder, sizes, 1.0),
    ]
