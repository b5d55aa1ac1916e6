"""The fuzzer of bytes without its engine: every source has files to begin with, and its verdict can be no."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.importers import SOURCES
from shortable.importers.source import Parsed
from shortable.market import Market
from shortable.store import SHORT_INTEREST
from tests.importers.fuzz import damaged
from tests.importers.fuzz_bytes.read import SEEDS, faults, read, seeds, spoiled


def test_every_source_has_seeds_and_every_seed_a_source() -> None:
    assert {folder.name for folder in SEEDS.iterdir()} == set(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_seeds_are_read_whole_and_spoiled_ones_as_they_may_be(name: str) -> None:
    assert seeds(name)
    chance = random.Random(name)
    for asked, data in seeds(name):
        parsed = read(SOURCES[name], data, asked)
        assert parsed is not None
        assert not parsed.rejects
        for odd in (b"", data[: len(data) // 2], data[:-3] + b"\xff\x00\n"):
            read(SOURCES[name], odd, asked)
        for _ in range(5):
            read(SOURCES[name], spoiled(data, chance), asked)


@pytest.mark.parametrize(
    ("name", "stated", "odd"),
    [
        ("alpaca", b'"AAXQ"', b'"\\ud800"'),  # half a surrogate pair: no text can hold it
        ("hkex-turnover", b'"00700"', b'"\\ud800"'),
        ("longbridge", b"0", b"[" * 100_000),
        ("actions", b'"ratioNew": 4', b'"ratioNew": ' + b"[" * 100_000),
        ("actions", b"00:00:00-04:00", b"00:00:00-9223372036854775807:00"),
        ("actions", b"0.142857", b"1e999"),
        ("actions", b"0.9857", b"NaN"),
        ("iborrowdesk", b'"2024-05-06"', b'"9999-12-31"'),  # there is no midnight after
        ("iborrowdesk", b"2024-05-07T10:15", b"9999-05-07T10:15"),
        ("actions", b"20260226", b"79625238"),
        ("rule201", b"8/20/2026", b"8/20/1026"),
        ("hkex-designated", b"28/04/2026", b"28/04/2620"),
        ("finra-volume", b"\n4\n", b"\n5\x1c\n"),
        ("finra-volume", b"\n4\n", b"\n" + b"9" * 5_000 + b"\n"),
        ("sec-fails", b"count 3", b"count " + b"9" * 5_000),
        ("ibkr", b"#EOF,2", b"#EOF," + b"9" * 5_000),
        ("twse", "114年".encode("cp950"), "057年".encode("cp950")),
        ("tpex", b"20250108", b"10250108"),
        ("ibkr", b"2021.04.23", b"0021.04.23"),
        ("table", b"2024-05-06", b"0024-05-06"),
        ("lean", b"20201222", b"00201222"),
        ("longbridge", b"2024-06-13", b"9024-06-13"),
        ("longbridge", b"0.0057", b"-0.0057"),
        ("finra", b"2.10", b"-2.10"),
    ],
)
def test_what_fuzzing_found_is_refused_or_rejected(name: str, stated: bytes, odd: bytes) -> None:
    changed = [(way, data.replace(stated, odd, 1)) for way, data in seeds(name) if stated in data]
    assert changed
    for asked, data in changed:
        parsed = read(SOURCES[name], data, asked)
        assert parsed is None or parsed.rejects


@pytest.mark.slow
@pytest.mark.parametrize("name", SOURCES)
def test_damaged_seeds_are_refused_or_read_as_the_source_may(name: str) -> None:
    @given(st.data())
    def check(data: Any) -> None:
        asked, seed = data.draw(st.sampled_from(seeds(name)))
        read(SOURCES[name], data.draw(damaged(seed)), asked)

    check()


def test_what_no_source_may_state_is_found() -> None:
    """One fault of each kind in a file of FINRA's that is otherwise right."""
    (asked, data), source = seeds("finra")[0], SOURCES["finra"]
    parsed = read(source, data, asked)
    assert isinstance(parsed, Parsed)
    ((_, _, table),) = parsed.figures

    def found(changed: pa.Table = table, market: Market = Market.USA, rows: int = 1) -> list[str]:
        figures = [(SHORT_INTEREST, market, changed)]
        return list(faults(source, replace(parsed, figures=figures, rows_read=rows)))

    def cell(name: str, value: object) -> pa.Table:
        at = table.schema.get_field_index(name)
        return table.set_column(at, table.schema.field(at), pa.array([value], table.field(at).type))

    assert found() == []
    assert found(market=Market.HKEX) != []
    assert found(rows=2) == ["rows: 2 were read, 1 are stored, 0 rejected, {}"]
    assert found(cell("shares_short", -1)) == ["shares_short of GME is -1"]
    assert found(cell("days_to_cover", float("inf"))) == ["days_to_cover of GME is inf"]
    assert found(cell("symbol", "G\n")) == ["the symbol 'G\\n'"]
    assert found(table.drop_columns(["name"]))[0].startswith("the columns of short_interest are")
    doubled = pa.concat_tables([table, table])
    assert found(doubled, rows=2) == ["two rows of short_interest have one key"]
    nothing = list(faults(source, replace(parsed, figures=[], rows_read=0)))
    assert nothing == ["it states [], not ('short interest',)"]
