"""LEAN's providers: files of a LEAN folder, the store, and users' own in either spelling."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import shortable
from shortable.clock import published_instant
from shortable.errors import ProviderContractError
from shortable.lean import QCAlgorithm, run_algorithm
from shortable.lean.data.globals import data_folder_is
from shortable.lean.enums import OrderStatus, Resolution, SecurityType
from shortable.lean.provider_views import lean_provider, spelled
from shortable.lean.providers import (
    InteractiveBrokersShortableProvider,
    LocalDiskShortableProvider,
    NullShortableProvider,
)
from shortable.lean.symbols import Symbol
from shortable.store import append, make_snapshot
from tests.lean.folder import LeanFolder

DAY = datetime(2013, 10, 4, 10)


def equity(ticker: str) -> Symbol:
    return Symbol.create(ticker, SecurityType.EQUITY, "usa")


@pytest.fixture
def folder(tmp_path: Path) -> LeanFolder:
    made = LeanFolder(tmp_path / "lean")
    path = made.path / "equity/usa/shortable/testbrokerage/symbols"
    path.mkdir(parents=True)
    (path / "spy.csv").write_text(
        "#DATE,AVAILABLE,REBATERATE,FEERATE\n20131004,1000,5.0700,0.2500\n20131007,,,\n20131008,5"
    )
    dates = path.parent / "dates"
    dates.mkdir()
    (dates / "20131001.csv").write_text("aapl,2000,5.07,0.25\nBAC,200\nX,\n")
    return made


def test_a_row_speaks_on_its_own_date_alone(folder: LeanFolder) -> None:
    spy = equity("SPY")
    with data_folder_is(folder.path):
        provider = LocalDiskShortableProvider("TestBrokerage")
        days = [datetime(2013, 10, day, 23) for day in (3, 4, 5, 7, 8)]
        assert [provider.ShortableQuantity(spy, day) for day in days] == [None, 1000, None, None, 5]
        assert [provider.fee_rate(spy, day) for day in days] == [0.0, 0.0025, 0.0, 0.0, 0.0]
        assert [provider.RebateRate(spy, day) for day in days] == [0.0, 0.0507, 0.0, 0.0, 0.0]
        assert provider.shortable_quantity(equity("GME"), DAY) is None
        older = LocalDiskShortableProvider(SecurityType.EQUITY, "testbrokerage", "usa")
        assert older.shortable_quantity(spy, DAY) == 1000
        assert (older.brokerage, older.Brokerage) == ("testbrokerage", "testbrokerage")


def test_a_list_is_looked_for_up_to_seven_days_back(folder: LeanFolder) -> None:
    with data_folder_is(folder.path):
        provider = LocalDiskShortableProvider("testbrokerage")
        found = provider.AllShortableSymbols(datetime(2013, 10, 8))
        assert {pair.Key.value: pair.Value for pair in found} == {"AAPL": 2000, "BAC": 200}
        assert equity("AAPL") in found
        assert len(provider.all_shortable_symbols(datetime(2013, 10, 9))) == 0


def test_a_broker_without_data_restricts_nothing(folder: LeanFolder) -> None:
    with data_folder_is(folder.path):
        provider = LocalDiskShortableProvider("nobody")
        assert provider.shortable_quantity(equity("SPY"), DAY) is None
        assert provider.fee_rate(equity("SPY"), DAY) == 0.0


def test_a_damaged_line_is_named(folder: LeanFolder) -> None:
    (folder.path / "equity/usa/shortable/testbrokerage/symbols/qqq.csv").write_text(
        "20131004,many\n"
    )
    with (
        data_folder_is(folder.path),
        pytest.raises(ProviderContractError, match=r"qqq\.csv, line 1: '20131004,many'"),
    ):
        LocalDiskShortableProvider("testbrokerage").shortable_quantity(equity("QQQ"), DAY)


def test_without_files_the_store_answers_by_the_same_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = make_snapshot(
        published_instant(datetime(2013, 10, 4)),
        {"symbol": ["SPY"], "quantity": [700], "fee_rate": [0.02], "rebate_rate": [-0.01]},
        complete=True,
    )
    append("interactivebrokers", [snapshot], data_folder=tmp_path)
    monkeypatch.setenv("SHORTABLE_DATA", str(tmp_path))
    provider = InteractiveBrokersShortableProvider()
    spy = equity("SPY")
    assert [provider.shortable_quantity(spy, datetime(2013, 10, d, 9)) for d in (3, 4, 5)] == [
        None,
        700,
        None,
    ]
    assert (provider.fee_rate(spy, DAY), provider.rebate_rate(spy, DAY)) == (0.02, -0.01)
    assert (
        provider.shortable_quantity(equity("GME"), DAY) is None
    )  # absent is unlimited, as LEAN has it
    assert {p.key.value: p.value for p in provider.all_shortable_symbols(DAY)} == {"SPY": 700}
    assert LocalDiskShortableProvider("nobody").shortable_quantity(spy, DAY) is None


def test_users_providers_answer_to_both_spellings() -> None:
    class Pascal:
        def ShortableQuantity(self, symbol: Any, localTime: Any) -> float:
            return 10.0

        def FeeRate(self, symbol: Any, localTime: Any) -> float:
            return 0.0025

    asked, seen = lean_provider(Pascal()), spelled(Pascal())
    assert asked.shortable_quantity(equity("SPY"), DAY) == 10
    assert (asked.fee_rate(equity("SPY"), DAY), asked.rebate_rate(equity("SPY"), DAY)) == (
        Decimal("0.0025"),
        0,
    )
    assert seen.shortable_quantity(None, DAY) == seen.ShortableQuantity(None, DAY) == 10.0
    assert (seen.fee_rate(None, DAY), seen.rebate_rate(None, DAY)) == (0.0025, 0.0)

    class Derived(NullShortableProvider):
        def ShortableQuantity(self, symbol: Any, localTime: Any) -> int:
            return 7

    assert lean_provider(Derived()).shortable_quantity(equity("SPY"), DAY) == 7
    assert Derived().shortable_quantity(equity("SPY"), DAY) == 7


def test_shortables_own_providers_are_asked_with_our_symbols() -> None:
    ours = shortable.CustomShortableProvider({"SPY": 5}, fee_rate={"SPY": 0.01})
    asked = lean_provider(ours)
    assert asked.shortable_quantity(equity("SPY"), DAY) == 5
    assert asked.fee_rate(equity("SPY"), DAY) == Decimal("0.01")


@pytest.mark.parametrize("answer", [-1, 1.5, "many", float("nan")])
def test_answers_that_no_provider_may_give(answer: Any) -> None:
    class Wrong:
        def shortable_quantity(self, symbol: Any, local_time: Any) -> Any:
            return answer

    with pytest.raises(ProviderContractError, match="whole number of shares"):
        lean_provider(Wrong()).shortable_quantity(equity("SPY"), DAY)


def test_what_is_no_provider() -> None:
    with pytest.raises(ProviderContractError, match="is a class; pass an instance"):
        lean_provider(NullShortableProvider)
    with pytest.raises(ProviderContractError, match="no method"):
        lean_provider(object())


def test_one_of_ours_answers_an_algorithm_that_asks_with_lean_s_symbol() -> None:
    ours = shortable.CustomShortableProvider({"SPY": 2000}, fee_rate={"SPY": 0.01})
    seen = spelled(ours)
    assert (
        seen.shortable_quantity(equity("SPY"), DAY)
        == seen.ShortableQuantity(equity("SPY"), DAY)
        == 2000
    )
    assert (seen.fee_rate(equity("SPY"), DAY), seen.FeeRate(equity("SPY"), DAY)) == (0.01, 0.01)


def test_one_of_ours_refuses_an_order_of_a_lean_algorithm() -> None:
    class OneTooMany(QCAlgorithm):
        def initialize(self) -> None:
            self.set_start_date(2024, 1, 2)
            self.set_end_date(2024, 1, 4)
            self.add_equity("SPY", Resolution.DAILY).set_shortable_provider(
                shortable.CustomShortableProvider({"SPY": 2000})
            )

        def on_data(self, data: object) -> None:
            if not self.portfolio.invested:
                self.market_order("SPY", -2001)
                self.market_order("SPY", -100)

    orders = run_algorithm(OneTooMany, raising=True).objects.orders
    assert (
        orders[0].tag
        == "Order exceeds maximum shortable quantity for Symbol SPY (requested short: 2001)"
    )
    assert [order.status for order in orders[:2]] == [OrderStatus.INVALID, OrderStatus.FILLED]
