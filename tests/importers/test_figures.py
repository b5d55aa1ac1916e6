"""Rows of a dataset from a file's columns: from when they were known, which are rejected."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pyarrow as pa
import pytest

from shortable.errors import ImportRefusedError, InvalidInputError, TimeError
from shortable.importers.figures import (
    Known,
    at_time_of_day,
    figures_table,
    known_from,
    midnight_after,
    parsed_figures,
)
from shortable.importers.report import Reject
from shortable.market import Market
from shortable.store import SHORT_BALANCES

DAY = date(2025, 1, 8)
EVENING = at_time_of_day(time(22, 30))


class Numbered:
    def locate(self, row: int) -> tuple[int, str]:
        return row + 2, f"line {row + 2}"


def moments(known: Known) -> list[datetime]:
    return [datetime.fromtimestamp(at / 1e6, UTC) for at in known.instants.tolist()]


def test_a_schedule_is_on_the_exchanges_clock() -> None:
    known = known_from([DAY, None], Market.TAIWAN, EVENING)
    assert moments(known)[0] == datetime(2025, 1, 8, 14, 30, tzinfo=UTC)
    assert known.by_rule.tolist() == [True, True]
    # Midnight in São Paulo, three hours behind.
    assert moments(known_from([DAY], Market.BRAZIL, midnight_after)) == [
        datetime(2025, 1, 9, 3, tzinfo=UTC)
    ]


def test_a_stated_publication_takes_its_place() -> None:
    known = known_from([DAY], Market.TAIWAN, EVENING, "2025-01-08 20:30")
    assert (moments(known), known.by_rule.tolist()) == (
        [datetime(2025, 1, 8, 12, 30, tzinfo=UTC)],
        [False],
    )
    # A date has the schedule's time of day (S2: a date alone is no instant).
    assert moments(known_from([DAY], Market.TAIWAN, EVENING, date(2025, 1, 9))) == [
        datetime(2025, 1, 9, 14, 30, tzinfo=UTC)
    ]
    table = {date(2025, 1, 9): datetime(2025, 1, 9, 23)}
    known = known_from([DAY, date(2025, 1, 9)], Market.TAIWAN, EVENING, table)
    assert moments(known)[1] == datetime(2025, 1, 9, 15, tzinfo=UTC)
    assert known.by_rule.tolist() == [True, False]


def test_what_is_no_publication_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="must not lie before the figures' date 2025-01-08"):
        known_from([DAY], Market.TAIWAN, EVENING, "2025-01-07")
    with pytest.raises(TimeError, match="published="):
        known_from([DAY], Market.TAIWAN, EVENING, "soon")
    assert known_from([date(9999, 12, 31)], Market.TAIWAN, midnight_after).bad == {
        0: "date 9999-12-31 is out of range"
    }


def columns(*rows: tuple[str | None, str, int | None]) -> dict[str, pa.Array]:
    return {
        "symbol": pa.array([row[0] for row in rows], pa.string()),
        "date": pa.array([DAY] * len(rows)),
        "book": pa.array([row[1] for row in rows]),
        "balance": pa.array([row[2] for row in rows], pa.int64()),
    }


def test_bad_rows_and_repeated_keys_are_left_out_with_their_reason() -> None:
    values = columns(
        ("2330", "margin", 1),
        ("2330", "borrowed", 2),
        (None, "margin", None),
        ("2330", "margin", 1),
    )
    known = known_from([DAY] * 4, Market.TAIWAN, EVENING)
    table, bad = figures_table(
        SHORT_BALANCES, values, {2: "the symbol is empty"}, known, Numbered()
    )
    assert table.select(["symbol", "book", "balance", "previous"]).to_pylist() == [
        {"symbol": "2330", "book": "margin", "balance": 1, "previous": None},
        {"symbol": "2330", "book": "borrowed", "balance": 2, "previous": None},
    ]
    assert bad == {2: "the symbol is empty", 3: "duplicate of line 2: 2330 at 2025-01-08 margin"}


def test_a_file_without_a_usable_row_is_refused() -> None:
    known = known_from([DAY], Market.TAIWAN, EVENING)
    with pytest.raises(
        ImportRefusedError, match=r"^t.csv: no row can be used; line 2: the symbol is empty$"
    ):
        parsed_figures(
            SHORT_BALANCES,
            Market.TAIWAN,
            "t.csv",
            columns((None, "margin", 1)),
            {0: "the symbol is empty"},
            known,
            Numbered(),
        )
    parsed = parsed_figures(
        SHORT_BALANCES,
        Market.TAIWAN,
        "t.csv",
        columns(("2330", "margin", 1)),
        {},
        known,
        Numbered(),
        [Reject("t.csv", 1, "x", "y")],
    )
    assert (parsed.rows_read, len(parsed.rejects), parsed.figures[0][2].num_rows) == (2, 1, 1)
