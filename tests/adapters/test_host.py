"""The desk that all adapters share: the host's names and clock, and the report."""

from __future__ import annotations

import importlib
import sys
from datetime import date, datetime, time

import pytest

from shortable import CustomShortableProvider
from shortable.adapters.host import HostDesk
from shortable.errors import InvalidInputError, MissingDependencyError

NOW = datetime(2024, 1, 5)


def test_the_report_has_a_table_of_refusals_and_one_of_borrow_costs():
    desk = HostDesk(CustomShortableProvider({"GME": 5}, fee_rate={"GME": 0.36}))
    desk.charge("GME", 100, 25.0, date(2024, 1, 4), date(2024, 1, 5))
    desk.allowed("GME", NOW, 6, 0, 0)
    report = desk.report()
    assert report.borrow_costs["cost"].tolist() == [pytest.approx(2.5)]  # 100 x 25 x 0.36 / 360
    assert report.refusals["requested"].tolist() == [-6]
    assert (
        report.refusals["tag"].iloc[0]
        == desk.last_tag
        == "Order exceeds maximum shortable quantity for Symbol GME (requested short: 6)"
    )
    assert (report.checks, len(report.checks_without_data)) == (1, 0)
    empty = HostDesk(CustomShortableProvider({})).report()
    for name in ("refusals", "borrow_costs", "checks_without_data"):
        assert list(getattr(empty, name)) == list(getattr(report, name))


@pytest.mark.parametrize(
    ("options", "daily", "at"),
    [
        ({}, True, time(16)),
        ({"look_up": "open"}, True, time(9, 30)),
        ({"look_up": "label"}, True, time(0)),
        ({"look_up": time(10, 15)}, True, time(10, 15)),
        ({}, False, time(0)),
    ],
)
def test_when_an_order_looks_up(options, daily, at):
    desk = HostDesk(CustomShortableProvider({}), **options)
    assert desk.look_up_time("GME", NOW, daily=daily) == datetime.combine(NOW.date(), at)


@pytest.mark.parametrize("look_up", ["open", "close", time(10, 15)])
def test_a_check_before_the_fills_never_looks_ahead_of_the_open(look_up):
    desk = HostDesk(CustomShortableProvider({}), look_up=look_up)
    assert desk.time_before_fills("GME", NOW) == NOW.replace(hour=9, minute=30)
    later = datetime(2024, 1, 5, 11)
    assert desk.time_before_fills("GME", later, daily=False) == later


def test_an_unknown_look_up_is_refused():
    with pytest.raises(InvalidInputError, match="look_up"):
        HostDesk(CustomShortableProvider({}), look_up="noon")


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("backtrader", lambda m: m.broker(CustomShortableProvider({}))),
        ("zipline", lambda m: m.limit_shorts(CustomShortableProvider({}))),
        ("nautilus", lambda m: m.limit_shorts(CustomShortableProvider({}))),
        ("bt", lambda m: m.limit_shorts([], CustomShortableProvider({}))),
    ],
)
def test_without_its_host_an_adapter_says_what_to_install(module, call, monkeypatch):
    adapter = importlib.import_module(f"shortable.adapters.{module}")
    for name in ("backtrader", "zipline", "nautilus_trader", "bt"):
        for loaded in [n for n in sys.modules if n.partition(".")[0] == name]:
            monkeypatch.delitem(sys.modules, loaded)
        monkeypatch.setitem(sys.modules, name, None)
    for made in ("_broker_class", "_blotter_class", "_module_class", "_algo_classes"):
        if hasattr(adapter, made):
            getattr(adapter, made).cache_clear()
    with pytest.raises(MissingDependencyError, match=rf"shortable-provider\[{module}\]"):
        call(adapter)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rechek": "daily"}, "rechek='daily' must be left out.*takes look_up"),
        ({"recheck": "fill"}, "recheck='fill' must be 'submission'. It has no resting orders"),
        ({"on_exceed": "clip"}, "on_exceed='clip' must be 'reject' or 'warn'"),
    ],
)
def test_options_that_a_host_cannot_honour_are_refused_by_name(options, message):
    with pytest.raises(InvalidInputError, match=message):
        HostDesk.of_options(
            "a host",
            CustomShortableProvider({}),
            options,
            on_exceed=("reject", "warn"),
            recheck=("submission",),
            reason="It has no resting orders.",
        )
