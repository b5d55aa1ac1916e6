"""Interactive Brokers' descriptions of corporate actions; securities made up, forms as they are."""

from __future__ import annotations

import pytest

from shortable.actions import Delisting, Dividend, Rename, Split, parse_actions, read_actions
from shortable.errors import CorporateActionError

HEAD = "effective_evening,kind,symbol,isin,description\n"


def file(*rows: tuple[str, str]) -> bytes:
    lines = [f'{day},XX,Q,US0,"{text}"\n' for day, text in rows]
    return (HEAD + "".join(lines)).encode()


@pytest.mark.parametrize(
    ("evening", "text", "action"),
    [
        (
            "20260226",
            "QQX(US92864M8304) SPLIT 1 FOR 20 (QQX, 2X Q ETF, US92865J7375)",
            Split("QQX", "2026-02-27", 1, 20),
        ),
        (  # a Friday
            "20260313",
            "QQX(US92864M8304) SPLIT 3 FOR 1 (QQX, Q (NEW) CO, US92865J7375)",
            Split("QQX", "2026-03-16", 3, 1),
        ),
        (
            "20260226",
            "QQX(US92864M8304) SPLIT 1.05 FOR 1 (QQX, Q CO, US92865J7375)",
            Split("QQX", "2026-02-27", 21, 20),
        ),
        (
            "20260226",
            "QQX(US92864M8304) STOCK DIVIDEND US92864M8304 5 FOR 100 (QQX, Q CO, US92864M8304)",
            Split("QQX", "2026-02-27", 21, 20),
        ),
        (
            "20260226",
            "QQX(US92864M8304) CASH DIVIDEND USD 0.09 PER SHARE (Ordinary Dividend)",
            Dividend("QQX", "2026-02-27", 0.09, "raw"),
        ),
        (
            "20260227",
            "QQX(US46092D6168) MERGED(Cash) FOR USD 31.2127 PER SHARE (QQX, Q ETF, US46092D6168)",
            Delisting("QQX", "2026-02-27", 31.2127),
        ),
        (
            "20260416",
            "QQX.OLD(US2) MERGED(Acquisition) FOR USD 26.5 PER SHARE (QQX.OLD, Q ETF, US2)",
            Delisting("QQX", "2026-04-16", 26.5),
        ),
        (
            "20260416",
            "QQX(US2) MERGED(Acquisition) FOR CAD 26.5 PER SHARE (QQX, Q ETF, US2)",
            Delisting("QQX", "2026-04-16"),  # a price in another currency is none of the symbol's
        ),
        (
            "20251223",
            "QQX(US2) MERGED(Acquisition) WITH US36164V8000 1 FOR 2 (QQX, Q CO, US2)",
            Delisting("QQX", "2025-12-23"),
        ),
        (
            "20260114",
            "(US46186M6057) DELISTED (QQXQ, Q THERAPEUTICS HOLDINGS, US46186M6057)",
            Delisting("QQXQ", "2026-01-14"),
        ),
        (
            "20260114",
            "QQX(US2) SYMBOL CHANGE TO QQY (QQY, Q CO, US2)",
            Rename("QQX", "2026-01-15", "QQY"),
        ),
    ],
)
def test_forms(evening: str, text: str, action: object) -> None:
    assert list(read_actions(file((evening, text)))) == [action]


def test_two_rows_of_a_reverse_split_are_one() -> None:
    read = parse_actions(
        file(
            ("20260226", "QQX(US1) SPLIT 1 FOR 20 (QQX, 2X Q ETF, US3)"),
            ("20260226", "QQX(US1) SPLIT 1 FOR 20 (QQX.OLD, 2X Q ETF, US1)"),
        )
    )
    assert read.records == [Split("QQX", "2026-02-27", 1, 20)]
    assert read.passed_over == {"second rows of one action": 1}


def test_what_is_received_in_a_merger_is_no_delisting() -> None:
    read = parse_actions(
        file(
            ("20251223", "QQX(US1) MERGED(Acquisition) WITH US3 1 FOR 1 (QQX, Q CO, US1)"),
            ("20251223", "QQX(US1) MERGED(Acquisition) WITH US3 1 FOR 1 (RRX, R CO, US3)"),
        )
    )
    assert read.records == [Delisting("QQX", "2025-12-23")]
    assert read.passed_over == {"rows of what was received": 1}


def test_what_is_not_understood_is_rejected() -> None:
    read = parse_actions(
        file(
            ("20260226", "QQX(US1) SPLIT 1 FOR 20 (QQX, 2X Q ETF, US3)"),
            ("20260226", "QQX(US1) SPINOFF 1 FOR 10 (RRX, R CO, US3)"),
            ("soon", "QQX(US1) SPLIT 1 FOR 2 (QQX, Q ETF, US3)"),
        )
    )
    assert [r.line for r in read.rejected] == [3, 4]
    assert "be a split, dividend, merger, delisting" in read.rejected[0].reason


def test_dates_of_statements() -> None:
    for head, day in (("Report Date", "2026-02-26"), ("Date/Time", "2026-02-26, 20:25:00")):
        text = f'{head},Description\n"{day}","QQX(US1) SPLIT 1 FOR 20 (QQX, Q ETF, US3)"\n'
        assert list(read_actions(text.encode())) == [Split("QQX", "2026-02-27", 1, 20)]
    with pytest.raises(CorporateActionError, match="hold a description and a date"):
        read_actions(b"a,b\n1,2\n", format="ibkr")
