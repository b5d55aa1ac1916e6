"""S1 to S5 at the order desk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import hypothesis.strategies as st
import pandas as pd
from hypothesis import given, settings

from shortable import FrameShortableProvider
from shortable.engine import OrderResponseErrorCode, OrderStatus, Resolution

from .scenario import Shares, bars, flat, play


def tag(shares: int, ticker: str = "SPY") -> str:
    return (
        f"Order exceeds maximum shortable quantity for Symbol {ticker} (requested short: {shares})"
    )


def test_s4_the_issues_sequence_with_1000_available() -> None:
    seen: dict[str, Any] = {}

    def first(a: Any) -> None:
        refused = a.limit_order("SPY", -1001, 100.0)
        assert (refused.status, refused.tag) == (OrderStatus.INVALID, tag(1001))
        assert refused.error_code == OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY == -31
        accepted = a.limit_order("SPY", -1000, 100.0)
        assert accepted.status == OrderStatus.SUBMITTED
        further = a.limit_order("SPY", -10, 100.0)
        assert (further.status, further.tag) == (OrderStatus.INVALID, tag(10))
        assert accepted.update_quantity(-999).is_success
        answer = accepted.update_quantity(-1001)
        assert (answer.is_error, answer.error_code) == (True, -31)
        assert answer.error_message == tag(1001)
        assert (accepted.quantity, accepted.status.is_open()) == (-999, True)
        assert accepted.cancel().is_success
        assert a.market_order("SPY", -1000).status == OrderStatus.SUBMITTED

    def second(a: Any) -> None:
        seen["held"] = a.portfolio["SPY"].quantity
        seen["one more"] = a.market_order("SPY", -1)

    result = play(flat(4), {0: first, 1: second}, provider=Shares(1000))
    assert seen["held"] == -1000
    assert (seen["one more"].status, seen["one more"].tag) == (OrderStatus.INVALID, tag(1))
    assert result.summary()["refused_for_availability"] == 3
    assert result.summary()["updates_refused_for_availability"] == 1


def test_s4_with_1001_available_1001_pass() -> None:
    result = play(flat(3), {0: lambda a: a.limit_order("SPY", -1001, 10.0)}, provider=Shares(1001))
    assert result.algorithm.portfolio["SPY"].quantity == -1001


def test_s4_a_long_is_sold_first_and_asks_nobody() -> None:
    lent = Shares(50)
    steps = {0: lambda a: a.market_order("SPY", 100), 1: lambda a: a.market_order("SPY", -100)}
    assert play(flat(3), steps, provider=lent).algorithm.portfolio["SPY"].quantity == 0
    assert lent.asked == []

    def both(a: Any) -> Any:
        return a.market_order("SPY", -151).status, a.market_order("SPY", -150).status

    result = play(flat(3), {0: lambda a: a.market_order("SPY", 100), 1: both}, provider=lent)
    assert result.algorithm.returned[1] == (OrderStatus.INVALID, OrderStatus.SUBMITTED)
    assert result.algorithm.portfolio["SPY"].quantity == -50


def test_s4_a_resting_buy_frees_nothing_until_it_fills() -> None:
    seen: list[OrderStatus] = []

    def cover_and_sell(a: Any) -> None:
        a.market_order("SPY", 100)
        seen.append(a.market_order("SPY", -1).status)

    steps = {
        0: lambda a: a.market_order("SPY", -100),
        1: cover_and_sell,
        2: lambda a: seen.append(a.market_order("SPY", -100).status),
    }
    play(flat(4), steps, provider=Shares(100))
    assert seen == [OrderStatus.INVALID, OrderStatus.SUBMITTED]


def test_s4_every_kind_of_resting_sell_counts() -> None:
    def first(a: Any) -> Any:
        return [
            a.limit_order("SPY", -40, 20.0).status,
            a.stop_market_order("SPY", -30, 5.0).status,
            a.market_order("SPY", -30).status,
            a.market_order("SPY", -1).status,
        ]

    accepted, refused = OrderStatus.SUBMITTED, OrderStatus.INVALID
    assert play(flat(2), {0: first}, provider=Shares(100)).algorithm.returned[0] == [
        accepted,
        accepted,
        accepted,
        refused,
    ]


def test_s1_none_is_no_restriction_and_zero_is_none_to_be_had() -> None:
    def first(a: Any) -> Any:
        return (
            a.shortable_quantity("AMC"),
            a.shortable("AMC", 10**9),
            a.market_order("AMC", -10).status,
            a.shortable_quantity("GME"),
            a.shortable("GME"),
            a.market_order("GME", -1).status,
        )

    lent = Shares({"AMC": None, "GME": 0})
    assert play(flat(2, "AMC", "GME"), {0: first}, provider=lent).algorithm.returned[0] == (
        None,
        True,
        OrderStatus.SUBMITTED,
        0,
        False,
        OrderStatus.INVALID,
    )


def test_shortable_is_the_formula_and_shortable_quantity_the_providers_number() -> None:
    def first(a: Any) -> Any:
        a.limit_order("SPY", -90, 20.0)
        return (
            a.shortable_quantity("SPY"),
            a.shortable("SPY"),
            a.shortable("SPY", 10),
            a.shortable("SPY", -10),
            a.shortable("SPY", 11),
            a.shortable("SPY", 10.0),
        )

    assert play(flat(2), {0: first}, provider=Shares(100)).algorithm.returned[0] == (
        100,
        True,
        True,
        True,
        False,
        True,
    )


def test_s2_the_provider_is_asked_at_the_algorithms_clock() -> None:
    lent = Shares(100)
    play(flat(2), {0: lambda a: a.market_order("SPY", -1)}, provider=lent)
    assert lent.asked == [("SPY", datetime(2024, 1, 2, 16))]


def test_s5_a_refusal_is_recorded_everywhere() -> None:
    result = play(
        flat(2),
        {0: lambda a: a.market_order("SPY", -11, tag="mine")},
        provider=Shares(10),
    )
    ticket = result.algorithm.returned[0]
    order = result.orders.loc[1]
    assert (ticket.tag, order.tag, order.status, order.error_code) == (
        tag(11),
        tag(11),
        OrderStatus.INVALID,
        -31,
    )
    event = result.order_events.iloc[-1]
    assert (event.message, event.status, event.fill_quantity) == (tag(11), OrderStatus.INVALID, 0)
    refusal = result.refusals.iloc[0]
    assert (
        refusal.order_id,
        refusal.symbol,
        refusal.kind,
        refusal.requested,
        refusal.allowed,
        refusal.available,
    ) == (
        1,
        "SPY",
        "submission",
        -11,
        0,
        10,
    )
    assert (refusal.tag, refusal.error_code, str(refusal.time)) == (
        tag(11),
        -31,
        "2024-01-02 16:00:00",
    )
    assert (len(result.fills), result.algorithm.portfolio.cash) == (0, 1_000_000)
    assert result.algorithm.transactions.get_open_orders() == []


def test_s4_a_refusal_says_what_it_was_up_against() -> None:
    def first(a: Any) -> None:
        a.market_order("SPY", -600)
        a.limit_order("SPY", -300, 99.0)  # rests
        a.market_order("SPY", -101)  # 0 - 900 - 101 < -1000

    def second(a: Any) -> Any:
        ticket = a.transactions.get_order_tickets()[1]
        ticket.update_quantity(-401)  # -600 - 401 < -1000
        a.market_order("SPY", -101)  # -600 - 300 - 101 < -1000

    result = play(flat(2), {0: first, 1: second}, provider=Shares(1000))
    columns = ["order_id", "kind", "held", "open_sells", "available", "has_data"]
    assert result.refusals[columns].values.tolist() == [
        [3, "submission", 0, 900, 1000, True],
        [2, "update", -600, 0, 1000, True],
        [4, "submission", -600, 300, 1000, True],
    ]


def test_s3_a_refusal_for_want_of_data_says_so() -> None:
    frame = pd.DataFrame({"SPY": [1000]}, index=pd.DatetimeIndex(["2023-01-02"]))
    result = play(
        flat(1),
        {0: lambda a: a.market_order("SPY", -1)},
        provider=FrameShortableProvider(frame),
    )
    assert result.refusals[["available", "has_data"]].values.tolist() == [[0, False]]


def test_s5_clip_sells_what_there_is() -> None:
    def first(a: Any) -> Any:
        one, two = a.market_order("SPY", -130), a.market_order("SPY", -5)
        return (one.quantity, one.status, one.tag), (two.quantity, two.status, two.tag)

    result = play(flat(2), {0: first}, provider=Shares(100), on_exceed="clip")
    assert result.algorithm.returned[0] == (
        (-100, OrderStatus.SUBMITTED, ""),
        (-5, OrderStatus.INVALID, tag(5)),
    )
    assert result.algorithm.portfolio["SPY"].quantity == -100
    assert result.refusals[["kind", "requested", "allowed"]].values.tolist() == [
        ["clipped", -130, -100],
        ["submission", -5, 0],
    ]


def test_s5_clip_lets_an_update_grow_as_far_as_there_is() -> None:
    def first(a: Any) -> Any:
        ticket = a.limit_order("SPY", -60, 20.0)
        grown = ticket.update_quantity(-130)
        again = ticket.update_quantity(-131)
        return grown.is_success, again.error_code, ticket.quantity

    result = play(flat(1), {0: first}, provider=Shares(100), on_exceed="clip")
    assert result.algorithm.returned[0] == (True, -31, -100)
    assert result.refusals["kind"].tolist() == ["clipped", "update"]


def test_s5_warn_only_reports() -> None:
    result = play(
        flat(2),
        {0: lambda a: a.market_order("SPY", -130)},
        provider=Shares(100),
        on_exceed="warn",
    )
    assert result.algorithm.portfolio["SPY"].quantity == -130
    assert result.refusals[
        ["kind", "requested", "allowed", "available", "tag"]
    ].values.tolist() == [["warned", -130, -130, 100, tag(130)]]
    assert result.summary()["clipped_or_warned"] == 1


def recalled(recheck: str, **kwargs: Any) -> tuple[Any, Shares]:
    """Rest sells of 40, 30 and 20 on 100 lent; 75 are lent from the next morning on."""
    lent = Shares(lambda symbol, time: 100 if time < datetime(2024, 1, 3, 9, 30) else 75)
    steps = {0: lambda a: [a.limit_order("SPY", -n, 20.0) for n in (40, 30, 20)]}
    return play(flat(4), steps, provider=lent, recheck=recheck, **kwargs), lent


def test_s5_at_submission_a_locate_is_good_for_ever() -> None:
    result, lent = recalled("submission")
    assert set(result.orders["status"]) == {OrderStatus.SUBMITTED}
    assert len(lent.asked) == 3


def test_s5_daily_looks_again_at_each_open_and_cancels_the_newest_first() -> None:
    result, lent = recalled("daily")
    assert result.orders["status"].tolist() == [
        OrderStatus.SUBMITTED,
        OrderStatus.SUBMITTED,
        OrderStatus.CANCELED,
    ]
    assert (result.orders.loc[3].tag, result.orders.loc[3].error_code) == (tag(20), -31)
    assert result.order_events.iloc[-1].message == tag(20)
    assert [t for _, t in lent.asked[3:]] == [datetime(2024, 1, d, 9, 30) for d in (3, 4, 5)]
    refusal = result.refusals.iloc[0]
    assert (refusal.kind, refusal.available, str(refusal.time)) == (
        "recheck",
        75,
        "2024-01-03 09:30:00",
    )
    assert result.summary()["canceled_on_recheck"] == 1


def test_s5_daily_also_looks_at_market_orders_that_wait_for_the_open() -> None:
    lent = Shares(lambda symbol, time: 100 if time < datetime(2024, 1, 3, 9, 30) else 99)
    result = play(
        flat(3),
        {0: lambda a: a.market_order("SPY", -100)},
        provider=lent,
        recheck="daily",
    )
    assert (len(result.fills), result.orders["status"].tolist()) == (0, [OrderStatus.CANCELED])


def test_s5_fill_looks_again_just_before_a_sell_fills_as_of_the_bars_beginning() -> None:
    prices = [10, 10, 10, 10, (10, 21, 10, 10), 10]  # 11:00 to 16:00
    lent = Shares(lambda symbol, time: 100 if time <= datetime(2024, 1, 2, 13) else 75)
    steps = {0: lambda a: [a.limit_order("SPY", -n, 20.0) for n in (40, 30, 20)]}
    result = play(
        bars({"SPY": prices}, hourly=True),
        steps,
        provider=lent,
        recheck="fill",
        resolution=Resolution.HOUR,
    )
    # The bar of 15:00 reaches the limits; it began at 14:00, when 75 were lent.
    assert [t.hour for _, t in lent.asked] == [11, 11, 11, 14, 14]
    assert result.orders["status"].tolist() == [
        OrderStatus.FILLED,
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
    ]
    assert result.algorithm.portfolio["SPY"].quantity == -70


def test_s5_a_sell_that_a_long_covers_is_not_looked_at_again() -> None:
    lent = Shares(0)
    steps = {0: lambda a: a.market_order("SPY", 50), 1: lambda a: a.limit_order("SPY", -50, 20.0)}
    result = play(flat(4), steps, provider=lent, recheck="daily")
    assert (result.orders.loc[2].status, lent.asked) == (OrderStatus.SUBMITTED, [])


def test_s5_what_a_long_does_not_cover_is_looked_at_again() -> None:
    # Held 50; sells of 60 and 40 rest, so 50 of them must be borrowed; 49 are lent in the end.
    lent = Shares(50)
    steps = {
        0: lambda a: a.market_order("SPY", 50),
        1: lambda a: (
            a.limit_order("SPY", -60, 20.0),
            a.limit_order("SPY", -40, 20.0),
            setattr(lent, "quantity", 49),
        ),
    }
    result = play(flat(4), steps, provider=lent, recheck="daily")
    assert result.orders["status"].tolist()[1:] == [OrderStatus.SUBMITTED, OrderStatus.CANCELED]


def test_s5_warned_on_another_look_it_stays() -> None:
    result, _ = recalled("daily", on_exceed="warn")
    assert set(result.orders["status"]) == {OrderStatus.SUBMITTED}
    assert set(result.refusals["kind"]) == {"warned"}


def test_s3_checks_that_met_no_data_are_counted_and_only_doubtful_answers_are_doubted() -> None:
    for quantity, known, missed in [(0, False, 1), (None, False, 1), (0, True, 0), (5, False, 0)]:
        result = play(
            flat(2),
            {0: lambda a: a.market_order("SPY", -1)},
            provider=Shares(quantity, known=known),
        )
        assert len(result.checks_without_data) == result.summary()["checks_without_data"] == missed
        assert result.summary()["availability_checks"] == 1
    result = play(
        flat(2), {0: lambda a: a.market_order("SPY", -1)}, provider=Shares(0, known=False)
    )
    assert result.checks_without_data.astype(str).values.tolist() == [
        ["2024-01-02 16:00:00", "SPY"]
    ]


def test_all_shortable_symbols_are_those_of_all_providers_and_a_securitys_own_has_the_word() -> (
    None
):
    class Listed(Shares):
        def all_shortable_symbols(self, local_time: datetime) -> dict[Any, int]:
            return {"TSLA": 7, "AMC": 5, "GME": 9}

    class NoList:
        """LEAN's newer interface."""

        def ShortableQuantity(self, symbol: Any, localTime: datetime) -> int:
            return 3

    def setup(a: Any) -> None:
        a.securities["GME"].set_shortable_provider(NoList())
        a.securities["SPY"].set_shortable_provider(Shares(None))

    result = play(
        flat(1, "AMC", "GME", "SPY"),
        {0: lambda a: a.all_shortable_symbols()},
        setup=setup,
        provider=Listed({"AMC": 5}),
    )
    found = result.algorithm.returned[0]
    assert found == {"AMC": 5, "GME": 3, "TSLA": 7}
    assert list(found) == sorted(found)


@given(
    held=st.integers(-30, 30),
    resting=st.lists(st.integers(1, 20), max_size=3),
    quantity=st.integers(1, 60),
    available=st.none() | st.integers(0, 60),
)
@settings(max_examples=150)
def test_s4_as_a_property_of_the_desk(
    held: int, resting: list[int], quantity: int, available: int | None
) -> None:
    """An order to sell q is accepted iff held − Σ unfilled sells − q ≥ −available."""
    lent = Shares(None)

    def second(a: Any) -> Any:
        for n in resting:
            a.limit_order("SPY", -n, 1_000.0)
        lent.quantity = available
        says = a.shortable("SPY", quantity)
        before = a.portfolio.total_margin_used, a.securities["SPY"].open_sells
        status = a.market_order("SPY", -quantity).status
        if status is OrderStatus.INVALID:
            assert (a.portfolio.total_margin_used, a.securities["SPY"].open_sells) == before
        return says, status is OrderStatus.SUBMITTED

    steps = {0: lambda a: held and a.market_order("SPY", held), 1: second}
    expected = available is None or held - sum(resting) - quantity >= -available
    assert play(flat(2), steps, provider=lent).algorithm.returned[1] == (
        expected,
        expected,
    )
