"""Split lists in JSON, whose dates are evenings in some rows and ex-dates in others."""

from __future__ import annotations

import json

import pytest

from shortable.actions import Split, parse_actions, read_actions
from shortable.errors import CorporateActionError


def document(**entry: object) -> bytes:
    return json.dumps([{"symbol": "QQX", "date": "2024-06-07", **entry}]).encode()


@pytest.mark.parametrize(
    "ratio",
    [
        {"ratioNew": 10, "ratioOld": 1},
        {"numerator": 10, "denominator": 1},
        {"split_to": 10, "split_from": 1},
        {"ratio": "10:1"},
        {"split": "10/1"},
        {"split_factor": "10.0"},
    ],
)
def test_ratios_as_vendors_state_them(ratio: dict[str, object]) -> None:
    assert list(read_actions(document(**ratio))) == [
        Split("QQX", "2024-06-07", 10, 1, confirmed=False)
    ]


def test_a_field_that_is_named_for_the_ex_date_is_it() -> None:
    text = b'{"results": [{"ticker": "QQX", "execution_date": "2024-06-10", "split_from": 1, "split_to": 10}]}'
    assert list(read_actions(text)) == [Split("QQX", "2024-06-10", 10, 1)]


@pytest.mark.parametrize(
    ("notes", "ex_date", "confirmed"),
    [
        (
            "Amendment effective at 4:01 PM. Split-adjusted trading began Jun 10, 2024.",
            "2024-06-10",
            True,
        ),
        ("Split-adjusted ADR trading began June 10, 2024", "2024-06-10", True),
        ("Split-adjusted trading on NYSE began Jun 7, 2024. CUSIP changed.", "2024-06-07", True),
        ("trading on split-adjusted basis began June 13, 2024", "2024-06-13", True),
        ("Ex-date: June 10, 2024.", "2024-06-10", True),
        ("Split-adjusted trading began Aug 10, 2024.", "2024-06-07", False),  # too far off
        ("Split-adjusted trading began Jun 3, 2024.", "2024-06-07", False),  # before
        ("Effective at 12:01 AM ET Jun 7, 2024.", "2024-06-07", False),
        ("", "2024-06-07", False),
    ],
)
def test_the_notes_decide_where_they_can(notes: str, ex_date: str, confirmed: bool) -> None:
    read = parse_actions(document(ratioNew=10, ratioOld=1, notes=notes))
    assert read.records == [Split("QQX", ex_date, 10, 1, confirmed=confirmed)]
    (note,) = read.notes
    assert ("in their notes" in note) == confirmed
    assert ("1 dates may be the evening before the ex-date: QQX 2024-06-07" in note) != confirmed


def test_rows_that_cannot_be_used() -> None:
    entries = [{"symbol": "QQX", "date": "2024-06-07"}, 5, {"date": "2024-06-07", "ratio": "2:1"}]
    read = parse_actions(json.dumps({"year": 2024, "splits": entries}).encode())
    assert [r.line for r in read.rejected] == [1, 2, 3]
    named = parse_actions(json.dumps({"symbol": "QQX", "splits": entries[2:]}).encode())
    assert [r.symbol for r in named.records] == ["QQX"]


@pytest.mark.parametrize("text", [b"[", b'{"a": 1}', b'{"a": [], "b": []}'])
def test_what_is_no_list_of_splits(text: bytes) -> None:
    with pytest.raises(CorporateActionError, match="source="):
        read_actions(text)
