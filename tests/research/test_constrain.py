"""Feasible positions: S4 and S5 stated as rules, against a model that goes cell by cell."""

from __future__ import annotations

from datetime import datetime, time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import CustomShortableProvider, FrameShortableProvider, NullShortableProvider
from shortable.borrow import InteractiveBrokersSettledFee, NullBorrowFee, RebateOnMarketValue
from shortable.errors import InvalidInputError, ShortableWarning
from shortable.research import Trades, audit, constrain
from shortable.rule import may_sell

DAYS = pd.bdate_range("2024-01-02", periods=8)
NAMES = ["AAPL", "GME", "SPY"]

shares = st.integers(-50, 50)
lent = st.one_of(st.none(), st.integers(0, 60))
tables = st.integers(1, 8).flatmap(
    lambda rows: st.tuples(
        st.lists(
            st.lists(st.one_of(shares, st.just(None)), min_size=3, max_size=3),
            min_size=rows,
            max_size=rows,
        ),
        st.lists(st.lists(lent, min_size=3, max_size=3), min_size=rows, max_size=rows),
    )
)


def provider_of(available):
    """Lend row by row, by date."""
    table = {
        (name, day.date()): row[c]
        for day, row in zip(DAYS, available, strict=False)
        for c, name in enumerate(NAMES)
    }
    return CustomShortableProvider(lambda symbol, now: table[symbol.ticker, now.date()])


def frame_of(wanted):
    return pd.DataFrame(
        [[np.nan if v is None else v for v in row] for row in wanted],
        index=DAYS[: len(wanted)],
        columns=NAMES,
    )


def slow(wanted, available, on_exceed, on_shortfall):
    """The rule, share by share: sell one more as long as it may be sold."""
    held, rows = [0, 0, 0], []
    for targets, lending in zip(wanted, available, strict=True):
        for c, (target, can) in enumerate(zip(targets, lending, strict=True)):
            target = held[c] if target is None else target
            fits = target >= held[c] or may_sell(held[c], 0, held[c] - target, can)
            if fits or on_exceed == "warn":
                held[c] = target
            elif on_exceed == "clip":
                while held[c] > target and may_sell(held[c], 0, 1, can):
                    held[c] -= 1
            if on_shortfall == "buy_in" and can is not None:
                while held[c] < -can:
                    held[c] += 1
        rows.append(list(held))
    return rows


@given(tables, st.sampled_from(["clip", "reject", "warn"]), st.sampled_from(["keep", "buy_in"]))
def test_same_as_going_share_by_share(pair, on_exceed, on_shortfall):
    wanted, available = pair
    found = constrain(
        frame_of(wanted), provider_of(available), on_exceed=on_exceed, on_shortfall=on_shortfall
    )
    assert found.positions.to_numpy().tolist() == slow(wanted, available, on_exceed, on_shortfall)


@given(tables)
def test_a_short_is_never_enlarged_beyond_what_is_available_and_never_beyond_the_target(pair):
    wanted, available = pair
    held = constrain(
        frame_of(wanted), provider_of(available), on_exceed="clip"
    ).positions.to_numpy()
    before = np.vstack([[0, 0, 0], held[:-1]])
    for row, lending in enumerate(available):
        for c, can in enumerate(lending):
            if held[row, c] < min(before[row, c], 0):
                assert can is None or held[row, c] >= -can
                assert held[row, c] >= wanted[row][c]


@given(tables, st.sampled_from(["clip", "reject"]))
def test_the_refusals_explain_every_difference_from_the_targets(pair, on_exceed):
    wanted, available = pair
    frame = frame_of(wanted)
    found = constrain(frame, provider_of(available), on_exceed=on_exceed, look_up="label")
    held = found.positions
    cut = {(line.time, str(line.symbol)): line for line in found.refusals.itertuples()}
    for row, day in enumerate(frame.index):
        for name in NAMES:
            target, got = frame.loc[day, name], held.loc[day, name]
            line = cut.pop((day, name), None)
            if line is None:
                assert got == (held[name].iloc[row - 1] if row else 0) or got == target
            else:
                assert line.held + line.allowed == got
                assert line.kind == ("clipped" if line.allowed else "submission")
                assert line.held + line.requested == target
    assert not cut


@given(tables)
def test_without_a_restriction_the_targets_are_held_as_they_are(pair):
    frame = frame_of(pair[0])
    found = constrain(frame, NullShortableProvider())
    assert found.positions.equals(frame.ffill().fillna(0).astype("int64"))
    assert found.refusals.empty
    assert found.utilization.isna().all(axis=None)


def test_golden_fees():
    """S8, by hand: Thursday to Friday 1 day, Friday to Monday 3."""
    days = pd.to_datetime(["2024-01-04", "2024-01-05", "2024-01-08"])
    wanted = pd.DataFrame({"GME": [-100, -100, 0], "AAPL": [10, -20, -20]}, index=days)
    close = pd.DataFrame({"GME": [20.0, 25.0, 30.0], "AAPL": [180.0, 181.0, 182.0]}, index=days)
    lending = CustomShortableProvider(
        {"GME": 1000, "AAPL": 1000}, fee_rate={"GME": 0.36, "AAPL": 0.0036}
    )
    found = constrain(wanted, lending, close)
    # Thursday night: 100 x 20 x 0.36 x 1 / 360 = 2.00. AAPL is long.
    # Friday night:   100 x 25 x 0.36 x 3 / 360 = 7.50 and 20 x 181 x 0.0036 x 3 / 360 = 0.1086.
    assert found.borrow_cost_by_time["GME"].tolist() == pytest.approx([0.0, 2.0, 7.5])
    assert found.borrow_cost_by_time["AAPL"].tolist() == pytest.approx([0.0, 0.0, 0.1086])
    assert found.total_borrow_cost == pytest.approx(9.6086)
    lines = found.borrow_costs[["date", "symbol", "shares", "close", "rate", "days"]]
    assert lines.to_numpy().tolist() == [
        [days[1], "GME", 100, 20.0, 0.36, 1],
        [days[2], "GME", 100, 25.0, 0.36, 3],
        [days[2], "AAPL", 20, 181.0, 0.0036, 3],
    ]
    without = constrain(wanted, lending, close, borrow_fee=NullBorrowFee())
    assert (without.total_borrow_cost, len(without.borrow_costs)) == (0.0, 0)
    assert constrain(wanted, lending).borrow_costs.empty


def test_rebate_convention_asks_for_the_rebate():
    days = pd.to_datetime(["2024-01-04", "2024-01-05"])
    wanted, close = (pd.DataFrame({"GME": [v, v]}, index=days) for v in (-100, 20.0))
    lending = CustomShortableProvider({"GME": 1000}, rebate_rate={"GME": -0.36})
    # The short pays 100 x 20 x 0.36 / 360 = 2.00.
    assert constrain(
        wanted, lending, close, borrow_fee=RebateOnMarketValue()
    ).total_borrow_cost == pytest.approx(2.0)


def test_the_look_up_is_made_when_it_is_said():
    asked = []
    lending = CustomShortableProvider(lambda symbol, now: asked.append(now) or 5)
    wanted = pd.DataFrame({"GME": [-1]}, index=pd.to_datetime(["2024-01-04"]))
    for look_up in ("open", "close", "label", time(10, 15)):
        constrain(wanted, lending, look_up=look_up)
    day = datetime(2024, 1, 4)
    assert asked == [
        day.replace(hour=9, minute=30),
        day.replace(hour=16),
        day,
        day.replace(hour=10, minute=15),
    ]


def test_intraday_rows_ask_at_their_label_and_pay_once_a_session():
    times = pd.to_datetime(["2024-01-04 10:00", "2024-01-04 16:00", "2024-01-05 10:00"])
    wanted, close = (
        pd.DataFrame({"GME": v}, index=times) for v in ([-10, -100, -100], [20.0, 20.0, 99.0])
    )
    lending = CustomShortableProvider({"GME": 1000}, fee_rate={"GME": 0.36})
    costs = constrain(wanted, lending, close).borrow_cost_by_time
    assert costs["GME"].tolist() == pytest.approx([0.0, 0.0, 2.0])


def test_a_change_over_what_is_available_is_refused_whole_by_default():
    days = DAYS[:3]
    wanted = pd.DataFrame({"GME": [-50, -120, -130]}, index=days)
    found = constrain(wanted, CustomShortableProvider({"GME": 100}))
    assert found.positions["GME"].tolist() == [-50, -50, -50]
    lines = found.refusals[["kind", "requested", "allowed", "held", "available"]]
    assert lines.to_numpy().tolist() == [
        ["submission", -70, 0, -50, 100],
        ["submission", -80, 0, -50, 100],
    ]
    assert found.refusals["time"].iloc[0] == days[1] + pd.Timedelta("9h30min")
    tag = "Order exceeds maximum shortable quantity for Symbol GME (requested short: 70)"
    assert found.refusals["tag"].iloc[0] == tag
    assert (found.checks, len(found.checks_without_data)) == (3, 0)


def test_what_is_only_warned_of_is_held_and_reported():
    wanted = pd.DataFrame({"GME": [-120]}, index=DAYS[:1])
    found = constrain(wanted, CustomShortableProvider({"GME": 100}), on_exceed="warn")
    assert found.positions["GME"].tolist() == [-120]
    assert found.refusals[["kind", "requested", "allowed"]].to_numpy().tolist() == [
        ["warned", -120, -120]
    ]


def test_a_short_that_is_bought_in_is_reported_as_such():
    day = dict(zip(DAYS.date, [100, 100, 40], strict=False))
    wanted = pd.DataFrame({"GME": [-80, -80, -80]}, index=DAYS[:3])
    provider = CustomShortableProvider(lambda symbol, now: day[now.date()])
    found = constrain(wanted, provider, on_shortfall="buy_in")
    assert found.positions["GME"].tolist() == [-80, -80, -40]
    assert found.refusals[["kind", "requested", "allowed", "held"]].to_numpy().tolist() == [
        ["buy-in", 0, 40, -80]
    ]


def test_checks_without_data_are_counted():
    """The only snapshot is of the first day and ten days old on the last; the long's sale asks for nothing."""
    days = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-16"])
    provider = FrameShortableProvider(pd.DataFrame({"GME": [100], "AMC": [0]}, index=days[:1]))
    wanted = pd.DataFrame({"GME": [50, 0, -10], "AMC": [0, -5, -5]}, index=days)
    found = constrain(wanted, provider)
    # Of AMC none could be borrowed on the 3rd, and that is data.
    assert found.checks == 3
    assert found.checks_without_data.astype({"symbol": str}).to_numpy().tolist() == [
        [days[2] + pd.Timedelta("9h30min"), "GME"],
        [days[2] + pd.Timedelta("9h30min"), "AMC"],
    ]
    assert found.refusals["has_data"].tolist() == [True, False, False]
    assert "2 of 3 checks without data" in repr(found)


def test_utilization_of_what_was_available():
    days = DAYS[:3]
    lending = FrameShortableProvider(pd.DataFrame({"GME": [100, 40, 0]}, index=days))
    found = constrain(pd.DataFrame({"GME": [-50, -50, -50]}, index=days), lending)
    assert found.utilization["GME"].tolist() == [0.5, 1.25, np.inf]


def test_aware_times_and_arrays_give_the_same():
    wanted = np.array([[-5.0], [-7.0]])
    lending = CustomShortableProvider({"SPY": 6})
    naive = constrain(
        wanted,
        lending,
        symbols=["SPY"],
        times=["2024-01-04 10:00", "2024-01-04 11:00"],
        on_exceed="clip",
    )
    aware = constrain(
        pd.DataFrame(wanted, pd.to_datetime(["2024-01-04 15:00Z", "2024-01-04 16:00Z"]), ["SPY"]),
        lending,
        on_exceed="clip",
    )
    assert naive.positions["SPY"].tolist() == aware.positions["SPY"].tolist() == [-5, -6]


@pytest.mark.parametrize(
    ("targets", "options", "says"),
    [
        (pd.DataFrame({"SPY": [-0.5]}, index=DAYS[:1]), {}, "whole shares"),
        (
            pd.DataFrame({"SPY": [-1, -1]}, index=[DAYS[1], DAYS[0]]),
            {},
            "later than the one before",
        ),
        (pd.DataFrame([[1, 2]], index=DAYS[:1], columns=["SPY", "spy"]), {}, "each symbol once"),
        (pd.DataFrame([[1, 2]], index=DAYS[:1], columns=["SPY", "700.HK"]), {}, "one market"),
        (np.ones((1, 1)), {}, "symbols= and times="),
        (pd.DataFrame({"SPY": [-1]}, index=DAYS[:1]), {"on_exceed": "drop"}, "on_exceed"),
        (pd.DataFrame({"SPY": [-1]}, index=DAYS[:1]), {"look_up": "noon"}, "look_up"),
        (
            pd.DataFrame({"SPY": [-1]}, index=DAYS[:1]),
            {"prices": pd.DataFrame({"GME": [1.0]}, index=DAYS[:1])},
            "column for each target",
        ),
    ],
)
def test_misuse_is_named(targets, options, says):
    with pytest.raises(InvalidInputError, match=says):
        constrain(targets, NullShortableProvider(), **options)


def short_gme(days: pd.DatetimeIndex) -> pd.DataFrame:
    return pd.DataFrame({"GME": [-100] * len(days)}, index=days)


def test_prices_that_lack_times_are_carried_forward_and_that_is_said():
    targets, lender = (
        short_gme(DAYS[:4]),
        FrameShortableProvider(
            pd.DataFrame({"GME": [500]}, index=DAYS[:1]),
            fee_rates=pd.DataFrame({"GME": [0.36]}, index=DAYS[:1]),
        ),
    )
    closes = pd.DataFrame({"GME": [20.0, 21.0]}, index=DAYS[:2])
    with pytest.warns(
        ShortableWarning, match=r"prices has no row at 2024-01-04 .* and 1 more of 4 times"
    ) as warned:
        found = constrain(targets, lender, closes)
    assert warned[0].filename == __file__  # the caller's line
    assert found.borrow_costs["close"].tolist() == [20.0, 21.0, 21.0]
    with pytest.raises(InvalidInputError, match="have a row for each of the targets' times"):
        constrain(targets, lender, closes.set_axis(closes.index + pd.Timedelta("90min")))


def test_a_short_without_any_price_so_far_is_counted():
    """The first of three nights is: 100 shares of which no price is known cost nothing that could be said."""
    closes = pd.DataFrame({"GME": [np.nan, 20.0, 20.0, 20.0]}, index=DAYS[:4])
    for convention in (None, RebateOnMarketValue(), InteractiveBrokersSettledFee()):
        found = constrain(
            short_gme(DAYS[:4]), NullShortableProvider(), closes, borrow_fee=convention
        )
        assert found.nights_without_price == 1
        assert "1 nights short without a price" in repr(found)


def test_a_vendor_s_table_of_several_fields_is_refused_with_what_to_write():
    closes = pd.DataFrame({"GME": [20.0] * 4}, index=DAYS[:4])
    fields = pd.concat({"Close": closes, "Open": closes}, axis=1)
    with pytest.raises(InvalidInputError, match=r"Choose one field, as in prices\['Close'\]"):
        constrain(short_gme(DAYS[:4]), NullShortableProvider(), fields)


@pytest.mark.parametrize("price", [0.0, -16.0, np.inf])
def test_prices_that_are_none_are_refused_rather_than_paid_for(price: float) -> None:
    # A negative price, CRSP's mark of a mean of bid and ask, would make an income of the fee.
    days = pd.to_datetime(["2024-01-04", "2024-01-05", "2024-01-08"])
    provider = FrameShortableProvider(
        pd.DataFrame({"GME": [1000] * 3}, days), pd.DataFrame({"GME": [0.36] * 3}, days)
    )
    targets = pd.DataFrame({"GME": [-500, -500, 0]}, days)
    prices = pd.DataFrame({"GME": [17.0, price, 15.0]}, days)
    with pytest.raises(InvalidInputError, match=r"prices of GME at 2024-01-05 00:00:00=.* above 0"):
        constrain(targets, provider, prices)
    trades = Trades.of(["2024-01-04 10:00", "2024-01-08 10:00"], "GME", [-500, 500], [17.0, 15.0])
    with pytest.raises(InvalidInputError, match=r"prices of GME at 2024-01-05 00:00:00=.* above 0"):
        audit(trades, provider, prices)
