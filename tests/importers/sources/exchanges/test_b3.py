"""B3's loans: two bands of rates in CSV, fractions in JSON, totals never added, open positions."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shortable import Market
from shortable.clock import from_instant
from shortable.errors import ImportRefusedError
from shortable.importers import SOURCES, import_source
from shortable.importers.sources.exchanges.b3 import parse_b3
from shortable.store import LENDING, Figures
from tests.importers.fuzz import damaged, damaged_json, read_or_refused

BRAZIL = Market.BRAZIL
PROSE = "Informações detalhadas sobre empréstimos;;;\nGlossário;https://example.org;;\n;;;\n"
BANDS = ";;;;;;;;Taxa doador;;;Taxa tomador;;\n"
HEAD = (
    "Data;Código IF;Código ISIN;Empresa ou fundo;Mercado;Número de contratos;Quantidade de ativos;Valor em R$;"
    "Mínima;Média ponderada;Máxima;Mínima;Média ponderada;Máxima\n"
)
LOAN = "30/06/2026;XPTO3;BRXPTOACNOR0;XPTO S.A.;Registro;2;1.318;19.299,42;2,92%;3,00%;3,10%;3,92%;4,00%;4,10%"
STALE = "30/06/2026;XPTO11;BRXPTOCTF000;XPTO;Registro;;0;0;5,00%;5,00%;5,00%;5,00%;5,00%;5,00%"
TOTAL = "30/06/2026;XPTO3;BRXPTOACNOR0;XPTO S.A.;Total;2;1.318;19.299,42;2,92%;3,00%;3,10%;3,92%;4,00%;4,10%"


def csv_file(*lines: str, bands: str = BANDS, head: str = HEAD) -> bytes:
    return ("\ufeff" + PROSE + bands + head + "\n".join([*lines, ""])).encode()


LOAN_FIELDS = (
    "RptDt DtRef TckrSymb ISIN Company Market QtyCtrctsDay ValCtrctsDay DnrMinRate DnrAvrgRate DnrMaxRate TkrMinRate "
    "TkrAvrgRate TkrMaxRate BRLValue Dnr Tkr"
)
POSITION_FIELDS = "RptDt DtRef TckrSymb ISIN Company Type Market StockBalance AvgPric Balance"


def table(fields: str, *values: list[Any], **more: Any) -> bytes:
    """An answer of the exchange's bulletin: columns and values, its groups of columns at the end."""
    columns = [{"id": at, "name": name} for at, name in enumerate(fields.split(), 1)]
    return json.dumps(
        {"table": {"columns": columns, "values": list(values), "pageCount": 1}, **more}
    ).encode()


DAY = "2026-06-30T00:00:00"
JSON_LOANS = table(
    LOAN_FIELDS,
    [
        DAY,
        DAY,
        "XPTO3",
        "X",
        "XPTO",
        "Registro",
        2,
        1318,
        0.0292,
        0.03,
        0.031,
        0.0392,
        0.04,
        0.041,
        19299.42,
        None,
        None,
    ],
    [
        DAY,
        DAY,
        "XPTO11",
        "X",
        "XPTO",
        "Registro",
        None,
        0,
        0.05,
        0.05,
        0.05,
        0.05,
        0.05,
        0.05,
        0,
        None,
        None,
    ],
)
JSON_POSITIONS = table(
    POSITION_FIELDS,
    ["2026-07-01T00:00:00", DAY, "XPTO3", "X", "XPTO", "ON", "Registro", 900, 14.5, 13050.0],
    [
        "2026-07-01T00:00:00",
        DAY,
        "XPTO3",
        "X",
        "XPTO",
        "ON",
        "Neg. Eletrônica D+1",
        100,
        14.5,
        1450.0,
    ],
    ["2026-07-01T00:00:00", DAY, "XPTO3", "X", "XPTO", "ON", "Total", 1000, None, 14500.0],
    ["2026-07-01T00:00:00", DAY, "XPTO4", "X", "XPTO", "PN", "Registro", 7, 1.0, 7.0],
)


def rows(parsed: Any) -> list[dict[str, Any]]:
    return [row for _, _, one in parsed.figures for row in one.to_pylist()]


@pytest.mark.parametrize("data", [csv_file(LOAN, STALE), JSON_LOANS], ids=["csv", "json"])
def test_both_shapes_state_the_same(data: bytes) -> None:
    parsed = parse_b3(data)
    loan, stale = rows(parsed)
    assert [
        loan[name] for name in ("symbol", "date", "contract", "shares", "value", "trades", "note")
    ] == [
        "XPTO3",
        date(2026, 6, 30),
        "Registro",
        1318,
        19299.42,
        2,
        None,
    ]
    sides = {
        side: [loan[f"{side}_rate{which}"] for which in ("_min", "", "_max")]
        for side in ("lender", "fee")
    }
    assert sides == {"lender": [0.0292, 0.03, 0.031], "fee": [0.0392, 0.04, 0.041]}
    assert (stale["shares"], stale["trades"], stale["fee_rate"]) == (0, 0, 0.05)
    assert stale["note"] == "no loan that day: the rates are the last known"
    # Tuesday's loans are published on Wednesday at 08:00.
    assert from_instant(int(loan["known_at"].timestamp() * 1e6), BRAZIL) == datetime(2026, 7, 1, 8)
    assert (parsed.rows_read, parsed.rejects) == (2, [])


def test_totals_are_passed_over() -> None:
    parsed = parse_b3(csv_file(LOAN, TOTAL, STALE))
    assert (len(rows(parsed)), parsed.rows_read, parsed.passed_over) == (2, 3, {"totals": 1})


def test_rates_of_several_kinds_of_loan_are_one_mean(tmp_path: Path) -> None:
    other = (
        LOAN.replace("Registro", "Neg. Eletrônica D+1")
        .replace("1.318", "3.954")
        .replace("4,00%", "4,08%")
    )
    import_source("b3", csv_file(LOAN, other), data_folder=tmp_path)
    figures = Figures("lending", data_folder=tmp_path)
    at = datetime(2026, 7, 1, 10)
    # (1,318 × 0.04 + 3,954 × 0.0408) / 5,272 = 0.0406.
    np.testing.assert_allclose(figures.value("fee_rate", "XPTO3.SA", at), 0.0406, rtol=1e-12)
    assert figures.value("shares", "XPTO3.SA", at) == 5272
    assert figures.value("fee_rate", "XPTO3.SA", datetime(2026, 7, 1, 7, 59)) is None


def test_open_positions_are_the_total_of_the_session_before() -> None:
    parsed = parse_b3(JSON_POSITIONS)
    assert [
        (r["symbol"], r["date"], r["book"], r["balance"], r["value"]) for r in rows(parsed)
    ] == [
        ("XPTO3", date(2026, 6, 30), "on_loan", 1000, 14500.0),
        ("XPTO4", date(2026, 6, 30), "on_loan:Registro", 7, 7.0),
    ]
    assert (parsed.rows_read, parsed.passed_over) == (4, {"parts of a total": 2})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (LOAN.replace("XPTO3", "XPTO"), "code 'XPTO' is not a ticker such as PETR4"),
        (LOAN.replace("XPTO3", "20210230"), "code '20210230' is not a ticker such as PETR4"),
        (LOAN.replace("XPTO3", "12345"), "code '12345' is not a ticker such as PETR4"),
        (LOAN.replace("30/06/2026", "31/06/2026"), "date '31/06/2026' is not a date"),
        (LOAN.replace("1.318", "1,5"), "shares '1,5' is not a number of shares"),
        (LOAN.replace("3,00%", "3,00"), "lender avg '3,00' is not a rate a year"),
        (
            LOAN.replace("4,00%", "9,00%"),
            "borrower's rates [0.0392, 0.09, 0.041] do not ascend from lowest to highest",
        ),
        (LOAN.rpartition(";")[0], "the row does not have the header's 14 cells"),
        (STALE, "duplicate of line 6: XPTO11 at 2026-06-30 Registro"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected(line: str, reason: str) -> None:
    parsed = parse_b3(csv_file(STALE, line))
    assert [(r.line, r.reason) for r in parsed.rejects] == [(7, reason)]
    assert (len(rows(parsed)), parsed.rows_read) == (1, 2)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a;b", "no line has the headings of B3's registered loans"),
        (
            csv_file(LOAN, bands=BANDS.replace("doador", "tomador")),
            "does not say which rates are the lenders'",
        ),
        (csv_file(LOAN, head=HEAD.replace("Mercado", "Mercados")), "no line has the headings"),
        (b"{}", "JSON without the fields of B3's loans or open positions"),
        (b"[", "not readable JSON"),
        (csv_file(), "no row can be used"),
    ],
)
def test_what_is_no_file_of_b3_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ImportRefusedError, match=message):
        parse_b3(data)


def stated(row: dict[str, Any], text: str) -> bool:
    """Whether the row's own digits stand in the file."""
    plain = text.replace(".", "")
    number = row["balance"] if "balance" in row else row["shares"]
    return row["symbol"] in text and str(number) in plain


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(damaged(csv_file(LOAN, STALE, TOTAL)))
def test_a_damaged_csv_is_refused_or_every_row_is_accounted_for(data: bytes) -> None:
    text = data.decode("cp1252", errors="replace")
    read_or_refused(SOURCES["b3"], data, lambda row: stated(row, text))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from([JSON_LOANS, JSON_POSITIONS]), st.data())
def test_a_damaged_json_is_refused_or_every_row_is_accounted_for(
    text: bytes, data: st.DataObject
) -> None:
    document = json.dumps(data.draw(damaged_json(json.loads(text))))
    read_or_refused(
        SOURCES["b3"], document.encode("utf-8", "surrogatepass"), lambda row: stated(row, document)
    )


def test_the_real_excerpt(real_data: Path, tmp_path: Path) -> None:
    """Figures by awk: 23 48022075 504739154.76 none 5 contracts 1662.

    awk -F';' 'NR > 5 {v = $8; gsub(/,/, ".", v); n++; q += $7; s += v; if ($6 == "") e++; else c += $6}
               END {printf "%d %.0f %.2f none %d contracts %d", n, q, s, e, c}'
    """
    report = import_source(
        "b3", real_data / "brazil" / "b3_loans_20260630_excerpt.csv", data_folder=tmp_path
    )
    assert (report.rows_read, report.rows_stored) == (23, 23)
    loans = LENDING.open(tmp_path, BRAZIL, "b3").table()
    assert pc.sum(loans["shares"]).as_py() == 48_022_075
    assert round(pc.sum(loans["value"]).as_py(), 2) == 504_739_154.76
    assert (pc.sum(loans["trades"]).as_py(), pc.sum(pc.is_valid(loans["note"])).as_py()) == (
        1662,
        5,
    )
    figures = Figures("lending", data_folder=tmp_path)
    at = datetime(2026, 7, 1, 8)
    # NATU3: 25,70 %, 60,63 %, 100,00 % in both bands; A1RG34: 45 % without a contract.
    assert [
        figures.value(f"fee_rate{which}", "NATU3.SA", at) for which in ("_min", "", "_max")
    ] == [0.257, 0.6063, 1.0]
    assert (
        figures.value("fee_rate", "A1RG34.SA", at),
        figures.value("shares", "A1RG34.SA", at),
    ) == (0.45, 0)
    assert figures.value("lender_rate", "EQMA3B.SA", at) == 0.05
