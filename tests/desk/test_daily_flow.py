"""S15 at the desk and in the engine, against a model that keeps a list of all orders; research and adapters agree."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import CustomShortableProvider, FrameShortableProvider, Symbol
from shortable.adapters.host import HostDesk
from shortable.desk import RefusalKind, ShortDesk
from shortable.engine import OrderStatus
from shortable.errors import InvalidInputError, ProviderContractError
from shortable.lean.provider_views import lean_provider
from shortable.research import audit, borrow_frames, constrain, constrain_weights, short_bounds
from shortable.research.trade_lists import Trades
from tests.engine.scenario import flat, play

SPY = Symbol.create("SPY")
DAYS = pd.bdate_range("2024-01-02", periods=6)  # the days of tests.engine.scenario


def limits(*shares: int | None) -> FrameShortableProvider:
    """One limit a session, known from its first minute."""
    return FrameShortableProvider(
        pd.DataFrame({"SPY": list(shares)}, index=DAYS[: len(shares)]),
        kind="daily_flow",
        missing="unrestricted",
    )


def at(day: int, hour: int = 16) -> datetime:
    return DAYS[day].to_pydatetime().replace(hour=hour)


def test_s15_by_hand_at_the_desk() -> None:
    desk = ShortDesk(limits(500, 500))
    # 900 carried in do not count; 300 and then 200 fill the limit of 500.
    assert desk.allowed(SPY, at(0), 300, -900, 0, order_id=1) == 300
    desk.sent(SPY, at(0), 300, -900, 0, 1)
    assert desk.allowed(SPY, at(0), 201, -900, 300, order_id=2) == 0
    assert desk.refusals[-1].kind is RefusalKind.SUBMISSION
    assert desk.refusals[-1].available == 500
    assert desk.allowed(SPY, at(0), 200, -900, 300, order_id=2) == 200
    desk.sent(SPY, at(0), 200, -900, 300, 2)
    assert desk.allowed(SPY, at(0), 1, -900, 500, order_id=3) == 0
    # Covering all of it frees nothing; cancelling order 2, which has not filled, gives back its 200.
    assert desk.allowed(SPY, at(0), 1, 0, 200, order_id=3) == 0
    desk.cancelled(SPY, 2)
    assert desk.allowed(SPY, at(0), 200, 0, 0, order_id=3) == 200
    # Next session: an order that rests counts anew, as it stands.
    desk.begin_session(SPY, at(1).date(), 0, [(1, 300)])
    assert desk.allowed(SPY, at(1), 201, 0, 300, order_id=4) == 0
    assert desk.allowed(SPY, at(1), 200, 0, 300, order_id=4) == 200


def test_s15_a_recheck_cancels_the_newest_that_are_short() -> None:
    desk = ShortDesk(limits(1000, 250), recheck="daily")
    resting = [(1, 150), (2, 100), (3, 200)]
    # 100 are held: order 1 is short by 50, the others whole. 50 + 100 + 200 = 350 > 250; without the newest 150.
    desk.begin_session(SPY, at(1).date(), 100, resting)
    assert desk.excess(SPY, at(1, 9), 100, resting) == [3]
    assert desk.allowed(SPY, at(1), 100, 100, 250, order_id=4) == 100
    assert desk.allowed(SPY, at(1), 101, 100, 250, order_id=4) == 0


def test_s15_a_share_of_the_market_s_limit() -> None:
    desk = ShortDesk(limits(505), share=0.1, on_exceed="clip")
    assert desk.allowed(SPY, at(0), 80, 0, 0) == 50
    with pytest.raises(InvalidInputError, match="share=2"):
        ShortDesk(limits(505), share=2)


OPS = st.one_of(
    st.tuples(st.sampled_from(["sell", "buy", "rest"]), st.integers(1, 60)),
    st.tuples(st.just("cancel"), st.integers(0, 3)),
    st.tuples(st.just("update"), st.integers(0, 3), st.integers(1, 60)),
)
SCRIPTS = st.lists(st.lists(OPS, max_size=5), min_size=5, max_size=5)


class Model:
    """All orders of all days in one list; every question goes through all of them."""

    def __init__(self, shares: list[int | None], recheck: str) -> None:
        self.shares, self.recheck = shares, recheck
        self.held = 0
        self.orders: list[dict[str, Any]] = []
        self.day = 0

    def resting(self) -> list[dict[str, Any]]:
        return [o for o in self.orders if o["state"] == "rests"]

    def part(self, order: dict[str, Any], others: int) -> int:
        return order["shares"] - min(max(self.held - others, 0), order["shares"])

    def used(self, but: Any = None) -> int:
        mine = [o for o in self.orders if o["counts_on"] == self.day and o is not but]
        return sum(o["part"] for o in mine if o["state"] in ("rests", "filled"))

    def begin(self, day: int) -> None:
        self.day, before = day, 0
        sells = [o for o in self.resting() if o["kind"] != "buy"]
        for order in sells:
            order["part"], order["counts_on"] = self.part(order, before), day
            before += order["shares"]
        limit = self.shares[day]
        if self.recheck == "daily" and limit is not None and self.held < before:
            for order in reversed(sells):
                if self.used() <= limit:
                    break
                if order["part"]:
                    order["state"] = "cancelled"
        for order in self.resting():
            if order["kind"] != "rest":
                self.held += order["shares"] if order["kind"] == "buy" else -order["shares"]
                order["state"] = "filled"

    def accepts(self, order: dict[str, Any]) -> bool:
        others = sum(o["shares"] for o in self.resting() if o["kind"] != "buy" and o is not order)
        part, limit = self.part(order, others), self.shares[self.day]
        if part and limit is not None and self.used(but=order) + part > limit:
            return False
        order["part"], order["counts_on"] = part, self.day
        return True

    def send(self, kind: str, shares: int) -> None:
        order = {"kind": kind, "shares": shares, "state": "rests", "part": 0, "counts_on": None}
        if kind != "buy" and not self.accepts(order):
            order["state"] = "refused"
        self.orders.append(order)

    def update(self, number: int, shares: int) -> None:
        sells = [o for o in self.resting() if o["kind"] == "rest"]
        if number < len(sells):
            order = sells[number]
            before = dict(order)
            order["shares"] = shares
            others = sum(
                o["shares"] for o in self.resting() if o["kind"] != "buy" and o is not order
            )
            if shares > before["shares"]:
                if not self.accepts(order):
                    order.update(before)
            elif shares < before["shares"]:
                order["part"], order["counts_on"] = self.part(order, others), self.day

    def cancel(self, number: int) -> None:
        sells = [o for o in self.resting() if o["kind"] == "rest"]
        if number < len(sells):
            sells[number]["state"] = "cancelled"


def act(algorithm: Any, ops: list[Any]) -> None:
    for op, *numbers in ops:
        resting = algorithm.transactions.get_open_order_tickets(
            lambda t: t.order.limit_price is not None
        )
        if op == "sell":
            algorithm.market_order("SPY", -numbers[0])
        elif op == "buy":
            algorithm.market_order("SPY", numbers[0])
        elif op == "rest":
            algorithm.limit_order("SPY", -numbers[0], 1_000.0)
        elif numbers[0] < len(resting):
            if op == "cancel":
                resting[numbers[0]].cancel()
            else:
                resting[numbers[0]].update_quantity(-numbers[1])


@settings(deadline=None)
@given(
    SCRIPTS,
    st.lists(st.none() | st.integers(0, 100), min_size=5, max_size=5),
    st.sampled_from(["submission", "daily"]),
)
def test_s15_the_engine_s_orders_are_the_model_s(
    script: list[list[Any]], shares: list[int | None], recheck: Any
) -> None:
    model = Model(shares, recheck)
    for day, ops in enumerate(script):
        model.begin(day)
        for op, *numbers in ops:
            if op in ("sell", "buy", "rest"):
                model.send(op, *numbers)
            else:
                getattr(model, op)(*numbers)
    result = play(
        flat(5),
        {day: lambda a, ops=ops: act(a, ops) for day, ops in enumerate(script)},
        setup=lambda a: a.securities["SPY"].set_leverage(100),
        provider=limits(*shares),
        recheck=recheck,
    )
    words = {
        OrderStatus.INVALID: "refused",
        OrderStatus.FILLED: "filled",
        OrderStatus.CANCELED: "cancelled",
    }
    orders = result.algorithm.transactions.get_orders()
    found = [(words.get(o.status, "rests"), abs(o.quantity)) for o in orders]
    assert found == [(o["state"], o["shares"]) for o in model.orders]
    assert result.summary()["share_of_daily_flow"] == "1"


TARGETS = st.lists(st.integers(-60, 60), min_size=6, max_size=6)


@settings(deadline=None)
@given(
    TARGETS,
    st.lists(st.integers(0, 100), min_size=6, max_size=6),
    st.sampled_from(["reject", "clip"]),
)
def test_s15_constrain_audit_and_a_host_s_desk_decide_alike(
    targets: list[int], shares: list[int], on_exceed: Any
) -> None:
    provider = limits(*shares)
    wanted = pd.DataFrame({"SPY": targets}, index=DAYS)
    found = constrain(wanted, provider, on_exceed=on_exceed)
    # Session by session, one order each: covers free nothing, and what was carried in does not count.
    held, expected = 0, []
    for target, limit in zip(targets, shares, strict=True):
        sale = held - target
        part = max(sale - max(held, 0), 0)
        if sale > 0 and part > limit:
            sale = max(held, 0) + limit if on_exceed == "clip" else 0
        held -= sale
        expected.append(held)
    assert found.positions["SPY"].tolist() == expected
    desk, held, hosts = HostDesk(provider, on_exceed=on_exceed, look_up="open"), 0, []
    for day, target in enumerate(targets):
        if target < held:
            moment = desk.look_up_time("SPY", DAYS[day].date())
            allowed = desk.allowed("SPY", moment, held - target, held, 0)
            desk.sent("SPY", moment, allowed, held, 0)
            held -= int(allowed)
        else:
            held = target
        hosts.append(held)
    assert hosts == expected
    weights, _ = constrain_weights(
        wanted * 10.0 / 1e6,
        provider,
        pd.DataFrame(10.0, DAYS, ["SPY"]),
        1e6,
        on_exceed=on_exceed,
        borrow_fee=None,
    )
    assert (weights["SPY"] * 1e5).round().astype(int).tolist() == expected


def test_s15_several_rows_and_trades_of_one_session_add_up() -> None:
    index = pd.to_datetime(
        ["2024-01-02 10:00", "2024-01-02 11:00", "2024-01-02 12:00", "2024-01-03 10:00"]
    )
    provider = limits(100, 100)
    wanted = pd.DataFrame({"SPY": [-60, 0, -60, -120]}, index=index)
    # 60, then a cover that frees nothing, then 60 more: 120 > 100, refused; the next day 120 > 100 from flat: refused.
    found = constrain(wanted, provider, look_up="label")
    assert found.positions["SPY"].tolist() == [-60, 0, 0, 0]
    assert found.refusals["requested"].tolist() == [-60, -120]
    clipped = constrain(wanted, provider, look_up="label", on_exceed="clip")
    assert clipped.positions["SPY"].tolist() == [-60, 0, -40, -120]
    assert clipped.utilization["SPY"].tolist() == [0.6, 0.6, 1.0, 0.8]
    trades = Trades.of(index, "SPY", [-60, 60, -60, -100], [10.0] * 4)
    judged = audit(trades, provider, on_exceed="clip")
    assert judged.trades["allowed"].tolist() == [-60, 60, -40, -100]
    assert audit(trades, provider, share=0.5).trades["verdict"].tolist()[0] == "not borrowable"


def test_s15_what_a_flow_cannot_do_is_refused_by_name() -> None:
    wanted = pd.DataFrame({"SPY": [-1]}, index=DAYS[:1])
    with pytest.raises(
        InvalidInputError, match="on_shortfall='buy_in' must be 'keep' under a daily flow"
    ):
        constrain(wanted, limits(1), on_shortfall="buy_in")


def test_s15_bounds_of_positions_and_lean_s_rule_take_no_daily_flow() -> None:
    prices = pd.DataFrame({"SPY": [10.0]}, index=DAYS[:1])
    with pytest.raises(InvalidInputError, match="be a pool"):
        short_bounds(limits(1), at(0), ["SPY"], 1e6, [10.0])
    with pytest.raises(InvalidInputError, match="be a pool"):
        borrow_frames(limits(1), prices, 1e6)
    for provider in (limits(1), CustomShortableProvider({"SPY": 5}, kind="daily_flow")):
        with pytest.raises(ProviderContractError, match=r"a daily flow.*shares that can be held"):
            lean_provider(provider)


def test_a_session_that_nobody_limits_is_reported_as_without_data() -> None:
    provider = FrameShortableProvider(
        pd.DataFrame({"SPY": [100]}, index=DAYS[:1]), kind="daily_flow"
    )
    wanted = pd.DataFrame({"SPY": [-10, -20]}, index=DAYS[:2])
    found = constrain(wanted, provider)
    assert found.positions["SPY"].tolist() == [-10, -10]
    assert found.refusals["has_data"].tolist() == [False]
    assert found.checks_without_data["time"].dt.date.tolist() == [date(2024, 1, 3)]
    assert np.isnan(found.utilization["SPY"].iloc[1])
