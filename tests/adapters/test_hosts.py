"""Every adapter on its real host: conformance, and the traps that all hosts share."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, time

import numpy as np
import pytest

from shortable import CustomShortableProvider
from shortable.testing.conformance import AdapterConformance
from shortable.testing.hosts.names import HOSTS
from shortable.testing.reference import expected
from shortable.testing.workload import Workload
from tests.hosts import host_named


@pytest.fixture(params=HOSTS)
def host(request):
    return host_named(request.param)


class HostConformance(AdapterConformance):
    host = "engine"

    def run(self, work):
        return host_named(self.host).run(work)


class TestZipline(HostConformance):
    host = "zipline"


class TestBacktrader(HostConformance):
    host = "backtrader"


@pytest.mark.slow
class TestVectorbt(HostConformance):
    host = "vectorbt"


class TestBacktesting(HostConformance):
    host = "backtesting"


class TestBt(HostConformance):
    host = "bt"


class TestNautilus(HostConformance):
    host = "nautilus"
    rounds_cash = True


@dataclasses.dataclass(frozen=True, slots=True)
class OneShort(Workload):
    """Sold on Wednesday's close, so short from Thursday's open; bought back with Friday's close, so until Monday's open."""

    def orders(self, session, column, held):
        if column:
            return []
        return {0: [-100], 2: [-held] if held < 0 else []}.get(session, [])


DAYS = [date(2024, 1, 3), date(2024, 1, 4), date(2024, 1, 5), date(2024, 1, 8), date(2024, 1, 9)]
OPENS = [50.0, 51.0, 52.0, 53.0, 54.0]
CLOSES = [50.5, 51.5, 40.0, 53.5, 54.5]


def one_short(provider, look_up="open"):
    two = [np.column_stack([prices, prices]) for prices in (OPENS, CLOSES)]
    return OneShort("custom", DAYS, ["AAA", "BBB"], *two, provider, look_up)


def test_the_weekend_is_charged_at_its_mark_and_neither_the_night_before_nor_the_one_after(host):
    """Thursday to Friday: 100 x 51.5 x 0.36 x 1 / 360 = 5.15. Friday to Monday: 100 x 40 x 0.36 x 3 / 360 = 12.00.

    The close, not the price of entry; Monday's cover does not lose the weekend, and Wednesday night, before the
    sale filled, costs nothing: 17.15 in all. Charged once.
    """
    outcome = host.run(
        one_short(CustomShortableProvider({"AAA": 100, "BBB": 100}, fee_rate={"AAA": 0.36}))
    )
    assert (outcome.orders, outcome.filled) == (2, 2)
    assert outcome.total_fee == pytest.approx(17.15, abs=1e-9)
    assert outcome.cash_charged == pytest.approx(17.15, abs=2e-6)


def test_a_daily_bar_looks_up_when_it_is_told_and_nothing_else(host):
    for look_up, at in (("open", time(9, 30)), ("close", time(16))):
        asked = []
        provider = CustomShortableProvider(
            lambda symbol, now, asked=asked: asked.append((symbol.ticker, now)) or 100
        )
        host.run(one_short(provider, look_up))
        times = {now for ticker, now in asked if ticker == "AAA"}
        assert datetime.combine(DAYS[0], at) in times
        assert {now.time() for now in times} == {at}


def test_one_share_too_many_is_refused_and_what_is_available_is_not(host):
    assert host.run(one_short(CustomShortableProvider({"AAA": 99, "BBB": 0}))).refused == [
        (DAYS[0], "AAA", -100)
    ]
    assert host.run(one_short(CustomShortableProvider({"AAA": 100, "BBB": 0}))).refused == []


def test_a_cover_is_never_refused_though_nothing_is_available_any_more(host):
    provider = CustomShortableProvider(lambda symbol, now: 100 if now.date() == DAYS[0] else 0)
    outcome = host.run(one_short(provider))
    assert (outcome.filled, outcome.refused) == (2, [])


def test_the_workload_s_own_reference_agrees_with_the_hand():
    assert expected(
        one_short(CustomShortableProvider({"AAA": 100}, fee_rate={"AAA": 0.36}))
    ).total_fee == pytest.approx(17.15)
