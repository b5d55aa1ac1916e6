"""A study of some symbols after another, in this process or others, put together: the study of all, to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shortable import CustomShortableProvider, FrameShortableProvider
from shortable.borrow import InteractiveBrokersBorrowFee, LeanBorrowFee
from shortable.errors import InvalidInputError, SweepError
from shortable.research import (
    Trades,
    audit,
    borrow_frames,
    constrain,
    constrain_weights,
    in_parts,
    short_bounds,
)
from shortable.results import write_folder

NAMES = [f"A{n}" for n in range(6)]
PARTS = (NAMES[:1], NAMES[1:4], NAMES[4:])
DAYS = pd.bdate_range("2024-01-02", periods=20)
WIDE = ("positions", "utilization", "borrow_cost_by_time")
BY_TIME = ("refusals", "borrow_costs", "checks_without_data")


class Market:
    """Random prices and availability, and studies of some of the symbols."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        shape = len(DAYS), len(NAMES)
        self.closes = self.table(self.rng.uniform(10, 20, shape).round(2))
        self.closes.iloc[:2, 1] = np.nan
        self.lent = self.table(self.rng.choice([0.0, 150, 900, np.nan], shape))
        self.fees = self.table(self.rng.choice([0.0025, 0.0025, 0.3, np.nan], shape))
        self.targets = self.table(self.rng.integers(-9, 10, shape) * 100.0)
        self.splits = pd.DataFrame(
            {"symbol": ["A0", "A3"], "ex_date": DAYS[[5, 9]], "ratio": ["2:1", "1:3"]}
        )
        self.kind: Any = ("pool", "daily_flow")[seed % 2]
        self.fee = (None, None, LeanBorrowFee(), InteractiveBrokersBorrowFee())[seed % 4]

    @staticmethod
    def table(values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values, DAYS, NAMES)

    def provider(self, names: list[str], kind: Any = "pool") -> FrameShortableProvider:
        return FrameShortableProvider(self.lent[names], fee_rates=self.fees[names], kind=kind)

    def held(self, names: list[str]) -> Any:
        return constrain(
            self.targets[names],
            self.provider(names, self.kind),
            self.closes[names],
            on_exceed="clip",
            own_use=("included", "excluded")[self.kind == "pool"],
            borrow_fee=self.fee,
            actions=self.splits,
        )


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    assert len(expected)
    pd.testing.assert_frame_equal(found, expected, check_exact=True, check_freq=False)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size", [1, 4, 9])
def test_constrain_in_parts_is_constrain_of_all(seed: int, size: int) -> None:
    market = Market(seed)
    whole = market.held(NAMES)
    names = [*WIDE, *BY_TIME[:2]]
    with ThreadPoolExecutor(2) as executor:
        found = in_parts(market.held, market.targets, names, size=size, executor=executor)
    assert list(found.tables) == names
    for name in names:
        assert_same(found.tables[name], getattr(whole, name))
    assert found.counts == {
        "checks": whole.checks,
        "nights_without_rate": whole.nights_without_rate,
        "nights_without_price": whole.nights_without_price,
    }
    assert min(whole.checks, len(whole.refusals)) > 10


def test_bounds_and_frames_in_parts_are_those_of_all() -> None:
    market = Market(7)
    nav, last = 1e5, DAYS[12]

    def frames(names: list[str]) -> Any:
        return borrow_frames(
            market.provider(names), market.closes[names], nav, actions=market.splits
        )

    def bounds(names: list[str]) -> Any:
        return short_bounds(market.provider(names), last, names, nav, market.closes.loc[last])

    found = in_parts(frames, NAMES, ["min_weights", "short_fees"], size=4, workers=1)
    whole = frames(NAMES)
    assert_same(found.tables["min_weights"], whole.min_weights)
    assert_same(found.tables["short_fees"], whole.short_fees)
    assert found.counts == {"unknown_fees": whole.unknown_fees}
    assert whole.unknown_fees > 4
    found = in_parts(bounds, NAMES, ["bounds"], size=4, workers=1)
    assert_same(found.tables["bounds"], bounds(NAMES).to_frame())


def test_a_part_that_has_no_event_changes_no_type() -> None:
    def held(names: list[str]) -> Any:
        wanted = pd.DataFrame([[-200.0 if n == "A1" else 0.0 for n in names]] * 20, DAYS, names)
        lent = CustomShortableProvider({"A1": 100}, fee_rate={"A1": 0.36})
        return constrain(wanted, lent, pd.DataFrame(10.0, DAYS, names), on_exceed="clip")

    found = in_parts(held, NAMES, BY_TIME, size=1, workers=1)
    whole = held(NAMES)
    for name in BY_TIME:
        pd.testing.assert_frame_equal(found.tables[name], getattr(whole, name), check_exact=True)
    assert len(whole.refusals) == 20


@pytest.fixture
def studies(by_name: Callable[[str], Any]) -> Any:
    """The module `market_studies`, which workers find by name."""
    return by_name("market_studies")


@pytest.fixture
def store(studies: Any, tmp_path: Path) -> Path:
    return studies.make_store(tmp_path / "store")


def test_no_restriction_known_is_an_answer_and_not_filled_by_the_one_before(
    studies: Any, store: Path
) -> None:
    provider, first, last = studies.provider(store), studies.DAYS[0], studies.DAYS[-1]

    def panel(symbols: list[str]) -> pd.DataFrame:
        return provider.panel(symbols, first, last)

    whole = panel(studies.NAMES)
    found = in_parts(panel, studies.NAMES, ["panel"], size=3, workers=1)
    assert_same(found.tables["panel"], whole)
    # A3 is in no list from the 11th to the 15th session, and what was known expires after three days.
    until = whole.loc[: studies.DAYS[14] + pd.Timedelta(hours=12), "A3"]
    assert until.iloc[-1] is pd.NA
    assert until.notna().any()
    assert {len(panel([name])) < len(whole) for name in studies.NAMES} == {True}


def contents(found: Any, folder: Path) -> dict[str, bytes]:
    write_folder(found.tables, dict(found.counts), folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def at_once(studies: Any, store: Path | str, folder: Path) -> dict[str, bytes]:
    """The bytes of a study of all symbols, in this process."""
    whole = in_parts(partial(studies.held, store), studies.NAMES, [*WIDE, *BY_TIME], workers=1)
    for name in (*WIDE, *BY_TIME):
        assert_same(whole.tables[name], getattr(studies.held(store, studies.NAMES), name))
    return contents(whole, folder)


@pytest.mark.slow
def test_processes_and_a_dask_cluster_give_the_bytes_of_one_process_though_a_worker_is_killed(
    studies: Any, store: Path, tmp_path: Path, cluster: Any
) -> None:
    expected = at_once(studies, store, tmp_path / "alone")
    assert len(expected) == 7
    for name, options in (
        ("processes", {"workers": 2}),
        ("cluster", {"executor": cluster.get_executor()}),
    ):
        mark = tmp_path / f"{name} killed"
        study = partial(studies.once_killed, store, mark)
        found = in_parts(study, studies.NAMES, [*WIDE, *BY_TIME], size=2, **options)
        assert mark.exists()
        assert contents(found, tmp_path / name) == expected


@pytest.mark.slow
def test_a_dask_clusters_workers_open_a_store_in_object_storage(
    studies: Any, store: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    pytest.importorskip("moto.server", reason="moto[server] is of the extra `test`")
    pytest.importorskip("boto3", reason="boto3 is of the extra `s3`")
    from tests.store.s3 import server

    expected = at_once(studies, store, tmp_path / "alone")
    with server() as bucket:
        studies.make_store(bucket)
        # Its workers begin after the server: they find it by the environment.
        executor = request.getfixturevalue("cluster").get_executor()
        study = partial(studies.held, bucket)
        found = in_parts(study, studies.NAMES, [*WIDE, *BY_TIME], size=3, executor=executor)
    assert contents(found, tmp_path / "far") == expected


@pytest.mark.slow
def test_a_part_that_no_worker_survives_is_named(studies: Any, store: Path) -> None:
    study = partial(studies.always_killed, store)
    with pytest.raises(SweepError, match="the part A4 to A5 ended its worker 3 times"):
        in_parts(study, studies.NAMES, ["positions"], size=2, workers=2)


def test_a_network_that_fails_once_is_tried_again(
    studies: Any, store: Path, tmp_path: Path
) -> None:
    study = partial(studies.once_offline, store, tmp_path / "mark")
    found = in_parts(study, studies.NAMES, ["positions"], workers=1)
    assert_same(found.tables["positions"], studies.held(store, studies.NAMES).positions)


def test_what_a_study_raises_is_told_with_the_part_and_the_line() -> None:
    calls = []

    def unlucky(names: list[str]) -> Any:
        calls.append(names)
        return constrain(pd.DataFrame(0.5, DAYS, names), CustomShortableProvider({}))

    with pytest.raises(
        SweepError, match="the part A0 to A3 failed: InvalidInputError: targets"
    ) as e:
        in_parts(unlucky, NAMES, ["positions"], size=4, workers=1)
    assert "in unlucky" in e.value.__notes__[0]
    assert calls[0] == NAMES[:4]
    assert calls.count(NAMES[:4]) == 1


def test_what_is_no_sum_of_its_symbols_is_refused() -> None:
    market = Market(0)
    done = Trades.of(DAYS[:1], "A0", [-100.0], [10.0])
    weights, closes = pd.DataFrame(0.1, DAYS, NAMES), market.closes.bfill()
    for study in (
        lambda names: audit(done, market.provider(NAMES), market.closes, cash=1e6),
        lambda names: constrain_weights(weights, market.provider(NAMES), closes),
        lambda names: constrain_weights(weights, market.provider(NAMES), closes)[1],
    ):
        with pytest.raises(SweepError, match="Sums over all symbols"):
            in_parts(study, NAMES, ["positions"], workers=1)


def test_a_study_of_other_symbols_or_times_is_refused() -> None:
    market = Market(0)
    for study, table in (
        (lambda names: market.held(NAMES), "positions"),
        (lambda names: market.held(names[::-1]), "positions"),
        (lambda names: market.held(names).positions.iloc[:, :1], "panel"),
    ):
        with pytest.raises(SweepError, match="answer for the symbols that it is called with"):
            in_parts(study, NAMES, [table], size=3, workers=1)
    with pytest.raises(SweepError, match="be among positions"):
        in_parts(market.held, NAMES, ["min_weights"], size=3, workers=1)

    def shorter(names: list[str]) -> Any:
        market.targets = market.targets.iloc[1:]
        return market.held(names)

    with pytest.raises(SweepError, match="not of the same times"):
        in_parts(shorter, NAMES, ["positions"], size=3, workers=1)


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"study": None}, "study"),
        ({"symbols": "A0"}, "symbols"),
        ({"symbols": []}, "symbols"),
        ({"symbols": ["BRK.B", "brk-b"]}, "each symbol once"),
        ({"tables": "positions"}, "tables"),
        ({"tables": ["daily"]}, "be among positions"),
        ({"size": 0}, "size"),
        ({"workers": 0}, "workers"),
        ({"executor": 3, "workers": None}, "executor"),
        ({"workers": 2}, "by its name"),
    ],
)
def test_arguments_are_checked(changed: dict[str, Any], match: str) -> None:
    given = {"study": lambda names: None, "symbols": NAMES, "tables": ["positions"], "workers": 1}
    with pytest.raises(InvalidInputError, match=match):
        in_parts(**(given | changed))


def test_audits_of_parts_of_the_symbols() -> None:
    """Of a list with prices: without them, a list's own first and last trade say which sessions there are."""
    market = Market(3)
    rows, columns = np.sort(market.rng.integers(0, 19, 120)), market.rng.integers(0, 6, 120)
    quantity = market.rng.choice([-300.0, -100.0, 100.0, 200.0], 120)
    paid = market.closes.bfill().to_numpy()[rows, columns]

    def study(names: list[str]) -> Any:
        chosen = np.isin(columns, [NAMES.index(name) for name in names])
        named = [NAMES[column] for column in columns[chosen]]
        done = Trades.of(DAYS[rows[chosen]], named, quantity[chosen], paid[chosen], 0.5)
        found = audit(done, market.provider(names), market.closes[names], actions=market.splits)
        return found.trades.set_index(np.flatnonzero(chosen)), found.borrow_costs

    trades, costs = study(NAMES)
    parts = list(map(study, PARTS))
    assert {"borrowed", "not borrowable", "not needed"} <= set(trades["verdict"])
    together = pd.concat([part for part, _ in parts]).sort_index()
    pd.testing.assert_frame_equal(together, trades, check_exact=True)
    # An audit has its companies in the order of their first trades.
    keys = ["date", "symbol"]
    charged = pd.concat([part for _, part in parts]).sort_values(keys, ignore_index=True)
    expected = costs.sort_values(keys, ignore_index=True)
    assert len(expected) > 30
    pd.testing.assert_frame_equal(charged, expected, check_exact=True)
