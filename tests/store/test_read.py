"""Stores that spell tickers in another way than today are read in the canonical one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from shortable import LocalDiskShortableProvider, Market, Symbol
from shortable.clock import to_instant
from shortable.store import append, make_snapshot, open_store


def shares(store: Any, ticker: str, currency: str = "USD") -> list[int]:
    return [
        n
        for part in range(store.n_parts)
        for n in store.read_symbol(part, ticker, currency, ["quantity"])["quantity"].tolist()
    ]


@pytest.fixture
def old(tmp_path: Path, make: Any) -> Path:
    snapshots = [
        make("2024-01-02 08:00", **{"ABR.PA": 100, "BRK.B": 5}),
        make("2024-01-03 08:00", **{"ABR.PR.A": 200, "BRK.B": 6}),
        make("2024-01-04 08:00", **{"ABR.PRA": 300, "ABR^B": 9}),
    ]
    append("axos", snapshots, data_folder=tmp_path)
    return tmp_path


def test_a_symbol_is_found_under_every_spelling_that_was_written(old: Path) -> None:
    store = open_store("axos", data_folder=old)
    assert store.keys() == [("ABR.PRA", "USD"), ("ABR.PRB", "USD"), ("BRK.B", "USD")]
    assert shares(store, "ABR.PRA") == [100, 200, 300]
    assert shares(store, "ABR.PRB") == [9]
    assert shares(store, "BRK.B") == [5, 6]


def test_a_whole_part_has_one_spelling(old: Path) -> None:
    rows = open_store("axos", data_folder=old).read_part(0, ["quantity"])
    assert rows.tickers == ["ABR.PRA", "ABR.PRB", "BRK.B"]
    assert rows.codes.tolist() == [0, 0, 0, 1, 2, 2]
    assert rows.columns["quantity"].tolist() == [100, 200, 300, 9, 5, 6]


@pytest.mark.parametrize(
    ("first", "last"), [("ABR.PA", "ABR.PR.A"), ("ABR.PA", "ABR.PRA"), ("ABR.PRA", "ABR^A")]
)
def test_of_two_spellings_at_one_instant_the_last_in_the_alphabet_counts(
    tmp_path: Path, make: Any, first: str, last: str
) -> None:
    snapshots = [
        make(f"2024-01-02 08:{minute}", **{first: minute, last: 1000 + minute})
        for minute in range(10, 60)
    ]
    append("axos", snapshots, data_folder=tmp_path)
    store = open_store("axos", data_folder=tmp_path)
    expected = list(range(1010, 1060))
    assert shares(store, "ABR.PRA") == expected
    assert store.read_part(0, ["quantity"]).columns["quantity"].tolist() == expected


def test_a_provider_answers_for_the_symbol(old: Path) -> None:
    provider = LocalDiskShortableProvider("axos", data_folder=old)
    for spelling in ("ABR-PA", "ABR.PR.A", "ABR PRA", "ABRpA"):
        asked = [
            provider.shortable_quantity(Symbol(spelling), datetime(2024, 1, day, 12))
            for day in (2, 3, 4)
        ]
        assert asked == [100, 200, 300]
    everything = provider.all_shortable_symbols(datetime(2024, 1, 4, 12))
    assert everything == {Symbol("ABR-PA"): 300, Symbol("ABR-PB"): 9}


def test_what_could_not_be_read_is_unknown_under_its_canonical_spelling(tmp_path: Path) -> None:
    table = {"symbol": ["SPY"], "quantity": [1]}
    snapshot = make_snapshot(
        to_instant(datetime(2024, 1, 2, 8)), table, complete=True, unreadable=["ABR.PR.A"]
    )
    append("axos", [snapshot], data_folder=tmp_path)
    store = open_store("axos", data_folder=tmp_path)
    assert {t: at.tolist() for t, at in store.unreadable.items()} == {"ABR.PRA": [0]}


def test_london_s_trailing_dot_goes(tmp_path: Path) -> None:
    table = {"symbol": ["BA."], "quantity": [7]}
    snapshot = make_snapshot(
        to_instant(datetime(2024, 1, 2, 8), Market.UK), table, complete=True, market=Market.UK
    )
    append("axos", [snapshot], market=Market.UK, data_folder=tmp_path)
    provider = LocalDiskShortableProvider("axos", data_folder=tmp_path)
    assert provider.shortable_quantity(Symbol("BA.L"), datetime(2024, 1, 2, 12)) == 7
    assert (
        provider.shortable_quantity(Symbol.create("BA.", market="uk"), datetime(2024, 1, 2, 12))
        == 7
    )
