"""What each schema refuses, as parameter and as document; what it reads beyond its samples."""

from __future__ import annotations

from typing import Any

import pytest

from shortable import Symbol
from shortable.engine import OpeningHolding
from shortable.errors import InvalidInputError
from shortable.positions import (
    FILTERS,
    PositionLine,
    PositionsBook,
    PositionsError,
    futu,
    habittrade,
    longbridge,
    parse,
    read,
    render,
)

from .books import book

SPY = book([(0, 100, 10.0, 0.0)], symbol="SPY", price=10.0, before=10.0)


@pytest.mark.parametrize(
    ("schema", "filters", "payload"),
    [
        ("futu", {"pl_ratio_max": "ten"}, {"s": "error", "errcode": -1200}),
        ("futu", {"pl_ratio_min": "nan"}, {"s": "error", "errcode": -1200}),
        ("futu", {"code": "US.AAPL,US.A$"}, {"s": "error", "errcode": -1200}),
        ("habittrade", {"market": "mars"}, {"code": 400, "message": "invalid market"}),
        (
            "habittrade",
            {"security_type": "option"},
            {"code": 400, "message": "invalid security_type"},
        ),
        ("habittrade", {"page": "0"}, {"code": 400, "message": "invalid page"}),
        ("habittrade", {"page": "1.5"}, {"code": 400, "message": "invalid page"}),
        ("habittrade", {"page_size": ""}, {"code": 400, "message": "invalid page_size"}),
        ("habittrade", {"page_size": "all"}, {"code": 400, "message": "invalid page_size"}),
        (
            "habittrade",
            {"portfolio_id": "x" * 51},
            {"code": 400, "message": "invalid portfolio_id"},
        ),
        ("longbridge", {"symbol": ["A$.US"]}, {"code": 400}),
    ],
)
def test_a_parameter_that_cannot_be_read_is_the_brokers_error(
    schema: str, filters: dict[str, Any], payload: dict[str, Any]
) -> None:
    with pytest.raises(PositionsError) as caught:
        render(SPY, schema, **filters)
    assert caught.value.status == 400
    assert payload.items() <= caught.value.payload.items()
    with pytest.raises(
        PositionsError
    ) as again:  # the broker's own client would read it as an error
        parse(caught.value.payload, schema=schema)
    assert again.value.payload == caught.value.payload
    assert str(again.value) == str(caught.value)


@pytest.mark.parametrize(
    ("schema", "empty"),
    [
        ("futu", {"code": "", "pl_ratio_min": "", "pl_ratio_max": None}),
        ("habittrade", {"market": "", "security_type": None, "portfolio_id": ""}),
        ("longbridge", {"symbol": []}),
    ],
)
def test_an_empty_parameter_is_none(schema: str, empty: dict[str, Any]) -> None:
    assert set(empty) <= set(FILTERS[schema])
    assert render(SPY, schema, **empty) == render(SPY, schema)


def test_the_names_of_parameters_are_the_documents() -> None:
    assert FILTERS == {
        "futu": ("code", "pl_ratio_min", "pl_ratio_max"),
        "habittrade": ("market", "security_type", "page", "page_size", "portfolio_id"),
        "longbridge": ("symbol",),
    }


def test_bounds_hold_against_the_ratio_that_is_shown() -> None:
    # 550 of 18,000 is 3.0555…; it is shown as 3.06, and a bound of 3.06 keeps it
    one = PositionsBook((PositionLine(Symbol("AAPL"), 100, average_price=180.0, price=185.5),))
    assert render(one)["d"][0]["pl_ratio"] == "3.06"
    for low, high, there in (
        ("3.06", None, 1),
        ("3.07", None, 0),
        (None, "3.06", 1),
        (None, "3.05", 0),
        ("-1", "4", 1),
    ):
        assert len(render(one, pl_ratio_min=low, pl_ratio_max=high)["d"]) == there


def test_an_unknown_schema_is_named() -> None:
    for call in (
        lambda: render(SPY, "ibkr"),
        lambda: parse({}, schema="ibkr"),
        lambda: read({}, schema=None),
    ):  # type: ignore[arg-type]
        with pytest.raises(InvalidInputError, match="schema="):
            call()


@pytest.mark.parametrize(
    ("schema", "document", "message"),
    [
        ("futu", "{", "must be JSON"),
        ("futu", "[" * 100_000, "nested too deeply"),
        ("futu", "[]", "must be a JSON object"),
        ("futu", 5, "must be a JSON object"),
        ("futu", {"s": "ok"}, "d=None must be a list of positions"),
        ("futu", {"s": "ok", "d": [5]}, "must be a list of positions"),
        ("habittrade", {"code": 0}, "data=None must be an object"),
        ("habittrade", {"code": 0, "data": {}}, "positions=None must be a list"),
        (
            "habittrade",
            {"code": 0, "data": {"positions": [{"qty": 1, "market": "mars", "product_code": "A"}]}},
            r"positions\[0\]: market='mars' must be one of",
        ),
        ("longbridge", {"code": 0, "data": None}, "an object with a list of channels"),
        (
            "longbridge",
            {"code": 0, "data": {"list": [{"stock_info": [{"symbol": "A.US"}]}]}},
            r"stock_info\[0\]: quantity=None must be a whole number",
        ),
    ],
)
def test_a_document_of_another_shape_is_refused(schema: str, document: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse(document, schema=schema)


def test_all_faults_of_the_rows_are_told_at_once() -> None:
    rows = [
        {"code": "US.A", "qty": "1.5"},
        {"code": "US.B", "qty": "1"},
        {"code": "", "qty": "2"},
        {"qty": "x"},
    ]
    with pytest.raises(InvalidInputError) as caught:
        parse({"s": "ok", "d": rows}, schema="futu")
    said = str(caught.value)
    assert "d[0]: qty='1.5' must be a whole number of shares" in said
    assert "d[1]" not in said
    assert "d[2]: ticker=''" in said
    assert "d[3]: qty='x' must be a finite number" in said


@pytest.mark.parametrize(
    ("side", "qty", "held"),
    [
        ("SHORT", "100", -100),
        ("SHORT", "-100", -100),
        ("LONG", "-100", -100),
        ("LONG", "100", 100),
        ("NONE", "100", 100),
        (None, "-5", -5),
        ("LONG", "1,000", 1_000),
    ],
)
def test_futus_shorts_are_read_with_either_sign(side: str | None, qty: str, held: int) -> None:
    row = {
        "position_side": side,
        "code": "US.GME",
        "qty": qty,
        "can_sell_qty": qty,
        "cost_price": "50",
    }
    (line,) = parse({"s": "ok", "d": [row]}, schema="futu").lines
    assert (line.quantity, line.resting_buys, line.resting_sells) == (held, 0, 0)


def test_futus_average_price_is_what_the_unrealised_profit_says() -> None:
    # Diluted 53.333333 after covers; unrealised 120.00 on 60 short at 48.00: they were sold at 50.00.
    row = {
        "position_side": "SHORT",
        "code": "US.GME",
        "qty": "60",
        "nominal_price": "48",
        "cost_price": "53.333333",
        "unrealized_pl": "120.00",
        "pl_val": "320.00",
        "realized_pl": "200.00",
    }
    (line,) = parse({"s": "ok", "d": [row]}, schema="futu").lines
    assert line.average_price == 50.0
    assert line.diluted_price == pytest.approx(53.333333)
    assert line.realized_round == pytest.approx(200.0, abs=1e-4)


def test_futus_cost_is_the_average_price_where_both_profits_are_one() -> None:
    # (11 − 10.001) × 3 = 2.997, told as 3.00 twice: that is no reason to think that they cost 10.00
    row = {
        "code": "US.GME",
        "qty": "3",
        "nominal_price": "11",
        "cost_price": "10.001",
        "unrealized_pl": "3.00",
        "pl_val": "3.00",
    }
    assert parse({"s": "ok", "d": [row]}, schema="futu").lines[0].average_price == 10.001


def test_a_cost_that_is_not_valid_is_not_known() -> None:
    row = {
        "code": "US.GME",
        "qty": "60",
        "cost_price": "0.000",
        "cost_price_valid": False,
        "nominal_price": "48",
    }
    (line,) = parse({"s": "ok", "d": [row]}, schema="futu").lines
    assert line.average_price is None
    (again,) = render(PositionsBook((line,)))["d"]
    assert (again["cost_price_valid"], again["pl_val_valid"], again["pl_ratio_valid"]) == (
        False,
        False,
        False,
    )
    assert read({"s": "ok", "d": [row]}, schema="futu").holdings[0].price == 48.0


def test_longbridges_document_sample_is_read_where_its_own_sdk_fails() -> None:
    """Rows as its document shows them: more claimed than held, no cost price, in two channels."""
    first = {
        "symbol": "700.HK",
        "symbol_name": "T",
        "currency": "HKD",
        "quantity": "650",
        "market": "HK",
        "available_quantity": "-450",
        "cost_price": "457.53",
        "init_quantity": "214",
    }
    second = {
        "symbol": "TCEHY.US",
        "symbol_name": "U",
        "currency": "USD",
        "quantity": "10",
        "market": "US",
        "available_quantity": "10",
        "init_quantity": "18",
    }
    channels = [
        {"account_channel": "lb", "stock_info": [first]},
        {"account_channel": "x", "stock_info": [second]},
    ]
    one, other = parse({"code": 0, "data": {"list": channels}}, schema="longbridge").lines
    assert (one.symbol, one.quantity, one.resting_sells, one.opening_quantity) == (
        Symbol("700.HK"),
        650,
        1_100,
        214,
    )
    assert (other.average_price, other.quantity) == (None, 10)
    rows = render(PositionsBook((one, other)), "longbridge")["data"]["list"][0]["stock_info"]
    assert rows == [first, second | {"cost_price": ""}]
    for symbol in ("00700.HK", "HK.00700"):
        assert (
            len(
                render(PositionsBook((one, other)), "longbridge", symbol=symbol)["data"]["list"][0][
                    "stock_info"
                ]
            )
            == 1
        )


def test_one_brokers_book_in_anothers_schema() -> None:
    row = {
        "market": "usex",
        "product_code": "AAPL",
        "qty": -10,
        "avg_price": 100.0,
        "prev_price": 90.0,
    }
    told = parse({"code": 0, "data": {"positions": [row]}}, schema="habittrade")
    (line,) = render(told, "futu")["d"]
    # HabitTrade says no last price: the previous close stands for it
    assert (line["position_side"], line["nominal_price"], line["pl_val"], line["currency"]) == (
        "SHORT",
        "90.000",
        "100.00",
        "USD",
    )


def test_portfolios_of_one_account_are_one_opening_book() -> None:
    def row(qty: int, price: float, portfolio: str, code: str = "AAPL") -> dict[str, Any]:
        return {
            "market": "usex",
            "product_code": code,
            "qty": qty,
            "avg_price": price,
            "prev_price": 90.0,
            "portfolio_id": portfolio,
        }

    rows = [
        row(-10, 100.0, "a"),
        row(-30, 80.0, "b"),
        row(5, 70.0, "c"),
        row(7, 20.0, "a", "T"),
        row(-7, 21.0, "b", "T"),
    ]
    opening = read({"code": 0, "data": {"positions": rows}}, schema="habittrade")
    # 40 short at (1,000 + 2,400) / 40 = 85.00, of which 5 are covered by the long; T cancels out
    assert opening.holdings == (OpeningHolding(Symbol("AAPL"), -35, 85.0, 90.0),)


def test_errors_are_made_in_each_brokers_form() -> None:
    assert futu.error("no").payload == {"s": "error", "errcode": -1200, "errmsg": "no"}
    assert habittrade.error("no", "why", 403, 10010008).payload == {
        "code": 10010008,
        "message": "no",
        "details": "why",
    }
    assert longbridge.error("no", 429, 429002).payload == {
        "code": 429002,
        "message": "no",
        "data": None,
    }
    assert (habittrade.error("no", status=403).status, str(habittrade.error("no", "why"))) == (
        403,
        "no: why",
    )


def test_shares_at_rest_are_never_below_none() -> None:
    with pytest.raises(
        InvalidInputError, match="resting_buys=-1 must be a number of shares, at least 0"
    ):
        PositionLine(Symbol("SPY"), 1, resting_buys=-1)
