"""Every sample answer of the documents: parse, build the book, render, equal field by field (issue, Done when)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shortable import Symbol
from shortable.engine import OpeningHolding
from shortable.positions import PositionsError, parse, read, render

from .documents import FUTU, HABITTRADE, samples


def typed(value: Any) -> Any:
    """The value with the JSON type of every scalar, so that "100" is not 100 and true is not 1."""
    if isinstance(value, dict):
        return {name: typed(one) for name, one in value.items()}
    if isinstance(value, list):
        return [typed(one) for one in value]
    kind = (
        "number"
        if isinstance(value, (int, float)) and not isinstance(value, bool)
        else type(value).__name__
    )
    return kind, value


@pytest.mark.parametrize(("document", "schema"), [(HABITTRADE, "habittrade"), (FUTU, "futu")])
def test_the_sample_answers_round_trip(document: str, schema: str) -> None:
    good, bad = samples(document)
    assert typed(render(parse(good, schema=schema), schema)) == typed(good)
    assert typed(render(parse(json.dumps(good), schema=schema), schema)) == typed(good)
    with pytest.raises(PositionsError) as caught:
        parse(bad, schema=schema)
    assert typed(caught.value.payload) == typed(bad)


def test_the_field_order_is_the_documents() -> None:
    (futu, _), (habittrade, _) = samples(FUTU), samples(HABITTRADE)
    assert list(render(parse(futu, schema="futu"), "futu")["d"][0]) == list(futu["d"][0])
    rows = render(parse(habittrade, schema="habittrade"), "habittrade")["data"]["positions"]
    assert list(rows[0]) == list(habittrade["data"]["positions"][0])


def test_the_book_says_what_the_sample_of_futu_means() -> None:
    line = parse(samples(FUTU)[0], schema="futu").lines[0]
    assert (line.symbol, line.quantity, line.name, line.resting_sells) == (
        Symbol("AAPL"),
        100,
        "Apple Inc.",
        0,
    )
    assert (line.price, line.average_price, line.diluted_price) == (185.5, 180.0, 180.0)
    # 50.00 today without a trade: the close before was 185.50 − 50.00 / 100 = 185.00
    assert line.previous_close == 185.0
    # 200.00 were realised, none of it in this round: the diluted cost is the average price
    assert (line.realized, line.realized_round) == (200.0, 0.0)


def test_the_book_says_what_the_sample_of_habittrade_means() -> None:
    line = parse(samples(HABITTRADE)[0], schema="habittrade").lines[0]
    assert (line.symbol, line.quantity, line.resting_sells, line.uncleared) == (
        Symbol("AAPL"),
        100,
        10,
        5,
    )
    # average cost 140.50 with commissions, 139.00 without: 1.50 a share, 150.00 in all
    assert (line.average_price, line.open_commissions, line.average_cost) == (139.0, 150.0, 140.5)
    assert (line.mark, line.portfolio_id, line.contract_time) == (
        142.3,
        "d59c4577-d450-2cbb-43c9-ef06e40f1fde",
        174677525,
    )


def test_the_samples_are_opening_books() -> None:
    assert read(samples(FUTU)[0], schema="futu").holdings == (
        OpeningHolding(Symbol("AAPL"), 100, 180.0, 185.5),
    )
    assert read(samples(HABITTRADE)[0], schema="habittrade").holdings == (
        OpeningHolding(Symbol("AAPL"), 100, 139.0, 142.3),
    )
