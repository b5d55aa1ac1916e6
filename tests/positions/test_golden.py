"""Costs and profits worked out by hand: long, short, partial cover, flip, with commissions and dividends."""

from __future__ import annotations

import pytest

from shortable import Symbol
from shortable.positions import Dividend, PositionLine, PositionsBook, Today, render

from .books import DAYS, book, line


def futu(of: PositionsBook | PositionLine, **filters: object) -> dict[str, object]:
    held = of if isinstance(of, PositionsBook) else PositionsBook((of,))
    (row,) = render(held, "futu", **filters)["d"]
    return row  # type: ignore[no-any-return]


def habittrade(of: PositionLine) -> dict[str, object]:
    (row,) = render(PositionsBook((of,)), "habittrade")["data"]["positions"]
    return row  # type: ignore[no-any-return]


def test_a_long_bought_twice_and_sold_in_part() -> None:
    # 100 at 10.00 (commission 1.00), 100 at 12.00 (1.00): 200 at 11.00, 2.00 of commissions: 11.01.
    # 50 sold at 14.00 (0.50): realised (14 − 11) × 50 = 150; 150 left, which 1.50 of commissions opened: 11.01.
    # Diluted: (1,000 + 1,200 − 700) / 150 = 10.00; with 2.50 of commissions 10.016667. Price 13.00.
    one = line(
        [(0, 100, 10.0, 1.0), (1, 100, 12.0, 1.0), (2, -50, 14.0, 0.5)], price=13.0, before=13.5
    )
    assert (one.quantity, one.average_price, one.average_cost) == (
        150,
        11.0,
        pytest.approx(11.01, abs=1e-12),
    )
    assert (one.realized, one.diluted_price) == (150.0, 10.0)
    assert one.diluted_cost == pytest.approx((1_000 + 1_200 - 700 + 2.5) / 150, abs=1e-12)
    assert (one.unrealized, one.profit) == ((13 - 11) * 150, (13 - 10) * 150)
    assert one.commissions == 2.5
    row = futu(one)
    # Today: 150 × 13.00 − 200 × 13.50 + 700 sold = −50.00
    assert row == {
        "position_side": "LONG",
        "code": "US.GME",
        "stock_name": "GME",
        "qty": "150",
        "can_sell_qty": "150",
        "currency": "USD",
        "nominal_price": "13.000",
        "cost_price": "10.000",
        "cost_price_valid": True,
        "market_val": "1950.00",
        "pl_ratio": "30.00",
        "pl_ratio_valid": True,
        "pl_val": "450.00",
        "pl_val_valid": True,
        "today_pl_val": "-50.00",
        "today_trd_val": "700.00",
        "today_buy_qty": "0",
        "today_buy_val": "0.00",
        "today_sell_qty": "50",
        "today_sell_val": "700.00",
        "unrealized_pl": "300.00",
        "realized_pl": "150.00",
    }
    assert {
        k: habittrade(one)[k]
        for k in ("qty", "avg_cost", "avg_price", "prev_price", "prev_market_value")
    } == {
        "qty": 150,
        "avg_cost": 11.01,
        "avg_price": 11.0,
        "prev_price": 13.5,
        "prev_market_value": 2025.0,
    }


def test_a_short_covered_in_part() -> None:
    # 100 sold short at 50.00 (1.00), 40 bought back at 45.00 (0.40): realised 5 × 40 = 200; 60 left, sold at 50.00,
    # 0.60 of commissions opened them: 49.99 each. Diluted: (5,000 − 1,800) / 60 = 53.333…; price 48.00:
    # unrealised 2 × 60 = 120, in all (53.333 − 48) × 60 = 320, of 3,200: 10 %.
    one = line(
        [(0, -100, 50.0, 1.0), (1, 40, 45.0, 0.4)], price=48.0, before=49.0, sells=10, buys=25
    )
    assert (one.quantity, one.average_price, one.average_cost) == (
        -60,
        50.0,
        pytest.approx(49.99, abs=1e-12),
    )
    assert one.diluted_price == pytest.approx(160 / 3, abs=1e-12)
    assert one.diluted_cost == pytest.approx(
        (5_000 - 1_800 - 1.4) / 60, abs=1e-12
    )  # less was brought in
    row = futu(one)
    assert (row["position_side"], row["qty"], row["market_val"]) == ("SHORT", "60", "2880.00")
    assert row["can_sell_qty"] == "35"  # 60 less 25 that a resting buy will cover
    assert (row["cost_price"], row["pl_val"], row["pl_ratio"]) == ("53.333333", "320.00", "10.00")
    assert (row["unrealized_pl"], row["realized_pl"]) == ("120.00", "200.00")
    # Today: −60 × 48 − (−100 × 49) − 1,800 paid = −2,880 + 4,900 − 1,800 = 220
    assert (row["today_pl_val"], row["today_buy_qty"], row["today_buy_val"]) == (
        "220.00",
        "40",
        "1800.00",
    )
    short = habittrade(one)
    assert (short["qty"], short["os_sell_qty"], short["avail_qty"], short["avail_sell_qty"]) == (
        -60,
        10,
        -70,
        -70,
    )
    assert (short["avg_price"], short["avg_cost"], short["prev_market_value"]) == (
        50.0,
        49.99,
        -2940.0,
    )
    (lb,) = render(PositionsBook((one,)), "longbridge")["data"]["list"][0]["stock_info"]
    assert (lb["quantity"], lb["available_quantity"], lb["init_quantity"], lb["cost_price"]) == (
        "-60",
        "-35",
        "-100",
        "50.00",
    )
    diluted = render(PositionsBook((one,)), "longbridge", cost="diluted")["data"]["list"][0][
        "stock_info"
    ]
    assert diluted[0]["cost_price"] == "53.333333"


def test_a_flip_from_long_to_short_begins_a_round() -> None:
    # 30 bought at 10.00 (3.00); 50 sold at 12.00 (5.00): 30 close with (12 − 10) × 30 = 60, 20 are sold short at
    # 12.00, to which 20 / 50 of the commission belongs, 2.00: 11.90 a share.
    one = line([(0, 30, 10.0, 3.0), (0, -50, 12.0, 5.0)], price=11.0)
    assert (one.quantity, one.average_price, one.average_cost) == (
        -20,
        12.0,
        pytest.approx(11.9, abs=1e-12),
    )
    assert (one.realized, one.realized_round, one.diluted_price) == (60.0, 0.0, 12.0)
    assert (one.commissions, one.commissions_round) == (8.0, 2.0)
    row = futu(one)
    assert (row["cost_price"], row["pl_val"], row["realized_pl"]) == ("12.000", "20.00", "60.00")
    # Opened and turned in the session: 600 − 300 received, 20 × 11 owed: 80.00
    assert (row["today_pl_val"], row["today_trd_val"]) == ("80.00", "900.00")


def test_a_flip_from_short_to_long() -> None:
    # 40 short at 20.00, 100 bought at 18.00 with commission 10.00: realised 80; 60 long at 18.00, 6.00 of it theirs.
    one = line([(0, -40, 20.0, 0.0), (1, 100, 18.0, 10.0)], price=19.0, before=21.0)
    assert (one.quantity, one.average_price, one.average_cost) == (
        60,
        18.0,
        pytest.approx(18.1, abs=1e-12),
    )
    assert (one.realized, one.profit) == (80.0, 60.0)
    # 60 × 19 − (−40 × 21) − 1,800 = 1,140 + 840 − 1,800 = 180
    assert futu(one)["today_pl_val"] == "180.00"


def test_a_round_that_earned_more_than_the_rest_cost_has_a_negative_diluted_cost() -> None:
    # 100 at 10.00, 90 sold at 20.00: (1,000 − 1,800) / 10 = −80.00; no ratio can be taken of that
    row = futu(line([(0, 100, 10.0, 0.0), (0, -90, 20.0, 0.0)], price=20.0))
    assert (row["cost_price"], row["cost_price_valid"]) == ("-80.000", True)
    assert (row["pl_val"], row["pl_val_valid"]) == ("1000.00", True)
    assert (row["pl_ratio"], row["pl_ratio_valid"]) == ("0.00", False)


def test_a_round_that_earned_just_what_the_rest_cost_has_no_ratio() -> None:
    # 100 at 10.00, 50 sold at 20.00: nothing is left in it
    row = futu(line([(0, 100, 10.0, 0.0), (0, -50, 20.0, 0.0)], price=20.0))
    assert (row["cost_price"], row["cost_price_valid"], row["pl_val"]) == ("0.000", True, "1000.00")
    assert (row["pl_ratio"], row["pl_ratio_valid"]) == ("0.00", False)


def test_a_closed_position_is_shown_on_request_on_its_last_day() -> None:
    closed = book([(0, 100, 10.0, 1.0), (1, -100, 11.0, 1.0)], price=11.0, before=10.5)
    assert render(closed, "futu")["d"] == []
    row = futu(closed, closed_today=True)
    assert (row["position_side"], row["qty"], row["can_sell_qty"], row["market_val"]) == (
        "NONE",
        "0",
        "0",
        "0.00",
    )
    assert (row["cost_price_valid"], row["pl_ratio_valid"], row["pl_val_valid"]) == (
        False,
        False,
        False,
    )
    # sold for 1,100 what was worth 1,050 the evening before
    assert (row["today_pl_val"], row["realized_pl"], row["unrealized_pl"]) == (
        "50.00",
        "100.00",
        "0.00",
    )
    next_day = book([(0, 100, 10.0, 1.0), (1, -100, 11.0, 1.0)], session=2, price=11.0, before=11.0)
    assert render(next_day, "futu", closed_today=True)["d"] == []


def test_today_is_only_today() -> None:
    one = line([(0, 100, 10.0, 1.0), (1, 20, 11.0, 1.0)], session=2, price=12.0, before=11.5)
    assert one.today == Today()
    assert (one.opening_quantity, futu(one)["today_pl_val"]) == (120, "60.00")  # 120 × 0.50


def test_dividends_lower_a_longs_cost_and_a_shorts_proceeds() -> None:
    # 0.50 a share with ex-date of the second session; who bought on it is not paid.
    paid = [Dividend("GME", DAYS[1], 0.5, "raw")]
    long = book([(0, 100, 10.0, 0.0), (1, 100, 9.5, 0.0)], dividends=paid, price=9.5, before=10.0)
    (one,) = long.lines
    assert (one.dividends, one.today.dividends, long.cash) == (50.0, 50.0, -1_000 - 950 + 50)
    assert one.diluted_price == pytest.approx((1_000 + 950 - 50) / 200)
    # 200 × 9.50 − 100 × 10.00 − 950 + 50 = 0: the price fell by the dividend
    assert futu(one)["today_pl_val"] == "0.00"
    (short,) = book([(0, -100, 10.0, 0.0)], session=2, dividends=paid, price=9.5, before=9.5).lines
    assert (short.dividends, short.today.dividends, short.diluted_price) == (-50.0, 0.0, 9.5)
    assert futu(short)["pl_val"] == "0.00"


def test_an_opening_book_is_where_the_ledger_starts() -> None:
    # 50 short at 480.00, 100 more sold at 460.00: (24,000 + 46,000) / 150 = 466.666…
    one = line([(1, -100, 460.0, 1.0)], opening=-50, opened_at=480.0, price=455.0, before=465.0)
    assert (one.quantity, one.opening_quantity, one.average_price) == (
        -150,
        -50,
        pytest.approx(70_000 / 150),
    )
    # Dividends before the first session were somebody else's.
    early = book([], opening=-50, dividends=[Dividend("GME", "2024-05-31", 1.0, "raw")], price=10.0)
    assert early.lines[0].dividends == 0.0


def test_what_has_not_settled() -> None:
    trades = [(0, 100, 10.0, 0.0), (1, 30, 10.0, 0.0), (1, -50, 10.0, 0.0), (2, 5, 10.0, 0.0)]
    # USA, T+1 in June 2024: only the 5 of the last session; the oldest shares were sold first
    assert line(trades).uncleared == 5
    assert line(trades, symbol="700.HK").uncleared == 35  # T+2
    assert line(trades, settlement=0).uncleared == 0
    assert line(trades, settlement=3).uncleared == 85  # all 135 bought, but no more than are held
    assert (
        line([(0, -100, 10.0, 0.0), (1, 40, 10.0, 0.0)]).uncleared == 0
    )  # a short has nothing to wait for
    row = habittrade(line(trades, sells=20))
    assert (row["qty"], row["uncleared_qty"], row["avail_qty"], row["avail_sell_qty"]) == (
        85,
        5,
        65,
        60,
    )


def test_a_line_of_hong_kong() -> None:
    one = line(
        [(0, 100, 300.0, 0.0)],
        symbol="00700.HK",
        price=310.0,
        before=305.0,
        names={"700.HK": "TENCENT"},
    )
    row, other = futu(one), habittrade(one)
    assert (row["code"], row["currency"], row["stock_name"]) == ("HK.00700", "HKD", "TENCENT")
    assert (other["market"], other["product_code"], other["product_name"]) == (
        "hkex",
        "00700",
        "TENCENT",
    )
    (lb,) = render(PositionsBook((one,)), "longbridge")["data"]["list"][0]["stock_info"]
    assert (lb["symbol"], lb["market"], one.symbol) == ("700.HK", "HK", Symbol("700.HK"))


def test_prices_with_many_decimals_still_multiply_out() -> None:
    row = futu(line([(0, 10_000, 0.12345, 0.0)], price=0.98765))
    assert (row["nominal_price"], row["cost_price"]) == ("0.98765", "0.12345")
    assert (row["market_val"], row["pl_val"]) == ("9876.50", "8642.00")
