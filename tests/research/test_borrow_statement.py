"""Statements made up by the rule of S8 are reproduced to the cent; the rows are worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from shortable.errors import InvalidInputError
from shortable.research import audit_borrow_statement, holds_borrow_fees, read_borrow_statement

ROWS: list[dict[str, Any]] = [
    # 7,000 x 25 x 0.1611 / 360 = 78.3125: 78.31, for Friday to Sunday alike; the close before is Thursday's 24.28.
    *(
        {"symbol": "BYND", "currency": "USD", "valueDate": f"202605{day:02}", "quantity": "-7000",
         "price": "25", "borrowFeeRate": "16.11", "borrowFee": "-78.31"}
        for day in (8, 9, 10)
    ),
    # 1,000 x 10.54 x 0.09 / 360 = 2.635: 2.64 half away from zero; the quantity written positive, the date with dashes.
    {"symbol": "AIR", "currency": "EUR", "valueDate": "2026-05-08", "quantity": "1,000",
     "price": "10.54", "borrowFeeRate": "9", "borrowFee": "-2.64"},
    # 100 x 26 x 0.36 / 360 = 2.60, and 2.70 was charged.
    {"symbol": "GME", "currency": "USD", "valueDate": "20260511", "quantity": "-100",
     "price": "26", "borrowFeeRate": "36", "borrowFee": "-2.7"},
]  # fmt: skip


def written(path: Path, rows: list[dict[str, Any]], element: str = "HardToBorrowDetail") -> Path:
    lines = "".join(
        f"<{element} accountId='U1' conid='1' {' '.join(f'{k}={chr(34)}{v}{chr(34)}' for k, v in row.items())}/>"
        for row in rows
    )
    path.write_text(
        f"<FlexQueryResponse><FlexStatements><FlexStatement><{element}s>{lines}</{element}s>"
        "<Trades/></FlexStatement></FlexStatements></FlexQueryResponse>"
    )
    return path


@pytest.mark.parametrize("element", ["HardToBorrowDetail", "BorrowFeesDetail"])
def test_made_up_rows_are_reproduced_to_the_cent(tmp_path: Path, element: str) -> None:
    path = written(tmp_path / "statement.xml", ROWS, element)
    assert holds_borrow_fees(path)
    found = audit_borrow_statement(path)
    assert found.days["recomputed"].tolist() == [78.31, 78.31, 78.31, 2.64, 2.6]
    assert found.days["agrees"].tolist() == [True] * 4 + [False]
    assert found.days["difference"].tolist()[-1] == pytest.approx(0.1)
    summary = found.summary()
    assert (summary["charged_days"], summary["agree"], summary["differ"]) == (5, 4, 1)
    # 3 x 78.31 + 2.70 = 237.63; by the rule 237.53; unrounded 3 x 78.3125 + 2.60 = 237.5375.
    assert summary["currencies"]["USD"] == {
        "charged": 237.63,
        "recomputed": 237.53,
        "difference": 0.1,
        "interactive_brokers_borrow_fee": 237.54,
        "fee_on_market_value": None,
    }


def test_with_closes_the_marks_are_checked_and_market_value_is_priced(tmp_path: Path) -> None:
    path = written(tmp_path / "statement.xml", [*ROWS[:3], ROWS[4]])
    days = pd.to_datetime(["2026-05-06", "2026-05-07", "2026-05-08", "2026-05-11"])
    closes = pd.DataFrame(
        {"BYND": [24.0, 24.28, 30.0, 31.0], "GME": [24.0, 24.0, 24.51, 25.0]}, days
    )
    found = audit_borrow_statement(path, closes)
    # Friday's charge rests on Thursday's close, and the weekend repeats it; Monday's on Friday's.
    assert found.days["close"].tolist() == [24.28] * 3 + [24.51]
    assert found.days["mark_by_rule"].tolist() == [25.0, 25.0, 25.0, 26.0]
    # 7,000 x 24.28 x 0.1611 / 360 = 76.0571 a day; 100 x 24.51 x 0.36 / 360 = 2.451: 3 x 76.0571 + 2.451 = 230.6223
    assert found.summary()["currencies"]["USD"]["fee_on_market_value"] == 230.62
    assert found.summary()["marks_that_differ"] == 0
    wrong = written(tmp_path / "wrong.xml", [ROWS[0] | {"price": "24.77", "borrowFee": "-77.59"}])
    found = audit_borrow_statement(wrong, closes)
    # 7,000 x 24.77 x 0.1611 / 360 = 77.5920...: the charge follows its mark, and the mark is not the rule's.
    assert found.days["agrees"].tolist() == [True]
    assert found.summary()["marks_that_differ"] == 1


def test_rows_that_cannot_be_read_are_named_and_the_others_are(tmp_path: Path) -> None:
    bad: list[dict[str, Any]] = [
        {k: v for k, v in ROWS[0].items() if k != "price"},
        ROWS[0] | {"valueDate": "May 8"},
        ROWS[0] | {"borrowFeeRate": "NA"},
        ROWS[0] | {"price": "0"},
        ROWS[0] | {"symbol": "%%"},
    ]
    days, skipped = read_borrow_statement(written(tmp_path / "statement.xml", [*bad, ROWS[0]]))
    assert len(days) == 1
    assert skipped["row"].tolist() == [1, 2, 3, 4, 5]
    assert skipped["reason"].tolist()[:4] == [
        "it lacks price",
        "valueDate 'May 8' is no date",
        "borrowFeeRate 'NA' is no number",
        "price '0' is not above 0",
    ]


def test_what_is_no_statement_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.xml"
    empty.write_text("<FlexQueryResponse/>")
    broken = tmp_path / "broken.xml"
    broken.write_text("<Flex")
    written(none := tmp_path / "none.xml", [{"symbol": "A"}])
    with pytest.raises(InvalidInputError, match="of 1 none can, the first one: it lacks currency"):
        audit_borrow_statement(none)
    for path, words in ((empty, "hold HardToBorrowDetail"), (broken, "Flex statement in XML")):
        assert not holds_borrow_fees(path)
        with pytest.raises(InvalidInputError, match=words):
            audit_borrow_statement(path)
    assert not holds_borrow_fees(tmp_path / "trades.csv")


HEADER = (
    "Currency",
    "Value Date",
    "Symbol",
    "Quantity",
    "Price",
    "Value",
    "Fee Rate (%)",
    "Borrow Fee",
    "Code",
)
FIELDS = ("currency", "valueDate", "symbol", "quantity", "price", "", "borrowFeeRate", "borrowFee")


def in_csv(path: Path, header: tuple[str, ...] = HEADER, rows: list[dict[str, Any]] = ROWS) -> Path:
    """Write an activity statement: sections one after the other, a total below each currency and one in the base currency."""

    def line(*cells: str) -> str:
        return ",".join(f'"{cell}"' if "," in cell else cell for cell in cells)

    def section(*cells: str) -> str:
        return line("Borrow Fee Details", *cells)

    text = [
        "Statement,Header,Field Name,Field Value",
        'Statement,Data,Period,"May 8, 2026 - May 11, 2026"',
        section("Header", *header),
    ]
    for currency in ("USD", "EUR"):
        mine = [row for row in rows if row["currency"] == currency]
        text += [section("Data", *(str(row.get(n, "")) for n in FIELDS), "") for row in mine]
        text.append(section("Data", "Total", "", "", "", "", "", "", "-1.00", ""))
    text += [
        section("Data", "Total in USD", "", "", "", "", "", "", "-1.00", ""),
        "Codes,Header,Code,Meaning,Code (Cont.),Meaning (Cont.)",
        "Codes,Data,A,Assignment,,",
    ]
    path.write_text("\n".join(text) + "\n", encoding="utf-8-sig")
    return path


@pytest.mark.parametrize("names", [("Fee Rate (%)", "Borrow Fee"), ("Fee Rate", "Fee")])
def test_an_activity_statement_says_what_the_flex_statement_says(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    header = (*HEADER[:6], *names, "Code")
    path = in_csv(tmp_path / "activity.csv", header)
    assert holds_borrow_fees(path)
    found = audit_borrow_statement(path)
    # By currency: the three days of BYND, GME with 2.70 for 2.60, then AIR; see ROWS.
    assert found.days["symbol"].tolist() == ["BYND"] * 3 + ["GME", "AIR@EUR"]
    assert found.days["recomputed"].tolist() == [78.31, 78.31, 78.31, 2.6, 2.64]
    assert found.days["agrees"].tolist() == [True, True, True, False, True]
    flex = audit_borrow_statement(written(tmp_path / "statement.xml", ROWS))
    assert found.summary() == flex.summary()
    assert len(found.skipped) == 0


def test_a_consolidated_statement_has_a_column_more(tmp_path: Path) -> None:
    lines = in_csv(tmp_path / "one.csv").read_text(encoding="utf-8-sig").splitlines()
    for at, line in enumerate(lines):
        cells = line.split(",", 3)
        if cells[0] == "Borrow Fee Details":
            cells.insert(3, "Account" if cells[1] == "Header" else "U1")
            lines[at] = ",".join(cells)
    (tmp_path / "all.csv").write_text("\n".join(lines), encoding="utf-8")
    found = audit_borrow_statement(tmp_path / "all.csv")
    assert found.days["recomputed"].tolist() == [78.31, 78.31, 78.31, 2.6, 2.64]


def test_lines_of_csv_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    bad = [ROWS[0] | {"price": ""}, ROWS[0] | {"borrowFeeRate": "NA"}, ROWS[0]]
    days, skipped = read_borrow_statement(in_csv(tmp_path / "activity.csv", rows=bad))
    assert len(days) == 1
    assert skipped.values.tolist() == [
        [4, "it lacks Price"],
        [5, "Fee Rate (%) 'NA' is no number"],
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Statement,Header,Field Name,Field Value\nTrades,Header,DataDiscriminator,Symbol\n",
            "statement='s.csv' must hold rows of the section \"Borrow Fee Details\". It is included on request, and only "
            "statements in English can be read. It has Statement, Trades.",
        ),
        (
            "报表,Header,域名称,域值\n借入费用详情,Header,货币,起息日,代码\n借入费用详情,Data,USD,2026-05-08,GME\n",
            "statement='s.csv' must hold rows of the section \"Borrow Fee Details\". It is included on request, and only "
            "statements in English can be read. It has 报表, 借入费用详情.",
        ),
        (
            "Borrow Fee Details,Header,Currency,Value Date,Symbol,Quantity\n",
            "statement='s.csv' must have the columns Price, Fee Rate (%), Borrow Fee in its section \"Borrow Fee Details\". "
            "It has Currency, Value Date, Symbol, Quantity.",
        ),
        (
            "time,symbol,quantity\n2026-05-08,GME,-1\n",
            "statement='s.csv' must be an Interactive Brokers activity statement",
        ),
    ],
    ids=["no section", "another language", "no column", "no statement"],
)
def test_what_is_no_activity_statement_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "s.csv"
    path.write_text(text, encoding="utf-8")
    assert holds_borrow_fees(path) == text.startswith("Borrow")
    with pytest.raises(InvalidInputError) as error:
        audit_borrow_statement(path)
    assert str(error.value) == message
