"""Which trade came first, and how many shares a lot is."""

from __future__ import annotations

import pandas as pd
import pytest

from shortable.errors import InvalidInputError
from shortable.research import read_trades


def listed(rows, columns=("time", "symbol", "quantity", "price")):
    return pd.DataFrame(rows, columns=list(columns))


DAY = [
    ("2021-01-04", "GME", -100, 17.0),
    ("2021-01-05", "GME", 100, 16.0),
    ("2021-01-05", "GME", -50, 15.0),
    ("2021-01-06", "GME", 50, 14.0),
]


def test_oldest_first_stays_as_it_is():
    assert read_trades(listed(DAY)).trades.prices.tolist() == [17.0, 16.0, 15.0, 14.0]


def test_newest_first_with_dates_only_asks_which_of_a_day_s_trades_came_first():
    newest = listed(DAY[::-1])
    with pytest.raises(InvalidInputError, match="--order"):
        read_trades(newest)
    prices = read_trades(newest, order="newest_first").trades.prices.tolist()
    assert prices == [17.0, 16.0, 15.0, 14.0]
    prices = read_trades(newest, order="oldest_first").trades.prices.tolist()
    assert prices == [17.0, 15.0, 16.0, 14.0]


def test_newest_first_needs_no_word_where_a_day_s_trades_go_one_way():
    rows = [("2021-01-06", "GME", 150, 14.0), ("2021-01-05", "GME", -50, 15.0), ("2021-01-05", "GME", -60, 16.0)]  # fmt: skip
    assert read_trades(listed(rows)).trades.prices.tolist() == [16.0, 15.0, 14.0]


def test_newest_first_with_times_needs_no_word():
    rows = [(f"{day} 1{at}:00", *rest) for at, (day, *rest) in enumerate(DAY)]
    same = [("2021-01-05 11:00", *rest[1:]) if rest[0].startswith("2021-01-05") else rest for rest in rows]  # fmt: skip
    assert read_trades(listed(same[::-1])).trades.prices.tolist() == [17.0, 16.0, 15.0, 14.0]


@pytest.mark.parametrize("turned", [False, True])
def test_the_running_position_settles_a_day_s_order(turned):
    """Whether the list stands newest first throughout, or only its days do."""
    held = [-100, 0, -50, 0]
    rows = [(*row, position) for row, position in zip(DAY, held, strict=True)][::-1]
    if turned:
        rows[1], rows[2] = rows[2], rows[1]
    columns = ("time", "symbol", "quantity", "price", "position")
    assert read_trades(listed(rows, columns)).trades.prices.tolist() == [17.0, 16.0, 15.0, 14.0]


def test_a_running_position_that_follows_from_no_order_is_an_error():
    rows = [(*row, position) for row, position in zip(DAY, [-100, 7, -50, 0], strict=True)]
    columns = ("time", "symbol", "quantity", "price", "position")
    with pytest.raises(InvalidInputError, match="follow from the quantities"):
        read_trades(listed(rows, columns))


def test_each_symbol_s_part_may_stand_newest_first():
    rows = [
        ("2021-01-06", "GME", 100, 14.0),
        ("2021-01-04", "GME", -100, 17.0),
        ("2021-01-05", "AMC", 100, 5.0),
        ("2021-01-04", "AMC", -100, 6.0),
    ]
    trades = read_trades(listed(rows)).trades
    assert trades.quantities.tolist() == [-100.0, -100.0, 100.0, 100.0]


def test_a_round_trip_that_ends_when_another_begins_comes_first():
    columns = ("symbol", "quantity", "entry_time", "entry_price", "exit_time", "exit_price")
    rows = [
        ("GME", -100, "2021-01-04", 17.0, "2021-01-05", 16.0),
        ("GME", -70, "2021-01-05", 16.0, "2021-01-05", 15.0),
    ]
    trades = read_trades(listed(rows, columns)).trades
    assert trades.quantities.tolist() == [-100.0, 100.0, -70.0, 70.0]


POSITIONS = "Time,Position,Symbol,Type,Volume,Price,S / L,T / P,Time,Price,Commission,Swap,Profit\n"


def positions(tmp_path, *rows):
    path = tmp_path / "positions.csv"
    path.write_text(POSITIONS + "\n".join(rows) + "\n")
    return path


def test_the_size_of_a_lot_follows_from_the_profit(tmp_path):
    """A fall of 2.00 on 3 lots made 600: 600 / (2 x 3) = 100 shares a lot."""
    path = positions(
        tmp_path, "2021.01.04 10:00:00,1,GME,sell,3,17.0,,,2021.01.05 10:00:00,15.0,-1.5,0,600"
    )
    read = read_trades(path)
    assert read.trades.quantities.tolist() == [-300.0, 300.0]
    assert read.assumptions["shares a lot"] == "GME 100"


@pytest.mark.parametrize("profit", ["0", "", "517.3"])
def test_where_it_does_not_it_is_asked_for(tmp_path, profit):
    path = positions(
        tmp_path, f"2021.01.04 10:00:00,1,GME,sell,3,17.0,,,2021.01.05 10:00:00,15.0,0,0,{profit}"
    )
    with pytest.raises(InvalidInputError, match="--contract-size"):
        read_trades(path)
    assert read_trades(path, contract_size=1).trades.quantities.tolist() == [-3.0, 3.0]
