"""The identities that balances keep, on cases worked out by hand and against a slow, obvious model."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.store import SHORT_BALANCES, IdentityCheck, check_balances, stored_identities

WEDNESDAY, THURSDAY, FRIDAY, MONDAY, TUESDAY = (date(2025, 1, day) for day in (8, 9, 10, 13, 14))


def table(*rows: dict[str, Any]) -> pa.Table:
    whole = {
        "symbol": "2330",
        "date": WEDNESDAY,
        "book": "borrowed",
        "known_at": datetime(2025, 1, 8, tzinfo=UTC),
        "by_rule": True,
    }
    return pa.Table.from_pylist([whole | row for row in rows], schema=SHORT_BALANCES.schema)


def found(*rows: dict[str, Any], days: list[date] | None = None) -> dict[str, IdentityCheck]:
    checks = check_balances([table(*rows)], days)
    return {("row" if "sold" in check.identity else "days"): check for check in checks}


def test_a_row_whose_flows_do_not_make_its_balance_is_broken() -> None:
    # 30,846,988 + 286,000 - 742,000 + 0 = 30,390,988: TSMC on 2023-01-30.
    flows = {"previous": 30_846_988, "sold": 286_000, "covered": 742_000, "adjusted": 0}
    (check,) = found(flows | {"balance": 30_390_988}).values()
    assert (check.checked, check.broken) == (1, ())
    (check,) = found(flows | {"balance": 30_390_989}).values()
    assert [str(one) for one in check.broken] == [
        "2330 borrowed on 2025-01-08: 30,390,989 instead of 30,390,988"
    ]
    # On margin: 179,000 + 6,000 - 16,000 - 3,000 = 166,000: 0050 on 2025-01-08.
    margin = {
        "book": "margin",
        "previous": 179_000,
        "sold": 6_000,
        "covered": 16_000,
        "repaid": 3_000,
    }
    assert found(margin | {"balance": 166_000})["row"].broken == ()
    assert len(found(margin | {"balance": 169_000})["row"].broken) == 1


@pytest.mark.parametrize(("note", "broken", "allowed"), [("X!", 0, 1), ("X", 1, 0), (None, 1, 0)])
def test_only_a_halt_allows_a_break(note: str | None, broken: int, allowed: int) -> None:
    row = {"previous": 10, "sold": 0, "covered": 0, "balance": 0, "note": note}
    check = found(row)["row"]
    assert (len(check.broken), check.allowed) == (broken, allowed)
    days = found({"balance": 9, "note": note}, {"date": THURSDAY, "previous": 10, "balance": 10})[
        "days"
    ]
    assert (len(days.broken), days.allowed) == (broken, allowed)


@pytest.mark.parametrize(
    ("later", "broken", "unproven"), [(THURSDAY, 1, 0), (FRIDAY, 0, 1), (MONDAY, 0, 1)]
)
def test_a_missing_session_proves_nothing(later: date, broken: int, unproven: int) -> None:
    check = found({"balance": 9}, {"date": later, "previous": 10, "balance": 10})["days"]
    assert (check.checked, len(check.broken), check.unproven) == (1, broken, unproven)


def test_a_hundred_balances_that_go_on_prove_that_no_session_is_missing() -> None:
    """One row that does not fit between Wednesday and Friday is then a break, and many are a missing session."""

    def days(symbols: int, wrong: int) -> IdentityCheck:
        rows: list[dict[str, Any]] = []
        for at in range(symbols):
            previous = 11 if at < wrong else 10
            rows.append({"symbol": f"{at:04}", "balance": 10})
            rows.append({"symbol": f"{at:04}", "date": FRIDAY, "previous": previous, "balance": 12})
        return found(*rows)["days"]

    assert [(one.symbol, one.stated) for one in days(101, 1).broken] == [("0000", 11)]
    assert (days(101, 2).broken, days(101, 2).unproven) == ((), 2)
    assert (days(100, 1).broken, days(100, 1).unproven) == ((), 1)


def test_a_weekend_is_no_missing_session() -> None:
    check = found({"date": FRIDAY, "balance": 9}, {"date": MONDAY, "previous": 10, "balance": 10})
    assert len(check["days"].broken) == 1


def test_a_margin_book_moves_without_a_session() -> None:
    rows = (
        {"book": "margin", "balance": 9},
        {"book": "margin", "date": THURSDAY, "previous": 10, "balance": 10},
    )
    assert found(*rows)["days"].unproven == 1
    assert found(*rows)["days"].broken == ()


def test_a_stated_change_stands_for_the_balance_before() -> None:
    """Japan: balance(t) - balance(t-1) = change."""
    check = found({"balance": 1430}, {"date": THURSDAY, "balance": 120, "change": -1310})["days"]
    assert (check.checked, check.broken) == (1, ())
    (one,) = found({"balance": 1430}, {"date": THURSDAY, "balance": 120, "change": -1300})[
        "days"
    ].broken
    assert (one.expected, one.stated) == (1430, 1420)


def test_flows_alone_stand_for_it_too() -> None:
    """China: balance(t) = balance(t-1) + sold - bought - repaid."""
    flows = {"date": THURSDAY, "sold": 50, "covered": 20, "repaid": 10}
    assert found({"balance": 100}, flows | {"balance": 120})["days"].broken == ()
    assert len(found({"balance": 100}, flows | {"balance": 121})["days"].broken) == 1
    # Without the repayments nothing is said of the day before.
    assert found({"balance": 100}, flows | {"repaid": None, "balance": 120}) == {}


def test_of_a_revised_row_the_last_counts_and_other_days_are_left_alone() -> None:
    revised = {"balance": 10, "known_at": datetime(2025, 1, 9, tzinfo=UTC), "by_rule": False}
    rows = (
        {"balance": 9},
        revised,
        {"date": THURSDAY, "previous": 10, "balance": 5},
        {"date": FRIDAY, "previous": 6, "balance": 6},
    )
    assert [one.date for one in found(*rows)["days"].broken] == [FRIDAY]
    assert found(*rows, days=[WEDNESDAY])["days"].broken == ()
    assert len(found(*rows, days=[THURSDAY])["days"].broken) == 1
    assert [one.date for one in found(*rows, days=[FRIDAY])["days"].broken] == [FRIDAY]
    assert "days" not in found(*rows, days=[TUESDAY])


def test_a_sources_balances_are_checked_where_they_are_stored(tmp_path: Path) -> None:
    rows = table({"balance": 10}, {"date": THURSDAY, "previous": 11, "balance": 11})
    SHORT_BALANCES.append("twse", [rows], market=Market.TAIWAN, data_folder=tmp_path)
    (check,) = stored_identities(tmp_path, Market.TAIWAN, "twse")
    assert [str(one) for one in check.broken] == ["2330 borrowed on 2025-01-09: 11 instead of 10"]
    assert stored_identities(tmp_path, Market.TAIWAN, "tpex") == ()
    with pytest.raises(InvalidInputError, match="source=None must be a name"):
        stored_identities(tmp_path, Market.TAIWAN, None)  # type: ignore[arg-type]


row = st.fixed_dictionaries(
    {
        "symbol": st.sampled_from(["2330", "2317"]),
        "date": st.sampled_from([WEDNESDAY, THURSDAY, FRIDAY, MONDAY]),
        "balance": st.integers(0, 3),
        "previous": st.none() | st.integers(0, 3),
        "sold": st.none() | st.integers(0, 2),
        "covered": st.none() | st.integers(0, 2),
        "change": st.none() | st.integers(-2, 2),
        "note": st.sampled_from([None, "", "!", "X"]),
    }
)


@given(st.lists(row, max_size=8, unique_by=lambda one: (one["symbol"], one["date"])))
def test_breaks_are_those_of_the_obvious_model(rows: list[dict[str, Any]]) -> None:
    checks = found(*rows) if rows else {}
    off = [
        r
        for r in rows
        if None not in (r["previous"], r["sold"], r["covered"])
        and r["previous"] + r["sold"] - r["covered"] != r["balance"]
    ]
    flagged = checks["row"].broken if "row" in checks else ()
    assert sorted((one.symbol, one.date) for one in flagged) == sorted(
        (r["symbol"], r["date"]) for r in off if r["note"] != "!"
    )
    wanted = []
    present = sorted({r["date"] for r in rows})
    for before, after in pairwise(present):
        if (before, after) not in {(WEDNESDAY, THURSDAY), (THURSDAY, FRIDAY), (FRIDAY, MONDAY)}:
            continue
        for symbol in ("2330", "2317"):
            one, other = (
                next((r for r in rows if (r["symbol"], r["date"]) == (symbol, day)), None)
                for day in (before, after)
            )
            if one is None or other is None or "!" in (one["note"], other["note"]):
                continue
            if other["previous"] is not None:
                stated = other["previous"]
            elif other["change"] is not None:
                stated = other["balance"] - other["change"]
            else:
                continue
            if stated != one["balance"]:
                wanted.append((symbol, after))
    flagged = checks["days"].broken if "days" in checks else ()
    assert sorted((one.symbol, one.date) for one in flagged) == sorted(wanted)
