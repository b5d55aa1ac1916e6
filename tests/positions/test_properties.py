"""What holds for every account: shares are conserved, profits add up, filters and pages take rows and change none."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from shortable import Market
from shortable.positions import PositionsBook, load_book, parse, read, render, save_book
from shortable.positions.build import Bookkeeper, Style

from .books import line, statement

SYMBOLS = ["AAPL", "BRK.B", "GME", "SPY", "5.HK", "700.HK", "9988.HK"]
PRICE = st.integers(1, 40_000).map(lambda n: n / 100)
TRADES = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.integers(-500, 500).filter(bool),
        PRICE,
        st.integers(0, 500).map(lambda n: n / 100),
    ),
    max_size=8,
).map(lambda trades: sorted(trades, key=lambda t: t[0]))
RESTING = st.integers(0, 600)
ACCOUNT = st.fixed_dictionaries(
    {
        "session": st.just(4),
        "price": PRICE,
        "before": PRICE,
        "opening": st.integers(-300, 300),
        "opened_at": PRICE,
        "buys": RESTING,
        "sells": RESTING,
    }
)


@st.composite
def accounts(draw: st.DrawFn) -> PositionsBook:
    """A book of several securities and two portfolios."""
    names = draw(st.lists(st.sampled_from(SYMBOLS), unique=True, max_size=len(SYMBOLS)))
    lines = []
    for name in sorted(names):
        trades, account = draw(TRADES), draw(ACCOUNT)
        if not trades and not account["opening"]:
            account["opening"] = 1
        one = line(trades, symbol=name, **account)
        lines.append(replace(one, portfolio_id=draw(st.sampled_from(["first", "second"]))))
    return PositionsBook(tuple(lines), "USD", 1000.0)


def rows(book: PositionsBook, schema: str, **filters: Any) -> list[dict[str, Any]]:
    answer = render(book, schema, **filters)
    if schema == "futu":
        return answer["d"]  # type: ignore[no-any-return]
    data = answer["data"]
    return data["positions"] if schema == "habittrade" else data["list"][0]["stock_info"]  # type: ignore[no-any-return]


@given(TRADES, ACCOUNT)
def test_shares_are_conserved(trades: list[Any], account: dict[str, Any]) -> None:
    for at in range(5):
        done = [t for t in trades if t[0] <= at]
        if not done and not account["opening"]:
            continue
        one = line(done, **account | {"session": at})
        assert one.quantity == account["opening"] + sum(t[1] for t in done)
        assert one.opening_quantity == account["opening"] + sum(t[1] for t in done if t[0] < at)
        assert one.opening_quantity + one.today.bought - one.today.sold == one.quantity
        assert one.today.bought == sum(t[1] for t in done if t[0] == at and t[1] > 0)
        assert one.today.sold_value == pytest.approx(
            -sum(t[1] * t[2] for t in done if t[0] == at and t[1] < 0)
        )
        assert 0 <= one.uncleared <= max(one.quantity, 0)


@given(TRADES, ACCOUNT)
def test_profits_add_up(trades: list[Any], account: dict[str, Any]) -> None:
    if not trades and not account["opening"]:
        return
    one = line(trades, **account)
    paid = account["opening"] * account["opened_at"] + sum(t[1] * t[2] for t in trades)
    earned = one.quantity * account["price"] - paid  # what it is worth less what went into it
    assert one.realized + (one.unrealized or 0.0) == pytest.approx(earned, abs=1e-6)
    assert one.commissions == pytest.approx(sum(t[3] for t in trades))
    assert one.commissions_round <= one.commissions + 1e-9
    if one.quantity:
        assert one.profit == pytest.approx(
            (account["price"] - one.diluted_price) * one.quantity, abs=1e-6
        )
        assert one.profit == pytest.approx(one.unrealized + one.realized_round, abs=1e-6)
        assert (one.average_cost - one.average_price) * one.quantity == pytest.approx(
            one.open_commissions, abs=1e-6
        )
        assert -1e-9 <= one.open_commissions <= one.commissions_round + 1e-9


@given(TRADES, ACCOUNT, st.lists(PRICE, min_size=6, max_size=6))
def test_the_profits_of_the_days_sum_to_that_of_the_whole(
    trades: list[Any], account: dict[str, Any], closes: list[float]
) -> None:
    """At any closes: today's profit, summed over the sessions, is the value at the end less what was paid."""
    if not trades and not account["opening"]:
        return
    total = Decimal(0)
    for at in range(5):
        done = [t for t in trades if t[0] <= at]
        if not done and not account["opening"]:
            continue
        now = account | {"session": at, "price": closes[at + 1], "before": closes[at]}
        shown = rows(PositionsBook((line(done, **now),)), "futu", closed_today=True)
        total += sum((Decimal(row["today_pl_val"]) for row in shown), Decimal(0))
    paid = account["opening"] * closes[0] + sum(t[1] * t[2] for t in trades)
    held = account["opening"] + sum(t[1] for t in trades)
    assert float(total) == pytest.approx(held * closes[5] - paid, abs=1e-6)


@given(accounts())
def test_every_field_of_futu_is_there_and_multiplies_out(book: PositionsBook) -> None:
    shown = rows(book, "futu")
    assert len(shown) == len(book.held)
    for one, row in zip(book.held, shown, strict=True):
        texts = {k: v for k, v in row.items() if not isinstance(v, bool)}
        assert all(isinstance(v, str) and v for v in texts.values())
        sign = -1 if row["position_side"] == "SHORT" else 1
        shares, price, cost = (Decimal(row[k]) for k in ("qty", "nominal_price", "cost_price"))
        assert sign * shares == one.quantity
        assert 0 <= Decimal(row["can_sell_qty"]) <= shares
        frozen = one.resting_buys if sign < 0 else one.resting_sells
        assert Decimal(row["can_sell_qty"]) == max(shares - frozen, 0)
        assert Decimal(row["market_val"]) == (shares * price).quantize(
            Decimal("0.01")
        )  # prices are cents here
        assert abs(Decimal(row["pl_val"]) - sign * (price - cost) * shares) <= Decimal("0.005")
        assert Decimal(row["today_trd_val"]) == Decimal(row["today_buy_val"]) + Decimal(
            row["today_sell_val"]
        )
        assert row["pl_ratio_valid"] == (cost > 0)
        if row["pl_ratio_valid"]:
            expected = 100 * sign * (price - cost) / cost
            assert abs(Decimal(row["pl_ratio"]) - expected) <= Decimal("0.006")


@given(accounts())
def test_every_field_of_habittrade_and_longbridge_is_there_and_adds_up(book: PositionsBook) -> None:
    for one, row in zip(book.held, rows(book, "habittrade", page_size=100), strict=True):
        assert None not in row.values()
        assert row["avail_qty"] + row["os_sell_qty"] == row["qty"] == one.quantity
        assert row["avail_sell_qty"] + row["uncleared_qty"] == row["avail_qty"]
        assert row["prev_market_value"] == pytest.approx(row["qty"] * row["prev_price"], abs=0.005)
        assert (row["avg_cost"] - row["avg_price"]) * row["qty"] >= -1e-3
    for one, row in zip(book.held, rows(book, "longbridge"), strict=True):
        assert all(isinstance(v, str) and v for v in row.values())
        claimed = one.resting_buys if one.quantity < 0 else one.resting_sells
        if one.quantity > 0:
            assert int(row["available_quantity"]) == one.quantity - claimed
        else:
            assert int(row["available_quantity"]) == min(one.quantity + claimed, 0)


@given(accounts(), st.sampled_from(["futu", "habittrade", "longbridge"]))
def test_an_answer_that_is_read_and_drawn_again_is_the_same(
    book: PositionsBook, schema: str
) -> None:
    drawn = json.loads(json.dumps(render(book, schema)))
    assert render(parse(drawn, schema=schema), schema) == drawn
    shown = book.held[:20] if schema == "habittrade" else book.held
    assert [(h.symbol, h.quantity) for h in read(drawn, schema=schema).holdings] == [
        (one.symbol, one.quantity) for one in shown
    ]


@given(accounts(), st.integers(1, 9))
def test_the_pages_hold_every_row_once(book: PositionsBook, size: int) -> None:
    whole = rows(book, "habittrade", page_size=100)
    pages, number = [], 1
    while page := rows(book, "habittrade", page=str(number), page_size=str(size)):
        assert len(page) <= size
        pages += page
        number += 1
    assert pages == whole
    assert number - 1 == -(-len(whole) // size)
    assert render(book, "habittrade", page=number)["data"]["total_records"] == len(whole)


@given(accounts(), st.data())
def test_filters_take_rows_and_change_none(book: PositionsBook, data: st.DataObject) -> None:
    whole = rows(book, "futu")
    codes = data.draw(
        st.lists(
            st.sampled_from(["US.AAPL", "HK.00700", "spy", "US.NOPE"]), unique=True, min_size=1
        )
    )
    low, high = (
        data.draw(st.none() | st.integers(-100, 100)),
        data.draw(st.none() | st.integers(-100, 100)),
    )
    wanted = {"US.AAPL": "US.AAPL", "HK.00700": "HK.00700", "spy": "US.SPY"}
    expected = [row for row in whole if row["code"] in {wanted.get(code) for code in codes}]
    assert rows(book, "futu", code=",".join(codes)) == expected
    for name, bound in (("pl_ratio_min", low), ("pl_ratio_max", high)):
        if bound is not None:
            whole = [r for r in whole if r["pl_ratio_valid"]]
            keep = (lambda x, b: x >= b) if name == "pl_ratio_min" else (lambda x, b: x <= b)
            whole = [r for r in whole if keep(Decimal(r["pl_ratio"]), bound)]
    bounds = {"pl_ratio_min": None if low is None else str(low), "pl_ratio_max": high}
    assert rows(book, "futu", **bounds) == whole


@given(accounts())
def test_markets_portfolios_and_types_part_the_rows(book: PositionsBook) -> None:
    whole = rows(book, "habittrade", page_size=100)
    usa, hk = (
        rows(book, "habittrade", page_size=100, market=market) for market in ("usex", "hkex")
    )
    assert sorted(map(str, usa + hk)) == sorted(map(str, whole))
    assert {row["market"] for row in usa} <= {"usex"}
    first, second = (
        rows(book, "habittrade", page_size=100, portfolio_id=one) for one in ("first", "second")
    )
    assert sorted(map(str, first + second)) == sorted(map(str, whole))
    assert rows(book, "habittrade", portfolio_id="third") == []
    assert rows(book, "habittrade", page_size=100, security_type="stock") == whole
    both = rows(book, "habittrade", page_size=100, market="usex", portfolio_id="first")
    assert both == [row for row in whole if row in usa and row in first]
    assert all(one.symbol.market in (Market.USA, Market.HKEX) for one in book.held)


@given(TRADES, ACCOUNT, st.lists(st.integers(0, 8), max_size=3).map(sorted))
def test_a_ledger_that_is_carried_on_is_one_that_read_all_at_once(
    trades: list[Any], account: dict[str, Any], cuts: list[int]
) -> None:
    keeper, whole = Bookkeeper(Style()), statement(trades, **account)
    for cut in [c for c in cuts if c <= len(trades)]:
        part = statement(
            trades[:cut], **account | {"session": max([t[0] for t in trades[:cut]], default=0)}
        )
        keeper.book(replace(part, fills=part.fills[keeper.events :]))
    again = keeper.book(replace(whole, fills=whole.fills[keeper.events :]))
    assert again == Bookkeeper(Style()).book(whole)


@given(accounts())
def test_a_book_on_disk_is_the_book(book: PositionsBook) -> None:
    with TemporaryDirectory() as folder:
        save_book(book, Path(folder))
        assert load_book(folder) == book
