"""The provider on a broker's store: markets, currencies, copies, subclasses, errors, bounded memory."""

from __future__ import annotations

import copy
import inspect
import pickle
import random
import warnings
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shortable import (
    InteractiveBrokersShortableProvider,
    LocalDiskShortableProvider,
    Market,
    Symbol,
    as_provider,
    lagged,
    sum_of,
)
from shortable.clock import published_instant
from shortable.errors import (
    CorruptStoreError,
    InvalidInputError,
    MadeUpDataWarning,
    NoDataError,
    TimeError,
    UnknownBrokerError,
)
from shortable.providers.as_of import point, stored_history, stored_part
from shortable.store import Layout, append, make_snapshot

DAY = datetime(2024, 1, 2)
NOON = datetime(2024, 1, 2, 12)


def put(
    folder: Path,
    when: datetime,
    rows: dict[str, int | None],
    *,
    market: Market = Market.USA,
    complete: bool = True,
    broker: str = "axos",
    made_up: bool = False,
    **settings: Any,
) -> None:
    """Import one snapshot; a row's key is ``TICKER`` or ``TICKER/CURRENCY``."""
    names = [name.partition("/") for name in rows]
    table = {
        "symbol": [n[0] for n in names],
        "currency": [n[2] or market.currency for n in names],
        "quantity": list(rows.values()),
        "fee_rate": [0.01] * len(names),
    }
    made = make_snapshot(published_instant(when, market), table, complete=complete, made_up=made_up)
    append(broker, [made], market=market, data_folder=folder, **settings)


def test_each_market_and_currency_has_a_store_and_rows_of_its_own(tmp_path: Path) -> None:
    put(tmp_path, DAY, {"RY": 1, "RY/CAD": 2, "SPY": 3})
    put(tmp_path, datetime(2024, 1, 3), {"RY": 4, "RY/USD": 5}, market=Market.CANADA)
    provider = LocalDiskShortableProvider("axos", tmp_path, missing="unrestricted")
    later = datetime(2024, 1, 4)
    asked = ["RY", "RY@CAD", "SPY", "RY.CA", "RY.TO", "RY.CA@USD", "SPY@EUR", "SPY.CA", "700.HK"]
    # SPY in EUR is in no list, but SPY in USD is: unknown, not none (S3).
    expected = [1, 2, 3, 4, 4, 5, None, 0, None]
    assert [provider.shortable_quantity(s, later) for s in asked] == expected
    assert provider.shortable_quantities(asked, later).tolist() == [
        -1 if n is None else n for n in expected
    ]
    assert [provider.has_quantity(s, later) for s in asked] == [n is not None for n in expected]
    assert provider.all_shortable_symbols(later) == {
        "RY": 1,
        "RY@CAD": 2,
        "SPY": 3,
        "RY.CA": 4,
        "RY.CA@USD": 5,
    }
    # At noon of the 2nd nothing of Canada's is known yet.
    assert provider.shortable_quantity("RY.CA", NOON) is None
    assert provider.all_shortable_symbols(NOON) == {"RY": 1, "RY@CAD": 2, "SPY": 3}
    panel = provider.panel(["RY", "RY.CA", "700.HK"], NOON, later)
    assert panel.index.tolist() == [pd.Timestamp(NOON), pd.Timestamp("2024-01-03")]
    assert panel["RY.CA"].isna().tolist() == [True, False]


def test_a_naive_time_is_each_markets_own(tmp_path: Path) -> None:
    put(tmp_path, datetime(2024, 1, 2, 10), {"SPY": 1})
    put(tmp_path, datetime(2024, 1, 2, 10), {"700": 2}, market=Market.HKEX)
    provider = LocalDiskShortableProvider("axos", tmp_path)
    assert provider.all_shortable_symbols(datetime(2024, 1, 2, 10)) == {"SPY": 1, "700.HK": 2}
    # 02:00 UTC is 10:00 in Hong Kong and the evening before in New York.
    assert provider.all_shortable_symbols(datetime(2024, 1, 2, 2, tzinfo=UTC)) == {"700.HK": 2}
    assert provider.shortable_quantities(
        ["SPY", "700.HK"], datetime(2024, 1, 2, 2, tzinfo=UTC)
    ).tolist() == [
        0,
        2,
    ]


def test_s3_missing_raise_says_what_there_is(tmp_path: Path) -> None:
    put(tmp_path, DAY, {"SPY": 3})
    provider = LocalDiskShortableProvider("axos", tmp_path, missing="raise")
    assert provider.shortable_quantity("GME", NOON) == 0
    words = (
        r"LocalDiskShortableProvider\('axos'\): no snapshot answers for Symbol\('SPY'\) at 2024-01-01 00:00:00 "
        r"\(each answers for 7 days\); there are 1 snapshots of market usa, the first of 2024-01-02 00:00:00, "
        r"the last of 2024-01-02 00:00:00 \(exchange-local time\)"
    )
    with pytest.raises(NoDataError, match=words):
        provider.shortable_quantity("SPY", datetime(2024, 1, 1))
    with pytest.raises(NoDataError, match=r"Symbol.'SPY'. at 2024-01-01"):
        provider.shortable_quantities("SPY", [NOON, datetime(2024, 1, 1)])
    with pytest.raises(NoDataError, match="there is none of that market"):
        provider.quote("700.HK", NOON)
    with pytest.raises(NoDataError, match="any symbol"):
        provider.all_shortable_symbols(datetime(2024, 1, 1))
    assert provider.fee_rate("SPY", datetime(2024, 1, 1)) == 0.0
    forever = LocalDiskShortableProvider("axos", tmp_path, missing="raise", max_age=None)
    assert forever.shortable_quantity("SPY", datetime.max) == 3
    with pytest.raises(NoDataError, match="at 2024-01-01 00:00:00; there are"):
        forever.shortable_quantity("SPY", datetime(2024, 1, 1))


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    put(tmp_path, DAY, {"SPY": 3})
    with pytest.raises(UnknownBrokerError, match=r"'nobody'.*axos"):
        LocalDiskShortableProvider("nobody", tmp_path)
    with pytest.raises(UnknownBrokerError, match="interactivebrokers"):
        InteractiveBrokersShortableProvider(tmp_path)
    for name in ("../../etc", "AXOS", "", None):
        with pytest.raises(InvalidInputError, match="broker"):
            LocalDiskShortableProvider(name, tmp_path)  # type: ignore[arg-type]
    for settings in ({"missing": None}, {"max_age": 7}, {"lag": timedelta(-1)}):
        with pytest.raises(InvalidInputError, match=next(iter(settings))):
            LocalDiskShortableProvider("axos", tmp_path, **settings)
    (tmp_path / "equity" / "usa" / "shortable" / "axos.parquet").write_bytes(b"not a store")
    with pytest.raises(CorruptStoreError):
        LocalDiskShortableProvider("axos", tmp_path)


def test_interactive_brokers_is_the_broker_of_that_name(tmp_path: Path) -> None:
    put(tmp_path, DAY, {"SPY": 3}, broker="interactivebrokers")
    provider = InteractiveBrokersShortableProvider(tmp_path, lag=timedelta(days=1))
    assert (provider.broker, provider.data_folder) == ("interactivebrokers", tmp_path)
    assert provider.shortable_quantity("SPY", NOON) == 0
    assert provider.shortable_quantity("SPY", NOON + timedelta(days=1)) == 3
    next_day = NOON + timedelta(days=1)
    for settings, answer in (
        ({}, 3),
        ({"max_age": timedelta(hours=1)}, 0),
        ({"max_age": timedelta(hours=1), "missing": "unrestricted"}, None),
        ({"match": "exact_date"}, None),
    ):
        provider = InteractiveBrokersShortableProvider(tmp_path, **settings)
        assert provider.shortable_quantity("SPY", next_day) == answer


def test_s2_a_provider_answers_from_what_it_opened(tmp_path: Path) -> None:
    for number, parts in enumerate((None, Layout(single_file_rows=0, part_rows=2, fan=2))):
        folder = tmp_path / str(number)
        put(folder, DAY, {"SPY": 3, "GME": 8}, layout=parts)
        early = LocalDiskShortableProvider("axos", folder)
        for day in (3, 4, 5):
            put(folder, datetime(2024, 1, day), {"SPY": day}, layout=parts)
        later = datetime(2024, 1, 5)
        assert early.shortable_quantities(["SPY", "GME"], later).tolist() == [3, 8]
        assert early.all_shortable_symbols(later) == {"SPY": 3, "GME": 8}
        assert copy.deepcopy(early).shortable_quantity("SPY", later) == 3
        now = LocalDiskShortableProvider("axos", folder)
        assert now.shortable_quantities(["SPY", "GME"], later).tolist() == [5, 0]


def test_copies_pickles_and_lagged_twins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "data", DAY, {"SPY": 3})
    put(tmp_path / "data", datetime(2024, 1, 3), {"SPY": 4})
    monkeypatch.chdir(tmp_path)
    provider = LocalDiskShortableProvider("axos", lag=timedelta(hours=1))
    quote = provider.quote("SPY", NOON)
    pickled = pickle.dumps(provider)
    monkeypatch.chdir("/")
    for twin in (copy.copy(provider), copy.deepcopy(provider), pickle.loads(pickled)):
        assert twin.quote("SPY", NOON) == quote
        assert twin.shortable_quantities("SPY", [NOON]).tolist() == [3]
        assert (twin.broker, twin.data_folder) == ("axos", tmp_path / "data")
    late = lagged(provider, timedelta(hours=1))
    boundary = datetime(2024, 1, 3, 1)
    assert [p.shortable_quantity("SPY", boundary) for p in (provider, late)] == [4, 3]
    assert [p.shortable_quantity("SPY", boundary) for p in (provider, late)] == [4, 3]
    assert type(late) is LocalDiskShortableProvider


class Halved(LocalDiskShortableProvider):
    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.asked = 0

    def shortable_quantity(self, symbol: Any, local_time: Any) -> Any:
        self.asked += 1
        return super().shortable_quantity(symbol, local_time) // 2


class Pascal(LocalDiskShortableProvider):
    def ShortableQuantity(self, symbol: Any, localTime: Any) -> Any:
        return self.shortable_quantity(symbol, localTime) // 2


@pytest.mark.parametrize("made", [Halved, Pascal])
def test_a_users_subclass_is_heard(tmp_path: Path, made: Any) -> None:
    put(tmp_path, DAY, {"SPY": 30})
    for provider in (made("axos", tmp_path), pickle.loads(pickle.dumps(made("axos", tmp_path)))):
        for _ in range(3):
            assert as_provider(provider).shortable_quantity("SPY", NOON) == 15
        assert provider.shortable_quantities(["SPY"] * 3, NOON).tolist() == [15] * 3
        assert provider.quote("SPY", NOON).quantity == 15
        assert provider.panel("SPY", NOON, NOON)["SPY"].tolist() == [15]
        assert as_provider(provider).fee_rate("SPY", NOON) == 0.01
        assert provider.fee_rates("SPY", NOON).tolist() == [0.01]
    assert (
        lagged(made("axos", tmp_path), timedelta(days=1)).shortable_quantity(
            "SPY", NOON + timedelta(days=1)
        )
        == 15
    )


def test_a_plain_subclass_stays_what_it_is(tmp_path: Path) -> None:
    class Named(LocalDiskShortableProvider):
        """Adds nothing."""

    put(tmp_path, DAY, {"SPY": 30})
    provider = Named("axos", tmp_path)
    assert as_provider(provider) is provider
    assert type(lagged(provider, timedelta(days=1))) is Named


def test_made_up_speaks_of_what_can_answer_in_a_time(tmp_path: Path) -> None:
    put(tmp_path, datetime(2024, 1, 2), {"SPY": 1}, made_up=True)
    put(tmp_path, datetime(2024, 1, 5), {"SPY": 2})
    put(tmp_path, datetime(2024, 1, 20), {"SPY": 3}, made_up=True)
    provider = LocalDiskShortableProvider("axos", tmp_path)
    assert provider.made_up()
    ranges = {
        (datetime(2024, 1, 3), datetime(2024, 1, 4)): True,  # the 2nd's speaks
        (datetime(2024, 1, 6), datetime(2024, 1, 19)): False,
        (datetime(2024, 1, 5), datetime(2024, 1, 20)): True,
        (datetime(2023, 1, 1), datetime(2024, 1, 1)): False,
        (datetime(2024, 1, 28), datetime(2024, 2, 20)): False,  # the 20th's is too old
        (None, datetime(2024, 1, 1)): False,
        (datetime(2024, 1, 21), None): True,
    }
    assert {span: provider.made_up(*span) for span in ranges} == ranges
    assert LocalDiskShortableProvider("axos", tmp_path, max_age=None).made_up(datetime(2024, 1, 28))
    late = LocalDiskShortableProvider("axos", tmp_path, lag=timedelta(days=2))
    assert late.made_up(datetime(2024, 1, 6), datetime(2024, 1, 6))
    with pytest.raises(TimeError, match="start"):
        provider.made_up("2024-01-01")  # type: ignore[arg-type]


def test_every_kind_of_time_gives_the_same_answer_cold_and_warm(tmp_path: Path) -> None:
    put(tmp_path, DAY, {"SPY": 3})
    put(tmp_path, datetime(2024, 1, 2, 11, 59, 59), {"SPY": 5, "GME": 2**40})
    utc = NOON.replace(tzinfo=UTC) + timedelta(hours=5)
    kinds = [
        NOON,
        pd.Timestamp(NOON),
        np.datetime64(NOON),
        np.datetime64(NOON, "ns"),
        utc,
        pd.Timestamp(utc),
        datetime(2024, 1, 2, 12, 0, 0, 1),
        NOON.replace(fold=1),
    ]
    provider = LocalDiskShortableProvider("axos", tmp_path)
    for _ in range(3):
        for moment in kinds:
            assert provider.shortable_quantity("SPY", moment) == 5
            assert provider.shortable_quantity(Symbol.create("GME"), moment) == 2**40
        assert provider.shortable_quantity("SPY", date(2024, 1, 2)) == 3
        assert (
            provider.shortable_quantity("SPY", pd.Timestamp("2024-01-02 11:59:58.999999999")) == 3
        )
        for bad in (pd.NaT, "2024-01-02", np.datetime64("NaT", "us"), None, 5, [NOON]):
            with pytest.raises(TimeError):
                provider.shortable_quantity("SPY", bad)


def test_spellings_are_one_symbol(tmp_path: Path) -> None:
    put(tmp_path, DAY, {"TSLA": 3, "BRK.B": 4})
    provider = LocalDiskShortableProvider("axos", tmp_path)
    for _ in range(2):
        for spelling in (
            "TSLA",
            "TSLA.US",
            "US.TSLA",
            "tsla",
            np.str_("TSLA"),
            Symbol.create("TSLA"),
        ):
            assert provider.shortable_quantity(spelling, NOON) == 3
            assert provider.fee_rate(spelling, NOON) == 0.01
        for spelling in ("BRK B", "BRK/B", "brk-b"):
            assert provider.shortable_quantity(spelling, NOON) == 4


@pytest.mark.parametrize("partial", [False, True])
def test_bounded_memory_changes_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, partial: bool
) -> None:
    rng = random.Random(3)
    names = [a + b for a in "ABCDEFGH" for b in "ABCDEFGH"]
    layout = Layout(single_file_rows=0, part_rows=100, fan=3)
    for day in range(1, 21):
        rows = {name: rng.choice([0, 5, 2**40]) for name in rng.sample(names, 40)}
        put(tmp_path, datetime(2024, 1, day), rows, layout=layout)
        if partial:
            rows = {name: rng.choice([0, 7]) for name in rng.sample(names, 5)}
            put(tmp_path, datetime(2024, 1, day, 12), rows, complete=False, layout=layout)
    asked = [
        (name, datetime(2024, 1, rng.randint(1, 25), rng.randint(0, 23))) for name in names * 20
    ]
    rng.shuffle(asked)
    free = LocalDiskShortableProvider("axos", tmp_path)
    expected = [free.shortable_quantity(*pair) for pair in asked]
    monkeypatch.setattr(stored_history, "_COURSES_BYTES", 1000)
    monkeypatch.setattr(stored_history, "_BLOCKS_BYTES", 2000)
    monkeypatch.setattr(stored_part, "_ROWS_FOR_ONE", 30)
    monkeypatch.setattr(point, "_TRACKS_KEPT", 5)
    monkeypatch.setattr(point, "_TIMELINES_KEPT", 3)
    bound = LocalDiskShortableProvider("axos", tmp_path)
    assert [bound.shortable_quantity(*pair) for pair in asked] == expected
    symbols, times = [s for s, _ in asked], np.array([t for _, t in asked], "datetime64[us]")
    assert bound.shortable_quantities(symbols, times).tolist() == expected
    assert free.shortable_quantities(symbols, times).tolist() == expected
    history: Any = bound._lookup.histories["quantity"][Market.USA]
    assert len(history._courses) * 4 * 20 <= 1000
    assert (
        sum(block.nbytes for block in history._blocks.values()) <= 2000 or len(history._blocks) == 1
    )
    assert len(bound._lookup._timelines) <= 4
    assert max(len(tracks) for tracks in bound._lookup.tracks.values()) <= 5


def test_many_symbols_are_read_with_their_part_and_few_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [a + b for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJ"]
    for day in (2, 3):
        put(tmp_path, datetime(2024, 1, day), dict.fromkeys(names, day))
    monkeypatch.setattr(
        stored_part, "_ROWS_FOR_ONE", 20
    )  # of 200 rows: ten symbols cost what the part does
    provider = LocalDiskShortableProvider("axos", tmp_path)
    history: Any = provider._lookup.histories["quantity"][Market.USA]
    for number, name in enumerate(names, 1):
        assert provider.shortable_quantity(name, NOON) == 2
        assert (len(history._blocks) == 1) is (number >= 10)
    again = LocalDiskShortableProvider("axos", tmp_path)
    assert again.shortable_quantities(names * 10, NOON).tolist() == [2] * 1000
    assert again._lookup.histories["quantity"][Market.USA]._parts[0]._reads == 0  # type: ignore[attr-defined]


def test_help_shows_the_arguments_of_init() -> None:
    taken = {
        LocalDiskShortableProvider: [
            "broker",
            "data_folder",
            "missing",
            "max_age",
            "lag",
            "match",
        ],
        InteractiveBrokersShortableProvider: ["data_folder", "missing", "max_age", "lag", "match"],
    }
    for provider, names in taken.items():
        assert list(inspect.signature(provider).parameters) == names


def test_s3_a_row_that_could_not_be_read_is_unknown_and_so_is_another_currency(
    tmp_path: Path,
) -> None:
    rows = {
        "symbol": ["LHT", "SPY", "TD", "TD"],
        "currency": ["CAD", "USD", "CAD", "USD"],
        "quantity": [10_000, 500, 40, 30],
        "fee_rate": [0.0075, 0.0025, 0.01, 0.02],
    }
    made = [
        make_snapshot(published_instant(DAY), {"symbol": ["GME"], "quantity": [9]}, complete=True),
        make_snapshot(
            published_instant(DAY + timedelta(days=1)), rows, complete=True, unreadable=["GME"]
        ),
    ]
    append("axos", made, data_folder=tmp_path)
    asked = ["SPY", "GME", "LHT", "LHT@CAD", "TD", "TD@CAD", "TD@EUR", "AMC"]
    has_data = [True, False, False, True, True, True, False, True]
    later = DAY + timedelta(days=2)
    for missing, unknown in (("unavailable", 0), ("unrestricted", None)):
        quantities = [500, unknown, unknown, 10_000, 30, 40, unknown, 0]
        for _ in range(2):  # symbol by symbol, and from the part that has been read whole
            provider = LocalDiskShortableProvider("axos", tmp_path, missing)  # type: ignore[arg-type]
            assert [provider.shortable_quantity(s, later) for s in asked] == quantities
            assert [provider.has_quantity(s, later) for s in asked] == has_data
            assert [provider.has_fee_rate(s, later) for s in asked[:7]] == has_data[:7]
            found = provider.shortable_quantities(asked * 99, later)[: len(asked)]
            assert found.tolist() == [-1 if n is None else n for n in quantities]
            assert provider.has_quantities(asked * 99, later)[-len(asked) :].tolist() == has_data
            assert sorted(provider.all_shortable_symbols(later)) == [
                "LHT@CAD",
                "SPY",
                "TD",
                "TD@CAD",
            ]
    with pytest.raises(NoDataError):
        LocalDiskShortableProvider("axos", tmp_path, "raise").shortable_quantity("GME", later)
    quote = provider.quote("GME", later)
    assert (quote.has_data, quote.as_of) == (False, None)
    assert (
        quote.note == "the snapshot of 2024-01-03 00:00:00 has a row of GME that could not be read"
    )
    quote = provider.quote("LHT", later)
    assert quote.note == (
        "the snapshot of 2024-01-03 00:00:00 lists LHT in another currency only; 10,000 shares are listed as LHT@CAD"
    )
    assert quote.listed_as == ("LHT@CAD",)
    assert provider.shortable_quantity("GME", DAY + timedelta(hours=1)) == 9  # the list before it


def test_s3_a_list_read_alone_is_the_list_of_the_part_that_was_read_whole(tmp_path: Path) -> None:
    rows = [
        {"symbol": ["AMC", "GME", "SPY"], "quantity": [1, 7, 5]},
        # SPY is named without a quantity, so the list before answers; of AMC there are some shares, nobody knows how many.
        {
            "symbol": ["AMC", "GME", "SPY", "TD"],
            "quantity": [None, 0, None, 30],
            "quantity_is_floor": [True, False, False, False],
        },
    ]
    made = [
        make_snapshot(published_instant(DAY + timedelta(days=day)), table, complete=True)
        for day, table in enumerate(rows)
    ]
    append("axos", made, data_folder=tmp_path)
    listed = [{"AMC": 1, "GME": 7, "SPY": 5}, {"SPY": 5, "TD": 30}]
    times = [DAY + timedelta(days=day, hours=1) for day in range(2)]
    for time, expected in zip(times, listed, strict=True):
        assert LocalDiskShortableProvider("axos", tmp_path).all_shortable_symbols(time) == expected
    whole = LocalDiskShortableProvider("axos", tmp_path)
    for _ in range(3):
        assert [whole.all_shortable_symbols(time) for time in times] == listed


def test_a_quote_says_how_old_its_data_are(tmp_path: Path) -> None:
    put(tmp_path, DAY, {"SPY": 500})
    put(tmp_path, DAY + timedelta(days=1), {"SPY": 400})
    provider = LocalDiskShortableProvider("axos", tmp_path)
    notes = {
        DAY - timedelta(days=1): "the first snapshot is of 2024-01-02 00:00:00",
        DAY + timedelta(hours=23): "",  # another snapshot follows
        DAY + timedelta(days=1, hours=23): "",
        DAY + timedelta(days=2): "the last snapshot is 24 hours old",
        DAY + timedelta(days=8): "the last snapshot is 7 days old",
        DAY
        + timedelta(
            days=13
        ): "the last snapshot before it, of 2024-01-03 00:00:00, is 12 days old, more than "
        "max_age=7 days",
    }
    for moment, note in notes.items():
        assert provider.quote("SPY", moment).note == note
    assert provider.quote("SPY", DAY + timedelta(days=3)).age == timedelta(days=2)
    assert provider.quote("SPY", DAY - timedelta(days=3)).age is None
    assert provider.quote("SPY.CA", DAY).note == "there is no snapshot of market canada"


def test_made_up_data_say_so_in_repr_and_in_one_warning(tmp_path: Path) -> None:
    put(tmp_path, DAY, {"SPY": 500}, made_up=True)
    put(tmp_path, DAY, {"SPY": 500}, broker="real")
    with pytest.warns(MadeUpDataWarning, match="import a broker's files, or name") as caught:
        provider = LocalDiskShortableProvider("axos", tmp_path)
    assert (len(caught), caught[0].filename) == (1, __file__)
    assert repr(provider) == "LocalDiskShortableProvider('axos', made-up sample data)"
    assert provider.name == "LocalDiskShortableProvider('axos')"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        real = LocalDiskShortableProvider("real", tmp_path)
    assert repr(real) == real.name == "LocalDiskShortableProvider('real')"


def test_a_provider_s_kind_is_its_store_s(tmp_path: Path) -> None:
    made = make_snapshot(
        published_instant(DAY),
        {"symbol": ["A"], "quantity": [7]},
        complete=False,
        kind="daily_flow",
        session=DAY.date(),
    )
    append("axos", [made], data_folder=tmp_path)
    put(tmp_path, DAY, {"SPY": 500}, broker="pool")
    flow = LocalDiskShortableProvider("axos", tmp_path)
    pool = LocalDiskShortableProvider("pool", tmp_path)
    assert (flow.availability_kind, pool.availability_kind) == ("daily_flow", "pool")
    with pytest.raises(InvalidInputError, match="all be a pool or all a daily flow"):
        sum_of(flow, pool)
    put(tmp_path, DAY, {"RY": 5}, broker="axos", market=Market.CANADA)
    with pytest.raises(InvalidInputError, match="one kind of availability in all markets"):
        LocalDiskShortableProvider("axos", tmp_path)


def test_s3_a_whole_list_of_one_venue_says_nothing_of_another_s_symbols(tmp_path: Path) -> None:
    lists = [
        (0, "NSE", {"AAA": 100, "BBB": 200}),
        (1, "BSE", {"CCC": 300}),
        (2, "NSE", {"AAA": 110}),  # BBB, which NSE had named, is none from here on
        (3, "BSE", {"CCC": 310, "DDD": 5}),
    ]
    made = [
        make_snapshot(
            published_instant(DAY + timedelta(days=day)),
            {"symbol": list(rows), "quantity": list(rows.values())},
            complete=True,
            venue=venue,
        )
        for day, venue, rows in lists
    ]
    append("axos", made, data_folder=tmp_path)
    provider = LocalDiskShortableProvider("axos", tmp_path, missing="unrestricted")
    expected = {
        "AAA": [100, 100, 110, 110],
        "BBB": [200, 200, 0, 0],
        "CCC": [None, 300, 300, 310],
        "DDD": [None, None, None, 5],
        "ZZZ": [None] * 4,  # of no venue that is known
    }
    times = [DAY + timedelta(days=day, hours=1) for day in range(4)]
    for symbol, shares in expected.items():
        assert [provider.shortable_quantity(symbol, t) for t in times] == shares
        assert provider.shortable_quantities(symbol, times * 99)[-4:].tolist() == [
            -1 if n is None else n for n in shares
        ]
        assert [provider.has_quantity(symbol, t) for t in times] == [n is not None for n in shares]
    for number, time in enumerate(times):
        listed = {s: n[number] for s, n in expected.items() if n[number]}
        assert provider.all_shortable_symbols(time) == listed
    assert "none is a complete list of its venue" in provider.quote("ZZZ", times[3]).note
