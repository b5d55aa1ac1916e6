"""The desk that all adapters share: S4, S5 and S8 at a foreign order desk."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import CustomShortableProvider
from shortable.adapters.desk import ShortDesk
from shortable.borrow import NullBorrowFee, RebateOnMarketValue
from shortable.errors import InvalidInputError
from shortable.rule import may_sell

NOW = datetime(2024, 1, 5)


@given(
    st.integers(-500, 500),
    st.integers(0, 500),
    st.integers(1, 500),
    st.one_of(st.none(), st.integers(0, 900)),
    st.sampled_from(["reject", "clip", "warn"]),
)
def test_what_is_allowed_may_be_sold_and_one_more_may_not(
    held, sells, quantity, available, on_exceed
):
    desk = ShortDesk(CustomShortableProvider({"GME": available}), on_exceed=on_exceed)
    allowed = desk.allowed("GME", NOW, quantity, held, sells)
    fits = may_sell(held, sells, quantity, available)
    assert desk.refusals().empty is fits
    if fits or on_exceed == "warn":
        assert allowed == quantity
    elif on_exceed == "reject":
        assert allowed == 0
    else:
        assert 0 <= allowed < quantity
        assert allowed == 0 or may_sell(held, sells, allowed, available)
        assert not may_sell(held, sells, allowed + 1, available)


@given(
    st.integers(-300, 300),
    st.lists(st.integers(1, 100), max_size=6),
    st.one_of(st.none(), st.integers(0, 400)),
)
def test_resting_sells_are_cancelled_newest_first_until_the_rest_fits(held, sells, available):
    desk = ShortDesk(CustomShortableProvider({"GME": available}))
    cancelled = desk.excess("GME", NOW, held, list(enumerate(sells)))
    kept = [q for at, q in enumerate(sells) if at not in cancelled]
    assert sorted(cancelled) == list(range(len(kept), len(sells)))
    assert not kept or may_sell(held, 0, sum(kept), available)
    if cancelled:
        assert not may_sell(held, 0, sum(sells[: len(kept) + 1]), available)


def test_golden_charge():
    """100 x 25 x 0.36 x 3 / 360 = 7.50, Friday to Monday; the rebate convention pays 100 x 25 x 0.12 x 3 / 360 = 2.50."""
    lent = CustomShortableProvider({"GME": 1}, fee_rate={"GME": 0.36}, rebate_rate={"GME": -0.12})
    night = ("GME", 100, 25.0, date(2024, 1, 5), date(2024, 1, 8))
    desk = ShortDesk(lent)
    assert desk.charge(*night) == pytest.approx(7.5)
    assert desk.total_fee == pytest.approx(7.5)
    assert desk.fees().iloc[0][["shares", "close", "rate", "days"]].tolist() == [
        100.0,
        25.0,
        0.36,
        3,
    ]
    assert ShortDesk(lent, borrow_fee=RebateOnMarketValue()).charge(*night) == pytest.approx(2.5)
    assert ShortDesk(lent, borrow_fee=NullBorrowFee()).charge(*night) == 0.0


def test_an_unknown_rate_costs_nothing_and_is_told_apart_from_a_rate_of_zero():
    desk = ShortDesk(CustomShortableProvider({"GME": 1}, fee_rate={"GME": 0.0}))
    for name in ("GME", "SPY"):
        assert desk.charge(name, 1, 1.0, date(2024, 1, 4), date(2024, 1, 5)) == 0.0
    assert desk.fees()["rate"].isna().tolist() == [False, True]


def test_one_table_of_refusals_and_fees():
    desk = ShortDesk(CustomShortableProvider({"GME": 5}, fee_rate={"GME": 0.36}))
    desk.charge("GME", 100, 25.0, date(2024, 1, 4), date(2024, 1, 5))
    desk.allowed("GME", NOW, 6, 0, 0)
    report = desk.report()
    assert report["what"].tolist() == ["fee", "submission"]
    assert report["shares"].tolist() == [-100.0, -6.0]
    assert (
        report["tag"].iloc[1]
        == "Order exceeds maximum shortable quantity for Symbol GME (requested short: 6)"
    )
    assert list(ShortDesk(CustomShortableProvider({})).report().columns) == list(report.columns)


@pytest.mark.parametrize(
    ("look_up", "daily", "at"),
    [
        ("open", True, time(9, 30)),
        ("close", True, time(16)),
        ("label", True, time(0)),
        (time(10, 15), True, time(10, 15)),
        ("open", False, time(0)),
    ],
)
def test_when_it_looks_up(look_up, daily, at):
    asked = []
    desk = ShortDesk(
        CustomShortableProvider(lambda s, now: asked.append(now) or 5), look_up=look_up
    )
    desk.allowed("GME", NOW, 1, 0, 0, daily=daily)
    assert asked == [datetime.combine(NOW.date(), at)]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"on_exceed": "x"}, "on_exceed"),
        ({"look_up": "noon"}, "look_up"),
        ({"recheck": "x"}, "recheck"),
    ],
)
def test_misuse_is_named(options, says):
    with pytest.raises(InvalidInputError, match=says):
        ShortDesk(CustomShortableProvider({}), **options)


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
    import importlib
    import sys

    from shortable.errors import MissingDependencyError

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
